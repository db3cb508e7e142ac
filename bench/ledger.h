/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the time was not the kernel's: one page of softtdx's, mapped read-only into the driver
 * and into its guest. Freestanding. On hardware and in an ordinary VM a page of zeros is in its
 * place, and that is right: there is no software module, and nobody tells waiting from work.
 */
#ifndef BENCH_LEDGER_H
#define BENCH_LEDGER_H

#include <stdint.h>

#define LEDGER_BYTES	4096
#define LEDGER_MAGIC	0x7265646c74666f73ull	/* softtdx's, little-endian */

struct ledger {
	uint64_t magic;
	uint64_t told;		/* 1: waiting is told from work */
	uint64_t module;	/* ticks of softtdx, on all CPUs, since it was loaded */
	uint64_t waiting;	/* ticks in which no CPU had work */
};

/* Two of its sums at one time. */
struct ledger_sums {
	uint64_t module, waiting;
};

static inline struct ledger_sums ledger_read(const volatile struct ledger *l)
{
	return (struct ledger_sums){ .module = l->module, .waiting = l->waiting };
}

#endif
