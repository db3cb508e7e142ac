// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results that once gave a wrong answer, cut down to what did it. Each line is written as it stands
 * in a file, in the schema of its time.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "analysis/analysis.h"
#include "fixture.h"
#include "tests/record/scratch.h"

TestSuite(bad_input, .init = scratch_enter, .fini = scratch_leave);

/* A result file being put together. */
struct lines {
	char *text;
	size_t len, blocks;
	FILE *out;
	bool warmup, invalid;	/* what the next blocks are */
};

static void begin(struct lines *l, const char *clock, const char *env)
{
	*l = (struct lines){ 0 };
	l->out = open_memstream(&l->text, &l->len);
	cr_assert_not_null(l->out);
	fprintf(l->out,
		"{\"type\":\"run\",\"schema\":1,\"version\":\"0.1\",\"substrate\":\"soft\","
		"\"clock\":\"%s\",\"profile\":\"all-zero\",\"seed\":1,\"flavour\":\"plain\","
		"\"env\":{\"qemu\":\"7.2\",\"accel\":\"tcg\",%s\"variants\":{}}}\n",
		clock, env);
}

static const char usual[] = "\"kernel\":\"7.3.4\",\"cpu\":\"One\",\"host_cpus\":2,";

/* One block with one metric, given as JSON. */
__attribute__((format(printf, 5, 6)))
static void block(struct lines *l, const char *variant, unsigned int boot, const char *case_name,
		  const char *metrics, ...)
{
	va_list ap;

	fprintf(l->out,
		"{\"type\":\"block\",\"variant\":\"%s\",\"boot\":%u,\"block\":1,\"warmup\":%s,"
		"\"case\":\"%s\",\"params\":{\"vcpus\":2},\"metrics\":{", variant, boot,
		l->warmup ? "true" : "false", case_name);
	va_start(ap, metrics);
	vfprintf(l->out, metrics, ap);
	va_end(ap);
	fprintf(l->out, "},\"counters\":{},\"hists\":{},\"oracle\":{\"ok\":true,\"faults\":[]},"
		"\"valid\":%s,\"invalid_reason\":\"%s\"}\n", l->invalid ? "false" : "true",
		l->invalid ? "it rained" : "");
	l->blocks++;
}

static void boot(struct lines *l, const char *variant, unsigned int nr, int status, int complaints)
{
	fprintf(l->out, "{\"type\":\"boot\",\"variant\":\"%s\",\"boot\":%u,\"status\":%d,"
		"\"complaints\":%d}\n", variant, nr, status, complaints);
}

static void end(struct lines *l, const char *path)
{
	fprintf(l->out, "{\"type\":\"end\",\"blocks\":%zu,\"status\":0}\n", l->blocks);
	fclose(l->out);
	scratch_write(path, l->text, l->len);
	free(l->text);
}

#define EXACT(name, v, gated)                                                                     \
	"\"" name "\":{\"v\":" v ",\"unit\":\"insn\",\"better\":\"lower\",\"class\":\"exact\","   \
	"\"n\":256,\"gated\":" gated "}"
#define OF_CLASS(name, v, class)                                                                  \
	"\"" name "\":{\"v\":" v ",\"unit\":\"ns\",\"better\":\"lower\",\"class\":\"" class "\"," \
	"\"n\":256,\"gated\":true}"

static void check(struct outcome o, int status, const char *said)
{
	cr_assert_eq(o.status, status, "status %d: %s%s", o.status, o.out, o.err);
	cr_assert(strstr(o.out, said) || strstr(o.err, said), "not said: %s, but: %s%s", said,
		  o.out, o.err);
	outcome_free(&o);
}

Test(bad_input, a_folder_is_no_file_and_a_file_no_folder)
{
	struct lines l;

	begin(&l, "count", usual);
	block(&l, "freeze", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	end(&l, "r");
	cr_assert_eq(mkdir("d", 0755), 0);
	check(outcome_of(cmd_compare, "d", NULL), 3, "d:0: Is a directory; the 0 blocks before");
	check(outcome_of(cmd_plot, "r", "-o", "r", NULL), 2, "septbench plot: r: Not a directory\n");
	check(outcome_of(cmd_plot, "r", "-o", "no/d", NULL), 2, "no/d: No such file or directory\n");
}

Test(bad_input, names_that_no_row_has_are_said)
{
	struct lines l;

	begin(&l, "count", usual);
	block(&l, "freeze", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	block(&l, "other", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	end(&l, "r");
	check(outcome_of(cmd_compare, "r", "--cases", "zap,nosuch", NULL), 2,
	      "septbench compare: --cases zap,nosuch: no row is selected; see septbench compare --h");
	check(outcome_of(cmd_compare, "r", "--cases", "pop*", "--metrics", "zap*", NULL), 2,
	      "--cases pop* --metrics zap*: no row is selected");
	check(outcome_of(cmd_compare, "r", "--cases", "pop*", "--metrics", "fault*", NULL), 0, "");
}

Test(bad_input, warm_ups_alone_compare_nothing)
{
	struct lines l;

	begin(&l, "wall", usual);
	l.warmup = true;
	block(&l, "freeze", 0, "populate", OF_CLASS("fault_ns_p50", "100", "noisy"));
	block(&l, "other", 0, "populate", OF_CLASS("fault_ns_p50", "100", "noisy"));
	end(&l, "r");
	check(outcome_of(cmd_compare, "r", NULL), 3, "nothing was compared");
}

Test(bad_input, an_aa_arm_is_no_base)
{
	struct lines l;
	unsigned int i;

	begin(&l, "wall", usual);
	for (i = 0; i < 10; i++) {
		block(&l, "other", i, "populate", OF_CLASS("fault_ns_p50", "%u", "noisy"),
		      1050 + i % 3);
		block(&l, "freeze@aa", i, "populate", OF_CLASS("fault_ns_p50", "%u", "noisy"),
		      1000 + i % 3);
	}
	end(&l, "r");
	check(outcome_of(cmd_compare, "r", NULL), 3, "freeze@aa is an A/A arm, but its base");
}

/* The rest is compared, but the run cannot pass. */
Test(bad_input, an_aa_arm_without_its_base_among_others_is_said)
{
	struct lines l;

	begin(&l, "count", usual);
	block(&l, "freeze@aa", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	block(&l, "one", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	block(&l, "two", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	end(&l, "r");
	check(outcome_of(cmd_compare, "r", NULL), 3, "freeze@aa is an A/A arm, but its base is not");
}

Test(bad_input, two_clocks_compare_nothing_even_where_allowed)
{
	struct lines l;

	begin(&l, "count", usual);
	block(&l, "freeze", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	end(&l, "a");
	begin(&l, "wall", usual);
	block(&l, "freeze", 0, "populate", OF_CLASS("fault_ns_p50", "100", "noisy"));
	end(&l, "b");
	check(outcome_of(cmd_compare, "a", "b", NULL), 3, "clock count against wall");
	check(outcome_of(cmd_compare, "--allow-mismatch", "a", "b", NULL), 3,
	      "nothing was compared");
}

static void write_gated(const char *path, const char *variant, const char *v, const char *gated,
			const char *better)
{
	struct lines l;

	begin(&l, "count", usual);
	block(&l, variant, 0, "populate",
	      "\"fault_insn_p50\":{\"v\":%s,\"unit\":\"insn\",\"better\":\"%s\",\"class\":"
	      "\"exact\",\"n\":256,\"gated\":%s}," EXACT("augs_per_fault", "1", "true"),
	      v, better, gated);
	end(&l, path);
}

Test(bad_input, arms_must_agree_on_gating_and_direction)
{
	write_gated("a", "freeze", "7197", "true", "lower");
	write_gated("b", "other", "9999", "false", "lower");
	check(outcome_of(cmd_compare, "a", "b", NULL), 3, "NOT COMPARABLE: 1 row");
	check(outcome_of(cmd_compare, "b", "a", NULL), 3, "NOT COMPARABLE: 1 row");
	write_gated("b", "other", "9999", "true", "higher");
	check(outcome_of(cmd_compare, "a", "b", NULL), 3, "has another better");
	check(outcome_of(cmd_compare, "b", "a", NULL), 3, "has another better");
	write_gated("b", "other", "9999", "true", "lower");
	check(outcome_of(cmd_compare, "a", "b", NULL), 1, "regressed");
}

static void write_boots(int status, int complaints, const char *other)
{
	struct lines l;

	begin(&l, "count", usual);
	block(&l, "freeze", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	boot(&l, "freeze", 0, 0, 0);
	block(&l, "other", 0, "populate", EXACT("fault_insn_p50", "%s", "true"), other);
	boot(&l, "other", 0, status, complaints);
	end(&l, "r");
}

Test(bad_input, what_a_boots_line_complains_of_counts)
{
	write_boots(0, 0, "7197");
	check(outcome_of(cmd_compare, "r", NULL), 0, "0 of 1 gated rows regressed");
	write_boots(0, 2, "7197");
	check(outcome_of(cmd_compare, "r", NULL), 3, "INVALID: other: the kernel complained");
	write_boots(3, 0, "7197");
	check(outcome_of(cmd_compare, "r", NULL), 3, "INVALID: other");
	/* A regression that was seen stands beside it. */
	write_boots(3, 2, "9999");
	check(outcome_of(cmd_compare, "r", NULL), 1, "INVALID: other");
}

/* "a", and "b" with the same figure from @other. */
static void two_files(const char *other)
{
	struct lines l;

	begin(&l, "count", usual);
	block(&l, "freeze", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	end(&l, "a");
	begin(&l, "count", other);
	block(&l, "other", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	end(&l, "b");
}

Test(bad_input, another_kernel_and_host_are_named)
{
	struct outcome o;

	two_files("\"kernel\":\"7.3.5\",\"cpu\":\"Other\",\"host_cpus\":64,");
	o = outcome_of(cmd_compare, "a", "b", NULL);
	cr_assert(strstr(o.out, "7.3.4") && strstr(o.out, "7.3.5"), "%s", o.out);
	cr_assert(strstr(o.out, "One") && strstr(o.out, "Other"), "%s", o.out);
	outcome_free(&o);
	o = outcome_of(cmd_compare, "a", "b", "--format", "json", NULL);
	cr_assert(strstr(o.out, "7.3.4") && strstr(o.out, "7.3.5"), "%s", o.out);
	outcome_free(&o);
}

/* Where CPUs take turns of another length, a race is another. */
Test(bad_input, turns_of_another_length_do_not_compare)
{
	struct outcome o;

	two_files("\"kernel\":\"7.3.4\",\"cpu\":\"One\",\"host_cpus\":2,\"turn\":1000,");
	o = outcome_of(cmd_compare, "a", "b", NULL);
	cr_assert_eq(o.status, 3);
	cr_assert(strstr(o.err, "a CPU's turn up to a timer against 1000"), "%s", o.err);
	outcome_free(&o);
	o = outcome_of(cmd_compare, "b", "a", "--allow-mismatch", NULL);
	cr_assert_eq(o.status, 0);
	cr_assert(strstr(o.out, "turns of 1000"), "%s", o.out);
	outcome_free(&o);
}

/* It once never ended: two values near the largest have no sum. */
Test(bad_input, values_near_the_largest_come_to_an_end)
{
	struct lines l;
	unsigned int i;

	begin(&l, "wall", usual);
	for (i = 0; i < 10; i++) {
		block(&l, "freeze", i, "populate",
		      OF_CLASS("fault_ns_p50", "1.20%ue308", "noisy") ","
		      OF_CLASS("both_signs", "%s1.7%ue308", "noisy"), i, i % 2 ? "-" : "", i);
		block(&l, "other", i, "populate",
		      OF_CLASS("fault_ns_p50", "1.20%ue308", "noisy") ","
		      OF_CLASS("both_signs", "%s1.7%ue308", "noisy"), 9 - i, i % 2 ? "" : "-", i);
	}
	end(&l, "r");
	check(outcome_of(cmd_compare, "r", NULL), 3, "0 of 2 gated rows regressed");
	check(outcome_of(cmd_compare, "--all", "r", NULL), 3, "fault_p50");
}

/* One boot, eight times: a difference of 3 % in a mean that any seed moves is no finding. */
Test(bad_input, a_seed_repeated_is_one_sample)
{
	struct lines l;
	struct outcome o;
	unsigned int i;

	begin(&l, "count", usual);
	for (i = 0; i < 8; i++) {
		block(&l, "freeze", i, "populate",
		      EXACT("fault_insn_p50", "7197", "true") ","
		      OF_CLASS("fault_insn_p99", "7609.75", "bounded"));
		block(&l, "other", i, "populate",
		      EXACT("fault_insn_p50", "7201", "true") ","
		      OF_CLASS("fault_insn_p99", "7854.25", "bounded"));
	}
	end(&l, "r");
	o = outcome_of(cmd_compare, "r", "--format", "json", NULL);
	cr_assert_not_null(strstr(o.out, "\"n\": 1,"), "%s", o.out);
	cr_assert_null(strstr(o.out, "\"p\""), "%s", o.out);
	outcome_free(&o);
	check(outcome_of(cmd_compare, "r", NULL), 3, "One seed in 8 boots");
	check(outcome_of(cmd_compare, "r", NULL), 3, "+0.06% small");
	check(outcome_of(cmd_compare, "r", NULL), 3, "+3.21% unclear");
}

static void write_half_invalid(const char *rest)
{
	struct lines l;

	begin(&l, "count", usual);
	block(&l, "freeze", 0, "populate", EXACT("fault_insn_p50", "7197", "true"));
	block(&l, "other", 0, "populate", EXACT("fault_insn_p50", "%s", "true"), rest);
	block(&l, "freeze", 0, "zap", EXACT("zap_insn_per_page", "100", "true"));
	l.invalid = true;
	block(&l, "other", 0, "zap", EXACT("zap_insn_per_page", "100", "true"));
	end(&l, "r");
}

/* The rest is compared; a regression there stands, anything else decides nothing. */
Test(bad_input, half_the_blocks_invalid_are_named)
{
	write_half_invalid("7197");
	check(outcome_of(cmd_compare, "r", NULL), 3, "INVALID: other: 1 of 2 blocks left out; the");
	check(outcome_of(cmd_compare, "r", NULL), 3, "MISSING: zap vcpus=2 has no valid block in");
	write_half_invalid("9999");
	check(outcome_of(cmd_compare, "r", NULL), 1, "1 of 2 gated rows regressed");
}
