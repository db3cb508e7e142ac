// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are not as they should be: one line each, and the sound rest is used. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "record/record.h"
#include "scratch.h"

TestSuite(read, .init = scratch_enter, .fini = scratch_leave);

#define RUN_WITH(more)                                                                             \
	"{\"type\":\"run\",\"schema\":1,\"version\":\"0\",\"substrate\":\"soft\",\"clock\":"       \
	"\"count\","                                                                               \
	"\"profile\":\"all-zero\",\"seed\":1,\"flavour\":\"plain\"," more "\"env\":{}}\n"
#define RUN RUN_WITH("")
#define BLOCK(nr, v)                                                                               \
	"{\"type\":\"block\",\"variant\":\"v\",\"boot\":0,\"block\":" nr ",\"warmup\":false,"      \
	"\"case\":\"c\",\"params\":{\"vcpus\":1},\"metrics\":{"                                    \
	"\"m\":{\"v\":" v                                                                          \
	",\"unit\":\"u\",\"better\":\"lower\",\"class\":\"exact\",\"n\":1,\"gated\":true},"        \
	"\"k\":{\"v\":7,\"unit\":\"u\",\"better\":\"lower\",\"class\":\"exact\",\"n\":1,"          \
	"\"gated\":true}},"                                                                        \
	"\"counters\":{},\"hists\":{},\"oracle\":null,\"valid\":true,\"invalid_reason\":\"\"}\n"
#define END(blocks, status) "{\"type\":\"end\",\"blocks\":" blocks ",\"status\":" status "}\n"

/*
 * Reads @text as a file: exit code @status, @blocks blocks (-1: no file at all), and exactly one
 * line of message that says @message, none if that is NULL.
 */
static struct record_file *check(const char *text, int status, int blocks, const char *message)
{
	char *said = NULL;
	size_t len;
	FILE *msgs = open_memstream(&said, &len);
	struct record_file *f;
	int is;

	scratch_write("f", text, strlen(text));
	is = record_read("f", &f, msgs);
	fclose(msgs);
	cr_assert_eq(is, status, "status %d: %s", is, said);
	if (message) {
		cr_assert_not_null(strstr(said, message), "said: %s", said);
		cr_assert_eq(strchr(said, '\n'), said + len - 1, "not one line: %s", said);
		cr_assert_eq(strncmp(said, "f:", 2), 0);
	} else {
		cr_assert_eq(len, 0, "said: %s", said);
	}
	if (blocks < 0)
		cr_assert_null(f);
	else
		cr_assert_eq(f->nr_blocks, (size_t)blocks);
	free(said);
	return f;
}

static void check_and_free(const char *text, int status, int blocks, const char *message)
{
	record_file_free(check(text, status, blocks, message));
}

Test(read, sound)
{
	check_and_free(RUN BLOCK("0", "1") BLOCK("1", "1") END("2", "0"), 0, 2, NULL);
}

Test(read, cut_short_between_lines)
{
	check_and_free(RUN BLOCK("0", "1") BLOCK("1", "1"), 3, 2,
		       "f:3: no end line, the run was cut short; its 2 complete blocks are used");
}

Test(read, cut_short_within_a_line)
{
	check_and_free(RUN BLOCK("0", "1") "{\"type\":\"blo", 3, 1,
		       "f:3: last line is cut short; the 1 complete blocks before it are used");
	check_and_free("{\"type\":\"ru", 3, -1, "nothing of the file is used");
}

/* Editors and `printf` leave the last newline out; what is there is whole. */
Test(read, whole_last_line_without_newline)
{
	check_and_free(RUN BLOCK("0", "1") "{\"type\":\"end\",\"blocks\":1,\"status\":0}", 0, 1,
		       NULL);
	check_and_free(RUN BLOCK("0", "1") "{\"type\":\"end\",\"blocks\":1,\"status\":", 3, 1,
		       "last line is cut short");
}

Test(read, mark_and_line_ends_of_other_systems)
{
	check_and_free("\xef\xbb\xbf" RUN BLOCK("0", "1") END("1", "0"), 0, 1, NULL);
	check_and_free(RUN "{\"type\":\"end\",\"blocks\":0,\"status\":0}\r\n", 0, 0, NULL);
	check_and_free("{\"type\":\"run\",\"schema\":1,\"version\":\"0\",\"substrate\":\"soft\","
		       "\"clock\":\"count\",\"profile\":\"p\",\"seed\":1,\"flavour\":\"plain\","
		       "\"env\":{}}\r\n{\"type\":\"end\",\"blocks\":0,\"status\":0}\r\n",
		       0, 0, NULL);
}

Test(read, what_is_compressed_is_named)
{
	check_and_free("\x1f\x8b\x08 rest\n", 3, -1, "f:1: compressed by gzip");
	check_and_free("\x28\xb5\x2f\xfd rest", 3, -1, "f:1: compressed by zstd");
	check_and_free("\xff\xfe{", 3, -1, "f:1: text in UTF-16");
}

Test(read, text_that_is_not_utf8)
{
	check_and_free("{\"type\":\"run\",\"version\":\"\xff\"}\n", 3, -1,
		       "f:1: text that is not UTF-8; nothing of the file is used");
	check_and_free(RUN "{\"type\":\"block\",\"variant\":\"caf\xe9\"}\n" BLOCK("1", "1")
			       END("1", "0"),
		       3, 1, "f:2: text that is not UTF-8; the line is not used, the rest is");
	check_and_free(RUN "{\"type\":\"end\",\"blocks\":0,\"status\":0,\"changed\":\"caf\xc3\xa9\"}\n",
		       0, 0, NULL);
}

#define BOOT(status, complaints)                                                                   \
	"{\"type\":\"boot\",\"variant\":\"w\",\"boot\":3,\"status\":" status               \
	",\"complaints\":" complaints "}\n"

Test(read, a_run_that_failed_says_why)
{
	check_and_free(RUN BLOCK("0", "1") BOOT("3", "2") END("1", "3"), 3, 1,
		       "status 3 (w, boot 3: 2 complaints in the kernel log)");
	check_and_free(RUN BLOCK("0", "1") BOOT("4", "0") END("1", "4"), 3, 1,
		       "status 4 (w, boot 3 ended with status 4)");
}

Test(read, empty)
{
	check_and_free("", 3, -1, "the file is empty");
}

Test(read, foreign)
{
	check_and_free("goos: linux\nBenchmarkX 1 2 ns/op\n", 3, -1, "f:1: not JSON");
	check_and_free("{\"results\":[]}\n", 3, -1, "f:1: no septbench result line; nothing");
	check_and_free(BLOCK("0", "1") END("1", "0"), 3, -1, "does not start with a run line");
}

#define METRIC(name, v, unit, better, gated)                                                       \
	"\"" name "\":{\"v\":" v ",\"unit\":\"" unit "\",\"better\":\"" better                    \
	"\",\"class\":\"noisy\",\"n\":1,\"gated\":" gated "}"
#define BLOCK_OF(nr, metrics)                                                                      \
	"{\"type\":\"block\",\"variant\":\"v\",\"boot\":0,\"block\":" nr ",\"warmup\":false,"      \
	"\"case\":\"c\",\"params\":{},\"metrics\":{" metrics "},\"counters\":{},\"hists\":{},"       \
	"\"oracle\":null,\"valid\":true,\"invalid_reason\":\"\"}\n"

/* One name whatever the clock; rates become times, and what gated still does. */
Test(read, names_of_schema_1_become_todays)
{
	struct record_file *f = check(
		RUN BLOCK_OF("0", METRIC("fault_ns_p50", "7", "ns", "lower", "true") ","
			     METRIC("faults_per_s", "250", "fault/s", "higher", "false"))
		BLOCK_OF("1", METRIC("zap_pages_per_s", "1", "page/s", "higher", "true") ","
			 METRIC("zap_ns_per_page", "1e9", "ns/page", "lower", "false") ","
			 METRIC("tracks_per_page", "1", "1/page", "lower", "true"))
		BLOCK_OF("2", METRIC("zap_pages_per_minsn", "0", "page/Minsn", "higher", "false"))
		END("3", "0"), 0, 3, NULL);
	const struct record_metric *m = record_block_metric(&f->blocks[0], "fault_mean");

	cr_assert_eq(f->schema, 1);
	cr_assert(m && m->v == 4e6 && m->better == RECORD_LOWER && !m->gated && !m->parted);
	cr_assert_str_eq(m->unit, "ns/fault");
	cr_assert_eq(record_block_metric(&f->blocks[0], "fault_p50")->v, 7);
	m = record_block_metric(&f->blocks[1], "zap_per_page");
	cr_assert_eq(f->blocks[1].nr_metrics, 2);
	cr_assert(m && m->v == 1e9 && m->gated, "the twin gates as the rate did");
	cr_assert_not_null(record_block_metric(&f->blocks[1], "tracks_per_page"));
	m = record_block_metric(&f->blocks[2], "zap_per_page");
	cr_assert(m && m->v != m->v, "no rate, no time");
	cr_assert_eq(f->blocks[0].seed, f->run.seed);
	record_file_free(f);
}

/* A name of old in a file of today is just a name. */
Test(read, names_of_schema_2_stay)
{
	struct record_file *f = check(
		"{\"type\":\"run\",\"schema\":2,\"version\":\"0\",\"substrate\":\"soft\","
		"\"clock\":\"count\",\"profile\":\"p\",\"seed\":1,\"flavour\":\"plain\","
		"\"env\":{\"unknown\":{\"x\":1}}}\n"
		BLOCK_OF("0", METRIC("insn_per_fault", "7", "insn/fault", "lower", "true"))
		END("1", "0"), 0, 1, NULL);

	cr_assert_not_null(record_block_metric(&f->blocks[0], "insn_per_fault"));
	record_file_free(f);
}

Test(read, future_schema)
{
	check_and_free(
		"{\"type\":\"run\",\"schema\":3,\"anything\":true}\n" BLOCK("0", "1"), 3, -1,
		"f:1: schema version 3, this septbench reads 1 to 2; nothing of the file is used");
}

Test(read, a_key_that_stands_twice)
{
	check_and_free(RUN_WITH("\"seed\":2,") BLOCK("0", "1"), 3, -1,
		       "f:1: key \"seed\" stands twice in one object; nothing of the file is used");
	check_and_free(
		RUN "{\"type\":\"block\",\"params\":{\"a\":1,\"b\":{\"a\":2},\"a\":3}}\n" BLOCK(
			"1", "1") END("2", "0"),
		3, 1,
		"f:2: key \"a\" stands twice in one object; the line is not used, the rest is");
	/* The same key by an escape; braces, colons and quotes within strings are none. */
	check_and_free(RUN "{\"t\":\"\\\"{:\",\"a\":1,\"\\u0061\":2}\n" BLOCK("1", "1")
			       END("2", "0"),
		       3, 1, "f:2: a key stands twice in one object");
	check_and_free(RUN "{\"t\":\"\\\"{:\",\"b\":[{\"a\":1},{\"a\":2}]}\n" END("1", "0"), 3, 0,
		       "f:2: no septbench result line");
}

Test(read, looks)
{
	struct record_file *f = check(RUN_WITH("\"looks\":[8,16,32],")
				      BLOCK("0", "1") END("1", "0"), 0, 1, NULL);

	cr_assert_eq(f->run.looks, 3);
	cr_assert_eq(f->run.look[2], 32);
	record_file_free(f);
	check_and_free(RUN_WITH("\"looks\":[],"), 3, -1, "looks is no list");
	check_and_free(RUN_WITH("\"looks\":[16,8],"), 3, -1, "not rising");
}

Test(read, damaged_line_in_the_middle)
{
	check_and_free(RUN BLOCK("0", "1") "{\"type\":\"block\",\"var\n" BLOCK("1", "1")
			       END("3", "0"),
		       3, 2, "f:3: not JSON");
}

Test(read, repeated_block)
{
	struct record_file *f =
		check(RUN BLOCK("0", "1") BLOCK("0", "2") BLOCK("1", "3") END("3", "0"), 3, 2,
		      "f:3: repeats the block of line 2; the first one is used");

	cr_assert_eq(record_block_metric(&f->blocks[0], "m")->v, 1);
	record_file_free(f);
}

Test(read, not_a_number)
{
	static const char *const values[] = { "NaN", "Infinity", "-Infinity", "1e999", "\"7\"" };
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char text[4096];
		struct record_file *f;

		snprintf(text, sizeof(text), RUN BLOCK("0", "%s") BLOCK("1", "1") END("2", "0"),
			 values[i]);
		f = check(text, 3, 2,
			  "f:2: metric m is not a finite number; the rest of the block is used");
		cr_assert_null(record_block_metric(&f->blocks[0], "m"));
		cr_assert_eq(record_block_metric(&f->blocks[0], "k")->v, 7);
		record_file_free(f);
	}
}

Test(read, a_run_that_failed)
{
	check_and_free(RUN BLOCK("0", "1") END("1", "3"), 3, 1, "the run ended with status 3");
}

Test(read, blocks_that_went_missing)
{
	check_and_free(RUN BLOCK("0", "1") END("2", "0"), 3, 1,
		       "end line counts 2 blocks, 1 are here");
}

Test(read, two_runs_in_one_file)
{
	check_and_free(RUN BLOCK("0", "1") RUN BLOCK("1", "1") END("1", "0"), 3, 1,
		       "f:3: another run");
	check_and_free(RUN BLOCK("0", "1") END("1", "0") RUN, 3, 1,
		       "f:4: lines after the end line");
}

Test(read, no_such_file)
{
	struct record_file *f;
	FILE *msgs = fopen("/dev/null", "w");

	cr_assert_eq(record_read("nothing-here", &f, msgs), 2);
	cr_assert_null(f);
	fclose(msgs);
}

/* Names out of a damaged file: still one line of message, and nothing that steers a terminal. */
Test(read, control_characters_in_names)
{
	struct record_file *f = check(
		RUN
		"{\"type\":\"block\",\"variant\":\"v\",\"boot\":0,\"block\":0,"
		"\"warmup\":false,\"case\":\"c\",\"params\":{},"
		"\"metrics\":{\"a\\n\\u001b[2Jb\":{\"v\":\"x\",\"unit\":\"u\",\"better\":\"lower\",\"class\":\"exact\",\"n\":1,\"gated\":true}},"
		"\"counters\":{},\"hists\":{},\"oracle\":null,\"valid\":true,"
		"\"invalid_reason\":\"\"}\n" END("1", "0"),
		3, 0, "f:2: a name with control characters; the line is not used");

	record_file_free(f);
}

#define HIST_BLOCK(min, max, buckets)                                                              \
	"{\"type\":\"block\",\"variant\":\"v\",\"boot\":0,\"block\":0,\"warmup\":false,"      \
	"\"case\":\"c\",\"params\":{},\"metrics\":{},\"counters\":{},\"hists\":{\"h\":{"      \
	"\"unit\":\"ns\",\"sub_bits\":7,\"n\":2,\"min\":" min ",\"max\":" max                \
	",\"sum\":9,\"bias\":0,\"overflow\":0,\"buckets\":" buckets "}},"                     \
	"\"oracle\":null,\"valid\":true,\"invalid_reason\":\"\"}\n"

/* Quantiles are moved into [min, max]: a wrong one would be believed. */
Test(read, histogram_limits_are_where_its_values_are)
{
	static const char why[] = "f:2: histogram h: its min and max are not where its values are";
	struct record_file *f;

	f = check(RUN HIST_BLOCK("3", "6", "[[3,1],[6,1]]") END("1", "0"), 0, 1, NULL);
	cr_assert_eq(f->blocks[0].nr_hists, 1);
	record_file_free(f);
	check_and_free(RUN HIST_BLOCK("2", "6", "[[3,1],[6,1]]") END("1", "0"), 3, 1, why);
	check_and_free(RUN HIST_BLOCK("3", "7", "[[3,1],[6,1]]") END("1", "0"), 3, 1, why);
	check_and_free(RUN HIST_BLOCK("6", "3", "[[3,1],[6,1]]") END("1", "0"), 3, 1, why);
	check_and_free(RUN HIST_BLOCK("257", "256", "[[256,2]]") END("1", "0"), 3, 1, why);
	check_and_free(RUN HIST_BLOCK("3", "6", "[[3,1],[6,2]]") END("1", "0"), 3, 1,
		       "do not add up");
}
