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
	SX_TDG_VP_CPUIDVE_SET = 5,
	SX_TDG_MEM_PAGE_ACCEPT = 6,
	SX_TDG_VM_RD = 7,
	SX_TDG_VM_WR = 8,
	SX_TDG_VP_RD = 9,
	SX_TDG_VP_WR = 10,
	SX_TDG_SYS_RD = 11,
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

/*
 * Is the guest told of an EPT violation at @gpa by a #VE, and not the host by an exit? Of shared
 * memory if the host has marked the entry as MMIO's; of private memory if the page is PENDING,
 * unless ATTRIBUTES has SEPT_VE_DISABLE. The host's tables are read as the processor would read
 * them: it frees none before every vCPU inside has answered its flush, and this one does not until
 * it leaves.
 * *@seen is the state of the private entry that it was decided by (SX_FREE: shared memory). An exit
 * must be reported by that: a second look may find that another vCPU's host has added the page.
 */
bool sx_violation_is_ve(struct sx_vp *vp, u64 gpa, enum sx_state *seen);

struct sx_tdg_regs {
	u64 rax, rcx, rdx, r8, r9, r10, r11;
};

/* A TDCALL but VMCALL and ACCEPT, by the leaf in RAX; RAX is then its status. */
void sx_tdg_call(struct sx_vp *vp, struct sx_tdg_regs *r);

/* What the guest's addresses go through. */
struct sx_paging {
	u64 cr0, cr3, cr4, efer;
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
	u8 cpl;
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

/*
 * MOV to CR0 and CR4: SX_RESUME if the TD may have the value, of CR0 *@value then being what the
 * register becomes; SX_GP; or SX_VE: the caller makes it. @p is as it is now, @cs_l: 64-bit code.
 */
enum sx_verdict sx_guest_write_cr0(const struct sx_paging *p, bool cs_l, u64 *value);
enum sx_verdict sx_guest_write_cr4(const struct sx_paging *p, u64 value);

/* CR8 is bits 7:4 of the virtual APIC's TPR. */
enum sx_verdict sx_guest_write_cr8(struct sx_vp *vp, u64 value);
u64 sx_guest_read_cr8(const struct sx_vp *vp);

/*
 * The instruction at @linear that writes a control register: MOV, or LMSW of a register (@cr is 0).
 * False if it is none of these.
 */
struct sx_cr_write {
	bool lmsw;
	u8 cr, gpr, len;	/* @gpr numbered as in ModRM and REX */
};
bool sx_guest_cr_write(struct sx_vp *vp, const struct sx_paging *p, u64 linear, bool cs_l,
		       struct sx_cr_write *w);

/* XSETBV: SX_RESUME if @value is one that the TD's XFAM allows, else SX_GP. */
enum sx_verdict sx_guest_xsetbv(struct sx_vp *vp, u32 index, u64 value);
/*
 * A TD's measurement registers, SHA-384: 0 is MRTD, 1 to 4 are the RTMRs. False before MR.FINALIZE,
 * or if there is no such register.
 */
#define SX_MR_SIZE	48
bool sx_td_register(struct sx_td *td, unsigned int i, u8 out[SX_MR_SIZE]);

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
/* PEND_NMI, which is then clear; false while the guest has not fetched a #VE's information. */
bool sx_vp_take_nmi(struct sx_vp *vp);

#endif
