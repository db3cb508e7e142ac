// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <util/number.h>

#include "events.h"
#include "fatal.h"
#include "inject.h"
#include "vm.h"

#define MAX_BLOCKS	1000000
/* Less and the tick's interrupt fills the turns; more is longer than from one tick to the next. */
#define MIN_TURN	100
#define MAX_TURN	4000000
#define MAX_SEEDS	1000000
#define DEFAULT_SEEDS	8

static int bad_value(const char *option, const char *value, const char *expected)
{
	return complain(BENCH_USAGE, "--%s: \"%s\" is not %s", option, value, expected);
}

static bool parse_in(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	return number_parse(text, v) && *v >= min && *v <= max;
}

/* Calls @add for each entry of the comma-separated @list until one returns nonzero. */
static int for_each(const char *option, const char *list,
		    int (*add)(struct bench_options *, const char *), struct bench_options *o)
{
	char *copy, *at, *entry;
	int r = 0;

	if (!*list)
		return bad_value(option, list, "a list");
	copy = at = strdup(list);
	if (!copy)
		return complain(BENCH_INVALID, "no memory");
	while (!r && (entry = strsep(&at, ",")))
		r = add(o, entry);
	free(copy);
	return r;
}

bool bench_is_name(const char *s)
{
	return *s && *s != '.' && *s != '-' && strlen(s) < BENCH_NAME_LEN &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

int bench_options_add_variant(struct bench_options *o, const char *given)
{
	char *copy;

	if (!*given)
		return bad_value("variants", given, "a variant's name");
	for (size_t i = 0; i < o->nr_variants; i++)
		if (!strcmp(o->variants[i], given))
			return 0;
	if (o->nr_variants == BENCH_MAX_LIST)
		return complain(BENCH_USAGE, "--variants: more than %d names", BENCH_MAX_LIST);
	copy = strdup(given);
	if (!copy)
		return complain(BENCH_INVALID, "no memory");
	o->variants[o->nr_variants++] = copy;
	return 0;
}

static int add_variant(struct bench_options *o, const char *name)
{
	if (strcmp(name, "all"))
		return bench_options_add_variant(o, name);
	o->all_variants = true;
	return 0;
}

static void forget_variants(struct bench_options *o)
{
	while (o->nr_variants)
		free(o->variants[--o->nr_variants]);
	o->all_variants = false;
}

static int set_variants(void *to, const char *v)
{
	struct bench_options *o = to;

	forget_variants(o);
	return for_each("variants", v, add_variant, o);
}

static int add_case(struct bench_options *o, const char *name)
{
	const struct sept_case *c;

	if (!strcmp(name, "all")) {
		o->nr_cases = 0;
		for (size_t i = 0; sept_case_at(i); i++)
			if (!sept_case_at(i)->by_name)
				o->cases[o->nr_cases++] = sept_case_at(i);
		return 0;
	}
	c = sept_case_find(name);
	if (!c)
		return complain(BENCH_USAGE,
				"--cases: there is no case \"%s\"; `septbench list` names them",
				name);
	for (size_t i = 0; i < o->nr_cases; i++)
		if (o->cases[i] == c)
			return 0;
	o->cases[o->nr_cases++] = c;
	return 0;
}

static int set_cases(void *to, const char *v)
{
	struct bench_options *o = to;

	o->nr_cases = 0;
	return for_each("cases", v, add_case, o);
}

static int add_vcpus(struct bench_options *o, const char *text)
{
	uint64_t n;

	if (!parse_in(text, 1, BENCH_MAX_VCPUS, &n))
		return bad_value("vcpus", text, "a number from 1 to " BENCH_TEXT(BENCH_MAX_VCPUS));
	for (size_t i = 0; i < o->nr_vcpus; i++)
		if (o->vcpus[i] == n)
			return 0;
	if (o->nr_vcpus == BENCH_MAX_LIST)
		return complain(BENCH_USAGE, "--vcpus: more than %d numbers", BENCH_MAX_LIST);
	o->vcpus[o->nr_vcpus++] = (unsigned int)n;
	return 0;
}

static int set_vcpus(void *to, const char *v)
{
	struct bench_options *o = to;

	o->nr_vcpus = 0;
	return for_each("vcpus", v, add_vcpus, o);
}

static int set_clock(void *to, const char *v)
{
	struct bench_options *o = to;

	o->clock_given = true;
	o->clock = strcmp(v, "wall") ? BENCH_CLOCK_COUNT : BENCH_CLOCK_WALL;
	return 0;
}

/* N for 1-N, or A-B. */
static int set_seeds(void *to, const char *v)
{
	struct bench_options *o = to;
	char first[32] = "1";
	const char *dash = strchr(v, '-'), *last = dash ? dash + 1 : v;

	if (dash)
		snprintf(first, sizeof(first), "%.*s", (int)(dash - v), v);
	if (!number_parse(first, &o->seed_first) || !number_parse(last, &o->seed_last) ||
	    o->seed_first > o->seed_last || o->seed_last - o->seed_first >= MAX_SEEDS ||
	    o->seed_last > INT64_MAX)
		return bad_value("seeds", v, "a number of seeds or FIRST-LAST, at most 1000000");
	o->seed = o->seed_first;
	o->seeds_given = true;
	return 0;
}

static int set_placement(void *to, const char *v)
{
	struct bench_options *o = to;

	if (!placement_parse(&o->placement, v))
		return bad_value(
			"placement", v,
			"compact, spread, one-per-core, siblings, cross-node or list:CPU,CPU,...");
	return 0;
}

static int set_memory(void *to, const char *v)
{
	struct bench_options *o = to;

	if (!memory_parse(&o->memory, v))
		return bad_value("memory", v, "local, interleave or node:N,N-M,...");
	return 0;
}

static int add_pass(struct bench_options *o, unsigned int mask)
{
	for (size_t i = 0; i < o->nr_inject; i++)
		if (o->inject[i] == mask)
			return 0;
	if (o->nr_inject == BENCH_MAX_LIST)
		return complain(BENCH_USAGE, "--inject: more than %d passes", BENCH_MAX_LIST);
	o->inject[o->nr_inject++] = mask;
	return 0;
}

static int add_inject(struct bench_options *o, const char *name)
{
	unsigned int mask = inject_parse(name), bit;

	if (!strcmp(name, "all")) {
		for (bit = 1; bit < INJECT_MIX; bit <<= 1)
			add_pass(o, bit);
		return add_pass(o, INJECT_MIX);
	}
	if (!mask)
		return bad_value("inject", name,
				 "busy, slab, pages, signals, slots, kill, grace, pressure, "
				 "several with + between them, mix or all");
	return add_pass(o, mask);
}

static int set_inject(void *to, const char *v)
{
	struct bench_options *o = to;

	return for_each("inject", v, add_inject, o);
}

/*
 * As kmod/softtdx/glue/seam.c has them; tests/bench holds the two lists against each other. Seed
 * and release come by options of their own, and no lab can spin.
 */
const char *const bench_softtdx[] = {
	"yield", "busy_permille", "zero_step", "hp_timeout", "pw_mce", "walk_through_blocked",
	"bug", "selftest", "selftest_seed", NULL
};

static bool is_parameter(const char *name, size_t len)
{
	for (const char *const *p = bench_softtdx; *p; p++)
		if (strlen(*p) == len && !memcmp(*p, name, len))
			return true;
	return false;
}

/* NAME=VALUE,... as module parameters. */
static int add_softtdx(struct bench_options *o, const char *param)
{
	const char *eq = strchr(param, '=');
	char *joined;

	if (!eq || !bench_is_name(eq + 1) || !is_parameter(param, (size_t)(eq - param)))
		return bad_value("softtdx", param, "NAME=VALUE with a name that --help lists");
	if (asprintf(&joined, "%s%s%s", o->softtdx, *o->softtdx ? " " : "", param) < 0)
		return complain(BENCH_INVALID, "no memory");
	free(o->softtdx);
	o->softtdx = joined;
	return 0;
}

static int set_events(void *to, const char *v)
{
	struct bench_options *o = to;
	char bad[EVENT_NAME_LEN];

	if (!events_valid(v, bad))
		return bad_value("events", bad, "an event; `septbench list --events` names them");
	o->events = v;
	return 0;
}

/* As kmod/softtdx/core/core.h has them; tests/bench holds the two lists against each other. */
const char *const bench_modules[] = { "1.5.01", "1.5.05", "1.5.16", "1.5.25", NULL };

static int set_softtdx(void *to, const char *v)
{
	struct bench_options *o = to;

	return for_each("softtdx", v, add_softtdx, o);
}

/* One word each time, since that is how words get into the lab's guest. */
static int set_guest_append(void *to, const char *v)
{
	struct bench_options *o = to;
	char *all;

	if (strpbrk(v, " \n") || !*v)
		return bad_value("guest-append", v, "one word; give the option once for each");
	if (asprintf(&all, "%s%s%s", o->guest_append, *o->guest_append ? " " : "", v) < 0)
		return complain(BENCH_INVALID, "no memory");
	free(o->guest_append);
	o->guest_append = all;
	return 0;
}

#define O struct bench_options

const struct option bench_option_table[] = {
	OPTION_GROUP("What is measured"),
	{ "variants", "VARIANT,...", "variants to measure, or all (the lab's default)", OPTION_CALL(set_variants) },
	{ "cases", "CASE,...", "cases to run (default: all)", OPTION_CALL(set_cases) },
	{ "vcpus", "LIST", "vCPU counts, 1.." BENCH_TEXT(BENCH_MAX_VCPUS) " each (default: 1,2; quick: 2)",
	  OPTION_CALL(set_vcpus) },
	{ "tds", "N",
	  "run each case in so many TDs at once, 1.." BENCH_TEXT(BENCH_MAX_TDS) ", with as many vCPUs and\n"
	  "pages each (default: 1): populate and sparse, whose faults and\n"
	  "counts are then all TDs'. A zap has one control thread",
	  OPTION_NUMBER(O, tds, 1, BENCH_MAX_TDS) },
	{ "pages", "N", "4K pages of the test range (default: 1024; quick: 256)",
	  OPTION_NUMBER(O, pages, 1, VM_MAX_PAGES) },
	{ "blocks", "N",
	  "measured blocks per case and vCPU count (default: 5; quick: 2);\n"
	  "count: per seed (default: 1 of each)", OPTION_NUMBER(O, blocks, 1, MAX_BLOCKS) },
	{ "clock", "count|wall", "(default: count in the lab, wall on a host)", OPTION_CALL(set_clock) },
	{ "seed", "N",
	  "of page order, schedule and phase of the timer; the first one\n"
	  "where there are several (default: 1)", OPTION_NUMBER(O, seed, 0, UINT64_MAX) },
	{ "seeds", "N",
	  "count: the seeds that each boot measures, 1 to N, or A-B\n"
	  "(default: 8, with --blocks 1). A seed is a sample, a second boot\n"
	  "of it is none", OPTION_CALL(set_seeds) },
	{ "turn", "N",
	  "count, in the lab: CPUs side by side, in turns of N instructions;\n"
	  "times are then latency, not the work of all CPUs, and have no\n"
	  "parts (default: a turn lasts up to a timer, HLT or PAUSE)", OPTION_NUMBER(O, turn, MIN_TURN, MAX_TURN) },
	{ "sweep", NULL,
	  "one block for each seed, each in a process of its own, and what\n"
	  "happened in the whole life of its TD; needs softtdx", OPTION_FLAG(O, sweep) },
	{ "placement", "POLICY",
	  "compact, spread, one-per-core, siblings, cross-node, or\n"
	  "list:CPU,CPU-CPU,..., the first for the control thread\n"
	  "(default: compact)", OPTION_CALL(set_placement) },
	{ "memory", "POLICY",
	  "NUMA nodes of the TD's memory and page tables: local (to\n"
	  "the vCPU that faults), interleave, or node:N,N-M,...\n"
	  "(default: local)", OPTION_CALL(set_memory) },
	{ "events", "LIST",
	  "count these too: hardware and software events by perf's\n"
	  "names, raw ones rHEX, tracepoints SYSTEM:NAME with * and ?", OPTION_CALL(set_events) },
	{ "quick", NULL, "small defaults", OPTION_FLAG(O, quick) },
	OPTION_GROUP("The result"),
	{ "out", "FILE", "result file (default: a new one under results/)", OPTION_STRING(O, out),
	  .letter = 'o' },
	{ "profile", "all-zero|tdx-estimate|FILE", "cost profile (default: all-zero)",
	  OPTION_STRING(O, profile) },
	{ "identify", NULL, "name host and user in the result (default: neither)",
	  OPTION_FLAG(O, identify) },
	{ "boot", "N", "number of this boot, as it is to be recorded (default: 0)",
	  OPTION_NUMBER(O, boot, 0, INT32_MAX) },
	OPTION_GROUP("The software TDX module, of the lab"),
	{ "module", "1.5.01|1.5.05|1.5.16|1.5.25", "whose rules it keeps (default: 1.5.25)",
	  OPTION_STRING(O, module) },
	{ "softtdx", "NAME=VALUE,...",
	  "its parameters: yield (most PAUSEs at a yield point, where other CPUs get\n"
	  "their turn), busy_permille (of lock attempts that end BUSY), zero_step,\n"
	  "hp_timeout, pw_mce, walk_through_blocked, bug (skip_track, skip_kick),\n"
	  "selftest, selftest_seed", OPTION_CALL(set_softtdx) },
	{ "inject", "LIST",
	  "measure nothing, but let TDs (one per seed) live under faults:\n"
	  "busy, slab, pages, signals, slots, kill, grace, pressure,\n"
	  "several at once (busy+slab), mix (all at once) or all (each,\n"
	  "then mix); with --flavour debug", OPTION_CALL(set_inject) },
	/* Spoils an S-EPT entry before the oracle looks. */
	{ "corrupt", NULL, NULL, OPTION_FLAG(O, corrupt) },
	OPTION_GROUP("Cases that boot Linux"),
	{ "guest-kernel", "FILE", "a vmlinux or a bzImage (default: in the lab Debian's, fetched once)",
	  OPTION_STRING(O, guest_kernel) },
	{ "guest-modules", "FILE",
	  "a cpio archive with /modules/order, a name a line, and the files\n"
	  "/modules/NAME.ko, for module-load (default: in the lab Debian's)",
	  OPTION_STRING(O, guest_modules) },
	{ "guest-append", "WORD", "to that kernel's command line; may be given several times",
	  OPTION_CALL(set_guest_append) },
	{ "guest-limit", "SECONDS",
	  "of the block's clock, after which such a guest is ended\n"
	  "(default: 6 under count, 120 under wall)", OPTION_NUMBER(O, guest_limit, 1, 86400) },
	{ "guest-no-initrd", NULL, NULL, OPTION_FLAG(O, no_initrd) },
	{ 0 }
};

/* All cases that can, or those that were asked for. */
static int check_tds(struct bench_options *o, bool all)
{
	size_t kept = 0;

	if (!o->tds)
		o->tds = 1;
	for (size_t i = 0; i < o->nr_cases && o->tds > 1; i++) {
		if (o->cases[i]->many_tds)
			o->cases[kept++] = o->cases[i];
		else if (!all)
			return complain(BENCH_USAGE,
					"--tds %u: case %s runs in one TD; `septbench list` says which run in several",
					o->tds, o->cases[i]->name);
	}
	if (o->tds > 1)
		o->nr_cases = kept;
	if (o->tds > 1 && o->nr_inject)
		return complain(BENCH_USAGE, "--tds %u: not with --inject", o->tds);
	for (size_t i = 0; i < o->nr_vcpus; i++)
		if (o->vcpus[i] * o->tds > BENCH_MAX_VCPUS)
			return complain(BENCH_USAGE,
					"--tds %u of %u vCPUs each: more than %d vCPUs together",
					o->tds, o->vcpus[i], BENCH_MAX_VCPUS);
	return 0;
}

static bool boots_linux_alone(const struct bench_options *o)
{
	for (size_t i = 0; i < o->nr_cases; i++)
		if (!o->cases[i]->linux_mib)
			return false;
	return true;
}

/* What was not asked for in so many words. Depends on --quick, wherever that stood. */
static int set_defaults(struct bench_options *o)
{
	bool linux_alone, all = !o->nr_cases;

	if (all)
		add_case(o, "all");
	if (o->turn && o->clock != BENCH_CLOCK_COUNT)
		return complain(BENCH_USAGE, "--turn: is of instructions, it needs --clock count");
	linux_alone = boots_linux_alone(o);
	o->module_given = o->module;
	if (!o->module)
		o->module = bench_modules[sizeof(bench_modules) / sizeof(bench_modules[0]) - 2];
	if (!o->guest_limit)
		o->guest_limit = o->clock == BENCH_CLOCK_COUNT ? 6 : 120;
	/* A boot takes some twelve seconds: one, unless more are asked for. */
	if (linux_alone && !o->nr_vcpus && set_vcpus(o, "1"))
		return BENCH_USAGE;
	if (!o->nr_vcpus && set_vcpus(o, o->quick ? "2" : "1,2"))
		return BENCH_USAGE;
	if (!o->pages)
		o->pages = o->quick ? 256 : 1024;
	/* Faults are injected into a TD per seed, each in a process of its own. */
	o->sweep |= o->nr_inject;
	/* Who asks for blocks gets them of one seed. Faults are wanted under several. */
	if (!o->seeds_given && !linux_alone && (!o->blocks || o->sweep))
		o->seed_last = o->seed_first + DEFAULT_SEEDS - 1;
	o->seed_last += o->seed - o->seed_first;
	o->seed_first = o->seed;
	for (size_t i = 0; i < o->nr_vcpus; i++)
		if (o->vcpus[i] > o->pages)
			return complain(BENCH_USAGE,
					"--pages %" PRIu64 " is not enough for %u vCPUs", o->pages,
					o->vcpus[i]);
	return check_tds(o, all);
}

int bench_options_parse(const struct options *spec, void *to, int argc, char **argv)
{
	struct bench_options *o = (void *)((char *)to + spec->shared_at);
	int r;

	memset(o, 0, sizeof(*o));
	o->seed = 1;
	o->profile = "all-zero";
	o->events = "";
	o->softtdx = strdup("");
	o->guest_append = strdup("");
	if (!o->softtdx || !o->guest_append)
		return complain(BENCH_INVALID, "no memory");
	r = options_parse(spec, to, argc, argv);
	return r ? r : set_defaults(o);
}

bool bench_options_linux(const struct bench_options *o)
{
	for (size_t i = 0; i < o->nr_cases; i++)
		if (o->cases[i]->linux_mib)
			return true;
	return false;
}

bool bench_options_linux_modules(const struct bench_options *o)
{
	for (size_t i = 0; i < o->nr_cases; i++)
		if (o->cases[i]->linux_modules)
			return true;
	return false;
}

uint64_t bench_options_seeds(const struct bench_options *o)
{
	return o->sweep || o->clock == BENCH_CLOCK_COUNT ? o->seed_last - o->seed_first + 1 : 1;
}

unsigned int bench_options_blocks(const struct bench_options *o)
{
	if (o->blocks)
		return o->blocks;
	return o->clock == BENCH_CLOCK_COUNT ? 1 : o->quick ? 2 : 5;
}

uint64_t bench_options_case_blocks(const struct bench_options *o, const struct sept_case *c)
{
	if (c->linux_mib && !boots_linux_alone(o))
		return 1;
	return bench_options_seeds(o) * bench_options_blocks(o);
}

void bench_options_free(struct bench_options *o)
{
	forget_variants(o);
	free(o->softtdx);
	free(o->guest_append);
	memset(o, 0, sizeof(*o));
}

const char *bench_clock_name(enum bench_clock clock)
{
	return clock == BENCH_CLOCK_COUNT ? "count" : "wall";
}

static void put_cases(FILE *f, const struct bench_options *o, size_t from)
{
	for (size_t i = from; i < o->nr_cases; i++)
		fprintf(f, "%s%s", i ? "," : "", o->cases[i]->name);
}

/* How many of the cases, from the first on, are "all" of those that need not be named. */
static size_t all_cases(const struct bench_options *o)
{
	size_t nr = 0;

	for (size_t i = 0; sept_case_at(i); i++)
		if (!sept_case_at(i)->by_name &&
		    (nr >= o->nr_cases || o->cases[nr++] != sept_case_at(i)))
			return 0;
	return nr;
}

static void put_lists(FILE *f, const struct bench_options *o)
{
	fputs(" --vcpus=", f);
	for (size_t i = 0; i < o->nr_vcpus; i++)
		fprintf(f, "%s%u", i ? "," : "", o->vcpus[i]);
	if (o->tds > 1)
		fprintf(f, " --tds=%u", o->tds);
}

static void put_softtdx(FILE *f, const char *params)
{
	if (!*params)
		return;
	fputs(" --softtdx=", f);
	for (; *params; params++)
		fputc(*params == ' ' ? ',' : *params, f);
}

/* The lab puts the kernel where its guest finds it. */
static void put_linux(FILE *f, const struct bench_options *o, bool files)
{
	if (!o->guest_kernel)
		return;
	if (files)
		fputs(" --guest-kernel=" BENCH_GUEST_KERNEL, f);
	fprintf(f, " --guest-limit=%u", o->guest_limit);
	if (files && o->guest_modules)
		fputs(" --guest-modules=" BENCH_GUEST_MODULES, f);
	if (o->no_initrd)
		fputs(" --guest-no-initrd", f);
	for (const char *at = o->guest_append; *at; at += *at == ' ') {
		int n = (int)strcspn(at, " ");

		fprintf(f, " --guest-append=%.*s", n, at);
		at += n;
	}
}

static void put_inject(FILE *f, const struct bench_options *o)
{
	char name[INJECT_NAME_LEN];

	for (size_t i = 0; i < o->nr_inject; i++)
		fprintf(f, "%s%s", i ? "," : " --inject=", inject_name(o->inject[i], name));
}

/* @files: as the lab's guest finds them. */
static void put_options(FILE *f, const struct bench_options *o, bool files)
{
	char placement[PLACEMENT_MAX_CPUS * 6], memory[MEMORY_MAX_NODES * 4];

	put_lists(f, o);
	/* So many, from the first: any seed may be that. */
	fprintf(f, " --pages=%" PRIu64 " --blocks=%u --clock=%s --seeds=%" PRIu64 " --seed=%" PRIu64
		   " --placement=%s",
		o->pages, bench_options_blocks(o), bench_clock_name(o->clock),
		bench_options_seeds(o), o->seed,
		placement_format(&o->placement, placement, sizeof(placement)));
	if (memory_binds(&o->memory))
		fprintf(f, " --memory=%s", memory_format(&o->memory, memory, sizeof(memory)));
	if (*o->events)
		fprintf(f, " --events=%s", o->events);
	if (o->module_given)
		fprintf(f, " --module=%s", o->module);
	put_softtdx(f, o->softtdx);
	if (o->turn)
		fprintf(f, " --turn=%" PRIu32, o->turn);
	if (o->sweep)
		fputs(" --sweep", f);
	if (o->corrupt)
		fputs(" --corrupt", f);
	put_linux(f, o, files);
	put_inject(f, o);
}

static char *closed(FILE *f, char **text)
{
	if (!fclose(f))
		return *text;
	free(*text);
	return NULL;
}

char *bench_options_guest_args(const struct bench_options *o, const char *variant,
			       unsigned int boot)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fprintf(f, "run --variants=%s --boot=%u --cases=", variant, boot);
	put_cases(f, o, 0);
	put_options(f, o, true);
	return closed(f, &text);
}

char *bench_options_text(const struct bench_options *o)
{
	size_t all = all_cases(o), len;
	char *text = NULL;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	/* Files of before name them all where there are no others: the two have to compare. */
	if (all == o->nr_cases)
		all = 0;
	fprintf(f, "--cases=%s", all ? "all" : "");
	put_cases(f, o, all);
	put_options(f, o, false);
	return closed(f, &text);
}

int bench_options_out(const struct bench_options *o, const char *kind, char *out, size_t len)
{
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	if (o->out)
		return (size_t)snprintf(out, len, "%s", o->out) < len
			       ? 0
			       : complain(BENCH_USAGE, "--out: the name is too long");
	if (mkdir("results", 0777) && errno != EEXIST)
		return complain(BENCH_CANNOT, "results/: %s; use --out", strerror(errno));
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	snprintf(out, len, "results/%s-%s.jsonl", kind, when);
	return 0;
}
