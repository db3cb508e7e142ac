// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statistics against R's, and where R has no exact answer against all assignments counted in R
 * (reference.R).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "analysis/stats.h"
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
	unsigned int state = nr * 2654435761u + 1;
	size_t i;

	*n = 4 + nr % 5;
	*m = 4 + nr % 3;
	for (i = 0; i < *n + *m; i++) {
		state = state * 1664525u + 1013904223u;
		*(i < *n ? &x[i] : &y[i - *n]) = nr % 3 ? 100 + (double)(state >> 8) / 16777216 :
							  1 + (double)(state >> 30);
	}
}

#define LIVE_PAIRS	24

Test(stats, r_agrees_when_asked)
{
	double x[8], y[8], r[4];
	size_t n, m;
	unsigned int i;
	FILE *f;

	if (system("Rscript --version >/dev/null 2>&1"))
		cr_skip_test("Rscript is not installed; reference.inc holds what it said");
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
		struct stats_shift s;
		double p;

		draw_pair(i, x, y, &n, &m);
		p = stats_mann_whitney(x, n, y, m);
		cr_assert_eq(stats_shift(x, n, y, m, 0.95, &s), 0);
		cr_assert_eq(fscanf(f, "%lf %lf %lf %lf", &r[0], &r[1], &r[2], &r[3]), 4);
		cr_assert(close_to(p, r[0]), "pair %u: p = %.12g, R has %.12g", i, p, r[0]);
		if (r[1] == -9)
			continue;	/* ties */
		cr_assert(close_to(s.estimate, r[1]) && close_to(s.low, r[2]) &&
				  close_to(s.high, r[3]),
			  "pair %u: %g %g..%g, R has %g %g..%g", i, s.estimate, s.low, s.high, r[1],
			  r[2], r[3]);
	}
	fclose(f);
}
