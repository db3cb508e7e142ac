// SPDX-License-Identifier: GPL-2.0-or-later
/* The page that holds the model against published figures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "analysis/analysis.h"
#include "fixture.h"
#include "tests/record/scratch.h"

TestSuite(validate, .init = scratch_enter, .fini = scratch_leave);

static const char *const one[] = { "freeze", NULL };

static const char *line_with(const char *text, const char *what)
{
	const char *at = strstr(text, what);

	cr_assert_not_null(at, "no line with %s in %s", what, text);
	return at;
}

Test(validate, says_what_it_has_and_what_it_has_not)
{
	struct outcome o;
	const char *row;

	fixture_write("a.jsonl", &(struct fixture) { .clock = "count", .variants = one, .boots = 1,
			.blocks = 1 });
	o = outcome_of(cmd_validate, "a.jsonl", NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	row = line_with(o.out, "| live removal of a page, 4 vCPUs");
	cr_assert_not_null(strstr(row, "zap, 4 vCPUs: "));
	row = line_with(o.out, "| the same, 64 vCPUs");
	cr_assert_eq(strncmp(strstr(row, "| -"), "| - | - | - | - | **not reproduced**", 36), 0,
		     "%s", row);
	line_with(o.out, "No row was measured on TDX hardware");
	outcome_free(&o);
}

/* Under another clock nothing was counted, so nothing can be priced. */
Test(validate, prices_counts_alone)
{
	struct outcome o;

	fixture_write("a.jsonl", &(struct fixture) { .clock = "wall", .variants = one, .boots = 1,
			.blocks = 1 });
	o = outcome_of(cmd_validate, "a.jsonl", NULL);
	cr_assert_null(strstr(o.out, "insn |"), "%s", o.out);
	outcome_free(&o);
}

/* @path's counter @name gets the value @digits in every block. */
static void set_counter(const char *path, const char *name, const char *digits)
{
	char *text = scratch_read(path, NULL), *out = NULL, *at, *from = text;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	while ((at = strstr(from, name))) {
		at += strlen(name);
		at += strspn(at, "\": ");
		fprintf(f, "%.*s%s", (int)(at - from), from, digits);
		from = at + strspn(at, "0123456789");
	}
	cr_assert_neq(from, text, "no %s in %s", name, path);
	fprintf(f, "%s", from);
	fclose(f);
	scratch_write(path, out, len);
	free(out);
	free(text);
}

/* Its share may be more than the whole where CPUs take turns: KVM's part is then not known. */
Test(validate, prices_nothing_that_the_module_took_whole)
{
	struct outcome o;
	const char *row;

	fixture_write("a.jsonl", &(struct fixture) { .clock = "count", .variants = one, .boots = 1,
			.blocks = 1 });
	set_counter("a.jsonl", "softtdx.insn", "999999999999");
	o = outcome_of(cmd_validate, "a.jsonl", NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	row = line_with(o.out, "| accept fault: ");
	cr_assert_eq(strncmp(strstr(row, "| -"), "| - | populate, 4 vCPUs |", 25), 0, "%s", row);
	line_with(row, "| - | **not priced**");
	line_with(o.out, "| accept fault: TD exit, AUG, entry, ACCEPT | 8 | - |");
	/* Zaps have no such counter here. */
	line_with(o.out, "zap, 4 vCPUs: 9");
	outcome_free(&o);
}

/* @path has @to wherever it had @from. */
static void set_text(const char *path, const char *from, const char *to)
{
	char *text = scratch_read(path, NULL), *out = NULL, *at, *rest = text;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	for (; (at = strstr(rest, from)); rest = at + strlen(from))
		fprintf(f, "%.*s%s", (int)(at - rest), rest, to);
	cr_assert_neq(rest, text, "no %s in %s", from, path);
	fprintf(f, "%s", rest);
	fclose(f);
	scratch_write(path, out, len);
	free(out);
	free(text);
}

/* Blocks of `teardown`, made of the fixture's zaps, which take 9,400 instructions a page. */
static void write_teardown(const char *path, const char *pages, const char *insns)
{
	static const char *const terminate[] = { "terminate", NULL };

	fixture_write(path, &(struct fixture) { .clock = "count", .variants = terminate, .boots = 1,
			.blocks = 1, .today = true });
	set_text(path, "\"zap\"", "\"teardown\"");
	set_text(path, "zap_per_page", "teardown_per_page");
	set_counter(path, "\"pages\"", pages);
	set_text(path, "9400", insns);
}

/* What a TD's end costs whatever its size is no page's: the row is the slope between two sizes. */
Test(validate, takes_the_slope_by_pages_of_a_td_s_end)
{
	struct outcome o;
	const char *row;

	write_teardown("a.jsonl", "512", "9600");
	write_teardown("b.jsonl", "1024", "9400");
	o = outcome_of(cmd_validate, "a.jsonl", "b.jsonl", NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	row = line_with(o.out, "| the end of a terminated TD, a page, 4 vCPUs");
	row = line_with(row, "teardown, 4 vCPUs, `terminate`: ");
	cr_assert_eq(strncmp(row, "teardown, 4 vCPUs, `terminate`: 9200 insn |", 43), 0, "%s", row);
	outcome_free(&o);

	o = outcome_of(cmd_validate, "a.jsonl", NULL);
	line_with(o.out, "18 GB in 24 s | 5.09 | - | - | - | - | **not reproduced**: not measured");
	outcome_free(&o);
}
