// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A hostile guest against the core: ROUNDS times the check guest_random, each of 20,000 steps with
 * any operands, page tables and bytes. Built with sanitizers: what is touched besides the guest's
 * own memory is found by them.
 */
#include <stdio.h>
#include <stdlib.h>
#include "sim.h"

static void report(void *arg, const char *check, const char *what, u64 got, u64 want)
{
	(void)arg;
	fprintf(stderr, "%s: %s: got %#llx, want %#llx\n", check, what, got, want);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0, faults = 0, i;
	struct sx_st_env env = sim_env(report, NULL);

	if (!rounds) {
		fprintf(stderr, "usage: guest_fuzz ROUNDS\n");
		return 2;
	}
	for (i = 0; i < rounds; i++)
		faults += sx_selftest_run(SX_ST_guest_random, &env);
	printf("%lu steps of a hostile guest, %lu faults\n", 20000 * rounds, faults);
	sim_env_free(&env);
	return faults ? 1 : 0;
}
