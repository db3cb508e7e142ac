// SPDX-License-Identifier: GPL-2.0-or-later
/* The verb `gate` over made-up nights, and its arithmetic. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "analysis/analysis.h"
#include "analysis/history/judge.h"
#include "analysis/history/trend.h"
#include "fixture.h"
#include "nightly.h"
#include "tests/record/scratch.h"

TestSuite(gate, .init = scratch_enter, .fini = scratch_leave);

static const struct nightly calm;
static const struct nightly slower = { .ratio = 1.05 };

static void night_path(char path[64], unsigned int night)
{
	snprintf(path, 64, "store/2026-%02u-%02u.jsonl", 1 + night / 28, 1 + night % 28);
}

static void write_night(unsigned int night, const struct nightly *n)
{
	char path[64];

	night_path(path, night);
	nightly_write(path, n, 1000 + night);
}

/* Nights [0, nr) without a change. */
static void write_store(unsigned int nr)
{
	unsigned int i;

	mkdir("store", 0777);
	for (i = 0; i < nr; i++)
		write_night(i, &calm);
}

static void accept_key(const char *file, const char *key)
{
	struct outcome o = outcome_of(cmd_gate, file, "--baseline", "base.json", "--accept", key,
				      "--reason", "known", NULL);

	cr_assert_eq(o.status, 0, "%s", o.err);
	outcome_free(&o);
}

static void make_baseline(void)
{
	nightly_write("first.jsonl", &calm, 1);
	accept_key("first.jsonl", "*");
}

static struct outcome gate(const char *file, const char *second)
{
	if (second)
		return outcome_of(cmd_gate, file, second, "--store", "store", "--baseline",
				  "base.json", NULL);
	return outcome_of(cmd_gate, file, "--store", "store", "--baseline", "base.json", NULL);
}

static void check(struct outcome o, int status, const char *out, const char *err)
{
	cr_assert_eq(o.status, status, "status %d\n%s%s", o.status, o.out, o.err);
	cr_assert_not_null(strstr(o.out, out), "no \"%s\" in\n%s", out, o.out);
	if (*err)
		cr_assert_not_null(strstr(o.err, err), "no \"%s\" in\n%s", err, o.err);
	else
		cr_assert_str_empty(o.err);
	outcome_free(&o);
}

Test(gate, a_night_without_a_change_passes)
{
	write_store(30);
	make_baseline();
	nightly_write("tonight.jsonl", &calm, 7);
	check(gate("tonight.jsonl", NULL), 0, "exact, gated: 2 as agreed on, 0 small, 0 regressed", "");
}

Test(gate, an_alert_must_show_again)
{
	write_store(30);
	make_baseline();
	nightly_write("tonight.jsonl", &slower, 7);
	nightly_write("again.jsonl", &slower, 8);
	nightly_write("calm.jsonl", &calm, 9);
	check(gate("tonight.jsonl", NULL), 3, "to be confirmed by a second run", "");
	check(gate("tonight.jsonl", "again.jsonl"), 1, "shown again: regressed", "");
	check(gate("tonight.jsonl", "calm.jsonl"), 0, "the second run does not show it", "");
}

Test(gate, an_improvement_is_no_alert)
{
	const struct nightly faster = { .ratio = 0.95 };

	write_store(30);
	make_baseline();
	nightly_write("tonight.jsonl", &faster, 7);
	check(gate("tonight.jsonl", NULL), 0, "1 fine", "");
}

Test(gate, a_metric_that_is_not_gated_is_advice)
{
	const struct nightly n = { .ratio = 1.05, .ungated = true }, past = { .ungated = true };
	unsigned int i;

	write_store(0);
	for (i = 0; i < 30; i++)
		write_night(i, &past);
	make_baseline();
	nightly_write("tonight.jsonl", &n, 7);
	nightly_write("again.jsonl", &n, 8);
	check(gate("tonight.jsonl", "again.jsonl"), 0, "shown again; advice only", "");
}

Test(gate, a_short_past_gives_advice_only)
{
	write_store(10);
	make_baseline();
	nightly_write("tonight.jsonl", &slower, 7);
	check(gate("tonight.jsonl", NULL), 0, "advice only", "");
}

/* Tonight is night 30 in the store; it and those up to @last are slower, and it is accepted. */
static void accept_step(unsigned int last)
{
	char path[64];
	unsigned int i;

	write_store(30);
	make_baseline();
	for (i = 30; i <= last; i++)
		write_night(i, &slower);
	night_path(path, 30);
	accept_key(path, NIGHTLY_RATIO);
}

Test(gate, an_accepted_change_stays_accepted)
{
	char path[64];
	unsigned int night;

	accept_step(45);
	for (night = 30; night <= 45; night += 3) {
		night_path(path, night);
		check(gate(path, NULL), 0, "gated and not accepted: 0", "");
	}
}

Test(gate, a_second_change_after_an_accepted_one_is_seen)
{
	const struct nightly slower_still = { .ratio = 1.05 * 1.05 };

	accept_step(33);
	nightly_write("tonight.jsonl", &slower_still, 7);
	nightly_write("again.jsonl", &slower_still, 8);
	check(gate("tonight.jsonl", "again.jsonl"), 1, "shown again: regressed", "");
}

Test(gate, a_change_that_nobody_accepts_does_not_become_the_level)
{
	char path[64];
	unsigned int i;

	write_store(30);
	make_baseline();
	for (i = 30; i < 75; i++)
		write_night(i, &slower);
	nightly_write("again.jsonl", &slower, 8);
	night_path(path, 31);
	check(gate(path, "again.jsonl"), 1, "not accepted: 1", "");
	night_path(path, 74);
	check(gate(path, "again.jsonl"), 1, "shown again: regressed", "");
}

static void check_exact(double tracks, int status, const char *says)
{
	const struct nightly n = { .tracks = tracks };

	nightly_write("tonight.jsonl", &n, 7);
	check(gate("tonight.jsonl", NULL), status, says, "");
}

Test(gate, exact_metrics_must_equal_the_baseline)
{
	char *text;

	write_store(3);
	make_baseline();
	check_exact(1, 0, "0 regressed");
	check_exact(2, 1, "1 -> 2 1/page (+100.0%), regressed; agreed on: known");
	check_exact(0.5, 0, "1 -> 0.5 1/page (-50.0%), improved; agreed on: known");
	accept_key("tonight.jsonl", NIGHTLY_EXACT);
	check_exact(0.5, 0, "2 as agreed on");
	check_exact(1, 1, "0.5 -> 1 1/page");
	text = scratch_read("base.json", NULL);
	golden_check("gate-baseline.json", text);
	free(text);
}

/* Steps of half a percent: each below the threshold, against what was agreed on not for long. */
Test(gate, small_steps_add_up)
{
	char path[64];
	unsigned int i;

	write_store(3);
	make_baseline();
	check_exact(1.006, 0, "1 -> 1.006 1/page (+0.60%), small");
	check_exact(0.994, 0, "(-0.60%), small");
	for (i = 3; i < 6; i++) {
		const struct nightly n = { .tracks = 1 + 0.004 * (i - 2) };

		write_night(i, &n);
	}
	night_path(path, 4);
	check(gate(path, NULL), 0, "1 -> 1.008 1/page (+0.80%), small", "");
	night_path(path, 5);
	check(gate(path, NULL), 1, "1 -> 1.012 1/page (+1.20%), regressed; agreed on: known\n"
	      "    since this night, last night 1.008;", "");
	check_exact(1.02, 1, "since night 2026-01-06 (2 nights), last night 1.012");
	nightly_write("tonight.jsonl", &(struct nightly){ .tracks = 1.006 }, 7);
	check(outcome_of(cmd_gate, "tonight.jsonl", "--store", "store", "--baseline", "base.json",
			 "--strict", NULL), 1, "(+0.60%), regressed", "");
}

/* What is invalid decides nothing, and hides nothing. */
Test(gate, an_invalid_block_and_a_complaint_are_said)
{
	const struct nightly invalid = { .invalid = true }, complains = { .complaints = 2 },
			     both = { .invalid = true, .tracks = 2 };

	write_store(30);
	make_baseline();
	nightly_write("tonight.jsonl", &invalid, 7);
	check(gate("tonight.jsonl", NULL), 3,
	      "NOT DECIDED: 1 invalid block of rcu-zap (oracle: planted)\n", "");
	nightly_write("tonight.jsonl", &complains, 7);
	check(gate("tonight.jsonl", NULL), 3, "NOT DECIDED: boot 0 of rcu-zap: status 0, 2 complaints",
	      "");
	nightly_write("tonight.jsonl", &both, 7);
	check(gate("tonight.jsonl", NULL), 1, "REGRESSED: 1 rows, worst populate rcu-zap "
	      "tracks_per_page +100.0% (besides: 1 invalid block", "");
}

#define ENV(kernel, patch)                                                                        \
	"{\"kernel\":\"" kernel "\",\"compiler\":\"gcc 12\",\"options\":\"--cases=populate "           \
	"--vcpus=2 --blocks=2 --clock=wall\",\"variants\":{\"rcu-zap\":{\"patch\":\"" patch "\"}}}"

/* The morning after: since when, what else changed, and the command that finds it. */
Test(gate, a_regression_says_what_changed_with_it)
{
	const struct nightly before = { .env = ENV("7.3.4", "aa") },
			     patched = { .env = ENV("7.3.4", "bb"), .tracks = 2 },
			     kernel = { .env = ENV("7.3.5", "aa"), .tracks = 2 };
	unsigned int i;

	write_store(0);
	for (i = 0; i < 3; i++)
		write_night(i, &before);
	make_baseline();
	nightly_write("tonight.jsonl", &patched, 7);
	check(gate("tonight.jsonl", NULL), 1, "    with it: patches of rcu-zap aa -> bb\n"
	      "    find it: septbench bisect --series rcu-zap --case populate --metric tracks_per_page "
	      "--blocks=2 --clock=wall --vcpus=2\n", "");
	nightly_write("tonight.jsonl", &kernel, 7);
	check(outcome_of(cmd_gate, "tonight.jsonl", "--store", "store", "--baseline", "base.json",
			 "--kernel", "/k", NULL), 1, "    with it: kernel 7.3.4 -> 7.3.5\n"
	      "    find it: septbench bisect --kernel /k --good v7.3.4 --bad v7.3.5 --variant rcu-zap", "");
}

/* Times of the base of clock wall: no patch is in them. */
Test(gate, a_host_that_changed_is_said_once)
{
	const struct nightly past = { .metrics = 8 },
			     slow = { .metrics = 8, .host = 1.5, .ratio = 1.05 },
			     drift = { .metrics = 8, .host = 1.1 };
	struct outcome o;
	unsigned int i;

	write_store(0);
	for (i = 0; i < 30; i++)
		write_night(i, &past);
	make_baseline();
	nightly_write("again.jsonl", &slow, 29);
	nightly_write("tonight.jsonl", &slow, 1029);
	o = outcome_of(cmd_gate, "tonight.jsonl", "again.jsonl", "--store", "store", "--baseline",
		       "base.json", NULL);
	cr_assert_null(strstr(o.out, "\n! "), "%s", o.out);
	check(o, 3, "? the host changed: 8 of 8 times of freeze are about 1.5", "");
	nightly_write("tonight.jsonl", &drift, 1029);
	o = gate("tonight.jsonl", NULL);
	cr_assert_null(strstr(o.out, "host changed"), "%s", o.out);
	outcome_free(&o);
}

Test(gate, json_has_every_row)
{
	struct json_object *all, *rows;
	struct outcome o;

	write_store(3);
	make_baseline();
	nightly_write("tonight.jsonl", &(struct nightly){ .tracks = 2 }, 7);
	o = outcome_of(cmd_gate, "tonight.jsonl", "--store", "store", "--baseline", "base.json",
		       "--json", "gate.json", NULL);
	cr_assert_eq(o.status, 1);
	outcome_free(&o);
	all = json_object_from_file("gate.json");
	cr_assert(json_object_object_get_ex(all, "rows", &rows));
	cr_assert_eq(json_object_array_length(rows), 3);
	cr_assert_not_null(strstr(json_object_to_json_string(rows), "\"verdict\": \"regressed\""));
	json_object_put(all);
}

Test(gate, an_exact_metric_that_does_not_repeat_decides_nothing)
{
	const struct nightly unsteady = { .boots = 10, .unsteady = true }, other = { .tracks = 2 };

	write_store(3);
	make_baseline();
	nightly_write("tonight.jsonl", &unsteady, 7);
	check(gate("tonight.jsonl", NULL), 3, "does not repeat: 1 .. 2 1/page", "");
	nightly_write("tonight.jsonl", &calm, 7);
	nightly_write("again.jsonl", &other, 8);
	check(gate("tonight.jsonl", "again.jsonl"), 3, "does not repeat", "");
}

#define EXITS	"soft/count/all-zero/plain/seed=1/zap-vs-fault/vcpus=2/freeze/exits_per_fault"

/*
 * A night of clock count with two metrics that are bounded and do not gate by themselves, and an
 * env of @env.
 */
static void write_count(const char *path, double exits, const char *env)
{
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	fprintf(f, "{\"type\":\"run\",\"schema\":1,\"version\":\"1\",\"substrate\":\"soft\","
		"\"clock\":\"count\",\"profile\":\"all-zero\",\"seed\":1,\"flavour\":\"plain\","
		"\"env\":{%s}}\n", env);
	fprintf(f, "{\"type\":\"block\",\"variant\":\"freeze\",\"boot\":0,\"block\":0,"
		"\"warmup\":false,\"case\":\"zap-vs-fault\",\"params\":{\"vcpus\":2},\"metrics\":{"
		"\"exits_per_fault\":{\"v\":%g,\"unit\":\"1/fault\",\"better\":\"lower\","
		"\"class\":\"bounded\",\"n\":1,\"gated\":false},"
		"\"fault_insn_max\":{\"v\":%g,\"unit\":\"insn\",\"better\":\"lower\","
		"\"class\":\"bounded\",\"n\":1,\"gated\":false}},\"counters\":{},"
		"\"hists\":{},\"oracle\":null,\"valid\":true,\"invalid_reason\":\"\"}\n",
		exits, 1e6 * exits);
	fputs("{\"type\":\"end\",\"status\":0,\"blocks\":1}\n", f);
	cr_assert_eq(fclose(f), 0);
}

static void write_bounded(const char *path, double exits)
{
	write_count(path, exits, "");
}

static struct outcome accept_within(const char *within)
{
	return outcome_of(cmd_gate, "first.jsonl", "--baseline", "base.json", "--accept", EXITS,
			  "--reason", "known", "--within", within, NULL);
}

/*
 * What moves with the layout of a build gates from the first night on, at the distance agreed on.
 */
Test(gate, a_bounded_count_gates_within_what_was_agreed_on)
{
	mkdir("store", 0777);
	write_bounded("first.jsonl", 0.5);
	check(accept_within("10%"), 0, EXITS ": new -> 0.5", "");
	write_bounded("tonight.jsonl", 0.549);
	check(gate("tonight.jsonl", NULL), 0, "1 as agreed on", "");
	write_bounded("tonight.jsonl", 0.551);
	check(gate("tonight.jsonl", NULL), 1, "regressed; agreed on: known\n    since this night; from 10.0% on", "");
	write_bounded("again.jsonl", 0.56);
	check(gate("tonight.jsonl", "again.jsonl"), 1, "1 regressed", "");
	write_bounded("again.jsonl", 0.7);
	check(gate("tonight.jsonl", "again.jsonl"), 3, "does not repeat", "");
	write_bounded("tonight.jsonl", 0.449);
	check(gate("tonight.jsonl", NULL), 0, "improved; agreed on", "");
	write_bounded("first.jsonl", 0.45);
	accept_key("first.jsonl", "*");
	check(gate("tonight.jsonl", NULL), 0, "1 as agreed on", "");
}

#define TURN_EXITS	"soft/count/all-zero/plain/turn=1000/seed=1/zap-vs-fault/vcpus=2/freeze/exits_per_fault"

/*
 * As compare refuses other turns: what was agreed on without them says nothing of a night with
 * them, is not missing there, and the other way round.
 */
Test(gate, turns_are_a_world_of_their_own)
{
	mkdir("store", 0777);
	write_bounded("store/2026-01-01.jsonl", 0.5);
	write_bounded("first.jsonl", 0.5);
	check(accept_within("10%"), 0, EXITS ": new -> 0.5", "");
	write_count("tonight.jsonl", 0.7, "\"turn\":1000");
	check(gate("tonight.jsonl", NULL), 0, "0 new, 0 missing", "");
	check(outcome_of(cmd_gate, "tonight.jsonl", "--baseline", "base.json", "--accept", TURN_EXITS,
			 "--reason", "known", "--within", "10%", NULL), 0,
	      TURN_EXITS ": new -> 0.7", "");
	check(gate("tonight.jsonl", NULL), 0, "1 as agreed on", "");
	check(gate("first.jsonl", NULL), 0, "1 as agreed on", "");
	write_count("tonight.jsonl", 0.7, "\"turn\":2000");
	check(gate("tonight.jsonl", NULL), 0, "0 new, 0 missing", "");
	write_count("tonight.jsonl", 0.9, "\"turn\":1000");
	check(gate("tonight.jsonl", NULL), 1, "1 regressed", "");
}

Test(gate, a_distance_must_be_one)
{
	write_bounded("first.jsonl", 0.5);
	check(accept_within("much"), 2, "", "--within wants --accept and a percentage");
	check(accept_within("0"), 2, "", "--within wants");
	check(accept_within("5x"), 2, "", "--within wants");
	check(accept_within("100"), 2, "", "--within wants");
	cr_assert(access("base.json", F_OK));
}

Test(gate, baselines_that_are_not_there)
{
	write_store(3);
	nightly_write("tonight.jsonl", &calm, 7);
	check(outcome_of(cmd_gate, "tonight.jsonl", "--store", "store", NULL), 3,
	      "held against nothing", "");
	check(gate("tonight.jsonl", NULL), 3, "", "base.json: No such file");
	scratch_write("base.json", "{}", 2);
	check(gate("tonight.jsonl", NULL), 3, "", "base.json: lacks, or has wrong");
	scratch_write("base.json", "[", 1);
	check(gate("tonight.jsonl", NULL), 3, "", "base.json: not JSON");
}

#define ENTRY(within)                                                                             \
	"{\"value\":1,\"within\":" within ",\"night\":\"n\",\"reason\":\"r\",\"commit\":\"c\"}"

/* Two people's changes, merged: a key is there twice, and nobody knows which was agreed on. */
Test(gate, baselines_that_cannot_be_meant)
{
	static const char *const text[][2] = {
		{ "{\"septbench_baseline\":1,\"accepted\":{},\"exact\":{\"k\":" ENTRY("0") ",\"k\":"
		  ENTRY("0") "}}", "key \"k\" stands twice" },
		{ "{\"septbench_baseline\":1,\"accepted\":{},\"exact\":{\"k\":" ENTRY("Infinity") "}}",
		  "has wrong: k" },
		{ "{\"septbench_baseline\":1,\"accepted\":{},\"exact\":{\"k\\u001b[2J\":0}}",
		  "control characters" },
	};

	write_store(3);
	nightly_write("tonight.jsonl", &calm, 7);
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		scratch_write("base.json", text[i][0], strlen(text[i][0]));
		check(gate("tonight.jsonl", NULL), 3, "", text[i][1]);
	}
}

Test(gate, what_the_baseline_has_and_tonight_has_not)
{
	static const char text[] =
		"{\"septbench_baseline\":1,\"accepted\":{},\"exact\":{"
		"\"soft/wall/all-zero/plain/gone/x\":{\"value\":1,\"night\":\"n\",\"reason\":\"r\","
		"\"commit\":\"c\"},\"tdx/wall/none/host/other/x\":{\"value\":1,\"night\":\"n\","
		"\"reason\":\"r\",\"commit\":\"c\"}}}";

	write_store(3);
	scratch_write("base.json", text, strlen(text));
	nightly_write("first.jsonl", &calm, 1);
	accept_key("first.jsonl", "*");
	/* The other substrate is another night's business. */
	check(gate("first.jsonl", NULL), 3, "\n    0 new, 1 missing", "");
}

#define OLD_KEY	"soft/count/all-zero/plain/seed=1/populate/vcpus=2/freeze/fault_insn_p50"

static void write_fault(const char *path, int schema, const char *name, const char *parts)
{
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	fprintf(f, "{\"type\":\"run\",\"schema\":%d,\"version\":\"1\",\"substrate\":\"soft\","
		"\"clock\":\"count\",\"profile\":\"all-zero\",\"seed\":1,\"flavour\":\"plain\","
		"\"env\":{}}\n", schema);
	fprintf(f, "{\"type\":\"block\",\"variant\":\"freeze\",\"boot\":0,\"block\":0,"
		"\"warmup\":false,\"case\":\"populate\",\"params\":{\"vcpus\":2},\"metrics\":{"
		"\"%s\":{\"v\":7197,\"unit\":\"insn\",\"better\":\"lower\",\"class\":\"exact\",\"n\":1,"
		"\"gated\":true%s}},\"counters\":{},\"hists\":{},\"oracle\":null,\"valid\":true,"
		"\"invalid_reason\":\"\"}\n{\"type\":\"end\",\"status\":0,\"blocks\":1}\n", name, parts);
	cr_assert_eq(fclose(f), 0);
}

/* Nights and baselines of schema 1 go on; a whole is never held against the kernel's part. */
Test(gate, old_names_are_today_s_and_wholes_are_no_parts)
{
	static const char old[] = "{\"septbench_baseline\":1,\"accepted\":{},\"exact\":{\"" OLD_KEY "\":"
		"{\"value\":7197,\"night\":\"n\",\"reason\":\"r\",\"commit\":\"c\"}}}";

	mkdir("store", 0777);
	scratch_write("base.json", old, strlen(old));
	write_fault("store/2026-01-01.jsonl", 1, "fault_insn_p50", "");
	write_fault("tonight.jsonl", 2, "fault_p50", "");
	check(gate("tonight.jsonl", NULL), 0, "1 as agreed on", "");
	write_fault("tonight.jsonl", 2, "fault_p50", ",\"parts\":{\"module\":2500,\"waiting\":0}");
	check(gate("tonight.jsonl", NULL), 3, "7197 insn is the kernel's part; what was agreed on is the "
	      "whole", "");
	accept_key("tonight.jsonl", "*");
	check(gate("tonight.jsonl", NULL), 0, "1 as agreed on", "");
}

static void truncate_file(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(truncate(path, st.st_size - 100), 0);
}

Test(gate, a_truncated_night_of_the_past_is_named_and_left_out)
{
	char path[64];

	write_store(30);
	make_baseline();
	night_path(path, 12);
	truncate_file(path);
	nightly_write("tonight.jsonl", &calm, 7);
	check(gate("tonight.jsonl", NULL), 0, "nights before: 29",
	      "store/2026-01-13.jsonl: not sound; left out");
}

Test(gate, a_truncated_tonight_decides_nothing_but_shows_what_it_has)
{
	write_store(30);
	make_baseline();
	nightly_write("tonight.jsonl", &calm, 7);
	truncate_file("tonight.jsonl");
	check(gate("tonight.jsonl", NULL), 3, "2 as agreed on", "tonight.jsonl");
}

Test(gate, a_variant_that_differs_from_itself_makes_the_night_invalid)
{
	const struct nightly good = { .aa = 1 }, bad = { .aa = 1.1 };

	write_store(30);
	make_baseline();
	nightly_write("tonight.jsonl", &good, 7);
	check(gate("tonight.jsonl", NULL), 0, "1 fine", "");
	nightly_write("tonight.jsonl", &bad, 7);
	check(gate("tonight.jsonl", NULL), 3, "NOT DECIDED", "freeze differs from itself");
}

Test(gate, too_few_boots_are_said)
{
	const struct nightly few = { .boots = 3 };

	write_store(30);
	make_baseline();
	nightly_write("tonight.jsonl", &few, 7);
	check(gate("tonight.jsonl", NULL), 3, "too few boots to judge", "");
}

/* With 6 boots no p is below 0.0022: among 30 metrics, Holm wants 0.0017 of the first. */
Test(gate, too_few_boots_for_so_many_metrics)
{
	const struct nightly one = { .boots = 6 }, many = { .boots = 6, .metrics = 30 };
	unsigned int i;

	write_store(0);
	for (i = 0; i < 30; i++)
		write_night(i, &many);
	make_baseline();
	nightly_write("tonight.jsonl", &one, 7);
	check(gate("tonight.jsonl", NULL), 0, "1 fine", "");
	nightly_write("tonight.jsonl", &many, 7);
	check(gate("tonight.jsonl", NULL), 3, "30 with too few boots", "");
}

static void check_usage(struct outcome o, const char *why)
{
	check(o, 2, "", why);
}

Test(gate, usage)
{
	nightly_write("t.jsonl", &calm, 7);
	check_usage(outcome_of(cmd_gate, NULL), "give tonight's result file");
	check_usage(outcome_of(cmd_gate, "t.jsonl", NULL), "give --store");
	check_usage(outcome_of(cmd_gate, "t.jsonl", "--store", "absent", NULL), "no such folder");
	check_usage(outcome_of(cmd_gate, "absent", "--store", ".", NULL), "absent: No such file");
	check_usage(outcome_of(cmd_gate, "t.jsonl", "--accept", "*", NULL), "wants --baseline");
	check_usage(outcome_of(cmd_gate, "t.jsonl", "--accept", "*", "--baseline", "b", NULL),
		    "wants --reason");
	check_usage(outcome_of(cmd_gate, "t.jsonl", "--accept", "no*", "--baseline", "b",
			       "--reason", "r", NULL), "has the key no*");
	check_usage(outcome_of(cmd_gate, "a", "b", "c", NULL), "unexpected argument \"c\"");
	check_usage(outcome_of(cmd_gate, "--frobnicate", NULL), "unknown option --frobnicate");
}

/* By hand: median 1.00, changes 0.01 0.02 0.01 0.01 relative to the value before. */
Test(gate, level_and_floor_by_hand)
{
	const double v[] = { 1.00, 1.01, NAN, 0.99, 1.00, 1.01 };
	double a[] = { 1.01 / 1.00 - 1, 1 - 0.99 / 1.01, 1.00 / 0.99 - 1, 1.01 / 1.00 - 1 };
	struct gate_level l;
	double q1, q3;

	cr_assert_eq(gate_level(v, 6, NULL, 0, RECORD_LOWER, &l), 0);
	cr_assert_eq(l.nights, 5);
	cr_assert_float_eq(l.level, 1.00, 1e-12);
	cr_assert_float_eq(l.mad, 0.01, 1e-12);
	/* Sorted: 0.01, 0.01, 0.0101.., 0.0198..; quartiles at 0.75 and 2.25. */
	q1 = a[0];
	q3 = a[2] + 0.25 * (a[1] - a[2]);
	cr_assert_float_eq(l.floor, q3 + 3 * (q3 - q1), 1e-12);
}

Test(gate, an_accepted_change_keeps_the_spread)
{
	double v[40];
	const struct gate_ack ack = { .at = 30, .value = 1.2 };
	struct gate_level before, after;
	uint64_t state = 5;
	int i;

	for (i = 0; i < 40; i++)
		v[i] = (i < 30 ? 1 : 1.2) * (1 + 0.01 * nightly_normal(&state));
	cr_assert_eq(gate_level(v, 30, NULL, 0, RECORD_LOWER, &before), 0);
	cr_assert_eq(gate_level(v, 33, &ack, 1, RECORD_LOWER, &after), 0);
	cr_assert_float_eq(before.level, 1, 0.01);
	cr_assert_float_eq(after.level, 1.2, 0.02);
	cr_assert_eq(after.nights, 30);
	cr_assert_gt(after.mad, 0.3 * before.mad);
	cr_assert_lt(after.mad, 3 * before.mad);
	cr_assert_lt(after.floor, 0.15, "the step itself is no noise: %g", after.floor);
}

/* What one simulated night of one metric comes to. */
static enum gate_outcome simulate(const struct gate_level *l, double ratio, double sd,
				  uint64_t *state, double *r)
{
	double x[10], y[10];
	struct summary base = { .n = 10, .sample = x }, tonight = { .n = 10, .sample = y };
	struct gate_judgement j;
	int i;

	for (i = 0; i < 10; i++) {
		x[i] = exp(sd * nightly_normal(state));
		y[i] = ratio * exp(sd * nightly_normal(state));
	}
	cr_assert_eq(gate_judge(l, RECORD_LOWER, &base, &tonight, DATASET_ALPHA, &j), 0);
	*r = j.ratio;
	return j.outcome;
}

struct rates {
	unsigned int nights, tier1, confirmed, tier2;
};

/*
 * 30 nights of past, then one night of @ratio, @series times. Tier 2: a change point in the last
 * ten nights of the 31.
 */
static struct rates simulate_nights(double ratio, double sd, unsigned int series, uint64_t seed)
{
	const struct gate_level none = { .level = 1 };
	struct rates n = { .nights = series };
	uint64_t state = seed;
	struct gate_level l;
	struct trend_change *c;
	double v[31], again;
	size_t nr, k;
	unsigned int s, i;

	for (s = 0; s < series; s++) {
		bool alert;

		for (i = 0; i < 30; i++)
			simulate(&none, 1, sd, &state, &v[i]);
		cr_assert_eq(gate_level(v, 30, NULL, 0, RECORD_LOWER, &l), 0);
		alert = simulate(&l, ratio, sd, &state, &v[30]) == GATE_ALERT;
		n.tier1 += alert;
		n.confirmed += alert && simulate(&l, ratio, sd, &state, &again) == GATE_ALERT;
		cr_assert_eq(trend_find(v, 31, 0.01, &c, &nr), 0);
		for (k = 0; k < nr && !(c[k].at + 10 >= 31 && c[k].after > c[k].before); k++)
			;
		n.tier2 += k < nr;
		free(c);
	}
	return n;
}

static struct rates say_rates(double ratio, double sd, unsigned int series, uint64_t seed)
{
	struct rates n = simulate_nights(ratio, sd, series, seed);

	fprintf(stderr,
		"gate simulation, 10 boots, boot sd %g%%, ratio %g, %u series-nights, seed %llu: "
		"alert %.2f%%, confirmed %.2f%%, change point %.2f%%\n",
		100 * sd, ratio, n.nights, (unsigned long long)seed,
		100.0 * n.tier1 / n.nights, 100.0 * n.confirmed / n.nights,
		100.0 * n.tier2 / n.nights);
	return n;
}

Test(gate, simulated_false_alarms_and_detection)
{
	struct rates n = say_rates(1, 0.02, 4000, 11);

	cr_assert_leq(n.tier1, 20, "more than 0.5%% of the nights alert");
	cr_assert_leq(n.confirmed, 2);
	cr_assert_leq(n.tier2, 40);
	n = say_rates(1, 0.005, 4000, 12);
	cr_assert_leq(n.tier1, 20);
	n = say_rates(1.05, 0.005, 500, 13);
	cr_assert_geq(n.confirmed, 475, "+5%% is to be found in 95%% of the nights");
	say_rates(1.05, 0.01, 500, 14);
	say_rates(1.05, 0.02, 500, 15);
	say_rates(1.10, 0.02, 500, 16);
}
