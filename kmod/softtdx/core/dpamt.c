// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dynamic PAMT: a 2M frame has 4K entries only while the host has given a pair of pages for them.
 *
 * The model keeps its 4K entries apart in either case. A 2M entry that is NDA lets a walk go on to
 * them, so it is that of a frame with a pair, as every frame of a static PAMT is; without a pair it
 * is NO_PAIR, which ends the walk as a 2M page does. A page that is one of a pair is RSVD: its bit
 * in the module's bitmap. So no call that succeeds on a static PAMT asks which of the two it is on.
 *
 * Of a frame with a pair the 2M entry holds, in place of an owner and a BEPOCH, both page numbers
 * and how many of the 512 are in use.
 */
#include "priv.h"

#define FRAME_SIZE	(SX_PAGE_SIZE << 9)
#define COUNT_ONE	(1ULL << 32)	/* in a frame's bepoch, above the second page's number */

static struct sx_pamt *frame_of(struct sx_sys *sys, u64 pa)
{
	return sx_pamt_entry(sys, pa, 1);
}

static void set_type(struct sx_pamt *p, enum sx_page_type type)
{
	__atomic_store_n(&p->type, (u8)type, __ATOMIC_RELEASE);
}

/* Nobody's, though it may be one of a pair: bits of that are looked at when they are set. */
static bool is_nda(const struct sx_hold *hold)
{
	return sx_pamt_type(hold->leaf) < SX_PT_REG;
}

static void set_pair(struct sx_pamt *frame, const u64 pa[2], u64 count)
{
	frame->owner = (u32)(pa[0] >> SX_PAGE_SHIFT);
	__atomic_store_n(&frame->bepoch, pa[1] >> SX_PAGE_SHIFT | count * COUNT_ONE,
			 __ATOMIC_RELAXED);
	set_type(frame, SX_PT_NDA);
}

static void get_pair(struct sx_pamt *frame, u64 pa[2])
{
	pa[0] = (u64)frame->owner << SX_PAGE_SHIFT;
	pa[1] = (u64)(u32)__atomic_load_n(&frame->bepoch, __ATOMIC_RELAXED) << SX_PAGE_SHIFT;
}

static void set_no_pair(struct sx_pamt *frame)
{
	frame->owner = 0;
	__atomic_store_n(&frame->bepoch, 0, __ATOMIC_RELAXED);
	set_type(frame, SX_PT_NO_PAIR);
}

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

/* Advice: where there is room for it among what a leaf returns. */
static void hint_last(struct sx_call *c)
{
	if (c->leaf == SX_PHYMEM_PAGE_RECLAIM)
		c->a->r9 = SX_HINT_LAST;
	else
		c->a->rcx |= SX_HINT_LAST;
}

/* A 4K page that is not c->page has come, locked. */
void sx_pamt_count_in(struct sx_call *c, struct sx_hold *hold)
{
	if (c->sys->boot.dynamic)
		__atomic_fetch_add(&frame_of(c->sys, hold->pa)->bepoch, COUNT_ONE,
				   __ATOMIC_RELAXED);
}

/*
 * A call is done, its page still locked exclusively: if the page has come or gone, its frame counts
 * it. A 2M page that has gone leaves a frame without a pair.
 */
void sx_pamt_settle(struct sx_call *c, u64 st)
{
	bool gone;
	u64 *count;

	if (st || c->page.mode != SX_EXCLUSIVE)
		return;
	gone = sx_pamt_type(c->page.leaf) == SX_PT_NDA;
	if (c->page.level) {
		if (gone)
			set_no_pair(c->page.leaf);
		return;
	}
	count = &frame_of(c->sys, c->page.pa)->bepoch;
	if (!gone)
		__atomic_fetch_add(count, COUNT_ONE, __ATOMIC_RELAXED);
	else if (__atomic_sub_fetch(count, COUNT_ONE, __ATOMIC_RELAXED) < COUNT_ONE)
		hint_last(c);
}

/* Under the exclusive 2M lock: nobody can be inside any of the 512. */
static bool range_free(struct sx_sys *sys, u64 pa)
{
	struct sx_pamt *p = sx_pamt_entry(sys, pa, 0);
	int i;

	for (i = 0; i < SX_ENTRIES; i++) {
		if (sx_pamt_type(&p[i]) != SX_PT_NDA)
			return false;
	}
	return true;
}

/*
 * sx_pamt_take() of anything but a 4K page that is NDA. A 2M page is taken from a frame that no
 * page is in use of, and with dynamic PAMT none that has a pair, empty or not.
 */
u64 sx_pamt_take_other(struct sx_call *c, unsigned int level, enum sx_operand op)
{
	enum sx_page_type type = sx_pamt_type(c->page.leaf);

	if (type == SX_PT_NO_PAIR && !level)
		return SX_MISSING_PAMT_PAGE_PAIR | op;
	if (!level || type != (c->sys->boot.dynamic ? SX_PT_NO_PAIR : SX_PT_NDA) ||
	    !range_free(c->sys, c->page.pa))
		return SX_PAGE_METADATA_INCORRECT | op;
	return 0;
}

/* Is c->page the host's, in a frame without a pair, where a lookup of a 4K page ends? */
bool sx_pamt_without_pair(struct sx_call *c)
{
	return sx_pamt_type(c->page.leaf) == SX_PT_NO_PAIR &&
	       sx_pamt_type(sx_pamt_entry(c->sys, c->page.pa, 0)) == SX_PT_NDA;
}

/* A page that is to be one of a pair, shared: whatever PAMT it has itself does not matter. */
static u64 lock_one(struct sx_call *c, u64 pa, struct sx_hold *hold)
{
	u64 st = sx_pamt_lock(c->sys, pa, 0, SX_SHARED, hold);

	if (st)
		return st;
	return is_nda(hold) ? 0 : SX_PAGE_NOT_FREE;
}

/* The page's bit. Under a lock of the page's or of its frame's, so that no TD can be given it. */
static bool mark(struct sx_call *c, u64 pa)
{
	u8 nda = SX_PT_NDA;

	return __atomic_compare_exchange_n(&sx_pamt_entry(c->sys, pa, 0)->type, &nda, SX_PT_RSVD,
					   false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void unmark(struct sx_call *c, u64 pa)
{
	set_type(sx_pamt_entry(c->sys, pa, 0), SX_PT_NDA);
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

/* The pair of a frame that needs none any more, in R12 and R13 if the call has them. */
void sx_pamt_return_pair(struct sx_call *c, struct sx_hold *big)
{
	struct sx_args_saved *a = (struct sx_args_saved *)c->a;
	u64 pa[2];

	get_pair(big->leaf, pa);
	unmark(c, pa[0]);
	unmark(c, pa[1]);
	if (!c->saved)
		return;
	a->r12 = pa[0];
	a->r13 = pa[1];
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
