// SPDX-License-Identifier: GPL-2.0-only
/* Checks of PROMOTE: 512 pieces that become a 2M page, what they have to be, who is in the way. */
#include "priv.h"

#define BIG	REGION(1)
#define PIECE(i)	(BIG + (u64)(i) * SX_PAGE_SIZE)
#define NO_PAGE	(~0ULL)

static u64 promote(struct st *t)
{
	return st_mem(t, SX_MEM_PAGE_PROMOTE, BIG, 1);
}

/* What SX_OP_RCX says of the parent, blocked. */
#define INVALID	(SX_EPT_INVALID_PROMOTE_CONDITIONS | SX_OP_RCX)

/* A TD that runs, with a 2M page in pieces by way of @table; its address. */
static u64 pieces(struct st *t, u64 *table, bool accepted)
{
	u64 big = st_big_page(t, BIG, accepted);

	*table = st_page(t, 0);
	st_block_track(t, BIG, 1);
	OK(st_call_saved(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr, *table, st_page(t, 0),
			 st_page(t, 0)));
	return big;
}

/* One page again, and nothing left of the pieces. */
static void is_merged(struct st *t, u64 big, u64 table, enum sx_state state)
{
	struct sx_pamt *p = sx_pamt_entry(t->sys, big, 1);
	enum sx_state is;
	unsigned int i;
	int level = 1;
	u64 hpa;

	EXPECT(sx_td_lookup(t->d.td, BIG, &level, &hpa, &is), true);
	EXPECT(is, state);
	EXPECT(hpa, big);
	EXPECT(sx_pamt_type(p), SX_PT_REG);
	EXPECT((u64)p->owner << SX_PAGE_SHIFT, t->d.tdr);
	EXPECT(p->lock & ~SHAREX_HP_PRIO, 0);
	for (i = 0; i < SX_ENTRIES; i++)
		EXPECT(sx_pamt_type(sx_pamt_entry(t->sys, big + i * SX_PAGE_SIZE, 0)), SX_PT_NDA);
	EXPECT(sx_pamt_type(sx_pamt_entry(t->sys, table, 0)), SX_PT_NDA);
}

/* There and back, and there again. */
void check_promote(struct st *t)
{
	u64 table, big = pieces(t, &table, true), before, *word;
	struct sx_enter e;

	word = sx_page_va(t->sys, big + 511 * SX_PAGE_SIZE);
	word[511] = 0x5a;
	before = t->d.td->children;
	st_block_track(t, BIG, 1);
	EXPECT(st_call(t, SX_MEM_PAGE_PROMOTE | 1 << 16, BIG | 1, t->d.tdr, 0, 7), SX_SUCCESS);
	EXPECT(t->out.rcx, table);
	EXPECT(t->out.rdx, 0);
	EXPECT(t->out.r9 & t->out.r10 & t->out.r11, NO_PAGE);
	is_merged(t, big, table, SX_MAPPED);
	EXPECT(word[511], 0x5a);
	EXPECT(t->d.td->children, before - 1);
	EXPECT(st_mem(t, SX_MEM_RANGE_UNBLOCK, BIG, 1), SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	OK(st_enter(t, t->d.vp[0], &e));
	st_exit(t, t->d.vp[0]);
	st_block_track(t, BIG, 1);
	EXPECT(promote(t), SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_BLOCKED));
	OK(st_call(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr, table, 0));
	EXPECT(st_call(t, SX_MEM_PAGE_PROMOTE, BIG | 1, t->d.tdr, 0, 7),
	       SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX);
	EXPECT(t->out.r9, 7);
}

/* Operands, states, locks: in the order of the checks. */
static void refused_by_order(struct st *t, u64 table)
{
	u64 tdr = t->d.tdr, val, *entry;
	struct sx_pamt *p = sx_pamt_entry(t->sys, table, 0);
	unsigned int level = 1;

	EXPECT(st_call(t, SX_MEM_PAGE_PROMOTE | 2 << 16, BIG, tdr, 0, 7),
	       SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	EXPECT(t->out.r9, NO_PAGE);
	EXPECT(st_call(t, SX_MEM_PAGE_PROMOTE, BIG, tdr | 1, 0, 0),
	       SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_mem(t, SX_MEM_PAGE_PROMOTE, BIG, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_mem(t, SX_MEM_PAGE_PROMOTE, 0, 3), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_mem(t, SX_MEM_PAGE_PROMOTE, 1ULL << 39, 1), SX_EPT_WALK_FAILED | SX_OP_RCX);
	EXPECT(st_mem(t, SX_MEM_PAGE_PROMOTE, REGION(2), 1),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	entry = sx_walk(t->d.td, BIG, &level, &val);
	EXPECT(sx_entry_try_host(entry), true);
	EXPECT(promote(t), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_NL_MAPPED));
	sx_entry_unlock(entry);
	EXPECT(sharex_hp_try(&p->lock, SX_SHARED), true);
	EXPECT(promote(t), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(t->out.rdx, 0);
	sharex_hp_release(&p->lock, SX_SHARED);
	EXPECT(promote(t), SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX);
	EXPECT(t->out.rcx, ARCH_TABLE);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, BIG, 1));
	EXPECT(promote(t), SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	OK(st_track(t));
}

void check_promote_refused(struct st *t)
{
	u64 table, big = pieces(t, &table, true);
	struct sx_pamt *p = sx_pamt_entry(t->sys, big, 1);

	refused_by_order(t, table);
	/* Of a table of tables: the model has no 1G pages. */
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, BIG, 1));
	st_block_track(t, 0x40000000ULL, 2);
	EXPECT(st_mem(t, SX_MEM_PAGE_PROMOTE, 0x40000000ULL, 2), INVALID);
	EXPECT(t->out.rdx, ENTRY_INFO(2, SX_NL_BLOCKED));
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, 0x40000000ULL, 2));
	st_block_track(t, BIG, 1);
	/* Somebody looks at what would be the large page. */
	EXPECT(sharex_hp_try(&p->lock, SX_SHARED), true);
	EXPECT(promote(t), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	sharex_hp_release(&p->lock, SX_SHARED);
	EXPECT(st_state(t, BIG, 1), SX_NL_BLOCKED);
	OK(promote(t));
	is_merged(t, big, table, SX_MAPPED);
}

/* Blocked with the parent: what is done to a piece is seen by a merge after it. */
static void try_merge(struct st *t, u64 want)
{
	st_block_track(t, BIG, 1);
	EXPECT(promote(t), want);
	EXPECT(t->out.rcx, 0);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_NL_BLOCKED));
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, BIG, 1));
}

/* A piece that somebody holds: up to 1.5.16 it is that which is told. */
static void held_piece(struct st *t, u64 *table)
{
	bool each = !sx_since(t->sys, SX_R_1_5_25);

	EXPECT(sx_entry_try_host(&table[511]), true);
	try_merge(t, each ? SX_OPERAND_BUSY | SX_OP_RCX : INVALID);
	EXPECT(!!(table[511] & SX_E_PRIO), each);
	sx_entry_unlock(&table[511]);
	EXPECT(table[0] & table[510] & SX_E_LOCK, 0);
	__atomic_fetch_and(&table[511], ~SX_E_PRIO, __ATOMIC_RELAXED);
}

void check_promote_pieces(struct st *t)
{
	u64 table_pa, big = pieces(t, &table_pa, true), *table = sx_page_va(t->sys, table_pa);
	u64 other = st_page(t, 0);

	held_piece(t, table);
	/* Blocked, gone, another page, pending among mapped ones. */
	st_block_track(t, PIECE(511), 0);
	try_merge(t, INVALID);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, PIECE(511), 0));
	try_merge(t, INVALID);
	OK(st_aug(t, PIECE(511), 0, other));
	try_merge(t, INVALID);
	st_block_track(t, PIECE(511), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, PIECE(511), 0));
	OK(st_aug(t, PIECE(511), 0, big + 511 * SX_PAGE_SIZE));
	try_merge(t, INVALID);
	st_block_track(t, PIECE(0), 0);
	try_merge(t, INVALID);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, PIECE(0), 0));
	try_merge(t, INVALID);
}

/* All alike, but no pieces of a 2M page; or none that the guest can reach. */
void check_promote_all_pieces(struct st *t)
{
	u64 table_pa, big = pieces(t, &table_pa, true), *table = sx_page_va(t->sys, table_pa);
	unsigned int i;

	for (i = 0; i < SX_ENTRIES; i++)
		table[i] += SX_PAGE_SIZE;
	try_merge(t, INVALID);
	for (i = 0; i < SX_ENTRIES; i++)
		table[i] -= SX_PAGE_SIZE;
	for (i = 0; i < SX_ENTRIES; i++)
		OK(st_mem(t, SX_MEM_RANGE_BLOCK, PIECE(i), 0));
	OK(st_track(t));
	try_merge(t, INVALID);
	for (i = 0; i < SX_ENTRIES; i++)
		OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, PIECE(i), 0));
	__atomic_fetch_or(&table[7], SX_E_PRIO, __ATOMIC_RELAXED);
	st_block_track(t, BIG, 1);
	OK(promote(t));
	is_merged(t, big, table_pa, SX_MAPPED);
}

/* A table as 512 2M pages of one piece of memory leave it: whole, but for the model too large. */
void check_promote_1g(struct st *t)
{
	u64 table_pa, *table;
	enum sx_state is;
	unsigned int i;
	int level = 2;

	st_td_run(t, &t->d, 1);
	OK(st_sept_add(t, 1ULL << 39, 3));
	OK(st_sept_add(t, 1ULL << 39, 2));
	EXPECT(sx_td_lookup(t->d.td, 1ULL << 39, &level, &table_pa, &is), true);
	table = sx_page_va(t->sys, table_pa);
	for (i = 0; i < SX_ENTRIES; i++)
		table[i] = sx_entry_make(E_PENDING, i * sx_level_size(1), 1);
	st_block_track(t, 1ULL << 39, 2);
	EXPECT(st_mem(t, SX_MEM_PAGE_PROMOTE, 1ULL << 39, 2), INVALID);
	EXPECT(t->out.rdx, ENTRY_INFO(2, SX_NL_BLOCKED));
	for (i = 0; i < SX_ENTRIES; i++)
		table[i] = 0;
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, 1ULL << 39, 2));
}

static void block_other(struct st *t)
{
	t->hook_status = st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0);
}

static void rd_piece(struct st *t)
{
	t->hook_status = st_mem(t, SX_MEM_SEPT_RD, PIECE(3), 0);
}

/* A page from elsewhere in one place, as pending as the rest, for a while. */
static void other_piece(struct st *t, u64 big)
{
	st_block_track(t, PIECE(9), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, PIECE(9), 0));
	OK(st_aug(t, PIECE(9), 0, st_page(t, 0)));
	try_merge(t, INVALID);
	st_block_track(t, PIECE(9), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, PIECE(9), 0));
	OK(st_aug(t, PIECE(9), 0, big + 9 * SX_PAGE_SIZE));
}

void check_promote_interrupted(struct st *t)
{
	bool busy = sx_since(t->sys, SX_R_1_5_25);
	u64 table, big = pieces(t, &table, false);

	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	other_piece(t, big);
	st_block_track(t, BIG, 1);
	st_interrupt(t, SX_MEM_PAGE_PROMOTE, BIG | 1, t->d.tdr, 0);
	EXPECT(st_state(t, BIG, 1), SX_NL_BLOCKED);
	st_hook(t, SX_YIELD_LOCKED, block_other);
	EXPECT(promote(t), busy ? SX_INTERRUPTED_BUSY : SX_SUCCESS);
	EXPECT(t->hook_status, SX_OPERAND_BUSY | SX_OP_SEPT_TREE);
	EXPECT(t->out.rcx, busy ? BIG | 1 : table);
	if (busy) {
		EXPECT(t->out.rdx, t->d.tdr);
		OK(promote(t));
	}
	is_merged(t, big, table, SX_PENDING);
}

/* Before FINALIZE nothing need be blocked, and up to 1.5.16 others can be at the pieces. */
void check_promote_before_finalize(struct st *t)
{
	bool alone = sx_since(t->sys, SX_R_1_5_25);
	u64 big, table;

	st_td_build(t, &t->d, 1);
	st_tables(t, GPA(0));
	big = st_page(t, 1);
	table = st_page(t, 0);
	OK(st_aug(t, BIG, 1, big));
	OK(st_call(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr, table, 0));
	st_hook(t, SX_YIELD_LOCKED, rd_piece);
	EXPECT(promote(t), alone ? SX_INTERRUPTED_BUSY : SX_SUCCESS);
	EXPECT(t->hook_status, SX_OPERAND_BUSY | (alone ? SX_OP_SEPT_TREE : SX_OP_RCX));
	if (alone)
		OK(promote(t));
	is_merged(t, big, table, SX_PENDING);
}

/* With dynamic PAMT the frame's pair comes back, and the table may be the last of its own frame. */
void check_dpamt_promote(struct st *t)
{
	u64 block, big, table, first, second;

	if (!st_dynamic(t))
		return;
	block = st_page(t, 1);
	table = block + 3 * SX_PAGE_SIZE;
	first = st_page(t, 0);
	second = st_page(t, 0);
	st_td_run(t, &t->d, 1);
	OK(st_call(t, SX_PHYMEM_PAMT_ADD, block | 1, block, block + SX_PAGE_SIZE, 0));
	big = st_page(t, 1);
	OK(st_aug(t, BIG, 1, big));
	st_block_track(t, BIG, 1);
	OK(st_call_saved(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr, table, first, second));
	st_block_track(t, BIG, 1);
	EXPECT(st_call_saved(t, SX_MEM_PAGE_PROMOTE, BIG | 1, t->d.tdr, 0, 5, 6), SX_SUCCESS);
	EXPECT(t->out.rcx, table | 1ULL << 62);
	EXPECT(t->pair[0], first);
	EXPECT(t->pair[1], second);
	is_merged(t, big, table, SX_PENDING);
	OK(st_call(t, SX_PHYMEM_PAGE_WBINVD, first, 0, 0, 0));
	OK(st_call(t, SX_PHYMEM_PAGE_WBINVD, second, 0, 0, 0));
	EXPECT(sx_pamt_check(t->sys), 0);
	/* Who has no R12 to look at loses the pair, as on TDX. */
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, BIG, 1));
	OK(st_track(t));
	OK(st_call_saved(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr, table, first, second));
	st_block_track(t, BIG, 1);
	OK(promote(t));
	EXPECT(sx_pamt_check(t->sys), 0);
	st_static(t);
}
