// SPDX-License-Identifier: GPL-2.0-or-later
#include "common.h"
#include "../ticks.h"

void fault_setup(struct block *b, enum order_layout layout)
{
	block_set_order(b, layout);
	block_warm(b);
}

void fault_run_td(struct block *b)
{
	block_touch(b, GUEST_F_ACCEPT | GUEST_F_TOUCH);
	block_fault_metrics(b);
}

void fault_check_td(struct block *b)
{
	block_expect(b, "seamcall.mem_page_aug.ok", (int64_t)b->pages);
	block_expect(b, "softtdx.accept_ok", (int64_t)b->pages);
	block_verify(b);
}

void zap_setup(struct block *b)
{
	fault_setup(b, ORDER_DISJOINT);
	block_touch(b, GUEST_F_ACCEPT | GUEST_F_TOUCH);
	block_verify(b);
}

static void zap_metrics(struct block *b)
{
	double each = (double)b->span / (double)b->units;

	block_metric(b, "zap_insn_per_page", each, b->units);
	block_metric(b, "zap_pages_per_minsn", each > 0 ? 1e6 / each : 0, b->units);
	block_metric(b, "zap_ns_per_page", each, b->units);
	block_metric(b, "zap_pages_per_s", each > 0 ? 1e9 / each : 0, b->units);
}

void zap_range(struct block *b)
{
	uint64_t t0, t1;

	block_begin(b);
	t0 = ticks_now();
	vm_punch_hole(&b->vm, 0, b->pages * PAGE_BYTES);
	t1 = ticks_now();
	block_end(b);
	block_host_span(b, t0, t1, b->pages);
	zap_metrics(b);
}

void zap_check(struct block *b)
{
	block_expect(b, "seamcall.mem_range_block.ok", (int64_t)b->pages);
	block_expect(b, "seamcall.mem_page_remove.ok", (int64_t)b->pages);
	block_expect(b, "seamcall.phymem_page_wbinvd.ok", (int64_t)b->pages);
	block_expect(b, "seamcall.mem_page_aug.ok", 0);
}
