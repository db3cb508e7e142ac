// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of memory behaviour beyond the checklist: zero-step, ACCEPT, 2M pages, PAMT, operands,
 * oracle.
 */
#include "priv.h"

static void accept_on(struct st *t, u64 vp, u64 gpa)
{
	struct sx_enter e;
	bool violation;

	OK(st_enter(t, vp, &e));
	OK(st_accept(t, vp, gpa, &violation));
	st_exit(t, vp);
}

/* The threshold, the reset by progress, the synthesised violation, and what resolves it. */
void check_zero_step(struct st *t)
{
	struct sx_stats *s;
	struct sx_vp *vp;
	bool pending = sx_since(t->sys, SX_R_1_5_25);
	struct sx_enter e;
	unsigned int i;

	st_td_run(t, &t->d, 2);
	vp = sx_vp_of(t->sys, t->d.vp[0]);
	/* Progress resets the count: alternating instructions never arm it. */
	for (i = 0; i < 40; i++) {
		OK(sx_vp_enter(t->sys, t->d.vp[0], 0, RIP + (i & 1), &e));
		EXPECT(e.synth, false);
		sx_vp_private_violation(vp, GPA(0), RIP + (i & 1));
		sx_vp_exit(vp);
	}
	OK(sx_vp_enter(t->sys, t->d.vp[0], 0, RIP + 2, &e));
	sx_vp_exit(vp);
	st_zero_step_arm(t, t->d.vp[0], GPA(0));
	OK(st_enter(t, t->d.vp[0], &e));
	EXPECT(e.synth, true);
	EXPECT(e.gpa, GPA(0));
	/* PENDING raises #VE in the guest, which is progress: enough to let it in since 1.5.20. */
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	OK(st_enter(t, t->d.vp[0], &e));
	EXPECT(e.synth, !pending);
	if (pending)
		st_exit(t, t->d.vp[0]);
	accept_on(t, t->d.vp[1], GPA(0));
	OK(st_enter(t, t->d.vp[0], &e));
	EXPECT(e.synth, false);
	st_exit(t, t->d.vp[0]);
	/* A fault that shows progress is number 1: after as many as the threshold, one more. */
	OK(sx_vp_enter(t->sys, t->d.vp[0], 0, RIP + 4, &e));
	for (i = 0; i <= sx_params(t->sys)->zero_step_threshold; i++) {
		EXPECT(vp->nr_gpas, 0);
		sx_vp_private_violation(vp, GPA(1), RIP + 5);
	}
	EXPECT(vp->nr_gpas, 1);
	sx_vp_exit(vp);
	/* Off. */
	sx_params(t->sys)->zero_step_threshold = 0;
	OK(sx_vp_enter(t->sys, t->d.vp[0], 0, RIP + 3, &e));
	for (i = 0; i < 40; i++)
		sx_vp_private_violation(vp, GPA(1), RIP + 3);
	sx_vp_exit(vp);
	OK(sx_vp_enter(t->sys, t->d.vp[0], 0, RIP + 3, &e));
	EXPECT(e.synth, false);
	sx_vp_exit(vp);

	s = sx_page_va(t->sys, st_page(t, 1));
	sx_td_stats(t->d.td, s);
	EXPECT(s->count[SX_C_ZERO_STEP_ARMED], 3);
	EXPECT(s->count[SX_C_ZERO_STEP_SYNTH], pending ? 1 : 2);
	EXPECT(s->count[SX_C_EXIT_EPT_PRIVATE], 40 + 7 + 7 + 40);
}

/* Each way an ACCEPT can end. */
void check_accept(struct st *t)
{
	u64 vp, page, *word;
	bool violation;
	struct sx_enter e;

	st_td_run(t, &t->d, 1);
	vp = t->d.vp[0];
	EXPECT(st_accept(t, vp, GPA(0), &violation), SX_VCPU_STATE_INCORRECT);
	OK(st_enter(t, vp, &e));
	EXPECT(st_accept(t, vp, GPA(0) | 2, &violation), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_accept(t, vp, GPA(1) | 1, &violation), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_accept(t, vp, GPA(0) | 8, &violation), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_accept(t, vp, GPA(0) | ST_SHARED, &violation),
	       SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(violation, false);
	st_accept(t, vp, GPA(0), &violation);		/* FREE */
	EXPECT(violation, true);
	st_accept(t, vp, REGION(9), &violation);	/* no table */
	EXPECT(violation, true);
	page = st_page(t, 0);
	word = sx_page_va(t->sys, page);
	word[511] = 0x5a;
	OK(st_aug(t, GPA(0), 0, page));
	EXPECT(word[511], 0x5a);			/* AUG does not touch it */
	EXPECT(sx_vp_private_violation(sx_vp_of(t->sys, vp), GPA(0), RIP), SX_PENDING);
	OK(st_accept(t, vp, GPA(0), &violation));
	EXPECT(violation, false);
	EXPECT(word[511], 0);
	EXPECT(st_accept(t, vp, GPA(0), &violation), SX_PAGE_ALREADY_ACCEPTED | 0);
	EXPECT(st_accept(t, vp, REGION(0) | 1, &violation), SX_PAGE_SIZE_MISMATCH | 1);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	st_accept(t, vp, GPA(0), &violation);		/* BLOCKED */
	EXPECT(violation, true);
	EXPECT(sx_vp_private_violation(sx_vp_of(t->sys, vp), GPA(0), RIP), SX_BLOCKED);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1));
	st_accept(t, vp, GPA(0), &violation);		/* under NL_BLOCKED */
	EXPECT(violation, true);
	EXPECT(sx_vp_private_violation(sx_vp_of(t->sys, vp), GPA(0), RIP), SX_NL_BLOCKED);
	st_exit(t, vp);
}

/* 2M leaves through their life, and what a 4K call makes of them. */
void check_large_pages(struct st *t)
{
	struct sx_census n;
	struct sx_enter e;
	bool violation;
	u64 big, vp;

	st_td_run(t, &t->d, 1);
	vp = t->d.vp[0];
	big = st_page(t, 1);
	EXPECT(st_aug(t, REGION(1), 1, big + 0x1000), SX_OPERAND_INVALID | SX_OP_R8);
	OK(st_aug(t, GPA(0), 0, big + 0x5000));
	EXPECT(st_aug(t, REGION(1), 1, big), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	st_block_track(t, GPA(0), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	OK(st_aug(t, REGION(1), 1, big));
	EXPECT(st_aug(t, GPA(0), 0, big + 0x5000), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(st_aug(t, REGION(1), 0, st_page(t, 0)), SX_EPT_WALK_FAILED | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_PENDING));
	EXPECT(t->out.rcx >> 7 & 1, 1);
	OK(st_enter(t, vp, &e));
	st_accept(t, vp, REGION(1), &violation); /* 4K of a PENDING 2M: the host must split it */
	EXPECT(violation, true);
	OK(st_accept(t, vp, REGION(1) | 1, &violation));
	EXPECT(st_accept(t, vp, REGION(1) + 0x3000, &violation), SX_PAGE_ALREADY_ACCEPTED | 1);
	st_exit(t, vp);
	sx_td_check(t->d.td, &n, NULL, NULL);
	EXPECT(n.leaf[SX_MAPPED], 512);
	EXPECT(n.tables, 3);
	EXPECT(n.children, 512 + 3 + SX_TDCS_PAGES + 1 + SX_TDCX_PAGES);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, REGION(1), 1), SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX);
	st_block_track(t, REGION(1), 1);
	EXPECT(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(1), 1),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, REGION(1), 1));
	EXPECT(t->out.rcx, big);
	/* Reclaimed in one piece, and only by its own address. */
	OK(st_aug(t, REGION(1), 1, big));
	st_td_release_key(t, &t->d);
	EXPECT(st_call(t, SX_PHYMEM_PAGE_RECLAIM, big + 0x1000, 0, 0, 0),
	       SX_OPERAND_INVALID | SX_OP_RCX);
	OK(st_call(t, SX_PHYMEM_PAGE_RECLAIM, big, 0, 0, 0));
	EXPECT(t->out.r8, 1);
}

static void aug_4k_same_2m(struct st *t)
{
	t->hook_status = st_aug(t, GPA(1), 0, t->scratch[0] + 0x1000);
}

static void aug_2m(struct st *t)
{
	t->hook_status = st_aug(t, REGION(1), 1, t->scratch[0]);
}

/* 4K operations of one 2M range run in parallel; a 2M operation conflicts with any of them. */
void check_pamt_hierarchy(struct st *t)
{
	struct sx_pamt *p;

	st_td_run(t, &t->d, 1);
	t->scratch[0] = st_page(t, 1);
	st_hook(t, SX_YIELD_LOCKED, aug_4k_same_2m);
	OK(st_aug(t, GPA(0), 0, t->scratch[0]));
	OK(t->hook_status);
	st_hook(t, SX_YIELD_LOCKED, aug_2m);
	OK(st_aug(t, GPA(2), 0, t->scratch[0] + 0x2000));
	EXPECT(t->hook_status, SX_OPERAND_BUSY | SX_OP_R8);
	EXPECT(st_aug(t, REGION(1), 1, t->scratch[0]), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(t->hooks_run, 2);
	/* All three levels are free again, but for the mark of the host that lost. */
	p = sx_pamt_entry(t->sys, t->scratch[0], 1);
	EXPECT(p->lock & ~SHAREX_HP_PRIO, 0);
	EXPECT(sx_pamt_entry(t->sys, t->scratch[0], 2)->lock & ~SHAREX_HP_PRIO, 0);
	EXPECT(st_call(t, SX_PHYMEM_PAGE_WBINVD, t->scratch[0] + 0x3000, 0, 0, 0), SX_SUCCESS);
	p->lock = 0;
	EXPECT(sharex_hp_try(&p->lock, SX_EXCLUSIVE), true);
	EXPECT(st_call(t, SX_PHYMEM_PAGE_WBINVD, t->scratch[0] + 0x3000, 0, 0, 0),
	       SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(p->lock, SHAREX_HP_EX | SHAREX_HP_PRIO | SHAREX_HP_READER);
	sharex_hp_release(&p->lock, SX_EXCLUSIVE);
	EXPECT(p->lock, SHAREX_HP_PRIO);
	EXPECT(sharex_hp_try(&p->lock, SX_EXCLUSIVE), true);
	EXPECT(p->lock, SHAREX_HP_EX);
	sharex_hp_release(&p->lock, SX_EXCLUSIVE);
}

/* The hypothetical module: children of a blocked table can be removed. */
void check_walk_through(struct st *t)
{
	st_td_run(t, &t->d, 1);
	sx_params(t->sys)->walk_through_blocked = true;
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	OK(st_track(t));
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	OK(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(0), 1));
	EXPECT(st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0), SX_EPT_WALK_FAILED | SX_OP_RCX);
}

/* The planted fault is caught by the tracking rule. */
void check_planted_skip_track(struct st *t)
{
	st_td_run(t, &t->d, 1);
	sx_params(t->sys)->bug_skip_track = true;
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	st_block_track(t, GPA(0), 0);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	sx_params(t->sys)->bug_skip_track = false;
	OK(st_track(t));
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
}

/* Operands that no state of the TD can make right. */
void check_operands(struct st *t)
{
	u64 beyond = t->env->nr_pages << SX_PAGE_SHIFT, tdr, page;

	st_td_run(t, &t->d, 1);
	tdr = t->d.tdr;
	page = st_page(t, 0);
	EXPECT(st_aug(t, GPA(0), 2, page), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_aug(t, GPA(1), 1, page), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_aug(t, GPA(0) | 8, 0, page), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_aug(t, GPA(0) | ST_SHARED, 0, page), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_aug(t, GPA(0) | 1ULL << 52, 0, page), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_aug(t, GPA(0), 0, page | 0x800), SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(st_aug(t, GPA(0), 0, page | 1ULL << 52), SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(st_aug(t, GPA(0), 0, beyond), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R8);
	EXPECT(st_sept_add(t, GPA(0), 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_sept_add(t, 0, 4), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, 0, 3), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, 0x40000000, 2),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(st_mem(t, SX_MEM_SEPT_REMOVE, GPA(0), 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_TRACK, page, 0, 0, 0), SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_TRACK, beyond, 0, 0, 0), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_RCX);
	EXPECT(st_call(t, SX_VP_RD, tdr, 0, 0, 0), SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	EXPECT(st_call(t, SX_MNG_CREATE, tdr, 2, 0, 0), SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	EXPECT(st_call(t, SX_MNG_CREATE, page, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_call(t, SX_MNG_CREATE, page, 8, 0, 0), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_call(t, 24, tdr, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(st_call(t, 1ULL << 32, tdr, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(st_call(t, SX_PHYMEM_CACHE_WB, 2, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	/* Control pages and pages in use cannot be given twice. */
	EXPECT(st_aug(t, GPA(0), 0, t->d.tdcs[3]), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(st_aug(t, GPA(0), 0, t->d.vp[0]), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
}

/*
 * A damaged entry is found whichever way it points, and REMOVE does not take another page for it.
 */
static void corrupt_entries(struct st *t)
{
	u64 big = st_page(t, 1);

	EXPECT(sx_td_corrupt(t->d.td, GPA(8)), false);
	OK(st_aug(t, GPA(8), 0, big));
	OK(st_aug(t, GPA(9), 0, big + 0x2000));
	OK(st_aug(t, GPA(10), 0, big + 0x3000));
	/*
	 * To a page of nobody: entry and PAMT disagree, and the page is not met. CHLDCNT falls
	 * short.
	 */
	EXPECT(sx_td_corrupt(t->d.td, GPA(8)), true);
	EXPECT(sx_td_check(t->d.td, NULL, NULL, NULL), 3);
	st_block_track(t, GPA(8), 0);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(8), 0), SX_TD_FATAL);
	EXPECT(st_track(t), SX_TD_FATAL);
	t->d.td->fatal = 0;
	EXPECT(sx_td_corrupt(t->d.td, GPA(8)), true);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(8), 0));
	/* To a page that is mapped already. */
	EXPECT(sx_td_corrupt(t->d.td, GPA(9)), true);
	EXPECT(sx_td_check(t->d.td, NULL, NULL, NULL), 3);
	EXPECT(sx_td_corrupt(t->d.td, GPA(9)), true);
	EXPECT(sx_td_check(t->d.td, NULL, NULL, NULL), 0);
}

/* The check agrees with a sound TD and finds each kind of damage. */
void check_oracle(struct st *t)
{
	struct sx_census n;
	unsigned int i;

	st_td_run(t, &t->d, 1);
	for (i = 0; i < 4; i++)
		OK(st_aug(t, GPA(i), 0, st_page(t, 0)));
	st_map(t, GPA(4), t->d.vp[0]);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(4), 0));
	EXPECT(sx_td_check(t->d.td, &n, NULL, NULL), 0);
	EXPECT(n.leaf[SX_PENDING], 3);
	EXPECT(n.leaf[SX_PENDING_BLOCKED], 1);
	EXPECT(n.leaf[SX_BLOCKED], 1);
	EXPECT(n.leaf[SX_MAPPED], 0);
	EXPECT(n.tables, 3);
	EXPECT(n.children, 5 + 3 + SX_TDCS_PAGES + 1 + SX_TDCX_PAGES);
	corrupt_entries(t);
	t->d.td->epoch += sx_epoch_ref(0);
	EXPECT(sx_td_check(t->d.td, &n, NULL, NULL), 1);
	t->d.td->epoch -= sx_epoch_ref(0);
	t->d.td->children++;
	EXPECT(sx_td_check(t->d.td, &n, NULL, NULL), 1);
	t->d.td->children--;
	t->d.td->tree_lock = SHAREX_HP_READER;
	EXPECT(sx_td_check(t->d.td, &n, NULL, NULL), 1);
	t->d.td->tree_lock = 0;
}

static void entry_is(struct st *t, u64 gpa, unsigned int level, u64 flags, u64 state)
{
	unsigned int l = level;
	u64 val;

	sx_walk(t->d.td, gpa, &l, &val);
	EXPECT(l, level);
	EXPECT(val & 0xfff, flags);
	EXPECT(val >> 63, 0);
	OK(st_mem(t, SX_MEM_SEPT_RD, gpa, level));
	EXPECT(t->out.rdx, ENTRY_INFO(level, state));
}

/* What the CPU's nested page walker sees, state by state. */
void check_entry_format(struct st *t)
{
	u64 vp, big;
	bool violation;
	struct sx_enter e;

	st_td_run(t, &t->d, 1);
	vp = t->d.vp[0];
	entry_is(t, 0, 3, 0x67, SX_NL_MAPPED);
	entry_is(t, REGION(0), 1, 0x67, SX_NL_MAPPED);
	EXPECT(t->out.rcx, ARCH_TABLE);
	entry_is(t, GPA(0), 0, 0, SX_FREE);
	EXPECT(t->out.rcx, 1ULL << 63);
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	entry_is(t, GPA(0), 0, 0, SX_PENDING);
	EXPECT(t->out.rcx & ~SX_E_HPA, ARCH_UNMAPPED);
	OK(st_enter(t, vp, &e));
	OK(st_accept(t, vp, GPA(0), &violation));
	entry_is(t, GPA(0), 0, 0x67, SX_MAPPED);		/* no bit 7: PAT in a 4K entry */
	EXPECT(t->out.rcx & ~SX_E_HPA, ARCH_MAPPED);
	big = st_page(t, 1);
	OK(st_aug(t, REGION(1), 1, big));
	OK(st_accept(t, vp, REGION(1) | 1, &violation));
	entry_is(t, REGION(1), 1, 0xe7, SX_MAPPED);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(1), 1));
	entry_is(t, REGION(1), 1, 0x80, SX_BLOCKED);
	EXPECT(t->out.rcx, ARCH_UNMAPPED | big);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1));
	entry_is(t, REGION(0), 1, 0, SX_NL_BLOCKED);
	EXPECT(t->out.rcx, 0);
	EXPECT(sx_td_root(t->d.td), t->d.tdcs[SX_TDCS_PAGES - 1]);
	st_exit(t, vp);
}

/*
 * SEPT.ADD of a table that is there, and of no page; what else RDX and the leaf's number may hold.
 */
void check_sept_add_flags(struct st *t)
{
	u64 page, tdr;

	st_td_run(t, &t->d, 1);
	page = st_page(t, 0);
	tdr = t->d.tdr;
	EXPECT(st_call(t, SX_MEM_SEPT_ADD, REGION(0) | 1, tdr, page, 0),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_NL_MAPPED));
	OK(st_call(t, SX_MEM_SEPT_ADD, REGION(0) | 1, tdr | 1, page, 0));
	EXPECT(t->out.rcx, 0);
	EXPECT(sx_pamt_type(sx_pamt_entry(t->sys, page, 0)), SX_PT_NDA);
	/* A blocked table is not one that exists, nor is a leaf. */
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, REGION(0), 1));
	EXPECT(st_call(t, SX_MEM_SEPT_ADD, REGION(0) | 1, tdr | 1, page, 0),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	OK(st_aug(t, REGION(1), 1, st_page(t, 1)));
	EXPECT(st_call(t, SX_MEM_SEPT_ADD, REGION(1) | 1, tdr | 1, page, 0),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_SEPT_ADD, REGION(2) | 1, tdr, ~0ULL, 0),
	       SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(st_call(t, SX_MEM_SEPT_ADD, REGION(2) | 1, tdr | 2, page, 0),
	       SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_call(t, SX_MEM_SEPT_ADD | 2 << 16, REGION(2) | 1, tdr, page, 0),
	       SX_OPERAND_INVALID | SX_OP_RAX);
	/* Bit 63 marks a page that an earlier call did not use. */
	OK(st_call(t, SX_MEM_SEPT_ADD, REGION(2) | 1, tdr, page | 1ULL << 63, 0));
}

/*
 * A page operand with a key id is invalid, a page's of the host too that the module reads; one
 * beyond the memory is out of range.
 */
void check_key_id_bits(struct st *t)
{
	u64 key = 1ULL << sx_params(t->sys)->hkid_shift, page;

	st_td_create(t, &t->d, 1);
	page = st_page(t, 0);
	EXPECT(st_call(t, SX_MNG_INIT, t->d.tdr, page | key, 0, 0), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_call(t, SX_MNG_INIT, t->d.tdr, page + 512, 0, 0), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_call(t, SX_MNG_INIT, t->d.tdr, key >> 1, 0, 0),
	       SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_RDX);
	st_td_init(t, &t->d, 0);
	st_vp_add(t, &t->d);
	st_tables(t, GPA(0));
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(0), t->d.tdr, page, t->params | key),
	       SX_OPERAND_INVALID | SX_OP_R9);
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(0), t->d.tdr, page, key >> 1),
	       SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R9);
	EXPECT(st_aug(t, GPA(0), 0, page | key), SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(st_aug(t, GPA(0), 0, page | key >> 1), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R8);
	EXPECT(st_call(t, SX_MEM_TRACK, t->d.tdr | key, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_VP_FLUSH, t->d.vp[0] | key, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	OK(st_aug(t, GPA(0), 0, page));
}

static u64 untracked_operand(struct st *t)
{
	return sx_since(t->sys, SX_R_1_5_05) ? SX_OP_RCX : SX_OP_SEPT_TREE;
}

/*
 * Leaves that the model has not are invalid, whatever release they are of; which that is, is said
 * for the log.
 */
static void leaves_left_out(struct st *t)
{
	enum sx_release since;
	const char *name;
	u64 leaf, n = 0;

	for (leaf = 0; leaf < 256; leaf++) {
		name = sx_leaf_left_out(leaf, &since);
		if (!name)
			continue;
		EXPECT(sx_leaf_known(leaf, t->env->release),
		       since > SX_R_1_5_01 && sx_since(t->sys, since));
		EXPECT(st_call(t, leaf, t->d.tdr, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RAX);
		EXPECT(since, leaf == 58 || leaf == 59 ? SX_R_1_5_25 : SX_R_1_5_01);
		n++;
	}
	EXPECT(n, 32);
}

/*
 * What differs between releases and no other check meets: who is named for an untracked entry, with
 * nothing said of it; and a guest that SEPT_VE_DISABLE kills at a PENDING page, held up in each.
 */
void check_releases(struct st *t)
{
	struct sx_enter e;

	EXPECT(sx_release_name(SX_NR_RELEASES) == NULL, true);
	EXPECT(sx_release_name(t->env->release) != NULL, true);
	leaves_left_out(t);
	st_td_create(t, &t->d, 1);
	st_td_init(t, &t->d, SX_ATTR_SEPT_VE_DISABLE);
	st_vp_add(t, &t->d);
	OK(st_call(t, SX_MR_FINALIZE, t->d.tdr, 0, 0, 0));
	st_tables(t, GPA(0));
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	EXPECT(st_mem(t, SX_MEM_RANGE_UNBLOCK, GPA(0), 0),
	       SX_TLB_TRACKING_NOT_DONE | untracked_operand(t));
	EXPECT(t->out.rcx | t->out.rdx, 0);
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	st_zero_step_arm(t, t->d.vp[0], GPA(1));
	OK(st_aug(t, GPA(1), 0, st_page(t, 0)));
	OK(st_enter(t, t->d.vp[0], &e));
	EXPECT(e.synth, true);
}
