/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * septcount's files under debugfs: mmu_lock of all VMs, allocations and IPIs of the whole machine
 * in a window. Where the module is not loaded nothing is counted, and nobody complains.
 */
#ifndef BENCH_SEPTCOUNT_H
#define BENCH_SEPTCOUNT_H

#include "counters.h"

/*
 * A window begins, again if one is open; it ends, later than before if it has ended already.
 * Neither allocates memory in the kernel but for the first call.
 */
void septcount_begin(void);
void septcount_end(void);

/* Adds what was counted in the last window. 0 or -errno; 0 if there is no module. */
int septcount_add_counters(struct counters *cs);

/* The module is about to go: lets go of it. */
void septcount_close(void);

#endif
