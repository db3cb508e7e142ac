/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault on page i: kvm_tdp_mmu_map() with mmu_lock held for read, tdp_mmu_set_spte_atomic() for the
 * page table and then for the page. -EBUSY, and a frozen SPTE, is a retry.
 */
/* The SPTE is @first while the SEAMCALL is made; @then is what success does to it. */
#define populate_before(spte, call, first, then) \
	atomic { \
		if \
		:: spte == NONE -> spte = first; mine_now = true \
		:: else -> mine_now = false \
		fi \
	} \
	if \
	:: mine_now -> \
		call; \
		assert(st == OK || is_busy(st)); \
		if \
		:: st == OK -> then \
		:: else -> spte = NONE \
		fi \
	:: else -> st = BUSY_TREE \
	fi
#ifdef FREEZE
#define populate(spte, call)	populate_before(spte, call, FROZEN, spte = PRESENT)
#endif
#ifdef NO_FREEZE
#define populate(spte, call)	populate_before(spte, call, PRESENT, skip)
#endif
#ifdef SEAMCALL_FIRST
#ifdef NO_REPEAT
#define REPEAT(call)
#else
#define REPEAT(call)	do :: st == BUSY_ENTRY -> call :: else -> break od;
#endif
/* INCORRECT: lost to another vCPU, whose page the guest may have accepted already. */
#define populate(spte, call) \
	seen = NL_MAPPED; \
	call; \
	REPEAT(call) \
	assert(st == OK || is_busy(st) || \
	       (st == INCORRECT && (seen == NL_MAPPED || seen == PENDING || seen == MAPPED))); \
	if \
	:: st == OK -> WIN(spte) \
	:: st == INCORRECT -> atomic { \
			if \
			:: spte == NONE && m_pd == NONE -> unseen = 1 \
			:: spte == NONE && m_pd != NONE -> unseen = 2 \
			:: else \
			fi; \
			st = BUSY_TREE \
		} \
	:: else -> st = BUSY_TREE \
	fi
#ifdef FORGETS
#define WIN(spte)	atomic { assert(spte == NONE); skip }
#else
#define WIN(spte)	atomic { assert(spte == NONE); spte = PRESENT }
#endif
/*
 * A loser that cannot see the winner in the mirror looks again with mmu_lock held for write: where
 * nothing was zapped meanwhile (mmu_invalidate_seq) the VM is bugged if it still cannot.
 */
#ifdef NO_STALE
#define is_fresh()	true
#else
#define is_fresh()	(zaps == zaps_before)
#endif
#define note_zaps()	zaps_before = zaps
inline look_again(i)
{
	if
	:: unseen ->
		atomic {
			!writer && !readers ->
			writer = true;
			shows = (unseen == 1 && m_pd != NONE) || (unseen == 2 && m_pt[i] != NONE);
			assert(!is_fresh() || shows);
			unseen = 0; shows = false;
			writer = false
		}
	:: else
	fi
}
#else
#define note_zaps()
#define look_again(i)
#endif

/* Whether an invalidation of page @i is in progress; most models have none. */
#ifndef stale
#define stale(i)	false
#endif

inline handle_fault()
{
	do
	:: read_lock();
		note_zaps();
		st = OK;
		if
		:: stale(i) -> st = BUSY_TREE
		:: else
		fi;
		if
		:: st == OK && m_pd == NONE -> populate(m_pd, sept_add(st))
		:: st == OK && m_pd == FROZEN -> st = BUSY_TREE
		:: else
		fi;
		if
		:: st == OK && m_pt[i] == NONE ->
			populate(m_pt[i], page_aug(i, st, seen))
		:: st == OK && (m_pt[i] == FROZEN || m_pt[i] == BLOCKED) -> st = BUSY_TREE
		:: else
		fi;
		read_unlock();
		look_again(i);
		if
		:: st == OK -> break
		:: else
		fi
	od
}

