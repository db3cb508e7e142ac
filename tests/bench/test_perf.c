// SPDX-License-Identifier: GPL-2.0-or-later
/* libperf on this machine, with what every kernel with perf events has: software events. */
#include <criterion/criterion.h>
#include <linux/perf_event.h>
#include <perf/cpumap.h>
#include <perf/evsel.h>
#include <perf/threadmap.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "perf.h"

#define PAGES	500

static struct perf *plan(const char *list)
{
	char why[PERF_WHY];
	struct perf *p = perf_new(list, why);

	cr_assert_not_null(p, "%s", why);
	return p;
}

static void touch(void)
{
	char *p = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	cr_assert_neq(p, MAP_FAILED);
	madvise(p, PAGES * 4096, MADV_NOHUGEPAGE);
	for (int i = 0; i < PAGES; i++)
		p[i * 4096] = 1;
	munmap(p, PAGES * 4096);
}

static bool countable(struct perf *p, size_t i)
{
	return !*perf_event(p, i)->absent;
}

Test(perf, counts_between_start_and_stop_and_not_outside)
{
	struct perf *p = plan("page-faults,context-switches");
	pid_t self = gettid();
	struct perf_count c;

	if (!countable(p, 0))
		cr_skip_test("no software events for us: %s", perf_event(p, 0)->absent);
	for (int round = 0; round < 2; round++) {
		touch();
		perf_start(p, &self, 1);
		touch();
		perf_stop(p);
		touch();
		c = perf_read(p, 0);
		cr_assert_str_eq(c.absent, "");
		cr_assert_geq(c.v, PAGES);
		cr_assert_lt(c.v, 2 * PAGES);
		cr_assert_eq(c.running, c.enabled, "software events are never short of counters");
		cr_assert_gt(c.enabled, 0);
	}
	perf_free(p);
}

struct worker {
	pthread_barrier_t *barrier;
	pid_t tid;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	w->tid = gettid();
	pthread_barrier_wait(w->barrier);
	pthread_barrier_wait(w->barrier);
	touch();
	return NULL;
}

/*
 * Members of a group start and stop with its leader: what they say of the time is the same to the
 * nanosecond.
 */
Test(perf, software_events_are_one_group)
{
	struct perf *p = plan("page-faults,context-switches,task-clock");
	pid_t self = gettid();
	struct perf_count c[3];

	if (!countable(p, 0))
		cr_skip_test("no software events for us: %s", perf_event(p, 0)->absent);
	perf_start(p, &self, 1);
	touch();
	perf_stop(p);
	for (size_t i = 0; i < 3; i++) {
		c[i] = perf_read(p, i);
		cr_assert_str_eq(c[i].absent, "");
		cr_assert_eq(c[i].enabled, c[0].enabled, "event %zu: %llu ns, not %llu", i,
			     (unsigned long long)c[i].enabled, (unsigned long long)c[0].enabled);
		cr_assert_eq(c[i].running, c[i].enabled);
	}
	cr_assert_geq(c[0].v, PAGES);
	/* task-clock counts its own time, and no more of it than it was on. */
	cr_assert_gt(c[2].v, 0);
	cr_assert_leq(c[2].v, c[2].enabled);
	perf_free(p);
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	cr_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

/*
 * An event of a thread that is bound to one CPU is wanted all the time, and counts while the thread
 * is there: the kernel then gives the two times that it gives where events take turns at a PMU.
 */
static struct perf_count on_one_cpu(int cpu, int here, int there)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	pid_t self = gettid();
	struct perf_evsel *e = perf_evsel__new(&attr);
	struct perf_thread_map *me = perf_thread_map__new_array(1, &self);
	struct perf_cpu_map *at = perf_cpu_map__new(cpu ? "1" : "0");
	struct perf_counts_values v = { .val = 0 };
	struct perf_count c = { .absent = "" };

	run_on(!cpu);
	if (perf_evsel__open(e, at, me))
		cr_skip_test("no software events for us");
	while (there--)
		touch();
	run_on(cpu);
	while (here--)
		touch();
	run_on(!cpu);
	cr_assert_eq(perf_evsel__read(e, 0, 0, &v), 0);
	perf_count_add(&c, v.val, v.ena, v.run);
	perf_count_scale(&c);
	perf_evsel__close(e);
	perf_evsel__delete(e);
	perf_cpu_map__put(at);
	perf_thread_map__put(me);
	return c;
}

/* As much there as here: of what the kernel saw half of, about all is to come out. */
Test(perf, the_kernels_own_times_scale_what_it_did_not_see)
{
	struct perf_count c;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		cr_skip_test("one CPU");
	c = on_one_cpu(1, 40, 40);
	cr_assert_str_eq(c.absent, "");
	cr_assert_gt(c.enabled, c.running);
	cr_assert_gt(c.running, 0);
	cr_assert_gt(c.v, 45 * PAGES, "%llu", (unsigned long long)c.v);
	cr_assert_lt(c.v, 320 * PAGES, "%llu", (unsigned long long)c.v);
}

/*
 * A thread that is gone by then has counted all the same: the case that ends with the VM needs
 * that.
 */
Test(perf, counts_other_threads_even_if_they_are_gone)
{
	struct perf *p = plan("page-faults");
	pthread_barrier_t barrier;
	struct worker w[3];
	pthread_t thread[3];
	pid_t tids[3];
	struct perf_count c;

	if (!countable(p, 0))
		cr_skip_test("no software events for us: %s", perf_event(p, 0)->absent);
	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 0; i < 3; i++) {
		w[i].barrier = &barrier;
		cr_assert_eq(pthread_create(&thread[i], NULL, work, &w[i]), 0);
	}
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 3; i++)
		tids[i] = w[i].tid;
	/* Two of the three. */
	perf_start(p, tids, 2);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	perf_stop(p);
	c = perf_read(p, 0);
	cr_assert_geq(c.v, 2 * PAGES);
	cr_assert_lt(c.v, 3 * PAGES);
	perf_free(p);
}

Test(perf, what_cannot_be_counted_says_why_and_the_rest_is)
{
	struct perf *p = plan("nosuch:tracepoint,no*:such*,page-faults");
	pid_t self = gettid();
	struct perf_count c;

	cr_assert_eq(perf_nr(p), 3);
	perf_start(p, &self, 1);
	touch();
	perf_stop(p);
	for (size_t i = 0; i < 2; i++) {
		c = perf_read(p, i);
		cr_assert_gt(strlen(c.absent), 10, "%s: \"%s\"", c.event->name, c.absent);
		cr_assert_eq(c.v, 0);
	}
	c = perf_read(p, 2);
	if (!*c.absent)
		cr_assert_geq(c.v, PAGES);
	perf_free(p);
}

/* Where there is a PMU: events that are too many for it take turns, and every one is scaled. */
Test(perf, hardware_events_are_counted_or_absent)
{
	struct perf *p = plan(
		"cycles,instructions,branches,branch-misses,cache-references,cache-misses,"
		"L1-dcache-loads,L1-dcache-load-misses,dTLB-loads,dTLB-load-misses");
	pid_t self = gettid();

	perf_start(p, &self, 1);
	for (int i = 0; i < 200; i++)
		touch();
	perf_stop(p);
	for (size_t i = 0; i < perf_nr(p); i++) {
		struct perf_count c = perf_read(p, i);

		if (*c.absent)
			continue;
		cr_assert_gt(c.enabled, 0);
		cr_assert_leq(c.running, c.enabled);
		cr_assert_gt(c.running, 0);
	}
	perf_free(p);
}
