// SPDX-License-Identifier: GPL-2.0-or-later
#include "block.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fatal.h"
#include "mark.h"
#include "metrics.h"
#include "perf.h"
#include "softtdx.h"
#include "sweep.h"
#include "ticks.h"

/* The loop whose instructions are known: 2 per turn, some 10 around it. */
#define KNOWN_LOOPS	10000ull
#define KNOWN_INSNS	(2 * KNOWN_LOOPS)
#define KNOWN_TRIES	5

#define SETTLE_US	20000

/* Deferred work takes a grace period: milliseconds, on a busy machine seconds. */
#define DEFERRED_GAUGE	"kvm.mmu_ext_zap_pages"
#define DEFERRED_PEAK	"kvm.max_mmu_ext_zap_pages"
#define DEFERRED_POLL_US 200
#define DEFERRED_POLLS	100000

static bool counting(const struct block *b)
{
	return b->s->o->clock == BENCH_CLOCK_COUNT;
}

uint64_t block_time(const struct block *b, uint64_t ticks)
{
	if (counting(b))
		return ticks;
	return (uint64_t)((unsigned __int128)ticks * 1000000 / b->vm.tsc_khz);
}

/* Recorded value = ticks * scale >> 32. */
static uint64_t tick_scale(const struct block *b)
{
	if (counting(b))
		return 1ull << 32;
	return (1000000ull << 32) / b->vm.tsc_khz;
}

static void run_command(unsigned int index, void *arg)
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
		m->base = GUEST_TEST_GPA;
		m->scale = tick_scale(b);
		m->rounds = 1;
	}
}

void block_set_order(struct block *b, enum order_layout layout)
{
	uint32_t *at = b->vm.order;

	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		struct guest_mailbox *m = b->vm.vcpu[i].mailbox;

		/* One list serves all if all have the same: there is not room for more. */
		m->count = order_count(layout, b->pages, b->nr_vcpus, i);
		m->order = vm_shared_va(&b->vm, at);
		m->samples = counting(b) && layout != ORDER_SAME ?
			     vm_shared_va(&b->vm, b->vm.samples + (at - b->vm.order)) : 0;
		if (layout == ORDER_SAME && i)
			continue;
		order_fill(at, layout, b->pages, b->nr_vcpus, i, b->seed);
		for (uint64_t j = 0; j < m->count; j++)
			at[j] = (uint32_t)(at[j] * b->stride);
		if (layout != ORDER_SAME)
			at += m->count;
	}
}

/*
 * `count` means something only if a tick is an instruction: shown on a loop that can be counted by
 * hand.
 */
static void check_clock(struct block *b)
{
	struct guest_mailbox *m = b->vm.vcpu[0].mailbox;
	uint64_t least = UINT64_MAX, order = m->order, count = m->count;

	for (int i = 0; i < KNOWN_TRIES; i++) {
		vm_set_command(&b->vm, 0, GUEST_INSN_LOOP);
		m->count = KNOWN_LOOPS;
		crew_run_one(&b->crew, 0, run_command, b);
		if (m->result < least)
			least = m->result;
	}
	m->order = order;
	m->count = count;
	record_builder_counter(b->rec, "clock.ticks_per_20000_insns", least);
	if (counting(b) && (least < KNOWN_INSNS || least > KNOWN_INSNS + KNOWN_INSNS / 100))
		record_builder_invalid(b->rec,
				       "clock count: %llu TSC ticks passed in %llu instructions; "
				       "this needs QEMU with -icount shift=0",
				       (unsigned long long)least, KNOWN_INSNS);
}

/* Lets run off what set-up left behind: threads going to sleep, RCU callbacks, deferred work. */
static void settle(void)
{
	usleep(SETTLE_US);
}

void block_warm(struct block *b)
{
	struct guest_mailbox *m = b->vm.vcpu[0].mailbox;

	command_all(b, GUEST_WARM);
	crew_run(&b->crew, run_command, b);
	command_all(b, GUEST_TOUCH);
	settle();
	barrier_init(&b->vm.common->start, 1);
	barrier_init(&b->vm.common->end, 1);
	crew_run_one(&b->crew, 0, b->walk, b);
	b->bias = hist_median(&m->hist);
	b->harness =
		m->count ? (double)block_time(b, m->end_tsc - m->start_tsc) / (double)m->count : 0;
}

static int compare_samples(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void take_samples(struct block *b, const struct guest_mailbox *m)
{
	if (!m->samples)
		return;
	memcpy(b->samples + b->nr_samples, vm_shared_host(&b->vm, m->samples),
	       m->count * sizeof(*b->samples));
	b->nr_samples += m->count;
}

/* All faults or none of them: what a part of them says is no quantile. */
static void finish_samples(struct block *b)
{
	if (b->nr_samples != b->faults->n)
		b->nr_samples = 0;
	if (b->nr_samples)
		qsort(b->samples, b->nr_samples, sizeof(*b->samples), compare_samples);
}

static void collect_touch(struct block *b)
{
	uint64_t first = UINT64_MAX, last_start = 0, last = 0;

	memset(b->faults, 0, sizeof(*b->faults));
	b->nr_samples = 0;
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		const struct guest_mailbox *m = b->vm.vcpu[i].mailbox;

		if (m->error)
			die("vCPU %u: ACCEPT of 0x%llx failed with TDX status 0x%llx", i,
			    (unsigned long long)m->error_gpa, (unsigned long long)m->error);
		hist_merge(b->faults, &m->hist);
		take_samples(b, m);
		first = m->start_tsc < first ? m->start_tsc : first;
		last_start = m->start_tsc > last_start ? m->start_tsc : last_start;
		last = m->end_tsc > last ? m->end_tsc : last;
		counters_add(b->delta, "guest.", "accept_busy", (int64_t)m->busy);
		counters_add(b->delta, "guest.", "accept_already", (int64_t)m->already);
	}
	finish_samples(b);
	block_covers(b, first, last);
	b->span = block_time(b, last - first);
	b->skew = block_time(b, last_start - first);
	b->units = b->faults->n;
}

static void prepare_walk(struct block *b, uint32_t flags, uint64_t rounds)
{
	command_all(b, GUEST_TOUCH);
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		b->vm.vcpu[i].mailbox->flags = flags;
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

void block_touch(struct block *b, uint32_t flags)
{
	prepare_walk(b, flags, 1);
	block_begin(b);
	crew_run(&b->crew, b->walk, b);
	block_end(b);
	collect_touch(b);
}

void block_verify_gone(struct block *b)
{
	command_all(b, GUEST_VERIFY);
	crew_run(&b->crew, run_command, b);
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		const struct guest_mailbox *m = b->vm.vcpu[i].mailbox;

		if (m->result != m->count)
			record_builder_oracle_fault(
				b->rec, "vCPU %u: %llu pages still hold what was taken away", i,
				(unsigned long long)(m->count - m->result));
	}
}

void block_verify(struct block *b)
{
	command_all(b, GUEST_VERIFY);
	crew_run(&b->crew, run_command, b);
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		uint64_t bad = b->vm.vcpu[i].mailbox->result;

		if (bad)
			record_builder_oracle_fault(
				b->rec, "vCPU %u: %llu pages do not hold what was written", i,
				(unsigned long long)bad);
	}
}

void block_spin_start(struct block *b)
{
	struct guest_common *c = b->vm.common;

	command_all(b, GUEST_SPIN);
	c->stop = 0;
	barrier_init(&c->start, b->nr_vcpus);
	crew_order(&b->crew, run_command, b);
	while (__atomic_load_n(&c->start.arrived, __ATOMIC_ACQUIRE) < b->nr_vcpus) {
		crew_check(&b->crew);
		usleep(1000);
	}
}

void block_spin_stop(struct block *b)
{
	__atomic_store_n(&b->vm.common->stop, 1, __ATOMIC_RELEASE);
	crew_wait(&b->crew);
}

uint64_t block_spin_stall(const struct block *b)
{
	uint64_t most = 0;

	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		uint64_t turn = b->vm.vcpu[i].mailbox->result;

		most = turn > most ? turn : most;
	}
	return most;
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

uint64_t block_wait_deferred(struct block *b)
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
	return gauge(b, DEFERRED_PEAK);
}

int64_t block_counter(const struct block *b, const char *name)
{
	const int64_t *v = counters_find(b->delta, name);

	return v ? *v : 0;
}

static void add_counters(struct block *b, struct counters *cs)
{
	int r = counters_add_kvm(cs, b->vm.stats_fd);

	for (unsigned int i = 0; !r && i < b->nr_vcpus; i++)
		r = counters_add_kvm(cs, b->vm.vcpu[i].stats_fd);
	if (r)
		die("KVM's binary statistics: %s", strerror(-r));
	r = memory_add_counters(cs, b->s->topo);
	if (r)
		die("the NUMA nodes' statistics: %s", strerror(-r));
	if (!*b->td_path)
		return;
	r = softtdx_add_counters(cs, b->td_path);
	if (r)
		die("%s/counters: %s", b->td_path, strerror(-r));
}

void block_covers(struct block *b, uint64_t start, uint64_t end)
{
	b->first = start < b->first ? start : b->first;
	b->last = end > b->last ? end : b->last;
}

void block_begin(struct block *b)
{
	settle();
	mark(MARK_PART);
	b->first = UINT64_MAX;
	b->last = 0;
	b->before->nr = 0;
	add_counters(b, b->before);
	if (b->s->perf)
		block_events_start(b);
}

void block_end(struct block *b)
{
	if (b->s->perf)
		perf_stop(b->s->perf);
	b->delta->nr = 0;
	add_counters(b, b->delta);
	counters_subtract(b->delta, b->before);
}

void block_host_span(struct block *b, uint64_t start, uint64_t end, uint64_t units)
{
	memset(b->faults, 0, sizeof(*b->faults));
	block_covers(b, start, end);
	b->span = block_time(b, end - start);
	b->skew = 0;
	b->units = units;
}

void block_expect(struct block *b, const char *counter, int64_t want)
{
	const int64_t *v = counters_find(b->delta, counter);
	/* softtdx leaves out what is zero. */
	int64_t is = v ? *v : 0;

	if (!v && (!*b->td_path || !strncmp(counter, "kvm.", 4)))
		return;
	if (is != want)
		record_builder_oracle_fault(b->rec, "%s is %lld, expected %lld", counter,
					    (long long)is, (long long)want);
}

static void oracle_fault(void *arg, const char *line)
{
	struct block *b = arg;

	record_builder_oracle_fault(b->rec, "%s", line);
}

static void corrupt(struct block *b)
{
	int r = softtdx_corrupt(b->td_path, GUEST_BOOT_GPA);

	if (r)
		die("%s/corrupt: %s", b->td_path, strerror(-r));
}

/* The mirror page table against the S-EPT. On hardware nobody can look into the S-EPT. */
static void run_oracle(struct block *b)
{
	int r;

	if (!*b->td_path)
		return;
	record_builder_oracle_ran(b->rec);
	r = softtdx_oracle(b->td_path, oracle_fault, b);
	if (r < 0)
		record_builder_oracle_fault(b->rec, "the oracle cannot be run: %s", strerror(-r));
}

static void check_teardown(struct block *b)
{
	int64_t left;

	if (!*b->td_path)
		return;
	left = softtdx_pages_in_use() - b->pages_before;
	if (left)
		record_builder_oracle_fault(
			b->rec, "%lld pages still belong to a TD after teardown", (long long)left);
}

static void check_placement(struct block *b)
{
	int stray;

	crew_observe(&b->crew);
	stray = crew_stray(&b->crew);
	if (stray >= 0)
		record_builder_invalid(b->rec, "the thread of vCPU %d ran off its CPU %d", stray,
				       b->map.vcpu[stray].cpu);
	if (!placement_holds(b->map.control.cpu) || placement_migrations() != b->migrations)
		record_builder_invalid(b->rec, "the control thread ran off its CPU %d",
				       b->map.control.cpu);
}

/* The map as it was realised: CPU and node are those that the kernel named to the thread. */
static void record_placement(struct block *b)
{
	struct placement_cpu c = b->map.control;

	c.cpu = sched_getcpu();
	record_builder_cpu(b->rec, "control", c.cpu, c.core, c.node, c.kind);
	for (unsigned int i = 0; i < b->nr_vcpus; i++) {
		const struct crew_member *m = &b->crew.member[i];

		c = b->map.vcpu[i];
		record_builder_cpu(b->rec, "vcpus", m->ran_cpu, c.core, m->ran_node, c.kind);
	}
}

/*
 * The driver must stay small whatever it drives: the most memory that it has had so far. From here and not
 * from getrusage(), which leaves out what each CPU has not yet added to the sum: much, with many CPUs.
 */
static void record_own_memory(struct block *b)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[128];

	while (f && !kib && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %lu kB", &kib) != 1)
			kib = 0;
	if (f)
		fclose(f);
	if (kib)
		record_builder_counter(b->rec, "driver.peak_rss_kib", kib);
}

/* A sweep has many blocks: of those, what happened and not what did not. */
static void record_counters(struct block *b)
{
	b->recorded = true;
	for (size_t i = 0; i < b->delta->nr; i++) {
		int64_t v = b->delta->c[i].v;

		if (v > 0 || !b->s->sweep)
			record_builder_counter(b->rec, b->delta->c[i].name, v < 0 ? 0 : (uint64_t)v);
	}
	if (b->s->sweep)
		sweep_note(b->s->sweep, b->delta);
}

/* The whole timed part, to hold a profile of it against. */
static void record_timed(struct block *b)
{
	if (!counting(b) || b->first > b->last)
		return;
	record_builder_counter(b->rec, "timed.insn", block_time(b, b->last - b->first));
	record_builder_counter(b->rec, "timed.units", b->units);
}

/* A sweep asks what happened to the TD, not only in the timed part. */
static void count_whole_life(struct block *b)
{
	b->delta->nr = 0;
	add_counters(b, b->delta);
}

static void record_params(struct block *b)
{
	char placement[PLACEMENT_MAX_CPUS * 6], memory[MEMORY_MAX_NODES * 4];

	placement_format(&b->s->o->placement, placement, sizeof(placement));
	record_builder_param_int(b->rec, "vcpus", b->nr_vcpus);
	record_builder_param_int(b->rec, "pages", (int64_t)b->pages);
	record_builder_param_str(b->rec, "placement", placement);
	if (memory_binds(&b->s->memory))
		record_builder_param_str(b->rec, "memory",
					 memory_format(&b->s->memory, memory, sizeof(memory)));
	if (*b->s->o->events)
		record_builder_param_str(b->rec, "events", b->s->o->events);
	if (b->stride > 1)
		record_builder_param_int(b->rec, "stride", (int64_t)b->stride);
	if (b->s->sweep)
		record_builder_param_int(b->rec, "seed", (int64_t)b->seed);
}

static struct block *block_new(struct session *s, const struct sept_case *c, unsigned int nr_vcpus,
			       unsigned int number, bool warmup)
{
	struct block *b = calloc(1, sizeof(*b));
	const char *why;

	if (!b)
		die("no memory");
	b->s = s;
	b->c = c;
	b->nr_vcpus = nr_vcpus;
	b->pages = c->max_pages && c->max_pages < s->o->pages ? c->max_pages : s->o->pages;
	b->stride = c->stride ? c->stride : 1;
	b->seed = s->sweep ? s->sweep->seed : s->o->seed;
	b->walk = run_command;
	b->before = calloc(1, sizeof(*b->before));
	b->delta = calloc(1, sizeof(*b->delta));
	b->gauges = calloc(1, sizeof(*b->gauges));
	b->faults = calloc(1, sizeof(*b->faults));
	b->samples = calloc(b->pages, sizeof(*b->samples));
	b->rec = record_builder_new(s->variant, c->name, s->o->boot, number, warmup);
	if (!b->before || !b->delta || !b->gauges || !b->faults || !b->samples || !b->rec)
		die("no memory");
	s->current = b;
	record_params(b);
	why = placement_choose(s->topo, &s->o->placement, nr_vcpus, &b->map);
	if (why)
		die("%s", why);
	if (b->map.shared)
		record_builder_invalid(
			b->rec, "%u vCPUs and the control thread do not have a CPU each", nr_vcpus);
	return b;
}

static void block_free(struct block *b)
{
	b->s->current = NULL;
	free(b->samples);
	free(b->faults);
	free(b->gauges);
	free(b->delta);
	free(b->before);
	free(b);
}

static void write_line(struct session *s, struct block *b)
{
	struct record_builder *rec = b->rec;
	int r;

	s->written++;
	s->invalid += !record_builder_valid(rec);
	b->rec = NULL;
	r = record_builder_finish(rec, s->w);
	if (r)
		die("the block's result cannot be written: %s", strerror(-r));
}

/* What the control thread allocates, such as struct kvm, is near the CPU that it will run on. */
static void settle_control(struct block *b)
{
	int cpu = b->map.control.cpu, r = placement_pin(cpu);

	if (r)
		die("cannot run on CPU %d, the control thread's: %s", cpu, strerror(-r));
	r = memory_apply(&b->s->memory);
	if (r)
		die("the control thread's memory policy: %s", strerror(-r));
	b->migrations = placement_migrations();
}

static void set_up(struct block *b)
{
	static const unsigned long types[] = {
		[CASE_TD] = KVM_X86_TDX_VM,
		[CASE_PLAIN] = KVM_X86_DEFAULT_VM,
		[CASE_PROTECTED] = KVM_X86_SW_PROTECTED_VM,
	};
	bool td = b->c->substrate == CASE_TD;

	settle_control(b);
	crew_start(&b->crew, &b->map, &b->s->memory);
	/* Those of a TD that died before this one, and left them. */
	b->pages_before = td && softtdx_present() ? softtdx_pages_in_use() : 0;
	vm_create(&b->vm, types[b->c->substrate], &b->crew, b->pages, b->stride, &b->s->memory);
	if (td && softtdx_present() && !softtdx_find_td(b->td_path, sizeof(b->td_path)))
		die("softtdx shows no TD of this process under debugfs");
	/* The payload reports that it is up. */
	crew_run(&b->crew, run_command, b);
	check_clock(b);
}

static void tear_down(struct block *b)
{
	uint64_t t0, t1;

	crew_stop(&b->crew);
	/* In other cases the timed part is over, and this would be taken for one more share of it. */
	if (b->c->gone)
		mark(MARK_START);
	t0 = ticks_now();
	vm_destroy(&b->vm);
	t1 = ticks_now();
	if (b->c->gone)
		mark(MARK_STOP);
	check_teardown(b);
	if (b->c->gone)
		b->c->gone(b, t0, t1);
}

void block_run(struct session *s, const struct sept_case *c, unsigned int nr_vcpus,
	       unsigned int number, bool warmup)
{
	struct block *b = block_new(s, c, nr_vcpus, number, warmup);

	set_up(b);
	if (c->setup)
		c->setup(b);
	c->run(b);
	if (!c->gone)
		metrics_from_counters(b);
	if (c->check)
		c->check(b);
	if (s->o->corrupt && *b->td_path)
		corrupt(b);
	run_oracle(b);
	check_placement(b);
	record_placement(b);
	record_own_memory(b);
	if (s->sweep)
		count_whole_life(b);
	if (!c->gone || s->sweep)
		record_counters(b);
	tear_down(b);
	if (!b->recorded)
		record_counters(b);
	if (s->perf)
		block_events_record(b);
	record_timed(b);
	mark(MARK_BLOCK);
	write_line(s, b);
	block_free(b);
}

/*
 * What the TDX module saw of a TD that died: all of its counts, not those of the timed part, and
 * the oracle. The TD is still there, since this process holds it.
 */
static void record_post_mortem(struct block *b)
{
	b->delta->nr = 0;
	if (!softtdx_add_counters(b->delta, b->td_path))
		record_counters(b);
	run_oracle(b);
}

void block_abandon(struct session *s, const char *reason)
{
	struct block *b = s->current;

	if (!b || !b->rec)
		return;
	record_builder_invalid(b->rec, "%s", reason);
	if (*b->td_path && !b->recorded)
		record_post_mortem(b);
	write_line(s, b);
}
