// SPDX-License-Identifier: GPL-2.0-or-later
/* The clock of --turn, in a program that has what QEMU has for it, by the same names. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tcg/side.h"

#define TURN	1000

typedef int64_t (*clock_fn)(void);

/* As in QEMU's class: other functions, then the two clocks. */
static struct class {
	clock_fn other, virtual_clock, elapsed_ticks, another;
} *ops;

static int64_t executed;
static const char cpus[3];

int64_t icount_get(void);
void *object_class_by_name(const char *name);

int64_t icount_get(void)
{
	return executed;
}

void *object_class_by_name(const char *name)
{
	return strcmp(name, "tcg-accel-ops") ? NULL : ops;
}

static int64_t no_clock(void)
{
	return 0;
}

static void start(void)
{
	ops = malloc(sizeof(*ops));
	cr_assert(ops);
	*ops = (struct class){ no_clock, icount_get, icount_get, no_clock };
	executed = 5000;
	cr_assert(side_clock(TURN));
	cr_assert_eq(ops->other, no_clock);
	cr_assert_eq(ops->another, no_clock);
}

static void turn_of(int cpu, int64_t length)
{
	side_turn(&cpus[cpu]);
	executed += length;
}

static void expect(int64_t tsc, int64_t virtual_clock)
{
	cr_expect_eq(ops->elapsed_ticks(), tsc, "tsc %ld", (long)ops->elapsed_ticks());
	cr_expect_eq(ops->virtual_clock(), virtual_clock, "virtual %ld",
		     (long)ops->virtual_clock());
}

Test(side, a_round_takes_as_long_as_its_longest_turn)
{
	start();
	expect(5000, 5000);
	turn_of(0, TURN);
	expect(6000, 6000);
	/* It began when the first did. Timers do not see that. */
	turn_of(1, TURN);
	expect(6000, 6000);
	turn_of(2, 0);
	expect(5000, 6000);
	turn_of(0, 10);
	expect(6010, 6010);
	turn_of(1, TURN);
	expect(7000, 7000);
	/* It slept, and has the time of all. */
	turn_of(2, 1);
	expect(6001, 7000);
	turn_of(1, 0);
	free(ops);
}

/* One that gives up its turn goes on where it was, and may run up to the end of the round. */
Test(side, who_pauses_loses_no_time)
{
	start();
	turn_of(0, TURN);
	turn_of(1, 300);
	expect(5300, 5300);
	turn_of(0, TURN);
	cr_expect_eq(side_turn(&cpus[1]), 1700);
	executed += 1700;
	expect(7000, 7000);
	cr_expect_eq(side_turn(&cpus[0]), TURN);
	executed += TURN;
	cr_expect_eq(side_turn(&cpus[1]), TURN);
	free(ops);
}

/* But no further back than a turn, or a loop of PAUSEs would stand still. */
Test(side, who_only_pauses_stays_with_the_others)
{
	start();
	for (int i = 0; i < 9; i++) {
		turn_of(0, TURN);
		turn_of(1, 10);
	}
	expect(12010, 12010);
	free(ops);
}

Test(side, one_cpu_alone_has_qemu_s_clock)
{
	start();
	for (int i = 1; i < 10; i++) {
		turn_of(0, TURN);
		expect(5000 + i * TURN, 5000 + i * TURN);
	}
	free(ops);
}

/* All sleep, and QEMU goes on to the next timer: that is time for the one that it wakes too. */
Test(side, sleep_is_time_for_all)
{
	start();
	turn_of(0, 100);
	turn_of(1, 200);
	executed += 50000;
	expect(55200, 55200);
	turn_of(2, 7);
	expect(55207, 55207);
	turn_of(0, 1);
	/* The first slept too. */
	expect(55201, 55207);
	free(ops);
}

Test(side, clocks_that_are_elsewhere_are_left_alone)
{
	ops = malloc(sizeof(*ops));
	cr_assert(ops);
	*ops = (struct class){ no_clock, icount_get, no_clock, no_clock };
	cr_expect_not(side_clock(TURN));
	cr_expect_eq(ops->virtual_clock, icount_get);
	*ops = (struct class){ icount_get, icount_get, icount_get, no_clock };
	cr_expect_not(side_clock(TURN));
	cr_expect_eq(ops->other, icount_get);
	free(ops);
	ops = NULL;
	cr_expect_not(side_clock(TURN));
}
