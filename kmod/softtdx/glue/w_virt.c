// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree's arch/x86/virt/vmx/tdx/tdx.c, unmodified: the SEAMCALL wrappers, the module's set-up,
 * key ids. It is written for the kernel image of a TDX host; what differs in a module on AMD-V is
 * replaced under it:
 *  - nothing is exported, and the initcall is called by soft_virt_init();
 *  - the CPU: what TDX needs is there, VMXON is SVM, the key ids that the firmware would have set
 *    aside are SOFT_NR_HKIDS, MOVDIR64B is eight stores;
 *  - the memory: one region, at most 1 GiB, since nothing of softtdx's lies in the PAMT that is
 *    allocated for it;
 *  - notifiers of the image (memory hotplug, suspend, shutdown, hibernation) are not registered;
 *  - what a variant allocates for good by vzalloc() is given back.
 * Its spin locks are watched (count.h): the name is another one from the kernel's own headers on.
 */
#define _raw_spin_lock sept_spin_lock
#ifdef CONFIG_UNINLINE_SPIN_UNLOCK
#define _raw_spin_unlock sept_spin_unlock
#endif
#define __DISABLE_EXPORTS
#define pr_fmt(fmt)	"virt/tdx: " fmt
#include <linux/acpi.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>
#include <linux/vmalloc.h>
#include <asm/cpufeature.h>
#include <asm/mce.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/special_insns.h>
#include <asm/tdx.h>
#include <asm/virt.h>
#include <asm/vmx.h>
#include "glue.h"

static initcall_t soft_initcall __initdata;
static int soft_cpuhp;
static DEFINE_PER_CPU(bool, soft_cache_state);

static inline void soft_movdir64b(void *to, const void *from)
{
	int i;

	for (i = 0; i < 8; i++)
		WRITE_ONCE(((u64 *)to)[i], ((const u64 *)from)[i]);
}

static void *soft_for_good;

static __maybe_unused void *soft_vzalloc(unsigned long size)
{
	soft_for_good = vzalloc(size);
	return soft_for_good;
}

/*
 * Of 1 GiB a dynamic PAMT is a few pages, which alloc_contig_pages() may look for in the first
 * pageblock: no zone has all of that, and CONFIG_DEBUG_VM says so.
 */
static struct page *soft_alloc_contig(unsigned long nr, gfp_t gfp, int nid, nodemask_t *nodes)
{
	void *p = nr <= MAX_ORDER_NR_PAGES ? alloc_pages_exact(nr << PAGE_SHIFT, gfp) : NULL;

	return p ? virt_to_page(p) : alloc_contig_pages(nr, gfp, nid, nodes);
}

static int __init soft_rdmsr(u32 msr, u64 *value)
{
	/* No MKTME key ids; the first of TDX's is the module's own. */
	*value = msr == MSR_IA32_MKTME_KEYID_PARTITIONING ? (u64)(SOFT_NR_HKIDS - 1) << 32 : 0;
	return 0;
}

/* 7.2 asks for the halves. */
static int __init __maybe_unused soft_rdmsr_halves(u32 msr, u32 *low, u32 *high)
{
	u64 value;

	soft_rdmsr(msr, &value);
	*low = (u32)value;
	*high = (u32)(value >> 32);
	return 0;
}

#undef subsys_initcall
#define subsys_initcall(fn)	static initcall_t soft_initcall __initdata = fn

#undef cpu_feature_enabled
#define cpu_feature_enabled(bit) ((bit) == X86_FEATURE_TDX_HOST_PLATFORM || \
	(bit) == X86_FEATURE_MOVDIR64B || (bit) == X86_FEATURE_SELFSNOOP || boot_cpu_has(bit))
#undef boot_cpu_has_bug
#define boot_cpu_has_bug(bit)	((bit) == X86_BUG_TDX_PW_MCE && soft_pw_mce)
#undef setup_force_cpu_cap
#define setup_force_cpu_cap(bit) do { } while (0)
#undef setup_force_cpu_bug
#define setup_force_cpu_bug(bit) do { } while (0)
#define movdir64b		soft_movdir64b
#define rdmsrq_safe		soft_rdmsr
#undef rdmsr_safe
#define rdmsr_safe		soft_rdmsr_halves
#undef rdmsrq
#define rdmsrq(msr, value)	soft_rdmsr(msr, &(value))
#define x86_virt_get_ref(feature) x86_virt_get_ref(X86_FEATURE_SVM)
#define x86_virt_put_ref(feature) x86_virt_put_ref(X86_FEATURE_SVM)
#define cache_state_incoherent	soft_cache_state

#undef for_each_mem_pfn_range
#define for_each_mem_pfn_range(i, node, start, end, nid)				\
	for ((i) = 0, *(start) = 0, *(end) = min(soft_nr_pages(), PHYS_PFN(SZ_1G)),	\
	     *(nid) = first_online_node; (i) < 1; (i)++)
#define max_pfn			((unsigned long)soft_nr_pages())
#undef alloc_contig_pages
#define alloc_contig_pages	soft_alloc_contig
#undef vzalloc
#define vzalloc			soft_vzalloc
#undef get_online_mems
#define get_online_mems()	do { } while (0)
#undef put_online_mems
#define put_online_mems()	do { } while (0)

#undef register_memory_notifier
#define register_memory_notifier(nb) ((void)(nb), 0)
#define register_syscore(syscore) ((void)(syscore))
#define register_syscore_ops(ops) ((void)(ops))
#undef hibernation_available
#define hibernation_available()	false
#define acpi_suspend_lowlevel	soft_suspend
static __maybe_unused int (*soft_suspend)(void);
#undef cpuhp_setup_state
#define cpuhp_setup_state(state, name, up, down)	\
	(soft_cpuhp = __cpuhp_setup_state(state, name, true, up, soft_offline_cpu, false))

static int soft_offline_cpu(unsigned int cpu);

#include "../virt/vmx/tdx/tdx.c"

/* tdx_offline_cpu() wants preemption to be off, which it is not in a hotplug thread. */
static int soft_offline_cpu(unsigned int cpu)
{
	int r;

	preempt_disable();
	r = tdx_offline_cpu(cpu);
	preempt_enable();
	return r;
}

/*
 * The module takes SYS.LP.INIT before SYS.CONFIG only, and an image does that at boot, on all CPUs.
 * In real time the lab loads modules with one CPU online: the others have been initialised too.
 */
static void __init soft_init_offline_cpus(void)
{
	unsigned int cpu;

	for_each_present_cpu(cpu)
		if (!cpu_online(cpu))
			per_cpu(tdx_lp_initialized, cpu) = true;
}

/* As the image at boot: what the firmware left first, then the initcall, if this tree has one. */
int __init soft_virt_init(void)
{
	int r;

	tdx_init();
	r = soft_initcall ? soft_initcall() : 0;
	if (r)
		pr_err("softtdx: the tree's set-up of the TDX module failed (%d)\n", r);
	else
		soft_init_offline_cpus();
	return r;
}

static void soft_leave_cpu(void *unused)
{
	x86_virt_put_ref(X86_FEATURE_SVM);
}

/* The image never gives back what it has set up. */
void soft_virt_exit(void)
{
	int i;

	if (soft_cpuhp > 0) {
		cpuhp_remove_state_nocalls(soft_cpuhp);
		on_each_cpu(soft_leave_cpu, NULL, 1);
	}
	for (i = 0; i < tdx_tdmr_list.nr_consumed_tdmrs; i++) {
		unsigned long base, size;

		tdmr_get_pamt(tdmr_entry(&tdx_tdmr_list, i), &base, &size);
		free_contig_range(PHYS_PFN(base), PHYS_PFN(size));
	}
	if (tdx_tdmr_list.tdmrs)
		free_pages_exact(tdx_tdmr_list.tdmrs,
				 tdx_tdmr_list.max_tdmrs * tdx_tdmr_list.tdmr_sz);
	while (!list_empty(&tdx_memlist)) {
		struct tdx_memblock *tmb;

		tmb = list_first_entry(&tdx_memlist, struct tdx_memblock, list);

		list_del(&tmb->list);
		kfree(tmb);
	}
	ida_destroy(&tdx_guest_keyid_pool);
	vfree(soft_for_good);
}
