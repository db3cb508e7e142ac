// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PID 1 of a Linux guest: says on the console which phase begins, and does what the kernel's
 * command line asks for. Without a C library: not every machine has one to link statically.
 *
 * septbench.loop: never gets to its end.
 */
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

static long call(long nr, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = 0;
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			 "r"(r9) : "rcx", "r11", "memory");
	return r;
}

static void leave(int status)
{
	for (;;)
		call(SYS_exit_group, status, 0, 0, 0, 0);
}

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

/* As an emergency of the kernel's, which is on the console before write() returns. */
static void say(const char *phase)
{
	char line[64] = "<0>septmark ";
	size_t n = length(line);
	long fd = call(SYS_open, (long)"/dev/kmsg", O_WRONLY, 0, 0, 0);

	for (size_t i = 0; phase[i] && n < sizeof(line) - 1; i++)
		line[n++] = phase[i];
	line[n++] = '\n';
	if (fd < 0 || call(SYS_write, fd, (long)line, (long)n, 0, 0) != (long)n)
		leave(1);
	call(SYS_close, fd, 0, 0, 0, 0);
}

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
	say("end");
	for (;;)
		call(SYS_pause, 0, 0, 0, 0, 0);
}
