// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report for other programs: JSON, as schema.json describes it.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "internal.h"

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

static void put_count(struct json_object *o, const char *key, size_t v, int *err)
{
	put(o, key, json_object_new_uint64(v), err);
}

static struct json_object *arm_json(const struct arm *a, int *err)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "variant", a->variant, err);
	put_text(o, "patch", a->patch, err);
	put_text(o, "file", a->file->path, err);
	put_text(o, "kernel", record_env(a->file, "kernel", "unknown"), err);
	put_text(o, "host", record_env(a->file, "cpu", "unknown"), err);
	put_count(o, "boots", a->boots, err);
	put_count(o, "seeds", a->seeds, err);
	put_count(o, "blocks", a->blocks, err);
	put_count(o, "warmup_blocks", a->warmups, err);
	put_count(o, "invalid_blocks", a->invalid, err);
	return o;
}

/* Values at full length; JSON has no NaN or infinity. */
static struct json_object *number_json(double v)
{
	char text[NUMBER_LEN];

	return isfinite(v) ? json_object_new_double_s(v, number_value(text, v, 20)) : NULL;
}

static void put_summary(struct json_object *o, const struct summary *s, int *err)
{
	struct json_object *samples = json_object_new_array(), *ids = json_object_new_array();
	unsigned int i;

	put_number(o, "value", s->value, err);
	put_number(o, "module", s->n ? s->module : NAN, err);
	put_number(o, "waiting", s->n ? s->waiting : NAN, err);
	put_count(o, "n", s->n, err);
	put_count(o, "blocks", s->blocks, err);
	put_number(o, "min", s->n ? s->min : NAN, err);
	put_number(o, "max", s->n ? s->max : NAN, err);
	for (i = 0; samples && ids && i < s->n; i++) {
		json_object_array_add(samples, number_json(s->sample[i]));
		json_object_array_add(ids, json_object_new_uint64(s->id[i]));
	}
	put(o, "samples", samples, err);
	put(o, "units", ids, err);
}

static struct json_object *cell_json(const struct cell *c, int *err)
{
	struct json_object *o = json_object_new_object();

	put_summary(o, &c->s, err);
	put_text(o, "verdict", verdict_name(c->j.verdict), err);
	put(o, "exact", json_object_new_boolean(c->j.exact), err);
	put(o, "worse", json_object_new_boolean(c->j.worse), err);
	put_count(o, "pairs", c->j.pairs, err);
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
	put_number(o, "threshold", m->threshold, err);
	put(o, "parted", json_object_new_boolean(m->parted), err);
	put(o, "conflict", m->conflict ? json_object_new_string(m->conflict) : NULL, err);
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

static struct json_object *verdicts_json(const size_t of[VERDICT_NR], int *err)
{
	struct json_object *o = json_object_new_object();

	for (int v = 0; v < VERDICT_NR; v++)
		put_count(o, verdict_name((enum verdict)v), of[v], err);
	return o;
}

/* Rows by their place in "rows". */
static void put_figures(struct json_object *o, const struct report *r, const struct table *t,
			size_t other, int *err)
{
	struct json_object *chosen = json_object_new_array(), *moved = json_object_new_array();
	struct figures f = { 0 };
	size_t i;

	if (figures_choose(r, t, other, 1, t->nr_rows, &f))
		*err = -ENOMEM;
	for (i = 0; chosen && i < f.nr; i++) {
		json_object_array_add(chosen, json_object_new_uint64(f.chosen[i].row));
		if (f.chosen[i].same_row < t->nr_rows)
			json_object_array_add(chosen,
					      json_object_new_uint64(f.chosen[i].same_row));
	}
	for (i = 0; moved && i < f.nr_moved; i++)
		json_object_array_add(moved, json_object_new_uint64(f.moved[i]));
	put(o, "figures", chosen, err);
	put(o, "moved", moved, err);
	figures_clear(&f);
}

static struct json_object *verdict_json(const struct report *r, const struct table *t,
					size_t other, int *err)
{
	struct json_object *o = json_object_new_object();
	char *sentence = NULL;
	struct arm_tally n;
	size_t len;
	FILE *out = open_memstream(&sentence, &len);

	if (out) {
		head_sentence(r, t, other, out);
		fclose(out);
	}
	table_tally(t, other, r->strict, &n);
	put_text(o, "variant", t->ds->arms[t->others[other]].variant, err);
	put_text(o, "sentence", sentence ? sentence : "", err);
	put_count(o, "rows", n.rows, err);
	put(o, "verdicts", verdicts_json(n.of, err), err);
	put_count(o, "gated_rows", n.gated, err);
	put(o, "gated_verdicts", verdicts_json(n.gated_of, err), err);
	put_count(o, "failed", n.failed, err);
	put_count(o, "undecided", n.undecided, err);
	put_figures(o, r, t, other, err);
	free(sentence);
	return o;
}

static struct json_object *table_json(const struct report *r, const struct table *t, int *err)
{
	const struct record_file *f = t->ds->arms[t->base].file;
	struct json_object *o = json_object_new_object();
	struct json_object *others = json_object_new_array(), *rows = json_object_new_array();
	struct json_object *verdicts = json_object_new_array();
	size_t i;

	for (i = 0; verdicts && i < t->nr_others; i++)
		json_object_array_add(verdicts, verdict_json(r, t, i, err));
	put(o, "verdicts", verdicts, err);
	put_text(o, "unit_of_sample", dataset_unit_name(&t->ds->arms[t->base], 1), err);
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
	struct json_object *aas = json_object_new_array(), *notes = json_object_new_array();
	const char *text;
	int err = 0;
	size_t i;

	put(o, "schema", json_object_new_int(2), &err);
	put(o, "status", json_object_new_int(r->status), &err);
	put(o, "strict", json_object_new_boolean(r->strict), &err);
	for (i = 0; notes && i < r->nr_notes; i++)
		json_object_array_add(notes, json_object_new_string(r->notes[i]));
	put(o, "notes", notes, &err);
	put_count(o, "grave_notes", r->nr_grave, &err);
	put_count(o, "compared", r->compared, &err);
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
		json_object_array_add(tables, table_json(r, &r->tables[i], &err));
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
