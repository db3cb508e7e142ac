// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "record/hist.h"

static uint64_t random_state = 88172645463325252u;

/* Marsaglia's xorshift64: the same values in every run. */
static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Spread over all magnitudes up to 2^40. */
static uint64_t random_value(void)
{
	return next_random() >> (24 + next_random() % 40);
}

Test(hist, buckets_are_contiguous_and_hold_their_limits)
{
	uint64_t next = 0;
	uint32_t i;

	for (i = 0; i < HIST_BUCKETS; i++) {
		cr_assert_eq(hist_bucket_low(i), next, "bucket %u starts at %" PRIu64, i,
			     hist_bucket_low(i));
		cr_assert_eq(hist_index(hist_bucket_low(i)), i);
		cr_assert_eq(hist_index(hist_bucket_high(i)), i);
		cr_assert_leq(hist_bucket_low(i), hist_bucket_mid(i));
		cr_assert_leq(hist_bucket_mid(i), hist_bucket_high(i));
		next = hist_bucket_high(i) + 1;
	}
	cr_assert_eq(next, UINT64_C(1) << HIST_MAX_BITS);
}

Test(hist, small_values_are_exact)
{
	uint64_t v;

	for (v = 0; v < 256; v++)
		cr_assert_eq(hist_bucket_mid(hist_index(v)), v);
	cr_assert_eq(hist_bucket_high(hist_index(256)), 257);
}

Test(hist, a_bucket_is_within_one_percent_of_its_values)
{
	int i;

	for (i = 0; i < 200000; i++) {
		uint64_t v = random_value();
		uint64_t mid = hist_bucket_mid(hist_index(v));
		uint64_t off = mid > v ? mid - v : v - mid;

		cr_assert_leq(off * 256, v, "%" PRIu64 " reads back as %" PRIu64, v, mid);
	}
}

Test(hist, zeroed_memory_is_an_empty_histogram)
{
	struct hist *h = calloc(1, sizeof(*h));

	cr_assert_eq(hist_median(h), 0);
	hist_add(h, 70);
	cr_assert_eq(h->n, 1);
	cr_assert_eq(h->min, 70);
	cr_assert_eq(h->max, 70);
	cr_assert_eq(h->sum, 70);
	cr_assert_eq(hist_median(h), 70);
	free(h);
}

Test(hist, keeps_exact_min_max_sum_and_counts_overflow)
{
	struct hist *h = calloc(1, sizeof(*h));
	uint64_t big = UINT64_C(1) << HIST_MAX_BITS;

	hist_add(h, 1000003);
	hist_add(h, big - 1);
	hist_add(h, big);
	hist_add(h, big + 5);
	cr_assert_eq(h->min, 1000003);
	cr_assert_eq(h->max, big + 5);
	cr_assert_eq(h->sum, 1000003 + 3 * big + 4);
	cr_assert_eq(h->n, 4);
	cr_assert_eq(h->overflow, 2);
	cr_assert_eq(h->bucket[HIST_BUCKETS - 1], 1);
	/* A rank in the overflow is answered by the exact maximum. */
	cr_assert_eq(hist_quantile(h, 750000), big + 5);
	hist_add(h, UINT64_MAX);
	cr_assert_eq(h->sum, UINT64_MAX, "the sum wrapped");
	free(h);
}

Test(hist, merging_equals_adding_all)
{
	struct hist *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b)),
		    *all = calloc(1, sizeof(*all));
	int i;

	hist_merge(a, b);
	cr_assert_eq(a->n, 0);
	for (i = 0; i < 10000; i++) {
		uint64_t v = i % 1000 ? random_value() : next_random();

		hist_add(i % 3 ? a : b, v);
		hist_add(all, v);
	}
	hist_merge(a, b);
	cr_assert_eq(memcmp(a, all, sizeof(*a)), 0);
	free(a);
	free(b);
	free(all);
}

#define PARTS	5

/* In whatever order and grouping parts are merged, the whole is the same, byte for byte. */
Test(hist, merging_is_free_of_order_and_grouping)
{
	struct hist *part = calloc(PARTS, sizeof(*part)), *sum = calloc(3, sizeof(*sum)),
		    *pair = calloc(1, sizeof(*pair));
	unsigned int round, i;

	for (round = 0; round < 40; round++) {
		memset(part, 0, PARTS * sizeof(*part));
		memset(sum, 0, 3 * sizeof(*sum));
		for (i = 0; i < round * 50; i++)
			hist_add(&part[next_random() % PARTS],
				 i % 97 ? random_value() : next_random());
		for (i = 0; i < PARTS; i++) {
			hist_merge(&sum[0], &part[i]);
			hist_merge(&sum[1], &part[PARTS - 1 - i]);
		}
		for (i = 0; i < PARTS; i += 2) {
			*pair = part[i];
			if (i + 1 < PARTS)
				hist_merge(pair, &part[i + 1]);
			hist_merge(&sum[2], pair);
		}
		cr_assert_eq(memcmp(&sum[0], &sum[1], sizeof(*sum)), 0, "order, round %u", round);
		cr_assert_eq(memcmp(&sum[0], &sum[2], sizeof(*sum)), 0, "groups, round %u", round);
	}
	free(part);
	free(sum);
	free(pair);
}

/* A quantile of the whole lies between those of the parts, and quantiles never fall. */
Test(hist, quantiles_of_a_merge_lie_between_those_of_its_parts)
{
	struct hist *h = calloc(3, sizeof(*h));
	unsigned int round, i;

	for (round = 1; round < 40; round++) {
		uint64_t last = 0;
		uint32_t ppm;

		memset(h, 0, 3 * sizeof(*h));
		for (i = 0; i < round * 20; i++)
			hist_add(&h[i % 2], random_value() >> (i % 2 * 3));
		hist_merge(&h[2], &h[0]);
		hist_merge(&h[2], &h[1]);
		for (ppm = 0; ppm <= HIST_PPM; ppm += 3125) {
			uint64_t a = hist_quantile(&h[0], ppm), b = hist_quantile(&h[1], ppm);
			uint64_t both = hist_quantile(&h[2], ppm);

			cr_assert(both >= (a < b ? a : b) && both <= (a < b ? b : a),
				  "round %u, %u ppm", round, ppm);
			cr_assert_geq(both, last);
			last = both;
		}
	}
	free(h);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The nearest-rank quantile of the sorted values themselves, ranks in integers. */
static uint64_t true_quantile(const uint64_t *sorted, uint64_t n, uint32_t ppm)
{
	uint64_t rank = (n * ppm + HIST_PPM - 1) / HIST_PPM;

	return sorted[rank ? rank - 1 : 0];
}

Test(hist, quantiles_are_within_one_percent_of_the_values_own)
{
	static const uint32_t ppm[] = { 1,	10000,	250000, 500000, 900000,
					990000, 999000, 999900, 999999 };
	const size_t n = 30011;
	uint64_t *v = calloc(n, sizeof(*v));
	struct hist *h = calloc(1, sizeof(*h));
	size_t i;

	for (i = 0; i < n; i++) {
		v[i] = random_value();
		hist_add(h, v[i]);
	}
	qsort(v, n, sizeof(*v), compare_u64);
	for (i = 0; i < sizeof(ppm) / sizeof(ppm[0]); i++) {
		uint64_t want = true_quantile(v, n, ppm[i]), is = hist_quantile(h, ppm[i]);
		uint64_t off = want > is ? want - is : is - want;

		cr_assert_leq(off * 100, want, "%u ppm: %" PRIu64 ", not %" PRIu64, ppm[i], is,
			      want);
	}
	cr_assert_eq(hist_quantile(h, 0), v[0]);
	cr_assert_eq(hist_quantile(h, HIST_PPM), v[n - 1]);
	free(v);
	free(h);
}

Test(hist, quantile_takes_the_nearest_rank)
{
	struct hist *h = calloc(1, sizeof(*h));
	uint64_t v;

	for (v = 1; v <= 100; v++)
		hist_add(h, v);
	cr_assert_eq(hist_quantile(h, 500000), 50);
	cr_assert_eq(hist_quantile(h, 500001), 51);
	cr_assert_eq(hist_quantile(h, 990000), 99);
	cr_assert_eq(hist_quantile(h, 990001), 100);
	cr_assert_eq(hist_quantile(h, 1), 1);
	free(h);
}

Test(hist, quantile_ranks_do_not_wrap)
{
	struct hist *h = calloc(1, sizeof(*h));

	hist_add(h, 10);
	hist_add(h, 20);
	/* As many as a u64 holds, nine tenths of them below. */
	h->n = UINT64_MAX;
	h->bucket[hist_index(10)] = UINT64_MAX / 10 * 9;
	h->bucket[hist_index(20)] = UINT64_MAX - UINT64_MAX / 10 * 9;
	cr_assert_eq(hist_quantile(h, 890000), 10);
	cr_assert_eq(hist_quantile(h, 910000), 20);
	free(h);
}
