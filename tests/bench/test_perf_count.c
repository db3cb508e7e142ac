// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts that had to share the PMU's counters: their sums, and that a result says so. The figures
 * that a PMU would give come from here, in place of perf.c: it can be asked for on machines that
 * have one alone. What the kernel itself gives for an event that counted part of the time is in
 * test_perf.c.
 */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>
#include <unistd.h>

#include "block.h"
#include "perf.h"
#include "record/record.h"

static struct perf_count sum(size_t n, const uint64_t (*reading)[3])
{
	struct perf_count c = { .absent = "" };

	for (size_t i = 0; i < n; i++)
		perf_count_add(&c, reading[i][0], reading[i][1], reading[i][2]);
	perf_count_scale(&c);
	return c;
}

static struct perf_count one(uint64_t v, uint64_t enabled, uint64_t running)
{
	return sum(1, (const uint64_t[][3]){ { v, enabled, running } });
}

static void expect(struct perf_count c, uint64_t v)
{
	cr_assert_str_eq(c.absent, "");
	cr_assert_eq(c.v, v, "%llu, not %llu", (unsigned long long)c.v, (unsigned long long)v);
}

Test(perf_count, counted_all_the_time_is_left_alone)
{
	expect(one(12345, 1000, 1000), 12345);
	expect(one(UINT64_MAX, UINT64_MAX, UINT64_MAX), UINT64_MAX);
	/* A thread that did not run at all. */
	expect(one(0, 0, 0), 0);
}

Test(perf_count, scaled_by_time_to_the_nearest)
{
	expect(one(100, 1000, 250), 400);
	expect(one(1, 3, 2), 2);	/* 1.5 */
	expect(one(1, 4, 3), 1);	/* 1.33 */
	expect(one(2, 4, 3), 3);	/* 2.67 */
	expect(one(0, 1000, 1), 0);
	/* More than a double holds. */
	expect(one((1ull << 60) + 1, 2, 1), (1ull << 61) + 2);
	expect(one(UINT64_MAX / 3, UINT64_MAX - 2, (UINT64_MAX - 2) / 3 + 1), UINT64_MAX - 2);
}

Test(perf_count, never_ran_is_no_count)
{
	struct perf_count c = one(0, 1000, 0);

	cr_assert(strstr(c.absent, "no counter of the PMU was free"), "%s", c.absent);
	cr_assert_eq(c.v, 0);
}

/* One that counts at the others' rate stands in for a thread that had no turn. */
Test(perf_count, threads_are_summed_and_then_scaled)
{
	static const uint64_t alike[][3] = { { 100, 1000, 500 }, { 100, 1000, 500 }, { 0, 0, 0 } };
	static const uint64_t no_turn[][3] = { { 100, 1000, 500 },
					       { 100, 1000, 500 },
					       { 0, 10, 0 } };
	struct perf_count c = sum(3, alike);

	expect(c, 400);
	cr_assert_eq(c.enabled, 2000);
	cr_assert_eq(c.running, 1000);
	expect(sum(3, no_turn), 402);
}

Test(perf_count, what_does_not_fit_is_no_count)
{
	static const uint64_t v[][3] = { { UINT64_MAX, 10, 10 }, { 1, 10, 10 } };
	static const uint64_t time[][3] = { { 1, UINT64_MAX, 10 }, { 1, 1, 10 } };
	struct perf_count c[] = { sum(2, v), sum(2, time), one(UINT64_MAX, 2, 1),
				  one(1ull << 63, 2, 1) };

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		cr_assert(strstr(c[i].absent, "64 bits"), "%zu: \"%s\"", i, c[i].absent);
		cr_assert_eq(c[i].v, 0);
	}
}

/* --- in the result: perf.c's part --- */

static const struct event events[] = {
	{ .name = "cycles" }, { .name = "branches" }, { .name = "page-faults" }
};
static const uint64_t readings[][3] = { { 600, 4000, 1000 }, { 0, 4000, 0 }, { 42, 4000, 4000 } };

size_t perf_nr(const struct perf *p)
{
	(void)p;
	return sizeof(events) / sizeof(events[0]);
}

struct perf_count perf_read(struct perf *p, size_t i)
{
	struct perf_count c = sum(1, &readings[i]);

	(void)p;
	c.event = &events[i];
	return c;
}

void perf_start(struct perf *p, const pid_t *tids, size_t nr)
{
	(void)p;
	(void)tids;
	(void)nr;
}

void perf_close(struct perf *p)
{
	(void)p;
}

/* The line of a block of 100 faults with these events. */
static void record(char *line, size_t len)
{
	static struct hist faults = { .n = 100 };
	struct session s = { .written = 0 };
	struct block b = { .s = &s, .faults = { &faults }, .units = 100 };
	struct record_writer *w;
	int fd[2];
	ssize_t n;

	cr_assert_eq(pipe(fd), 0);
	w = record_writer_fd(fd[1]);
	b.rec = record_builder_new("freeze", "populate", 0, 1, false);
	block_events_record(&b);
	cr_assert_eq(record_builder_finish(b.rec, w), 0);
	record_close(w);
	n = read(fd[0], line, len - 1);
	cr_assert_gt(n, 0);
	line[n] = 0;
}

static void expect_text(const char *text, const char *part)
{
	cr_assert(strstr(text, part), "no %s in %s", part, text);
}

Test(perf_count, a_result_says_what_was_scaled)
{
	char line[4096], said[256] = "";
	FILE *err;

	cr_redirect_stderr();
	record(line, sizeof(line));
	expect_text(
		line,
		"\"perf.cycles\":2400,\"perf.cycles.enabled_ns\":4000,\"perf.cycles.running_ns\":1000");
	expect_text(line, "\"perf.page-faults\":42");
	cr_assert_not(strstr(line, "page-faults.enabled_ns"), "%s", line);
	expect_text(line, "\"perf.branches\":{\"v\":null");
	expect_text(line, "no counter of the PMU was free for it");
	cr_assert_not(strstr(line, "branches.enabled_ns"), "%s", line);
	fflush(stderr);
	err = cr_get_redirected_stderr();
	cr_assert(fgets(said, sizeof(said), err));
	expect_text(said, "1 of them took turns at the PMU's counters and are scaled");
	expect_text(said, "no more than 25 %");
}
