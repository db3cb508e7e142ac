// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program inside the guest: takes a command from its mailbox, does it, leaves by a port write,
 * and finds the next command when the host lets it run again. No interrupts, no IDT: an exception
 * is a triple fault, which the host reports.
 */
#include "abi.h"
#include "accept.h"
#include "../mark.h"
#include "../ticks.h"

#define TDG_VP_VMCALL		0
#define TDVMCALL_IO		30
/* Registers that TDG.VP.VMCALL shows to the host: R10..R15. */
#define TDVMCALL_REGS		0xfc00

#ifdef GUEST_CONVERTS
/*
 * A payload of its own: with a call in it the compiler makes other code of all the commands here,
 * whose instructions are counted.
 */
#include "convert.h"
#endif
#ifdef GUEST_LARGE
#include "large.h"
#endif

extern const struct guest_params guest_params;

static void tdvmcall_out(uint64_t call, uint32_t value)
{
	uint64_t rax = TDG_VP_VMCALL, rcx = TDVMCALL_REGS;
	register uint64_t r10 asm("r10") = 0;
	register uint64_t r11 asm("r11") = TDVMCALL_IO;
	register uint64_t r12 asm("r12") = 4;		/* bytes */
	register uint64_t r13 asm("r13") = 1;		/* write */
	register uint64_t r14 asm("r14") = GUEST_PORT;
	register uint64_t r15 asm("r15") = value;

	if (call == GUEST_CALL_TDCALL)
		asm volatile(TDCALL
			     : "+a"(rax), "+c"(rcx), "+r"(r10), "+r"(r11), "+r"(r12), "+r"(r13),
			       "+r"(r14), "+r"(r15) : : "rdx", "r8", "r9", "memory");
	else
		asm volatile("vmmcall"
			     : "+a"(rax), "+c"(rcx), "+r"(r10), "+r"(r11), "+r"(r12), "+r"(r13),
			       "+r"(r14), "+r"(r15) : : "rdx", "r8", "r9", "memory");
}

static void leave(uint64_t call, uint32_t index)
{
	if (call == GUEST_CALL_NONE)
		asm volatile("outl %0, %1" : : "a"(index), "Nd"((uint16_t)GUEST_PORT) : "memory");
	else
		tdvmcall_out(call, index);
}

static void insn_loop(struct guest_mailbox *m)
{
	uint64_t n = m->count, t0 = ticks_now();

	asm volatile("1:\tdecq %0\n\tjnz 1b" : "+r"(n));
	m->result = ticks_now() - t0;
}

static void warm(struct guest_mailbox *m)
{
	volatile const uint32_t *order = (const uint32_t *)m->order;
	volatile uint8_t *p = (uint8_t *)m;

	for (uint64_t i = 0; i < m->count; i += 1024)
		(void)order[i];
	for (uint64_t i = 0; i < sizeof(*m); i += 4096)
		p[i] = p[i];
	for (uint64_t i = 0; m->samples && i < m->count * GUEST_NR_PARTS; i++)
		((volatile uint32_t *)m->samples)[i] = 0;
}

/* False if the TDX module said something that there is no answer to. */
static bool touch_pages(struct guest_mailbox *m, uint64_t call)
{
	const volatile struct ledger *ledger = (const struct ledger *)guest_params.ledger;
	const uint32_t *order = (const uint32_t *)m->order;
	const uint32_t flags = m->flags;

	for (uint64_t i = 0; i < m->count; i++) {
		uint64_t page = m->base + ((uint64_t)order[i] << 12), t0, t1;
		struct ledger_sums from = ledger_read(ledger);

		t0 = ticks_now();
		if (flags & GUEST_F_ACCEPT && !accept_page(m, call, page, i & 1))
			return false;
		if (flags & GUEST_F_TOUCH)
			*(volatile uint64_t *)page = page;
		t1 = ticks_now();
		guest_add_fault(m, (uint32_t *)m->samples, i, t1 - t0, from, ledger_read(ledger));
		/*
		 * Under one-thread TCG this is the other vCPUs' turn: without it they would run one
		 * by one.
		 */
		__builtin_ia32_pause();
	}
	return true;
}

static void touch(struct guest_mailbox *m, struct guest_common *c, uint64_t call)
{
	if (!barrier_wait(&c->start))
		return;
	mark(MARK_START);
	m->start = ledger_read((const struct ledger *)guest_params.ledger);
	m->start_tsc = ticks_now();
	for (uint64_t i = 0; i < m->rounds && touch_pages(m, call); i++)
		;
	m->end_tsc = ticks_now();
	m->end = ledger_read((const struct ledger *)guest_params.ledger);
	mark(MARK_STOP);
	/* Stay until the last one is done: a vCPU that leaves changes what the others measure. */
	barrier_wait(&c->end);
}

static void verify(struct guest_mailbox *m)
{
	const uint32_t *order = (const uint32_t *)m->order;

	m->result = 0;
	for (uint64_t i = 0; i < m->count; i++) {
		uint64_t page = m->base + ((uint64_t)order[i] << 12);

		m->result += *(volatile uint64_t *)page != page;
	}
}

static void end_turn(struct guest_mailbox *m, uint64_t t, struct ledger_sums sums)
{
	/* The host may have begun to measure between the two. */
	uint64_t turn = t > m->end_tsc ? t - m->end_tsc : 0;

	if (turn > m->result) {
		m->result = turn;
		m->stall.module = sums.module - m->end.module;
		m->stall.waiting = sums.waiting - m->end.waiting;
	}
	m->least = turn < m->least ? turn : m->least;
	m->end_tsc = t;
	m->end = sums;
	/* Last, since under one-thread TCG the host may run between any two of these lines. */
	if (__atomic_load_n(&m->since, __ATOMIC_ACQUIRE) >= t) {
		m->result = 0;
		m->end_tsc = m->since;
		m->end = m->since_sums;
	}
	__atomic_store_n(&m->turns, m->turns + 1, __ATOMIC_RELAXED);
}

static void spin(struct guest_mailbox *m, struct guest_common *c)
{
	const volatile struct ledger *ledger = (const struct ledger *)guest_params.ledger;

	if (!barrier_wait(&c->start))
		return;
	m->start_tsc = m->end_tsc = ticks_now();
	m->end = ledger_read(ledger);
	m->result = 0;
	m->least = UINT64_MAX;
	while (!__atomic_load_n(&c->stop, __ATOMIC_ACQUIRE) && (!m->limit || m->turns < m->limit)) {
		uint64_t t = ticks_now();

		end_turn(m, t, ledger_read(ledger));
		__builtin_ia32_pause();
	}
}

static void obey(struct guest_mailbox *m, struct guest_common *c, uint64_t call)
{
	switch (m->cmd) {
	case GUEST_INSN_LOOP:
		insn_loop(m);
		break;
	case GUEST_WARM:
		warm(m);
		break;
	case GUEST_TOUCH:
		touch(m, c, call);
		break;
	case GUEST_VERIFY:
		verify(m);
		break;
	case GUEST_SPIN:
		spin(m, c);
		break;
#ifdef GUEST_CONVERTS
	case GUEST_CONVERT:
		guest_convert(m);
		break;
#endif
#ifdef GUEST_LARGE
	case GUEST_TOUCH_LARGE:
		guest_touch_large(m, c, call);
		break;
	case GUEST_VERIFY_LARGE:
		guest_verify_large(m);
		break;
#endif
	}
}

void guest_main(uint32_t index);
void guest_main(uint32_t index)
{
	const struct guest_params *p = &guest_params;
	struct guest_common *c = (struct guest_common *)p->common;
	struct guest_mailbox *m =
		(struct guest_mailbox *)(p->mailboxes + index * p->mailbox_stride);

	for (;;) {
		/*
		 * The first time round there is no command yet: the host sees that the vCPU is up.
		 */
		leave(p->call, index);
		obey(m, c, p->call);
		m->done++;
	}
}
