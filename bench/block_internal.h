/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of a block share: block.c is its life and its line, block_guest.c has the vCPUs do
 * things, block_count.c reads clock and counters around them. Cases include block.h alone.
 */
#ifndef BENCH_BLOCK_INTERNAL_H
#define BENCH_BLOCK_INTERNAL_H

#include "block.h"

/* Does this run measure in instructions? */
bool block_counting(const struct block *b);

/*
 * Are the parts of time told: under count, over softtdx, and no other CPU has its turn in the
 * middle of a stretch: without yield points and short turns.
 */
bool block_told(const struct block *b);

/* Sends vCPU @index into the guest with the command that its mailbox holds; a crew's task. */
void block_run_command(unsigned int index, void *block);

/*
 * `count` means something only if a tick is an instruction: shown on a loop that can be counted by
 * hand.
 */
void block_check_clock(struct block *b);

/* Lets run off what set-up left behind: threads going to sleep, RCU callbacks, deferred work. */
void block_settle(void);

/* block_begin() without waiting for things to settle: where the guest runs already. */
void block_begin_now(struct block *b);

/*
 * Adds what KVM, the NUMA nodes and softtdx have counted so far to @cs. Dies if that cannot be
 * read.
 */
void block_add_counters(struct block *b, struct counters *cs);

/* The block is invalid if one is no count: two such readings can differ by what looks like one. */
void block_check_readings(struct block *b, const struct counters *cs);

/* One of the line's counters. The block is invalid if @v is none: below zero, or about to be. */
void block_record_counter(struct block *b, const char *name, int64_t v);

/* Adds to ->delta what septcount has counted in its window, where there is such a module. */
void block_add_window(struct block *b);

/*
 * block_peers.c: makes the TDs beside the one of @b, which is there, on the CPUs of @all behind its
 * own, and takes them away; what they have done wrong so far.
 */
void block_peers_create(struct block *b, const struct placement_map *all);
void block_peers_destroy(struct block *b);
void block_peers_check(struct block *b);

/* block_linux.c: the guest of a case that runs Linux, ->vm and ->linux_guest; else nothing. */
void block_linux_create(struct block *b);
void block_linux_destroy(struct block *b);

#endif
