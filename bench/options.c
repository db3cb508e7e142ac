// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "fatal.h"
#include "inject.h"
#include "vm.h"

#define MAX_BLOCKS	1000000
#define MAX_SEEDS	1000000
#define DEFAULT_SEEDS	8

static int bad_value(const char *option, const char *value, const char *expected)
{
	return complain(BENCH_USAGE, "--%s: \"%s\" is not %s", option, value, expected);
}

/* Decimal, or hexadecimal with 0x; nothing around it. */
static bool parse_u64(const char *text, uint64_t *v)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*v = strtoull(text, &end, 0);
	return !errno && !*end;
}

static bool parse_in(const char *text, uint64_t min, uint64_t max, uint64_t *v)
{
	return parse_u64(text, v) && *v >= min && *v <= max;
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

static int set_variants(struct bench_options *o, const char *v)
{
	forget_variants(o);
	return for_each("variants", v, add_variant, o);
}

static int add_case(struct bench_options *o, const char *name)
{
	const struct sept_case *c;

	if (!strcmp(name, "all")) {
		/* Those that run Linux take a while, and a kernel to be fetched: by name. */
		o->nr_cases = 0;
		for (size_t i = 0; sept_cases[i]; i++)
			if (!sept_cases[i]->linux_mib)
				o->cases[o->nr_cases++] = sept_cases[i];
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

static int set_cases(struct bench_options *o, const char *v)
{
	o->nr_cases = 0;
	return for_each("cases", v, add_case, o);
}

static int add_vcpus(struct bench_options *o, const char *text)
{
	uint64_t n;

	if (!parse_in(text, 1, BENCH_MAX_VCPUS, &n))
		return bad_value("vcpus", text, "a number from 1 to 64");
	for (size_t i = 0; i < o->nr_vcpus; i++)
		if (o->vcpus[i] == n)
			return 0;
	if (o->nr_vcpus == BENCH_MAX_LIST)
		return complain(BENCH_USAGE, "--vcpus: more than %d numbers", BENCH_MAX_LIST);
	o->vcpus[o->nr_vcpus++] = (unsigned int)n;
	return 0;
}

static int set_vcpus(struct bench_options *o, const char *v)
{
	o->nr_vcpus = 0;
	return for_each("vcpus", v, add_vcpus, o);
}

static int set_pages(struct bench_options *o, const char *v)
{
	if (!parse_in(v, 1, VM_MAX_PAGES, &o->pages))
		return bad_value("pages", v, "a number from 1 to 4194304");
	return 0;
}

static int set_blocks(struct bench_options *o, const char *v)
{
	uint64_t n;

	if (!parse_in(v, 1, MAX_BLOCKS, &n))
		return bad_value("blocks", v, "a number from 1 to 1000000");
	o->blocks = (unsigned int)n;
	return 0;
}

static int set_clock(struct bench_options *o, const char *v)
{
	o->clock_given = true;
	if (!strcmp(v, "count"))
		o->clock = BENCH_CLOCK_COUNT;
	else if (!strcmp(v, "wall"))
		o->clock = BENCH_CLOCK_WALL;
	else
		return bad_value("clock", v, "count or wall");
	return 0;
}

static int set_seed(struct bench_options *o, const char *v)
{
	if (!parse_u64(v, &o->seed))
		return bad_value("seed", v, "a number");
	return 0;
}

/* N for 1-N, or A-B. */
static int set_seeds(struct bench_options *o, const char *v)
{
	char first[32] = "1";
	const char *dash = strchr(v, '-'), *last = dash ? dash + 1 : v;

	if (dash)
		snprintf(first, sizeof(first), "%.*s", (int)(dash - v), v);
	if (!parse_u64(first, &o->seed_first) || !parse_u64(last, &o->seed_last) ||
	    o->seed_first > o->seed_last || o->seed_last - o->seed_first >= MAX_SEEDS ||
	    o->seed_last > INT64_MAX)
		return bad_value("seeds", v, "a number of seeds or FIRST-LAST, at most 1000000");
	o->seed = o->seed_first;
	o->seeds_given = true;
	return 0;
}

static int set_sweep(struct bench_options *o, const char *v)
{
	(void)v;
	o->sweep = true;
	return 0;
}

static int set_placement(struct bench_options *o, const char *v)
{
	if (!placement_parse(&o->placement, v))
		return bad_value(
			"placement", v,
			"compact, spread, one-per-core, siblings, cross-node or list:CPU,CPU,...");
	return 0;
}

static int set_memory(struct bench_options *o, const char *v)
{
	if (!memory_parse(&o->memory, v))
		return bad_value("memory", v, "local, interleave or node:N,N-M,...");
	return 0;
}

static int set_string(char **s, const char *v)
{
	char *copy = strdup(v);

	if (!copy)
		return complain(BENCH_INVALID, "no memory");
	free(*s);
	*s = copy;
	return 0;
}

static int set_profile(struct bench_options *o, const char *v)
{
	return set_string(&o->profile, v);
}

static int set_out(struct bench_options *o, const char *v)
{
	return set_string(&o->out, v);
}

static int set_quick(struct bench_options *o, const char *v)
{
	(void)v;
	o->quick = true;
	return 0;
}

static int set_identify(struct bench_options *o, const char *v)
{
	(void)v;
	o->identify = true;
	return 0;
}

static int set_corrupt(struct bench_options *o, const char *v)
{
	(void)v;
	o->corrupt = true;
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

static int set_inject(struct bench_options *o, const char *v)
{
	return for_each("inject", v, add_inject, o);
}

static int set_boot(struct bench_options *o, const char *v)
{
	uint64_t n;

	if (!parse_in(v, 0, INT32_MAX, &n))
		return bad_value("boot", v, "a number");
	o->boot = (unsigned int)n;
	return 0;
}

/* NAME=VALUE,... as module parameters. */
static int add_softtdx(struct bench_options *o, const char *param)
{
	const char *eq = strchr(param, '=');
	char *joined;
	int r;

	if (!eq || eq == param || !bench_is_name(eq + 1) ||
	    param[strspn(param, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '=')
		return bad_value("softtdx", param, "NAME=VALUE");
	if (asprintf(&joined, "%s%s%s", o->softtdx, *o->softtdx ? " " : "", param) < 0)
		return complain(BENCH_INVALID, "no memory");
	r = set_string(&o->softtdx, joined);
	free(joined);
	return r;
}

static int set_events(struct bench_options *o, const char *v)
{
	char bad[EVENT_NAME_LEN];

	if (!events_valid(v, bad))
		return bad_value("events", bad, "an event; `septbench list --events` names them");
	return set_string(&o->events, v);
}

/* As kmod/softtdx/core/core.h has them; tests/bench holds the two lists against each other. */
const char *const bench_modules[] = { "1.5.01", "1.5.05", "1.5.16", "1.5.25", NULL };

static int set_module(struct bench_options *o, const char *v)
{
	for (size_t i = 0; bench_modules[i]; i++) {
		if (strcmp(bench_modules[i], v))
			continue;
		o->module = bench_modules[i];
		o->module_given = true;
		return 0;
	}
	return bad_value("module", v, "1.5.01, 1.5.05, 1.5.16 or 1.5.25");
}

static int set_softtdx(struct bench_options *o, const char *v)
{
	return for_each("softtdx", v, add_softtdx, o);
}

static int set_guest_kernel(struct bench_options *o, const char *v)
{
	return set_string(&o->guest_kernel, v);
}

/* One word each time, since that is how words get into the lab's guest. */
static int set_guest_append(struct bench_options *o, const char *v)
{
	char *all;

	if (strpbrk(v, " \n") || !*v)
		return bad_value("guest-append", v, "one word; give the option once for each");
	if (asprintf(&all, "%s%s%s", o->guest_append, *o->guest_append ? " " : "", v) < 0)
		return complain(BENCH_INVALID, "no memory");
	free(o->guest_append);
	o->guest_append = all;
	return 0;
}

static int set_guest_limit(struct bench_options *o, const char *v)
{
	uint64_t n;

	if (!parse_in(v, 1, 86400, &n))
		return bad_value("guest-limit", v, "a number of seconds from 1 to 86400");
	o->guest_limit = (unsigned int)n;
	return 0;
}

static int set_no_initrd(struct bench_options *o, const char *v)
{
	(void)v;
	o->no_initrd = true;
	return 0;
}

static const struct option_def {
	const char *name, *short_name, *arg;
	int (*set)(struct bench_options *o, const char *v);
	const char *help;
} options[] = {
	{ "variants", NULL, "LIST", set_variants, "variants to measure, or all" },
	{ "cases", NULL, "LIST", set_cases, "cases to run (default: all)" },
	{ "vcpus", NULL, "LIST", set_vcpus, "vCPU counts, 1..64 each (default: 1,2; quick: 2)" },
	{ "pages", NULL, "N", set_pages, "4K pages of the test range (default: 1024; quick: 256)" },
	{ "blocks", NULL, "N", set_blocks,
	  "measured blocks per case and vCPU count (default: 5; quick: 2);\n"
	  "count: per seed (default: 1 of each)" },
	{ "clock", NULL, "CLOCK", set_clock,
	  "count or wall (default: count in the lab, wall on a host)" },
	{ "seed", NULL, "N", set_seed,
	  "of page order, schedule and phase of the timer; the first one\n"
	  "where there are several (default: 1)" },
	{ "seeds", NULL, "N", set_seeds,
	  "count: the seeds that each boot measures, 1 to N, or A-B\n"
	  "(default: 8, with --blocks 1). A seed is a sample, a second boot\n"
	  "of it is none" },
	{ "sweep", NULL, NULL, set_sweep,
	  "one block for each seed, each in a process of its own, and what\n"
	  "happened in the whole life of its TD; needs softtdx" },
	{ "placement", NULL, "POLICY", set_placement,
	  "compact, spread, one-per-core, siblings, cross-node, or\n"
	  "list:CPU,CPU-CPU,..., the first for the control thread\n"
	  "(default: compact)" },
	{ "memory", NULL, "POLICY", set_memory,
	  "NUMA nodes of the TD's memory and page tables: local (to\n"
	  "the vCPU that faults), interleave, or node:N,N-M,...\n"
	  "(default: local)" },
	{ "profile", NULL, "NAME", set_profile,
	  "cost profile: all-zero, tdx-estimate or a file (default: all-zero)" },
	{ "quick", NULL, NULL, set_quick, "small defaults" },
	{ "identify", NULL, NULL, set_identify,
	  "name host and user in the result (default: neither)" },
	{ "out", "o", "FILE", set_out, "result file (default: a new one under results/)" },
	{ "boot", NULL, "N", set_boot,
	  "number of this boot, as it is to be recorded (default: 0)" },
	{ "events", NULL, "LIST", set_events,
	  "count these too: hardware and software events by perf's\n"
	  "names, raw ones rHEX, tracepoints SYSTEM:NAME with * and ?" },
	{ "module", NULL, "RELEASE", set_module,
	  "whose rules the soft TDX module keeps: 1.5.01, 1.5.05, 1.5.16\n"
	  "or 1.5.25 (default: 1.5.25); the lab only" },
	{ "softtdx", NULL, "NAME=VALUE,...", set_softtdx,
	  "parameters of the soft TDX module; the lab only" },
	{ "inject", NULL, "LIST", set_inject,
	  "measure nothing, but let TDs (one per seed) live under faults:\n"
	  "busy, slab, pages, signals, slots, kill, grace, pressure,\n"
	  "several at once (busy+slab), mix (all at once) or all (each,\n"
	  "then mix); the lab only, and with --flavour debug" },
	{ "guest-kernel", NULL, "FILE", set_guest_kernel,
	  "of the cases that boot Linux: a vmlinux or a bzImage\n"
	  "(default: in the lab Debian's, fetched once)" },
	{ "guest-append", NULL, "WORD", set_guest_append,
	  "to that kernel's command line; may be given several times" },
	{ "guest-limit", NULL, "SECONDS", set_guest_limit,
	  "of the block's clock, after which such a guest is ended\n"
	  "(default: 6 under count, 120 under wall)" },
	{ "guest-no-initrd", NULL, NULL, set_no_initrd,
	  "it gets no initrd: a test of what is said then" },
	{ "corrupt", NULL, NULL, set_corrupt,
	  "spoil an S-EPT entry before the oracle looks: a test of the oracle" },
};

#define NR_OPTIONS	(sizeof(options) / sizeof(options[0]))

static void print_help_line(const char *name, const char *short_name, const char *arg,
			    const char *help)
{
	char left[64];
	const char *nl;

	snprintf(left, sizeof(left), "%s%s%s--%s%s%s", short_name ? "-" : "",
		 short_name ? short_name : "", short_name ? ", " : "", name, arg ? " " : "",
		 arg ? arg : "");
	while ((nl = strchr(help, '\n'))) {
		printf("  %-26s  %.*s\n", left, (int)(nl - help), help);
		*left = 0;
		help = nl + 1;
	}
	printf("  %-26s  %s\n", left, help);
}

static const struct bench_ext_option *find_ext(const struct bench_ext_option *ext, const char *name,
					       size_t len)
{
	for (; ext && ext->name; ext++)
		if (strlen(ext->name) == len && !memcmp(ext->name, name, len))
			return ext;
	return NULL;
}

static void print_help(const char *verb, const struct bench_ext_option *ext)
{
	const struct bench_ext_option *words = find_ext(ext, "", 0);

	printf("usage: septbench %s [option]...%s%s\n%s\n", verb, words ? " " : "",
	       words ? words->arg : "", words ? words->help : "");
	for (size_t i = 0; i < NR_OPTIONS; i++)
		print_help_line(options[i].name, options[i].short_name, options[i].arg,
				options[i].help);
	for (; ext && ext->name; ext++)
		if (*ext->name)
			print_help_line(ext->name, NULL, ext->arg, ext->help);
}

static const struct option_def *find_option(const char *name, size_t len, bool is_short)
{
	for (size_t i = 0; i < NR_OPTIONS; i++) {
		const char *n = is_short ? options[i].short_name : options[i].name;

		if (n && strlen(n) == len && !memcmp(n, name, len))
			return &options[i];
	}
	return NULL;
}

struct cursor {
	int argc, at;
	char **argv;
	const struct bench_ext_option *ext;
	void *ext_arg;
};

/* What is no option; "-" is none, but stdin. */
static int take_word(const struct cursor *c, const char *word)
{
	const struct bench_ext_option *ext = find_ext(c->ext, "", 0);

	return ext ? ext->set(word, c->ext_arg)
		   : complain(BENCH_USAGE, "%s: unexpected argument \"%s\"", c->argv[0], word);
}

/* The option at the cursor: "--name=value", "--name value", "-n value"; moves past it. */
static int parse_one(struct bench_options *o, struct cursor *c)
{
	const char *word = c->argv[c->at++], *value = NULL, *arg;
	bool is_short = word[0] == '-' && word[1] && word[1] != '-';
	const struct bench_ext_option *ext = NULL;
	const struct option_def *def;
	const char *name = word + (is_short ? 1 : 2);
	size_t len;

	if (word[0] != '-' || !word[1])
		return take_word(c, word);
	len = strcspn(name, "=");
	def = find_option(name, len, is_short);
	if (!def && !is_short && len)
		ext = find_ext(c->ext, name, len);
	if (!def && !ext)
		return complain(BENCH_USAGE, "%s: unknown option %.*s; --help lists them",
				c->argv[0], (int)(len + (size_t)(name - word)), word);
	arg = def ? def->arg : ext->arg;
	if (name[len])
		value = name + len + 1;
	else if (arg && c->at < c->argc)
		value = c->argv[c->at++];
	if (!arg != !value)
		return complain(BENCH_USAGE, "%s: option --%s %s", c->argv[0],
				def ? def->name : ext->name,
				arg ? "needs a value" : "takes no value");
	return def ? def->set(o, value) : ext->set(value, c->ext_arg);
}

/* What was not asked for in so many words. Depends on --quick, wherever that stood. */
static int set_defaults(struct bench_options *o)
{
	bool linux_alone = true;

	if (!o->nr_cases)
		add_case(o, "all");
	for (size_t i = 0; i < o->nr_cases; i++)
		linux_alone &= o->cases[i]->linux_mib != 0;
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
	return 0;
}

int bench_options_parse(struct bench_options *o, int argc, char **argv,
			const struct bench_ext_option *ext, void *ext_arg)
{
	struct cursor c = { .argc = argc, .at = 1, .argv = argv, .ext = ext, .ext_arg = ext_arg };
	int r;

	memset(o, 0, sizeof(*o));
	o->seed = 1;
	o->module = bench_modules[sizeof(bench_modules) / sizeof(bench_modules[0]) - 2];
	o->profile = strdup("all-zero");
	o->softtdx = strdup("");
	o->events = strdup("");
	o->guest_append = strdup("");
	if (!o->profile || !o->softtdx || !o->events || !o->guest_append)
		return complain(BENCH_INVALID, "no memory");
	while (c.at < argc) {
		if (!strcmp(argv[c.at], "--help") || !strcmp(argv[c.at], "-h")) {
			print_help(argv[0], ext);
			return BENCH_OPTIONS_HELP;
		}
		r = parse_one(o, &c);
		if (r)
			return r;
	}
	return set_defaults(o);
}

bool bench_options_linux(const struct bench_options *o)
{
	for (size_t i = 0; i < o->nr_cases; i++)
		if (o->cases[i]->linux_mib)
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

void bench_options_free(struct bench_options *o)
{
	forget_variants(o);
	free(o->profile);
	free(o->out);
	free(o->softtdx);
	free(o->events);
	free(o->guest_kernel);
	free(o->guest_append);
	memset(o, 0, sizeof(*o));
}

const char *bench_clock_name(enum bench_clock clock)
{
	return clock == BENCH_CLOCK_COUNT ? "count" : "wall";
}

static void put_lists(FILE *f, const struct bench_options *o)
{
	fputs(" --cases=", f);
	for (size_t i = 0; i < o->nr_cases; i++)
		fprintf(f, "%s%s", i ? "," : "", o->cases[i]->name);
	fputs(" --vcpus=", f);
	for (size_t i = 0; i < o->nr_vcpus; i++)
		fprintf(f, "%s%u", i ? "," : "", o->vcpus[i]);
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
static void put_linux(FILE *f, const struct bench_options *o)
{
	if (!o->guest_kernel)
		return;
	fprintf(f, " --guest-kernel=" BENCH_GUEST_KERNEL " --guest-limit=%u", o->guest_limit);
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

char *bench_options_guest_args(const struct bench_options *o, const char *variant,
			       unsigned int boot)
{
	char placement[PLACEMENT_MAX_CPUS * 6], memory[MEMORY_MAX_NODES * 4], *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fprintf(f, "run --variants=%s --boot=%u", variant, boot);
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
	if (o->sweep)
		fputs(" --sweep", f);
	if (o->corrupt)
		fputs(" --corrupt", f);
	put_linux(f, o);
	put_inject(f, o);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
