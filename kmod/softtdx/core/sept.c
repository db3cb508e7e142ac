// SPDX-License-Identifier: GPL-2.0-only
/*
 * S-EPT entries and the walk. Entries are laid out so that the table is an AMD nested page table as
 * it stands:
 *
 *	2:0	present, writable, user: all set in MAPPED and NL_MAPPED, all clear otherwise
 *	6:5	accessed, dirty: set beforehand, so that the CPU never writes a locked entry
 *	7	large page, in 2M leaves only (in a 4K entry it would be PAT)
 *	11	entry lock
 *	51:12	HPA, kept while blocked
 *	52	host priority
 *	56:53	enum sx_kind; 0 is FREE, so a zeroed page is 512 FREE entries
 *
 * The CPU ignores bits 11, 52 and 56:53.
 */
#include "priv.h"

#define E_PRESENT	0x7ULL
#define E_AD		0x60ULL
#define E_LARGE		0x80ULL

enum sx_state sx_entry_state(u64 val)
{
	static const u8 public[E_NR_KINDS] = {
		[E_FREE] = SX_FREE, [E_BLOCKED] = SX_BLOCKED, [E_PENDING] = SX_PENDING,
		[E_PENDING_BLOCKED] = SX_PENDING_BLOCKED, [E_MAPPED] = SX_MAPPED,
		[E_NL_BLOCKED] = SX_NL_BLOCKED, [E_NL_MAPPED] = SX_NL_MAPPED,
	};
	enum sx_kind k = sx_entry_kind(val);

	return k < E_NR_KINDS ? (enum sx_state)public[k] : SX_FREE;
}

u64 sx_entry_make(enum sx_kind kind, u64 hpa, unsigned int level)
{
	u64 val = (u64)kind << SX_E_STATE_SHIFT | hpa;

	if (kind == E_FREE)
		return 0;
	if (kind == E_MAPPED || kind == E_NL_MAPPED)
		val |= E_PRESENT | E_AD;
	if (sx_kind_is_leaf(kind) && level)
		val |= E_LARGE;
	return val;
}

/*
 * In RCX: R, W, X of the supervisor, X of the user; of a leaf WB, ignore PAT, leaf, suppress #VE.
 */
#define ARCH_RWX	0x407ULL
#define ARCH_LEAF	(1ULL << 63 | 0xf0ULL)
#define ARCH_FREE	(1ULL << 63)

/*
 * The entry as the architecture shows it in RCX. A table's address is not shown, and blocked or
 * pending is told by the state in RDX alone.
 */
static u64 entry_arch(u64 val)
{
	enum sx_kind k = sx_entry_kind(val);
	u64 arch = k == E_MAPPED || k == E_NL_MAPPED ? ARCH_RWX : 0;

	if (k == E_FREE)
		return ARCH_FREE;
	return sx_kind_is_leaf(k) ? arch | ARCH_LEAF | (val & SX_E_HPA) : arch;
}

static u64 entry_read(u64 *entry)
{
	return __atomic_load_n(entry, __ATOMIC_ACQUIRE) & ~(SX_E_LOCK | SX_E_PRIO);
}

/*
 * Walks from the root to *@level, reading entries without their locks. An entry on the way that is
 * not present, or is a leaf, ends the walk: then *@level is where it stopped. *@val is the last
 * entry read. The caller holds the tree lock, or is a running vCPU whose epoch reference keeps
 * tables from removal.
 */
u64 *sx_walk(struct sx_td *td, u64 gpa, unsigned int *level, u64 *val)
{
	bool through = __atomic_load_n(&td->sys->params.walk_through_blocked, __ATOMIC_RELAXED);
	unsigned int want = *level;
	u64 table = td->root;
	u64 *entry;

	for (*level = td->root_level;; --*level) {
		enum sx_kind k;

		entry = (u64 *)sx_page_va(td->sys, table) + sx_gpa_index(gpa, *level);
		*val = entry_read(entry);
		if (*level == want)
			return entry;
		k = sx_entry_kind(*val);
		if (k != E_NL_MAPPED && !(through && k == E_NL_BLOCKED))
			return entry;
		table = *val & SX_E_HPA;
	}
}

/* The entry in RCX, its level and state in RDX. */
void sx_report_entry(struct sx_call *c)
{
	c->a->rcx = entry_arch(c->val);
	c->a->rdx = c->level | (u64)sx_entry_state(c->val) << 8;
}

u64 sx_fail_entry(struct sx_call *c, u64 status)
{
	sx_report_entry(c);
	return status | SX_OP_RCX;
}

static u64 check_gpa_operand(struct sx_call *c, u64 operand, unsigned int min, unsigned int max)
{
	c->level = operand & 7;
	c->gpa = operand & SX_E_HPA;
	if (c->level < min || c->level > max || c->level > c->td->root_level ||
	    operand != (c->gpa | c->level) || c->gpa & (sx_level_size(c->level) - 1) ||
	    !sx_gpa_private(c->td, c->gpa))
		return SX_OPERAND_INVALID | SX_OP_RCX;
	return 0;
}

static SX_INLINE u64 lock_tree(struct sx_call *c, enum sx_mode tree)
{
	if (tree == SX_UNLOCKED)
		return 0;
	if (sx_inject(c) || !sharex_hp_try(&c->td->tree_lock, tree))
		return SX_OPERAND_BUSY | SX_OP_SEPT_TREE;
	c->tree = tree;
	return 0;
}

/*
 * An injected loss leaves no host priority. A real one has a winner, most often an ACCEPT: if that
 * finds nothing to accept, its TD exit brings the host back to the entry, and so ends the priority.
 * Here nobody would, should the caller not repeat its call.
 */
static SX_INLINE u64 lock_entry(struct sx_call *c)
{
	if (sx_inject(c) || !sx_entry_try_host(c->entry))
		return sx_fail_entry(c, SX_OPERAND_BUSY);
	c->entry_held = true;
	c->val = entry_read(c->entry);
	return 0;
}

/* Steps 1 to 7 of a host MEM leaf: c->entry is the locked target, c->val its value. */
u64 sx_mem_begin(struct sx_call *c, enum sx_mode tdr, u32 op_states, unsigned int min_level,
		 unsigned int max_level, enum sx_mode tree)
{
	u64 operand = c->a->rcx, tdr_pa = c->a->rdx, st;
	unsigned int level;

	c->a->rcx = 0;
	c->a->rdx = 0;
	st = sx_lock_tdr(c, tdr_pa, SX_OP_RDX, tdr);
	if (!st)
		st = sx_td_check_state(c, tdr == SX_EXCLUSIVE ? SX_UNLOCKED : SX_SHARED, op_states);
	if (!st)
		st = check_gpa_operand(c, operand, min_level, max_level);
	if (!st)
		st = lock_tree(c, tree);
	if (st)
		return st;
	level = c->level;
	c->entry = sx_walk(c->td, c->gpa, &level, &c->val);
	if (level != c->level) {
		c->level = level;
		return sx_fail_entry(c, SX_EPT_WALK_FAILED);
	}
	/*
	 * Without the tree lock (PAGE.ADD) the exclusive TDR keeps everyone else out of the entry.
	 */
	if (tree == SX_UNLOCKED)
		return 0;
	return lock_entry(c);
}

/*
 * The word of a debug TD's private memory at RCX, its entry held. In another order than the other
 * MEM leaves: the GPA is a word's, of a page of any size, and is looked at under the tree's lock.
 */
u64 sx_mem_word(struct sx_call *c, u64 **word)
{
	u64 gpa = c->a->rcx, tdr_pa = c->a->rdx, st;
	unsigned int level = 0;

	c->a->rcx = c->a->rdx = c->a->r8 = 0;
	st = sx_lock_tdr(c, tdr_pa, SX_OP_RDX, SX_SHARED);
	if (!st)
		st = sx_td_check_state(c, SX_SHARED, OPS_BUILT);
	if (!st && !(c->td->attributes & SX_ATTR_DEBUG))
		st = SX_TD_NON_DEBUG;
	if (!st && gpa & 7)
		st = SX_OPERAND_INVALID | SX_OP_RCX;
	if (!st)
		st = lock_tree(c, SX_SHARED);
	if (!st && !sx_gpa_private(c->td, gpa))
		st = SX_OPERAND_INVALID | SX_OP_RCX;
	if (st)
		return st;
	c->entry = sx_walk(c->td, gpa, &level, &c->val);
	c->level = (u8)level;
	if (sx_entry_kind(c->val) != E_MAPPED)
		return sx_fail_entry(c, SX_EPT_ENTRY_NOT_PRESENT);
	st = lock_entry(c);
	if (!st && sx_entry_kind(c->val) != E_MAPPED)
		st = sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	if (st)
		return st;
	*word = sx_page_va(c->sys, (c->val & SX_E_HPA) |
			   (gpa & (sx_level_size(level) - 1) & ~(SX_PAGE_SIZE - 1)));
	*word += (gpa & (SX_PAGE_SIZE - 1)) / 8;
	return 0;
}

/* Writes the target entry and, if it is held, unlocks it. */
void sx_commit(struct sx_call *c, u64 val)
{
	if (c->entry_held)
		sx_entry_commit(c->entry, c->val, val, sx_since(c->sys, SX_R_1_5_25));
	else
		__atomic_store_n(c->entry, val, __ATOMIC_RELEASE);
	c->entry_held = false;
}

u64 sx_td_root(struct sx_td *td)
{
	return td->root;
}

bool sx_td_lookup(struct sx_td *td, u64 gpa, int *level, u64 *hpa, enum sx_state *state)
{
	unsigned int l = (unsigned int)*level;
	u64 val;

	sx_walk(td, gpa, &l, &val);
	*hpa = val & SX_E_HPA;
	*state = sx_entry_state(val);
	if ((int)l == *level)
		return true;
	*level = (int)l;
	return false;
}

bool sx_td_corrupt(struct sx_td *td, u64 gpa)
{
	unsigned int level = 0;
	u64 val, *entry = sx_walk(td, gpa, &level, &val);

	if (sx_entry_kind(val) == E_FREE)
		return false;
	__atomic_fetch_xor(
		entry, sx_kind_is_leaf(sx_entry_kind(val)) ? sx_level_size(level) : SX_PAGE_SIZE,
		__ATOMIC_RELEASE);
	return true;
}
