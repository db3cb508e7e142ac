// SPDX-License-Identifier: GPL-2.0-or-later
/* The verb `compare`: tables as they must look, and exit codes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "analysis/analysis.h"
#include "analysis/data/data.h"
#include "fixture.h"
#include "tests/record/scratch.h"

TestSuite(compare, .init = scratch_enter, .fini = scratch_leave);

static const char *const one[] = { "freeze", NULL };
static const char *const two[] = { "freeze-batched", "freeze", NULL };
static const char *const three[] = { "freeze", "freeze-batched", "seamcall-first", NULL };
static const char *const four[] = { "freeze", "freeze-batched", "seamcall-first", "rcu-zap", NULL };

/* Fit for a mail: ASCII, at most 72 columns, nothing behind the text. */
static void check_mailable(const char *text)
{
	const char *line, *p;

	for (line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");

		cr_assert_leq(len, 72, "%zu columns: %.*s", len, (int)len, line);
		cr_assert(!len || line[len - 1] != ' ', "blank at the end: %.*s", (int)len, line);
	}
	for (p = text; *p; p++)
		cr_assert(*p == '\n' || (*p >= ' ' && *p <= '~'), "character %d", *p);
}

static void check_golden(const struct fixture *f, const char *format, const char *name, int status)
{
	struct outcome o;

	fixture_write("r.jsonl", f);
	o = outcome_of(cmd_compare, "r.jsonl", "--format", format, NULL);
	cr_assert_eq(o.status, status, "status %d: %s", o.status, o.err);
	cr_assert_str_empty(o.err);
	if (!strcmp(format, "text"))
		check_mailable(o.out);
	golden_check(name, o.out);
	outcome_free(&o);
}

Test(compare, count_two_variants)
{
	const struct fixture f = { .clock = "count", .variants = two, .boots = 2, .blocks = 2 };

	check_golden(&f, "text", "count-two.txt", 0);
}

Test(compare, count_three_variants_side_by_side)
{
	const struct fixture f = { .clock = "count", .variants = three, .boots = 2, .blocks = 2 };

	/* seamcall-first retries where freeze does not, and that metric is gated. */
	check_golden(&f, "text", "count-three.txt", 1);
}

Test(compare, four_variants_make_a_table_each)
{
	const struct fixture f = { .clock = "count", .variants = four, .boots = 1, .blocks = 1 };

	check_golden(&f, "text", "count-four.txt", 1);
}

Test(compare, wall_two_variants)
{
	const struct fixture f = { .clock = "wall", .variants = two, .boots = 6, .blocks = 3 };

	check_golden(&f, "text", "wall-two.txt", 3);
}

Test(compare, wall_three_variants_fit_a_mail)
{
	const struct fixture f = { .clock = "wall", .variants = three, .boots = 7, .blocks = 2 };

	check_golden(&f, "text", "wall-three.txt", 1);
}

Test(compare, wall_with_too_few_boots_says_so)
{
	const struct fixture f = {
		.clock = "wall", .variants = two, .boots = 3, .blocks = 2, .slower = 50
	};

	check_golden(&f, "text", "wall-few.txt", 3);
}

Test(compare, markdown)
{
	const struct fixture f = { .clock = "wall", .variants = two, .boots = 4, .blocks = 1 };

	check_golden(&f, "md", "wall-two.md", 3);
}

Test(compare, counts_that_do_not_repeat_are_an_error)
{
	const struct fixture f = { .clock = "count",
				   .variants = two,
				   .boots = 3,
				   .blocks = 2,
				   .unsteady = true,
				   .no_zap = true };

	check_golden(&f, "text", "count-unsteady.txt", 3);
}

Test(compare, invalid_blocks_are_left_out_and_counted)
{
	const struct fixture f = { .clock = "count",
				   .variants = two,
				   .boots = 2,
				   .blocks = 2,
				   .invalid = true,
				   .no_zap = true };

	check_golden(&f, "text", "count-invalid.txt", 3);
}

Test(compare, long_words_are_cut_not_let_out)
{
	static const char *const variants[] = {
		"freeze",
		"a-variant-whose-name-is-longer-than-any-line-of-a-mail-ought-to-be-and-then-some",
		NULL
	};
	const struct fixture f = {
		.clock = "count", .variants = variants, .boots = 1, .blocks = 1
	};
	struct outcome o;

	fixture_write("r.jsonl", &f);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	check_mailable(o.out);
	outcome_free(&o);
}

static int compare_slower(const char *clock, int slower, unsigned int boots)
{
	const struct fixture f = {
		.clock = clock, .variants = two, .boots = boots, .blocks = 2, .slower = slower
	};
	struct outcome o;
	int status;

	fixture_write("r.jsonl", &f);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	status = o.status;
	outcome_free(&o);
	return status;
}

Test(compare, exit_code_follows_gated_metrics)
{
	cr_assert_eq(compare_slower("count", 0, 2), 0);
	cr_assert_eq(compare_slower("count", 2, 2), 1);
	cr_assert_eq(compare_slower("count", -2, 2), 0);
	cr_assert_eq(compare_slower("wall", 10, 6), 1);
	cr_assert_eq(compare_slower("wall", -10, 6), 0);
}

/* Six boots of no change leave more than 1% open; twenty do not. */
Test(compare, exit_code_says_when_a_regression_is_not_ruled_out)
{
	struct outcome o;

	cr_assert_eq(compare_slower("wall", 0, 6), 3);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	cr_assert_not_null(strstr(o.out, "2 undecided"), "%s", o.out);
	outcome_free(&o);
	o = outcome_of(cmd_compare, "--look", "r.jsonl", NULL);
	cr_assert_eq(o.status, 3);
	cr_assert_str_eq(o.out, "look 1 undecided 2 of 2 unit boots n 6 aa none\n");
	outcome_free(&o);
	cr_assert_eq(compare_slower("wall", 0, 30), 0);
	o = outcome_of(cmd_compare, "--look", "r.jsonl", NULL);
	cr_assert_eq(o.status, 0);
	cr_assert_str_eq(o.out, "look 1 undecided 0 of 2 unit boots n 30 aa none\n");
	outcome_free(&o);
	o = outcome_of(cmd_compare, "--look", "r.jsonl", "r.jsonl", NULL);
	cr_assert_eq(o.status, 2);
	outcome_free(&o);
}

/* A run under way has no end line, and a look at it says nothing of that. */
Test(compare, a_look_takes_a_run_without_an_end)
{
	struct outcome o;
	char *text;

	compare_slower("wall", 10, 6);
	text = scratch_read("r.jsonl", NULL);
	scratch_write("r.jsonl", text, (size_t)(strstr(text, "{\"type\":\"end\"") - text));
	free(text);
	o = outcome_of(cmd_compare, "--look", "r.jsonl", NULL);
	cr_assert_eq(o.status, 0, "%s%s", o.out, o.err);
	cr_assert_str_empty(o.err);
	outcome_free(&o);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	cr_assert_not_null(strstr(o.err, "no end line"));
	outcome_free(&o);
}

Test(compare, a_regression_that_is_not_gated_is_shown_but_fails_nothing)
{
	const struct fixture f = { .clock = "wall",
				   .variants = two,
				   .boots = 6,
				   .blocks = 2,
				   .slower = 10,
				   .ungated = true };
	struct outcome o;

	fixture_write("r.jsonl", &f);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	cr_assert_not_null(strstr(o.out, "regressed"));
	cr_assert_eq(o.status, 0);
	outcome_free(&o);
}

/* The row of @metric in the first table. */
static struct json_object *find_row(struct json_object *report, const char *metric)
{
	struct json_object *tables, *rows, *name;
	size_t i;

	json_object_object_get_ex(report, "tables", &tables);
	json_object_object_get_ex(json_object_array_get_idx(tables, 0), "rows", &rows);
	for (i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		json_object_object_get_ex(row, "metric", &name);
		if (!strcmp(json_object_get_string(name), metric))
			return row;
	}
	cr_assert_fail("no row %s", metric);
	return NULL;
}

static const char *field(struct json_object *row, const char *key)
{
	struct json_object *others, *v;

	json_object_object_get_ex(row, "others", &others);
	cr_assert(json_object_object_get_ex(json_object_array_get_idx(others, 0), key, &v), "no %s",
		  key);
	return json_object_get_string(v);
}

Test(compare, json)
{
	const struct fixture f = {
		.clock = "wall", .variants = two, .boots = 5, .blocks = 2, .slower = 10
	};
	struct json_object *report, *status, *row;
	struct outcome o;

	fixture_write("r.jsonl", &f);
	o = outcome_of(cmd_compare, "r.jsonl", "--format", "json", NULL);
	report = json_tokener_parse(o.out);
	cr_assert_not_null(report);
	json_object_object_get_ex(report, "status", &status);
	cr_assert_eq(json_object_get_int(status), 1);
	cr_assert_eq(o.status, 1);
	row = find_row(report, "fault_ns_p50");
	cr_assert_str_eq(field(row, "verdict"), "regressed");
	cr_assert_str_eq(field(row, "shift_of"), "ratio");
	cr_assert_float_eq(atof(field(row, "shift")), 0.1, 0.02);
	cr_assert_lt(atof(field(row, "p")), 0.01);
	cr_assert_str_eq(field(find_row(report, "zap_pages_per_s"), "verdict"), "improved");
	cr_assert_str_eq(field(find_row(report, "tracks_per_page"), "verdict"), "improved");
	json_object_put(report);
	outcome_free(&o);
}

Test(compare, base_is_upstream_or_as_told)
{
	const struct fixture f = { .clock = "count", .variants = two, .boots = 1, .blocks = 1 };
	struct outcome o;

	fixture_write("r.jsonl", &f);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	cr_assert_not_null(strstr(o.out, "base freeze,"));
	outcome_free(&o);
	o = outcome_of(cmd_compare, "--base", "freeze-batched", "r.jsonl", NULL);
	cr_assert_not_null(strstr(o.out, "base freeze-batched,"));
	cr_assert_eq(o.status, 1);
	outcome_free(&o);
	o = outcome_of(cmd_compare, "--base", "thaw", "r.jsonl", NULL);
	cr_assert_eq(o.status, 2);
	cr_assert_str_eq(
		o.err,
		"septbench compare: no variant thaw in r.jsonl; it has freeze freeze-batched\n");
	outcome_free(&o);
}

/* Writes a.jsonl by @a and b.jsonl by @b, and compares them. */
static struct outcome compare_files(const struct fixture *a, const struct fixture *b,
				    const char *option)
{
	fixture_write("a.jsonl", a);
	fixture_write("b.jsonl", b);
	return outcome_of(cmd_compare, "a.jsonl", "b.jsonl", option, NULL);
}

static void check_refused(const struct fixture *a, const struct fixture *b, const char *why)
{
	struct outcome o = compare_files(a, b, NULL);

	cr_assert_eq(o.status, 3);
	cr_assert_not_null(strstr(o.err, why), "said: %s", o.err);
	cr_assert_str_empty(o.out);
	outcome_free(&o);
	o = compare_files(a, b, "--allow-mismatch");
	cr_assert_not_null(strstr(o.out, "The files differ in more than the code:"));
	check_mailable(o.out);
	outcome_free(&o);
}

Test(compare, two_files)
{
	const struct fixture a = { .clock = "count", .variants = two, .boots = 2, .blocks = 1 };
	const struct fixture b = {
		.clock = "count", .variants = two, .boots = 2, .blocks = 1, .slower = 3
	};
	struct outcome o = compare_files(&a, &b, NULL);

	/* Each variant against itself; only freeze-batched is slower, by 3 %. */
	cr_assert_eq(o.status, 1);
	cr_assert_not_null(strstr(o.out, "base freeze-batched of a.jsonl"));
	cr_assert_not_null(strstr(o.out, "of b.jsonl"), "%s", o.out);
	cr_assert_not_null(strstr(o.out, "base freeze of a.jsonl"));
	check_mailable(o.out);
	outcome_free(&o);
}

Test(compare, files_that_must_not_be_compared)
{
	const struct fixture a = { .clock = "count", .variants = one, .boots = 1, .blocks = 1 };
	const struct fixture wall = { .clock = "wall", .variants = one, .boots = 1, .blocks = 1 };
	const struct fixture tdx = { .clock = "count", .variants = one, .boots = 1, .blocks = 1,
				     .substrate = "tdx" };
	const struct fixture priced = { .clock = "count", .variants = one, .boots = 1, .blocks = 1,
					.profile = "all-zero" };

	check_refused(&a, &wall, "clock count against wall");
	check_refused(&a, &tdx, "substrate soft against tdx");
	check_refused(&a, &priced, "profile tdx-estimate against all-zero");
}

/* The rest is compared, and the gap said; only who asks for it may pass with it. */
Test(compare, a_case_that_one_file_lacks_is_named)
{
	const struct fixture a = { .clock = "count", .variants = one, .boots = 1, .blocks = 1 };
	const struct fixture shorter = { .clock = "count", .variants = one, .boots = 1, .blocks = 1,
					 .no_zap = true };
	struct outcome o = compare_files(&a, &shorter, NULL);

	cr_assert_eq(o.status, 3);
	cr_assert_not_null(strstr(o.out, "MISSING: zap pages=512 placement=compact vcpus=1 has no "
				  "valid"), "%s", o.out);
	outcome_free(&o);
	o = compare_files(&a, &shorter, "--allow-mismatch");
	cr_assert_eq(o.status, 0, "%s", o.out);
	outcome_free(&o);
}

Test(compare, a_truncated_file_is_used_but_not_trusted)
{
	const struct fixture f = { .clock = "count", .variants = two, .boots = 2, .blocks = 1 };
	struct outcome o;
	char *text;
	size_t len;

	fixture_write("whole.jsonl", &f);
	text = scratch_read("whole.jsonl", &len);
	scratch_write("r.jsonl", text, len - 100);
	free(text);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	cr_assert_eq(o.status, 3);
	cr_assert_not_null(strstr(o.err, "last line is cut short"));
	cr_assert_not_null(strstr(o.out, "tracks_per_page"));
	outcome_free(&o);
}

static void check_usage(struct outcome o, int status, const char *why)
{
	cr_assert_eq(o.status, status, "status %d: %s", o.status, o.err);
	cr_assert_not_null(strstr(o.err, why), "said: %s", o.err);
	cr_assert_eq(strchr(o.err, '\n'), o.err + strlen(o.err) - 1, "not one line: %s", o.err);
	cr_assert_str_empty(o.out);
	outcome_free(&o);
}

Test(compare, usage)
{
	const struct fixture f = { .clock = "count", .variants = one, .boots = 1, .blocks = 1 };
	struct outcome o;

	fixture_write("r.jsonl", &f);
	scratch_write("foreign", "hello\n", 6);
	check_usage(outcome_of(cmd_compare, NULL), 2, "give a result file");
	check_usage(outcome_of(cmd_compare, "r.jsonl", NULL), 2, "only variant freeze in r.jsonl");
	check_usage(outcome_of(cmd_compare, "r.jsonl", "--format", "xml", NULL), 2,
		    "--format: \"xml\" is not text, md or json");
	check_usage(outcome_of(cmd_compare, "r.jsonl", "--frobnicate", NULL), 2,
		    "unknown option --frobnicate");
	check_usage(outcome_of(cmd_compare, "r.jsonl", "--base", NULL), 2,
		    "option --base needs a value");
	check_usage(outcome_of(cmd_compare, "r.jsonl", "r.jsonl", "r.jsonl", NULL), 2,
		    "unexpected argument \"r.jsonl\"");
	check_usage(outcome_of(cmd_compare, "absent", NULL), 2, "absent: No such file");
	check_usage(outcome_of(cmd_compare, "foreign", NULL), 3, "foreign:1: not JSON");
	check_usage(outcome_of(cmd_compare, "r.jsonl", "r.jsonl", "--profile", "gold", NULL), 2,
		    "profile gold: unknown");
	o = outcome_of(cmd_compare, "--help", NULL);
	cr_assert_eq(o.status, 0);
	cr_assert_eq(strncmp(o.out, "usage:", 6), 0);
	cr_assert_str_empty(o.err);
	outcome_free(&o);
}

Test(compare, a_file_against_itself_is_the_same)
{
	const struct fixture f = { .clock = "wall", .variants = one, .boots = 5, .blocks = 2 };
	struct outcome o;

	fixture_write("r.jsonl", &f);
	o = outcome_of(cmd_compare, "r.jsonl", "r.jsonl", NULL);
	cr_assert_eq(o.status, 3);	/* five boots rule nothing out */
	cr_assert_not_null(strstr(o.out, "0 of 10 gated rows regressed"), "%s", o.out);
	cr_assert_null(strstr(o.out, "improved"));
	outcome_free(&o);
}

static const char *const with_aa[] = { "freeze", "freeze@aa", "freeze-batched", NULL };

Test(compare, aa_arm_that_agrees_shows_the_noise_floor)
{
	const struct fixture f = { .clock = "wall", .variants = with_aa, .boots = 6, .blocks = 2 };

	check_golden(&f, "text", "wall-aa.txt", 3);
}

Test(compare, aa_arm_that_differs_makes_the_run_invalid)
{
	const struct fixture f = { .clock = "wall",
				   .variants = with_aa,
				   .boots = 10,
				   .blocks = 2,
				   .slower = 20,
				   .aa_differs = true };
	struct outcome o;

	/* What the other arm did counts no more, though it is a regression. */
	check_golden(&f, "text", "wall-aa-failed.txt", 3);
	o = outcome_of(cmd_compare, "r.jsonl", "--format", "json", NULL);
	cr_assert_eq(o.status, 3);
	cr_assert_not_null(strstr(o.out, "\"failed_rows\": 4"));
	outcome_free(&o);
	o = outcome_of(cmd_compare, "r.jsonl", "--format", "md", NULL);
	cr_assert_not_null(strstr(o.out, "**FAILED in 4 rows: this run is invalid.**"));
	outcome_free(&o);
}

Test(compare, aa_arm_of_counts_must_be_equal)
{
	struct fixture f = { .clock = "count", .variants = with_aa, .boots = 2, .blocks = 1 };
	struct outcome o;

	fixture_write("r.jsonl", &f);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	cr_assert_eq(o.status, 0, "%s", o.out);
	cr_assert_not_null(strstr(o.out, "A/A: freeze@aa ok"));
	outcome_free(&o);
	f.aa_differs = true;
	f.slower = 1;
	fixture_write("r.jsonl", &f);
	o = outcome_of(cmd_compare, "r.jsonl", NULL);
	cr_assert_eq(o.status, 3);
	cr_assert_not_null(strstr(o.out, "THIS RUN IS INVALID"));
	check_mailable(o.out);
	outcome_free(&o);
}

/* The verdict's test of fault_ns_p50 in r.jsonl. */
static void check_test_of_p50(const char *test)
{
	struct outcome o = outcome_of(cmd_compare, "r.jsonl", "--format", "json", NULL);
	struct json_object *report = json_tokener_parse(o.out);

	cr_assert_str_eq(field(find_row(report, "fault_ns_p50"), "test"), test);
	json_object_put(report);
	outcome_free(&o);
}

static bool is_of_freeze(const char *line, const char *end)
{
	const char *at = strstr(line, "\"variant\":\"freeze\"");

	return at && at < end;
}

/* r.jsonl anew with all boots of one variant before those of the other. */
static void take_out_of_turns(void)
{
	char *text = scratch_read("r.jsonl", NULL), *line, *rest, *out = NULL;
	size_t len;
	int pass;
	FILE *f = open_memstream(&out, &len);

	for (pass = 0; pass < 2; pass++)
		for (line = text; *line; line = rest) {
			bool base;

			rest = strchr(line, '\n') + 1;
			base = is_of_freeze(line, rest);
			/* The run line goes first, the end line last. */
			if (pass == (strncmp(line, "{\"type\":\"end\"", 13) ? base : 1) &&
			    (line != text || !pass))
				fwrite(line, 1, (size_t)(rest - line), f);
		}
	fclose(f);
	scratch_write("r.jsonl", out, len);
	free(out);
	free(text);
}

Test(compare, rounds_are_paired_only_if_measured_in_turns)
{
	const struct fixture f = { .clock = "wall", .variants = two, .boots = 10, .blocks = 1 };

	fixture_write("r.jsonl", &f);
	check_test_of_p50("wilcoxon-signed-rank");
	take_out_of_turns();
	check_test_of_p50("mann-whitney");
}

Test(compare, mismatch_is_said_in_every_format)
{
	const struct fixture a = { .clock = "count", .variants = two, .boots = 1, .blocks = 1 };
	const struct fixture b = {
		.clock = "count", .variants = two, .boots = 1, .blocks = 1, .profile = "all-zero"
	};
	static const char *const formats[] = { "text", "md", "json" };
	size_t i;

	fixture_write("a.jsonl", &a);
	fixture_write("b.jsonl", &b);
	for (i = 0; i < 3; i++) {
		struct outcome o = outcome_of(cmd_compare, "a.jsonl", "b.jsonl", "--allow-mismatch",
					      "--format", formats[i], NULL);

		/* The text is broken into lines. */
		cr_assert_not_null(strstr(o.out, i ? "profile tdx-estimate against all-zero" :
						     "The files differ in more than the code:"),
				   "%s", formats[i]);
		outcome_free(&o);
	}
}

/* Another release of the module checks and counts otherwise; the table says which it was. */
Test(compare, releases_of_the_module_are_said_and_not_mixed)
{
	const struct fixture a = { .clock = "count", .variants = two, .boots = 2, .blocks = 1,
				   .module = "1.5.01" };
	struct fixture b = a;
	struct outcome o;

	b.module = "1.5.25";
	check_refused(&a, &b, "module release 1.5.01 against 1.5.25");
	o = outcome_of(cmd_compare, "b.jsonl", NULL);
	cr_assert_not_null(strstr(o.out, "(software TDX module by the rules of 1.5.25, not TDX"));
	outcome_free(&o);
}

/* Time under another governor is another thing; a count knows no governor. */
Test(compare, times_under_other_conditions_are_refused)
{
	const struct fixture a = { .clock = "wall", .variants = two, .boots = 2, .blocks = 1,
				   .governor = "performance" };
	struct fixture b = a;
	struct outcome o;

	b.governor = "powersave";
	o = compare_files(&a, &b, NULL);
	cr_assert_eq(o.status, 3);
	cr_assert_not_null(strstr(o.err, "governor performance against powersave"), "%s", o.err);
	cr_assert_str_empty(o.out);
	outcome_free(&o);
	fixture_write("a.jsonl", &(struct fixture) { .clock = "count", .variants = two, .boots = 1,
			.blocks = 1, .governor = "performance" });
	fixture_write("b.jsonl", &(struct fixture) { .clock = "count", .variants = two, .boots = 1,
			.blocks = 1, .governor = "powersave" });
	o = outcome_of(cmd_compare, "a.jsonl", "b.jsonl", NULL);
	cr_assert_neq(o.status, 3, "%s", o.err);
	outcome_free(&o);
}

Test(compare, a_machine_that_changed_during_the_run_is_said_in_every_format)
{
	static const char *const formats[] = { "text", "md", "json" };
	size_t i;

	fixture_write("a.jsonl", &(struct fixture) { .clock = "wall", .variants = two, .boots = 2,
			.blocks = 1, .changed = "turbo: off -> on" });
	for (i = 0; i < 3; i++) {
		struct outcome o = outcome_of(cmd_compare, "a.jsonl", "--format", formats[i], NULL);

		cr_assert_not_null(strstr(o.out, "CHANGED DURING THE RUN: turbo: off -> on"), "%s",
				   o.out);
		outcome_free(&o);
	}
}

static void expect_label(struct group *groups, size_t nr, size_t i, const char *want)
{
	const struct dataset ds = { .groups = groups, .nr_groups = nr };
	char *label = params_select(&ds, groups[i].params, false);

	cr_expect_str_eq(label, want, "%s %s: \"%s\"", groups[i].case_name, groups[i].params, label);
	free(label);
}

/* Of a case's parameters those that tell it from its neighbours. */
Test(compare, labels_leave_out_what_all_cases_that_have_it_share)
{
	struct group g[] = {
		{ "zap", "pages=256 vcpus=2" },
		{ "sparse", "pages=256 stride=512 vcpus=2" },
		{ "boot-lazy", "guest_mib=256 vcpus=2" },
		{ "boot-lazy", "guest_mib=256 tds=2 vcpus=2" },
		{ "populate", "pages=256 tds=2 vcpus=2" },
	};

	expect_label(g, 3, 0, "");
	expect_label(g, 3, 1, "stride=512");
	expect_label(g, 3, 2, "guest_mib=256");
	/* Others of its case have none. */
	expect_label(g, 5, 3, "guest_mib=256 tds=2");
	g[4].params = "pages=128 vcpus=2";
	expect_label(g, 5, 0, "pages=256");
	expect_label(g, 5, 4, "pages=128");
}

/* A boot has one seed where the other cases have the eight of the head. */
Test(compare, a_case_with_fewer_samples_says_so)
{
	struct outcome o = outcome_of(cmd_compare, TEST_DIR "/../../results/reference/quick.jsonl",
				      NULL);

	cr_expect(strstr(o.out, "\nboot-lazy guest_mib=256 n=1\n"), "%s", o.out);
	cr_expect(strstr(o.out, "\npopulate "), "%s", o.out);
	cr_expect_not(strstr(o.out, "n=8"), "%s", o.out);
	outcome_free(&o);
}
