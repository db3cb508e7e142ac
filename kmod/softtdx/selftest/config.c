// SPDX-License-Identifier: GPL-2.0-only
/* Conformance checks of the CPUID that a host chooses for a TD. */
#include "priv.h"

#define NO_SUB		0xffffffffULL
#define LEAF(leaf, sub)	((leaf) | (u64)(sub) << 32)
#define REGS(low, high)	((low) | (u64)(high) << 32)
#define CPUID		32	/* word of TD_PARAMS where they begin, two to a leaf */

static void every_bit(u32 leaf, u32 sub, u32 out[4])
{
	(void)leaf;
	(void)sub;
	out[0] = out[1] = out[2] = out[3] = ~0u;
}

/* What KVM asks for when it is loaded. */
static void offered(struct st *t)
{
	static const u64 leaves[7] = {
		LEAF(1, NO_SUB), LEAF(4, 0), LEAF(4, 1), LEAF(4, 2), LEAF(4, 3), LEAF(7, 0),
		LEAF(0x80000008ULL, NO_SUB)
	};
	static const u64 bits[14] = {
		REGS(0, 0xff0000), REGS(0x31000000, 0x18005080),
		REGS(0xffffc3ff, 0xfffff000), REGS(0xffffffff, 7),
		REGS(0xffffc3ff, 0xfffff000), REGS(0xffffffff, 7),
		REGS(0xffffc3ff, 0xfffff000), REGS(0xffffffff, 7),
		REGS(0xffffc3ff, 0xfffff000), REGS(0xffffffff, 7),
		REGS(0, 0x80108), REGS(0, 0), REGS(0xff, 0), REGS(0, 0)
	};
	unsigned int i;

	OK(st_call(t, SX_SYS_RD, 0, 0x9900000100000004ULL, 0, 0));
	EXPECT(t->out.r8, 7);
	for (i = 0; i < 7; i++) {
		OK(st_call(t, SX_SYS_RD, 0, 0x9900000300000400ULL + i, 0, 0));
		EXPECT(t->out.r8, leaves[i]);
	}
	for (i = 0; i < 14; i++) {
		OK(st_call(t, SX_SYS_RD, 0, 0x9900000300000500ULL + i, 0, 0));
		EXPECT(t->out.r8, bits[i]);
	}
}

static void td_of(struct st *t)
{
	OK(st_call(t, SX_MNG_INIT, t->d.tdr, t->params, 0, 0));
	EXPECT(t->out.rcx, 0);
	st_vp_add(t, &t->d);
}

static void leaf_is(struct st *t, u32 leaf, u32 sub, u64 low, u64 high)
{
	u32 r[4];

	EXPECT(sx_td_cpuid(t->d.td, leaf, sub, r), true);
	EXPECT(REGS(r[0], r[1]), low);
	EXPECT(REGS(r[2], r[3]), high);
}

void check_cpuid_config(struct st *t)
{
	struct sx_cpuid_state s = { .xcr0 = 3 };
	u32 out[4];
	u64 *p;

	sx_set_native_cpuid(t->sys, every_bit);
	offered(t);
	st_td_create(t, &t->d, 1);
	p = st_params(t, 0);
	p[CPUID] = REGS(0x806f8, 0x170000);	/* the signature may be said, too */
	p[CPUID + 1] = REGS(0x31044d88, 1 << 28);
	p[CPUID + 4] = REGS(0x1c004121, 0x01c00000);
	p[CPUID + 5] = REGS(63, 1);
	p[CPUID + 10] = REGS(0, 0x100);
	p[CPUID + 12] = 39;
	td_of(t);
	leaf_is(t, 1, SX_NO_SUBLEAF, REGS(0x806f8, 0x170800), REGS(0xc7f82203, 0x178bab7f));
	leaf_is(t, 4, 1, REGS(0x1c004121, 0x01c00fff), REGS(63, 1));
	leaf_is(t, 4, 2, REGS(0, 0xfff), 0);
	leaf_is(t, 4, 4, 0, 0);
	leaf_is(t, 7, 0, REGS(0, 0x21940181), 0);	/* BMI2 stays, BMI1 and ADX do not */
	leaf_is(t, 7, 1, 0, 0);
	leaf_is(t, 0x80000008, SX_NO_SUBLEAF, 48 << 8 | 48, 0);
	/* The guest's is the same, but for what is the vCPU's. */
	EXPECT(sx_guest_cpuid(sx_vp_of(t->sys, t->d.vp[0]), &s, 1, 0, out), SX_RESUME);
	EXPECT(out[1], 0x170800);
	EXPECT(out[3], 0x178bab7f);
	EXPECT(sx_guest_cpuid(sx_vp_of(t->sys, t->d.vp[0]), &s, 4, 1, out), SX_RESUME);
	EXPECT(out[0], 0x1c004121);
	/* AVX wants XFAM beside. */
	t->d.td->g.xfam = 7;
	leaf_is(t, 1, SX_NO_SUBLEAF, REGS(0x806f8, 0x170800), REGS(0xf7f83203, 0x178bab7f));
}

static void refused(struct st *t, unsigned int word, u64 value, u64 status, u64 rcx)
{
	u64 *p = st_params(t, 0);

	p[word] = value;
	EXPECT(st_call(t, SX_MNG_INIT, t->d.tdr, t->params, 0, 0), status);
	EXPECT(t->out.rcx, rcx);
}

void check_cpuid_refused(struct st *t)
{
	const u64 config = SX_OPERAND_INVALID | SX_OP_CPUID_CONFIG;
	u64 *p;

	sx_set_native_cpuid(t->sys, every_bit);
	st_td_create(t, &t->d, 1);
	refused(t, CPUID, 0x806f7, config, LEAF(1, NO_SUB));
	refused(t, CPUID, 0x100806f8, config, LEAF(1, NO_SUB));
	refused(t, CPUID, REGS(0, 0x100), config, LEAF(1, NO_SUB));
	refused(t, CPUID + 1, 1, config, LEAF(1, NO_SUB));
	refused(t, CPUID + 1, REGS(0, 1), config, LEAF(1, NO_SUB));
	refused(t, CPUID + 8, 0x400, config, LEAF(4, 3));
	refused(t, CPUID + 9, REGS(0, 8), config, LEAF(4, 3));
	refused(t, CPUID + 10, 1, config, LEAF(7, 0));
	refused(t, CPUID + 12, 0x100, config, LEAF(0x80000008ULL, NO_SUB));
	refused(t, CPUID + 14, 1, SX_OPERAND_INVALID | SX_OP_RDX, 0);
	refused(t, 127, 1ULL << 63, SX_OPERAND_INVALID | SX_OP_RDX, 0);
	/* The first that is wrong is named, and CPUID before what is reserved. */
	p = st_params(t, 0);
	p[CPUID + 2] = 0x400;
	p[CPUID + 12] = 0x100;
	p[127] = 1;
	EXPECT(st_call(t, SX_MNG_INIT, t->d.tdr, t->params, 0, 0), config);
	EXPECT(t->out.rcx, LEAF(4, 0));
	/* Nothing is left of it. */
	st_params(t, 0);
	td_of(t);
	leaf_is(t, 1, SX_NO_SUBLEAF, REGS(0x806f8, 0x800), REGS(0xc6f82203, 0x078bab7f));
	leaf_is(t, 4, 0, REGS(0, 0xfff), 0);
}
