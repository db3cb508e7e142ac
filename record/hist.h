/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log-linear histogram of unsigned 64-bit values, mergeable without loss.
 *
 * All of it that a writer needs is inline and asks for <stdint.h> only, so that a freestanding
 * guest can fill one in memory it shares with the host. The layout is plain data without pointers,
 * and all bytes zero is a valid empty histogram.
 *
 * Buckets: values below 2^(HIST_SUB_BITS+1) have one each; above, every power of two is cut into
 * 2^HIST_SUB_BITS buckets of equal width. A bucket stands for its middle, so a value read back is
 * off by at most 2^-(HIST_SUB_BITS+1) = 0.4 %. min, max, sum and n are exact.
 *
 * One writer at a time; no locking.
 */
#ifndef RECORD_HIST_H
#define RECORD_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS	7
#define HIST_MAX_BITS 40 /* values of 2^40 and above are counted in `overflow`, in no bucket */
#define HIST_BUCKETS	((HIST_MAX_BITS - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
	uint64_t n;		/* all values, overflow too */
	uint64_t sum;		/* of all values; stays at UINT64_MAX if it would wrap */
	uint64_t min;		/* of all values; meaningless if n is 0 */
	uint64_t max;
	uint64_t overflow;
	uint64_t bucket[HIST_BUCKETS];
};

/* The bucket of @v, which must be below 2^HIST_MAX_BITS. */
static inline uint32_t hist_index(uint64_t v)
{
	uint32_t e;

	if (v < (UINT64_C(2) << HIST_SUB_BITS))
		return (uint32_t)v;
	e = 63 - (uint32_t)__builtin_clzll(v) - HIST_SUB_BITS;
	return ((e + 1) << HIST_SUB_BITS) + (uint32_t)((v >> e) & ((1u << HIST_SUB_BITS) - 1));
}

static inline void hist_add(struct hist *h, uint64_t v)
{
	if (!h->n || v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
	h->n++;
	if (__builtin_add_overflow(h->sum, v, &h->sum))
		h->sum = UINT64_MAX;
	if (v >> HIST_MAX_BITS)
		h->overflow++;
	else
		h->bucket[hist_index(v)]++;
}

/* Smallest and largest value of bucket @idx < HIST_BUCKETS, and the value that stands for it. */
uint64_t hist_bucket_low(uint32_t idx);
uint64_t hist_bucket_high(uint32_t idx);
uint64_t hist_bucket_mid(uint32_t idx);

/* Adds all of @from to @into: the result is what one histogram of all the values would be. */
void hist_merge(struct hist *into, const struct hist *from);

/* Ranks and cumulative counts, in parts per million, so that no rounding of a double decides. */
#define HIST_PPM	1000000u

/*
 * The quantile @ppm/10^6 by the nearest-rank rule: with the n values sorted, the one of rank
 * ceil(n*ppm/10^6), at least 1. What is returned is the middle of that value's bucket, moved into
 * [min, max]; min itself for @ppm 0 and max itself for @ppm 10^6 or a rank in the overflow. 0 if
 * empty.
 */
uint64_t hist_quantile(const struct hist *h, uint32_t ppm);

/* The lower median: hist_quantile(h, 500000). */
uint64_t hist_median(const struct hist *h);

#endif
