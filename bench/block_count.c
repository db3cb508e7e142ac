// SPDX-License-Identifier: GPL-2.0-or-later
/* Clock and counters of a block's timed part, and work that its zaps deferred. */
#include <string.h>
#include <unistd.h>

#include "block_internal.h"
#include "fatal.h"
#include "mark.h"
#include "perf.h"
#include "softtdx.h"

#define SETTLE_US	20000

/* Deferred work takes a grace period: milliseconds, on a busy machine seconds. */
#define DEFERRED_GAUGE	"kvm.mmu_ext_zap_pages"
#define DEFERRED_PEAK	"kvm.max_mmu_ext_zap_pages"
#define DEFERRED_POLL_US 200
#define DEFERRED_POLLS	100000

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

void block_settle(void)
{
	usleep(SETTLE_US);
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

void block_add_counters(struct block *b, struct counters *cs)
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
	block_settle();
	mark(MARK_PART);
	b->first = UINT64_MAX;
	b->last = 0;
	b->before->nr = 0;
	block_add_counters(b, b->before);
	if (b->s->perf)
		block_events_start(b);
}

void block_end(struct block *b)
{
	if (b->s->perf)
		perf_stop(b->s->perf);
	b->delta->nr = 0;
	block_add_counters(b, b->delta);
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
