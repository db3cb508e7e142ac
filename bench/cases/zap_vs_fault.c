// SPDX-License-Identifier: GPL-2.0-or-later
/* Holes are punched into the range that the vCPUs are faulting in, for as long as they do. */
#include "common.h"

#include <unistd.h>

#define ROUNDS		4	/* of each vCPU over all pages */
#define TABLE_PAGES	512
#define BETWEEN_US	500

/* Whole page tables, so that variants that prune them do; of a small range, a quarter. */
static uint64_t hole_pages(const struct block *b)
{
	if (b->pages >= 2 * TABLE_PAGES)
		return TABLE_PAGES;
	return b->pages / 4 ? b->pages / 4 : 1;
}

/*
 * The guest accepts and does not touch: between the two a hole may take the page, and to touch a
 * page that was not accepted ends a TD.
 */
static void run(struct block *b)
{
	uint64_t hole = hole_pages(b), at = 0;

	block_begin(b);
	block_walk_start(b, GUEST_F_ACCEPT, ROUNDS);
	while (!block_walk_done(b)) {
		uint64_t n = hole < b->pages - at ? hole : b->pages - at;

		vm_punch_hole(&b->vm, at * PAGE_BYTES, n * PAGE_BYTES);
		at = (at + n) % b->pages;
		usleep(BETWEEN_US);
	}
	block_walk_stop(b);
	block_fault_metrics(b);
}

static const struct case_metric metrics[] = {
	FAULT_TIME_METRICS(0, METRIC_WALL),
	FAULT_EVENT_METRICS(0),
	TD_EVENT_METRICS(0),
	RACE_METRICS,
	{ .name = "zapped_per_fault", .unit = "page/fault", .better = "none", .clock = METRIC_ANY,
	  .counters = "seamcall.mem_page_remove.ok",
	  .help = "pages that the holes took from the TD" },
	SCHEDULE_EVENT("blocks_per_fault", "1/fault", "seamcall.mem_range_block.*",
		       "TDH.MEM.RANGE.BLOCK, failed ones too"),
	{ 0 }
};

static const struct sept_case case_zap_vs_fault = {
	.name = "zap-vs-fault",
	.summary = "every vCPU accepts every page, 4 times over, while holes are punched round the range",
	.measured =
		"faults that meet a zap: retries, BUSY, frozen SPTEs, waits for deferred removal; "
		"a fault here is an ACCEPT by one vCPU",
	.not_measured =
		"ACCEPTs that found the page accepted are among the faults; the zaps' own time",
	.substrate = CASE_TD,
	.layout = ORDER_SAME,
	.setup = fault_setup,
	.run = run,
	.check = check_removals,
	.metrics = metrics,
};

SEPT_CASES(&case_zap_vs_fault);
