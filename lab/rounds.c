// SPDX-License-Identifier: GPL-2.0-or-later
/* The boots of a run: in rounds of all arms, each watched to its end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "fatal.h"
#include "plugin.h"
#include "resume.h"
#include "run.h"
#include "state.h"

struct qemu_machine lab_machine(const struct lab *l)
{
	return (struct qemu_machine) {
		.clock = l->o.clock,
		.seed = l->o.seed,
		.smp = l->smp,
		.numa = l->numa,
		.memory_mb = l->o.nr_inject ? QEMU_INJECT_MB : qemu_memory_mb(l->o.pages),
		.inject = l->o.nr_inject,
	};
}

/* The console log of a boot that failed stays beside the result file. */
static void keep_log(const struct lab *l, const char *variant, unsigned int boot)
{
	char from[LAB_PATH + 32], to[2 * LAB_PATH], out[1];
	char *argv[] = { (char *)"cp", from, to, NULL };

	snprintf(from, sizeof(from), "%s/console.log", l->scratch.dir);
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
	snprintf(initrd, sizeof(initrd), "%s/initrd.cpio", l->scratch.dir);
	r = lab_initramfs(initrd, l->variants[variant].modules, args, l->o.guest_kernel);
	free(args);
	return r;
}

/*
 * One of QEMU's threads may run into a breakpoint by which the guest's kernel has patched itself
 * (init leaves one CPU alone for most of that: bench/guest_init.c). Nothing has been measured by
 * then.
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
	complain(0,
		"%s: QEMU broke the patching of the guest's kernel, before anything was measured; once more",
		b->name);
	b->klog = (struct klog){ 0 };
	return boot_run(b, a);
}

/* Arm nr_variants is the A/A arm: the base's modules once more, under another name. */
static void choose_boot(struct lab *l, size_t arm, unsigned int nr)
{
	l->boot.nr = nr;
	snprintf(l->boot.arm, sizeof(l->boot.arm), "%s%s",
		 l->variants[arm == l->nr_variants ? l->base : arm].name,
		 arm == l->nr_variants ? AA_SUFFIX : "");
}

static int boot_arm(struct lab *l, size_t arm, unsigned int nr)
{
	size_t variant = arm == l->nr_variants ? l->base : arm;
	struct qemu_machine m = lab_machine(l);
	char name[BENCH_NAME_LEN + 32];
	struct boot b = {
		.name = name, .dir = l->scratch.dir, .timeout = l->timeout,
		.preload = l->o.clock == BENCH_CLOCK_COUNT ? "./" LAB_LOCKSTEP : NULL,
		.result = lab_take_result, .arg = l,
	};
	struct qemu_args a;
	int r = prepare_boot(l, variant);

	if (r)
		return r;
	choose_boot(l, arm, nr);
	snprintf(name, sizeof(name), "%s, boot %u%s", l->boot.arm, nr,
		 l->boot.warmup ? " (warm-up)" : "");
	r = qemu_args_fill(&a, &m);
	/* Not in the result's environment: the measured machine is the same. */
	if (!r && l->code)
		r = code_qemu_args(&a);
	if (!r) {
		complain(0, "%s of %u: booting (%s clock, %u CPUs)", name, l->boots,
			 bench_clock_name(l->o.clock), l->smp);
		r = boot_qemu(l, &b, &a);
		if (r && !child_interrupted && !l->unwritable)
			keep_log(l, l->boot.arm, nr);
		if (!child_interrupted)
			lab_write_boot(l, &b, r);
	}
	qemu_args_free(&a);
	if (l->code && r)
		code_boot_failed(l->code);
	else if (l->code)
		r = code_boot_done(l->code, l->scratch.dir, l->build, l->variants[variant].modules);
	return r;
}

/*
 * What do the results so far say? The lab knows no statistics: it asks `compare`, through the file
 * that anyone can ask it about, in its line for programs. True: nothing is open any more. An A/A
 * arm that differs ends the run too.
 */
static bool is_decided(struct lab *l)
{
	char line[512] = "", aa[8] = "";
	char *argv[] = { (char *)"/proc/self/exe", (char *)"compare", (char *)"--look", l->out,
			 (char *)"--base", l->variants[l->base].name, NULL };
	int r = child_capture(argv, line, sizeof(line));
	unsigned long open, all;
	unsigned int boots;

	if (sscanf(line, "look 1 undecided %lu of %lu unit %*s n %u aa %7s", &open, &all, &boots,
		   aa) != 4) {
		lab_worsen(l, complain(BENCH_INVALID, "the results cannot be judged"));
		return true;
	}
	if (!strcmp(aa, "failed")) {
		lab_worsen(l, complain(BENCH_INVALID,
				       "the A/A arm differs from its base, which is the same code: "
				       "the run is invalid; septbench compare %s shows where",
				       l->out));
		return true;
	}
	complain(0, "%lu of %lu gated metrics undecided after %u boots", open, all, boots);
	return !r || !open;
}

static bool is_look(const struct lab *l, unsigned int first, unsigned int boots)
{
	/* It has been looked at, and gone on from there. */
	if (l->kept && resume_has_later(l->kept, first + boots))
		return false;
	for (unsigned int i = 0; i < l->looks; i++)
		if (l->look[i] == boots)
			return true;
	return l->aa && boots == l->boots;
}

/* Is the boot in the file already? Then its status counts, and it is not made again. */
static bool is_over(struct lab *l, size_t arm, unsigned int nr, int *status)
{
	choose_boot(l, arm, nr);
	return l->kept && resume_boot_over(l->kept, l->boot.arm, nr, session_blocks(&l->o), status);
}

static unsigned int count_over(struct lab *l)
{
	unsigned int nr = (unsigned int)l->nr_variants + l->aa, over = 0;
	int status;

	for (unsigned int i = 0; i < nr * l->boots; i++)
		over += is_over(l, i % nr, l->aa + i / nr, &status);
	return over + (l->aa && is_over(l, l->base, 0, &status));
}

bool lab_is_whole(struct lab *l)
{
	unsigned int all = ((unsigned int)l->nr_variants + l->aa) * l->boots + l->aa, over;

	if (!l->kept)
		return false;
	over = count_over(l);
	if (l->kept->ended && (!l->kept->end_status || over == all)) {
		complain(0, "%s is whole: no boot is missing", l->out);
		l->status = l->kept->end_status;
		return true;
	}
	complain(0, "%s: %u of %u boots are there", l->out, over, all);
	return false;
}

static void take_arm(struct lab *l, size_t arm, unsigned int nr)
{
	int status;

	if (!is_over(l, arm, nr, &status))
		status = boot_arm(l, arm, nr);
	lab_worsen(l, status);
}

static bool has_to_end(const struct lab *l)
{
	return child_interrupted || l->unwritable;
}

/*
 * Each round boots every arm once, in an order of its own: a drift of the host hits all alike. In
 * real time a boot that does not count comes first: it finds the host's files and clocks cold.
 */
void lab_run_rounds(struct lab *l)
{
	size_t order[BENCH_MAX_LIST + 1], nr = l->nr_variants + l->aa;
	unsigned int first = l->aa;
	uint64_t state = l->o.seed;

	for (size_t i = 0; i < nr; i++)
		order[i] = i;
	l->boot.warmup = true;
	if (l->aa)
		take_arm(l, l->base, 0);
	l->boot.warmup = false;
	for (unsigned int round = 0; round < l->boots && !has_to_end(l); round++) {
		schedule_round(order, nr, &state);
		for (size_t i = 0; i < nr && !has_to_end(l); i++)
			take_arm(l, order[i], first + round);
		if (!has_to_end(l) && is_look(l, first, round + 1) && is_decided(l))
			break;
	}
	/* Also when the signal came between two boots. */
	if (child_interrupted)
		lab_worsen(l, BENCH_INVALID);
}
