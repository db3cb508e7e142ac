// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `plot`: scripts as they must look; the same bytes each time; a script alone is enough.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "analysis/analysis.h"
#include "analysis/plot/plot.h"
#include "fixture.h"
#include "tests/record/scratch.h"

TestSuite(plot, .init = scratch_enter, .fini = scratch_leave);

static const char *const two[] = { "freeze-batched", "freeze", NULL };
static const char *const three[] = { "freeze", "freeze-batched", "my-own", NULL };
static const struct fixture count = { .clock = "count", .variants = two, .boots = 2, .blocks = 1,
				      .today = true };
static const struct fixture wall = { .clock = "wall", .variants = three, .boots = 3, .blocks = 1,
				     .today = true };

static bool have_gnuplot(void)
{
	return !system("gnuplot --version >/dev/null 2>&1");
}

static void need_gnuplot(void)
{
	if (!have_gnuplot())
		cr_skip_test("gnuplot is not installed");
}

static void draw(const struct fixture *f, const char *dir)
{
	struct outcome o;

	fixture_write("r.jsonl", f);
	o = outcome_of(cmd_plot, "r.jsonl", "-o", dir, "--plots", "all", NULL);
	cr_assert_eq(o.status, 0, "status %d: %s", o.status, o.err);
	cr_assert_str_empty(o.err);
	outcome_free(&o);
}

static void check_same(const char *a, const char *b)
{
	size_t len_a, len_b;
	char *x = scratch_read(a, &len_a), *y = scratch_read(b, &len_b);

	cr_assert_gt(len_a, 500);
	cr_assert(len_a == len_b && !memcmp(x, y, len_a), "%s and %s differ", a, b);
	free(x);
	free(y);
}

static void check_script(const char *path, const char *golden)
{
	char *text = scratch_read(path, NULL);

	golden_check(golden, text);
	free(text);
}

/* Scripts are written before gnuplot is looked for, so this needs none. */
static void write_scripts(const struct fixture *f, const char *dir)
{
	struct outcome o;

	fixture_write("r.jsonl", f);
	o = outcome_of(cmd_plot, "r.jsonl", "-o", dir, "--plots", "all", NULL);
	outcome_free(&o);
}

Test(plot, scripts)
{
	need_gnuplot();
	write_scripts(&count, "p");
	check_script("p/overview.gp", "overview-count.gp");
	check_script("p/flushes.gp", "flushes-count.gp");
	check_script("p/parts.gp", "parts-count.gp");
	check_script("p/forest-zap.gp", "forest-count.gp");
	write_scripts(&wall, "q");
	check_script("q/overview.gp", "overview-wall.gp");
	check_script("q/scaling.gp", "scaling-wall.gp");
	check_script("q/blocks.gp", "blocks-wall.gp");
}

/* The band is an interval, not the range, and takes six boots. */
Test(plot, scaling_shows_an_interval)
{
	struct fixture f = wall;
	char *script;

	need_gnuplot();
	f.boots = 8;
	write_scripts(&f, "q");
	script = scratch_read("q/scaling.gp", NULL);
	cr_assert_not_null(strstr(script, "bands: 95% intervals"));
	cr_assert_not_null(strstr(script, "using 1:3:4 with filledcurves"));
	free(script);
	f.boots = 5;
	write_scripts(&f, "r");
	script = scratch_read("r/scaling.gp", NULL);
	cr_assert_not_null(strstr(script, "an interval takes 6 samples"));
	cr_assert_null(strstr(script, "filledcurves"));
	free(script);
}

static const struct gp_night nights[] = {
	{ "11-01", 1.00, 0.99, 1.01 }, { "11-02", 1.01, 1.00, 1.02 }, { "11-03", NAN, NAN, NAN },
	{ "11-04", 1.20, 1.18, 1.21 }, { "11-05", 1.21, NAN, NAN },   { "11-06", 1.02, 1.01, 1.03 },
};
static const struct gp_change changes[] = { { 3, true }, { 5, false } };
static const struct gp_history history = {
	.title = "fault_ns_p50 of populate's \"4K\" pages", .unit = "ratio to the base",
	.variant = "freeze-batched", .nights = nights, .nr_nights = 6, .changes = changes,
	.nr_changes = 2, .caption = "n = 6 nights", .host = "host skl-2", .caveat = "",
};

Test(plot, history)
{
	struct gp_night none = { "11-01", NAN, NAN, NAN };
	struct gp_history empty = history;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	need_gnuplot();
	cr_assert(gp_history(out, &history, "history"));
	fclose(out);
	golden_check("history.gp", text);
	cr_assert_eq(plot_draw("plot", ".", "history", text, len), 0);
	cr_assert_eq(access("history.svg", R_OK), 0);
	free(text);
	empty.nights = &none;
	empty.nr_nights = 1;
	empty.nr_changes = 0;
	out = open_memstream(&text, &len);
	cr_assert_not(gp_history(out, &empty, "history"));
	fclose(out);
	cr_assert_eq(len, 0);
	free(text);
}

static bool is_drawn(const char *plots, const char *path)
{
	struct outcome o;
	bool there;

	o = outcome_of(cmd_plot, "r.jsonl", "-o", "p", plots ? "--plots" : NULL, plots, NULL);
	cr_assert_eq(o.status, access(path, R_OK) && plots ? 3 : 0, "status %d: %s", o.status,
		     o.err);
	there = !access(path, R_OK);
	outcome_free(&o);
	return there;
}

/* Only where an arm defers work, and where locks were counted. */
Test(plot, deferred_and_lock)
{
	need_gnuplot();
	fixture_write("r.jsonl", &count);
	cr_assert_not(is_drawn("deferred", "p/deferred.svg"));
	cr_assert_not(is_drawn("lock", "p/lock.svg"));
	cr_assert_eq(system("sed -i 's/\"kicks_per_page\"/\"deferred_pages_peak\"/' r.jsonl"), 0);
	cr_assert(is_drawn(NULL, "p/deferred.svg"));
	cr_assert_eq(system("sed -i 's/\"deferred_pages_peak\"/\"mmu_lock_write_held_per_page\"/' "
			    "r.jsonl"), 0);
	cr_assert(is_drawn("lock", "p/lock.svg"));
}

/* Is there nothing but white along the edges? gnuplot reads its own picture back. */
static void check_uncut(const char *picture)
{
	int x, y, red, width = 0, height = 0, found = 0, read = 0;
	char command[256], line[128];
	FILE *f;

	snprintf(command, sizeof(command), "gnuplot -e \"set table 'ink'; plot '%s' binary "
		 "filetype=png using 1:2:3 with rgbimage\"", picture);
	cr_assert_eq(system(command), 0);
	for (int pass = 0; pass < 2; pass++) {
		f = fopen("ink", "r");
		cr_assert_not_null(f);
		while (fgets(line, sizeof(line), f)) {
			if (sscanf(line, "%d %d %d", &x, &y, &red) != 3)
				continue;
			width = x > width ? x : width;
			height = y > height ? y : height;
			read++;
			found += pass && red < 250 && (x < 3 || y < 3 || x > width - 3 ||
						       y > height - 3);
		}
		fclose(f);
	}
	cr_assert(read > 100000 && width >= 719, "%s: %d pixels, %d wide", picture, read, width);
	cr_assert_eq(found, 0, "%s: ink at the edge, %d pixels", picture, found);
}

/* Long names of variants, and two parameters that vary. */
Test(plot, nothing_is_cut)
{
	static const char *const pictures[] = { "p/overview.png", "p/forest-zap.png",
						"p/scaling.png", "p/flushes.png" };
	struct outcome o;

	need_gnuplot();
	fixture_write("r.jsonl", &count);
	cr_assert_eq(system("sed -i 's/freeze-batched/a-variant-whose-name-is-rather-long/;"
			    "/\"vcpus\":1,/s/\"pages\":512/\"pages\":1048576/;"
			    "s/\"tracks_per_page\"/\"a_metric_with_quite_a_long_name_per_page\"/' "
			    "r.jsonl"), 0);
	o = outcome_of(cmd_plot, "r.jsonl", "-o", "p", "--plots", "all", NULL);
	cr_assert_eq(o.status, 0, "status %d: %s", o.status, o.err);
	outcome_free(&o);
	for (size_t i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++)
		if (!access(pictures[i], R_OK))
			check_uncut(pictures[i]);
	cr_assert_eq(access("p/forest-zap.png", R_OK), 0);
}

/* Sorted, so that the order of the list does not matter. */
static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

Test(plot, prints_the_names_of_what_it_wrote)
{
	static const char *const want[] = { "flushes", "overview", "scaling" };
	const size_t nr_want = sizeof(want) / sizeof(want[0]);
	struct outcome o;
	char *line, *lines[64];
	size_t nr = 0, i;

	need_gnuplot();
	fixture_write("r.jsonl", &count);
	o = outcome_of(cmd_plot, "r.jsonl", "-o", "p", NULL);
	cr_assert_eq(o.status, 0);
	for (line = strtok(o.out, "\n"); line && nr < 64; line = strtok(NULL, "\n")) {
		cr_assert_eq(access(line, R_OK), 0, "%s is not there", line);
		lines[nr++] = line;
	}
	cr_assert_eq(nr, 3 * nr_want, "%zu files", nr);
	qsort(lines, nr, sizeof(*lines), compare_lines);
	for (i = 0; i < nr_want; i++) {
		char name[64];

		snprintf(name, sizeof(name), "p/%s.gp", want[i]);
		cr_assert_str_eq(lines[3 * i], name);
	}
	outcome_free(&o);
}

Test(plot, twice_the_same_bytes)
{
	need_gnuplot();
	draw(&wall, "p");
	draw(&wall, "q");
	check_same("p/overview.svg", "q/overview.svg");
	cr_assert_eq(system("diff -r p q >diff.txt"), 0, "see diff -r p q");
	draw(&count, "c");
	draw(&count, "d");
	cr_assert_eq(system("diff -r c d >diff.txt"), 0, "see diff -r c d");
}

Test(plot, the_script_alone_draws_it_again)
{
	need_gnuplot();
	draw(&count, "p");
	cr_assert_eq(mkdir("alone", 0777), 0);
	cr_assert_eq(system("cp p/*.gp alone && rm r.jsonl && cd alone && "
			    "for g in *.gp; do gnuplot $g || exit 1; done"), 0);
	check_same("p/scaling.svg", "alone/scaling.svg");
	cr_assert_eq(system("diff -r p alone >diff.txt"), 0, "see diff -r p alone");
}

Test(plot, pictures_say_what_they_are)
{
	static const char * const said[] = {
		"substrate soft, clock count (instructions)",
		"n = 1 seed (1)",
		"s part where told",
		"host Example(R) CPU @ 2.10GHz",
		"not TDX hardware",
		"freeze-batched",
	};
	char *svg;
	size_t i;

	need_gnuplot();
	draw(&count, "p");
	svg = scratch_read("p/overview.svg", NULL);
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		cr_assert_not_null(strstr(svg, said[i]), "the picture does not say: %s", said[i]);
	free(svg);
}

/* What every kind of picture owes its reader. */
Test(plot, captions)
{
	static const char *const names[] = { "overview", "scaling", "flushes", "parts", "blocks",
					     "forest-zap" };
	size_t i;

	need_gnuplot();
	draw(&count, "p");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], *svg;

		snprintf(path, sizeof(path), "p/%s.svg", names[i]);
		svg = scratch_read(path, NULL);
		cr_assert_not_null(strstr(svg, "substrate soft, clock count"), "%s", path);
		cr_assert_not_null(strstr(svg, "host Example(R) CPU"), "%s", path);
		cr_assert_not_null(strstr(svg, "not TDX hardware"), "%s", path);
		cr_assert_not_null(strstr(svg, "n = 1 seed (1)"), "%s", path);
		free(svg);
	}
}

Test(plot, ascii)
{
	struct outcome o;
	char *line;

	fixture_write("r.jsonl", &count);
	o = outcome_of(cmd_plot, "r.jsonl", "--ascii", NULL);
	cr_assert_eq(o.status, 0, "status %d: %s", o.status, o.err);
	golden_check("ascii-count.txt", o.out);
	for (line = strtok(o.out, "\n"); line; line = strtok(NULL, "\n"))
		cr_assert_leq(strlen(line), 72, "%s", line);
	outcome_free(&o);
	fixture_write("r.jsonl", &wall);
	o = outcome_of(cmd_plot, "r.jsonl", "--ascii", NULL);
	cr_assert_eq(o.status, 0);
	golden_check("ascii-wall.txt", o.out);
	for (line = strtok(o.out, "\n"); line; line = strtok(NULL, "\n"))
		cr_assert_leq(strlen(line), 72, "%s", line);
	outcome_free(&o);
}

static void check_fails(struct outcome o, int status, const char *why)
{
	cr_assert_eq(o.status, status, "status %d: %s", o.status, o.err);
	cr_assert_not_null(strstr(o.err, why), "said: %s", o.err);
	cr_assert_eq(strchr(o.err, '\n'), o.err + strlen(o.err) - 1, "not one line: %s", o.err);
	outcome_free(&o);
}

Test(plot, without_gnuplot)
{
	fixture_write("r.jsonl", &count);
	setenv("PATH", "/nonexistent", 1);
	check_fails(outcome_of(cmd_plot, "r.jsonl", "-o", "p", NULL), 4, "install gnuplot-nox");
	cr_assert_eq(access("p/overview.gp", R_OK), 0);
}

Test(plot, bad_input)
{
	static const char nothing[] =
		"{\"type\":\"run\",\"schema\":1,\"version\":\"0\",\"substrate\":\"soft\","
		"\"clock\":\"count\",\"profile\":\"all-zero\",\"seed\":1,\"flavour\":\"plain\","
		"\"env\":{}}\n"
		"{\"type\":\"end\",\"blocks\":0,\"status\":0}\n";

	fixture_write("count", &count);
	fixture_write("wall", &wall);
	scratch_write("nothing", nothing, strlen(nothing));
	check_fails(outcome_of(cmd_plot, NULL), 2, "give a result file");
	check_fails(outcome_of(cmd_plot, "count", "--ascii", "-o", "p", NULL), 2, "without -o");
	check_fails(outcome_of(cmd_plot, "count", "--plots", "overview,pie", NULL), 2,
		    "there is no plot pie; there are overview latency");
	check_fails(outcome_of(cmd_plot, "count", "--plots", "", NULL), 2, "there is no plot");
	check_fails(outcome_of(cmd_plot, "count", "--plots", "latency", "-o", "p", NULL), 3,
		    "no metric that has such a picture");
	check_fails(outcome_of(cmd_plot, "absent", NULL), 2, "absent: No such file");
	check_fails(outcome_of(cmd_plot, "count", "wall", NULL), 3, "plot them apart");
	check_fails(outcome_of(cmd_plot, "nothing", NULL), 3, "nothing to draw");
	check_fails(outcome_of(cmd_plot, "count", "--base", "thaw", NULL), 2, "no variant thaw");
	check_fails(outcome_of(cmd_plot, "count", "-o", "no/such", NULL), 2,
		    "no/such: No such file");
}

/* A picture must not replace what it is drawn from. */
Test(plot, keeps_its_input)
{
	size_t before, after;

	cr_assert_eq(mkdir("p", 0777), 0);
	fixture_write("p/overview.svg", &count);
	free(scratch_read("p/overview.svg", &before));
	check_fails(outcome_of(cmd_plot, "p/overview.svg", NULL), 2,
		    "p/overview.svg is a result file");
	free(scratch_read("p/overview.svg", &after));
	cr_assert_eq(before, after);
}
