/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_PAGELISTS_H
#define BENCH_PAGELISTS_H

/*
 * Call this in the lab's VM before each timed part under `count`: it empties the lists of free
 * pages that the kernel's page allocator keeps per CPU, and lets them grow large. So a block is
 * not charged for pages that the blocks before it freed, and does not give its own back in bulk.
 * Needs root; dies where the kernel refuses.
 */
void pagelists_empty(void);

#endif
