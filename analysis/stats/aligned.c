// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hodges and Lehmann's aligned rank test for rounds of three.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats.h"

#define ARMS	3	/* of a round: the base twice, and the other, which is the last */

struct aligned {
	double v;
	size_t round, arm;
};

static int compare_aligned(const void *a, const void *b)
{
	double x = ((const struct aligned *)a)->v, y = ((const struct aligned *)b)->v;

	return (x > y) - (x < y);
}

/* The places of a round's values with the round's mean taken off: what drifts goes with it. */
static void align(const double *const arm[ARMS], size_t n, bool relative, struct aligned *out)
{
	for (size_t i = 0; i < n; i++) {
		double v[ARMS], mean = 0;

		for (size_t j = 0; j < ARMS; j++) {
			v[j] = relative ? log(arm[j][i]) : arm[j][i];
			mean += v[j] / ARMS;
		}
		for (size_t j = 0; j < ARMS; j++)
			out[i * ARMS + j] = (struct aligned){ v[j] - mean, i, j };
	}
}

/* rank2[round * ARMS + arm]: twice the midrank among all aligned values. */
static void rank_aligned(struct aligned *a, size_t nr, unsigned long *rank2)
{
	size_t i, j, k;

	qsort(a, nr, sizeof(*a), compare_aligned);
	for (i = 0; i < nr; i = j) {
		for (j = i + 1; j < nr && a[j].v == a[i].v; j++)
			;
		for (k = i; k < j; k++)
			rank2[a[k].round * ARMS + a[k].arm] = i + j + 1;
	}
}

/*
 * How far the other arm's rank sum is from its mean, times ARMS, so that it is an integer: a round
 * adds as much to the mean as its ranks are on average.
 */
static unsigned long distance(unsigned long sum2, unsigned long all2)
{
	return ARMS * sum2 > all2 ? ARMS * sum2 - all2 : all2 - ARMS * sum2;
}

/*
 * chance[s]: that one value of each round, any of the three alike, gives a doubled rank sum of s.
 */
static double exact_p(const unsigned long *rank2, size_t n, unsigned long sum2, unsigned long all2)
{
	double *chance = calloc(all2 + 1, sizeof(*chance));
	double *next = calloc(all2 + 1, sizeof(*next)), tail = 0;
	unsigned long most = 0, s;

	if (!chance || !next) {
		free(chance);
		free(next);
		return NAN;
	}
	chance[0] = 1;
	for (size_t i = 0; i < n; i++) {
		const unsigned long *r = &rank2[i * ARMS];
		double *swap = chance;

		for (s = 0; s <= most + 2 * ARMS * n; s++)
			next[s] = 0;
		/* Without ties every other sum has no chance. */
		for (s = 0; s <= most; s++)
			for (size_t j = 0; j < ARMS && chance[s] > 0; j++)
				next[s + r[j]] += chance[s] / ARMS;
		most += fmax(r[0], fmax(r[1], r[2]));
		chance = next;
		next = swap;
	}
	for (s = 0; s <= most; s++)
		if (distance(s, all2) >= distance(sum2, all2))
			tail += chance[s];
	free(chance);
	free(next);
	return fmin(1, tail);
}

static double normal_p(const unsigned long *rank2, size_t n, unsigned long sum2, unsigned long all2)
{
	double off = (double)distance(sum2, all2) / ARMS, var = 0;

	for (size_t i = 0; i < n; i++) {
		const unsigned long *r = &rank2[i * ARMS];
		double mean = (double)(r[0] + r[1] + r[2]) / ARMS;

		for (size_t j = 0; j < ARMS; j++)
			var += ((double)r[j] - mean) * ((double)r[j] - mean) / ARMS;
	}
	return var > 0 ? erfc(off / sqrt(2 * var)) : 1;
}

double stats_aligned_rank(const double *x, const double *twin, const double *y, size_t n)
{
	const double *const arm[ARMS] = { x, twin, y };
	struct aligned *a = calloc(ARMS * n, sizeof(*a));
	unsigned long *rank2 = calloc(ARMS * n, sizeof(*rank2)), sum2 = 0, all2 = 0;
	double p = NAN;

	if (a && rank2) {
		align(arm, n, stats_all_positive(x, n) && stats_all_positive(twin, n) &&
		      stats_all_positive(y, n), a);
		rank_aligned(a, ARMS * n, rank2);
		for (size_t i = 0; i < ARMS * n; i++) {
			all2 += rank2[i];
			sum2 += i % ARMS == ARMS - 1 ? rank2[i] : 0;
		}
		p = n > STATS_EXACT_MAX ? normal_p(rank2, n, sum2, all2) :
					  exact_p(rank2, n, sum2, all2);
	}
	free(a);
	free(rank2);
	return p;
}

/*
 * One outcome of all. Its mirror image is as far from the mean only if each round has one of the n
 * lowest values; a round with two of them leaves the other end nearer (test_stats.c tries all).
 */
double stats_least_aligned_p(size_t n)
{
	return pow(ARMS, -(double)n);
}

/* The base of a round is the mean of its two boots, on the scale that differences are taken on. */
int stats_aligned_shift(const double *x, const double *twin, const double *y, size_t n,
			double level, struct stats_shift *out)
{
	bool relative = stats_all_positive(x, n) && stats_all_positive(twin, n) &&
			stats_all_positive(y, n);
	double *base = calloc(n, sizeof(*base));
	int err;

	if (!base)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		base[i] = relative ? sqrt(x[i]) * sqrt(twin[i]) : (x[i] + twin[i]) / 2;
	err = stats_paired_shift(base, y, n, level, out);
	free(base);
	return err;
}
