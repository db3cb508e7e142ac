// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of events, on a tracefs of our own making. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include "events.h"

static struct events es;
static char root[] = "/tmp/septbench-events.XXXXXX";

static void add_file(const char *system, const char *name, const char *id)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/events", root);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/events/%s", root, system);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/events/%s/%s", root, system, name);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/events/%s/%s/id", root, system, name);
	f = fopen(path, "we");
	cr_assert_not_null(f);
	fputs(id, f);
	fclose(f);
}

static void enter(void)
{
	cr_assert_not_null(mkdtemp(root));
	add_file("kvm", "kvm_exit", "101\n");
	add_file("kvm", "kvm_entry", "102\n");
	add_file("kvmmmu", "kvm_mmu_set_spte", "203\n");
	add_file("ftrace", "function", "nothing that perf could count\n");
}

static void leave(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(events, .init = enter, .fini = leave);

static void resolve(const char *list)
{
	char bad[EVENT_NAME_LEN];

	cr_assert(events_valid(list, bad), "%s", bad);
	cr_assert_eq(events_resolve(&es, list, root), 0);
}

Test(events, names_have_the_kernels_numbers)
{
	resolve("cycles,dTLB-load-misses,page-faults,r01c2,kvm:kvm_exit");
	cr_assert_eq(es.nr, 5);
	cr_assert_eq(es.e[0].type, PERF_TYPE_HARDWARE);
	cr_assert_eq(es.e[0].config, PERF_COUNT_HW_CPU_CYCLES);
	cr_assert_eq(es.e[1].type, PERF_TYPE_HW_CACHE);
	cr_assert_eq(es.e[1].config, 3 | 0 << 8 | 1 << 16);
	cr_assert_eq(es.e[2].type, PERF_TYPE_SOFTWARE);
	cr_assert_eq(es.e[3].type, PERF_TYPE_RAW);
	cr_assert_eq(es.e[3].config, 0x1c2);
	cr_assert_eq(es.e[4].type, PERF_TYPE_TRACEPOINT);
	cr_assert_eq(es.e[4].config, 101);
	for (size_t i = 0; i < es.nr; i++)
		cr_assert_str_eq(es.e[i].absent, "");
}

Test(events, patterns_take_what_is_there_once_and_in_order)
{
	resolve("kvm:kvm_exit,kvm*:*");
	cr_assert_eq(es.nr, 3);
	cr_assert_str_eq(es.e[0].name, "kvm:kvm_exit");
	cr_assert_str_eq(es.e[1].name, "kvm:kvm_entry");
	cr_assert_str_eq(es.e[2].name, "kvmmmu:kvm_mmu_set_spte");
	cr_assert(es.e[1].by_pattern);
	cr_assert_not(es.e[0].by_pattern);
}

Test(events, what_was_named_is_shown_even_if_a_pattern_has_it_too)
{
	resolve("kvm:*,kvm:kvm_exit");
	cr_assert_eq(es.nr, 2);
	cr_assert_str_eq(es.e[1].name, "kvm:kvm_exit");
	cr_assert_not(es.e[1].by_pattern);
	cr_assert(es.e[0].by_pattern);
}

Test(events, what_this_kernel_has_not_says_so)
{
	resolve("tlb:tlb_flush,ipi:*,ftrace:function");
	cr_assert_eq(es.nr, 3);
	for (size_t i = 0; i < es.nr; i++)
		cr_assert_not_null(strstr(es.e[i].absent, "no such tracepoint"), "%s: %s",
				   es.e[i].name, es.e[i].absent);
	cr_assert_eq(events_resolve(&es, "kvm:kvm_exit", "/nonexistent"), 0);
	cr_assert_eq(es.nr, 1);
	cr_assert_not_null(strstr(es.e[0].absent, "no tracefs"));
}

Test(events, bad_entries_are_named)
{
	static const char * const bad[] = {
		"", "cycle", "cycles,", "kvm", "kvm:", ":kvm_exit", "kvm:kvm_exit:u",
		"../etc:passwd",
		"kvm:../../x", "r", "rxyz", "r0123456789abcdef0", "cycles instructions",
	};
	char long_one[200], which[EVENT_NAME_LEN];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(events_valid(bad[i], which), "\"%s\" was taken", bad[i]);
	cr_assert_not(events_valid("cycles,nonsense,branches", which));
	cr_assert_str_eq(which, "nonsense");
	memset(long_one, 'a', sizeof(long_one));
	memcpy(long_one, "kvm:", 4);
	long_one[199] = 0;
	cr_assert_not(events_valid(long_one, which));
}

Test(events, too_many_is_an_error)
{
	char name[32], id[32];

	for (int i = 0; i <= EVENTS_MAX; i++) {
		snprintf(name, sizeof(name), "e%d", i);
		snprintf(id, sizeof(id), "%d\n", i + 1000);
		add_file("many", name, id);
	}
	cr_assert_eq(events_resolve(&es, "many:*", root), -28);
	cr_assert_eq(es.nr, EVENTS_MAX);
}
