// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `explain`: which functions a difference between two arms is in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <json-c/json.h>
#include <util/options.h>

#include "analysis/analysis.h"
#include "explain.h"

#define MAX_FILES	2
#define DEFAULT_TOP	25

enum format { FORMAT_TEXT, FORMAT_MD, FORMAT_JSON };

struct explain {
	const char *base, *case_name, *dir;
	enum format format;
	uint64_t top;
	struct option_words paths;

	const struct report *r;
	struct code_file *code[MAX_FILES];
	struct json_object *json;
	size_t nr;		/* pairs shown */
};

static const struct option table[] = {
	{ "base", "VARIANT", "what the others are held against", OPTION_STRING(struct explain, base) },
	{ "case", "CASE", "this case alone", OPTION_STRING(struct explain, case_name) },
	{ "top", "N", "functions that are listed (default: 25; json: all)",
	  OPTION_NUMBER(struct explain, top, 1, 100000) },
	{ "format", "text|md|json", "(default: text)", OPTION_CHOICE(struct explain, format) },
	{ "output", "DIR", "also flame graphs as SVG into DIR", OPTION_STRING(struct explain, dir),
	  .letter = 'o' },
	{ 0 }
};

static const struct options options = {
	.verb = "explain",
	.usage = "FILE [FILE2] [option]...",
	.text = "Which functions the difference between two variants or two files is in. The files are results of\n"
		"`septbench lab --explain`, with what that wrote beside them.",
	.table = table,
	.words = { .arg = "a result file", OPTION_WORDS(struct explain, paths, 1, MAX_FILES) },
};

/*
 * "zap", what tells its parameters from other groups', and the variant, without what a shell minds.
 */
static char *picture_path(const struct explain *e, const struct code_pair *p)
{
	const struct group *g = &p->ds->groups[p->group];
	char *params = params_select(p->ds, g->params, false), *path = NULL, *at;
	int err;

	err = !params || asprintf(&path, "%s/%s%s%s-%s.svg", e->dir, g->case_name,
				  *params ? "-" : "", params, p->ds->arms[p->arm[1]].variant) < 0;
	free(params);
	if (err)
		return NULL;
	for (at = path + strlen(e->dir) + 1; *at; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-=",
			    *at))
			*at = '-';
	return path;
}

static int draw(const struct explain *e, const struct code_pair *p)
{
	char *path = picture_path(e, p);
	FILE *out;
	int err;

	if (!path)
		return -ENOMEM;
	if (output_is_result("explain", path)) {
		free(path);
		return 2;
	}
	output_drop_link(path);
	out = fopen(path, "we");
	if (out)
		explain_print_svg(p, out);
	err = !out || ferror(out) | fclose(out);
	fprintf(stderr, "septbench explain: %s%s%s\n", path, err ? ": " : "",
		err ? strerror(errno) : "");
	free(path);
	return err ? 3 : 0;
}

static int print_one(struct explain *e, const struct code_pair *p, const struct table *t)
{
	struct json_object *o;

	if (e->format == FORMAT_JSON) {
		o = explain_json(p, t);
		return o ? json_object_array_add(e->json, o) : -ENOMEM;
	}
	if (e->nr)
		putchar('\n');
	return e->format == FORMAT_MD ? explain_print_md(p, t, e->top, stdout) :
					explain_print_text(p, t, e->top, stdout);
}

/* One case of one arm against the base. Cases that an arm has not are passed over. */
static int explain_pair(struct explain *e, const struct table *t, size_t other, size_t group)
{
	struct code_pair p = { .ds = e->r->ds,
			       .group = group,
			       .arm = { t->base, t->others[other] } };
	const struct arm *arms = e->r->ds->arms;
	int err = code_pair_build(&p, e->code[arms[p.arm[0]].file_nr],
				  e->code[arms[p.arm[1]].file_nr]);

	if (!err)
		err = print_one(e, &p, t);
	if (!err && e->dir)
		err = draw(e, &p);
	e->nr += !err;
	code_pair_clear(&p);
	return err == -ENODATA ? 0 : err;
}

static int explain_table(struct explain *e, const struct table *t)
{
	size_t other, group;
	int err = 0;

	for (group = 0; group < e->r->ds->nr_groups && !err; group++) {
		if (e->case_name && strcmp(e->r->ds->groups[group].case_name, e->case_name))
			continue;
		for (other = 0; other < t->nr_others && !err; other++)
			err = explain_pair(e, t, other, group);
	}
	return err;
}

static int read_code(struct explain *e)
{
	const struct dataset *ds = e->r->ds;
	int err = 0;

	for (size_t i = 0; i < ds->nr_arms && !err; i++) {
		struct code_file **cf = &e->code[ds->arms[i].file_nr];

		if (!*cf)
			err = code_file_read(ds->arms[i].file, cf);
	}
	return err;
}

static int explain_all(struct explain *e)
{
	int err = read_code(e);

	for (size_t i = 0; i < e->r->nr_tables && !err; i++)
		err = explain_table(e, &e->r->tables[i]);
	if (!err && !e->nr)
		err = options_refuse("explain", "in no profile of two arms: %s",
				     e->case_name ? e->case_name : "any case");
	if (!err && e->format == FORMAT_JSON)
		puts(json_object_to_json_string_ext(e->json, JSON_C_TO_STRING_PRETTY |
						    JSON_C_TO_STRING_NOSLASHESCAPE));
	if (!err && fflush(stdout)) {
		fprintf(stderr, "septbench explain: stdout: %s\n", strerror(errno));
		err = 3;
	}
	return err;
}

static int use_report(void *arg, const struct report *r)
{
	struct explain *e = arg;

	e->r = r;
	return explain_all(e);
}

/* The verdict is compare's to give: here a regression is only looked into. */
static int explain_files(struct explain *e)
{
	int status;

	if (e->dir && mkdir(e->dir, 0777) && errno != EEXIST) {
		fprintf(stderr, "septbench explain: %s: %s\n", e->dir, strerror(errno));
		return 3;
	}
	e->json = json_object_new_array();
	status = compare_files("explain", e->paths, e->base, use_report, e);
	json_object_put(e->json);
	for (size_t i = 0; i < MAX_FILES; i++)
		code_file_free(e->code[i]);
	return status == 1 ? 0 : status;
}

int cmd_explain(int argc, char **argv)
{
	struct explain e = { .top = DEFAULT_TOP };
	int err = options_parse(&options, &e, argc, argv);

	return err < 0 ? 0 : err ? err : explain_files(&e);
}
