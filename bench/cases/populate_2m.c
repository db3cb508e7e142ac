// SPDX-License-Identifier: GPL-2.0-or-later
/* Every vCPU accepts its own part of the range by 2M. */
#include "common.h"

/* However KVM maps it, each entry is added once and accepted once. */
static void check(struct block *b)
{
	int64_t leaves = block_new_leaves(b);

	block_expect_mapped_large(b, (int64_t)(b->pages * b->small_pages));
	block_expect(b, "seamcall.mem_page_aug.ok", leaves);
	block_expect(b, "softtdx.accept_ok", leaves);
	block_verify(b);
}

static const struct case_metric metrics[] = {
	FAULT_TIME_METRICS(METRIC_WALL, 0), FAULT_EVENT_METRICS(METRIC_COUNT),
	TD_EVENT_METRICS(METRIC_COUNT), RACE_METRICS,
	SEPT_EXITS(METRIC_COUNT), { 0 }
};

static const struct sept_case case_populate_2m = {
	.name = "populate-2m",
	.summary = "each vCPU accepts its own memory by 2M and writes all of it; a fault is 2M",
	.measured =
		"as populate, from the ACCEPT of 2M until each of the 512 pages is written. Where KVM "
		"maps 4K, the module says TDX_PAGE_SIZE_MISMATCH and the guest accepts them one by one",
	.not_measured = "pages that KVM does not map by 2M because the host has none; pages of 1G",
	.substrate = CASE_TD,
	.by_name = true,
	.large = true,
	.setup = fault_setup,
	.run = fault_run_td,
	.check = check,
	.metrics = metrics,
};

SEPT_CASES(&case_populate_2m);
