// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU asks its accelerator for both of its clocks, through two pointers in the class of the type
 * tcg-accel-ops: get_virtual_clock() and, after it, get_elapsed_ticks(), which is the TSC's. Under
 * -icount both are icount_get(), by which they are found there.
 *
 * All here is called on the vCPUs' thread, or in the main loop while that sleeps (lockstep.c).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "side.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>

#define CLASS	"tcg-accel-ops"

typedef int64_t (*clock_fn)(void);

static clock_fn sum;		/* QEMU's own */
static int64_t turn;
static const void *first;	/* of the CPUs: a round begins with it */
static const void *running;
static int64_t round_start;	/* on this clock */
static int64_t longest;		/* turn of this round, so far */
static int64_t turn_start;	/* on QEMU's own */
static int64_t shown;

static int64_t tsc(void)
{
	return round_start + sum() - turn_start;
}

/* A CPU's turn begins at the start of the round, when others have had theirs. */
static int64_t virtual_clock(void)
{
	int64_t now = tsc();

	if (now > shown)
		shown = now;
	return shown;
}

void side_turn(const void *cpu)
{
	int64_t now, len;

	if (!sum || cpu == running)
		return;
	now = sum();
	len = now - turn_start;
	if (len > longest)
		longest = len;
	if (!first)
		first = cpu;
	/* More than a turn: all CPUs slept, and QEMU moved its clock on to the next timer. */
	if (cpu == first || len > turn) {
		round_start += longest;
		longest = 0;
	}
	turn_start = now;
	running = cpu;
}

static clock_fn function(const char *name)
{
	void *found = dlsym(RTLD_DEFAULT, name);
	clock_fn f;

	/* A pointer to a function from one to an object: ISO C has no cast for it. */
	memcpy(&f, &found, sizeof(f));
	return f;
}

static void *find_class(void)
{
	void *found = dlsym(RTLD_DEFAULT, "object_class_by_name");
	void *(*by_name)(const char *);

	memcpy(&by_name, &found, sizeof(by_name));
	return found ? by_name(CLASS) : NULL;
}

int side_clock(int64_t length)
{
	clock_fn own = function("icount_get"), *at = find_class(), *clocks[2];
	size_t words = at ? malloc_usable_size(at) / sizeof(*at) : 0, nr = 0;

	for (size_t i = 0; own && i < words; i++)
		if (at[i] == own && nr++ < 2)
			clocks[nr - 1] = &at[i];
	if (nr != 2)
		return 0;
	turn = length;
	sum = own;
	turn_start = shown = round_start = own();
	*clocks[0] = virtual_clock;
	*clocks[1] = tsc;
	return 1;
}
