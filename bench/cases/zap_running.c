// SPDX-License-Identifier: GPL-2.0-or-later
/* The same hole, with every vCPU in the guest: each TRACK needs them out once. */
#include "common.h"

/* One page table: where vCPUs outnumber the host's CPUs a zapped page takes milliseconds. */
#define MAX_PAGES	512

static void run(struct block *b)
{
	struct share until_free, stall;

	block_spin_start(b);
	until_free = zap_timed(b, zap_punch);
	block_spin_stop(b);
	zap_metrics(b, &until_free);
	stall = block_spin_stall(b);
	/*
	 * How long a guest stands still is all that ran, whoever ran it: it is not split in parts.
	 */
	stall.told = false;
	block_share_metric(b, "guest_stall", &stall, 1, b->nr_vcpus);
}

static const struct case_metric metrics[] = {
	ZAP_METRICS,
	TIME("guest_stall", "", "lower", 0,
	     "longest turn of a vCPU's loop: how long it stood still; under count all CPUs' work, softtdx's too"),
	{ 0 }
};

static const struct sept_case case_zap_running = {
	.name = "zap-running",
	.summary = "as zap, with every vCPU spinning in the guest; at most 512 pages",
	.measured =
		"as zap, with real kicks: interrupts to the vCPUs' CPUs, TD exits, re-entries with a TLB "
		"flush; the longest time that a vCPU stood still meanwhile",
	.not_measured = "faults on what is being zapped: see zap-vs-fault",
	.substrate = CASE_TD,
	.max_pages = MAX_PAGES,
	.setup = zap_setup,
	.run = run,
	.check = zap_check,
	.metrics = metrics,
};

SEPT_CASES(&case_zap_running);
