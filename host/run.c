// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `septbench run`: the cases on this machine, with the modules that are loaded, or with --load
 * variants'.
 */
#include "host.h"

#include <sched.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "build.h"
#include "conditions.h"
#include "fatal.h"
#include "identity.h"
#include "guard.h"
#include "modules.h"
#include "perf.h"
#include "run.h"
#include "schedule.h"
#include "softtdx.h"
#include "state.h"
#include "swap.h"
#include "tune.h"

#define MAX_LOADS	1000

static const enum case_substrate substrates[] = { CASE_TD, CASE_PLAIN, CASE_PROTECTED };

#define NR_SUBSTRATES	(sizeof(substrates) / sizeof(substrates[0]))

struct host_run {
	struct bench_options o;
	const char *manifest, *kernel, *modules;
	bool load, tune;
	unsigned int loads;
	char out[256];
	struct {
		char name[BENCH_NAME_LEN];
		char dir[LAB_PATH]; /* of its modules; "": what is loaded is measured as it is */
	} arms[BENCH_MAX_LIST];
	size_t nr_arms;
	size_t base;			/* arm that the others are compared with */
	struct json_object *env;
	struct record_writer *w;
};

/* --- options --- */

static const struct option table[] = {
	OPTION_GROUP("This machine's modules"),
	{ "manifest", "FILE", "build ids of the variant's modules, as kmod/build-variant writes it",
	  OPTION_STRING(struct host_run, manifest) },
	{ "load", NULL,
	  "build the --variants for this kernel, load each in turn, put this\n"
	  "machine's modules back", OPTION_FLAG(struct host_run, load) },
	{ "loads", "N",
	  "with --load: how often each variant is loaded (default: 10 of several\n"
	  "under wall, else 1)", OPTION_NUMBER(struct host_run, loads, 1, MAX_LOADS) },
	{ "kernel", "DIR", "with --load: source tree of the running kernel (default: Debian's)",
	  OPTION_STRING(struct host_run, kernel) },
	{ "modules", "DIR",
	  "with --load: DIR/VARIANT are folders of kmod/build-variant; nothing is\n"
	  "built", OPTION_STRING(struct host_run, modules) },
	{ "tune", NULL, "set governor, turbo, C-states and the like for timing, and back at the end",
	  OPTION_FLAG(struct host_run, tune) },
	{ 0 }
};

static const struct options options = {
	.verb = "run", .usage = "[option]...", .table = table,
	.shared = bench_option_table, .shared_at = offsetof(struct host_run, o),
};

static int check_usage(const struct host_run *h)
{
	if (h->o.turn)
		return complain(BENCH_USAGE, "--turn is for the lab: QEMU's processors have turns");
	if (*h->o.softtdx)
		return complain(BENCH_USAGE,
				"--softtdx is for the lab: run gives modules no parameters");
	if (h->o.module_given)
		return complain(BENCH_USAGE,
				"--module is for the lab: a host's TDX module is what it is");
	if (*h->o.events && !perf_built)
		return complain(BENCH_CANNOT, "--events: " PERF_NOT_BUILT);
	if (h->o.all_variants)
		return complain(BENCH_USAGE,
				"--variants all is for the lab: name what is to be measured");
	for (size_t i = 0; i < h->o.nr_variants; i++)
		if (!bench_is_name(h->o.variants[i]))
			return complain(BENCH_USAGE, "--variants: \"%s\" is not a variant's name",
					h->o.variants[i]);
	if (h->load && (!h->o.nr_variants || h->manifest))
		return complain(BENCH_USAGE, "--load needs --variants, and no --manifest");
	if (!h->load && (h->loads || h->kernel || h->modules))
		return complain(BENCH_USAGE, "--loads, --kernel and --modules go with --load");
	if (!h->load && h->o.nr_variants > 1)
		return complain(
			BENCH_USAGE,
			"without --load, run measures the modules that are loaded: at most one "
			"--variants name");
	return 0;
}

static bool wants(const struct host_run *h, enum case_substrate substrate)
{
	for (size_t i = 0; i < h->o.nr_cases; i++)
		if (h->o.cases[i]->substrate == substrate)
			return true;
	return false;
}

/* --- what is measured --- */

/* Before anything is written: can the chosen cases run here at all? */
static int check_machine(const struct host_run *h)
{
	int r = 0;

	for (size_t i = 0; !r && i < NR_SUBSTRATES; i++)
		if (wants(h, substrates[i]))
			r = session_check_kvm(substrates[i]);
	if (!r && h->o.sweep && !softtdx_present())
		r = complain(BENCH_USAGE, "--sweep needs softtdx: a seed is its schedule");
	return r;
}

static struct json_object *loaded_build_ids(void)
{
	static const char * const mods[] = { "kvm", "kvm_intel", "kvm_amd" };
	struct json_object *ids = json_object_new_object(), *one = json_object_new_object();
	char id[BUILD_ID_HEX];

	for (size_t i = 0; i < sizeof(mods) / sizeof(mods[0]); i++)
		if (!modules_build_id(mods[i], id))
			json_object_object_add(ids, mods[i], json_object_new_string(id));
	json_object_object_add(one, "build_ids", ids);
	return one;
}

static int take_loaded(struct host_run *h, const char *manifest, const char *dir)
{
	char *name = h->arms[0].name;
	struct json_object *variants;
	char id[BUILD_ID_HEX];
	int r = 0;

	h->nr_arms = 1;
	if (manifest)
		r = modules_check_manifest(manifest, name);
	else
		snprintf(name, BENCH_NAME_LEN, "loaded-%.12s",
			 modules_build_id("kvm", id) ? "builtin" : id);
	if (r || dir)
		return r ? r : lab_read_manifest(dir, name, h->env);
	variants = json_object_new_object();
	json_object_object_add(variants, name, loaded_build_ids());
	json_object_object_add(h->env, "variants", variants);
	return 0;
}

/* The loaded modules say what is measured; a name is taken only with a manifest that proves it. */
static int learn_variant(struct host_run *h)
{
	char name[BENCH_NAME_LEN], dir[LAB_PATH], manifest[LAB_PATH + 16];
	enum swap_set set;

	if (h->o.nr_variants)
		strcpy(h->arms[0].name, h->o.variants[0]);
	if (!h->manifest && swap_loaded(name, dir, &set) &&
	    (!h->o.nr_variants || !strcmp(h->o.variants[0], name))) {
		strcpy(h->arms[0].name, name);
		snprintf(manifest, sizeof(manifest), "%s/manifest", dir);
		return take_loaded(h, manifest, dir);
	}
	if (h->o.nr_variants && !h->manifest)
		return complain(
			BENCH_INVALID,
			"--variants %s: nothing shows that it is loaded; load it with `septbench "
			"host load`, or run with --load, or give its --manifest",
			h->o.variants[0]);
	if (h->manifest && !h->o.nr_variants)
		return complain(BENCH_USAGE,
				"--manifest goes with the --variants name that it is of");
	return take_loaded(h, h->manifest, NULL);
}

static int find_modules(struct host_run *h, const char *name, char dir[LAB_PATH])
{
	char path[LAB_PATH];

	if (!h->modules)
		return host_build(h->kernel, name, dir);
	if (snprintf(path, sizeof(path), "%s/%s", h->modules, name) >= (int)sizeof(path))
		return complain(BENCH_USAGE, "--modules: the name is too long");
	return host_modules(path, dir);
}

/* Everything is built and checked before the first module is touched. */
static int build_variants(struct host_run *h)
{
	int r = 0;

	for (size_t i = 0; !r && i < h->o.nr_variants; i++) {
		strcpy(h->arms[i].name, h->o.variants[i]);
		r = find_modules(h, h->arms[i].name, h->arms[i].dir);
		if (!r)
			r = swap_check(h->arms[i].dir);
		if (!r && wants(h, CASE_TD))
			r = swap_check_set(h->arms[i].dir, swap_td_set());
		if (!r)
			r = lab_read_manifest(h->arms[i].dir, h->arms[i].name, h->env);
		if (!strcmp(h->arms[i].name, BASE))
			h->base = i;
		h->nr_arms += !r;
	}
	return r;
}

/* --- the run line --- */

static void env_string(struct json_object *env, const char *name, const char *v)
{
	json_object_object_add(env, name, json_object_new_string(v));
}

static int fill_env(struct host_run *h, const struct conditions *c)
{
	hwloc_topology_t topo;
	hwloc_obj_t package;
	const char *model;
	struct utsname u;

	if (hwloc_topology_init(&topo) || hwloc_topology_load(topo))
		return complain(BENCH_INVALID, "hwloc cannot read this machine's topology");
	package = hwloc_get_obj_by_type(topo, HWLOC_OBJ_PACKAGE, 0);
	model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
	uname(&u);
	env_string(h->env, "kernel", u.release);
	env_string(h->env, "kernel_build", u.version);
	env_string(h->env, "accel", "none");
	if (model)
		env_string(h->env, "cpu", model);
	json_object_object_add(h->env, "host_cpus",
			       json_object_new_int(hwloc_get_nbobjs_by_type(topo, HWLOC_OBJ_PU)));
	json_object_object_add(h->env, "tuned", json_object_new_boolean(h->tune));
	json_object_object_add(h->env, "conditions", conditions_json(c));
	identity_add(h->env, &h->o);
	hwloc_topology_destroy(topo);
	return 0;
}

static const char *substrate_name(const struct host_run *h)
{
	if (!wants(h, CASE_TD))
		return "none";
	return (h->load ? swap_td_set() == SWAP_SOFT : softtdx_present()) ? "soft" : "tdx";
}

static int write_run_line(struct host_run *h, const struct conditions *c)
{
	struct record_run run = {
		.version = SEPTBENCH_VERSION,
		.substrate = substrate_name(h),
		.clock = bench_clock_name(h->o.clock),
		.profile = identity_profile(&h->o),
		.flavour = "host",
		.seed = h->o.seed,
		.env = h->env,
	};
	int r = fill_env(h, c);

	if (!r)
		r = record_write_run(h->w, &run);
	return r < 0 ? complain(BENCH_INVALID, "%s: %s", h->out, strerror(-r)) : r;
}

/* --- the measurement --- */

/* After die(): what is recorded so far gets its end line. */
static void end_of_dying(void *arg, const char *reason)
{
	struct session *s = arg;

	block_abandon(s, reason);
	record_write_end(s->w, BENCH_INVALID);
}

/*
 * A session pins this thread, and the next one takes no CPU but those that its thread may run on:
 * each starts from where the program did. Room for 16384 CPUs.
 */
static cpu_set_t started_on[16];

static void note_affinity(void)
{
	if (sched_getaffinity(0, sizeof(started_on), started_on))
		memset(started_on, 0, sizeof(started_on));
}

static void back_to_affinity(void)
{
	sched_setaffinity(0, sizeof(started_on), started_on);
}

/* Arm nr_arms is the A/A arm: the base's modules once more, under another name. */
static int measure_substrate(struct host_run *h, size_t arm, enum case_substrate substrate)
{
	size_t variant = arm == h->nr_arms ? h->base : arm;
	const char *name = h->arms[variant].name, *dir = h->arms[variant].dir;
	char label[BENCH_NAME_LEN + sizeof(AA_SUFFIX)];
	struct session s;
	int r = 0;

	if (!wants(h, substrate))
		return 0;
	snprintf(label, sizeof(label), "%s%s", name, arm == h->nr_arms ? AA_SUFFIX : "");
	if (*dir)
		r = swap_in(dir, name, substrate == CASE_TD ? swap_td_set() : SWAP_NONE);
	if (!r)
		r = session_open(&s, &h->o, h->w, label);
	if (r)
		return r;
	fatal_set_hook(end_of_dying, &s);
	r = session_begin(&s, substrate);
	if (!r)
		r = session_run(&s);
	if (!r)
		r = session_verdict(&s);
	/* Before the modules go: what it holds is a VM of theirs. */
	session_end(&s);
	session_close(&s);
	back_to_affinity();
	return r || !*dir ? r : swap_out();
}

static int measure_arm(struct host_run *h, size_t arm)
{
	int r = 0;

	for (size_t i = 0; !r && i < NR_SUBSTRATES; i++)
		r = measure_substrate(h, arm, substrates[i]);
	return r;
}

/*
 * As the lab does: each round loads every arm once, in an order of its own, and a timed one has an
 * A/A arm.
 */
static int measure_arms(struct host_run *h)
{
	bool timed = h->o.clock == BENCH_CLOCK_WALL && h->nr_arms > 1 && h->loads >= BOOTS_JUDGED;
	size_t order[BENCH_MAX_LIST + 1], nr = h->nr_arms + timed;
	uint64_t state = h->o.seed;
	int r = 0;

	for (size_t i = 0; i < nr; i++)
		order[i] = i;
	for (unsigned int load = 0; !r && load < (h->load ? h->loads : 1); load++) {
		if (h->load)
			h->o.boot = load;
		schedule_round(order, nr, &state);
		for (size_t i = 0; !r && i < nr; i++)
			r = measure_arm(h, order[i]);
	}
	return r;
}

static void compare_conditions(struct host_run *h, const struct conditions *before)
{
	struct conditions after;
	char *changed;

	conditions_read(&after);
	changed = conditions_changed(before, &after);
	if (!changed)
		return;
	complain(0, "the machine changed during the run: %s", changed);
	record_set_changed(h->w, changed);
	free(changed);
}

static int measure(struct host_run *h)
{
	struct conditions before;
	int r, e;

	note_affinity();
	conditions_read(&before);
	r = write_run_line(h, &before);
	if (r)
		return r;
	r = measure_arms(h);
	compare_conditions(h, &before);
	e = record_write_end(h->w, r);
	return e ? complain(BENCH_INVALID, "the end of %s: %s", h->out, strerror(-e)) : r;
}

static int open_and_measure(void *arg)
{
	struct host_run *h = arg;
	int r = record_open_append(h->out, &h->w);

	if (r)
		return complain(r == -EEXIST ? BENCH_USAGE : BENCH_CANNOT, "%s: %s", h->out,
				strerror(-r));
	r = measure(h);
	if (record_close(h->w) && !r)
		r = complain(BENCH_INVALID, "%s: not all of it could be written", h->out);
	if (!r)
		printf("%s\n", h->out);
	return r;
}

static int enter(void *arg)
{
	struct host_run *h = arg;
	int r = h->tune ? tune_apply() : 0;

	return r || !h->load ? r : swap_begin();
}

static int leave(void *arg)
{
	struct host_run *h = arg;
	int r = h->load ? swap_restore() : 0, undone = h->tune ? tune_undo() : 0;

	return r ? r : undone;
}

static int run(struct host_run *h)
{
	int r = check_usage(h);

	if (!r)
		r = h->load ? build_variants(h) : check_machine(h);
	if (!r && !h->load)
		r = learn_variant(h);
	if (!r)
		r = bench_options_out(&h->o, "run", h->out, sizeof(h->out));
	if (r || (!h->load && !h->tune))
		return r ? r : open_and_measure(h);
	r = host_claim(h->load, h->tune);
	return r ? r : guard_run(enter, open_and_measure, leave, h);
}

int cmd_run(int argc, char **argv)
{
	struct host_run h = { .env = json_object_new_object() };
	int r = bench_options_parse(&options, &h, argc, argv);

	if (!r && !h.o.clock_given)
		h.o.clock = BENCH_CLOCK_WALL;
	if (!r && h.load && !h.loads)
		h.loads = h.o.nr_variants > 1 && h.o.clock == BENCH_CLOCK_WALL ? BOOTS_WALL : 1;
	if (!r)
		r = run(&h);
	json_object_put(h.env);
	bench_options_free(&h.o);
	return r == OPTIONS_HELP ? 0 : r;
}
