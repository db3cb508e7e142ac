// SPDX-License-Identifier: GPL-2.0-or-later
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fatal.h"

#define CANNOT_EXEC	127
#define POLL_MS		100	/* how soon a signal that came just before poll() is seen */

volatile sig_atomic_t child_interrupted;

static void on_signal(int sig)
{
	child_interrupted = sig;
}

void child_catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* Where a child is and what it has; -1: what this process has for its stderr. */
struct setting {
	const char *dir, *preload;
	int out_fd, err_fd;
};

static _Noreturn void become(char *const argv[], const struct setting *s, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);

	/*
	 * A group of its own: Ctrl-C goes to the lab alone, which then ends the group in its own
	 * time.
	 */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(CANNOT_EXEC);	/* the lab died before the line above */
	if ((s->dir && chdir(s->dir)) || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    (s->err_fd >= 0 && dup2(s->err_fd, STDERR_FILENO) < 0) ||
	    dup2(s->out_fd < 0 ? STDERR_FILENO : s->out_fd, STDOUT_FILENO) < 0)
		_exit(CANNOT_EXEC);
	if (s->preload && setenv("LD_PRELOAD", s->preload, 1))
		_exit(CANNOT_EXEC);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "septbench: cannot run %s: %s\n", argv[0], strerror(errno));
	_exit(CANNOT_EXEC);
}

static pid_t start(char *const argv[], const struct setting *s)
{
	pid_t parent = getpid(), pid = fork();

	if (!pid)
		become(argv, s, parent);
	if (pid > 0)
		setpgid(pid, pid);	/* here too: whoever is first */
	return pid;
}

pid_t child_start(char *const argv[], const char *dir, int out_fd, const char *preload)
{
	struct setting s = { .dir = dir, .preload = preload, .out_fd = out_fd, .err_fd = -1 };

	return start(argv, &s);
}

void child_kill(pid_t pid)
{
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Until the end of @fd. False: interrupted, or more than @len bytes. */
static bool read_all(int fd, char *out, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t at = 0;
	ssize_t n;

	for (;;) {
		int r = poll(&p, 1, POLL_MS);

		if (child_interrupted)
			return false;
		if (r <= 0)
			continue;
		n = read(fd, out + at, len - 1 - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += (size_t)n;
		if (at == len - 1)
			return false;
	}
	out[at] = 0;
	if (at && out[at - 1] == '\n')
		out[at - 1] = 0;
	return n == 0;
}

static int capture(char *const argv[], int err_fd, char *out, size_t len)
{
	struct setting s = { .err_fd = err_fd };
	int pipe_fd[2], status;
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC))
		return complain(BENCH_INVALID, "pipe: %s", strerror(errno));
	s.out_fd = pipe_fd[1];
	pid = start(argv, &s);
	close(pipe_fd[1]);
	if (pid < 0) {
		close(pipe_fd[0]);
		return complain(BENCH_INVALID, "cannot start %s: %s", argv[0], strerror(errno));
	}
	if (!read_all(pipe_fd[0], out, len)) {
		close(pipe_fd[0]);
		child_kill(pid);
		return complain(BENCH_INVALID, "%s: %s", argv[0],
				child_interrupted ? "interrupted" : "unexpected output");
	}
	close(pipe_fd[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return complain(BENCH_INVALID, "waiting for %s: %s", argv[0],
					strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return complain(BENCH_INVALID, "%s was killed by signal %d", argv[0], WTERMSIG(status));
}

int child_capture(char *const argv[], char *out, size_t len)
{
	return capture(argv, -1, out, len);
}

int child_capture_log(char *const argv[], const char *log, char *out, size_t len)
{
	int fd = log ? open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1, r;

	if (log && fd < 0)
		return complain(BENCH_CANNOT, "%s: %s", log, strerror(errno));
	r = capture(argv, fd, out, len);
	if (fd >= 0)
		close(fd);
	return r;
}
