/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two-sample statistics for small samples whose unit is a boot. Deterministic: no random numbers.
 * Arrays are borrowed and not changed. Sizes are at least 1 unless said otherwise.
 */
#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Above this many values in both samples together the normal approximation is used. */
#define STATS_EXACT_MAX	50

/* The middle value, or the mean of the two middle ones. NaN if @n is 0 or there is no memory. */
double stats_median(const double *x, size_t n);

/*
 * Two-sided p of the Mann-Whitney U test, exact also with ties: the chance, under any assignment of
 * the pooled values to the two samples, of a rank sum at least as far from its mean. NaN: no
 * memory.
 */
double stats_mann_whitney(const double *x, size_t n, const double *y, size_t m);

struct stats_shift {
	double estimate, low, high;
	bool relative;	/* y/x - 1; else y - x, because some value is not above 0 */
	bool finite;	/* the samples are large enough for an interval at this level */
};

/*
 * Hodges-Lehmann shift from @x to @y with the confidence interval that inverts the Mann-Whitney
 * test, at @level (as 0.95), on the logarithms where all values are above 0. 0, or -ENOMEM.
 */
int stats_shift(const double *x, size_t n, const double *y, size_t m, double level,
		struct stats_shift *out);

#endif
