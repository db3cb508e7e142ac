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
	:: st == OK -> atomic { assert(spte == NONE); spte = PRESENT } \
	:: else -> st = BUSY_TREE \
	fi
#endif

/* Whether an invalidation of page @i is in progress; most models have none. */
#ifndef stale
#define stale(i)	false
#endif

inline handle_fault()
{
	do
	:: read_lock();
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
		if
		:: st == OK -> break
		:: else
		fi
	od
}

