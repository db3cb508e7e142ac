// SPDX-License-Identifier: GPL-2.0-or-later
/* Private to shared and back, and the guest takes its pages anew. */
#include "common.h"
#include "../ticks.h"

static void to_shared(struct block *b)
{
	vm_convert(&b->vm, false);
}

static void run(struct block *b)
{
	uint64_t t0, t1;
	double back;

	zap_metrics(b, zap_timed(b, to_shared));
	t0 = ticks_now();
	vm_convert(&b->vm, true);
	t1 = ticks_now();
	/* The timed part goes on: its events are those of all three steps. */
	block_walk_start(b, GUEST_F_ACCEPT | GUEST_F_TOUCH, 1);
	block_walk_stop(b);
	back = (double)block_time(b, t1 - t0) / (double)b->pages;
	block_metric(b, "to_private_insn_per_page", back, b->pages);
	block_metric(b, "to_private_ns_per_page", back, b->pages);
	block_fault_metrics(b);
}

static void check(struct block *b)
{
	block_expect(b, "seamcall.mem_page_remove.ok", (int64_t)b->pages);
	block_expect(b, "seamcall.mem_page_aug.ok", (int64_t)b->pages);
	block_expect(b, "softtdx.accept_ok", (int64_t)b->pages);
	check_removals(b);
	block_verify(b);
}

static const struct case_metric metrics[] = {
	ZAP_TIME_METRICS,
	INSN("to_private_insn_per_page", "insn/page", "lower", "the way back, until the call returns"),
	WALL("to_private_ns_per_page", "ns/page", "lower", "the way back, until the call returns"),
	/* Its median moves by half an instruction when the kernel is merely rebuilt. */
	FAULT_TIME_METRICS(INSN, WALL, WALL),
	FAULT_EVENT_METRICS(EVENT),
	TD_EVENT_METRICS(EVENT),
	RACE_METRICS,
	{ 0 }
};

const struct sept_case case_convert = {
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
