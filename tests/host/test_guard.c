// SPDX-License-Identifier: GPL-2.0-or-later
/* A guard that dies leaves nobody behind who measures on. */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard.h"

static bool late;
static int worked[2];

/*
 * In place of the C library's: the guard dies before the call, so that no signal comes of it. That
 * it did is waited for.
 */
int prctl(int option, ...)
{
	pid_t guard = getppid();

	(void)option;
	if (!late)
		return 0;
	kill(guard, SIGKILL);
	while (getppid() == guard)
		usleep(1000);
	return 0;
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int work(void *arg)
{
	(void)arg;
	return write(worked[1], "w", 1) == 1 ? 7 : 8;
}

/* Bytes that work() has written, with the guard in a process of its own. */
static ssize_t run_guarded(int *status)
{
	char buf[4];
	ssize_t n;
	pid_t pid;

	cr_assert_eq(pipe(worked), 0);
	pid = fork();
	if (!pid)
		_exit(guard_run(nothing, work, nothing, NULL));
	close(worked[1]);
	n = read(worked[0], buf, sizeof(buf));
	close(worked[0]);
	cr_assert_eq(waitpid(pid, status, 0), pid);
	return n;
}

Test(guard, hands_on_what_the_work_returned)
{
	int status;

	late = false;
	cr_assert_eq(run_guarded(&status), 1);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

Test(guard, work_does_not_begin_after_the_guards_death)
{
	int status;

	late = true;
	cr_assert_eq(run_guarded(&status), 0, "it was done all the same");
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
