// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SEAMCALL instruction: what the kernel's __seamcall*() are to the CPU, over softtdx's core: a
 * leaf and its version, registers in, a status and registers out. Set-up of the module; kicks.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <asm/tsc.h>
#include "glue.h"
#include "guest.h"
#include "vmx/tdx.h"
#include "vmx/vmx.h"
#include "vmx/x86_ops.h"

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
bool soft_pw_mce;
module_param_named(pw_mce, soft_pw_mce, bool, 0444);
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
static DEFINE_SPINLOCK(soft_tds_spin);	/* taken within it, and by SEAMCALLs alone */
bool soft_bug_skip_kick;
static void *soft_sys_mem;
static unsigned int soft_next_td;
static u32 spin_ns[SX_NR_LEAVES];
/*
 * One generator for all yield points: the seed is the schedule. Who wins a race on it is no matter.
 */
static u64 yield_state;
atomic64_t soft_yields, soft_resets, soft_met[SOFT_NR_YIELDS];
static atomic_t soft_inside;	/* SEAMCALLs under way, those of VP.ENTER until the guest runs */

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

/*
 * A TD's files come and go with its VM, where one may sleep; its TDR page, and what the core knows
 * of the TD, with MNG.CREATE and RECLAIM, in the middle of a SEAMCALL.
 */
int soft_vm_init(struct kvm *kvm)
{
	struct soft_td *td = kzalloc(sizeof(*td), GFP_KERNEL);
	int r = td ? tdx_vm_init(kvm) : -ENOMEM;

	if (r) {
		kfree(td);
		return r;
	}
	td->kvm = kvm;
	td->pid = task_tgid_nr(current);
	mutex_lock(&soft_tds_lock);
	td->nr = soft_next_td++;
	spin_lock(&soft_tds_spin);
	list_add_tail(&td->list, &soft_tds);
	spin_unlock(&soft_tds_spin);
	soft_debugfs_add_td(td);
	mutex_unlock(&soft_tds_lock);
	return 0;
}

static struct soft_td *soft_off_the_list(struct kvm *kvm)
{
	struct soft_td *td = NULL, *t;

	mutex_lock(&soft_tds_lock);
	list_for_each_entry(t, &soft_tds, list) {
		if (t->kvm == kvm)
			td = t;
	}
	if (td) {
		spin_lock(&soft_tds_spin);
		list_del(&td->list);
		spin_unlock(&soft_tds_spin);
	}
	mutex_unlock(&soft_tds_lock);
	return td;
}

void soft_vm_destroy(struct kvm *kvm)
{
	/* First: a reader that finds a TD on the list, under the lock, looks into its TDR page. */
	struct soft_td *td = soft_off_the_list(kvm);

	tdx_vm_destroy(kvm);
	if (!td)
		return;
	/* Waits for readers, which take the lock: not under it. They find no TD. */
	debugfs_remove_recursive(td->dir);
	kfree(td);
}

static void soft_td_created(u64 tdr_pa)
{
	struct page *page = pfn_to_page(PHYS_PFN(tdr_pa));
	struct soft_td *td;

	spin_lock(&soft_tds_spin);
	list_for_each_entry(td, &soft_tds, list) {
		if (container_of(td->kvm, struct kvm_tdx, kvm)->td.tdr_page != page)
			continue;
		td->tdr_pa = tdr_pa;
		set_page_private(page, (unsigned long)td);
	}
	spin_unlock(&soft_tds_spin);
}

static void soft_td_reclaimed(u64 tdr_pa)
{
	struct page *page = pfn_to_page(PHYS_PFN(tdr_pa));
	struct soft_td *td = (struct soft_td *)page_private(page);

	set_page_private(page, 0);
	if (td)
		WRITE_ONCE(td->tdr_pa, 0);
}

/* The leaves that give or take a page which softtdx keeps something beside. */
#define SOFT_BOOK_KEEPING	(BIT_ULL(SX_MNG_CREATE) | BIT_ULL(SX_VP_CREATE) | \
				 BIT_ULL(SX_VP_INIT) | BIT_ULL(SX_PHYMEM_PAGE_RECLAIM))

static u64 soft_keep_books(u64 fn, struct sx_args *a, unsigned int cpu)
{
	unsigned int pkg = topology_physical_package_id(cpu);
	u64 page = a->rcx, tdr = a->rdx, ret;
	bool is_vp = sx_vp_of(soft_sys, page);

	if (fn == SX_MNG_CREATE)
		soft_start_schedule();
	/* No memory for softtdx's own: the kernel tries this status again. */
	if (fn == SX_VP_CREATE && !is_vp && soft_vp_alloc(page, tdr))
		return TDX_RND_NO_ENTROPY;
	ret = sx_seamcall(soft_sys, fn, a, cpu, pkg);
	switch (fn & 0xffff) {
	case SX_MNG_CREATE:
		if (!ret)
			soft_td_created(page);
		break;
	case SX_VP_CREATE:
		if (ret && !is_vp)
			soft_vp_free(page);
		break;
	case SX_VP_INIT:
		if (!ret)
			soft_vp_setup(page);
		break;
	case SX_PHYMEM_PAGE_RECLAIM:
		if (!ret && a->rcx == SX_PT_TDVPR)
			soft_vp_free(page);
		else if (!ret && a->rcx == SX_PT_TDR)
			soft_td_reclaimed(page);
		break;
	}
	return ret;
}

/*
 * Once for each: a series may count on a leaf that this release has not, that is not modelled, or
 * that no release has, or on a version of one.
 */
static void soft_name_unknown(u64 fn)
{
	static DECLARE_BITMAP(named, 256);
	enum sx_release since = 0, is = sx_params(soft_sys)->release;
	u64 leaf = fn & 0xffff, version = fn >> 16 & 0xff;
	const char *name = sx_leaf_left_out(leaf, &since);

	if ((sx_leaf_known(leaf, is) && !version) || test_and_set_bit(min(leaf, 255), named))
		return;
	if (sx_leaf_known(leaf, is))
		pr_warn("softtdx: SEAMCALL leaf %llu has no version %llu in %s: OPERAND_INVALID\n",
			leaf, version, sx_release_name(is));
	else if (!name)
		pr_warn("softtdx: SEAMCALL leaf %llu is in no release of the module: OPERAND_INVALID\n",
			leaf);
	else if (since > is)
		pr_warn("softtdx: SEAMCALL leaf %llu, %s, is of a later release than %s: OPERAND_INVALID; see --module\n",
			leaf, name, sx_release_name(is));
	else
		pr_warn("softtdx: SEAMCALL leaf %llu, %s, is not modelled: OPERAND_INVALID\n", leaf,
			name);
}

static noinline s64 soft_long_call(s64 n, u64 leaf)
{
	bool table = leaf == SX_MEM_PAGE_DEMOTE || leaf == SX_MEM_PAGE_PROMOTE;

	return soft_long_stretch(n, table ? SOFT_LONGEST_TABLE :
				    leaf == SX_MR_EXTEND ? SOFT_LONGEST_HASH : 0);
}

/* Of which @begun is the beginning, in the caller: the copy that it makes is within. */
static noinline u64 soft_seamcall(u64 begun, u64 fn, struct sx_args *a)
{
	u64 ret;
	unsigned int cpu = smp_processor_id();
	u64 leaf = fn & 0xffff;
	u64 longest = SOFT_LONGEST;
	unsigned long flags;

	/* As in the real module no interrupt comes until it is done: none's work is in its time. */
	local_irq_save(flags);
	soft_call_begin();
	if (unlikely(leaf < 64 && BIT_ULL(leaf) & SOFT_BOOK_KEEPING))
		ret = soft_keep_books(fn, a, cpu);
	else
		ret = sx_seamcall(soft_sys, fn, a, cpu, topology_physical_package_id(cpu));
	soft_call_end();
	if (unlikely(ret == (SX_OPERAND_INVALID | SX_OP_RAX)))
		soft_name_unknown(fn);
	if (leaf < SX_NR_LEAVES && unlikely(spin_ns[leaf])) {
		ndelay(spin_ns[leaf]);
		longest = U64_MAX >> 1;
	}
	soft_end_after(begun, SOFT_OUTSIDE_SEAM, longest, soft_long_call(n, leaf));
	local_irq_restore(flags);
	return ret;
}

/* The same of the leaves that look at R12 and R13, apart so that the others pay nothing for it. */
static noinline u64 soft_seamcall_saved(u64 begun, u64 fn, struct tdx_module_args *args)
{
	unsigned int cpu = smp_processor_id();
	u64 leaf = fn & 0xffff, longest = SOFT_LONGEST, ret;
	unsigned long flags;

	static_assert(offsetof(struct tdx_module_args, r12) ==
		      offsetof(struct sx_args_saved, r12) &&
		      offsetof(struct tdx_module_args, r13) == offsetof(struct sx_args_saved, r13));
	local_irq_save(flags);
	soft_call_begin();
	ret = sx_seamcall_saved(soft_sys, fn, (struct sx_args_saved *)args, cpu,
				topology_physical_package_id(cpu));
	soft_call_end();
	if (unlikely(spin_ns[leaf])) {
		ndelay(spin_ns[leaf]);
		longest = U64_MAX >> 1;
	}
	soft_end_after(begun, SOFT_OUTSIDE_SEAM, longest, soft_long_call(n, leaf));
	local_irq_restore(flags);
	return ret;
}

/*
 * The three functions of the kernel's seamcall.S. The first gives no register back, the others do;
 * the last passes all registers, of which VP.ENTER looks at more than the others do, and DEMOTE and
 * PROMOTE with dynamic PAMT.
 */
u64 __seamcall(u64 fn, struct tdx_module_args *args)
{
	u64 begun = soft_begin();
	struct sx_args a = *(struct sx_args *)args;

	return soft_seamcall(begun, fn, &a);
}

u64 __seamcall_ret(u64 fn, struct tdx_module_args *args)
{
	static_assert(offsetof(struct tdx_module_args, rdx) == offsetof(struct sx_args, rdx) &&
		      offsetof(struct tdx_module_args, r8) == offsetof(struct sx_args, r8) &&
		      offsetof(struct tdx_module_args, r9) == offsetof(struct sx_args, r9) &&
		      offsetof(struct tdx_module_args, r11) == offsetof(struct sx_args, r11));

	return soft_seamcall(soft_begin(), fn, (struct sx_args *)args);
}

u64 __seamcall_saved_ret(u64 fn, struct tdx_module_args *args)
{
	if (fn == SX_VP_ENTER)
		return soft_vp_enter(args);
	if ((fn & 0xffff) == SX_MEM_PAGE_DEMOTE || (fn & 0xffff) == SX_MEM_PAGE_PROMOTE)
		return soft_seamcall_saved(soft_begin(), fn, args);
	return __seamcall_ret(fn, args);
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
	soft_end(begun, SOFT_OUTSIDE_KICK);
	if (unlikely(soft_bug_skip_kick))
		return false;
	return kvm_make_all_cpus_request(kvm, req);
}

static void soft_pause(void)
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
}

void soft_violation_seen(void)
{
	if (yield_max)
		soft_pause();
}

static void soft_yield_hook(void *arg, enum sx_yield where)
{
	soft_pause();
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

u64 __init soft_nr_pages(void)
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
	soft_guest_init();
	soft_debugfs_init();
	sx_sys_boot(soft_sys, num_online_cpus());
	r = soft_virt_init();
	if (r) {
		soft_debugfs_exit();
		soft_ledger_exit();
		vfree(soft_sys_mem);
	}
	return r;
}

void soft_seam_exit(void)
{
	soft_virt_exit();
	soft_debugfs_exit();
	soft_ledger_exit();
	vfree(soft_sys_mem);
}
