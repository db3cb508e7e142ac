// SPDX-License-Identifier: GPL-2.0-only
/*
 * What to do next. Mostly what a host or a guest that knows the state would do, so that a walk gets
 * deep; every eighth time anything at all, so that it also meets every refusal.
 */
#include "walk.h"

static u32 rnd(struct walk *w, u32 n)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return (u32)((w->rng >> 32) * n >> 32);
}

static bool one_in(struct walk *w, u32 n)
{
	return !rnd(w, n);
}

static bool in_flight(const struct walk *w, unsigned int cpu)
{
	return w->s.cpu[cpu].stop != SPEC_DONE;
}

/*
 * Pages in use stay few, so that operations meet: 160 in the first block, 4 in the second, and now
 * and then one of the third, which like the rest is mostly left for 2M.
 */
static u16 some_page(struct walk *w)
{
	u32 r = rnd(w, 160 + 32);

	if (r < SPEC_P_FIRST)
		return SPEC_P_FIRST;
	return r < 160 ? (u16)r : (u16)((r == 160 ? 1024 : 512) + (r & 3));
}

static u16 unowned_page(struct walk *w)
{
	unsigned int tries;
	u16 page = 0;

	for (tries = 0; tries < 16; tries++) {
		page = some_page(w);
		if (w->s.page[page].type == SX_PT_NDA && !w->s.page[page].pamt &&
		    w->s.big[page / 512].type == SX_PT_NDA)
			break;
	}
	return page;
}

static u16 owned_page(struct walk *w, u8 td)
{
	u32 i, at = rnd(w, SPEC_PAGES);

	for (i = 0; i < SPEC_PAGES; i++) {
		u16 page = (u16)((at + i) % SPEC_PAGES);
		const struct spec_page *p = &w->s.page[page];

		if (p->type != SX_PT_NDA && p->type != SX_PT_TDR && p->td == td)
			return page;
		p = &w->s.big[page / 512];
		if (p->type != SX_PT_NDA && p->td == td)
			return page & ~511;
	}
	return w->s.td[td].tdr;
}

static u16 odd_page(struct walk *w)
{
	switch (rnd(w, 7)) {
	case 0: return SPEC_MISALIGNED;
	case 1: return SPEC_BEYOND;
	case 6: return SPEC_KEY_BITS;
	case 2: return w->s.td[rnd(w, SPEC_TDS)].tdr;
	case 3: return w->s.vp[rnd(w, SPEC_VPS)].tdvpr;
	default: return some_page(w);
	}
}

/* With dynamic PAMT; mostly two pages that can be a pair. */
static void give_pair(struct walk *w, struct spec_act *a)
{
	unsigned int i;

	for (i = 0; w->s.dynamic && i < 2; i++)
		a->pair[i] = one_in(w, 10) ? odd_page(w) : unowned_page(w);
}

/* A block's pair comes or goes. Most pages in use are of the first block, some of the second. */
static void pamt(struct walk *w, struct spec_act *a)
{
	u16 block = (u16)(one_in(w, 2) ? rnd(w, SPEC_BLOCKS + 1) : w->s.pair[0].there);

	a->op = w->s.pair[block].there ? SX_PHYMEM_PAMT_REMOVE : SX_PHYMEM_PAMT_ADD;
	a->level = 1;
	a->page = block * 512;
	give_pair(w, a);
}

static bool fits(struct walk *w, u8 op, u8 td, u8 level, u8 path)
{
	u8 at, state = spec_walk(&w->s.td[td], path, level, &at)->state;
	bool blocked = state == SX_BLOCKED || state == SX_PENDING_BLOCKED || state == SX_NL_BLOCKED;

	if (op == SX_MEM_RD || op == SX_MEM_WR)
		return state == SX_MAPPED;
	if (at != level)
		return false;
	switch (op) {
	case SX_MEM_RANGE_BLOCK: return state != SX_FREE && !blocked;
	case SX_MEM_RANGE_UNBLOCK: return blocked;
	case SX_MEM_SEPT_REMOVE: return state == SX_NL_BLOCKED;
	case SX_MEM_PAGE_RELOCATE:
	case SX_MEM_PAGE_REMOVE: return state == SX_BLOCKED || state == SX_PENDING_BLOCKED;
	case SX_MEM_SEPT_RD: return true;
	case SX_MEM_PAGE_DEMOTE: return state == SX_BLOCKED || state == SX_PENDING_BLOCKED;
	case SX_MEM_PAGE_PROMOTE: return state == SX_NL_BLOCKED;
	default: return state == SX_FREE;
	}
}

static u8 level_for(struct walk *w, u8 op, const struct spec_td *td)
{
	u32 r = rnd(w, 16);
	u8 top = td->levels - 1;

	switch (op) {
	case SX_MEM_PAGE_ADD:
	case SX_MEM_PAGE_RELOCATE:
	case SX_MEM_RD:
	case SX_MEM_WR:
	case SX_MR_EXTEND: return 0;
	case SX_MEM_PAGE_AUG:
	case SX_MEM_PAGE_REMOVE: return r == 0;
	case SX_MEM_PAGE_DEMOTE:
	case SX_MEM_PAGE_PROMOTE: return r ? 1 : 2;
	case SX_MEM_SEPT_ADD:
	case SX_MEM_SEPT_REMOVE: return r < 10 ? 1 : r < 13 ? 2 : r < 15 ? 3 : top;
	default: return r < 10 ? 0 : r < 14 ? 1 : r < 15 ? 2 : one_in(w, 2) ? 3 : top;
	}
}

static u8 path_at(struct walk *w, u8 paths, u8 level)
{
	return (u8)(rnd(w, paths) & ~((level ? 2u << level : 1u) - 1));
}

/* Where a call under way is at work: half of the time, so that calls meet at one entry. */
static bool same_place(struct walk *w, struct spec_act *a)
{
	const struct spec_cpu *c;

	if (!w->depth || one_in(w, 2))
		return false;
	c = &w->s.cpu[w->stack[w->depth - 1]];
	if (!c->entry_held || c->act.page != a->page)
		return false;
	a->level = c->act.level;
	a->path = c->act.path;
	return true;
}

static void mem(struct walk *w, struct spec_act *a, u8 op, u8 td)
{
	unsigned int tries;
	u8 at;

	a->op = op;
	a->page = w->s.td[td].tdr;
	for (tries = same_place(w, a) ? 8 : 0; tries < 8; tries++) {
		a->level = level_for(w, op, &w->s.td[td]);
		a->path = path_at(w, spec_paths(&w->s.td[td]), a->level);
		if (fits(w, op, td, a->level, a->path))
			break;
	}
	if (op == SX_MEM_RD || op == SX_MEM_WR)
		a->level = 0;	/* where a call under way is at another, too */
	if (op == SX_MEM_WR)
		a->arg = (u8)rnd(w, 256);
	if (op == SX_MEM_PAGE_ADD || op == SX_MEM_SEPT_ADD)
		a->arg = (u8)rnd(w, 2);
	if (op == SX_MEM_PAGE_ADD && one_in(w, 16))
		a->arg = 2;
	if (op == SX_MEM_PAGE_AUG && a->level)
		a->page2 = (u16)(512 + 512 * rnd(w, SPEC_BLOCKS));
	else if (op == SX_MEM_PAGE_ADD || op == SX_MEM_SEPT_ADD || op == SX_MEM_PAGE_AUG ||
		 op == SX_MEM_PAGE_DEMOTE || op == SX_MEM_PAGE_RELOCATE)
		a->page2 = unowned_page(w);
	if (op == SX_MEM_PAGE_RELOCATE && one_in(w, 8))	/* to where it is */
		a->page2 = spec_walk(&w->s.td[td], a->path, 0, &at)->page;
	if (op == SX_MEM_PAGE_DEMOTE)
		a->arg = one_in(w, 16) ? 2 : (u8)rnd(w, 2);
	if (op == SX_MEM_PAGE_DEMOTE)
		give_pair(w, a);
}

/* @op of the entry at level 1; where it @must be blocked before, mostly that. */
static void block_first(struct walk *w, struct spec_act *a, u8 td, u8 path, u8 op, bool must)
{
	mem(w, a, must && !one_in(w, 8) ? SX_MEM_RANGE_BLOCK : op, td);
	a->level = 1;
	a->path = path;
}

/* Splits a 2M page if there is one, which has to be blocked first, and mostly is not. */
static void split(struct walk *w, struct spec_act *a, u8 td)
{
	bool run = w->s.td[td].ops == SPEC_RUNNABLE;
	u8 path, state, paths = spec_paths(&w->s.td[td]);

	for (path = path_at(w, paths, 1); path < paths; path += 4) {
		state = w->s.td[td].e[1][spec_index(path, 1)].state;
		if (state == SX_FREE || state == SX_NL_MAPPED || state == SX_NL_BLOCKED)
			continue;
		block_first(w, a, td, path, SX_MEM_PAGE_DEMOTE,
			    run && (state == SX_MAPPED || state == SX_PENDING));
		return;
	}
	mem(w, a, one_in(w, 4) ? SX_MEM_PAGE_DEMOTE : SX_MEM_PAGE_AUG, td);
}

/* And makes one of the pieces again, if there are any, while they still are what they were. */
static void unsplit(struct walk *w, struct spec_act *a, u8 td)
{
	bool run = w->s.td[td].ops == SPEC_RUNNABLE;
	u8 path;

	for (path = 0; path < spec_paths(&w->s.td[td]); path += 4) {
		const struct spec_entry *e = &w->s.td[td].e[1][spec_index(path, 1)];

		if (!e->rest || (e->state != SX_NL_MAPPED && e->state != SX_NL_BLOCKED))
			continue;
		block_first(w, a, td, path, SX_MEM_PAGE_PROMOTE, run && e->state == SX_NL_MAPPED);
		return;
	}
	mem(w, a, one_in(w, 4) ? SX_MEM_PAGE_PROMOTE : SX_MEM_TRACK, td);
}

/* A vCPU of the TD that could use this processor, if there is one. */
static struct spec_vp *vp_of(struct walk *w, u8 td, u8 cpu)
{
	struct spec_vp *any = NULL;
	u32 i, at = rnd(w, SPEC_VPS);

	for (i = 0; i < SPEC_VPS; i++) {
		struct spec_vp *vp = &w->s.vp[(at + i) % SPEC_VPS];

		if (!vp->exists || vp->td != td)
			continue;
		if (vp->lp == cpu || vp->lp == SPEC_NONE)
			return vp;
		any = vp;
	}
	return any;
}

static void vp_call(struct spec_act *a, u8 op, const struct spec_vp *vp)
{
	a->op = op;
	a->page = vp->tdvpr;
}

/* Mostly four levels, whose entries are fewer and so meet more often. */
static u16 some_params(struct walk *w)
{
	if (one_in(w, 8))
		return one_in(w, 4) ? SPEC_KEY_BITS : SPEC_P_BAD_PARAMS + (u16)rnd(w, 5);
	if (one_in(w, 4))
		return one_in(w, 2) ? SPEC_P_DEEP_PARAMS : SPEC_P_WIDE_PARAMS;
	return one_in(w, 2) ? SPEC_P_DEBUG_PARAMS : SPEC_P_PARAMS;
}

static void build_td(struct walk *w, struct spec_act *a, u8 t)
{
	static const u8 ops[11] = {
		SX_MEM_SEPT_ADD, SX_MEM_SEPT_ADD, SX_MEM_PAGE_ADD, SX_MEM_PAGE_ADD, SX_MEM_PAGE_AUG,
		SX_MR_EXTEND, SX_MEM_RANGE_BLOCK, SX_MEM_PAGE_REMOVE, SX_MEM_PAGE_RELOCATE,
		SX_MEM_RD, SX_MEM_WR
	};
	struct spec_td *td = &w->s.td[t];
	struct spec_vp *vp = vp_of(w, t, a->cpu);

	a->page = td->tdr;
	if (td->nr_tdcs < SX_TDCS_PAGES) {
		a->op = SX_MNG_ADDCX;
		a->page2 = unowned_page(w);
	} else if (td->ops == SPEC_UNINIT) {
		a->op = SX_MNG_INIT;
		a->page2 = some_params(w);
	} else if (!vp || (one_in(w, 16) && td->nr_vps < SPEC_MAX_VPS)) {
		a->op = SX_VP_CREATE;
		a->page2 = unowned_page(w);
	} else if (vp->nr_tdcx < SX_TDCX_PAGES) {
		vp_call(a, SX_VP_ADDCX, vp);
		a->page2 = unowned_page(w);
	} else if (vp->state == SPEC_VP_UNINIT) {
		vp_call(a, SX_VP_INIT, vp);
	} else if (one_in(w, 24)) {
		a->op = SX_MR_FINALIZE;
	} else if (one_in(w, 24)) {
		split(w, a, t);
	} else if (one_in(w, 24)) {
		unsplit(w, a, t);
	} else {
		mem(w, a, ops[rnd(w, sizeof(ops))], t);
	}
}

/* With the weights of a host that populates, zaps and prunes, and schedules vCPUs. */
static void run_td(struct walk *w, struct spec_act *a, u8 t)
{
	static const u8 ops[40] = {
		SX_MEM_PAGE_DEMOTE, SX_MEM_PAGE_DEMOTE, SX_MEM_PAGE_PROMOTE, SX_MEM_PAGE_PROMOTE,
		SX_VP_ENTER, SX_VP_ENTER, SX_VP_ENTER, SX_VP_ENTER, SX_VP_ENTER, SX_VP_ENTER,
		SX_MEM_PAGE_AUG, SX_MEM_PAGE_AUG, SX_MEM_PAGE_AUG, SX_MEM_PAGE_AUG, SX_MEM_PAGE_AUG,
		SX_MEM_SEPT_ADD, SX_MEM_SEPT_ADD, SX_MEM_SEPT_ADD,
		SX_MEM_RANGE_BLOCK, SX_MEM_RANGE_BLOCK, SX_MEM_RANGE_BLOCK, SX_MEM_RANGE_BLOCK,
		SX_MEM_TRACK, SX_MEM_TRACK, SX_MEM_TRACK, SX_MEM_TRACK,
		SX_MEM_PAGE_REMOVE, SX_MEM_PAGE_REMOVE, SX_MEM_PAGE_REMOVE, SX_MEM_PAGE_REMOVE,
		SX_MEM_SEPT_REMOVE, SX_MEM_RANGE_UNBLOCK, SX_MEM_SEPT_RD, SX_VP_FLUSH, SX_VP_RD,
		SX_VP_WR, SX_MEM_PAGE_RELOCATE, SX_MEM_PAGE_RELOCATE, SX_MEM_RD, SX_MEM_WR
	};
	struct spec_vp *vp = vp_of(w, t, a->cpu);
	u8 op = ops[rnd(w, sizeof(ops))], other;

	/* A split or a merge under way is what a call may lose the tree to, with consequences. */
	other = w->depth ? w->s.cpu[w->stack[w->depth - 1]].act.op : 0;
	if ((other == SX_MEM_PAGE_DEMOTE || other == SX_MEM_PAGE_PROMOTE) && one_in(w, 2))
		op = SX_MEM_RANGE_BLOCK;
	switch (op) {
	case SX_MEM_TRACK:
		a->op = op;
		a->page = w->s.td[t].tdr;
		break;
	case SX_MEM_PAGE_DEMOTE:
		split(w, a, t);
		break;
	case SX_MEM_PAGE_PROMOTE:
		unsplit(w, a, t);
		break;
	case SX_VP_ENTER:
		vp_call(a, op, vp);
		a->arg = one_in(w, 8) ? (u8)rnd(w, 3) : vp->rip;
		/* The host's table first, as KVM gives it. */
		if (!vp->shared && one_in(w, 2)) {
			vp_call(a, SX_VP_WR, vp);
			a->arg = 3;
		}
		break;
	case SX_VP_RD:
	case SX_VP_WR:
		a->arg = one_in(w, 4) ? (u8)rnd(w, 4) : 0;
		a->path = (u8)rnd(w, SPEC_PATHS);
		vp_call(a, op, vp);
		break;
	case SX_VP_FLUSH:
		vp_call(a, op, vp);
		break;
	default:
		mem(w, a, op, t);
	}
}

static void end_td(struct walk *w, struct spec_act *a, u8 t)
{
	struct spec_td *td = &w->s.td[t];

	a->page = td->tdr;
	if (td->life == SPEC_BLOCKED) {
		a->op = one_in(w, 3) ? SX_MNG_KEY_FREEID : SX_PHYMEM_CACHE_WB;
	} else if (td->life == SPEC_TEARDOWN) {
		a->op = SX_PHYMEM_PAGE_RECLAIM;
		a->page = owned_page(w, t);
	} else if (td->nr_assoc) {
		vp_call(a, SX_VP_FLUSH, vp_of(w, t, a->cpu));
	} else {
		a->op = SX_MNG_VPFLUSHDONE;
	}
}

static void new_td(struct walk *w, struct spec_act *a)
{
	a->op = SX_MNG_CREATE;
	a->page = unowned_page(w);
	a->arg = (u8)(1 + rnd(w, SPEC_HKIDS - 1));
}

static void host(struct walk *w, struct spec_act *a)
{
	u8 t = (u8)rnd(w, SPEC_TDS);
	struct spec_td *td = &w->s.td[t];

	if (w->s.dynamic && one_in(w, w->s.pair[0].there ? 24 : 2)) {
		pamt(w, a);
		return;
	}
	/* The last TD comes now and then only: its pages are what others can still be given. */
	if (!td->exists && t == SPEC_TDS - 1 && !one_in(w, 64))
		td = &w->s.td[t = 0];
	if (!td->exists) {
		w->dying &= (u8)~(1 << t);
		new_td(w, a);
		return;
	}
	if (one_in(w, 600))
		w->dying |= (u8)(1 << t);
	a->page = td->tdr;
	if (one_in(w, 4096))
		a->op = SPEC_FATAL;
	else if (td->life > SPEC_KEYED || (w->dying >> t & 1 && !one_in(w, 4)) || td->fatal)
		end_td(w, a, t);
	else if (td->life == SPEC_ASSIGNED)
		a->op = SX_MNG_KEY_CONFIG;
	else if (td->ops == SPEC_RUNNABLE)
		run_td(w, a, t);
	else
		build_td(w, a, t);
}

/* What of a wild call has to fit its leaf. */
static void tame(struct walk *w, struct spec_act *a)
{
	switch (a->op) {
	case SX_MNG_INIT:
		a->page2 = one_in(w, 2) ? SPEC_P_BAD_PARAMS + (u16)rnd(w, 5) :
					  SPEC_KEY_BITS + (u16)rnd(w, 3);
		break;
	case SX_MNG_RD:
		a->arg = (u8)rnd(w, SPEC_FIELDS);
		break;
	case SX_MR_EXTEND:
	case SX_MEM_RD:
	case SX_MEM_WR:
		a->level = 0;
		break;
	case SX_VP_RD:
	case SX_VP_WR:
		a->arg %= 4;
		break;
	case SX_VP_ENTER:
	case SX_PHYMEM_CACHE_WB:
		a->arg %= 3;
		break;
	case SX_PHYMEM_PAGE_WBINVD:	/* whose operand has a key id beside */
		if (a->page == SPEC_KEY_BITS)
			a->page = SPEC_BEYOND;
		break;
	case SX_MEM_PAGE_DEMOTE:
		give_pair(w, a);
		a->arg %= 3;
		break;
	case SX_MEM_PAGE_ADD:
		a->arg %= 3;
		break;
	case SX_PHYMEM_PAMT_ADD:
	case SX_PHYMEM_PAMT_REMOVE:
		if (!one_in(w, 4))
			a->page = (u16)(512 * rnd(w, SPEC_BLOCKS + 1));
		a->level = one_in(w, 4) ? a->level : 1;
		a->pair[0] = odd_page(w);
		a->pair[1] = one_in(w, 8) ? a->pair[0] : odd_page(w);
		break;
	case SX_MEM_SEPT_ADD:
		a->arg &= 1;
		break;
	}
}

/* Any leaf with any operand that the specification's small world has. */
static void wild(struct walk *w, struct spec_act *a)
{
	static const u8 ops[] = {
		SX_VP_ENTER, SX_MNG_ADDCX, SX_MEM_PAGE_ADD, SX_MEM_SEPT_ADD, SX_VP_ADDCX,
		SX_MEM_PAGE_AUG, SX_MEM_RANGE_BLOCK, SX_MNG_KEY_CONFIG, SX_MNG_CREATE, SX_VP_CREATE,
		SX_MNG_RD, SX_MR_EXTEND, SX_MR_FINALIZE, SX_VP_FLUSH, SX_MNG_VPFLUSHDONE,
		SX_MNG_KEY_FREEID, SX_MNG_INIT, SX_VP_INIT, SX_MEM_SEPT_RD, SX_VP_RD,
		SX_PHYMEM_PAGE_RECLAIM, SX_MEM_PAGE_REMOVE, SX_MEM_SEPT_REMOVE, SX_MEM_TRACK,
		SX_MEM_RANGE_UNBLOCK, SX_PHYMEM_CACHE_WB, SX_PHYMEM_PAGE_WBINVD, SX_VP_WR,
		SX_PHYMEM_PAGE_WBINVD, SX_MEM_PAGE_AUG, SX_MEM_PAGE_REMOVE, SX_MEM_SEPT_RD,
		SX_MEM_PAGE_DEMOTE, SX_MEM_PAGE_PROMOTE, SX_PHYMEM_PAMT_ADD, SX_PHYMEM_PAMT_REMOVE,
		SX_MEM_PAGE_RELOCATE, SX_MEM_RD, SX_MEM_WR
	};

	a->op = ops[rnd(w, sizeof(ops))];
	a->page = odd_page(w);
	a->page2 = odd_page(w);
	if (one_in(w, 2) && w->s.td[0].exists)
		a->page = w->s.td[rnd(w, 2)].tdr;
	a->level = one_in(w, 4) ? (u8)rnd(w, 8) : (u8)rnd(w, 4);
	a->path = path_at(w, one_in(w, 4) ? SPEC_PATHS : SPEC_NARROW, a->level > 4 ? 0 : a->level);
	a->bad = one_in(w, 8) ? (u8)(1 + rnd(w, 2)) : 0;
	a->arg = (u8)rnd(w, SPEC_HKIDS + 1);
	tame(w, a);
}

/* Mostly a page that waits to be accepted, or one that a host call has lost. */
static void accept(struct walk *w, struct spec_act *a, struct spec_td *td)
{
	unsigned int tries;
	u8 at;

	a->op = SPEC_ACCEPT;
	a->level = one_in(w, 4) ? (u8)(1 + !rnd(w, 8)) : 0;
	a->bad = one_in(w, 32) ? (u8)(1 + rnd(w, 2)) : 0;
	for (tries = 0; tries < 8; tries++) {
		struct spec_entry *e;

		a->path = path_at(w, spec_paths(td), a->level);
		e = spec_walk(td, a->path, a->level, &at);
		if (at == a->level && (e->prio || e->state == SX_PENDING))
			return;
	}
	if (one_in(w, 16))	/* of a TD that has no such paths a GPA too wide */
		a->path ^= SPEC_NARROW;
}

/* Mostly by a page that is there. */
static void rtmr(struct walk *w, struct spec_act *a, struct spec_td *td)
{
	unsigned int tries;
	u8 at;

	a->op = SPEC_RTMR;
	a->arg = one_in(w, 8) ? SPEC_RTMRS : (u8)rnd(w, SPEC_RTMRS);
	a->bad = one_in(w, 8) ? (u8)(1 + rnd(w, 2)) : 0;
	for (tries = 0; tries < 8; tries++) {
		a->path = path_at(w, spec_paths(td), 0);
		if (spec_walk(td, a->path, 0, &at)->state == SX_MAPPED)
			return;
	}
}

/* Mostly what an operating system writes, but for a bit or two. */
static void cr_write(struct walk *w, struct spec_act *a)
{
	static const u32 usual[3] = { 0x80050033, 0x3506f0, 5 };
	u32 nr = rnd(w, 3), flips = rnd(w, 4);
	u64 value = one_in(w, 16) ? (u64)rnd(w, ~0u) << 32 | rnd(w, ~0u) : usual[nr];

	if (!nr && one_in(w, 4))
		value = 0x50033;	/* before there is paging */
	while (flips--)
		value ^= 1ULL << rnd(w, one_in(w, 8) ? 64 : nr ? 23 : 32);
	a->op = SPEC_CR;
	a->path = 0;
	a->level = (u8)(4 * nr);
	a->arg = (u8)rnd(w, 32);
	a->page = (u16)value;
	a->page2 = (u16)(value >> 16);
	a->pair[0] = (u16)(value >> 32);
	a->pair[1] = (u16)(value >> 48);
}

static void report(struct walk *w, struct spec_act *a, struct spec_td *td)
{
	rtmr(w, a, td);
	a->op = SPEC_REPORT;
	a->arg = one_in(w, 4) ? (u8)rnd(w, 4) : 0;
}

/* A vCPU's own state. */
static void own(struct walk *w, struct spec_act *a)
{
	if (one_in(w, 3)) {
		cr_write(w, a);
		return;
	}
	a->op = (u8)(SPEC_VP_RD + rnd(w, 6));
	a->path &= ~1;
	if (a->op == SPEC_VP_RD || a->op == SPEC_VP_WR) {
		a->arg = (u8)rnd(w, 5);
		a->bad = one_in(w, 16);
	} else if (a->op == SPEC_VE) {
		a->arg = (u8)(1 + rnd(w, 200));
	} else if (a->op == SPEC_CPUIDVE) {
		a->arg = (u8)rnd(w, 5);
	}
}

static void guest(struct walk *w, struct spec_act *a, struct spec_cpu *c)
{
	const struct spec_td *td = &w->s.td[w->s.vp[c->guest].td];
	u32 r = rnd(w, 16);

	a->path = (u8)rnd(w, spec_paths(td));
	if (c->must_exit || r < 3) {
		a->op = SPEC_EXIT;
		a->path = 0;
	} else if (r == 3 && one_in(w, 2)) {
		if (one_in(w, 4))
			report(w, a, &w->s.td[w->s.vp[c->guest].td]);
		else
			rtmr(w, a, &w->s.td[w->s.vp[c->guest].td]);
	} else if (r == 3) {
		own(w, a);
	} else if (r < 8) {
		a->op = SPEC_TOUCH;
	} else if (r < 10) {
		a->op = SPEC_VIOLATION;
		a->arg = one_in(w, 8) ? (u8)rnd(w, 3) : w->s.vp[c->guest].rip;
		a->bad = w->s.vp[c->guest].shared && one_in(w, 4) ? SPEC_GPA_SHARED : 0;
	} else {
		accept(w, a, &w->s.td[w->s.vp[c->guest].td]);
	}
}

/* Mostly one that the leaf has. */
static u8 version_of(struct walk *w, u8 op)
{
	if (op >= SX_NR_LEAVES || op == SX_VP_ENTER)
		return 0;
	if (one_in(w, 64))
		return (u8)(1 + rnd(w, 3));
	return op == SX_VP_INIT || op == SX_VP_RD || op == SX_MNG_RD || op == SX_MEM_SEPT_ADD ||
	       op == SX_MEM_SEPT_REMOVE || op == SX_MEM_PAGE_PROMOTE ? (u8)rnd(w, 2) : 0;
}

struct spec_act walk_generate(struct walk *w)
{
	struct spec_act a = { 0 };
	u8 cpu = (u8)rnd(w, SPEC_CPUS);

	if (w->depth && (w->depth == WALK_DEPTH || one_in(w, 2))) {
		a.op = SPEC_RESUME;
		a.cpu = w->stack[w->park ? rnd(w, w->depth) : w->depth - 1u];
		return a;
	}
	while (in_flight(w, cpu))
		cpu = (u8)((cpu + 1) % SPEC_CPUS);
	a.cpu = cpu;
	if (w->s.cpu[cpu].guest != SPEC_NONE)
		guest(w, &a, &w->s.cpu[cpu]);
	else if (one_in(w, 8))
		wild(w, &a);
	else
		host(w, &a);
	a.version = version_of(w, a.op);
	return a;
}

static bool is_given(u16 page)
{
	return page >= SPEC_P_FIRST;
}

static bool pair_is_given(const struct walk *w, const struct spec_act *a)
{
	return !w->s.dynamic || (is_given(a->pair[0]) && is_given(a->pair[1]));
}

static bool free_slot(const struct walk *w, bool vp)
{
	unsigned int i;

	for (i = 0; i < (vp ? SPEC_VPS : SPEC_TDS); i++) {
		if (vp ? !w->s.vp[i].exists : !w->s.td[i].exists)
			return true;
	}
	return false;
}

/* Could this be done now, in the specification's small world and as a processor can? */
bool walk_valid(const struct walk *w, const struct spec_act *a)
{
	const struct spec_cpu *c = &w->s.cpu[a->cpu];

	if (a->op == SPEC_RESUME)
		return in_flight(w, a->cpu) && (w->park || w->stack[w->depth - 1] == a->cpu);
	if (in_flight(w, a->cpu))
		return false;
	if (a->op == SPEC_EXIT)
		return c->guest != SPEC_NONE;
	if (a->op == SPEC_VIOLATION && a->bad && c->guest != SPEC_NONE && !w->s.vp[c->guest].shared)
		return false;
	if (a->op == SPEC_ACCEPT || a->op == SPEC_TOUCH || a->op == SPEC_VIOLATION ||
	    a->op >= SPEC_RTMR)
		return c->guest != SPEC_NONE && !c->must_exit;
	if (c->guest != SPEC_NONE || w->depth >= WALK_DEPTH)
		return false;
	switch (a->op) {
	case SPEC_FATAL:
		return w->s.page[a->page].type == SX_PT_TDR;
	case SX_MNG_CREATE:
		return is_given(a->page) && free_slot(w, false);
	case SX_VP_CREATE:
		return is_given(a->page2) && free_slot(w, true);
	case SX_MNG_ADDCX:
	case SX_VP_ADDCX:
	case SX_MEM_PAGE_ADD:
	case SX_MEM_SEPT_ADD:
	case SX_MEM_PAGE_AUG:
	case SX_MEM_PAGE_RELOCATE:
		return is_given(a->page2);
	case SX_MEM_PAGE_DEMOTE:
		return is_given(a->page2) && pair_is_given(w, a);
	case SX_PHYMEM_PAMT_ADD:
		return pair_is_given(w, a);
	default:
		return true;
	}
}
