// SPDX-License-Identifier: GPL-2.0-or-later
/* Every vCPU faults its own part of the range. */
#include "common.h"

static const struct case_metric metrics[] = {
	FAULT_TIME_METRICS(METRIC_ANY, 0), FAULT_EVENT_METRICS(METRIC_COUNT),
	TD_EVENT_METRICS(METRIC_COUNT), RACE_METRICS,
	SEPT_EXITS(METRIC_COUNT), { 0 }
};

static const struct sept_case case_populate = {
	.name = "populate",
	.summary = "each vCPU accepts and touches its own pages, in random order",
	.measured =
		"TD exit, KVM's fault with guest_memfd allocation and clearing, SEPT.ADD, PAGE.AUG, "
		"re-entry, ACCEPT, first write",
	.not_measured =
		"creation of the TD, its vCPUs and threads; page sizes above 4K, which KVM does not "
		"map for a TD",
	.substrate = CASE_TD,
	.many_tds = true,
	.setup = fault_setup,
	.run = fault_run_td,
	.check = fault_check_td,
	.metrics = metrics,
};

SEPT_CASES(&case_populate);
