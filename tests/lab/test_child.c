// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "child.h"

Test(child, keeps_output_and_status)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"echo one; echo two; exit 4", NULL };
	char out[64];

	cr_expect_eq(child_capture(argv, out, sizeof(out)), 4);
	cr_expect_str_eq(out, "one\ntwo");
}

Test(child, a_program_that_is_not_there_is_an_error)
{
	char *argv[] = { (char *)"/no/such/program", NULL };
	char out[64];

	cr_expect_eq(child_capture(argv, out, sizeof(out)), 127);
}

Test(child, too_much_output_is_an_error)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"while :; do echo 0123456789; done",
			 NULL };
	char out[64];

	cr_expect_eq(child_capture(argv, out, sizeof(out)), 3);
}

static int is_gone(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	for (int i = 0; i < 500; i++) {
		if (kill(pid, 0) && errno == ESRCH)
			return 1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* A shell runs @command, which writes a line to @text, and is killed. */
static pid_t first_line(const char *command, const char *preload, char *text, size_t len)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	ssize_t n;
	int fds[2];
	pid_t pid;

	cr_assert_eq(pipe(fds), 0);
	pid = child_start(argv, NULL, fds[1], preload);
	cr_assert_gt(pid, 0);
	n = read(fds[0], text, len - 1);
	cr_assert_gt(n, 0);
	text[n] = 0;
	child_kill(pid);
	return pid;
}

Test(child, kill_takes_the_grandchildren_too)
{
	char text[16];
	pid_t pid = first_line("sleep 1000 & echo $!; wait", NULL, text, sizeof(text));

	cr_expect(is_gone(pid));
	cr_expect(is_gone(atoi(text)), "process %s lives on", text);
}

/* The lab dies without a chance to clean up: its child must not stay. */
Test(child, dies_with_its_parent)
{
	char *argv[] = { (char *)"sleep", (char *)"1000", NULL };
	int fds[2];
	pid_t lab, pid = 0;

	cr_assert_eq(pipe(fds), 0);
	lab = fork();
	if (!lab) {
		pid = child_start(argv, NULL, -1, NULL);
		if (write(fds[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		pause();
	}
	cr_assert_eq(read(fds[0], &pid, sizeof(pid)), (ssize_t)sizeof(pid));
	kill(lab, SIGKILL);
	waitpid(lab, NULL, 0);
	cr_expect(is_gone(pid));
}

Test(child, has_what_is_preloaded)
{
	char text[32];

	first_line("echo \"$LD_PRELOAD\"", "./none.so", text, sizeof(text));
	cr_expect_str_eq(text, "./none.so\n");
}
