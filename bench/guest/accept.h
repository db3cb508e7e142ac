/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TDG.MEM.PAGE.ACCEPT in the payload. */
#ifndef BENCH_GUEST_ACCEPT_H
#define BENCH_GUEST_ACCEPT_H

#include <stdbool.h>

#include "abi.h"

#define TDG_MEM_PAGE_ACCEPT	6

#define TDX_STATUS(x)		((x) & 0xffffffff00000000ull)
#define TDX_OPERAND_BUSY	0x8000020000000000ull
#define TDX_BUSY_HOST_PRIORITY	0x8000020400000000ull
#define TDX_ALREADY_ACCEPTED	0x00000b0a00000000ull
#define TDX_SIZE_MISMATCH	0xc0000b0b00000000ull

/*
 * Two sites with the same instruction, used in turn (the comments keep the compiler from merging
 * them): the TDX module takes faults in a row at one instruction for single-stepping by the host,
 * and its mitigation would be measured along with everything after the sixth page.
 */
#define ACCEPT_AT(insn, site) \
	asm volatile(insn " # " site : "+a"(rax), "+c"(gpa) : : \
		     "rdx", "r8", "r9", "r10", "r11", "memory")
#define TDCALL	".byte 0x66, 0x0f, 0x01, 0xcc"

/* TDG.MEM.PAGE.ACCEPT of the page @gpa; its level is in the low bits, 0 for 4K. */
static inline uint64_t accept(uint64_t call, uint64_t gpa, bool odd)
{
	uint64_t rax = TDG_MEM_PAGE_ACCEPT;

	if (call == GUEST_CALL_TDCALL) {
		if (odd)
			ACCEPT_AT(TDCALL, "odd");
		else
			ACCEPT_AT(TDCALL, "even");
	} else {
		if (odd)
			ACCEPT_AT("vmmcall", "odd");
		else
			ACCEPT_AT("vmmcall", "even");
	}
	return rax;
}

/*
 * ACCEPT until it says something else than busy. False on a status that the payload has no answer
 * to.
 */
static inline bool accept_page(struct guest_mailbox *m, uint64_t call, uint64_t gpa, bool odd)
{
	for (;;) {
		uint64_t status = accept(call, gpa, odd);

		if (!status)
			return true;
		switch (TDX_STATUS(status)) {
		case TDX_ALREADY_ACCEPTED:
			m->already++;
			return true;
		case TDX_OPERAND_BUSY:
		case TDX_BUSY_HOST_PRIORITY:
			m->busy++;
			__builtin_ia32_pause();
			break;
		default:
			m->error = status;
			m->error_gpa = gpa;
			return false;
		}
	}
}

#endif
