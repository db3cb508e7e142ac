// SPDX-License-Identifier: GPL-2.0-or-later
/* Change points: by hand, by simulation, and as the verb `trend` prints them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "analysis/analysis.h"
#include "analysis/history/trend.h"
#include "analysis/stats/stats.h"
#include "fixture.h"
#include "nightly.h"
#include "tests/record/scratch.h"

TestSuite(trend, .init = scratch_enter, .fini = scratch_leave);

/* Values from a table of the t distribution, and closed forms for 1 and 2 degrees of freedom. */
Test(trend, student_p)
{
	cr_assert_float_eq(stats_t_p(2.776445, 4), 0.05, 1e-7);
	cr_assert_float_eq(stats_t_p(-2.228139, 10), 0.05, 1e-7);
	cr_assert_float_eq(stats_t_p(3.291, 1e7), 0.000998, 1e-6);
	cr_assert_float_eq(stats_t_p(1, 1), 0.5, 1e-12);
	cr_assert_float_eq(stats_t_p(5, 1), 1 - 2 * atan(5) / M_PI, 1e-12);
	cr_assert_float_eq(stats_t_p(3, 2), 1 - 3 / sqrt(11), 1e-12);
	cr_assert_eq(stats_t_p(0, 7), 1);
	cr_assert_lt(stats_t_p(INFINITY, 7), 1e-13);
}

static size_t find(const double *z, size_t n, double min_magnitude, struct trend_change *first)
{
	struct trend_change *c;
	size_t nr;

	cr_assert_eq(trend_find(z, n, min_magnitude, &c, &nr), 0);
	if (nr && first)
		*first = c[0];
	free(c);
	return nr;
}

Test(trend, a_step_by_hand)
{
	const double z[] = { 1, 3, 1, 3, 1, 3, 11, 13, 11, 13, 11, 13 };
	struct trend_change c;

	/* Pooled variance 12/10, t = 10/sqrt(1.2/3) = 15.81 with 10 degrees of freedom. */
	cr_assert_eq(find(z, 12, 0, &c), 1);
	cr_assert_eq(c.at, 6);
	cr_assert_float_eq(c.before, 2, 1e-12);
	cr_assert_float_eq(c.after, 12, 1e-12);
	cr_assert_float_eq(c.p, stats_t_p(10 / sqrt(0.4), 10), 1e-15);
	cr_assert_lt(c.p, 1e-7);
}

Test(trend, constants_and_exact_steps)
{
	double z[120];
	struct trend_change c;
	size_t i;

	for (i = 0; i < 120; i++)
		z[i] = 7172;
	cr_assert_eq(find(z, 120, 0, NULL), 0);
	/* No variance on either side: any difference is certain. */
	for (i = 77; i < 120; i++)
		z[i] = 7173;
	cr_assert_eq(find(z, 120, 0, &c), 1);
	cr_assert_eq(c.at, 77);
	cr_assert_eq(c.p, 0);
	cr_assert_eq(find(z, 120, 0.01, NULL), 0);	/* smaller than asked for */
	for (i = 0; i < 77; i++)
		z[i] = 0;
	cr_assert_eq(find(z, 120, 0.01, &c), 1);
	cr_assert_eq(c.at, 77);
}

Test(trend, short_series)
{
	const double z[] = { 1, 1, 5, 5 };
	size_t n;

	for (n = 0; n < 4; n++)
		cr_assert_eq(find(z, n, 0, NULL), 0);
	cr_assert_eq(find(z, 4, 0, NULL), 1);
}

Test(trend, one_bad_night_is_no_change)
{
	uint64_t state = 3;
	double z[40];
	int i;

	for (i = 0; i < 40; i++)
		z[i] = 1 + 0.01 * nightly_normal(&state);
	cr_assert_eq(find(z, 40, 0.01, NULL), 0);
	z[20] = 1.5;
	cr_assert_eq(find(z, 40, 0.01, NULL), 0);
}

Test(trend, many_steps_over_many_windows)
{
	static const size_t steps[] = { 30, 130, 140, 400, 777 };
	struct trend_change *c;
	uint64_t state = 9;
	double z[1000], level = 1;
	size_t nr, i, s = 0;

	for (i = 0; i < 1000; i++) {
		if (s < 5 && i == steps[s])
			level *= s++ % 2 ? 0.9 : 1.15;
		z[i] = level * (1 + 0.005 * nightly_normal(&state));
	}
	cr_assert_eq(trend_find(z, 1000, 0.01, &c, &nr), 0);
	cr_assert_eq(nr, 5);
	for (i = 0; i < nr; i++)
		cr_assert_eq(c[i].at, steps[i], "%zu instead of %zu", c[i].at, steps[i]);
	free(c);
}

/* The same series must not matter by its unit: scaling changes no decision. */
Test(trend, scale_does_not_matter)
{
	double z[60], scaled[60];
	uint64_t state = 21;
	struct trend_change a, b;
	int i;

	for (i = 0; i < 60; i++) {
		z[i] = (i < 31 ? 1 : 1.04) + 0.01 * nightly_normal(&state);
		scaled[i] = z[i] * 4096;
	}
	cr_assert_eq(find(z, 60, 0.01, &a), 1);
	cr_assert_eq(find(scaled, 60, 0.01, &b), 1);
	cr_assert_eq(a.at, b.at);
	cr_assert_eq(a.p, b.p);
}

/* Series of 40 nights without a change that get a change point, with @spikes of them spoilt. */
static unsigned int false_points(unsigned int series, bool spikes, uint64_t seed)
{
	uint64_t state = seed;
	unsigned int found = 0, s;
	double z[40];
	int i;

	for (s = 0; s < series; s++) {
		for (i = 0; i < 40; i++) {
			z[i] = 1 + 0.01 * nightly_normal(&state);
			if (spikes && nightly_normal(&state) > 1.8808)	/* 3 % */
				z[i] += 0.06;
		}
		found += find(z, 40, 0, NULL) > 0;
	}
	return found;
}

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Nights until a step of @sds standard deviations after 25 nights is found: median and 90 %. */
static void nights_to_find(double sds, uint64_t seed, int *median, int *most)
{
	uint64_t state = seed;
	int found[400], s, i;
	double z[60];

	for (s = 0; s < 400; s++) {
		for (i = 0; i < 60; i++)
			z[i] = 1 + 0.01 * (nightly_normal(&state) + (i < 25 ? 0 : sds));
		for (found[s] = 1; found[s] <= 35; found[s]++)
			if (find(z, 25 + (size_t)found[s], 0, NULL))
				break;
	}
	qsort(found, 400, sizeof(*found), compare_ints);
	*median = found[200];
	*most = found[360];
}

Test(trend, simulated_false_alarms_and_delay)
{
	static const struct { double sds; int median, most; } want[] = {
		{ 2, 6, 14 }, { 3, 3, 6 }, { 5, 2, 3 },
	};
	unsigned int quiet = false_points(4000, false, 1), spiky = false_points(4000, true, 2);
	size_t i;

	fprintf(stderr,
		"trend simulation, 40 nights, 4000 series, no change: %.2f%% get a point (seed 1), "
		"with 3%% spikes of 6 sd %.2f%% (seed 2)\n", quiet / 40.0, spiky / 40.0);
	cr_assert_leq(quiet, 120, "more than 3%%");
	cr_assert_geq(quiet, 4, "a knob that never errs detects nothing either");
	cr_assert_leq(spiky, 240, "more than 6%%");
	for (i = 0; i < 3; i++) {
		int median, most;

		nights_to_find(want[i].sds, 30 + i, &median, &most);
		fprintf(stderr,
			"trend simulation, step of %g sd after 25 nights: found after %d "
			"nights (median), %d (90%%), seed %zu\n",
			want[i].sds, median, most, 30 + i);
		cr_assert_leq(median, want[i].median);
		cr_assert_leq(most, want[i].most);
	}
}

static void write_store(void)
{
	unsigned int i;
	char path[64];

	mkdir("store", 0777);
	for (i = 0; i < 40; i++) {
		const struct nightly n = { .ratio = i < 28 ? 0.9 : 0.99, .tracks = i < 20 ? 1 : 2 };

		snprintf(path, sizeof(path), "store/lab-202601%02u-031500.jsonl", i + 1);
		if (i >= 31)
			snprintf(path, sizeof(path), "store/lab-202602%02u-031500.jsonl", i - 30);
		nightly_write(path, &n, i);
	}
}

Test(trend, table)
{
	struct outcome o;

	write_store();
	o = outcome_of(cmd_trend, "--store", "store", NULL);
	cr_assert_eq(o.status, 0);
	cr_assert_str_empty(o.err);
	golden_check("trend.txt", o.out);
	outcome_free(&o);
}

Test(trend, pictures)
{
	struct outcome o;
	char *script;

	if (system("gnuplot --version >/dev/null 2>&1"))
		cr_skip_test("no gnuplot here");
	write_store();
	o = outcome_of(cmd_trend, "--store", "store", "--key", "*fault_p50*", "-o", "p", NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	cr_assert_null(strstr(o.out, "tracks_per_page"));
	script = scratch_read("p/history-soft-wall-all-zero-plain-populate-vcpus-2-rcu-zap-"
			      "fault_p50.gp", NULL);
	cr_assert_not_null(strstr(script, "ratio to freeze"));
	cr_assert_not_null(strstr(script, "40 of 40 nights"));
	cr_assert_not_null(strstr(script, "2026-01-29"));
	free(script);
	outcome_free(&o);
}

/* A change that the baseline knows is marked as known, in the list and in the picture. */
Test(trend, accepted_changes_are_marked)
{
	static const char known[] =
		"{\"septbench_baseline\":1,\"exact\":{},\"accepted\":{"
		"\"soft/wall/all-zero/plain/populate/vcpus=2/rcu-zap/fault_p50\":[{\"value\":0.99,"
		"\"night\":\"lab-20260130-031500\",\"reason\":\"r\",\"commit\":\"c\"}]}}";
	static const char picture[] =
		"p/history-soft-wall-all-zero-plain-populate-vcpus-2-rcu-zap-fault_p50.gp";
	struct outcome o;
	char *script;

	write_store();
	scratch_write("known.json", known, strlen(known));
	o = outcome_of(cmd_trend, "--store", "store", "--key", "*fault_p50*", "--baseline", "known.json",
		       NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	cr_assert_not_null(strstr(o.out, "worse (accepted)"), "%s", o.out);
	outcome_free(&o);
	o = outcome_of(cmd_trend, "--store", "store", "--key", "*fault_p50*", NULL);
	cr_assert_null(strstr(o.out, "(accepted)"));
	outcome_free(&o);
	if (system("gnuplot --version >/dev/null 2>&1"))
		cr_skip_test("no gnuplot here");
	o = outcome_of(cmd_trend, "--store", "store", "--key", "*fault_p50*", "--baseline", "known.json",
		       "-o", "p", NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	script = scratch_read(picture, NULL);
	cr_assert_not_null(strstr(script, "2026-01-29 (acknowledged)"));
	free(script);
	outcome_free(&o);
}

static void check_usage(struct outcome o, int status, const char *why)
{
	cr_assert_eq(o.status, status);
	cr_assert_not_null(strstr(o.err, why), "said: %s", o.err);
	outcome_free(&o);
}

Test(trend, usage)
{
	struct outcome o;

	check_usage(outcome_of(cmd_trend, NULL), 2, "give --store");
	check_usage(outcome_of(cmd_trend, "--store", "absent", NULL), 2, "no such folder");
	check_usage(outcome_of(cmd_trend, "--store", NULL), 2, "option --store needs a value");
	check_usage(outcome_of(cmd_trend, "--what", NULL), 2, "unknown option --what");
	mkdir("empty", 0777);
	o = outcome_of(cmd_trend, "--store", "empty", NULL);
	cr_assert_eq(o.status, 0);
	cr_assert_eq(strncmp(o.out, "no nights\n", 10), 0);
	outcome_free(&o);
}
