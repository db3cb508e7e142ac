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
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CLASS	"tcg-accel-ops"
#define MAX_CPUS	1024

typedef int64_t (*clock_fn)(void);

struct cpu {
	const void *name;
	int64_t at;		/* where it is, on this clock */
	bool ran;		/* in its last turn: it does not sleep */
};

static clock_fn sum;		/* QEMU's own */
static int64_t turn;
static struct cpu cpus[MAX_CPUS];	/* in the order of their turns; the first begins a round */
static struct cpu *running = cpus;
static int64_t round_start, latest, woken, shown;
static int64_t turn_start;	/* on QEMU's own clock */
static int64_t budget;

static int64_t max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t tsc(void)
{
	return running->at + sum() - turn_start;
}

/* A CPU's turn begins where others were before theirs. */
static int64_t virtual_clock(void)
{
	shown = max(shown, tsc());
	return shown;
}

static struct cpu *find(const void *name)
{
	size_t i = 0;

	while (i < MAX_CPUS - 1 && cpus[i].name && cpus[i].name != name)
		i++;
	cpus[i].name = name;
	return &cpus[i];
}

/* True if all CPUs slept in it, and QEMU moved its clock on to the next timer. */
static bool end_turn(int64_t now)
{
	int64_t len = now - turn_start;

	running->at += len;
	running->ran = len > 0;
	latest = max(latest, running->at);
	turn_start = now;
	return len > budget;
}

int64_t side_turn(const void *name)
{
	struct cpu *cpu;
	bool slept;

	if (!sum || name == running->name)
		return turn;
	slept = end_turn(sum());
	cpu = find(name);
	if (cpu == cpus || slept)
		round_start = latest;
	if (slept)
		woken = round_start;
	cpu->at = max(max(cpu->at, woken), cpu->ran ? round_start - turn : round_start);
	running = cpu;
	budget = round_start + turn - cpu->at;
	return budget;
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
	turn = budget = length;
	sum = own;
	turn_start = shown = round_start = latest = cpus[0].at = own();
	*clocks[0] = virtual_clock;
	*clocks[1] = tsc;
	return 1;
}
