// SPDX-License-Identifier: GPL-2.0-or-later
/* What a sweep makes of the counters of its blocks. */
#include <criterion/criterion.h>

#include "sweep.h"

static struct sweep sw;
static struct counters life;

static void note(uint64_t seed, const char *name, int64_t v)
{
	life.nr = 0;
	cr_assert_eq(counters_add(&life, "", "seamcall.mem_page_aug.ok", 10), 0);
	cr_assert_eq(counters_add(&life, "", name, v), 0);
	sw.seed = seed;
	sweep_note(&sw, &life);
}

/* The cause that has happened under @seeds seeds; there must be one. */
static const struct sweep_cause *cause(uint64_t seeds)
{
	for (size_t i = 0; i < SWEEP_NR_CAUSES; i++)
		if (sw.cause[i].seeds == seeds)
			return &sw.cause[i];
	cr_assert_fail("no cause happened under %d seeds", (int)seeds);
	return NULL;
}

Test(sweep, seeds_and_times_are_told_apart)
{
	note(3, "kvm.pf_retry_frozen", 0);
	note(4, "kvm.pf_retry_frozen", 7);
	note(9, "kvm.pf_retry_frozen", 5);
	cr_assert_eq(sw.faults, 30);
	cr_assert_eq(cause(2)->first, 4);
	cr_assert_eq(cause(2)->times, 12);
}

Test(sweep, a_status_is_summed_over_the_leaves)
{
	note(1, "seamcall.mem_sept_add.walk_failed", 1);
	note(2, "seamcall.mem_page_aug.walk_failed", 2);
	cr_assert_eq(cause(2)->first, 1);
	cr_assert_eq(cause(2)->times, 3);
}

Test(sweep, what_never_happened_has_no_seed)
{
	note(1, "softtdx.met_enter", 1);
	for (size_t i = 0, quiet = 0; i < SWEEP_NR_CAUSES; i++) {
		quiet += !sw.cause[i].seeds;
		cr_assert(i + 1 < SWEEP_NR_CAUSES || quiet == SWEEP_NR_CAUSES - 1);
	}
}
