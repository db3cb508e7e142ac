/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time-stamp counter, in the guest and in user space. */
#ifndef BENCH_TICKS_H
#define BENCH_TICKS_H

#include <stdint.h>

/* Fenced on both sides: what came before has happened, what comes after has not begun. */
static inline uint64_t ticks_now(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

#endif
