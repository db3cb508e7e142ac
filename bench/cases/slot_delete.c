// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory slot goes; the guest_memfd keeps its pages. */
#include "common.h"

static void delete_slot(struct block *b)
{
	vm_delete_test_slot(&b->vm);
}

static void run(struct block *b)
{
	struct share until_free = zap_timed(b, delete_slot);

	zap_metrics(b, &until_free);
}

static const struct case_metric metrics[] = { ZAP_METRICS, { 0 } };

static const struct sept_case case_slot_delete = {
	.name = "slot-delete",
	.summary = "the memory slot of the populated range is deleted, vCPUs out of the guest",
	.measured =
		"KVM_SET_USER_MEMORY_REGION2 until it returns: KVM's zap of the slot and what a variant "
		"must finish before the slot is gone",
	.not_measured = "the freeing of the pages, which stay in the guest_memfd",
	.substrate = CASE_TD,
	.setup = zap_setup,
	.run = run,
	.check = zap_check,
	.metrics = metrics,
};

SEPT_CASES(&case_slot_delete);
