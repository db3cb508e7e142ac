// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads on one TD: populating hosts, a zapper that also prunes tables, a reader, and vCPUs that
 * ACCEPT and write memory through a simulated TLB. The vCPU threads share no lock with the host
 * threads, so the only thing that orders a guest's last write before the page's reuse is the core's
 * epoch tracking: if it fails, ThreadSanitizer sees the race, and every build sees the poison.
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
#define NR_VCPUS	2
#define NR_HOSTS	2
#define POISON		0xdeadbeefdeadbeefULL
#define CPU_HOST	8
#define CPU_ZAP		16
#define CPU_READ	17

static struct sx_st_env env;
static struct sx_sys *sys;
static u64 tdr, tdcs[SX_TDCS_PAGES], vps[NR_VCPUS], tdcx[NR_VCPUS][SX_TDCX_PAGES];
static struct sx_td *td;
static bool stop;
static unsigned long zaps, accepts, prunes, busy, writes;
static unsigned int failures;

#define INC(n)	__atomic_fetch_add(&(n), 1, __ATOMIC_RELAXED)

static void fail(const char *what, u64 value)
{
	fprintf(stderr, "stress: %s: %#llx\n", what, value);
	INC(failures);
}

static u64 gpa_of(unsigned int i)
{
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

static u32 rnd(u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (u32)(*x >> 32);
}

static void yield_hook(void *arg, enum sx_yield where)
{
	static _Thread_local u64 x;

	(void)arg;
	(void)where;
	if (!x)
		x = (u64)(uintptr_t)&x | 1;
	if (!(rnd(&x) & 7))
		sched_yield();
}

static void *host(void *arg)
{
	unsigned int cpu = CPU_HOST + (unsigned int)(uintptr_t)arg;
	u64 x = 0x1234567 + cpu, page = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		u64 gpa = gpa_of(rnd(&x) % NR_GPAS), st;

		if (!page)
			page = env.alloc(NULL, 0);
		st = call(cpu, SX_MEM_PAGE_AUG, gpa, tdr, page);
		if (st == SX_SUCCESS)
			page = 0;
		else if ((st & SX_STATUS_MASK) == SX_EPT_WALK_FAILED &&
			 !call(cpu, SX_MEM_SEPT_ADD, (gpa & ~0x1fffffULL) | 1, tdr, page))
			page = 0;
	}
	if (page)
		env.free(NULL, page, 0);
	return NULL;
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
	if (leaf == SX_MEM_PAGE_REMOVE) {
		u64 *word = sx_page_va(sys, a.rcx);
		int i;

		for (i = 0; i < 512; i++)
			word[i] = POISON;
		must(call_retry(CPU_ZAP, SX_PHYMEM_PAGE_WBINVD, a.rcx, 0), "WBINVD");
	}
	env.free(NULL, a.rcx, 0);
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

static void *zapper(void *arg)
{
	unsigned long n = (unsigned long)(uintptr_t)arg;
	u64 x = 99;

	/* A round without a zap is the hosts' fault, not progress: wait for them. */
	while (zaps < n && !__atomic_load_n(&failures, __ATOMIC_RELAXED)) {
		u32 r = rnd(&x);

		if (r % 32)
			zap(gpa_of(r / 32 % NR_GPAS));
		else
			prune(r / 32 % NR_REGIONS);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
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
	if (level == 0 && sx_entry_kind(val) == E_MAPPED)
		tlb[i] = val & SX_E_HPA;
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
		unsigned int i = rnd(x) % NR_GPAS;
		u64 st = sx_tdg_mem_page_accept(vp, gpa_of(i), &violation) & SX_STATUS_MASK;

		if (!violation && st == SX_SUCCESS)
			INC(accepts);
		else if (!violation && st != SX_PAGE_ALREADY_ACCEPTED && st != SX_OPERAND_BUSY)
			fail("ACCEPT", st);
		touch(me, tlb, rnd(x) % NR_GPAS, *x);
	}
	/* Now and then a vCPU that makes no progress, so that zero-step takes part. */
	if (!(rnd(x) & 3))
		sx_vp_private_violation(vp, gpa_of(rnd(x) % NR_GPAS), 0x1000);
}

static void *vcpu(void *arg)
{
	unsigned int me = (unsigned int)(uintptr_t)arg;
	struct sx_vp *vp = sx_vp_of(sys, vps[me]);
	u64 tlb[NR_GPAS] = { 0 }, x = 31 + me;

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
	if (sx_pamt_in_use(sys))
		fail("pages left in the PAMT", sx_pamt_in_use(sys));
	if (sim_pages_out())
		fail("pages not given back", sim_pages_out());
}

static void run(unsigned long nr_zaps)
{
	pthread_t threads[NR_VCPUS + NR_HOSTS + 2];
	unsigned int i, n = 0;

	for (i = 0; i < NR_VCPUS; i++)
		pthread_create(&threads[n++], NULL, vcpu, (void *)(uintptr_t)i);
	for (i = 0; i < NR_HOSTS; i++)
		pthread_create(&threads[n++], NULL, host, (void *)(uintptr_t)i);
	pthread_create(&threads[n++], NULL, reader, NULL);
	pthread_create(&threads[n++], NULL, zapper, (void *)(uintptr_t)nr_zaps);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	unsigned long nr_zaps = argc > 1 ? strtoul(argv[1], NULL, 0) : 5000;
	unsigned int faults;

	env = sim_env(NULL, NULL);
	sys = sx_sys_init(env.mem, env.nr_pages, 4);
	build();
	sx_reseed(sys, 1);
	sx_params(sys)->busy_permille = 20;
	sx_set_yield(sys, yield_hook, NULL);
	run(nr_zaps);
	faults = sx_td_check(td, NULL, report, NULL);
	if (faults)
		fail("S-EPT check after the run", faults);
	sx_params(sys)->busy_permille = 0;
	tear_down();
	printf("zaps %lu prunes %lu accepts %lu guest writes %lu busy %lu\n", zaps, prunes, accepts,
	       writes, busy);
	/* A run in which one side never got its turn proves nothing. */
	if (!accepts || !prunes || !writes || !busy)
		fail("some part of the load never happened", 0);
	sim_env_free(&env);
	return failures ? 1 : 0;
}
