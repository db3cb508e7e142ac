// SPDX-License-Identifier: GPL-2.0-only
/* The PAMT: type, owner and BEPOCH of every page, and its hierarchical locks. */
#include "priv.h"

/* Entries that are looked at in one go: nearly all memory is the host's. */
#define PAMT_GLANCE	64

/*
 * @size is a power of 2. Pages that the host keeps and lets the module read are looked at alike.
 * Memory may end within a 2M frame: of those its 4K entries say so.
 */
u64 sx_check_pa(struct sx_sys *sys, u64 pa, u64 size)
{
	/* Neither a key id's bits nor any above them: not a matter of the range. */
	if (pa & (size - 1) || pa >> __atomic_load_n(&sys->params.hkid_shift, __ATOMIC_RELAXED))
		return SX_OPERAND_INVALID;
	if (pa >> SX_PAGE_SHIFT >= sys->nr_pages)
		return SX_OPERAND_ADDR_RANGE_ERROR;
	return 0;
}

/* The larger pages above a page of @level, 0 or 1. */
static void unlock_above(struct sx_sys *sys, u64 pa, unsigned int level)
{
	if (!level)
		sharex_hp_release(&sx_pamt_entry(sys, pa, 1)->lock, SX_SHARED);
	sharex_hp_release(&sx_pamt_entry(sys, pa, 2)->lock, SX_SHARED);
}

/*
 * The larger pages first, shared, so that a 2M operation excludes all 4K operations inside it while
 * those run in parallel with each other. A 2M page in use, or a frame without 4K entries, ends the
 * walk whatever @level asks for: only the caller's check of the type then tells it apart.
 */
static u64 lock_path(struct sx_sys *sys, u64 pa, unsigned int level, enum sx_mode mode,
		     struct sx_hold *hold)
{
	struct sx_pamt *p = sx_pamt_entry(sys, pa, 2);

	if (!sharex_hp_try(&p->lock, SX_SHARED))
		return SX_OPERAND_BUSY;
	p = sx_pamt_entry(sys, pa, 1);
	if (!sharex_hp_try(&p->lock, SX_SHARED)) {
		unlock_above(sys, pa, 1);
		return SX_OPERAND_BUSY;
	}
	if (level == 1 || sx_pamt_type(p) != SX_PT_NDA) {
		level = 1;
		if (mode == SX_EXCLUSIVE && !sharex_hp_promote(&p->lock)) {
			unlock_above(sys, pa, 0);
			return SX_OPERAND_BUSY;
		}
	} else {
		p = sx_pamt_entry(sys, pa, 0);
		if (!sharex_hp_try(&p->lock, mode)) {
			unlock_above(sys, pa, 0);
			return SX_OPERAND_BUSY;
		}
	}
	*hold = (struct sx_hold){ .leaf = p, .pa = pa, .level = level, .mode = mode, .path = true };
	return 0;
}

/* Locks the page at @pa and @level for an operand: any address may come in here. */
u64 sx_pamt_lock(struct sx_sys *sys, u64 pa, unsigned int level, enum sx_mode mode,
		 struct sx_hold *hold)
{
	u64 st = sx_check_pa(sys, pa, sx_level_size(level));

	return st ? st : lock_path(sys, pa, level, mode, hold);
}

/* The same for whatever page, 4K or 2M, is in use at @pa: hold->level says which. */
u64 sx_pamt_lock_leaf(struct sx_sys *sys, u64 pa, enum sx_mode mode, struct sx_hold *hold)
{
	return sx_pamt_lock(sys, pa, 0, mode, hold);
}

/*
 * Locks a page that the module itself refers to (a TD's TDR, the page in an S-EPT entry). It is in
 * use, so the larger pages above it cannot become leaves, and its own lock is enough.
 */
u64 sx_pamt_lock_implicit(struct sx_sys *sys, u64 pa, unsigned int level, enum sx_mode mode,
			  struct sx_hold *hold)
{
	struct sx_pamt *p = sx_pamt_entry(sys, pa, level);

	if (!sharex_hp_try(&p->lock, mode))
		return SX_OPERAND_BUSY;
	*hold = (struct sx_hold){ .leaf = p, .pa = pa, .level = level, .mode = mode };
	return 0;
}

void sx_pamt_unlock(struct sx_sys *sys, struct sx_hold *hold)
{
	if (hold->mode == SX_UNLOCKED)
		return;
	sharex_hp_release(&hold->leaf->lock, (enum sx_mode)hold->mode);
	if (hold->path)
		unlock_above(sys, hold->pa, hold->level);
	hold->mode = SX_UNLOCKED;
}

/* Locks a page that the host gives to the module, c->page; it must belong to nobody. */
u64 sx_pamt_take(struct sx_call *c, u64 pa, unsigned int level, enum sx_operand op)
{
	u64 st = sx_pamt_lock(c->sys, pa, level, SX_EXCLUSIVE, &c->page);

	if (st)
		return st | op;
	if (sx_pamt_type(c->page.leaf) != SX_PT_NDA || level == 1)
		return sx_pamt_take_other(c, level, op);
	return 0;
}

void sx_pamt_assign(struct sx_hold *hold, enum sx_page_type type, struct sx_td *td)
{
	hold->leaf->owner = type == SX_PT_NDA ? 0 : (u32)(td->tdr >> SX_PAGE_SHIFT);
	__atomic_store_n(&hold->leaf->bepoch, 0, __ATOMIC_RELAXED);
	/*
	 * Release: who sees the type without a lock, as sx_td_of() does, sees the page made for it.
	 */
	__atomic_store_n(&hold->leaf->type, (u8)type, __ATOMIC_RELEASE);
}

/*
 * A 2M page in use, held exclusively, becomes 512 of 4K of the same owner. Nobody can be at one of
 * them yet: the walk ends at the 2M entry until that is given up.
 */
void sx_pamt_split(struct sx_sys *sys, struct sx_hold *big)
{
	struct sx_pamt *p = sx_pamt_entry(sys, big->pa, 0);
	int i;

	for (i = 0; i < SX_ENTRIES; i++) {
		p[i].owner = big->leaf->owner;
		__atomic_store_n(&p[i].bepoch, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&p[i].type, SX_PT_REG, __ATOMIC_RELEASE);
	}
	sx_pamt_assign(big, SX_PT_NDA, NULL);
}

/*
 * And back: 512 of 4K of the TD's, whose entries nobody else can be at, become a 2M page. @big is
 * held exclusively.
 */
void sx_pamt_merge(struct sx_call *c, struct sx_hold *big)
{
	struct sx_pamt *p = sx_pamt_entry(c->sys, big->pa, 0);
	int i;

	for (i = 0; i < SX_ENTRIES; i++) {
		p[i].owner = 0;
		__atomic_store_n(&p[i].type, SX_PT_NDA, __ATOMIC_RELEASE);
	}
	if (c->sys->boot.dynamic)
		sx_pamt_return_pair(c, big);
	sx_pamt_assign(big, SX_PT_REG, c->td);
}

static bool none_used(struct sx_pamt *p)
{
	unsigned int used = 0;

#pragma GCC unroll 16
	for (unsigned int k = 0; k < PAMT_GLANCE; k++)
		used |= __atomic_load_n(&p[k].type, __ATOMIC_RELAXED);
	return !used;
}

u64 sx_pamt_next_used(struct sx_sys *sys, unsigned int level, u64 i)
{
	const u64 n = sys->nr_pages >> (9 * level);
	struct sx_pamt *p = sys->pamt[level];

	while (i < n) {
		if (!(i % PAMT_GLANCE) && n - i >= PAMT_GLANCE && none_used(p + i))
			i += PAMT_GLANCE;
		else if (sx_pamt_type(p + i) != SX_PT_NDA)
			return i;
		else
			i++;
	}
	return n;
}

static u64 count_used(struct sx_sys *sys, unsigned int level)
{
	const u64 n = sys->nr_pages >> (9 * level);
	u64 used = 0;

	for (u64 i = 0; (i = sx_pamt_next_used(sys, level, i)) < n; i++)
		used += sx_pamt_type(&sys->pamt[level][i]) >= SX_PT_REG;
	return used;
}

u64 sx_pamt_in_use(struct sx_sys *sys)
{
	return count_used(sys, 0) + count_used(sys, 1) * SX_ENTRIES;
}
