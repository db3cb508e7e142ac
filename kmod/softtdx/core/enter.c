// SPDX-License-Identifier: GPL-2.0-only
/* VP.ENTER and TD exit: references on TD epochs, and the zero-step mitigation at entry. */
#include "priv.h"

static void epoch_leave(struct sx_vp *vp)
{
	__atomic_fetch_sub(&vp->td->epoch, sx_epoch_ref(vp->epoch), __ATOMIC_RELEASE);
}

/* Takes a reference on the current epoch for c->vp; decides whether its translations are stale. */
static u64 epoch_enter(struct sx_call *c)
{
	struct sx_td *td = c->td;
	struct sx_lp *lp = sx_lp(c->sys, c->cpu);
	u64 epoch;

	if (sx_inject(c) || !sharex_try(&td->epoch_lock, SX_SHARED))
		return SX_OPERAND_BUSY | SX_OP_TD_EPOCH;
	epoch = __atomic_load_n(&td->epoch, __ATOMIC_RELAXED) & SX_EPOCH_MASK;
	/*
	 * Sequentially consistent: the count is up before the guest's first walk. Pairs with BLOCK.
	 */
	__atomic_fetch_add(&td->epoch, sx_epoch_ref(epoch), __ATOMIC_SEQ_CST);
	sx_yield(c->sys, SX_YIELD_LOCKED);
	sharex_release(&td->epoch_lock, SX_SHARED);

	if (c->vp->fresh)
		sx_count(&td->counts, SX_C_ASSOC_FLUSH);
	else if (epoch != c->vp->epoch)
		sx_count(&td->counts, SX_C_EPOCH_FLUSH);
	else if (__atomic_load_n(&lp->last_tdvpr, __ATOMIC_RELAXED) != c->vp->tdvpr)
		sx_count(&td->counts, SX_C_LP_FLUSH);
	else
		return SX_SUCCESS;
	/*
	 * The caller flushes only when it runs the guest: if a later check fails the flush stays
	 * due.
	 */
	c->vp->flush_due = true;
	c->vp->fresh = false;
	c->vp->epoch = epoch;
	return SX_SUCCESS;
}

/*
 * Would a plain access to @gpa leave the TD again? Only those are remembered, never ACCEPTs. One to
 * a PENDING page does, unless it ends in a #VE; before 1.5.20 it counts as one that does either
 * way.
 */
static bool would_exit(struct sx_td *td, u64 gpa)
{
	unsigned int level = 0;
	enum sx_kind k;
	u64 val;

	sx_walk(td, gpa, &level, &val);
	k = sx_entry_kind(val);
	if (k == E_PENDING && sx_since(td->sys, SX_R_1_5_25))
		return td->attributes & SX_ATTR_SEPT_VE_DISABLE;
	return k != E_MAPPED;
}

/*
 * A vCPU that keeps faulting at one instruction may be held there on purpose by the host. Once
 * private violations have been recorded it may enter only if none of them would recur, which the
 * tree lock, held until just before the entry, makes certain. Since 1.5.20 it is held shared:
 * enough to keep BLOCK out, and other vCPUs' faults go on.
 */
static u64 zero_step(struct sx_call *c, u64 rip, struct sx_enter *out)
{
	enum sx_mode tree = sx_since(c->sys, SX_R_1_5_25) ? SX_SHARED : SX_EXCLUSIVE;
	struct sx_vp *vp = c->vp;
	u32 i;

	if (rip != vp->entry_rip) {
		vp->faults = 0;
		vp->nr_gpas = 0;
	}
	vp->entry_rip = rip;
	if (!vp->nr_gpas)
		return SX_SUCCESS;
	if (sx_inject(c) || !sharex_hp_try(&c->td->tree_lock, tree))
		return SX_OPERAND_BUSY | SX_OP_SEPT_TREE;
	c->tree = tree;
	sx_count(&c->td->counts, SX_C_ZERO_STEP_ARMED);
	for (i = 0; i < vp->nr_gpas && !out->synth; i++) {
		out->synth = would_exit(c->td, vp->gpas[i]);
		out->gpa = vp->gpas[i] & ~(SX_PAGE_SIZE - 1);
	}
	if (out->synth)
		sx_count(&c->td->counts, SX_C_ZERO_STEP_SYNTH);
	return SX_SUCCESS;
}

static u64 enter(struct sx_call *c, u64 tdvpr_pa, u64 rip, struct sx_enter *out)
{
	struct sx_vp *vp;
	u64 st;

	st = sx_lock_tdvpr(c, tdvpr_pa, SX_OP_RCX, SX_SHARED, SX_SHARED);
	if (!st)
		st = sx_td_check_state(c, SX_SHARED, OPS_RUNNABLE);
	if (!st)
		st = sx_associate(c);
	if (st)
		return st;
	vp = c->vp;
	st = epoch_enter(c);
	if (st)
		return st;
	st = zero_step(c, rip, out);
	if (st || out->synth) {
		epoch_leave(vp);
		return st;
	}
	out->flush = vp->flush_due;
	vp->flush_due = false;
	__atomic_store_n(&vp->state, VP_ACTIVE, __ATOMIC_RELAXED);
	__atomic_store_n(&sx_lp(c->sys, c->cpu)->last_tdvpr, vp->tdvpr, __ATOMIC_RELAXED);
	sx_yield(c->sys, SX_YIELD_ENTER);
	return SX_SUCCESS;
}

u64 sx_vp_enter(struct sx_sys *sys, u64 tdvpr_pa, unsigned int cpu, u64 guest_rip,
		struct sx_enter *out)
{
	struct sx_call c = { .sys = sys, .leaf = SX_VP_ENTER, .cpu = cpu };
	u64 st;

	*out = (struct sx_enter){ 0 };
	sx_inject_begin(&c);
	st = enter(&c, tdvpr_pa, guest_rip, out);
	sx_inject_end(&c, st);
	sx_count_call(sys, c.td, SX_VP_ENTER, st);
	if (!st && !out->synth) {
		/* In the guest the vCPU keeps its TDVPR and TDR shared; the rest goes now. */
		c.vp->tdvpr_hold = c.tdvpr;
		c.vp->tdr_hold = c.tdr;
		c.tdvpr.mode = SX_UNLOCKED;
		c.tdr.mode = SX_UNLOCKED;
	}
	sx_release(&c);
	return st;
}

void sx_vp_exit(struct sx_vp *vp)
{
	struct sx_hold tdvpr = vp->tdvpr_hold, tdr = vp->tdr_hold;
	struct sx_td *td = vp->td;
	struct sx_sys *sys = td->sys;

	sx_count(&td->counts, SX_C_TD_EXIT);
	__atomic_store_n(&vp->state, VP_READY, __ATOMIC_RELAXED);
	epoch_leave(vp);
	/* The pages behind vp and td may be reclaimed from here on. */
	sx_pamt_unlock(sys, &tdvpr);
	sx_pamt_unlock(sys, &tdr);
}
