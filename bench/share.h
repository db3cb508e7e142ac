/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who had the time: the kernel under test, the software TDX module, waiting, the driver. */
#ifndef BENCH_SHARE_H
#define BENCH_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"

/* A stretch of time, in ticks, and what of it was not the kernel's. */
struct share {
	uint64_t ticks;
	uint64_t module, waiting;
	uint64_t driver;	/* the payload's loops: known turns times known length */
	bool told;		/* the three are known; else all of ->ticks is one figure */
};

/* Between two readings of the ledger, @driver of it the payload's. */
struct share share_between(uint64_t start, const struct ledger_sums *from, uint64_t end,
			   const struct ledger_sums *to, uint64_t driver, bool told);

/* What is left to the kernel; 0 if the others have more than there was. */
uint64_t share_kernel(const struct share *s);

/*
 * Can it be? @counted: ticks of the module as its file of counters has them, over a little more
 * than this stretch, or 0 if there is none. The reason why it cannot, or NULL.
 */
const char *share_fault(const struct share *s, uint64_t counted);

#endif
