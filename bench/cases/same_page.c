// SPDX-License-Identifier: GPL-2.0-or-later
/* All vCPUs fault the same page at the same time, page after page. */
#include "common.h"

static const struct case_metric metrics[] = {
	/*
	 * Its median is of two kinds of touch, the one that finds the page accepted and the other:
	 * not to gate on.
	 */
	FAULT_TIME_METRICS(0, METRIC_WALL),
	FAULT_EVENT_METRICS(METRIC_COUNT),
	TD_EVENT_METRICS(METRIC_COUNT),
	RACE_METRICS,
	SEPT_EXITS(0),
	{ .name = "already_per_fault",
	  .unit = "1/fault",
	  .better = "none",
	  .clock = METRIC_ANY,
	  .counters = "guest.accept_already",
	  .help = "pages that another vCPU had accepted first" },
	{ 0 }
};

static const struct sept_case case_same_page = {
	.name = "same-page",
	.summary = "every vCPU accepts and touches every page, all in the same order",
	.measured =
		"races for one SPTE: frozen SPTEs, lost cmpxchgs, BUSY entries; a fault here is a touch "
		"by one vCPU, so there are as many as pages times vCPUs",
	.not_measured =
		"touches that found the page accepted are among the faults; already_per_fault says "
		"how many",
	.substrate = CASE_TD,
	.layout = ORDER_SAME,
	.setup = fault_setup,
	.run = fault_run_td,
	.check = fault_check_td,
	.metrics = metrics,
};

SEPT_CASES(&case_same_page);
