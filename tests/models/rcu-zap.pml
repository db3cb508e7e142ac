/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The zap of split-zap, and page tables, as the variant rcu-zap does: one that the zap covers stays linked and
 * in use. A workqueue looks with mmu_lock held for write whether it is empty still, and if so BLOCKs it,
 * TRACKs, kicks and removes it; its mirror is freed after a grace period, for walkers without mmu_lock.
 * PARENT_FIRST is the proposal as worded: BLOCK of the page table alone, and then PAGE.REMOVE below it.
 * Broken on purpose: NO_RCU_FREE (no grace period), NO_LOOK (the table is taken for empty), NO_TABLE_TRACK, and
 * SHARED (the work holds mmu_lock for read).
 */
#define left_empty()				\
	if					\
	:: last == NP - 1 -> queued = true	\
	:: else					\
	fi
bool queued;		/* the table is on the list of those to look at */
bool reading;		/* a walker without mmu_lock is in its RCU section */
#include "zap.h"

proctype vcpu(byte id)
{
	byte i, k, round, mine;
	byte tlb[NP];
	bool used, fault, got, prio, mine_now;
	mtype st = OK, seen = FREE;

	run_vcpu()
}

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

#ifdef SHARED
#define work_lock()	read_lock()
#define work_unlock()	read_unlock()
#else
#define work_lock()	write_lock()
#define work_unlock()	write_unlock()
#endif

inline look()
{
	is_empty = (m_pd == PRESENT);
#ifndef NO_LOOK
	for (i : 0 .. NP - 1) {
		if
		:: m_pt[i] != NONE -> is_empty = false
		:: else
		fi
	}
#endif
}

inline remove_table()
{
	m_pd = NONE;
	DO_NO_VCPUS(table_block(st));
#ifndef NO_TABLE_TRACK
	track();
#endif
	DO_NO_VCPUS(sept_remove(st));
	old = table_gen
}

/* tdp_mmu_prune() */
proctype worker()
{
	byte i, k, v, old;
	bool is_empty;
	mtype st = OK;

	do
	:: queued ->
		work_lock();
		queued = false;
		look();
		if
		:: is_empty -> remove_table()
		:: else
		fi;
		work_unlock();
		if
		:: is_empty ->
#ifndef NO_RCU_FREE
			/* Waits for the walker if it is in its section now; one is enough. */
			if
			:: reading -> !reading
			:: else
			fi;
#endif
			table_gone = old
		:: else
		fi
	:: zappers_done == ZAPPERS && !queued -> break
	od;
	done++
}

init
{
	byte n, k;

	atomic {
		for (n : 0 .. NV - 1) { run vcpu(n) }
		for (n : 1 .. ZAPPERS) { run zapper() }
		run worker();
		run walker()
	}
	check_end(NV + ZAPPERS + 2)
}
