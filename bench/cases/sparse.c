// SPDX-License-Identifier: GPL-2.0-or-later
/* One page in each 2M: every fault needs a page table first. */
#include "common.h"

#define STRIDE	512

static const struct case_metric metrics[] = {
	FAULT_TIME_METRICS(METRIC_ANY, 0), FAULT_EVENT_METRICS(METRIC_COUNT),
	TD_EVENT_METRICS(METRIC_COUNT), RACE_METRICS, SEPT_EXITS(METRIC_COUNT), { 0 }
};

static const struct sept_case case_sparse = {
	.name = "sparse",
	.summary = "as populate, with one page in each 2M of the range: at least one SEPT.ADD per fault",
	.measured = "as populate, and the allocation of a page table and its S-EPT page per fault",
	.not_measured = "tables above the lowest, of which there is one per 512 faults",
	.substrate = CASE_TD,
	.many_tds = true,
	.stride = STRIDE,
	.setup = fault_setup,
	.run = fault_run_td,
	.check = fault_check_td,
	.metrics = metrics,
};

SEPT_CASES(&case_sparse);
