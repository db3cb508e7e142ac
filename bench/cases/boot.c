// SPDX-License-Identifier: GPL-2.0-or-later
/* A Linux kernel, as a distribution built it, boots as a TD. */
#include "common.h"

/* Counts of the whole boot: what Linux does is given, and the host's part follows. */
static const struct case_metric metrics[] = {
	TIME("boot_time", "", "lower", METRIC_WALL,
	     "from the first VP.ENTER to the end mark: the guest's, KVM's and the driver's time"),
	TIME("kvm_time", "", "lower", 0,
	     "of that what was neither the guest's nor the module's nor waiting; one vCPU"),
	LINUX_EVENT_METRICS,
	{ 0 }
};

static const struct sept_case case_boot_lazy = {
	.name = "boot-lazy",
	.summary = "a stock Linux boots to its init and accepts memory as it needs it",
	.measured =
		"from the first VP.ENTER to the init's end mark: the kernel's own "
		"set-up, ACCEPT of what it uses, SWIOTLB's conversion to shared memory",
	.not_measured =
		"creation of the TD and PAGE.ADD of kernel and initrd; firmware, which there is none of; "
		"devices but a serial port",
	.substrate = CASE_TD,
	.by_name = true,
	.linux_mib = 256,
	.run = block_boot,
	.check = check_removals,
	.metrics = metrics,
};

static const struct sept_case case_boot_eager = {
	.name = "boot-eager",
	.summary = "the same, but all memory is accepted before the kernel starts, by all vCPUs",
	.measured =
		"ACCEPT of all memory in chunks of 4 MiB that the vCPUs share, then the kernel as in "
		"boot-lazy",
	.not_measured =
		"creation of the TD and PAGE.ADD of kernel and initrd; firmware, which there is none of; "
		"devices but a serial port",
	.substrate = CASE_TD,
	.by_name = true,
	.linux_mib = 256,
	.linux_eager = true,
	.run = block_boot,
	.check = check_removals,
	.metrics = metrics,
};

/* Are all vCPUs the guest's, and does each run a process? */
static void check_cpus(struct block *b)
{
	check_removals(b);
	block_expect(b, "guest.cpus", (int64_t)b->nr_vcpus);
}

static const struct sept_case case_boot_smp = {
	.name = "boot-smp",
	.summary = "as boot-lazy, and then a process runs on each vCPU in turn; with --vcpus 1,2,4,8,16",
	.measured =
		"from the first VP.ENTER to the init's end mark: boot-lazy, in which the vCPUs that "
		"are not started yet spin in the guest, and a process that moves from vCPU to vCPU",
	.not_measured =
		"creation of the TD and PAGE.ADD of kernel and initrd; firmware, which there is none of; "
		"parallel work: under count vCPUs take turns",
	.substrate = CASE_TD,
	.by_name = true,
	.linux_mib = 256,
	.linux_work = true,
	.linux_words = "septbench.cpus",
	.run = block_boot,
	.check = check_cpus,
	.metrics = metrics,
};

SEPT_CASES(&case_boot_lazy, &case_boot_eager, &case_boot_smp);
