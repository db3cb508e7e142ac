// SPDX-License-Identifier: GPL-2.0-or-later
/* For t/exec.sh: a program that needs nothing but the kernel, and ends in one of some ways. */
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

#define KVM_CHECK_EXTENSION	0xae03
#define KVM_CAP_VM_TYPES	235
#define KVM_X86_TDX_VM		5

static long call(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return r;
}

/* 0 if KVM has TDs. */
static int look_for_tds(void)
{
	static const char there[] = "this KVM has TDs\n", none[] = "this KVM has no TDs\n";
	long fd = call(SYS_open, (long)"/dev/kvm", O_RDWR, 0);
	long types = call(SYS_ioctl, fd, KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES);
	int has = fd >= 0 && types > 0 && types >> KVM_X86_TDX_VM & 1;

	call(SYS_write, 1, (long)(has ? there : none), has ? sizeof(there) - 1 : sizeof(none) - 1);
	return !has;
}

/* 0 if no hypervisor says that it is there: CPUID leaf 1, ECX bit 31. */
static int look_for_a_hypervisor(void)
{
	unsigned int a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return c >> 31;
}

void _start(void)
{
	int status = 0;

#ifdef DO_TD
	status = look_for_tds();
#else
	(void)look_for_tds;
#endif
#ifdef DO_BARE
	status = look_for_a_hypervisor();
#else
	(void)look_for_a_hypervisor;
#endif
#ifdef DO_SEVEN
	status = 7;
#endif
#ifdef DO_CRASH
	*(volatile int *)8 = 1;
#endif
#ifdef DO_LOOP
	for (;;)
		__asm__ volatile("");
#endif
	for (;;)
		call(SYS_exit_group, status, 0, 0);
}
