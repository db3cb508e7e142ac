/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison: one base arm, other arms beside it, a row per metric; and its printed forms.
 */
#ifndef ANALYSIS_TABLE_H
#define ANALYSIS_TABLE_H

#include <stdio.h>

#include "verdict.h"

struct cell {
	struct summary s;
	struct judgement j;
};

struct row {
	size_t metric;		/* in the data set */
	struct summary base;
	struct cell *others;	/* [nr_others] */
};

struct table {
	const struct dataset *ds;
	size_t base;		/* arm */
	size_t *others;		/* arms */
	size_t nr_others;
	struct row *rows;	/* in the data set's order of metrics */
	size_t nr_rows;
};

/* All tables of one call of compare. */
struct report {
	const struct dataset *ds;
	struct table *tables;
	size_t nr_tables;
	char *mismatch; /* in what the files differ though they should not, NULL if in nothing */
	int status;		/* exit status */
};

/* Rows of every metric that @base or one of @others has. Takes over @others. 0, or -ENOMEM. */
int table_build(struct table *t, const struct dataset *ds, size_t base, size_t *others,
		size_t nr_others);
void table_clear(struct table *t);

/* Exit status by the rows: gated regressions 1; exact metrics that do not repeat, or are
 * missing, 3. */
int table_status(const struct table *t, bool missing_allowed);

/* Plain ASCII of at most 72 columns, for mail. */
void report_print_text(const struct report *r, FILE *out);
void report_print_md(const struct report *r, FILE *out);
/* 0, or -ENOMEM. */
int report_print_json(const struct report *r, FILE *out);

/* What every form must say about the figures, one after the other; NULL after the last. */
const char *report_caveat(const struct report *r, unsigned int i);

#endif
