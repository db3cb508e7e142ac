// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing, and reading back what was written. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "record/record.h"
#include "scratch.h"

TestSuite(record, .init = scratch_enter, .fini = scratch_leave);

static struct json_object *sample_env(void)
{
	return json_tokener_parse("{\"kernel\":\"7.3.4\",\"host_cpus\":2,"
				  "\"variants\":{\"freeze\":{\"patch\":\"abc\"}}}");
}

static void write_sample_run(struct record_writer *w, uint64_t seed)
{
	struct json_object *env = sample_env();
	struct record_run run = { .version = "0.1",
				  .substrate = "soft",
				  .clock = "count",
				  .profile = "all-zero",
				  .flavour = "plain",
				  .seed = seed,
				  .env = env };

	cr_assert_eq(record_write_run(w, &run), 0);
	json_object_put(env);
}

static struct record_writer *open_sample(const char *path)
{
	struct record_writer *w;

	cr_assert_eq(record_open_append(path, &w), 0);
	write_sample_run(w, UINT64_MAX);
	return w;
}

static struct record_file *read_sound(const char *path)
{
	struct record_file *f;

	cr_assert_eq(record_read(path, &f, stderr), 0);
	cr_assert_not_null(f);
	return f;
}

Test(record, run_line_round_trip)
{
	struct record_writer *w = open_sample("r");
	struct record_file *f;

	cr_assert_eq(record_write_end(w, 0), 0);
	cr_assert_eq(record_close(w), 0);
	f = read_sound("r");
	cr_assert_str_eq(f->changed, "");
	cr_assert_str_eq(f->run.substrate, "soft");
	cr_assert_str_eq(f->run.clock, "count");
	cr_assert_str_eq(f->run.profile, "all-zero");
	cr_assert_str_eq(f->run.flavour, "plain");
	cr_assert_str_eq(f->run.version, "0.1");
	cr_assert_eq(f->run.seed, UINT64_MAX);
	cr_assert_str_eq(record_env(f, "kernel", "?"), "7.3.4");
	cr_assert_str_eq(record_env(f, "host_cpus", "?"), "2");
	cr_assert_str_eq(record_env(f, "variants.freeze.patch", "?"), "abc");
	cr_assert_str_eq(record_env(f, "variants.other.patch", "?"), "?");
	cr_assert_str_eq(record_env(f, "kernel.x", "?"), "?");
	cr_assert(f->ended);
	cr_assert_eq(f->nr_blocks, 0);
	record_file_free(f);
}

static void check_sample_block(const struct record_block *b, const struct hist *h)
{
	const struct record_metric *m = record_block_metric(b, "fault_insn_p50");
	const struct record_hist *back = record_block_hist(b, "fault");
	bool found;

	cr_assert_str_eq(b->variant, "free\"ze\\");
	cr_assert_str_eq(b->case_name, "populate");
	cr_assert_str_eq(b->params, "pages=512 placement=0,1 vcpus=2");
	cr_assert_eq(b->boot, 3);
	cr_assert_eq(b->block, 7);
	cr_assert(b->warmup);
	cr_assert(b->valid);
	cr_assert_eq(b->nr_metrics, 2);
	cr_assert_eq(m->v, 0.1 + 0.2);
	cr_assert_str_eq(m->unit, "insn/fault");
	cr_assert_eq(m->class, RECORD_BOUNDED);
	cr_assert_eq(m->better, RECORD_HIGHER);
	cr_assert(m->gated);
	cr_assert_eq(m->n, 512);
	cr_assert(isnan(record_block_metric(b, "broken")->v));
	cr_assert_eq(record_block_counter(b, "kvm.big", &found), UINT64_MAX - 1);
	cr_assert(found);
	cr_assert_eq(record_block_counter(b, "nothing", &found), 0);
	cr_assert_not(found);
	cr_assert_eq(memcmp(&back->h, h, sizeof(*h)), 0);
	cr_assert_eq(back->bias, 24);
	cr_assert_str_eq(back->unit, "insn");
}

Test(record, block_round_trip)
{
	struct record_writer *w = open_sample("r");
	struct record_builder *b = record_builder_new("free\"ze\\", "populate", 3, 7, true);
	struct hist *h = calloc(1, sizeof(*h));
	struct record_file *f;
	uint64_t v;

	for (v = 1; v < UINT64_C(1) << 41; v = v * 3 + 1)
		hist_add(h, v);
	record_builder_param_int(b, "vcpus", 2);
	record_builder_param_int(b, "pages", 512);
	record_builder_param_str(b, "placement", "0,1");
	record_builder_metric(b, "fault_insn_p50", 0.1 + 0.2, "insn/fault", RECORD_HIGHER,
			      RECORD_BOUNDED, true, 512);
	record_builder_metric(b, "broken", INFINITY, "insn", RECORD_NONE, RECORD_EXACT, false, 0);
	record_builder_counter(b, "kvm.big", UINT64_MAX - 1);
	record_builder_hist(b, "fault", "insn", h, 24);
	cr_assert_eq(record_builder_finish(b, w), 0);
	cr_assert_eq(record_write_end(w, 0), 0);
	cr_assert_eq(record_close(w), 0);
	f = read_sound("r");
	cr_assert_eq(f->nr_blocks, 1);
	check_sample_block(&f->blocks[0], h);
	record_file_free(f);
	free(h);
}

Test(record, parts_seed_time_and_threshold_round_trip)
{
	const struct record_time t = { "insn", UINT64_MAX, 4, 3, 2, 1 };
	struct record_writer *w = open_sample("r");
	struct record_builder *b = record_builder_new("v", "c", 0, 0, false);
	const struct record_metric *m;
	struct record_file *f;

	record_builder_metric(b, "m", 7, "insn/page", RECORD_LOWER, RECORD_EXACT, true, 1);
	record_builder_parts(b, "m", 2.5, 0);
	record_builder_metric(b, "whole", 7, "insn/page", RECORD_LOWER, RECORD_EXACT, true, 1);
	record_builder_parts(b, "whole", NAN, 0);
	record_builder_seed(b, 0);
	record_builder_time(b, &t);
	cr_assert_eq(record_builder_finish(b, w), 0);
	cr_assert_eq(record_builder_finish(record_builder_new("v", "c", 0, 1, false), w), 0);
	cr_assert_eq(record_write_end(w, 0), 0);
	record_close(w);
	scratch_threshold("r", "m", "0.05");
	f = read_sound("r");
	cr_assert_eq(f->schema, RECORD_SCHEMA);
	m = record_block_metric(&f->blocks[0], "m");
	cr_assert(m->parted);
	cr_assert(m->v == 7 && m->module == 2.5 && m->waiting == 0 && m->threshold == 0.05);
	m = record_block_metric(&f->blocks[0], "whole");
	cr_assert(!m->parted && m->threshold == RECORD_THRESHOLD);
	cr_assert_eq(f->blocks[0].seed, 0);
	cr_assert_eq(f->blocks[1].seed, UINT64_MAX, "the run's");
	cr_assert_str_eq(f->blocks[0].time.unit, "insn");
	cr_assert_eq(memcmp(&f->blocks[0].time.clock, &t.clock, sizeof(t) - sizeof(t.unit)), 0);
	cr_assert_null(f->blocks[1].time.unit);
	record_file_free(f);
}

/* Parts of nothing: a mistake of the caller's, told at the end. */
Test(record, parts_want_their_metric)
{
	struct record_writer *w = open_sample("r");
	struct record_builder *b = record_builder_new("v", "c", 0, 0, false);

	record_builder_parts(b, "m", 1, 0);
	cr_assert_eq(record_builder_finish(b, w), -ENOENT);
	record_close(w);
}

Test(record, numbers_read_back_bit_by_bit)
{
	static const double values[] = { 0,
					 1,
					 -1,
					 0.1,
					 1.0 / 3,
					 1e-300,
					 1.7976931348623157e308,
					 123456789.125,
					 9007199254740991.0,
					 9007199254740993.0,
					 4503599627370497.5 };
	struct record_writer *w = open_sample("r");
	struct record_file *f;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct record_builder *b = record_builder_new("v", "c", 0, (unsigned int)i, false);

		record_builder_metric(b, "m", values[i], "u", RECORD_LOWER, RECORD_EXACT, true, 1);
		cr_assert_eq(record_builder_finish(b, w), 0);
	}
	cr_assert_eq(record_write_end(w, 0), 0);
	record_close(w);
	f = read_sound("r");
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		cr_assert_eq(record_block_metric(&f->blocks[i], "m")->v, values[i], "value %zu", i);
	record_file_free(f);
}

Test(record, what_changed_about_the_machine_is_in_the_end_line)
{
	struct record_writer *w = open_sample("r");
	struct record_file *f;

	record_set_changed(w, "turbo: off -> on");
	cr_assert_eq(record_write_end(w, 0), 0);
	record_close(w);
	f = read_sound("r");
	cr_assert_str_eq(f->changed, "turbo: off -> on");
	record_file_free(f);
}

Test(record, an_oracle_fault_makes_the_block_invalid)
{
	struct record_writer *w = open_sample("r");
	struct record_builder *b = record_builder_new("v", "c", 0, 0, false);
	struct record_file *f;

	record_builder_oracle_ran(b);
	cr_assert(record_builder_valid(b));
	record_builder_oracle_fault(b, "gpa 0x%x: S-EPT says %s", 4096, "FREE");
	record_builder_oracle_fault(b, "second");
	record_builder_invalid(b, "too late to be the reason");
	cr_assert_not(record_builder_valid(b));
	cr_assert_eq(record_builder_finish(b, w), 0);
	record_write_end(w, 0);
	record_close(w);
	f = read_sound("r");
	cr_assert_not(f->blocks[0].valid);
	cr_assert_str_eq(f->blocks[0].invalid_reason, "oracle: gpa 0x1000: S-EPT says FREE");
	record_file_free(f);
}

Test(record, mistakes_of_the_caller_are_not_written)
{
	struct record_writer *w = open_sample("r");
	struct record_builder *b = record_builder_new("v", "c", 0, 0, false);
	size_t before, after;

	free(scratch_read("r", &before));
	record_builder_counter(b, "twice", 1);
	record_builder_counter(b, "twice", 2);
	cr_assert_eq(record_builder_finish(b, w), -EEXIST);
	free(scratch_read("r", &after));
	cr_assert_eq(before, after);
	record_close(w);
}

Test(record, results_are_never_overwritten)
{
	struct record_writer *w = open_sample("r");
	size_t before, after;

	record_close(w);
	free(scratch_read("r", &before));
	cr_assert_eq(record_open_append("r", &w), -EEXIST);
	cr_assert_null(w);
	free(scratch_read("r", &after));
	cr_assert_eq(before, after);
	cr_assert_eq(record_open_append("no/such/folder", &w), -ENOENT);
}

Test(record, a_failed_write_stops_the_writer)
{
	int full = open("/dev/full", O_WRONLY);
	struct record_writer *w = record_writer_fd(full);

	cr_assert_geq(full, 0);
	cr_assert_eq(record_write_end(w, 0), -ENOSPC);
	/* Even where there would be room again: the line before may be torn. */
	dup2(open("/dev/null", O_WRONLY), full);
	cr_assert_eq(record_write_end(w, 0), -ENOSPC);
	cr_assert_eq(record_close(w), -ENOSPC);
}

Test(record, lines_go_through_a_pipe_and_are_checked_on_the_other_side)
{
	struct record_builder *b = record_builder_new("v", "c", 0, 0, false);
	struct record_writer *w, *host;
	char line[4096], why[RECORD_WHY];
	struct record_file *f;
	ssize_t len;
	int fds[2];

	cr_assert_eq(pipe(fds), 0);
	w = record_writer_fd(fds[1]);
	cr_assert_eq(record_builder_finish(b, w), 0);
	record_close(w);
	len = read(fds[0], line, sizeof(line));
	cr_assert_eq(line[len - 1], '\n');
	cr_assert_eq(record_validate_line(line, (size_t)len - 1, why), RECORD_BLOCK);
	host = open_sample("r");
	cr_assert_eq(record_write_block_line(host, line, (size_t)len - 1), 0);
	cr_assert_eq(record_write_end(host, 0), 0);
	record_close(host);
	f = read_sound("r");
	cr_assert_eq(f->nr_blocks, 1);
	record_file_free(f);
}

static void refused(const char *line, const char *reason)
{
	char why[RECORD_WHY];

	cr_assert_lt(record_validate_line(line, strlen(line), why), 0, "%s was accepted", line);
	cr_assert_not_null(strstr(why, reason), "%s was refused for: %s", line, why);
}

#define BLOCK(metrics, hists, tail)                                                                \
	"{\"type\":\"block\",\"variant\":\"v\",\"boot\":0,\"block\":0,\"warmup\":false,\"case\":"  \
	"\"c\","                                                                                   \
	"\"params\":{},\"metrics\":{" metrics "},\"counters\":{},\"hists\":{" hists "}," tail "}"
#define TAIL	"\"oracle\":null,\"valid\":true,\"invalid_reason\":\"\""
#define METRIC(v) "\"m\":{\"v\":" v ",\"unit\":\"u\",\"better\":\"lower\",\"class\":\"exact\"," \
	"\"n\":1,\"gated\":true}"
#define HIST(n, buckets)                                                                           \
	"\"h\":{\"unit\":\"ns\",\"sub_bits\":7,\"n\":" n ",\"min\":1,\"max\":2,\"sum\":3,"         \
	"\"bias\":0,\"overflow\":0,\"buckets\":" buckets "}"

Test(record, validate_says_what_is_wrong)
{
	char why[RECORD_WHY];
	const char *good = BLOCK(METRIC("1.5"), HIST("2", "[[1,1],[2,1]]"), TAIL);

	cr_assert_eq(record_validate_line(good, strlen(good), why), RECORD_BLOCK, "%s", why);
	refused("", "not JSON");
	refused("[1]", "not JSON");
	refused("{\"type\":\"block\"", "not JSON");
	refused("{} {}", "not JSON");
	refused("{\"type\":\"banana\"}", "unknown type");
	refused("{\"type\":\"end\"}", "blocks or status");
	refused("{\"type\":\"run\",\"schema\":3}", "schema version 3");
	refused(BLOCK("", "", "\"valid\":true"), "block line lacks");
	refused(BLOCK(METRIC("NaN"), "", TAIL), "");
	refused(BLOCK(METRIC("1e999"), "", TAIL), "");
	refused(BLOCK("\"m\":{\"v\":1}", "", TAIL), "metric m lacks");
	refused(BLOCK(METRIC("1,\"parts\":{\"module\":1}"), "", TAIL), "metric m: its parts");
	refused(BLOCK(METRIC("1,\"parts\":7"), "", TAIL), "metric m: its parts");
	refused(BLOCK(METRIC("1,\"threshold\":-1"), "", TAIL), "metric m: its parts or its thr");
	refused(BLOCK("", "", TAIL ",\"seed\":-1"), "seed is no count");
	refused(BLOCK("", "", TAIL ",\"time\":{\"unit\":\"insn\",\"clock\":1}"), "time lacks");
	refused(BLOCK("", HIST("3", "[[1,1],[2,1]]"), TAIL), "histogram h");
	refused(BLOCK("", HIST("2", "[[2,1],[1,1]]"), TAIL), "histogram h");
	refused(BLOCK("", HIST("1", "[[4352,1]]"), TAIL), "histogram h");
	refused(BLOCK("", HIST("1", "[[1,-1],[2,2]]"), TAIL), "histogram h");
	refused(BLOCK("", "",
		      "\"oracle\":{\"ok\":false,\"faults\":[]},\"valid\":true,\"invalid_reason\":"
		      "\"\""),
		"oracle found a fault");
}

/* A run of two whole blocks and a boot line, ended or not. */
static size_t write_cut(const char *path, bool ended)
{
	struct record_writer *w = open_sample(path);
	struct record_boot boot = { .variant = "v", .boot = 0, .status = 3, .complaints = 2 };
	size_t len;

	cr_assert_eq(record_builder_finish(record_builder_new("v", "c", 0, 0, true), w), 0);
	cr_assert_eq(record_builder_finish(record_builder_new("v", "c", 0, 1, false), w), 0);
	cr_assert_eq(record_write_boot(w, &boot), 0);
	free(scratch_read(path, &len));
	if (ended)
		cr_assert_eq(record_write_end(w, 3), 0);
	cr_assert_eq(record_close(w), 0);
	return len;
}

Test(record, a_boot_line_round_trip)
{
	struct record_file *f;

	write_cut("r", true);
	cr_assert_eq(record_read("r", &f, stderr), 3, "it ended with status 3");
	cr_assert_eq(f->nr_boots, 1);
	cr_assert_str_eq(f->boots[0].variant, "v");
	cr_assert_eq(f->boots[0].status, 3);
	cr_assert_eq(f->boots[0].complaints, 2);
	cr_assert_eq(f->nr_blocks, 2);
	record_file_free(f);
}

static void check_goes_on(const char *path, size_t whole)
{
	struct record_writer *w;
	struct record_file *f;
	size_t len;

	cr_assert_eq(record_reopen(path, &w, &f, stderr), 0);
	cr_assert_eq(f->nr_blocks, 2);
	cr_assert_eq(record_reopened_go_on(w, f), 0);
	free(scratch_read(path, &len));
	cr_assert_eq(len, whole);
	record_file_free(f);
	cr_assert_eq(record_builder_finish(record_builder_new("v", "c", 1, 0, false), w), 0);
	cr_assert_eq(record_write_end(w, 0), 0);
	cr_assert_eq(record_close(w), 0);
	f = read_sound(path);
	cr_assert_eq(f->nr_blocks, 3, "the end line counts those before the cut too");
	record_file_free(f);
}

Test(record, a_run_that_was_cut_short_goes_on)
{
	size_t whole = write_cut("r", false);
	char *text = scratch_read("r", NULL);

	check_goes_on("r", whole);
	/* With a torn line at its end, of any length. */
	for (size_t torn = 1; torn < 40; torn += 13) {
		char *cut = malloc(whole + torn);

		memcpy(cut, text, whole);
		memset(cut + whole, '{', torn);
		scratch_write("s", cut, whole + torn);
		check_goes_on("s", whole);
		free(cut);
	}
	free(text);
	check_goes_on("t", write_cut("t", true));
}

/* Cut in its first line, nothing was measured yet: it starts anew. */
Test(record, a_run_cut_in_its_first_line_starts_anew)
{
	struct record_writer *w;
	struct record_file *f;
	size_t len;

	for (size_t cut = 0; cut < 20; cut += 4) {
		scratch_write("r", "{\"type\":\"run\",\"schema\":1,", cut);
		cr_assert_eq(record_reopen("r", &w, &f, stderr), 0, "cut after %zu", cut);
		cr_assert_null(f);
		record_close(w);
		free(scratch_read("r", &len));
		cr_assert_eq(len, 0);
	}
}

static void check_left_alone(const char *text)
{
	struct record_writer *w;
	struct record_file *f;
	char *after;

	scratch_write("r", text, strlen(text));
	cr_assert_eq(record_reopen("r", &w, &f, stderr), -EBADMSG, "%s", text);
	cr_assert_null(w);
	cr_assert_null(f);
	after = scratch_read("r", NULL);
	cr_assert_str_eq(after, text);
	free(after);
}

Test(record, what_is_no_run_is_not_gone_on_with)
{
	check_left_alone("precious");
	check_left_alone("precious\n");
	check_left_alone("{\"type\":\"run\",\"schema\":3}\n");
	check_left_alone("{\"type\":\"ru\n");
	/* Sound, and of an older schema. */
	check_left_alone("{\"type\":\"run\",\"schema\":1,\"version\":\"0\",\"substrate\":\"soft\","
			 "\"clock\":\"count\",\"profile\":\"p\",\"seed\":1,\"flavour\":\"plain\","
			 "\"env\":{}}\n");
}

Test(record, one_writer_at_a_time)
{
	struct record_writer *w = open_sample("r"), *other;
	struct record_file *f;

	cr_assert_eq(record_open_append("r", &other), -EAGAIN);
	cr_assert_eq(record_reopen("r", &other, &f, stderr), -EAGAIN);
	record_close(w);
	cr_assert_eq(record_reopen("r", &other, &f, stderr), 0);
	record_file_free(f);
	record_close(other);
}

/* Names and texts from anywhere end up on terminals. */
Test(record, control_characters_do_not_come_through)
{
	struct record_writer *w = open_sample("r");
	struct record_builder *b = record_builder_new("v\033[31m", "a\nb", 0, 0, false);
	struct record_file *f;

	record_builder_param_str(b, "p", "\302\233x\303\251\177");
	cr_assert_eq(record_builder_finish(b, w), 0);
	cr_assert_eq(record_write_end(w, 0), 0);
	record_close(w);
	f = read_sound("r");
	cr_assert_str_eq(f->blocks[0].variant, "v?[31m");
	cr_assert_str_eq(f->blocks[0].case_name, "a?b");
	cr_assert_str_eq(f->blocks[0].params, "p=?x\303\251?");
	record_file_free(f);
	refused(BLOCK("\"m\\u001b\":1", "", TAIL), "a name with control characters");
}
