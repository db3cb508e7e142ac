// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded: a KVM that lacks capability number $NOCAP, as an older one does. All else is the
 * machine's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdlib.h>

int ioctl(int fd, unsigned long request, ...)
{
	int (*real)(int, unsigned long, ...) = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT,
										       "ioctl");
	const char *none = getenv("NOCAP");
	unsigned long arg;
	va_list ap;

	va_start(ap, request);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	if (request == KVM_CHECK_EXTENSION && none && arg == strtoul(none, NULL, 10))
		return 0;
	return real(fd, request, arg);
}
