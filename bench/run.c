// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#include "fatal.h"
#include "modules.h"
#include "perf.h"
#include "softtdx.h"
#include "sweep.h"

static void abandon(void *arg, const char *reason)
{
	block_abandon(arg, reason);
}

int session_open(struct session *s, const struct bench_options *o, struct record_writer *w,
		 const char *variant)
{
	const char *why;
	int r;

	*s = (struct session) { .o = o, .w = w, .variant = variant, .memory = o->memory };
	r = placement_topology(&s->topo);
	if (r)
		return complain(BENCH_INVALID, "hwloc cannot read this machine's topology: %s",
				strerror(-r));
	why = memory_resolve(&s->memory, s->topo);
	if (why) {
		hwloc_topology_destroy(s->topo);
		return complain(BENCH_CANNOT, "%s", why);
	}
	fatal_set_hook(abandon, s);
	return 0;
}

void session_close(struct session *s)
{
	fatal_set_hook(NULL, NULL);
	hwloc_topology_destroy(s->topo);
}

bool session_wants(const struct session *s, enum case_substrate substrate)
{
	for (size_t i = 0; i < s->o->nr_cases; i++)
		if (s->o->cases[i]->substrate == substrate)
			return true;
	return false;
}

static int check_kvm(enum case_substrate substrate)
{
	int types = __vm_types();

	if (types < 0)
		return complain(BENCH_CANNOT,
				"/dev/kvm: %s; load KVM, or use `septbench lab`, which needs none",
				strerror(-types));
	if (substrate == CASE_TD && !(types & 1 << KVM_X86_TDX_VM))
		return complain(BENCH_CANNOT,
				"this KVM has no TDX VMs (KVM_CAP_VM_TYPES is 0x%x); "
				"use a TDX host with kvm_intel.tdx=1, or `septbench lab`",
				(unsigned int)types);
	if (substrate == CASE_PROTECTED && !(types & 1 << KVM_X86_SW_PROTECTED_VM))
		return complain(BENCH_CANNOT,
				"this KVM has no software-protected VMs (KVM_CAP_VM_TYPES is 0x%x); it "
				"needs CONFIG_KVM_SW_PROTECTED_VM and the TDP MMU",
				(unsigned int)types);
	if (substrate == CASE_PLAIN && !(types & 1 << KVM_X86_DEFAULT_VM))
		return complain(BENCH_CANNOT,
				"this KVM has no ordinary VMs (KVM_CAP_VM_TYPES is 0x%x); "
				"leave out case plain",
				(unsigned int)types);
	return 0;
}

static void run_case(struct session *s, const struct sept_case *c, unsigned int vcpus)
{
	for (unsigned int i = 0; i <= s->o->blocks; i++) {
		fprintf(stderr, "septbench: %s: %s, %u vCPU%s, block %u of %u%s\n", s->variant,
			c->name, vcpus, vcpus == 1 ? "" : "s", i, s->o->blocks,
			i ? "" : " (warm-up)");
		block_run(s, c, vcpus, i, !i);
	}
}

/* Not before the modules are there: their tracepoints come and go with them. */
static int plan_events(struct session *s)
{
	char why[PERF_WHY];

	if (!*s->o->events)
		return 0;
	s->perf = perf_new(s->o->events, why);
	if (!s->perf)
		return complain(BENCH_CANNOT, "%s", why);
	for (size_t i = 0; i < perf_nr(s->perf); i++) {
		const struct event *e = perf_event(s->perf, i);

		if (*e->absent)
			complain(0, "--events %s: %s", e->name, e->absent);
	}
	return 0;
}

static void run_cases(struct session *s, enum case_substrate substrate)
{
	for (size_t i = 0; i < s->o->nr_cases; i++) {
		if (s->o->cases[i]->substrate != substrate)
			continue;
		for (size_t j = 0; j < s->o->nr_vcpus; j++) {
			if (s->o->sweep)
				sweep_run(s, s->o->cases[i], s->o->vcpus[j]);
			else
				run_case(s, s->o->cases[i], s->o->vcpus[j]);
		}
	}
}

int session_run(struct session *s, enum case_substrate substrate)
{
	int r = check_kvm(substrate);

	if (!r)
		r = plan_events(s);
	if (r)
		return r;
	run_cases(s, substrate);
	perf_free(s->perf);
	s->perf = NULL;
	return 0;
}

int session_verdict(const struct session *s)
{
	if (!s->invalid)
		return 0;
	return complain(BENCH_INVALID, "%u of %u blocks are invalid; their lines say why",
			s->invalid, s->written);
}

/* --- `septbench run`: the same on this machine, with the modules that are loaded. --- */

struct host_run {
	struct bench_options o;
	const char *manifest;
	char variant[BENCH_NAME_LEN];
	char out[256];
};

static int set_manifest(const char *value, void *arg)
{
	struct host_run *h = arg;

	h->manifest = value;
	return 0;
}

static const struct bench_ext_option host_options[] = {
	{ "manifest", "FILE",
	  "build ids of the variant's modules, as the lab's module build writes it", set_manifest },
	{ 0 }
};

/* The loaded modules say what is measured; a name is taken only with a manifest that proves it. */
static int learn_variant(struct host_run *h)
{
	char id[BUILD_ID_HEX];
	int r;

	if (h->o.all_variants || h->o.nr_variants > 1)
		return complain(BENCH_USAGE,
				"run measures the modules that are loaded: at most one --variants "
				"name; `septbench lab` takes several");
	if (h->o.nr_variants && !h->manifest)
		return complain(
			BENCH_INVALID,
			"--variants %s: nothing shows that it is loaded; give its --manifest",
			h->o.variants[0]);
	if (h->o.nr_variants) {
		strcpy(h->variant, h->o.variants[0]);
		return modules_check_manifest(h->manifest, h->variant);
	}
	r = modules_build_id("kvm", id);
	snprintf(h->variant, sizeof(h->variant), "loaded-%.12s", r ? "builtin" : id);
	return 0;
}

static int choose_out(struct host_run *h)
{
	time_t now = time(NULL);
	struct tm tm;

	if (h->o.out)
		return snprintf(h->out, sizeof(h->out), "%s", h->o.out) < (int)sizeof(h->out) ? 0 :
		       complain(BENCH_USAGE, "--out: the name is too long");
	if (mkdir("results", 0777) && errno != EEXIST)
		return complain(BENCH_INVALID, "results/: %s; use --out", strerror(errno));
	localtime_r(&now, &tm);
	strftime(h->out, sizeof(h->out), "results/run-%Y%m%d-%H%M%S.jsonl", &tm);
	return 0;
}

static void env_string(struct json_object *env, const char *name, const char *v)
{
	json_object_object_add(env, name, json_object_new_string(v));
}

static struct json_object *build_ids(void)
{
	static const char *const mods[] = { "kvm", "kvm_intel", "kvm_amd" };
	struct json_object *ids = json_object_new_object();
	char id[BUILD_ID_HEX];

	for (size_t i = 0; i < sizeof(mods) / sizeof(mods[0]); i++)
		if (!modules_build_id(mods[i], id))
			env_string(ids, mods[i], id);
	return ids;
}

static struct json_object *environment(const struct session *s)
{
	struct json_object *env = json_object_new_object(), *variants = json_object_new_object(),
			   *one = json_object_new_object();
	int cpus = hwloc_get_nbobjs_by_type(s->topo, HWLOC_OBJ_PU);
	hwloc_obj_t package = hwloc_get_obj_by_type(s->topo, HWLOC_OBJ_PACKAGE, 0);
	const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
	struct utsname u;

	uname(&u);
	env_string(env, "kernel", u.release);
	env_string(env, "accel", "none");
	if (model)
		env_string(env, "cpu", model);
	json_object_object_add(env, "host_cpus", json_object_new_int(cpus));
	json_object_object_add(one, "build_ids", build_ids());
	json_object_object_add(variants, s->variant, one);
	json_object_object_add(env, "variants", variants);
	return env;
}

static const char *substrate_name(const struct session *s)
{
	if (!session_wants(s, CASE_TD))
		return "none";
	return softtdx_present() ? "soft" : "tdx";
}

static int write_run_line(const struct session *s)
{
	struct json_object *env = environment(s);
	struct record_run run = {
		.version = SEPTBENCH_VERSION,
		.substrate = substrate_name(s),
		.clock = bench_clock_name(s->o->clock),
		.profile = s->o->profile,
		.flavour = "host",
		.seed = s->o->seed,
		.env = env,
	};
	int r = record_write_run(s->w, &run);

	json_object_put(env);
	return r ? complain(BENCH_INVALID, "the result file cannot be written: %s", strerror(-r)) :
		   0;
}

/* After die(): what is recorded so far gets its end line. */
static void end_of_dying(void *arg, const char *reason)
{
	struct session *s = arg;

	block_abandon(s, reason);
	record_write_end(s->w, BENCH_INVALID);
}

static int measure(struct session *s)
{
	int r = write_run_line(s), e;

	if (r)
		return r;
	fatal_set_hook(end_of_dying, s);
	if (session_wants(s, CASE_TD))
		r = session_run(s, CASE_TD);
	if (!r && session_wants(s, CASE_PLAIN))
		r = session_run(s, CASE_PLAIN);
	if (!r && session_wants(s, CASE_PROTECTED))
		r = session_run(s, CASE_PROTECTED);
	if (!r)
		r = session_verdict(s);
	e = record_write_end(s->w, r);
	return e ? complain(BENCH_INVALID, "the end of the result file: %s", strerror(-e)) : r;
}

static int open_and_measure(struct host_run *h)
{
	struct record_writer *w;
	struct session s;
	int r = choose_out(h);

	if (r)
		return r;
	r = record_open_append(h->out, &w);
	if (r)
		return complain(BENCH_USAGE, "%s: %s", h->out, strerror(-r));
	r = session_open(&s, &h->o, w, h->variant);
	if (!r) {
		r = measure(&s);
		session_close(&s);
	}
	if (record_close(w) && !r)
		r = complain(BENCH_INVALID, "%s: not all of it could be written", h->out);
	if (!r)
		printf("%s\n", h->out);
	return r;
}

/* Before anything is written: can the chosen cases run here at all? */
static int check_machine(const struct bench_options *o)
{
	for (size_t i = 0; i < o->nr_cases; i++) {
		int r = check_kvm(o->cases[i]->substrate);

		if (r)
			return r;
	}
	if (o->sweep && !softtdx_present())
		return complain(BENCH_USAGE, "--seeds needs softtdx: a seed is its schedule");
	if (*o->events && !perf_built)
		return complain(BENCH_CANNOT, "--events: " PERF_NOT_BUILT);
	if (*o->softtdx)
		return complain(BENCH_USAGE, "--softtdx is for the lab: run loads no modules");
	return 0;
}

int cmd_run(int argc, char **argv)
{
	struct host_run h = { .manifest = NULL };
	int r = bench_options_parse(&h.o, argc, argv, host_options, &h);

	if (!r && !h.o.clock_given)
		h.o.clock = BENCH_CLOCK_WALL;
	if (!r)
		r = check_machine(&h.o);
	if (!r)
		r = learn_variant(&h);
	if (!r)
		r = open_and_measure(&h);
	bench_options_free(&h.o);
	return r == BENCH_OPTIONS_HELP ? 0 : r;
}
