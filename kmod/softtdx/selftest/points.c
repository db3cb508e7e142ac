// SPDX-License-Identifier: GPL-2.0-only
/* The fourteen points of the conformance checklist. */
#include "priv.h"

static u16 *page_lock(struct st *t, u64 pa)
{
	return &sx_pamt_entry(t->sys, pa, 0)->lock;
}

/* @call while another party holds the lock; a try must fail with @want and leave nothing behind. */
#define WHILE_HP(lock, mode, call, want) do {						\
	EXPECT(sharex_hp_try(lock, mode), true);					\
	EXPECT(call, want);								\
	sharex_hp_release(lock, mode);							\
} while (0)
#define WHILE(lock, mode, call, want) do {						\
	EXPECT(sharex_try(lock, mode), true);						\
	EXPECT(call, want);								\
	sharex_release(lock, mode);							\
} while (0)

static void tdr_and_tdvpr_ids(struct st *t)
{
	u64 tdr = t->d.tdr, vp = t->d.vp[0], page = st_page(t, 0);
	u16 *l = page_lock(t, tdr), *v = page_lock(t, vp);
	struct sx_enter e;

	WHILE_HP(l, SX_EXCLUSIVE, st_aug(t, GPA(0), 0, page), SX_OPERAND_BUSY | SX_OP_RDX);
	WHILE_HP(l, SX_EXCLUSIVE, st_track(t), SX_OPERAND_BUSY | SX_OP_RCX);
	WHILE_HP(l, SX_EXCLUSIVE, st_call(t, SX_MNG_RD, tdr, 0, 0, 0), SX_OPERAND_BUSY | SX_OP_RCX);
	WHILE_HP(l, SX_EXCLUSIVE, st_call(t, SX_VP_CREATE, page, tdr, 0, 0),
		 SX_OPERAND_BUSY | SX_OP_RDX);
	WHILE_HP(l, SX_EXCLUSIVE, st_enter(t, vp, &e), SX_OPERAND_BUSY | SX_OP_TDR);
	WHILE_HP(l, SX_EXCLUSIVE, st_call(t, SX_VP_RD, vp, 0, 0, 0), SX_OPERAND_BUSY | SX_OP_TDR);
	WHILE_HP(l, SX_EXCLUSIVE, st_call(t, SX_PHYMEM_PAGE_RECLAIM, vp, 0, 0, 0),
		 SX_OPERAND_BUSY | SX_OP_TDR);
	WHILE_HP(l, SX_SHARED, st_call(t, SX_MR_FINALIZE, tdr, 0, 0, 0),
		 SX_OPERAND_BUSY | SX_OP_RCX);
	WHILE_HP(l, SX_SHARED, st_call(t, SX_MNG_VPFLUSHDONE, tdr, 0, 0, 0),
		 SX_OPERAND_BUSY | SX_OP_RCX);
	WHILE_HP(l, SX_SHARED, st_call(t, SX_MEM_PAGE_ADD, GPA(0), tdr, page, page),
		 SX_OPERAND_BUSY | SX_OP_RDX);
	WHILE_HP(l, SX_SHARED, st_call(t, SX_VP_INIT | 1 << 16, vp, 0, 0, 0),
		 SX_OPERAND_BUSY | SX_OP_TDR);
	WHILE_HP(l, SX_SHARED, st_call(t, SX_VP_INIT, vp, 0, 0, 0),
		 st_ops_incorrect(t, OP_RUNNABLE));
	WHILE_HP(v, SX_EXCLUSIVE, st_enter(t, vp, &e), SX_OPERAND_BUSY | SX_OP_RCX);
	WHILE_HP(v, SX_EXCLUSIVE, st_call(t, SX_VP_ADDCX, page, vp, 0, 0),
		 SX_OPERAND_BUSY | SX_OP_RDX);
	WHILE_HP(v, SX_SHARED, st_call(t, SX_VP_FLUSH, vp, 0, 0, 0), SX_OPERAND_BUSY | SX_OP_RCX);
	WHILE_HP(&t->d.td->op_lock, SX_EXCLUSIVE, st_aug(t, GPA(0), 0, page),
		 SX_OPERAND_BUSY | SX_OP_OP_STATE);
	WHILE_HP(&t->d.td->op_lock, SX_SHARED, st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0), SX_SUCCESS);
}

static void tree_and_epoch_ids(struct st *t)
{
	u16 *tree = &t->d.td->tree_lock, *epoch = &t->d.td->epoch_lock;
	u64 page = st_page(t, 0);
	struct sx_enter e;

	WHILE_HP(tree, SX_EXCLUSIVE, st_aug(t, GPA(0), 0, page), 0x8000020000000092ULL);
	WHILE_HP(tree, SX_EXCLUSIVE, st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0),
		 0x8000020000000092ULL);
	WHILE_HP(tree, SX_SHARED, st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0), 0x8000020000000092ULL);
	WHILE_HP(tree, SX_SHARED, st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0), SX_SUCCESS);
	WHILE(epoch, SX_EXCLUSIVE, st_track(t), 0x80000200000000a9ULL);
	WHILE(epoch, SX_SHARED, st_track(t), 0x80000200000000a9ULL);
	WHILE(epoch, SX_EXCLUSIVE, st_enter(t, t->d.vp[0], &e), 0x80000200000000a9ULL);
	WHILE(epoch, SX_SHARED, st_enter(t, t->d.vp[0], &e), SX_SUCCESS);
	st_exit(t, t->d.vp[0]);
}

static void page_and_entry_ids(struct st *t)
{
	u64 page = st_page(t, 0), tdr = t->d.tdr, val, *entry;
	u16 *l = page_lock(t, page);
	unsigned int level = 0;

	WHILE_HP(l, SX_SHARED, st_aug(t, GPA(0), 0, page), SX_OPERAND_BUSY | SX_OP_R8);
	WHILE_HP(l, SX_SHARED, st_call(t, SX_MEM_SEPT_ADD, REGION(1) | 1, tdr, page, 0),
		 SX_OPERAND_BUSY | SX_OP_R8);
	WHILE_HP(l, SX_EXCLUSIVE, st_call(t, SX_PHYMEM_PAGE_WBINVD, page, 0, 0, 0),
		 SX_OPERAND_BUSY | SX_OP_RCX);
	WHILE_HP(l, SX_SHARED, st_call(t, SX_PHYMEM_PAGE_RECLAIM, page, 0, 0, 0),
		 SX_OPERAND_BUSY | SX_OP_RCX);
	OK(st_aug(t, GPA(0), 0, page));
	st_block_track(t, GPA(0), 0);
	WHILE_HP(l, SX_SHARED, st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0),
		 SX_OPERAND_BUSY | SX_OP_RCX);

	entry = sx_walk(t->d.td, GPA(0), &level, &val);
	EXPECT(sx_entry_try_host(entry), true);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), 0x8000020000000001ULL);
	EXPECT(st_mem(t, SX_MEM_RANGE_UNBLOCK, GPA(0), 0), 0x8000020000000001ULL);
	EXPECT(st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0), 0x8000020000000001ULL);
	EXPECT(t->out.rcx & ~SX_E_HPA, ARCH_UNMAPPED);
	EXPECT(t->out.rdx, ENTRY_INFO(0, SX_PENDING_BLOCKED));
	sx_entry_unlock(entry);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
}

static void module_ids(struct st *t)
{
	u16 *kot = &t->sys->kot_lock;
	u64 page = st_page(t, 0);

	WHILE(kot, SX_SHARED, st_call(t, SX_MNG_CREATE, page, 2, 0, 0),
	      SX_OPERAND_BUSY | SX_OP_KOT);
	WHILE(kot, SX_SHARED, st_call(t, SX_MNG_VPFLUSHDONE, t->d.tdr, 0, 0, 0),
	      SX_OPERAND_BUSY | SX_OP_KOT);
	WHILE(kot, SX_EXCLUSIVE, st_call(t, SX_PHYMEM_CACHE_WB, 0, 0, 0, 0),
	      SX_OPERAND_BUSY | SX_OP_KOT);
	t->sys->wbt[0].lock = 1;
	EXPECT(st_call(t, SX_PHYMEM_CACHE_WB, 0, 0, 0, 0), SX_OPERAND_BUSY | SX_OP_WBCACHE);
	t->sys->wbt[0].lock = 0;
}

/* 1: every lock is a try, and its failure names the operand. */
void check_operand_ids(struct st *t)
{
	st_td_run(t, &t->d, 1);
	tdr_and_tdvpr_ids(t);
	tree_and_epoch_ids(t);
	page_and_entry_ids(t);
	module_ids(t);
}

/*
 * 2: calls that are wrong in several ways report the first of them in the order of the common
 * steps. Each line leaves out the mistake that the line before was told of.
 */
void check_check_order(struct st *t)
{
	u64 used, page, val, *entry;
	unsigned int level = 0;
	struct sx_td *td;

	st_td_build(t, &t->d, 1);
	td = t->d.td;
	used = t->d.tdcs[0];
	page = st_page(t, 0);
	/* TDR, then TD state, then op_state, then operands */
	EXPECT(st_call(t, SX_MEM_PAGE_AUG, GPA(0) | 7, used, used, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RDX);
	td->fatal = 1;
	td->nr_tdcs--;
	EXPECT(st_aug(t, GPA(0) | 7, 0, used), SX_TD_FATAL);
	td->fatal = 0;
	EXPECT(st_aug(t, GPA(0) | 7, 0, used), SX_TDCS_NOT_ALLOCATED);
	td->nr_tdcs++;
	EXPECT(sharex_hp_try(&td->op_lock, SX_EXCLUSIVE), true);
	EXPECT(st_aug(t, GPA(0) | 7, 0, used), SX_OPERAND_BUSY | SX_OP_OP_STATE);
	sharex_hp_release(&td->op_lock, SX_EXCLUSIVE);
	td->op_state = OP_UNINITIALIZED;
	EXPECT(st_aug(t, GPA(0) | 7, 0, used), st_ops_incorrect(t, OP_UNINITIALIZED));
	td->op_state = OP_INITIALIZED;
	OK(st_call(t, SX_MR_FINALIZE, t->d.tdr, 0, 0, 0));
	/* operands, then tree, then walk */
	EXPECT(sharex_hp_try(&td->tree_lock, SX_EXCLUSIVE), true);
	EXPECT(st_aug(t, GPA(0) | 7, 0, used), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_aug(t, GPA(0), 0, used), SX_OPERAND_BUSY | SX_OP_SEPT_TREE);
	sharex_hp_release(&td->tree_lock, SX_EXCLUSIVE);
	EXPECT(st_aug(t, GPA(0), 0, used), SX_EPT_WALK_FAILED | SX_OP_RCX);
	/* entry lock, then state, then page */
	st_tables(t, GPA(0));
	OK(st_aug(t, GPA(0), 0, page));
	entry = sx_walk(td, GPA(0), &level, &val);
	EXPECT(sx_entry_try_host(entry), true);
	EXPECT(st_aug(t, GPA(0), 0, used), SX_OPERAND_BUSY | SX_OP_RCX);
	sx_entry_unlock(entry);
	EXPECT(st_aug(t, GPA(0), 0, used), SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(st_aug(t, GPA(1), 0, used), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	/* state, then page lock, then blocked, then tracked, then children */
	EXPECT(sharex_hp_try(page_lock(t, page), SX_SHARED), true);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, REGION(0), 1),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), SX_OPERAND_BUSY | SX_OP_RCX);
	sharex_hp_release(page_lock(t, page), SX_SHARED);
	EXPECT(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(0), 1), SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1));
	EXPECT(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(0), 1), SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	OK(st_track(t));
	EXPECT(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(0), 1), SX_EPT_PAGE_NOT_FREE | SX_OP_RCX);
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, REGION(0), 1));
}

/*
 * 3: nothing below a blocked entry can be reached, by any leaf; RCX and RDX tell where the walk
 * stopped.
 */
void check_walk_stops(struct st *t)
{
	static const u64 leaves[] = {
		SX_MEM_PAGE_REMOVE, SX_MEM_RANGE_BLOCK, SX_MEM_RANGE_UNBLOCK, SX_MEM_SEPT_RD,
	};
	unsigned int i;

	st_td_run(t, &t->d, 1);
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1));
	OK(st_track(t));
	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		EXPECT(st_mem(t, leaves[i], GPA(0), 0), 0xc0000b0000000001ULL);
		EXPECT(t->out.rdx, ENTRY_INFO(1, SX_NL_BLOCKED));
		EXPECT(t->out.rcx, 0);
	}
	EXPECT(st_aug(t, GPA(1), 0, st_page(t, 0)), 0xc0000b0000000001ULL);
	/* Two levels up, for leaves that target a table. */
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 2));
	EXPECT(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(0), 1), 0xc0000b0000000001ULL);
	EXPECT(t->out.rdx, ENTRY_INFO(2, SX_NL_BLOCKED));
	EXPECT(st_sept_add(t, REGION(1), 1), 0xc0000b0000000001ULL);
	/* FREE stops it too. */
	EXPECT(st_mem(t, SX_MEM_SEPT_RD, 0, 0), 0xc0000b0000000001ULL);
	EXPECT(t->out.rdx, ENTRY_INFO(2, SX_FREE));
}

/* 4: a second BLOCK is told so, and it is not an error code. */
void check_block_twice(struct st *t)
{
	st_td_run(t, &t->d, 1);
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	EXPECT(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(1), 0), SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	EXPECT(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0), 0x00000b0700000001ULL);
	EXPECT(t->out.rdx, ENTRY_INFO(0, SX_PENDING_BLOCKED));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1));
	EXPECT(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1), 0x00000b0700000001ULL);
}

/* 5: REMOVE wants BLOCK, then TRACK, then every vCPU that was inside to have left once. */
void check_tracking(struct st *t)
{
	struct sx_enter e;

	st_td_run(t, &t->d, 2);
	st_map(t, GPA(0), t->d.vp[0]);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), 0xc0000b0600000001ULL);
	OK(st_enter(t, t->d.vp[0], &e));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), 0xc0000b0800000001ULL);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	OK(st_track(t));
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), 0xc0000b0800000001ULL);
	EXPECT(st_track(t), 0x8000020100000000ULL);
	/* One that enters now is in the new epoch and is not waited for. */
	OK(st_enter(t, t->d.vp[1], &e));
	st_exit(t, t->d.vp[0]);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	st_exit(t, t->d.vp[1]);

	/* One TRACK serves BLOCKs of any number and level; a TRACK before the BLOCK serves none. */
	OK(st_aug(t, GPA(1), 0, st_page(t, 0)));
	OK(st_aug(t, GPA(2), 0, st_page(t, 0)));
	OK(st_sept_add(t, REGION(1), 1));
	OK(st_track(t));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(1), 0));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(2), 0));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(1), 1));
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(1), 0), 0xc0000b0800000001ULL);
	OK(st_track(t));
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(1), 0));
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(2), 0));
	OK(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(1), 1));
}

/* 6: before FINALIZE nothing can be in a TLB, and neither BLOCK nor TRACK is asked for. */
void check_prefinalize(struct st *t)
{
	u64 src, page;

	st_td_build(t, &t->d, 1);
	st_tables(t, GPA(0));
	src = st_page(t, 0);
	page = st_page(t, 0);
	OK(st_call(t, SX_MEM_PAGE_ADD, GPA(0), t->d.tdr, page, src));
	EXPECT(st_state(t, GPA(0), 0), SX_MAPPED);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	EXPECT(t->out.rcx, page);
	OK(st_aug(t, GPA(0), 0, page));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, GPA(0), 0));
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	OK(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(0), 1));
}

/* 7: a table goes only when all its entries are FREE; BLOCKED is not FREE. */
void check_sept_remove_child(struct st *t)
{
	u64 page;

	st_td_run(t, &t->d, 1);
	page = st_page(t, 0);
	OK(st_aug(t, GPA(511), 0, page));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(511), 0));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1));
	OK(st_track(t));
	EXPECT(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(0), 1), 0xc0000b0e00000001ULL);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(511), 0), SX_EPT_WALK_FAILED | SX_OP_RCX);
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, REGION(0), 1));
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(511), 0));
	EXPECT(t->out.rcx, page);
	st_block_track(t, REGION(0), 1);
	OK(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(0), 1));
	EXPECT(st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0), SX_EPT_WALK_FAILED | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_FREE));
}

/* 8: the state is checked before the page, so even AUG of the very same page reports the entry. */
void check_aug_on_pending(struct st *t)
{
	u64 page;

	st_td_run(t, &t->d, 1);
	page = st_page(t, 0);
	OK(st_aug(t, GPA(0), 0, page));
	EXPECT(st_aug(t, GPA(0), 0, page), 0xc0000b0d00000001ULL);
	EXPECT(t->out.rdx, ENTRY_INFO(0, SX_PENDING));
	EXPECT(t->out.rcx & SX_E_HPA, page);
	EXPECT(st_aug(t, GPA(1), 0, page), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(st_sept_add(t, REGION(0), 1), 0xc0000b0d00000001ULL);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_NL_MAPPED));
}

static void unblock_one(struct st *t, u64 gpa, unsigned int level, enum sx_state before, u64 hpa)
{
	EXPECT(st_mem(t, SX_MEM_RANGE_UNBLOCK, gpa, level),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, gpa, level));
	OK(st_track(t));
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, gpa, level));
	OK(st_mem(t, SX_MEM_SEPT_RD, gpa, level));
	EXPECT(t->out.rdx, ENTRY_INFO(level, before));
	EXPECT(t->out.rcx & SX_E_HPA, before == SX_NL_MAPPED ? 0 : hpa);
}

/* 9: UNBLOCK brings back the state from before, the same page and its content. */
void check_unblock_restores(struct st *t)
{
	u64 page, *word, hpa;
	enum sx_state state;
	int level = 0;

	st_td_run(t, &t->d, 1);
	page = st_page(t, 0);
	OK(st_aug(t, GPA(0), 0, page));
	unblock_one(t, GPA(0), 0, SX_PENDING, page);
	st_map(t, GPA(1), t->d.vp[0]);
	EXPECT(sx_td_lookup(t->d.td, GPA(1), &level, &hpa, &state), true);
	word = sx_page_va(t->sys, hpa);
	word[17] = 0x123456789abcdefULL;
	unblock_one(t, GPA(1), 0, SX_MAPPED, hpa);
	EXPECT(word[17], 0x123456789abcdefULL);
	level = 1;
	EXPECT(sx_td_lookup(t->d.td, REGION(0), &level, &hpa, &state), true);
	unblock_one(t, REGION(0), 1, SX_NL_MAPPED, hpa);
}

static void hook_enter(struct st *t)
{
	struct sx_enter e;

	t->hook_status = st_enter(t, t->d.vp[0], &e);
}

static void hook_track(struct st *t)
{
	t->hook_status = st_track(t);
}

static void hook_block(struct st *t)
{
	t->hook_status = st_mem(t, SX_MEM_RANGE_BLOCK, GPA(1), 0);
}

static void hook_aug(struct st *t)
{
	t->hook_status = st_aug(t, GPA(3), 0, t->scratch[0]);
}

/*
 * 10: entry and TRACK exclude each other, whichever comes second; zero-step entry holds the tree.
 */
void check_enter_vs_track(struct st *t)
{
	bool shared = sx_since(t->sys, SX_R_1_5_25);
	struct sx_enter e;

	st_td_run(t, &t->d, 2);
	t->scratch[0] = st_page(t, 0);
	st_hook(t, SX_YIELD_LOCKED, hook_enter);
	OK(st_track(t));
	EXPECT(t->hook_status, 0x80000200000000a9ULL);
	st_hook(t, SX_YIELD_LOCKED, hook_track);
	OK(st_enter(t, t->d.vp[0], &e));
	EXPECT(t->hook_status, 0x80000200000000a9ULL);
	st_exit(t, t->d.vp[0]);

	st_zero_step_arm(t, t->d.vp[0], GPA(1));
	st_map(t, GPA(1), t->d.vp[1]);
	st_hook(t, SX_YIELD_LOCKED, hook_enter);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(1), 0));
	EXPECT(t->hook_status, 0x8000020000000092ULL);
	OK(st_track(t));
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, GPA(1), 0));
	st_hook(t, SX_YIELD_ENTER, hook_block);
	OK(st_enter(t, t->d.vp[0], &e));
	EXPECT(t->hook_status, 0x8000020000000092ULL);
	EXPECT(e.synth, false);
	/* In the guest it holds the tree no longer. */
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(1), 0));
	OK(st_track(t));
	st_exit(t, t->d.vp[0]);
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, GPA(1), 0));
	/* Faults of others go on beside it since 1.5.20. */
	st_hook(t, SX_YIELD_ENTER, hook_aug);
	OK(st_enter(t, t->d.vp[0], &e));
	EXPECT(t->hook_status, shared ? 0 : 0x8000020000000092ULL);
	st_exit(t, t->d.vp[0]);
	EXPECT(t->hooks_run, 5);
}

/* 11: RECLAIM only in TEARDOWN, in any order, the TDR last. */
void check_reclaim_rules(struct st *t)
{
	u64 tdr, page, tdcs;

	st_td_run(t, &t->d, 1);
	tdr = t->d.tdr;
	tdcs = t->d.tdcs[0];
	page = st_page(t, 0);
	OK(st_aug(t, GPA(0), 0, page));
	EXPECT(st_call(t, SX_PHYMEM_PAGE_RECLAIM, page, 0, 0, 0), SX_LIFECYCLE_STATE_INCORRECT);
	EXPECT(st_call(t, SX_PHYMEM_PAGE_RECLAIM, tdr, 0, 0, 0), SX_LIFECYCLE_STATE_INCORRECT);
	OK(st_call(t, SX_VP_FLUSH, t->d.vp[0], 0, 0, 0));
	OK(st_call(t, SX_MNG_VPFLUSHDONE, tdr, 0, 0, 0));
	EXPECT(st_call(t, SX_PHYMEM_PAGE_RECLAIM, page, 0, 0, 0), SX_LIFECYCLE_STATE_INCORRECT);
	OK(st_call(t, SX_PHYMEM_CACHE_WB, 0, 0, 0, 0));
	OK(st_call(t, SX_MNG_KEY_FREEID, tdr, 0, 0, 0));
	EXPECT(st_call(t, SX_PHYMEM_PAGE_RECLAIM, tdr, 0, 0, 0), SX_TD_ASSOCIATED_PAGES_EXIST);
	/* A table before the page it points to. */
	OK(st_call(t, SX_PHYMEM_PAGE_RECLAIM, tdcs, 0, 0, 9));
	EXPECT(t->out.r9 | t->out.r10 | t->out.r11, 0);
	EXPECT(t->out.rcx, SX_PT_TDCX);
	EXPECT(t->out.rdx, tdr);
	EXPECT(t->out.r8, 0);
	OK(st_call(t, SX_PHYMEM_PAGE_RECLAIM, page, 0, 0, 0));
	EXPECT(t->out.rcx, SX_PT_REG);
	EXPECT(st_call(t, SX_PHYMEM_PAGE_RECLAIM, page, 0, 0, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	st_td_destroy(t, &t->d);
	EXPECT(t->out.rcx, SX_PT_TDR);
	EXPECT(sx_td_of(t->sys, tdr) == NULL, true);
}

/* 12: WBINVD is for pages that have left. */
void check_wbinvd_needs_nda(struct st *t)
{
	u64 page, key;

	st_td_run(t, &t->d, 1);
	page = st_page(t, 0);
	key = t->d.hkid << sx_params(t->sys)->hkid_shift;
	OK(st_aug(t, GPA(0), 0, page));
	EXPECT(st_call(t, SX_PHYMEM_PAGE_WBINVD, page | key, 0, 0, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	st_block_track(t, GPA(0), 0);
	EXPECT(st_call(t, SX_PHYMEM_PAGE_WBINVD, page | key, 0, 0, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	OK(st_call(t, SX_PHYMEM_PAGE_WBINVD, page | key, 0, 0, 0));
	OK(st_call(t, SX_PHYMEM_PAGE_WBINVD, page, 0, 0, 0));
	EXPECT(st_call(t, SX_PHYMEM_PAGE_WBINVD, page | 99ULL << sx_params(t->sys)->hkid_shift, 0,
		       0, 0),
	       SX_OPERAND_INVALID | SX_OP_RCX);
}

/*
 * 13: a host that lost the entry goes first the next time: guests give way until a host call
 * succeeds.
 */
void check_host_priority(struct st *t)
{
	struct sx_params *p = sx_params(t->sys);
	u64 vp, val, *entry;
	unsigned int level = 0;
	struct sx_enter e;
	bool prio, violation;

	st_td_run(t, &t->d, 1);
	vp = t->d.vp[0];
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	OK(st_enter(t, vp, &e));
	entry = sx_walk(t->d.td, GPA(0), &level, &val);
	/* An ACCEPT elsewhere is just now at this entry. */
	EXPECT(sx_entry_try_guest(entry, &prio), true);
	EXPECT(st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(st_accept(t, vp, GPA(0), &violation), SX_OPERAND_BUSY | SX_OP_RCX);
	sx_entry_unlock(entry);
	EXPECT(st_accept(t, vp, GPA(0), &violation), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(violation, false);
	p->hp_timeout = 3;
	EXPECT(st_accept(t, vp, GPA(0), &violation), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(st_accept(t, vp, GPA(0), &violation), SX_HP_BUSY_TIMEOUT);
	OK(st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0));
	OK(st_accept(t, vp, GPA(0), &violation));
	st_exit(t, vp);
}

static u64 refs(struct st *t)
{
	return t->d.td->epoch >> SX_EPOCH_BITS;
}

/* 14: however an entry ends, it leaves as many references as it found. */
void check_refcounts(struct st *t)
{
	struct sx_enter e;
	u64 vp;

	st_td_build(t, &t->d, 2);
	vp = t->d.vp[0];
	EXPECT(st_enter(t, vp, &e), st_ops_incorrect(t, OP_INITIALIZED));
	OK(st_call(t, SX_MR_FINALIZE, t->d.tdr, 0, 0, 0));
	st_tables(t, GPA(0));
	EXPECT(sx_vp_enter(t->sys, vp, 5, RIP, &e), SX_VCPU_ASSOCIATED);
	EXPECT(refs(t), 0);
	OK(st_enter(t, vp, &e));
	EXPECT(refs(t) != 0, true);
	EXPECT(st_enter(t, vp, &e), SX_VCPU_STATE_INCORRECT);
	st_exit(t, vp);
	EXPECT(refs(t), 0);
	st_zero_step_arm(t, vp, GPA(0));
	OK(st_enter(t, vp, &e));
	EXPECT(e.synth, true);
	EXPECT(refs(t), 0);
	EXPECT(sharex_hp_try(&t->d.td->tree_lock, SX_EXCLUSIVE), true);
	EXPECT(st_enter(t, vp, &e), SX_OPERAND_BUSY | SX_OP_SEPT_TREE);
	sharex_hp_release(&t->d.td->tree_lock, SX_EXCLUSIVE);
	EXPECT(refs(t), 0);
	sx_td_set_fatal(t->d.td);
	EXPECT(st_enter(t, t->d.vp[1], &e), SX_TD_FATAL);
	EXPECT(refs(t), 0);
	t->d.td->fatal = 0;
	OK(st_track(t));
	OK(st_track(t));
}
