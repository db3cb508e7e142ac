// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole guest over SVM: #VMEXITs that the TDX module ends without the host, by the rules of
 * core/tdg.h. A vCPU runs through here from the first exit on that no payload has; until then the
 * way in is soft_vmrun() alone, and what a payload costs is what it did before there were guests.
 *
 * Everything here is between VMRUNs of one VP.ENTER, with GIF clear: no interrupt of the host comes
 * between, and one that waits ends the next VMRUN at once.
 */
#include <asm/cpuid/api.h>
#include <asm/fpu/xcr.h>
#include <asm/posted_intr.h>
#include <asm/svm.h>
#include <asm/vmx.h>
#include "vmx/tdx.h"
#include "vmx/vmx.h"
#include "guest.h"

static void soft_inject(struct soft_vp *s, u8 vector, bool has_error)
{
	s->vmcb->event_inj = vector | EVENT_TYPE_EXCEPTION | EVENT_VALID |
			     (has_error ? EVENT_ERROR : 0);
}

static void soft_skip(struct soft_vp *s, unsigned int len)
{
	s->vmcb->rip += len;
	s->vmcb->int_shadow = 0;
}

static void soft_end_instruction(struct soft_vp *s, enum sx_verdict v, unsigned int len)
{
	switch (v) {
	case SX_RESUME:
		soft_skip(s, len);
		break;
	case SX_VE:
		soft_inject(s, X86_TRAP_VE, false);
		break;
	case SX_DF:
		soft_inject(s, X86_TRAP_DF, true);
		break;
	case SX_GP:
		soft_inject(s, X86_TRAP_GP, true);
		break;
	case SX_UD:
		soft_inject(s, X86_TRAP_UD, false);
		break;
	}
}

static void soft_ve(struct soft_vp *s, const struct sx_ve_info *ve)
{
	soft_count(s->td, SOFT_VE, 1);
	soft_end_instruction(s, sx_ve(s->vp, ve), 0);
}

static void soft_ve_instruction(struct soft_vp *s, u32 reason, u64 qual, u32 len)
{
	soft_ve(s, &(struct sx_ve_info) { .reason = reason, .qual = qual, .len = len });
}

/* --- instructions --- */

static struct sx_paging soft_paging(const struct soft_vmcb *v)
{
	return (struct sx_paging) { .cr0 = v->cr0, .cr3 = v->cr3, .cr4 = v->cr4, .efer = v->efer,
				    .la57 = v->cr4 & X86_CR4_LA57 };
}

static void soft_tdcall_leaf(struct soft_vp *s)
{
	struct sx_tdg_regs r = {
		.rax = s->vmcb->rax, .rcx = s->regs.rcx, .rdx = s->regs.rdx, .r8 = s->regs.r8,
		.r9 = s->regs.r9, .r10 = s->regs.r10, .r11 = s->regs.r11,
	};

	s->guest->hashed = r.rax == SX_TDG_MR_REPORT;
	sx_tdg_call(s->vp, &r);
	s->vmcb->rax = r.rax;
	s->regs.rcx = r.rcx;
	s->regs.rdx = r.rdx;
	s->regs.r8 = r.r8;
	s->regs.r9 = r.r9;
	s->regs.r10 = r.r10;
	s->regs.r11 = r.r11;
}

/* False: the caller of VP.ENTER goes on with it, as with a payload's call. */
static bool soft_tdcall(struct soft_vp *s, unsigned int len)
{
	soft_count(s->td, SOFT_TDCALL, 1);
	if (s->vmcb->rax == SX_TDG_VP_VMCALL || s->vmcb->rax == SX_TDG_MEM_PAGE_ACCEPT) {
		s->vmcb->exit_code = VMEXIT_VMMCALL;
		s->guest->tdcall_at = len > VMMCALL_LEN ? s->vmcb->rip + 1 : 0;
		return false;
	}
	soft_tdcall_leaf(s);
	soft_skip(s, len);
	return true;
}

/* TDCALL is #UD here. So is UD2, which the guest must get. */
static bool soft_exit_ud(struct soft_vp *s)
{
	struct soft_vmcb *v = s->vmcb;
	struct sx_paging p = soft_paging(v);

	if (!sx_guest_is_tdcall(s->vp, &p, v->cs.base + v->rip)) {
		soft_inject(s, X86_TRAP_UD, false);
		return true;
	}
	/* The module is called from 64-bit mode, and by the kernel. */
	if (!(v->efer & EFER_LMA) || v->cpl) {
		soft_inject(s, X86_TRAP_GP, true);
		return true;
	}
	return soft_tdcall(s, SX_TDCALL_LEN);
}

static void soft_exit_cpuid(struct soft_vp *s)
{
	struct sx_cpuid_state state = { .cr4 = s->vmcb->cr4, .xcr0 = s->guest->xcr0,
					.cpl = s->vmcb->cpl };
	u32 out[4];

	if (sx_guest_cpuid(s->vp, &state, s->vmcb->rax, s->regs.rcx, out) == SX_VE) {
		soft_ve_instruction(s, EXIT_REASON_CPUID, 0, 2);
		return;
	}
	s->vmcb->rax = out[0];
	s->regs.rbx = out[1];
	s->regs.rcx = out[2];
	s->regs.rdx = out[3];
	soft_skip(s, 2);
}

static void soft_exit_msr(struct soft_vp *s)
{
	struct soft_vmcb *v = s->vmcb;
	struct sx_msr_state m = { .efer = v->efer, .pat = v->g_pat, .debugctl = v->debugctl,
				  .tsc = rdtsc() };
	bool write = v->exit_info1;
	u64 value = (u32)v->rax | s->regs.rdx << 32;
	enum sx_verdict r;

	if (write)
		r = sx_guest_wrmsr(s->vp, &m, s->regs.rcx, value);
	else
		r = sx_guest_rdmsr(s->vp, &m, s->regs.rcx, &value);
	if (r == SX_VE) {
		soft_ve_instruction(s, write ? EXIT_REASON_MSR_WRITE : EXIT_REASON_MSR_READ, 0, 2);
		return;
	}
	if (r == SX_RESUME && write) {
		v->efer = m.efer;
		v->g_pat = m.pat;
		v->debugctl = m.debugctl;
	} else if (r == SX_RESUME) {
		v->rax = (u32)value;
		s->regs.rdx = value >> 32;
	}
	soft_end_instruction(s, r, 2);
}

/* SVM's description of an I/O instruction as VMX's qualification. */
static void soft_exit_io(struct soft_vp *s)
{
	u32 i = s->vmcb->exit_info1, size = (i >> 4) & 7;	/* one of 1, 2, 4 */
	u64 qual = (size - 1) | (i & 1 ? BIT(3) : 0) | (i & 4 ? BIT(4) : 0) | (i & 8 ? BIT(5) : 0) |
		   (i & 0xffff0000);

	/* The second word is the next instruction's address. */
	soft_ve_instruction(s, EXIT_REASON_IO_INSTRUCTION, qual,
			    (u32)(s->vmcb->exit_info2 - s->vmcb->rip));
}

/* CS.L of a code segment, as the VMCB packs attributes. */
static bool soft_in_64bit(const struct soft_vmcb *v)
{
	return v->efer & EFER_LMA && v->cs.attrib & BIT(9);
}

static u64 soft_gpr(const struct soft_vp *s, unsigned int nr)
{
	const u64 *gpr[16] = {
		&s->vmcb->rax, &s->regs.rcx, &s->regs.rdx, &s->regs.rbx, &s->vmcb->rsp,
		&s->regs.rbp, &s->regs.rsi, &s->regs.rdi, &s->regs.r8, &s->regs.r9, &s->regs.r10,
		&s->regs.r11, &s->regs.r12, &s->regs.r13, &s->regs.r14, &s->regs.r15,
	};

	return soft_in_64bit(s->vmcb) ? *gpr[nr & 15] : (u32)*gpr[nr & 15];
}

/* As the processor sets it: long mode is active while there is paging. */
static void soft_set_cr0(struct soft_vmcb *v, u64 cr0)
{
	v->cr0 = cr0;
	v->efer &= ~EFER_LMA;
	if (cr0 & X86_CR0_PG && v->efer & EFER_LME)
		v->efer |= EFER_LMA;
}

/* VMX' qualification: register, kind of access, general register, LMSW's data. */
static u64 soft_cr_qualification(const struct sx_cr_write *w, u64 value)
{
	return w->lmsw ? 3 << 4 | (value & 0xffff) << 16 : w->cr | w->gpr << 8;
}

/* SVM tells neither register nor length: the instruction is read. */
static void soft_exit_cr(struct soft_vp *s)
{
	struct soft_vmcb *v = s->vmcb;
	struct sx_paging p = soft_paging(v);
	struct sx_cr_write w;
	enum sx_verdict r;
	u64 value, given;

	if (!sx_guest_cr_write(s->vp, &p, v->cs.base + v->rip, soft_in_64bit(v), &w)) {
		soft_inject(s, X86_TRAP_UD, false);
		return;
	}
	given = value = soft_gpr(s, w.gpr);
	if (w.cr == 8) {
		soft_end_instruction(s, sx_guest_write_cr8(s->vp, value), w.len);
		return;
	}
	/* LMSW sets MP, EM and TS, and cannot clear PE. */
	if (w.lmsw)
		value = (v->cr0 & ~0xeULL) | (value & 0xe);
	r = w.cr ? sx_guest_write_cr4(&p, value) :
		   sx_guest_write_cr0(&p, soft_in_64bit(v), &value);
	if (r == SX_VE) {
		soft_ve_instruction(s, EXIT_REASON_CR_ACCESS, soft_cr_qualification(&w, given),
				    w.len);
		return;
	}
	if (r == SX_RESUME && w.cr)
		v->cr4 = value;
	else if (r == SX_RESUME)
		soft_set_cr0(v, value);
	v->tlb_ctl = TLB_CTL_FLUSH_ALL;
	soft_end_instruction(s, r, w.len);
}

static void soft_exit_xsetbv(struct soft_vp *s)
{
	u64 value = (u32)s->vmcb->rax | s->regs.rdx << 32;
	enum sx_verdict v = s->vmcb->cpl ? SX_GP : sx_guest_xsetbv(s->vp, s->regs.rcx, value);

	if (v == SX_RESUME)
		s->guest->xcr0 = value;
	soft_end_instruction(s, v, 3);
}

/* --- memory --- */

/*
 * SVM does not tell the linear address. Linux asks of it only whether it is the kernel's, and one
 * of its direct map is; docs/softtdx.md.
 */
static bool soft_exit_npf(struct soft_vp *s)
{
	u64 gpa = s->vmcb->exit_info2, err = s->vmcb->exit_info1;
	bool ve = sx_violation_is_ve(s->vp, gpa, &s->guest->seen);
	struct sx_ve_info info = {
		.reason = EXIT_REASON_EPT_VIOLATION, .gpa = gpa,
		.gla = PAGE_OFFSET + (gpa & ~SHARED_GPA),
		.qual = (err & PFERR_FETCH_MASK ? EPT_VIOLATION_ACC_INSTR :
			 err & PFERR_WRITE_MASK ? EPT_VIOLATION_ACC_WRITE :
						  EPT_VIOLATION_ACC_READ) |
			EPT_VIOLATION_GVA_IS_VALID,
	};

	if (ve)
		soft_ve(s, &info);
	else
		soft_violation_seen();
	return ve;
}

/* True: the guest goes on. False: an exit that the host has a part in. */
static bool soft_guest_exit(struct soft_vp *s)
{
	switch (s->vmcb->exit_code) {
	case VMEXIT_EXC_UD:
		return soft_exit_ud(s);
	case VMEXIT_VMMCALL:
		return soft_tdcall(s, VMMCALL_LEN);
	case VMEXIT_CPUID:
		soft_exit_cpuid(s);
		return true;
	case VMEXIT_MSR:
		soft_exit_msr(s);
		return true;
	case VMEXIT_IOIO:
		soft_exit_io(s);
		return true;
	case VMEXIT_XSETBV:
		soft_exit_xsetbv(s);
		return true;
	case VMEXIT_CR0_SEL:
	case VMEXIT_CR4_WRITE:
	case VMEXIT_CR8_WRITE:
		soft_exit_cr(s);
		return true;
	case VMEXIT_HLT:
		soft_ve_instruction(s, EXIT_REASON_HLT, 0, 1);
		return true;
	case VMEXIT_WBINVD:
		soft_ve_instruction(s, EXIT_REASON_WBINVD, 0, 2);
		return true;
	case VMEXIT_INVD:
		soft_ve_instruction(s, EXIT_REASON_INVD, 0, 2);
		return true;
	case VMEXIT_IRET:
		s->guest->in_nmi = false;
		s->vmcb->icpt_3 &= ~ICPT3_IRET;
		return true;
	case VMEXIT_NPF:
		return soft_exit_npf(s);
	/* CPUID has neither SVM nor MONITOR. */
	case VMEXIT_MONITOR:
	case VMEXIT_MWAIT:
	case VMEXIT_INVLPGA:
	case VMEXIT_VMRUN:
	case VMEXIT_VMLOAD ... VMEXIT_SKINIT:
		soft_inject(s, X86_TRAP_UD, false);
		return true;
	}
	return false;
}

/* --- interrupts --- */

/* What KVM has posted since. */
static void soft_sync_posted(struct soft_vp *s)
{
	u64 pa = sx_vp_pi_desc(s->vp);
	struct pi_desc *pi = pa ? __va(pa) : NULL;
	int i;

	if (!pi || !pi_test_on(pi))
		return;
	pi_clear_on(pi);
	smp_mb__after_atomic();
	for (i = 0; i < 4; i++)
		if (READ_ONCE(pi->pir[i]))
			sx_vapic_post(s->vp, i, xchg(&pi->pir[i], 0));
}

static void soft_offer(struct soft_vp *s)
{
	struct soft_vmcb *v = s->vmcb;
	unsigned int vector = sx_vapic_next(s->vp);

	s->guest->offered = vector;
	/* CR8, which the guest reads without an exit; the module's own TPR decides. */
	v->int_ctl = INT_CTL_V_INTR_MASKING | sx_guest_read_cr8(s->vp);
	if (vector)
		v->int_ctl |= INT_CTL_V_IRQ | INT_CTL_V_IGN_TPR | INT_CTL_V_PRIO_MASK |
			      (u64)vector << INT_CTL_V_VECTOR_SHIFT;
	if (!(v->event_inj & EVENT_VALID) && !s->guest->in_nmi && sx_vp_take_nmi(s->vp)) {
		s->guest->in_nmi = true;
		v->icpt_3 |= ICPT3_IRET;
		v->event_inj = NMI_VECTOR | EVENT_TYPE_NMI | EVENT_VALID;
	}
}

/* What the instruction does again when it is executed again: INT n, INT3, INTO. */
static bool soft_is_software(u64 event)
{
	return (event & EVENT_TYPE_MASK) == EVENT_TYPE_SOFT ||
	       ((event & EVENT_TYPE_MASK) == EVENT_TYPE_EXCEPTION &&
		((event & 255) == X86_TRAP_BP || (event & 255) == X86_TRAP_OF));
}

/* What was offered is taken, or not; an event whose delivery met an exit is delivered anew. */
static void soft_taken(struct soft_vp *s)
{
	struct soft_vmcb *v = s->vmcb;
	u64 event = v->exit_int_info;

	if (s->guest->offered && !(v->int_ctl & INT_CTL_V_IRQ)) {
		sx_vapic_taken(s->vp, s->guest->offered);
		soft_count(s->td, SOFT_IRQ, 1);
	}
	v->event_inj = event & EVENT_VALID && !soft_is_software(event) ? event : 0;
}

/* --- x87, SSE, AVX --- */

static u64 soft_fpu_mask(const struct soft_vp *s)
{
	return sx_td_xfam(sx_vp_td(s->vp)) & kvm_host.xcr0;
}

static void soft_fpu_load(struct soft_vp *s)
{
	u64 mask = soft_fpu_mask(s);

	if (!kvm_host.xcr0) {
		asm volatile("fxrstor64 %0" : : "m"(s->guest->fpu));
		return;
	}
	asm volatile("xrstor64 %0" : : "m"(s->guest->fpu), "a"((u32)mask), "d"((u32)(mask >> 32)));
	if (s->guest->xcr0 != kvm_host.xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, s->guest->xcr0);
}

static void soft_fpu_save(struct soft_vp *s)
{
	u64 mask = soft_fpu_mask(s);

	if (!kvm_host.xcr0) {
		asm volatile("fxsave64 %0" : "=m"(s->guest->fpu));
		return;
	}
	/* QEMU up to 7.2 does not intercept XSETBV: what the guest has set shows here alone. */
	s->guest->xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (s->guest->xcr0 != kvm_host.xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, kvm_host.xcr0);
	asm volatile("xsave64 %0" : "+m"(s->guest->fpu)
		     : "a"((u32)mask), "d"((u32)(mask >> 32)));
}

/* --- the run --- */

/* TDCALL is a byte longer than what the caller has taken it for. */
static void soft_end_tdcall(struct soft_vp *s)
{
	u64 at = s->guest->tdcall_at;

	s->guest->tdcall_at = 0;
	if (at && s->vmcb->rip == at - 1 + VMMCALL_LEN)
		soft_skip(s, SX_TDCALL_LEN - VMMCALL_LEN);
}

/* In place of soft_vmrun(): returns with an exit that the host has a part in. */
static void soft_run_guest(u64 vmcb_pa, struct soft_regs *regs, u64 host_vmcb_pa)
{
	struct soft_vp *s = container_of(regs, struct soft_vp, regs);
	u64 begun = soft_begin(), inside;

	soft_end_tdcall(s);
	soft_sync_posted(s);
	do {
		soft_offer(s);
		soft_fpu_load(s);
		soft_end_after(begun, SOFT_OUTSIDE_RUN, SOFT_LONGEST,
			       soft_long_stretch(n, s->guest->hashed ? SOFT_LONGEST_HASH : 0));
		s->guest->hashed = false;
		inside = soft_begin();
		soft_vmrun(vmcb_pa, regs, host_vmcb_pa);
		begun = soft_begin();
		soft_count(s->td, SOFT_GUEST_TICKS, max_t(s64, begun - inside, 0));
		soft_fpu_save(s);
		soft_taken(s);
		s->vmcb->tlb_ctl = 0;
	} while (soft_guest_exit(s));
	sx_vapic_exit(s->vp);
	/* The caller books a vmrun.S that was not executed there: more than lies outside here. */
	soft_end(begun, 0);
}

bool soft_guest_begins(struct soft_vp *s)
{
	switch (s->vmcb->exit_code) {
	case VMEXIT_EXC_UD:
	case VMEXIT_CPUID:
	case VMEXIT_MSR:
	case VMEXIT_IOIO:
	case VMEXIT_HLT:
	case VMEXIT_INVD:
	case VMEXIT_INVLPGA:
	case VMEXIT_VMRUN:
	case VMEXIT_VMLOAD ... VMEXIT_XSETBV:
		s->run = soft_run_guest;
		s->vmcb->icpt_3 |= ICPT3_CR0_SEL;
		s->vmcb->icpt_cr |= ICPT_CR4_WRITE | ICPT_CR8_WRITE;
		return true;
	}
	return false;
}

static void soft_native_cpuid(u32 leaf, u32 sub, u32 out[4])
{
	cpuid_count(leaf, sub, &out[0], &out[1], &out[2], &out[3]);
}

/* Before there is any vCPU: KVM_TDX_GET_CPUID asks before KVM_TDX_INIT_VCPU. */
void soft_guest_init(void)
{
	sx_set_native_cpuid(soft_sys, soft_native_cpuid);
}

int soft_guest_alloc(struct soft_vp *s)
{
	struct soft_guest *g = (void *)get_zeroed_page(GFP_ATOMIC | __GFP_ACCOUNT);

	if (!g)
		return -ENOMEM;
	g->xcr0 = 1;
	g->fpu[0] = 0x7f;	/* FCW 037f */
	g->fpu[1] = 0x03;
	g->fpu[24] = 0x80;	/* MXCSR 1f80 */
	g->fpu[25] = 0x1f;
	g->fpu[512] = 3;	/* XSTATE_BV: those two are there to be read */
	s->guest = g;
	s->run = soft_vmrun;
	return 0;
}

void soft_guest_free(struct soft_vp *s)
{
	free_page((unsigned long)s->guest);
}

void soft_guest_open_msrs(u8 *map)
{
	unsigned int i, n;

	/* Two bits an MSR; the second 2K are those from c0000000 on. */
	for (i = 0; sx_msr_passed[i]; i++) {
		n = (sx_msr_passed[i] & 0x1fff) + (sx_msr_passed[i] >> 31 ? 8192 : 0);
		map[n / 4] &= ~(3 << n % 4 * 2);
	}
}
