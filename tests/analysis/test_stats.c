// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics against R's, and where R has no exact answer against all assignments counted in R
 * (reference.R).
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "analysis/stats/stats.h"
#include "tests/record/scratch.h"

TestSuite(stats, .init = scratch_enter, .fini = scratch_leave);

#define MAX_VALUES	25

struct reference {
	double x[MAX_VALUES];
	size_t n;
	double y[MAX_VALUES];
	size_t m;
	double p, shift, low, high;	/* NaN: R has no exact one */
};

static const struct reference references[] = {
#include "reference.inc"
};

/* R's signed rank test on pairs (x[i], y[i]). */
static const struct reference paired_references[] = {
#include "reference_paired.inc"
};

#define NR_PAIRED	(sizeof(paired_references) / sizeof(paired_references[0]))
#define NR_REFERENCES	(sizeof(references) / sizeof(references[0]))

static bool close_to(double is, double want)
{
	return fabs(is - want) <= 1e-9 * fmax(1, fabs(want));
}

Test(stats, mann_whitney_p_is_that_of_r)
{
	size_t i;

	for (i = 0; i < NR_REFERENCES; i++) {
		const struct reference *r = &references[i];
		double p = stats_mann_whitney(r->x, r->n, r->y, r->m);

		cr_assert(close_to(p, r->p), "pair %zu: p = %.12g, R has %.12g", i, p, r->p);
		cr_assert(close_to(stats_mann_whitney(r->y, r->m, r->x, r->n), r->p),
			  "pair %zu swapped", i);
	}
}

Test(stats, shift_and_interval_are_those_of_r)
{
	size_t i, checked = 0;

	for (i = 0; i < NR_REFERENCES; i++) {
		const struct reference *r = &references[i];
		struct stats_shift s;

		cr_assert_eq(stats_shift(r->x, r->n, r->y, r->m, 0.95, &s), 0);
		if (isnan(r->shift))
			continue;
		cr_assert(s.relative);
		cr_assert(s.finite);
		cr_assert(close_to(s.estimate, r->shift), "pair %zu: %.12g, R has %.12g", i,
			  s.estimate, r->shift);
		cr_assert(close_to(s.low, r->low), "pair %zu: low %.12g, R has %.12g", i, s.low,
			  r->low);
		cr_assert(close_to(s.high, r->high), "pair %zu: high %.12g, R has %.12g", i, s.high,
			  r->high);
		checked++;
	}
	cr_assert_geq(checked, 10);
}

Test(stats, paired_test_and_interval_are_those_of_r)
{
	size_t i;

	for (i = 0; i < NR_PAIRED; i++) {
		const struct reference *r = &paired_references[i];
		struct stats_shift s;
		double p = stats_signed_rank(r->x, r->y, r->n);

		cr_assert(close_to(p, r->p), "pair %zu: p = %.12g, R has %.12g", i, p, r->p);
		cr_assert_eq(stats_paired_shift(r->x, r->y, r->n, 0.95, &s), 0);
		cr_assert(close_to(s.estimate, r->shift), "pair %zu: %.12g, R has %.12g", i,
			  s.estimate, r->shift);
		cr_assert_eq(s.finite, r->n >= 6);
		if (!s.finite)
			continue;
		cr_assert(close_to(s.low, r->low) && close_to(s.high, r->high),
			  "pair %zu: %.12g..%.12g, R has %.12g..%.12g", i, s.low, s.high, r->low,
			  r->high);
		cr_assert_eq(s.low > 0 || s.high < 0, p <= 0.05, "pair %zu", i);
	}
	cr_assert_geq(NR_PAIRED, 7);
}

/* Few different values: ties within and across. */
static void draw_tied(unsigned int *state, double *v, size_t n, unsigned int values)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*state = *state * 1664525u + 1013904223u;
		v[i] = (double)((uint64_t)*state * values >> 32);
	}
}

/* Four times the distance of the rank sum of those in @set from its mean, in integers. */
static long rank_distance(const double *pool, size_t total, unsigned int set)
{
	long sum2 = 0, n = 0;
	size_t i, j;

	for (i = 0; i < total; i++) {
		if (!(set >> i & 1))
			continue;
		n++;
		for (j = 0; j < total; j++)
			sum2 += pool[j] < pool[i] ? 2 : pool[j] == pool[i] ? 1 : 0;
		sum2++;		/* twice the midrank: 2 * below + equal (itself one of them) + 1 */
	}
	return labs(2 * sum2 - 2 * n * (long)(total + 1));
}

static double enumerated_p(const double *pool, size_t n, size_t total)
{
	long far = rank_distance(pool, total, (1u << n) - 1);
	unsigned int set, all = 0, tail = 0;

	for (set = 0; set < 1u << total; set++) {
		if ((size_t)__builtin_popcount(set) != n)
			continue;
		all++;
		tail += rank_distance(pool, total, set) >= far;
	}
	return (double)tail / all;
}

Test(stats, mann_whitney_with_ties_is_every_assignment_counted)
{
	unsigned int state = 4, i;
	double v[11];

	for (i = 0; i < 150; i++) {
		size_t n = 2 + i % 4, m = 2 + i / 4 % 5;
		double p;

		draw_tied(&state, v, n + m, 2 + i % 6);
		p = stats_mann_whitney(v, n, v + n, m);
		cr_assert(close_to(p, enumerated_p(v, n, n + m)), "inputs %u: %g, counted %g", i, p,
			  enumerated_p(v, n, n + m));
	}
}

/* Twice the sum of the ranks, among the sizes of all that are not 0, of those in @set. */
static long signed_distance(const double *d, size_t n, unsigned int set)
{
	long sum2 = 0, all2 = 0;
	size_t i, j;

	for (i = 0; i < n; i++) {
		long rank2 = 1;

		if (d[i] == 0)
			continue;
		for (j = 0; j < n; j++)
			if (d[j] != 0)
				rank2 += fabs(d[j]) < fabs(d[i])  ? 2 :
					 fabs(d[j]) == fabs(d[i]) ? 1 :
								    0;
		all2 += rank2;
		sum2 += set >> i & 1 ? rank2 : 0;
	}
	return labs(2 * sum2 - all2);
}

Test(stats, signed_rank_with_ties_and_zeroes_is_every_sign_counted)
{
	const double zero[10] = { 0 };
	unsigned int state = 9, i, set;
	double d[10];

	for (i = 0; i < 150; i++) {
		size_t n = 3 + i % 8, j;
		unsigned int up = 0, tail = 0;
		double p;

		draw_tied(&state, d, n, 5);
		for (j = 0; j < n; j++) {
			d[j] -= 2;
			up |= (d[j] > 0) << j;
		}
		for (set = 0; set < 1u << n; set++)
			tail += signed_distance(d, n, set) >= signed_distance(d, n, up);
		p = stats_signed_rank(zero, d, n);
		cr_assert(close_to(p, (double)tail / (1u << n)), "inputs %u: %g, counted %g", i, p,
			  (double)tail / (1u << n));
	}
}

Test(stats, pairs_see_through_a_drift)
{
	double x[8], y[8];
	struct stats_shift paired, pooled;
	size_t i;

	for (i = 0; i < 8; i++) {
		x[i] = 100 * (double)(i + 1) + (double)(i * 3 % 5) / 10;
		y[i] = x[i] * 1.02 + (double)(i * 5 % 7) / 100;
	}
	cr_assert_eq(stats_paired_shift(x, y, 8, 0.95, &paired), 0);
	cr_assert_eq(stats_shift(x, 8, y, 8, 0.95, &pooled), 0);
	cr_assert_gt(paired.low, 0.01);
	cr_assert_lt(pooled.low, 0);
	cr_assert(close_to(stats_signed_rank(x, y, 8), 2.0 / 256));
	cr_assert(close_to(stats_least_paired_p(8), 2.0 / 256));
	cr_assert(close_to(stats_least_p(4, 4), 2.0 / 70));
	cr_assert(close_to(stats_signed_rank(x, x, 8), 1));
}

/* Places as in the tables of the binomial distribution: 10 values 2..9, 20 values 6..15. */
Test(stats, quantile_intervals)
{
	double v[400];
	struct stats_range r;
	size_t i;

	for (i = 0; i < 400; i++)
		v[i] = (double)(i * 7 % 400);	/* 0..399 in some order */
	cr_assert_eq(stats_quantile_range(v, 400, 0.5, 0.95, &r), 0);
	cr_assert(r.finite && r.low < 199.5 && r.high > 199.5);
	for (i = 0; i < 400; i++)
		v[i] = (double)i + 1;
	stats_quantile_range(v, 10, 0.5, 0.95, &r);
	cr_assert(r.finite && r.low == 2 && r.high == 9);
	stats_quantile_range(v, 20, 0.5, 0.95, &r);
	cr_assert(r.finite && r.low == 6 && r.high == 15);
	stats_quantile_range(v, 5, 0.5, 0.95, &r);
	cr_assert(!r.finite && isinf(r.low) && isinf(r.high));
	stats_quantile_range(v, 6, 0.5, 0.95, &r);
	cr_assert(r.finite && r.low == 1 && r.high == 6);
	stats_quantile_range(v, 367, 0.99, 0.95, &r);
	cr_assert(!r.finite && isinf(r.high) && isfinite(r.low));
	stats_quantile_range(v, 368, 0.99, 0.95, &r);
	cr_assert(r.finite);
	cr_assert_eq(stats_quantile_least_n(0.5, 0.95), 6);
	cr_assert_eq(stats_quantile_least_n(0.99, 0.95), 368);
	cr_assert_eq(stats_quantile_least_n(0.999, 0.95), 3688);
	cr_assert_eq(stats_quantile_least_n(0.9999, 0.95), 36887);
}

/* By hand: .01 <= .05/4, .013 <= .05/3, .03 > .05/2, and then .04 has no chance any more. */
Test(stats, holm_steps_down)
{
	const double p[] = { 0.04, 0.01, 0.03, 0.013 };
	bool reject[4];

	cr_assert_eq(stats_holm(p, 4, 0.05, reject), 0);
	cr_assert(!reject[0] && reject[1] && !reject[2] && reject[3]);
	cr_assert_eq(stats_holm(p + 3, 1, 0.05, reject), 0);
	cr_assert(reject[0]);
	cr_assert_eq(stats_holm(p, 0, 0.05, reject), 0);
}

/*
 * Without ties the interval leaves 0 out exactly when p <= alpha: both come from one distribution.
 */
Test(stats, interval_and_p_agree)
{
	size_t i, apart = 0;

	for (i = 0; i < NR_REFERENCES; i++) {
		const struct reference *r = &references[i];
		struct stats_shift s;

		if (isnan(r->shift))
			continue;
		cr_assert_eq(stats_shift(r->x, r->n, r->y, r->m, 0.95, &s), 0);
		cr_assert_eq(s.low > 0 || s.high < 0, r->p <= 0.05, "pair %zu", i);
		apart += r->p <= 0.05;
	}
	cr_assert_gt(apart, 3);
}

Test(stats, least_p_of_four_against_four)
{
	const double low[] = { 1, 2, 3, 4 }, high[] = { 5, 6, 7, 8 };

	cr_assert(close_to(stats_mann_whitney(low, 4, high, 4), 2.0 / 70));
	cr_assert(close_to(stats_mann_whitney(low, 3, high, 3), 2.0 / 20));
}

Test(stats, too_few_values_have_no_interval)
{
	const double low[] = { 1, 2, 3 }, high[] = { 5, 6, 7 };
	struct stats_shift s;

	cr_assert_eq(stats_shift(low, 3, high, 3, 0.95, &s), 0);
	cr_assert_not(s.finite);
}

Test(stats, zeroes_are_compared_by_difference)
{
	const double x[] = { 0, 0, 1, 1, 2 }, y[] = { 10, 10, 11, 11, 12 };
	struct stats_shift s;

	cr_assert_eq(stats_shift(x, 5, y, 5, 0.95, &s), 0);
	cr_assert_not(s.relative);
	cr_assert_eq(s.estimate, 10);
	cr_assert_geq(s.low, 8);
	cr_assert_leq(s.high, 12);
}

/* The approximation meets the exact test where the two change over. */
Test(stats, large_samples)
{
	double x[30], y[30], exact, approx;
	struct stats_shift s;
	size_t i;

	for (i = 0; i < 30; i++) {
		x[i] = 100 + (double)(i * 7 % 30);
		y[i] = 104.5 + (double)(i * 11 % 30);
	}
	exact = stats_mann_whitney(x, 25, y, 25);
	approx = stats_mann_whitney(x, 26, y, 25);
	cr_assert_lt(fabs(exact - approx), 0.03, "%g and %g", exact, approx);
	cr_assert_eq(stats_shift(x, 30, y, 30, 0.95, &s), 0);
	cr_assert(s.finite);
	cr_assert(s.low < s.estimate && s.estimate < s.high);
}

Test(stats, median)
{
	const double x[] = { 3, 1, 2, 10 };

	cr_assert_eq(stats_median(x, 3), 2);
	cr_assert_eq(stats_median(x, 4), 2.5);
	cr_assert(isnan(stats_median(x, 0)));
}

/* Finds a change between samples of one distribution no oftener than it may: 2000 pairs. */
Test(stats, false_alarms_stay_below_alpha)
{
	unsigned int state = 1, alarms = 0, i, j;
	double v[12];

	for (i = 0; i < 2000; i++) {
		for (j = 0; j < 12; j++) {
			state = state * 1664525u + 1013904223u;
			v[j] = (double)(state >> 8);
		}
		alarms += stats_mann_whitney(v, 6, v + 6, 6) <= 0.05;
	}
	cr_assert_leq(alarms, 2000 * 5 / 100, "%u alarms in 2000", alarms);
	cr_assert_geq(alarms, 2000 * 2 / 100, "%u alarms in 2000: the test never fires", alarms);
}

static void write_values(FILE *f, const double *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		fprintf(f, "%.17g ", v[i]);
	fputc('\n', f);
}

/* A pair of samples that reference.inc does not hold; ties in every third. */
static void draw_pair(unsigned int nr, double *x, double *y, size_t *n, size_t *m)
{
	unsigned int state = nr * 2654435761u + 1, tied = nr % 3 == 0;
	size_t i;

	*n = 4 + nr % (tied ? 5 : 17);
	*m = nr % 4 == 1 ? *n : 4 + nr % (tied ? 3 : 13);
	for (i = 0; i < *n + *m; i++) {
		state = state * 1664525u + 1013904223u;
		*(i < *n ? &x[i] : &y[i - *n]) = tied ? 1 + (double)(state >> 30) :
							100 + (double)(state >> 8) / 16777216;
	}
}

static void check_live(unsigned int nr, const double *r)
{
	double x[MAX_VALUES], y[MAX_VALUES], p;
	struct stats_shift s;
	size_t n, m;

	draw_pair(nr, x, y, &n, &m);
	p = stats_mann_whitney(x, n, y, m);
	cr_assert(close_to(p, r[0]), "pair %u: p = %.12g, R has %.12g", nr, p, r[0]);
	if (r[1] == -9)
		return;		/* ties */
	cr_assert_eq(stats_shift(x, n, y, m, 0.95, &s), 0);
	cr_assert(close_to(s.estimate, r[1]) && close_to(s.low, r[2]) && close_to(s.high, r[3]),
		  "pair %u: %g %g..%g, R has %g %g..%g", nr, s.estimate, s.low, s.high, r[1], r[2],
		  r[3]);
	if (r[4] == -9)
		return;		/* no pairs */
	p = stats_signed_rank(x, y, n);
	cr_assert(close_to(p, r[4]), "pair %u: paired p = %.12g, R has %.12g", nr, p, r[4]);
	cr_assert_eq(stats_paired_shift(x, y, n, 0.95, &s), 0);
	cr_assert(close_to(s.estimate, r[5]), "pair %u: paired %g, R has %g", nr, s.estimate, r[5]);
	if (s.finite)
		cr_assert(close_to(s.low, r[6]) && close_to(s.high, r[7]),
			  "pair %u: paired %g..%g, R has %g..%g", nr, s.low, s.high, r[6], r[7]);
}

#define LIVE_PAIRS	600

Test(stats, r_agrees_when_asked)
{
	double x[MAX_VALUES], y[MAX_VALUES], r[8];
	size_t n, m, k, paired = 0;
	unsigned int i;
	FILE *f;

	if (system("Rscript --version >/dev/null 2>&1"))
		cr_skip_test("Rscript is not installed; reference*.inc holds what it said");
	f = fopen("pairs", "we");
	for (i = 0; i < LIVE_PAIRS; i++) {
		draw_pair(i, x, y, &n, &m);
		write_values(f, x, n);
		write_values(f, y, m);
	}
	fclose(f);
	cr_assert_eq(system("Rscript '" TEST_DIR "/reference.R' live pairs > answers"), 0);
	f = fopen("answers", "re");
	for (i = 0; i < LIVE_PAIRS; i++) {
		for (k = 0; k < 8; k++)
			cr_assert_eq(fscanf(f, "%lf", &r[k]), 1);
		check_live(i, r);
		paired += r[4] != -9;
	}
	fclose(f);
	cr_assert_geq(paired, 50, "only %zu pairs were asked for", paired);
}

/*
 * p of the aligned rank test by taking each of a round's three values for the other's, in every
 * way.
 */
static double aligned_by_hand(const double *x, const double *twin, const double *y, size_t n)
{
	double v[3 * 6], rank[3 * 6], mean = 0, is = 0;
	unsigned int ways = 1, far = 0, w, rest;
	size_t i, j;

	for (i = 0; i < n; i++) {
		/* In this order: what rounding makes of a tie between rounds is no matter here. */
		double m = log(x[i]) / 3 + log(twin[i]) / 3 + log(y[i]) / 3;

		v[3 * i] = log(x[i]) - m;
		v[3 * i + 1] = log(twin[i]) - m;
		v[3 * i + 2] = log(y[i]) - m;
		ways *= 3;
	}
	for (i = 0; i < 3 * n; i++)
		for (rank[i] = 0.5, j = 0; j < 3 * n; j++)
			rank[i] += v[j] < v[i] ? 1 : v[j] == v[i] ? 0.5 : 0;
	for (i = 0; i < 3 * n; i++)
		mean += rank[i] / 3;
	for (i = 0; i < n; i++)
		is += rank[3 * i + 2];
	for (w = 0; w < ways; w++) {
		double sum = 0;

		for (i = 0, rest = w; i < n; i++, rest /= 3)
			sum += rank[3 * i + rest % 3];
		far += fabs(sum - mean) > fabs(is - mean) - 1e-9;
	}
	return (double)far / ways;
}

Test(stats, aligned_ranks_are_exact)
{
	double x[6], twin[6], y[6];
	uint32_t random = 7;
	int run, i, n;

	for (run = 0; run < 200; run++) {
		n = 2 + run % 5;
		for (i = 0; i < n; i++) {
			random = random * 1664525u + 1013904223u;
			/*
			 * Few different values in half of the runs: ties within and between rounds.
			 */
			x[i] = 100 + (random >> 8) % (run % 2 ? 4 : 1000);
			twin[i] = 100 + (random >> 12) % (run % 2 ? 4 : 1000);
			y[i] = 100 + (random >> 16) % (run % 2 ? 4 : 1000);
		}
		cr_assert_float_eq(stats_aligned_rank(x, twin, y, (size_t)n),
				   aligned_by_hand(x, twin, y, (size_t)n), 1e-9, "run %d", run);
	}
}

Test(stats, aligned_ranks_forgive_a_drift_between_rounds)
{
	const double x[] = { 100, 200, 300, 400, 500, 600 },
		     twin[] = { 101, 198, 303, 396, 505, 594 };
	const double y[] = { 110, 220, 330, 440, 550, 660 };
	struct stats_shift s;

	/* Here the other end is as far: each round has one of the six lowest values. */
	cr_assert_float_eq(stats_aligned_rank(x, twin, y, 6), 2 * stats_least_aligned_p(6), 1e-12);
	cr_assert_eq(stats_aligned_shift(x, twin, y, 6, 0.95, &s), 0);
	cr_assert(s.relative && s.finite);
	cr_assert_float_eq(s.estimate, 0.1, 0.006);
	cr_assert(s.low > 0.09 && s.high < 0.12);
}

/* The next permutation of v[0..n) in lexical order; false after the last. */
static bool permute(double *v, size_t n)
{
	size_t i = n - 1, j, k;
	double t;

	while (i && v[i - 1] >= v[i])
		i--;
	if (!i)
		return false;
	for (j = n - 1; v[j] <= v[i - 1]; j--)
		;
	t = v[i - 1], v[i - 1] = v[j], v[j] = t;
	for (j = i, k = n - 1; j < k; j++, k--)
		t = v[j], v[j] = v[k], v[k] = t;
	return true;
}

/*
 * Is 2 * 3^-n or 3^-n the smallest p of @n rounds? Every way in which the ranks 1..3n can fall,
 * each an arrangement of aligned values: the least is 3^-n.
 */
static double least_by_trying(size_t n)
{
	double rank[9], least = 1;
	unsigned int ways = 1, w, rest;
	size_t i;

	for (i = 0; i < 3 * n; i++)
		rank[i] = (double)i + 1;
	for (i = 0; i < n; i++)
		ways *= 3;
	do {
		double mean = (double)(3 * n * (3 * n + 1)) / 6, is = 0;
		unsigned int far = 0;

		for (i = 0; i < n; i++)
			is += rank[3 * i + 2];
		for (w = 0; w < ways; w++) {
			double sum = 0;

			for (i = 0, rest = w; i < n; i++, rest /= 3)
				sum += rank[3 * i + rest % 3];
			far += fabs(sum - mean) >= fabs(is - mean) - 1e-9;
		}
		least = fmin(least, (double)far / ways);
	} while (permute(rank, 3 * n));
	return least;
}

Test(stats, the_least_aligned_p_is_one_outcome_of_all)
{
	/*
	 * The first round has both of the lowest aligned values, and its third value the highest.
	 */
	const double x[] = { 100, 100 }, twin[] = { 101, 110 }, y[] = { 160, 121 };

	cr_assert_float_eq(least_by_trying(2), stats_least_aligned_p(2), 1e-12);
	cr_assert_float_eq(least_by_trying(3), stats_least_aligned_p(3), 1e-12);
	cr_assert_float_eq(stats_aligned_rank(x, twin, y, 2), stats_least_aligned_p(2), 1e-12);
}

Test(stats, medians_of_the_largest_numbers)
{
	const double x[] = { 1.2e308, 1.4e308 }, y[] = { -1.7e308, 1.7e308, 1.6e308, -1.6e308 };
	struct stats_shift s;

	cr_assert_float_eq(stats_median(x, 2) / 1e308, 1.3, 1e-12);
	cr_assert_eq(stats_median(y, 4), 0);
	cr_assert_eq(stats_shift(y, 4, y, 4, 0.95, &s), 0);
	cr_assert(isfinite(s.estimate));
	cr_assert_eq(stats_paired_shift(y, y, 4, 0.95, &s), 0);
	cr_assert_eq(s.estimate, 0);
	cr_assert_eq(stats_paired_t(x, x, 2, 0.95, &s), 1);
}

/* NaN is equal to nothing, itself neither: a group of ties has a first member all the same. */
Test(stats, ranks_come_to_an_end)
{
	const double x[] = { NAN, 1, 2, 3 }, y[] = { NAN, NAN, 2, 1 };

	stats_mann_whitney(x, 4, y, 4);
	stats_signed_rank(x, y, 4);
	stats_aligned_rank(x, y, x, 4);
}

/* Against R's pt(), qt() and t.test(paired = TRUE). */
Test(stats, students_t)
{
	static const struct { double t; size_t df; double p; } of[] = {
		{ 1, 1, 0.5 },		   { 2.364624, 7, 0.05 },    { 4.029337, 7, 0.005 },
		{ 2.131450, 15, 0.05 },	   { 5.407883, 7, 0.001 },   { 2.776445, 4, 0.05 },
		{ 12.706205, 1, 0.05 },	   { 3.182446, 3, 0.05 },    { 4.302653, 2, 0.05 },
	};
	const double x[] = { 100, 102, 98, 101 }, y[] = { 102, 105, 99, 104 };
	const double zero[] = { 0, 0, 0, 0 }, d[] = { 2, 3, 1, 3 };
	struct stats_shift s;
	size_t i;

	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		cr_assert_float_eq(stats_t_p(of[i].t, of[i].df), of[i].p, 1e-6);
		cr_assert_float_eq(stats_t_p(-of[i].t, of[i].df), of[i].p, 1e-6);
		cr_assert_float_eq(stats_t_quantile(of[i].p / 2, of[i].df), of[i].t, 1e-5);
	}
	/* Mean 2.25, standard deviation 0.957427: t = 4.7, p = 0.018221. */
	cr_assert_float_eq(stats_paired_t(zero, d, 4, 0.95, &s), 0.018221, 1e-5);
	cr_assert(!s.relative && s.finite);
	cr_assert_float_eq(s.estimate, 2.25, 1e-12);
	cr_assert_float_eq(s.high - s.estimate, 3.182446 * 0.957427 / 2, 1e-5);
	stats_paired_t(x, y, 4, 0.95, &s);
	cr_assert(s.relative);
	cr_assert_float_eq(s.estimate, 0.0224, 0.0002);
	/* One pair has no spread, and all equal differences no error. */
	cr_assert_eq(stats_paired_t(x, y, 1, 0.95, &s), 1);
	cr_assert_not(s.finite);
	cr_assert_eq(stats_paired_t(x, x, 4, 0.95, &s), 1);
	cr_assert(s.low == 0 && s.high == 0);
	cr_assert_lt(stats_paired_t(zero, (const double[]){ 4, 4, 4, 4 }, 4, 0.95, &s), 1e-6);
}

/*
 * By hand: the mean without -50 and 90 is 3.5; moved to 1 and 6 they leave a sum of squares of 30,
 * so that the error is sqrt(30 / 7) / (6 / 8 * sqrt(8)), with 5 degrees of freedom.
 */
Test(stats, two_of_eight_pairs_are_put_out)
{
	const double zero[16] = { 0 }, d[] = { 4, -50, 2, 6, 1, 90, 5, 3 };
	const double one_tick[] = { 0, 0, 0, 0, 0, 0, 77, 0 };
	struct stats_shift s;

	cr_assert_float_eq(stats_paired_t(zero, d, 8, 0.95, &s), 0.015767, 1e-6);
	cr_assert_float_eq(s.estimate, 3.5, 1e-12);
	cr_assert_float_eq(s.high - s.estimate, 2.508630, 1e-5);
	cr_assert_float_eq(s.estimate - s.low, 2.508630, 1e-5);
	/* Seven are too few for that. */
	stats_paired_t(zero, d, 7, 0.95, &s);
	cr_assert_float_eq(s.estimate, 58 / 7.0, 1e-12);
	cr_assert_eq(stats_paired_t(zero, one_tick, 8, 0.95, &s), 1);
	cr_assert(s.low == 0 && s.high == 0);
	cr_assert_float_eq(stats_trimmed_mean(d, 8), 3.5, 1e-12);
	cr_assert_float_eq(stats_trimmed_mean(d, 7), 58 / 7.0, 1e-12);
	cr_assert_eq(stats_paired_df(7), 6);
	cr_assert_eq(stats_paired_df(8), 5);
	cr_assert_eq(stats_paired_df(16), 11);
}
