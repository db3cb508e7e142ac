// SPDX-License-Identifier: GPL-2.0-or-later
/* The verb `explain`: tables and pictures as they must look, and what is refused. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "analysis/analysis.h"
#include "fixture.h"
#include "record/record.h"
#include "tests/record/scratch.h"

TestSuite(explain, .init = scratch_enter, .fini = scratch_leave);

#define UNITS	10

/* Stacks of one block of UNITS pages, by the path and all instructions. */
static const char base_stacks[] =
	"[\"entry;zap`kvm\",1000],[\"entry;zap`kvm;track`kvm_intel\",2000],"
	"[\"entry;zap`kvm;track`kvm_intel;kick`kvm\",500],[\"entry;zap`kvm;walk`kvm\",300],"
	"[\"entry;zap`kvm;walk`kvm;walk`kvm\",100]";
#define BASE_INSNS	3900
static const char other_stacks[] =
	"[\"entry;zap`kvm\",1000],[\"entry;zap`kvm;flush<all>`kvm_intel\",250],"
	"[\"entry;zap`kvm;flush<all>`kvm_intel;track`kvm_intel\",200],"
	"[\"entry;zap`kvm;flush<all>`kvm_intel;track`kvm_intel;kick`kvm\",50],[\"entry;zap`kvm;walk`kvm\",300],"
	"[\"entry;zap`kvm;walk`kvm;walk`kvm\",100]";
#define OTHER_INSNS	1900

static void add_block(struct record_writer *w, const char *variant, unsigned int timed)
{
	struct record_builder *b = record_builder_new(variant, "zap", 0, 1, false);

	record_builder_param_int(b, "pages", UNITS);
	record_builder_metric(b, "zap_insn_per_page", (double)timed / UNITS, "insn/page",
			      RECORD_LOWER, RECORD_BOUNDED, false, UNITS);
	record_builder_counter(b, "timed.insn", timed);
	record_builder_counter(b, "timed.units", UNITS);
	cr_assert_eq(record_builder_finish(b, w), 0);
}

/* Under the variant "freeze" and, if it is not NULL, @other. @turn: 0 for the emulator's own. */
static void write_run(const char *path, const char *other, int turn)
{
	struct json_object *env = json_object_new_object();
	const struct record_run run = { .version = "0.1",
					.substrate = "soft",
					.clock = "count",
					.profile = "all-zero",
					.flavour = "plain",
					.seed = 1,
					.env = env };
	struct record_writer *w;

	if (turn)
		json_object_object_add(env, "turn", json_object_new_int(turn));
	cr_assert_eq(record_open_append(path, &w), 0);
	cr_assert_eq(record_write_run(w, &run), 0);
	/*
	 * The guest's clock missed an instruction of the base, and skipped idle time in the other.
	 */
	add_block(w, "freeze", BASE_INSNS - 1);
	if (other)
		add_block(w, other, OTHER_INSNS + 40);
	cr_assert_eq(record_write_end(w, 0), 0);
	cr_assert_eq(record_close(w), 0);
	json_object_put(env);
}

static void write_result(const char *path)
{
	write_run(path, "freeze-batched", 0);
}

static void put_code(FILE *f, const char *variant, unsigned int timed, unsigned int insns,
		     const char *stacks)
{
	fprintf(f,
		"{\"type\":\"code-block\",\"variant\":\"%s\",\"case\":\"zap\",\"params\":{\"pages\":%d},"
		"\"boot\":0,\"block\":1,\"units\":%d,\"timed\":%u,\"insns\":%u,\"stacks\":[%s]}\n",
		variant, UNITS, UNITS, timed, insns, stacks);
}

static void write_code(unsigned int base_timed, unsigned int base_insns)
{
	FILE *f = fopen("r.jsonl.code", "we");

	cr_assert(f);
	fputs("{\"type\":\"code\",\"schema\":1,\"version\":\"0.1\"}\n", f);
	put_code(f, "freeze", base_timed, base_insns, base_stacks);
	put_code(f, "freeze-batched", OTHER_INSNS + 40, OTHER_INSNS, other_stacks);
	fclose(f);
}

static void write_both(void)
{
	write_result("r.jsonl");
	write_code(BASE_INSNS - 1, BASE_INSNS);
}

static void check_golden(const char *format, const char *name)
{
	struct outcome o;

	write_both();
	o = outcome_of(cmd_explain, "r.jsonl", "--format", format, NULL);
	cr_assert_eq(o.status, 0, "status %d: %s", o.status, o.err);
	cr_assert_str_empty(o.err);
	golden_check(name, o.out);
	outcome_free(&o);
}

Test(explain, text)
{
	check_golden("text", "explain.txt");
}

Test(explain, markdown)
{
	check_golden("md", "explain.md");
}

Test(explain, json)
{
	check_golden("json", "explain.json");
}

/* The head of `explain.txt` and `explain.json` with turns: their goldens have none. */
static void check_turns(const char *format, const char *said)
{
	struct outcome o = outcome_of(cmd_explain, "r.jsonl", "--format", format, NULL);

	cr_assert_eq(o.status, 0, "status %d: %s", o.status, o.err);
	cr_assert(strstr(o.out, said), "%s", o.out);
	outcome_free(&o);
}

Test(explain, says_how_long_turns_are)
{
	write_run("r.jsonl", "freeze-batched", 1000);
	write_code(BASE_INSNS - 1, BASE_INSNS);
	check_turns("text", "\nsubstrate soft, clock count, turns of 1000, plain kernel\n");
	check_turns("json", "\"turn\":1000,");
}

Test(explain, flame_graphs)
{
	struct outcome o;
	char *svg;

	write_both();
	o = outcome_of(cmd_explain, "r.jsonl", "-o", "pictures", NULL);
	cr_assert_eq(o.status, 0);
	svg = scratch_read("pictures/zap-freeze-batched.svg", NULL);
	golden_check("explain.svg", svg);
	cr_assert_null(strstr(svg, "<script"));
	cr_assert_null(strstr(svg, "href"));
	free(svg);
	outcome_free(&o);
}

/* What is listed, what is left over and what has not changed is all that was executed. */
Test(explain, a_short_table_adds_up)
{
	double listed = 0, v[3], all = 0;
	struct outcome o;
	char *line, *at;

	write_both();
	o = outcome_of(cmd_explain, "r.jsonl", "--top", "1", NULL);
	at = strstr(o.out, "---\n");
	for (line = strsep(&at, "\n"), line = strsep(&at, "\n"); line; line = strsep(&at, "\n")) {
		const char *values = strlen(line) > 35 ? line + 35 : "";

		if (sscanf(values, "%lf %lf %lf", &v[0], &v[1], &v[2]) != 3)
			continue;
		if (!strncmp(line, "all functions ", 14)) {
			all = v[1];
			break;
		}
		listed += v[1];
	}
	cr_assert_float_eq(listed, OTHER_INSNS / (double)UNITS, 0.001);
	cr_assert_float_eq(all, listed, 0.001);
	outcome_free(&o);
}

static void refused(int status, const char *why)
{
	struct outcome o = outcome_of(cmd_explain, "r.jsonl", NULL);

	cr_assert_eq(o.status, status, "status %d: %s", o.status, o.err);
	cr_assert_str_empty(o.out);
	cr_assert(strstr(o.err, why), "%s", o.err);
	outcome_free(&o);
}

/* What compare would say too is said in the name of the verb that was run. */
Test(explain, a_result_of_one_variant)
{
	write_run("r.jsonl", NULL, 0);
	refused(2, "septbench explain: only variant freeze in r.jsonl");
}

Test(explain, a_result_without_a_profile)
{
	write_result("r.jsonl");
	refused(2, "lab --explain");
}

Test(explain, a_profile_of_another_result)
{
	write_result("r.jsonl");
	write_code(BASE_INSNS - 2, BASE_INSNS);
	refused(3, "no such block");
}

Test(explain, a_damaged_profile)
{
	char *text;
	size_t len;

	write_result("r.jsonl");
	write_code(BASE_INSNS - 1, BASE_INSNS + 1);
	refused(3, "do not add up");
	write_code(BASE_INSNS - 1, BASE_INSNS);
	text = scratch_read("r.jsonl.code", &len);
	scratch_write("r.jsonl.code", text, len - 9);
	refused(3, "not a line");
	free(text);
	scratch_write("r.jsonl.code", "{\"type\":\"code\",\"schema\":2}\n", 27);
	refused(3, "another version");
}

static void write_stacks(const char *stacks, unsigned int insns)
{
	FILE *f = fopen("r.jsonl.code", "we");

	cr_assert(f);
	fputs("{\"type\":\"code\",\"schema\":1,\"version\":\"0.1\"}\n", f);
	put_code(f, "freeze", BASE_INSNS - 1, insns, stacks);
	put_code(f, "freeze-batched", OTHER_INSNS + 40, OTHER_INSNS, other_stacks);
	fclose(f);
}

/* A call tree is walked by recursion: one of a million calls would be the end of our own stack. */
Test(explain, a_stack_deeper_than_any)
{
	size_t len = 2000000;
	char *stacks = malloc(len + 64), *at = stacks;

	at += sprintf(at, "[\"");
	for (size_t i = 0; i < len / 2; i++)
		at += sprintf(at, "a;");
	sprintf(at, "a\",7]");
	write_result("r.jsonl");
	write_stacks(stacks, 7);
	refused(3, "do not add up");
	free(stacks);
}

Test(explain, names_steer_no_terminal)
{
	struct outcome o;

	write_result("r.jsonl");
	write_stacks("[\"entry;\\u001b[31mzap\",7]", 7);
	o = outcome_of(cmd_explain, "r.jsonl", NULL);
	cr_assert_eq(o.status, 0, "%s", o.err);
	cr_assert(strstr(o.out, "?[31mzap"), "%s", o.out);
	cr_assert_null(strchr(o.out, '\x1b'));
	outcome_free(&o);
}

Test(explain, wrong_words)
{
	static const char *const words[][2] = {
		{ "--top", "0" }, { "--top", "x" }, { "--format", "html" }, { "--case", "nosuch" },
		  { "--nosuch", NULL },
	};

	write_both();
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct outcome o = outcome_of(cmd_explain, "r.jsonl", words[i][0], words[i][1],
					      NULL);

		cr_expect_eq(o.status, 2, "%s: status %d", words[i][0], o.status);
		cr_expect(*o.err);
		outcome_free(&o);
	}
}
