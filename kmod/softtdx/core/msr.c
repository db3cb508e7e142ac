// SPDX-License-Identifier: GPL-2.0-only
/* MSR virtualisation and the virtual x2APIC. */
#include "priv.h"
#include "tdg.h"

/* From SYSENTER_CS to KERNEL_GS_BASE. */
const u32 sx_msr_passed[] = {
	0x174, 0x175, 0x176, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101,
	0xc0000102, 0,
};

enum {
	MSR_TSC = 0x10, MSR_APIC_BASE = 0x1b, MSR_MISC_ENABLE = 0x1a0, MSR_DEBUGCTL = 0x1d9,
	MSR_PAT = 0x277, MSR_VMX_FIRST = 0x480, MSR_VMX_LAST = 0x493,
	MSR_X2APIC_FIRST = 0x800, MSR_X2APIC_LAST = 0x8ff, MSR_XSS = 0xda0,
};
#define MSR_EFER	0xc0000080u
#define MSR_TSC_AUX	0xc0000103u

/* Of the x2APIC, what the processor virtualises with a virtual APIC page and no exit. */
enum {
	X2_ID = 0x802, X2_TPR = 0x808, X2_PPR = 0x80a, X2_EOI = 0x80b, X2_ISR = 0x810,
	X2_TMR = 0x818, X2_IRR = 0x820, X2_IRR_LAST = 0x827, X2_SELF_IPI = 0x83f,
};

/* EFER: LME and NXE are 1 for good, LMA follows CR0.PG; SCE and NXE alone may be written. */
#define EFER_SCE	1ULL
#define EFER_LME	(1ULL << 8)
#define EFER_LMA	(1ULL << 10)
#define EFER_NXE	(1ULL << 11)
#define EFER_SVME	(1ULL << 12)	/* ours: VMRUN wants it set */

static int highest(const u64 *bits)
{
	int i;

	for (i = 3; i >= 0; i--)
		if (bits[i])
			return i * 64 + 63 - __builtin_clzll(bits[i]);
	return 0;
}

static u8 ppr(const struct sx_vp *vp)
{
	u8 isr = (u8)(highest(vp->g.isr) & 0xf0);

	return isr > (vp->g.tpr & 0xf0) ? isr : vp->g.tpr;
}

unsigned int sx_vapic_next(struct sx_vp *vp)
{
	int v = highest(vp->g.irr);

	return (v & 0xf0) > (ppr(vp) & 0xf0) ? (unsigned int)v : 0;
}

void sx_vapic_taken(struct sx_vp *vp, unsigned int vector)
{
	u64 bit = 1ULL << (vector & 63);

	vp->g.irr[(vector & 255) / 64] &= ~bit;
	vp->g.isr[(vector & 255) / 64] |= bit;
}

void sx_vapic_post(struct sx_vp *vp, unsigned int word, u64 vectors)
{
	vp->g.irr[word & 3] |= vectors;
}

static void end_of_interrupt(struct sx_vp *vp)
{
	int v = highest(vp->g.isr);

	vp->g.isr[v / 64] &= ~(1ULL << (v & 63));
}

/* 32 bits of ISR or IRR by the register's number. */
static u64 word_of(const u64 *bits, u32 msr)
{
	return (u32)(bits[(msr & 7) / 2] >> (msr & 1) * 32);
}

static enum sx_verdict x2apic_rd(struct sx_vp *vp, u32 msr, u64 *value)
{
	if (msr == X2_ID) {
		*value = vp->index;
		return sx_td_enum_topology(vp->td) ? SX_RESUME : SX_VE;
	}
	if (msr == X2_TPR)
		*value = vp->g.tpr;
	else if (msr == X2_PPR)
		*value = ppr(vp);
	else if (msr >= X2_ISR && msr < X2_TMR)
		*value = word_of(vp->g.isr, msr);
	else if (msr >= X2_IRR && msr <= X2_IRR_LAST)
		*value = word_of(vp->g.irr, msr);
	else if (msr < X2_TMR || msr >= X2_IRR)
		return msr == X2_EOI || msr == X2_SELF_IPI ? SX_GP : SX_VE;
	return SX_RESUME;	/* TMR: nothing is level-triggered */
}

enum sx_verdict sx_guest_write_cr8(struct sx_vp *vp, u64 value)
{
	if (value > 15)
		return SX_GP;
	vp->g.tpr = (u8)(value << 4);
	return SX_RESUME;
}

u64 sx_guest_read_cr8(const struct sx_vp *vp)
{
	return vp->g.tpr >> 4;
}

static enum sx_verdict x2apic_wr(struct sx_vp *vp, u32 msr, u64 value)
{
	switch (msr) {
	case X2_TPR:
		if (value > 255)
			return SX_GP;
		vp->g.tpr = (u8)value;
		return SX_RESUME;
	case X2_EOI:
		if (value)
			return SX_GP;
		end_of_interrupt(vp);
		return SX_RESUME;
	case X2_SELF_IPI:
		/* Vectors below 16 are illegal. */
		if (value > 255 || value < 16)
			return SX_GP;
		sx_vapic_post(vp, (u32)value / 64, 1ULL << (value & 63));
		return SX_RESUME;
	case X2_ID: case X2_PPR:
		return SX_GP;
	}
	return msr >= X2_ISR && msr <= X2_IRR_LAST ? SX_GP : SX_VE;
}

enum sx_verdict sx_guest_rdmsr(struct sx_vp *vp, const struct sx_msr_state *s, u32 msr, u64 *value)
{
	*value = 0;
	if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
		return x2apic_rd(vp, msr, value);
	if (msr >= MSR_VMX_FIRST && msr <= MSR_VMX_LAST)
		return SX_GP;
	switch (msr) {
	case MSR_TSC:
		*value = s->tsc;
		return SX_RESUME;
	case MSR_APIC_BASE:
		/* Enabled, x2APIC; the first vCPU is the boot processor. */
		*value = 0xfee00c00ULL | (vp->index ? 0 : 0x100);
		return SX_RESUME;
	case MSR_MISC_ENABLE:
		/* Fast strings; neither branch trace nor PEBS. */
		*value = 1 | 1u << 11 | 1u << 12;
		return SX_RESUME;
	case MSR_DEBUGCTL:
		*value = s->debugctl;
		return SX_RESUME;
	case MSR_PAT:
		*value = s->pat;
		return SX_RESUME;
	case MSR_XSS:
		return SX_RESUME;	/* no supervisor state in any XFAM taken here */
	case MSR_EFER:
		*value = s->efer & ~EFER_SVME;
		return SX_RESUME;
	case MSR_TSC_AUX:
		return SX_GP;		/* CPUID has no RDTSCP */
	}
	return SX_VE;
}

static bool pat_valid(u64 pat)
{
	unsigned int i, type;

	for (i = 0; i < 8; i++) {
		type = (pat >> 8 * i) & 255;
		if (type == 2 || type == 3 || type > 7)
			return false;
	}
	return true;
}

static enum sx_verdict write_efer(struct sx_msr_state *s, u64 value)
{
	const u64 fixed = EFER_LME | EFER_NXE;

	if (value & ~(fixed | EFER_SCE | EFER_LMA) || (value & fixed) != fixed)
		return SX_GP;
	s->efer = (s->efer & (EFER_SVME | EFER_LMA)) | fixed | (value & EFER_SCE);
	return SX_RESUME;
}

enum sx_verdict sx_guest_wrmsr(struct sx_vp *vp, struct sx_msr_state *s, u32 msr, u64 value)
{
	if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
		return x2apic_wr(vp, msr, value);
	if (msr >= MSR_VMX_FIRST && msr <= MSR_VMX_LAST)
		return SX_GP;
	switch (msr) {
	case MSR_EFER:
		return write_efer(s, value);
	case MSR_PAT:
		if (!pat_valid(value))
			return SX_GP;
		s->pat = value;
		return SX_RESUME;
	case MSR_DEBUGCTL:
		/* LBR, BTF: no more. */
		if (value & ~3ULL)
			return SX_GP;
		s->debugctl = value;
		return SX_RESUME;
	case MSR_XSS:
		return value ? SX_GP : SX_RESUME;
	case MSR_TSC_AUX:
		return SX_GP;
	}
	return SX_VE;
}
