// SPDX-License-Identifier: GPL-2.0-or-later
/* The control arm: what the same faults cost in an ordinary VM. */
#include "common.h"

static const struct case_metric metrics[] = {
	FAULT_TIME_METRICS(0, 0), FAULT_EVENT_METRICS(METRIC_COUNT), { 0 }
};

static const struct sept_case case_plain = {
	.name = "plain",
	.summary = "the pages of populate, touched in an ordinary VM: no S-EPT, no mirror",
	.measured =
		"VM exit, KVM's fault, allocation and clearing of anonymous memory by the host, re-entry, "
		"first write",
	.not_measured = "anything of TDX; guest_memfd, in whose place there is anonymous memory",
	.substrate = CASE_PLAIN,
	.setup = fault_setup,
	.run = fault_run,
	.check = block_verify,
	.metrics = metrics,
};

SEPT_CASES(&case_plain);
