// SPDX-License-Identifier: GPL-2.0-or-later
/* A hole in the guest_memfd takes the whole range from a TD whose vCPUs are out of the guest. */
#include "common.h"

static void run(struct block *b)
{
	struct share until_free = zap_timed(b, zap_punch);

	zap_metrics(b, &until_free);
}

static const struct case_metric metrics[] = { ZAP_METRICS, { 0 } };

static const struct sept_case case_zap = {
	.name = "zap",
	.summary =
		"the whole populated range is punched out of the guest_memfd, vCPUs out of the guest",
	.measured =
		"fallocate(PUNCH_HOLE) until it returns: KVM's zap, BLOCK, TRACK and kick, REMOVE, "
		"WBINVD, and the freeing of the pages; and until the last page is FREE, which is "
		"later in variants that defer work. With 512 pages and more the hole covers "
		"whole page tables, which some variants remove too",
	.not_measured =
		"vCPUs that must be thrown out of the guest: see zap-running",
	.substrate = CASE_TD,
	.setup = zap_setup,
	.run = run,
	.check = zap_check,
	.metrics = metrics,
};

SEPT_CASES(&case_zap);
