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
	struct summary twin;	/* of the base's A/A arm; no units if there is none */
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

/* Rows to be tested together, so that Holm's procedure runs over all that have enough units. */
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

/* What one arm's rows came to; the model's, which are estimates, left out. */
struct arm_tally {
	size_t rows, of[VERDICT_NR];
	size_t gated, gated_of[VERDICT_NR];
	size_t failed;		/* gated rows that are worse, by ->strict too */
	size_t undecided;	/* gated rows that do not rule out a regression */
};

/* What to print; patterns are fnmatch(3)'s, separated by commas, NULL: all. */
struct selection {
	bool all;		/* every row, not the few that matter */
	const char *cases, *metrics;
};

/* All tables of one call of compare. */
struct report {
	const struct dataset *ds;
	struct table *tables;
	size_t nr_tables;
	struct families families;	/* of all tables */
	size_t compared;	/* cells of all tables that hold two values against each other */
	size_t undecided;	/* gated cells that do not rule out a regression */
	struct aa *aa;
	size_t nr_aa;
	char *mismatch; /* in what the files differ though they should not, NULL if in nothing */
	/*
	 * What makes the comparison less than sound, a sentence each, the gravest first: said
	 * before anything else. ->nr_grave of them make its status 3 at least.
	 */
	char **notes;
	size_t nr_notes, nr_grave;
	bool strict;		/* any difference of an exact gated metric fails */
	struct selection select;
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

/* Cases of VMs without S-EPT, which no variant should move. */
bool group_is_control(const struct group *g);

/* Is this cell worse in a way that makes the exit status 1? */
bool table_failed(const struct table *t, size_t row, size_t other, bool strict);

/* A gated one that does not rule out a regression beyond the threshold? */
bool table_undecided(const struct table *t, size_t row, size_t other);

void table_tally(const struct table *t, size_t other, bool strict, struct arm_tally *out);

/*
 * Exit status by the rows: 1 if a gated one is worse. Else 3 if something that must repeat does
 * not, a gated row is missing or must not be compared, or does not rule out a regression.
 */
int table_status(const struct table *t, bool strict, bool missing_allowed);

/* Fills ->notes from all the rest. 0, or -ENOMEM. */
int report_take_notes(struct report *r);

/* ->compared, ->undecided and ->status. @unsound: a file is damaged or says so itself. */
void report_conclude(struct report *r, bool unsound, bool missing_allowed);

/* Releases ->notes. */
void report_clear_notes(struct report *r);

/* Plain ASCII of at most 72 columns, for mail. */
void report_print_text(const struct report *r, FILE *out);
void report_print_md(const struct report *r, FILE *out);
/* 0, or -ENOMEM. */
int report_print_json(const struct report *r, FILE *out);

/* What every form must say about the figures, one after the other; NULL after the last. */
const char *report_caveat(const struct report *r, unsigned int i);

#endif
