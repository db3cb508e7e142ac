/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A case: what is measured. One file each in cases/, one line each in the table of cases.c.
 */
#ifndef BENCH_CASE_H
#define BENCH_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "order.h"

struct block;	/* block.h */

/* The VM a case runs in. */
enum case_substrate {
	CASE_TD,	/* a TD: substrate soft or tdx */
	CASE_PLAIN,	/* an ordinary VM under kvm-amd or kvm-intel: substrate none */
	CASE_PROTECTED,	/* a software-protected VM, guest_memfd but no S-EPT: substrate none */
};

/* How a case's metrics behave from run to run. */
enum metric_class { METRIC_EXACT, METRIC_BOUNDED, METRIC_NOISY };

/* Which clock a metric exists under. */
enum metric_clock { METRIC_COUNT = 1, METRIC_WALL = 2, METRIC_ANY = 3 };

struct case_metric {
	const char *name;
	const char *unit;	/* of a time without its clock's: "" or "/page" */
	const char *better;		/* "lower", "higher", "none" */
	enum metric_class class; /* under `count`; under `wall` every metric of time is noisy */
	bool time;		/* in instructions under `count`, in nanoseconds under `wall` */
	enum metric_clock clock;
	enum metric_clock gated;	/* under which it may fail a comparison; 0: none */
	/*
	 * Patterns (fnmatch), separated by blanks, of counters whose sum per fault or page is the
	 * value; NULL: computed by the case. Without any such counter on this machine the metric is
	 * left out.
	 */
	const char *counters;
	const char *help;		/* one line: definition, and what is left out */
};

struct sept_case {
	const char *name;
	const char *summary;		/* one line */
	const char *measured;		/* what is in the numbers */
	const char *not_measured;	/* what is not */
	enum case_substrate substrate;
	/*
	 * Mebibytes of memory of a guest that runs Linux (linux/guest.h); 0: the payload's guest.
	 * Such a case has no test range and no warm-up.
	 */
	unsigned int linux_mib;
	/* Of such a guest: more of its kernel's command line; "" or NULL: nothing. */
	const char *linux_words;
	bool linux_work;		/* its init has something to do: linux/work.c */
	bool linux_modules;		/* that loads modules of its kernel */
	/* The phase that is timed; NULL: the whole boot. The guest ends then, but for its work. */
	const char *linux_part;
	bool by_name;			/* runs only when asked for by name, not with all */
	bool many_tds;			/* may run in several TDs at once: --tds */
	bool other_td;			/* another TD is at work beside the one that is measured */
	bool linux_eager;		/* all memory is accepted before the kernel starts */
	bool converts;			/* the payload asks for conversions: GUEST_CONVERT */
	uint64_t max_pages;		/* what --pages is cut down to; 0: no limit */
	uint64_t stride;		/* from page to page, in 4K pages; 0: 1 */
	/*
	 * A page of this case is one of 2M, and there is at least one for each vCPU. The vCPUs
	 * accept and write them as that, until block_touch_small() says otherwise.
	 */
	bool large;
	bool mixed;			/* of a large one: vCPUs of odd number accept by 4K */
	enum order_layout layout;	/* which vCPU gets which page */
	/* Sets up what the case needs besides the VM, outside the timed part. NULL: nothing. */
	void (*setup)(struct block *b);
	/* The timed part. */
	void (*run)(struct block *b);
	/* Counter identities of this case; records faults in the block's oracle. NULL: none. */
	void (*check)(struct block *b);
	/*
	 * After the VM is gone, at TSC @end; its destruction began at @start. What is then in
	 * ->delta is recorded, and it must set the metrics that are counters. NULL: nothing.
	 */
	void (*gone)(struct block *b, uint64_t start, uint64_t end);
	const struct case_metric *metrics;	/* ends with a NULL name */
};

/* Case number @i in the order of `list`; NULL: there are no more. */
const struct sept_case *sept_case_at(size_t i);
const struct sept_case *sept_case_find(const char *name);

/* Verbs. argv[0] is the verb's name; the return value is the exit status. */
int cmd_list(int argc, char **argv);

/* PID 1 of the lab's guest. Does not return: powers the machine off. */
int bench_guest_init(int argc, char **argv);

#endif
