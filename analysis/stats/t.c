// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Student's t over pairs, trimmed (Tukey and McLaughlin 1963). A rank test of n pairs has no p
 * below 2^(1-n): eight seeds could never pass Holm over a table. What is averaged here is itself a
 * mean or quantile of hundreds of events, so that normal errors are a fair model, but for the timer
 * tick that falls into the timed part of one arm and beside it in the other: of each eight pairs
 * the smallest and the largest are put out. test_simulation.c holds it against both.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats.h"

/*
 * P(|T| <= t) with @df degrees of freedom: the finite sums for whole degrees of freedom (Abramowitz
 * and Stegun 26.7.3 and 26.7.4).
 */
static double inside(double t, size_t df)
{
	double angle = atan(t / sqrt((double)df)), c2 = cos(angle) * cos(angle), term = 1, sum = 1;
	bool odd = df % 2;
	size_t i;

	if (df == 1)
		return 2 * angle / M_PI;
	for (i = odd ? 3 : 2; i + 2 <= df; i += 2) {
		term *= c2 * (double)(i - 1) / (double)i;
		sum += term;
	}
	sum *= sin(angle);
	return odd ? 2 / M_PI * (angle + sum * cos(angle)) : sum;
}

double stats_t_p(double t, size_t df)
{
	/* Differences of nearly equal numbers: what is below this is not told from it. */
	return fmax(1 - inside(fabs(t), df), 1e-14);
}

double stats_t_quantile(double upper, size_t df)
{
	double low = 0, high = 1;
	int i;

	while (high < 1e12 && stats_t_p(high, df) > 2 * upper)
		high *= 2;
	for (i = 0; i < 200; i++) {
		double mid = low + (high - low) / 2;

		if (stats_t_p(mid, df) > 2 * upper)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* Pairs put out on each side. */
static size_t trimmed(size_t n)
{
	return n / 8;
}

size_t stats_paired_df(size_t n)
{
	return n - 2 * trimmed(n) - 1;
}

static double mean_of(const double *d, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += d[i] / (double)n;
	return sum;
}

double stats_trimmed_mean(const double *x, size_t n)
{
	double *sorted = stats_sorted(x, n), mean;

	if (!sorted)
		return NAN;
	mean = mean_of(sorted + trimmed(n), n - 2 * trimmed(n));
	free(sorted);
	return mean;
}

/*
 * Mean of what is left of @d, @n >= 2, and its standard error: that of all, with those put out
 * moved to the next that is left. @d, in ascending order, is changed; safe near the largest
 * numbers.
 */
static void mean_and_error(double *d, size_t n, double *mean, double *error)
{
	size_t out = trimmed(n), left = n - 2 * out, i;
	double largest, center, squares = 0;

	largest = fmax(fabs(d[out]), fabs(d[n - 1 - out]));
	if (largest == 0)
		largest = 1;
	for (i = 0; i < out; i++) {
		d[i] = d[out];
		d[n - 1 - i] = d[n - 1 - out];
	}
	for (i = 0; i < n; i++)
		d[i] /= largest;
	center = mean_of(d, n);
	for (i = 0; i < n; i++)
		squares += (d[i] - center) * (d[i] - center);
	*mean = mean_of(d + out, left) * largest;
	*error = sqrt(squares / (double)(n - 1) * (double)n) / (double)left * largest;
}

double stats_paired_t(const double *x, const double *y, size_t n, double level,
		      struct stats_shift *out)
{
	double *differences, *d, mean, error, half, p = 1;

	*out = (struct stats_shift){ .estimate = NAN, .low = -INFINITY, .high = INFINITY };
	if (n < 2)
		return 1;
	differences = stats_differences(x, y, n, &out->relative);
	d = differences ? stats_sorted(differences, n) : NULL;
	free(differences);
	if (!d)
		return NAN;
	mean_and_error(d, n, &mean, &error);
	free(d);
	if (error > 0)
		p = stats_t_p(mean / error, stats_paired_df(n));
	else if (mean != 0)
		p = 1e-14;	/* all that are left differ by the same */
	half = error > 0 ? stats_t_quantile((1 - level) / 2, stats_paired_df(n)) * error : 0;
	out->finite = true;
	out->estimate = out->relative ? expm1(mean) : mean;
	out->low = out->relative ? expm1(mean - half) : mean - half;
	out->high = out->relative ? expm1(mean + half) : mean + half;
	return p;
}
