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
	struct summary twin;	/* of the base's A/A arm; no boots if there is none */
	struct cell *others;	/* [nr_others] */
};

struct table {
	const struct dataset *ds;
	size_t base;		/* arm */
	size_t twin;		/* its A/A arm; the data set's nr_arms if there is none */
	size_t *others;		/* arms */
	size_t nr_others;
	struct row *rows;	/* in the data set's order of metrics */
	size_t nr_rows;
};

/* Rows to be tested together, so that Holm's procedure runs over all that have enough boots. */
struct families {
	size_t gated, other;
};

/* A base against the same modules under another name. */
struct aa {
	struct table table;	/* of one other arm */
	size_t tested;		/* rows with noise to tell */
	double typical, largest;	/* median and largest size of their shifts; NaN if none */
	size_t largest_metric;
	size_t failed;		/* rows that differ though nothing does */
	size_t first_failed;	/* the first of them */
};

/* All tables of one call of compare. */
struct report {
	const struct dataset *ds;
	struct table *tables;
	size_t nr_tables;
	struct families families;	/* of all tables */
	size_t undecided;	/* gated cells that do not rule out a regression */
	struct aa *aa;
	size_t nr_aa;
	char *mismatch; /* in what the files differ though they should not, NULL if in nothing */
	int status;		/* exit status */
};

/*
 * Rows of every metric that @base or one of @others has, judged as one family. Takes over @others.
 * 0, or -ENOMEM.
 */
int table_build(struct table *t, const struct dataset *ds, size_t base, size_t *others,
		size_t nr_others);
void table_clear(struct table *t);

/*
 * Judges the rows of all @tables anew, as one family of gated rows and one of the rest. The model's
 * rows are estimates and in neither. 0, or -ENOMEM.
 */
int tables_judge(struct table *tables, size_t nr, struct families *families);

/* An A/A arm; 0, or -ENOMEM. Release with table_clear(&aa->table). */
int aa_build(struct aa *aa, const struct dataset *ds, size_t base, size_t arm);

/* Did any A/A arm differ from its base? Then nothing in the run is to be believed. */
bool report_aa_failed(const struct report *r);

/* How many boots per arm the smallest p in a family of @rows rows needs. */
unsigned int table_least_boots(const struct dataset *ds, size_t rows);

/*
 * Exit status by the rows: gated regressions 1; exact metrics that do not repeat, or are missing,
 * 3; a gated row that does not rule out a regression beyond the threshold 3 as well, but after
 * those.
 */
int table_status(const struct table *t, bool missing_allowed);

/* Is this cell one of those last ones? */
bool table_undecided(const struct table *t, size_t row, size_t other);

/* Plain ASCII of at most 72 columns, for mail. */
void report_print_text(const struct report *r, FILE *out);
void report_print_md(const struct report *r, FILE *out);
/* 0, or -ENOMEM. */
int report_print_json(const struct report *r, FILE *out);

/* What every form must say about the figures, one after the other; NULL after the last. */
const char *report_caveat(const struct report *r, unsigned int i);

#endif
