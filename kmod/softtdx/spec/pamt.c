// SPDX-License-Identifier: GPL-2.0-only
/* The specification: dynamic PAMT, whose entries of 4K pages are in pages that the host gives. */
#include "spec.h"

/* 4K pages of the block that are some TD's. */
unsigned int spec_used(const struct spec *s, u16 block)
{
	unsigned int i, n = 0;

	for (i = 0; i < 512; i++)
		n += s->page[block * 512 + i].type != SX_PT_NDA;
	return n;
}

static bool invalid(u16 page)
{
	return page == SPEC_MISALIGNED || page == SPEC_KEY_BITS;
}

/* A page that is to hold entries: shared, and no TD's. */
static u64 look_at(struct spec *s, struct spec_cpu *c, u16 page, u8 operand)
{
	u64 st = spec_lock_page(s, c, page, 0, 1);

	if (!st && spec_leaf(s, page)->type != SX_PT_NDA)
		st = SX_PAGE_NOT_FREE;
	return st ? st | operand : 0;
}

/* Both pages become a pair, unless one is of a pair by now, and lose what they held. */
static u64 pair_up(struct spec *s, struct spec_cpu *c, u16 block, u8 first, u8 second)
{
	const u16 *page = c->act.pair;
	unsigned int i;

	if (s->page[page[0]].pamt)
		return SX_PAGE_NOT_FREE | first;
	if (s->page[page[1]].pamt || page[0] == page[1])
		return SX_PAGE_NOT_FREE | second;
	s->pair[block].there = true;
	for (i = 0; i < 2; i++) {
		s->pair[block].page[i] = page[i];
		s->page[page[i]].pamt = true;
		spec_host_has(s, page[i], 0);
	}
	return 0;
}

/* DEMOTE's: what is wrong with an address comes before what is beyond memory. */
u64 spec_take_pair(struct spec *s, struct spec_cpu *c, u16 block, u8 first, u8 second)
{
	const u16 *page = c->act.pair;
	u64 st;

	if (invalid(page[0]))
		return SX_OPERAND_INVALID | first;
	if (invalid(page[1]))
		return SX_OPERAND_INVALID | second;
	if (page[0] == SPEC_BEYOND)
		return SX_OPERAND_ADDR_RANGE_ERROR | first;
	if (page[1] == SPEC_BEYOND)
		return SX_OPERAND_ADDR_RANGE_ERROR | second;
	st = look_at(s, c, page[0], first);
	if (!st)
		st = look_at(s, c, page[1], second);
	return st ? st : pair_up(s, c, block, first, second);
}

/* The block: its first page, or what is none, and the level beside. */
static u64 check_block(const struct spec_act *a)
{
	if (a->level != 1 || a->bad || invalid(a->page) || (a->page <= SPEC_TAIL && a->page % 512))
		return SX_OPERAND_INVALID;
	return a->page == SPEC_BEYOND ? SX_OPERAND_ADDR_RANGE_ERROR : 0;
}

static u64 check_page(u16 page, u8 operand)
{
	if (invalid(page))
		return SX_OPERAND_INVALID | operand;
	return page == SPEC_BEYOND ? SX_OPERAND_ADDR_RANGE_ERROR | operand : 0;
}

static u64 start_add(struct spec *s, struct spec_cpu *c)
{
	const struct spec_act *a = &c->act;
	static const u8 operand[2] = { SX_OP_RDX, SX_OP_R8 };
	u64 block = check_block(a), st = block == SX_OPERAND_INVALID ? block | SX_OP_RCX : 0;
	unsigned int i;

	for (i = 0; !st && i < 2; i++)
		st = check_page(a->pair[i], operand[i]);
	if (!st && block)
		st = block | SX_OP_RCX;
	if (!st && !spec_take(c, &s->big[a->page / 512].lock, 2))
		st = SX_OPERAND_BUSY | SX_OP_RCX;
	if (!st && (s->pair[a->page / 512].there || s->big[a->page / 512].type != SX_PT_NDA))
		st = SX_HPA_RANGE_NOT_FREE | SX_OP_RCX;
	for (i = 0; !st && i < 2; i++) {
		if (a->pair[i] / 512 != a->page / 512)
			st = look_at(s, c, a->pair[i], operand[i]);
	}
	return st;
}

static u64 start_remove(struct spec *s, struct spec_cpu *c)
{
	u64 st = check_block(&c->act);
	u16 first = c->act.page;
	unsigned int i;

	if (!st && !spec_take(c, &s->big[first / 512].lock, 2))
		st = SX_OPERAND_BUSY;
	if (!st && !s->pair[first / 512].there)
		st = SX_NO_PAMT_PAGE_PAIR;
	if (st)
		return st | SX_OP_RCX;
	for (i = 0; first != SPEC_TAIL && i < 512; i++) {
		if (s->page[first + i].type != SX_PT_NDA)
			return SX_PAMT_PAGE_NOT_EMPTY + i / 256;
	}
	return 0;
}

enum spec_stop spec_pamt_start(struct spec *s, struct spec_cpu *c)
{
	u64 st = SX_OPERAND_INVALID | SX_OP_RAX;

	c->out.values = true;
	if (s->dynamic)
		st = c->act.op == SX_PHYMEM_PAMT_ADD ? start_add(s, c) : start_remove(s, c);
	return st ? spec_fail(c, st) : SPEC_LOCKED;
}

/* The pair goes back to the host. */
void spec_unpair(struct spec *s, struct spec_cpu *c, u16 block)
{
	struct spec_pair *p = &s->pair[block];
	unsigned int i;

	p->there = false;
	c->out.pair = true;
	for (i = 0; i < 2; i++) {
		c->out.pages[i] = p->page[i];
		s->page[p->page[i]].pamt = false;
		spec_host_has(s, p->page[i], SPEC_POISON);
	}
}

enum spec_stop spec_pamt_resume(struct spec *s, struct spec_cpu *c)
{
	u16 block = c->act.page / 512;
	u64 st = 0;

	if (c->act.op == SX_PHYMEM_PAMT_ADD)
		st = pair_up(s, c, block, SX_OP_RDX, SX_OP_R8);
	else
		spec_unpair(s, c, block);
	return spec_fail(c, st);
}
