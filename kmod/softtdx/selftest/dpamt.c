// SPDX-License-Identifier: GPL-2.0-only
/* Checks of dynamic PAMT: pairs that come and go, what a page needs of them, who takes the last. */
#include "priv.h"

#define AT(block, i)	((block) + (u64)(i) * SX_PAGE_SIZE)
#define BIG		REGION(1)
#define HINT		(1ULL << 62)
#define FRAME		(SX_PAGE_SIZE << 9)

static u64 add(struct st *t, u64 frame, u64 first, u64 second)
{
	return st_call(t, SX_PHYMEM_PAMT_ADD, frame | 1, first, second, 0);
}

static u64 take_away(struct st *t, u64 frame)
{
	return st_call(t, SX_PHYMEM_PAMT_REMOVE, frame | 1, 0, 0, 0);
}

static u64 write_back(struct st *t, u64 page)
{
	return st_call(t, SX_PHYMEM_PAGE_WBINVD, page, 0, 0, 0);
}

/* Static PAMT has no use for the leaves, and no release before 1.5.20 knows them. */
static bool begin(struct st *t)
{
	bool has = sx_since(t->sys, SX_R_1_5_25);

	EXPECT(add(t, st_page(t, 1), 0, 0), SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(take_away(t, 0), SX_OPERAND_INVALID | SX_OP_RAX);
	EXPECT(sx_leaf_known(SX_PHYMEM_PAMT_ADD, t->env->release), has);
	EXPECT(sx_leaf_known(SX_PHYMEM_PAMT_REMOVE, t->env->release), has);
	return st_dynamic(t);
}

/* Two frames, one of which holds the other's pair, and then its own. */
void check_dpamt_pairs(struct st *t)
{
	u64 a, b, *word;

	if (!begin(t))
		return;
	a = st_page(t, 1);
	b = st_page(t, 1);
	word = sx_page_va(t->sys, AT(b, 1));
	word[511] = 0x5a;
	EXPECT(take_away(t, a), SX_NO_PAMT_PAGE_PAIR | SX_OP_RCX);
	OK(add(t, a, AT(b, 0), AT(b, 1)));
	EXPECT(t->out.rcx, a | 1);
	EXPECT(t->out.rdx, AT(b, 0));
	EXPECT(t->out.r8, AT(b, 1));
	EXPECT(word[511], 0);
	EXPECT(sx_pamt_pairs(t->sys), 1);
	EXPECT(add(t, a, AT(b, 2), AT(b, 3)), SX_HPA_RANGE_NOT_FREE | SX_OP_RCX);
	/* The host's own pages need no entry, but those that hold entries are not its own. */
	OK(write_back(t, AT(b, 2)));
	EXPECT(write_back(t, AT(b, 0)), SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	EXPECT(st_call(t, SX_PHYMEM_PAGE_RECLAIM, AT(b, 0), 0, 0, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	OK(add(t, b, AT(b, 2), AT(b, 3)));
	EXPECT(write_back(t, AT(b, 2)), SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	EXPECT(st_call(t, SX_PHYMEM_PAGE_RECLAIM, AT(b, 2), 0, 0, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	EXPECT(t->out.rcx | t->out.rdx | t->out.r8, 0);
	OK(write_back(t, AT(b, 4)));
	EXPECT(sx_pamt_check(t->sys), 0);
	OK(take_away(t, b));
	OK(take_away(t, a));
	EXPECT(t->out.rdx, AT(b, 0));
	EXPECT(t->out.r8, AT(b, 1));
	OK(write_back(t, AT(b, 0)));
	EXPECT(take_away(t, a), SX_NO_PAMT_PAGE_PAIR | SX_OP_RCX);
	EXPECT(t->out.rdx | t->out.r8, 0);
	st_static(t);
}

/* The hint of a removal: of the last that its frame had, and of no other. */
static void remove_in_turn(struct st *t, u64 b)
{
	EXPECT(take_away(t, b), SX_PAMT_PAGE_NOT_EMPTY);
	st_block_track(t, GPA(0), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	EXPECT(t->out.rcx, AT(b, 255));
	EXPECT(take_away(t, b), SX_PAMT_PAGE_NOT_EMPTY | 1);
	st_block_track(t, REGION(2), 1);
	OK(st_mem(t, SX_MEM_SEPT_REMOVE, REGION(2), 1));
	EXPECT(t->out.rcx, AT(b, 257));
	st_block_track(t, GPA(1), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(1), 0));
	EXPECT(t->out.rcx, AT(b, 256) | HINT);
}

void check_dpamt_4k(struct st *t)
{
	u64 b;

	if (!st_dynamic(t))
		return;
	st_td_run(t, &t->d, 1);
	b = st_page(t, 1);
	EXPECT(st_aug(t, GPA(0), 0, AT(b, 255)), SX_MISSING_PAMT_PAGE_PAIR | SX_OP_R8);
	EXPECT(st_call(t, SX_MNG_CREATE, AT(b, 255), 2, 0, 0),
	       SX_MISSING_PAMT_PAGE_PAIR | SX_OP_RCX);
	/* No pair is needed to say that it is no TDR. */
	EXPECT(st_call(t, SX_MEM_TRACK, AT(b, 255), 0, 0, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	OK(add(t, b, AT(b, 0), AT(b, 511)));
	EXPECT(st_aug(t, GPA(0), 0, AT(b, 511)), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	OK(st_aug(t, GPA(0), 0, AT(b, 255)));
	OK(st_aug(t, GPA(1), 0, AT(b, 256)));
	OK(st_call(t, SX_MEM_SEPT_ADD, REGION(2) | 1, t->d.tdr, AT(b, 257), 0));
	EXPECT(sx_pamt_check(t->sys), 0);
	remove_in_turn(t, b);
	EXPECT(take_away(t, b | 8), SX_OPERAND_INVALID | SX_OP_RCX);
	/* Of a page in teardown it is in R9. */
	OK(st_aug(t, GPA(0), 0, AT(b, 7)));
	OK(st_aug(t, GPA(1), 0, AT(b, 8)));
	st_td_release_key(t, &t->d);
	OK(st_call(t, SX_PHYMEM_PAGE_RECLAIM, AT(b, 8), 0, 0, 1));
	EXPECT(t->out.r9, 0);
	OK(st_call(t, SX_PHYMEM_PAGE_RECLAIM, AT(b, 7), 0, 0, 1));
	EXPECT(t->out.r9, HINT);
	EXPECT(t->out.rcx, SX_PT_REG);
	st_static(t);
}

/* A 2M page wants a frame without a pair, and without pages of other pairs. */
void check_dpamt_2m(struct st *t)
{
	u64 a, b;

	if (!st_dynamic(t))
		return;
	st_td_run(t, &t->d, 1);
	a = st_page(t, 1);
	b = st_page(t, 1);
	OK(add(t, a, AT(b, 0), AT(b, 511)));
	EXPECT(st_aug(t, BIG, 1, b), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(st_aug(t, BIG, 1, a), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	OK(take_away(t, a));
	OK(st_aug(t, BIG, 1, b));
	EXPECT(add(t, b, AT(a, 0), AT(a, 1)), SX_HPA_RANGE_NOT_FREE | SX_OP_RCX);
	EXPECT(take_away(t, b), SX_NO_PAMT_PAGE_PAIR | SX_OP_RCX);
	EXPECT(add(t, a, AT(b, 3), AT(a, 1)), SX_PAGE_NOT_FREE | SX_OP_RDX);
	EXPECT(st_aug(t, GPA(0), 0, AT(b, 3)), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	st_block_track(t, BIG, 1);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, BIG, 1));
	EXPECT(t->out.rcx, b);
	EXPECT(st_aug(t, GPA(0), 0, AT(b, 3)), SX_MISSING_PAMT_PAGE_PAIR | SX_OP_R8);
	OK(st_aug(t, BIG, 1, b));
	st_td_release_key(t, &t->d);
	OK(st_call(t, SX_PHYMEM_PAGE_RECLAIM, b, 0, 0, 0));
	EXPECT(t->out.r9, 0);
	OK(add(t, b, AT(b, 0), AT(b, 1)));
	st_static(t);
}

/* Of a frame that memory fills in part a pair has what there is; nobody has the rest. */
static void add_to_tail(struct st *t, u64 tail)
{
	EXPECT(st_aug(t, GPA(0), 0, tail), SX_MISSING_PAMT_PAGE_PAIR | SX_OP_R8);
	EXPECT(st_aug(t, BIG, 1, tail), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	OK(add(t, tail, st_page(t, 0), st_page(t, 0)));
	OK(st_aug(t, GPA(0), 0, tail));
	EXPECT(take_away(t, tail), SX_PAMT_PAGE_NOT_EMPTY);
	st_block_track(t, GPA(0), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	EXPECT(t->out.rcx, tail | HINT);
	EXPECT(sx_pamt_check(t->sys), 0);
	OK(take_away(t, tail));
	EXPECT(add(t, tail + FRAME, st_page(t, 0), st_page(t, 0)),
	       SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_RCX);
}

void check_memory_ends(struct st *t)
{
	u64 end = t->env->nr_pages << SX_PAGE_SHIFT, tail = end & ~(FRAME - 1);
	bool dynamic = st_dynamic(t);

	EXPECT(tail != end, true);
	st_td_run(t, &t->d, 1);
	if (dynamic) {
		add_to_tail(t, tail);
		st_static(t);
		st_td_run(t, &t->d, 1);
	}
	EXPECT(st_aug(t, BIG, 1, tail), SX_PAGE_METADATA_INCORRECT | SX_OP_R8);
	EXPECT(st_aug(t, BIG, 1, tail + FRAME), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R8);
	EXPECT(st_aug(t, GPA(0), 0, end), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R8);
	OK(st_aug(t, GPA(0), 0, end - SX_PAGE_SIZE));
	st_block_track(t, GPA(0), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
}

/* A module that begins anew, with a static PAMT or a dynamic one, knows of no pair. */
void check_dpamt_again(struct st *t)
{
	u64 a, b;

	if (!st_dynamic(t))
		return;
	a = st_page(t, 1);
	b = st_page(t, 1);
	OK(add(t, a, AT(b, 0), AT(b, 1)));
	sx_sys_dynamic_pamt(t->sys, true);
	EXPECT(sx_pamt_pairs(t->sys), 0);
	EXPECT(sx_pamt_check(t->sys), 0);
	OK(write_back(t, AT(b, 0)));
	OK(add(t, b, AT(b, 0), AT(a, 1)));
	sx_sys_dynamic_pamt(t->sys, false);
	OK(write_back(t, AT(b, 0)));
	st_td_run(t, &t->d, 1);
	OK(st_aug(t, BIG, 1, a));
	OK(st_aug(t, REGION(2), 1, b));
}

void check_dpamt_refused(struct st *t)
{
	u64 a, b, c, beyond = ((t->env->nr_pages + 511) & ~511ULL) << SX_PAGE_SHIFT;

	if (!st_dynamic(t))
		return;
	a = st_page(t, 1);
	b = st_page(t, 1);
	c = st_page(t, 0);
	/* Each with something wrong that is looked at later. */
	EXPECT(st_call(t, SX_PHYMEM_PAMT_ADD, a, c | 8, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_PHYMEM_PAMT_ADD, a | 2, c | 8, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(add(t, AT(a, 1), c | 8, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(add(t, a | 8, c | 8, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(add(t, a | 1ULL << 48, c | 8, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(add(t, beyond, c | 8, c | 8), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(add(t, beyond, beyond, c | 8), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_RDX);
	EXPECT(add(t, beyond, c, c | 1ULL << 48), SX_OPERAND_INVALID | SX_OP_R8);
	EXPECT(add(t, beyond, c, beyond), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R8);
	EXPECT(add(t, beyond, c, c), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_RCX);
	EXPECT(take_away(t, beyond), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_RCX);
	EXPECT(add(t, a, c, c), SX_PAGE_NOT_FREE | SX_OP_R8);
	OK(write_back(t, c));
	OK(add(t, b, c, AT(a, 0)));
	EXPECT(add(t, a, c, AT(a, 1)), SX_PAGE_NOT_FREE | SX_OP_RDX);
	EXPECT(add(t, a, AT(a, 1), AT(a, 0)), SX_PAGE_NOT_FREE | SX_OP_R8);
	/* What the first one lost by that it has again. */
	OK(add(t, a, AT(a, 1), AT(a, 2)));
	st_td_create(t, &t->d, 1);
	EXPECT(take_away(t, b), SX_SUCCESS);
	EXPECT(add(t, b, AT(a, 3), t->d.tdr), SX_PAGE_NOT_FREE | SX_OP_R8);
	EXPECT(add(t, b, AT(a, 3), AT(a, 3)), SX_PAGE_NOT_FREE | SX_OP_R8);
	st_static(t);
}

static void contend(struct st *t)
{
	u64 a = t->scratch[0], b = t->scratch[1];

	t->hook_status = t->scratch[2] ? add(t, a, AT(a, 4), AT(a, 5)) : take_away(t, b);
}

/* The frame is the call's own; the two pages it shares with others. */
void check_dpamt_busy(struct st *t)
{
	struct sx_pamt *p;
	u64 a, b;

	if (!st_dynamic(t))
		return;
	t->scratch[0] = a = st_page(t, 1);
	t->scratch[1] = b = st_page(t, 1);
	t->scratch[2] = 1;
	st_hook(t, SX_YIELD_LOCKED, contend);
	OK(add(t, a, AT(a, 0), AT(b, 1)));
	EXPECT(t->hook_status, SX_OPERAND_BUSY | SX_OP_RCX);
	t->scratch[2] = 0;
	OK(add(t, b, AT(a, 2), AT(a, 3)));
	st_hook(t, SX_YIELD_LOCKED, contend);
	OK(take_away(t, b));
	EXPECT(t->hook_status, SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(t->out.rdx, AT(a, 2));
	p = sx_pamt_entry(t->sys, AT(a, 2), 0);
	EXPECT(sharex_hp_try(&p->lock, SX_EXCLUSIVE), true);
	EXPECT(add(t, b, AT(a, 2), AT(a, 3)), SX_OPERAND_BUSY | SX_OP_RDX);
	EXPECT(add(t, b, AT(a, 3), AT(a, 2)), SX_OPERAND_BUSY | SX_OP_R8);
	sharex_hp_release(&p->lock, SX_EXCLUSIVE);
	EXPECT(sharex_hp_try(&p->lock, SX_SHARED), true);
	OK(add(t, b, AT(a, 2), AT(a, 3)));
	sharex_hp_release(&p->lock, SX_SHARED);
	p = sx_pamt_entry(t->sys, b, 1);
	EXPECT(sharex_hp_try(&p->lock, SX_SHARED), true);
	EXPECT(take_away(t, b), SX_OPERAND_BUSY | SX_OP_RCX);
	sharex_hp_release(&p->lock, SX_SHARED);
	/* As when a removal has not yet counted what it has freed. */
	p->bepoch += 1ULL << 32;
	EXPECT(take_away(t, b), SX_OPERAND_BUSY | SX_OP_RCX);
	p->bepoch -= 1ULL << 32;
	st_static(t);
}

static u64 demote(struct st *t, u64 table, u64 first, u64 second)
{
	return st_call_saved(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr, table, first, second);
}

/* A TD with a 2M page that is blocked and tracked. */
static u64 big_page(struct st *t)
{
	u64 big;

	st_td_run(t, &t->d, 1);
	big = st_page(t, 1);
	OK(st_aug(t, BIG, 1, big));
	st_block_track(t, BIG, 1);
	return big;
}

void check_dpamt_demote(struct st *t)
{
	u64 big, table, first, second;

	if (!st_dynamic(t))
		return;
	big = big_page(t);
	table = st_page(t, 0);
	first = st_page(t, 0);
	second = st_page(t, 0);
	OK(demote(t, table, first, second));
	EXPECT(t->out.rcx | t->out.rdx, 0);
	EXPECT(write_back(t, first), SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	EXPECT(sx_pamt_check(t->sys), 0);
	EXPECT(take_away(t, big), SX_PAMT_PAGE_NOT_EMPTY);
	st_block_track(t, AT(BIG, 5), 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, AT(BIG, 5), 0));
	EXPECT(t->out.rcx, AT(big, 5));
	OK(st_aug(t, AT(BIG, 5), 0, AT(big, 5)));
	EXPECT(sx_pamt_check(t->sys), 0);
	st_static(t);
}

void check_dpamt_demote_refused(struct st *t)
{
	u64 big, other, table, page, beyond = t->env->nr_pages << SX_PAGE_SHIFT;

	if (!st_dynamic(t))
		return;
	big = big_page(t);
	other = st_page(t, 1);
	OK(st_aug(t, REGION(2), 1, other));
	table = st_page(t, 0);
	page = st_page(t, 0);
	EXPECT(demote(t, table, beyond, page | 8), SX_OPERAND_INVALID | SX_OP_R13);
	EXPECT(demote(t, table, page | 1ULL << 48, page | 8), SX_OPERAND_INVALID | SX_OP_R12);
	EXPECT(demote(t, table, t->d.tdr, beyond), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R13);
	EXPECT(demote(t, table, beyond, beyond), SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R12);
	EXPECT(demote(t, table, AT(big, 1), page), SX_OPERAND_BUSY | SX_OP_R12);
	EXPECT(demote(t, table, table, page), SX_OPERAND_BUSY | SX_OP_R12);
	EXPECT(demote(t, table, page, table), SX_OPERAND_BUSY | SX_OP_R13);
	EXPECT(demote(t, table, t->d.tdr, page), SX_PAGE_NOT_FREE | SX_OP_R12);
	EXPECT(demote(t, table, page, t->d.tdr), SX_PAGE_NOT_FREE | SX_OP_R13);
	EXPECT(demote(t, table, page, page), SX_PAGE_NOT_FREE | SX_OP_R13);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	/* Of another 2M page, whose 4K entries are nobody's. */
	EXPECT(demote(t, table, page, AT(other, 1)), SX_PAGE_NOT_FREE | SX_OP_R13);
	/* A call that does not pass R12 and R13 has page 0 there. */
	EXPECT(st_call(t, SX_MEM_PAGE_DEMOTE, BIG | 1, t->d.tdr, table, 0),
	       SX_PAGE_NOT_FREE | SX_OP_R13);
	EXPECT(st_state(t, BIG, 1), SX_PENDING_BLOCKED);
	OK(write_back(t, page));
	OK(demote(t, table, page, st_page(t, 0)));
	st_static(t);
}

/* TDMR of 2 GiB, with no more than a bitmap for its 4K pages. */
static u64 config(struct st *t, u64 r8)
{
	u64 pa = st_page(t, 0), *info = sx_page_va(t->sys, pa), list_pa = st_page(t, 0);
	u64 *list = sx_page_va(t->sys, list_pa);

	sx_clear_page(info);
	sx_clear_page(list);
	list[0] = pa;
	info[1] = 2ULL << 30;
	info[3] = SX_PAGE_SIZE;
	info[5] = 1024 * 16;
	info[7] = (512 << 10) / 8 - SX_PAGE_SIZE;
	EXPECT(st_call(t, SX_SYS_CONFIG, list_pa, 1, r8, 0), SX_INVALID_PAMT);
	info[7] += SX_PAGE_SIZE;
	return st_call(t, SX_SYS_CONFIG, list_pa, 1, r8, 0);
}

static u64 metadata(struct st *t, u64 field)
{
	OK(st_call(t, SX_SYS_RD, 0, field, 0, 0));
	return t->out.r8;
}

/* From metadata to the first pair: what a host looks at and asks for. */
void check_dpamt_boot(struct st *t)
{
	bool has = sx_since(t->sys, SX_R_1_5_25);
	u64 page = st_page(t, 0);

	sx_sys_boot(t->sys, 1);
	OK(st_call(t, SX_SYS_INIT, 0, 0, 0, 0));
	OK(st_call(t, SX_SYS_LP_INIT, 0, 0, 0, 0));
	EXPECT(metadata(t, 0x0a00000300000008ULL) >> 36 & 1, has);
	metadata(t, 0x9100000100000012ULL);
	EXPECT(t->out.rdx, has ? 0x9100000100000013ULL : 0x9800000100000000ULL);
	if (has) {
		EXPECT(metadata(t, 0x9100000100000013ULL), 1);
		/* 8 key ids are 3 bits of an address, the highest. */
		EXPECT(metadata(t, 0x9100000100000014ULL), 3);
		sx_params(t->sys)->hkid_shift = 45;
		EXPECT(metadata(t, 0x9100000100000014ULL), 0);
		sx_params(t->sys)->hkid_shift = 52;
		EXPECT(metadata(t, 0x9100000100000014ULL), 7);
		EXPECT(st_call(t, SX_SYS_CONFIG, page, 1, 1 << 16 | 1, 0),
		       SX_OPERAND_INVALID | SX_OP_R8);
		sx_params(t->sys)->hkid_shift = 48;
	} else {
		EXPECT(st_call(t, SX_SYS_RD, 0, 0x9100000100000013ULL, 0, 0),
		       SX_METADATA_FIELD_ID_INCORRECT);
	}
	EXPECT(st_call(t, SX_SYS_CONFIG, page, 1, 1 << 17 | 1, 0), SX_OPERAND_INVALID | SX_OP_R8);
	if (!sx_since(t->sys, SX_R_1_5_16))
		EXPECT(st_call(t, SX_SYS_CONFIG, page, 1, 1 << 16 | 1, 0),
		       SX_OPERAND_INVALID | SX_OP_R8);
	else if (!has)
		EXPECT(config(t, 1 << 16 | 1), SX_INVALID_PAMT);
	if (has) {
		OK(config(t, 1 << 16 | 1));
		EXPECT(add(t, page & ~(sx_level_size(1) - 1), page, page), SX_SYS_NOT_READY);
		EXPECT(st_call_saved(t, SX_MEM_PAGE_DEMOTE, 1, page, 0, 0, 0), SX_SYS_NOT_READY);
		OK(st_call(t, SX_SYS_KEY_CONFIG, 0, 0, 0, 0));
		EXPECT(st_call(t, SX_MNG_CREATE, page, 2, 0, 0),
		       SX_MISSING_PAMT_PAGE_PAIR | SX_OP_RCX);
		st_td_create(t, &t->d, 2);
		st_static(t);
	}
	t->sys->kot[1].state = HKID_FREE;
	t->sys->boot = (struct sx_boot){ .state = BOOT_READY };
}
