// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host MEM leaves. sx_mem_begin() has done steps 1 to 7 of the common check order when a function
 * here starts: the TDR, op_state, tree and entry locks are held and c->val is the target entry.
 */
#include "priv.h"

static void add_children(struct sx_td *td, u64 n)
{
	__atomic_fetch_add(&td->children, n, __ATOMIC_RELAXED);
}

static u64 nr_4k(unsigned int level)
{
	return 1ULL << (9 * level);
}

/* Installs the page the host gave in R8 as @kind; @fill makes its content, under all locks. */
static u64 install(struct sx_call *c, enum sx_kind kind, enum sx_page_type type,
		   unsigned int page_level, void (*fill)(struct sx_call *c, void *page, u64 arg),
		   u64 arg)
{
	u64 hpa = c->a->r8, st;

	if (sx_entry_kind(c->val) != E_FREE)
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	st = sx_pamt_take(c, hpa, page_level, SX_OP_R8);
	if (st)
		return st;
	if (fill)
		fill(c, sx_page_va(c->sys, hpa), arg);
	sx_yield(c->sys, SX_YIELD_LOCKED);
	sx_pamt_assign(&c->page, type, c->td);
	add_children(c->td, nr_4k(page_level));
	sx_commit(c, sx_entry_make(kind, hpa, c->level));
	return SX_SUCCESS;
}

static void fill_free(struct sx_call *c, void *page, u64 arg)
{
	(void)c;
	(void)arg;
	sx_clear_page(page);
}

static void fill_copy(struct sx_call *c, void *page, u64 src)
{
	sx_copy_page(page, sx_page_va(c->sys, src));
}

u64 sx_mem_page_add(struct sx_call *c)
{
	u64 src = c->a->r9;
	u64 st = sx_mem_begin(c, SX_EXCLUSIVE, OPS_INIT, 0, 0, SX_UNLOCKED);

	if (st)
		return st;
	if (sx_entry_kind(c->val) != E_FREE)
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	st = sx_check_pa(c->sys, src, SX_PAGE_SIZE);
	if (st)
		return st | SX_OP_R9;
	st = install(c, E_MAPPED, SX_PT_REG, 0, fill_copy, src);
	if (!st)
		sx_measure_page(c->td, c->gpa);
	return st;
}

/* In RDX beside the TDR, which leaves the low bits free: a page table that exists is no error. */
#define SEPT_ADD_EXISTING	1ULL
#define SEPT_ADD_RESERVED	(~SX_E_HPA & ~SEPT_ADD_EXISTING)
#define SEPT_ADD_NO_PAGE	(~0ULL)

u64 sx_mem_sept_add(struct sx_call *c)
{
	u64 flags = c->a->rdx & ~SX_E_HPA, st;

	c->a->rdx &= SX_E_HPA;
	if (flags & SEPT_ADD_RESERVED) {
		c->a->rcx = 0;
		c->a->rdx = 0;
		return SX_OPERAND_INVALID | SX_OP_RDX;
	}
	st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 1, SX_ANY_LEVEL, SX_SHARED);
	if (st)
		return st;
	if (sx_entry_kind(c->val) != E_FREE && sx_entry_kind(c->val) != E_NL_MAPPED)
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	if (c->a->r8 == SEPT_ADD_NO_PAGE)
		return SX_OPERAND_INVALID | SX_OP_R8;
	if (sx_entry_kind(c->val) == E_NL_MAPPED && flags & SEPT_ADD_EXISTING)
		return SX_SUCCESS;
	c->a->r8 &= ~(1ULL << 63);	/* an earlier call's mark of a page that was not used */
	return install(c, E_NL_MAPPED, SX_PT_EPT, 0, fill_free, 0);
}

u64 sx_mem_page_aug(struct sx_call *c)
{
	u64 st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 0, 1, SX_SHARED);

	return st ? st : install(c, E_PENDING, SX_PT_REG, c->level, NULL, 0);
}

/* The PAMT entry of what the target entry points to: the leaf page, or the child S-EPT page. */
static struct sx_pamt *pointed_to(struct sx_call *c)
{
	unsigned int level = sx_kind_is_leaf(sx_entry_kind(c->val)) ? c->level : 0;

	return sx_pamt_entry(c->sys, c->val & SX_E_HPA, level);
}

u64 sx_mem_range_block(struct sx_call *c)
{
	static const u8 blocked[E_NR_KINDS] = {
		[E_MAPPED] = E_BLOCKED,
		[E_PENDING] = E_PENDING_BLOCKED,
		[E_NL_MAPPED] = E_NL_BLOCKED,
	};
	u64 st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 0, SX_ANY_LEVEL, SX_EXCLUSIVE);
	enum sx_kind k;
	u64 epoch;

	if (st)
		return st;
	k = sx_entry_kind(c->val);
	if (sx_kind_is_blocked(k))
		return sx_fail_entry(c, SX_GPA_RANGE_ALREADY_BLOCKED);
	if (k == E_FREE)
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	sx_yield(c->sys, SX_YIELD_LOCKED);
	/*
	 * The epoch lock is not taken, so a TRACK may come at any point here. Blocking first and
	 * sampling the epoch second makes BEPOCH at least the epoch of every vCPU that can have
	 * walked through the entry; sampled first, a vCPU of the next epoch could still have and
	 * would not be waited for. Both sequentially consistent: store, then load.
	 */
	__atomic_fetch_xor(c->entry,
			   c->val ^ sx_entry_make(blocked[k], c->val & SX_E_HPA, c->level),
			   __ATOMIC_SEQ_CST);
	epoch = __atomic_load_n(&c->td->epoch, __ATOMIC_SEQ_CST) & SX_EPOCH_MASK;
	__atomic_store_n(&pointed_to(c)->bepoch, epoch, __ATOMIC_RELAXED);
	sx_entry_unlock(c->entry);
	c->entry_held = false;
	return SX_SUCCESS;
}

/* Tracking is demanded only of a TD that can have run. */
static bool must_track(struct sx_call *c)
{
	return c->td->op_state == OP_RUNNABLE;
}

static bool is_tracked(struct sx_call *c)
{
	return sx_tracked(c->td, __atomic_load_n(&pointed_to(c)->bepoch, __ATOMIC_RELAXED));
}

u64 sx_mem_range_unblock(struct sx_call *c)
{
	static const u8 unblocked[E_NR_KINDS] = {
		[E_BLOCKED] = E_MAPPED,
		[E_PENDING_BLOCKED] = E_PENDING,
		[E_NL_BLOCKED] = E_NL_MAPPED,
	};
	u64 st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 0, SX_ANY_LEVEL, SX_EXCLUSIVE);
	enum sx_kind k;

	if (st)
		return st;
	k = sx_entry_kind(c->val);
	if (!sx_kind_is_blocked(k))
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	if (must_track(c) && !is_tracked(c))
		return SX_TLB_TRACKING_NOT_DONE |
		       (sx_since(c->sys, SX_R_1_5_05) ? SX_OP_RCX : SX_OP_SEPT_TREE);
	sx_yield(c->sys, SX_YIELD_LOCKED);
	sx_commit(c, sx_entry_make(unblocked[k], c->val & SX_E_HPA, c->level));
	return SX_SUCCESS;
}

/*
 * Of @type, and the TD's? This check is the model's own: it can only fail if the entry was
 * corrupted, and then the TD is lost.
 */
static bool owned(struct sx_call *c, struct sx_pamt *p, enum sx_page_type type)
{
	return sx_pamt_type(p) == type && p->owner == c->td->tdr >> SX_PAGE_SHIFT;
}

/*
 * Steps 8 and 9 of both REMOVEs: the page the entry points to, of @type, locked, blocked and
 * tracked.
 */
static u64 lock_removed(struct sx_call *c, enum sx_page_type type, unsigned int level)
{
	u64 hpa = c->val & SX_E_HPA, st;

	if (hpa >> SX_PAGE_SHIFT >= c->sys->nr_pages)
		goto corrupt;
	st = sx_pamt_lock_implicit(c->sys, hpa, level, SX_EXCLUSIVE, &c->page);
	if (st)
		return st | SX_OP_RCX;
	if (!owned(c, c->page.leaf, type))
		goto corrupt;
	if (!must_track(c))
		return 0;
	if (!sx_kind_is_blocked(sx_entry_kind(c->val)))
		return sx_fail_entry(c, SX_GPA_RANGE_NOT_BLOCKED);
	return is_tracked(c) ? 0 : SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX;
corrupt:
	sx_td_set_fatal(c->td);
	return SX_TD_FATAL;
}

static u64 remove(struct sx_call *c, unsigned int page_level)
{
	sx_yield(c->sys, SX_YIELD_LOCKED);
	c->a->rcx = c->val & SX_E_HPA;
	sx_commit(c, 0);
	add_children(c->td, -nr_4k(page_level));
	sx_pamt_assign(&c->page, SX_PT_NDA, c->td);
	return SX_SUCCESS;
}

u64 sx_mem_page_remove(struct sx_call *c)
{
	u64 st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 0, 2, SX_SHARED);

	if (st)
		return st;
	if (!sx_kind_is_leaf(sx_entry_kind(c->val)))
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	st = lock_removed(c, SX_PT_REG, c->level);
	return st ? st : remove(c, c->level);
}

/* Beside the TDR: L2 tables where there are aliases only, which there never are. */
#define DEMOTE_L2_SPARSE	1ULL
#define DEMOTE_RESERVED		(~SX_E_HPA & ~DEMOTE_L2_SPARSE)

/* The checks of what is to be split, as far as they need no page of the host's. */
static u64 demote_leaf(struct sx_call *c)
{
	if (!sx_kind_is_leaf(sx_entry_kind(c->val)))
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	if (!must_track(c))
		return 0;
	if (!sx_kind_is_blocked(sx_entry_kind(c->val)))
		return sx_fail_entry(c, SX_GPA_RANGE_NOT_BLOCKED);
	return is_tracked(c) ? 0 : SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX;
}

/* 512 entries of 4K for what the 2M entry maps, none of them blocked. */
static void fill_split(struct sx_call *c, u64 *table)
{
	enum sx_kind k = sx_entry_kind(c->val);
	u64 hpa = c->val & SX_E_HPA;
	int i;

	k = k == E_PENDING || k == E_PENDING_BLOCKED ? E_PENDING : E_MAPPED;
	for (i = 0; i < SX_ENTRIES; i++, hpa += SX_PAGE_SIZE)
		table[i] = sx_entry_make(k, hpa, 0);
}

/*
 * Nothing is committed yet: an interrupt of the host's (injection stands for it) ends the call, and
 * since 1.5.20 also another call that has lost the tree to this one.
 */
static u64 interrupted(struct sx_call *c)
{
	if (sx_inject(c))
		return SX_INTERRUPTED_RESTARTABLE;
	if (sx_since(c->sys, SX_R_1_5_25) &&
	    __atomic_load_n(&c->td->tree_lock, __ATOMIC_RELAXED) & SHAREX_HP_PRIO)
		return SX_INTERRUPTED_BUSY;
	return 0;
}

/* The PAMT of the page that is split, then the entry: under all locks. */
static u64 demote_commit(struct sx_call *c)
{
	struct sx_hold big = { 0 };
	u64 st = sx_pamt_lock_implicit(c->sys, c->val & SX_E_HPA, 1, SX_EXCLUSIVE, &big);

	if (st)
		return st | SX_OP_RCX;
	if (!owned(c, big.leaf, SX_PT_REG)) {
		sx_td_set_fatal(c->td);
		st = SX_TD_FATAL;
	} else if (c->sys->boot.dynamic) {
		st = sx_pamt_split_dynamic(c, &big);
	} else {
		sx_pamt_split(c->sys, &big);
	}
	if (!st) {
		sx_pamt_assign(&c->page, SX_PT_EPT, c->td);
		add_children(c->td, 1);
		sx_commit(c, sx_entry_make(E_NL_MAPPED, c->page.pa, c->level));
	}
	sx_pamt_unlock(c->sys, &big);
	return st;
}

u64 sx_mem_page_demote(struct sx_call *c)
{
	u64 rcx = c->a->rcx, rdx = c->a->rdx, st;

	c->a->rdx &= SX_E_HPA;
	if (rdx & DEMOTE_RESERVED) {
		c->a->rcx = 0;
		c->a->rdx = 0;
		return SX_OPERAND_INVALID | SX_OP_RDX;
	}
	st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 1, 2, SX_SHARED);
	if (!st)
		st = demote_leaf(c);
	if (!st)
		st = sx_pamt_take(c, c->a->r8, 0, SX_OP_R8);
	if (st)
		return st;
	fill_split(c, sx_page_va(c->sys, c->a->r8));
	sx_yield(c->sys, SX_YIELD_LOCKED);
	st = interrupted(c);
	if (!st)
		return demote_commit(c);
	c->a->rcx = rcx;
	c->a->rdx = rdx;
	return st;
}

/*
 * What a table's entries must be to be merged: the pieces of one page in their places, all mapped
 * or all pending. Up to 1.5.16 each is locked for that, and counted in *@locked; since then the
 * tree is, and an entry that a guest has locked is not like the others. Status without operand id.
 */
static u64 check_pieces(struct sx_call *c, u64 *table, unsigned int *locked)
{
	const bool lock = !sx_since(c->sys, SX_R_1_5_25);
	const u64 size = sx_level_size(c->level - 1u);
	u64 first = 0, val;
	unsigned int i;

	for (i = 0; i < SX_ENTRIES; i++) {
		if (lock && !sx_entry_try_host(&table[i]))
			return SX_OPERAND_BUSY;
		*locked += lock;
		val = __atomic_load_n(&table[i], __ATOMIC_ACQUIRE) & ~SX_E_PRIO;
		if (!i)
			first = val;
		if (val != first + i * size)
			return SX_EPT_INVALID_PROMOTE_CONDITIONS;
		if (!i && ((sx_entry_kind(val) != E_MAPPED && sx_entry_kind(val) != E_PENDING) ||
			   (val & SX_E_HPA) & (sx_level_size(c->level) - 1)))
			return SX_EPT_INVALID_PROMOTE_CONDITIONS;
	}
	/* The model has no 1G pages. */
	return c->level == 1 ? 0 : SX_EPT_INVALID_PROMOTE_CONDITIONS;
}

/* @first: the table's first entry. The PAMT of the page that it is a piece of, then the parent. */
static u64 promote_commit(struct sx_call *c, u64 first)
{
	struct sx_hold big = { 0 };
	u64 st = sx_pamt_lock_implicit(c->sys, first & SX_E_HPA, 1, SX_EXCLUSIVE, &big);

	if (st)
		return st | SX_OP_RCX;
	sx_pamt_merge(c, &big);
	c->a->rcx = c->page.pa;
	sx_commit(c, sx_entry_make(sx_entry_kind(first), first & SX_E_HPA, c->level));
	add_children(c->td, -1ULL);
	sx_pamt_assign(&c->page, SX_PT_NDA, NULL);
	sx_pamt_unlock(c->sys, &big);
	return 0;
}

static u64 merge(struct sx_call *c)
{
	u64 *table = sx_page_va(c->sys, c->val & SX_E_HPA), st;
	unsigned int locked = 0;

	st = check_pieces(c, table, &locked);
	if (st) {
		st = sx_fail_entry(c, st);
	} else {
		sx_yield(c->sys, SX_YIELD_LOCKED);
		st = interrupted(c);
		if (!st)
			st = promote_commit(c, __atomic_load_n(table, __ATOMIC_RELAXED));
	}
	while (st && locked)
		sx_entry_unlock(&table[--locked]);
	return st;
}

u64 sx_mem_page_promote(struct sx_call *c)
{
	enum sx_mode tree = sx_since(c->sys, SX_R_1_5_25) ? SX_EXCLUSIVE : SX_SHARED;
	u64 rcx = c->a->rcx, rdx = c->a->rdx, st;

	st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 1, 2, tree);
	if (!st && sx_entry_kind(c->val) != E_NL_MAPPED && sx_entry_kind(c->val) != E_NL_BLOCKED)
		st = sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	if (!st)
		st = lock_removed(c, SX_PT_EPT, 0);
	if (!st)
		st = merge(c);
	if (st == SX_INTERRUPTED_RESTARTABLE || st == SX_INTERRUPTED_BUSY) {
		c->a->rcx = rcx;
		c->a->rdx = rdx;
	}
	return st;
}

/* The entry and what it maps go over to the page @to, locked; c->page is the one that goes. */
static void move(struct sx_call *c, struct sx_hold *to)
{
	enum sx_kind k = sx_entry_kind(c->val);
	bool pending = k == E_PENDING || k == E_PENDING_BLOCKED;

	if (!pending)
		sx_copy_page(sx_page_va(c->sys, to->pa), sx_page_va(c->sys, c->page.pa));
	sx_pamt_assign(&c->page, SX_PT_NDA, NULL);
	sx_pamt_assign(to, SX_PT_REG, c->td);
	sx_pamt_count_in(c, to);
	c->a->rcx = c->page.pa;
	sx_commit(c, sx_entry_make(pending ? E_PENDING : E_MAPPED, to->pa, 0));
}

u64 sx_mem_page_relocate(struct sx_call *c)
{
	u64 st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 0, 0, SX_SHARED);
	struct sx_hold old, new;

	if (st)
		return st;
	if (!sx_kind_is_leaf(sx_entry_kind(c->val)))
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	if ((c->val & SX_E_HPA) == c->a->r8)
		return SX_OPERAND_INVALID | SX_OP_R8;
	st = lock_removed(c, SX_PT_REG, 0);
	if (st)
		return st;
	old = c->page;
	c->page.mode = SX_UNLOCKED;
	st = sx_pamt_take(c, c->a->r8, 0, SX_OP_R8);
	new = c->page;
	c->page = old;
	if (!st) {
		sx_yield(c->sys, SX_YIELD_LOCKED);
		move(c, &new);
	}
	sx_pamt_unlock(c->sys, &new);
	return st;
}

static bool all_free(struct sx_call *c)
{
	u64 *table = sx_page_va(c->sys, c->val & SX_E_HPA);
	int i;

	for (i = 0; i < SX_ENTRIES; i++) {
		if (sx_entry_kind(__atomic_load_n(&table[i], __ATOMIC_ACQUIRE)) != E_FREE)
			return false;
	}
	return true;
}

u64 sx_mem_sept_remove(struct sx_call *c)
{
	u64 st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 1, SX_ANY_LEVEL, SX_EXCLUSIVE);
	enum sx_kind k;

	if (st)
		return st;
	k = sx_entry_kind(c->val);
	if (k != E_NL_MAPPED && k != E_NL_BLOCKED)
		return sx_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT);
	st = lock_removed(c, SX_PT_EPT, 0);
	if (st)
		return st;
	if (!all_free(c))
		return sx_fail_entry(c, SX_EPT_PAGE_NOT_FREE);
	return remove(c, 0);
}

u64 sx_mem_sept_rd(struct sx_call *c)
{
	u64 st = sx_mem_begin(c, SX_SHARED, OPS_BUILT, 0, SX_ANY_LEVEL, SX_SHARED);

	if (st)
		return st;
	sx_yield(c->sys, SX_YIELD_LOCKED);
	sx_report_entry(c);
	return SX_SUCCESS;
}

u64 sx_mem_rd(struct sx_call *c)
{
	u64 *word, st = sx_mem_word(c, &word);

	if (st)
		return st;
	sx_yield(c->sys, SX_YIELD_LOCKED);
	c->a->r8 = __atomic_load_n(word, __ATOMIC_RELAXED);
	return SX_SUCCESS;
}

/* The old word comes back. */
u64 sx_mem_wr(struct sx_call *c)
{
	u64 data = c->a->r8, *word, st = sx_mem_word(c, &word);

	if (st)
		return st;
	sx_yield(c->sys, SX_YIELD_LOCKED);
	c->a->r8 = __atomic_load_n(word, __ATOMIC_RELAXED);
	__atomic_store_n(word, data, __ATOMIC_RELAXED);
	return SX_SUCCESS;
}

u64 sx_mr_extend(struct sx_call *c)
{
	u64 gpa = c->a->rcx, tdr_pa = c->a->rdx, st, hpa;
	unsigned int level = 0;

	c->a->rcx = 0;
	c->a->rdx = 0;
	st = sx_lock_tdr(c, tdr_pa, SX_OP_RDX, SX_EXCLUSIVE);
	if (!st)
		st = sx_td_check_state(c, SX_UNLOCKED, OPS_INIT);
	if (st)
		return st;
	if (gpa & 0xff || !sx_gpa_private(c->td, gpa))
		return SX_OPERAND_INVALID | SX_OP_RCX;
	c->entry = sx_walk(c->td, gpa, &level, &c->val);
	c->level = (u8)level;
	if (sx_entry_kind(c->val) != E_MAPPED)
		return sx_fail_entry(c, SX_EPT_ENTRY_NOT_PRESENT);
	hpa = (c->val & SX_E_HPA) + (gpa & (sx_level_size(level) - 1));
	sx_measure_chunk(c->td, gpa, sx_page_va(c->sys, hpa));
	return SX_SUCCESS;
}
