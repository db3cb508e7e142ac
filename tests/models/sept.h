/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the protocol models share: a TDX module with one page table of NP pages, and vCPUs in and out
 * of the guest. A SEAMCALL is two steps, taking its locks with all checks, and the commit; a lock
 * that is held between them makes others fail, nobody waits. See docs/models.md.
 */
#ifndef NP
#define NP 1		/* pages below the page table */
#endif
#ifndef NV
#define NV 2		/* vCPUs */
#endif

mtype = { FREE, NL_MAPPED, NL_BLOCKED, PENDING, PENDING_BLOCKED, MAPPED, BLOCKED };
mtype = { OK, GO, BUSY_TREE, BUSY_ENTRY, BUSY_EPOCH, WALK_FAILED, INCORRECT, NOT_BLOCKED,
	  NOT_TRACKED, NOT_FREE, PREV_EPOCH };
mtype = { NONE, FROZEN, PRESENT };	/* mirror SPTE */

/* The module: S-EPT entry of the page table, and those in it. */
mtype pd = FREE;
mtype pt[NP] = FREE;
bool pd_lock, pt_lock[NP], pt_prio[NP];
byte pd_bepoch, pt_bepoch[NP];
byte tree_sh;
bool tree_ex;
byte epoch = 1, inside[2], epoch_sh;
bool epoch_ex;

/* KVM: mirror, mmu_lock, vCPU mode and requests. */
mtype m_pd = NONE;
mtype m_pt[NP] = NONE;
byte readers;
bool writer;
bool wait_zap;
bool guest_mode[NV], kicked[NV];
byte done;

/* The page behind each GFN: with the host's allocator, or in use by the TD. */
bool freed[NP] = true;
/* The zap of the page has returned, and nobody has faulted it in since. */
bool zapped[NP];
/* How often the page was given to the TD: a translation of an earlier time is stale. */
byte gen[NP];
/* The same for the page table, and the last one whose mirror was freed. */
byte table_gen, table_gone;

#define read_lock()	atomic { !writer -> readers++ }
#define read_unlock()	atomic { readers--; }
#define write_lock()	atomic { !writer && !readers -> writer = true }
#define write_unlock()	atomic { writer = false; }
#define is_busy(st)	(st == BUSY_TREE || st == BUSY_ENTRY || st == BUSY_EPOCH)

inline lock_entry(i, st)
{
	if
	:: pt_lock[i] -> pt_prio[i] = true; st = BUSY_ENTRY
	:: else -> pt_prio[i] = false; st = GO
	fi
}

/* TDH.MEM.SEPT.ADD: tree shared. */
inline sept_add(st)
{
	atomic {
		if
		:: tree_ex -> st = BUSY_TREE
		:: !tree_ex && pd_lock -> st = BUSY_ENTRY
		:: !tree_ex && !pd_lock && pd != FREE -> st = INCORRECT
		:: else -> tree_sh++; pd_lock = true; st = GO
		fi
	}
	if
	:: st == GO -> atomic {
			pd = NL_MAPPED; pd_lock = false; tree_sh--; st = OK; table_gen++;
			for (k : 0 .. NP - 1) { pt[k] = FREE; pt_prio[k] = false }
		}
	:: else
	fi
}

/* TDH.MEM.PAGE.AUG: tree shared. */
inline page_aug(i, st, seen)
{
	atomic {
		if
		:: tree_ex -> st = BUSY_TREE
		:: !tree_ex && pd != NL_MAPPED -> st = WALK_FAILED
		:: else ->
			lock_entry(i, st);
			if
			:: st == GO && pt[i] != FREE -> st = INCORRECT; seen = pt[i]
			:: st == GO && pt[i] == FREE -> pt_lock[i] = true; tree_sh++
			:: else
			fi
		fi
	}
	if
	:: st == GO -> atomic {
			pt[i] = PENDING; pt_lock[i] = false; tree_sh--; st = OK;
			gen[i]++; zapped[i] = false; freed[i] = false
		}
	:: else
	fi
}

/* TDH.MEM.RANGE.BLOCK of a page: tree exclusive. BEPOCH is the epoch at the commit. */
inline page_block(i, st)
{
	atomic {
		if
		:: tree_ex || tree_sh -> st = BUSY_TREE
		:: !(tree_ex || tree_sh) && pd != NL_MAPPED -> st = WALK_FAILED
		:: else ->
			lock_entry(i, st);
			if
			:: st == GO && pt[i] != MAPPED && pt[i] != PENDING -> st = INCORRECT
			:: st == GO && (pt[i] == MAPPED || pt[i] == PENDING) ->
				pt_lock[i] = true; tree_ex = true
			:: else
			fi
		fi
	}
	if
	:: st == GO -> atomic {
			if
			:: pt[i] == MAPPED -> pt[i] = BLOCKED
			:: else -> pt[i] = PENDING_BLOCKED
			fi;
			pt_bepoch[i] = epoch;
			pt_lock[i] = false; tree_ex = false; st = OK
		}
	:: else
	fi
}

inline table_block(st)
{
	atomic {
		if
		:: tree_ex || tree_sh -> st = BUSY_TREE
		:: !(tree_ex || tree_sh) && pd != NL_MAPPED -> st = INCORRECT
		:: else -> tree_ex = true; pd_lock = true; st = GO
		fi
	}
	if
	:: st == GO -> atomic {
			pd = NL_BLOCKED; pd_bepoch = epoch; pd_lock = false; tree_ex = false; st = OK
		}
	:: else
	fi
}

#define tracked(b)	(b + 1 < epoch || (b + 1 == epoch && inside[b & 1] == 0))

/* TDH.MEM.TRACK */
inline mem_track(st)
{
	atomic {
		if
		:: epoch_ex || epoch_sh -> st = BUSY_EPOCH
		:: !(epoch_ex || epoch_sh) && inside[(epoch + 1) & 1] -> st = PREV_EPOCH
		:: else -> epoch_ex = true; st = GO
		fi
	}
	if
	:: st == GO -> atomic { epoch++; epoch_ex = false; st = OK }
	:: else
	fi
}

/* TDH.MEM.PAGE.REMOVE: tree shared. */
inline page_remove(i, st)
{
	atomic {
		if
		:: tree_ex -> st = BUSY_TREE
		:: !tree_ex && pd != NL_MAPPED -> st = WALK_FAILED
		:: else ->
			lock_entry(i, st);
			if
			:: st == GO && (pt[i] == MAPPED || pt[i] == PENDING) -> st = NOT_BLOCKED
			:: st == GO && pt[i] == FREE -> st = INCORRECT
			:: st == GO && (pt[i] == BLOCKED || pt[i] == PENDING_BLOCKED) &&
			   !tracked(pt_bepoch[i]) -> st = NOT_TRACKED
			:: st == GO && (pt[i] == BLOCKED || pt[i] == PENDING_BLOCKED) &&
			   tracked(pt_bepoch[i]) -> pt_lock[i] = true; tree_sh++
			:: else
			fi
		fi
	}
	if
	:: st == GO -> atomic { pt[i] = FREE; pt_lock[i] = false; tree_sh--; st = OK }
	:: else
	fi
}

/* TDH.MEM.SEPT.REMOVE: tree exclusive, all entries free. */
inline sept_remove(st)
{
	atomic {
		if
		:: tree_ex || tree_sh -> st = BUSY_TREE
		:: !(tree_ex || tree_sh) && pd != NL_BLOCKED -> st = NOT_BLOCKED
		:: !(tree_ex || tree_sh) && pd == NL_BLOCKED && !tracked(pd_bepoch) -> st = NOT_TRACKED
		:: else ->
			tree_ex = true; st = GO;
			for (k : 0 .. NP - 1) {
				if
				:: pt[k] != FREE -> st = NOT_FREE; tree_ex = false
				:: else
				fi
			}
		fi
	}
	if
	:: st == GO -> atomic { pd = FREE; tree_ex = false; st = OK }
	:: else
	fi
}

/*
 * kvm_make_all_cpus_request(KVM_REQ_OUTSIDE_GUEST_MODE): who is in guest mode leaves it once, and is
 * waited for.
 */
inline kick_all()
{
	for (v : 0 .. NV - 1) {
		if
		:: guest_mode[v] -> kicked[v] = true; !kicked[v] || !guest_mode[v]
		:: else
		fi
	}
}

/* tdh_do_no_vcpus(): once more with the vCPUs held out, and that is guaranteed to succeed. */
#define NO_VCPUS(call)					\
	call;						\
	if						\
	:: is_busy(st) ->				\
		wait_zap = true; kick_all(); call;	\
		wait_zap = false			\
	:: else						\
	fi;						\
	assert(st == OK)

/* tdx_track() */
inline track_and_kick()
{
	NO_VCPUS(mem_track(st));
	kick_all()
}

/* TDG.MEM.PAGE.ACCEPT: the entry is locked first, and let go again if a host was there before. */
inline accept(i)
{
	atomic {
		if
		:: pt_lock[i] -> got = false
		:: else -> pt_lock[i] = true; got = true; prio = pt_prio[i]
		fi
	}
	if
	:: got && prio -> atomic { pt_lock[i] = false; got = false }
	:: got && !prio -> atomic {
			if
			:: pt[i] == PENDING -> pt[i] = MAPPED
			:: else
			fi;
			pt_lock[i] = false
		}
	:: else
	fi
}

/*
 * The guest uses page @i, through its TLB. The page must be the TD's, and not one whose zap has
 * returned.
 */
inline use(i)
{
	atomic {
		if
		:: !tlb[i] && pd == NL_MAPPED && pt[i] == MAPPED -> tlb[i] = gen[i]
		:: else
		fi;
		if
		:: tlb[i] -> assert(tlb[i] == gen[i]); assert(!freed[i]); assert(!zapped[i]); used = true
		:: else -> used = false
		fi
	}
}

/*
 * A vCPU: enters, uses @i, ACCEPTs what is PENDING, leaves when kicked or when only the host can go
 * on, and then handles the fault. ROUNDS uses each.
 */
#ifndef ROUNDS
#define ROUNDS 2
#endif
inline run_vcpu()
{
	do
	:: round < ROUNDS ->
		select(i : 0 .. NP - 1);
again:
		guest_mode[id] = true;
		goto enter;
out_of_mode:
		atomic { guest_mode[id] = false; kicked[id] = false };
		!wait_zap && !epoch_ex;
		goto again;
enter:
		if
		:: wait_zap -> goto out_of_mode
		:: else
		fi;
		/* TDH.VP.ENTER: epoch shared, a reference, a flush if the epoch is another one. */
		atomic {
			if
			:: epoch_ex -> goto out_of_mode
			:: else -> epoch_sh++; inside[epoch & 1]++
			fi;
			if
			:: mine != epoch -> for (k : 0 .. NP - 1) { tlb[k] = 0 }
			:: else
			fi;
			mine = epoch
		}
		epoch_sh--;
		fault = false; used = false;
		do
		:: used || kicked[id] || fault -> break
		:: else ->
			use(i);
			if
			:: used
			:: !used && (pd != NL_MAPPED || (pt[i] != PENDING && pt[i] != MAPPED)) ->
				/* ACCEPT of it takes the lock and ends in a violation; so does a read. */
				if
				:: pd == NL_MAPPED -> accept(i)
				:: true
				fi;
				fault = true
			:: !used && pd == NL_MAPPED && pt[i] == PENDING ->
				accept(i);
				/* "busy": spins, which here is waiting for something to change */
				if
				:: !got -> (!pt_prio[i] && !pt_lock[i]) || kicked[id] ||
					pt[i] != PENDING || pd != NL_MAPPED
				:: else
				fi
			:: else
			fi
		od;
		atomic { inside[mine & 1]--; guest_mode[id] = false; kicked[id] = false };
		if
		:: fault -> handle_fault(); goto again
		:: !fault && !used -> goto again
		:: else -> round++
		fi
	:: else -> break
	od;
	done++
}

/* In the end mirror and S-EPT agree, and nobody's priority is left to starve the guest. */
inline check_end(n)
{
	done == n;
	assert(!readers && !writer && !tree_sh && !tree_ex && !inside[0] && !inside[1]);
	assert(m_pd != FROZEN && (m_pd == PRESENT) == (pd == NL_MAPPED));
	for (k : 0 .. NP - 1) {
		assert(m_pt[k] != FROZEN);
		if
		:: pd == NL_MAPPED ->
			assert((m_pt[k] == PRESENT) == (pt[k] == PENDING || pt[k] == MAPPED));
			assert((m_pt[k] == NONE) == (pt[k] == FREE));
			assert(pt[k] != PENDING || !pt_prio[k])
		:: else -> assert(m_pt[k] == NONE)
		fi
	}
}
