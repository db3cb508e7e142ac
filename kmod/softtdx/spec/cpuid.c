// SPDX-License-Identifier: GPL-2.0-only
/*
 * The specification: what a host may choose of CPUID, and what becomes of it. In numbers, put
 * together by hand from the published tables: the processor under the walk has every feature, so
 * that what a leaf says follows from TD_PARAMS alone.
 */
#include "spec.h"

#define REGS(low, high)	((low) | (u64)(high) << 32)

/* TD_PARAMS' words of leaves 1, 4 (four of them), 7 and 80000008h; the rest is 0. */
u64 spec_cpuid_word(u16 page, unsigned int i)
{
	static const u64 some[14] = {
		REGS(0, 0x170000), REGS(1 << 24, 1 << 28 | 1 << 7), REGS(0x121, 0x01c00000),
		REGS(63, 0), REGS(0x4122, 0x00c00000), REGS(31, 1), REGS(0x8143, 0x03c00000),
		REGS(1023, 2), 0, REGS(0, 4), REGS(0, 0x100), 0, 39, 0
	};
	static const u64 all[14] = {
		REGS(0x806f8, 0xff0000), REGS(0x31044d88, 0xb8445080),
		REGS(0xffffc3ff, 0xfffff000), REGS(0xffffffff, 7),
		REGS(0xffffc3ff, 0xfffff000), REGS(0xffffffff, 7),
		REGS(0xffffc3ff, 0xfffff000), REGS(0xffffffff, 7),
		REGS(0xffffc3ff, 0xfffff000), REGS(0xffffffff, 7),
		REGS(0, 0xdc2b9b18), REGS(0x02417f65, 0x4005411c), 0xff, 0x200ULL << 32,
	};

	switch (page) {
	case SPEC_P_DEBUG_PARAMS: return i < 14 ? some[i] : 0;
	case SPEC_P_WIDE_PARAMS: return i == 13 ? 0 : i == 12 ? REGS(0xff, 0x200) :
					i < 14 ? all[i] : 0;
	case SPEC_P_DEEP_PARAMS: return i ? 0 : 0x806f8;
	case SPEC_P_BAD_CPUID: return i ? 0 : 0x806f7;		/* another processor's */
	case SPEC_P_BAD_CPUID + 1: return i == 1 ? 1 : 0;	/* SSE3, which each has */
	case SPEC_P_BAD_CPUID + 2: return i == 8 ? 0x400 : i == 95;	/* a reserved bit of 4 */
	case SPEC_P_BAD_CPUID + 3: return i == 14;		/* behind the last */
	default: return 0;
	}
}

/* RCX of MNG.INIT names the leaf, with its sub-leaf above; of what is reserved there is none. */
u64 spec_cpuid_refused(struct spec_cpu *c)
{
	switch (c->act.page2) {
	case SPEC_P_BAD_CPUID:
	case SPEC_P_BAD_CPUID + 1:
		c->out.rcx = REGS(1, 0xffffffff);
		return SX_OPERAND_INVALID | SX_OP_CPUID_CONFIG;
	case SPEC_P_BAD_CPUID + 2:
		c->out.rcx = REGS(4, 3);
		return SX_OPERAND_INVALID | SX_OP_CPUID_CONFIG;
	case SPEC_P_BAD_CPUID + 3:
		return SX_OPERAND_INVALID | SX_OP_RDX;
	default:
		return 0;
	}
}

/*
 * Fields of MNG.RD: 0 TSC_OFFSET, 1 TSC_MULTIPLIER, 2 none such, 3 EAX and EBX of CPUID 21h, 4 a
 * leaf that a guest has to ask its host for; of what can be chosen 5 and 6 leaf 1, 7 and 8 leaf 4
 * sub-leaf 1, 9 EAX and EBX of leaf 7, 10 of leaf 80000008h.
 */
u64 spec_td_field(struct spec_td *td, struct spec_cpu *c)
{
	static const struct { u64 status, value; } same[5] = {
		{ 0, 0 }, { 0, 1ULL << 48 }, { SX_METADATA_FIELD_ID_INCORRECT, 0 },
		{ 0, 0x65746e49ULL << 32 }, { SX_METADATA_FIELD_NOT_READABLE, 0 },
	};
	static const u64 none[6] = {
		REGS(0x806f8, 0x800), REGS(0xc6f82203, 0x078bab7f), REGS(0, 0xfff), 0,
		REGS(0, 0x21940081), 48 << 8 | 48
	};
	static const u64 some[6] = {
		REGS(0x806f8, 0x170800), REGS(0xc7f82203, 0x178babff), REGS(0x4122, 0x00c00fff),
		REGS(31, 1), REGS(0, 0x21940181), 48 << 8 | 48
	};
	static const u64 all[6] = {
		REGS(0x806f8, 0xff0800), REGS(0xc7f82203, 0x1f8bfbff), REGS(0xffffc3ff, 0xffffffff),
		REGS(0xffffffff, 7), REGS(0, 0x219c0189), 48 << 8 | 52
	};
	u8 nr = c->act.arg;

	c->out.r8 = 0;
	if (nr < 5) {
		c->out.r8 = same[nr].value;
		return same[nr].status;
	}
	c->out.r8 = td->params == SPEC_P_DEBUG_PARAMS ? some[nr - 5] :
		    td->params == SPEC_P_WIDE_PARAMS ? all[nr - 5] : none[nr - 5];
	return 0;
}
