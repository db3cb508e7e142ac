/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * septcount.ko: what the kernel under test does beside SEAMCALLs, counted without a change to its
 * code: mmu_lock of every VM, the spin locks of the SEAMCALL wrappers' file, pages and slab objects
 * allocated and freed, IPIs sent.
 *
 * KVM's compiled modules are taken as they are. In copies of them the undefined symbols of the lock
 * functions are renamed (lock-symbols), so that the same calls come here, and go on to the kernel's
 * own. Allocations and IPIs are seen at the kernel's tracepoints, from load to unload: switching a
 * tracepoint patches code, which a timed part is to be spared.
 *
 * All that this costs is measured as it happens, with the part that a reading of the clock cannot
 * see found out at load, and is added up in sept_ticks as the instrument's.
 */
#ifndef SEPTCOUNT_H
#define SEPTCOUNT_H

#include <linux/compiler.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

struct mm_struct;
struct mmu_notifier;
struct tracepoint;

/*
 * Ticks of the TSC that instruments have taken on any CPU since load, softtdx's own among them.
 * Under QEMU's single thread the clock counts the instructions of all CPUs, and so does this. A
 * pointer, so that who keeps the sum elsewhere can have it there, outside of windows.
 */
extern u64 *sept_ticks;

static inline void sept_charge(u64 ticks)
{
	__atomic_fetch_add(READ_ONCE(sept_ticks), ticks, __ATOMIC_RELAXED);
}

static inline u64 sept_charged(void)
{
	return __atomic_load_n(READ_ONCE(sept_ticks), __ATOMIC_RELAXED);
}

/* A function at a tracepoint of the kernel's. */
struct sept_probe {
	const char *name;
	void *func;
	struct tracepoint *tp;	/* while it is on; NULL else */
};

/*
 * on: those that the kernel has a tracepoint for; the first that is not, or NULL if all are. off:
 * those that are on, and returns when none of them runs any more. May sleep.
 */
const struct sept_probe *sept_probes_on(struct sept_probe *probes, unsigned int nr);
void sept_probes_off(struct sept_probe *probes, unsigned int nr);

/* As the kernel's functions of these names without "sept", which they call. */
void sept_read_lock(rwlock_t *lock);
void sept_read_unlock(rwlock_t *lock);
int sept_read_trylock(rwlock_t *lock);
void sept_write_lock(rwlock_t *lock);
void sept_write_unlock(rwlock_t *lock);
int sept_write_trylock(rwlock_t *lock);
int sept_cond_resched_rwlock_read(rwlock_t *lock);
int sept_cond_resched_rwlock_write(rwlock_t *lock);
void sept_spin_lock(raw_spinlock_t *lock);
void sept_spin_unlock(raw_spinlock_t *lock);
int sept_mmu_notifier_register(struct mmu_notifier *mn, struct mm_struct *mm);

#endif
