// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fatal.h"

#define CANNOT_EXECUTE	127
#define MAX_SAID	(1u << 20)	/* bytes of one program's that are sent */
#define POLL_MS		20
#define ALIVE_MS	100	/* of the guest's clock; under count many times as long */
#define MAX_LINE	1024		/* longer ones are cut into several */

/* What a program says, on its way to the port. */
struct said {
	char line[MAX_LINE];
	size_t len, sent;
	int port;
};

static void send_line(struct said *s)
{
	s->sent += s->len + 1;
	if (s->sent <= MAX_SAID)
		dprintf(s->port, GUEST_EXEC_SAID "%.*s\n", (int)s->len, s->line);
	else if (s->sent - s->len - 1 <= MAX_SAID)
		dprintf(s->port, GUEST_EXEC_SAID "(what it says from here on is left out)\n");
	s->len = 0;
}

static void take_text(struct said *s, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] != '\n')
			s->line[s->len++] = text[i] ? text[i] : ' ';
		if (text[i] == '\n' || s->len == sizeof(s->line))
			send_line(s);
	}
}

static void split(char *words, char *argv[GUEST_EXEC_MAX_ARGS + 2])
{
	size_t n = 0;

	while (n <= GUEST_EXEC_MAX_ARGS && (argv[n] = strsep(&words, ",")))
		n++;
	argv[n] = NULL;
}

static _Noreturn void become(char *words, int out)
{
	char *argv[GUEST_EXEC_MAX_ARGS + 2];
	int null = open("/dev/null", O_RDONLY);

	split(words, argv);
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	/* Not exit(): that would end the machine's record. */
	if (chdir("/tmp"))
		_exit(CANNOT_EXECUTE);
	execv(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	fflush(stderr);
	_exit(CANNOT_EXECUTE);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A program may work for long and say nothing. The lab ends a machine that says nothing. */
static int64_t say_alive(int port, int64_t next)
{
	if (now_ms() < next)
		return next;
	dprintf(port, GUEST_EXEC_ALIVE "\n");
	return now_ms() + ALIVE_MS;
}

/*
 * Takes what the program says at @from until it has ended and nothing is left, whoever still holds
 * the other end. False: the time was over before.
 */
static bool attend(struct said *s, pid_t pid, int *status, int from, int64_t until)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	int64_t alive = 0;
	bool ended = false;
	char text[4096];
	ssize_t n;

	while (now_ms() < until) {
		int some = poll(&p, 1, POLL_MS);

		alive = say_alive(s->port, alive);
		n = some > 0 ? read(from, text, sizeof(text)) : 0;
		if (n > 0)
			take_text(s, text, (size_t)n);
		else if (some > 0)
			p.fd = -1;	/* closed: from now on poll() only waits */
		else if (ended)
			return true;
		ended = ended || waitpid(pid, status, WNOHANG) == pid;
	}
	return ended;
}

static void send_end(const struct said *s, unsigned int index, int status)
{
	if (WIFSIGNALED(status))
		dprintf(s->port, GUEST_EXEC_END "%u crashed: signal %d, %s\n", index,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == CANNOT_EXECUTE)
		dprintf(s->port, GUEST_EXEC_END "%u exit status %d: it may not have begun\n", index,
			CANNOT_EXECUTE);
	else
		dprintf(s->port, GUEST_EXEC_END "%u exit status %d\n", index, WEXITSTATUS(status));
}

void guest_exec(unsigned int index, char *words, unsigned int limit, int port)
{
	struct said s = { .port = port };
	int64_t until = now_ms() + (int64_t)limit * 1000;
	int ends[2], status = 0;
	bool in_time;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid)
		become(words, ends[1]);
	close(ends[1]);
	in_time = attend(&s, pid, &status, ends[0], until);
	/* With all that it has started. */
	kill(-pid, SIGKILL);
	if (!in_time)
		waitpid(pid, &status, 0);
	close(ends[0]);
	if (s.len)
		send_line(&s);
	if (in_time)
		send_end(&s, index, status);
	else
		dprintf(port, GUEST_EXEC_END "%u ended: the time limit of %u s was over\n", index,
			limit);
}
