// SPDX-License-Identifier: GPL-2.0-or-later
/* All vCPUs accept the same memory, one by 2M and the next by 4K. */
#include "common.h"

/*
 * Whoever is first, what was added is there, and a split makes 512 of one. It may come after
 * somebody has accepted the 2M: then the 512 have been.
 */
static void check(struct block *b)
{
	int64_t made = (GUEST_LARGE_PAGES - 1) * block_counter(b, "seamcall.mem_page_demote.ok");
	int64_t added = block_new_leaves(b) - made;

	block_expect_mapped_large(b, (int64_t)(b->pages * b->small_pages));
	block_expect(b, "seamcall.mem_page_aug.ok", added);
	block_expect_at_least(b, "softtdx.accept_ok", added);
	block_verify(b);
}

static const struct case_metric metrics[] = {
	FAULT_TIME_METRICS(0, METRIC_WALL), FAULT_EVENT_METRICS(0),
	TD_EVENT_METRICS(0), RACE_METRICS,
	SEPT_EXITS(0),
	SCHEDULE_EVENT("already_per_fault", "1/fault", "guest.accept_already",
		       "ACCEPTs of what another vCPU had accepted"),
	SCHEDULE_EVENT("demotes_per_fault", "1/fault", "seamcall.mem_page_demote.*",
		       "TDH.MEM.PAGE.DEMOTE, interrupted ones too"),
	{ 0 }
};

static const struct sept_case case_same_2m = {
	.name = "same-2m",
	.summary =
		"all vCPUs accept and write the same memory, those of odd number by 4K; a fault is 2M",
	.measured =
		"as populate-2m, with vCPUs that differ about the size: what KVM has mapped by 2M may be "
		"accepted by 4K before anybody has accepted it",
	.not_measured = "guests that agree with themselves: see populate-2m",
	.substrate = CASE_TD,
	.by_name = true,
	.large = true,
	.mixed = true,
	.layout = ORDER_SAME,
	.setup = fault_setup,
	.run = fault_run_td,
	.check = check,
	.metrics = metrics,
};

SEPT_CASES(&case_same_2m);
