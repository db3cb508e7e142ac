// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report for other programs: Markdown and JSON.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include <json-c/json.h>

#include "number.h"
#include "table.h"

static void print_md_row(const struct table *t, const struct row *row, size_t other, FILE *out)
{
	const struct metric *m = &t->ds->metrics[row->metric];
	const struct group *g = &t->ds->groups[m->group];
	const struct cell *c = &row->others[other];
	char base[NUMBER_LEN], value[NUMBER_LEN], delta[NUMBER_LEN], percent[NUMBER_LEN];

	fprintf(out, "| %s %s | %s | %s | %s | %u+%u | %s | %s | %s | %s | %s |\n", g->case_name,
		g->params, m->name, m->unit,
		m->model ? "model (estimate)" : t->ds->arms[t->base].file->run.clock,
		row->base.boots, c->s.boots, number_value(base, row->base.value, 12),
		number_value(value, c->s.value, 12),
		c->j.verdict == VERDICT_MISSING ? "-" : number_delta(delta, c->j.delta, 12),
		number_percent(percent, verdict_ratio(&c->j)), verdict_name(c->j.verdict));
}

static void print_md_table(const struct table *t, size_t other, FILE *out)
{
	const struct arm *base = &t->ds->arms[t->base], *a = &t->ds->arms[t->others[other]];
	const struct record_file *f = base->file;
	size_t i;

	fprintf(out,
		"**%s** (base) against **%s**: substrate %s, clock %s, profile %s, kernel %s\n\n",
		base->variant, a->variant, f->run.substrate, f->run.clock, f->run.profile,
		record_env(f, "kernel", "unknown"));
	fprintf(out, "| case | metric | unit | clock | boots | %s | %s | delta | %% | verdict |\n",
		base->variant, a->variant);
	fputs("|---|---|---|---|---|---:|---:|---:|---:|---|\n", out);
	for (i = 0; i < t->nr_rows; i++)
		print_md_row(t, &t->rows[i], other, out);
	fputc('\n', out);
}

void report_print_md(const struct report *r, FILE *out)
{
	const char *caveat;
	size_t t, o;
	unsigned int i;

	for (t = 0; t < r->nr_tables; t++)
		for (o = 0; o < r->tables[t].nr_others; o++)
			print_md_table(&r->tables[t], o, out);
	for (i = 0; (caveat = report_caveat(r, i)); i++)
		if (*caveat)
			fprintf(out, "%s\n", caveat);
}

/* Adds @v to @o, which may be NULL after an earlier failure; @err is sticky. */
static void put(struct json_object *o, const char *key, struct json_object *v, int *err)
{
	if (!o || json_object_object_add(o, key, v)) {
		json_object_put(v);
		*err = -ENOMEM;
	}
}

static void put_text(struct json_object *o, const char *key, const char *v, int *err)
{
	put(o, key, json_object_new_string(v), err);
}

/* JSON has no NaN or infinity: null. */
static void put_number(struct json_object *o, const char *key, double v, int *err)
{
	char text[NUMBER_LEN];

	put(o, key, isfinite(v) ? json_object_new_double_s(v, number_value(text, v, 20)) : NULL,
	    err);
}

static struct json_object *arm_json(const struct arm *a, int *err)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "variant", a->variant, err);
	put_text(o, "patch", a->patch, err);
	put_text(o, "file", a->file->path, err);
	put(o, "boots", json_object_new_int64(a->boots), err);
	put(o, "blocks", json_object_new_uint64(a->blocks), err);
	put(o, "warmup_blocks", json_object_new_uint64(a->warmups), err);
	put(o, "invalid_blocks", json_object_new_uint64(a->invalid), err);
	return o;
}

static void put_summary(struct json_object *o, const struct summary *s, int *err)
{
	struct json_object *boots = json_object_new_array();
	char text[NUMBER_LEN];
	unsigned int i;

	put_number(o, "value", s->value, err);
	put(o, "blocks", json_object_new_uint64(s->blocks), err);
	put_number(o, "min", s->boots ? s->min : NAN, err);
	put_number(o, "max", s->boots ? s->max : NAN, err);
	for (i = 0; boots && i < s->boots; i++)
		json_object_array_add(boots, json_object_new_double_s(s->boot[i],
					      number_value(text, s->boot[i], 20)));
	put(o, "boots", boots, err);
}

static struct json_object *cell_json(const struct cell *c, int *err)
{
	struct json_object *o = json_object_new_object();

	put_summary(o, &c->s, err);
	put_text(o, "verdict", verdict_name(c->j.verdict), err);
	put_number(o, "delta", c->j.verdict == VERDICT_MISSING ? NAN : c->j.delta, err);
	put_number(o, "ratio", c->j.ratio, err);
	if (!c->j.tested)
		return o;
	put_number(o, "p", c->j.p, err);
	put_text(o, "shift_of", c->j.shift.relative ? "ratio" : "difference", err);
	put_number(o, "shift", c->j.shift.estimate, err);
	put_number(o, "ci95_low", c->j.shift.low, err);
	put_number(o, "ci95_high", c->j.shift.high, err);
	return o;
}

static struct json_object *row_json(const struct table *t, const struct row *row, int *err)
{
	const struct metric *m = &t->ds->metrics[row->metric];
	struct json_object *o = json_object_new_object(), *base = json_object_new_object();
	struct json_object *others = json_object_new_array();
	size_t i;

	put_text(o, "case", t->ds->groups[m->group].case_name, err);
	put_text(o, "params", t->ds->groups[m->group].params, err);
	put_text(o, "metric", m->name, err);
	put_text(o, "unit", m->unit, err);
	put_text(o, "clock", m->model ? "model" : t->ds->arms[t->base].file->run.clock, err);
	put_text(o, "class", record_class_name(m->class), err);
	put_text(o, "better", record_better_name(m->better), err);
	put(o, "gated", json_object_new_boolean(m->gated), err);
	put(o, "estimate", json_object_new_boolean(m->model), err);
	put_summary(base, &row->base, err);
	put(o, "base", base, err);
	for (i = 0; others && i < t->nr_others; i++)
		json_object_array_add(others, cell_json(&row->others[i], err));
	put(o, "others", others, err);
	return o;
}

static struct json_object *table_json(const struct table *t, int *err)
{
	const struct record_file *f = t->ds->arms[t->base].file;
	struct json_object *o = json_object_new_object();
	struct json_object *others = json_object_new_array(), *rows = json_object_new_array();
	size_t i;

	put_text(o, "substrate", f->run.substrate, err);
	put_text(o, "clock", f->run.clock, err);
	put_text(o, "profile", f->run.profile, err);
	put_text(o, "kernel", record_env(f, "kernel", "unknown"), err);
	put(o, "base", arm_json(&t->ds->arms[t->base], err), err);
	for (i = 0; others && i < t->nr_others; i++)
		json_object_array_add(others, arm_json(&t->ds->arms[t->others[i]], err));
	put(o, "others", others, err);
	for (i = 0; rows && i < t->nr_rows; i++)
		json_object_array_add(rows, row_json(t, &t->rows[i], err));
	put(o, "rows", rows, err);
	return o;
}

static struct json_object *caveats_json(const struct report *r)
{
	struct json_object *list = json_object_new_array();
	const char *caveat;
	unsigned int i;

	for (i = 0; list && (caveat = report_caveat(r, i)); i++)
		if (*caveat)
			json_object_array_add(list, json_object_new_string(caveat));
	return list;
}

int report_print_json(const struct report *r, FILE *out)
{
	struct json_object *o = json_object_new_object(), *tables = json_object_new_array();
	const char *text;
	int err = 0;
	size_t i;

	put(o, "schema", json_object_new_int(1), &err);
	put(o, "status", json_object_new_int(r->status), &err);
	put(o, "mismatch", r->mismatch ? json_object_new_string(r->mismatch) : NULL, &err);
	put_text(o, "model_profile", r->ds->profile ? model_profile_name(r->ds->profile) : "",
		 &err);
	put(o, "caveats", caveats_json(r), &err);
	for (i = 0; tables && i < r->nr_tables; i++)
		json_object_array_add(tables, table_json(&r->tables[i], &err));
	put(o, "tables", tables, &err);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		err = -ENOMEM;
	if (!err)
		fprintf(out, "%s\n", text);
	json_object_put(o);
	return err;
}
