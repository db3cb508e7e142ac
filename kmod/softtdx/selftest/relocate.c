// SPDX-License-Identifier: GPL-2.0-only
/* Checks of RELOCATE: a 4K page that moves under its guest, what it must be, who is in the way. */
#include "priv.h"

static u64 relocate(struct st *t, u64 gpa, u64 page)
{
	return st_call(t, SX_MEM_PAGE_RELOCATE, gpa, t->d.tdr, page, 0);
}

static u64 page_at(struct st *t, u64 gpa)
{
	enum sx_state state;
	int level = 0;
	u64 hpa;

	EXPECT(sx_td_lookup(t->d.td, gpa, &level, &hpa, &state), true);
	return hpa;
}

/* Content goes along, the guest reaches it at once, and the old page is the host's. */
void check_relocate(struct st *t)
{
	u64 page, old, before, *word;

	st_td_run(t, &t->d, 1);
	page = st_page(t, 0);
	st_map(t, GPA(0), t->d.vp[0]);
	old = page_at(t, GPA(0));
	word = sx_page_va(t->sys, old);
	word[511] = 0x5a;
	before = t->d.td->children;
	st_block_track(t, GPA(0), 0);
	OK(relocate(t, GPA(0), page));
	EXPECT(t->out.rcx, old);
	EXPECT(t->out.rdx, 0);
	EXPECT(st_state(t, GPA(0), 0), SX_MAPPED);
	EXPECT(page_at(t, GPA(0)), page);
	word = sx_page_va(t->sys, page);
	EXPECT(word[511], 0x5a);
	EXPECT(t->d.td->children, before);
	OK(st_call(t, SX_PHYMEM_PAGE_WBINVD, old, 0, 0, 0));
	/* A pending page has nothing to keep. */
	OK(st_aug(t, GPA(1), 0, old));
	st_block_track(t, GPA(1), 0);
	page = st_page(t, 0);
	word = sx_page_va(t->sys, page);
	word[511] = 0x77;
	OK(relocate(t, GPA(1), page));
	EXPECT(word[511], 0x77);
	EXPECT(st_state(t, GPA(1), 0), SX_PENDING);
	/* A block after it begins anew. */
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(1), 0));
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(1), 0), SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
}

/* In the order of the checks. */
void check_relocate_refused(struct st *t)
{
	u64 page, old, used;
	struct sx_pamt *p;

	st_td_run(t, &t->d, 1);
	page = st_page(t, 0);
	used = t->d.tdcs[0];
	EXPECT(relocate(t, REGION(0) | 1, page), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(relocate(t, GPA(0), page), SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(0, SX_FREE));
	old = st_page(t, 0);
	OK(st_aug(t, GPA(0), 0, old));
	p = sx_pamt_entry(t->sys, old, 0);
	EXPECT(sharex_hp_try(&p->lock, SX_SHARED), true);
	EXPECT(relocate(t, GPA(0), old), SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(relocate(t, GPA(0), page), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	sharex_hp_release(&p->lock, SX_SHARED);
	EXPECT(relocate(t, GPA(0), used), SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(0, SX_PENDING));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	EXPECT(relocate(t, GPA(0), used), SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	OK(st_track(t));
	EXPECT(relocate(t, GPA(0), used), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(relocate(t, GPA(0), page | 8), SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(st_state(t, GPA(0), 0), SX_PENDING_BLOCKED);
	p = sx_pamt_entry(t->sys, page, 0);
	EXPECT(sharex_hp_try(&p->lock, SX_SHARED), true);
	EXPECT(relocate(t, GPA(0), page), SX_OPERAND_BUSY | SX_OP_R8);
	sharex_hp_release(&p->lock, SX_SHARED);
	OK(relocate(t, GPA(0), page));
	EXPECT(sx_pamt_entry(t->sys, old, 0)->lock & ~SHAREX_HP_PRIO, 0);
	EXPECT(p->lock & ~SHAREX_HP_PRIO, 0);
}

/* Both frames count, first the one that gets a page; who leaves a frame empty is told so. */
void check_dpamt_relocate(struct st *t)
{
	u64 a, b;

	if (!st_dynamic(t))
		return;
	st_td_run(t, &t->d, 1);
	a = st_page(t, 1);
	b = st_page(t, 1);
	OK(st_call(t, SX_PHYMEM_PAMT_ADD, a | 1, a, a + 0x1000, 0));
	OK(st_aug(t, GPA(0), 0, a + 0x2000));
	st_block_track(t, GPA(0), 0);
	EXPECT(relocate(t, GPA(0), b), SX_MISSING_PAMT_PAGE_PAIR | SX_OP_R8);
	OK(relocate(t, GPA(0), a + 0x3000));
	EXPECT(t->out.rcx, a + 0x2000);
	OK(st_call(t, SX_PHYMEM_PAMT_ADD, b | 1, b, b + 0x1000, 0));
	st_block_track(t, GPA(0), 0);
	EXPECT(relocate(t, GPA(0), b + 0x1000), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	OK(relocate(t, GPA(0), b + 0x2000));
	EXPECT(t->out.rcx, (a + 0x3000) | SX_HINT_LAST);
	EXPECT(sx_pamt_check(t->sys), 0);
	OK(st_call(t, SX_PHYMEM_PAMT_REMOVE, a | 1, 0, 0, 0));
	st_block_track(t, GPA(0), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	EXPECT(t->out.rcx, (b + 0x2000) | SX_HINT_LAST);
	st_static(t);
}
