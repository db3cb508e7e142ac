// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exports: golden files, and each format's own rules, after the consumers' sources: Go's as
 * benchfmt, benchunit and benchstat read it, kcidb's after its v5.3 schema, Bencher's after its
 * own. KTAP also goes through Perl's TAP::Parser, where there is a Perl with it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "analysis/analysis.h"
#include "analysis/export/export.h"
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

/* benchfmt: is it "key: value", the key in small letters without blanks? Then the text after it. */
static const char *config_value(const char *line)
{
	size_t i;

	if (!islower((unsigned char)*line))
		return NULL;
	for (i = 0; line[i] && line[i] != ':'; i++)
		if (isspace((unsigned char)line[i]) || isupper((unsigned char)line[i]))
			return NULL;
	return line[i] == ':' && (line[i + 1] == ' ' || !line[i + 1]) ? line + i + 1 : NULL;
}

/*
 * benchfmt's Name.Parts(): a minus sign and digits at the end are GOMAXPROCS, whatever was meant.
 */
static void check_go_name(const char *name)
{
	size_t len = strlen(name), digits = 0;

	cr_assert_eq(strncmp(name, "Benchmark", 9), 0);
	cr_assert(isupper((unsigned char)name[9]), "%s", name);
	while (digits < len && isdigit((unsigned char)name[len - 1 - digits]))
		digits++;
	cr_assert(!digits || name[len - 1 - digits] != '-', "%s ends as GOMAXPROCS does", name);
	cr_assert_not_null(strchr(name, '/'));
	cr_assert_eq(strncmp(strchr(name, '/'), "/variant=", 9), 0, "%s", name);
	cr_assert_not_null(strchr(strchr(name, '/') + 1, '/'), "the variant is last in %s", name);
}

/*
 * benchunit.Tidy(): words between '-', '*' and '/'; "ns" before any '/' is a time. Returns what it
 * multiplies with.
 */
static double tidy_factor(const char *unit)
{
	double factor = 1;
	size_t len;

	for (; *unit && *unit != '/'; unit += len + (unit[len] == '-' || unit[len] == '*')) {
		len = strcspn(unit, "-*/");
		if (len == 2 && !strncmp(unit, "ns", 2))
			factor /= 1e9;
	}
	return factor;
}

/* "Name iterations value unit [value unit]...". Returns how many of the units are times. */
static size_t check_go_benchmark(const char *line, const char *units)
{
	char *copy = strdup(line), *word, *end;
	size_t words = 0, times = 0;
	char said[160];

	for (word = strtok(copy, " "); word; word = strtok(NULL, " "), words++) {
		if (words == 0) {
			check_go_name(word);
		} else if (words == 1) {
			cr_assert(strtol(word, &end, 10) >= 1 && !*end, "%s", line);
		} else if (words % 2 == 0) {
			cr_assert((strtod(word, &end), !*end), "no number %s in %s", word, line);
		} else {
			cr_assert_null(strchr(word, '_'), "%s", word);
			times += tidy_factor(word) < 1;
			snprintf(said, sizeof(said), "Unit %s ", word);
			cr_assert_not_null(strstr(units, said), "nothing is said of %s", word);
		}
	}
	cr_assert(words >= 4 && words % 2 == 0, "%s", line);
	free(copy);
	return times;
}

/* Keys that differ inside one file: benchstat would put them into tables of their own. */
static void check_no_split(char *config, const char *line)
{
	const char *value = config_value(line);
	char key[64];

	snprintf(key, sizeof(key), "\n%.*s:", (int)(value - line - 1), line);
	cr_assert_null(strstr(config, key), "%s is given twice", key);
	strncat(config, "\n", 2);
	strncat(config, line, 200);
}

static void check_go(const char *whole, size_t benchmarks, size_t times)
{
	char *text = strdup(whole), *rest = text, *line, config[4096] = "";
	size_t nr = 0, found = 0;

	while ((line = strsep(&rest, "\n")) && *line) {
		if (!strncmp(line, "Benchmark", 9)) {
			found += check_go_benchmark(line, whole);
			nr++;
		} else if (!strncmp(line, "Unit ", 5)) {
			cr_assert(strstr(line, " better=lower") || strstr(line, " assume=exact"));
		} else if (config_value(line)) {
			check_no_split(config, line);
		} else {
			cr_assert_eq(*line, '#', "neither key nor note: %s", line);
		}
	}
	cr_assert_eq(nr, benchmarks);
	cr_assert_eq(found, times);
	cr_assert_not_null(strstr(config, "\nseed: "));
	cr_assert_not_null(strstr(config, "\noptions: "));
	cr_assert_null(strstr(config, "\nkernel: "));
	free(text);
}

Test(export, go)
{
	char *text = export("go", "export.go.txt");

	check_go(text, 2 * 6, 2 * 6);
	cr_assert_not_null(strstr(text, " p50-fault-ns "));
	cr_assert_not_null(strstr(text, " tracks/page\n"));
	cr_assert_not_null(strstr(text, "BenchmarkPopulate/variant=rcu-zap/vcpus=2/clock=wall 1 "));
	free(text);
}

/*
 * Nights of a history: the night is the key that tells them apart, and the only one that differs.
 */
Test(export, go_of_several_nights)
{
	const struct nightly later = { .boots = 6, .env = "{\"kernel\":\"7.3.5\"}" };
	struct outcome o;

	nightly_write(FILE_1, &small, 1);
	nightly_write(FILE_2, &later, 1);
	o = outcome_of(cmd_export, "go", FILE_1, FILE_2, NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	cr_assert_not_null(strstr(o.out, "\nnight: lab-20261122-031500\n"));
	cr_assert_not_null(strstr(o.out, "\nnight: lab-20261123-031500\n"));
	cr_assert_not_null(strstr(o.out, "\n# kernel: 7.3.5\n"));
	outcome_free(&o);
}

/* A unit is said to be exact only if it is in every case. */
Test(export, go_units_hold_for_all_cases)
{
	static const char run[] = "{\"type\":\"run\",\"schema\":1,\"version\":\"1\",\"substrate\":\"soft\","
		"\"clock\":\"count\",\"profile\":\"p\",\"seed\":1,\"flavour\":\"plain\",\"env\":{}}\n";
	static const char *const classes[] = { "exact", "bounded" };
	FILE *f = fopen("mixed.jsonl", "we");
	struct outcome o;

	fputs(run, f);
	for (int i = 0; i < 2; i++)
		fprintf(f, "{\"type\":\"block\",\"variant\":\"v-8\",\"boot\":0,\"block\":0,\"warmup\":false,"
			"\"case\":\"case%d\",\"params\":{},\"metrics\":{\"fault_p50\":{\"v\":1,\"unit\":\"insn\","
			"\"better\":\"lower\",\"class\":\"%s\",\"n\":1,\"gated\":false}},\"counters\":{},"
			"\"hists\":{},\"oracle\":null,\"valid\":true,\"invalid_reason\":\"\"}\n", i, classes[i]);
	fputs("{\"type\":\"end\",\"status\":0,\"blocks\":2}\n", f);
	fclose(f);
	o = outcome_of(cmd_export, "go", "mixed.jsonl", NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	cr_assert_not_null(strstr(o.out, "Unit p50-fault-insn better=lower\n"), "%s", o.out);
	check_go(o.out, 2, 0);
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
		cr_assert_eq(strncmp(bench, "soft/wall/plain/populate/", 25), 0, "%s", bench);
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

/* A chart would draw nights with turns and nights without as one line. */
Test(export, names_tell_turns)
{
	const struct nightly turns = { .env = "{\"kernel\":\"7.3.4\",\"turn\":1000}" };
	struct outcome o;

	nightly_write(FILE_1, &turns, 1);
	o = outcome_of(cmd_export, "bmf", FILE_1, NULL);
	cr_assert(strstr(o.out, "\"soft/wall/plain/turn=1000/populate/"), "%s", o.out);
	outcome_free(&o);
}

static const char *text_of(struct json_object *o, const char *key)
{
	return json_object_get_string(get(o, key, json_type_string));
}

/* What every object of kcidb has: an origin of small letters, and an id that begins with it. */
static void check_kcidb_object(struct json_object *o, const char *origin)
{
	const char *id = text_of(o, "id");

	cr_assert_str_eq(text_of(o, "origin"), origin);
	cr_assert_eq(strspn(origin, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(origin));
	cr_assert(!strncmp(id, origin, strlen(origin)) && id[strlen(origin)] == ':', "%s", id);
}

/* Each object of list @key refers by @ref to an object of list @to. */
static void check_kcidb_list(struct json_object *all, const char *key, size_t nr, const char *ref,
			     const char *to, const char *origin)
{
	struct json_object *list = get(all, key, json_type_array), *others;
	size_t i, j;

	cr_assert_eq(json_object_array_length(list), nr, "%s", key);
	for (i = 0; i < nr; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		check_kcidb_object(o, origin);
		if (!ref)
			continue;
		others = get(all, to, json_type_array);
		for (j = 0; j < json_object_array_length(others); j++)
			if (!strcmp(text_of(json_object_array_get_idx(others, j), "id"),
				    text_of(o, ref)))
				break;
		cr_assert_lt(j, json_object_array_length(others), "%s refers to nothing", key);
	}
}

static void check_kcidb_test(struct json_object *t)
{
	struct json_object *misc = get(get(t, "environment", json_type_object), "misc",
				       json_type_object);
	struct json_object *number = get(t, "number", json_type_object);

	cr_assert_eq(strspn(text_of(t, "path"), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789_-."), strlen(text_of(t, "path")));
	cr_assert_null(strstr(text_of(t, "path"), ".."));
	cr_assert_str_eq(text_of(t, "status"), "DONE");
	get(number, "value", json_type_double);
	cr_assert_str_eq(text_of(number, "prefix"), "metric");
	cr_assert_str_eq(text_of(misc, "substrate"), "soft");
	cr_assert_str_eq(text_of(misc, "clock"), "wall");
	cr_assert_str_eq(text_of(misc, "flavour"), "plain");
	get(misc, "seed", json_type_int);
}

Test(export, kcidb)
{
	struct json_object *all = parse(export("kcidb", "export.kcidb.json")), *version;
	struct outcome o;
	size_t i;

	version = get(all, "version", json_type_object);
	cr_assert_eq(json_object_get_int(get(version, "major", json_type_int)), 5);
	cr_assert_eq(json_object_get_int(get(version, "minor", json_type_int)), 3);
	check_kcidb_list(all, "checkouts", 2, NULL, NULL, "septbench");
	check_kcidb_list(all, "builds", 2, "checkout_id", "checkouts", "septbench");
	check_kcidb_list(all, "tests", 4, "build_id", "builds", "septbench");
	for (i = 0; i < 4; i++)
		check_kcidb_test(json_object_array_get_idx(get(all, "tests", json_type_array), i));
	json_object_put(all);
	o = outcome_of(cmd_export, "kcidb", FILE_1, "--origin", "my_ci", NULL);
	all = json_tokener_parse(o.out);
	check_kcidb_list(all, "tests", 4, "build_id", "builds", "my_ci");
	json_object_put(all);
	outcome_free(&o);
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

/* Nothing to judge is a plan of zero that is skipped, not one of nothing. */
Test(export, ktap_of_nothing)
{
	const struct nightly one = { .boots = 3 };
	struct outcome o;

	nightly_write(FILE_1, &one, 1);
	o = outcome_of(cmd_export, "ktap", FILE_1, "--base", "absent", NULL);
	cr_assert_eq(o.status, 3);
	cr_assert_str_eq(o.out, "KTAP version 1\n1..0 # SKIP no variant absent with another one "
			 "beside it\n");
	outcome_free(&o);
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
	check_usage(outcome_of(cmd_export, "otava", "r.jsonl", NULL), 2, "there is no format otava");
	check_usage(outcome_of(cmd_export, "kcidb", "r.jsonl", "--origin", "My CI", NULL), 2,
		    "--origin is of small letters");
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
