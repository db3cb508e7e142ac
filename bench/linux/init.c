// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of a Linux guest: says on the console which phase begins, and does what the kernel's
 * command line asks for. Without a C library: not every machine has one to link statically.
 *
 * septbench.loop: never gets to its end.
 * septbench.flood: nor then, and says so without end: lines, marks, figures.
 */
#include "sys.h"

/* Is @name on the kernel's command line? */
static int is_asked_for(const char *name)
{
	static char line[4096];
	long fd = call(SYS_open, (long)"/proc/cmdline", O_RDONLY, 0, 0, 0), n;

	n = fd < 0 ? -1 : call(SYS_read, fd, (long)line, sizeof(line) - 1, 0, 0);
	if (n < 0)
		leave(1);
	call(SYS_close, fd, 0, 0, 0, 0);
	line[n] = 0;
	for (const char *at = line; *at; at++) {
		size_t i = 0;

		while (name[i] && at[i] == name[i])
			i++;
		if (!name[i])
			return 1;
	}
	return 0;
}

__attribute__((noreturn, force_align_arg_pointer)) void _start(void)
{
	call(SYS_mount, (long)"dev", (long)"/dev", (long)"devtmpfs", 0, 0);
	call(SYS_mount, (long)"proc", (long)"/proc", (long)"proc", 0, 0);
	say("init");
	if (is_asked_for("septbench.loop"))
		/* No PAUSE: at each the emulator changes CPUs, and a second would last for ever. */
		for (;;)
			__asm__ volatile("");
	while (is_asked_for("septbench.flood")) {
		say("a flood of more words than a mark can have");
		say("value flood 1");
		say("flood");
	}
	say("end");
	for (;;)
		call(SYS_pause, 0, 0, 0, 0, 0);
}
