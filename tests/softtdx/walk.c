// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random walks through the core against its specification: kmod/softtdx/walk/walk.h. A sequence
 * that fails is shrunk to one from which no step can be left out, and printed with its seed.
 *
 * With --threads each processor is a thread. They take turns as the walk says, so the run is the
 * same every time; but this file is not instrumented, so ThreadSanitizer knows nothing of the turns
 * and reports whatever the core's own locks and epochs leave unordered.
 */
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "walk/walk.h"

#define MEM_PAGES	((SPEC_BLOCKS + 1ULL) * 512)
#define NR_PAGES	(MEM_PAGES + 200)	/* with a tail that is not there */
#define MAX_LOG		(WALK_EPISODE * 4)

static struct walk_env env;
static struct walk *w;
static struct spec_act *log_acts, *tries;
static bool threads, dynamic;
static u8 release = SX_R_NEWEST;

/* Whose turn it is, and to do what. */
static u32 turn;
static bool over;
static struct spec_act order[SPEC_CPUS];
static _Thread_local unsigned int me;

static unsigned int self(void)
{
	return me;
}

static void pass_on(void)
{
	struct spec_act a;

	if (walk_next(w, &a)) {
		order[a.cpu] = a;
		__atomic_store_n(&turn, a.cpu, __ATOMIC_RELEASE);
	} else {
		__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	}
}

static bool my_turn(void)
{
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		if (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == me)
			return true;
		sched_yield();
	}
	return false;
}

static void park(struct walk *walk, unsigned int cpu)
{
	(void)walk;
	(void)cpu;
	pass_on();
	my_turn();
}

static void *processor(void *arg)
{
	me = (unsigned int)(uintptr_t)arg;
	while (my_turn()) {
		walk_exec(w, &order[me]);
		pass_on();
	}
	return NULL;
}

static void run_threads(void)
{
	pthread_t t[SPEC_CPUS];
	unsigned int i;

	over = false;
	pass_on();
	for (i = 0; i < SPEC_CPUS; i++) {
		if (pthread_create(&t[i], NULL, processor, (void *)(uintptr_t)i)) {
			fprintf(stderr, "softtdx walk: cannot create a thread\n");
			exit(4);
		}
	}
	for (i = 0; i < SPEC_CPUS; i++)
		pthread_join(t[i], NULL);
	walk_finish(w);
}

/* One walk from a fresh module: @n steps of @seed, or a sequence. True if it went well. */
static bool run(u64 seed, u64 steps, const struct spec_act *replay, u64 nr_replay)
{
	memset(w, 0, sizeof(*w));
	memset(env.mem, 0, sx_sys_size(env.nr_pages));
	w->s.release = release;
	w->s.dynamic = dynamic;
	w->log = replay ? NULL : log_acts;
	w->max_log = MAX_LOG;
	w->replay = replay;
	w->nr_replay = nr_replay;
	if (threads) {
		w->park = park;
		w->self = self;
	}
	if (!walk_init(w, &env, seed, steps)) {
		fprintf(stderr, "softtdx walk: the module refuses its memory\n");
		exit(3);
	}
	if (threads)
		run_threads();
	else
		walk_run(w);
	return !walk_failed(w);
}

/* Leaves out every run of steps without which the sequence still fails alike, long runs first. */
static u64 shrink(struct spec_act *acts, u64 n)
{
	const struct walk_fault first = w->fault;
	u64 chunk, at;

	for (chunk = n / 2; chunk; chunk /= 2) {
		for (at = 0; at < n;) {
			u64 cut = at + chunk < n ? chunk : n - at;

			memcpy(tries, acts, at * sizeof(*acts));
			memcpy(tries + at, acts + at + cut, (n - at - cut) * sizeof(*acts));
			if (n > cut && !run(0, 0, tries, n - cut) && w->fault.what == first.what &&
			    w->fault.act.op == first.act.op && w->fault.want == first.want) {
				n -= cut;
				memcpy(acts, tries, n * sizeof(*acts));
			} else {
				at += cut;
			}
		}
	}
	return n;
}

static void print_fault(FILE *f)
{
	const struct walk_fault *x = &w->fault;

	fprintf(f,
		"%s: got %#llx, specified %#llx (cpu %u %s page %u, %u; level %u path %u bad %u arg %u)\n",
		x->what, x->got, x->want, x->act.cpu, walk_op_name(x->act.op), x->act.page,
		x->act.page2, x->act.level, x->act.path, x->act.bad, x->act.arg);
}

static void explain(u64 seed, bool small)
{
	u64 n = w->nr_log, i;

	fprintf(stderr, "seed %llu, %llu steps, %s: ", seed, w->steps,
		threads ? "threads" : "one thread");
	print_fault(stderr);
	if (!small)
		return;
	n = shrink(log_acts, n);
	run(0, 0, log_acts, n);
	fprintf(stderr, "%llu steps are enough:\n", n);
	for (i = 0; i < n; i++)
		fprintf(stderr,
			"  cpu %u %-20s page %u, %u; level %u path %u bad %u arg %u version %u pair %u, %u\n",
			log_acts[i].cpu, walk_op_name(log_acts[i].op), log_acts[i].page,
			log_acts[i].page2, log_acts[i].level, log_acts[i].path, log_acts[i].bad,
			log_acts[i].arg, log_acts[i].version, log_acts[i].pair[0],
			log_acts[i].pair[1]);
	print_fault(stderr);
}

static void *zeroed(size_t align, size_t size)
{
	void *p = aligned_alloc(align, (size + align - 1) / align * align);

	if (!p) {
		fprintf(stderr, "softtdx walk: no memory for %zu bytes\n", size);
		exit(4);
	}
	return memset(p, 0, size);
}

static u64 number(const char *text)
{
	char *end;
	u64 n = strtoull(text, &end, 0);

	if (*end || end == text) {
		fprintf(stderr, "softtdx walk: %s is not a number\n", text);
		exit(2);
	}
	return n;
}

static u8 release_of(const char *name)
{
	unsigned int r;

	for (r = 0; r < SX_NR_RELEASES; r++) {
		if (!strcmp(name, sx_release_name((enum sx_release)r)))
			return (u8)r;
	}
	fprintf(stderr, "softtdx walk: no rules of module release %s\n", name);
	exit(2);
}

static void set_up(void)
{
	unsigned int i;

	sx_user_mem_base = zeroed(512 << 12, MEM_PAGES << 12);
	env.mem = zeroed(64, sx_sys_size(NR_PAGES));
	env.nr_pages = NR_PAGES;
	for (i = 0; i < SPEC_BLOCKS; i++)
		env.block[i] = (i + 1ULL) * 512 << 12;
	w = zeroed(64, sizeof(*w));
	log_acts = zeroed(64, MAX_LOG * sizeof(*log_acts));
	tries = zeroed(64, MAX_LOG * sizeof(*tries));
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "steps", required_argument, NULL, 'n' }, { "seed", required_argument, NULL, 's' },
		{ "threads", no_argument, NULL, 't' }, { "no-shrink", no_argument, NULL, 'q' },
		{ "module", required_argument, NULL, 'm' },
		{ 0 }
	};
	u64 steps = 200000, seed = 1, done, n, hash = 0, refused = 0, first;
	bool small = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			steps = number(optarg);
		else if (c == 's')
			seed = number(optarg);
		else if (c == 't')
			threads = true;
		else if (c == 'm')
			release = release_of(optarg);
		else if (c == 'q')
			small = false;
		else
			return 2;
	}
	set_up();
	first = seed;
	for (done = 0; done < steps; done += n, seed++) {
		n = steps - done < WALK_EPISODE ? steps - done : WALK_EPISODE;
		dynamic = walk_is_dynamic((enum sx_release)release, seed);
		if (!run(seed, n, NULL, 0)) {
			explain(seed, small);
			return 1;
		}
		hash = hash * 0x100000001b3ULL + w->hash;
		refused += w->statuses;
	}
	printf("module %s: %llu steps of seed %llu, %s: hash 0x%016llx, %llu calls refused, 0 faults\n",
	       sx_release_name((enum sx_release)release), done, first,
	       threads ? "threads" : "one thread", hash, refused);
	return 0;
}
