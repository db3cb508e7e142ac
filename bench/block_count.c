// SPDX-License-Identifier: GPL-2.0-or-later
/* Clock and counters of a block's timed part, and work that its zaps deferred. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <util/random.h>

#include "block_internal.h"
#include "fatal.h"
#include "mark.h"
#include "pagelists.h"
#include "perf.h"
#include "septcount.h"
#include "softtdx.h"
#include "ticks.h"

#define SETTLE_US	20000
#define SETTLE_NS	(1000 * SETTLE_US)
#define TICK_NS		4000000		/* of the lab kernel's timer */

/* Deferred work takes a grace period: milliseconds, on a busy machine seconds. */
#define DEFERRED_GAUGE	"kvm.mmu_ext_zap_pages"
#define DEFERRED_PEAK	"kvm.max_mmu_ext_zap_pages"
#define DEFERRED_POLL_US 200
#define DEFERRED_POLLS	100000

/* Of a count that was printed without its sign, the reader keeps the largest number there is. */
#define COUNTER_LIMIT	(INT64_C(1) << 62)

#define MAPPED		"kvm.pages_4k"
#define MAPPED_LARGE	"kvm.pages_2m"

bool block_counting(const struct block *b)
{
	return b->s->o->clock == BENCH_CLOCK_COUNT;
}

uint64_t block_time(const struct block *b, uint64_t ticks)
{
	if (block_counting(b))
		return ticks;
	return (uint64_t)((unsigned __int128)ticks * 1000000 / b->vm.tsc_khz);
}

bool block_told(const struct block *b)
{
	return block_counting(b) && b->s->ledger->told && !strstr(b->s->o->softtdx, "yield") &&
	       !b->s->o->turn;
}

static uint64_t turns_so_far(const struct block *b)
{
	uint64_t n = 0;

	/* Linux does not count them. */
	for (unsigned int i = 0; i < b->nr_vcpus && !b->linux_guest; i++)
		n += __atomic_load_n(&b->vm.vcpu[i].mailbox->turns, __ATOMIC_RELAXED);
	return n;
}

struct block_reading block_read_start(const struct block *b)
{
	struct block_reading r = { .turns = turns_so_far(b), .sums = ledger_read(b->s->ledger) };

	r.ticks = ticks_now();
	return r;
}

struct block_reading block_read_end(const struct block *b)
{
	struct block_reading r = { .ticks = ticks_now() };

	r.sums = ledger_read(b->s->ledger);
	r.turns = turns_so_far(b);
	return r;
}

static void add_time(struct block *b, const struct share *s)
{
	b->time.ticks += s->ticks;
	b->time.module += s->module;
	b->time.waiting += s->waiting;
	b->time.driver += s->driver;
	b->time.told = s->told;
}

struct share block_stretch(struct block *b, const struct block_reading *from,
			   const struct block_reading *to, bool timed)
{
	struct share s = share_between(from->ticks, &from->sums, to->ticks, &to->sums,
				       (to->turns - from->turns) * b->turn, b->told);

	if (timed)
		add_time(b, &s);
	return s;
}

void block_settle(void)
{
	usleep(SETTLE_US);
}

/*
 * Where the timer's ticks fall in the timed part is drawn from the seed, the same in every arm: in
 * real time it is chance anyway.
 */
static void settle_at_drawn_phase(const struct block *b)
{
	uint64_t state = ~b->seed;
	struct timespec t;

	if (!block_counting(b)) {
		block_settle();
		return;
	}
	pagelists_empty();
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec = (t.tv_nsec / SETTLE_NS + 2) * SETTLE_NS + random_below(&state, TICK_NS);
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static uint64_t gauge(const struct block *b, const char *name)
{
	const int64_t *v = counters_find(b->gauges, name);

	return v && *v > 0 ? (uint64_t)*v : 0;
}

static void read_gauges(struct block *b)
{
	int r;

	b->gauges->nr = 0;
	r = counters_add_kvm_gauges(b->gauges, b->vm.stats_fd);
	if (r)
		die("KVM's binary statistics: %s", strerror(-r));
}

void block_wait_deferred(struct block *b)
{
	read_gauges(b);
	for (int i = 0; gauge(b, DEFERRED_GAUGE); i++) {
		if (i == DEFERRED_POLLS) {
			record_builder_invalid(b->rec,
					       "%llu zapped pages are still not free after %d s",
					       (unsigned long long)gauge(b, DEFERRED_GAUGE),
					       DEFERRED_POLLS / (1000000 / DEFERRED_POLL_US));
			break;
		}
		usleep(DEFERRED_POLL_US);
		read_gauges(b);
	}
}

uint64_t block_deferred_peak(const struct block *b)
{
	return gauge(b, DEFERRED_PEAK);
}

int64_t block_counter(const struct block *b, const char *name)
{
	const int64_t *v = counters_find(b->delta, name);

	return v ? *v : 0;
}

/*
 * What softtdx counts for the machine, and prints with each TD's. softtdx.insn is held against its
 * like.
 */
static const char *const machine_wide[] = { "softtdx.reset_paddr", "softtdx.met_*" };

static void add_kvm(const struct block *b, struct counters *cs)
{
	int r = counters_add_kvm(cs, b->vm.stats_fd);

	for (unsigned int i = 0; !r && i < b->nr_vcpus; i++)
		r = counters_add_kvm(cs, b->vm.vcpu[i].stats_fd);
	if (r)
		die("KVM's binary statistics: %s", strerror(-r));
}

/* softtdx's counts of one TD more, without those of the machine, which are there already. */
static void add_peer(const struct block *peer, struct counters *cs)
{
	static const char *const once[] = { "softtdx.insn", "softtdx.reset_paddr", "softtdx.met_*",
					    "pamt.*" };
	struct counters *own;
	int r;

	add_kvm(peer, cs);
	if (!*peer->td_path)
		return;
	own = calloc(1, sizeof(*own));
	r = own ? softtdx_add_counters(own, peer->td_path) : -ENOMEM;
	for (size_t i = 0; !r && i < sizeof(once) / sizeof(*once); i++)
		counters_drop(own, once[i]);
	for (size_t i = 0; !r && i < own->nr; i++)
		r = counters_add(cs, "", own->c[i].name, own->c[i].v);
	free(own);
	if (r)
		die("%s/counters: %s", peer->td_path, strerror(-r));
}

void block_add_counters(struct block *b, struct counters *cs)
{
	int r;

	add_kvm(b, cs);
	for (unsigned int i = 0; i < b->nr_peers; i++)
		add_peer(b->peer[i], cs);
	r = memory_add_counters(cs, b->s->topo);
	if (r)
		die("the NUMA nodes' statistics: %s", strerror(-r));
	if (!*b->td_path)
		return;
	r = softtdx_add_counters(cs, b->td_path);
	if (r)
		die("%s/counters: %s", b->td_path, strerror(-r));
	/* Those are of all TDs at work. */
	for (size_t i = 0; b->c->other_td && i < sizeof(machine_wide) / sizeof(*machine_wide); i++)
		counters_drop(cs, machine_wide[i]);
}

/* -1 if this KVM has no such statistic. */
static int64_t mapped_pages(struct block *b, const char *name)
{
	const int64_t *v;

	read_gauges(b);
	v = counters_find(b->gauges, name);
	return v ? *v : -1;
}

int64_t block_new_large(struct block *b)
{
	return mapped_pages(b, MAPPED_LARGE) - b->mapped_large;
}

int64_t block_new_leaves(struct block *b)
{
	return mapped_pages(b, MAPPED) - b->mapped + block_new_large(b);
}

void block_covers(struct block *b, uint64_t start, uint64_t end)
{
	b->first = start < b->first ? start : b->first;
	b->last = end > b->last ? end : b->last;
}

void block_begin(struct block *b)
{
	if (b->c->large)
		b->mapped_large = mapped_pages(b, MAPPED_LARGE);
	settle_at_drawn_phase(b);
	block_begin_now(b);
}

void block_begin_now(struct block *b)
{
	mark(MARK_PART);
	memset(&b->time, 0, sizeof(b->time));
	b->first = UINT64_MAX;
	b->last = 0;
	for (unsigned int i = 0; i <= b->nr_peers; i++)
		block_td(b, i)->mapped = mapped_pages(block_td(b, i), MAPPED);
	b->before->nr = 0;
	block_add_counters(b, b->before);
	if (b->s->perf)
		block_events_start(b);
	septcount_begin();
}

void block_add_window(struct block *b)
{
	int r = septcount_add_counters(b->delta);

	if (r)
		die("septcount's counters: %s", strerror(-r));
}

static bool is_count(int64_t v)
{
	return v >= 0 && v < COUNTER_LIMIT;
}

void block_check_readings(struct block *b, const struct counters *cs)
{
	for (size_t i = 0; i < cs->nr; i++)
		if (!is_count(cs->c[i].v))
			record_builder_invalid(b->rec, "counter %s went below zero: it reads %lld",
					       cs->c[i].name, (long long)cs->c[i].v);
}

void block_record_counter(struct block *b, const char *name, int64_t v)
{
	if (is_count(v))
		record_builder_counter(b->rec, name, (uint64_t)v);
	else
		record_builder_invalid(b->rec, "counter %s went below zero: it is %lld", name,
				       (long long)v);
}

void block_end(struct block *b)
{
	septcount_end();
	if (b->s->perf)
		perf_stop(b->s->perf);
	b->delta->nr = 0;
	block_add_counters(b, b->delta);
	block_check_readings(b, b->before);
	block_check_readings(b, b->delta);
	counters_subtract(b->delta, b->before);
	block_add_window(b);
}

void block_host_span(struct block *b, const struct block_reading *start,
		     const struct block_reading *end, uint64_t units)
{
	for (int i = 0; i < GUEST_NR_PARTS; i++)
		memset(b->faults[i], 0, sizeof(*b->faults[i]));
	block_covers(b, start->ticks, end->ticks);
	b->share = block_stretch(b, start, end, true);
	b->skew = 0;
	b->units = units;
}

/* Is there such a counter? softtdx leaves out what is zero. */
static bool counter_known(const struct block *b, const char *counter)
{
	return counters_find(b->delta, counter) ||
	       (*b->td_path && strncmp(counter, "kvm.", 4));
}

void block_expect(struct block *b, const char *counter, int64_t want)
{
	int64_t is = block_counter(b, counter);

	if (counter_known(b, counter) && is != want)
		record_builder_oracle_fault(b->rec, "%s is %lld, expected %lld", counter,
					    (long long)is, (long long)want);
}

void block_expect_at_least(struct block *b, const char *counter, int64_t least)
{
	int64_t is = block_counter(b, counter);

	if (counter_known(b, counter) && is < least)
		record_builder_oracle_fault(b->rec, "%s is %lld, expected at least %lld", counter,
					    (long long)is, (long long)least);
}

void block_expect_alike(struct block *b, const char *counter, const char *other)
{
	int64_t is = block_counter(b, counter), want = block_counter(b, other);
	int64_t between = b->c->linux_part ? b->nr_vcpus - 1 : 0;

	if (counter_known(b, counter) && llabs(is - want) > between)
		record_builder_oracle_fault(b->rec, "%s is %lld, expected %lld", counter,
					    (long long)is, (long long)want);
}

void block_check_locks(struct block *b)
{
	block_expect_alike(b, "mmu_lock.read_unlock", "mmu_lock.read");
	block_expect_alike(b, "mmu_lock.write_unlock", "mmu_lock.write");
}

static void expect_mapped(struct block *b, int64_t want)
{
	int64_t now = mapped_pages(b, MAPPED);

	if (now < 0 || b->mapped < 0 || now - b->mapped == want)
		return;
	record_builder_oracle_fault(b->rec,
				    MAPPED " went from %lld to %lld, expected a change of %lld",
				    (long long)b->mapped, (long long)now, (long long)want);
}

void block_expect_mapped_large(struct block *b, int64_t want)
{
	int64_t more = block_new_leaves(b) + (GUEST_LARGE_PAGES - 1) * block_new_large(b);

	if (b->mapped >= 0 && b->mapped_large >= 0 && more != want)
		record_builder_oracle_fault(b->rec,
					    "KVM has mapped %lld pages of 4K more, expected %lld",
					    (long long)more, (long long)want);
}

void block_expect_mapped(struct block *b, int64_t want)
{
	for (unsigned int i = 0; i <= b->nr_peers; i++)
		expect_mapped(block_td(b, i), want);
}
