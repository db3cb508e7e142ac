// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Log-linear histogram: bucket limits, merging and quantiles.
 */
#include "hist.h"

static uint32_t bucket_exp(uint32_t idx)
{
	uint32_t group = idx >> HIST_SUB_BITS;

	return group ? group - 1 : 0;
}

uint64_t hist_bucket_low(uint32_t idx)
{
	uint32_t e = bucket_exp(idx);
	uint64_t sub = idx & ((1u << HIST_SUB_BITS) - 1);

	if (idx < (2u << HIST_SUB_BITS))
		return idx;
	return ((UINT64_C(1) << HIST_SUB_BITS) + sub) << e;
}

uint64_t hist_bucket_high(uint32_t idx)
{
	return hist_bucket_low(idx) + (UINT64_C(1) << bucket_exp(idx)) - 1;
}

uint64_t hist_bucket_mid(uint32_t idx)
{
	uint64_t low = hist_bucket_low(idx);

	return low + (hist_bucket_high(idx) - low) / 2;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	uint32_t i;

	if (!from->n)
		return;
	if (!into->n || from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
	into->n += from->n;
	if (__builtin_add_overflow(into->sum, from->sum, &into->sum))
		into->sum = UINT64_MAX;
	into->overflow += from->overflow;
	for (i = 0; i < HIST_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
}

static uint64_t clamp(uint64_t v, uint64_t low, uint64_t high)
{
	return v < low ? low : v > high ? high : v;
}

/* ceil(n*ppm/10^6), in 1..n; split so that nothing can wrap. */
static uint64_t quantile_rank(uint64_t n, uint32_t ppm)
{
	uint64_t rest = n % HIST_PPM * ppm;
	uint64_t rank = n / HIST_PPM * ppm + (rest + HIST_PPM - 1) / HIST_PPM;

	return rank ? rank : 1;
}

uint64_t hist_quantile(const struct hist *h, uint32_t ppm)
{
	uint64_t rank, seen = 0;
	uint32_t i;

	if (!h->n)
		return 0;
	if (!ppm)
		return h->min;
	if (ppm >= HIST_PPM)
		return h->max;
	rank = quantile_rank(h->n, ppm);
	for (i = 0; i < HIST_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen >= rank)
			return clamp(hist_bucket_mid(i), h->min, h->max);
	}
	return h->max;
}

uint64_t hist_median(const struct hist *h)
{
	return hist_quantile(h, HIST_PPM / 2);
}
