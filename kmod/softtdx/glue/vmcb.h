/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMCB as the AMD64 manual lays it out (volume 2, appendix B), only the fields that softtdx
 * uses. Written out here because the kernel's own names for them change between versions.
 */
#ifndef SOFTTDX_VMCB_H
#define SOFTTDX_VMCB_H

#include <linux/build_bug.h>
#include <linux/types.h>

struct soft_seg {
	u16 selector;
	u16 attrib;
	u32 limit;
	u64 base;
};

struct soft_vmcb {
	u32 icpt_cr, icpt_dr, icpt_exc;		/* 000h */
	u32 icpt_3, icpt_4, icpt_5;		/* 00Ch */
	u8 pad_018[0x40 - 0x18];
	u64 iopm_pa, msrpm_pa, tsc_offset;	/* 040h */
	u32 asid;				/* 058h */
	u8 tlb_ctl, pad_05d[3];
	u64 int_ctl, int_shadow;		/* 060h, 068h */
	u64 exit_code, exit_info1, exit_info2;	/* 070h */
	u64 exit_int_info;
	u64 np_enable;				/* 090h */
	u8 pad_098[0xa8 - 0x98];
	u64 event_inj;				/* 0A8h */
	u64 ncr3;				/* 0B0h */
	u64 misc2;
	u32 clean, pad_0c4;			/* 0C0h */
	u64 nrip;				/* 0C8h */
	u8 pad_0d0[0x400 - 0xd0];
	struct soft_seg es, cs, ss, ds, fs, gs;	/* 400h: save area */
	struct soft_seg gdtr, ldtr, idtr, tr;
	u8 pad_4a0[0x4cb - 0x4a0];
	u8 cpl;					/* 4CBh */
	u32 pad_4cc;
	u64 efer;				/* 4D0h */
	u8 pad_4d8[0x548 - 0x4d8];
	u64 cr4, cr3, cr0, dr7, dr6;		/* 548h */
	u64 rflags, rip;			/* 570h */
	u8 pad_580[0x5d8 - 0x580];
	u64 rsp;				/* 5D8h */
	u8 pad_5e0[0x5f8 - 0x5e0];
	u64 rax;				/* 5F8h */
	u8 pad_600[0x668 - 0x600];
	u64 g_pat;				/* 668h */
	u64 debugctl;				/* 670h */
	u8 pad_678[0x1000 - 0x678];
} __packed;

static_assert(offsetof(struct soft_vmcb, ncr3) == 0xb0);
static_assert(offsetof(struct soft_vmcb, cpl) == 0x4cb);
static_assert(offsetof(struct soft_vmcb, cr4) == 0x548);
static_assert(offsetof(struct soft_vmcb, rip) == 0x578);
static_assert(offsetof(struct soft_vmcb, rax) == 0x5f8);
static_assert(offsetof(struct soft_vmcb, g_pat) == 0x668);
static_assert(sizeof(struct soft_vmcb) == 0x1000);

/* Of icpt_cr: writes are the upper half. */
#define ICPT_CR4_WRITE	BIT(16 + 4)
#define ICPT_CR8_WRITE	BIT(16 + 8)

/* Intercept bits, word 3 (00Ch) and word 4 (010h). */
#define ICPT3_INTR	BIT(0)
#define ICPT3_NMI	BIT(1)
#define ICPT3_SMI	BIT(2)
#define ICPT3_INIT	BIT(3)
#define ICPT3_CR0_SEL	BIT(5)		/* a write that changes more than TS and MP */
#define ICPT3_CPUID	BIT(18)
#define ICPT3_IRET	BIT(20)
#define ICPT3_INVD	BIT(22)
#define ICPT3_HLT	BIT(24)
#define ICPT3_INVLPGA	BIT(26)
#define ICPT3_IOIO	BIT(27)
#define ICPT3_MSR	BIT(28)
#define ICPT3_SHUTDOWN	BIT(31)
#define ICPT4_VMRUN	BIT(0)
#define ICPT4_VMMCALL	BIT(1)
#define ICPT4_VMLOAD	BIT(2)
#define ICPT4_VMSAVE	BIT(3)
#define ICPT4_STGI	BIT(4)
#define ICPT4_CLGI	BIT(5)
#define ICPT4_SKINIT	BIT(6)
#define ICPT4_WBINVD	BIT(9)
#define ICPT4_MONITOR	BIT(10)
#define ICPT4_MWAIT	BIT(11)
#define ICPT4_XSETBV	BIT(13)

#define INT_CTL_V_IRQ		BIT(8)
#define INT_CTL_V_PRIO_MASK	GENMASK(19, 16)
#define INT_CTL_V_IGN_TPR	BIT(20)
#define INT_CTL_V_INTR_MASKING	BIT(24)
#define INT_CTL_V_VECTOR_SHIFT	32

/* EVENTINJ and EXITINTINFO. */
#define EVENT_TYPE_MASK		GENMASK(10, 8)
#define EVENT_TYPE_NMI		(2 << 8)
#define EVENT_TYPE_EXCEPTION	(3 << 8)
#define EVENT_TYPE_SOFT		(4 << 8)
#define EVENT_ERROR		BIT(11)
#define EVENT_VALID		BIT(31)

#define TLB_CTL_FLUSH_ALL	1

#define VMEXIT_CR4_WRITE 0x14
#define VMEXIT_CR8_WRITE 0x18
#define VMEXIT_EXC_UD	0x46
#define VMEXIT_INTR	0x60
#define VMEXIT_NMI	0x61
#define VMEXIT_SMI	0x62
#define VMEXIT_INIT	0x63
#define VMEXIT_CR0_SEL	0x65
#define VMEXIT_CPUID	0x72
#define VMEXIT_IRET	0x74
#define VMEXIT_INVD	0x76
#define VMEXIT_HLT	0x78
#define VMEXIT_INVLPGA	0x7a
#define VMEXIT_IOIO	0x7b
#define VMEXIT_MSR	0x7c
#define VMEXIT_SHUTDOWN	0x7f
#define VMEXIT_VMRUN	0x80
#define VMEXIT_VMMCALL	0x81
#define VMEXIT_VMLOAD	0x82
#define VMEXIT_SKINIT	0x86
#define VMEXIT_WBINVD	0x89
#define VMEXIT_MONITOR	0x8a
#define VMEXIT_MWAIT	0x8b
#define VMEXIT_XSETBV	0x8d
#define VMEXIT_NPF	0x400

#endif
