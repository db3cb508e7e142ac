// SPDX-License-Identifier: GPL-2.0-or-later
/* The machine is tuned, and back, whatever happens in between. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake.h"
#include "fatal.h"
#include "guard.h"
#include "state.h"
#include "tune.h"

static void setup(void)
{
	fake_machine();
	fake_untuned();
}

static void expect_tuned(void)
{
	cr_assert_str_eq(fake_read(FAKE_CPU "cpu0/cpufreq/scaling_governor"), "performance");
	cr_assert_str_eq(fake_read(FAKE_CPU "cpu1/cpufreq/scaling_governor"), "performance");
	cr_assert_str_eq(fake_read(FAKE_CPU "intel_pstate/no_turbo"), "1");
	cr_assert_str_eq(fake_read(FAKE_CPU "cpu0/cpuidle/state0/disable"), "0");
	cr_assert_str_eq(fake_read(FAKE_CPU "cpu0/cpuidle/state1/disable"), "1");
	cr_assert_str_eq(fake_read("/proc/sys/kernel/numa_balancing"), "0");
	cr_assert_str_eq(fake_read("/sys/kernel/mm/transparent_hugepage/enabled"), "madvise");
}

Test(tune, there_and_back, .init = setup, .fini = fake_end)
{
	cr_assert_eq(tune_apply(), 0);
	expect_tuned();
	cr_assert(state_exists(STATE_TUNING));
	cr_assert_eq(tune_undo(), 0);
	fake_expect_untuned();
	cr_assert_not(state_exists(STATE_TUNING));
	cr_assert_eq(tune_undo(), 0, "nothing to undo is no error");
}

Test(tune, not_twice, .init = setup, .fini = fake_end)
{
	cr_assert_eq(tune_apply(), 0);
	cr_assert_eq(tune_apply(), BENCH_CANNOT);
	cr_assert_eq(tune_undo(), 0);
	fake_expect_untuned();
}

Test(tune, what_somebody_else_has_set_since_is_left_alone, .init = setup, .fini = fake_end)
{
	cr_assert_eq(tune_apply(), 0);
	fake_file(FAKE_CPU "cpu0/cpufreq/scaling_governor", "ondemand");
	cr_assert_eq(tune_undo(), BENCH_INVALID);
	cr_assert_str_eq(fake_read(FAKE_CPU "cpu0/cpufreq/scaling_governor"), "ondemand");
	cr_assert_str_eq(fake_read(FAKE_CPU "cpu1/cpufreq/scaling_governor"), "schedutil");
}

/* Of another boot: what it speaks of is gone, and must not be written. */
Test(tune, a_note_from_before_the_boot_is_void, .init = setup, .fini = fake_end)
{
	cr_assert_eq(tune_apply(), 0);
	fake_file("/proc/sys/kernel/random/boot_id", "another\n");
	cr_assert_not(state_exists(STATE_TUNING));
	cr_assert_eq(tune_undo(), 0);
	expect_tuned();
}

static int apply(void *arg)
{
	(void)arg;
	return tune_apply();
}

static int undo(void *arg)
{
	(void)arg;
	return tune_undo();
}

static int succeed(void *arg)
{
	(void)arg;
	expect_tuned();
	return 0;
}

static int crash(void *arg)
{
	(void)arg;
	raise(SIGKILL);
	return 0;
}

Test(guard, undoes_after_the_work, .init = setup, .fini = fake_end)
{
	cr_assert_eq(guard_run(apply, succeed, undo, NULL), 0);
	fake_expect_untuned();
}

Test(guard, undoes_after_a_crash, .init = setup, .fini = fake_end)
{
	cr_assert_eq(guard_run(apply, crash, undo, NULL), BENCH_INVALID);
	fake_expect_untuned();
}

/* Says that it is at work, and waits for a signal. */
static int wait_forever(void *arg)
{
	int fd = *(int *)arg;

	if (write(fd, "x", 1) != 1)
		return 1;
	for (;;)
		pause();
}

static pid_t start_guarded(void)
{
	int pipe_fd[2];
	char c;
	pid_t pid;

	cr_assert_eq(pipe(pipe_fd), 0);
	pid = fork();
	if (!pid) {
		/*
		 * nohup and background jobs hand down signals that are ignored, and the work would
		 * ignore them too.
		 */
		signal(SIGINT, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		_exit(guard_run(apply, wait_forever, undo, &pipe_fd[1]));
	}
	cr_assert_eq(read(pipe_fd[0], &c, 1), 1);
	expect_tuned();
	return pid;
}

static void expect_undone_by(int sig)
{
	pid_t pid = start_guarded();
	int status;

	kill(pid, sig);
	waitpid(pid, &status, 0);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == BENCH_INVALID, "signal %d, status %x",
		  sig, status);
	fake_expect_untuned();
}

Test(guard, undoes_on_signals, .init = setup, .fini = fake_end)
{
	expect_undone_by(SIGINT);
	fake_untuned();
	expect_undone_by(SIGTERM);
	fake_untuned();
	expect_undone_by(SIGHUP);
}

/* Nothing can be undone by who is dead: the note is there, and the work has ended too. */
Test(guard, a_killed_one_leaves_a_note_to_restore_by, .init = setup, .fini = fake_end)
{
	pid_t pid = start_guarded();

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	expect_tuned();
	cr_assert(state_exists(STATE_TUNING));
	cr_assert_eq(tune_undo(), 0);
	fake_expect_untuned();
}
