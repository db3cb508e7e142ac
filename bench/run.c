// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "fatal.h"
#include "perf.h"
#include "septcount.h"
#include "softtdx.h"
#include "storm.h"
#include "sweep.h"

static void abandon(void *arg, const char *reason)
{
	block_abandon(arg, reason);
}

/* Where there is no softtdx, or not yet. */
static const struct ledger no_ledger;

int session_open(struct session *s, const struct bench_options *o, struct record_writer *w,
		 const char *variant)
{
	const char *why;
	int r;

	if (bench_options_linux(o) && !o->guest_kernel)
		return complain(BENCH_CANNOT, "these cases boot Linux: give its kernel, --guest-kernel FILE");
	if (bench_options_linux_modules(o) && !o->guest_modules)
		return complain(BENCH_CANNOT, "module-load: give its modules, --guest-modules FILE");
	*s = (struct session) { .o = o, .w = w, .variant = variant, .memory = o->memory,
				.held = -1, .ledger = &no_ledger, .seed = o->seed };
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

/* A boot has nothing to warm up, and takes a while. */
static unsigned int warm_ups(const struct sept_case *c)
{
	return c->linux_mib ? 0 : 1;
}

uint64_t session_blocks(const struct bench_options *o)
{
	uint64_t nr = 0;

	for (size_t i = 0; i < o->nr_cases; i++)
		nr += o->sweep ? bench_options_seeds(o)
			       : bench_options_case_blocks(o, o->cases[i]) + warm_ups(o->cases[i]);
	return nr * o->nr_vcpus;
}

bool session_wants(const struct session *s, enum case_substrate substrate)
{
	if (s->o->nr_inject)
		return substrate == CASE_TD;
	for (size_t i = 0; i < s->o->nr_cases; i++)
		if (s->o->cases[i]->substrate == substrate)
			return true;
	return false;
}

/* What every VM of the driver is made with. */
static int check_capabilities(void)
{
	static const struct {
		uint32_t cap;
		const char *name, *needs;
	} wanted[] = {
		{ KVM_CAP_BINARY_STATS_FD, "KVM_GET_STATS_FD", "Linux 5.14" },
		{ KVM_CAP_USER_MEMORY2, "KVM_SET_USER_MEMORY_REGION2", "Linux 6.8" },
		{ KVM_CAP_PRE_FAULT_MEMORY, "KVM_PRE_FAULT_MEMORY",
		  "Linux 6.11, and EPT or NPT switched on" },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (__vm_capability(wanted[i].cap) <= 0)
			return complain(
				BENCH_CANNOT,
				"this KVM has no %s: it needs %s; `septbench lab` brings its own kernel",
				wanted[i].name, wanted[i].needs);
	return 0;
}

int session_check_kvm(enum case_substrate substrate)
{
	int types = __vm_types();

	if (types < 0)
		return complain(BENCH_CANNOT,
				"/dev/kvm: %s; load KVM, or use `septbench lab`, which needs none",
				strerror(-types));
	if (substrate == CASE_TD && !(types & 1 << KVM_X86_TDX_VM))
		return complain(BENCH_CANNOT,
				"this KVM has no TDX VMs (KVM_CAP_VM_TYPES is 0x%x); "
				"use a TDX host with kvm_intel.tdx=1, or `septbench lab`; "
				"--cases plain runs on any KVM",
				(unsigned int)types);
	if (substrate == CASE_PROTECTED && !(types & 1 << KVM_X86_SW_PROTECTED_VM))
		return complain(
			BENCH_CANNOT,
			"this KVM has no software-protected VMs (KVM_CAP_VM_TYPES is 0x%x); it "
			"needs CONFIG_KVM_SW_PROTECTED_VM and the TDP MMU",
			(unsigned int)types);
	if (substrate == CASE_PLAIN && !(types & 1 << KVM_X86_DEFAULT_VM))
		return complain(BENCH_CANNOT,
				"this KVM has no ordinary VMs (KVM_CAP_VM_TYPES is 0x%x); "
				"leave out case plain",
				(unsigned int)types);
	return check_capabilities();
}

static void run_case(struct session *s, const struct sept_case *c, unsigned int vcpus)
{
	unsigned int per_seed = bench_options_blocks(s->o);
	unsigned int nr = (unsigned int)bench_options_case_blocks(s->o, c);

	for (unsigned int i = 1 - warm_ups(c); i <= nr; i++) {
		fprintf(stderr, "septbench: %s, %u vCPU%s, block %u of %u%s\n", c->name,
			vcpus, vcpus == 1 ? "" : "s", i, nr, i ? "" : " (warm-up)");
		s->seed = s->o->seed + (i ? (i - 1) / per_seed : 0);
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

static void run_cases(struct session *s)
{
	for (size_t i = 0; i < s->o->nr_cases; i++) {
		if (s->o->cases[i]->substrate != s->substrate)
			continue;
		for (size_t j = 0; j < s->o->nr_vcpus; j++) {
			if (s->o->sweep)
				sweep_run(s, s->o->cases[i], s->o->vcpus[j]);
			else
				run_case(s, s->o->cases[i], s->o->vcpus[j]);
		}
	}
}

/*
 * While some VM exists, KVM's static key for preempt notifiers is on. With none between two blocks
 * the kernel would patch itself twice for each, which in real time disturbs all CPUs, and which
 * QEMU's threads survive most of the time only (a CPU runs into the breakpoint of the patching,
 * "Oops: int3").
 */
static int hold_a_vm(const struct session *s, enum case_substrate substrate)
{
	static const unsigned long types[] = {
		[CASE_TD] = KVM_X86_TDX_VM,
		[CASE_PLAIN] = KVM_X86_DEFAULT_VM,
		[CASE_PROTECTED] = KVM_X86_SW_PROTECTED_VM,
	};

	return s->o->clock == BENCH_CLOCK_WALL ? __vm_open_empty(types[substrate]) : -1;
}

static int open_ledger(struct session *s)
{
	int r = softtdx_map_ledger(NULL, &s->ledger);

	if (!r)
		return 0;
	s->ledger = &no_ledger;
	return r == -ENOENT ? 0 : complain(BENCH_CANNOT, "softtdx's ledger cannot be mapped: %s; "
					   "the module and septbench must be of one version",
					   strerror(-r));
}

int session_begin(struct session *s, enum case_substrate substrate)
{
	int r = session_check_kvm(substrate);

	if (!r)
		s->held = hold_a_vm(s, substrate);
	if (!r && substrate == CASE_TD)
		r = open_ledger(s);
	s->ready = !r;
	s->substrate = substrate;
	return r;
}

int session_run(struct session *s)
{
	int r;

	if (!s->ready)
		return complain(BENCH_INVALID, "session_run() without session_begin()");
	r = plan_events(s);
	if (r)
		return r;
	if (s->o->nr_inject)
		storm_run(s);
	else
		run_cases(s);
	perf_free(s->perf);
	s->perf = NULL;
	return 0;
}

void session_end(struct session *s)
{
	s->ready = false;
	if (s->held >= 0)
		close(s->held);
	s->held = -1;
	septcount_close();
	/* The mapping would hold the module. */
	if (s->ledger != &no_ledger)
		munmap((void *)s->ledger, LEDGER_BYTES);
	s->ledger = &no_ledger;
}

int session_verdict(const struct session *s)
{
	if (!s->invalid)
		return 0;
	return complain(BENCH_INVALID, "%u of %u blocks are invalid; their lines say why",
			s->invalid, s->written);
}
