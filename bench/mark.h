/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks of the timed part, for a profiler that sees every instruction (lab/tcg/). Each is one
 * instruction without effect: NOP with a displacement that no compiler or assembler writes. They
 * are there whether or not somebody looks, outside of what is timed, and so no count depends on the
 * profiler.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

enum mark {
	MARK_PART = 1, /* a timed part is about to begin: discards earlier marks */
	MARK_START, /* someone's share of it begins; the part lasts from the first of these ... */
	MARK_STOP,  /* ... to the last of these */
	MARK_BLOCK, /* the last timed part was the block's */
};

/* NOPL disp32(%rax): three bytes, then this plus an enum mark, little-endian. */
#define MARK_OPCODE	"\x0f\x1f\x80"
#define MARK_MAGIC	0x5eb7be00

/* A macro: without optimisation the argument of a function is no constant. */
#define mark(m) __asm__ volatile("nopl %c0(%%rax)" : : "i"(MARK_MAGIC + (m)) : "memory")

#endif
