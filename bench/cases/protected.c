// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control arms beside `plain`: zaps of an ordinary VM, and faults, zaps and conversions of a
 * software-protected VM, which has a guest_memfd and memory attributes like a TD and no S-EPT. No
 * variant may change what they do.
 */
#include "common.h"

static const struct case_metric fault_metrics[] = {
	FAULT_TIME_METRICS(0, 0), FAULT_EVENT_METRICS(METRIC_COUNT), { 0 }
};

static const struct sept_case case_protected = {
	.name = "protected",
	.summary = "the pages of populate, touched in a software-protected VM: guest_memfd, no S-EPT",
	.measured =
		"VM exit, KVM's fault of a private page, its allocation and clearing by the guest_memfd, "
		"re-entry, first write",
	.not_measured = "anything of TDX",
	.substrate = CASE_PROTECTED,
	.setup = fault_setup,
	.run = fault_run,
	.check = block_verify,
	.metrics = fault_metrics,
};

static const struct case_metric zap_metric_table[] = { PLAIN_ZAP_METRICS, { 0 } };

static void discard(struct block *b)
{
	vm_discard(&b->vm);
}

static void run_plain_zap(struct block *b)
{
	struct share until_free = zap_timed(b, discard);

	zap_metrics(b, &until_free);
}

static const struct sept_case case_plain_zap = {
	.name = "plain-zap",
	.summary = "the populated memory of an ordinary VM is replaced by new, vCPUs out of the guest",
	.measured = "mmap(MAP_FIXED) over the memory until it returns: KVM's MMU notifier, and the host's work",
	.not_measured = "anything of TDX; guest_memfd",
	.substrate = CASE_PLAIN,
	.setup = zap_setup,
	.run = run_plain_zap,
	.check = block_verify_gone,
	.metrics = zap_metric_table,
};

static void run_zap(struct block *b)
{
	struct share until_free = zap_timed(b, zap_punch);

	zap_metrics(b, &until_free);
}

static const struct sept_case case_protected_zap = {
	.name = "protected-zap",
	.summary = "the populated range of a software-protected VM is punched out of its guest_memfd",
	.measured = "fallocate(PUNCH_HOLE) until it returns: KVM's zap and the freeing of the pages",
	.not_measured = "anything of TDX",
	.substrate = CASE_PROTECTED,
	.setup = zap_setup,
	.run = run_zap,
	.check = block_verify_gone,
	.metrics = zap_metric_table,
};

static void to_shared(struct block *b)
{
	vm_convert(&b->vm, false);
}

/* As in `convert`: the pages stay in the guest_memfd, and are faulted in anew. */
static void run_convert(struct block *b)
{
	struct share until_free = zap_timed(b, to_shared);

	zap_metrics(b, &until_free);
	vm_convert(&b->vm, true);
	block_walk_start(b, GUEST_F_TOUCH, 1);
	block_walk_stop(b);
	block_fault_metrics(b);
}

static const struct case_metric convert_metrics[] = {
	PLAIN_ZAP_METRICS, FAULT_TIME_METRICS(0, 0), FAULT_EVENT_METRICS(METRIC_COUNT), { 0 }
};

static const struct sept_case case_protected_convert = {
	.name = "protected-convert",
	.summary = "a software-protected VM's range is made shared, then private again, then touched anew",
	.measured =
		"KVM_SET_MEMORY_ATTRIBUTES to shared (zap_*), and after the way back the faults (fault_*); "
		"events are of all three",
	.not_measured = "anything of TDX; the way back to private",
	.substrate = CASE_PROTECTED,
	.setup = zap_setup,
	.run = run_convert,
	.check = block_verify,
	.metrics = convert_metrics,
};

SEPT_CASES(&case_plain_zap, &case_protected, &case_protected_zap, &case_protected_convert);
