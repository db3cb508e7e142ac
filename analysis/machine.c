// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report for other programs: Markdown and JSON.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "latency.h"
#include "number.h"
#include "table.h"

static void print_md_row(const struct table *t, const struct row *row, size_t other, FILE *out)
{
	const struct metric *m = &t->ds->metrics[row->metric];
	const struct group *g = &t->ds->groups[m->group];
	const struct cell *c = &row->others[other];
	const struct judgement *j = &c->j;
	char base[NUMBER_LEN], value[NUMBER_LEN], delta[NUMBER_LEN], percent[NUMBER_LEN];

	fprintf(out, "| %s %s | %s | %s | %s | %u+%u | %s | %s | %s | %s | ", g->case_name,
		g->params, m->name, m->unit,
		m->model ? "model (estimate)" : t->ds->arms[t->base].file->run.clock,
		row->base.boots, c->s.boots, number_value(base, row->base.value, 12),
		number_value(value, c->s.value, 12),
		j->verdict == VERDICT_MISSING ? "-" : number_delta(delta, j->delta, 12),
		number_percent(percent, verdict_ratio(j)));
	if (!j->tested)
		fputs("- | - |", out);
	else if (j->shift.relative)
		fprintf(out, "%s .. %s | %s |", number_percent(base, j->shift.low),
			number_percent(value, j->shift.high), number_p(delta, j->p));
	else
		fprintf(out, "%s .. %s | %s |", number_delta(base, j->shift.low, 12),
			number_delta(value, j->shift.high, 12), number_p(delta, j->p));
	fprintf(out, " %s%s%s |\n", verdict_name(j->verdict), j->large ? ", **large**" : "",
		m->gated ? "" : ", advisory");
}

static void print_md_point(const struct latency *l, uint32_t ppm, FILE *out)
{
	char value[NUMBER_LEN], low[NUMBER_LEN], high[NUMBER_LEN];
	struct latency_point p;

	if (latency_percentile(l, ppm, &p) || p.trust == LATENCY_FEW_SAMPLES)
		fputs(" n too small |", out);
	else if (p.trust == LATENCY_FEW_BOOTS)
		fprintf(out, " %s, few boots |", number_value(value, p.value, 12));
	else
		fprintf(out, " %s, %s .. %s |", number_value(value, p.value, 12),
			number_value(low, p.low, 12), number_value(high, p.high, 12));
}

static void print_md_latency(const struct table *t, size_t other, size_t group, const char *name,
			     const char *unit, FILE *out)
{
	const struct group *g = &t->ds->groups[group];
	struct latency base = { 0 }, l = { 0 };
	size_t k;

	if (!latency_collect(t->ds, group, t->base, name, &base) &&
	    !latency_collect(t->ds, group, t->others[other], name, &l))
		for (k = 0; latency_ppm[k]; k++) {
			fprintf(out, "| %s %s | %s p%.5g | %s |", g->case_name, g->params, name,
				latency_ppm[k] / 1e4, unit);
			print_md_point(&base, latency_ppm[k], out);
			print_md_point(&l, latency_ppm[k], out);
			fputc('\n', out);
		}
	latency_clear(&base);
	latency_clear(&l);
}

/* Of time only, as in the other forms. */
static void print_md_latencies(const struct table *t, size_t other, FILE *out)
{
	const struct arm *base = &t->ds->arms[t->base], *a = &t->ds->arms[t->others[other]];
	const char *name, *unit;
	bool head = false;
	size_t g, nr;

	if (!strcmp(base->file->run.clock, "count"))
		return;
	for (g = 0; g < t->ds->nr_groups; g++)
		for (nr = 0; (name = latency_name(t->ds, g, nr, &unit)); nr++) {
			if (!head)
				fprintf(out, "| case | percentile, 95%% CI | unit | %s | %s |\n"
					"|---|---|---|---:|---:|\n", base->variant, a->variant);
			head = true;
			print_md_latency(t, other, g, name, unit, out);
		}
	if (head)
		fputc('\n', out);
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
	fprintf(out,
		"| case | metric | unit | clock | boots | %s | %s | delta | %% | 95%% CI | p | "
		"verdict |\n",
		base->variant, a->variant);
	fputs("|---|---|---|---|---|---:|---:|---:|---:|---|---:|---|\n", out);
	for (i = 0; i < t->nr_rows; i++)
		print_md_row(t, &t->rows[i], other, out);
	fputc('\n', out);
	print_md_latencies(t, other, out);
}

static void print_md_aa(const struct aa *aa, FILE *out)
{
	const struct dataset *ds = aa->table.ds;
	char typical[NUMBER_LEN], largest[NUMBER_LEN];

	fprintf(out, "A/A arm %s: ", ds->arms[aa->table.others[0]].variant);
	if (aa->failed)
		fprintf(out, "**FAILED in %zu rows: this run is invalid.** ", aa->failed);
	else
		fputs("ok. ", out);
	if (aa->tested)
		fprintf(out, "Noise floor %s (median of %zu rows), largest %s.",
			number_size(typical, aa->typical), aa->tested,
			number_size(largest, aa->largest));
	fputs("\n\n", out);
}

static void print_md(const struct report *r, FILE *out)
{
	const char *caveat;
	size_t t, o;
	unsigned int i;

	for (t = 0; t < r->nr_aa; t++)
		print_md_aa(&r->aa[t], out);
	for (t = 0; t < r->nr_tables; t++)
		for (o = 0; o < r->tables[t].nr_others; o++)
			print_md_table(&r->tables[t], o, out);
	for (i = 0; (caveat = report_caveat(r, i)); i++)
		if (*caveat)
			fprintf(out, "%s\n", caveat);
	if (r->mismatch)
		fprintf(out, "\n**The files differ in more than the code:** %s.\n", r->mismatch);
}

/* Names come from result files, which may be a stranger's: none of them is to open a tag. */
void report_print_md(const struct report *r, FILE *out)
{
	char *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	print_md(r, f);
	if (!fclose(f))
		for (i = 0; i < len; i++)
			text[i] == '<' ? fputs("&lt;", out) : fputc(text[i], out);
	free(text);
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
	put(o, "large", json_object_new_boolean(c->j.large), err);
	put(o, "may_hide_regression", json_object_new_boolean(c->j.open_worse), err);
	if (!c->j.tested)
		return o;
	put_number(o, "p", c->j.p, err);
	put_text(o, "shift_of", c->j.shift.relative ? "ratio" : "difference", err);
	put_number(o, "shift", c->j.shift.estimate, err);
	put_number(o, "ci95_low", c->j.shift.low, err);
	put_number(o, "ci95_high", c->j.shift.high, err);
	put_text(o, "test", verdict_test_name(c->j.test), err);
	put(o, "holm", json_object_new_boolean(c->j.significant), err);
	put_number(o, "would_show", c->j.would_show, err);
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

static struct json_object *point_json(const struct latency *l, uint32_t ppm, int *err)
{
	static const char *const trust[] = { "ok", "few boots", "n too small" };
	struct json_object *o = json_object_new_object();
	struct latency_point p;

	*err = latency_percentile(l, ppm, &p) ? -ENOMEM : *err;
	put_number(o, "percentile", ppm / 1e4, err);
	put_text(o, "trust", trust[p.trust], err);
	put_number(o, "value", p.value, err);
	put_number(o, "ci95_low", p.low, err);
	put_number(o, "ci95_high", p.high, err);
	return o;
}

/* One histogram of one arm; @base: of the base arm, NULL for the base itself. */
static struct json_object *latency_json(const struct table *t, size_t group, size_t arm,
					const char *name, const struct latency *base,
					struct latency *l, int *err)
{
	struct json_object *o = json_object_new_object(), *points = json_object_new_array();
	size_t k;

	if (latency_collect(t->ds, group, arm, name, l))
		*err = -ENOMEM;
	put_text(o, "variant", t->ds->arms[arm].variant, err);
	put(o, "boots", json_object_new_int64(l->boots), err);
	put(o, "least_samples_of_a_boot", json_object_new_uint64(l->least_n), err);
	for (k = 0; points && !*err && latency_ppm[k]; k++)
		json_object_array_add(points, point_json(l, latency_ppm[k], err));
	put(o, "percentiles", points, err);
	if (base)
		put_number(o, "shape_p", *err ? NAN : latency_shape_p(base, l), err);
	return o;
}

static struct json_object *hist_json(const struct table *t, size_t group, const char *name,
				     const char *unit, int *err)
{
	struct json_object *o = json_object_new_object(), *arms = json_object_new_array();
	struct latency base, other;
	size_t i;

	put_text(o, "case", t->ds->groups[group].case_name, err);
	put_text(o, "params", t->ds->groups[group].params, err);
	put_text(o, "histogram", name, err);
	put_text(o, "unit", unit, err);
	json_object_array_add(arms, latency_json(t, group, t->base, name, NULL, &base, err));
	for (i = 0; i < t->nr_others; i++) {
		json_object_array_add(arms, latency_json(t, group, t->others[i], name, &base,
							 &other, err));
		latency_clear(&other);
	}
	latency_clear(&base);
	put(o, "arms", arms, err);
	return o;
}

/* Time only, as in the other forms. */
static struct json_object *latencies_json(const struct table *t, int *err)
{
	struct json_object *list = json_object_new_array();
	const char *name, *unit;
	size_t g, nr;

	if (!strcmp(t->ds->arms[t->base].file->run.clock, "count"))
		return list;
	for (g = 0; g < t->ds->nr_groups; g++)
		for (nr = 0; (name = latency_name(t->ds, g, nr, &unit)); nr++)
			json_object_array_add(list, hist_json(t, g, name, unit, err));
	return list;
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
	put(o, "latency", latencies_json(t, err), err);
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

static struct json_object *aa_json(const struct aa *aa, int *err)
{
	const struct dataset *ds = aa->table.ds;
	struct json_object *o = json_object_new_object();

	put_text(o, "variant", ds->arms[aa->table.others[0]].variant, err);
	put_text(o, "base", ds->arms[aa->table.base].variant, err);
	put(o, "failed_rows", json_object_new_uint64(aa->failed), err);
	put(o, "tested_rows", json_object_new_uint64(aa->tested), err);
	put_number(o, "noise_floor", aa->typical, err);
	put_number(o, "largest", aa->largest, err);
	return o;
}

int report_print_json(const struct report *r, FILE *out)
{
	struct json_object *o = json_object_new_object(), *tables = json_object_new_array();
	struct json_object *aas = json_object_new_array();
	const char *text;
	int err = 0;
	size_t i;

	put(o, "schema", json_object_new_int(1), &err);
	put(o, "status", json_object_new_int(r->status), &err);
	put(o, "mismatch", r->mismatch ? json_object_new_string(r->mismatch) : NULL, &err);
	put_text(o, "model_profile", r->ds->profile ? model_profile_name(r->ds->profile) : "",
		 &err);
	put(o, "caveats", caveats_json(r), &err);
	for (i = 0; aas && i < r->nr_aa; i++)
		json_object_array_add(aas, aa_json(&r->aa[i], &err));
	put(o, "aa", aas, &err);
	put(o, "gated_rows_tested", json_object_new_uint64(r->families.gated), &err);
	put(o, "gated_rows_undecided", json_object_new_uint64(r->undecided), &err);
	put_number(o, "alpha", dataset_alpha(r->ds), &err);
	put(o, "advisory_rows_tested", json_object_new_uint64(r->families.other), &err);
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
