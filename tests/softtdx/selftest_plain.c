// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The core's conformance checks without Criterion, whose shared arena ThreadSanitizer does not
 * allow.
 */
#include <stdio.h>
#include "sim.h"

static void report(void *arg, const char *check, const char *what, u64 got, u64 want)
{
	(void)arg;
	fprintf(stderr, "%s: %s: got %#llx, want %#llx\n", check, what, got, want);
}

int main(void)
{
	struct sx_st_env env = sim_env(report, NULL);
	unsigned int faults = 0, r;

	for (r = 0; r < SX_NR_RELEASES; r++) {
		env.release = (enum sx_release)r;
		faults += sx_selftest_all(&env);
	}
	printf("%u checks of %u releases, %u faults\n", (unsigned int)SX_NR_SELFTESTS,
	       (unsigned int)SX_NR_RELEASES, faults);
	sim_env_free(&env);
	return faults ? 1 : 0;
}
