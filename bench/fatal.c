// SPDX-License-Identifier: GPL-2.0-or-later
#include "fatal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void (*fatal_hook)(void *arg, const char *reason);
static void *fatal_arg;
static _Thread_local void (*defer_to)(void *arg, const char *reason);
static _Thread_local void *defer_arg;
static _Thread_local char last[256];

void fatal_set_hook(void (*hook)(void *arg, const char *reason), void *arg)
{
	fatal_hook = hook;
	fatal_arg = arg;
}

void fatal_defer(void (*report)(void *arg, const char *reason), void *arg)
{
	defer_to = report;
	defer_arg = arg;
}

_Noreturn void die(const char *fmt, ...)
{
	void (*hook)(void *arg, const char *reason);
	char reason[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);

	if (defer_to) {
		defer_to(defer_arg, reason);
		for (;;)
			pause();
	}
	fprintf(stderr, "septbench: %s\n", reason);
	/* Taken off first: a hook that fails must not come back to itself. */
	hook = fatal_hook;
	fatal_hook = NULL;
	if (hook)
		hook(fatal_arg, reason);
	exit(BENCH_INVALID);
}

int complain(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("septbench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (status) {
		va_start(ap, fmt);
		vsnprintf(last, sizeof(last), fmt, ap);
		va_end(ap);
	}
	return status;
}

const char *complained(void)
{
	return last;
}
