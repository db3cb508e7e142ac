// SPDX-License-Identifier: GPL-2.0-or-later
/* --turn where TCG is in QEMU's program: this program has what QEMU 10's has, by the same names. */
#include <stdint.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "tcg/turns.h"

static int64_t got;

void icount_prepare_for_run(void *cpu, int64_t budget);
int64_t icount_percpu_budget(int cpus);
void run_cpu(void *cpu, int64_t budget);

__attribute__((noinline)) void icount_prepare_for_run(void *cpu, int64_t budget)
{
	cr_assert_eq(cpu, &got);
	got = budget;
}

/* Its clocks, for side.c. */
int64_t icount_get(void);
void *object_class_by_name(const char *name);

int64_t icount_get(void)
{
	return 0;
}

void *object_class_by_name(const char *name)
{
	int64_t (**clocks)(void) = malloc(2 * sizeof(*clocks));

	(void)name;
	cr_assert(clocks);
	clocks[0] = clocks[1] = icount_get;
	return clocks;
}

/* Never called: that it is there says that a budget is an argument. */
int64_t icount_percpu_budget(int cpus)
{
	return cpus;
}

/* The one place that calls it. */
__attribute__((noinline)) void run_cpu(void *cpu, int64_t budget)
{
	icount_prepare_for_run(cpu, budget);
	__asm__ volatile("");	/* a call, no jump */
}

static int64_t budget_of(int64_t budget)
{
	run_cpu(&got, budget);
	return got;
}

Test(turns, long_ones_are_cut_and_short_ones_are_not)
{
	setenv(TURN_ENV, "1000", 1);
	cr_assert_eq(budget_of(5000000), 5000000);
	turns_shorten();
	cr_assert_eq(budget_of(5000000), 1000);
	cr_assert_eq(budget_of(1000), 1000);
	cr_assert_eq(budget_of(50), 50);
	cr_assert_eq(budget_of(0), 0);
}

Test(turns, without_a_length_they_are_qemu_s)
{
	unsetenv(TURN_ENV);
	turns_shorten();
	cr_assert_eq(budget_of(5000000), 5000000);
}
