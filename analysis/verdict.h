/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judging one metric of two arms.
 *
 * A difference below the metric's threshold (1 % unless it says otherwise) is "small", however
 * sure: shown, and no failure. Zero in one arm alone has no ratio: "appeared", "gone".
 *
 * Exact metrics whose value no seed changes: equality. All else is a sample of units, seeds under
 * clock `count`, else boots: a test says whether there is a change, its p held against 5 % by Holm
 * over all rows of its kind; the 95 % interval of the ratio against the threshold says whether it
 * matters. Three steps, since Holm needs the p of all rows: verdict_open() for each, verdict_test()
 * for those left open, verdict_close().
 *
 * Values that one seed (an exact metric: one variant) gives differently in two boots are an error,
 * not noise.
 *
 * Where the base was measured twice in every round (an A/A arm), both its boots count. A run that
 * was looked at while it grew has its 5% shared out over the looks (Bonferroni): each is held
 * against 5%/looks, and the intervals, repeated ones, hold at 95% over all looks together.
 */
#ifndef ANALYSIS_VERDICT_H
#define ANALYSIS_VERDICT_H

#include "dataset.h"
#include "stats.h"

#define VERDICT_THRESHOLD	RECORD_THRESHOLD	/* of a metric that does not say its own */
#define VERDICT_LARGE		0.05	/* from here on, "unclear" wants to be looked at */
#define VERDICT_MIN_BOOTS	4	/* per arm, seeds too; below, no p is to be trusted */
#define VERDICT_MIN_ROUNDS	6	/* the same for pairs of boots */
/*
 * Pairs and rounds are tested as such only if this many times the smallest p is small enough: a
 * test that wants all rounds to agree finds little.
 */
#define VERDICT_SLACK		4

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
char verdict_mark(enum verdict v);
const char *verdict_test_name(enum verdict_test t);

/* A change that is there and beyond the threshold, or from or to zero? */
bool verdict_moved(enum verdict v);

/* Everything that needs no test. @paired: dataset_paired() of the arms; @by_seed: their unit. */
void verdict_open(const struct metric *m, const struct summary *base, const struct summary *other,
		  bool paired, bool by_seed, struct judgement *out);

/* What a judgement has to pass. */
struct strictness {
	double level;		/* of the intervals' error: 5%, or a look's share of it */
	double least_p; /* what the smallest p of the family must reach: that over its rows */
};

/*
 * Tests an open one. @twin: the base's A/A arm if it was measured in turns with both, or NULL.
 * Boots by rounds, if as few as there are can decide. 0, or -ENOMEM.
 */
int verdict_test(const struct summary *base, const struct summary *twin,
		 const struct summary *other, const struct strictness *strict, struct judgement *j);

/* From p, interval and j->significant to the verdict. */
void verdict_close(const struct metric *m, const struct summary *base,
		   const struct strictness *strict, struct judgement *j);

/* Does @s include changes for the worse of more than @theta? */
bool verdict_reaches_worse(enum record_better better, const struct stats_shift *s, double theta);

/* What to show as the relative change: the shift's estimate if it is one, else the plain ratio. */
double verdict_ratio(const struct judgement *j);

#endif
