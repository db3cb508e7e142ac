// SPDX-License-Identifier: GPL-2.0-or-later
/* The boots of a run: in rounds of all arms, each watched to its end. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "fatal.h"
#include "plugin.h"
#include "resume.h"
#include "run.h"
#include "state.h"
#include "tcg/turns.h"

/* A boot of a round. Its guest runs by itself from the start on, and is watched in its turn. */
struct arm_boot {
	size_t arm;
	unsigned int nr;
	bool begun;
	bool running;		/* else there is nothing to watch, and ->status is its end */
	int status;
	char name[BENCH_NAME_LEN + 32];
	char dir[LAB_PATH + 16];
	struct qemu_args args;
	struct boot qemu;
};

/* The console log of a boot that failed stays beside the result file. */
static void keep_log(const struct lab *l, const char *dir)
{
	char from[LAB_PATH + 32], to[2 * LAB_PATH], out[1];
	char *argv[] = { (char *)"cp", from, to, NULL };

	snprintf(from, sizeof(from), "%s/console.log", dir);
	snprintf(to, sizeof(to), "%s.%s-boot%u.log", l->out, l->boot.arm, l->boot.nr);
	if (!child_capture(argv, out, sizeof(out)))
		complain(0, "the whole console log: %s", to);
}

static int link_up(const char *dir, const char *name)
{
	char from[LAB_PATH], to[LAB_PATH + 64];

	snprintf(from, sizeof(from), "../%s", name);
	snprintf(to, sizeof(to), "%s/%s", dir, name);
	return symlink(from, to) && errno != EEXIST
		       ? complain(BENCH_CANNOT, "%s: %s", to, strerror(errno))
		       : 0;
}

/* A folder for each arm, since guests of several run at a time. */
static int make_folder(const struct lab *l, struct arm_boot *e)
{
	int r;

	snprintf(e->dir, sizeof(e->dir), "%s/%zu", l->scratch.dir, e->arm);
	if (mkdir(e->dir, 0700) && errno != EEXIST)
		return complain(BENCH_CANNOT, "%s: %s", e->dir, strerror(errno));
	r = link_up(e->dir, "bzImage");
	return r ? r : link_up(e->dir, LAB_LOCKSTEP);
}

static size_t variant_of(const struct lab *l, size_t arm)
{
	return arm == l->nr_variants ? l->base : arm;
}

static int prepare_boot(struct lab *l, struct arm_boot *e)
{
	size_t variant = variant_of(l, e->arm);
	int r = make_folder(l, e);
	char initrd[LAB_PATH + 32];
	char *args, *all;

	if (r)
		return r;
	args = bench_options_guest_args(&l->o, l->variants[variant].name, 0);
	all = args && l->exec.nr ? exec_guest_args(&l->exec, args) : NULL;
	if (!args || (l->exec.nr && !all))
		return complain(BENCH_INVALID, "no memory");
	snprintf(initrd, sizeof(initrd), "%s/initrd.cpio", e->dir);
	r = lab_initramfs(initrd, l->variants[variant].modules, all ? all : args,
			  l->o.guest_kernel, l->o.guest_modules, &l->exec);
	free(all);
	free(args);
	return r;
}

/* Arm nr_variants is the A/A arm: the base's modules once more, under another name. */
static void choose_boot(struct lab *l, size_t arm, unsigned int nr)
{
	l->boot.nr = nr;
	snprintf(l->boot.arm, sizeof(l->boot.arm), "%s%s", l->variants[variant_of(l, arm)].name,
		 arm == l->nr_variants ? AA_SUFFIX : "");
}

/* For what is preloaded; never what the lab itself found in its environment. */
static int tell_turn(const struct lab *l)
{
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%" PRIu32, l->o.turn);
	r = l->o.turn ? setenv(TURN_ENV, text, 1) : unsetenv(TURN_ENV);
	return r ? complain(BENCH_INVALID, "no memory") : 0;
}

static int start_guest(struct lab *l, struct arm_boot *e)
{
	struct qemu_machine m = lab_machine(l);
	int r = prepare_boot(l, e);

	if (!r)
		r = tell_turn(l);
	if (r)
		return r;
	e->qemu = (struct boot) {
		.name = e->name, .dir = e->dir, .timeout = l->timeout,
		.preload = l->o.clock == BENCH_CLOCK_COUNT ? "./" LAB_LOCKSTEP : NULL,
		.result = l->exec.nr ? exec_take_line : lab_take_result, .arg = l,
	};
	r = qemu_args_fill(&e->args, &m);
	/* Not in the result's environment: the measured machine is the same. */
	if (!r && l->code)
		r = code_qemu_args(&e->args);
	if (r)
		return r;
	complain(0, "%s of %u: booting (%s clock, %u CPUs)", e->name, l->boots,
		 bench_clock_name(l->o.clock), l->smp);
	return boot_start(&e->qemu, &e->args);
}

/* Is the boot in the file already? Then its status counts, and it is not made again. */
static bool is_over(struct lab *l, size_t arm, unsigned int nr, int *status)
{
	choose_boot(l, arm, nr);
	return l->kept && resume_boot_over(l->kept, l->boot.arm, nr, session_blocks(&l->o), status);
}

static void begin(struct lab *l, struct arm_boot *e)
{
	if (e->begun)
		return;
	e->begun = true;
	if (is_over(l, e->arm, e->nr, &e->status)) {
		if (e->status)
			complain(e->status, "%s, boot %u ended with status %d", l->boot.arm, e->nr,
				 e->status);
		lab_worsen_by(l, WHY_BOOT, e->status);
		return;
	}
	snprintf(e->name, sizeof(e->name), "%s, boot %u%s", l->boot.arm, e->nr,
		 l->boot.warmup ? " (warm-up)" : "");
	e->status = start_guest(l, e);
	e->running = !e->status;
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

/* The guest's end, and if need be that of another one. */
static int watch_guest(struct lab *l, struct arm_boot *e)
{
	struct boot *b = &e->qemu;
	int r = boot_finish(b);

	if (!r || child_interrupted || !patching_raced(l, b))
		return r;
	complain(0,
		"%s: QEMU broke the patching of the guest's kernel, before anything was measured; once more",
		b->name);
	b->klog = (struct klog){ 0 };
	r = boot_start(b, &e->args);
	return r ? r : boot_finish(b);
}

static int end_guest(struct lab *l, struct arm_boot *e)
{
	int r;

	choose_boot(l, e->arm, e->nr);
	*l->invalid = 0;
	r = watch_guest(l, e);
	if (r && e->qemu.why.reason == WHY_RESULT && *l->invalid)
		memcpy(e->qemu.why.text, l->invalid, sizeof(l->invalid));
	if (r && e->qemu.why.status == r)
		lab_fail(l, &e->qemu.why);
	if (r && !child_interrupted && !l->unwritable)
		keep_log(l, e->dir);
	if (!child_interrupted && !l->exec.nr)
		lab_write_boot(l, &e->qemu, r);
	if (l->code && r)
		code_boot_failed(l->code);
	else if (l->code)
		r = code_boot_done(l->code, e->dir, l->build,
				   l->variants[variant_of(l, e->arm)].modules);
	return r;
}

static void end(struct lab *l, struct arm_boot *e)
{
	if (e->running)
		e->status = end_guest(l, e);
	e->running = false;
	if (e->begun)
		lab_worsen(l, e->status);
	qemu_args_free(&e->args);
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
		lab_worsen_by(l, WHY_RESULT,
			      complain(BENCH_INVALID,
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
	struct why why = { .reason = WHY_RESULT, .text = "the run had ended so before" };

	if (!l->kept)
		return false;
	why.status = l->kept->end_status;
	over = count_over(l);
	if (l->kept->ended && (!l->kept->end_status || over == all)) {
		complain(0, "%s is whole: no boot is missing", l->out);
		lab_fail(l, &why);
		return true;
	}
	complain(0, "%s: %u of %u boots are there", l->out, over, all);
	return false;
}

static bool has_to_end(const struct lab *l)
{
	return child_interrupted || l->unwritable;
}

static uint64_t available_mb(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[128];
	uint64_t kb = 0;

	while (f && !kb && fgets(line, sizeof(line), f))
		sscanf(line, "MemAvailable: %" SCNu64, &kb);
	if (f)
		fclose(f);
	return kb >> 10;
}

/*
 * Guests that may run at a time. Under count nobody sees the others, and one thread runs all CPUs
 * of a guest: as many as this machine has CPUs and memory for. In real time each has the machine
 * for itself.
 */
static size_t guests_at_a_time(const struct lab *l)
{
	uint64_t fit = available_mb() / lab_machine(l).memory_mb;
	cpu_set_t cpus;

	if (l->o.clock != BENCH_CLOCK_COUNT || sched_getaffinity(0, sizeof(cpus), &cpus) || !fit)
		return 1;
	return fit < (uint64_t)CPU_COUNT(&cpus) ? (size_t)fit : (size_t)CPU_COUNT(&cpus);
}

/* Guests start ahead of their turn, and are watched, and their results kept, in turn. */
static void take_boots(struct lab *l, const size_t *arms, size_t nr, unsigned int boot)
{
	struct arm_boot *e = calloc(nr, sizeof(*e));
	size_t ahead = guests_at_a_time(l);

	if (!e) {
		lab_worsen(l, complain(BENCH_INVALID, "no memory"));
		return;
	}
	for (size_t i = 0; i < nr; i++) {
		e[i].arm = arms[i];
		e[i].nr = boot;
	}
	for (size_t i = 0; i < nr; i++) {
		for (size_t k = i; k < nr && k < i + ahead && !has_to_end(l); k++)
			begin(l, &e[k]);
		end(l, &e[i]);
	}
	free(e);
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
		take_boots(l, &l->base, 1, 0);
	l->boot.warmup = false;
	for (unsigned int round = 0; round < l->boots && !has_to_end(l); round++) {
		schedule_round(order, nr, &state);
		take_boots(l, order, nr, first + round);
		if (!has_to_end(l) && is_look(l, first, round + 1) && is_decided(l))
			break;
	}
	/* Also when the signal came between two boots. */
	if (child_interrupted)
		lab_worsen(l, BENCH_INVALID);
}
