/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's three kinds of lock. All are try-only: nothing blocks, nothing queues, nothing is
 * fair. Acquiring is an acquire operation and releasing a release operation in the C11 sense, so
 * whatever is written under an exclusive hold is seen by the next holder of either mode.
 */
#ifndef SOFTTDX_CORE_LOCK_H
#define SOFTTDX_CORE_LOCK_H

#include "shim.h"

/*
 * In line even at -Os: most uses have a constant mode, and what is left then is an instruction or
 * two.
 */
#define SX_INLINE inline __attribute__((always_inline))

enum sx_mode { SX_UNLOCKED = 0, SX_SHARED, SX_EXCLUSIVE };

/* sharex: bit 0 exclusive, bits 15:1 readers. TD epoch, KOT. */
#define SHAREX_EX	1u
#define SHAREX_READER	2u

static SX_INLINE bool sharex_try(u16 *lock, enum sx_mode mode)
{
	u16 free = 0;

	if (mode == SX_EXCLUSIVE)
		return __atomic_compare_exchange_n(lock, &free, SHAREX_EX, false, __ATOMIC_ACQUIRE,
						   __ATOMIC_RELAXED);
	/*
	 * A reader that loses leaves its count behind: the exclusive holder's release stores zero
	 * over it. Undoing it would race with that store and could take away the count of a later
	 * reader.
	 */
	return !(__atomic_fetch_add(lock, SHAREX_READER, __ATOMIC_ACQUIRE) & SHAREX_EX);
}

static SX_INLINE void sharex_release(u16 *lock, enum sx_mode mode)
{
	if (mode == SX_EXCLUSIVE)
		__atomic_store_n(lock, 0, __ATOMIC_RELEASE);
	else if (mode == SX_SHARED)
		__atomic_fetch_sub(lock, SHAREX_READER, __ATOMIC_RELEASE);
}

/*
 * sharex_hp: bit 0 exclusive, bit 1 host priority, bits 15:2 readers. PAMT entries, op_state, and
 * the S-EPT tree, where a long call of the host's looks whether another one has lost.
 */
#define SHAREX_HP_EX		1u
#define SHAREX_HP_PRIO		2u
#define SHAREX_HP_READER	4u

/*
 * From @free, or @free with the host-priority flag, to @to. The flag is consumed: the host got its
 * turn.
 */
static SX_INLINE bool sharex_hp_cas(u16 *lock, u16 free, u16 to)
{
	u16 old = free;

	if (__atomic_compare_exchange_n(lock, &old, to, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return true;
	if (old != (free | SHAREX_HP_PRIO))
		return false;
	return __atomic_compare_exchange_n(lock, &old, to, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/*
 * Host side only: a failed host attempt leaves the host-priority flag for guests to back off from.
 */
static SX_INLINE bool sharex_hp_try(u16 *lock, enum sx_mode mode)
{
	bool ok;
	u16 old;

	if (mode == SX_EXCLUSIVE) {
		ok = sharex_hp_cas(lock, 0, SHAREX_HP_EX);
	} else {
		/*
		 * As in sharex_try(), the exclusive holder's release wipes a losing reader's count.
		 */
		old = __atomic_fetch_add(lock, SHAREX_HP_READER, __ATOMIC_ACQUIRE);
		ok = !(old & SHAREX_HP_EX);
		if (ok && (old & SHAREX_HP_PRIO))
			__atomic_fetch_and(lock, (u16)~SHAREX_HP_PRIO, __ATOMIC_RELAXED);
	}
	if (!ok)
		__atomic_fetch_or(lock, SHAREX_HP_PRIO, __ATOMIC_RELAXED);
	return ok;
}

/* Only reader to exclusive; fails, still held shared, if there is another reader. */
static SX_INLINE bool sharex_hp_promote(u16 *lock)
{
	if (sharex_hp_cas(lock, SHAREX_HP_READER, SHAREX_HP_EX))
		return true;
	__atomic_fetch_or(lock, SHAREX_HP_PRIO, __ATOMIC_RELAXED);
	return false;
}

static SX_INLINE void sharex_hp_release(u16 *lock, enum sx_mode mode)
{
	if (mode == SX_EXCLUSIVE)
		__atomic_fetch_and(lock, SHAREX_HP_PRIO, __ATOMIC_RELEASE);
	else if (mode == SX_SHARED)
		__atomic_fetch_sub(lock, SHAREX_HP_READER, __ATOMIC_RELEASE);
}

/*
 * S-EPT entry lock: bit 11 of the entry, host priority in bit 52. Both are ignored by the page
 * walker of the CPU. Whoever holds bit 11 is the only one to change the rest of the entry, except
 * bit 52.
 */
#define SX_E_LOCK	(1ULL << 11)
#define SX_E_PRIO	(1ULL << 52)

static SX_INLINE bool sx_entry_try_host(u64 *entry)
{
	u64 old = __atomic_fetch_or(entry, SX_E_LOCK, __ATOMIC_ACQUIRE);

	if (old & SX_E_LOCK) {
		__atomic_fetch_or(entry, SX_E_PRIO, __ATOMIC_RELAXED);
		return false;
	}
	if (old & SX_E_PRIO)
		__atomic_fetch_and(entry, ~SX_E_PRIO, __ATOMIC_RELAXED);
	return true;
}

/* *@prio tells a failure by host priority from a failure by contention. */
static SX_INLINE bool sx_entry_try_guest(u64 *entry, bool *prio)
{
	u64 old = __atomic_fetch_or(entry, SX_E_LOCK, __ATOMIC_ACQUIRE);

	*prio = false;
	if (old & SX_E_LOCK)
		return false;
	/*
	 * Won, but a host attempt failed before: step back, so that the host's next one succeeds.
	 */
	if (old & SX_E_PRIO) {
		*prio = true;
		__atomic_fetch_and(entry, ~SX_E_LOCK, __ATOMIC_RELEASE);
		return false;
	}
	return true;
}

static SX_INLINE void sx_entry_unlock(u64 *entry)
{
	__atomic_fetch_and(entry, ~SX_E_LOCK, __ATOMIC_RELEASE);
}

/*
 * Changes the entry from @old to @new and unlocks it, in one step. With @keep XOR touches only the
 * bits that differ, so a host-priority bit that another CPU sets meanwhile survives, which the
 * plain store loses.
 */
static SX_INLINE void sx_entry_commit(u64 *entry, u64 old, u64 new, bool keep)
{
	if (keep)
		__atomic_fetch_xor(entry, (old ^ new) | SX_E_LOCK, __ATOMIC_RELEASE);
	else
		__atomic_store_n(entry, new, __ATOMIC_RELEASE);
}

#endif
