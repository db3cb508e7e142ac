// SPDX-License-Identifier: GPL-2.0-only
/*
 * What vmx.c is to kvm-intel.ko, for an AMD-V machine whose only guests are TDs: the vmx_*()
 * functions that the tree's vmx/main.c needs for a TD, over SVM. Those that a TD never reaches are
 * generated (soft-stubs.sh) and WARN; ordinary VMs are refused at KVM_CREATE_VM.
 */
#include <linux/module.h>
#include <asm/svm.h>
#include <asm/virt.h>
#include "glue.h"
#include "vmx/x86_ops.h"
#include "vmx/tdx.h"
#include "vmx/vmx.h"
#include "vmx/posted_intr.h"
#include "cpuid.h"
#include "mmu.h"
#include "pmu.h"
#include "vmx/nested.h"

MODULE_DESCRIPTION("KVM's TDX support on AMD-V over a software TDX module");
MODULE_LICENSE("GPL");

/*
 * Read by main.c and tdx.c. The "EPT" is NPT; A/D bits and 4-level walks are all tdx.c asks of it.
 */
bool __read_mostly enable_ept = true;
bool __read_mostly enable_ept_ad_bits = true;
bool __read_mostly enable_mbec;
struct vmcs_config vmcs_config __ro_after_init;
struct vmx_capability vmx_capability __ro_after_init;
/* Some compilers' VMREAD wrapper wants a trampoline; no VMREAD is ever executed here. */
unsigned long vmread_error_trampoline;

static DEFINE_PER_CPU(struct page *, soft_hsave);

static void soft_unexpected(void)
{
	WARN_ONCE(1, "softtdx: a PMU or nested op was called for a TD\n");
}

static long soft_nop(void)
{
	return 0;
}

/* init, reset and refresh run for every vCPU, TDs included, though a TD has no virtual PMU. */
struct kvm_pmu_ops intel_pmu_ops __initdata = {
#define KVM_X86_PMU_OP(func) .func = (void *)soft_unexpected,
#define KVM_X86_PMU_OP_OPTIONAL(func)
#define KVM_X86_PMU_OP_OPTIONAL_RET0(func)
#include <asm/kvm-x86-pmu-ops.h>
	.init = (void *)soft_nop,
	.reset = (void *)soft_nop,
	.refresh = (void *)soft_nop,
};

struct kvm_x86_nested_ops vmx_nested_ops __initdata = {
#define KVM_X86_NESTED_OP(func) .func = (void *)soft_unexpected,
#define KVM_X86_NESTED_OP_OPTIONAL(func)
#define KVM_X86_NESTED_OP_OPTIONAL_RET0(func)
#include <asm/kvm-x86-nested-ops.h>
	.leave_nested = (void *)soft_nop,
};

int vmx_check_processor_compat(void)
{
	return 0;
}

int vmx_enable_virtualization_cpu(void)
{
	int r = x86_virt_get_ref(X86_FEATURE_SVM);

	if (r)
		return r;
	wrmsrq(MSR_VM_HSAVE_PA, page_to_phys(this_cpu_read(soft_hsave)));
	return 0;
}

void vmx_disable_virtualization_cpu(void)
{
	wrmsrq(MSR_VM_HSAVE_PA, 0);
	x86_virt_put_ref(X86_FEATURE_SVM);
}

void vmx_emergency_disable_virtualization_cpu(void)
{
	/* Nothing of softtdx's own: the SVM back end of virt/hw.c turns SVM off. */
}

int vmx_vm_init(struct kvm *kvm)
{
	return -EOPNOTSUPP;
}

u8 vmx_get_mt_mask(struct kvm_vcpu *vcpu, gfn_t gfn, bool is_mmio)
{
	return 0;	/* NPT takes the memory type from PAT entry 0, write-back */
}

int vmx_get_feature_msr(u32 msr, u64 *data)
{
	return KVM_MSR_RET_UNSUPPORTED;
}

/* Asked once without a VM, for the list of MSRs that user space may save. */
bool vmx_has_emulated_msr(struct kvm *kvm, u32 index)
{
	return tdx_has_emulated_msr(index);
}

gva_t vmx_get_untagged_addr(struct kvm_vcpu *vcpu, gva_t gva, unsigned int flags)
{
	return gva;
}

void vmx_handle_exit_irqoff(struct kvm_vcpu *vcpu)
{
	/*
	 * SVM leaves the interrupt pending until interrupts are enabled: nothing to emulate. The
	 * PAUSE is for the loop that re-enters while a zap holds the vCPUs out: without it, under
	 * one-thread TCG, each of them would spin a whole timer quantum.
	 */
	if (READ_ONCE(container_of(vcpu->kvm, struct kvm_tdx, kvm)->wait_for_sept_zap))
		cpu_relax();
}

void noinstr vmx_handle_nmi(struct kvm_vcpu *vcpu)
{
	/* A physical NMI is taken when STGI reopens the gate, see soft_guest_run(). */
}

void vmx_migrate_timers(struct kvm_vcpu *vcpu)
{
	/* No preemption timer. */
}

static void soft_free_hsave(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (per_cpu(soft_hsave, cpu))
			__free_page(per_cpu(soft_hsave, cpu));
		per_cpu(soft_hsave, cpu) = NULL;
	}
}

static int __init soft_alloc_hsave(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct page *p = alloc_pages_node(cpu_to_node(cpu), GFP_KERNEL | __GFP_ZERO, 0);

		if (!p) {
			soft_free_hsave();
			return -ENOMEM;
		}
		per_cpu(soft_hsave, cpu) = p;
	}
	return 0;
}

static int __init soft_check_machine(void)
{
	if (!boot_cpu_has(X86_FEATURE_SVM) || !boot_cpu_has(X86_FEATURE_NPT)) {
		pr_err("softtdx: this CPU has no AMD-V with nested paging; boot the lab VM instead\n");
		return -EOPNOTSUPP;
	}
	/*
	 * The shared bit of a 4-level TD is GPA bit 47: a 5-level host's NPT would hang off one
	 * PML5 entry.
	 */
	if (pgtable_l5_enabled()) {
		pr_err("softtdx: 5-level paging is on; boot the host with no5lvl\n");
		return -EOPNOTSUPP;
	}
	if (boot_cpu_data.x86_phys_bits < 48) {
		pr_err("softtdx: GPA bit 47 needs 48 physical address bits, this CPU has %u (QEMU: phys-bits=48)\n",
		       boot_cpu_data.x86_phys_bits);
		return -EOPNOTSUPP;
	}
	return 0;
}

__init int vmx_hardware_setup(void)
{
	/* The MSRs that tdx.c declares clobbered by a TD exit. */
	static const u32 msrs[] __initconst = {
		MSR_SYSCALL_MASK, MSR_LSTAR, MSR_CSTAR, MSR_TSC_AUX, MSR_STAR,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		kvm_add_user_return_msr(msrs[i]);

	kvm_caps.max_tsc_scaling_ratio = U64_MAX;
	kvm_caps.tsc_scaling_ratio_frac_bits = 48;
	kvm_configure_mmu(true, 4, 4, PG_LEVEL_1G);
	kvm_initialize_cpu_caps();
	kvm_finalize_cpu_caps();
	kvm_set_posted_intr_wakeup_handler(pi_wakeup_handler);
	return 0;
}

void vmx_hardware_unsetup(void)
{
	kvm_set_posted_intr_wakeup_handler(NULL);
}

extern struct kvm_x86_init_ops vt_init_ops;

int __init vmx_init(void)
{
	int r, cpu;

	r = soft_check_machine();
	if (r)
		return r;
	r = soft_alloc_hsave();
	if (r)
		return r;
	r = soft_enter_init();
	if (r)
		goto free_hsave;
	r = soft_seam_init();
	if (r)
		goto exit_enter;
	r = kvm_x86_vendor_init(&vt_init_ops);
	if (r)
		goto exit_seam;
	for_each_possible_cpu(cpu)
		pi_init_cpu(cpu);
	return 0;

exit_seam:
	soft_seam_exit();
exit_enter:
	soft_enter_exit();
free_hsave:
	soft_free_hsave();
	return r;
}

void vmx_exit(void)
{
	kvm_x86_vendor_exit();
	soft_seam_exit();
	soft_enter_exit();
	soft_free_hsave();
}
