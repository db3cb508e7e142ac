/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults on purpose: which kinds there are, and the switches that the lab's kernel has for them.
 * How many were injected is always the kernel's own count, or that of calls that were made or that
 * failed.
 */
#ifndef BENCH_INJECT_H
#define BENCH_INJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum inject_kind {
	INJECT_BUSY,	 /* every other lock attempt of the TDX module is turned away */
	INJECT_SLAB,	 /* kmalloc() and its kin fail for the threads of the block */
	INJECT_PAGES,	 /* so do page allocations */
	INJECT_SIGNALS,	 /* to vCPU threads and the control thread, at random moments */
	INJECT_SLOTS,	 /* the memory slot goes and comes back, pages turn shared and private */
	INJECT_KILL,	 /* the process is killed at a random moment, its TD with it */
	INJECT_GRACE,	 /* RCU readers that stay, so that grace periods take long */
	INJECT_PRESSURE, /* the machine's memory is full, and kswapd is at work */
	INJECT_NR,
};

#define INJECT_MIX	((1u << INJECT_NR) - 1)	/* all of them at once */
#define INJECT_NAME_LEN	80

/*
 * "slab", "busy+signals" or "mix" for a mask of 1 << enum inject_kind; and back: 0 for an unknown
 * name.
 */
const char *inject_name(unsigned int mask, char name[INJECT_NAME_LEN]);
unsigned int inject_parse(const char *name);

/*
 * Switches on what is the kernel's part of the kinds in @mask (1 << enum inject_kind). Dies if this
 * kernel has no such switch. inject_off() switches all off again.
 */
void inject_on(unsigned int mask, uint64_t seed);
void inject_off(void);

/* What the kernel has done since inject_on(). */
struct inject_counts {
	uint64_t slab, pages;		/* allocations that it failed */
	uint64_t stalls, reclaimed;	/* allocations that had to reclaim; pages that were */
	uint64_t holds, hold_ms;	/* RCU readers that stayed, and how long in all */
};
struct inject_counts inject_counts(void);

/* Are the allocations of the calling thread those that fail? */
void inject_expose(bool on);

/* Values of /proc/vmstat. 0 if there is none of that name. */
int64_t inject_vmstat(const char *name);

/* Objects that nobody points to any more, as kmemleak sees it; each on stderr. -1: it is not on. */
int inject_leaks(void);

#endif
