// SPDX-License-Identifier: GPL-2.0-only
/* Checks of DEMOTE: what becomes of a 2M page that is split, what is refused, what interrupts. */
#include "priv.h"

#define BIG	REGION(1)
#define PIECE(i)	(BIG + (u64)(i) * SX_PAGE_SIZE)

static u64 demote(struct st *t, u64 page)
{
	return st_call(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr, page, 0);
}

/* All of the pieces, in place and order, and nothing left of the large page. */
static void pieces_are(struct st *t, u64 big, enum sx_state state)
{
	enum sx_state is;
	unsigned int i;
	u64 hpa;

	for (i = 0; i < SX_ENTRIES; i++) {
		int level = 0;
		struct sx_pamt *p = sx_pamt_entry(t->sys, big + i * SX_PAGE_SIZE, 0);

		EXPECT(sx_td_lookup(t->d.td, PIECE(i), &level, &hpa, &is), true);
		EXPECT(is, state);
		EXPECT(hpa, big + i * SX_PAGE_SIZE);
		EXPECT(sx_pamt_type(p), SX_PT_REG);
		EXPECT((u64)p->owner << SX_PAGE_SHIFT, t->d.tdr);
	}
	EXPECT(sx_pamt_type(sx_pamt_entry(t->sys, big, 1)), SX_PT_NDA);
	EXPECT(sx_pamt_entry(t->sys, big, 1)->lock, 0);
}

/* A piece leaves, the others stay: what the split is for. */
static void hole(struct st *t, u64 big)
{
	st_block_track(t, PIECE(5), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, PIECE(5), 0));
	EXPECT(t->out.rcx, big + 5 * SX_PAGE_SIZE);
	EXPECT(st_state(t, PIECE(5), 0), SX_FREE);
	EXPECT(st_state(t, PIECE(6), 0), SX_MAPPED);
	OK(st_aug(t, PIECE(5), 0, big + 5 * SX_PAGE_SIZE));
}

void check_demote(struct st *t)
{
	u64 big = st_big_page(t, BIG, true), table = st_page(t, 0), before, *word;
	struct sx_enter e;

	word = sx_page_va(t->sys, big + 511 * SX_PAGE_SIZE);
	word[511] = 0x5a;
	before = t->d.td->children;
	st_block_track(t, BIG, 1);
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr | 1, table, 0), SX_SUCCESS);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	EXPECT(t->out.r8, table);
	pieces_are(t, big, SX_MAPPED);
	EXPECT(word[511], 0x5a);
	EXPECT(t->d.td->children, before + 1);
	EXPECT(sx_pamt_type(sx_pamt_entry(t->sys, table, 0)), SX_PT_EPT);
	/* Reachable as soon as it is back: no UNBLOCK is needed, nor taken. */
	EXPECT(st_mem(t, SX_MEM_RANGE_UNBLOCK, BIG, 1), SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_NL_MAPPED));
	OK(st_enter(t, t->d.vp[0], &e));
	st_exit(t, t->d.vp[0]);
	hole(t, big);
	/* Split already. */
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, BIG, 1));
	OK(st_track(t));
	EXPECT(demote(t, st_page(t, 0)), SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_NL_BLOCKED));
	EXPECT(st_mem(t, SX_MEM_SEPT_REMOVE, BIG, 1), SX_EPT_PAGE_NOT_FREE | SX_OP_RCX);
}

/* Operands, states, locks: in the order of the checks. */
static void refused_by_order(struct st *t, u64 big)
{
	u64 tdr = t->d.tdr, page = st_page(t, 0), val, *entry;
	unsigned int level = 1;

	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE | 1 << 16, BIG | 1, tdr, page, 0),
	       SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, BIG, tdr | 2, page, 0),
	       SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, BIG, tdr, page, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, 3, tdr, page, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, (BIG + 0x1000) | 1, tdr, page, 0),
	       SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, 1ULL << 39 | 1, tdr, page, 0),
	       SX_EPT_WALK_FAILED | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, REGION(2) | 1, tdr, page, 0),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_FREE));
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, 0x40000000ULL | 2, tdr, page, 0),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(2, SX_NL_MAPPED));
	entry = sx_walk(t->d.td, BIG, &level, &val);
	EXPECT(sx_entry_try_host(entry), true);
	EXPECT(demote(t, page), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_MAPPED));
	sx_entry_unlock(entry);
	EXPECT(demote(t, page), SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX);
	EXPECT(t->out.rcx, ARCH_MAPPED | big);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, BIG, 1));
	EXPECT(demote(t, t->d.tdr), SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	OK(st_track(t));
}

void check_demote_refused(struct st *t)
{
	u64 big = st_big_page(t, BIG, true), page = st_page(t, 0), *word = sx_page_va(t->sys, page);
	struct sx_pamt *p = sx_pamt_entry(t->sys, big, 1);

	refused_by_order(t, big);
	EXPECT(demote(t, page | 0x800), SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(demote(t, page | 1ULL << 48), SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(demote(t, t->env->nr_pages << SX_PAGE_SHIFT),
	       SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R8);
	EXPECT(demote(t, t->d.tdcs[0]), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(demote(t, t->d.tdr), SX_OPERAND_BUSY | SX_OP_R8);
	/* A page of the very range that is to be split. */
	EXPECT(demote(t, big + 0x3000), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	/* Somebody looks at the large page: by then the table is made, its old content gone. */
	word[7] = 0x5a;
	EXPECT(sx_pamt_type(p), SX_PT_REG);
	EXPECT(sharex_hp_try(&p->lock, SX_SHARED), true);
	EXPECT(demote(t, page), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	sharex_hp_release(&p->lock, SX_SHARED);
	EXPECT(word[7] != 0x5a, true);
	EXPECT(sx_pamt_type(sx_pamt_entry(t->sys, page, 0)), SX_PT_NDA);
	EXPECT(st_state(t, BIG, 1), SX_BLOCKED);
	/* Entry and PAMT disagree. */
	p->owner++;
	EXPECT(demote(t, page), SX_TD_FATAL);
	p->owner--;
	t->d.td->fatal = 0;
	EXPECT(p->lock & ~SHAREX_HP_PRIO, 0);
	OK(demote(t, page));
	pieces_are(t, big, SX_MAPPED);
}

static void block_other(struct st *t)
{
	t->hook_status = st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0);
}

/* Once a call of another processor has lost the tree DEMOTE gives way, since 1.5.20. */
static void gives_way(struct st *t, u64 page)
{
	bool busy = sx_since(t->sys, SX_R_1_5_25);

	st_hook(t, SX_YIELD_LOCKED, block_other);
	OK(st_aug(t, GPA(1), 0, st_page(t, 0)));
	EXPECT(t->hook_status, SX_OPERAND_BUSY | SX_OP_SEPT_TREE);
	/* That one lost it to an AUG: forgotten when the tree is taken. */
	st_hook(t, SX_YIELD_LOCKED, block_other);
	EXPECT(demote(t, page), busy ? SX_INTERRUPTED_BUSY : SX_SUCCESS);
	EXPECT(t->hook_status, SX_OPERAND_BUSY | SX_OP_SEPT_TREE);
	EXPECT(t->out.rcx, busy ? BIG | 1 : 0);
	EXPECT(t->out.rdx, busy ? t->d.tdr : 0);
	if (busy) {
		EXPECT(st_state(t, BIG, 1), SX_PENDING_BLOCKED);
		EXPECT(sx_pamt_type(sx_pamt_entry(t->sys, page, 0)), SX_PT_NDA);
		OK(demote(t, page));
	}
}

/* Nothing is left to resume: the same call again, with what it gave back. */
void check_demote_interrupted(struct st *t)
{
	u64 big = st_big_page(t, BIG, false), page = st_page(t, 0);
	bool violation;
	struct sx_enter e;

	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	st_block_track(t, BIG, 1);
	st_interrupt(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr | 1, page);
	EXPECT(st_state(t, BIG, 1), SX_PENDING_BLOCKED);
	gives_way(t, page);
	pieces_are(t, big, SX_PENDING);
	OK(st_enter(t, t->d.vp[0], &e));
	OK(st_accept(t, t->d.vp[0], PIECE(511), &violation));
	st_exit(t, t->d.vp[0]);
	EXPECT(st_state(t, PIECE(511), 0), SX_MAPPED);
	EXPECT(st_state(t, PIECE(510), 0), SX_PENDING);
}

/* Before FINALIZE nothing need be blocked. */
void check_demote_before_finalize(struct st *t)
{
	u64 big, page;

	st_td_build(t, &t->d, 1);
	st_tables(t, GPA(0));
	big = st_page(t, 1);
	page = st_page(t, 0);
	OK(st_aug(t, BIG, 1, big));
	OK(demote(t, page));
	pieces_are(t, big, SX_PENDING);
}
