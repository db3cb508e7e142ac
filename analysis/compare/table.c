// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of a comparison and what they come to.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int build_row(struct table *t, size_t metric, bool *empty)
{
	struct row *row = &t->rows[t->nr_rows];
	size_t i;
	int err = dataset_summary(t->ds, metric, t->base, &row->base);

	if (!err && t->twin < t->ds->nr_arms)
		err = dataset_summary(t->ds, metric, t->twin, &row->twin);
	row->metric = metric;
	*empty = !row->base.n;
	row->others = calloc(t->nr_others, sizeof(*row->others));
	if (!row->others)
		return -ENOMEM;
	for (i = 0; i < t->nr_others && !err; i++) {
		struct cell *c = &row->others[i];

		err = dataset_summary(t->ds, metric, t->others[i], &c->s);
		*empty &= !c->s.n;
	}
	return err;
}

static void clear_row(const struct table *t, struct row *row)
{
	size_t i;

	summary_clear(&row->base);
	summary_clear(&row->twin);
	for (i = 0; row->others && i < t->nr_others; i++)
		summary_clear(&row->others[i].s);
	free(row->others);
	memset(row, 0, sizeof(*row));
}

/* The A/A arm of @base, if it is none of @others. */
static size_t find_twin(const struct dataset *ds, size_t base, const size_t *others, size_t nr)
{
	size_t i, k;

	for (i = 0; i < ds->nr_arms; i++)
		if (dataset_is_aa_of(ds, i, base))
			break;
	for (k = 0; k < nr; k++)
		if (others[k] == i)
			return ds->nr_arms;
	return i;
}

int table_build(struct table *t, const struct dataset *ds, size_t base, size_t *others,
		size_t nr_others)
{
	struct families families;
	size_t i;
	int err = 0;

	*t = (struct table){ .ds = ds, .base = base, .others = others, .nr_others = nr_others,
			     .twin = find_twin(ds, base, others, nr_others) };
	t->rows = calloc(ds->nr_metrics + 1, sizeof(*t->rows));
	if (!t->rows)
		err = -ENOMEM;
	for (i = 0; i < ds->nr_metrics && !err; i++) {
		bool empty;

		err = build_row(t, i, &empty);
		if (err || empty)
			clear_row(t, &t->rows[t->nr_rows]);
		else
			t->nr_rows++;
	}
	if (!err)
		err = tables_judge(t, 1, &families);
	if (err)
		table_clear(t);
	return err;
}

void table_clear(struct table *t)
{
	size_t i;

	for (i = 0; i < t->nr_rows; i++)
		clear_row(t, &t->rows[i]);
	free(t->rows);
	free(t->others);
	memset(t, 0, sizeof(*t));
}

/* One cell to be tested, with what it belongs to. */
struct question {
	const struct metric *m;
	const struct summary *base, *twin;
	struct cell *c;
};

struct questions {
	struct question *q;
	size_t nr;
	size_t rows;		/* of the family, those with too few units too */
	bool gated;		/* which family these are */
};

/* One other arm's cells of the rows that are of this family. */
static void open_cells(struct table *t, size_t other, struct questions *qs)
{
	bool paired = dataset_paired(t->ds, t->base, t->others[other]);
	bool by_seed = t->ds->arms[t->base].by_seed && t->ds->arms[t->others[other]].by_seed;
	bool twin = paired && !by_seed && t->twin < t->ds->nr_arms &&
		    dataset_paired(t->ds, t->base, t->twin) &&
		    dataset_paired(t->ds, t->others[other], t->twin);
	size_t i;

	for (i = 0; i < t->nr_rows; i++) {
		struct row *row = &t->rows[i];
		const struct metric *m = &t->ds->metrics[row->metric];
		struct cell *c = &row->others[other];

		if (m->gated != qs->gated)
			continue;
		verdict_open(m, &row->base, &c->s, paired, by_seed, &c->j);
		qs->rows += c->j.verdict == VERDICT_UNCLEAR;
		if (c->j.open)
			qs->q[qs->nr++] = (struct question){ m, &row->base,
							     twin ? &row->twin : NULL, c };
	}
}

static int judge_family(const struct questions *qs, double alpha)
{
	const struct strictness strict = { alpha, alpha / (double)qs->nr };
	double *p = calloc(qs->nr + 1, sizeof(*p));
	bool *reject = calloc(qs->nr + 1, sizeof(*reject));
	int err = p && reject ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < qs->nr && !err; i++) {
		const struct question *q = &qs->q[i];

		err = verdict_test(q->base, q->twin, &q->c->s, &strict, &q->c->j);
		p[i] = q->c->j.p;
	}
	if (!err)
		err = stats_holm(p, qs->nr, alpha, reject);
	for (i = 0; i < qs->nr && !err; i++) {
		const struct question *q = &qs->q[i];

		q->c->j.significant = reject[i];
		verdict_close(q->m, q->base, &strict, &q->c->j);
	}
	free(p);
	free(reject);
	return err;
}

static int ask_family(struct table *tables, size_t nr, struct questions *qs)
{
	size_t t, i;

	qs->nr = qs->rows = 0;
	for (t = 0; t < nr; t++)
		for (i = 0; i < tables[t].nr_others; i++)
			open_cells(&tables[t], i, qs);
	return nr ? judge_family(qs, dataset_alpha(tables[0].ds)) : 0;
}

int tables_judge(struct table *tables, size_t nr, struct families *families)
{
	struct questions qs = { .gated = false };
	size_t t, cells = 0;
	int err;

	for (t = 0; t < nr; t++)
		cells += tables[t].nr_rows * tables[t].nr_others;
	qs.q = calloc(cells + 1, sizeof(*qs.q));
	if (!qs.q)
		return -ENOMEM;
	err = ask_family(tables, nr, &qs);
	families->other = qs.rows;
	qs.gated = true;
	if (!err)
		err = ask_family(tables, nr, &qs);
	families->gated = qs.rows;
	free(qs.q);
	return err;
}

/* The same code twice: what is exact and gated is equal, and no noise is beyond the threshold. */
static bool fails_aa(const struct metric *m, enum verdict v)
{
	if (m->model)
		return false;
	if (m->class == RECORD_EXACT)
		return m->gated && v != VERDICT_SAME && v != VERDICT_UNCLEAR;
	return verdict_moved(v);
}

/* Notes one row; its shift's size goes to @sizes. */
static void take_aa_row(struct aa *aa, size_t row, double *sizes)
{
	size_t metric = aa->table.rows[row].metric;
	const struct judgement *j = &aa->table.rows[row].others[0].j;
	double size = fabs(verdict_ratio(j));

	if (fails_aa(&aa->table.ds->metrics[metric], j->verdict) && !aa->failed++)
		aa->first_failed = row;
	if (!j->tested || !isfinite(size))
		return;
	sizes[aa->tested++] = size;
	if (!(size <= aa->largest)) {
		aa->largest = size;
		aa->largest_metric = metric;
	}
}

int aa_build(struct aa *aa, const struct dataset *ds, size_t base, size_t arm)
{
	size_t *others = calloc(1, sizeof(*others)), i;
	double *sizes;
	int err;

	*aa = (struct aa){ .typical = NAN, .largest = NAN };
	if (!others)
		return -ENOMEM;
	others[0] = arm;
	err = table_build(&aa->table, ds, base, others, 1);
	if (err)
		return err;
	sizes = calloc(aa->table.nr_rows + 1, sizeof(*sizes));
	if (!sizes) {
		table_clear(&aa->table);
		return -ENOMEM;
	}
	for (i = 0; i < aa->table.nr_rows; i++)
		take_aa_row(aa, i, sizes);
	aa->typical = stats_median(sizes, aa->tested);
	free(sizes);
	return 0;
}

bool report_aa_failed(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->nr_aa; i++)
		if (r->aa[i].failed)
			return true;
	return false;
}

bool group_is_control(const struct group *g)
{
	return !strncmp(g->case_name, "plain", strlen("plain")) ||
	       !strncmp(g->case_name, "protected", strlen("protected"));
}

/* Is this cell worse in a way that makes the exit status 1? */
static bool table_failed(const struct table *t, size_t row, size_t other, bool strict)
{
	const struct metric *m = &t->ds->metrics[t->rows[row].metric];
	const struct judgement *j = &t->rows[row].others[other].j;

	if (!m->gated || m->model)
		return false;
	if (strict && m->class == RECORD_EXACT && verdict_moved(j->verdict))
		return true;
	return j->worse || (strict && j->exact && j->verdict == VERDICT_SMALL);
}

bool table_undecided(const struct table *t, size_t row, size_t other)
{
	return t->ds->metrics[t->rows[row].metric].gated && t->rows[row].others[other].j.open_worse;
}

void table_tally(const struct table *t, size_t other, bool strict, struct arm_tally *out)
{
	size_t i;

	*out = (struct arm_tally){ 0 };
	for (i = 0; i < t->nr_rows; i++) {
		const struct metric *m = &t->ds->metrics[t->rows[i].metric];
		enum verdict v = t->rows[i].others[other].j.verdict;

		if (m->model)
			continue;
		out->rows++;
		out->of[v]++;
		out->gated += m->gated;
		out->gated_of[v] += m->gated;
		out->failed += table_failed(t, i, other, strict);
		out->undecided += table_undecided(t, i, other);
	}
}

/*
 * Exit status by the rows: 1 if a gated one is worse. Else 3 if something that must repeat does
 * not, a gated row is missing or must not be compared, or does not rule out a regression.
 */
static int table_status(const struct table *t, bool strict, bool missing_allowed)
{
	bool open = false;
	size_t i, j;

	for (i = 0; i < t->nr_rows; i++)
		for (j = 0; j < t->nr_others; j++) {
			const struct metric *m = &t->ds->metrics[t->rows[i].metric];
			enum verdict v = t->rows[i].others[j].j.verdict;

			if (table_failed(t, i, j, strict))
				return 1;
			open |= !m->model && (v == VERDICT_UNSTEADY || m->conflict ||
					      table_undecided(t, i, j) ||
					      (v == VERDICT_MISSING && m->gated &&
					       !missing_allowed));
		}
	return open ? 3 : 0;
}

static void count_cells(struct report *r, const struct table *t)
{
	size_t i;

	for (i = 0; i < t->nr_others; i++) {
		struct arm_tally n;

		table_tally(t, i, r->strict, &n);
		r->compared += n.rows - n.of[VERDICT_MISSING];
		r->undecided += n.undecided;
	}
}

/*
 * A regression seen stands, even beside damage; but a run that finds a change where there is none
 * proves nothing.
 */
void report_conclude(struct report *r, bool unsound, bool missing_allowed)
{
	size_t i;

	r->compared = r->undecided = 0;
	r->status = 0;
	for (i = 0; i < r->nr_tables; i++) {
		int status = table_status(&r->tables[i], r->strict, missing_allowed);

		count_cells(r, &r->tables[i]);
		r->status = r->status == 1 || !status ? r->status : status;
	}
	if (report_aa_failed(r))
		r->status = 3;
	else if (r->status != 1 && (unsound || r->nr_grave || !r->compared))
		r->status = 3;
}
