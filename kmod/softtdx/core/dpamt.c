// SPDX-License-Identifier: GPL-2.0-only
/* Dynamic PAMT: PAMT.ADD and PAMT.REMOVE, DEMOTE's pair, and whether the books are right. */
#include "pair.h"

#define FRAME_SIZE	(SX_PAGE_SIZE << 9)

void sx_sys_dynamic_pamt(struct sx_sys *sys, bool on)
{
	u64 i;

	sys->boot.dynamic = on;
	sys->nr_direct = on ? 0 : SX_NR_LEAVES;
	/* Pages of pairs that there were go with them. */
	for (i = 0; (i = sx_pamt_next_used(sys, 0, i)) < sys->nr_pages; i++)
		set_type(&sys->pamt[0][i], SX_PT_NDA);
	for (i = 0; i << 9 < sys->nr_pages; i++) {
		set_no_pair(&sys->pamt[1][i]);
		if (!on)
			set_type(&sys->pamt[1][i], SX_PT_NDA);
	}
}

/* Nobody's, though it may be one of a pair: bits of that are looked at when they are set. */
static bool is_nda(const struct sx_hold *hold)
{
	return sx_pamt_type(hold->leaf) < SX_PT_REG;
}

/* A page that is to be one of a pair, shared: whatever PAMT it has itself does not matter. */
static u64 lock_one(struct sx_call *c, u64 pa, struct sx_hold *hold)
{
	u64 st = sx_pamt_lock(c->sys, pa, 0, SX_SHARED, hold);

	if (st)
		return st;
	return is_nda(hold) ? 0 : SX_PAGE_NOT_FREE;
}

static u64 mark_both(struct sx_call *c, const u64 pa[2], enum sx_operand first,
		     enum sx_operand second)
{
	if (!mark(c, pa[0]))
		return SX_PAGE_NOT_FREE | first;
	if (!mark(c, pa[1])) {
		unmark(c, pa[0]);
		return SX_PAGE_NOT_FREE | second;
	}
	sx_clear_page(sx_page_va(c->sys, pa[0]));
	sx_clear_page(sx_page_va(c->sys, pa[1]));
	return 0;
}

/* RCX: a frame, and its level. Status without operand id. */
static u64 check_frame(struct sx_call *c, u64 *frame)
{
	*frame = c->a->rcx & SX_E_HPA;
	if (c->a->rcx != (*frame | 1))
		return SX_OPERAND_INVALID;
	return sx_check_pa(c->sys, *frame, FRAME_SIZE);
}

static u64 check_add(struct sx_call *c, u64 *frame, const u64 pa[2])
{
	u64 st = check_frame(c, frame), st_page;

	if (st == SX_OPERAND_INVALID)
		return st | SX_OP_RCX;
	st_page = sx_check_pa(c->sys, pa[0], SX_PAGE_SIZE);
	if (st_page)
		return st_page | SX_OP_RDX;
	st_page = sx_check_pa(c->sys, pa[1], SX_PAGE_SIZE);
	if (st_page)
		return st_page | SX_OP_R8;
	return st ? st | SX_OP_RCX : 0;
}

/* The frame to itself, which has to be without a pair and no 2M page; then the two pages. */
static u64 lock_add(struct sx_call *c, u64 frame, const u64 pa[2], struct sx_hold hold[3])
{
	u64 st = sx_pamt_lock(c->sys, frame, 1, SX_EXCLUSIVE, &hold[0]);
	unsigned int i;

	if (st)
		return st | SX_OP_RCX;
	if (sx_pamt_type(hold[0].leaf) != SX_PT_NO_PAIR)
		return SX_HPA_RANGE_NOT_FREE | SX_OP_RCX;
	for (i = 0; i < 2; i++) {
		if (frame == (pa[i] & ~(FRAME_SIZE - 1)))
			continue;
		st = lock_one(c, pa[i], &hold[1 + i]);
		if (st)
			return st | (i ? SX_OP_R8 : SX_OP_RDX);
	}
	return 0;
}

static void unlock(struct sx_call *c, struct sx_hold *hold, unsigned int n)
{
	while (n--)
		sx_pamt_unlock(c->sys, &hold[n]);
}

u64 sx_phymem_pamt_add(struct sx_call *c)
{
	const u64 pa[2] = { c->a->rdx, c->a->r8 };
	struct sx_hold hold[3] = { { 0 } };
	u64 frame, st;

	if (!c->sys->boot.dynamic)
		return SX_OPERAND_INVALID | SX_OP_RAX;
	st = check_add(c, &frame, pa);
	if (!st)
		st = lock_add(c, frame, pa, hold);
	if (!st) {
		sx_yield(c->sys, SX_YIELD_LOCKED);
		st = mark_both(c, pa, SX_OP_RDX, SX_OP_R8);
	}
	if (!st)
		set_pair(hold[0].leaf, pa, 0);
	unlock(c, hold, 3);
	return st;
}

/* Under the exclusive lock of the frame, which has a pair. */
static u64 check_empty(struct sx_call *c, u64 frame)
{
	struct sx_pamt *p = sx_pamt_entry(c->sys, frame, 0);
	unsigned int i;

	for (i = 0; i < SX_ENTRIES; i++) {
		if (sx_pamt_type(&p[i]) >= SX_PT_REG)
			return SX_PAMT_PAGE_NOT_EMPTY | i / (SX_ENTRIES / 2);
	}
	return 0;
}

static u64 take_pair(struct sx_call *c, u64 frame, struct sx_pamt *p)
{
	u64 pa[2], st;

	if (sx_pamt_type(p) != SX_PT_NDA)
		return SX_NO_PAMT_PAGE_PAIR | SX_OP_RCX;
	st = check_empty(c, frame);
	if (st)
		return st;
	/* A removal is about to count what it has freed: the module's own end, not the model's. */
	if (__atomic_load_n(&p->bepoch, __ATOMIC_RELAXED) >= COUNT_ONE)
		return SX_OPERAND_BUSY | SX_OP_RCX;
	sx_yield(c->sys, SX_YIELD_LOCKED);
	get_pair(p, pa);
	unmark(c, pa[0]);
	unmark(c, pa[1]);
	set_no_pair(p);
	c->a->rdx = pa[0];
	c->a->r8 = pa[1];
	return 0;
}

u64 sx_phymem_pamt_remove(struct sx_call *c)
{
	struct sx_hold hold = { 0 };
	u64 frame, st;

	if (!c->sys->boot.dynamic)
		return SX_OPERAND_INVALID | SX_OP_RAX;
	st = check_frame(c, &frame);
	if (!st)
		st = sx_pamt_lock(c->sys, frame, 1, SX_EXCLUSIVE, &hold);
	if (st)
		return st | SX_OP_RCX;
	st = take_pair(c, frame, hold.leaf);
	unlock(c, &hold, 1);
	return st;
}

static u64 check_pair_operands(struct sx_call *c, const u64 pa[2])
{
	u64 st[2] = { sx_check_pa(c->sys, pa[0], SX_PAGE_SIZE),
		      sx_check_pa(c->sys, pa[1], SX_PAGE_SIZE) };

	if (st[0] == SX_OPERAND_INVALID)
		return st[0] | SX_OP_R12;
	if (st[1] == SX_OPERAND_INVALID)
		return st[1] | SX_OP_R13;
	if (st[0])
		return st[0] | SX_OP_R12;
	return st[1] ? st[1] | SX_OP_R13 : 0;
}

/* sx_pamt_split() with the pair that the frame needs from now on, in R12 and R13. */
u64 sx_pamt_split_dynamic(struct sx_call *c, struct sx_hold *big)
{
	const struct sx_args_saved *a = (const struct sx_args_saved *)c->a;
	const u64 pa[2] = { c->saved ? a->r12 : 0, c->saved ? a->r13 : 0 };
	struct sx_hold hold[2] = { { 0 } };
	u64 st = check_pair_operands(c, pa);

	if (!st) {
		st = lock_one(c, pa[0], &hold[0]);
		st = st ? st | SX_OP_R12 : 0;
	}
	if (!st) {
		st = lock_one(c, pa[1], &hold[1]);
		st = st ? st | SX_OP_R13 : 0;
	}
	if (!st)
		st = mark_both(c, pa, SX_OP_R12, SX_OP_R13);
	if (!st) {
		sx_pamt_split(c->sys, big);
		set_pair(big->leaf, pa, SX_ENTRIES);
	}
	unlock(c, hold, 2);
	return st;
}

u64 sx_pamt_pairs(struct sx_sys *sys)
{
	u64 i, n = 0;

	for (i = 0; sys->boot.dynamic && i << 9 < sys->nr_pages; i++)
		n += sx_pamt_type(&sys->pamt[1][i]) == SX_PT_NDA;
	return n;
}

/* Counts what is in use in the frame, and adds what is marked to *@marked. */
static u64 look_into(struct sx_sys *sys, u64 frame, u64 *marked)
{
	u64 i, used = 0, end = (frame + 1) << 9;

	for (i = frame << 9; i < end && i < sys->nr_pages; i++) {
		enum sx_page_type type = sx_pamt_type(&sys->pamt[0][i]);

		used += type >= SX_PT_REG;
		*marked += type == SX_PT_RSVD;
	}
	return used;
}

static bool pair_is_marked(struct sx_sys *sys, struct sx_pamt *frame)
{
	u64 pa[2];

	get_pair(frame, pa);
	return pa[0] != pa[1] && sx_pamt_type(sx_pamt_entry(sys, pa[0], 0)) == SX_PT_RSVD &&
	       sx_pamt_type(sx_pamt_entry(sys, pa[1], 0)) == SX_PT_RSVD;
}

unsigned int sx_pamt_check(struct sx_sys *sys)
{
	u64 i, used, marked = 0;
	unsigned int faults = 0;

	if (!sys->boot.dynamic)
		return 0;
	for (i = 0; i << 9 < sys->nr_pages; i++) {
		struct sx_pamt *p = &sys->pamt[1][i];
		u64 counted = __atomic_load_n(&p->bepoch, __ATOMIC_RELAXED) >> 32;

		used = look_into(sys, i, &marked);
		if (sx_pamt_type(p) == SX_PT_NDA)
			faults += used != counted || !pair_is_marked(sys, p);
		else
			faults += !!used;
	}
	return faults + (marked != 2 * sx_pamt_pairs(sys));
}
