// SPDX-License-Identifier: GPL-2.0-or-later
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block_internal.h"
#include "fatal.h"
#include "mark.h"
#include "metrics.h"
#include "plain.h"
#include "septcount.h"
#include "softtdx.h"
#include "sweep.h"
#include "td.h"
#include "ticks.h"

static void corrupt(struct block *b)
{
	int r = softtdx_corrupt(b->td_path, GUEST_BOOT_GPA);

	if (r)
		die("%s/corrupt: %s", b->td_path, strerror(-r));
}

static void check_teardown(struct block *b)
{
	int64_t left;

	if (!*b->td_path)
		return;
	left = softtdx_pages_in_use() - b->pages_before;
	if (left)
		record_builder_oracle_fault(b->rec, "%lld pages still belong to a TD after teardown",
					    (long long)left);
	left = softtdx_pamt_pairs() - b->pairs_before;
	if (left)
		record_builder_oracle_fault(b->rec, "%lld PAMT pairs are left after teardown",
					    (long long)left);
}

static void record_cpus(struct block *b, const struct block *td)
{
	for (unsigned int i = 0; i < td->nr_vcpus; i++) {
		const struct crew_member *m = &td->crew.member[i];
		struct placement_cpu c = td->map.vcpu[i];

		record_builder_cpu(b->rec, "vcpus", m->ran_cpu, c.core, m->ran_node, c.kind);
	}
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
	for (unsigned int i = 0; i <= b->nr_peers; i++)
		record_cpus(b, block_td(b, i));
}

/*
 * The driver must stay small whatever it drives: the most memory that it has had so far. From here
 * and not from getrusage(), which leaves out what each CPU has not yet added to the sum: much, with
 * many CPUs.
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

		if (v || !b->s->sweep)
			block_record_counter(b, b->delta->c[i].name, v);
	}
	if (b->s->sweep)
		sweep_note(b->s->sweep, b->delta);
}

/* The whole timed part, to hold a profile of it against. */
static void record_timed(struct block *b)
{
	if (!block_counting(b) || b->first > b->last)
		return;
	record_builder_counter(b->rec, "timed.insn", block_time(b, b->last - b->first));
	record_builder_counter(b->rec, "timed.units", b->units);
}

/* Who had the timed part. What cannot be makes the block invalid. */
static void record_share(struct block *b)
{
	const struct share *s = &b->time;
	const char *why = share_fault(s, (uint64_t)block_counter(b, "softtdx.insn"));

	if (!s->told || !s->ticks)
		return;
	if (why)
		record_builder_invalid(b->rec, "clock %llu, module %llu, waiting %llu, driver %llu: %s",
				       (unsigned long long)s->ticks, (unsigned long long)s->module,
				       (unsigned long long)s->waiting,
				       (unsigned long long)s->driver, why);
	record_builder_time(b->rec, &(struct record_time){ "insn", s->ticks, share_kernel(s),
							   s->module, s->waiting, s->driver });
}

/* A sweep asks what happened to the TD, not only in the timed part. */
static void count_whole_life(struct block *b)
{
	b->delta->nr = 0;
	block_add_counters(b, b->delta);
}

static void record_params(struct block *b)
{
	char placement[PLACEMENT_MAX_CPUS * 6], memory[MEMORY_MAX_NODES * 4];

	placement_format(&b->s->o->placement, placement, sizeof(placement));
	record_builder_param_int(b->rec, "vcpus", b->nr_vcpus);
	if (b->s->o->tds > 1)
		record_builder_param_int(b->rec, "tds", b->s->o->tds);
	if (b->c->linux_mib)
		record_builder_param_int(b->rec, "guest_mib", b->c->linux_mib);
	else
		record_builder_param_int(b->rec, "pages", (int64_t)(b->pages * b->small_pages));
	record_builder_param_str(b->rec, "placement", placement);
	if (memory_binds(&b->s->memory))
		record_builder_param_str(b->rec, "memory",
					 memory_format(&b->s->memory, memory, sizeof(memory)));
	if (*b->s->o->events)
		record_builder_param_str(b->rec, "events", b->s->o->events);
	if (b->stride > b->small_pages)
		record_builder_param_int(b->rec, "stride", (int64_t)b->stride);
	if (b->s->sweep)
		record_builder_param_int(b->rec, "seed", (int64_t)b->seed);
}

static bool alloc_faults(struct block *b)
{
	bool all = true;

	for (int i = 0; i < GUEST_NR_PARTS; i++) {
		b->faults[i] = calloc(1, sizeof(*b->faults[i]));
		b->samples[i] = calloc(b->pages * b->s->o->tds, sizeof(*b->samples[i]));
		all &= b->faults[i] && b->samples[i];
	}
	return all;
}

/* --pages is the range in 4K pages, rounded down, but to a large page for each vCPU. */
static void make_large(struct block *b)
{
	b->small_pages = b->stride = GUEST_LARGE_PAGES;
	b->pages /= GUEST_LARGE_PAGES;
	if (b->pages < b->nr_vcpus)
		b->pages = b->nr_vcpus;
	b->touch = GUEST_TOUCH_LARGE;
	b->verify = GUEST_VERIFY_LARGE;
}

/* For all TDs; ->map has those of the block's own. */
static void choose_cpus(struct block *b)
{
	unsigned int nr = b->nr_vcpus * b->s->o->tds;
	const char *why = placement_choose(b->s->topo, &b->s->o->placement, nr, &b->all);

	if (why)
		die("%s", why);
	b->map = b->all;
	b->map.nr = b->nr_vcpus;
	if (b->map.shared)
		record_builder_invalid(b->rec,
				       "%u vCPUs and the control thread do not have a CPU each",
				       nr);
}

static struct block *block_new(struct session *s, const struct sept_case *c, unsigned int nr_vcpus,
			       unsigned int number, bool warmup)
{
	struct block *b = calloc(1, sizeof(*b));

	if (!b)
		die("no memory");
	b->s = s;
	b->c = c;
	b->nr_vcpus = nr_vcpus;
	b->pages = c->max_pages && c->max_pages < s->o->pages ? c->max_pages : s->o->pages;
	if (c->linux_mib)
		b->pages = 1;	/* there is no test range */
	b->stride = c->stride ? c->stride : 1;
	b->small_pages = 1;
	b->touch = GUEST_TOUCH;
	b->verify = GUEST_VERIFY;
	if (c->large)
		make_large(b);
	b->seed = s->sweep ? s->sweep->seed : s->seed;
	b->walk = block_run_command;
	b->before = calloc(1, sizeof(*b->before));
	b->delta = calloc(1, sizeof(*b->delta));
	b->gauges = calloc(1, sizeof(*b->gauges));
	b->told = block_told(b) && c->substrate == CASE_TD;
	b->rec = record_builder_new(s->variant, c->name, s->o->boot, number, warmup);
	if (!b->before || !b->delta || !b->gauges || !alloc_faults(b) || !b->rec)
		die("no memory");
	s->current = b;
	record_builder_seed(b->rec, b->seed);
	record_params(b);
	choose_cpus(b);
	return b;
}

static void block_free(struct block *b)
{
	b->s->current = NULL;
	for (int i = 0; i < GUEST_NR_PARTS; i++) {
		free(b->samples[i]);
		free(b->faults[i]);
	}
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
	/*
	 * Under injected faults no block is valid. A bad one is one that the oracle has something
	 * against.
	 */
	s->invalid += s->storm ? !record_builder_oracle_clean(rec) : !record_builder_valid(rec);
	b->rec = NULL;
	r = record_builder_finish(rec, s->w);
	if (r)
		die("the block's result cannot be written: %s; those before are kept",
		    strerror(-r));
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

static const struct vm_ops *ops_of(const struct sept_case *c)
{
	if (c->substrate != CASE_TD)
		return &plain_ops;
	return c->converts ? &td_convert_ops : c->large ? &td_large_ops : &td_ops;
}

static void set_up(struct block *b)
{
	static const unsigned long types[] = {
		[CASE_TD] = KVM_X86_TDX_VM,
		[CASE_PLAIN] = KVM_X86_DEFAULT_VM,
		[CASE_PROTECTED] = KVM_X86_SW_PROTECTED_VM,
	};
	bool td = b->c->substrate == CASE_TD;

	/* Its schedule too; without softtdx there is none to set. */
	if (td && block_counting(b) && softtdx_present() && softtdx_set_seed(b->seed))
		die("the seed of softtdx cannot be set");
	settle_control(b);
	crew_start(&b->crew, &b->map, &b->s->memory);
	/* Those of a TD that died before this one, and left them. */
	b->pages_before = td && softtdx_present() ? softtdx_pages_in_use() : 0;
	b->pairs_before = softtdx_pamt_pairs();
	if (b->c->linux_mib)
		block_linux_create(b);
	else
		vm_create(&b->vm, types[b->c->substrate], ops_of(b->c), &b->crew,
			  b->pages * b->small_pages, b->stride / b->small_pages, &b->s->memory);
	if (td && softtdx_present() && !softtdx_find_td(b->td_path, sizeof(b->td_path)))
		die("softtdx shows no TD of this process under debugfs");
	if (b->c->linux_mib)
		return;
	/* The payload reports that it is up. */
	crew_run(&b->crew, block_run_command, b);
	block_check_clock(b);
	block_peers_create(b, &b->all);
}

static void tear_down(struct block *b)
{
	uint64_t t0, t1;

	block_peers_destroy(b);
	crew_stop(&b->crew);
	/*
	 * In other cases the timed part is over, and this would be taken for one more share of it.
	 */
	if (b->c->gone) {
		septcount_begin();
		mark(MARK_START);
	}
	b->gone[0] = ledger_read(b->s->ledger);
	t0 = ticks_now();
	block_linux_destroy(b);
	vm_destroy(&b->vm);
	t1 = ticks_now();
	b->gone[1] = ledger_read(b->s->ledger);
	if (b->c->gone) {
		mark(MARK_STOP);
		septcount_end();
	}
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
	block_check_locks(b);
	if (s->o->corrupt && *b->td_path)
		corrupt(b);
	block_run_oracle(b, b->td_path);
	check_placement(b);
	block_peers_check(b);
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
	record_share(b);
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
	for (unsigned int i = 0; i <= b->nr_peers; i++)
		block_run_oracle(b, block_td(b, i)->td_path);
	block_run_oracle(b, b->other_td_path);
}

void block_abandon(struct session *s, const char *reason)
{
	struct block *b = s->current;

	if (!b || !b->rec)
		return;
	record_builder_invalid(b->rec, "%s", reason);
	if (s->storm)
		record_builder_oracle_fault(b->rec, "%s", reason);
	if (*b->td_path && !b->recorded)
		record_post_mortem(b);
	write_line(s, b);
}
