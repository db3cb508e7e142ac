// SPDX-License-Identifier: GPL-2.0-only
/* Injected BUSY: lock attempts that fail at random although nobody holds the lock. */
#include "priv.h"

/* xorshift64, never 0 once started. */
static u64 next_random(struct sx_sys *sys, u32 cpu)
{
	struct sx_lp *lp = sx_lp(sys, cpu);
	u64 seed = __atomic_load_n(&sys->seed, __ATOMIC_RELAXED);
	u64 x = __atomic_load_n(&lp->rng, __ATOMIC_RELAXED);

	if (!x)
		x = ((seed ^ cpu * 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL) | 1;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	__atomic_store_n(&lp->rng, x, __ATOMIC_RELAXED);
	return x;
}

bool sx_inject_slow(struct sx_call *c)
{
	u32 permille = __atomic_load_n(&c->sys->params.busy_permille, __ATOMIC_RELAXED);

	/*
	 * The high half scaled down: without a division, and the low bits of xorshift are the weak
	 * ones.
	 */
	if ((next_random(c->sys, c->cpu) >> 32) * 1000 >> 32 >= permille)
		return false;
	c->inject = false;
	__atomic_store_n(&sx_lp(c->sys, c->cpu)->injected, 1, __ATOMIC_RELAXED);
	sx_count(c->td ? &c->td->counts : &c->sys->totals, SX_C_INJECTED_BUSY);
	return true;
}
