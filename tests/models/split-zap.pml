/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zapping in steps, as the variant split-zap does: BLOCK all leaves with mmu_lock held for write, the
 * mirror SPTEs are BLOCKED then; TRACK, kick and PAGE.REMOVE with it held for read, by whoever freezes
 * the SPTE first; then mmu_lock for write again, and the caller frees the pages. Two zaps overlap.
 * Broken on purpose: NO_TRACK, NO_KICK, NO_HELP (a zap leaves alone what another has blocked), NO_WAIT (it
 * doesn't take mmu_lock for write in the end), NO_LOCK (TRACK, kick and wait_for_sept_zap are not serialized),
 * NO_INVALIDATION (faults are not kept out until the zap's caller is done).
 */
#include "zap.h"

proctype vcpu(byte id)
{
	byte i, k, round, mine;
	byte tlb[NP];
	bool used, fault, got, prio, mine_now;
	mtype st = OK, seen = FREE;

	run_vcpu()
}

init {
	byte n, k;

	atomic {
		for (n : 0 .. NV - 1) { run vcpu(n) }
		for (n : 1 .. ZAPPERS) { run zapper() }
	}
	check_end(NV + ZAPPERS)
}
