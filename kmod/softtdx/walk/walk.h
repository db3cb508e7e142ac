/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random walks through the core, held against the specification of spec/spec.h step by step: every
 * status, every output, where each call comes to hold its locks, what a guest can reach and reads,
 * the tree and the counters. The sequence follows from the seed and the specification alone, so a
 * walk of one seed is the same in the kernel and in user space, and so is its hash.
 *
 * Calls interleave at the core's yield points: while one stands there with its locks held, other
 * processors make calls. Left alone a walk nests them on one stack; with walk->park set, threads of
 * the caller's take turns as the walk tells them, and calls may end in any order.
 *
 * May include: core, spec.
 */
#ifndef SOFTTDX_WALK_H
#define SOFTTDX_WALK_H

#include "spec/spec.h"

/* Surroundings; the caller's until the walk is over. */
struct walk_env {
	void *mem;			/* sx_sys_size(nr_pages) bytes, 64-byte aligned */
	u64 nr_pages;			/* ends within a 2M frame, of which no page is touched */
	u64 block[SPEC_BLOCKS];		/* physical addresses of 2M each, aligned, below nr_pages */
};

struct walk_fault {
	const char *what;		/* NULL: none */
	struct spec_act act;
	u64 got, want;
};

#define WALK_KEY	(1ULL << 48)	/* bits of the key id, above any page's address */

#define WALK_R10	0x1010ULL	/* what stands where a leaf looks at nothing */
#define WALK_R11	0x1111ULL

#define WALK_DEPTH	3	/* calls under way at once */

struct walk {
	struct spec s;
	struct sx_sys *sys;
	struct walk_env env;
	u64 rng;
	u64 steps, limit;		/* operations begun; resuming one is not counted */
	u64 hash;
	struct walk_fault fault;
	u8 stack[SPEC_CPUS];		/* processors with a call under way, oldest first */
	u8 depth;
	u8 dying;			/* bit per TD: on the way to teardown */
	const struct spec_act *replay;	/* a recorded sequence instead of the generator */
	u64 nr_replay, next_replay;
	struct spec_act *log;		/* what was done, if there is room; may be NULL */
	u64 nr_log, max_log;
	u64 statuses;			/* calls that ended in other than success */
	/*
	 * Threads: returns when processor @cpu, at a yield point, is told to go on; @self tells
	 * whose thread runs. NULL: calls nest.
	 */
	void (*park)(struct walk *w, unsigned int cpu);
	unsigned int (*self)(void);
	struct sx_stats stats;		/* scratch: too large for a kernel stack */
	u8 handed[SPEC_PAGES];		/* the host's own order of giving a page away and again */
};

/*
 * Prepares @w (zeroed but for s.release, s.dynamic, log, replay, park and self) for @steps
 * operations of @seed.
 */
bool walk_init(struct walk *w, const struct walk_env *env, u64 seed, u64 steps);
/* The whole walk, nested. True if core and specification agreed throughout. */
bool walk_run(struct walk *w);

/*
 * For threads: the next thing to do, false at the end or after a fault. Whoever is told executes
 * it: walk_exec() on the thread of act->cpu, or park() returns there.
 */
bool walk_next(struct walk *w, struct spec_act *a);
void walk_exec(struct walk *w, const struct spec_act *a);
/* After the last: compares all that is left. */
void walk_finish(struct walk *w);

/* Walks of odd seeds have dynamic PAMT, of a release that knows it. */
static inline bool walk_is_dynamic(enum sx_release release, u64 seed)
{
	return release >= SX_R_1_5_25 && seed & 1;
}

/*
 * Runs @steps operations as walks of WALK_EPISODE each, of seeds @seed, @seed + 1, ...; @w is
 * scratch. Returns false at the first fault, which @w then describes, *@seed being its walk's.
 */
#define WALK_EPISODE	4000
bool walk_many(struct walk *w, const struct walk_env *env, enum sx_release release, u64 *seed,
	       u64 steps, u64 *hash);

const char *walk_op_name(u8 op);

/* walk.c to exec.c. */
u64 walk_pa(const struct walk *w, u16 page);
u64 walk_block_operand(const struct walk *w, const struct spec_act *a);	/* of PAMT.ADD */
enum spec_stop walk_begin(struct walk *w, const struct spec_act *a);
void walk_end(struct walk *w, const struct spec_act *a, const struct spec_out *got);
void walk_yield(struct walk *w, enum sx_yield where);
void walk_compare(struct walk *w, const struct spec_act *a, const char *what, u64 got, u64 want);
const struct spec_out *walk_want(const struct walk *w, unsigned int cpu);
bool walk_failed(const struct walk *w);
u64 walk_vp_page(const struct walk *w, unsigned int cpu);
unsigned int walk_vp_index(const struct walk *w, unsigned int cpu);	/* in its TD */
u64 walk_shared_root(const struct walk *w, u16 page);	/* of a TDVPR: the host's table for it */
u16 walk_vp_slot(const struct walk *w, unsigned int cpu);
/* Levels of the S-EPT of the guest there; the bit of a GPA that says shared to the TD of @a. */
unsigned int walk_levels(const struct walk *w, unsigned int cpu);
u64 walk_shared_bit(const struct walk *w, const struct spec_act *a);
bool walk_tlb(const struct walk *w, unsigned int cpu, u8 path, u16 *page);
u64 walk_tag(const struct walk *w, unsigned int cpu);
void walk_check(struct walk *w);

/* gen.c */
struct spec_act walk_generate(struct walk *w);
bool walk_valid(const struct walk *w, const struct spec_act *a);

#endif
