// SPDX-License-Identifier: GPL-2.0-or-later
/* Options: what is taken, what is refused, and the way into the guest and back. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <util/file.h>

#include "fatal.h"
#include "inject.h"
#include "options.h"
#include "run.h"
#include "core/core.h"	/* softtdx */

#define MAX_WORDS	40

static struct bench_options o;

/* Parses @line, split at blanks; what it is made of stays until the next one. */
static int parse(const char *line)
{
	static const struct options run = { .verb = "run", .usage = "", .shared = bench_option_table };
	static char copy[2048];
	char *argv[MAX_WORDS], *save;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return bench_options_parse(&run, &o, argc, argv);
}

Test(options, defaults)
{
	cr_assert_eq(parse("run"), 0);
	cr_assert_eq(o.nr_variants, 0);
	for (size_t i = 0; sept_case_at(i); i++)
		cr_assert_eq(sept_case_at(i)->by_name, i >= o.nr_cases, "%s", sept_case_at(i)->name);
	cr_assert_eq(o.nr_vcpus, 2);
	cr_assert_eq(o.vcpus[1], 2);
	cr_assert_eq(o.pages, 1024);
	cr_assert_eq(bench_options_blocks(&o), 1);
	cr_assert_eq(bench_options_seeds(&o), 8);
	o.clock = BENCH_CLOCK_WALL;
	cr_assert_eq(bench_options_blocks(&o), 5);
	cr_assert_eq(bench_options_seeds(&o), 1, "chance is enough");
	o.clock = BENCH_CLOCK_COUNT;
	cr_assert_eq(o.seed, 1);
	cr_assert_eq(o.seed_first, 1);
	cr_assert_eq(o.clock, BENCH_CLOCK_COUNT);
	cr_assert_not(o.clock_given);
	cr_assert_str_eq(o.profile, "all-zero");
	cr_assert_null(o.out);
	bench_options_free(&o);
}

Test(options, quick_changes_defaults_only)
{
	cr_assert_eq(parse("run --pages=77 --quick"), 0);
	cr_assert_eq(o.pages, 77);
	o.clock = BENCH_CLOCK_WALL;
	cr_assert_eq(bench_options_blocks(&o), 2);
	cr_assert_eq(o.nr_vcpus, 1);
	bench_options_free(&o);
}

Test(options, all_of_them)
{
	cr_assert_eq(
		parse("lab --variants freeze,freeze-batched,freeze --cases=zap,populate,zap --vcpus 1,4,1 --pages 0x200"
		      " --blocks 3 --clock wall --seed 18446744073709551615 --placement list:1,2,3"
		      " --profile tdx-estimate -o out.jsonl --boot 4 --softtdx busy_permille=5,bug=skip_kick --module 1.5.05"
		      " --corrupt"),
		0);
	cr_assert_eq(o.nr_variants, 2);
	cr_assert_str_eq(o.variants[1], "freeze-batched");
	cr_assert_eq(o.nr_cases, 2);
	cr_assert_str_eq(o.cases[0]->name, "zap");
	cr_assert_eq(o.nr_vcpus, 2);
	cr_assert_eq(o.vcpus[1], 4);
	cr_assert_eq(o.pages, 512);
	cr_assert_eq(o.clock, BENCH_CLOCK_WALL);
	cr_assert(o.clock_given);
	cr_assert_eq(o.seed, UINT64_MAX);
	cr_assert_eq(o.placement.nr_list, 3);
	cr_assert_str_eq(o.out, "out.jsonl");
	cr_assert_eq(o.boot, 4);
	cr_assert_str_eq(o.softtdx, "busy_permille=5 bug=skip_kick");
	cr_assert_str_eq(o.module, "1.5.05");
	cr_assert(o.module_given);
	cr_assert(o.corrupt);
	bench_options_free(&o);
}

Test(options, bad_input_is_one_line_and_exit_2)
{
	static const char *const bad[] = {
		"--cases populatee", "--cases=", "--cases populate,,zap", "--vcpus 0",
		"--vcpus 257", "--vcpus 1,x", "--vcpus -1", "--pages 0", "--pages 4194305",
		"--pages 1k", "--blocks 0", "--clock cpu", "--seed",
		"--seed 18446744073709551616", "--seed -1", "--seeds 0x", "--seeds 3-2",
		"--seeds -3", "--seeds 1-2-3", "--seeds 0-1000000", "--placement sibling",
		"--unknown", "--quick=1", "stray", "-", "--", "-x", "--softtdx bug",
		"--module 1.5.02", "--module 1.5", "--module", "--softtdx =1", "--softtdx bug=b;c",
		"--softtdx nosuch=1", "--turn 0", "--turn 99", "--turn 4000001", "--turn 1000 --clock wall",
		"--variants a,", "--boot x", "--pages 2 --vcpus 4", "--out", "--tds 0",
		"--tds 17", "--tds x", "--tds 2 --cases zap", "--tds 16 --vcpus 17",
		"--tds 2 --inject busy",
	};
	char line[128], text[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FILE *was = stderr;
		size_t len = 0;

		snprintf(line, sizeof(line), "run %s", bad[i]);
		memset(text, 0, sizeof(text));
		stderr = fmemopen(text, sizeof(text), "w");
		cr_assert_eq(parse(line), BENCH_USAGE, "%s", bad[i]);
		fclose(stderr);
		stderr = was;
		len = strlen(text);
		cr_assert_gt(len, 20, "%s: \"%s\"", bad[i], text);
		cr_assert_eq(strchr(text, '\n'), text + len - 1, "%s: \"%s\"", bad[i], text);
		bench_options_free(&o);
	}
}

/* As many vCPUs as there can be CPUs, and no case that does not know of other TDs. */
Test(options, several_tds)
{
	char *args;

	cr_assert_eq(parse("lab --variants a"), 0);
	cr_assert_eq(o.tds, 1);
	args = bench_options_guest_args(&o, "a", 0);
	cr_assert_null(strstr(args, "--tds"), "%s", args);
	free(args);
	bench_options_free(&o);
	cr_assert_eq(parse("lab --variants a --tds 8 --vcpus 1,8 --cases populate"), 0);
	args = bench_options_guest_args(&o, "a", 0);
	cr_assert_not_null(strstr(args, " --tds=8"), "%s", args);
	free(args);
	bench_options_free(&o);
	cr_assert_eq(parse("lab --variants a --tds 2"), 0);
	cr_assert_gt(o.nr_cases, 0);
	for (size_t i = 0; i < o.nr_cases; i++)
		cr_assert(o.cases[i]->many_tds, "%s", o.cases[i]->name);
	bench_options_free(&o);
}

Test(options, help_is_not_an_error, .init = cr_redirect_stdout)
{
	cr_assert_eq(parse("run --pages 3 --help"), OPTIONS_HELP);
	bench_options_free(&o);
}

Test(options, linux_beside_other_cases_boots_once)
{
	const struct sept_case *boot = sept_case_find("boot-lazy"), *zap = sept_case_find("zap");

	cr_assert_eq(parse("lab --cases all,boot-lazy"), 0);
	cr_expect_eq(o.cases[o.nr_cases - 1], boot);
	cr_expect_eq(bench_options_case_blocks(&o, boot), 1);
	cr_expect_eq(bench_options_case_blocks(&o, zap), 8);
	bench_options_free(&o);
	cr_assert_eq(parse("lab --cases zap,boot-lazy --seeds 3 --blocks 2"), 0);
	cr_expect_eq(bench_options_case_blocks(&o, boot), 1);
	cr_expect_eq(bench_options_case_blocks(&o, zap), 6);
	/* Two vCPU counts; only zap warms up. */
	cr_expect_eq(session_blocks(&o), 2 * (7 + 1));
	bench_options_free(&o);
	cr_assert_eq(parse("lab --cases boot-lazy,boot-smp --seeds 3 --blocks 2"), 0);
	cr_expect_eq(bench_options_case_blocks(&o, boot), 6);
	bench_options_free(&o);
}

Test(options, seeds)
{
	struct bench_options host;
	char *args;

	cr_assert_eq(parse("lab --variants a --seeds 40"), 0);
	cr_assert_not(o.sweep);
	cr_assert_eq(o.seed_first, 1);
	cr_assert_eq(o.seed_last, 40);
	cr_assert_eq(bench_options_seeds(&o), 40);
	bench_options_free(&o);
	cr_assert_eq(parse("lab --seed 5"), 0);
	cr_assert_eq(o.seed_first, 5);
	cr_assert_eq(o.seed_last, 12);
	bench_options_free(&o);
	cr_assert_eq(parse("lab --blocks 3"), 0);
	cr_assert_eq(bench_options_seeds(&o), 1, "blocks of one seed");
	cr_assert_eq(bench_options_blocks(&o), 3);
	bench_options_free(&o);
	cr_assert_eq(parse("lab --seeds 3-4 --blocks 3 --seed 9"), 0);
	cr_assert_eq(o.seed_first, 9);
	cr_assert_eq(o.seed_last, 10);
	host = o;
	args = bench_options_guest_args(&host, "a", 0);
	cr_assert_eq(parse(args), 0, "%s", args);
	cr_assert(o.seed_first == 9 && o.seed_last == 10 && o.seed == 9 && o.blocks == 3);
	free(args);
	bench_options_free(&o);
	bench_options_free(&host);
	cr_assert_eq(parse("lab --variants a --sweep --seeds 7-7"), 0);
	host = o;
	args = bench_options_guest_args(&host, "a", 0);
	cr_assert_eq(parse(args), 0, "%s", args);
	cr_assert(o.sweep);
	cr_assert_eq(o.seed, 7);
	cr_assert_eq(o.seed_first, 7);
	cr_assert_eq(o.seed_last, 7);
	free(args);
	bench_options_free(&o);
	bench_options_free(&host);
	cr_assert_eq(parse("lab"), 0);
	cr_assert_not(o.sweep);
	cr_assert_eq(o.nr_inject, 0);
	bench_options_free(&o);
}

Test(options, faults_are_named)
{
	static const char * const bad[] = { "nosuch", "busy+", "+busy", "busy+nosuch", "busy+mix" };
	char line[64];

	cr_assert_eq(parse("lab --inject kill,slab+busy,kill"), 0);
	cr_assert_eq(o.nr_inject, 2);
	cr_assert_eq(o.inject[0], 1u << INJECT_KILL);
	cr_assert_eq(o.inject[1], 1u << INJECT_SLAB | 1u << INJECT_BUSY);
	cr_assert(o.sweep && o.seed_first == 1 && o.seed_last > 1);
	bench_options_free(&o);
	cr_assert_eq(parse("lab --inject all --seeds 3-3"), 0);
	cr_assert_eq(o.nr_inject, INJECT_NR + 1);
	cr_assert_eq(o.inject[INJECT_NR], INJECT_MIX);
	cr_assert_eq(o.seed_first, 3);
	bench_options_free(&o);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "lab --inject %s", bad[i]);
		cr_assert_eq(parse(line), 2, "%s", line);
		bench_options_free(&o);
	}
}

Test(options, the_guest_gets_the_same)
{
	struct bench_options host;
	char *args;

	cr_assert_eq(
		parse("lab --variants a,b --cases zap,plain --vcpus 3,1 --pages 99 --blocks 7 --clock wall"
		      " --seed 42 --placement list:0,1-3 --memory node:1,3 --softtdx yield=2,bug=none --module 1.5.01 --corrupt"
		      " --inject slab,busy+grace,mix"),
		0);
	host = o;
	args = bench_options_guest_args(&host, "b", 6);
	cr_assert_not_null(args);
	cr_assert_eq(parse(args), 0, "%s", args);
	cr_assert_eq(o.nr_variants, 1);
	cr_assert_str_eq(o.variants[0], "b");
	cr_assert_eq(o.boot, 6);
	cr_assert_eq(o.nr_cases, host.nr_cases);
	cr_assert_arr_eq(o.cases, host.cases, sizeof(o.cases));
	cr_assert_arr_eq(o.vcpus, host.vcpus, sizeof(o.vcpus));
	cr_assert_eq(o.pages, 99);
	cr_assert_eq(o.blocks, 7);
	cr_assert_eq(o.clock, BENCH_CLOCK_WALL);
	cr_assert_eq(o.seed, 42);
	cr_assert_eq(o.placement.nr_list, 4);
	cr_assert_eq(o.memory.nodes, 10);
	cr_assert_str_eq(o.softtdx, host.softtdx);
	cr_assert_str_eq(o.module, "1.5.01");
	cr_assert(o.corrupt);
	cr_assert_eq(o.nr_inject, host.nr_inject);
	cr_assert_arr_eq(o.inject, host.inject, sizeof(o.inject));
	cr_assert(o.sweep);
	free(args);
	bench_options_free(&o);
	bench_options_free(&host);
}

/* Where it is not given it is in no text: results of before there was one have to compare. */
Test(options, turns_go_to_the_guest)
{
	struct bench_options host;
	char *args;

	cr_assert_eq(parse("lab --variants a --turn 2500"), 0);
	host = o;
	args = bench_options_guest_args(&host, "a", 0);
	cr_assert_not_null(args);
	cr_assert_eq(parse(args), 0, "%s", args);
	cr_assert_eq(o.turn, 2500);
	free(args);
	bench_options_free(&o);
	bench_options_free(&host);
	cr_assert_eq(parse("lab --variants a"), 0);
	args = bench_options_text(&o);
	cr_assert(args && !strstr(args, "turn"), "%s", args);
	free(args);
	bench_options_free(&o);
}

/* What the driver takes is what the software module knows, the newest by default. */
Test(options, module_releases_are_softtdx_own)
{
	unsigned int n = 0;

	while (bench_modules[n]) {
		cr_expect_str_eq(bench_modules[n], sx_release_name((enum sx_release)n));
		n++;
	}
	cr_expect_eq(n, SX_NR_RELEASES);
	cr_assert_eq(parse("lab"), 0);
	cr_expect_str_eq(o.module, sx_release_name(SX_R_NEWEST));
	cr_expect_not(o.module_given);
	bench_options_free(&o);
}

/* And each of its parameters that has no option of its own, by the file that declares them. */
Test(options, parameters_are_softtdx_own)
{
	static const char *const others[] = { "seed", "release", "spin", NULL };
	unsigned int nr = 0, declared = 0;
	size_t len;
	char *text = file_read(SEAM_FILE, 1 << 20, &len), *at, name[64];

	cr_assert_not_null(text);
	for (at = text; (at = strstr(at, "\nmodule_param")); at++) {
		bool known = false;

		cr_assert_eq(sscanf(strchr(at, '('), "(%63[a-z_]", name), 1);
		declared++;
		for (const char *const *p = bench_softtdx; *p; p++)
			known |= !strcmp(*p, name);
		for (const char *const *p = others; *p; p++)
			known |= !strcmp(*p, name);
		cr_expect(known, "--softtdx does not know %s", name);
	}
	while (bench_softtdx[nr])
		nr++;
	cr_expect_eq(declared, nr + 3);
	free(text);
}

/* Of the lab a word may be a file too; of a host it must be a name, which goes into paths. */
Test(options, names_of_variants)
{
	cr_assert(bench_is_name("freeze"));
	cr_assert(bench_is_name("v2.1_x-y"));
	cr_assert_not(bench_is_name(""));
	cr_assert_not(bench_is_name("../x"));
	cr_assert_not(bench_is_name(".x"));
	cr_assert_not(bench_is_name("-x"));
	cr_assert_not(bench_is_name("a b"));
	cr_assert_not(bench_is_name("a..b/c"));
	cr_assert_not(bench_is_name("a-name-that-is-as-long-as-no-variants-name-may-be-here"));
}

/* A name of now, in a folder that is made; one that is given is taken as it is, or refused. */
Test(options, name_of_the_result)
{
	char dir[] = "/tmp/septbench-test.XXXXXX", out[64];
	struct tm tm;

	cr_redirect_stderr();
	cr_assert(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
	cr_assert_eq(parse("lab"), 0);
	cr_assert_eq(bench_options_out(&o, "lab", out, sizeof(out)), 0);
	cr_expect_str_eq(strptime(out, "results/lab-%Y%m%d-%H%M%S", &tm), ".jsonl", "%s", out);
	cr_expect_eq(rmdir("results"), 0);
	bench_options_free(&o);
	cr_assert_eq(parse("lab --out a/name"), 0);
	cr_expect_eq(bench_options_out(&o, "lab", out, sizeof(out)), 0);
	cr_expect_str_eq(out, "a/name");
	cr_expect_eq(bench_options_out(&o, "lab", out, 6), BENCH_USAGE);
	cr_expect_neq(access("results", F_OK), 0);
	bench_options_free(&o);
	cr_assert_eq(chdir("/"), 0);
	rmdir(dir);
}
