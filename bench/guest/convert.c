// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The payload's conversions: it asks the host for its memory as shared, and then as private again,
 * as a guest does by TDG.VP.VMCALL<MapGPA>.
 */
#include "convert.h"

#include "../mark.h"
#include "../ticks.h"
#include "accept.h"

#define TDG_VP_VMCALL		0
#define TDVMCALL_MAP_GPA	0x10001
#define TDVMCALL_RETRY		1	/* what was done ends at R11 */
#define TDVMCALL_REGS		0x3c00	/* R10..R13 */

extern const struct guest_params guest_params;

/* Returns the host's status; *@next: where it stopped, if that is RETRY. */
static uint64_t tdvmcall_map_gpa(uint64_t call, uint64_t gpa, uint64_t bytes, uint64_t *next)
{
	uint64_t rax = TDG_VP_VMCALL, rcx = TDVMCALL_REGS;
	register uint64_t r10 asm("r10") = 0;
	register uint64_t r11 asm("r11") = TDVMCALL_MAP_GPA;
	register uint64_t r12 asm("r12") = gpa;
	register uint64_t r13 asm("r13") = bytes;

	if (call == GUEST_CALL_TDCALL)
		asm volatile(TDCALL : "+a"(rax), "+c"(rcx), "+r"(r10), "+r"(r11), "+r"(r12), "+r"(r13)
			     : : "rdx", "r8", "r9", "memory");
	else
		asm volatile("vmmcall" : "+a"(rax), "+c"(rcx), "+r"(r10), "+r"(r11), "+r"(r12),
			     "+r"(r13) : : "rdx", "r8", "r9", "memory");
	*next = r11;
	return rax ? rax : r10;
}

/* @gpa has the shared bit if that is what the pages are to be. */
static bool map_gpa(struct guest_mailbox *m, uint64_t call, uint64_t gpa, uint64_t bytes)
{
	uint64_t end = gpa + bytes, next, status;

	for (;;) {
		status = tdvmcall_map_gpa(call, gpa, end - gpa, &next);
		if (!status)
			return true;
		if (status != TDVMCALL_RETRY || next < gpa || next >= end) {
			m->error = status;
			m->error_gpa = gpa;
			return false;
		}
		gpa = next;
	}
}

static bool take_back(struct guest_mailbox *m, uint64_t call, uint64_t gpa, uint64_t bytes)
{
	for (uint64_t page = gpa; page < gpa + bytes; page += 4096) {
		if (!accept_page(m, call, page, page >> 12 & 1))
			return false;
		*(volatile uint64_t *)page = page;
	}
	return true;
}

static bool convert_chunks(struct guest_mailbox *m, uint64_t call)
{
	const volatile struct ledger *ledger = (const struct ledger *)guest_params.ledger;
	const uint32_t *order = (const uint32_t *)m->order;
	uint64_t bytes = m->limit << 12, shared = guest_params.shared_bit;

	for (uint64_t i = 0; i < m->count; i++) {
		uint64_t gpa = m->base + ((uint64_t)order[i] << 12), t0, t1;
		struct ledger_sums from = ledger_read(ledger);

		t0 = ticks_now();
		if (!map_gpa(m, call, gpa | shared, bytes) || !map_gpa(m, call, gpa, bytes))
			return false;
		t1 = ticks_now();
		guest_add_fault(m, (uint32_t *)m->samples, i, t1 - t0, from, ledger_read(ledger));
		if (!take_back(m, call, gpa, bytes))
			return false;
		/* As in touch_pages(): the other vCPUs' turn. */
		__builtin_ia32_pause();
	}
	return true;
}

void guest_convert(struct guest_mailbox *m)
{
	const struct guest_params *p = &guest_params;
	const volatile struct ledger *ledger = (const struct ledger *)p->ledger;
	struct guest_common *c = (struct guest_common *)p->common;

	if (!barrier_wait(&c->start))
		return;
	mark(MARK_START);
	m->start = ledger_read(ledger);
	m->start_tsc = ticks_now();
	convert_chunks(m, p->call);
	m->end_tsc = ticks_now();
	m->end = ledger_read(ledger);
	mark(MARK_STOP);
	barrier_wait(&c->end);
}
