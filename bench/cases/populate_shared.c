// SPDX-License-Identifier: GPL-2.0-or-later
/* All vCPUs fault in the same page tables at the same time, never the same page. */
#include "common.h"

static const struct case_metric metrics[] = {
	FAULT_TIME_METRICS(METRIC_ANY, 0), FAULT_EVENT_METRICS(METRIC_COUNT),
	TD_EVENT_METRICS(METRIC_COUNT), RACE_METRICS,
	SEPT_EXITS(METRIC_COUNT), { 0 }
};

static const struct sept_case case_populate_shared = {
	.name = "populate-shared",
	.summary = "vCPU i accepts and touches pages i, i+n, ...: all work in the same page tables",
	.measured =
		"as populate, with vCPUs that meet at the SEPT.ADD of each table and in its cache lines",
	.not_measured = "vCPUs that meet at one page: see same-page",
	.substrate = CASE_TD,
	.layout = ORDER_INTERLEAVED,
	.setup = fault_setup,
	.run = fault_run_td,
	.check = fault_check_td,
	.metrics = metrics,
};

SEPT_CASES(&case_populate_shared);
