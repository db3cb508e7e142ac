// SPDX-License-Identifier: GPL-2.0-only
/*
 * TDH.VP.ENTER over SVM: the guest runs on a page-table root whose lower half is the module's S-EPT
 * and whose upper half is KVM's shared EPT, and leaves with the exits that the TDX module would
 * report.
 */
#include <linux/xarray.h>
#include <asm/cpuid/api.h>
#include <asm/svm.h>
#include <asm/vmx.h>
#include "vmx/tdx.h"
#include "vmx/vmx.h"
#include "guest.h"

/* Root entries copied at every entry: 8 x 512 GiB in each half. A GPA above them copies all. */
#define ROOT_FEW	8
#define ROOT_HALF	256

/* Extended exit qualification types of an EPT violation. */
#define EEQ_ACCEPT	1
#define EEQ_PENDING	6

static DEFINE_XARRAY(soft_vps); /* struct soft_vp by TDVPR page frame, for RECLAIM */
static DEFINE_PER_CPU(struct page *, soft_host_vmcb);
static DEFINE_PER_CPU(struct soft_vp *, soft_last_vp);
static DEFINE_PER_CPU(bool, soft_flush_pending);
static struct page *soft_msrpm, *soft_iopm;	/* ones: every port exits, and most MSRs */
#define MSRPM_ORDER	1
#define IOPM_ORDER	2

void soft_ept_sync_global(void)
{
	/*
	 * INVEPT acts on this CPU, whose next VMRUN then flushes. The caller cannot migrate
	 * meanwhile.
	 */
	__this_cpu_write(soft_flush_pending, true);
}

static void seg(struct soft_seg *s, u16 selector, u16 attrib)
{
	*s = (struct soft_seg) { .selector = selector, .attrib = attrib, .limit = U32_MAX };
}

/* Of a page that is a vCPU's: what its private field holds is ours. */
static __always_inline struct soft_vp *soft_vp_of(u64 tdvpr_pa)
{
	return (struct soft_vp *)page_private(pfn_to_page(PHYS_PFN(tdvpr_pa)));
}

/*
 * The state TDH.VP.INIT gives a vCPU: flat 32-bit protected mode at the reset vector, paging off.
 */
void soft_vp_setup(u64 tdvpr_pa)
{
	struct soft_vp *s = soft_vp_of(tdvpr_pa);
	struct soft_vmcb *v = s->vmcb;

	s->vp = sx_vp_of(soft_sys, tdvpr_pa);
	v->icpt_3 = ICPT3_INTR | ICPT3_NMI | ICPT3_SMI | ICPT3_INIT | ICPT3_HLT | ICPT3_INVLPGA |
		    ICPT3_IOIO | ICPT3_MSR | ICPT3_SHUTDOWN | ICPT3_CPUID | ICPT3_INVD;
	v->icpt_exc = BIT(X86_TRAP_UD);		/* TDCALL is one, here */
	v->icpt_4 = ICPT4_VMRUN | ICPT4_VMMCALL | ICPT4_VMLOAD | ICPT4_VMSAVE | ICPT4_STGI |
		    ICPT4_CLGI | ICPT4_SKINIT | ICPT4_WBINVD | ICPT4_MONITOR | ICPT4_MWAIT |
		    ICPT4_XSETBV;
	v->msrpm_pa = page_to_phys(soft_msrpm);
	v->iopm_pa = page_to_phys(soft_iopm);
	v->asid = 1;			/* one for all: see the flush on a change of vCPU */
	v->int_ctl = INT_CTL_V_INTR_MASKING;
	v->np_enable = 1;
	v->ncr3 = __pa(s->root);
	seg(&v->cs, 0x08, 0xc9b);
	seg(&v->ds, 0x10, 0xc93);
	v->es = v->ss = v->fs = v->gs = v->ds;
	seg(&v->tr, 0, 0x8b);
	seg(&v->ldtr, 0, 0x82);
	/*
	 * The TD reset state but for CR4.PAE: with LME set and PAE clear, QEMU's emulated #VMEXIT
	 * loses the host's CR0.PG. CR4.VMXE, set for a TD, is reserved on AMD. SVME is what VMRUN
	 * demands.
	 */
	v->efer = EFER_SCE | EFER_LME | EFER_NX | EFER_SVME;
	v->cr0 = X86_CR0_PE | X86_CR0_NE | X86_CR0_ET;
	v->cr4 = X86_CR4_MCE | X86_CR4_PAE;
	v->dr6 = 0xffff0ff0;
	v->dr7 = 0x400;
	v->rflags = X86_EFLAGS_FIXED;
	v->rip = 0xfffffff0;
	v->g_pat = 0x0007040600070406ULL;
	s->regs.rbx = 48;			/* GPAW: KVM is given no other */
	s->regs.rcx = s->regs.r8 = sx_vp_initial_rcx(s->vp);
	s->regs.rsi = sx_vp_index(s->vp);
	s->regs.rdx = cpuid_eax(1);
}

static void soft_vp_pages_free(struct soft_vp *s)
{
	soft_guest_free(s);
	free_page((unsigned long)s->vmcb);
	free_page((unsigned long)s->root);
	kfree(s);
}

int soft_vp_alloc(u64 tdvpr_pa, u64 tdr_pa)
{
	gfp_t gfp = GFP_ATOMIC | __GFP_ACCOUNT | __GFP_ZERO;
	struct soft_vp *s;

	/* What the host got wrong is the core's to say. */
	if (!sx_td_of(soft_sys, tdr_pa))
		return 0;
	s = kmalloc(sizeof(*s), gfp);
	if (!s)
		return -ENOMEM;
	s->vmcb = (void *)__get_free_page(gfp);
	s->root = (void *)__get_free_page(gfp);
	if (!s->vmcb || !s->root || soft_guest_alloc(s) ||
	    xa_is_err(xa_store(&soft_vps, PHYS_PFN(tdvpr_pa), s, GFP_ATOMIC))) {
		soft_vp_pages_free(s);
		return -ENOMEM;
	}
	s->vmcb_pa = __pa(s->vmcb);
	s->td = (void *)page_private(pfn_to_page(PHYS_PFN(tdr_pa)));
	set_page_private(pfn_to_page(PHYS_PFN(tdvpr_pa)), (unsigned long)s);
	return 0;
}

void soft_vp_free(u64 tdvpr_pa)
{
	struct soft_vp *s = xa_erase(&soft_vps, PHYS_PFN(tdvpr_pa));
	int cpu;

	if (!s)
		return;
	/*
	 * A later vCPU at the same address must not pass for this one. The vCPU is dead: no CPU
	 * runs it.
	 */
	for_each_possible_cpu(cpu)
		cmpxchg(per_cpu_ptr(&soft_last_vp, cpu), s, NULL);
	set_page_private(pfn_to_page(PHYS_PFN(tdvpr_pa)), 0);
	soft_vp_pages_free(s);
}

/*
 * KVM and the module each own a half of the tree; neither sees the hardware root. Entries change
 * rarely and only from not present to present while a vCPU runs (a root-level BLOCK is followed by
 * TRACK and kick), so a copy at entry is enough: a vCPU that misses a new entry exits and gets it
 * next time.
 */
static __always_inline void soft_sync_root(struct soft_vp *s)
{
	const u64 *priv = __va(sx_td_root(sx_vp_td(s->vp)));
	const u64 *shared = __va(sx_vp_shared_root(s->vp) & PTE_PFN_MASK);
	int i, n = s->root_all ? ROOT_HALF : ROOT_FEW;

	for (i = 0; i < n; i++) {
		s->root[i] = READ_ONCE(priv[i]);
		s->root[ROOT_HALF + i] = READ_ONCE(shared[ROOT_HALF + i]);
	}
}

static __always_inline void soft_prepare_tlb(struct soft_vp *s, bool flush)
{
	if (__this_cpu_read(soft_flush_pending) || __this_cpu_read(soft_last_vp) != s)
		flush = true;
	__this_cpu_write(soft_flush_pending, false);
	__this_cpu_write(soft_last_vp, s);
	s->vmcb->tlb_ctl = flush ? TLB_CTL_FLUSH_ALL : 0;
}

/* What lies before the guest goes on may be an ACCEPT of 2M, which clears them. */
static noinline s64 soft_long_run(s64 n, const struct soft_vp *s)
{
	bool accepted = !s->vmcb->rax && (s->regs.rcx & 7) == 1;

	return soft_long_stretch(n, accepted ? SOFT_LONGEST_2M : 0);
}

/*
 * Interrupts stay masked by GIF around VMRUN; RFLAGS.IF decides whether they end the guest's run.
 * The stretch of softtdx that was @begun ends where the guest's begins; the next is returned.
 */
static __always_inline u64 soft_guest_run(struct soft_vp *s, u64 begun)
{
	asm volatile("clgi" ::: "memory");
	raw_local_irq_enable();
	soft_end_after(begun, SOFT_OUTSIDE_RUN, SOFT_LONGEST, soft_long_run(n, s));
	s->run(s->vmcb_pa, &s->regs, page_to_phys(__this_cpu_read(soft_host_vmcb)));
	begun = soft_begin();
	raw_local_irq_disable();
	asm volatile("stgi" ::: "memory");
	s->vmcb->tlb_ctl = 0;
	return begun;
}

/*
 * Register numbers of TDG.VP.VMCALL's mask, as in a ModRM byte; RAX, RCX, RSP and RBP are never
 * passed.
 */
#define FOR_VMCALL_REGS(X) X(2, rdx) X(3, rbx) X(6, rsi) X(7, rdi) X(8, r8) X(9, r9) X(10, r10) \
	X(11, r11) X(12, r12) X(13, r13) X(14, r14) X(15, r15)

static __always_inline u64 soft_exit_vmcall(struct soft_vp *s, struct tdx_module_args *a)
{
	u64 mask = s->regs.rcx;

#define X(nr, name) a->name = mask & BIT(nr) ? s->regs.name : 0;
	FOR_VMCALL_REGS(X)
#undef X
	a->rcx = mask;
	s->vmcall_mask = mask | 1;	/* bit 0 cannot be in a mask: marks a mask of none */
	soft_count(s->td, SOFT_EXIT_TDVMCALL, 1);
	return EXIT_REASON_TDCALL;
}

static __always_inline void soft_resume_vmcall(struct soft_vp *s, const struct tdx_module_args *a)
{
	u64 mask = s->vmcall_mask;

	if (!mask)
		return;
#define X(nr, name) if (mask & BIT(nr)) s->regs.name = a->name;
	FOR_VMCALL_REGS(X)
#undef X
	s->vmcb->rax = 0;
	s->vmcb->rip += VMMCALL_LEN;
	s->vmcall_mask = 0;
}

static __always_inline u64 soft_violation(struct tdx_module_args *a, u64 qual, u64 eeq, u64 gpa)
{
	a->rcx = qual;
	a->rdx = eeq;
	a->r8 = gpa;
	a->r9 = 0;
	return EXIT_REASON_EPT_VIOLATION;
}

static __always_inline u64 soft_npf_qual(u64 err)
{
	u64 q = err & PFERR_FETCH_MASK ? EPT_VIOLATION_ACC_INSTR :
		err & PFERR_WRITE_MASK ? EPT_VIOLATION_ACC_WRITE : EPT_VIOLATION_ACC_READ;

	if (err & PFERR_PRESENT_MASK)
		q |= EPT_VIOLATION_PROT_READ | EPT_VIOLATION_PROT_WRITE | EPT_VIOLATION_PROT_EXEC;
	q |= EPT_VIOLATION_GVA_IS_VALID;
	if (err & PFERR_GUEST_FINAL_MASK)
		q |= EPT_VIOLATION_GVA_TRANSLATED;
	return q;
}

static __always_inline u64 soft_exit_npf(struct soft_vp *s, struct tdx_module_args *a)
{
	u64 gpa = s->vmcb->exit_info2, qual = soft_npf_qual(s->vmcb->exit_info1);
	enum sx_state state;

	if ((gpa & ~SHARED_GPA) >= (u64)ROOT_FEW << 39)
		s->root_all = true;
	if (gpa & SHARED_GPA) {
		soft_count(s->td, SOFT_EXIT_SHARED, 1);
		return soft_violation(a, qual, 0, gpa);
	}
	state = sx_vp_private_violation(s->vp, gpa, s->vmcb->rip);
	if (state == SX_PENDING && soft_faulted_on_pending(s))
		return soft_violation(a, qual & ~EPT_VIOLATION_PROT_MASK, EEQ_PENDING, gpa);
	return soft_violation(a, qual, 0, gpa);
}

/* VMMCALL stands for TDCALL. Returns true if the guest goes on, false with the exit in *@ret. */
static __always_inline bool soft_tdcall(struct soft_vp *s, struct tdx_module_args *a, u64 *ret)
{
	u64 gpa = s->regs.rcx;
	bool violation;

	if (s->vmcb->rax == SX_TDG_VP_VMCALL) {
		*ret = soft_exit_vmcall(s, a);
		return false;
	}
	if (s->vmcb->rax != SX_TDG_MEM_PAGE_ACCEPT) {
		s->vmcb->rax = SX_OPERAND_INVALID | SX_OP_RAX;
		s->vmcb->rip += VMMCALL_LEN;
		return true;
	}
	s->vmcb->rax = sx_tdg_mem_page_accept(s->vp, gpa, &violation);
	if (violation) {
		s->vmcb->rax = SX_TDG_MEM_PAGE_ACCEPT;	/* executed again after the exit */
		if (gpa >= (u64)ROOT_FEW << 39)
			s->root_all = true;
		/*
		 * Not logged for zero-step: the module does that for violations by the guest's
		 * accesses only. Bits 34:32 of the extended qualification: the level asked for.
		 */
		*ret = soft_violation(a, EPT_VIOLATION_ACC_WRITE, EEQ_ACCEPT | (gpa & 7) << 32,
				      gpa & PAGE_MASK);
		return false;
	}
	if ((s->vmcb->rax & SX_STATUS_MASK) == SX_HP_BUSY_TIMEOUT) {
		/* Reported to the host, not to the guest, which executes the call again. */
		*ret = s->vmcb->rax;
		s->vmcb->rax = SX_TDG_MEM_PAGE_ACCEPT;
		return false;
	}
	s->vmcb->rip += VMMCALL_LEN;
	return true;
}

/* What the TDX module would report for this #VMEXIT; true to go on with the guest. */
static __always_inline bool soft_handle_exit(struct soft_vp *s, struct tdx_module_args *a, u64 *ret)
{
	switch (s->vmcb->exit_code) {
	case VMEXIT_VMMCALL:
		return soft_tdcall(s, a, ret);
	case VMEXIT_NPF:
		*ret = soft_exit_npf(s, a);
		return false;
	case VMEXIT_INTR:
		soft_count(s->td, SOFT_EXIT_INTR, 1);
		*ret = EXIT_REASON_EXTERNAL_INTERRUPT;
		a->r9 = 0;
		return false;
	case VMEXIT_NMI:
		*ret = EXIT_REASON_EXCEPTION_NMI;
		a->r9 = INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR | NMI_VECTOR;
		return false;
	case VMEXIT_SHUTDOWN:
		*ret = TDX_NON_RECOVERABLE_VCPU | EXIT_REASON_TRIPLE_FAULT;
		return false;
	default:
		if (soft_guest_begins(s))
			return true;
		/* Nothing that a guest can do. User space gets the code. */
		*ret = TDX_NON_RECOVERABLE_VCPU | (s->vmcb->exit_code & 0xffff);
		return false;
	}
}

u64 soft_vp_enter(struct tdx_module_args *a)
{
	u64 begun = soft_begin();
	struct soft_vp *s = sx_vp_of(soft_sys, a->rcx) ? soft_vp_of(a->rcx) : NULL;
	struct sx_enter e;
	u64 ret;

	soft_call_begin();
	ret = sx_vp_enter(soft_sys, a->rcx, raw_smp_processor_id(), s ? s->vmcb->rip : 0, &e);
	soft_call_end();
	if (ret) {
		soft_enter_refused();
		goto out;
	}
	if (e.synth) {
		ret = soft_violation(a, EPT_VIOLATION_ACC_WRITE, 0, e.gpa);
		goto out;
	}
	soft_resume_vmcall(s, a);
	soft_sync_root(s);
	soft_prepare_tlb(s, e.flush);
	do {
		begun = soft_guest_run(s, begun);
	} while (soft_handle_exit(s, a, &ret));
	sx_vp_exit(s->vp);
out:
	soft_end(begun, SOFT_OUTSIDE_ENTER);
	return ret;
}

static struct page *soft_ones(unsigned int order)
{
	struct page *p = alloc_pages(GFP_KERNEL, order);

	if (p)
		memset(page_address(p), 0xff, PAGE_SIZE << order);
	return p;
}

void soft_enter_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (per_cpu(soft_host_vmcb, cpu))
			__free_page(per_cpu(soft_host_vmcb, cpu));
		per_cpu(soft_host_vmcb, cpu) = NULL;
	}
	if (soft_msrpm)
		__free_pages(soft_msrpm, MSRPM_ORDER);
	if (soft_iopm)
		__free_pages(soft_iopm, IOPM_ORDER);
	WARN_ON(!xa_empty(&soft_vps));
}

int soft_enter_init(void)
{
	int cpu;

	soft_msrpm = soft_ones(MSRPM_ORDER);
	soft_iopm = soft_ones(IOPM_ORDER);
	if (!soft_msrpm || !soft_iopm)
		goto nomem;
	soft_guest_open_msrs(page_address(soft_msrpm));
	for_each_possible_cpu(cpu) {
		per_cpu(soft_host_vmcb, cpu) = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!per_cpu(soft_host_vmcb, cpu))
			goto nomem;
	}
	return 0;
nomem:
	soft_enter_exit();
	return -ENOMEM;
}
