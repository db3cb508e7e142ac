/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change points of a series, after Hunter (Daly et al. 2020; Fleming et al. 2023): E-divisive
 * splits in overlapping windows, judged by Student's t, then weak points are dropped again.
 *
 * Differences from the implementations in use, each for a defect of theirs: variances have n-1 in
 * the denominator, as the t distribution wants; two constant sides that are equal have p = 1, not
 * NaN; no segment is shorter than TREND_MIN_SEGMENT, so that one bad night is no change; missing
 * nights are the caller's to leave out, nothing is filled in.
 *
 * max_p is a knob, not the chance of a false alarm: the split that is tested was chosen for being
 * the largest.
 */
#ifndef ANALYSIS_HISTORY_TREND_H
#define ANALYSIS_HISTORY_TREND_H

#include "history.h"

#define TREND_WINDOW		50
#define TREND_MAX_P		0.001
#define TREND_MIN_SEGMENT	2

struct trend_change {
	size_t at;		/* first value of the new level */
	double before, after;	/* means of the segments on both sides */
	double p;		/* of Student's t between them */
};

/*
 * Changes in @z[0..n), finite values, whose relative size max(|b/a - 1|, |a/b - 1|) is above
 * @min_magnitude, in rising order. *@out is the caller's to free, NULL if there is none. 0, or
 * -ENOMEM.
 */
int trend_find(const double *z, size_t n, double min_magnitude, struct trend_change **out,
	       size_t *nr);

/*
 * Draws one series of @h with its changes, whose `at` count nights of @h; @accepted[i]: the i-th is
 * known, and drawn so. Into folder @dir as "history-KEY", and prints the names of the files. @base:
 * what ratios are to. 0, an exit status after a message, or -ENOMEM.
 */
int trend_plot(const char *dir, const struct history *h, size_t series, const char *base,
	       const struct trend_change *changes, const bool *accepted, size_t nr);

#endif
