/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zapping in steps, as the variant split-zap does: BLOCK all leaves with mmu_lock held for write, the
 * mirror SPTEs are BLOCKED then; TRACK, kick and PAGE.REMOVE with it held for read, by whoever freezes
 * the SPTE first; then mmu_lock for write again, and the caller frees the pages. Two zaps overlap.
 * Broken on purpose: NO_TRACK, NO_KICK, NO_HELP (a zap leaves alone what another has blocked), NO_WAIT (it
 * doesn't take mmu_lock for write in the end), NO_LOCK (TRACK, kick and wait_for_sept_zap are not serialized),
 * NO_INVALIDATION (faults are not kept out until the zap's caller is done).
 */
#define FREEZE
byte inval[4];		/* invalidations of each page in progress: a fault on it is retried */
#ifndef NO_INVALIDATION
#define stale(i)	(inval[i] > 0)
#endif
#include "sept.h"
#include "fault.h"

#ifndef ZAPPERS
#define ZAPPERS 2
#endif

bool no_vcpus;		/* kvm_tdx->no_vcpus_lock */

#ifdef NO_LOCK
#define lock_vcpus()	skip
#define unlock_vcpus()	skip
#else
#define lock_vcpus()	atomic { !no_vcpus -> no_vcpus = true }
#define unlock_vcpus()	no_vcpus = false
#endif

/* tdh_do_no_vcpus() of the variant. */
#define DO_NO_VCPUS(call)				\
	call;						\
	if						\
	:: is_busy(st) ->				\
		lock_vcpus();				\
		wait_zap = true; kick_all(); call;	\
		wait_zap = false;			\
		unlock_vcpus()				\
	:: else						\
	fi;						\
	assert(st == OK)

proctype vcpu(byte id)
{
	byte i, k, round, mine;
	byte tlb[NP];
	bool used, fault, got, prio, mine_now;
	mtype st = OK, seen = FREE;

	run_vcpu()
}

inline block_leafs()
{
	if
	:: m_pd == PRESENT ->
		for (i : 0 .. last) {
			if
			:: m_pt[i] == PRESENT ->
				m_pt[i] = BLOCKED;
				pending = true;
				DO_NO_VCPUS(page_block(i, st))
#ifndef NO_HELP
			:: m_pt[i] == BLOCKED -> pending = true
#endif
			:: else
			fi
		}
	:: else
	fi
}

inline remove_leafs()
{
	for (i : 0 .. last) {
		atomic {
			if
			:: m_pt[i] == BLOCKED -> m_pt[i] = FROZEN; mine_now = true
			:: else -> mine_now = false
			fi
		}
		if
		:: mine_now -> DO_NO_VCPUS(page_remove(i, st)); m_pt[i] = NONE
		:: else
		fi
	}
}

inline track()
{
	lock_vcpus();
#ifndef NO_TRACK
	NO_VCPUS(mem_track(st));
#endif
#ifndef NO_KICK
	kick_all();
#endif
	unlock_vcpus()
}

proctype zapper()
{
	byte i, k, v, n, last;
	bool pending, mine_now;
	mtype st = OK;

	for (n : 1 .. ZAPS) {
		if
		:: last = NP - 1
		:: NP > 1 -> last = 0
		fi;
		pending = false;
		write_lock();
		for (k : 0 .. last) { inval[k]++ }
		block_leafs();
		write_unlock();
		if
		:: pending ->
			read_lock();
			track();
			remove_leafs();
			read_unlock()
		:: else
		fi;
#ifndef NO_WAIT
		write_lock();
		write_unlock();
#endif
		/* The caller frees the pages, and then lets faults in again. */
		atomic {
			for (k : 0 .. last) {
				assert(pt[k] == FREE);
				freed[k] = true;
				zapped[k] = true
			}
		}
		write_lock();
		for (k : 0 .. last) { inval[k]-- }
		write_unlock()
	}
	done++
}

init {
	byte n, k;

	atomic {
		for (n : 0 .. NV - 1) { run vcpu(n) }
		for (n : 1 .. ZAPPERS) { run zapper() }
	}
	check_end(NV + ZAPPERS)
}
