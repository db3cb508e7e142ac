// SPDX-License-Identifier: GPL-2.0-only
/* TLB tracking: TD epochs and TRACK. VP.ENTER and TD exit, which move them too, are in enter.c. */
#include "priv.h"

/*
 * Has every vCPU that could hold a translation of a page blocked at @bepoch left the guest since?
 * One atomic read of epoch and both counts together: a count taken for another epoch would mean
 * nothing. Acquire pairs with the release in epoch_leave(): the vCPU's last accesses come before
 * the page is reused.
 */
bool sx_tracked(struct sx_td *td, u64 bepoch)
{
	u64 word = __atomic_load_n(&td->epoch, __ATOMIC_ACQUIRE);
	u64 epoch = word & SX_EPOCH_MASK;

	if (bepoch + 1 < epoch)
		return true;
	return bepoch + 1 == epoch && !sx_epoch_inside(word, bepoch);
}

u64 sx_mem_track(struct sx_call *c)
{
	u64 st = sx_lock_tdr(c, c->a->rcx, SX_OP_RCX, SX_SHARED);
	struct sx_td *td = c->td;
	u64 word;

	if (!st)
		st = sx_td_check_state(c, SX_SHARED, OPS_BUILT);
	if (st)
		return st;
	if (sx_inject(c) || !sharex_try(&td->epoch_lock, SX_EXCLUSIVE))
		return SX_OPERAND_BUSY | SX_OP_TD_EPOCH;
	sx_yield(c->sys, SX_YIELD_LOCKED);
	/* Entries are excluded by the lock, so the previous epoch's count can only fall. */
	word = __atomic_load_n(&td->epoch, __ATOMIC_ACQUIRE);
	if (sx_epoch_inside(word, (word & SX_EPOCH_MASK) + 1))
		st = SX_PREVIOUS_TLB_EPOCH_BUSY;
	else if (!__atomic_load_n(&c->sys->params.bug_skip_track, __ATOMIC_RELAXED))
		__atomic_fetch_add(&td->epoch, 1, __ATOMIC_SEQ_CST);
	sharex_release(&td->epoch_lock, SX_EXCLUSIVE);
	return st;
}
