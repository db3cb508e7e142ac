// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "child.h"
#include "fatal.h"
#include "why.h"

Test(why, a_line_is_a_status_a_reason_and_a_text)
{
	struct why why;

	cr_assert(why_parse("3 apply 0001-a.patch does not apply\nmore", &why));
	cr_expect_eq(why.status, 3);
	cr_expect_eq(why.reason, WHY_APPLY);
	cr_expect_str_eq(why.text, "0001-a.patch does not apply");
	cr_assert(why_parse("0 built", &why));
	cr_expect_eq(why.reason, WHY_BUILT);
	cr_expect_str_eq(why.text, "");
}

Test(why, every_reason_has_a_name_that_reads_back)
{
	struct why why;
	char line[64];

	for (enum why_reason r = WHY_UNSAID + 1; r < WHY_NR_REASONS; r++) {
		snprintf(line, sizeof(line), "%d %s text", r > WHY_MEASURED ? 4 : 0, why_name(r));
		cr_assert(why_parse(line, &why), "%s", line);
		cr_expect_eq(why.reason, r, "%s", line);
	}
}

Test(why, what_is_no_line_is_refused)
{
	static const char * const bad[] = {
		"", "\n", "3", "build", "x build", "3 nonsense text", "3 unsaid", "256 build",
		"-1 build", "3 buildx", "3 build9", "3 BUILD", "0 build", "3 built", "3 measured",
		"3 averyveryverylongword",
	};
	struct why why = { .status = 77, .text = "kept" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(why_parse(bad[i], &why), "\"%s\" was taken", bad[i]);
	cr_expect_eq(why.status, 77);
	cr_expect_str_eq(why.text, "kept");
}

Test(why, a_long_text_is_cut)
{
	char line[2 * WHY_TEXT];
	struct why why;

	memset(line, 'x', sizeof(line));
	memcpy(line, "3 boot ", 7);
	line[sizeof(line) - 1] = 0;
	cr_assert(why_parse(line, &why));
	cr_expect_eq(strlen(why.text), WHY_TEXT - 1);
}

/* Only these may keep a commit from being looked at again. */
Test(why, the_machine_is_not_what_was_to_be_measured)
{
	static const enum why_reason measured[] = {
		WHY_TREE, WHY_APPLY, WHY_CONFIG, WHY_BUILD, WHY_BOOT, WHY_RESULT,
	};
	size_t n = 0;

	for (enum why_reason r = 0; r < WHY_NR_REASONS; r++)
		n += why_is_measured(&(struct why){ .reason = r });
	cr_expect_eq(n, sizeof(measured) / sizeof(measured[0]));
	for (size_t i = 0; i < n; i++)
		cr_expect(why_is_measured(&(struct why){ .reason = measured[i] }));
}

static int run(const char *command, struct why *why)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	char out[256];

	return why_run(argv, "/dev/null", out, sizeof(out), why);
}

Test(why, a_program_says_how_it_ends)
{
	struct why why;

	cr_expect_eq(run("echo 3 build x.c:1: error: no >$SEPTBENCH_WHY; exit 3", &why), 3);
	cr_expect_eq(why.reason, WHY_BUILD);
	cr_expect_str_eq(why.text, "x.c:1: error: no");
	/* The last one stands, and what was before it is gone. */
	cr_expect_eq(run("echo 3 config a long text of a step >$SEPTBENCH_WHY;"
			 "echo 0 built >$SEPTBENCH_WHY", &why), 0);
	cr_expect_eq(why.reason, WHY_BUILT);
	cr_expect_str_eq(why.text, "");
}

Test(why, a_line_that_does_not_go_with_the_exit_status_is_not_believed)
{
	struct why why;

	cr_expect_eq(run("echo 3 build no >$SEPTBENCH_WHY; exit 4", &why), 4);
	cr_expect_eq(why.reason, WHY_UNSAID);
	cr_expect_eq(why.status, 4);
	cr_expect_not(why_is_measured(&why));
	cr_expect_eq(run("echo 3 build no >$SEPTBENCH_WHY; kill -9 $$", &why), 3);
	cr_expect_eq(run("exit 3", &why), 3);
	cr_expect_eq(why.reason, WHY_UNSAID);
	cr_expect(*why.text);
}

/* What one run is told must not come to the next, nor to who started us. */
Test(why, the_place_to_say_it_is_the_outer_ones_afterwards)
{
	char path[] = "/tmp/septbench-why.XXXXXX", line[64] = "";
	struct why why, mine = { .status = 4, .reason = WHY_SPACE, .text = "two\nlines" };
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(setenv("SEPTBENCH_WHY", path, 1), 0);
	cr_expect_eq(run("echo 3 build no >$SEPTBENCH_WHY; exit 3", &why), 3);
	cr_expect_eq(pread(fd, line, sizeof(line) - 1, 0), 0);
	why_tell(&mine);
	cr_expect_gt(pread(fd, line, sizeof(line) - 1, 0), 0);
	cr_expect_str_eq(line, "4 space two lines\n");
	unlink(path);
	unsetenv("SEPTBENCH_WHY");
	cr_expect_eq(run("true", &why), 0);
	cr_expect_null(getenv("SEPTBENCH_WHY"));
}

Test(why, a_status_alone_is_no_verdict_on_what_was_to_be_measured)
{
	struct why why;

	complain(BENCH_CANNOT, "no %s", "QEMU");
	why = why_of_status(BENCH_CANNOT);
	cr_expect_eq(why.reason, WHY_MACHINE);
	cr_expect_str_eq(why.text, "no QEMU");
	cr_expect_eq(why_of_status(BENCH_USAGE).reason, WHY_USAGE);
	cr_expect_eq(why_of_status(0).reason, WHY_UNSAID);
	child_interrupted = 1;
	cr_expect_eq(why_of_status(BENCH_INVALID).reason, WHY_INTERRUPTED);
}
