// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A Linux kernel, as a distribution built it, has booted as a TD, and its init has something to do:
 * that is timed.
 */
#include "common.h"

#define TOUCH_MIB	64
#define FORKS		64
#define RELOADS		15
#define QUOTE_PAGES	32	/* tdx-guest's buffer, which is shared with the host */
#define TEXT_(n)	#n
#define TEXT(n)		TEXT_(n)

#define PAGES_PER_MIB	256

#define PART_TIME \
	TIME("part_time", "", "lower", METRIC_WALL, \
	     "from the begin of the phase to its end: the guest's, KVM's and the driver's time"), \
	TIME("kvm_time", "", "lower", 0, \
	     "of that what was neither the guest's nor the module's nor waiting; one vCPU")

static const struct case_metric accept_metrics[] = {
	PART_TIME,
	LINUX_EVENT_METRICS,
	{ .name = "unaccepted_before", .unit = "KiB", .better = "none", .class = METRIC_BOUNDED,
	  .clock = METRIC_ANY, .counters = "guest.unaccepted_before",
	  .help = "memory that Linux had not accepted yet, as /proc/meminfo tells" },
	{ .name = "unaccepted_after", .unit = "KiB", .better = "none", .class = METRIC_BOUNDED,
	  .clock = METRIC_ANY, .counters = "guest.unaccepted_after",
	  .help = "the same when the pages were touched" },
	KERNEL_METRICS("part"),
	{ 0 }
};

static const struct case_metric metrics[] = {
	PART_TIME, LINUX_EVENT_METRICS, KERNEL_METRICS("part"), { 0 }
};

/* Half of what is touched at least was new to the TD, or the case shows nothing. */
static void check_accepts(struct block *b)
{
	check_removals(b);
	block_expect_at_least(b, "softtdx.accept_ok", TOUCH_MIB / 2 * PAGES_PER_MIB);
	block_expect_alike(b, "seamcall.mem_page_aug.ok", "softtdx.accept_ok");
}

static const struct sept_case case_accept_runtime = {
	.name = "accept-runtime",
	.summary = "a process of a booted Linux touches " TEXT(TOUCH_MIB) " MiB more than is accepted",
	.measured =
		"the process' page faults in the guest, and what Linux' page allocator ACCEPTs for "
		"them, in units of its own choice: EPT violations, AUGs, SEPT.ADDs",
	.not_measured =
		"the boot before it, and the touching of what is accepted already: their counters are in "
		"phase.*",
	.substrate = CASE_TD,
	.by_name = true,
	.linux_mib = 1024,
	.linux_work = true,
	.linux_words = "septbench.touch=" TEXT(TOUCH_MIB),
	.linux_part = "work",
	.run = block_boot,
	.check = check_accepts,
	.metrics = accept_metrics,
};

static void check_forks(struct block *b)
{
	check_removals(b);
	block_expect(b, "guest.forks", FORKS);
}

static const struct sept_case case_fork_exec = {
	.name = "fork-exec",
	.summary = "a process of a booted Linux makes " TEXT(FORKS) " others, one by one, which execute a program",
	.measured =
		"fork(), execve() of a small static program and its exit: exits of the TD for timers "
		"and, with several vCPUs, for IPIs; ACCEPTs where memory is new",
	.not_measured = "the boot before it, whose counters are in phase.*",
	.substrate = CASE_TD,
	.by_name = true,
	.linux_mib = 256,
	.linux_work = true,
	.linux_words = "septbench.fork=" TEXT(FORKS),
	.linux_part = "work",
	.run = block_boot,
	.check = check_forks,
	.metrics = metrics,
};

static void check_loads(struct block *b)
{
	check_removals(b);
	block_expect(b, "guest.loads", 1 + RELOADS);
	block_expect(b, "guest.converted_pages", QUOTE_PAGES * (1 + 2 * RELOADS));
}

static const struct sept_case case_module_load = {
	.name = "module-load",
	.summary =
		"a booted Linux loads its driver of TDs, and " TEXT(RELOADS) " times more after removing it",
	.measured =
		"finit_module() and delete_module() of tdx-guest: what Linux does for a module's text, and "
		"the driver's buffer of 32 pages made shared and private again each time: hot pages",
	.not_measured = "the boot before it, whose counters are in phase.*",
	.substrate = CASE_TD,
	.by_name = true,
	.linux_mib = 256,
	.linux_work = true,
	.linux_modules = true,
	.linux_words = "septbench.load=" TEXT(RELOADS),
	.linux_part = "work",
	.run = block_boot,
	.check = check_loads,
	.metrics = metrics,
};

SEPT_CASES(&case_accept_runtime, &case_fork_exec, &case_module_load);
