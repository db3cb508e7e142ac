/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions by call path. Whoever sees the guest run says which code runs, what it calls and
 * where it returns to; this keeps a stack of calls per kernel stack and adds up instructions per
 * path.
 *
 * A frame is known by the address of its return address. So a return finds its frame whatever
 * happened in between, and a task switch is a return on another stack. Only kernel code has frames:
 * user space is counted by address, and a guest, whatever runs in it, as one under what entered it.
 */
#ifndef LAB_TCG_TREE_H
#define LAB_TCG_TREE_H

#include <bench/mark.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TREE_MAX_CPUS	256

struct tree;

/* Blocks go to @out, which stays the caller's. NULL: no memory. */
struct tree *tree_new(FILE *out);
void tree_free(struct tree *t);

/* True for addresses whose calls and returns count. */
bool tree_is_kernel(uint64_t addr);

/*
 * What happens, in its order. @insns counts all instructions of all CPUs so far.
 * tree_run: @cpu goes on at @addr. tree_call: it has put a return address at @slot; the call is at
 * @site, and goes to @target (0: to wherever it runs next). tree_return: it has taken the one at
 * @slot. tree_enter: its next instruction is VMRUN, after which a guest runs until @cpu goes on at
 * @resume.
 */
void tree_run(struct tree *t, unsigned int cpu, uint64_t addr, uint64_t insns);
void tree_call(struct tree *t, unsigned int cpu, uint64_t slot, uint64_t site, uint64_t target);
void tree_return(struct tree *t, unsigned int cpu, uint64_t slot);
void tree_enter(struct tree *t, unsigned int cpu, uint64_t resume);

/*
 * A mark was met. MARK_BLOCK writes lines to the output:
 *   node ID PARENT SITE TARGET	a call path that was not written before: the path PARENT (0: the
 *root), and in it the call at SITE of TARGET. IDs rise from 1. cell NODE ADDR INSNS instructions
 *executed at ADDR, under the path NODE block NR INSNS		ends a block: the how many-th (from
 *0), and all its instructions Addresses are hexadecimal.
 */
void tree_mark(struct tree *t, enum mark m, uint64_t insns);

/* Memory ran out, or the output took no more: nothing after that is to be used. */
bool tree_failed(const struct tree *t);

#endif
