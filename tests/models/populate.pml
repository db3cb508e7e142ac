/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Populating the S-EPT of a TD while another task zaps it page by page, as KVM 7.3 does and as the
 * variants do: FREEZE (freeze), SEAMCALL_FIRST (seamcall-first), NO_FREEZE (no-freeze).
 * Broken on purpose: NO_REPEAT, seamcall-first that retries the fault instead of the SEAMCALL when
 * the entry is busy; FORGETS, a winner that does not write the mirror; NO_STALE, a loser that takes a
 * zap for that; NO_TRACK and NO_KICK, a zap without either.
 */
#include "sept.h"
/* Zaps that are over, as mmu_invalidate_seq counts them. */
byte zaps;
#include "fault.h"

proctype vcpu(byte id)
{
	byte i, k, round, mine;
	byte tlb[NP];
	bool used, fault, got, prio, mine_now;
	mtype st = OK, seen = FREE;
#ifdef SEAMCALL_FIRST
	byte unseen, zaps_before;
	bool shows;
#endif

	run_vcpu()
}

/* tdp_mmu_zap_leafs() of one page, as guest_memfd's punch hole has it; then the page is freed. */
proctype zapper()
{
	byte i, v, n;
	mtype st = OK;

	for (n : 1 .. ZAPS) {
		select(i : 0 .. NP - 1);
		write_lock();
		assert(m_pd != FROZEN && m_pt[i] != FROZEN);
		if
		:: m_pd == PRESENT && m_pt[i] == PRESENT ->
			m_pt[i] = NONE;
			NO_VCPUS(page_block(i, st));
#ifndef NO_TRACK
#ifdef NO_KICK
			NO_VCPUS(mem_track(st));
#else
			track_and_kick();
#endif
#endif
			NO_VCPUS(page_remove(i, st));
#ifdef SEAMCALL_FIRST
			zaps++;
#endif
			zapped[i] = true
		:: else
		fi;
		/* The invalidation ends, and whoever faults now gets a new page. */
		atomic {
			if
			:: m_pt[i] == NONE -> freed[i] = true; assert(pd != NL_MAPPED || pt[i] == FREE)
			:: else
			fi;
			writer = false
		}
	}
	done++
}

init
{
	byte k;

	atomic {
		for (k : 0 .. NV - 1) { run vcpu(k) }
#ifndef FORGETS
		run zapper()
	}
	check_end(NV + 1)
#else
	}
	done == NV
#endif
}
