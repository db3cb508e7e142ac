/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * softtdx core, the guest's side: what the TDX module does for a TD guest without leaving it.
 * TDCALL leaves but VMCALL and ACCEPT (core.h), the #VE information area, CPUID and MSR
 * virtualisation, the virtual x2APIC, and the guest's page tables, which TDCALL's decoding needs.
 *
 * Whoever runs the guest calls these for the vCPU that it runs, between sx_vp_enter() and
 * sx_vp_exit(), from the one CPU that runs it; nothing here waits or allocates. A vCPU's state
 * needs no lock for that reason; a TD's is atomic.
 */
#ifndef SOFTTDX_CORE_TDG_H
#define SOFTTDX_CORE_TDG_H

#include "core.h"

/* TDCALL leaf numbers (TDG.*). */
enum sx_tdg_leaf {
	SX_TDG_VP_VMCALL = 0,
	SX_TDG_VP_INFO = 1,
	SX_TDG_MR_RTMR_EXTEND = 2,
	SX_TDG_VP_VEINFO_GET = 3,
	SX_TDG_MR_REPORT = 4,
	SX_TDG_MEM_PAGE_ACCEPT = 6,
	SX_TDG_VM_RD = 7,
	SX_TDG_VM_WR = 8,
};

/* What becomes of an instruction of the guest. */
enum sx_verdict {
	SX_RESUME,	/* done: the guest goes on behind it */
	SX_VE,		/* #VE, its information area filled */
	SX_DF,		/* #DF: a #VE found the area in use */
	SX_GP,		/* #GP(0) */
	SX_UD,		/* #UD */
};

/* The #VE information area, as VEINFO.GET returns it. Reasons are VMX exit reasons. */
struct sx_ve_info {
	u32 reason, len;
	u64 qual, gla, gpa;
};

/* #VE, or #DF if the guest has not fetched the information of the one before. */
enum sx_verdict sx_ve(struct sx_vp *vp, const struct sx_ve_info *info);

struct sx_tdg_regs {
	u64 rax, rcx, rdx, r8, r9, r10, r11;
};

/* A TDCALL but VMCALL and ACCEPT, by the leaf in RAX; RAX is then its status. */
void sx_tdg_call(struct sx_vp *vp, struct sx_tdg_regs *r);

/* What the guest's addresses go through. */
struct sx_paging {
	u64 cr0, cr3, efer;
	bool la57;
};

#define SX_TDCALL_LEN	4

/*
 * Guest physical address of @linear: false if the guest's tables, all of which must be private and
 * accepted, do not say. 4-level long mode, or paging off.
 */
bool sx_guest_translate(struct sx_vp *vp, const struct sx_paging *p, u64 linear, u64 *gpa);

/* Are the bytes at @linear TDCALL? For whoever gets a #UD where the processor has no TDCALL. */
bool sx_guest_is_tdcall(struct sx_vp *vp, const struct sx_paging *p, u64 linear);

/*
 * The processor's own CPUID, of which the guest's is made: @out is EAX, EBX, ECX, EDX. Set before
 * the first TD; without it every feature is 0.
 */
void sx_set_native_cpuid(struct sx_sys *sys, void (*cpuid)(u32 leaf, u32 sub, u32 out[4]));

/* Registers that CPUID's values depend on. */
struct sx_cpuid_state {
	u64 cr4, xcr0;
};

#define SX_NO_SUBLEAF	(~0u)
/*
 * CPUID as the host reads it of a TD: what is a vCPU's own is 0 in it. False for a leaf that is a
 * #VE in the guest, and for a sub-leaf (or SX_NO_SUBLEAF) that the leaf has not.
 */
bool sx_td_cpuid(struct sx_td *td, u32 leaf, u32 sub, u32 out[4]);

/* CPUID in the guest: SX_RESUME with @out, or SX_VE: the caller makes the #VE. */
enum sx_verdict sx_guest_cpuid(struct sx_vp *vp, const struct sx_cpuid_state *s, u32 leaf, u32 sub,
			       u32 out[4]);

/* Registers of the guest that are MSRs too and that whoever runs it keeps. */
struct sx_msr_state {
	u64 efer, pat, debugctl, tsc;
};

/* MSRs that the guest has to itself: never intercepted on TDX. Ends with 0. */
extern const u32 sx_msr_passed[];

/* RDMSR and WRMSR of any other: SX_RESUME with the value, SX_GP, or SX_VE: the caller makes it. */
enum sx_verdict sx_guest_rdmsr(struct sx_vp *vp, const struct sx_msr_state *s, u32 msr, u64 *value);
enum sx_verdict sx_guest_wrmsr(struct sx_vp *vp, struct sx_msr_state *s, u32 msr, u64 value);

/* XSETBV: SX_RESUME if @value is one that the TD's XFAM allows, else SX_GP. */
enum sx_verdict sx_guest_xsetbv(struct sx_vp *vp, u32 index, u64 value);
u64 sx_td_xfam(struct sx_td *td);	/* of MNG.INIT's TD_PARAMS */

/*
 * The virtual APIC. Physical address of the posted-interrupt descriptor, 0 if there is none;
 * vectors come from there by sx_vapic_post(), 64 of them from 64 * @word.
 */
u64 sx_vp_pi_desc(struct sx_vp *vp);
void sx_vapic_post(struct sx_vp *vp, unsigned int word, u64 vectors);
/* The vector to deliver next, 0 if none is above PPR; and that it has been delivered. */
unsigned int sx_vapic_next(struct sx_vp *vp);
void sx_vapic_taken(struct sx_vp *vp, unsigned int vector);
/* At a TD exit: VCPU_STATE_DETAILS says whether an interrupt is pending. */
void sx_vapic_exit(struct sx_vp *vp);
/* PEND_NMI, which is then clear. */
bool sx_vp_take_nmi(struct sx_vp *vp);

#endif
