// SPDX-License-Identifier: GPL-2.0-or-later
#include "common.h"
#include "../mark.h"

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
	block_expect(b, "seamcall.mem_page_aug.ok", (int64_t)block_all_pages(b));
	block_expect(b, "softtdx.accept_ok", (int64_t)block_all_pages(b));
	block_expect_mapped(b, (int64_t)b->pages);
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
	vm_punch_hole(&b->vm, 0, b->pages * b->small_pages * PAGE_BYTES);
}

struct share zap_timed(struct block *b, void (*zap)(struct block *b))
{
	struct block_reading start, returned, end;

	block_begin(b);
	mark(MARK_START);
	block_spin_inside(b);
	start = block_read_start(b);
	block_stall_start(b, &start);
	zap(b);
	returned = block_read_end(b);
	block_stall_stop(b, &returned);
	mark(MARK_STOP);
	block_wait_deferred(b);
	end = block_read_end(b);
	block_end(b);
	block_host_span(b, &start, &returned, b->pages);
	return block_stretch(b, &start, &end, false);
}

void zap_metrics(struct block *b, const struct share *until_free)
{
	double units = (double)b->units;

	block_share_metric(b, "zap_per_page", &b->share, units, b->units);
	block_share_metric(b, "zap_free_per_page", until_free, units, b->units);
	block_metric(b, "deferred_pages_peak", (double)block_deferred_peak(b), 1);
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
		     removed(b) + block_counter(b, "seamcall.mem_range_unblock.ok") +
		     block_counter(b, "seamcall.mem_page_demote.ok"));
}

void check_removals(struct block *b)
{
	check_blocks_are_matched(b);
	block_expect_at_least(b, "seamcall.phymem_page_wbinvd.ok", removed(b));
	/* Of the variants that count the page tables they remove. */
	if (counters_find(b->delta, "kvm.mmu_ext_pruned"))
		block_expect(b, "seamcall.mem_sept_remove.ok",
			     block_counter(b, "kvm.mmu_ext_pruned"));
}

void zap_check(struct block *b)
{
	block_expect(b, "seamcall.mem_page_remove.ok", (int64_t)b->pages);
	block_expect(b, "seamcall.mem_page_aug.ok", 0);
	block_expect_mapped(b, -(int64_t)b->pages);
	check_removals(b);
}
