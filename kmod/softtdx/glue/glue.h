/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the soft vendor module share. The module core's own contract is core/core.h.
 *
 * May include: core, selftest, walk.
 */
#ifndef SOFTTDX_GLUE_H
#define SOFTTDX_GLUE_H

#include <linux/kvm_host.h>
#include <linux/percpu.h>
#include <asm/msr.h>
#include <asm/tdx.h>
#include <asm/vmx.h>	/* 7.2's vmx/common.h uses it without reading it: this file comes first */
#include "core/core.h"
#include "count.h"

struct dentry;

/* Layout known to vmrun.S. */
struct soft_regs {
	u64 rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
};
static_assert(offsetof(struct soft_regs, r8) == 48 && sizeof(struct soft_regs) == 14 * 8);

/* Events that softtdx's core cannot see: what tdx.c asked of KVM, and what SVM did. */
enum soft_count {
	SOFT_KICK,		/* kvm_make_all_cpus_request() calls by tdx.c */
	SOFT_KICK_INSIDE,	/* vCPUs in the guest at that moment */
	SOFT_KICK_OUTSIDE,	/* the others */
	SOFT_EXIT_INTR,
	SOFT_EXIT_TDVMCALL,
	SOFT_EXIT_SHARED,	/* EPT violations on shared GPAs */
	SOFT_GUEST_COUNTS,	/* from here on: a whole guest's alone */
	SOFT_TDCALL = SOFT_GUEST_COUNTS,	/* of any leaf */
	SOFT_VE,		/* #VEs given to it */
	SOFT_IRQ,		/* interrupts it has taken */
	SOFT_GUEST_TICKS,	/* TSC ticks inside it, less what others booked in the ledger */
	SOFT_NR_COUNTS,
};

#define SOFT_NR_HKIDS	64

/* One TD, as long as its VM is there. */
struct soft_td {
	struct list_head list;		/* soft_tds, under soft_tds_lock */
	struct kvm *kvm;
	u64 tdr_pa;			/* 0 before MNG.CREATE and after the RECLAIM */
	pid_t pid;			/* of the process that created it */
	unsigned int nr;
	struct dentry *dir;
	u64 count[SOFT_NR_COUNTS];	/* relaxed atomics */
};

extern struct sx_sys *soft_sys;
extern struct list_head soft_tds;
extern struct mutex soft_tds_lock;
extern bool soft_bug_skip_kick, soft_pw_mce;
/*
 * Of all TDs: PAUSEs given at yield points; pages that MOVDIR64B clears on CPUs that need it; yield
 * points after which another SEAMCALL was under way, by place.
 */
#define SOFT_NR_YIELDS	(SX_YIELD_ENTER + 1)
extern atomic64_t soft_yields, soft_resets, soft_met[SOFT_NR_YIELDS];

struct soft_td *soft_td_of(struct tdx_td *td);	/* TD of a live TDR page */
static inline void soft_count(struct soft_td *td, enum soft_count c, u64 n)
{
	__atomic_fetch_add(&td->count[c], n, __ATOMIC_RELAXED);
}

/* ledger.c. What the driver knows as struct ledger (bench/ledger.h). */
#define SOFT_LEDGER_MAGIC	0x7265646c74666f73ULL	/* "softlder" */
struct soft_ledger {
	u64 magic;
	u64 told;	/* 1: waiting is told from work */
	u64 module;	/* TSC ticks of softtdx, on all CPUs, since it was loaded */
	u64 waiting;	/* TSC ticks in which no CPU had work */
};

extern struct soft_ledger *soft_ledger;
extern const struct file_operations soft_ledger_fops;
int soft_ledger_init(void);
void soft_ledger_exit(void);

/*
 * Instructions of a stretch of softtdx that lie before its first reading of the clock and after its
 * last, by what kind of stretch it is. Counted in the disassembly (objdump -d of the objects, gcc
 * 12, Debian's 7.3.4), on the way that is taken: from a function's first instruction to its RDTSC,
 * which is of the time already, and from the last RDTSC to the RET, both included. The caller's
 * CALL is the kernel's. Held against what executes, as lab --explain sees it: tests/lab/t/parts.sh.
 */
#define SOFT_OUTSIDE_SEAM	32	/* 2 + 30; three more by way of __seamcall() */
#define SOFT_OUTSIDE_KICK	47	/* 13 + 34 */
#define SOFT_OUTSIDE_RUN	85	/* RDTSC to RDTSC round the guest: 25, vmrun.S 60 */
#define SOFT_OUTSIDE_ENTER	42	/* VP.ENTER itself: 15 + 27 */
#define SOFT_OUTSIDE_PROBE	30	/* 4 + 26 */

/*
 * No stretch of softtdx executes as much. In a longer one a timer has ended QEMU's time slice, and
 * what ran on the other CPUs is not softtdx's. The stretch before it on this CPU stands for it.
 * Three kinds do execute more: those that write or read 512 entries of a table, that clear 2M, and
 * that hash more than a block.
 */
#define SOFT_LONGEST		16384
#define SOFT_LONGEST_TABLE	32768
#define SOFT_LONGEST_2M		400000
#define SOFT_LONGEST_HASH	65536	/* MR.EXTEND hashes 384 bytes, a report 512 */
DECLARE_PER_CPU(u64, soft_length);

static __always_inline u64 soft_ledger_sum(void)
{
	return READ_ONCE(soft_ledger->module) + READ_ONCE(soft_ledger->waiting);
}

/*
 * Around each stretch of softtdx's own. What other CPUs book meanwhile, each for itself, is not
 * booked again: nothing is in the ledger twice.
 */
static __always_inline u64 soft_begin(void)
{
	return rdtsc() - soft_ledger_sum();
}

/*
 * Of a stretch that is longer than @longest, @too_long says how long. A macro, so that the others
 * pay nothing for that: it is not looked at for them.
 */
#define soft_end_after(begun, outside, longest, too_long)				\
do {											\
	s64 n = rdtsc() - soft_ledger_sum() - (begun);					\
											\
	if (unlikely(n > (s64)(longest)))						\
		n = (too_long);								\
	else										\
		this_cpu_write(soft_length, n);						\
	__atomic_fetch_add(&soft_ledger->module, max_t(s64, n, 0) + (outside),		\
			   __ATOMIC_RELAXED);						\
} while (0)

static __always_inline void soft_end(u64 begun, u64 outside)
{
	soft_end_after(begun, outside, SOFT_LONGEST, this_cpu_read(soft_length));
}

/* ledger.c: of a stretch of @n ticks that may execute up to @most. */
s64 soft_long_stretch(s64 n, u64 most);

/* seam.c: module state; fails with a message if this machine cannot carry it. */
int soft_seam_init(void);
void soft_seam_exit(void);
/* seam.c: what the kernel's seamcall.S is to the CPU. */
u64 __seamcall(u64 fn, struct tdx_module_args *args);
u64 __seamcall_ret(u64 fn, struct tdx_module_args *args);
u64 __seamcall_saved_ret(u64 fn, struct tdx_module_args *args);

u64 soft_nr_pages(void);	/* of physical memory */
/* Around every SEAMCALL; VP.ENTER's ends before the guest runs. */
void soft_call_begin(void);
void soft_call_end(void);
void soft_enter_refused(void);	/* VP.ENTER has failed */
void soft_violation_seen(void);	/* a whole guest's, of which the host is yet to be told */

/* selftest.c: 0, or -errno with the faults in the log. */
int soft_selftest(u64 memory, enum sx_release release, u64 steps, u64 seed);

/* debugfs.c */
void soft_debugfs_init(void);
void soft_debugfs_exit(void);
void soft_debugfs_add_td(struct soft_td *td);

/* oracle.c: compares KVM's mirror page table with the S-EPT. Returns the number of faults. */
struct seq_file;
unsigned int soft_oracle(struct soft_td *td, struct seq_file *m);

/* w_virt.c: runs the tree's set-up of the module; -errno with a message. */
int soft_virt_init(void);
void soft_virt_exit(void);

/* enter.c */
int soft_enter_init(void);
void soft_enter_exit(void);
u64 soft_vp_enter(struct tdx_module_args *a);	/* TDH.VP.ENTER */
int soft_vp_alloc(u64 tdvpr_pa, u64 tdr_pa);	/* at VP.CREATE; does not sleep */
void soft_vp_setup(u64 tdvpr_pa);		/* at VP.INIT: the TD reset state */
void soft_vp_free(u64 tdvpr_pa);		/* at RECLAIM */
void soft_vmrun(u64 vmcb_pa, struct soft_regs *regs, u64 host_vmcb_pa);

/* Called by the tree's vmx/main.c through w_main.c. */
int soft_vm_init(struct kvm *kvm);
void soft_vm_destroy(struct kvm *kvm);

/* Called by the tree's vmx/tdx.c through w_tdx.c. */
void soft_ept_sync_global(void);
bool soft_kick_vcpus(struct kvm *kvm, unsigned int req);
static inline void soft_reset_paddr(unsigned long base, unsigned long size)
{
	atomic64_add(size >> PAGE_SHIFT, &soft_resets);
	tdx_quirk_reset_paddr(base, size);
}

#endif
