// SPDX-License-Identifier: GPL-2.0-only
/* PHYMEM leaves: pages and caches, whichever TD they belong to. */
#include "priv.h"

/* Which key ids await a flush, at the start of a session. */
static bool snapshot(struct sx_call *c, struct sx_wbt *w)
{
	bool any = false;
	u32 i;

	for (i = 0; i < SX_MAX_HKIDS / 64; i++)
		w->hkids[i] = 0;
	for (i = 1; i < c->sys->nr_hkids; i++) {
		if (c->sys->kot[i].state != HKID_FLUSHED)
			continue;
		w->hkids[i / 64] |= 1ULL << (i % 64);
		any = true;
	}
	return any;
}

static void mark_flushed(struct sx_call *c, struct sx_wbt *w)
{
	u64 bit = 1ULL << (c->pkg % SX_MAX_PACKAGES);
	u32 i;

	for (i = 1; i < c->sys->nr_hkids; i++) {
		struct sx_kot *k = &c->sys->kot[i];

		if (!(w->hkids[i / 64] >> (i % 64) & 1))
			continue;
		/* Atomic: other packages do the same under the shared KOT lock. */
		if (!(__atomic_fetch_or(&k->wb_pkgs, bit, __ATOMIC_RELAXED) & bit) &&
		    __atomic_load_n(&k->wb_left, __ATOMIC_RELAXED))
			__atomic_fetch_sub(&k->wb_left, 1, __ATOMIC_RELAXED);
	}
}

/*
 * There is no cache to flush and no interrupt to stop for: an injected BUSY stands for the
 * interrupt.
 */
static u64 cache_wb(struct sx_call *c, struct sx_wbt *w, bool resume)
{
	if (resume && !w->resumable)
		return SX_WBCACHE_RESUME_ERROR;
	if (!resume && !snapshot(c, w))
		return SX_NO_HKID_READY_TO_WBCACHE;
	w->resumable = sx_inject(c);
	if (w->resumable)
		return SX_INTERRUPTED_RESUMABLE;
	mark_flushed(c, w);
	return SX_SUCCESS;
}

u64 sx_phymem_cache_wb(struct sx_call *c)
{
	struct sx_wbt *w = &c->sys->wbt[c->pkg % SX_MAX_PACKAGES];
	u64 st = SX_OPERAND_BUSY | SX_OP_KOT;

	if (c->a->rcx > 1)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	if (__atomic_exchange_n(&w->lock, 1, __ATOMIC_ACQUIRE))
		return SX_OPERAND_BUSY | SX_OP_WBCACHE;
	if (sharex_try(&c->sys->kot_lock, SX_SHARED)) {
		c->kot = SX_SHARED;
		st = cache_wb(c, w, c->a->rcx);
	}
	__atomic_store_n(&w->lock, 0, __ATOMIC_RELEASE);
	return st;
}

u64 sx_phymem_page_wbinvd(struct sx_call *c)
{
	u32 shift = __atomic_load_n(&c->sys->params.hkid_shift, __ATOMIC_RELAXED) & 63;
	u64 pa = c->a->rcx & ((1ULL << shift) - 1), hkid = c->a->rcx >> shift;
	u64 st = sx_pamt_lock(c->sys, pa, 0, SX_SHARED, &c->page);

	if (st)
		st |= SX_OP_RCX;
	else if (sx_pamt_type(c->page.leaf) != SX_PT_NDA &&
		 !sx_pamt_without_pair(c))
		st = SX_PAGE_METADATA_INCORRECT | SX_OP_RCX;
	else if (hkid >= c->sys->nr_hkids)
		st = SX_OPERAND_INVALID | SX_OP_RCX;
	/* The module's own key id is no TD's. */
	sx_count_wbinvd(c->sys, hkid == c->sys->boot.hkid ? 0 : (u32)hkid, st);
	return st;
}

/* The TDR itself: the last page of the TD, locked exclusively as c->page. */
static u64 reclaim_tdr(struct sx_call *c, u64 pa)
{
	struct sx_td *td = sx_page_va(c->sys, pa);

	if (td->lifecycle != TD_TEARDOWN)
		return SX_LIFECYCLE_STATE_INCORRECT;
	if (__atomic_load_n(&td->children, __ATOMIC_RELAXED))
		return SX_TD_ASSOCIATED_PAGES_EXIST;
	sx_count_fold(td);
	return 0;
}

static u64 reclaim_child(struct sx_call *c)
{
	u64 tdr = (u64)c->page.leaf->owner << SX_PAGE_SHIFT;
	u64 st = sx_pamt_lock_implicit(c->sys, tdr, 0, SX_SHARED, &c->tdr);

	if (st)
		return st | SX_OP_TDR;
	c->td = sx_page_va(c->sys, tdr);
	if (c->td->lifecycle != TD_TEARDOWN)
		return SX_LIFECYCLE_STATE_INCORRECT;
	__atomic_fetch_sub(&c->td->children, 1ULL << (9 * c->page.level), __ATOMIC_RELAXED);
	return 0;
}

/* No S-EPT walk at all: the TD cannot run any more, so the order of pages is the host's affair. */
u64 sx_phymem_page_reclaim(struct sx_call *c)
{
	u64 pa = c->a->rcx, st;
	enum sx_page_type type;

	c->a->rcx = 0;
	c->a->rdx = 0;
	c->a->r8 = 0;
	c->a->r9 = 0;
	c->a->r10 = 0;
	c->a->r11 = 0;
	st = sx_pamt_lock_leaf(c->sys, pa, SX_EXCLUSIVE, &c->page);
	if (st)
		return st | SX_OP_RCX;
	type = sx_pamt_type(c->page.leaf);
	if (type < SX_PT_REG)
		return SX_PAGE_METADATA_INCORRECT | SX_OP_RCX;
	c->a->rcx = type;
	c->a->rdx = type == SX_PT_TDR ? 0 : (u64)c->page.leaf->owner << SX_PAGE_SHIFT;
	c->a->r8 = c->page.level;
	if (pa & (sx_level_size(c->page.level) - 1))
		return SX_OPERAND_INVALID | SX_OP_RCX;
	st = type == SX_PT_TDR ? reclaim_tdr(c, pa) : reclaim_child(c);
	if (!st)
		sx_pamt_assign(&c->page, SX_PT_NDA, NULL);
	return st;
}
