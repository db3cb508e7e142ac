/* SPDX-License-Identifier: GPL-2.0-only */
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
 *
 * Here is a frame's entry and a page's bit; both are written under their lock alone. In line, since
 * PAMT.ADD and REMOVE are timed; not SX_INLINE, with which gcc makes them longer.
 */
#ifndef SOFTTDX_CORE_PAIR_H
#define SOFTTDX_CORE_PAIR_H

#include "priv.h"

#define COUNT_ONE	(1ULL << 32)	/* in a frame's bepoch, above the second page's number */

static inline void set_type(struct sx_pamt *p, enum sx_page_type type)
{
	__atomic_store_n(&p->type, (u8)type, __ATOMIC_RELEASE);
}

static inline void set_pair(struct sx_pamt *frame, const u64 pa[2], u64 count)
{
	frame->owner = (u32)(pa[0] >> SX_PAGE_SHIFT);
	__atomic_store_n(&frame->bepoch, pa[1] >> SX_PAGE_SHIFT | count * COUNT_ONE,
			 __ATOMIC_RELAXED);
	set_type(frame, SX_PT_NDA);
}

static inline void get_pair(struct sx_pamt *frame, u64 pa[2])
{
	pa[0] = (u64)frame->owner << SX_PAGE_SHIFT;
	pa[1] = (u64)(u32)__atomic_load_n(&frame->bepoch, __ATOMIC_RELAXED) << SX_PAGE_SHIFT;
}

static inline void set_no_pair(struct sx_pamt *frame)
{
	frame->owner = 0;
	__atomic_store_n(&frame->bepoch, 0, __ATOMIC_RELAXED);
	set_type(frame, SX_PT_NO_PAIR);
}

/* The page's bit. Under a lock of the page's or of its frame's, so that no TD can be given it. */
static inline bool mark(struct sx_call *c, u64 pa)
{
	u8 nda = SX_PT_NDA;

	return __atomic_compare_exchange_n(&sx_pamt_entry(c->sys, pa, 0)->type, &nda, SX_PT_RSVD,
					   false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static inline void unmark(struct sx_call *c, u64 pa)
{
	set_type(sx_pamt_entry(c->sys, pa, 0), SX_PT_NDA);
}

#endif
