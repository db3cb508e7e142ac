// SPDX-License-Identifier: GPL-2.0-only
/* Checks of TDs with 5 levels of S-EPT, with GPAs of 48 and of 52 bits (MAX_GPAW). */
#include "priv.h"

/* A place that only such a TD has: the last GPA that is private with 52 bits, and its page. */
#define WIDE_SHARED	(1ULL << 51)
#define TOP		(WIDE_SHARED - SX_PAGE_SIZE)
#define AT(gpa, level)	(((gpa) & ~(sx_level_size(level) - 1)) | (level))

#define MAX_GPAW	1ULL

static u64 init(struct st *t, u64 eptp, u64 flags)
{
	u64 *p = st_params(t, 0);

	p[3] = eptp;
	p[4] = flags;
	return st_call(t, SX_MNG_INIT, t->d.tdr, t->params, 0, 0);
}

static void run_td(struct st *t, u64 flags)
{
	sx_params(t->sys)->five_levels = true;
	st_td_create(t, &t->d, 1);
	OK(init(t, ST_EPTP_5, flags));
	st_vp_add(t, &t->d);
	OK(st_call(t, SX_MR_FINALIZE, t->d.tdr, 0, 0, 0));
}

static u64 sept_add(struct st *t, u64 gpa_level, u64 page)
{
	return st_call(t, SX_MEM_SEPT_ADD, gpa_level, t->d.tdr, page, 0);
}

/* A table of the root's goes as any other: blocked, tracked, empty. */
static void root_entry(struct st *t)
{
	u64 gpa = AT(TOP, 4ULL);

	OK(st_call(t, SX_MEM_RANGE_BLOCK, gpa, t->d.tdr, 0, 0));
	EXPECT(st_aug(t, TOP, 0, st_page(t, 0)), SX_EPT_WALK_FAILED | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(4, SX_NL_BLOCKED));
	OK(st_track(t));
	EXPECT(st_call(t, SX_MEM_SEPT_REMOVE, gpa, t->d.tdr, 0, 0),
	       SX_EPT_PAGE_NOT_FREE | SX_OP_RCX);
	OK(st_call(t, SX_MEM_RANGE_UNBLOCK, gpa, t->d.tdr, 0, 0));
	OK(st_call(t, SX_MEM_SEPT_RD, gpa, t->d.tdr, 0, 0));
	EXPECT(t->out.rdx, ENTRY_INFO(4, SX_NL_MAPPED));
	OK(sept_add(t, AT(1ULL << 48, 4), st_page(t, 0)));
	OK(st_call(t, SX_MEM_RANGE_BLOCK, AT(1ULL << 48, 4), t->d.tdr, 0, 0));
	OK(st_track(t));
	OK(st_call(t, SX_MEM_SEPT_REMOVE, AT(1ULL << 48, 4), t->d.tdr, 0, 0));
}

/* Bit 47 is one of the address, 51 says shared; the guest is told, and its CPUID has the bits. */
static void guest_of_52_bits(struct st *t)
{
	struct sx_vp *vp = sx_vp_of(t->sys, t->d.vp[0]);
	struct sx_tdg_regs r = { .rax = SX_TDG_VP_INFO };
	struct sx_enter e;
	bool violation;
	u32 cpuid[4];

	OK(st_enter(t, t->d.vp[0], &e));
	EXPECT(st_accept(t, t->d.vp[0], TOP | WIDE_SHARED, &violation),
	       SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(sx_vp_private_violation(vp, TOP, RIP), SX_MAPPED);
	EXPECT(sx_vp_private_violation(vp, TOP | WIDE_SHARED, RIP), SX_FREE);
	sx_tdg_call(vp, &r);
	EXPECT(r.rax, SX_SUCCESS);
	EXPECT(r.rcx, 52);
	EXPECT(sx_td_cpuid(t->d.td, 0x80000008, SX_NO_SUBLEAF, cpuid), true);
	EXPECT(cpuid[0] & 0xff, 52);
	st_exit(t, t->d.vp[0]);
}

void check_five_levels(struct st *t)
{
	run_td(t, MAX_GPAW);
	EXPECT(sept_add(t, AT(TOP, 3), st_page(t, 0)), SX_EPT_WALK_FAILED | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(4, SX_FREE));
	st_tables(t, TOP);
	EXPECT(st_state(t, TOP, 4), SX_NL_MAPPED);
	EXPECT(sept_add(t, AT(TOP, 5ULL), st_page(t, 0)), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(sept_add(t, AT(WIDE_SHARED, 4), st_page(t, 0)), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(sept_add(t, AT(1ULL << 47, 4ULL) | 1ULL << 47, st_page(t, 0)),
	       SX_OPERAND_INVALID | SX_OP_RCX);
	st_map(t, TOP, t->d.vp[0]);
	EXPECT(st_aug(t, TOP | WIDE_SHARED, 0, st_page(t, 0)), SX_OPERAND_INVALID | SX_OP_RCX);
	/* The same indices below another entry of the root are another page. */
	EXPECT(st_state(t, TOP & ((1ULL << 48) - 1), 0), SX_FREE);
	root_entry(t);
	guest_of_52_bits(t);
	st_block_track(t, TOP, 0);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, TOP, 0));
}

/* 5 levels and 48 bits: a root with one entry, and bit 47 says shared. */
void check_five_levels_narrow(struct st *t)
{
	struct sx_tdg_regs r = { .rax = SX_TDG_VP_INFO };
	u64 gpa = ST_SHARED - SX_PAGE_SIZE;

	run_td(t, 0);
	st_tables(t, gpa);
	EXPECT(st_state(t, gpa, 4), SX_NL_MAPPED);
	st_map(t, gpa, t->d.vp[0]);
	EXPECT(st_aug(t, ST_SHARED, 0, st_page(t, 0)), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(sept_add(t, AT(1ULL << 48, 4), st_page(t, 0)), SX_OPERAND_INVALID | SX_OP_RCX);
	sx_tdg_call(sx_vp_of(t->sys, t->d.vp[0]), &r);
	EXPECT(r.rcx, 48);
}

/* What TD_PARAMS cannot say, and that a TD of 4 levels has no fifth. */
void check_five_levels_refused(struct st *t)
{
	const u64 refused = SX_OPERAND_INVALID | SX_OP_EPTP_CONTROLS;

	st_td_create(t, &t->d, 1);
	EXPECT(init(t, ST_EPTP_5, MAX_GPAW), refused);	/* a machine without */
	EXPECT(init(t, ST_EPTP_5, 0), refused);
	sx_params(t->sys)->five_levels = true;
	EXPECT(init(t, ST_EPTP_4, MAX_GPAW), refused);
	EXPECT(init(t, ST_EPTP_5 - 1, MAX_GPAW), refused);	/* memory type */
	EXPECT(init(t, ST_EPTP_5 | 1 << 6, MAX_GPAW), refused);	/* accessed and dirty bits */
	EXPECT(init(t, ST_EPTP_5 + (1 << 3), MAX_GPAW), refused);
	EXPECT(init(t, ST_EPTP_4 - (1 << 3), 0), refused);
	EXPECT(init(t, ST_EPTP_5 | 1ULL << 12, MAX_GPAW), refused);
	st_params(t, 0)[2] = 0;
	EXPECT(st_call(t, SX_MNG_INIT, t->d.tdr, t->params, 0, 0),
	       SX_OPERAND_INVALID | SX_OP_MAX_VCPUS);
	OK(init(t, ST_EPTP_4, 0));
	EXPECT(sept_add(t, AT(0, 4ULL), st_page(t, 0)), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_SEPT_RD, 4, t->d.tdr, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_RANGE_BLOCK, 4, t->d.tdr, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_RANGE_UNBLOCK, 4, t->d.tdr, 0, 0),
	       SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_SEPT_REMOVE, 4, t->d.tdr, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	OK(sept_add(t, AT(0, 3), st_page(t, 0)));
}
