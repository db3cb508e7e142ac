// SPDX-License-Identifier: GPL-2.0-or-later
/* What else changed with a row of the gate, and the command that searches for the cause. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "gate.h"

/* Keys of env whose change may be a cause, and what people call them. */
static const struct { const char *path, *name; } causes[] = {
	{ "kernel", "kernel" },
	{ "kernel_commit", "commit" },
	{ "kernel_source", "source" },
	{ "kernel_config", "kernel configuration" },
	{ "compiler", "compiler" },
	{ "qemu", "QEMU" },
	{ "accel", "accelerator" },
	{ "cpu", "CPU" },
	{ "options", "options" },
	{ "module", "module's release" },
};

#define SHORT_HASH	12

/* Hashes in few digits, QEMU's version without its preamble. */
static void put_value(FILE *out, const char *v)
{
	static const char qemu[] = "QEMU emulator version ";
	bool hash = strlen(v) >= 40 && strspn(v, "0123456789abcdef") == strlen(v);

	if (!strncmp(v, qemu, strlen(qemu)))
		v += strlen(qemu);
	fprintf(out, "%.*s", hash ? SHORT_HASH : 120, *v ? v : "none");
}

static void compare(FILE *out, const char *name, const char *from, const char *to)
{
	if (!strcmp(from, to))
		return;
	fprintf(out, "%s%s ", ftell(out) ? "; " : "", name);
	put_value(out, from);
	fputs(" -> ", out);
	put_value(out, to);
}

/* The run line of a night of the store alone; NULL: it cannot be read. */
static struct record_file *read_run(const struct gate *g, size_t night)
{
	struct record_file *f = calloc(1, sizeof(*f));
	char *path = NULL, *line = NULL, why[RECORD_WHY];
	size_t room = 0;
	ssize_t len = -1;
	FILE *in = NULL;

	if (f && asprintf(&path, "%s/%s.jsonl", g->store_dir, g->h.nights[night].name) > 0)
		in = fopen(path, "re");
	if (in)
		len = getline(&line, &room, in);
	if (len > 0)
		f->json = record_json_parse(line, (size_t)len, why);
	if (f && f->json)
		json_object_object_get_ex(f->json, "env", &f->run.env);
	if (in)
		fclose(in);
	free(path);
	free(line);
	if (f && f->run.env)
		return f;
	record_file_free(f);
	return NULL;
}

/* The last night before the change in which this row was measured; past: none. */
static size_t night_before(const struct gate *g, const struct gate_row *row)
{
	const double *past = history_find(&g->h, &row->p->series);
	size_t i;

	for (i = row->since; past && i-- > 0;)
		if (past[i] == past[i])
			return i;
	return g->past;
}

static const char *patch_of(const struct record_file *f, const char *variant)
{
	char path[256];

	snprintf(path, sizeof(path), "variants.%s.patch", variant);
	return record_env(f, path, "");
}

static const char *variant_of(const struct gate *g, const struct gate_row *row)
{
	return g->points[0].ds->arms[row->p->arm].variant;
}

static const char *version_of(const struct record_file *f)
{
	struct json_object *v;

	return json_object_object_get_ex(f->json, "version", &v) ? json_object_get_string(v) : "";
}

static void compare_runs(const struct gate *g, const struct gate_row *row,
			 const struct record_file *then, FILE *out)
{
	const struct record_file *now = g->files[0];
	const char *variant = variant_of(g, row);
	char name[128];
	size_t i;

	snprintf(name, sizeof(name), "patches of %s", variant);
	compare(out, name, patch_of(then, variant), patch_of(now, variant));
	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		compare(out, causes[i].name, record_env(then, causes[i].path, ""),
			record_env(now, causes[i].path, ""));
	compare(out, "septbench", version_of(then), now->run.version);
}

char *gate_what_changed(const struct gate *g, const struct gate_row *row)
{
	size_t before = night_before(g, row), len;
	struct record_file *then = before < g->past ? read_run(g, before) : NULL;
	char *text = NULL;
	FILE *out = then ? open_memstream(&text, &len) : NULL;

	if (out) {
		compare_runs(g, row, then, out);
		fclose(out);
	}
	record_file_free(then);
	return text;
}

/* Options that the run had, but for those that the row's own case and parameters say. */
static void put_options(FILE *out, const char *options)
{
	static const char *const own[] = { "--cases=", "--vcpus=", "--pages=", "--tds=" };
	const char *end;
	size_t i;

	for (; *options; options = end + strspn(end, " ")) {
		end = options + strcspn(options, " ");
		for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			if (!strncmp(options, own[i], strlen(own[i])))
				break;
		if (i == sizeof(own) / sizeof(own[0]) && end > options)
			fprintf(out, " %.*s", (int)(end - options), options);
	}
}

static void put_params(FILE *out, const char *params)
{
	static const char *const known[] = { "vcpus=", "pages=", "tds=" };
	const char *end;
	size_t i;

	for (; *params; params = end + strspn(end, " ")) {
		end = params + strcspn(params, " ");
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (!strncmp(params, known[i], strlen(known[i])))
				fprintf(out, " --%.*s", (int)(end - params), params);
	}
}

/*
 * The kernels between which to search. False: they are the same, or have no names that git knows.
 */
static bool put_kernels(const struct gate *g, const struct record_file *then, FILE *out)
{
	const struct record_file *now = g->files[0];
	const char *from = record_env(then, "kernel_commit", ""),
		   *to = record_env(now, "kernel_commit", ""), *tag = "";

	if (!*from || !*to) {
		from = record_env(then, "kernel", "");
		to = record_env(now, "kernel", "");
		tag = "v";
	}
	if (!*from || !*to || !strcmp(from, to))
		return false;
	fprintf(out, " --kernel %s --good %s%s --bad %s%s", g->kernel ? g->kernel : "DIR", tag, from,
		tag, to);
	return true;
}

static bool put_command(const struct gate *g, const struct gate_row *row,
			const struct record_file *then, FILE *out)
{
	const struct record_file *now = g->files[0];
	const struct metric *m = &g->points[0].ds->metrics[row->p->metric];
	const struct group *group = &g->points[0].ds->groups[m->group];
	const char *variant = variant_of(g, row);
	bool series = strcmp(patch_of(then, variant), patch_of(now, variant));

	fputs("septbench bisect", out);
	if (series)
		fprintf(out, " --series %s", variant);
	else if (put_kernels(g, then, out))
		fprintf(out, " --variant %s", variant);
	else
		return false;
	fprintf(out, " --case %s --metric %s", group->case_name, m->name);
	put_options(out, record_env(now, "options", ""));
	put_params(out, group->params);
	return true;
}

char *gate_bisect_command(const struct gate *g, const struct gate_row *row)
{
	size_t before = night_before(g, row), len;
	struct record_file *then = before < g->past ? read_run(g, before) : NULL;
	char *text = NULL;
	FILE *out = then ? open_memstream(&text, &len) : NULL;
	bool found = false;

	if (out) {
		found = put_command(g, row, then, out);
		fclose(out);
	}
	record_file_free(then);
	if (found)
		return text;
	free(text);
	return NULL;
}
