// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench lab`: from options to a result file. */
#include "lab.h"

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <libgen.h>
#include <limits.h>
#include <record/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "build.h"
#include "child.h"
#include "fatal.h"
#include "options.h"
#include "perf.h"
#include "plugin.h"
#include "qemu.h"
#include "schedule.h"

#define MAX_SMP		128	/* CONFIG_NR_CPUS of the lab kernel */
#define MAX_NUMA	8
#define DEFAULT_TIMEOUT	300
#define BOOTS_WALL	10
#define BOOTS_QUICK	6
#define BOOTS_ADAPTIVE	40	/* at most */
#define BOOTS_ADAPTIVE_QUICK 16
#define BOOTS_JUDGED	4	/* with fewer no test of times can say anything */
#define AA_SUFFIX	"@aa"
#define BASE		"freeze"

struct lab {
	struct bench_options o;
	const char *kernel;		/* --kernel, NULL: fetched */
	const char *flavour;
	unsigned int smp, numa, boots, timeout;
	bool adaptive;			/* ->boots is the most there may be */
	unsigned int look[SCHEDULE_MAX_LOOKS], looks;
	struct {
		char name[BENCH_NAME_LEN];
		char modules[LAB_PATH];	/* folder */
	} variants[BENCH_MAX_LIST];
	size_t nr_variants;
	size_t base;			/* variant that the others are compared with */
	bool aa;			/* and that is booted as one arm more, the last */
	char tree[LAB_PATH], build[LAB_PATH];
	char dir[LAB_PATH];		/* of this run, removed at its end */
	char out[LAB_PATH];
	struct json_object *env;
	struct record_writer *w;
	struct {			/* the boot under way */
		char arm[BENCH_NAME_LEN + sizeof(AA_SUFFIX)];
		unsigned int nr;
		bool warmup;
	} boot;
	bool explain;
	struct code *code;		/* NULL without --explain */
	int status;			/* the worst so far */
};

static void worsen(struct lab *l, int status)
{
	if (!l->status)
		l->status = status;
}

/* --- options --- */

static int set_number(const char *value, unsigned int min, unsigned int max, const char *what, unsigned int *n)
{
	char *end;
	unsigned long v = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || v < min || v > max)
		return complain(BENCH_USAGE, "--%s: \"%s\" is not a number from %u to %u", what, value, min, max);
	*n = (unsigned int)v;
	return 0;
}

static int set_kernel(const char *value, void *arg)
{
	((struct lab *)arg)->kernel = value;
	return 0;
}

static int set_flavour(const char *value, void *arg)
{
	if (strcmp(value, "plain") && strcmp(value, "debug"))
		return complain(BENCH_USAGE, "--flavour: \"%s\" is not plain or debug", value);
	((struct lab *)arg)->flavour = value;
	return 0;
}

static int set_smp(const char *value, void *arg)
{
	return set_number(value, 1, MAX_SMP, "smp", &((struct lab *)arg)->smp);
}

static int set_numa(const char *value, void *arg)
{
	return set_number(value, 1, MAX_NUMA, "numa", &((struct lab *)arg)->numa);
}

static int set_boots(const char *value, void *arg)
{
	return set_number(value, 1, 10000, "boots", &((struct lab *)arg)->boots);
}

static int set_adaptive(const char *value, void *arg)
{
	(void)value;
	((struct lab *)arg)->adaptive = true;
	return 0;
}

static int set_timeout(const char *value, void *arg)
{
	return set_number(value, 1, 86400, "timeout", &((struct lab *)arg)->timeout);
}

static int set_explain(const char *value, void *arg)
{
	(void)value;
	((struct lab *)arg)->explain = true;
	return 0;
}

static const struct bench_ext_option lab_options[] = {
	{ "kernel", "DIR", "kernel source tree (default: the newest 7.3 or 7.2 from Debian)", set_kernel },
	{ "flavour", "NAME", "of the lab kernel: plain, or debug with its checks (default: plain)", set_flavour },
	{ "smp", "N", "CPUs of the VM (default: one more than the vCPUs of a TD, as --numa needs it)", set_smp },
	{ "numa", "N", "NUMA nodes of the VM, each a socket (default: no NUMA)", set_numa },
	{ "boots", "N", "boots per variant (default: 1 under count, 10 under wall; quick: 6)", set_boots },
	{ "adaptive", NULL, "wall: boot until every gated metric is decided, at most --boots times\n"
	  "(default: 40; quick: 16), looking at that, half of it, and so on", set_adaptive },
	{ "explain", NULL, "count also what code executes the instructions, for `septbench explain`", set_explain },
	{ "timeout", "SECONDS", "without output after which a guest is ended (default: 300)", set_timeout },
	{ 0 }
};

static void set_defaults(struct lab *l)
{
	unsigned int most = 1;

	for (size_t i = 0; i < l->o.nr_vcpus; i++)
		most = l->o.vcpus[i] > most ? l->o.vcpus[i] : most;
	if (!l->smp) {
		l->smp = most + 1;
		if (l->numa)
			l->smp = (l->smp + l->numa - 1) / l->numa * l->numa;
	}
	if (!l->boots && l->adaptive)
		l->boots = l->o.quick ? BOOTS_ADAPTIVE_QUICK : BOOTS_ADAPTIVE;
	else if (!l->boots)
		l->boots = l->o.clock == BENCH_CLOCK_COUNT ? 1 : l->o.quick ? BOOTS_QUICK : BOOTS_WALL;
	if (l->adaptive)
		l->looks = schedule_looks(l->boots, l->look);
	if (!l->o.nr_variants)
		l->o.all_variants = true;
}

static int check_options(const struct lab *l)
{
	if (l->numa && l->smp % l->numa)
		return complain(BENCH_USAGE, "--numa %u: the %u CPUs cannot be shared out evenly", l->numa, l->smp);
	if (*l->o.events && !perf_built)
		return complain(BENCH_CANNOT, "--events: " PERF_NOT_BUILT);
	if (l->o.nr_variants && l->o.all_variants)
		return complain(BENCH_USAGE, "--variants: all, or names, not both");
	if (l->adaptive && l->o.clock != BENCH_CLOCK_WALL)
		return complain(BENCH_USAGE, "--adaptive is for --clock wall: counts are decided by two boots");
	if (l->adaptive && !l->looks)
		return complain(BENCH_USAGE, "--adaptive --boots %u: at least %d", l->boots, SCHEDULE_LEAST_LOOK);
	if (l->explain && l->o.clock != BENCH_CLOCK_COUNT)
		return complain(BENCH_USAGE, "--explain: is about instructions, it needs --clock count");
	return 0;
}

static int check_folder(const char *file)
{
	char path[LAB_PATH];
	const char *dir;

	snprintf(path, sizeof(path), "%s", file);
	dir = dirname(path);
	return access(dir, W_OK) ? complain(BENCH_CANNOT, "no result can be written into %s: %s", dir, strerror(errno)) : 0;
}

/* Before anything is built: is the result file new, and can it be written? */
static int choose_out(struct lab *l)
{
	time_t now = time(NULL);
	struct stat st;
	struct tm tm;

	if (l->o.out) {
		if (snprintf(l->out, sizeof(l->out), "%s", l->o.out) >= (int)sizeof(l->out))
			return complain(BENCH_USAGE, "--out: the name is too long");
	} else {
		if (mkdir("results", 0777) && errno != EEXIST)
			return complain(BENCH_CANNOT, "results/: %s; use --out", strerror(errno));
		localtime_r(&now, &tm);
		strftime(l->out, sizeof(l->out), "results/lab-%Y%m%d-%H%M%S.jsonl", &tm);
	}
	if (!stat(l->out, &st) && st.st_size)
		return complain(BENCH_USAGE, "%s exists; results are not overwritten, give another --out", l->out);
	return check_folder(l->out);
}

/* --- what is to be built --- */

static int add_variant(struct lab *l, const char *name)
{
	for (size_t i = 0; i < l->nr_variants; i++)
		if (!strcmp(l->variants[i].name, name))
			return 0;
	if (l->nr_variants == BENCH_MAX_LIST || strlen(name) >= BENCH_NAME_LEN)
		return complain(BENCH_USAGE, "too many variants, or a name that is too long: %s", name);
	strcpy(l->variants[l->nr_variants++].name, name);
	return 0;
}

static bool is_listed(const char *name, const char *names)
{
	size_t len = strlen(name);

	for (const char *at = names; (at = strstr(at, name)); at += len)
		if ((at == names || at[-1] == '\n') && (at[len] == '\n' || !at[len]))
			return true;
	return false;
}

static int add_all(struct lab *l, char *names)
{
	int r = 0;

	for (char *name; !r && (name = strsep(&names, "\n"));)
		if (*name)
			r = add_variant(l, name);
	return r;
}

static int choose_variants(struct lab *l)
{
	char names[BENCH_MAX_LIST * (BENCH_NAME_LEN + 1)];
	int r = lab_variants(l->tree, names, sizeof(names));

	if (r)
		return r;
	if (l->o.all_variants)
		return add_all(l, names);
	for (size_t i = 0; !r && i < l->o.nr_variants; i++) {
		if (!is_listed(l->o.variants[i], names))
			return complain(BENCH_USAGE, "--variants: there is no variant \"%s\"; `septbench list` names them",
					l->o.variants[i]);
		r = add_variant(l, l->o.variants[i]);
	}
	return r;
}

static int copy_kernel(struct lab *l)
{
	char from[LAB_PATH + 32], to[LAB_PATH + 32], out[1];
	char *argv[] = { (char *)"cp", from, to, NULL };

	snprintf(from, sizeof(from), "%s/arch/x86/boot/bzImage", l->build);
	snprintf(to, sizeof(to), "%s/bzImage", l->dir);
	/* A copy: another run may build this kernel anew while ours still boots it. */
	return child_capture(argv, out, sizeof(out)) ? BENCH_INVALID : 0;
}

static int make_run_dir(struct lab *l)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(l->dir, sizeof(l->dir), "%s/septbench-lab.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(l->dir)) {
		int r = complain(BENCH_CANNOT, "%s: %s; set TMPDIR", l->dir, strerror(errno));

		*l->dir = 0;
		return r;
	}
	return copy_kernel(l);
}

/* A variant that does not build is left out, and the others go on; the run is then not whole. */
static int prepare_variants(struct lab *l)
{
	size_t nr = l->nr_variants;

	l->nr_variants = 0;
	for (size_t i = 0; i < nr; i++) {
		const char *name = l->variants[i].name;
		int r = lab_modules(l->tree, l->build, name, l->variants[i].modules);

		if (!r)
			r = lab_read_manifest(l->variants[i].modules, name, l->env);
		if (child_interrupted)
			return BENCH_INVALID;
		if (r)
			worsen(l, r);
		else
			l->variants[l->nr_variants++] = l->variants[i];
	}
	return l->nr_variants ? 0 : l->status;
}

/* A timed comparison: several arms, and boots enough to tell. It has a warm-up and an A/A arm. */
static bool is_timed(const struct lab *l)
{
	return l->o.clock == BENCH_CLOCK_WALL && l->nr_variants > 1 && l->boots >= BOOTS_JUDGED;
}

static int choose_arms(struct lab *l)
{
	for (size_t i = 0; i < l->nr_variants; i++)
		if (!strcmp(l->variants[i].name, BASE))
			l->base = i;
	l->aa = is_timed(l);
	if (l->adaptive && !l->aa)
		return complain(BENCH_USAGE, "--adaptive decides between variants: name two or more");
	return 0;
}

static int prepare(struct lab *l)
{
	char version[128];
	int r = qemu_version(version, sizeof(version));

	if (r)
		return r;
	json_object_object_add(l->env, "qemu", json_object_new_string(version));
	r = lab_tree(l->kernel, l->tree);
	if (!r)
		r = choose_variants(l);
	if (!r)
		r = lab_kernel(l->tree, l->flavour, l->build);
	if (!r)
		r = make_run_dir(l);
	if (!r)
		r = prepare_variants(l);
	return r ? r : choose_arms(l);
}

/* --- the run line --- */

static void add_cpu_model(struct json_object *env)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256], model[192];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "model name : %191[^\n]", model) == 1;
	if (f)
		fclose(f);
	json_object_object_add(env, "cpu", json_object_new_string(found ? model : "unknown"));
}

static struct qemu_machine machine(const struct lab *l)
{
	return (struct qemu_machine) {
		.clock = l->o.clock,
		.seed = l->o.seed,
		.smp = l->smp,
		.numa = l->numa,
		.memory_mb = qemu_memory_mb(l->o.pages),
	};
}

static int fill_env(struct lab *l)
{
	struct qemu_machine m = machine(l);
	struct qemu_args a;
	int r = qemu_args_fill(&a, &m);
	char *text = r ? NULL : qemu_args_text(&a);

	qemu_args_free(&a);
	if (r)
		return r;
	json_object_object_add(l->env, "qemu_args", json_object_new_string(text ? text : ""));
	free(text);
	json_object_object_add(l->env, "accel", json_object_new_string("tcg"));
	json_object_object_add(l->env, "host_cpus", json_object_new_int(get_nprocs()));
	json_object_object_add(l->env, "boots", json_object_new_int((int)l->boots));
	if (*l->o.softtdx)
		json_object_object_add(l->env, "softtdx", json_object_new_string(l->o.softtdx));
	add_cpu_model(l->env);
	return 0;
}

static bool has_td_case(const struct lab *l)
{
	for (size_t i = 0; i < l->o.nr_cases; i++)
		if (l->o.cases[i]->substrate == CASE_TD)
			return true;
	return false;
}

static int open_record(struct lab *l)
{
	struct record_run run = {
		.version = SEPTBENCH_VERSION,
		.substrate = has_td_case(l) ? "soft" : "none",
		.clock = bench_clock_name(l->o.clock),
		.profile = l->o.profile,
		.flavour = l->flavour,
		.seed = l->o.seed,
		.looks = l->looks,
		.env = l->env,
	};
	int r = record_open_append(l->out, &l->w);

	memcpy(run.look, l->look, sizeof(l->look));
	if (!r)
		r = record_write_run(l->w, &run);
	return r ? complain(BENCH_CANNOT, "%s: %s", l->out, strerror(-r)) : 0;
}

/* --- the boots --- */

static const char *text_of(struct json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

static bool is_valid(struct json_object *block)
{
	return json_object_get_boolean(json_object_object_get(block, "valid"));
}

static void say_invalid(struct json_object *block)
{
	complain(0, "%s: %s, block %s, boot %s is invalid: %s", text_of(block, "variant"), text_of(block, "case"),
		 text_of(block, "block"), text_of(block, "boot"), text_of(block, "invalid_reason"));
}

/*
 * The guest does not know which boot it is nor what it is called, since printing another number or a
 * longer name takes other instructions: the lab fills them in. A block that the kernel complained about, or that came after, is kept and marked.
 */
static int write_block(struct lab *l, const char *line, size_t len, const char *bad_log)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o = t && len <= INT_MAX ? json_tokener_parse_ex(t, line, (int)len) : NULL;
	char why[RECORD_WHY];
	const char *text;
	int r;

	json_tokener_free(t);
	if (!o)
		return -EINVAL;
	json_object_object_add(o, "variant", json_object_new_string(l->boot.arm));
	json_object_object_add(o, "boot", json_object_new_int64(l->boot.nr));
	if (l->boot.warmup)
		json_object_object_add(o, "warmup", json_object_new_boolean(true));
	if (bad_log && is_valid(o)) {
		snprintf(why, sizeof(why), "kernel log: %s", bad_log);
		json_object_object_add(o, "valid", json_object_new_boolean(false));
		json_object_object_add(o, "invalid_reason", json_object_new_string(why));
	}
	if (!is_valid(o))
		say_invalid(o);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	r = record_write_block_line(l->w, text, strlen(text));
	if (l->code)
		code_block(l->code, o);
	json_object_put(o);
	return r;
}

static void take_result(const char *line, size_t len, const char *bad_log, void *arg)
{
	struct lab *l = arg;
	char why[RECORD_WHY];
	int r = record_validate_line(line, len, why);

	if (r != RECORD_BLOCK) {
		worsen(l, complain(BENCH_INVALID, "the guest sent a line that is no block: %s; it is left out",
				   r < 0 ? why : "of another type"));
		return;
	}
	r = write_block(l, line, len, bad_log);
	if (r)
		worsen(l, complain(BENCH_INVALID, "%s: %s", l->out, strerror(-r)));
}

/* The console log of a boot that failed stays beside the result file. */
static void keep_log(const struct lab *l, const char *variant, unsigned int boot)
{
	char from[LAB_PATH + 32], to[2 * LAB_PATH], out[1];
	char *argv[] = { (char *)"cp", from, to, NULL };

	snprintf(from, sizeof(from), "%s/console.log", l->dir);
	snprintf(to, sizeof(to), "%s.%s-boot%u.log", l->out, variant, boot);
	if (!child_capture(argv, out, sizeof(out)))
		complain(0, "the whole console log: %s", to);
}

static int prepare_boot(struct lab *l, size_t variant)
{
	char *args = bench_options_guest_args(&l->o, l->variants[variant].name, 0);
	char initrd[LAB_PATH + 16];
	int r;

	if (!args)
		return complain(BENCH_INVALID, "no memory");
	snprintf(initrd, sizeof(initrd), "%s/initrd.cpio", l->dir);
	r = lab_initramfs(initrd, l->variants[variant].modules, args);
	free(args);
	return r;
}

/* Arm nr_variants is the A/A arm: the base's modules once more, under another name. */
/*
 * The guest's kernel patches itself while modules are loaded, and one of QEMU's threads may run into the
 * breakpoint of the patching just after the kernel believes that none can any more: on a busy machine
 * once in some twenty boots in real time. Nothing has been measured by then.
 */
static bool patching_raced(const struct lab *l, const struct boot *b)
{
	return l->o.clock == BENCH_CLOCK_WALL && !b->nr_results && b->klog.nr_found &&
	       strstr(b->klog.found[0], "Oops: int3");
}

/* The boot, and if need be once more. */
static int boot_qemu(const struct lab *l, struct boot *b, const struct qemu_args *a)
{
	int r = boot_run(b, a);

	if (!r || child_interrupted || !patching_raced(l, b))
		return r;
	complain(0, "%s: QEMU broke the patching of the guest's kernel, before anything was measured; once more", b->name);
	b->klog = (struct klog){ 0 };
	return boot_run(b, a);
}

static int boot_arm(struct lab *l, size_t arm, unsigned int nr)
{
	size_t variant = arm == l->nr_variants ? l->base : arm;
	struct qemu_machine m = machine(l);
	char name[BENCH_NAME_LEN + 32];
	struct boot b = {
		.name = name, .dir = l->dir, .timeout = l->timeout, .result = take_result, .arg = l,
	};
	struct qemu_args a;
	int r = prepare_boot(l, variant);

	if (r)
		return r;
	l->boot.nr = nr;
	snprintf(l->boot.arm, sizeof(l->boot.arm), "%s%s", l->variants[variant].name,
		 arm == l->nr_variants ? AA_SUFFIX : "");
	snprintf(name, sizeof(name), "%s, boot %u%s", l->boot.arm, nr, l->boot.warmup ? " (warm-up)" : "");
	r = qemu_args_fill(&a, &m);
	/* Not in the result's environment: the measured machine is the same. */
	if (!r && l->code)
		r = code_qemu_args(&a);
	if (!r) {
		complain(0, "%s of %u: booting (%s clock, %u CPUs)", name, l->boots,
			 bench_clock_name(l->o.clock), l->smp);
		r = boot_qemu(l, &b, &a);
		if (r && !child_interrupted)
			keep_log(l, l->boot.arm, nr);
	}
	qemu_args_free(&a);
	if (l->code && r)
		code_boot_failed(l->code);
	else if (l->code)
		r = code_boot_done(l->code, l->dir, l->build, l->variants[variant].modules);
	return r;
}

/*
 * What do the results so far say? The lab knows no statistics: it asks `compare`, through the file that
 * anyone can ask it about. True: nothing is open any more. An A/A arm that differs ends the run too.
 */
static bool is_decided(struct lab *l)
{
	char line[512], *end;
	char *argv[] = { (char *)"/proc/self/exe", (char *)"compare", (char *)"--look", l->out,
			 (char *)"--base", l->variants[l->base].name, NULL };
	int r = child_capture(argv, line, sizeof(line));
	unsigned long open = strtoul(line, &end, 10);

	if (end == line) {
		worsen(l, complain(BENCH_INVALID, "%s", *line ? line : "the results cannot be judged"));
		return true;
	}
	complain(0, "%s", line);
	return !r || !open;
}

static bool is_look(const struct lab *l, unsigned int boots)
{
	for (unsigned int i = 0; i < l->looks; i++)
		if (l->look[i] == boots)
			return true;
	return l->aa && boots == l->boots;
}

/*
 * Each round boots every arm once, in an order of its own: a drift of the host hits all alike. In real
 * time a boot that does not count comes first: it finds the host's files and clocks cold.
 */
static void run_rounds(struct lab *l)
{
	size_t order[BENCH_MAX_LIST + 1], nr = l->nr_variants + l->aa;
	unsigned int first = l->aa;
	uint64_t state = l->o.seed;

	for (size_t i = 0; i < nr; i++)
		order[i] = i;
	l->boot.warmup = true;
	if (l->aa)
		worsen(l, boot_arm(l, l->base, 0));
	l->boot.warmup = false;
	for (unsigned int round = 0; round < l->boots && !child_interrupted; round++) {
		schedule_round(order, nr, &state);
		for (size_t i = 0; i < nr && !child_interrupted; i++)
			worsen(l, boot_arm(l, order[i], first + round));
		if (!child_interrupted && is_look(l, round + 1) && is_decided(l))
			break;
	}
	/* Also when the signal came between two boots. */
	if (child_interrupted)
		worsen(l, BENCH_INVALID);
}

static int measure(struct lab *l)
{
	int r = fill_env(l), e;

	if (!r)
		r = open_record(l);
	if (!r && l->explain)
		r = code_open(&l->code, l->out, SEPTBENCH_VERSION);
	if (r)
		return r;
	run_rounds(l);
	worsen(l, code_close(l->code));
	l->code = NULL;
	e = record_write_end(l->w, l->status);
	if (e)
		worsen(l, complain(BENCH_INVALID, "the end of %s: %s", l->out, strerror(-e)));
	printf("%s\n", l->out);
	return l->status;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void close_lab(struct lab *l)
{
	record_close(l->w);
	code_close(l->code);
	if (*l->dir)
		nftw(l->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	json_object_put(l->env);
	bench_options_free(&l->o);
	free(l);
}

int cmd_lab(int argc, char **argv)
{
	struct lab *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return complain(BENCH_INVALID, "no memory");
	l->flavour = "plain";
	l->timeout = DEFAULT_TIMEOUT;
	l->env = json_object_new_object();
	r = bench_options_parse(&l->o, argc, argv, lab_options, l);
	if (!r) {
		set_defaults(l);
		r = check_options(l);
	}
	if (!r)
		r = choose_out(l);
	if (!r) {
		child_catch_signals();
		r = prepare(l);
	}
	if (!r)
		r = measure(l);
	close_lab(l);
	return r == BENCH_OPTIONS_HELP ? 0 : r;
}
