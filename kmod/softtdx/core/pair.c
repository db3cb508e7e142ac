// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dynamic PAMT below the PAMT's locks: what a call does to the frame of a page that it holds. It
 * calls nothing.
 */
#include "pair.h"

static struct sx_pamt *frame_of(struct sx_sys *sys, u64 pa)
{
	return sx_pamt_entry(sys, pa, 1);
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
