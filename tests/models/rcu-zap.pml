/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zapping with removal deferred past a grace period, as the variant rcu-zap does: BLOCK all leaves,
 * one TRACK and kick, SPTEs left frozen; from a workqueue PAGE.REMOVE with mmu_lock held for read,
 * and then, held for write, the page table if the zap covered it. PRUNE is rcu-zap-prune: BLOCK of
 * the page table alone, with an UNBLOCK before the leaves can be dealt with.
 * Broken on purpose: NO_TRACK, NO_KICK, NO_FROZEN (leaves are NONE at once), NO_REF (the zap's caller
 * frees the pages), NO_UNBLOCK (of PRUNE), and NO_GRACE (the work runs at once) with NO_RCU_FREE (the
 * mirror's page table is freed at once). Either of these two alone, and NO_FROZEN_PARENT, does no harm.
 */
#define FREEZE
#include "sept.h"
#include "fault.h"

chan work = [4] of { byte, bool };	/* pages to remove, and whether the page table goes too */
bool zaps_over;
bool reading;		/* a walker without mmu_lock is in its RCU section */

proctype vcpu(byte id)
{
	byte i, k, round, mine;
	byte tlb[NP];
	bool used, fault, got, prio, mine_now;
	mtype st = OK, seen = FREE;

	run_vcpu()
}

/* Waits for the walker if it is in its section now; one is enough. */
#define grace_period()	if :: reading -> !reading :: else fi

/* A lockless walk of the mirror: reads the upper SPTE, then the table that it points to. */
proctype walker()
{
	byte g;

	reading = true;
	if
	:: atomic { m_pd == PRESENT -> g = table_gen };
		assert(table_gone < g)
	:: else
	fi;
	reading = false;
	done++
}

#define in(mask, i)	((mask >> i) & 1)

/* Sync half: tdp_mmu_zap_mirror_leafs(), of all pages or of the first. */
proctype zapper()
{
	byte i, k, v, n, mask, last;
	mtype st = OK;

	for (n : 1 .. ZAPS) {
		if
		:: last = NP - 1
		:: NP > 1 -> last = 0
		fi;
		write_lock();
		mask = 0;
		if
		:: m_pd == PRESENT ->
			for (i : 0 .. last) {
				if
				:: m_pt[i] == PRESENT ->
#ifdef NO_FROZEN
					m_pt[i] = NONE;
#else
					m_pt[i] = FROZEN;
#endif
					mask = mask | (1 << i);
#ifdef PRUNE
					if
					:: last < NP - 1 -> NO_VCPUS(page_block(i, st))
					:: else
					fi
#else
					NO_VCPUS(page_block(i, st))
#endif
				:: else
				fi
			}
		:: else
		fi;
		if
		:: mask ->
#ifdef PRUNE
			if
			:: last == NP - 1 -> NO_VCPUS(table_block(st))
			:: else
			fi;
#endif
#ifdef NO_KICK
			NO_VCPUS(mem_track(st));
#else
#ifndef NO_TRACK
			track_and_kick();
#endif
#endif
#ifndef NO_FROZEN_PARENT
			if
			:: last == NP - 1 -> m_pd = FROZEN
			:: else
			fi;
#endif
			work!mask, (last == NP - 1)
		:: else
		fi;
		/* From here the guest must not get at the pages, though the TD still has them. */
		atomic {
			for (k : 0 .. last) {
				if
				:: in(mask, k) && pt[k] != FREE -> zapped[k] = true;
#ifdef NO_REF
					freed[k] = true; assert(pt[k] == FREE)
#endif
				:: else
				fi
			}
			writer = false
		}
	}
	zaps_over = true;
	done++
}

/* tdp_mmu_block_late(): the module must be asked to let the leaves be reached again. */
inline block_late()
{
	write_lock();
#ifndef NO_UNBLOCK
	NO_VCPUS(table_unblock(st));
	for (i : 0 .. NP - 1) {
		if
		:: in(mask, i) -> NO_VCPUS(page_block(i, st))
		:: else
		fi
	}
	track_and_kick();
#endif
	write_unlock()
}

inline remove_pages()
{
	read_lock();
	for (i : 0 .. NP - 1) {
		if
		:: in(mask, i) ->
			page_remove(i, st);
			do
			:: is_busy(st) -> read_unlock(); read_lock(); page_remove(i, st)
			:: else -> break
			od;
			assert(st == OK);
			atomic { m_pt[i] = NONE; freed[i] = true }
		:: else
		fi
	}
	read_unlock()
}

/* tdp_mmu_prune_ext_zap() */
inline prune_table()
{
	write_lock();
	is_empty = true;
	for (i : 0 .. NP - 1) {
		if
		:: m_pt[i] != NONE -> is_empty = false
		:: else
		fi
	}
	if
	:: is_empty ->
		NO_VCPUS(table_block(st));
		track_and_kick();
		NO_VCPUS(sept_remove(st));
		atomic { m_pd = NONE; old = table_gen }
	:: else -> m_pd = PRESENT
	fi;
	write_unlock();
	if
	:: is_empty ->
#ifndef NO_RCU_FREE
		grace_period();
#endif
		table_gone = old
	:: else
	fi
}

proctype worker()
{
	byte i, k, v, mask, old;
	bool prune, is_empty;
	mtype st = OK;

	do
	:: work?mask, prune ->
#ifndef NO_GRACE
		grace_period();
#endif
#ifdef PRUNE
		if
		:: prune -> block_late()
		:: else
		fi;
#endif
		remove_pages();
		if
		:: prune -> prune_table()
		:: else
		fi
	:: zaps_over && empty(work) -> break
	od;
	done++
}

init
{
	byte k;

	atomic {
		for (k : 0 .. NV - 1) { run vcpu(k) }
		run zapper();
		run worker();
		run walker()
	}
	check_end(NV + 3)
}
