/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judging one metric of two arms.
 *
 * Exact metrics: equality. A value that differs between boots of one arm, block by block, is an
 * error, not noise. Those that are not gated, means and tails, are the same or changed, never
 * better or worse: any rebuild of the kernel, however harmless, moves them.
 *
 * Other metrics: boots are the sample. A test says whether there is a change, its p held against 5%
 * by Holm over all rows of its kind; the 95% interval of the ratio against a threshold of 1% says
 * whether it matters. Three steps, since Holm needs the p of all rows: verdict_open() for each,
 * verdict_test() for those left open, verdict_close().
 *
 * Where the base was measured twice in every round (an A/A arm), both its boots count. A run that
 * was looked at while it grew has its 5% shared out over the looks (Bonferroni): each is held
 * against 5%/looks, and the intervals, repeated ones, hold at 95% over all looks together.
 */
#ifndef ANALYSIS_VERDICT_H
#define ANALYSIS_VERDICT_H

#include "dataset.h"
#include "stats.h"

#define VERDICT_THRESHOLD	0.01	/* relative effects below this are of no interest */
#define VERDICT_LARGE		0.05	/* from here on, "undecided" wants to be looked at */
#define VERDICT_MIN_BOOTS	4	/* per arm; below, no p of 5 % can be reached */
#define VERDICT_MIN_ROUNDS	6	/* the same for pairs */
/*
 * Pairs and rounds are tested as such only if this many times the smallest p is small enough: a
 * test that wants all rounds to agree finds little.
 */
#define VERDICT_SLACK		4

enum verdict {
	VERDICT_MISSING,	/* an arm has no value */
	VERDICT_NOT_EXACT,	/* an exact metric that does not repeat */
	VERDICT_SAME,		/* no difference at all; if not exact, in no block either */
	VERDICT_CHANGED,	/* exact, but not gated, or neither direction is better */
	VERDICT_FEW,		/* too few boots to say anything */
	VERDICT_REGRESSED,
	VERDICT_IMPROVED,
	VERDICT_EQUIVALENT,	/* the interval lies inside the threshold */
	VERDICT_SMALL,		/* significant, but not shown to be beyond the threshold */
	VERDICT_INCONCLUSIVE,
	VERDICT_DIFFERENT,	/* significant and beyond it, neither direction is better */
	VERDICT_NR,
};

enum verdict_test {
	VERDICT_POOLED,		/* all boots against all: Mann-Whitney */
	VERDICT_PAIRED,		/* boots of one round against each other: signed ranks */
	VERDICT_ALIGNED,	/* the same with the base's A/A arm: aligned ranks */
};

struct judgement {
	enum verdict verdict;
	double delta;		/* other - base */
	double ratio;		/* delta/|base|; NaN if base is 0 */
	bool open;		/* not exact, and enough boots for a test */
	bool tested; /* p and shift are set; the shift says more than delta and ratio then */
	enum verdict_test test;
	unsigned int rounds;	/* boots that both arms have, if they were measured in turns */
	double p;		/* before Holm */
	bool significant;	/* after Holm */
	struct stats_shift shift;
	/*
	 * If inconclusive: the true change, in the unit of the shift, that this many boots with
	 * this noise would have shown in 4 of 5 runs. Else NaN.
	 */
	double would_show;
	bool large;		/* undecided, but the difference seen is large */
	bool open_worse;	/* no regression, but one beyond the threshold is not ruled out */
};

const char *verdict_name(enum verdict v);	/* of at most 12 characters */
char verdict_mark(enum verdict v);
const char *verdict_test_name(enum verdict_test t);

/*
 * Everything that needs no test. @interleaved: the arms were measured in turns.
 */
void verdict_open(const struct metric *m, const struct summary *base, const struct summary *other,
		  bool interleaved, struct judgement *out);

/* What a judgement has to pass. */
struct strictness {
	double level;		/* of the intervals' error: 5%, or a look's share of it */
	double least_p; /* what the smallest p of the family must reach: that over its rows */
};

/*
 * Tests an open one. @twin: the base's A/A arm if it was measured in turns with both, or NULL. By
 * rounds, if as few as there are can decide. 0, or -ENOMEM.
 */
int verdict_test(const struct summary *base, const struct summary *twin,
		 const struct summary *other, const struct strictness *strict, struct judgement *j);

/* From p, interval and j->significant to the verdict. */
void verdict_close(const struct metric *m, const struct summary *base, const struct summary *other,
		   const struct strictness *strict, struct judgement *j);

/* Does @s include changes for the worse of more than @theta? */
bool verdict_reaches_worse(enum record_better better, const struct stats_shift *s, double theta);

/* What to show as the relative change: the shift's estimate if it is one, else the plain ratio. */
double verdict_ratio(const struct judgement *j);

#endif
