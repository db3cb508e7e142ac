// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the instructions went, as a table of functions: for a mail (72 columns), as Markdown, as
 * JSON.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "explain.h"

#define NAME_WIDTH	35
#define VALUE_WIDTH	8

/* How one form writes a row; NaN is an empty place. */
struct form {
	void (*row)(FILE *out, const char *name, const double v[4]);
	void (*head)(FILE *out);
	void (*line)(FILE *out);
};

static double delta(const double v[2])
{
	double d = v[1] - v[0];

	/* Sums of fractions: no difference is to be shown as 1e-12. */
	return fabs(d) < 0.0005 ? 0 : d;
}

static void put_values(FILE *out, const double v[4], const char *before, int width)
{
	char buf[NUMBER_LEN];
	int i;

	for (i = 0; i < 4; i++) {
		*buf = 0;
		if (isnan(v[i]) && width)
			return;		/* the last: no blanks at a line's end */
		if (isnan(v[i]))
			;
		else if (i < 2)
			number_value(buf, round(v[i] * 1000) / 1000, VALUE_WIDTH);
		else
			number_delta(buf, round(v[i] * 1000) / 1000, VALUE_WIDTH);
		fprintf(out, "%s%*s", before, width, buf);
	}
}

static void text_row(FILE *out, const char *name, const double v[4])
{
	/* The end of a name says most: the module. */
	size_t len = strlen(name);

	if (len > NAME_WIDTH)
		fprintf(out, "..%s", name + len - (NAME_WIDTH - 2));
	else
		fprintf(out, "%-*s", NAME_WIDTH, name);
	put_values(out, v, " ", VALUE_WIDTH);
	fputc('\n', out);
}

static void text_head(FILE *out)
{
	fprintf(out, "%-*s %*s %*s %*s %*s\n", NAME_WIDTH, "", VALUE_WIDTH, "base", VALUE_WIDTH,
		"A", VALUE_WIDTH, "delta", VALUE_WIDTH, "+callees");
}

static void text_line(FILE *out)
{
	fputs("------------------------------------------------------------------------\n", out);
}

static void md_row(FILE *out, const char *name, const double v[4])
{
	/* A backquote is part of the name, so two quote it. */
	fprintf(out, "| `` %s `` ", name);
	put_values(out, v, "| ", 0);
	fputs(" |\n", out);
}

static void md_head(FILE *out)
{
	fputs("\n| | base | A | delta | + callees |\n|---|---:|---:|---:|---:|\n", out);
}

static void md_line(FILE *out)
{
	(void)out;
}

static size_t place_of(const struct table *t, size_t arm)
{
	size_t i = 0;

	while (i + 1 < t->nr_others && t->others[i] != arm)
		i++;
	return i;
}

static bool is_headline_name(const char *name)
{
	static const char *const names[] = { "fault_p50", "fault_mean", "zap_per_page",
					     "teardown_per_page", "zap_insn_per_page" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Name of the @i-th row's metric if it is one for the table's head, and both arms have it: @v. */
static const char *headline(const struct code_pair *p, const struct table *t, size_t i, double v[2])
{
	const struct row *row = &t->rows[i];
	const struct metric *m = &p->ds->metrics[row->metric];
	const struct summary *other = &row->others[place_of(t, p->arm[1])].s;

	v[0] = row->base.value;
	v[1] = other->value;
	return m->group == p->group && is_headline_name(m->name) && row->base.n && other->n
		       ? m->name
		       : NULL;
}

static void print_measured(const struct code_pair *p, const struct table *t, const struct form *f,
			   FILE *out)
{
	const char *name;
	double v[2];

	for (size_t i = 0; i < t->nr_rows; i++) {
		name = headline(p, t, i, v);
		if (name)
			f->row(out, name, (double[]){ v[0], v[1], delta(v), NAN });
	}
}

/*
 * The profile against the guest's clock. What the clock has more is idle time, which it skips over.
 */
static void print_balance(const struct code_pair *p, const struct form *f, FILE *out)
{
	const double rest[2] = { p->timed[0] - p->seen[0], p->timed[1] - p->seen[1] };

	f->row(out, "all functions", (double[]){ p->seen[0], p->seen[1], delta(p->seen), NAN });
	f->row(out, "clock less functions", (double[]){ rest[0], rest[1], delta(rest), NAN });
	f->row(out, "timed part by the guest's clock",
	       (double[]){ p->timed[0], p->timed[1], delta(p->timed), NAN });
}

static int print_functions(const struct code_pair *p, size_t top, const struct form *f, FILE *out)
{
	double more[2] = { 0, 0 }, same[2] = { 0, 0 };
	size_t nr, i, nr_more = 0, nr_same = 0;
	struct code_function *all = code_functions(p, &nr);
	char name[64];

	if (!all)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		const struct code_function *fn = &all[i];
		bool changed = delta(fn->self) != 0;

		if (changed && i < top) {
			f->row(out, fn->name,
			       (double[]){ fn->self[0], fn->self[1], delta(fn->self),
					   delta(fn->total) });
			continue;
		}
		*(changed ? &nr_more : &nr_same) += 1;
		for (int s = 0; s < 2; s++)
			(changed ? more : same)[s] += fn->self[s];
	}
	free(all);
	snprintf(name, sizeof(name), "%zu more functions", nr_more);
	if (nr_more)
		f->row(out, name, (double[]){ more[0], more[1], delta(more), NAN });
	snprintf(name, sizeof(name), "%zu unchanged functions", nr_same);
	if (nr_same)
		f->row(out, name, (double[]){ same[0], same[1], 0, NAN });
	return 0;
}

static int print_table(const struct code_pair *p, const struct table *t, size_t top,
		       const struct form *f, FILE *out)
{
	int err;

	f->head(out);
	print_measured(p, t, f, out);
	f->line(out);
	err = print_functions(p, top, f, out);
	f->line(out);
	print_balance(p, f, out);
	return err;
}

/* 72 columns for the mail: what is long has a line of its own. */
static void print_who(const struct code_pair *p, const char *end, FILE *out)
{
	static const char *const letters[] = { "base", "A   " };
	const struct group *g = &p->ds->groups[p->group];
	const struct record_file *file = p->ds->arms[p->arm[0]].file;
	const struct record_run *r = &file->run;
	const char *turn = record_env(file, "turn", "");

	fprintf(out, "%s, %s%s\n", g->case_name, g->params, end);
	fprintf(out, "instructions per %s, of the functions' own code%s\n", code_unit(p), end);
	fprintf(out, "substrate %s, clock %s%s%s, %s kernel%s\n", r->substrate, r->clock,
		*turn ? ", turns of " : "", turn, r->flavour, end);
	for (int s = 0; s < 2; s++) {
		const struct arm *a = &p->ds->arms[p->arm[s]];

		fprintf(out, "%s = %s%s%s: ", letters[s],
			a->variant,
			p->ds->arms[p->arm[0]].file != p->ds->arms[p->arm[1]].file ? " of " : "",
			p->ds->arms[p->arm[0]].file != p->ds->arms[p->arm[1]].file ? a->file->path
										   : "");
		/* What is timed as one has no parts to count. */
		if (strcmp(code_unit(p), "block"))
			fprintf(out, "%" PRIu64 " %ss in ", p->units[s], code_unit(p));
		fprintf(out, "%u block%s%s\n", p->blocks[s], p->blocks[s] == 1 ? "" : "s", end);
	}
}

int explain_print_text(const struct code_pair *p, const struct table *t, size_t top, FILE *out)
{
	static const struct form form = { text_row, text_head, text_line };

	print_who(p, "", out);
	return print_table(p, t, top, &form, out);
}

int explain_print_md(const struct code_pair *p, const struct table *t, size_t top, FILE *out)
{
	static const struct form form = { md_row, md_head, md_line };

	print_who(p, "  ", out);
	return print_table(p, t, top, &form, out);
}

static struct json_object *pair_json(const double v[2])
{
	struct json_object *a = json_object_new_array();

	json_object_array_add(a, json_object_new_double(v[0]));
	json_object_array_add(a, json_object_new_double(v[1]));
	return a;
}

static struct json_object *arms_json(const struct code_pair *p)
{
	struct json_object *a = json_object_new_array();

	for (int s = 0; s < 2; s++) {
		const struct arm *arm = &p->ds->arms[p->arm[s]];
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "file", json_object_new_string(arm->file->path));
		json_object_object_add(o, "variant", json_object_new_string(arm->variant));
		json_object_object_add(o, "units", json_object_new_uint64(p->units[s]));
		json_object_object_add(o, "blocks", json_object_new_int64(p->blocks[s]));
		json_object_array_add(a, o);
	}
	return a;
}

static struct json_object *measured_json(const struct code_pair *p, const struct table *t)
{
	struct json_object *o = json_object_new_object();
	const char *name;
	double v[2];

	for (size_t i = 0; i < t->nr_rows; i++) {
		name = headline(p, t, i, v);
		if (name)
			json_object_object_add(o, name, pair_json(v));
	}
	return o;
}

struct json_object *explain_json(const struct code_pair *p, const struct table *t)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	const struct record_file *file = p->ds->arms[p->arm[0]].file;
	const struct record_run *r = &file->run;
	const char *turn = record_env(file, "turn", NULL);
	size_t nr, i;
	struct code_function *all = code_functions(p, &nr);

	json_object_object_add(o, "case",
			       json_object_new_string(p->ds->groups[p->group].case_name));
	json_object_object_add(o, "params", json_object_new_string(p->ds->groups[p->group].params));
	json_object_object_add(o, "substrate", json_object_new_string(r->substrate));
	json_object_object_add(o, "clock", json_object_new_string(r->clock));
	if (turn)
		json_object_object_add(o, "turn", json_object_new_int64(strtoll(turn, NULL, 10)));
	json_object_object_add(o, "per", json_object_new_string(code_unit(p)));
	json_object_object_add(o, "arms", arms_json(p));
	json_object_object_add(o, "measured", measured_json(p, t));
	json_object_object_add(o, "timed", pair_json(p->timed));
	json_object_object_add(o, "seen", pair_json(p->seen));
	for (i = 0; i < nr; i++) {
		struct json_object *f = json_object_new_object();

		json_object_object_add(f, "function", json_object_new_string(all[i].name));
		json_object_object_add(f, "self", pair_json(all[i].self));
		json_object_object_add(f, "total", pair_json(all[i].total));
		json_object_array_add(list, f);
	}
	json_object_object_add(o, "functions", list);
	if (!all) {
		json_object_put(o);
		return NULL;
	}
	free(all);
	return o;
}
