// SPDX-License-Identifier: GPL-2.0-or-later
#include "sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "block.h"
#include "fatal.h"
#include "metrics.h"
#include "softtdx.h"

#define PROGRESS_SEEDS	100
#define START_NS	100000000	/* a block starts at a multiple of this */

static const struct {
	const char *what, *counters;
} causes[SWEEP_NR_CAUSES] = {
	{ "frozen SPTE seen", "kvm.pf_retry_frozen" },
	{ "cmpxchg of an SPTE lost", "kvm.pf_retry_cmpxchg" },
	{ "fault overtaken by an invalidation", "kvm.pf_retry_stale" },
	{ "page table allocated in vain", "kvm.pf_unused_sp" },
	{ "mirror SPTE overwritten", "kvm.mmu_mirror_overwritten" },
	{ "BUSY: S-EPT tree", "seamcall.*.busy_tree" },
	{ "BUSY: S-EPT entry", "seamcall.*.busy_entry" },
	{ "BUSY: TLB epoch", "seamcall.*.busy_epoch" },
	{ "PREVIOUS_TLB_EPOCH_BUSY", "seamcall.*.prev_epoch" },
	{ "EPT_ENTRY_STATE_INCORRECT", "seamcall.*.state_incorrect" },
	{ "EPT_WALK_FAILED", "seamcall.*.walk_failed" },
	{ "ACCEPT told the guest BUSY", "guest.accept_busy|softtdx.accept_busy" },
	{ "kick found a vCPU in the guest", "softtdx.kick_inside" },
	/* Windows: the SEAMCALL yielded there, and another one was under way when it went on. */
	{ "met at a SEAMCALL's begin", "softtdx.met_begin" },
	{ "met with a SEAMCALL's locks held", "softtdx.met_locked" },
	{ "met at a SEAMCALL's end", "softtdx.met_end" },
	{ "met just before the guest runs", "softtdx.met_enter" },
};

void sweep_note(struct sweep *sw, const struct counters *life)
{
	int64_t n = 0;

	if (metrics_sum(life, "seamcall.mem_page_aug.ok", &n) && n > 0)
		sw->faults += (uint64_t)n;
	for (size_t i = 0; i < SWEEP_NR_CAUSES; i++) {
		struct sweep_cause *c = &sw->cause[i];

		if (!metrics_sum(life, causes[i].counters, &n) || n <= 0)
			continue;
		if (!c->seeds++)
			c->first = sw->seed;
		c->times += (uint64_t)n;
	}
}

static void abandon(void *arg, const char *reason)
{
	block_abandon(arg, reason);
}

/* In a process of its own; the block's line goes into @fd. Does not return. */
static void run_block(struct session *s, const struct sept_case *c, unsigned int vcpus, int fd)
{
	struct session own = *s;
	uint64_t first = s->o->seed_first;

	own.w = record_writer_fd(fd);
	if (!own.w)
		_exit(complain(BENCH_INVALID, "no memory"));
	own.invalid = 0;
	fatal_set_hook(abandon, &own);
	block_run(&own, c, vcpus, (unsigned int)(s->sweep->seed - first), false);
	record_close(own.w);
	_exit(own.invalid ? BENCH_INVALID : 0);
}

/* The line that the block's process sends; NULL if it sends none. The caller frees it. */
static char *read_line(int fd, size_t *len)
{
	FILE *f = fdopen(fd, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!f)
		die("the pipe from a block: %s", strerror(errno));
	n = getline(&line, &size, f);
	fclose(f);
	if (n > 0 && line[n - 1] == '\n') {
		*len = (size_t)n - 1;
		return line;
	}
	free(line);
	return NULL;
}

static void take_block(struct session *s, const struct sept_case *c, int fd, pid_t pid)
{
	size_t len = 0;
	char *line = read_line(fd, &len);
	int status, r = 0;

	waitpid(pid, &status, 0);
	s->written++;
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		s->invalid++;
		s->sweep->invalid++;
	}
	if (line)
		r = record_write_block_line(s->w, line, len);
	else
		complain(0, "%s, seed %" PRIu64 ": the block ended without a result", c->name,
			 s->sweep->seed);
	free(line);
	if (r)
		die("the block's result cannot be written: %s", strerror(-r));
}

/*
 * The phase of the timer ticks is part of the schedule: without this it would depend on the blocks
 * before.
 */
static void align_start(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec = (t.tv_nsec / START_NS + 2) * START_NS;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void run_seed(struct session *s, const struct sept_case *c, unsigned int vcpus)
{
	int fds[2], r = c->substrate == CASE_TD ? softtdx_set_seed(s->sweep->seed) : 0;
	pid_t pid;

	if (r)
		die("the seed of softtdx cannot be set: %s", strerror(-r));
	if (pipe(fds))
		die("pipe: %s", strerror(errno));
	align_start();
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		close(fds[0]);
		run_block(s, c, vcpus, fds[1]);
	}
	close(fds[1]);
	take_block(s, c, fds[0], pid);
}

static void report(const struct session *s, const struct sept_case *c, unsigned int vcpus)
{
	const struct sweep *sw = s->sweep;

	fprintf(stderr,
		"septbench: %s: %s, %u vCPUs, seeds %" PRIu64 "-%" PRIu64 ": %" PRIu64
		" pages populated, %" PRIu64 " blocks invalid\n",
		s->variant, c->name, vcpus, s->o->seed_first, s->o->seed_last, sw->faults, sw->invalid);
	for (size_t i = 0; i < SWEEP_NR_CAUSES; i++) {
		const struct sweep_cause *k = &sw->cause[i];

		if (k->seeds)
			fprintf(stderr,
				"septbench:   %-34s %" PRIu64 " seeds, the first %" PRIu64
				", %" PRIu64 " times\n", causes[i].what, k->seeds, k->first, k->times);
	}
	for (size_t i = 0; i < SWEEP_NR_CAUSES; i++)
		if (!sw->cause[i].seeds)
			fprintf(stderr, "septbench:   %-34s never\n", causes[i].what);
}

void sweep_run(struct session *s, const struct sept_case *c, unsigned int vcpus)
{
	struct sweep *sw = mmap(NULL, sizeof(*sw), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t last = s->o->seed_last;

	if (sw == MAP_FAILED)
		die("no memory");
	s->sweep = sw;
	for (uint64_t seed = s->o->seed_first; seed <= last; seed++) {
		sw->seed = seed;
		if ((seed - s->o->seed_first) % PROGRESS_SEEDS == 0)
			fprintf(stderr, "septbench: %s: %s, %u vCPUs, seed %" PRIu64 " of %" PRIu64
				"-%" PRIu64 "\n", s->variant, c->name, vcpus, seed,
				s->o->seed_first, last);
		run_seed(s, c, vcpus);
	}
	report(s, c, vcpus);
	s->sweep = NULL;
	munmap(sw, sizeof(*sw));
}
