/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A schedule sweep: one case under many seeds, each in a TD of its own, all in one boot. The seed
 * is the schedule, so that what happened under one of them is replayed by it alone.
 */
#ifndef BENCH_SWEEP_H
#define BENCH_SWEEP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "counters.h"

struct session;
struct sept_case;

/* Things that happen only if vCPUs meet; each has been made possible on purpose. */
#define SWEEP_NR_CAUSES	17

/* Shared with the processes that run the blocks. */
struct sweep {
	uint64_t seed;			/* of the block under way */
	bool killed;			/* its process is killed, and is not to blame for it */
	uint64_t faults;		/* pages populated, in all blocks */
	uint64_t invalid;		/* blocks */
	struct sweep_cause {
		uint64_t seeds;		/* under which it happened */
		uint64_t first;		/* of them */
		uint64_t times;
	} cause[SWEEP_NR_CAUSES];
};

/* Takes the counters of the block of ->seed into account: those of its TD's whole life. */
void sweep_note(struct sweep *sw, const struct counters *life);

/* A line per cause: how often, and its first seed; then those that never were. */
void sweep_print_causes(const struct sweep *sw, FILE *out);

/*
 * Runs @c with @vcpus under the seeds that the options ask for, a process per block, so that a VM
 * that dies ends one block and not the sweep. What happened, and what never did, goes to stderr.
 */
void sweep_run(struct session *s, const struct sept_case *c, unsigned int vcpus);

/*
 * The parts of it. sweep_start() runs the block of ->sweep->seed in a process of its own, whose
 * line comes out of
 * *@fd; sweep_take() waits for the end of both and writes the line. Of a storm (storm.h) it writes
 * those that show a fault.
 */
pid_t sweep_start(struct session *s, const struct sept_case *c, unsigned int vcpus, int *fd);
void sweep_take(struct session *s, const struct sept_case *c, int fd, pid_t pid);

#endif
