// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "root.h"

void fake_machine(void)
{
	static char dir[64];

	strcpy(dir, "/tmp/septbench-host.XXXXXX");
	cr_assert(mkdtemp(dir));
	setenv("SEPTBENCH_ROOT", dir, 1);
	fake_file("/proc/sys/kernel/random/boot_id", "a-boot\n");
	fake_file("/run/x", "");
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void fake_end(void)
{
	nftw(getenv("SEPTBENCH_ROOT"), forget, 16, FTW_DEPTH | FTW_PHYS);
}

void fake_file(const char *path, const char *text)
{
	char file[HOST_PATH];
	FILE *f;

	root_path(file, path);
	for (char *at = file + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = 0;
		mkdir(file, 0755);
	}
	f = fopen(file, "w");
	cr_assert(f, "%s", file);
	fputs(text, f);
	fclose(f);
}

const char *fake_read(const char *path)
{
	static char text[HOST_TEXT];

	root_read(path, text);
	return text;
}

static const char *const untuned[][2] = {
	{ FAKE_CPU "cpu0/cpufreq/scaling_governor", "powersave" },
	{ FAKE_CPU "cpu1/cpufreq/scaling_governor", "schedutil" },
	{ FAKE_CPU "intel_pstate/no_turbo", "0" },
	{ FAKE_CPU "cpu0/cpuidle/state0/disable", "0" },
	{ FAKE_CPU "cpu0/cpuidle/state1/disable", "0" },
	{ FAKE_CPU "cpu1/cpuidle/state0/disable", "0" },
	{ FAKE_CPU "cpu1/cpuidle/state1/disable", "1" },
	{ "/proc/sys/kernel/numa_balancing", "1" },
};

void fake_untuned(void)
{
	static const char *const rest[][2] = {
		{ FAKE_CPU "cpu0/cpuidle/state0/name", "C1" },
		{ FAKE_CPU "cpu0/cpuidle/state0/latency", "2" },
		{ FAKE_CPU "cpu0/cpuidle/state1/name", "C6" },
		{ FAKE_CPU "cpu0/cpuidle/state1/latency", "133" },
		{ FAKE_CPU "cpu1/cpuidle/state0/name", "C1" },
		{ FAKE_CPU "cpu1/cpuidle/state0/latency", "2" },
		{ FAKE_CPU "cpu1/cpuidle/state1/name", "C6" },
		{ FAKE_CPU "cpu1/cpuidle/state1/latency", "133" },
		{ "/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never" },
	};

	for (size_t i = 0; i < sizeof(untuned) / sizeof(untuned[0]); i++)
		fake_file(untuned[i][0], untuned[i][1]);
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		fake_file(rest[i][0], rest[i][1]);
}

void fake_expect_untuned(void)
{
	for (size_t i = 0; i < sizeof(untuned) / sizeof(untuned[0]); i++)
		cr_assert_str_eq(fake_read(untuned[i][0]), untuned[i][1], "%s", untuned[i][0]);
	/* A plain file has no brackets; the kernel's file would show the same choice. */
	cr_assert(strstr(fake_read("/sys/kernel/mm/transparent_hugepage/enabled"), "always"));
}
