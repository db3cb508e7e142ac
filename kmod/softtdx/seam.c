// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SEAMCALL boundary: the tdh_*() wrappers of <asm/tdx.h> over softtdx's core, with the operands
 * as arch/x86/virt/vmx/tdx/tdx.c passes them; the module's global metadata; key ids; kicks.
 */
#include "rename.h"
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <asm/tsc.h>
#include "vmx/tdx.h"
#include "vmx/vmx.h"
#include "glue.h"

#define SOFT_NR_HKIDS	64

static unsigned long seed = 1;
module_param(seed, ulong, 0644);
MODULE_PARM_DESC(seed, "seed of yield points and of injected BUSY; every TD starts both anew");
static uint yield_max;
module_param_named(yield, yield_max, uint, 0444);
MODULE_PARM_DESC(yield, "at most this many PAUSEs at each yield point (0: none)");
static uint busy_permille;
module_param(busy_permille, uint, 0644);
MODULE_PARM_DESC(
	busy_permille,
	"OPERAND_BUSY injected into this many of 1000 lock attempts; taken up by the next TD");
static char *release = "";
module_param(release, charp, 0444);
MODULE_PARM_DESC(release, "release of the TDX module whose rules hold (empty: the newest known)");
static uint zero_step = 6;
module_param(zero_step, uint, 0444);
MODULE_PARM_DESC(zero_step, "private faults at one RIP before zero-step mitigation (0: off)");
static bool walk_through_blocked;
module_param(walk_through_blocked, bool, 0444);
MODULE_PARM_DESC(walk_through_blocked,
		 "hypothetical module whose walk passes NL_BLOCKED; never TDX");
static bool pw_mce;
module_param(pw_mce, bool, 0444);
MODULE_PARM_DESC(pw_mce, "clear pages leaving a TD, as CPUs with the partial-write erratum need");
static ulong hp_timeout = 1000000;
module_param(hp_timeout, ulong, 0444);
MODULE_PARM_DESC(hp_timeout,
		 "ACCEPTs that yield to host priority before the TD exits (0: no limit)");
static uint selftest;
module_param(selftest, uint, 0444);
MODULE_PARM_DESC(
	selftest,
	"1: run the conformance checks of the core at load; N > 1: also a random walk of N steps against its specification; a fault refuses the load");
static ulong selftest_seed = 1;
module_param(selftest_seed, ulong, 0444);
MODULE_PARM_DESC(selftest_seed, "seed of that walk");
static char *spin = "";
module_param(spin, charp, 0444);
MODULE_PARM_DESC(spin,
		 "LEAF:NS,... busy-wait in these SEAMCALLs; AMD hosts only, not under emulation");
static char *bug = "none";
module_param(bug, charp, 0444);
MODULE_PARM_DESC(bug, "planted fault: none, skip_track or skip_kick");

struct sx_sys *soft_sys;
LIST_HEAD(soft_tds);
DEFINE_MUTEX(soft_tds_lock);
bool soft_bug_skip_kick;
static void *soft_sys_mem;
static DEFINE_IDA(soft_hkids);
static unsigned int soft_next_td;
static u32 spin_ns[SX_NR_LEAVES];
/*
 * One generator for all yield points: the seed is the schedule. Who wins a race on it is no matter.
 */
static u64 yield_state;
atomic64_t soft_yields, soft_resets, soft_met[SOFT_NR_YIELDS];
static atomic_t soft_inside;	/* SEAMCALLs under way, those of VP.ENTER until the guest runs */

static struct tdx_sys_info soft_sysinfo = {
	.version = { .major_version = 1, .minor_version = 5, .update_version = 1 },
	.features.tdx_features0 = MD_FIELD_ID_FEATURES0_TOPOLOGY_ENUM | TDX_FEATURES0_NO_RBP_MOD,
	.td_ctrl = {
		.tdr_base_size = PAGE_SIZE,
		.tdcs_base_size = SX_TDCS_PAGES * PAGE_SIZE,
		.tdvps_base_size = (1 + SX_TDCX_PAGES) * PAGE_SIZE,
	},
	.td_conf = {
		.attributes_fixed0 = TDX_TD_ATTR_SEPT_VE_DISABLE,
		.xfam_fixed0 = XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM,
		.xfam_fixed1 = XFEATURE_MASK_FPSSE,
		.num_cpuid_config = 1,
		.max_vcpus_per_td = U16_MAX,
		/* GPAW: KVM lets user space choose it by this leaf's physical address bits. */
		.cpuid_config_leaves = { 0x80000008ULL | (u64)U32_MAX << 32 },
		.cpuid_config_values = { { 0xffff, 0 } },
	},
};

const struct tdx_sys_info *tdx_get_sysinfo(void)
{
	return &soft_sysinfo;
}

int tdx_guest_keyid_alloc(void)
{
	return ida_alloc_range(&soft_hkids, 1, SOFT_NR_HKIDS - 1, GFP_KERNEL);
}

void tdx_guest_keyid_free(unsigned int keyid)
{
	ida_free(&soft_hkids, keyid);
}

u32 tdx_get_nr_guest_keyids(void)
{
	return SOFT_NR_HKIDS - 1;
}

struct soft_td *soft_td_of(struct tdx_td *td)
{
	/*
	 * Set at MNG.CREATE, cleared at its RECLAIM: the TDR page outlives every call that names
	 * it.
	 */
	return (struct soft_td *)page_private(td->tdr_page);
}

/*
 * Only with yield points: without them there is nothing to tell, and the count would be in every
 * figure.
 */
void soft_call_begin(void)
{
	if (yield_max)
		atomic_inc(&soft_inside);
}

void soft_call_end(void)
{
	if (yield_max)
		atomic_dec(&soft_inside);
}

/*
 * KVM enters again at once. If who holds the lock has yielded while holding it, that loop would
 * keep the only thread of the emulator for a whole timer quantum.
 */
void soft_enter_refused(void)
{
	if (yield_max)
		cpu_relax();
}

static u64 seam(struct tdx_td *td, u64 leaf, struct sx_args *a)
{
	u64 begun = soft_begin(), ret;
	unsigned int cpu = get_cpu();
	u64 longest = SOFT_LONGEST;
	unsigned long flags;

	/* As in the real module no interrupt comes until it is done: none's work is in its time. */
	local_irq_save(flags);
	soft_call_begin();
	ret = sx_seamcall(soft_sys, leaf, a, cpu, topology_physical_package_id(cpu));
	soft_call_end();
	if (leaf < SX_NR_LEAVES && unlikely(spin_ns[leaf])) {
		ndelay(spin_ns[leaf]);
		longest = U64_MAX >> 1;
	}
	soft_end_after(begun, SOFT_OUTSIDE_SEAM, longest);
	local_irq_restore(flags);
	put_cpu();
	return ret;
}

/* A leaf whose error outputs are RCX and RDX. */
static u64 seam_ext(struct tdx_td *td, u64 leaf, struct sx_args *a, u64 *e1, u64 *e2)
{
	u64 ret = seam(td, leaf, a);

	*e1 = a->rcx;
	*e2 = a->rdx;
	return ret;
}

static u64 tdr_pa(struct tdx_td *td)
{
	return page_to_phys(td->tdr_page);
}

/* PG_LEVEL_4K is 1, the module counts from 0. */
static u64 gpa_level(u64 gpa, enum pg_level level)
{
	return gpa | (level - 1);
}

/*
 * From here on the seed decides: a sweep replays any of its seeds, in whatever boot, by a TD of
 * that seed.
 */
static void soft_start_schedule(void)
{
	unsigned long s = READ_ONCE(seed);
	int i;

	for (i = 0; i < SOFT_NR_YIELDS; i++)
		atomic64_set(&soft_met[i], 0);
	sx_reseed(soft_sys, s);
	WRITE_ONCE(sx_params(soft_sys)->busy_permille, min(READ_ONCE(busy_permille), 1000));
	WRITE_ONCE(yield_state, s * 0x9e3779b97f4a7c15ULL | 1);
}

u64 tdh_mng_create(struct tdx_td *td, u16 hkid)
{
	struct sx_args a = { .rcx = tdr_pa(td), .rdx = hkid };
	struct soft_td *soft = kzalloc(sizeof(*soft), GFP_KERNEL);
	u64 ret;

	/*
	 * Out of memory for softtdx's own bookkeeping: KVM retries TDX_RND_NO_ENTROPY from user
	 * space.
	 */
	if (!soft)
		return TDX_RND_NO_ENTROPY;
	soft->kvm = &container_of(td, struct kvm_tdx, td)->kvm;
	soft->tdr_pa = a.rcx;
	soft->pid = task_tgid_nr(current);
	soft_start_schedule();
	set_page_private(td->tdr_page, (unsigned long)soft);
	ret = seam(td, SX_MNG_CREATE, &a);
	if (ret) {
		set_page_private(td->tdr_page, 0);
		kfree(soft);
		return ret;
	}
	mutex_lock(&soft_tds_lock);
	soft->nr = soft_next_td++;
	list_add_tail(&soft->list, &soft_tds);
	soft_debugfs_add_td(soft);
	mutex_unlock(&soft_tds_lock);
	return ret;
}

static void soft_forget_td(struct page *page)
{
	struct soft_td *soft = NULL, *t;

	mutex_lock(&soft_tds_lock);
	list_for_each_entry(t, &soft_tds, list) {
		if (t->tdr_pa == page_to_phys(page))
			soft = t;
	}
	if (soft)
		list_del(&soft->list);
	mutex_unlock(&soft_tds_lock);
	if (!soft)
		return;
	/*
	 * Waits for readers, which take the lock: not under it. They find the TD gone from the
	 * list.
	 */
	debugfs_remove_recursive(soft->dir);
	set_page_private(page, 0);
	kfree(soft);
}

u64 tdh_phymem_page_reclaim(struct page *page, u64 *tdx_pt, u64 *tdx_owner, u64 *tdx_size)
{
	struct sx_args a = { .rcx = page_to_phys(page) };
	u64 ret = seam(NULL, SX_PHYMEM_PAGE_RECLAIM, &a);

	*tdx_pt = a.rcx;
	*tdx_owner = a.rdx;
	*tdx_size = a.r8;
	if (!ret) {
		soft_vp_free(page_to_phys(page));
		if (*tdx_pt == SX_PT_TDR)
			soft_forget_td(page);
	}
	return ret;
}

u64 tdh_mng_addcx(struct tdx_td *td, struct page *tdcs_page)
{
	struct sx_args a = { .rcx = page_to_phys(tdcs_page), .rdx = tdr_pa(td) };

	return seam(td, SX_MNG_ADDCX, &a);
}

u64 tdh_mng_key_config(struct tdx_td *td)
{
	struct sx_args a = { .rcx = tdr_pa(td) };

	return seam(td, SX_MNG_KEY_CONFIG, &a);
}

u64 tdh_mng_init(struct tdx_td *td, u64 td_params, u64 *extended_err)
{
	struct sx_args a = { .rcx = tdr_pa(td), .rdx = td_params };
	u64 ret = seam(td, SX_MNG_INIT, &a);

	*extended_err = a.rcx;
	return ret;
}

u64 tdh_mng_rd(struct tdx_td *td, u64 field, u64 *data)
{
	struct sx_args a = { .rcx = tdr_pa(td), .rdx = field };
	u64 ret = seam(td, SX_MNG_RD, &a);

	*data = a.r8;
	return ret;
}

u64 tdh_mng_vpflushdone(struct tdx_td *td)
{
	struct sx_args a = { .rcx = tdr_pa(td) };

	return seam(td, SX_MNG_VPFLUSHDONE, &a);
}

u64 tdh_mng_key_freeid(struct tdx_td *td)
{
	struct sx_args a = { .rcx = tdr_pa(td) };

	return seam(td, SX_MNG_KEY_FREEID, &a);
}

u64 tdh_mr_extend(struct tdx_td *td, u64 gpa, u64 *ext_err1, u64 *ext_err2)
{
	struct sx_args a = { .rcx = gpa, .rdx = tdr_pa(td) };

	return seam_ext(td, SX_MR_EXTEND, &a, ext_err1, ext_err2);
}

u64 tdh_mr_finalize(struct tdx_td *td)
{
	struct sx_args a = { .rcx = tdr_pa(td) };

	return seam(td, SX_MR_FINALIZE, &a);
}

u64 tdh_vp_create(struct tdx_td *td, struct tdx_vp *vp)
{
	struct sx_args a = { .rcx = vp->tdvpr_pa, .rdx = tdr_pa(td) };
	u64 ret;

	if (soft_vp_alloc(td, vp))
		return TDX_RND_NO_ENTROPY;
	ret = seam(td, SX_VP_CREATE, &a);
	if (ret)
		soft_vp_free(vp->tdvpr_pa);
	return ret;
}

u64 tdh_vp_addcx(struct tdx_vp *vp, struct page *tdcx_page)
{
	struct sx_args a = { .rcx = page_to_phys(tdcx_page), .rdx = vp->tdvpr_pa };

	return seam(NULL, SX_VP_ADDCX, &a);
}

u64 tdh_vp_init(struct tdx_vp *vp, u64 initial_rcx, u32 x2apicid)
{
	struct sx_args a = { .rcx = vp->tdvpr_pa, .rdx = initial_rcx, .r8 = x2apicid };
	u64 ret = seam(NULL, SX_VP_INIT | 1ULL << 16, &a);

	if (!ret)
		soft_vp_setup(vp);
	return ret;
}

u64 tdh_vp_flush(struct tdx_vp *vp)
{
	struct sx_args a = { .rcx = vp->tdvpr_pa };

	return seam(NULL, SX_VP_FLUSH, &a);
}

u64 tdh_vp_rd(struct tdx_vp *vp, u64 field, u64 *data)
{
	struct sx_args a = { .rcx = vp->tdvpr_pa, .rdx = field };
	u64 ret = seam(NULL, SX_VP_RD, &a);

	*data = a.r8;
	return ret;
}

u64 tdh_vp_wr(struct tdx_vp *vp, u64 field, u64 data, u64 mask)
{
	struct sx_args a = { .rcx = vp->tdvpr_pa, .rdx = field, .r8 = data, .r9 = mask };

	return seam(NULL, SX_VP_WR, &a);
}

u64 tdh_mem_page_add(struct tdx_td *td, u64 gpa, kvm_pfn_t pfn, struct page *source,
		     u64 *ext_err1, u64 *ext_err2)
{
	struct sx_args a = {
		.rcx = gpa, .rdx = tdr_pa(td), .r8 = PFN_PHYS(pfn), .r9 = page_to_phys(source),
	};

	return seam_ext(td, SX_MEM_PAGE_ADD, &a, ext_err1, ext_err2);
}

u64 tdh_mem_sept_add(struct tdx_td *td, u64 gpa, enum pg_level level, struct page *page,
		     u64 *ext_err1, u64 *ext_err2)
{
	struct sx_args a = {
		.rcx = gpa_level(gpa, level), .rdx = tdr_pa(td), .r8 = page_to_phys(page),
	};

	return seam_ext(td, SX_MEM_SEPT_ADD, &a, ext_err1, ext_err2);
}

u64 tdh_mem_page_aug(struct tdx_td *td, u64 gpa, enum pg_level level, kvm_pfn_t pfn,
		     u64 *ext_err1, u64 *ext_err2)
{
	struct sx_args a = {
		.rcx = gpa_level(gpa, level), .rdx = tdr_pa(td), .r8 = PFN_PHYS(pfn),
	};

	return seam_ext(td, SX_MEM_PAGE_AUG, &a, ext_err1, ext_err2);
}

/* The leaves whose operands are an entry of a TD, and no more. */
#define SOFT_MEM_LEAF(name, leaf)								\
u64 soft_tdh_mem_##name(struct tdx_td *td, u64 gpa, enum pg_level level, u64 *e1, u64 *e2)	\
{												\
	struct sx_args a = { .rcx = gpa_level(gpa, level), .rdx = tdr_pa(td) };			\
												\
	return seam_ext(td, leaf, &a, e1, e2);							\
}
SOFT_MEM_LEAF(range_block, SX_MEM_RANGE_BLOCK)
SOFT_MEM_LEAF(range_unblock, SX_MEM_RANGE_UNBLOCK)
SOFT_MEM_LEAF(page_remove, SX_MEM_PAGE_REMOVE)
SOFT_MEM_LEAF(sept_remove, SX_MEM_SEPT_REMOVE)
SOFT_MEM_LEAF(sept_rd, SX_MEM_SEPT_RD)

u64 tdh_mem_track(struct tdx_td *td)
{
	struct sx_args a = { .rcx = tdr_pa(td) };

	return seam(td, SX_MEM_TRACK, &a);
}

u64 tdh_phymem_cache_wb(bool resume)
{
	struct sx_args a = { .rcx = resume };

	return seam(NULL, SX_PHYMEM_CACHE_WB, &a);
}

static u64 page_wbinvd(u64 hkid, kvm_pfn_t pfn)
{
	struct sx_args a = { .rcx = PFN_PHYS(pfn) | hkid << boot_cpu_data.x86_phys_bits };

	return seam(NULL, SX_PHYMEM_PAGE_WBINVD, &a);
}

u64 tdh_phymem_page_wbinvd_tdr(struct tdx_td *td)
{
	return page_wbinvd(0, page_to_pfn(td->tdr_page));
}

u64 tdh_phymem_page_wbinvd_hkid(u64 hkid, kvm_pfn_t pfn)
{
	return page_wbinvd(hkid, pfn);
}

void tdx_quirk_reset_paddr(unsigned long base, unsigned long size)
{
	unsigned long pa;

	atomic64_add(size >> PAGE_SHIFT, &soft_resets);
	for (pa = base; pw_mce && pa < base + size; pa += PAGE_SIZE)
		clear_page(__va(pa));
}

bool soft_kick_vcpus(struct kvm *kvm, unsigned int req)
{
	struct soft_td *td = soft_td_of(&container_of(kvm, struct kvm_tdx, kvm)->td);
	unsigned long i, inside = 0, all = 0;
	struct kvm_vcpu *vcpu;
	u64 begun = soft_begin();

	/*
	 * A snapshot for the cost model: which vCPUs this kick will find in the guest. A vCPU may
	 * cross the line at this very moment; KVM's own decision is as racy, and in `count` it is
	 * deterministic.
	 */
	kvm_for_each_vcpu(i, vcpu, kvm) {
		inside += READ_ONCE(vcpu->mode) == IN_GUEST_MODE;
		all++;
	}
	soft_count(td, SOFT_KICK, 1);
	soft_count(td, SOFT_KICK_INSIDE, inside);
	soft_count(td, SOFT_KICK_OUTSIDE, all - inside);
	/* KVM walks its vCPUs once; this walk is ours. */
	soft_end(begun, SOFT_OUTSIDE_SEAM);
	if (unlikely(soft_bug_skip_kick))
		return false;
	return kvm_make_all_cpus_request(kvm, req);
}

static void soft_yield_hook(void *arg, enum sx_yield where)
{
	u64 x = READ_ONCE(yield_state);
	u32 n;

	/* xorshift64: state is never 0 */
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	WRITE_ONCE(yield_state, x);
	n = (x >> 32) % (yield_max + 1);
	atomic64_add(n, &soft_yields);
	while (n--)
		cpu_relax();
	/* Has anybody made use of it? The caller itself is one of those inside. */
	if (atomic_read(&soft_inside) > 1)
		atomic64_inc(&soft_met[where]);
}

static int __init parse_spin(void)
{
	char *copy, *s, *item;
	int r = 0;

	if (!*spin)
		return 0;
	if (boot_cpu_has(X86_FEATURE_HYPERVISOR)) {
		pr_err("softtdx: spin= needs a bare AMD host; under emulation time is counted, not spent\n");
		return -EINVAL;
	}
	s = copy = kstrdup(spin, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	while (!r && (item = strsep(&s, ","))) {
		char *ns = strchr(item, ':');
		unsigned int leaf;

		r = -EINVAL;
		if (!ns)
			break;
		*ns++ = '\0';
		for (leaf = 0; leaf < SX_NR_LEAVES; leaf++) {
			const char *name = sx_leaf_name(leaf);

			if (name && !strcmp(name, item))
				r = kstrtou32(ns, 0, &spin_ns[leaf]);
		}
	}
	if (r)
		pr_err("softtdx: spin=%s: want LEAF:NS,... with LEAF as in the counters\n", spin);
	kfree(copy);
	return r;
}

static int __init parse_bug(struct sx_params *p)
{
	if (!strcmp(bug, "skip_track"))
		p->bug_skip_track = true;
	else if (!strcmp(bug, "skip_kick"))
		soft_bug_skip_kick = true;
	else if (strcmp(bug, "none")) {
		pr_err("softtdx: bug=%s: want none, skip_track or skip_kick\n", bug);
		return -EINVAL;
	}
	return 0;
}

static u64 __init soft_nr_pages(void)
{
	u64 end = 0;
	int nid;

	for_each_online_node(nid)
		end = max_t(u64, end, node_end_pfn(nid));
	return end;
}

static int __init parse_release(enum sx_release *r)
{
	unsigned int i;

	*r = SX_R_NEWEST;
	for (i = 0; *release && i < SX_NR_RELEASES; i++) {
		if (!strcmp(release, sx_release_name(i))) {
			*r = i;
			return 0;
		}
	}
	if (!*release)
		return 0;
	pr_err("softtdx: release=%s: want 1.5.01, 1.5.05, 1.5.16 or 1.5.25\n", release);
	return -EINVAL;
}

static int __init soft_params(enum sx_release rules)
{
	struct sx_params *p = sx_params(soft_sys);
	int r;

	if (busy_permille > 1000) {
		pr_err("softtdx: busy_permille=%u: want 0..1000\n", busy_permille);
		return -EINVAL;
	}
	p->release = rules;
	p->zero_step_threshold = zero_step;
	p->hp_timeout = hp_timeout;
	p->busy_permille = busy_permille;
	p->walk_through_blocked = walk_through_blocked;
	p->packages = topology_max_packages();
	p->hkid_shift = boot_cpu_data.x86_phys_bits;
	r = parse_bug(p);
	return r ? r : parse_spin();
}

int __init soft_seam_init(void)
{
	u64 pages = soft_nr_pages();
	size_t size = sx_sys_size(pages);
	enum sx_release rules;
	int r = parse_release(&rules);

	if (!r && selftest)
		r = soft_selftest(pages, rules, selftest, selftest_seed);
	if (r)
		return r;
	soft_sys_mem = size ? vzalloc(size) : NULL;
	if (!soft_sys_mem) {
		pr_err("softtdx: no memory for the PAMT of %llu pages (%zu bytes)\n", pages, size);
		return -ENOMEM;
	}
	soft_sys = sx_sys_init(soft_sys_mem, pages, SOFT_NR_HKIDS);
	r = soft_params(rules);
	if (r) {
		vfree(soft_sys_mem);
		return r;
	}
	r = soft_ledger_init();
	if (r) {
		vfree(soft_sys_mem);
		return r;
	}
	if (yield_max)
		sx_set_yield(soft_sys, soft_yield_hook, NULL);
	soft_debugfs_init();
	return 0;
}

void soft_seam_exit(void)
{
	soft_debugfs_exit();
	soft_ledger_exit();
	vfree(soft_sys_mem);
	ida_destroy(&soft_hkids);
}
