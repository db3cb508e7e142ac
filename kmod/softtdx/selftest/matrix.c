// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock conflict matrix of a RUNNABLE TD: every pair of calls, either one as the holder. The
 * holder is stopped by the yield hook with all its locks held and the contender runs to its end
 * right there, so the outcome is certain. Targets are disjoint, so that only locks can make a pair
 * fail.
 */
#include "priv.h"

enum op {
	OP_AUG, OP_SEPT_ADD, OP_REMOVE, OP_DEMOTE, OP_SEPT_RD,		/* tree shared */
	OP_BLOCK, OP_UNBLOCK, OP_SEPT_REMOVE,				/* tree exclusive */
	OP_PROMOTE,							/* by release */
	OP_TRACK, OP_ENTER, OP_ENTER_ZERO_STEP, OP_ACCEPT,
	NR_OPS
};

static const char *const op_names[NR_OPS] = {
	"AUG", "SEPT.ADD", "REMOVE", "DEMOTE", "SEPT.RD", "BLOCK", "UNBLOCK", "SEPT.REMOVE",
	"PROMOTE", "TRACK", "ENTER", "ENTER zero-step", "ACCEPT",
};

/* vCPUs: one per slot for each kind of entry, and one inside for ACCEPT. */
#define VP_ENTER(slot)		(slot)
#define VP_ZERO_STEP(slot)	(2 + (slot))
#define VP_ACCEPTER		4
#define NR_VPS			5

/* Pages and tables, apart for each operation and slot. */
#define AT(op, slot)		GPA(2 * (op) + (slot))
#define TABLE(op, slot)		REGION(2 * (op) + (slot))
#define ZERO_STEP_GPA(slot)	GPA(64 + (slot))

/* t->scratch */
enum { S_CONTENDER, S_PAGE0, S_PAGE1 };

/* A table that DEMOTE has made, blocked; to be tracked. */
static void prepare_pieces(struct st *t, unsigned int slot)
{
	OK(st_aug(t, TABLE(OP_PROMOTE, slot), 1, st_page(t, 1)));
	st_block_track(t, TABLE(OP_PROMOTE, slot), 1);
	OK(st_call(t, SX_MEM_PAGE_DEMOTE, TABLE(OP_PROMOTE, slot) | 1, t->d.tdr, st_page(t, 0), 0));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, TABLE(OP_PROMOTE, slot), 1));
}

static void prepare_slot(struct st *t, unsigned int slot)
{
	prepare_pieces(t, slot);
	st_zero_step_arm(t, t->d.vp[VP_ZERO_STEP(slot)], ZERO_STEP_GPA(slot));
	st_map(t, ZERO_STEP_GPA(slot), t->d.vp[VP_ACCEPTER]);
	OK(st_aug(t, AT(OP_REMOVE, slot), 0, st_page(t, 0)));
	OK(st_aug(t, AT(OP_SEPT_RD, slot), 0, st_page(t, 0)));
	OK(st_aug(t, AT(OP_BLOCK, slot), 0, st_page(t, 0)));
	OK(st_aug(t, AT(OP_UNBLOCK, slot), 0, st_page(t, 0)));
	OK(st_aug(t, AT(OP_ACCEPT, slot), 0, st_page(t, 0)));
	OK(st_aug(t, TABLE(OP_DEMOTE, slot), 1, st_page(t, 1)));
	OK(st_sept_add(t, TABLE(OP_SEPT_REMOVE, slot), 1));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, AT(OP_REMOVE, slot), 0));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, TABLE(OP_DEMOTE, slot), 1));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, AT(OP_UNBLOCK, slot), 0));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, TABLE(OP_SEPT_REMOVE, slot), 1));
	t->scratch[S_PAGE0 + slot] = st_page(t, 0);
}

/* A TD in which every operation of both slots is ready to succeed. */
static void prepare(struct st *t)
{
	struct sx_enter e;

	st_td_run(t, &t->d, NR_VPS);
	prepare_slot(t, 0);
	prepare_slot(t, 1);
	OK(st_track(t));
	OK(st_enter(t, t->d.vp[VP_ACCEPTER], &e));
}

static void fault_found(void *arg, const char *what, u64 gpa, u64 value)
{
	(void)gpa;
	st_expect(arg, what, value, 0);
}

/* @check: the walk over all of memory is dear, and one per holder finds what a lost lock leaves. */
static void unprepare(struct st *t, bool check)
{
	unsigned int i;

	for (i = 0; i < NR_VPS; i++) {
		if (sx_vp_of(t->sys, t->d.vp[i])->state == VP_ACTIVE)
			st_exit(t, t->d.vp[i]);
	}
	if (check)
		sx_td_check(t->d.td, NULL, fault_found, t);
	st_td_destroy(t, &t->d);
	t->params = 0;
	while (t->nr_pages) {
		u64 pa = t->pages[--t->nr_pages];

		t->env->free(t->env->arg, pa & ~1ULL, pa & 1);
	}
}

static u64 perform(struct st *t, enum op op, unsigned int slot)
{
	struct sx_enter e;
	bool violation;

	switch (op) {
	case OP_AUG:
		return st_aug(t, AT(op, slot), 0, t->scratch[S_PAGE0 + slot]);
	case OP_SEPT_ADD:
		return st_call(t, SX_MEM_SEPT_ADD, TABLE(op, slot) | 1, t->d.tdr,
			       t->scratch[S_PAGE0 + slot], 0);
	case OP_REMOVE:
		return st_mem(t, SX_MEM_PAGE_REMOVE, AT(op, slot), 0);
	case OP_DEMOTE:
		return st_call(t, SX_MEM_PAGE_DEMOTE, TABLE(op, slot) | 1, t->d.tdr,
			       t->scratch[S_PAGE0 + slot], 0);
	case OP_SEPT_RD:
		return st_mem(t, SX_MEM_SEPT_RD, AT(op, slot), 0);
	case OP_BLOCK:
		return st_mem(t, SX_MEM_RANGE_BLOCK, AT(op, slot), 0);
	case OP_UNBLOCK:
		return st_mem(t, SX_MEM_RANGE_UNBLOCK, AT(op, slot), 0);
	case OP_PROMOTE:
		return st_mem(t, SX_MEM_PAGE_PROMOTE, TABLE(op, slot), 1);
	case OP_SEPT_REMOVE:
		return st_mem(t, SX_MEM_SEPT_REMOVE, TABLE(op, slot), 1);
	case OP_TRACK:
		return st_track(t);
	case OP_ENTER:
		return st_enter(t, t->d.vp[VP_ENTER(slot)], &e);
	case OP_ENTER_ZERO_STEP:
		return st_enter(t, t->d.vp[VP_ZERO_STEP(slot)], &e);
	default:
		return st_accept(t, t->d.vp[VP_ACCEPTER], AT(op, slot), &violation);
	}
}

static enum sx_mode tree_mode(struct st *t, enum op op)
{
	if (op <= OP_SEPT_RD)
		return SX_SHARED;
	if (op == OP_ENTER_ZERO_STEP)
		return sx_since(t->sys, SX_R_1_5_25) ? SX_SHARED : SX_EXCLUSIVE;
	if (op == OP_PROMOTE)
		return sx_since(t->sys, SX_R_1_5_25) ? SX_EXCLUSIVE : SX_SHARED;
	return op <= OP_SEPT_REMOVE ? SX_EXCLUSIVE : SX_UNLOCKED;
}

/*
 * An entry takes the epoch first; a zero-step entry is stopped later, when only the tree is held.
 */
static enum sx_mode epoch_mode(enum op op, bool holder)
{
	if (op == OP_TRACK)
		return SX_EXCLUSIVE;
	if (op == OP_ENTER || (op == OP_ENTER_ZERO_STEP && !holder))
		return SX_SHARED;
	return SX_UNLOCKED;
}

static bool conflict(enum sx_mode a, enum sx_mode b)
{
	return a && b && (a == SX_EXCLUSIVE || b == SX_EXCLUSIVE);
}

static u64 expected(struct st *t, enum op holder, enum op contender)
{
	if (conflict(epoch_mode(holder, true), epoch_mode(contender, false)))
		return SX_OPERAND_BUSY | SX_OP_TD_EPOCH;
	if (conflict(tree_mode(t, holder), tree_mode(t, contender)))
		return SX_OPERAND_BUSY | SX_OP_SEPT_TREE;
	return SX_SUCCESS;
}

static void contend(struct st *t)
{
	t->hook_status = perform(t, (enum op)t->scratch[S_CONTENDER], 1);
}

/*
 * Nothing waits and nothing is half done: the loser's next try goes through. A second TRACK finds
 * the vCPU that the first one left in the previous epoch.
 */
static void retry(struct st *t, enum op holder, enum op contender)
{
	u64 want = holder == OP_TRACK && contender == OP_TRACK ? SX_PREVIOUS_TLB_EPOCH_BUSY :
								 SX_SUCCESS;

	if (t->hook_status)
		EXPECT(perform(t, contender, 1), want);
}

/* Of the holder itself. Two end without effect once somebody has lost the tree to them. */
static u64 held(struct st *t, enum op holder)
{
	if ((holder == OP_DEMOTE || holder == OP_PROMOTE) &&
	    t->hook_status == (SX_OPERAND_BUSY | SX_OP_SEPT_TREE) &&
	    sx_since(t->sys, SX_R_1_5_25))
		return SX_INTERRUPTED_BUSY;
	return SX_SUCCESS;
}

/* ACCEPT has no yield point: it cannot hold a lock that a call on another entry wants. */
void check_conflict_matrix(struct st *t)
{
	unsigned int holder, contender;
	u64 st;

	for (holder = 0; holder < OP_ACCEPT; holder++) {
		for (contender = 0; contender < NR_OPS; contender++) {
			unsigned int before = t->faults;

			prepare(t);
			t->scratch[S_CONTENDER] = contender;
			t->hooks_run = 0;
			st_hook(t, holder == OP_ENTER_ZERO_STEP ? SX_YIELD_ENTER : SX_YIELD_LOCKED,
				contend);
			st = perform(t, (enum op)holder, 0);
			EXPECT(st, held(t, (enum op)holder));
			EXPECT(t->hooks_run, 1);
			EXPECT(t->hook_status, expected(t, (enum op)holder, (enum op)contender));
			retry(t, (enum op)holder, (enum op)contender);
			if (t->faults != before) {
				st_expect(t, op_names[holder], 1, 0);
				st_expect(t, op_names[contender], 1, 0);
			}
			unprepare(t, contender == NR_OPS - 1);
		}
	}
}

/* t->scratch[S_CONTENDER] is a leaf here, all on GPA(0). */
static void contend_same(struct st *t)
{
	u64 leaf = t->scratch[S_CONTENDER];
	bool violation;

	if (leaf == SX_NR_LEAVES)
		t->hook_status = st_accept(t, t->d.vp[0], GPA(0), &violation);
	else if (leaf == SX_MEM_PAGE_AUG)
		t->hook_status = st_aug(t, GPA(0), 0, t->scratch[S_PAGE1]);
	else
		t->hook_status = st_mem(t, leaf, GPA(0), 0);
}

/* Tree-shared calls, and ACCEPT, on one entry: the second is BUSY|RCX while the first has it. */
void check_same_entry(struct st *t)
{
	static const u64 contenders[] = {
		SX_MEM_PAGE_AUG, SX_MEM_PAGE_REMOVE, SX_MEM_SEPT_RD, SX_NR_LEAVES /* ACCEPT */,
	};
	u64 vp, val, *entry, page;
	unsigned int i, level = 0;
	struct sx_enter e;
	bool prio;

	st_td_run(t, &t->d, 1);
	vp = t->d.vp[0];
	t->scratch[S_PAGE1] = st_page(t, 0);
	page = st_page(t, 0);
	entry = sx_walk(t->d.td, GPA(0), &level, &val);
	for (i = 0; i < sizeof(contenders) / sizeof(contenders[0]); i++) {
		OK(st_enter(t, vp, &e));
		t->scratch[S_CONTENDER] = contenders[i];
		st_hook(t, SX_YIELD_LOCKED, contend_same);
		OK(st_aug(t, GPA(0), 0, page));
		EXPECT(t->hook_status, 0x8000020000000001ULL);
		/* What the host call that lost has left there outlives the commit, since 1.5.20. */
		EXPECT(!!(*entry & SX_E_PRIO),
		       contenders[i] != SX_NR_LEAVES && sx_since(t->sys, SX_R_1_5_25));
		/* AUG that comes after instead sees the state, not the page. */
		EXPECT(st_aug(t, GPA(0), 0, t->scratch[S_PAGE1]),
		       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
		st_exit(t, vp);
		st_block_track(t, GPA(0), 0);
		OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	}
	EXPECT(t->hooks_run, i);

	/*
	 * ACCEPT has the entry even where it can only end in a violation, and costs the host a
	 * BUSY.
	 */
	EXPECT(sx_entry_try_guest(entry, &prio), true);
	EXPECT(st_aug(t, GPA(0), 0, page), 0x8000020000000001ULL);
	sx_entry_unlock(entry);
	OK(st_aug(t, GPA(0), 0, page));
}
