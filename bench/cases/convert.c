// SPDX-License-Identifier: GPL-2.0-or-later
/* Private to shared and back, and the guest takes its pages anew. */
#include "common.h"

static void to_shared(struct block *b)
{
	vm_convert(&b->vm, false);
}

static void run(struct block *b)
{
	struct share until_free = zap_timed(b, to_shared), back;
	struct block_reading start, end;

	zap_metrics(b, &until_free);
	start = block_read_start(b);
	vm_convert(&b->vm, true);
	end = block_read_end(b);
	back = block_stretch(b, &start, &end, true);
	/* The timed part goes on: its events are those of all three steps. */
	block_walk_start(b, GUEST_F_ACCEPT | GUEST_F_TOUCH, 1);
	block_walk_stop(b);
	block_share_metric(b, "to_private_per_page", &back, (double)b->pages, b->pages);
	block_fault_metrics(b);
}

static void check(struct block *b)
{
	block_expect(b, "seamcall.mem_page_remove.ok", (int64_t)b->pages);
	block_expect(b, "seamcall.mem_page_aug.ok", (int64_t)b->pages);
	block_expect(b, "softtdx.accept_ok", (int64_t)b->pages);
	block_expect_mapped(b, 0);
	check_removals(b);
	block_verify(b);
}

static const struct case_metric metrics[] = {
	ZAP_TIME_METRICS,
	TIME("to_private_per_page", "/page", "lower", 0, "the way back, until the call returns"),
	/* Its median moves by half an instruction when the kernel is merely rebuilt. */
	FAULT_TIME_METRICS(0, 0),
	FAULT_EVENT_METRICS(METRIC_COUNT),
	TD_EVENT_METRICS(METRIC_COUNT),
	RACE_METRICS,
	{ 0 }
};

static const struct sept_case case_convert = {
	.name = "convert",
	.summary =
		"the populated range is made shared, then private again, then accepted and touched anew",
	.measured =
		"KVM_SET_MEMORY_ATTRIBUTES to shared (zap_*), to private (to_private_*), and the faults "
		"after it (fault_*), whose pages are still in the guest_memfd; events are of all three",
	.not_measured = "the guest's request (MapGPA); use of the pages while they are shared",
	.substrate = CASE_TD,
	.setup = zap_setup,
	.run = run,
	.check = check,
	.metrics = metrics,
};

SEPT_CASES(&case_convert);
