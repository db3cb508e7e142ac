// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exports: golden files, and each format's own rules. KTAP also goes through Perl's TAP::Parser,
 * where there is a Perl with it; the others have no consumer in Debian.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "analysis/analysis.h"
#include "analysis/export.h"
#include "fixture.h"
#include "nightly.h"
#include "tests/record/scratch.h"

TestSuite(export, .init = scratch_enter, .fini = scratch_leave);

#define FILE_1	"lab-20261122-031500.jsonl"
#define FILE_2	"lab-20261123-031500.jsonl"

static const struct nightly small = { .boots = 6, .ratio = 1.05 };

static char *export(const char *format, const char *golden)
{
	struct outcome o;
	char *text;

	nightly_write(FILE_1, &small, 1);
	o = outcome_of(cmd_export, format, FILE_1, NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	cr_assert_str_empty(o.err);
	golden_check(golden, o.out);
	text = strdup(o.out);
	outcome_free(&o);
	return text;
}

/* "Name iterations value unit [value unit]...", as the reader of benchstat takes lines apart. */
static void check_go_benchmark(const char *line)
{
	char *copy = strdup(line), *word, *end;
	size_t words = 0;

	for (word = strtok(copy, " "); word; word = strtok(NULL, " "), words++) {
		if (words == 0)
			cr_assert(isupper((unsigned char)word[strlen("Benchmark")]), "%s", line);
		else if (words == 1)
			cr_assert(strtol(word, &end, 10) >= 1 && !*end, "%s", line);
		else if (words % 2 == 0)
			cr_assert((strtod(word, &end), !*end), "no number %s in %s", word, line);
		else
			cr_assert_null(strstr(word, "\302\265"));	/* "never write µs/op" */
	}
	cr_assert(words >= 4 && words % 2 == 0, "%s", line);
	free(copy);
}

Test(export, go)
{
	char *text = export("go", "export.go.txt"), *line;
	size_t benchmarks = 0, units = 0;
	char *rest = text;

	while ((line = strsep(&rest, "\n")) && *line) {
		if (!strncmp(line, "Benchmark", 9)) {
			check_go_benchmark(line);
			benchmarks++;
		} else if (!strncmp(line, "Unit ", 5)) {
			units++;
		} else {
			/* A configuration line: its key starts in lower case, without blanks. */
			cr_assert(islower((unsigned char)*line), "%s", line);
			cr_assert_lt(strcspn(line, ":"), strcspn(line, " "), "%s", line);
		}
	}
	cr_assert_eq(benchmarks, 2 * 6);
	cr_assert_eq(units, 2);
	free(text);
}

Test(export, otava)
{
	struct outcome o;

	nightly_write(FILE_1, &small, 1);
	nightly_write(FILE_2, &small, 2);
	o = outcome_of(cmd_export, "otava", FILE_1, FILE_2, NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	golden_check("export.otava.csv", o.out);
	outcome_free(&o);
	o = outcome_of(cmd_export, "otava-config", FILE_1, FILE_2, NULL);
	cr_assert_eq(o.status, 0);
	golden_check("export.otava.yaml", o.out);
	outcome_free(&o);
}

Test(export, otava_takes_no_empty_cell_and_needs_a_date)
{
	const struct nightly more = { .metrics = 2 };
	struct outcome o;

	nightly_write(FILE_1, &small, 1);
	nightly_write(FILE_2, &more, 2);
	o = outcome_of(cmd_export, "otava", FILE_2, FILE_1, NULL);
	cr_assert_eq(o.status, 0);
	cr_assert_not_null(strstr(o.err, "1 series have no value in some file"));
	cr_assert_null(strstr(o.out, ",,"));
	cr_assert_null(strstr(o.out, "fault_ns_p50_1"));
	outcome_free(&o);
	nightly_write("undated.jsonl", &small, 2);
	o = outcome_of(cmd_export, "otava", "undated.jsonl", NULL);
	cr_assert_eq(o.status, 3);
	cr_assert_not_null(strstr(o.err, "undated.jsonl: no date in its name"));
	outcome_free(&o);
}

static struct json_object *get(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *m = NULL;

	cr_assert(json_object_object_get_ex(o, key, &m), "no %s", key);
	if (type == json_type_double && json_object_is_type(m, json_type_int))
		return m;
	cr_assert(json_object_is_type(m, type), "%s has another type", key);
	return m;
}

static struct json_object *parse(char *text)
{
	struct json_object *o = json_tokener_parse(text);

	cr_assert_not_null(o);
	free(text);
	return o;
}

/* The schema: benchmarks, of at most 1024 characters, of measures, of at most 64, of numbers. */
Test(export, bmf)
{
	struct json_object *all = parse(export("bmf", "export.bmf.json"));

	cr_assert_eq(json_object_object_length(all), 2);
	json_object_object_foreach(all, bench, measures) {
		cr_assert_leq(strlen(bench), 1024);
		json_object_object_foreach(measures, name, m) {
			double v = json_object_get_double(get(m, "value", json_type_double));

			cr_assert_leq(strlen(name), 64);
			cr_assert_leq(json_object_get_double(get(m, "lower_value",
								 json_type_double)), v);
			cr_assert_geq(json_object_get_double(get(m, "upper_value",
								 json_type_double)), v);
		}
	}
	json_object_put(all);
}

Test(export, lnt)
{
	struct json_object *all = parse(export("lnt", "export.lnt.json")), *tests;
	size_t i;

	cr_assert_str_eq(json_object_get_string(get(all, "format_version", json_type_string)),
			 "2");
	get(get(all, "machine", json_type_object), "name", json_type_string);
	get(get(all, "run", json_type_object), "start_time", json_type_string);
	get(get(all, "run", json_type_object), "llvm_project_revision", json_type_string);
	tests = get(all, "tests", json_type_array);
	cr_assert_eq(json_object_array_length(tests), 2);
	for (i = 0; i < 2; i++) {
		struct json_object *t = json_object_array_get_idx(tests, i);

		get(t, "name", json_type_string);
		cr_assert_eq(json_object_array_length(get(t, "fault_ns_p50", json_type_array)), 6);
		cr_assert_eq(json_object_array_length(get(t, "tracks_per_page", json_type_array)),
			     6);
	}
	json_object_put(all);
	free(export("lnt-suite", "export.lnt.yaml"));
}

Test(export, kcidb)
{
	struct json_object *all = parse(export("kcidb", "export.kcidb.json")), *tests, *version;
	size_t i;

	version = get(all, "version", json_type_object);
	cr_assert_eq(json_object_get_int(get(version, "major", json_type_int)), 5);
	tests = get(all, "tests", json_type_array);
	cr_assert_eq(json_object_array_length(tests), 4);
	for (i = 0; i < 4; i++) {
		struct json_object *t = json_object_array_get_idx(tests, i);
		const char *path = json_object_get_string(get(t, "path", json_type_string));

		cr_assert_eq(strncmp(json_object_get_string(get(t, "id", json_type_string)),
				     "septbench:", 10), 0);
		cr_assert_eq(strncmp(json_object_get_string(get(t, "build_id", json_type_string)),
				     "septbench:", 10), 0);
		cr_assert_eq(strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789_.-"),
			     strlen(path));
		cr_assert_str_eq(json_object_get_string(get(t, "status", json_type_string)),
				 "DONE");
		get(get(t, "number", json_type_object), "value", json_type_double);
	}
	json_object_put(all);
}

/* What TAP::Parser makes of ktap.txt; NULL if there is none here. */
static char *tap_parser(void)
{
	static const char script[] =
		"perl -MTAP::Parser -e 'my $p = TAP::Parser->new({tap => join(\"\", <>)}); $p->run; "
		"print join(\" \", \"planned\", $p->tests_planned, \"passed\", scalar $p->passed, "
		"\"failed\", scalar $p->failed, \"skipped\", scalar $p->skipped, \"errors\", "
		"scalar $p->parse_errors)' <ktap.txt >said.txt";

	if (system("perl -MTAP::Parser -e 1 2>/dev/null"))
		return NULL;
	cr_assert_eq(system(script), 0);
	return scratch_read("said.txt", NULL);
}

static void check_ktap(const char *file, const char *golden, const char *want)
{
	struct outcome o = outcome_of(cmd_export, "ktap", file, NULL);
	char *said;

	cr_assert_eq(o.status, 0, "%s", o.err);
	golden_check(golden, o.out);
	scratch_write("ktap.txt", o.out, strlen(o.out));
	outcome_free(&o);
	said = tap_parser();
	if (!said)
		cr_skip_test("no Perl with TAP::Parser here");
	cr_assert_str_eq(said, want);
	free(said);
}

Test(export, ktap)
{
	nightly_write(FILE_1, &small, 1);
	check_ktap(FILE_1, "export.ktap.txt", "planned 2 passed 1 failed 1 skipped 0 errors 0");
}

Test(export, ktap_of_what_is_undecided)
{
	const struct nightly few = { .boots = 3, .ratio = 1.05 };

	nightly_write(FILE_1, &few, 1);
	check_ktap(FILE_1, "export.ktap-few.txt", "planned 2 passed 2 failed 0 skipped 1 errors 0");
}

static void check_usage(struct outcome o, int status, const char *why)
{
	cr_assert_eq(o.status, status);
	cr_assert_not_null(strstr(o.err, why), "said: %s", o.err);
	outcome_free(&o);
}

Test(export, usage)
{
	nightly_write("r.jsonl", &small, 1);
	check_usage(outcome_of(cmd_export, NULL), 2, "give a format and a result file");
	check_usage(outcome_of(cmd_export, "go", NULL), 2, "give a result file");
	check_usage(outcome_of(cmd_export, "xml", "r.jsonl", NULL), 2, "there is no format xml");
	check_usage(outcome_of(cmd_export, "bmf", "r.jsonl", "r.jsonl", NULL), 2, "one file only");
	check_usage(outcome_of(cmd_export, "go", "absent", NULL), 2, "absent: No such file");
	check_usage(outcome_of(cmd_export, "ktap", "r.jsonl", "--base", "x", NULL), 3,
		    "KTAP needs variant x");
}

Test(export, time_comes_from_the_name)
{
	char out[32];

	cr_assert(export_time("a/lab-20261122-031500.jsonl", 'T', out));
	cr_assert_str_eq(out, "2026-11-22T03:15:00");
	cr_assert(export_time("2026-11-22.jsonl", ' ', out));
	cr_assert_str_eq(out, "2026-11-22 00:00:00");
	cr_assert_not(export_time("20261122/r.jsonl", ' ', out));
}
