/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One block: a fresh VM, one timed part, the oracle, teardown, one line of the result file.
 */
#ifndef BENCH_BLOCK_H
#define BENCH_BLOCK_H

#include <hwloc.h>
#include <stdbool.h>
#include <stdint.h>

#include "case.h"
#include "counters.h"
#include "crew.h"
#include "memory.h"
#include "options.h"
#include "order.h"
#include "placement.h"
#include "record/record.h"
#include "share.h"
#include "vm.h"

struct linux_guest;	/* linux/guest.h */
struct neighbour;	/* cases/neighbour.c */

/* What is the same for all blocks of a run. */
struct session {
	const struct bench_options *o;
	struct record_writer *w;
	const char *variant;
	hwloc_topology_t topo;
	struct memory_policy memory;	/* ->o's, with the nodes of ->topo */
	struct block *current;		/* NULL between blocks */
	struct perf *perf; /* --events of the substrate under way; NULL: none asked for */
	struct sweep *sweep;		/* a schedule sweep is under way; sweep.h */
	struct storm *storm;		/* faults are injected; storm.h */
	unsigned int written, invalid;	/* blocks */
	bool ready;			/* from session_begin() to session_end(), for ->substrate */
	enum case_substrate substrate;
	int held;			/* an empty VM of the substrate under way; -1: none */
	const volatile struct ledger *ledger;	/* softtdx's, or zeros */
	uint64_t seed;			/* of the block to come, if no sweep is under way */
};

struct block {
	struct session *s;
	const struct sept_case *c;
	unsigned int nr_vcpus;
	uint64_t pages;
	uint64_t small_pages;		/* in each of them: 1, or those of 2M */
	uint64_t stride;		/* in 4K pages */
	uint64_t offset;		/* bytes from there to where the guest touches it */
	uint64_t seed;			/* of page order and schedule */
	struct placement_map map;	/* of this TD's threads */
	struct placement_map all;	/* of those of all its TDs */
	long migrations;		/* of the control thread when it was pinned */
	struct vm vm;
	struct linux_guest *linux_guest;	/* of a case that runs Linux; NULL else */
	struct neighbour *neighbour;	/* of the case of that name; NULL else */
	/*
	 * --tds: the TDs beside this one, which do what it does. Of such a block are only what its
	 * vCPUs need; ->rec is this one's, and so is what is measured: faults, counters and units
	 * are of all.
	 */
	struct block *peer[BENCH_MAX_TDS - 1];
	unsigned int nr_peers;
	struct crew crew;
	enum guest_cmd touch, verify;	/* what the guest is told to do with them */
	/* How one vCPU's share is walked: by the guest, unless the case's setup says otherwise. */
	void (*walk)(unsigned int index, void *block);
	char td_path[128];		/* softtdx's directory of this TD; "" without softtdx */
	char other_td_path[128];	/* of the neighbour; "": none */
	struct record_builder *rec;
	int64_t pages_before;		/* in the module's hands before this TD */
	int64_t pairs_before;		/* of dynamic PAMT, the same */
	bool recorded;			/* the counters are in ->rec */

	/*
	 * Of the timed part. Times and histograms are in instructions (count) or nanoseconds
	 * (wall).
	 */
	struct counters *before, *delta;
	struct counters *gauges;	/* of block_wait_deferred() */
	int64_t mapped;			/* pages mapped by KVM at block_begin(); -1: unknown */
	int64_t mapped_large;		/* and pages of 2M, in a case of such; also -1 */
	bool told;			/* the parts of time are: block_told() */
	/*
	 * One entry per fault and part, all vCPUs; none in a zap. Without ->told all is in the
	 * first.
	 */
	struct hist *faults[GUEST_NR_PARTS];
	/*
	 * Under `count` also each of them as it is, sorted: the buckets are 0.8 % wide, and a
	 * change of one instruction is to show. None where vCPUs share an order list.
	 */
	uint32_t *samples[GUEST_NR_PARTS];
	size_t nr_samples;
	uint64_t bias;			/* median of an empty measurement */
	struct share share;		/* first start to last end, and whose that was */
	struct share time;		/* all such stretches of the timed part together */
	struct share stall;		/* longest of a spinning vCPU in the timed part */
	uint64_t turn;			/* ticks of a turn of the guest's spinning, by itself */
	struct ledger_sums gone[2];	/* at start and end of the destruction of the VM */
	uint64_t skew;			/* first start to last start */
	uint64_t units;			/* faults or pages that span and counters are divided by */
	/*
	 * Ticks of the first MARK_START and the last MARK_STOP of the timed part; first > last:
	 * none.
	 */
	uint64_t first, last;
	double harness;			/* the driver's own share, per fault */
};

/* Runs one block of @c and writes its line. @number counts from 0 within case and vCPU count. */
void block_run(struct session *s, const struct sept_case *c, unsigned int nr_vcpus,
	       unsigned int number, bool warmup);

/* Writes the block under way as invalid, because of @reason. For the way out of die(). */
void block_abandon(struct session *s, const char *reason);

/* block_events.c: starts the --events for the threads of @b, and records what they counted. */
void block_events_start(struct block *b);
void block_events_record(struct block *b);

/* --- For cases. --- */

/* The counters of the timed part are those between these two. */
void block_begin(struct block *b);
void block_end(struct block *b);

/*
 * The time now, and the ledger's sums; @turns: of all vCPUs that spin. What lies between two such
 * readings: block_stretch(), which also adds it to the block's time if @timed.
 */
struct block_reading {
	uint64_t ticks, turns;
	struct ledger_sums sums;
};

struct block_reading block_read_start(const struct block *b);	/* the time last */
struct block_reading block_read_end(const struct block *b);	/* the time first */
struct share block_stretch(struct block *b, const struct block_reading *from,
			   const struct block_reading *to, bool timed);

/* Ticks of the TSC as instructions (count) or nanoseconds (wall). */
uint64_t block_time(const struct block *b, uint64_t ticks);

/* Sets a metric that the case declares and that exists under this clock; others are ignored. */
void block_metric(struct block *b, const char *name, double v, uint64_t n);

/*
 * The same for what @s has per @units: the kernel's part, with the others beside it, where they
 * are told; else all of it.
 */
void block_share_metric(struct block *b, const char *name, const struct share *s, double units,
			uint64_t n);

/* The block's TDs, from itself on: @i up to ->nr_peers. */
static inline struct block *block_td(struct block *b, unsigned int i)
{
	return i ? b->peer[i - 1] : b;
}

/* Pages of the test ranges of all its TDs. */
static inline uint64_t block_all_pages(const struct block *b)
{
	return b->pages * (1 + b->nr_peers);
}

/* The oracle on the TD that softtdx has at @td; nothing if that is "". */
void block_run_oracle(struct block *b, const char *td);

/* Gives every vCPU its pages. */
void block_set_order(struct block *b, enum order_layout layout);

/*
 * Every vCPU walks its pages with @flags (GUEST_F_*), together and @rounds times. start() does not
 * wait; stop() does, and for what zaps have deferred too, ends the timed part that the caller began
 * and fills ->faults, ->share, ->skew.
 */
void block_walk_start(struct block *b, uint32_t flags, uint64_t rounds);
void block_walk_stop(struct block *b);

/* Have all of them done their share? Dies if one cannot. */
bool block_walk_done(struct block *b);

/* One such round as the timed part. */
void block_touch(struct block *b, uint32_t flags);

/* One such round that is no part of what is timed or counted. */
void block_touch_untimed(struct block *b, uint32_t flags);

/* From now on the guest touches one 4K page of each large one, this many bytes in. */
void block_touch_small(struct block *b, uint64_t offset);


/*
 * Some variants' zaps leave work to do after the call has returned. Waits until none is left; if
 * that takes too long, the block is invalid. ->gauges holds KVM's gauges.
 */
void block_wait_deferred(struct block *b);

/* The pages that waited, at most, in the VM's life up to that call: 0 where zaps leave nothing. */
uint64_t block_deferred_peak(const struct block *b);

/* Difference of a counter in the timed part; 0 if there is none. */
int64_t block_counter(const struct block *b, const char *name);

/*
 * Longest turn of a vCPU's loop, or what of it lies between block_stall_start() and
 * block_stall_stop(): what the driver does before and after holds nobody up in real time, but under
 * count it would. Without spinning vCPUs, or under wall, the two do nothing, and it is the longest
 * turn of all.
 */
void block_stall_start(struct block *b, const struct block_reading *now);
void block_stall_stop(struct block *b, const struct block_reading *now);
struct share block_spin_stall(const struct block *b);

/*
 * Measures the empty loop on vCPU 0 alone: ->bias and ->harness. Also maps what the timed part uses
 * of the shared memory. Needs the order.
 */
void block_warm(struct block *b);

/* Between these ticks something of the timed part was done. */
void block_covers(struct block *b, uint64_t start, uint64_t end);

/* Sets ->share etc. for a timed part in the control thread, between two readings. */
void block_host_span(struct block *b, const struct block_reading *start,
		     const struct block_reading *end, uint64_t units);

/*
 * Every vCPU spins in the guest, with a PAUSE each turn, between these two. start: all are inside.
 */
void block_spin_start(struct block *b);
void block_spin_stop(struct block *b);

/*
 * Returns when each vCPU that spins has made one more turn: a timer's tick before may have taken it
 * out of the guest, and one thread of an emulator may not run it again until a zap is over. Makes
 * no system call. Nothing to do if none spins.
 */
void block_spin_inside(struct block *b);

/*
 * Records a fault of the oracle unless the counter's difference is @want; silent if there is none.
 */
void block_expect(struct block *b, const char *counter, int64_t want);
void block_expect_at_least(struct block *b, const char *counter, int64_t least);

/*
 * Two counters of what is done in pairs. Where a phase of a Linux guest begins and ends, each of
 * its other vCPUs may be in the midst of one.
 */
void block_expect_alike(struct block *b, const char *counter, const char *other);

/* mmu_lock was given back as often as it was taken, to read and to write. */
void block_check_locks(struct block *b);

/*
 * The same for the 4K pages that KVM says it has mapped, in a TD's mirror page table too: since
 * block_begin() there are @want more. KVM counts them in any VM on any machine, so that a case can
 * fail where no TDX module counts for us.
 */
void block_expect_mapped(struct block *b, int64_t want);

/*
 * Of a case of large pages: the same, in 4K pages of either size. And by how much more entries they
 * are mapped than at block_begin(), and how many of 2M among them.
 */
void block_expect_mapped_large(struct block *b, int64_t want);
int64_t block_new_leaves(struct block *b);
int64_t block_new_large(struct block *b);

/*
 * The guest reads back what it wrote, on every page of every order list. Faults go to the oracle.
 */
void block_verify(struct block *b);

/*
 * The other way round: none of those pages holds it any more. Not for a TD, where a read must
 * follow an ACCEPT.
 */
void block_verify_gone(struct block *b);

/*
 * Boots the case's Linux guest up to its end mark, as the timed part or with one phase of it as
 * that, with counters by phase and the metrics that are not counters. What the guest's init says
 * of itself is in ->delta, as guest.NAME. A guest that dies, or is not at its end when
 * --guest-limit is over, makes the block invalid.
 */
void block_boot(struct block *b);

/*
 * Gives every vCPU its part of the range in chunks of @chunk pages, or of fewer so that each has
 * one: their first pages, in random order. With @hot instead the first page of its part, as often
 * as that has pages. Returns the pages of a chunk.
 */
uint64_t block_set_chunks(struct block *b, uint64_t chunk, bool hot);

/*
 * Every vCPU asks for its chunks of @chunk pages as shared and as private again, as the timed part;
 * ->vm.answer must know what to do then. ->faults are of chunks, ->units pages.
 */
void block_convert(struct block *b, uint64_t chunk);

/* The median of ->faults, less nothing. */
void block_median_metric(struct block *b, const char *name);

/* Metrics that follow from ->faults and ->share. */
void block_fault_metrics(struct block *b);

#endif
