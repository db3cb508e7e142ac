// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory by pages of 2M. */
#include "large.h"
#include "accept.h"
#include "../mark.h"
#include "../ticks.h"

extern const struct guest_params guest_params;

#define LEVEL_2M	1ull

/* The module has 4K pages there: one by one. */
static bool accept_small(struct guest_mailbox *m, uint64_t call, uint64_t gpa)
{
	for (uint64_t i = 0; i < GUEST_LARGE_PAGES; i++)
		if (!accept_page(m, call, gpa + (i << 12), i & 1))
			return false;
	return true;
}

static bool accept_large(struct guest_mailbox *m, uint64_t call, uint64_t gpa, bool odd)
{
	if (m->flags & GUEST_F_SMALL)
		return accept_small(m, call, gpa);
	for (;;) {
		uint64_t status = accept(call, gpa | LEVEL_2M, odd);

		if (!status)
			return true;
		switch (TDX_STATUS(status)) {
		case TDX_SIZE_MISMATCH:
			return accept_small(m, call, gpa);
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

static void write_large(uint64_t gpa)
{
	for (uint64_t page = gpa; page < gpa + (GUEST_LARGE_PAGES << 12); page += 4096)
		*(volatile uint64_t *)page = page;
}

static bool touch_large(struct guest_mailbox *m, uint64_t call)
{
	const volatile struct ledger *ledger = (const struct ledger *)guest_params.ledger;
	const uint32_t *order = (const uint32_t *)m->order;

	for (uint64_t i = 0; i < m->count; i++) {
		uint64_t page = m->base + ((uint64_t)order[i] << 12), t0, t1;
		struct ledger_sums from = ledger_read(ledger);

		t0 = ticks_now();
		if (m->flags & GUEST_F_ACCEPT && !accept_large(m, call, page, i & 1))
			return false;
		if (m->flags & GUEST_F_TOUCH)
			write_large(page);
		t1 = ticks_now();
		guest_add_fault(m, (uint32_t *)m->samples, i, t1 - t0, from, ledger_read(ledger));
		__builtin_ia32_pause();
	}
	return true;
}

void guest_touch_large(struct guest_mailbox *m, struct guest_common *c, uint64_t call)
{
	if (!barrier_wait(&c->start))
		return;
	mark(MARK_START);
	m->start = ledger_read((const struct ledger *)guest_params.ledger);
	m->start_tsc = ticks_now();
	for (uint64_t i = 0; i < m->rounds && touch_large(m, call); i++)
		;
	m->end_tsc = ticks_now();
	m->end = ledger_read((const struct ledger *)guest_params.ledger);
	mark(MARK_STOP);
	barrier_wait(&c->end);
}

void guest_verify_large(struct guest_mailbox *m)
{
	const uint32_t *order = (const uint32_t *)m->order;

	m->result = 0;
	for (uint64_t i = 0; i < m->count; i++)
		for (uint64_t j = 0; j < GUEST_LARGE_PAGES; j++) {
			uint64_t page = m->base + ((uint64_t)(order[i] + j) << 12);

			m->result += *(volatile uint64_t *)page != page;
		}
}
