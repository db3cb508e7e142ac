// SPDX-License-Identifier: GPL-2.0-or-later
/* A hole in the guest_memfd takes the whole range from a TD whose vCPUs are out of the guest. */
#include "common.h"

static const struct case_metric metrics[] = { ZAP_METRICS, { 0 } };

const struct sept_case case_zap = {
	.name = "zap",
	.summary =
		"the whole populated range is punched out of the guest_memfd, vCPUs out of the guest",
	.measured =
		"fallocate(PUNCH_HOLE) until it returns: KVM's zap, BLOCK, TRACK and kick, REMOVE, "
		"WBINVD, and the freeing of the pages",
	.not_measured =
		"vCPUs that must be thrown out of the guest: see zap-running; removal of page tables, "
		"which KVM keeps while the TD lives",
	.substrate = CASE_TD,
	.setup = zap_setup,
	.run = zap_range,
	.check = zap_check,
	.metrics = metrics,
};
