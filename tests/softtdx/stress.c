// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads on one TD: populating hosts, a zapper that also prunes tables, a reader, two that map 2M
 * pages, split, merge and take them away, and vCPUs that ACCEPT and write memory through a
 * simulated TLB. The vCPU threads share no lock with the host threads, so the only thing that
 * orders a guest's last write before the page's reuse is the core's epoch tracking: if it fails,
 * ThreadSanitizer sees the race, and every build sees the poison. Then the same with dynamic PAMT,
 * where hosts bring the pairs that they are told are missing and one thread takes them away.
 *
 * A plain program and not a Criterion test, so that ThreadSanitizer sees one process with its
 * threads.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "core/priv.h"
#include "sim.h"

#define NR_GPAS		48	/* 4K pages, spread over NR_REGIONS tables */
#define NR_REGIONS	3
#define NR_SPARSE	12	/* of those, with dynamic PAMT: so few that frames are left empty */
#define NR_BIG		2	/* 2M pages, one thread each */
#define NR_PROBES	4	/* 4K pages of each that guests look at */
#define NR_ALL		(NR_GPAS + NR_BIG * NR_PROBES)
#define NR_VCPUS	2
#define NR_HOSTS	2
#define NR_FRAMES	12	/* that the hosts' pages come from, so many of each: */
#define FRAME_PAGES	6
#define FRAME		0x200000ULL
#define POISON		0xdeadbeefdeadbeefULL
#define CPU_HOST	8
#define CPU_ZAP		16
#define CPU_READ	17
#define CPU_PAMT	18
#define CPU_BIG		20

static struct sx_st_env env;
static struct sx_sys *sys;
static u64 tdr, tdcs[SX_TDCS_PAGES], vps[NR_VCPUS], tdcx[NR_VCPUS][SX_TDCX_PAGES];
static struct sx_td *td;
static u64 frame[NR_FRAMES], big_frame[NR_BIG];
static bool used[NR_FRAMES * FRAME_PAGES];
static bool stop, dynamic;
static unsigned long zaps, accepts, prunes, busy, writes, splits, merges, adds, taken;
static unsigned int failures;

#define INC(n)	__atomic_fetch_add(&(n), 1, __ATOMIC_RELAXED)

static void fail(const char *what, u64 value)
{
	fprintf(stderr, "stress: %s: %#llx\n", what, value);
	INC(failures);
}

static u64 gpa_of(unsigned int i)
{
	static const u64 probe[NR_PROBES] = { 0, 1, 2, 511 };
	unsigned int n = i - NR_GPAS;

	if (i >= NR_GPAS)
		return 0x42000000ULL + n / NR_PROBES * FRAME + probe[n % NR_PROBES] * 0x1000;
	return 0x40000000ULL + (u64)(i % NR_REGIONS) * 0x200000 + (u64)(i / NR_REGIONS) * 0x1000;
}

static u64 call(unsigned int cpu, u64 leaf, u64 rcx, u64 rdx, u64 r8)
{
	struct sx_args a = { .rcx = rcx, .rdx = rdx, .r8 = r8 };
	u64 st = sx_seamcall(sys, leaf, &a, cpu, 0);

	if ((st & SX_STATUS_MASK) == SX_OPERAND_BUSY)
		INC(busy);
	return st;
}

/* Nothing waits in the module, so waiting is the caller's. */
static u64 call_retry(unsigned int cpu, u64 leaf, u64 rcx, u64 rdx)
{
	u64 st;

	while (st = call(cpu, leaf, rcx, rdx, 0), (st & SX_STATUS_MASK) == SX_OPERAND_BUSY)
		sched_yield();
	return st;
}

static void must(u64 st, const char *what)
{
	if (st)
		fail(what, st);
}

/* The hosts' pages. Acquire and release: who gives one back is done with it. */
static u64 get_page(u64 *x)
{
	unsigned int i;

	do {
		i = (unsigned int)(*x >> 40) % (NR_FRAMES * FRAME_PAGES);
		*x = *x * 0x5851f42d4c957f2dULL + 1;
	} while (__atomic_exchange_n(&used[i], true, __ATOMIC_ACQUIRE));
	return frame[i % NR_FRAMES] + (u64)(i / NR_FRAMES) * 0x1000;
}

static void put_page(u64 pa)
{
	unsigned int f = 0;

	while (frame[f] != (pa & ~(FRAME - 1)))
		f++;
	__atomic_store_n(&used[(pa & (FRAME - 1)) / 0x1000 * NR_FRAMES + f], false,
			 __ATOMIC_RELEASE);
}

/* A host was told that the page has none: somebody else may have brought it by now. */
static void add_pair(unsigned int cpu, u64 page)
{
	u64 pa[2] = { env.alloc(NULL, 0), env.alloc(NULL, 0) };
	u64 st = call(cpu, SX_PHYMEM_PAMT_ADD, (page & ~(FRAME - 1)) | 1, pa[0], pa[1]);

	if (!st) {
		INC(adds);
		return;
	}
	env.free(NULL, pa[0], 0);
	env.free(NULL, pa[1], 0);
	st &= SX_STATUS_MASK;
	if (st != SX_OPERAND_BUSY && st != SX_HPA_RANGE_NOT_FREE)
		fail("PAMT.ADD", st);
}

/* False: there is none, or it is in use. */
static bool remove_pair(unsigned int cpu, u64 page)
{
	struct sx_args a = { .rcx = (page & ~(FRAME - 1)) | 1 };
	u64 st = sx_seamcall(sys, SX_PHYMEM_PAMT_REMOVE, &a, cpu, 0);

	if (!st) {
		env.free(NULL, a.rdx, 0);
		env.free(NULL, a.r8, 0);
		return true;
	}
	st &= SX_STATUS_MASK;
	if (st != SX_OPERAND_BUSY && st != SX_NO_PAMT_PAGE_PAIR && st != SX_PAMT_PAGE_NOT_EMPTY)
		fail("PAMT.REMOVE", st);
	return false;
}

static u32 rnd(u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (u32)(*x >> 32);
}

/* Mostly a while for the other processor; now and then the one's own. */
static void yield_hook(void *arg, enum sx_yield where)
{
	static _Thread_local u64 x;
	unsigned int i;

	(void)arg;
	(void)where;
	if (!x)
		x = (u64)(uintptr_t)&x | 1;
	for (i = rnd(&x) & 7 ? 0 : 200; i; i--)
		sx_relax();
	if (!(rnd(&x) & 63))
		sched_yield();
}

/* The page, or the table that it needs first. True: it is the TD's now. */
static bool give(unsigned int cpu, u64 gpa, u64 page)
{
	u64 st = call(cpu, SX_MEM_PAGE_AUG, gpa, tdr, page);

	if ((st & SX_STATUS_MASK) == SX_EPT_WALK_FAILED)
		st = call(cpu, SX_MEM_SEPT_ADD, (gpa & ~(FRAME - 1)) | 1, tdr, page);
	if ((st & SX_STATUS_MASK) == SX_MISSING_PAMT_PAGE_PAIR)
		add_pair(cpu, page);
	return !st;
}

static void *host(void *arg)
{
	unsigned int cpu = CPU_HOST + (unsigned int)(uintptr_t)arg;
	u64 x = 0x1234567 + cpu, page = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (!page)
			page = get_page(&x);
		if (give(cpu, gpa_of(rnd(&x) % (dynamic ? NR_SPARSE : NR_GPAS)), page))
			page = 0;
	}
	if (page)
		put_page(page);
	return NULL;
}

static void *pair_taker(void *arg)
{
	u64 x = 17;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (remove_pair(CPU_PAMT, frame[rnd(&x) % NR_FRAMES]))
			INC(taken);
		else
			sched_yield();
	}
	return NULL;
}

static void poison(u64 pa)
{
	u64 *word = sx_page_va(sys, pa);
	int i;

	for (i = 0; i < 512; i++)
		word[i] = POISON;
}

/* TRACK and REMOVE as often as it takes the vCPUs to leave; @what is a leaf or a table. */
static bool track_and_remove(u64 leaf, u64 rcx)
{
	struct sx_args a;
	u64 st;

	do {
		st = call_retry(CPU_ZAP, SX_MEM_TRACK, tdr, 0);
		if (st && st != SX_PREVIOUS_TLB_EPOCH_BUSY)
			fail("TRACK", st);
		a = (struct sx_args){ .rcx = rcx, .rdx = tdr };
		st = sx_seamcall(sys, leaf, &a, CPU_ZAP, 0);
		if (st)
			sched_yield();
	} while ((st & SX_STATUS_MASK) == SX_OPERAND_BUSY ||
		 (st & SX_STATUS_MASK) == SX_TLB_TRACKING_NOT_DONE);
	if ((st & SX_STATUS_MASK) == SX_EPT_PAGE_NOT_FREE)
		return false;
	if (st) {
		fail("REMOVE", st);
		return false;
	}
	a.rcx &= ~SX_HINT_LAST;
	if (leaf == SX_MEM_PAGE_REMOVE) {
		poison(a.rcx);
		must(call_retry(CPU_ZAP, SX_PHYMEM_PAGE_WBINVD, a.rcx, 0), "WBINVD");
	}
	put_page(a.rcx);
	return true;
}

static void zap(u64 gpa)
{
	u64 st = call_retry(CPU_ZAP, SX_MEM_RANGE_BLOCK, gpa, tdr) & SX_STATUS_MASK;

	if (st == SX_EPT_ENTRY_STATE_INCORRECT || st == SX_EPT_WALK_FAILED)
		return;
	if (st)
		fail("BLOCK", st);
	else if (track_and_remove(SX_MEM_PAGE_REMOVE, gpa))
		zaps++;
}

/* Every page of a region, then its table; hosts may get in between, and then it stays. */
static void prune(unsigned int region)
{
	u64 rcx = gpa_of(region) | 1;
	unsigned int i;

	for (i = region; i < NR_GPAS; i += NR_REGIONS)
		zap(gpa_of(i));
	if (call_retry(CPU_ZAP, SX_MEM_RANGE_BLOCK, rcx, tdr))
		return;
	if (track_and_remove(SX_MEM_SEPT_REMOVE, rcx))
		prunes++;
	else
		must(call_retry(CPU_ZAP, SX_MEM_RANGE_UNBLOCK, rcx, tdr), "UNBLOCK");
}

static bool all_had_a_turn(void)
{
	return __atomic_load_n(&splits, __ATOMIC_RELAXED) > 4 &&
	       __atomic_load_n(&merges, __ATOMIC_RELAXED) > 1 &&
	       (!dynamic || __atomic_load_n(&taken, __ATOMIC_RELAXED) > 16);
}

static void *zapper(void *arg)
{
	unsigned long n = (unsigned long)(uintptr_t)arg;
	u64 x = 99;

	/* A round without a zap is no progress but the hosts' fault: wait for them and others. */
	while ((zaps < n || !all_had_a_turn()) && !__atomic_load_n(&failures, __ATOMIC_RELAXED)) {
		u32 r = rnd(&x);

		if (r % 32)
			zap(gpa_of(r / 32 % NR_GPAS));
		else
			prune(r / 32 % NR_REGIONS);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	return NULL;
}

static void track(unsigned int cpu)
{
	u64 st = call_retry(cpu, SX_MEM_TRACK, tdr, 0);

	if (st && st != SX_PREVIOUS_TLB_EPOCH_BUSY)
		fail("TRACK", st);
}

/* The same call until it does not depend on others any more; R8, R12 and R13 the host's. */
static u64 insist(unsigned int cpu, u64 leaf, u64 gpa_level, struct sx_args_saved *out)
{
	struct sx_args_saved a;
	u64 st, code;

	do {
		a = *out;
		a.a.rcx = gpa_level;
		a.a.rdx = tdr;
		st = sx_seamcall_saved(sys, leaf, &a, cpu, 0);
		code = st & SX_STATUS_MASK;
		if (code == SX_TLB_TRACKING_NOT_DONE)
			track(cpu);
		if (st)
			sched_yield();
	} while (code == SX_OPERAND_BUSY || code == SX_TLB_TRACKING_NOT_DONE ||
		 code == SX_INTERRUPTED_RESTARTABLE || code == SX_INTERRUPTED_BUSY);
	*out = a;
	return st;
}

static u64 plain(unsigned int cpu, u64 leaf, u64 gpa_level)
{
	return insist(cpu, leaf, gpa_level, &(struct sx_args_saved){ 0 });
}

static void split(unsigned int cpu, u64 gpa)
{
	struct sx_args_saved a = { .a = { .r8 = env.alloc(NULL, 0) } };

	if (dynamic) {
		a.r12 = env.alloc(NULL, 0);
		a.r13 = env.alloc(NULL, 0);
	}
	must(plain(cpu, SX_MEM_RANGE_BLOCK, gpa | 1), "BLOCK of a 2M page");
	must(insist(cpu, SX_MEM_PAGE_DEMOTE, gpa | 1, &a), "DEMOTE");
	INC(splits);
}

/* One piece goes and comes back pending, so that a merge may find it unlike the others. */
static void replace_piece(unsigned int cpu, u64 gpa, u64 page, u64 n)
{
	struct sx_args_saved a = { .a = { .r8 = page + n * 0x1000 } };

	must(plain(cpu, SX_MEM_RANGE_BLOCK, gpa + n * 0x1000), "BLOCK of a piece");
	must(plain(cpu, SX_MEM_PAGE_REMOVE, gpa + n * 0x1000), "REMOVE of a piece");
	poison(page + n * 0x1000);
	must(insist(cpu, SX_MEM_PAGE_AUG, gpa + n * 0x1000, &a), "AUG of a piece");
}

/* False: the pieces are not alike. The table is then as it was. */
static bool merge(unsigned int cpu, u64 gpa)
{
	struct sx_args_saved a = { 0 };
	u64 st;

	must(plain(cpu, SX_MEM_RANGE_BLOCK, gpa | 1), "BLOCK of a table");
	st = insist(cpu, SX_MEM_PAGE_PROMOTE, gpa | 1, &a);
	if ((st & SX_STATUS_MASK) == SX_EPT_INVALID_PROMOTE_CONDITIONS) {
		must(plain(cpu, SX_MEM_RANGE_UNBLOCK, gpa | 1), "UNBLOCK of a table");
		return false;
	}
	must(st, "PROMOTE");
	env.free(NULL, a.a.rcx & ~SX_HINT_LAST, 0);
	if (dynamic) {
		env.free(NULL, a.r12, 0);
		env.free(NULL, a.r13, 0);
	}
	INC(merges);
	return true;
}

static void remove_pieces(unsigned int cpu, u64 gpa, u64 page)
{
	struct sx_args_saved a = { 0 };
	u64 i;

	for (i = 0; i < 512; i++)
		must(plain(cpu, SX_MEM_RANGE_BLOCK, gpa + i * 0x1000), "BLOCK of a piece");
	for (i = 0; i < 512; i++)
		must(plain(cpu, SX_MEM_PAGE_REMOVE, gpa + i * 0x1000), "REMOVE of a piece");
	must(plain(cpu, SX_MEM_RANGE_BLOCK, gpa | 1), "BLOCK of a table");
	must(insist(cpu, SX_MEM_SEPT_REMOVE, gpa | 1, &a), "SEPT.REMOVE");
	env.free(NULL, a.a.rcx & ~SX_HINT_LAST, 0);
	if (dynamic && !remove_pair(cpu, page))
		fail("PAMT.REMOVE of a frame that is empty", page);
}

/* A 2M page: mapped, split, merged, taken away, by one thread; vCPUs come at any point. */
static void *big_page(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg, cpu = CPU_BIG + me, i;
	u64 gpa = gpa_of(NR_GPAS + me * NR_PROBES), page = big_frame[me], x = 5 + me;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		struct sx_args_saved a = { .a = { .r8 = page } };

		must(insist(cpu, SX_MEM_PAGE_AUG, gpa | 1, &a), "AUG of a 2M page");
		for (i = rnd(&x) % 8; i; i--)
			sched_yield();
		split(cpu, gpa);
		if (!(rnd(&x) & 3))
			replace_piece(cpu, gpa, page, 511);
		for (i = rnd(&x) % 8; i; i--)
			sched_yield();
		if (merge(cpu, gpa)) {
			must(plain(cpu, SX_MEM_RANGE_BLOCK, gpa | 1), "BLOCK of a 2M page");
			must(plain(cpu, SX_MEM_PAGE_REMOVE, gpa | 1), "REMOVE of a 2M page");
		} else {
			remove_pieces(cpu, gpa, page);
		}
		for (i = 0; i < NR_PROBES; i++)
			poison(page + gpa_of(NR_GPAS + i) % FRAME);
	}
	return NULL;
}

static void *reader(void *arg)
{
	u64 x = 7;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		u64 st = call(CPU_READ, SX_MEM_SEPT_RD, gpa_of(rnd(&x) % NR_GPAS), tdr, 0) &
			 SX_STATUS_MASK;

		if (st && st != SX_OPERAND_BUSY && st != SX_EPT_WALK_FAILED)
			fail("SEPT.RD", st);
	}
	return NULL;
}

/* The page walker: fills the vCPU's TLB, which only a flush at entry empties. */
static u64 translate(u64 *tlb, unsigned int i)
{
	unsigned int level = 0;
	u64 val;

	if (tlb[i])
		return tlb[i];
	sx_walk(td, gpa_of(i), &level, &val);
	if (sx_entry_kind(val) == E_MAPPED)
		tlb[i] = (val & SX_E_HPA) + (level ? gpa_of(i) % FRAME : 0);
	return tlb[i];
}

/* Writes this vCPU's word of the page, if it has the page. */
static void touch(unsigned int me, u64 *tlb, unsigned int i, u64 tag)
{
	u64 hpa = translate(tlb, i), *word;

	if (!hpa)
		return;
	word = (u64 *)sx_page_va(sys, hpa) + me;
	if (*word == POISON)
		fail("guest reads a page that has left it", gpa_of(i));
	*word = tag;
	INC(writes);
}

static void in_guest(unsigned int me, struct sx_vp *vp, u64 *tlb, u64 *x)
{
	unsigned int n = 1 + rnd(x) % 16;
	bool violation = false;

	while (n-- && !violation) {
		unsigned int i = rnd(x) % NR_ALL;
		bool big = i >= NR_GPAS && rnd(x) & 1;
		u64 gpa = big ? (gpa_of(i) & ~(FRAME - 1)) | 1 : gpa_of(i);
		u64 st = sx_tdg_mem_page_accept(vp, gpa, &violation) & SX_STATUS_MASK;

		if (!violation && st == SX_SUCCESS)
			INC(accepts);
		else if (!violation && st != SX_PAGE_ALREADY_ACCEPTED && st != SX_OPERAND_BUSY &&
			 !(big && st == SX_PAGE_SIZE_MISMATCH))
			fail("ACCEPT", st);
		touch(me, tlb, rnd(x) % NR_ALL, *x);
	}
	/* Now and then a vCPU that makes no progress, so that zero-step takes part. */
	if (!(rnd(x) & 3))
		sx_vp_private_violation(vp, gpa_of(rnd(x) % NR_GPAS), 0x1000);
}

static void *vcpu(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;
	struct sx_vp *vp = sx_vp_of(sys, vps[me]);
	u64 tlb[NR_ALL] = { 0 }, x = 31 + me;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		struct sx_enter e;
		u64 rip = rnd(&x) & 63 ? 0x1000 : 0x2000;
		u64 st = sx_vp_enter(sys, vps[me], me, rip, &e);

		if ((st & SX_STATUS_MASK) == SX_OPERAND_BUSY) {
			INC(busy);
			sched_yield();
			continue;
		}
		if (st)
			fail("VP.ENTER", st);
		if (st || e.synth)
			continue;
		if (e.flush)
			memset(tlb, 0, sizeof(tlb));
		in_guest(me, vp, tlb, &x);
		sx_vp_exit(vp);
	}
	return NULL;
}

/* The frame of all pages but the hosts' has a pair for good. */
static void set_up_memory(void)
{
	unsigned int i;

	for (i = 0; i < NR_FRAMES; i++)
		frame[i] = env.alloc(NULL, 1);
	for (i = 0; i < NR_BIG; i++)
		big_frame[i] = env.alloc(NULL, 1);
	if (dynamic) {
		sx_sys_dynamic_pamt(sys, true);
		add_pair(0, 0);
	}
}

static void give_memory_back(void)
{
	unsigned int i;

	for (i = 0; i < NR_FRAMES; i++) {
		if (dynamic)
			remove_pair(0, frame[i]);
		env.free(NULL, frame[i], 1);
	}
	for (i = 0; i < NR_BIG; i++)
		env.free(NULL, big_frame[i], 1);
	if (dynamic && !remove_pair(0, 0))
		fail("PAMT.REMOVE of the last pair", 0);
	if (sx_pamt_check(sys) || sx_pamt_pairs(sys))
		fail("pairs left in the PAMT", sx_pamt_pairs(sys));
}

static void build(void)
{
	u64 params = env.alloc(NULL, 0), *p = sx_page_va(NULL, params);
	unsigned int i, j;

	tdr = env.alloc(NULL, 0);
	must(call(0, SX_MNG_CREATE, tdr, 1, 0), "MNG.CREATE");
	must(call(0, SX_MNG_KEY_CONFIG, tdr, 0, 0), "KEY.CONFIG");
	for (i = 0; i < SX_TDCS_PAGES; i++) {
		tdcs[i] = env.alloc(NULL, 0);
		must(call(0, SX_MNG_ADDCX, tdcs[i], tdr, 0), "MNG.ADDCX");
	}
	memset(p, 0, 4096);
	p[2] = NR_VCPUS;
	p[3] = 0x1e;	/* EPTP controls: write-back, 4 levels */
	must(call(0, SX_MNG_INIT, tdr, params, 0), "MNG.INIT");
	env.free(NULL, params, 0);
	for (i = 0; i < NR_VCPUS; i++) {
		vps[i] = env.alloc(NULL, 0);
		must(call(i, SX_VP_CREATE, vps[i], tdr, 0), "VP.CREATE");
		for (j = 0; j < SX_TDCX_PAGES; j++) {
			tdcx[i][j] = env.alloc(NULL, 0);
			must(call(i, SX_VP_ADDCX, tdcx[i][j], vps[i], 0), "VP.ADDCX");
		}
		must(call(i, SX_VP_INIT, vps[i], 0, 0), "VP.INIT");
	}
	must(call(0, SX_MR_FINALIZE, tdr, 0, 0), "MR.FINALIZE");
	must(call(0, SX_MEM_SEPT_ADD, 0 | 3, tdr, env.alloc(NULL, 0)), "SEPT.ADD");
	must(call(0, SX_MEM_SEPT_ADD, 0x40000000 | 2, tdr, env.alloc(NULL, 0)), "SEPT.ADD");
	td = sx_td_of(sys, tdr);
}

static void reclaim(u64 pa)
{
	must(call(0, SX_PHYMEM_PAGE_RECLAIM, pa, 0, 0), "RECLAIM");
	env.free(NULL, pa, 0);
}

static void report(void *arg, const char *what, u64 gpa, u64 value)
{
	(void)arg;
	fprintf(stderr, "stress: check: %s: gpa %#llx value %#llx\n", what, gpa, value);
}

/* Zaps everything, then takes the TD down; the PAMT must end as it began. */
static void tear_down(void)
{
	u64 pd = 0, pdpt = 0;
	enum sx_state state;
	unsigned int i, j;
	int level;

	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	for (i = 0; i < NR_REGIONS; i++)
		prune(i);
	level = 2;
	sx_td_lookup(td, 0x40000000, &level, &pd, &state);
	level = 3;
	sx_td_lookup(td, 0x40000000, &level, &pdpt, &state);
	for (i = 0; i < NR_VCPUS; i++)
		must(call(i, SX_VP_FLUSH, vps[i], 0, 0), "VP.FLUSH");
	must(call(0, SX_MNG_VPFLUSHDONE, tdr, 0, 0), "VPFLUSHDONE");
	must(call(0, SX_PHYMEM_CACHE_WB, 0, 0, 0), "CACHE.WB");
	must(call(0, SX_MNG_KEY_FREEID, tdr, 0, 0), "KEY.FREEID");
	reclaim(pdpt);
	reclaim(pd);
	for (i = 0; i < NR_VCPUS; i++) {
		for (j = 0; j < SX_TDCX_PAGES; j++)
			reclaim(tdcx[i][j]);
		reclaim(vps[i]);
	}
	for (i = 0; i < SX_TDCS_PAGES; i++)
		reclaim(tdcs[i]);
	reclaim(tdr);
	give_memory_back();
	if (sx_pamt_in_use(sys))
		fail("pages left in the PAMT", sx_pamt_in_use(sys));
	if (sim_pages_out())
		fail("pages not given back", sim_pages_out());
}

static void run(unsigned long nr_zaps)
{
	pthread_t threads[NR_VCPUS + NR_HOSTS + NR_BIG + 3];
	unsigned int i, n = 0;

	for (i = 0; i < NR_VCPUS; i++)
		pthread_create(&threads[n++], NULL, vcpu, (void *)(uintptr_t)i);
	for (i = 0; i < NR_HOSTS; i++)
		pthread_create(&threads[n++], NULL, host, (void *)(uintptr_t)i);
	for (i = 0; i < NR_BIG; i++)
		pthread_create(&threads[n++], NULL, big_page, (void *)(uintptr_t)i);
	if (dynamic)
		pthread_create(&threads[n++], NULL, pair_taker, NULL);
	pthread_create(&threads[n++], NULL, reader, NULL);
	pthread_create(&threads[n++], NULL, zapper, (void *)(uintptr_t)nr_zaps);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

/* Once, of a module of its own. */
static void stress(unsigned long nr_zaps)
{
	unsigned int faults;

	env = sim_env(NULL, NULL);
	sys = sx_sys_init(env.mem, env.nr_pages, 4);
	zaps = accepts = prunes = busy = writes = splits = merges = adds = taken = 0;
	set_up_memory();
	build();
	sx_reseed(sys, 1);
	sx_params(sys)->busy_permille = 20;
	sx_set_yield(sys, yield_hook, NULL);
	run(nr_zaps);
	faults = sx_td_check(td, NULL, report, NULL) + sx_pamt_check(sys);
	if (faults)
		fail("S-EPT and PAMT check after the run", faults);
	sx_params(sys)->busy_permille = 0;
	tear_down();
	printf("%s PAMT: zaps %lu prunes %lu accepts %lu guest writes %lu busy %lu splits %lu merges %lu pairs added %lu taken %lu\n",
	       dynamic ? "dynamic" : "static", zaps, prunes, accepts, writes, busy, splits, merges,
	       adds, taken);
	/* A run in which one side never got its turn proves nothing. */
	if (!accepts || !prunes || !writes || !busy || !all_had_a_turn())
		fail("some part of the load never happened", 0);
	sim_env_free(&env);
}

int main(int argc, char **argv)
{
	unsigned long nr_zaps = argc > 1 ? strtoul(argv[1], NULL, 0) : 2000;

	stress(nr_zaps);
	dynamic = true;
	stress(nr_zaps);
	return failures ? 1 : 0;
}
