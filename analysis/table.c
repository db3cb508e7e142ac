// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of a comparison and what they come to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static int build_row(struct table *t, size_t metric, bool *empty)
{
	struct row *row = &t->rows[t->nr_rows];
	size_t i;
	int err = dataset_summary(t->ds, metric, t->base, &row->base);

	row->metric = metric;
	*empty = !row->base.boots;
	row->others = calloc(t->nr_others, sizeof(*row->others));
	if (!row->others)
		return -ENOMEM;
	for (i = 0; i < t->nr_others && !err; i++) {
		struct cell *c = &row->others[i];

		err = dataset_summary(t->ds, metric, t->others[i], &c->s);
		if (!err)
			err = verdict_judge(&t->ds->metrics[metric], &row->base, &c->s, &c->j);
		*empty &= !c->s.boots;
	}
	return err;
}

static void clear_row(const struct table *t, struct row *row)
{
	size_t i;

	summary_clear(&row->base);
	for (i = 0; row->others && i < t->nr_others; i++)
		summary_clear(&row->others[i].s);
	free(row->others);
	memset(row, 0, sizeof(*row));
}

int table_build(struct table *t, const struct dataset *ds, size_t base, size_t *others,
		size_t nr_others)
{
	size_t i;
	int err = 0;

	*t = (struct table){ .ds = ds, .base = base, .others = others, .nr_others = nr_others };
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

static int cell_status(const struct metric *m, enum verdict v, bool missing_allowed)
{
	if (m->model)
		return 0;
	if (v == VERDICT_NOT_EXACT)
		return 3;
	if (!m->gated)
		return 0;
	if (v == VERDICT_MISSING && !missing_allowed)
		return 3;
	return v == VERDICT_REGRESSED ? 1 : 0;
}

int table_status(const struct table *t, bool missing_allowed)
{
	int status = 0;
	size_t i, j;

	for (i = 0; i < t->nr_rows; i++)
		for (j = 0; j < t->nr_others; j++) {
			int cell = cell_status(&t->ds->metrics[t->rows[i].metric],
					       t->rows[i].others[j].j.verdict, missing_allowed);

			if (cell > status)
				status = cell;
		}
	return status;
}
