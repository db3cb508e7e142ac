// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded: kills the program, as by kill -9, in place of its $KILLAT'th system call that loads or
 * unloads a module. The others are made.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>

long syscall(long number, ...)
{
	static int seen;
	long (*real)(long number, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	const char *at = getenv("KILLAT");
	long a, b, c, d;
	va_list ap;

	va_start(ap, number);
	a = va_arg(ap, long);
	b = va_arg(ap, long);
	c = va_arg(ap, long);
	d = va_arg(ap, long);
	va_end(ap);
	if ((number == SYS_finit_module || number == SYS_delete_module) && at && ++seen == atoi(at))
		raise(SIGKILL);
	return real(number, a, b, c, d);
}
