// SPDX-License-Identifier: GPL-2.0-or-later
/* What a block has its vCPUs do: walk pages, verify them, spin. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "block_internal.h"
#include "fatal.h"

/* The loop whose instructions are known: 2 per turn, some 10 around it. */
#define KNOWN_LOOPS	10000ull
#define KNOWN_INSNS	(2 * KNOWN_LOOPS)
#define KNOWN_TRIES	5
#define KNOWN_TURNS	64
#define EMPTY_TRIES	3

/* Recorded value = ticks * scale >> 32. */
static uint64_t tick_scale(const struct block *b)
{
	if (block_counting(b))
		return 1ull << 32;
	return (1000000ull << 32) / b->vm.tsc_khz;
}

void block_run_command(unsigned int index, void *arg)
{
	struct block *b = arg;

	vm_run_command(&b->vm, index);
}

static void command_all(struct block *b, enum guest_cmd cmd)
{
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		struct guest_mailbox *m = b->vm.vcpu[i].mailbox;
		uint64_t order = m->order, count = m->count, samples = m->samples;

		vm_set_command(&b->vm, i, cmd);
		m->order = order;
		m->count = count;
		m->samples = samples;
		m->base = GUEST_TEST_GPA + b->offset;
		m->scale = tick_scale(b);
		m->rounds = 1;
	}
}

static void set_order(struct block *b, enum order_layout layout)
{
	uint32_t *at = b->vm.order;

	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		struct guest_mailbox *m = b->vm.vcpu[i].mailbox;

		/* One list serves all if all have the same: there is not room for more. */
		m->count = order_count(layout, b->pages, b->nr_vcpus, i);
		m->order = vm_shared_va(&b->vm, at);
		m->samples = block_counting(b) && layout != ORDER_SAME ?
			     vm_shared_va(&b->vm, b->vm.samples +
						  GUEST_NR_PARTS * (at - b->vm.order)) : 0;
		if (layout == ORDER_SAME && i)
			continue;
		order_fill(at, layout, b->pages, b->nr_vcpus, i, b->seed);
		for (uint64_t j = 0; j < m->count; j++)
			at[j] = (uint32_t)(at[j] * b->stride);
		if (layout != ORDER_SAME)
			at += m->count;
	}
}

void block_set_order(struct block *b, enum order_layout layout)
{
	for (unsigned int i = 0; i <= b->nr_peers; i++)
		set_order(block_td(b, i), layout);
}

void block_check_clock(struct block *b)
{
	struct guest_mailbox *m = b->vm.vcpu[0].mailbox;
	uint64_t least = UINT64_MAX, order = m->order, count = m->count;

	for (int i = 0; i < KNOWN_TRIES; i++) {
		vm_set_command(&b->vm, 0, GUEST_INSN_LOOP);
		m->count = KNOWN_LOOPS;
		crew_run_one(&b->crew, 0, block_run_command, b);
		if (m->result < least)
			least = m->result;
	}
	m->order = order;
	m->count = count;
	record_builder_counter(b->rec, "clock.ticks_per_20000_insns", least);
	if (block_counting(b) && (least < KNOWN_INSNS || least > KNOWN_INSNS + KNOWN_INSNS / 100))
		record_builder_invalid(b->rec,
				       "clock count: %llu TSC ticks passed in %llu instructions; "
				       "this needs QEMU with -icount shift=0",
				       (unsigned long long)least, KNOWN_INSNS);
}

static uint32_t parts_flag(const struct block *b)
{
	return b->told ? GUEST_F_PARTS : 0;
}

/* The loop without its page, by vCPU 0 alone: how long it took. */
static uint64_t walk_empty(struct block *b)
{
	struct guest_mailbox *m = b->vm.vcpu[0].mailbox;

	command_all(b, GUEST_WARM);
	crew_run(&b->crew, block_run_command, b);
	command_all(b, b->touch);
	m->flags = parts_flag(b);
	block_settle();
	barrier_init(&b->vm.common->start, 1);
	barrier_init(&b->vm.common->end, 1);
	crew_run_one(&b->crew, 0, b->walk, b);
	b->bias = hist_median(&m->hist[GUEST_SUBJECT]);
	return m->end_tsc - m->start_tsc;
}

/* The least of some tries: a timer tick in one is not the loop's. */
void block_warm(struct block *b)
{
	const struct guest_mailbox *m = b->vm.vcpu[0].mailbox;
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < EMPTY_TRIES; i++) {
		uint64_t ticks = walk_empty(b);

		least = ticks < least ? ticks : least;
	}
	b->harness = m->count ? (double)block_time(b, least) / (double)m->count : 0;
	for (unsigned int i = 0; i < b->nr_peers; i++)
		walk_empty(b->peer[i]);
}

static int compare_samples(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void take_samples(struct block *b, const struct block *td, const struct guest_mailbox *m)
{
	const uint32_t *from;

	if (!m->samples)
		return;
	from = vm_shared_host(&td->vm, m->samples);
	for (uint64_t i = 0; i < m->count; i++, b->nr_samples++)
		for (int part = 0; part < GUEST_NR_PARTS; part++)
			b->samples[part][b->nr_samples] = *from++;
}

/* All faults or none: partial samples bias quantiles. */
static void finish_samples(struct block *b)
{
	if (b->nr_samples != b->faults[GUEST_SUBJECT]->n)
		b->nr_samples = 0;
	for (int i = 0; i < GUEST_NR_PARTS && b->nr_samples; i++)
		qsort(b->samples[i], b->nr_samples, sizeof(*b->samples[i]), compare_samples);
}

/*
 * A fault that is in no bucket would make every quantile a little wrong, and nobody would see it.
 */
static void check_histogram(struct block *b, unsigned int index)
{
	const struct guest_mailbox *m = b->vm.vcpu[index].mailbox;
	const struct hist *h = &m->hist[GUEST_SUBJECT];
	uint64_t n = h->overflow;

	for (size_t i = 0; i < HIST_BUCKETS; i++)
		n += h->bucket[i];
	if (b->walk == block_run_command && (h->n != m->count * m->rounds || n != h->n))
		record_builder_oracle_fault(
			b->rec,
			"vCPU %u: %llu of %llu faults were timed, %llu are in the histogram", index,
			(unsigned long long)h->n, (unsigned long long)(m->count * m->rounds),
			(unsigned long long)n);
}

/* From the first vCPU's start to the last one's end; the payload's own loop is the driver's. */
static void set_walk_share(struct block *b, const struct guest_mailbox *first,
			   const struct guest_mailbox *last)
{
	struct block_reading from = { .ticks = first->start_tsc, .sums = first->start };
	struct block_reading to = { .ticks = last->end_tsc, .sums = last->end };

	block_covers(b, from.ticks, to.ticks);
	b->units = b->faults[GUEST_SUBJECT]->n;
	b->turn = 1;
	to.turns = b->told ? (uint64_t)(b->harness * (double)b->units) : 0;
	b->share = block_stretch(b, &from, &to, true);
}

static void merge_faults(struct block *b, const struct block *td, const struct guest_mailbox *m)
{
	for (int i = 0; i < GUEST_NR_PARTS; i++)
		hist_merge(b->faults[i], &m->hist[i]);
	take_samples(b, td, m);
}

static void check_accepts(const struct guest_mailbox *m, unsigned int index)
{
	if (m->error)
		die("vCPU %u: %s of 0x%llx failed with status 0x%llx", index,
		    m->cmd == GUEST_CONVERT ? "MapGPA or ACCEPT" : "ACCEPT",
		    (unsigned long long)m->error_gpa, (unsigned long long)m->error);
}

/* Who began first and last, and ended last. */
struct walk_ends {
	const struct guest_mailbox *first, *last;
	uint64_t last_start;
};

static void collect_td(struct block *b, struct block *td, struct walk_ends *e)
{
	for (unsigned int i = 0; i < td->nr_vcpus; i++) {
		const struct guest_mailbox *m = td->vm.vcpu[i].mailbox;

		check_accepts(m, i);
		check_histogram(td, i);
		merge_faults(b, td, m);
		e->first = m->start_tsc < e->first->start_tsc ? m : e->first;
		e->last_start = m->start_tsc > e->last_start ? m->start_tsc : e->last_start;
		e->last = m->end_tsc > e->last->end_tsc ? m : e->last;
		counters_add(b->delta, "guest.", "accept_busy", (int64_t)m->busy);
		counters_add(b->delta, "guest.", "accept_already", (int64_t)m->already);
	}
}

static void collect_touch(struct block *b)
{
	const struct guest_mailbox *m = b->vm.vcpu[0].mailbox;
	struct walk_ends e = { .first = m, .last = m };

	for (int i = 0; i < GUEST_NR_PARTS; i++)
		memset(b->faults[i], 0, sizeof(*b->faults[i]));
	b->nr_samples = 0;
	for (unsigned int i = 0; i <= b->nr_peers; i++)
		collect_td(b, block_td(b, i), &e);
	finish_samples(b);
	set_walk_share(b, e.first, e.last);
	b->skew = block_time(b, e.last_start - e.first->start_tsc);
}

static void prepare_walk(struct block *b, uint32_t flags, uint64_t rounds)
{
	command_all(b, b->touch);
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		b->vm.vcpu[i].mailbox->flags = flags | parts_flag(b) |
					       (b->c->mixed && i & 1 ? GUEST_F_SMALL : 0);
		b->vm.vcpu[i].mailbox->rounds = rounds;
	}
	barrier_init(&b->vm.common->start, b->nr_vcpus);
	barrier_init(&b->vm.common->end, b->nr_vcpus);
}

void block_walk_start(struct block *b, uint32_t flags, uint64_t rounds)
{
	prepare_walk(b, flags, rounds);
	crew_order(&b->crew, b->walk, b);
}

bool block_walk_done(struct block *b)
{
	crew_check(&b->crew);
	return __atomic_load_n(&b->vm.common->end.arrived, __ATOMIC_ACQUIRE) >= b->nr_vcpus;
}

void block_walk_stop(struct block *b)
{
	crew_wait(&b->crew);
	block_wait_deferred(b);
	block_end(b);
	collect_touch(b);
}

uint64_t block_set_chunks(struct block *b, uint64_t chunk, bool hot)
{
	uint64_t least = b->pages / b->nr_vcpus, first = 0;

	chunk = hot ? 1 : chunk < least ? chunk : least;
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		struct guest_mailbox *m = b->vm.vcpu[i].mailbox;
		uint32_t *at = vm_shared_host(&b->vm, m->order);
		uint64_t pages = order_count(ORDER_DISJOINT, b->pages, b->nr_vcpus, i);

		m->count = pages / chunk;
		order_fill(at, ORDER_DISJOINT, m->count, 1, 0, b->seed + i);
		for (uint64_t j = 0; j < m->count; j++)
			at[j] = (uint32_t)(hot ? first : first + at[j] * chunk);
		first += pages;
	}
	return chunk;
}

void block_convert(struct block *b, uint64_t chunk)
{
	command_all(b, GUEST_CONVERT);
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		b->vm.vcpu[i].mailbox->flags = parts_flag(b);
		b->vm.vcpu[i].mailbox->limit = chunk;
	}
	barrier_init(&b->vm.common->start, b->nr_vcpus);
	barrier_init(&b->vm.common->end, b->nr_vcpus);
	/* The loop without its page has not been measured: it is part of the value. */
	b->bias = 0;
	b->harness = 0;
	block_begin(b);
	crew_run(&b->crew, b->walk, b);
	block_wait_deferred(b);
	block_end(b);
	collect_touch(b);
	b->units *= chunk;
}

void block_touch(struct block *b, uint32_t flags)
{
	for (unsigned int i = 0; i <= b->nr_peers; i++)
		prepare_walk(block_td(b, i), flags, 1);
	block_begin(b);
	for (unsigned int i = 0; i < b->nr_peers; i++)
		crew_order(&b->peer[i]->crew, b->peer[i]->walk, b->peer[i]);
	crew_run(&b->crew, b->walk, b);
	for (unsigned int i = 0; i < b->nr_peers; i++)
		crew_wait(&b->peer[i]->crew);
	block_end(b);
	collect_touch(b);
}

void block_touch_untimed(struct block *b, uint32_t flags)
{
	prepare_walk(b, flags, 1);
	crew_run(&b->crew, b->walk, b);
	for (unsigned int i = 0; i < b->nr_vcpus; i++)
		check_accepts(b->vm.vcpu[i].mailbox, i);
}

void block_touch_small(struct block *b, uint64_t offset)
{
	b->touch = GUEST_TOUCH;
	b->offset = offset;
}

void block_verify_gone(struct block *b)
{
	command_all(b, GUEST_VERIFY);
	crew_run(&b->crew, block_run_command, b);
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		const struct guest_mailbox *m = b->vm.vcpu[i].mailbox;

		if (m->result != m->count)
			record_builder_oracle_fault(
				b->rec, "vCPU %u: %llu pages still hold what was taken away", i,
				(unsigned long long)(m->count - m->result));
	}
}

static void verify(struct block *b)
{
	uint64_t offset = b->offset;

	b->offset = 0;		/* all that was written, wherever the guest touches pages now */
	command_all(b, b->verify);
	b->offset = offset;
	crew_run(&b->crew, block_run_command, b);
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		uint64_t bad = b->vm.vcpu[i].mailbox->result;

		if (bad)
			record_builder_oracle_fault(
				b->rec, "vCPU %u: %llu pages do not hold what was written", i,
				(unsigned long long)bad);
	}
}

void block_verify(struct block *b)
{
	for (unsigned int i = 0; i <= b->nr_peers; i++)
		verify(block_td(b, i));
}

/* One vCPU's spinning by itself: the shortest turn is what the loop costs. */
static void measure_turn(struct block *b)
{
	command_all(b, GUEST_SPIN);
	b->vm.common->stop = 0;
	b->vm.vcpu[0].mailbox->limit = KNOWN_TURNS;
	barrier_init(&b->vm.common->start, 1);
	crew_run_one(&b->crew, 0, block_run_command, b);
	b->turn = b->vm.vcpu[0].mailbox->least;
}

void block_spin_start(struct block *b)
{
	struct guest_common *c = b->vm.common;

	measure_turn(b);
	command_all(b, GUEST_SPIN);
	c->stop = 0;
	barrier_init(&c->start, b->nr_vcpus);
	crew_order(&b->crew, block_run_command, b);
	while (__atomic_load_n(&c->start.arrived, __ATOMIC_ACQUIRE) < b->nr_vcpus) {
		crew_check(&b->crew);
		usleep(1000);
	}
}

void block_spin_inside(struct block *b)
{
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		struct guest_mailbox *m = b->vm.vcpu[i].mailbox;
		uint64_t turns = __atomic_load_n(&m->turns, __ATOMIC_RELAXED);

		while (m->cmd == GUEST_SPIN &&
		       __atomic_load_n(&m->turns, __ATOMIC_RELAXED) == turns) {
			crew_check(&b->crew);
			__builtin_ia32_pause();
		}
	}
}

void block_spin_stop(struct block *b)
{
	__atomic_store_n(&b->vm.common->stop, 1, __ATOMIC_RELEASE);
	crew_wait(&b->crew);
}

static bool times_stall(const struct block *b, unsigned int i)
{
	return block_counting(b) && b->vm.vcpu[i].mailbox->cmd == GUEST_SPIN;
}

/* Under count nobody runs in the guest while this does. */
void block_stall_start(struct block *b, const struct block_reading *now)
{
	for (unsigned int i = 0; i < b->nr_vcpus && times_stall(b, i); i++) {
		struct guest_mailbox *m = b->vm.vcpu[i].mailbox;

		m->end = m->since_sums = now->sums;
		m->result = 0;
		m->end_tsc = now->ticks;
		__atomic_store_n(&m->since, now->ticks, __ATOMIC_RELEASE);
	}
}

void block_stall_stop(struct block *b, const struct block_reading *now)
{
	const struct ledger_sums none = { 0 };

	for (unsigned int i = 0; i < b->nr_vcpus && times_stall(b, i); i++) {
		struct guest_mailbox *m = b->vm.vcpu[i].mailbox;
		struct share most = share_between(0, &none, m->result, &m->stall, 0, b->told);

		/* The one under way; none if a turn of the emulator's came in between. */
		if (m->end_tsc < now->ticks && now->ticks - m->end_tsc > most.ticks)
			most = share_between(m->end_tsc, &m->end, now->ticks, &now->sums, 0,
					     b->told);
		b->stall = most.ticks > b->stall.ticks ? most : b->stall;
	}
}

struct share block_spin_stall(const struct block *b)
{
	struct share most = b->stall;

	for (unsigned int i = 0; i < b->nr_vcpus && !block_counting(b); i++) {
		uint64_t turn = b->vm.vcpu[i].mailbox->result;

		most.ticks = turn > most.ticks ? turn : most.ticks;
	}
	return most;
}
