// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When a guest is said to hang. A shell stands where QEMU does: what is looked at is its CPU time
 * and the files that it writes.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fatal.h"
#include "qemu.h"

static bool no_result(const char *line, size_t len, const char *bad_log, void *arg)
{
	(void)line;
	(void)len;
	(void)bad_log;
	(void)arg;
	return true;
}

/* Runs @script with one second of patience. Its status, and in *b why. */
static int boot_script(struct boot *b, const char *script)
{
	static char dir[] = "/tmp/septbench-boot-XXXXXX";
	struct qemu_args args = { 0 };
	int r;

	cr_assert(mkdtemp(dir));
	*b = (struct boot){ .name = "script", .dir = dir, .timeout = 1, .result = no_result };
	qemu_args_add(&args, "sh", "-c");
	qemu_args_add(&args, script, "sh");
	r = boot_start(b, &args);
	r = r ? r : boot_finish(b);
	qemu_args_free(&args);
	cr_assert(!chdir(dir));
	unlink("console.log");
	unlink("results.port");
	unlink("exit.port");
	rmdir(dir);
	return r;
}

#define SAYS_STATUS_0 "echo '{\"status\":0}' >exit.port"

Test(boot, a_guest_that_uses_its_time_and_says_nothing_hangs)
{
	struct boot b;

	cr_expect_eq(boot_script(&b, "while :; do :; done"), BENCH_INVALID);
	cr_expect(strstr(b.why.text, "the guest hangs"), "%s", b.why.text);
	cr_expect(strstr(b.why.text, "of CPU time"), "%s", b.why.text);
}

/* As on a host that has no time for it. */
Test(boot, a_guest_without_time_does_not_hang)
{
	struct boot b;

	cr_expect_eq(boot_script(&b, "sleep 2; " SAYS_STATUS_0), 0);
}

Test(boot, a_guest_that_waits_for_ever_hangs)
{
	struct boot b;

	cr_expect_eq(boot_script(&b, "sleep 60; " SAYS_STATUS_0), BENCH_INVALID);
	cr_expect(strstr(b.why.text, "the guest hangs"), "%s", b.why.text);
}

/* A suspended machine: neither the lab nor the guest ran. */
Test(boot, time_in_which_the_lab_stood_still_is_not_the_guests)
{
	struct boot b;

	cr_expect_eq(boot_script(&b, "sleep 1; kill -STOP $PPID; sleep 6; kill -CONT $PPID; sleep 1; "
				     SAYS_STATUS_0), 0);
}
