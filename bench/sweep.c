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
#include "softtdx.h"

#define PROGRESS_SEEDS	100
#define START_NS	100000000	/* a block starts at a multiple of this */

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

static void say_no_result(const struct session *s, const struct sept_case *c, int status)
{
	if (WIFSIGNALED(status))
		complain(0, "%s, seed %" PRIu64 ": the block ended without a result, by signal %d, %s",
			 c->name, s->sweep->seed, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		complain(0, "%s, seed %" PRIu64 ": the block ended without a result, exit status %d",
			 c->name, s->sweep->seed, WEXITSTATUS(status));
}

void sweep_take(struct session *s, const struct sept_case *c, int fd, pid_t pid)
{
	size_t len = 0;
	char *line = read_line(fd, &len);
	int status, r = 0;
	bool bad;

	waitpid(pid, &status, 0);
	bad = (!WIFEXITED(status) || WEXITSTATUS(status)) &&
	      !(s->sweep->killed && WIFSIGNALED(status));
	s->invalid += bad;
	s->sweep->invalid += bad;
	if (line && (bad || !s->storm)) {
		s->written++;
		r = record_write_block_line(s->w, line, len);
	}
	if (line && bad && s->storm)
		complain(0, "seed %" PRIu64 ": %.400s", s->sweep->seed,
			 strstr(line, "\"oracle\":"));
	if (!line && !s->sweep->killed)
		say_no_result(s, c, status);
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

pid_t sweep_start(struct session *s, const struct sept_case *c, unsigned int vcpus, int *fd)
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
	*fd = fds[0];
	return pid;
}

static void run_seed(struct session *s, const struct sept_case *c, unsigned int vcpus)
{
	int fd;
	pid_t pid = sweep_start(s, c, vcpus, &fd);

	sweep_take(s, c, fd, pid);
}

static void report(const struct session *s, const struct sept_case *c, unsigned int vcpus)
{
	const struct sweep *sw = s->sweep;

	fprintf(stderr,
		"septbench: %s: %s, %u vCPUs, seeds %" PRIu64 "-%" PRIu64 ": %" PRIu64
		" pages populated, %" PRIu64 " blocks invalid\n",
		s->variant, c->name, vcpus, s->o->seed_first, s->o->seed_last, sw->faults,
		sw->invalid);
	sweep_print_causes(sw, stderr);
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
