/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --inject: TDs under faults that are injected on purpose. Nothing here is a measurement, and no
 * block of it is valid: what counts is that every TD lives through it, or dies without leaving
 * anything.
 */
#ifndef BENCH_STORM_H
#define BENCH_STORM_H

#include <stdint.h>

struct session;

/* Shared with the processes that run the blocks. */
struct storm {
	unsigned int mask;		/* kinds of the pass under way; inject.h */
	uint64_t busy;			/* what follows is counted since the pass began */
	uint64_t signals;		/* sent */
	uint64_t interrupted, no_memory, refused;	/* KVM_RUN said EINTR, ENOMEM, EFAULT */
	uint64_t retried;		/* calls of the control thread that said EINTR or ENOMEM */
	uint64_t holes, slots, conversions;
	uint64_t kills;
	uint64_t pruned;		/* page tables removed from the S-EPT of living TDs */
	uint64_t survived;		/* TDs that worked to the end, and after it */
};

/*
 * Each kind that the options ask for, by itself: a TD per seed. One line in the result and one on
 * stderr for each kind. A TD that the faults broke, or that left pages behind, makes the run
 * invalid, as does what kmemleak finds at the end.
 */
void storm_run(struct session *s);

#endif
