// SPDX-License-Identifier: GPL-2.0-only
/*
 * septcount.ko, see count.h. In /sys/kernel/debug/septcount:
 *   window	a write of 1 begins a window, of 0 ends it; allocates nothing
 *   counters	what was counted in the last window, "name value" per line; nothing of mmu_lock if the
 *		kvm.ko that is loaded does not call these functions, nothing of pamt_lock if the
 *		SEAMCALL wrappers have taken no spin lock since the first VM
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/kvm_host.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/rwlock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <trace/events/lock.h>
#include <asm/tsc.h>
#include "count.h"

MODULE_DESCRIPTION("Counts of mmu_lock, allocations and IPIs for septbench");
MODULE_LICENSE("GPL");

enum what {
	READ_LOCK, READ_UNLOCK, READ_HELD, READ_CONTENDED, READ_WAITED,
	WRITE_LOCK, WRITE_UNLOCK, WRITE_HELD, WRITE_CONTENDED, WRITE_WAITED,
	READ_HELD_MODULE, WRITE_HELD_MODULE,
	PAGE_ALLOC, PAGE_FREE, SLAB_ALLOC, SLAB_FREE, IPI,
	SPIN_LOCK, SPIN_CONTENDED, SPIN_WAITED, SPIN_HELD, SPIN_HELD_MODULE,
	NR_WHAT,
};

static const char * const names[NR_WHAT] = {
	[READ_LOCK] = "read", [READ_UNLOCK] = "read_unlock", [READ_HELD] = "read_held",
	[READ_CONTENDED] = "read_contended", [READ_WAITED] = "read_waited",
	[WRITE_LOCK] = "write", [WRITE_UNLOCK] = "write_unlock", [WRITE_HELD] = "write_held",
	[WRITE_CONTENDED] = "write_contended", [WRITE_WAITED] = "write_waited",
	[READ_HELD_MODULE] = "read_held_module", [WRITE_HELD_MODULE] = "write_held_module",
	[PAGE_ALLOC] = "pages_alloc", [PAGE_FREE] = "pages_free",
	[SLAB_ALLOC] = "slab_alloc", [SLAB_FREE] = "slab_free", [IPI] = "ipis",
	[SPIN_LOCK] = "taken", [SPIN_CONTENDED] = "contended", [SPIN_WAITED] = "waited",
	[SPIN_HELD] = "held", [SPIN_HELD_MODULE] = "held_module",
};

static DEFINE_PER_CPU(u64 [NR_WHAT], counts);
static u64 own_ticks;
u64 *sept_ticks = &own_ticks;
EXPORT_SYMBOL_GPL(sept_ticks);

/* What one use of each costs beside what it can measure of itself; found out by calibrate(). */
static u64 lock_rest, unlock_rest, slab_rest, page_rest, spin_rest;

static void add(enum what w, u64 n)
{
	this_cpu_add(counts[w], n);
}

/* The end of a probe that began at @t0. */
static void charge(u64 t0, u64 rest)
{
	sept_charge(rdtsc() - t0 + rest);
}

/* A point in time and what the instruments had taken until then. */
struct moment {
	const void *lock;
	u64 tsc, ticks;
};

static struct moment now(const void *lock)
{
	return (struct moment) { lock, rdtsc(), sept_charged() };
}

/* --- which locks: those of the VMs that KVM has made --- */

#define MAX_VMS	64

/*
 * A new VM takes the place of the oldest. One that is gone stays: its last uses of the lock come
 * after the notifier's end, and no other rwlock will be at its address.
 */
static const rwlock_t *mmu_locks[MAX_VMS];
static atomic_t nr_vms;

static bool is_mmu_lock(const rwlock_t *lock)
{
	unsigned int i, nr = min(atomic_read(&nr_vms), MAX_VMS);

	for (i = nr; i--; )
		if (READ_ONCE(mmu_locks[i]) == lock)
			return true;
	return false;
}

static void know_lock(const rwlock_t *lock)
{
	if (!is_mmu_lock(lock))
		WRITE_ONCE(mmu_locks[(unsigned int)atomic_fetch_inc(&nr_vms) % MAX_VMS], lock);
}

/* Every VM registers its MMU notifier before anybody can take its lock. */
int sept_mmu_notifier_register(struct mmu_notifier *mn, struct mm_struct *mm)
{
	know_lock(&container_of(mn, struct kvm, mmu_notifier)->mmu_lock);
	return mmu_notifier_register(mn, mm);
}
EXPORT_SYMBOL_GPL(sept_mmu_notifier_register);

/* --- mmu_lock --- */

/* Who holds it cannot leave the CPU, and holds one. */
static DEFINE_PER_CPU(struct moment, taken);

static void took(rwlock_t *lock, enum what what)
{
	u64 t0 = rdtsc();

	if (is_mmu_lock(lock)) {
		add(what, 1);
		charge(t0, lock_rest);
		*this_cpu_ptr(&taken) = now(lock);
	} else {
		charge(t0, lock_rest);
	}
}

/* At yield points other CPUs get their turn, and some of their time is charged twice. */
static u64 work_since(const struct moment *m, u64 tsc, u64 ticks)
{
	return max_t(s64, tsc - m->tsc - (ticks - m->ticks), 0);
}

static void gives(rwlock_t *lock, enum what unlock, enum what held, enum what module)
{
	struct moment *t = this_cpu_ptr(&taken);
	u64 t0 = rdtsc(), ticks = sept_charged();

	if (t->lock == lock) {
		t->lock = NULL;
		add(unlock, 1);
		add(held, work_since(t, t0, ticks));
		add(module, ticks - t->ticks);
	}
	charge(t0, unlock_rest);
}

void sept_read_lock(rwlock_t *lock)
{
	_raw_read_lock(lock);
	took(lock, READ_LOCK);
}
EXPORT_SYMBOL_GPL(sept_read_lock);

void sept_read_unlock(rwlock_t *lock)
{
	gives(lock, READ_UNLOCK, READ_HELD, READ_HELD_MODULE);
	_raw_read_unlock(lock);
}
EXPORT_SYMBOL_GPL(sept_read_unlock);

void sept_write_lock(rwlock_t *lock)
{
	_raw_write_lock(lock);
	took(lock, WRITE_LOCK);
}
EXPORT_SYMBOL_GPL(sept_write_lock);

void sept_write_unlock(rwlock_t *lock)
{
	gives(lock, WRITE_UNLOCK, WRITE_HELD, WRITE_HELD_MODULE);
	_raw_write_unlock(lock);
}
EXPORT_SYMBOL_GPL(sept_write_unlock);

int sept_read_trylock(rwlock_t *lock)
{
	int r = _raw_read_trylock(lock);

	if (r)
		took(lock, READ_LOCK);
	return r;
}
EXPORT_SYMBOL_GPL(sept_read_trylock);

int sept_write_trylock(rwlock_t *lock)
{
	int r = _raw_write_trylock(lock);

	if (r)
		took(lock, WRITE_LOCK);
	return r;
}
EXPORT_SYMBOL_GPL(sept_write_trylock);

/*
 * Lets go for a moment if somebody waits or the CPU is wanted, and says whether it did. If it did
 * not, the hold is one whose end and start are counted nevertheless, on both sides.
 */
int sept_cond_resched_rwlock_read(rwlock_t *lock)
{
	int r;

	gives(lock, READ_UNLOCK, READ_HELD, READ_HELD_MODULE);
	r = __cond_resched_rwlock_read(lock);
	took(lock, READ_LOCK);
	return r;
}
EXPORT_SYMBOL_GPL(sept_cond_resched_rwlock_read);

int sept_cond_resched_rwlock_write(rwlock_t *lock)
{
	int r;

	gives(lock, WRITE_UNLOCK, WRITE_HELD, WRITE_HELD_MODULE);
	r = __cond_resched_rwlock_write(lock);
	took(lock, WRITE_LOCK);
	return r;
}
EXPORT_SYMBOL_GPL(sept_cond_resched_rwlock_write);

/* --- spin locks of the SEAMCALL wrappers' file: stock kernels have one, for set-up alone --- */

static DEFINE_PER_CPU(struct moment, spun);

static bool any_vm(void)
{
	return atomic_read(&nr_vms) > 1;	/* the first lock is our own */
}

/* Not by the tracepoint: a spin lock's first waiter does not get to it. */
void sept_spin_lock(raw_spinlock_t *lock)
{
	u64 t0 = rdtsc();
	bool contended = raw_spin_is_locked(lock);
	struct moment asked;

	charge(t0, spin_rest);
	asked = now(lock);
	_raw_spin_lock(lock);
	t0 = rdtsc();
	if (any_vm()) {
		add(SPIN_LOCK, 1);
		add(SPIN_CONTENDED, contended);
		if (contended)
			add(SPIN_WAITED, work_since(&asked, t0, sept_charged()));
	}
	charge(t0, spin_rest);
	*this_cpu_ptr(&spun) = now(lock);
}
EXPORT_SYMBOL_GPL(sept_spin_lock);

void sept_spin_unlock(raw_spinlock_t *lock)
{
	struct moment *t = this_cpu_ptr(&spun);
	u64 t0 = rdtsc(), ticks = sept_charged();

	if (t->lock == lock && any_vm()) {
		add(SPIN_HELD, work_since(t, t0, ticks));
		add(SPIN_HELD_MODULE, ticks - t->ticks);
	}
	t->lock = NULL;
	charge(t0, spin_rest);
	_raw_spin_unlock(lock);
}
EXPORT_SYMBOL_GPL(sept_spin_unlock);

/* --- tracepoints --- */

static DEFINE_PER_CPU(struct moment, waiting);

/* A rwlock's waiter spins: it cannot leave its CPU either. */
static void on_contention_begin(void *data, void *lock, unsigned int flags)
{
	u64 t0 = rdtsc();
	bool ours = flags & (LCB_F_READ | LCB_F_WRITE) && is_mmu_lock(lock);

	if (ours)
		add(flags & LCB_F_READ ? READ_CONTENDED : WRITE_CONTENDED, 1);
	charge(t0, page_rest);
	if (ours) {
		*this_cpu_ptr(&waiting) = now(lock);
		/* Read by the end, which is not told. */
		this_cpu_ptr(&waiting)->lock += !!(flags & LCB_F_READ);
	}
}

static void on_contention_end(void *data, void *lock, int ret)
{
	struct moment *t = this_cpu_ptr(&waiting);
	u64 t0 = rdtsc(), ticks = sept_charged();

	if (t->lock && ((unsigned long)t->lock & ~1UL) == (unsigned long)lock) {
		add((unsigned long)t->lock & 1 ? READ_WAITED : WRITE_WAITED,
		    work_since(t, t0, ticks));
		t->lock = NULL;
	}
	charge(t0, page_rest);
}

static void on_page_alloc(void *data, struct page *page, unsigned int order, gfp_t gfp, int type)
{
	u64 t0 = rdtsc();

	if (page)
		add(PAGE_ALLOC, 1ULL << order);
	charge(t0, page_rest);
}

static void on_page_free(void *data, struct page *page, unsigned int order)
{
	u64 t0 = rdtsc();

	add(PAGE_FREE, 1ULL << order);
	charge(t0, page_rest);
}

static void on_slab_alloc(void *data, unsigned long site, const void *p, struct kmem_cache *s,
			  gfp_t gfp, int node)
{
	u64 t0 = rdtsc();

	if (p)
		add(SLAB_ALLOC, 1);
	charge(t0, slab_rest);
}

static void on_kmalloc(void *data, unsigned long site, const void *p, size_t want, size_t got,
		       gfp_t gfp, int node)
{
	u64 t0 = rdtsc();

	if (p)
		add(SLAB_ALLOC, 1);
	charge(t0, slab_rest);
}

static void on_slab_free(void *data, unsigned long site, const void *p, const struct kmem_cache *s)
{
	u64 t0 = rdtsc();

	add(SLAB_FREE, 1);
	charge(t0, slab_rest);
}

/* kfree(NULL) is seen here too, and frees nothing. */
static void on_kfree(void *data, unsigned long site, const void *p)
{
	u64 t0 = rdtsc();

	if (!ZERO_OR_NULL_PTR(p))
		add(SLAB_FREE, 1);
	charge(t0, slab_rest);
}

static void on_ipi_cpu(void *data, const unsigned int cpu, unsigned long site, void *callback)
{
	u64 t0 = rdtsc();

	add(IPI, 1);
	charge(t0, page_rest);
}

static void on_ipi_mask(void *data, const struct cpumask *mask, unsigned long site, void *callback)
{
	u64 t0 = rdtsc();

	add(IPI, cpumask_weight(mask));
	charge(t0, page_rest);
}

static struct sept_probe count_probes[] = {
	{ "contention_begin", on_contention_begin },
	{ "contention_end", on_contention_end },
	{ "mm_page_alloc", on_page_alloc },
	{ "mm_page_free", on_page_free },
	{ "kmem_cache_alloc", on_slab_alloc },
	{ "kmalloc", on_kmalloc },
	{ "kmem_cache_free", on_slab_free },
	{ "kfree", on_kfree },
	{ "ipi_send_cpu", on_ipi_cpu },
	{ "ipi_send_cpumask", on_ipi_mask },
};

static void find_tracepoint(struct tracepoint *tp, void *probe)
{
	struct sept_probe *p = probe;

	if (!strcmp(p->name, tp->name))
		p->tp = tp;
}

const struct sept_probe *sept_probes_on(struct sept_probe *probes, unsigned int nr)
{
	const struct sept_probe *missing = NULL;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct sept_probe *p = &probes[i];

		for_each_kernel_tracepoint(find_tracepoint, p);
		if (p->tp && tracepoint_probe_register(p->tp, p->func, NULL))
			p->tp = NULL;
		if (!p->tp && !missing)
			missing = p;
	}
	return missing;
}
EXPORT_SYMBOL_GPL(sept_probes_on);

void sept_probes_off(struct sept_probe *probes, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (probes[i].tp)
			tracepoint_probe_unregister(probes[i].tp, probes[i].func, NULL);
		probes[i].tp = NULL;
	}
	tracepoint_synchronize_unregister();
}
EXPORT_SYMBOL_GPL(sept_probes_off);

/* --- what the probes cost --- */

#define TRIES	32

static DEFINE_RWLOCK(probe_lock);
static DEFINE_RAW_SPINLOCK(probe_spin);
static struct kmem_cache *probe_cache;

static void pair_of_locks(void)
{
	_raw_read_lock(&probe_lock);
	_raw_read_unlock(&probe_lock);
}

static void pair_of_counted_locks(void)
{
	sept_read_lock(&probe_lock);
	sept_read_unlock(&probe_lock);
}

static void spin(void)
{
	_raw_spin_lock(&probe_spin);
	_raw_spin_unlock(&probe_spin);
}

static void counted_spin(void)
{
	sept_spin_lock(&probe_spin);
	sept_spin_unlock(&probe_spin);
}

static void pair_of_slab(void)
{
	void *p = kmem_cache_alloc(probe_cache, GFP_ATOMIC);

	if (p)
		kmem_cache_free(probe_cache, p);
}

static void pair_of_pages(void)
{
	unsigned long p = __get_free_page(GFP_ATOMIC);

	free_page(p);
}

/* Least ticks of @pair, without what the probes have found of themselves. */
static u64 least(void (*pair)(void))
{
	u64 least = U64_MAX;
	unsigned long flags;
	int i;

	for (i = 0; i < TRIES; i++) {
		struct moment t;

		local_irq_save(flags);
		t = now(NULL);
		pair();
		least = min(least, rdtsc() - t.tsc - (sept_charged() - t.ticks));
		local_irq_restore(flags);
	}
	return least;
}

static u64 half_more(u64 with, u64 without)
{
	return with > without ? (with - without) / 2 : 0;
}

/* --- files --- */

static u64 begin[NR_WHAT + 1], delta[NR_WHAT + 1];	/* the last one: ticks */

static void read_counts(u64 *to)
{
	int cpu, i;

	memset(to, 0, NR_WHAT * sizeof(*to));
	for_each_possible_cpu(cpu)
		for (i = 0; i < NR_WHAT; i++)
			to[i] += READ_ONCE(per_cpu(counts, cpu)[i]);
	to[NR_WHAT] = sept_charged();
}

static int window_set(void *unused, u64 on)
{
	int i;

	if (on) {
		read_counts(begin);
		return 0;
	}
	read_counts(delta);
	for (i = 0; i <= NR_WHAT; i++)
		delta[i] -= begin[i];
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(window_fops, NULL, window_set, "%llu\n");

static const char *group(int what)
{
	return what < PAGE_ALLOC ? "mmu_lock" : what < SPIN_LOCK ? "kernel" : "pamt_lock";
}

static int counters_show(struct seq_file *m, void *unused)
{
	/* A kernel without such a lock has no counts of it. */
	int i, end = begin[SPIN_LOCK] + delta[SPIN_LOCK] ? NR_WHAT : SPIN_LOCK;

	for (i = any_vm() ? 0 : PAGE_ALLOC; i < end; i++)
		seq_printf(m, "%s.%s %llu\n", group(i), names[i], delta[i]);
	seq_printf(m, "septcount.ticks %llu\n", delta[NR_WHAT]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static struct dentry *dir;

static int __init sept_count_init(void)
{
	const struct sept_probe *missing;
	u64 locks, slab, pages, spins;

	probe_cache = kmem_cache_create("septcount", 64, 0, SLAB_HWCACHE_ALIGN, NULL);
	if (!probe_cache)
		return -ENOMEM;
	know_lock(&probe_lock);
	locks = least(pair_of_locks);
	slab = least(pair_of_slab);
	pages = least(pair_of_pages);
	lock_rest = half_more(least(pair_of_counted_locks), locks);
	unlock_rest = lock_rest;
	spins = least(spin);
	spin_rest = half_more(least(counted_spin), spins) * 2 / 3;	/* charged three times */
	missing = sept_probes_on(count_probes, ARRAY_SIZE(count_probes));
	if (missing) {
		pr_err("septcount: this kernel has no tracepoint %s\n", missing->name);
		sept_probes_off(count_probes, ARRAY_SIZE(count_probes));
		kmem_cache_destroy(probe_cache);
		return -ENOENT;
	}
	slab_rest = half_more(least(pair_of_slab), slab);
	page_rest = half_more(least(pair_of_pages), pages);
	dir = debugfs_create_dir("septcount", NULL);
	debugfs_create_file_unsafe("window", 0200, dir, NULL, &window_fops);
	debugfs_create_file("counters", 0400, dir, NULL, &counters_fops);
	return 0;
}

static void __exit sept_count_exit(void)
{
	debugfs_remove_recursive(dir);
	sept_probes_off(count_probes, ARRAY_SIZE(count_probes));
	kmem_cache_destroy(probe_cache);
}

module_init(sept_count_init);
module_exit(sept_count_exit);
