/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A zap in steps, as split-zap and what starts from it do: BLOCK all leaves with mmu_lock held for write, the
 * mirror SPTEs are BLOCKED then; TRACK, kick and PAGE.REMOVE with it held for read, by whoever freezes the SPTE
 * first; then mmu_lock for write again, and the caller frees the pages. A model may define left_empty(), what the
 * last step does to the page table.
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
#ifndef left_empty
#define left_empty()	skip
#endif

bool no_vcpus;		/* kvm_tdx->no_vcpus_lock */
byte zappers_done;

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

inline block_leafs()
{
	if
	:: m_pd == PRESENT ->
		for (i : 0 .. last) {
			if
			:: m_pt[i] == PRESENT ->
				m_pt[i] = BLOCKED;
				pending = true;
#ifndef PARENT_FIRST
				DO_NO_VCPUS(page_block(i, st))
#endif
#ifndef NO_HELP
			:: m_pt[i] == BLOCKED -> pending = true
#endif
			:: else
			fi
		}
#ifdef PARENT_FIRST
		if
		:: pending -> DO_NO_VCPUS(table_block(st))
		:: else
		fi
#endif
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
			left_empty();
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
	atomic { zappers_done++; done++ }
}
