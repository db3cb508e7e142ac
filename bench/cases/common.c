// SPDX-License-Identifier: GPL-2.0-or-later
#include "common.h"
#include "../mark.h"
#include "../ticks.h"

void fault_setup(struct block *b)
{
	block_set_order(b, b->c->layout);
	block_warm(b);
}

void fault_run(struct block *b)
{
	block_touch(b, GUEST_F_TOUCH);
	block_fault_metrics(b);
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
	fault_setup(b);
	block_touch(b, b->vm.td ? GUEST_F_ACCEPT | GUEST_F_TOUCH : GUEST_F_TOUCH);
	block_verify(b);
}

void zap_punch(struct block *b)
{
	vm_punch_hole(&b->vm, 0, b->pages * PAGE_BYTES);
}

uint64_t zap_timed(struct block *b, void (*zap)(struct block *b))
{
	uint64_t t0, t1, t2;

	block_begin(b);
	mark(MARK_START);
	t0 = ticks_now();
	zap(b);
	t1 = ticks_now();
	mark(MARK_STOP);
	block_wait_deferred(b);
	t2 = ticks_now();
	block_end(b);
	block_host_span(b, t0, t1, b->pages);
	return t2 - t0;
}

void zap_metrics(struct block *b, uint64_t free_ticks)
{
	double each = (double)b->span / (double)b->units;
	double until_free = (double)block_time(b, free_ticks) / (double)b->units;

	block_metric(b, "zap_insn_per_page", each, b->units);
	block_metric(b, "zap_pages_per_minsn", each > 0 ? 1e6 / each : 0, b->units);
	block_metric(b, "zap_ns_per_page", each, b->units);
	block_metric(b, "zap_pages_per_s", each > 0 ? 1e9 / each : 0, b->units);
	block_metric(b, "zap_free_insn_per_page", until_free, b->units);
	block_metric(b, "zap_free_ns_per_page", until_free, b->units);
	block_metric(b, "deferred_pages_peak", (double)block_wait_deferred(b), 1);
	block_metric(b, "pruned_tables", (double)block_counter(b, "kvm.mmu_ext_pruned"), 1);
	block_metric(b, "walk_failed", (double)block_counter(b, "kvm.tdx_walk_failed"), 1);
	block_metric(b, "unblocks", (double)block_counter(b, "kvm.tdx_unblocks"), 1);
}

static int64_t removed(const struct block *b)
{
	return block_counter(b, "seamcall.mem_page_remove.ok") +
	       block_counter(b, "seamcall.mem_sept_remove.ok");
}

void check_blocks_are_matched(struct block *b)
{
	block_expect(b, "seamcall.mem_range_block.ok",
		     removed(b) + block_counter(b, "seamcall.mem_range_unblock.ok"));
}

void check_removals(struct block *b)
{
	check_blocks_are_matched(b);
	block_expect(b, "seamcall.phymem_page_wbinvd.ok", removed(b));
	block_expect(b, "seamcall.mem_sept_remove.ok", block_counter(b, "kvm.mmu_ext_pruned"));
}

void zap_check(struct block *b)
{
	block_expect(b, "seamcall.mem_page_remove.ok", (int64_t)b->pages);
	block_expect(b, "seamcall.mem_page_aug.ok", 0);
	check_removals(b);
}
