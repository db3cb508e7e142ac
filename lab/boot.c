// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One boot: QEMU writes the console and the ports to files, which are read as they grow. The order
 * of the reads matters: results first, console next, results looked at last, so that whatever the
 * kernel said before it sent a block is known when that block is judged.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "build.h"
#include "child.h"
#include "fatal.h"
#include "qemu.h"

#define POLL_NS		(20 * 1000 * 1000)
#define HARD_CAP	12	/* times the timeout: a guest that chatters forever ends too */
#define ASLEEP_CAP	4	/* times the timeout: QEMU waits for what does not come */
#define MAX_STEP_S	1.0	/* a longer pause between two looks was the lab's own */
#define MAX_LINE	(64 << 20)
#define LAST_LINES	8

struct growing {
	int fd;
	char *buf;
	size_t len, size;
};

struct boot_watch {
	struct boot *b;
	pid_t pid;
	struct growing console, results, exit;
	char last[LAST_LINES][KLOG_LINE];
	size_t nr_last;
	struct timespec start, looked;
	double silent;		/* s without output in which the lab itself ran */
	double cpu_then;	/* s of QEMU's CPU time at the last output */
	char hung[128];
	bool unkept;		/* a result was not taken */
};

static int open_growing(struct growing *g, const char *dir, const char *name)
{
	char path[LAB_PATH + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	/* Empty before QEMU starts: what a former boot said must not be read as this one's. */
	g->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return g->fd < 0 ? complain(BENCH_INVALID, "%s: %s", path, strerror(errno)) : 0;
}

static void close_growing(struct growing *g)
{
	if (g->fd >= 0)
		close(g->fd);
	free(g->buf);
}

static bool make_room(struct growing *g)
{
	size_t size = g->size ? g->size * 2 : 65536;
	char *buf;

	if (g->len < g->size)
		return true;
	buf = size > MAX_LINE ? NULL : realloc(g->buf, size);
	if (!buf)
		return false;
	g->buf = buf;
	g->size = size;
	return true;
}

/* Appends what is new to the buffer. True if there was something. */
static bool grow(struct growing *g)
{
	bool some = false;
	ssize_t n;

	while (make_room(g) && (n = read(g->fd, g->buf + g->len, g->size - g->len)) > 0) {
		g->len += (size_t)n;
		some = true;
	}
	return some;
}

/*
 * The guest's own messages, and what the module says of its self-test and of leaves that it has
 * not, are shown as they come, with the name of the boot, which the guest does not print: names of
 * different lengths take different time. The last lines of all are kept for an obituary.
 */
static void console_line(const char *line, void *arg)
{
	static const char tag[] = "septbench: ";
	struct boot_watch *w = arg;
	const char *own = strstr(line, tag);

	own = own ? own + strlen(tag) : strstr(line, "softtdx: selftest: ");
	own = own ? own : strstr(line, "softtdx: SEAMCALL leaf ");
	if (own)
		fprintf(stderr, "%s%s: %s\n", tag, w->b->name, own);
	if (*line)
		snprintf(w->last[w->nr_last++ % LAST_LINES], KLOG_LINE, "%s", line);
}

static const char *bad_log(const struct klog *k)
{
	return k->nr_found ? k->found[0] : NULL;
}

static void take_results(struct boot_watch *w)
{
	struct growing *g = &w->results;
	char *at = g->buf, *nl;

	while (g->len && (nl = memchr(at, '\n', g->len - (size_t)(at - g->buf)))) {
		w->b->nr_results++;
		w->unkept |= !w->b->result(at, (size_t)(nl - at), bad_log(&w->b->klog), w->b->arg);
		at = nl + 1;
	}
	g->len -= (size_t)(at - g->buf);
	memmove(g->buf, at, g->len);
}

static double seconds_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

/* CPU time that QEMU has used so far, in seconds; 0 if it has ended. */
static double cpu_seconds(const struct boot_watch *w)
{
	struct timespec t = { 0 };
	clockid_t clock;

	if (!clock_getcpuclockid(w->pid, &clock))
		clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A machine that stood still, with the lab in it, is not a guest that says nothing. */
static void count_silence(struct boot_watch *w, bool some)
{
	double step = seconds_since(&w->looked);

	clock_gettime(CLOCK_MONOTONIC, &w->looked);
	w->silent = some ? 0 : w->silent + (step < MAX_STEP_S ? step : MAX_STEP_S);
	if (some)
		w->cpu_then = cpu_seconds(w);
}

static void look(struct boot_watch *w)
{
	bool some = grow(&w->results);

	if (grow(&w->console)) {
		klog_feed(&w->b->klog, w->console.buf, w->console.len);
		w->console.len = 0;
		some = true;
	}
	if (w->results.buf)
		take_results(w);
	count_silence(w, some);
}

/*
 * A guest that spins or idles uses up QEMU's time. On a busy host QEMU gets none, which is no fault
 * of the guest's: then it has longer.
 */
static bool hangs(struct boot_watch *w)
{
	double limit = w->b->timeout, cpu;

	if (w->silent <= limit)
		return false;
	cpu = cpu_seconds(w) - w->cpu_then;
	if (cpu <= limit && w->silent <= limit * ASLEEP_CAP)
		return false;
	snprintf(w->hung, sizeof(w->hung),
		 "no output for %.0f s, in which QEMU used %.0f s of CPU time: the guest hangs",
		 w->silent, cpu);
	return true;
}

/* Why the guest has to be ended before its time; NULL: it has not. */
static const char *time_to_end(struct boot_watch *w)
{
	if (child_interrupted)
		return "interrupted";
	if (w->unkept)
		return "its results cannot be kept";
	if (hangs(w))
		return w->hung;
	if (seconds_since(&w->start) > (double)w->b->timeout * HARD_CAP)
		return "the guest does not come to an end";
	return NULL;
}

/* Waits for QEMU's end. NULL, or why it was killed. @status is QEMU's. */
static const char *watch_qemu(struct boot_watch *w, int *status)
{
	const struct timespec pause = { .tv_nsec = POLL_NS };
	const char *why = NULL;

	clock_gettime(CLOCK_MONOTONIC, &w->start);
	w->looked = w->start;
	w->cpu_then = cpu_seconds(w);
	while (!waitpid(w->pid, status, WNOHANG)) {
		look(w);
		why = time_to_end(w);
		if (why) {
			child_kill(w->pid);
			break;
		}
		nanosleep(&pause, NULL);
	}
	look(w);
	grow(&w->exit);
	return why;
}

static void show_last(const struct boot_watch *w)
{
	size_t first = w->nr_last > LAST_LINES ? w->nr_last - LAST_LINES : 0;

	fprintf(stderr, "septbench: the last lines of its console:\n");
	for (size_t i = first; i < w->nr_last; i++)
		fprintf(stderr, "  %s\n", w->last[i % LAST_LINES]);
}

static int show_bad_log(struct boot *b)
{
	const struct klog *k = &b->klog;

	for (size_t i = 0; i < k->nr_found && i < KLOG_KEEP; i++)
		fprintf(stderr, "  %s\n", k->found[i]);
	complain(BENCH_INVALID,
		 "%s: the guest's kernel log has %zu line%s like these: the run is invalid",
		 b->name, k->nr_found, k->nr_found == 1 ? "" : "s");
	b->why = (struct why){ .status = BENCH_INVALID, .reason = WHY_BOOT };
	snprintf(b->why.text, sizeof(b->why.text), "%.*s", WHY_TEXT - 1, k->found[0]);
	return BENCH_INVALID;
}

/* The status that the guest sent; -1: it sent none. */
static int guest_status(const struct boot_watch *w)
{
	static const char key[] = "\"status\":";
	const char *at = w->exit.len ? memmem(w->exit.buf, w->exit.len, key, sizeof(key) - 1)
				     : NULL;
	int status = -1;

	/* The line ends with a brace and a newline, so the number has an end within the buffer. */
	if (at && w->exit.buf[w->exit.len - 1] == '\n')
		status = atoi(at + sizeof(key) - 1);
	return status;
}

/* Ends the boot with @status; what was just complained of is the text of its reason. */
static int ends(struct boot *b, enum why_reason reason, int status)
{
	b->why = why_of_status(status);
	b->why.reason = reason;
	return status;
}

/* The guest sent no status. */
static int judge_silent(const struct boot_watch *w, const char *killed, int qemu_status)
{
	bool guest = killed || (WIFEXITED(qemu_status) && !WEXITSTATUS(qemu_status));
	struct boot *b = w->b;

	/* What is preloaded has said why (lab/tcg/turns.c). */
	if (!killed && WIFEXITED(qemu_status) && WEXITSTATUS(qemu_status) == BENCH_CANNOT)
		return ends(b, WHY_MACHINE, BENCH_CANNOT);

	show_last(w);
	complain(BENCH_INVALID, "%s: %s", b->name,
		 killed ? killed
		 : guest ? "the guest ended without a word (a panic, or a triple fault)"
			 : "QEMU failed");
	ends(b, guest ? WHY_BOOT : WHY_MACHINE, BENCH_INVALID);
	return b->klog.nr_found ? show_bad_log(b) : BENCH_INVALID;
}

static int judge(const struct boot_watch *w, const char *killed, int qemu_status)
{
	struct boot *b = w->b;
	int status = guest_status(w);

	if (killed && child_interrupted) {
		complain(BENCH_INVALID, "%s: interrupted", b->name);
		return ends(b, WHY_INTERRUPTED, BENCH_INVALID);
	}
	if (w->unkept) {
		complain(BENCH_INVALID, "%s: ended, since its results cannot be kept", b->name);
		return ends(b, WHY_MACHINE, BENCH_INVALID);
	}
	if (killed || status < 0)
		return judge_silent(w, killed, qemu_status);
	if (b->klog.nr_found)
		return show_bad_log(b);
	if (status) {
		complain(status, "%s: the guest ended with status %d", b->name, status);
		ends(b, status == BENCH_INVALID ? WHY_RESULT : WHY_BOOT, status);
	}
	return status;
}

static int open_files(struct boot_watch *w)
{
	int r = open_growing(&w->console, w->b->dir, "console.log");

	if (!r)
		r = open_growing(&w->results, w->b->dir, "results.port");
	return r ? r : open_growing(&w->exit, w->b->dir, "exit.port");
}

static void close_watch(struct boot *b)
{
	close_growing(&b->watch->console);
	close_growing(&b->watch->results);
	close_growing(&b->watch->exit);
	free(b->watch);
	b->watch = NULL;
}

int boot_start(struct boot *b, const struct qemu_args *args)
{
	struct boot_watch *w = malloc(sizeof(*w));
	int r;

	if (!w)
		return complain(BENCH_INVALID, "no memory");
	*w = (struct boot_watch){ .b = b, .console.fd = -1, .results.fd = -1, .exit.fd = -1 };
	b->watch = w;
	b->klog.each = console_line;
	b->klog.arg = w;
	r = open_files(w);
	if (!r) {
		w->pid = child_start((char *const *)args->argv, b->dir, -1, b->preload);
		r = w->pid < 0 ? complain(BENCH_INVALID, "cannot start QEMU: %s", strerror(errno))
			       : 0;
	}
	if (r)
		close_watch(b);
	return r;
}

int boot_finish(struct boot *b)
{
	int status = 0, r;
	const char *killed = watch_qemu(b->watch, &status);

	r = judge(b->watch, killed, status);
	close_watch(b);
	return r;
}
