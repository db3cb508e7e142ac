// SPDX-License-Identifier: GPL-2.0-or-later
/* The core's conformance checks, one Criterion test each, and all of them on one module. */
#include <criterion/criterion.h>
#include "sim.h"

static void report(void *arg, const char *check, const char *what, u64 got, u64 want)
{
	(void)arg;
	cr_log_error("%s: %s: got %#llx, want %#llx", check, what, got, want);
}

static void run_one(enum sx_selftest_id id)
{
	struct sx_st_env env = sim_env(report, NULL);

	cr_expect(sx_selftest_run(id, &env) == 0, "%s", sx_selftest_name(id));
	cr_expect(sim_pages_out() == 0, "pages not given back: %u", sim_pages_out());
	sim_env_free(&env);
}

#define X(name) Test(softtdx, name) { run_one(SX_ST_##name); }
SX_SELFTESTS(X)
#undef X

/*
 * Of each release. Also: every status was provoked by one check or another, and nothing is left in
 * the PAMT.
 */
Test(softtdx, all_checks_on_one_module_of_each_release)
{
	struct sx_st_env env = sim_env(report, NULL);

	for (unsigned int r = 0; r < SX_NR_RELEASES; r++) {
		env.release = (enum sx_release)r;
		cr_expect(sx_selftest_all(&env) == 0, "release %s", sx_release_name(env.release));
	}
	sim_env_free(&env);
}

Test(softtdx, sys_size_and_init)
{
	struct sx_st_env env = sim_env(report, NULL);

	cr_expect(sx_sys_size(0) == 0);
	cr_expect(sx_sys_size(1ULL << 33) == 0);
	cr_expect(sx_sys_size(~0ULL) == 0);
	cr_expect(sx_sys_size(1ULL << 20) > 16ULL << 20);
	cr_expect_null(sx_sys_init(env.mem, SIM_PAGES, 1));
	cr_expect_null(sx_sys_init(env.mem, SIM_PAGES, SX_MAX_HKIDS + 1));
	cr_expect_null(sx_sys_init(env.mem, 0, 8));
	cr_expect_not_null(sx_sys_init(env.mem, SIM_PAGES, SX_MAX_HKIDS));
	sim_env_free(&env);
}

static void count_report(void *arg, const char *check, const char *what, u64 got, u64 want)
{
	(void)check;
	(void)what;
	(void)got;
	(void)want;
	++*(unsigned int *)arg;
}

static u64 no_page(void *arg, unsigned int level)
{
	(void)arg;
	(void)level;
	return 0;
}

/* A check that cannot have its pages fails, and says so. */
Test(softtdx, checks_report_lack_of_memory)
{
	unsigned int reports = 0;
	struct sx_st_env env = sim_env(count_report, &reports);

	env.alloc = no_page;
	cr_expect(sx_selftest_run(SX_ST_tracking, &env) == 1);
	cr_expect(reports == 1);
	sim_env_free(&env);
}
