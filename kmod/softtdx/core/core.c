// SPDX-License-Identifier: GPL-2.0-only
/* Module set-up, SEAMCALL dispatch, release of locks, and which calls may meet an injected BUSY. */
#include "priv.h"

#define F_YIELD		1	/* yield points at begin and end */
#define F_INJECT	2	/* its tree, entry and epoch locks may be failed on purpose */

static const struct leaf {
	u64 (*fn)(struct sx_call *c);
	u8 flags;
} leaves[SX_NR_LEAVES] = {
	[SX_MNG_ADDCX] = { sx_mng_addcx, 0 },
	[SX_MEM_PAGE_ADD] = { sx_mem_page_add, F_YIELD },
	[SX_MEM_SEPT_ADD] = { sx_mem_sept_add, F_YIELD | F_INJECT },
	[SX_VP_ADDCX] = { sx_vp_addcx, 0 },
	[SX_MEM_PAGE_RELOCATE] = { sx_mem_page_relocate, F_YIELD | F_INJECT },
	[SX_MEM_PAGE_AUG] = { sx_mem_page_aug, F_YIELD | F_INJECT },
	[SX_MEM_RANGE_BLOCK] = { sx_mem_range_block, F_YIELD | F_INJECT },
	[SX_MNG_KEY_CONFIG] = { sx_mng_key_config, 0 },
	[SX_MNG_CREATE] = { sx_mng_create, 0 },
	[SX_VP_CREATE] = { sx_vp_create, 0 },
	[SX_MNG_RD] = { sx_mng_rd, 0 },
	[SX_MEM_RD] = { sx_mem_rd, F_YIELD },
	[SX_MEM_WR] = { sx_mem_wr, F_YIELD },
	[SX_MEM_PAGE_DEMOTE] = { sx_mem_page_demote, F_YIELD | F_INJECT },
	[SX_MR_EXTEND] = { sx_mr_extend, 0 },
	[SX_MR_FINALIZE] = { sx_mr_finalize, 0 },
	[SX_VP_FLUSH] = { sx_vp_flush, 0 },
	[SX_MNG_VPFLUSHDONE] = { sx_mng_vpflushdone, 0 },
	[SX_MNG_KEY_FREEID] = { sx_mng_key_freeid, 0 },
	[SX_MNG_INIT] = { sx_mng_init, 0 },
	[SX_VP_INIT] = { sx_vp_init, 0 },
	[SX_MEM_PAGE_PROMOTE] = { sx_mem_page_promote, F_YIELD | F_INJECT },
	[SX_MEM_SEPT_RD] = { sx_mem_sept_rd, F_YIELD },
	[SX_VP_RD] = { sx_vp_rd, 0 },
	[SX_PHYMEM_PAGE_RECLAIM] = { sx_phymem_page_reclaim, 0 },
	[SX_MEM_PAGE_REMOVE] = { sx_mem_page_remove, F_YIELD | F_INJECT },
	[SX_MEM_SEPT_REMOVE] = { sx_mem_sept_remove, F_YIELD | F_INJECT },
	[SX_MEM_TRACK] = { sx_mem_track, F_YIELD | F_INJECT },
	[SX_MEM_RANGE_UNBLOCK] = { sx_mem_range_unblock, F_YIELD | F_INJECT },
	[SX_PHYMEM_CACHE_WB] = { sx_phymem_cache_wb, F_INJECT },
	[SX_PHYMEM_PAGE_WBINVD] = { sx_phymem_page_wbinvd, 0 },
	[SX_VP_WR] = { sx_vp_wr, 0 },
	[SX_PHYMEM_PAMT_ADD] = { sx_phymem_pamt_add, F_YIELD },
	[SX_PHYMEM_PAMT_REMOVE] = { sx_phymem_pamt_remove, F_YIELD },
};

/* Sizes of the PAMT arrays by level; false on overflow or beyond what an owner field can name. */
static bool pamt_sizes(u64 nr_pages, u64 n[3])
{
	if (!nr_pages || nr_pages > 1ULL << 32)
		return false;
	n[1] = ((nr_pages - 1) >> 9) + 1;
	n[0] = n[1] << 9;	/* of whole frames: what is beyond memory is reserved */
	n[2] = ((nr_pages - 1) >> 18) + 1;
	return true;
}

size_t sx_sys_size(u64 nr_pages)
{
	u64 n[3];

	if (!pamt_sizes(nr_pages, n))
		return 0;
	return sizeof(struct sx_sys) + (n[0] + n[1] + n[2]) * sizeof(struct sx_pamt);
}

struct sx_sys *sx_sys_init(void *mem, u64 nr_pages, u32 nr_hkids)
{
	struct sx_sys *sys = mem;
	u64 n[3], i;

	if (!pamt_sizes(nr_pages, n) || nr_hkids < 2 || nr_hkids > SX_MAX_HKIDS)
		return NULL;
	sys->nr_pages = nr_pages;
	sys->nr_hkids = nr_hkids;
	sys->nr_direct = SX_NR_LEAVES;
	sys->pamt[0] = (struct sx_pamt *)(sys + 1);
	sys->pamt[1] = sys->pamt[0] + n[0];
	sys->pamt[2] = sys->pamt[1] + n[1];
	for (i = nr_pages; i < n[0]; i++)
		sys->pamt[0][i].type = SX_PT_RSVD;
	sys->params = (struct sx_params){
		.release = SX_R_NEWEST, .zero_step_threshold = 6, .packages = 1, .hkid_shift = 48,
	};
	return sys;
}

struct sx_params *sx_params(struct sx_sys *sys)
{
	return &sys->params;
}

void sx_reseed(struct sx_sys *sys, u64 seed)
{
	int i;

	__atomic_store_n(&sys->seed, seed, __ATOMIC_RELAXED);
	for (i = 0; i < SX_NR_CPUS; i++) {
		__atomic_store_n(&sys->lp[i].rng, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&sys->lp[i].injected, 0, __ATOMIC_RELAXED);
	}
}

void sx_set_yield(struct sx_sys *sys, void (*hook)(void *arg, enum sx_yield where), void *arg)
{
	sys->yield = hook;
	sys->yield_arg = arg;
}

/* In the reverse order of acquiring; the TDR last, since it keeps c->td alive. */
void sx_release(struct sx_call *c)
{
	if (c->entry_held)
		sx_entry_unlock(c->entry);
	sx_pamt_unlock(c->sys, &c->page);
	if (c->td) {
		sharex_hp_release(&c->td->tree_lock, (enum sx_mode)c->tree);
		sharex_hp_release(&c->td->op_lock, (enum sx_mode)c->op);
	}
	sharex_release(&c->sys->kot_lock, (enum sx_mode)c->kot);
	sx_pamt_unlock(c->sys, &c->tdr);
	sx_pamt_unlock(c->sys, &c->tdvpr);
}

/*
 * A call that follows a BUSY, injected or real, is spared, so that a caller's one retry works:
 * hosts rely on that when they hold the vCPUs out.
 */
void sx_inject_begin(struct sx_call *c)
{
	struct sx_lp *lp = sx_lp(c->sys, c->cpu);

	c->inject = false;
	if (!__atomic_load_n(&c->sys->params.busy_permille, __ATOMIC_RELAXED))
		return;
	c->inject = !__atomic_exchange_n(&lp->injected, 0, __ATOMIC_RELAXED);
}

void sx_inject_end(struct sx_call *c, u64 status)
{
	if (__atomic_load_n(&c->sys->params.busy_permille, __ATOMIC_RELAXED) &&
	    (status & SX_STATUS_MASK) == SX_OPERAND_BUSY)
		__atomic_store_n(&sx_lp(c->sys, c->cpu)->injected, 1, __ATOMIC_RELAXED);
}

bool sx_leaf_known(u64 leaf, enum sx_release r)
{
	switch (leaf) {
	case SX_VP_ENTER:
	case SX_SYS_KEY_CONFIG:
	case SX_SYS_INIT:
	case SX_SYS_RD:
	case SX_SYS_LP_INIT:
	case SX_SYS_TDMR_INIT:
	case SX_SYS_CONFIG:
		return true;
	case SX_PHYMEM_PAMT_ADD:
	case SX_PHYMEM_PAMT_REMOVE:
		return r >= SX_R_1_5_25;
	default:
		return leaf < SX_NR_LEAVES && leaves[leaf].fn;
	}
}

static const struct {
	const char *name;
	u8 leaf;
	u8 since;		/* enum sx_release */
} left_out[] = {
	{ "TDH.MNG.WR", 13, SX_R_1_5_01 },
	{ "TDH.PHYMEM.PAGE.RDMD", 24, SX_R_1_5_01 },
	{ "TDH.MNG.KEY.RECLAIMID", 27, SX_R_1_5_01 },
	{ "TDH.SYS.INFO", 32, SX_R_1_5_01 },
	{ "TDH.SYS.RDALL", 37, SX_R_1_5_01 },
	{ "TDH.MEM.SEPT.WR", 42, SX_R_1_5_01 },
	{ "TDH.SYS.LP.SHUTDOWN", 44, SX_R_1_5_01 },
	{ "TDH.SERVTD.BIND", 48, SX_R_1_5_01 },
	{ "TDH.SERVTD.PREBIND", 49, SX_R_1_5_01 },
	{ "TDH.SYS.SHUTDOWN", 52, SX_R_1_5_01 },
	{ "TDH.SYS.UPDATE", 53, SX_R_1_5_01 },
	{ "TDH.PHYMEM.PAMT.ADD", 58, SX_R_1_5_25 },	/* since 1.5.20 */
	{ "TDH.PHYMEM.PAMT.REMOVE", 59, SX_R_1_5_25 },
	{ "TDH.EXPORT.ABORT", 64, SX_R_1_5_01 },
	{ "TDH.EXPORT.BLOCKW", 65, SX_R_1_5_01 },
	{ "TDH.EXPORT.RESTORE", 66, SX_R_1_5_01 },
	{ "TDH.EXPORT.MEM", 68, SX_R_1_5_01 },
	{ "TDH.EXPORT.PAUSE", 70, SX_R_1_5_01 },
	{ "TDH.EXPORT.TRACK", 71, SX_R_1_5_01 },
	{ "TDH.EXPORT.STATE.IMMUTABLE", 72, SX_R_1_5_01 },
	{ "TDH.EXPORT.STATE.TD", 73, SX_R_1_5_01 },
	{ "TDH.EXPORT.STATE.VP", 74, SX_R_1_5_01 },
	{ "TDH.EXPORT.UNBLOCKW", 75, SX_R_1_5_01 },
	{ "TDH.IMPORT.ABORT", 80, SX_R_1_5_01 },
	{ "TDH.IMPORT.END", 81, SX_R_1_5_01 },
	{ "TDH.IMPORT.COMMIT", 82, SX_R_1_5_01 },
	{ "TDH.IMPORT.MEM", 83, SX_R_1_5_01 },
	{ "TDH.IMPORT.TRACK", 84, SX_R_1_5_01 },
	{ "TDH.IMPORT.STATE.IMMUTABLE", 85, SX_R_1_5_01 },
	{ "TDH.IMPORT.STATE.TD", 86, SX_R_1_5_01 },
	{ "TDH.IMPORT.STATE.VP", 87, SX_R_1_5_01 },
	{ "TDH.MIG.STREAM.CREATE", 96, SX_R_1_5_01 },
};

const char *sx_leaf_left_out(u64 leaf, enum sx_release *since)
{
	unsigned int i;

	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		if (left_out[i].leaf != leaf)
			continue;
		*since = (enum sx_release)left_out[i].since;
		return left_out[i].name;
	}
	return NULL;
}

#define NOTHING	(~0ULL)	/* in place of a page of an L2 table's, or of a field */

/*
 * Does the leaf have this version? None but these has another than 0. What they return beside is in
 * the registers whether it does or not.
 */
static bool version_known(struct sx_call *c)
{
	struct sx_args *a = c->a;
	bool known = c->version == 1;

	switch (c->leaf) {
	case SX_MEM_SEPT_REMOVE:
	case SX_MEM_PAGE_PROMOTE:
		a->r9 = a->r10 = a->r11 = NOTHING;
		a->rcx = known ? a->rcx : 0;
		a->rdx = known ? a->rdx : 0;
		return known;
	case SX_MNG_RD:
	case SX_VP_RD:
		a->rdx = known ? a->rdx : NOTHING;
		a->r8 = 0;
		return known;
	case SX_MEM_SEPT_ADD:
	case SX_VP_INIT:
		return known;
	default:
		return false;
	}
}

static u64 call_version(struct sx_call *c)
{
	u64 st;

	if (!c->version)
		return leaves[c->leaf].fn(c);
	if (!version_known(c))
		return SX_OPERAND_INVALID | SX_OP_RAX;
	st = leaves[c->leaf].fn(c);
	if (c->leaf == SX_MNG_RD || c->leaf == SX_VP_RD)
		c->a->rdx = NOTHING;	/* the model has no field after another */
	return st;
}

/*
 * The same steps as sx_seamcall()'s, apart so that those have nothing more to ask: a call that
 * names a version, or any with dynamic PAMT, where the books of frames are kept while the call's
 * page is still locked.
 */
static u64 call_known(struct sx_call *c)
{
	const struct leaf *l = &leaves[c->leaf];
	u64 st;

	if (l->flags & F_INJECT)
		sx_inject_begin(c);
	if (l->flags & F_YIELD)
		sx_yield(c->sys, SX_YIELD_BEGIN);
	st = call_version(c);
	if (c->sys->boot.dynamic)
		sx_pamt_settle(c, st);
	if (l->flags & F_INJECT)
		sx_inject_end(c, st);
	if (c->leaf != SX_PHYMEM_PAGE_WBINVD)
		sx_count_call(c->sys, c->td, c->leaf, st);
	sx_release(c);
	if (l->flags & F_YIELD)
		sx_yield(c->sys, SX_YIELD_END);
	return st;
}

static __attribute__((__noinline__)) u64 call_other(struct sx_call *c, u64 leaf)
{
	u64 nr = leaf & ~0xff0000ULL;

	c->version = (leaf >> 16) & 0xff;
	if (nr >= SX_NR_LEAVES || !leaves[nr].fn)
		return sx_sys_leaf(c, nr);
	if (c->sys->boot.state != BOOT_READY)
		return SX_SYS_NOT_READY;
	c->leaf = (enum sx_leaf)nr;
	return call_known(c);
}

u64 sx_seamcall(struct sx_sys *sys, u64 leaf, struct sx_args *a, unsigned int cpu, unsigned int pkg)
{
	struct sx_call c = { .sys = sys, .a = a, .cpu = cpu, .pkg = pkg };
	const struct leaf *l;
	u64 st;

	/* A version makes it a large number. */
	if (leaf >= sys->nr_direct || !leaves[leaf].fn)
		return call_other(&c, leaf);
	if (__builtin_expect(sys->boot.state != BOOT_READY, 0))
		return SX_SYS_NOT_READY;
	c.leaf = (enum sx_leaf)leaf;
	l = &leaves[leaf];
	if (l->flags & F_INJECT)
		sx_inject_begin(&c);
	if (l->flags & F_YIELD)
		sx_yield(sys, SX_YIELD_BEGIN);
	st = l->fn(&c);
	if (l->flags & F_INJECT)
		sx_inject_end(&c, st);
	if (leaf != SX_PHYMEM_PAGE_WBINVD)
		sx_count_call(sys, c.td, c.leaf, st);
	sx_release(&c);
	if (l->flags & F_YIELD)
		sx_yield(sys, SX_YIELD_END);
	return st;
}

u64 sx_seamcall_saved(struct sx_sys *sys, u64 leaf, struct sx_args_saved *a, unsigned int cpu,
		      unsigned int pkg)
{
	u64 nr = leaf & ~0xff0000ULL;
	struct sx_call c = {
		.sys = sys, .a = &a->a, .leaf = (enum sx_leaf)nr,
		.version = (leaf >> 16) & 0xff, .cpu = cpu, .pkg = pkg, .saved = true,
	};

	if ((nr == SX_MEM_PAGE_DEMOTE || nr == SX_MEM_PAGE_PROMOTE) && !sys->nr_direct)
		return call_known(&c);
	return sx_seamcall(sys, leaf, &a->a, cpu, pkg);
}
