// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `plot`: scripts as they must look; the same bytes each time; a script alone is enough.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "analysis/analysis.h"
#include "fixture.h"
#include "tests/record/scratch.h"

TestSuite(plot, .init = scratch_enter, .fini = scratch_leave);

static const char *const two[] = { "freeze-batched", "freeze", NULL };
static const char *const three[] = { "freeze", "freeze-batched", "my-own", NULL };
static const struct fixture count = { .clock = "count", .variants = two, .boots = 2, .blocks = 1 };
static const struct fixture wall = { .clock = "wall", .variants = three, .boots = 3, .blocks = 1 };

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
	o = outcome_of(cmd_plot, "r.jsonl", "-o", dir, NULL);
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
	o = outcome_of(cmd_plot, "r.jsonl", "-o", dir, NULL);
	outcome_free(&o);
}

Test(plot, scripts)
{
	need_gnuplot();
	write_scripts(&count, "p");
	check_script("p/fault-populate-vcpus4.gp", "fault-count.gp");
	check_script("p/bars-zap.gp", "bars-count.gp");
	write_scripts(&wall, "q");
	check_script("q/bars-zap.gp", "bars-wall.gp");
}

Test(plot, prints_the_names_of_what_it_wrote)
{
	struct outcome o;
	char *line;
	int nr = 0;

	need_gnuplot();
	fixture_write("r.jsonl", &count);
	o = outcome_of(cmd_plot, "r.jsonl", "-o", "p", NULL);
	cr_assert_eq(o.status, 0);
	for (line = strtok(o.out, "\n"); line; line = strtok(NULL, "\n"), nr++)
		cr_assert_eq(access(line, R_OK), 0, "%s is not there", line);
	cr_assert_eq(nr, 9);	/* populate with 1 and 4 vCPUs, zap; three files each */
	outcome_free(&o);
}

Test(plot, twice_the_same_bytes)
{
	static const char *const names[] = { "fault-populate-vcpus1.svg",
					     "fault-populate-vcpus1.png",
					     "fault-populate-vcpus1.gp",
					     "bars-zap.svg",
					     "bars-zap.png",
					     "bars-zap.gp" };
	size_t i;

	need_gnuplot();
	draw(&wall, "p");
	draw(&wall, "q");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char a[64], b[64];

		snprintf(a, sizeof(a), "p/%s", names[i]);
		snprintf(b, sizeof(b), "q/%s", names[i]);
		check_same(a, b);
	}
}

Test(plot, the_script_alone_draws_it_again)
{
	need_gnuplot();
	draw(&count, "p");
	cr_assert_eq(mkdir("alone", 0777), 0);
	cr_assert_eq(system("cp p/*.gp alone && rm r.jsonl && cd alone && "
			    "for g in *.gp; do gnuplot $g || exit 1; done"), 0);
	check_same("p/fault-populate-vcpus4.svg", "alone/fault-populate-vcpus4.svg");
	check_same("p/fault-populate-vcpus4.png", "alone/fault-populate-vcpus4.png");
	check_same("p/bars-zap.svg", "alone/bars-zap.svg");
	check_same("p/bars-zap.png", "alone/bars-zap.png");
}

Test(plot, pictures_say_what_they_are)
{
	static const char *const said[] = { "substrate soft, clock count (instructions)",
					    "n = 2 boots per bar", "host Example(R) CPU @ 2.10GHz",
					    "not TDX hardware", "freeze-batched" };
	char *svg;
	size_t i;

	need_gnuplot();
	draw(&count, "p");
	svg = scratch_read("p/bars-zap.svg", NULL);
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		cr_assert_not_null(strstr(svg, said[i]), "the picture does not say: %s", said[i]);
	free(svg);
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
	cr_assert_eq(access("p/fault-populate-vcpus1.gp", R_OK), 0);
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
	check_fails(outcome_of(cmd_plot, "absent", NULL), 2, "absent: No such file");
	check_fails(outcome_of(cmd_plot, "count", "wall", NULL), 3, "plot them apart");
	check_fails(outcome_of(cmd_plot, "nothing", NULL), 3, "nothing to draw");
	check_fails(outcome_of(cmd_plot, "count", "--base", "thaw", NULL), 2, "no variant thaw");
	check_fails(outcome_of(cmd_plot, "count", "-o", "no/such", NULL), 2,
		    "no/such: No such file");
}
