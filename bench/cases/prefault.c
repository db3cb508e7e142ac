// SPDX-License-Identifier: GPL-2.0-or-later
/* Populating from the host, without TD exit or ACCEPT: nothing but KVM and the TDX module. */
#include "common.h"
#include "../mark.h"
#include "../ticks.h"

/* What touch_pages() does in the guest, with KVM_PRE_FAULT_MEMORY in place of ACCEPT and touch. */
static void prefault_pages(struct block *b, unsigned int index)
{
	struct guest_mailbox *m = b->vm.vcpu[index].mailbox;
	const uint32_t *order = vm_shared_host(&b->vm, m->order);
	uint32_t *samples = m->samples ? vm_shared_host(&b->vm, m->samples) : NULL;

	for (uint64_t i = 0; i < m->count; i++) {
		struct ledger_sums from = ledger_read(b->s->ledger);
		uint64_t t0 = ticks_now(), t1;

		if (m->flags & GUEST_F_TOUCH)
			vm_prefault(&b->vm, index, m->base + order[i] * PAGE_BYTES, PAGE_BYTES);
		t1 = ticks_now();
		guest_add_fault(m, samples, i, t1 - t0, from, ledger_read(b->s->ledger));
		__builtin_ia32_pause();	/* as in the guest: the others' turn under one-thread TCG */
	}
}

static void walk(unsigned int index, void *arg)
{
	struct block *b = arg;
	struct guest_mailbox *m = b->vm.vcpu[index].mailbox;

	barrier_wait(&b->vm.common->start);
	mark(MARK_START);
	m->start = ledger_read(b->s->ledger);
	m->start_tsc = ticks_now();
	prefault_pages(b, index);
	m->end_tsc = ticks_now();
	m->end = ledger_read(b->s->ledger);
	mark(MARK_STOP);
	barrier_wait(&b->vm.common->end);
}

static void setup(struct block *b)
{
	b->walk = walk;
	fault_setup(b);
}

/* The pages stay PENDING: nobody has accepted them, so nobody can read them back. */
static void check(struct block *b)
{
	block_expect(b, "seamcall.mem_page_aug.ok", (int64_t)b->pages);
	block_expect(b, "softtdx.accept", 0);
	block_expect_mapped(b, (int64_t)b->pages);
}

static const struct case_metric metrics[] = {
	/* The median moves by 0.15 % when the kernel is merely rebuilt (ci/rebuilds). */
	FAULT_TIME_METRICS(METRIC_WALL, 0), FAULT_EVENT_METRICS(METRIC_COUNT),
	TD_EVENT_METRICS(METRIC_COUNT), RACE_METRICS,
	SEPT_EXITS(METRIC_COUNT), { 0 }
};

static const struct sept_case case_prefault = {
	.name = "prefault",
	.summary =
		"KVM_PRE_FAULT_MEMORY page by page from the pinned vCPU threads, in random order",
	.measured =
		"the ioctl, KVM's fault with guest_memfd allocation and clearing, SEPT.ADD, PAGE.AUG; "
		"no TD exit, no ACCEPT",
	.not_measured =
		"the guest; calls for more than one page, which would save most of the ioctl",
	.substrate = CASE_TD,
	.setup = setup,
	.run = fault_run_td,
	.check = check,
	.metrics = metrics,
};

SEPT_CASES(&case_prefault);
