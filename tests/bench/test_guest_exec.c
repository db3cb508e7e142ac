// SPDX-License-Identifier: GPL-2.0-or-later
/* What the guest tells the lab of a program: that it lives, and how it ended. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest_exec.h"

/*
 * Runs @script for at most @limit seconds, with @args behind its path. What the port got is in
 * @text.
 */
static void run_with(const char *script, const char *args, unsigned int limit, char text[4096])
{
	char path[] = "/tmp/septbench-exec-XXXXXX", words[128];
	int fd = mkstemp(path);
	FILE *port = tmpfile();

	cr_assert(fd >= 0 && port);
	dprintf(fd, "#!/bin/sh\n%s\n", script);
	fchmod(fd, 0700);
	close(fd);
	snprintf(words, sizeof(words), "%s%s", path, args);
	guest_exec(3, words, limit, fileno(port));
	unlink(path);
	rewind(port);
	text[fread(text, 1, 4095, port)] = 0;
	fclose(port);
}

static void run_script(const char *script, unsigned int limit, char text[4096])
{
	run_with(script, "", limit, text);
}

static unsigned int nr_alive(const char *text)
{
	unsigned int n = 0;

	for (; *text; text = strchr(text, '\n') + 1)
		n += !strncmp(text, GUEST_EXEC_ALIVE "\n", 2);
	return n;
}

Test(guest_exec, a_silent_program_is_said_to_live)
{
	char text[4096];

	run_script("while :; do :; done", 1, text);
	cr_expect_geq(nr_alive(text), 2, "%s", text);
	cr_expect(strstr(text, GUEST_EXEC_END "3 ended: the time limit of 1 s was over\n"), "%s",
		  text);
}

Test(guest_exec, what_a_program_says_goes_before_how_it_ended)
{
	char text[4096];

	run_script("echo one; printf two; exit 7", 60, text);
	cr_expect(strstr(text, GUEST_EXEC_SAID "one\n"), "%s", text);
	cr_expect(strstr(text, GUEST_EXEC_SAID "two\n" GUEST_EXEC_END "3 exit status 7\n"), "%s",
		  text);
}

Test(guest_exec, a_program_gets_its_arguments_and_no_more_than_there_is_room_for)
{
	char text[4096], many[64] = "";

	run_with("printf '%s;' $# \"$@\"", ",-d,x=1,--all", 60, text);
	cr_expect(strstr(text, GUEST_EXEC_SAID "3;-d;x=1;--all;\n"), "%s", text);
	for (int i = 0; i <= GUEST_EXEC_MAX_ARGS; i++)
		strcat(many, ",a");
	run_with("echo $#", many, 60, text);
	cr_expect(strstr(text, GUEST_EXEC_SAID "16\n"), "%s", text);
}
