// SPDX-License-Identifier: GPL-2.0-only
/* Checks of what a host may read of a TD: MEM.RD and MEM.WR of a debug TD, fields of MNG.RD. */
#include "priv.h"

static u64 rd(struct st *t, u64 gpa)
{
	return st_call(t, SX_MEM_RD, gpa, t->d.tdr, 1, 2);
}

static u64 wr(struct st *t, u64 gpa, u64 data)
{
	return st_call(t, SX_MEM_WR, gpa, t->d.tdr, data, 0);
}

static void run_debug_td(struct st *t)
{
	st_td_create(t, &t->d, 1);
	st_td_init(t, &t->d, SX_ATTR_DEBUG);
	st_vp_add(t, &t->d);
	OK(st_call(t, SX_MR_FINALIZE, t->d.tdr, 0, 0, 0));
	st_tables(t, GPA(0));
	st_map(t, GPA(0), t->d.vp[0]);
}

/* The word and no other is written, in a page of any size; the old one comes back. */
void check_mem_word(struct st *t)
{
	bool violation;
	struct sx_enter e;
	u64 big, *va;

	run_debug_td(t);
	OK(wr(t, GPA(0) + 8, 0x5a));
	EXPECT(t->out.r8, 0);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	OK(wr(t, GPA(0) + 8, 0x5b));
	EXPECT(t->out.r8, 0x5a);
	OK(rd(t, GPA(0) + 8));
	EXPECT(t->out.r8, 0x5b);
	EXPECT(t->out.rcx | t->out.rdx, 0);
	OK(rd(t, GPA(0) + 16));
	EXPECT(t->out.r8, 0);
	big = st_page(t, 1);
	OK(st_aug(t, REGION(1), 1, big));
	OK(st_enter(t, t->d.vp[0], &e));
	OK(st_accept(t, t->d.vp[0], REGION(1) | 1, &violation));
	st_exit(t, t->d.vp[0]);
	OK(wr(t, REGION(1) + 0x1ffff8, 0x77));
	va = sx_page_va(t->sys, big + 0x1ff000);
	EXPECT(va[511], 0x77);
}

static void call_inside(struct st *t)
{
	t->hook_status = wr(t, GPA(0), 1);
}

/* In the order of the checks. */
void check_mem_word_refused(struct st *t)
{
	run_debug_td(t);
	EXPECT(st_call(t, SX_MEM_RD, GPA(0), st_page(t, 0), 0, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RDX);
	EXPECT(t->out.rcx | t->out.rdx | t->out.r8, 0);
	EXPECT(rd(t, GPA(0) + 4), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(sharex_hp_try(&t->d.td->tree_lock, SX_EXCLUSIVE), true);
	EXPECT(rd(t, GPA(0) + 4), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(rd(t, ST_SHARED), SX_OPERAND_BUSY | SX_OP_SEPT_TREE);
	sharex_hp_release(&t->d.td->tree_lock, SX_EXCLUSIVE);
	EXPECT(rd(t, ST_SHARED), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(wr(t, GPA(1), 1), SX_EPT_ENTRY_NOT_PRESENT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(0, SX_FREE));
	EXPECT(t->out.r8, 0);
	EXPECT(rd(t, REGION(1)), SX_EPT_ENTRY_NOT_PRESENT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(1, SX_FREE));
	st_hook(t, SX_YIELD_LOCKED, call_inside);
	OK(rd(t, GPA(0)));
	EXPECT(t->hook_status, SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(t->out.r8, 0);
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	EXPECT(rd(t, GPA(0)), SX_EPT_ENTRY_NOT_PRESENT | SX_OP_RCX);
	EXPECT(t->out.rdx, ENTRY_INFO(0, SX_BLOCKED));
	t->d.td->attributes = 0;
	EXPECT(rd(t, GPA(0) + 4), SX_TD_NON_DEBUG);
	EXPECT(wr(t, GPA(0) + 4, 0), SX_TD_NON_DEBUG);
}

#define CPUID_FIELD(leaf, sub, i)	\
	(0x9410000300000000ULL | ((leaf) >> 31) << 16 | ((leaf) & 0x7f) << 9 | (sub) << 1 | (i))
#define NO_SUB		0xffULL

static u64 field(struct st *t, u64 id)
{
	return st_call(t, SX_MNG_RD, t->d.tdr, id, 5, 6);
}

static void every_bit(u32 leaf, u32 sub, u32 out[4])
{
	(void)leaf;
	(void)sub;
	out[0] = out[1] = out[2] = out[3] = ~0u;
}

/* As KVM_TDX_GET_CPUID reads them: first without a sub-leaf, then by sub-leaf until one fails. */
void check_td_cpuid(struct st *t)
{
	u32 sub;

	st_td_build(t, &t->d, 2);
	sx_set_native_cpuid(t->sys, every_bit);
	OK(field(t, CPUID_FIELD(0ULL, NO_SUB, 0)));
	EXPECT(t->out.r8, 0x21 | 0x756e6547ULL << 32);
	OK(field(t, CPUID_FIELD(0ULL, NO_SUB, 1)));
	EXPECT(t->out.r8, 0x6c65746eULL | 0x49656e69ULL << 32);
	OK(field(t, CPUID_FIELD(0x80000000ULL, NO_SUB, 0)));
	EXPECT(t->out.r8, 0x80000008);
	EXPECT(field(t, CPUID_FIELD(0ULL, 0ULL, 0)), SX_METADATA_FIELD_NOT_READABLE);
	EXPECT(t->out.r8, 0);
	EXPECT(field(t, CPUID_FIELD(0ULL, 0x80ULL, 0)), SX_METADATA_FIELD_NOT_READABLE);
	EXPECT(field(t, CPUID_FIELD(2ULL, NO_SUB, 0)), SX_METADATA_FIELD_NOT_READABLE);
	EXPECT(field(t, CPUID_FIELD(7ULL, NO_SUB, 0)), SX_METADATA_FIELD_NOT_READABLE);
	for (sub = 0; field(t, CPUID_FIELD(7ULL, (u64)sub, 0)) == SX_SUCCESS; sub++)
		;
	EXPECT(sub, 3);
	for (sub = 0; field(t, CPUID_FIELD(0xdULL, (u64)sub, 0)) == SX_SUCCESS; sub++)
		;
	EXPECT(sub, 19);
	/* What is a vCPU's own is 0: APIC id, OSXSAVE, how much of XSAVE is on, topology. */
	OK(field(t, CPUID_FIELD(1ULL, NO_SUB, 0)));
	EXPECT(t->out.r8 >> 32, 8 << 8);
	OK(field(t, CPUID_FIELD(1ULL, NO_SUB, 1)));
	EXPECT(t->out.r8 >> 27 & 1, 0);
	OK(field(t, CPUID_FIELD(0xdULL, 0ULL, 0)));
	EXPECT(t->out.r8, 3);
	OK(field(t, CPUID_FIELD(0x1fULL, 1ULL, 0)));
	EXPECT(t->out.r8, 0);
	/* Size, increment, mask and context of an identifier do not count; other bits do. */
	OK(field(t, CPUID_FIELD(0ULL, NO_SUB, 0) ^ (3ULL << 32 | 3ULL << 50 | 7ULL << 52)));
	EXPECT(field(t, CPUID_FIELD(0ULL, NO_SUB, 0) | 1ULL << 17),
	       SX_METADATA_FIELD_ID_INCORRECT);
	EXPECT(field(t, CPUID_FIELD(0ULL, NO_SUB, 0) | 1ULL << 34),
	       SX_METADATA_FIELD_ID_INCORRECT);
}
