// SPDX-License-Identifier: GPL-2.0-or-later
/* libperf on this machine, with what every kernel with perf events has: software events. */
#include <criterion/criterion.h>
#include <pthread.h>
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

/* A thread that is gone by then has counted all the same: the case that ends with the VM needs that. */
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
	struct perf *p = plan("cycles,instructions,branches,branch-misses,cache-references,cache-misses,"
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
