// SPDX-License-Identifier: GPL-2.0-or-later
/* The same hole, with every vCPU in the guest: each TRACK needs them out once. */
#include "common.h"

static void run(struct block *b)
{
	block_spin_start(b);
	zap_range(b);
	block_spin_stop(b);
}

static const struct case_metric metrics[] = { ZAP_METRICS, { 0 } };

const struct sept_case case_zap_running = {
	.name = "zap-running",
	.summary = "as zap, with every vCPU spinning in the guest on memory of its own",
	.measured =
		"as zap, with real kicks: interrupts to the vCPUs' CPUs, TD exits, re-entries with a TLB flush",
	.not_measured = "how long the vCPUs stand still; faults on what is being zapped",
	.substrate = CASE_TD,
	.setup = zap_setup,
	.run = run,
	.check = zap_check,
	.metrics = metrics,
};
