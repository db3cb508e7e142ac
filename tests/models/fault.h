/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault on page i: kvm_tdp_mmu_map() with mmu_lock held for read, tdp_mmu_set_spte_atomic() for the
 * page table and then for the page. -EBUSY, and a frozen SPTE, is a retry.
 */
#ifdef FREEZE
#define populate(spte, call) \
	atomic { \
		if \
		:: spte == NONE -> spte = FROZEN; mine_now = true \
		:: else -> mine_now = false \
		fi \
	} \
	if \
	:: mine_now -> \
		call; \
		assert(st == OK || is_busy(st)); \
		if \
		:: st == OK -> spte = PRESENT \
		:: else -> spte = NONE \
		fi \
	:: else -> st = BUSY_TREE \
	fi
#endif
#ifdef NO_FREEZE
#define populate(spte, call) \
	atomic { \
		if \
		:: spte == NONE -> spte = PRESENT; mine_now = true \
		:: else -> mine_now = false \
		fi \
	} \
	if \
	:: mine_now -> \
		call; \
		assert(st == OK || is_busy(st)); \
		if \
		:: st == OK \
		:: else -> spte = NONE \
		fi \
	:: else -> st = BUSY_TREE \
	fi
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

inline handle_fault()
{
	do
	:: read_lock();
		st = OK;
		if
		:: m_pd == NONE -> populate(m_pd, sept_add(st))
		:: m_pd == FROZEN -> st = BUSY_TREE
		:: else
		fi;
		if
		:: st == OK && m_pt[i] == NONE ->
			populate(m_pt[i], page_aug(i, st, seen))
		:: st == OK && m_pt[i] == FROZEN -> st = BUSY_TREE
		:: else
		fi;
		read_unlock();
		if
		:: st == OK -> break
		:: else
		fi
	od
}

