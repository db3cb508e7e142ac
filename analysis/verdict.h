/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judging one metric of two arms.
 *
 * Exact metrics: equality. A value that differs between boots of one arm, block by block, is an
 * error, not noise. Those that are not gated, means and tails, are the same or changed, never
 * better or worse: any rebuild of the kernel, however harmless, moves them. Other metrics: boots
 * are the sample; Mann-Whitney at 5% and the 95% interval of the ratio against a threshold of 1%.
 */
#ifndef ANALYSIS_VERDICT_H
#define ANALYSIS_VERDICT_H

#include "dataset.h"
#include "stats.h"

#define VERDICT_ALPHA		0.05
#define VERDICT_THRESHOLD	0.01	/* relative effects below this are of no interest */
#define VERDICT_MIN_BOOTS	4	/* per arm; below, no p of 5 % can be reached */

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

struct judgement {
	enum verdict verdict;
	double delta;		/* other - base */
	double ratio;		/* delta/|base|; NaN if base is 0 */
	bool tested; /* p and shift are set; the shift says more than delta and ratio then */
	double p;
	struct stats_shift shift;
};

const char *verdict_name(enum verdict v);	/* of at most 12 characters */
char verdict_mark(enum verdict v);

/* 0, or -ENOMEM. */
int verdict_judge(const struct metric *m, const struct summary *base, const struct summary *other,
		  struct judgement *out);

/* What to show as the relative change: the shift's estimate if it is one, else the plain ratio. */
double verdict_ratio(const struct judgement *j);

#endif
