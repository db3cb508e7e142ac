// SPDX-License-Identifier: GPL-2.0-or-later
#include "storm.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <util/random.h>

#include "block.h"
#include "cases/common.h"
#include "fatal.h"
#include "inject.h"
#include "softtdx.h"
#include "sweep.h"

#define ROUNDS		20	/* of each vCPU over all pages */
/* At most: where zaps are deferred, each makes faults wait for a grace period. */
#define DISTURBANCES	24
/*
 * From page to page: four of them share a page table, and none an xarray node of the guest_memfd or
 * of the attributes, so that faults and zaps make and free those again and again.
 */
#define STRIDE		128
#define CALM_US		300	/* between two things that the control thread does, at most */
#define AWAY_US		2000	/* that the memory slot is away, at most */
#define SIGNAL_US	100	/* between two signals, at most */
#define LEFT_MS		30000	/* for deferred work to give back what a TD had */

static bool has(const struct storm *st, enum inject_kind kind)
{
	return st->mask & 1u << kind;
}

/*
 * Slots and attributes come and go, also where allocations fail: that is where KVM makes most of
 * them.
 */
static bool moves(const struct storm *st)
{
	return has(st, INJECT_SLOTS) || has(st, INJECT_SLAB);
}

static void count(uint64_t *n, uint64_t by)
{
	__atomic_fetch_add(n, by, __ATOMIC_RELAXED);
}

/* --- in the block's process --- */

static struct storm *storm;	/* for forgive(), which is called without a block */

static void setup(struct block *b)
{
	/* First of all reasons, and so the one that stays. */
	record_builder_invalid(b->rec, "faults were injected on purpose: this is no measurement");
	storm = b->s->storm;
	block_set_order(b, ORDER_SAME);
	block_warm(b);
}

/*
 * What KVM may say under faults. EFAULT is the fault of whoever took slot or attribute away, and
 * asks to wait.
 */
static bool forgive(struct vcpu *v, int error)
{
	switch (error) {
	case -EINTR:
		count(&storm->interrupted, 1);
		return true;
	case -ENOMEM:
		count(&storm->no_memory, 1);
		return has(storm, INJECT_SLAB) || has(storm, INJECT_PAGES) ||
		       has(storm, INJECT_PRESSURE);
	case -EFAULT:
		count(&storm->refused, 1);
		usleep(100);
		return moves(storm) && v->run->exit_reason == KVM_EXIT_MEMORY_FAULT;
	}
	return false;
}

static void expose(unsigned int index, void *arg)
{
	(void)index;
	inject_expose(*(bool *)arg);
}

static bool fails_allocations(void)
{
	return has(storm, INJECT_SLAB) || has(storm, INJECT_PAGES);
}

static void expose_vcpus(struct block *b, bool on)
{
	if (fails_allocations())
		crew_run(&b->crew, expose, &on);
}

/*
 * The control thread, but not while it moves memory slots: those come from vmalloc(), which reports
 * what it does not get with a backtrace that no look at the log could tell from a defect.
 */
static void expose_control(bool on)
{
	if (fails_allocations())
		inject_expose(on);
}

/* A call failed: true to make it again. */
static bool again(int r, const char *what)
{
	if (r >= 0)
		return false;
	if (r != -EINTR && r != -ENOMEM)
		die("%s: %s", what, strerror(-r));
	count(&storm->retried, 1);
	return true;
}

/* Some of the pages, in a row. */
static uint64_t choose(struct block *b, uint64_t *state, uint64_t *n)
{
	*n = 1 + random_below(state, (uint32_t)b->pages);
	return random_below(state, (uint32_t)(b->pages - *n + 1));
}

static void punch(struct block *b, uint64_t *state)
{
	uint64_t n, at = choose(b, state, &n), step = b->stride * PAGE_BYTES;

	expose_control(true);
	while (again(__vm_punch_hole(&b->vm, at * step, n * step), "hole in the guest_memfd"))
		;
	expose_control(false);
	count(&storm->holes, 1);
}

static void move_slot(struct block *b, uint64_t *state)
{
	while (again(__vm_set_test_slot(&b->vm, false), "deletion of the memory slot"))
		;
	usleep(random_below(state, AWAY_US));
	while (again(__vm_set_test_slot(&b->vm, true), "the memory slot's return"))
		;
	count(&storm->slots, 1);
}

static void set_private(struct block *b, uint64_t at, uint64_t n, bool on)
{
	uint64_t step = b->stride * PAGE_BYTES, gpa = GUEST_TEST_GPA + at * step;

	expose_control(true);
	for (; n; n--, gpa += step)
		while (again(__vm_set_private(&b->vm, gpa, PAGE_BYTES, on), "memory attributes"))
			;
	expose_control(false);
}

static void convert(struct block *b, uint64_t *state)
{
	uint64_t n, at = choose(b, state, &n);

	for (int on = 0; on <= 1; on++) {
		set_private(b, at, n, on);
		if (!on)
			usleep(random_below(state, AWAY_US));
	}
	count(&storm->conversions, 1);
}

static void disturb(struct block *b, uint64_t *state)
{
	uint32_t what = moves(storm) ? random_below(state, 3) : 0;

	if (what == 1)
		move_slot(b, state);
	else if (what == 2)
		convert(b, state);
	else
		punch(b, state);
	usleep(1 + random_below(state, CALM_US));
}

struct signaller {
	pthread_t thread;
	struct block *b;
	bool stop;
};

static void on_signal(int nr)
{
	(void)nr;
}

static void *send_signals(void *arg)
{
	struct signaller *s = arg;
	uint64_t state = s->b->seed + 1;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		uint32_t i = random_below(&state, s->b->nr_vcpus + 1);

		usleep(1 + random_below(&state, SIGNAL_US));
		tgkill(getpid(), i < s->b->nr_vcpus ? s->b->crew.member[i].tid : getpid(), SIGUSR1);
		count(&storm->signals, 1);
	}
	return NULL;
}

static void start_signals(struct signaller *s)
{
	struct sigaction sa = { .sa_handler = on_signal };

	if (!has(storm, INJECT_SIGNALS))
		return;
	sigaction(SIGUSR1, &sa, NULL);
	if (pthread_create(&s->thread, NULL, send_signals, s))
		die("no thread to send signals");
}

static void stop_signals(struct signaller *s)
{
	__atomic_store_n(&s->stop, true, __ATOMIC_RELAXED);
	if (has(storm, INJECT_SIGNALS))
		pthread_join(s->thread, NULL);
}

static void run(struct block *b)
{
	struct signaller s = { .b = b };
	uint64_t state = b->seed;

	b->vm.forgive = forgive;
	block_begin(b);
	start_signals(&s);
	expose_vcpus(b, true);
	block_walk_start(b, GUEST_F_ACCEPT, ROUNDS);
	for (int i = 0; !block_walk_done(b); i++) {
		if (i < DISTURBANCES)
			disturb(b, &state);
		else
			usleep(CALM_US);
	}
	crew_wait(&b->crew);
	expose_vcpus(b, false);
	stop_signals(&s);
	block_walk_stop(b);
}

/*
 * Nothing is deferred any more, every BLOCK has its end, and the TD works as if nothing had been.
 */
static void check(struct block *b)
{
	const int64_t *left = counters_find(b->gauges, "kvm.mmu_ext_zap_pages");

	if (left && *left)
		record_builder_oracle_fault(b->rec, "%" PRId64 " zapped pages never became free",
					    *left);
	count(&storm->busy, (uint64_t)block_counter(b, "softtdx.injected_busy"));
	count(&storm->pruned, (uint64_t)block_counter(b, "kvm.mmu_ext_pruned"));
	check_removals(b);
	block_touch(b, GUEST_F_ACCEPT | GUEST_F_TOUCH);
	block_verify(b);
	count(&storm->survived, 1);
}

static const struct case_metric no_metrics[] = { { 0 } };

static const struct sept_case case_storm = {
	.name = "storm",
	.summary = "a TD that vCPUs populate while holes are punched, under injected faults",
	.substrate = CASE_TD,
	.stride = STRIDE,
	.setup = setup,
	.run = run,
	.check = check,
	.metrics = no_metrics,
};

/* --- in the process that outlives them --- */

/* What must be as it was once a TD is gone. */
struct rest {
	int64_t module_pages, pamt_pairs, page_tables, unevictable;
};

static struct rest look(void)
{
	return (struct rest) {
		.module_pages = softtdx_pages_in_use(),
		.pamt_pairs = softtdx_pamt_pairs(),
		.page_tables = inject_vmstat("nr_sec_page_table_pages"),
		.unevictable = inject_vmstat("nr_unevictable"),
	};
}

static bool same(const struct rest *a, const struct rest *b)
{
	return a->module_pages == b->module_pages && a->pamt_pairs == b->pamt_pairs &&
	       a->page_tables == b->page_tables &&
	       a->unevictable == b->unevictable;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/*
 * What was there before any TD, or else after one that left something. Not looked at for each pass:
 * what a CPU counts stands in /proc/vmstat up to a second later, and frees can be there before the
 * allocations.
 */
static struct rest *baseline(void)
{
	static struct rest rest;
	static bool looked;

	if (!looked)
		rest = look();
	looked = true;
	return &rest;
}

/*
 * Deferred work may still be giving back what a killed TD had. What is left in the end is in
 * @before then, so that it is told once.
 */
static bool is_clean(const struct storm *st, uint64_t seed, struct rest *before)
{
	uint64_t end = now_us() + LEFT_MS * 1000;
	struct rest now = look();
	char name[INJECT_NAME_LEN];

	while (!same(&now, before) && now_us() < end) {
		usleep(1000);
		now = look();
	}
	if (same(&now, before))
		return true;
	complain(0,
		 "inject %s, seed %" PRIu64 ": left behind: %" PRId64
		 " pages of the TDX module, %" PRId64 " PAMT pairs, %" PRId64
		 " page tables, %" PRId64 " pages of guest_memfds",
		 inject_name(st->mask, name), seed, now.module_pages - before->module_pages,
		 now.pamt_pairs - before->pamt_pairs, now.page_tables - before->page_tables,
		 now.unevictable - before->unevictable);
	*before = now;
	return false;
}

/*
 * One TD. Of those to be killed the first is not: it shows how long a life is, and @life, in us, is
 * what the moment is drawn from.
 */
static void run_one(struct session *s, unsigned int vcpus, uint64_t *life)
{
	struct storm *st = s->storm;
	uint64_t state = s->sweep->seed, start = now_us();
	int fd;
	pid_t pid = sweep_start(s, &case_storm, vcpus, &fd);

	s->sweep->killed = has(st, INJECT_KILL) && *life;
	if (s->sweep->killed) {
		usleep(random_below(&state, (uint32_t)*life));
		kill(pid, SIGKILL);
		st->kills++;
	}
	sweep_take(s, &case_storm, fd, pid);
	if (!*life)
		*life = now_us() - start;
}

static void record_pass(struct session *s, const char *name, unsigned int number,
			unsigned int vcpus, const struct inject_counts *k)
{
	const struct storm *st = s->storm;
	const struct { const char *name; uint64_t v; } all[] = {
		{ "busy", st->busy },
		{ "slab", k->slab },
		{ "pages", k->pages },
		{ "signals", st->signals },
		{ "slots", st->slots },
		{ "conversions", st->conversions },
		{ "holes", st->holes },
		{ "kills", st->kills },
		{ "rcu_holds", k->holds },
		{ "rcu_hold_ms", k->hold_ms },
		{ "alloc_stalls", k->stalls },
		{ "pages_reclaimed", k->reclaimed },
		{ "run_eintr", st->interrupted },
		{ "run_enomem", st->no_memory },
		{ "run_efault", st->refused },
		{ "calls_retried", st->retried },
		{ "pruned_tables", st->pruned },
		{ "tds_survived", st->survived },
	};
	struct record_builder *rec = record_builder_new(s->variant, case_storm.name, s->o->boot,
							number, false);
	char key[64];

	if (!rec)
		die("no memory");
	record_builder_param_str(rec, "inject", name);
	record_builder_param_int(rec, "vcpus", vcpus);
	record_builder_param_int(rec, "pages", (int64_t)s->o->pages);
	record_builder_invalid(rec, "faults were injected on purpose: this is no measurement");
	fprintf(stderr, "septbench: inject %s:", name);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(key, sizeof(key), "injected.%s", all[i].name);
		record_builder_counter(rec, key, all[i].v);
		if (all[i].v)
			fprintf(stderr, " %s %" PRIu64, all[i].name, all[i].v);
	}
	fprintf(stderr, "\n");
	s->written++;
	if (record_builder_finish(rec, s->w))
		die("the result cannot be written");
}

static void run_pass(struct session *s, unsigned int mask, unsigned int number)
{
	unsigned int vcpus = s->o->vcpus[s->o->nr_vcpus - 1], bad = s->invalid;
	struct storm *st = s->storm;
	struct inject_counts counts;
	struct rest *before = baseline();
	uint64_t life = 0;
	char name[INJECT_NAME_LEN];

	inject_name(mask, name);
	memset(st, 0, sizeof(*st));
	st->mask = mask;
	inject_on(st->mask, s->o->seed_first);
	/* What the helpers of the pass themselves take is not a TD's. */
	for (uint64_t seed = s->o->seed_first; seed <= s->o->seed_last; seed++) {
		s->sweep->seed = seed;
		fprintf(stderr,
			"septbench: inject %s, seed %" PRIu64 " of %" PRIu64 "-%" PRIu64 "\n",
			name, seed, s->o->seed_first, s->o->seed_last);
		run_one(s, vcpus, &life);
		s->invalid += !is_clean(st, seed, before);
	}
	counts = inject_counts();
	inject_off();
	record_pass(s, name, number, vcpus, &counts);
	if (s->invalid != bad)
		complain(0, "inject %s: %u TDs were broken or left something", name,
			 s->invalid - bad);
}

static void check_leaks(struct session *s)
{
	int leaks = inject_leaks();

	if (leaks < 0)
		complain(
			0,
			"inject: kmemleak is not on in this kernel: leaked objects would not be seen");
	else
		complain(0, "inject: kmemleak sees %d leaked objects", leaks);
	s->invalid += leaks > 0;
}

static void *shared(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("no memory");
	return p;
}

void storm_run(struct session *s)
{
	s->sweep = shared(sizeof(*s->sweep));
	s->storm = shared(sizeof(*s->storm));
	for (size_t i = 0; i < s->o->nr_inject; i++)
		run_pass(s, s->o->inject[i], (unsigned int)i);
	check_leaks(s);
	munmap(s->storm, sizeof(*s->storm));
	munmap(s->sweep, sizeof(*s->sweep));
	s->storm = NULL;
	s->sweep = NULL;
}
