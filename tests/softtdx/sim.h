/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Simulated physical memory with a page allocator, and a softtdx module that covers it. */
#ifndef TESTS_SOFTTDX_SIM_H
#define TESTS_SOFTTDX_SIM_H

#include "selftest/selftest.h"

#define SIM_PAGES	8192ULL	/* 32 MiB */
#define SIM_TAIL	200	/* pages beyond that, which are nobody's */

/*
 * Allocates the memory and an environment over it; @report as in struct sx_st_env. Exits on
 * failure.
 */
struct sx_st_env sim_env(void (*report)(void *arg, const char *check, const char *what, u64 got,
					u64 want),
			 void *arg);
void sim_env_free(struct sx_st_env *env);

/* Pages handed out and not given back. */
unsigned int sim_pages_out(void);

#endif
