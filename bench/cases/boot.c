// SPDX-License-Identifier: GPL-2.0-or-later
/* A Linux kernel, as a distribution built it, boots as a TD. */
#include "common.h"

/* Counts of the whole boot: what Linux does is given, and the host's part follows. */
static const struct case_metric metrics[] = {
	TIME("boot_time", "", "lower", METRIC_WALL,
	     "from the first VP.ENTER to the end mark: the guest's, KVM's and the driver's time"),
	TIME("kvm_time", "", "lower", 0,
	     "of that what was neither the guest's nor the module's nor waiting; one vCPU"),
	EVENT("augs", "call", "seamcall.mem_page_aug.*", "TDH.MEM.PAGE.AUG, failed ones too"),
	EVENT("sept_adds", "call", "seamcall.mem_sept_add.*", "TDH.MEM.SEPT.ADD, failed ones too"),
	EVENT("accepted_pages", "page", "softtdx.accept_ok", "ACCEPTs that succeeded"),
	EVENT("accept_calls", "call", "softtdx.accept", "all ACCEPTs"),
	EVENT("blocks", "call", "seamcall.mem_range_block.*", "TDH.MEM.RANGE.BLOCK"),
	EVENT("tracks", "call", TRACKS, "TDH.MEM.TRACK, failed ones too"),
	EVENT("kicks", "call", KICKS, "times TDX asked all vCPUs out of the guest"),
	EVENT("removes", "call", "seamcall.mem_page_remove.*", "TDH.MEM.PAGE.REMOVE"),
	SCHEDULE_EVENT("kicks_inside", "vcpu", "softtdx.kick_inside",
		       "vCPUs that those kicks found in the guest"),
	SCHEDULE_EVENT("epoch_flushes", "flush", "softtdx.epoch_flush",
		       "entries that flushed for a new TLB epoch"),
	SCHEDULE_EVENT("td_exits", "exit", "softtdx.td_exit", "exits of the TD, timer ticks too"),
	SCHEDULE_EVENT("exits_vmcall", "exit", "softtdx.exit_tdvmcall", "of those: TDVMCALLs"),
	SCHEDULE_EVENT("exits_ept", "exit",
		       "softtdx.exit_ept_private softtdx.exit_ept_accept",
		       "of those: EPT violations on private memory, ACCEPT's too"),
	SCHEDULE_EVENT("exits_interrupt", "exit", "softtdx.exit_intr",
		       "of those: interrupts of the host, also those that post the guest's"),
	SCHEDULE_EVENT("tdcalls", "call", "softtdx.tdcall", "TDCALLs of any leaf"),
	SCHEDULE_EVENT("ves", "event", "softtdx.ve", "#VEs that the guest got"),
	SCHEDULE_EVENT("interrupts", "event", "softtdx.irq", "interrupts that the guest took"),
	ABSOLUTE("converted_pages", "page", "pages converted, in either direction"),
	ABSOLUTE("user_exits", "exit", "exits of KVM_RUN to the driver"),
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

SEPT_CASES(&case_boot_lazy, &case_boot_eager);
