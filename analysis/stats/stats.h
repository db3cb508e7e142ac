/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two-sample statistics for small samples whose unit is a boot or a seed. Deterministic: no random
 * numbers.
 * Arrays are borrowed and not changed. Sizes are at least 1 unless said otherwise.
 *
 * May include: util.
 */
#ifndef ANALYSIS_STATS_H
#define ANALYSIS_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Above this many values in both samples together the normal approximation is used. */
#define STATS_EXACT_MAX	50

/* A copy in ascending order, which the caller frees. NULL: @n is 0, or no memory. */
double *stats_sorted(const double *x, size_t n);

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

/*
 * The same for pairs (x[i], y[i]), which share what drifts: p of Wilcoxon's signed rank test (exact
 * also with ties, pairs without a difference left out), and the shift with the interval that
 * inverts it, from the means of all pairs of differences. 0, or -ENOMEM.
 */
int stats_paired_shift(const double *x, const double *y, size_t n, double level,
		       struct stats_shift *out);
double stats_signed_rank(const double *x, const double *y, size_t n);

/*
 * The same for rounds of three: @x[i] and @twin[i] of one arm, @y[i] of another, the order within a
 * round by chance. p of the aligned rank test of Hodges and Lehmann (1962): the round's mean is
 * taken off, all values are ranked together, and the rank sum of @y is held against what it would
 * be if any of a round's three values were @y's. Exact up to STATS_EXACT_MAX rounds, also with
 * ties. Unlike pairs it has 3^n outcomes instead of 2^n, so few rounds give a small p. The shift is
 * from the mean of the base's two boots. NaN, or -ENOMEM: no memory.
 */
double stats_aligned_rank(const double *x, const double *twin, const double *y, size_t n);
int stats_aligned_shift(const double *x, const double *twin, const double *y, size_t n,
			double level, struct stats_shift *out);

/* log(y[i]/x[i]) if all are above 0, else y[i] - x[i]. The caller frees; NULL: no memory. */
double *stats_differences(const double *x, const double *y, size_t n, bool *relative);

/*
 * Student's t over pairs without the smallest and the largest difference of each eight (Tukey and
 * McLaughlin 1963; fewer than eight: all of them): returns p, NaN if there is no memory, and leaves
 * the mean change (of ratios the geometric one) with its interval in @out. Fewer than two pairs: p
 * 1, no interval. stats_paired_df() are its degrees of freedom, @n >= 1.
 */
double stats_paired_t(const double *x, const double *y, size_t n, double level,
		      struct stats_shift *out);
size_t stats_paired_df(size_t n);

/*
 * The mean of @x, likewise without the smallest and the largest of each eight. NaN: @n
 * is 0, or no memory.
 */
double stats_trimmed_mean(const double *x, size_t n);

/* Two-sided p of @t, and t with P(T > t) = @upper < 0.5; @df >= 1 degrees of freedom. */
double stats_t_p(double t, size_t df);
double stats_t_quantile(double upper, size_t df);

/* The smallest p that samples of these sizes can give. */
double stats_least_p(size_t n, size_t m);
double stats_least_paired_p(size_t n);
double stats_least_aligned_p(size_t n);

/* Are all values above 0, so that ratios mean something? */
bool stats_all_positive(const double *x, size_t n);

struct stats_range {
	double low, high;	/* infinite where the sample is too small to bound that side */
	bool finite;
};

/*
 * Interval of the quantile @q (0 < q < 1) of the distribution that @x was drawn from, by order
 * statistics: no assumption on the distribution. 0, or -ENOMEM.
 */
int stats_quantile_range(const double *x, size_t n, double q, double level,
			 struct stats_range *out);

/* How many values such an interval needs to be finite on both sides. */
size_t stats_quantile_least_n(double q, double level);

/*
 * Holm's step-down procedure over @n tests: @reject[i] says whether p[i] stands at @alpha for all
 * of them together. 0, or -ENOMEM.
 */
int stats_holm(const double *p, size_t n, double alpha, bool *reject);

/* z with P(Z > z) = @upper < 0.5 for a standard normal Z. */
double stats_normal_quantile(double upper);

#endif
