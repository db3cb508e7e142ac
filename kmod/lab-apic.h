/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one thing that the lab kernel has beside its tree: a boot parameter with the frequency of the
 * local APIC's timer. kernel-build has the compiler read this in front of
 * arch/x86/kernel/apic/apic.c, which stays as it is. Without the parameter the kernel finds the
 * frequency itself, in 100 ms of reading the TSC, and in QEMU's count of instructions that took
 * 15 s of a boot's 25.
 */
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <asm/apic.h>

static int __init septbench_lapic_hz(char *text)
{
	unsigned int hz;
	int r = kstrtouint(text, 10, &hz);

	if (!r)
		lapic_timer_period = hz / HZ;
	return r;
}
early_param("septbench_lapic_hz", septbench_lapic_hz);
