/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison: one base arm, other arms beside it, a row per metric, a verdict per cell.
 *
 * A difference below the metric's threshold (1 % unless it says otherwise) is "small", however
 * sure: shown, and no failure. Zero in one arm alone has no ratio: "appeared", "gone".
 *
 * Exact metrics whose value no seed changes: equality. All else is a sample of units, seeds under
 * clock `count`, else boots: a test says whether there is a change, its p held against 5 % by Holm
 * over all rows of its kind; the 95 % interval of the ratio against the threshold says whether it
 * matters.
 *
 * Values that one seed (an exact metric: one variant) gives differently in two boots are an error,
 * not noise.
 *
 * Where the base was measured twice in every round (an A/A arm), both its boots count. A run that
 * was looked at while it grew has its 5% shared out over the looks (Bonferroni): each is held
 * against 5%/looks, and the intervals, repeated ones, hold at 95% over all looks together.
 *
 * May include: util, record, stats, data.
 */
#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

#include <util/options.h>

#include "analysis/data/data.h"
#include "analysis/stats/stats.h"

#define VERDICT_THRESHOLD	RECORD_THRESHOLD	/* of a metric that does not say its own */
#define VERDICT_MIN_BOOTS	4	/* per arm, seeds too; below, no p is to be trusted */

enum verdict {
	VERDICT_MISSING,	/* an arm has no value, or one that must not be compared */
	VERDICT_UNSTEADY,	/* what must repeat does not: an error */
	VERDICT_SAME,		/* no difference, or none that is there and could matter */
	VERDICT_SMALL,		/* there, and below the threshold */
	VERDICT_UNCLEAR,	/* see ->would_show */
	VERDICT_CHANGED,	/* there and beyond the threshold, neither direction is better */
	VERDICT_APPEARED,	/* the base has zero in every block, the other has not */
	VERDICT_GONE,		/* the same, the other way round */
	VERDICT_IMPROVED,
	VERDICT_REGRESSED,
	VERDICT_NR,
};

enum verdict_test {
	VERDICT_POOLED,		/* all units against all: Mann-Whitney */
	VERDICT_PAIRED,		/* boots of one round against each other: signed ranks */
	VERDICT_ALIGNED,	/* the same with the base's A/A arm: aligned ranks */
	VERDICT_SEEDS,		/* arms under one seed against each other: Student's t */
};

struct judgement {
	enum verdict verdict;
	double delta;		/* other - base; of seeds that both have, where there are */
	double ratio;		/* delta/|base|; NaN if base is 0 */
	double threshold;	/* relative; the metric's */
	bool exact;		/* by equality, without a test */
	bool worse;		/* for the worse, and enough of it to fail a gate */
	bool open;		/* enough units for a test */
	bool tested; /* p and shift are set; the shift says more than delta and ratio then */
	enum verdict_test test;
	unsigned int pairs;	/* seeds, or boots measured in turns, that both arms have */
	double p;		/* before Holm */
	bool significant;	/* after Holm */
	struct stats_shift shift;
	/*
	 * If unclear: the true change, in the unit of the shift, that this many units with this
	 * noise would have shown in 4 of 5 runs. NaN: too few for any, or not unclear.
	 */
	double would_show;
	bool large;		/* unclear, but the difference seen is large */
	bool open_worse;	/* no regression, but one beyond the threshold is not ruled out */
};

const char *verdict_name(enum verdict v);	/* a word of at most 9 characters */

/* A change that is there and beyond the threshold, or from or to zero? */
bool verdict_moved(enum verdict v);

/* Does @s include changes for the worse of more than @theta? */
bool verdict_reaches_worse(enum record_better better, const struct stats_shift *s, double theta);

/* What to show as the relative change: the shift's estimate if it is one, else the plain ratio. */
double verdict_ratio(const struct judgement *j);

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
 * Compares one or two files for @verb as `compare` does, and hands the report to @use instead of
 * printing it. @base: a variant, or NULL. Returns an exit status: that of @use if it is not 0, else
 * that of the comparison.
 */
int compare_files(const char *verb, struct option_words paths, const char *base,
		  int (*use)(void *arg, const struct report *r), void *arg);

/*
 * Rows of every metric that @base or one of @others has, judged as one family. Takes over @others.
 * 0, or -ENOMEM.
 */
int table_build(struct table *t, const struct dataset *ds, size_t base, size_t *others,
		size_t nr_others);
void table_clear(struct table *t);

/* An A/A arm; 0, or -ENOMEM. Release with table_clear(&aa->table). */
int aa_build(struct aa *aa, const struct dataset *ds, size_t base, size_t arm);

/* Cases of VMs without S-EPT, which no variant should move. */
bool group_is_control(const struct group *g);

/* A gated one that does not rule out a regression beyond the threshold? */
bool table_undecided(const struct table *t, size_t row, size_t other);

void table_tally(const struct table *t, size_t other, bool strict, struct arm_tally *out);

/* Plain ASCII of at most 72 columns, for mail. */
void report_print_text(const struct report *r, FILE *out);

/* What every form must say about the figures, one after the other; NULL after the last. */
const char *report_caveat(const struct report *r, unsigned int i);

/*
 * Does the metric's group have a distribution with two modes in the base, a median beside which
 * means nothing? Then its mean stands for it.
 */
bool figures_two_modes(const struct table *t, size_t group);

/* Is @m such a median, and does not gate? Its jump from one mode to the other says nothing. */
bool figures_is_jumping(const struct table *t, const struct metric *m);

/* The software TDX module: not TDX hardware. */
bool provenance_is_soft(const struct record_file *f);

/* Time of an emulator: not TDX time. */
bool provenance_is_tcg_wall(const struct record_file *f);

/* QEMU's version without the words around it, "none" on a host; *@len characters. */
const char *provenance_qemu(const struct record_file *f, int *len);

#endif
