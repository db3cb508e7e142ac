// SPDX-License-Identifier: GPL-2.0-only
/* The specification: S-EPT leaves, TRACK, and what a guest does. */
#include "spec.h"

static bool is_leaf(u8 state)
{
	return state == SX_MAPPED || state == SX_BLOCKED || state == SX_PENDING ||
	       state == SX_PENDING_BLOCKED;
}

static bool is_blocked(u8 state)
{
	return state == SX_NL_BLOCKED || state == SX_BLOCKED || state == SX_PENDING_BLOCKED;
}

/* Section 1.2: only NL_MAPPED lets a walk pass. */
struct spec_entry *spec_walk(struct spec_td *td, u8 path, u8 level, u8 *at)
{
	u8 l = td->levels - 1;

	while (l > level && td->e[l][spec_index(path, l)].state == SX_NL_MAPPED)
		l--;
	*at = l;
	return &td->e[l][spec_index(path, l)];
}

u16 spec_low_index(u8 path)
{
	static const u16 low[4] = { 0, 1, 2, 511 };

	return low[path & 3];
}

static u16 page_at(const struct spec_entry *e, u8 path, u8 at)
{
	return e->page + (at ? spec_low_index(path) : 0);
}

u16 spec_translate(struct spec_td *td, u8 path)
{
	u8 at;
	struct spec_entry *e = spec_walk(td, path, 0, &at);

	if (e->state != SX_MAPPED)
		return SPEC_BEYOND;
	return page_at(e, path, at);
}

/* Entries of the table below entry @index of @level. */
static struct spec_entry *children(struct spec_td *td, u8 level, u8 index, unsigned int *n)
{
	*n = level == 1 ? 4 : 2;
	return &td->e[level - 1][index * *n];
}

struct limits {
	u8 min, max, tree;	/* levels, as far as the TD has them; lock mode of the tree */
};

/*
 * The indices that the bits of a path stand for, the edges of a table among them. Paths beyond
 * SPEC_NARROW have bits that are a TD's with GPAs of 52 bits alone, 47 among them.
 */
u64 spec_gpa(u8 level, u8 path)
{
	u64 gpa = (path & 32 ? 15ULL : 0) << 47 | (path & 16 ? 255ULL : 0) << 39 |
		  (path & 8 ? 511ULL : 0) << 30 | (path & 4 ? 3ULL : 0) << 21;

	if (level > 3)
		return gpa & ~(1ULL << 47);
	return level ? gpa : gpa | (u64)spec_low_index(path) << 12;
}

/* The table of section 1.4. */
static struct limits limits_of(const struct spec *s, u8 op)
{
	switch (op) {
	case SX_MEM_PAGE_ADD: return (struct limits){ 0, 0, 0 };
	case SX_MEM_PAGE_RELOCATE: return (struct limits){ 0, 0, 1 };
	case SX_MEM_SEPT_ADD: return (struct limits){ 1, 4, 1 };
	case SX_MEM_PAGE_AUG: return (struct limits){ 0, 1, 1 };
	case SX_MEM_PAGE_REMOVE: return (struct limits){ 0, 2, 1 };
	case SX_MEM_SEPT_REMOVE: return (struct limits){ 1, 4, 2 };
	case SX_MEM_SEPT_RD: return (struct limits){ 0, 4, 1 };
	case SX_MEM_PAGE_DEMOTE: return (struct limits){ 1, 2, 1 };
	case SX_MEM_PAGE_PROMOTE:
		return (struct limits){ 1, 2, spec_since(s, SX_R_1_5_25) ? 2 : 1 };
	default: return (struct limits){ 0, 4, 2 };	/* BLOCK, UNBLOCK */
	}
}

/* Is the GPA a good one, of private memory? */
static bool private(const struct spec_td *td, const struct spec_act *a)
{
	return !a->bad && a->path < spec_paths(td);
}

/* Section 1.3, steps 1 to 3; PAGE.ADD and MR.EXTEND have the TDR to themselves. */
static u64 open_td(struct spec *s, struct spec_cpu *c)
{
	bool alone = c->act.op == SX_MEM_PAGE_ADD || c->act.op == SX_MR_EXTEND;
	u64 st = spec_lock_tdr(s, c, c->act.page, alone ? 2 : 1, SX_OP_RDX);

	if (!st)
		st = spec_check_td(s, c, !alone, alone ? SPEC_OPS(SPEC_INIT) : SPEC_BUILT);
	return st;
}

/* Step 8 for the leaves that bring a page. */
static enum spec_stop start_install(struct spec *s, struct spec_cpu *c, u8 at)
{
	bool big = c->act.op == SX_MEM_PAGE_AUG && at == 1;
	u64 st;

	/* allow_existing: a table that is there is as good as a new one, whatever page was given */
	if (c->act.op == SX_MEM_SEPT_ADD && c->act.arg && c->entry->state == SX_NL_MAPPED)
		return spec_fail(c, 0);
	if (c->entry->state != SX_FREE)
		return spec_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX, c->entry, at);
	if (c->act.op == SX_MEM_PAGE_ADD && c->act.arg == 2)	/* a source with key id bits */
		return spec_fail(c, SX_OPERAND_INVALID | SX_OP_R9);
	st = spec_take_free(s, c, c->act.page2, big, SX_OP_R8);
	return st ? spec_fail(c, st) : SPEC_LOCKED;
}

static struct spec_page *pointed_to(struct spec *s, struct spec_entry *e, u8 at)
{
	return is_leaf(e->state) && at ? &s->big[e->page / 512] : &s->page[e->page];
}

/* Steps 8 and 9 of both removals. */
static enum spec_stop start_remove(struct spec *s, struct spec_cpu *c, u8 at)
{
	bool table = c->act.op == SX_MEM_SEPT_REMOVE;
	struct spec_td *td = &s->td[c->td];
	struct spec_entry *e = c->entry, *child;
	struct spec_page *p;
	unsigned int i, n;

	if (table ? e->state != SX_NL_MAPPED && e->state != SX_NL_BLOCKED : !is_leaf(e->state))
		return spec_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX, e, at);
	p = pointed_to(s, e, at);
	if (!spec_take(c, &p->lock, 2))
		return spec_fail(c, SX_OPERAND_BUSY | SX_OP_RCX);
	if (td->ops == SPEC_RUNNABLE) {
		if (!is_blocked(e->state))
			return spec_fail_entry(c, SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX, e, at);
		if (!spec_tracked(td, p->bepoch))
			return spec_fail(c, SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	}
	if (!table)
		return SPEC_LOCKED;
	child = children(td, at, spec_index(c->act.path, at), &n);
	for (i = 0; i < n; i++) {
		if (child[i].state != SX_FREE || e->rest)
			return spec_fail_entry(c, SX_EPT_PAGE_NOT_FREE | SX_OP_RCX, e, at);
	}
	return SPEC_LOCKED;
}

/* Another page than the entry's, which is to be as for a removal; then the other is to be free. */
static enum spec_stop start_relocate(struct spec *s, struct spec_cpu *c)
{
	struct spec_td *td = &s->td[c->td];
	struct spec_entry *e = c->entry;
	u64 st;

	if (!is_leaf(e->state))
		return spec_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX, e, 0);
	if (e->page == c->act.page2)
		return spec_fail(c, SX_OPERAND_INVALID | SX_OP_R8);
	if (!spec_take(c, &s->page[e->page].lock, 2))
		return spec_fail(c, SX_OPERAND_BUSY | SX_OP_RCX);
	if (td->ops == SPEC_RUNNABLE && !is_blocked(e->state))
		return spec_fail_entry(c, SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX, e, 0);
	if (td->ops == SPEC_RUNNABLE && !spec_tracked(td, s->page[e->page].bepoch))
		return spec_fail(c, SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	st = spec_take_free(s, c, c->act.page2, 0, SX_OP_R8);
	return st ? spec_fail(c, st) : SPEC_LOCKED;
}

/* All that DEMOTE asks before it looks whether anybody waits. */
static enum spec_stop start_demote(struct spec *s, struct spec_cpu *c, u8 at)
{
	struct spec_td *td = &s->td[c->td];
	struct spec_entry *e = c->entry;
	u64 st;

	if (!is_leaf(e->state))
		return spec_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX, e, at);
	if (td->ops == SPEC_RUNNABLE && !is_blocked(e->state))
		return spec_fail_entry(c, SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX, e, at);
	if (td->ops == SPEC_RUNNABLE && !spec_tracked(td, pointed_to(s, e, at)->bepoch))
		return spec_fail(c, SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	st = spec_take_free(s, c, c->act.page2, 0, SX_OP_R8);
	return st ? spec_fail(c, st) : SPEC_LOCKED;
}

/* Is the entry, at place @i of the four that are on a path, like the first one? */
static bool is_piece(const struct spec_entry *e, const struct spec_entry *child, unsigned int i)
{
	const struct spec_entry *first = child;

	if (i == 3 && (e->rest != first->state || e->rest_page != first->page))
		return false;	/* one of those before the last is not */
	if (i)
		return child[i].state == first->state &&
		       child[i].page == first->page + spec_low_index((u8)i);
	return (first->state == SX_MAPPED || first->state == SX_PENDING) && first->page % 512 == 0;
}

/*
 * What a merge needs of a table: up to 1.5.16 one entry after the other is taken for it. Of a table
 * of tables the second entry is FREE at the latest.
 */
static u64 check_pieces(struct spec *s, struct spec_cpu *c, u8 at)
{
	unsigned int i, n;

	c->pieces = children(&s->td[c->td], at, spec_index(c->act.path, at), &n);
	for (i = 0; i < n; i++) {
		struct spec_entry *piece = &c->pieces[i];

		if (i == 3 && !is_piece(c->entry, c->pieces, 3) &&
		    (c->entry->rest != c->pieces->state || c->entry->rest_page != c->pieces->page))
			return SX_EPT_INVALID_PROMOTE_CONDITIONS;
		if (at > 1 && i)
			return SX_EPT_INVALID_PROMOTE_CONDITIONS;
		if (!spec_since(s, SX_R_1_5_25)) {
			piece->prio = piece->locked;
			if (piece->locked)
				return SX_OPERAND_BUSY;
			piece->locked = true;
			c->nr_pieces++;
		} else if (piece->locked) {
			return SX_EPT_INVALID_PROMOTE_CONDITIONS;
		}
		if (!is_piece(c->entry, c->pieces, i))
			return SX_EPT_INVALID_PROMOTE_CONDITIONS;
	}
	return 0;
}

/* All that PROMOTE asks before it looks whether anybody waits. */
static enum spec_stop start_promote(struct spec *s, struct spec_cpu *c, u8 at)
{
	struct spec_td *td = &s->td[c->td];
	struct spec_entry *e = c->entry;
	struct spec_page *p;
	u64 st;

	if (e->state != SX_NL_MAPPED && e->state != SX_NL_BLOCKED)
		return spec_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX, e, at);
	p = pointed_to(s, e, at);
	if (!spec_take(c, &p->lock, 2))
		return spec_fail(c, SX_OPERAND_BUSY | SX_OP_RCX);
	if (td->ops == SPEC_RUNNABLE && !is_blocked(e->state))
		return spec_fail_entry(c, SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX, e, at);
	if (td->ops == SPEC_RUNNABLE && !spec_tracked(td, p->bepoch))
		return spec_fail(c, SX_TLB_TRACKING_NOT_DONE | SX_OP_RCX);
	st = check_pieces(s, c, at);
	return st ? spec_fail_entry(c, st | SX_OP_RCX, e, at) : SPEC_LOCKED;
}

static enum spec_stop start_by_op(struct spec *s, struct spec_cpu *c, u8 at)
{
	struct spec_td *td = &s->td[c->td];
	struct spec_entry *e = c->entry;

	switch (c->act.op) {
	case SX_MEM_RANGE_BLOCK:
		if (is_blocked(e->state))
			return spec_fail_entry(c, SX_GPA_RANGE_ALREADY_BLOCKED | SX_OP_RCX, e, at);
		if (e->state == SX_FREE)
			return spec_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX, e, at);
		return SPEC_LOCKED;
	case SX_MEM_RANGE_UNBLOCK:
		if (!is_blocked(e->state))
			return spec_fail_entry(c, SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX, e, at);
		if (td->ops == SPEC_RUNNABLE && !spec_tracked(td, pointed_to(s, e, at)->bepoch))
			return spec_fail(c, SX_TLB_TRACKING_NOT_DONE |
					    (spec_since(s, SX_R_1_5_05) ? SX_OP_RCX :
					     SX_OP_SEPT_TREE));
		return SPEC_LOCKED;
	case SX_MEM_SEPT_RD:
		return SPEC_LOCKED;
	case SX_MEM_PAGE_RELOCATE:
		return start_relocate(s, c);
	case SX_MEM_PAGE_DEMOTE:
		return start_demote(s, c, at);
	case SX_MEM_PAGE_PROMOTE:
		return start_promote(s, c, at);
	case SX_MEM_PAGE_REMOVE:
	case SX_MEM_SEPT_REMOVE:
		return start_remove(s, c, at);
	default:
		return start_install(s, c, at);
	}
}

/* TRACK takes the epoch; who is still inside it looks at when it has it. */
static enum spec_stop start_track(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 1, SX_OP_RCX);

	if (!st)
		st = spec_check_td(s, c, true, SPEC_BUILT);
	if (!st && !spec_take(c, &s->td[c->td].epoch_lock, 2))
		st = SX_OPERAND_BUSY | SX_OP_TD_EPOCH;
	return st ? spec_fail(c, st) : SPEC_LOCKED;
}

static enum spec_stop extend(struct spec *s, struct spec_cpu *c)
{
	u64 st = open_td(s, c);
	struct spec_entry *e;
	u8 at;

	c->out.values = true;
	if (!st && !private(&s->td[c->td], &c->act))
		st = SX_OPERAND_INVALID | SX_OP_RCX;
	if (st)
		return spec_fail(c, st);
	e = spec_walk(&s->td[c->td], c->act.path, 0, &at);
	if (e->state != SX_MAPPED)
		return spec_fail_entry(c, SX_EPT_ENTRY_NOT_PRESENT | SX_OP_RCX, e, at);
	spec_measure_chunk(&s->td[c->td], spec_gpa(0, c->act.path),
			   &s->page[spec_translate(&s->td[c->td], c->act.path)]);
	return spec_fail(c, 0);
}

static enum spec_stop hold_entry(struct spec_cpu *c, u8 at)
{
	if (c->entry->locked) {
		c->entry->prio = true;
		return spec_fail_entry(c, SX_OPERAND_BUSY | SX_OP_RCX, c->entry, at);
	}
	c->entry->prio = false;
	c->entry->locked = true;
	c->entry_held = true;
	return SPEC_LOCKED;
}

/* A word of a debug TD: the walk ends at a mapped page of any size, or there is none. */
static enum spec_stop start_word(struct spec *s, struct spec_cpu *c)
{
	u64 st = open_td(s, c);
	struct spec_td *td = &s->td[c->td];

	if (!st && !td->debug)
		st = SX_TD_NON_DEBUG;
	if (!st && c->act.bad == SPEC_GPA_LOW_BITS)
		st = SX_OPERAND_INVALID | SX_OP_RCX;
	if (!st && !spec_take_tree(c, td, 1))
		st = SX_OPERAND_BUSY | SX_OP_SEPT_TREE;
	if (!st && !private(td, &c->act))
		st = SX_OPERAND_INVALID | SX_OP_RCX;
	if (st)
		return spec_fail(c, st);
	c->entry = spec_walk(td, c->act.path, 0, &c->act.level);
	if (c->entry->state != SX_MAPPED)
		return spec_fail_entry(c, SX_EPT_ENTRY_NOT_PRESENT | SX_OP_RCX, c->entry,
				       c->act.level);
	return hold_entry(c, c->act.level);
}

/* Steps 3 to 6. PAGE.ADD has no lock of the tree or the entry: nobody else can be there. */
enum spec_stop spec_mem_start(struct spec *s, struct spec_cpu *c)
{
	struct limits lim = limits_of(s, c->act.op);
	struct spec_td *td;
	u64 st;
	u8 at;

	if (c->act.op == SX_MEM_TRACK)
		return start_track(s, c);
	if (c->act.op == SX_MR_EXTEND)
		return extend(s, c);
	c->out.values = true;	/* RCX and RDX are 0 unless something is said there */
	if (c->act.op == SX_MEM_RD || c->act.op == SX_MEM_WR)
		return start_word(s, c);
	if (c->act.op == SX_MEM_PAGE_DEMOTE && c->act.arg > 1)	/* a flag that there is not */
		return spec_fail(c, SX_OPERAND_INVALID | SX_OP_RDX);
	st = open_td(s, c);
	td = &s->td[c->td];
	if (!st && (!private(td, &c->act) || c->act.level < lim.min || c->act.level > lim.max ||
		    c->act.level >= td->levels))
		st = SX_OPERAND_INVALID | SX_OP_RCX;
	if (!st && lim.tree && !spec_take_tree(c, td, lim.tree))
		st = SX_OPERAND_BUSY | SX_OP_SEPT_TREE;
	if (st)
		return spec_fail(c, st);
	c->entry = spec_walk(td, c->act.path, c->act.level, &at);
	if (at != c->act.level)
		return spec_fail_entry(c, SX_EPT_WALK_FAILED | SX_OP_RCX, c->entry, at);
	if (lim.tree && hold_entry(c, at) == SPEC_DONE)
		return SPEC_DONE;
	return start_by_op(s, c, at);
}

static void add_page(struct spec *s, struct spec_cpu *c)
{
	struct spec_entry *e = c->entry, *child;
	unsigned int i, n;

	e->page = c->act.page2;
	e->rest = SX_FREE;
	switch (c->act.op) {
	case SX_MEM_SEPT_ADD:
		child = children(&s->td[c->td], c->act.level, spec_index(c->act.path, c->act.level),
				 &n);
		for (i = 0; i < n; i++)
			child[i] = (struct spec_entry){ 0 };
		spec_give(s, e->page, 0, SX_PT_EPT, c->td);
		e->state = SX_NL_MAPPED;
		break;
	case SX_MEM_PAGE_ADD:
		for (i = 0; i < SPEC_WORDS; i++)
			s->page[e->page].word[i] = s->page[SPEC_P_SRC0 + c->act.arg].word[i];
		spec_give(s, e->page, 0, SX_PT_REG, c->td);
		e->state = SX_MAPPED;
		e->prio = false;	/* in any release: the entry is not locked */
		spec_measure_page(&s->td[c->td], spec_gpa(0, c->act.path));
		break;
	default:
		spec_give(s, e->page, c->act.level, SX_PT_REG, c->td);
		e->state = SX_PENDING;
	}
}

static void block(struct spec *s, struct spec_cpu *c)
{
	struct spec_entry *e = c->entry;

	pointed_to(s, e, c->act.level)->bepoch = s->td[c->td].epoch;
	e->state = e->state == SX_MAPPED ? SX_BLOCKED :
		   e->state == SX_PENDING ? SX_PENDING_BLOCKED : SX_NL_BLOCKED;
}

static void unblock(struct spec_entry *e)
{
	if (is_blocked(e->state))
		e->state = e->state == SX_BLOCKED ? SX_MAPPED :
			   e->state == SX_PENDING_BLOCKED ? SX_PENDING : SX_NL_MAPPED;
}

static void remove_page(struct spec *s, struct spec_cpu *c)
{
	struct spec_entry *e = c->entry;
	u8 big = c->act.op == SX_MEM_PAGE_REMOVE && c->act.level;

	c->out.hpa = true;
	c->out.page = e->page;
	s->td[c->td].children -= big ? 512 : 1;
	spec_return_page(s, c, e->page, big);
	e->state = SX_FREE;
	e->page = 0;
}

/*
 * The page becomes 512, mapped or pending as it was and not blocked. Up to here nothing has
 * happened, and since 1.5.20 nothing will if a call has lost the tree to this one.
 */
static u64 demote(struct spec *s, struct spec_cpu *c)
{
	struct spec_td *td = &s->td[c->td];
	struct spec_entry *e = c->entry, *child;
	struct spec_page *big = &s->big[e->page / 512];
	bool pending = e->state == SX_PENDING || e->state == SX_PENDING_BLOCKED;
	unsigned int i, n;
	u64 st = 0;

	if (td->tree.lost && spec_since(s, SX_R_1_5_25)) {
		c->out.given = true;
		return SX_INTERRUPTED_BUSY;
	}
	if (!spec_take(c, &big->lock, 2))
		return SX_OPERAND_BUSY | SX_OP_RCX;
	if (s->dynamic)
		st = spec_take_pair(s, c, e->page / 512, SX_OP_R12, SX_OP_R13);
	if (st)
		return st;
	for (i = 0; i < 512; i++)
		spec_give(s, e->page + i, 0, SX_PT_REG, c->td);
	td->children -= 512;
	big->type = SX_PT_NDA;
	child = children(td, c->act.level, spec_index(c->act.path, c->act.level), &n);
	for (i = 0; i < n; i++) {
		child[i] = (struct spec_entry){
			.state = pending ? SX_PENDING : SX_MAPPED,
			.page = e->page + spec_low_index(i),
		};
	}
	spec_give(s, c->act.page2, 0, SX_PT_EPT, c->td);
	e->rest = child->state;
	e->rest_page = e->page;
	e->page = c->act.page2;
	e->state = SX_NL_MAPPED;
	return 0;
}

/* The way back, with as little done up to here. */
static u64 promote(struct spec *s, struct spec_cpu *c)
{
	struct spec_td *td = &s->td[c->td];
	struct spec_entry *e = c->entry, first = *c->pieces;
	struct spec_page *big = &s->big[first.page / 512];
	unsigned int i;

	if (td->tree.lost && spec_since(s, SX_R_1_5_25)) {
		c->out.given = true;
		return SX_INTERRUPTED_BUSY;
	}
	if (!spec_take(c, &big->lock, 2))
		return SX_OPERAND_BUSY | SX_OP_RCX;
	for (i = 0; i < 512; i++)
		s->page[first.page + i].type = SX_PT_NDA;
	if (s->dynamic)
		spec_unpair(s, c, first.page / 512);
	big->type = SX_PT_REG;
	big->td = c->td;
	c->out.hpa = true;
	c->out.page = e->page;
	spec_return_page(s, c, e->page, 0);
	td->children--;
	e->page = first.page;
	e->state = first.state;
	e->rest = SX_FREE;
	return 0;
}

/* What a guest has written goes along; a page that it has not accepted has nothing to keep. */
static void relocate(struct spec *s, struct spec_cpu *c)
{
	struct spec_entry *e = c->entry;
	u16 old = e->page;
	unsigned int i;

	unblock(e);
	for (i = 0; e->state == SX_MAPPED && i < SPEC_WORDS; i++)
		s->page[c->act.page2].word[i] = s->page[old].word[i];
	spec_give(s, c->act.page2, 0, SX_PT_REG, c->td);
	s->td[c->td].children--;
	spec_return_page(s, c, old, 0);
	c->out.hpa = true;
	c->out.page = old;
	e->page = c->act.page2;
}

static u64 track(struct spec_td *td)
{
	if (td->inside[1 - (td->epoch & 1)])
		return SX_PREVIOUS_TLB_EPOCH_BUSY;
	td->epoch++;
	return 0;
}

static void host_word(struct spec *s, struct spec_cpu *c)
{
	u16 page = page_at(c->entry, c->act.path, c->act.level);
	u64 *word = &s->page[page].word[SPEC_VPS];

	c->out.r8 = *word;
	if (c->act.op == SX_MEM_WR)
		*word = SPEC_HOST_WORD + c->act.arg;
}

/* Whose entry changes; up to 1.5.16 what another host call has left in it goes. */
static void written(struct spec *s, struct spec_entry *e)
{
	if (!spec_since(s, SX_R_1_5_25))
		e->prio = false;
}

/* The commit, with all locks held; then they go. */
enum spec_stop spec_mem_resume(struct spec *s, struct spec_cpu *c)
{
	u64 st = 0;

	switch (c->act.op) {
	case SX_MEM_TRACK:
		st = track(&s->td[c->td]);
		break;
	case SX_MEM_RANGE_BLOCK:
		block(s, c);
		break;
	case SX_MEM_RANGE_UNBLOCK:
		unblock(c->entry);
		break;
	case SX_MEM_PAGE_RELOCATE:
		relocate(s, c);
		break;
	case SX_MEM_PAGE_DEMOTE:
		st = demote(s, c);
		break;
	case SX_MEM_PAGE_PROMOTE:
		st = promote(s, c);
		break;
	case SX_MEM_PAGE_REMOVE:
	case SX_MEM_SEPT_REMOVE:
		remove_page(s, c);
		break;
	case SX_MEM_SEPT_RD:
		return spec_fail_entry(c, 0, c->entry, c->act.level);
	case SX_MEM_RD:
	case SX_MEM_WR:
		host_word(s, c);
		return spec_fail(c, 0);
	default:
		add_page(s, c);
	}
	if (c->entry && !st)
		written(s, c->entry);
	return spec_fail(c, st);
}

/* Section 1.5: the entry is locked before its state is looked at, host priority goes first. */
static u64 accept_entry(struct spec *s, struct spec_cpu *c, struct spec_entry *e)
{
	struct spec_vp *vp = &s->vp[c->guest];
	struct spec_td *td = &s->td[vp->td];
	unsigned int i, w;

	if (e->locked || e->prio) {
		td->count[SX_C_ACCEPT_BUSY]++;
		vp->hp_tries = e->locked ? 0 : vp->hp_tries + 1;
		if (vp->hp_tries < SPEC_HP_TIMEOUT)
			return SX_OPERAND_BUSY | SX_OP_RCX;
		vp->hp_tries = 0;
		return SX_HP_BUSY_TIMEOUT;
	}
	vp->hp_tries = 0;
	switch (e->state) {
	case SX_MAPPED:
		return SX_PAGE_ALREADY_ACCEPTED | c->act.level;
	case SX_NL_MAPPED:
	case SX_NL_BLOCKED:
		return SX_PAGE_SIZE_MISMATCH | c->act.level;
	case SX_PENDING:
		for (i = 0; i < (c->act.level ? 512 : 1); i++) {
			for (w = 0; w < SPEC_WORDS; w++)
				s->page[e->page + i].word[w] = 0;
		}
		e->state = SX_MAPPED;
		td->count[SX_C_ACCEPT_OK]++;
		return 0;
	default:
		c->out.violation = true;
		td->count[SX_C_EXIT_EPT_ACCEPT]++;
		return 0;
	}
}

static u64 guest_accept(struct spec *s, struct spec_cpu *c)
{
	struct spec_td *td = &s->td[s->vp[c->guest].td];
	struct spec_entry *e;
	u8 at;

	td->count[SX_C_ACCEPT]++;
	if (!private(td, &c->act) || c->act.level > 1)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	e = spec_walk(td, c->act.path, c->act.level, &at);
	if (at == c->act.level)
		return accept_entry(s, c, e);
	if (e->state == SX_MAPPED)
		return SX_PAGE_ALREADY_ACCEPTED | at;
	c->out.violation = true;
	td->count[SX_C_EXIT_EPT_ACCEPT]++;
	return 0;
}

/*
 * An access through the vCPU's TLB, which only a flush at entry empties. A translation of a page
 * that is no longer the TD's must not be left in it: that is what blocking and tracking are for.
 */
static void touch(struct spec *s, struct spec_cpu *c)
{
	struct spec_vp *vp = &s->vp[c->guest];
	u8 path = c->act.path;
	struct spec_page *p;
	u16 page;

	if (!(vp->tlb >> path & 1)) {
		page = spec_translate(&s->td[vp->td], path);
		if (page == SPEC_BEYOND)
			return;
		vp->tlb |= 1ULL << path;
		vp->tlb_page[path] = page;
	}
	page = vp->tlb_page[path];
	p = spec_leaf(s, page);
	if (p->type != SX_PT_REG || p->td != vp->td)
		s->stale = true;
	c->out.touched = true;
	c->out.page = page;
	c->out.word = s->page[page].word[c->guest];
	s->page[page].word[c->guest] = ++vp->tags;
}

/* By the host's table: MMIO's is the guest's. Nothing is counted, nobody has to leave. */
static bool shared_violation(const struct spec_td *td, u64 gpa)
{
	u8 level = td->levels;
	u64 entry;

	do {
		level--;
		entry = spec_shared_entry(level, gpa >> (12 + 9 * level) & 511);
	} while (entry == 7 && level);
	return !entry;
}

/* Section 3.3: the fault counts; one after the guest has moved is the first. */
static void violation(struct spec *s, struct spec_cpu *c)
{
	struct spec_vp *vp = &s->vp[c->guest];
	struct spec_td *td = &s->td[vp->td];
	unsigned int i;
	u8 at;

	if (c->act.bad) {
		c->out.ve = shared_violation(td, spec_gpa(0, c->act.path));
		return;
	}
	c->out.state = spec_walk(td, c->act.path, 0, &at)->state;
	c->out.ve = c->out.state == SX_PENDING && !td->no_ve;
	td->count[SX_C_EXIT_EPT_PRIVATE]++;
	c->must_exit = true;
	if (c->act.arg != vp->rip) {
		vp->faults = 0;
		vp->nr_gpas = 0;
		vp->rip = c->act.arg;
	}
	if (vp->faults < SPEC_ZERO_STEP) {
		vp->faults++;
		return;
	}
	for (i = 0; i < vp->nr_gpas; i++) {
		if (vp->gpas[i] == c->act.path)
			return;
	}
	if (vp->nr_gpas < SPEC_GPAS)
		vp->gpas[vp->nr_gpas++] = c->act.path;
}

enum spec_stop spec_guest(struct spec *s, struct spec_cpu *c)
{
	if (c->act.op == SPEC_ACCEPT)
		c->out.status = guest_accept(s, c);
	else if (c->act.op == SPEC_TOUCH)
		touch(s, c);
	else
		violation(s, c);
	return SPEC_DONE;
}
