// SPDX-License-Identifier: GPL-2.0-only
/* Conformance checks of control registers, and of the fields that a guest has of its vCPU. */
#include "priv.h"

#define CR0_RESET	0x31ULL			/* PE, ET, NE */
#define CR0_RUN		(1ULL << 31 | 1ULL << 16 | 0x33)
#define CR4_RUN		0x60ULL			/* MCE, PAE */
#define LMA		(1ULL << 10)

static enum sx_verdict cr0(u64 now, bool cs_l, u64 value, u64 *becomes)
{
	struct sx_paging p = { .cr0 = now, .cr4 = CR4_RUN };

	*becomes = value;
	return sx_guest_write_cr0(&p, cs_l, becomes);
}

void check_guest_cr0(struct st *t)
{
	u64 v = 0;

	EXPECT(cr0(CR0_RUN, true, CR0_RUN & ~(1ULL << 16), &v), SX_RESUME);
	EXPECT(v, CR0_RUN & ~(1ULL << 16));
	/* What there is not is ignored, ET is always 1. */
	EXPECT(cr0(CR0_RUN, true, (CR0_RUN & ~0x10ULL) | 1 << 19 | 1 << 6, &v), SX_RESUME);
	EXPECT(v, CR0_RUN);
	/* PE is fixed to 1, CD and NW to 0: #VE. NE, paging without PE, NW without CD: #GP. */
	EXPECT(cr0(CR0_RESET, false, CR0_RESET & ~1ULL, &v), SX_VE);
	EXPECT(cr0(CR0_RUN, true, CR0_RUN | 1ULL << 30, &v), SX_VE);
	EXPECT(cr0(CR0_RUN, true, CR0_RUN | 3ULL << 29, &v), SX_VE);
	EXPECT(cr0(CR0_RUN, true, CR0_RUN | 1ULL << 29, &v), SX_GP);
	EXPECT(cr0(CR0_RUN, true, CR0_RUN & ~0x20ULL, &v), SX_GP);
	EXPECT(cr0(CR0_RUN, true, CR0_RUN & ~1ULL, &v), SX_GP);
	EXPECT(cr0(CR0_RUN, true, CR0_RUN | 1ULL << 32, &v), SX_GP);
	/* Paging is left and entered in compatibility mode. */
	EXPECT(cr0(CR0_RUN, true, CR0_RESET, &v), SX_GP);
	EXPECT(cr0(CR0_RUN, false, CR0_RESET, &v), SX_RESUME);
	EXPECT(cr0(CR0_RESET, false, CR0_RUN, &v), SX_RESUME);
	st_td_build(t, &t->d, 1);
}

void check_guest_cr4(struct st *t)
{
	struct sx_paging p = { .cr0 = CR0_RUN, .cr4 = CR4_RUN, .efer = LMA };

	EXPECT(sx_guest_write_cr4(&p, CR4_RUN | 1 << 7 | 1 << 16 | 1 << 20), SX_RESUME);
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN & ~0x40ULL), SX_VE);	/* MCE */
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN | 1 << 13), SX_VE);	/* VMXE */
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN | 1 << 14), SX_VE);	/* SMXE */
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN | 1 << 22), SX_GP);	/* PKE: XFAM */
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN | 1 << 23), SX_GP);	/* CET */
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN | 1 << 24), SX_GP);	/* PKS: ATTRIBUTES */
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN | 1 << 12), SX_GP);	/* LA57 */
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN | 1ULL << 40), SX_GP);
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN & ~0x20ULL), SX_GP);	/* PAE, in long mode */
	p.efer = 0;
	EXPECT(sx_guest_write_cr4(&p, CR4_RUN & ~0x20ULL), SX_RESUME);
	st_td_build(t, &t->d, 1);
}

/* The instruction is read with paging off: linear addresses are physical. */
void check_guest_cr_insn(struct st *t)
{
	static const struct {
		const char *bytes;
		bool cs_l, ok, lmsw;
		u8 cr, gpr, len;
	} insn[] = {
		{ "\x0f\x22\xc0", true, true, false, 0, 0, 3 },		/* mov %rax, %cr0 */
		{ "\x41\x0f\x22\xe3", true, true, false, 4, 11, 4 },	/* mov %r11, %cr4 */
		{ "\x41\x0f\x22\xe3", false, false, false, 0, 0, 0 },	/* no REX there */
		{ "\x44\x0f\x22\xc0", true, true, false, 8, 0, 4 },	/* mov %rax, %cr8 */
		{ "\x66\x2e\x0f\x22\x23", true, true, false, 4, 3, 5 },	/* prefixes; mod 0 */
		{ "\x0f\x01\xf2", true, true, true, 0, 2, 3 },		/* lmsw %dx */
		{ "\x0f\x01\x32", true, false, false, 0, 0, 0 },		/* lmsw (%rdx) */
		{ "\x0f\x20\xc0", true, false, false, 0, 0, 0 },		/* from %cr0 */
		{ "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66", true, false,
		  false, 0, 0, 0 },
	};
	struct sx_vp *vp = st_run_guest(t, 2, 1, 1);
	struct sx_paging p = { 0 };
	struct sx_cr_write w;
	unsigned int i;
	u8 *page = sx_guest_page(vp, GPA(0));

	for (i = 0; page && i < sizeof(insn) / sizeof(insn[0]); i++) {
		memset(page, 0x90, 16);
		memcpy(page, insn[i].bytes, strlen(insn[i].bytes));
		EXPECT(sx_guest_cr_write(vp, &p, GPA(0), insn[i].cs_l, &w), insn[i].ok);
		if (!insn[i].ok)
			continue;
		EXPECT(w.lmsw, insn[i].lmsw);
		EXPECT(w.cr, insn[i].cr);
		EXPECT(w.gpr, insn[i].gpr);
		EXPECT(w.len, insn[i].len);
	}
	/* Where its last byte is not there. */
	memcpy(page + 4094, "\x0f\x22", 2);
	EXPECT(sx_guest_cr_write(vp, &p, GPA(0) + 4094, true, &w), false);
	st_exit(t, t->d.vp[1]);
}

#define FIELD(f)	(1ULL << 63 | 32ULL << 56 | (f))

/* RDX would be the next field, of which there is none here. */
static void field_operands(struct st *t, struct sx_vp *vp)
{
	struct sx_tdg_regs r = { .rax = SX_TDG_VP_RD, .rdx = FIELD(2) };

	sx_tdg_call(vp, &r);
	EXPECT(r.rdx, ~0ULL);
	r = (struct sx_tdg_regs){ .rax = SX_TDG_VP_RD, .rdx = FIELD(2), .rcx = 1, .r8 = 5 };
	sx_tdg_call(vp, &r);
	EXPECT(r.rax, SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(r.r8, 0);
}

static u64 call(struct sx_vp *vp, u64 leaf, u64 field, u64 data, u64 mask, u64 *r8)
{
	struct sx_tdg_regs r = { .rdx = field, .r8 = data, .r9 = mask };

	st_tdcall(vp, leaf, &r);
	*r8 = r.r8;
	return r.rax;
}

/* Both fields by one call. */
static void cpuidve_set(struct st *t, struct sx_vp *vp)
{
	struct sx_tdg_regs r = { .rcx = 2 };
	u64 v;

	OK(st_tdcall(vp, SX_TDG_VP_CPUIDVE_SET, &r));
	OK(call(vp, SX_TDG_VP_RD, FIELD(7), 0, 0, &v));
	EXPECT(v, 0);
	OK(call(vp, SX_TDG_VP_RD, FIELD(8), 0, 0, &v));
	EXPECT(v, 1);
	r.rcx = 5;
	EXPECT(st_tdcall(vp, SX_TDG_VP_CPUIDVE_SET, &r), SX_OPERAND_INVALID | SX_OP_RCX);
	OK(call(vp, SX_TDG_VP_RD, FIELD(7), 0, 0, &v));
	EXPECT(v, 0);		/* as it was */
}

/* A guest may have every CPUID of its kernel, or of its programs, as a #VE. */
void check_tdg_vp_fields(struct st *t)
{
	struct sx_cpuid_state kernel = { 0 }, user = { .cpl = 3 };
	struct sx_vp *vp = st_run_guest(t, 2, 1, 0);
	u32 out[4];
	u64 v = 0;

	OK(call(vp, SX_TDG_VP_RD, FIELD(2), 0, 0, &v));
	EXPECT(v, 1);		/* VCPU_INDEX */
	EXPECT(call(vp, SX_TDG_VP_WR, FIELD(2), 0, ~0ULL, &v), SX_METADATA_FIELD_NOT_WRITABLE);
	OK(call(vp, SX_TDG_VP_WR, FIELD(8), 3, 1, &v));
	EXPECT(v, 0);
	OK(call(vp, SX_TDG_VP_RD, FIELD(8), 0, 0, &v));
	EXPECT(v, 1);
	EXPECT(sx_guest_cpuid(vp, &kernel, 0, 0, out), SX_RESUME);
	EXPECT(sx_guest_cpuid(vp, &user, 0, 0, out), SX_VE);
	OK(call(vp, SX_TDG_VP_WR, FIELD(8), 0, 0xff, &v));
	EXPECT(v, 1);
	OK(call(vp, SX_TDG_VP_WR, FIELD(7), 1, 0xff, &v));
	EXPECT(sx_guest_cpuid(vp, &kernel, 0, 0, out), SX_VE);
	EXPECT(sx_guest_cpuid(vp, &user, 0, 0, out), SX_RESUME);
	cpuidve_set(t, vp);
	/* PEND_NMI and XFAM are the host's. */
	EXPECT(call(vp, SX_TDG_VP_RD, 32ULL << 56 | 11, 0, 0, &v), SX_METADATA_FIELD_NOT_READABLE);
	EXPECT(call(vp, SX_TDG_VP_WR, 32ULL << 56 | 11, 1, 1, &v), SX_METADATA_FIELD_NOT_WRITABLE);
	EXPECT(call(vp, SX_TDG_VP_RD, 0x1234, 0, 0, &v), SX_METADATA_FIELD_ID_INCORRECT);
	field_operands(t, vp);
	st_exit(t, t->d.vp[1]);
}

/* An NMI waits until the guest has asked about its #VE, and is then delivered once. */
void check_nmi_after_ve(struct st *t)
{
	const struct sx_ve_info info = { .reason = 10 };
	struct sx_vp *vp = st_run_guest(t, 2, 1, 0);
	struct sx_tdg_regs r = { .rax = SX_TDG_VP_VEINFO_GET };

	st_exit(t, t->d.vp[1]);
	t->cpu = 1;
	OK(st_call(t, SX_VP_WR, t->d.vp[1], 32ULL << 56 | 11, 1, 1));
	EXPECT(sx_ve(vp, &info), SX_VE);
	EXPECT(sx_vp_take_nmi(vp), false);
	sx_tdg_call(vp, &r);
	EXPECT(sx_vp_take_nmi(vp), true);
	EXPECT(sx_vp_take_nmi(vp), false);
}
