/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which vCPU touches which page of the test range, and when. */
#ifndef BENCH_ORDER_H
#define BENCH_ORDER_H

#include <stddef.h>
#include <stdint.h>

enum order_layout {
	ORDER_DISJOINT = 0, /* vCPU i has the i-th part of the range, in random order */
	ORDER_INTERLEAVED, /* vCPU i has pages i, i + nr, ..., in ascending order: all in the same
			      tables */
	ORDER_SAME, /* every vCPU has every page, in the same random order */
};

/* Number of pages that vCPU @index of @nr gets. */
size_t order_count(enum order_layout layout, size_t pages, unsigned int nr, unsigned int index);

/*
 * Fills @out with them: each page once (without replacement), the order a function of @seed alone
 * (and of @index, for ORDER_DISJOINT).
 */
void order_fill(uint32_t *out, enum order_layout layout, size_t pages, unsigned int nr,
		unsigned int index, uint64_t seed);

#endif
