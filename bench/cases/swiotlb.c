// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linux makes its bounce buffers shared when it boots, in calls of at most 2 MiB: the one large
 * conversion of every TD's life. The vCPUs that are not started yet spin in the guest meanwhile.
 */
#include "common.h"

static const struct case_metric metrics[] = {
	TIME("part_time", "", "lower", METRIC_WALL,
	     "from the first conversion to the next exit of another kind: all that ran"),
	TIME("kvm_time", "", "lower", 0,
	     "of that what was neither the guest's nor the module's nor waiting; one vCPU"),
	LINUX_EVENT_METRICS, KERNEL_METRICS("part"), { 0 }
};

/* Each page is taken from the guest once. */
static void check(struct block *b)
{
	check_removals(b);
	block_expect_at_least(b, "guest.converted_pages", 1);
	block_expect(b, "seamcall.mem_page_remove.ok", block_counter(b, "guest.converted_pages"));
}

/* Linux counts its buffers in slabs of 2 KiB; unless told, a TD of this size has 64 MiB of them. */
#define SWIOTLB(var, suffix, mib, slabs, memory) \
	static const struct sept_case var = { \
		.name = "swiotlb" suffix, \
		.summary = "a stock Linux makes " mib " MiB of bounce buffers shared as it boots", \
		.measured = \
			"from the first conversion to the next exit of another kind: MapGPA of 2 MiB " \
			"at a time, KVM_SET_MEMORY_ATTRIBUTES, the hole in the guest_memfd; vCPUs that " \
			"are not started yet spin in the guest", \
		.not_measured = "use of the buffers; the boot before, whose counters are in phase.*", \
		.substrate = CASE_TD, \
		.by_name = true, \
		.linux_mib = memory, \
		.linux_words = slabs, \
		.linux_part = "swiotlb", \
		.run = block_boot, \
		.check = check, \
		.metrics = metrics, \
	}

SWIOTLB(swiotlb_8, "-8", "8", "swiotlb=4096", 256);
SWIOTLB(swiotlb_64, "", "64", "", 256);
SWIOTLB(swiotlb_128, "-128", "128", "swiotlb=65536", 512);

SEPT_CASES(&swiotlb_8, &swiotlb_64, &swiotlb_128);
