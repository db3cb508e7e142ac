// SPDX-License-Identifier: GPL-2.0-or-later
#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fatal.h"

static void watched(sigset_t *set)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(set, signals[i]);
}

static _Noreturn void be_child(int (*work)(void *arg), void *arg, const sigset_t *mask,
			       pid_t guard)
{
	/* A guard that was killed cannot put anything back: then nobody measures on. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The signal comes for a death after the call alone. */
	if (getppid() != guard)
		_exit(BENCH_INVALID);
	sigprocmask(SIG_SETMASK, mask, NULL);
	exit(work(arg));
}

/* Signals are blocked all the time and taken one by one, so none can come between two steps. */
static int wait_for(pid_t pid, const sigset_t *set)
{
	int status, sig;
	pid_t r;

	while (!(r = waitpid(pid, &status, WNOHANG))) {
		sig = sigwaitinfo(set, NULL);
		if (sig > 0 && sig != SIGCHLD)
			kill(pid, sig);
	}
	if (r < 0)
		return complain(BENCH_INVALID, "waiting for the measurement: %s", strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return complain(BENCH_INVALID, "ended by signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
}

int guard_run(int (*enter)(void *arg), int (*work)(void *arg), int (*leave)(void *arg), void *arg)
{
	pid_t pid, guard = getpid();
	sigset_t set, old;
	int r, left;

	watched(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	r = enter(arg);
	if (!r) {
		fflush(NULL);
		pid = fork();
		if (!pid)
			be_child(work, arg, &old, guard);
		r = pid < 0 ? complain(BENCH_CANNOT, "fork: %s", strerror(errno))
			    : wait_for(pid, &set);
	}
	left = leave(arg);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r ? r : left;
}
