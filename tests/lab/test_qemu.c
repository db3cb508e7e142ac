// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "qemu.h"

static char *text_of(const struct qemu_machine *m)
{
	struct qemu_args a;
	char *text;

	cr_assert_eq(qemu_args_fill(&a, m), 0);
	text = qemu_args_text(&a);
	qemu_args_free(&a);
	cr_assert_not_null(text);
	return text;
}

Test(qemu, count_clock_takes_nothing_from_outside)
{
	struct qemu_machine m = {
		.clock = BENCH_CLOCK_COUNT, .seed = 7, .smp = 3, .memory_mb = 2048
	};
	char *text = text_of(&m);

	cr_expect_not_null(strstr(text, "-accel tcg,thread=single -icount shift=0,sleep=off"));
	cr_expect_not_null(strstr(text, "-rtc base=2020-01-01,clock=vm -seed 7"));
	cr_expect_not_null(strstr(text, "ioeventfd=off"));
	cr_expect_not_null(strstr(text, "nokaslr"));
	cr_expect_not_null(strstr(text, "no_timer_check septbench_lapic_hz="));
	cr_expect_not_null(strstr(text, " lpj="));
	cr_expect_null(strchr(text, '/'), "a path in the recorded arguments: %s", text);
	free(text);
}

Test(qemu, wall_clock_runs_in_parallel)
{
	struct qemu_machine m = { .clock = BENCH_CLOCK_WALL, .smp = 2, .memory_mb = 2048 };
	char *text = text_of(&m);

	cr_expect_not_null(strstr(text, "-accel tcg,thread=multi"));
	cr_expect_null(strstr(text, "-icount"));
	cr_expect_null(strstr(text, " lpj="), "the host's TSC has a frequency of its own");
	free(text);
}

Test(qemu, numa_nodes_share_out_cpus_and_memory)
{
	struct qemu_machine m = {
		.clock = BENCH_CLOCK_WALL, .smp = 6, .numa = 2, .memory_mb = 2049
	};
	char *text = text_of(&m);

	cr_expect_not_null(strstr(text, "-smp 6,sockets=2,cores=3,threads=1"));
	cr_expect_not_null(strstr(text, "-m 2050M"));
	cr_expect_not_null(strstr(text, "size=1025M -numa node,nodeid=0,memdev=mem0,cpus=0-2"));
	cr_expect_not_null(strstr(text, "node,nodeid=1,memdev=mem1,cpus=3-5"));
	free(text);
}

Test(qemu, memory_follows_the_pages)
{
	cr_expect_eq(qemu_memory_mb(1024), 2048);
	cr_expect_geq(qemu_memory_mb(1 << 20), 3 * 4096 + 1024);
}
