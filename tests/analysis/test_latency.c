// SPDX-License-Identifier: GPL-2.0-or-later
/* Percentiles over boots, and the hint that a distribution changed its shape. */
#include <math.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "analysis/data/data.h"

static uint32_t draw(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)*state * below >> 32);
}

/* @boots boots of @n values: a body around @base, and every @tail-th value 3 times as high. */
static struct latency make(uint32_t seed, unsigned int boots, unsigned int n, uint32_t base,
			   uint32_t tail)
{
	struct latency l = { .boots = boots, .boot = calloc(boots, sizeof(*l.boot)), .least_n = n };
	unsigned int i, j;

	for (i = 0; i < boots; i++) {
		uint32_t own = base + draw(&seed, base / 50);

		for (j = 0; j < n; j++) {
			uint64_t v = own + draw(&seed, base / 5);

			hist_add(&l.boot[i], draw(&seed, tail) ? v : 3 * v);
		}
	}
	return l;
}

Test(latency, percentile_is_the_median_of_the_boots_own)
{
	struct latency l = { .boots = 7, .boot = calloc(7, sizeof(*l.boot)), .least_n = 400,
			     .bias = 10 };
	struct latency_point p;
	unsigned int i, j;

	/* Boot i: 395 values of 100 + i, 5 of 200 + i. */
	for (i = 0; i < 7; i++)
		for (j = 0; j < 400; j++)
			hist_add(&l.boot[i], (j < 395 ? 100 : 200) + i);
	cr_assert_eq(latency_percentile(&l, 500000, &p), 0);
	cr_assert_eq(p.trust, LATENCY_OK);
	cr_assert_eq(p.value, 93);
	/* 7 values: the interval of their median runs from the least to the greatest. */
	cr_assert_eq(p.low, 90);
	cr_assert_eq(p.high, 96);
	latency_percentile(&l, 990000, &p);
	cr_assert_eq(p.value, 193);
	latency_percentile(&l, 999000, &p);
	cr_assert_eq(p.trust, LATENCY_FEW_SAMPLES);
	cr_assert(isnan(p.value));
	l.boots = 5;
	latency_percentile(&l, 500000, &p);
	cr_assert_eq(p.trust, LATENCY_FEW_BOOTS);
	cr_assert_eq(p.value, 92);
	cr_assert(isnan(p.low));
	latency_clear(&l);
}

static double shape_p(uint32_t base, uint32_t tail, uint32_t seed, unsigned int boots)
{
	struct latency a = make(seed, boots, 1000, 5000, 20);
	struct latency b = make(seed + 7777777, boots, 1000, base, tail);
	double p = latency_shape_p(&a, &b);

	latency_clear(&a);
	latency_clear(&b);
	return p;
}

Test(latency, shape_hint_sees_a_tail_and_not_a_shift)
{
	unsigned int i, hints = 0, moved = 0;

	for (i = 0; i < 40; i++) {
		hints += shape_p(5000, 20, i * 31 + 1, 6) <= 0.05;
		moved += shape_p(7000, 20, i * 57 + 2, 6) <= 0.05;
	}
	/* 5% of 40 are 2; more than 7 come once in a thousand times. */
	cr_assert_leq(hints, 7, "%u of 40 without a change", hints);
	cr_assert_leq(moved, 7, "%u of 40 with a shift alone", moved);
	for (i = 0; i < 10; i++)
		cr_assert_leq(shape_p(5000, 6, i * 91 + 3, 6), 0.01, "a tail, seed %u", i);
	cr_assert(isnan(shape_p(5000, 20, 1, 3)));
}
