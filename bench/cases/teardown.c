// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a populated TD. */
#include "common.h"

#include <string.h>

#include "../block_internal.h"
#include "../softtdx.h"

/* There is nothing to time before the end; the counters of the TD's life so far are the start. */
static void run(struct block *b)
{
	block_begin(b);
	b->units = b->pages;
	if (!*b->td_path)
		return;
	/* Those are the machine's, and the totals' already. */
	counters_drop(b->before, "pamt.*");
	counters_drop(b->before, "softtdx.reset_paddr");
	softtdx_add_totals(b->before);
}

/* Of a TD that is gone the module keeps SEAMCALLs alone, added to those of the dead before it. */
static void count_seamcalls(struct block *b)
{
	size_t kept = 0;

	b->delta->nr = 0;
	if (!*b->td_path || softtdx_add_totals(b->delta))
		return;
	counters_subtract(b->delta, b->before);
	for (size_t i = 0; i < b->delta->nr; i++)
		if (!strncmp(b->delta->c[i].name, "seamcall.", 9) ||
		    !strncmp(b->delta->c[i].name, "pamt.", 5) ||
		    !strcmp(b->delta->c[i].name, "softtdx.reset_paddr"))
			b->delta->c[kept++] = b->delta->c[i];
	b->delta->nr = kept;
}

/* Where the key id can go first, no page is removed from a TD that could still run. */
static void check_terminated(struct block *b)
{
	if (!*b->td_path || !b->vm.can_terminate)
		return;
	block_expect(b, "seamcall.mem_page_remove.ok", 0);
	block_expect(b, "seamcall.mem_track.ok", 0);
	block_expect_at_least(b, "seamcall.phymem_page_reclaim.ok", (int64_t)b->pages);
}

static void gone(struct block *b, uint64_t start, uint64_t end)
{
	struct block_reading from = { .ticks = start, .sums = b->gone[0] };
	struct block_reading to = { .ticks = end, .sums = b->gone[1] };

	block_host_span(b, &from, &to, b->pages);
	block_share_metric(b, "teardown_per_page", &b->share, (double)b->pages, b->pages);
	count_seamcalls(b);
	block_add_window(b);
	metrics_from_counters(b);
	check_blocks_are_matched(b);
	check_terminated(b);
	block_check_locks(b);
}

static const struct case_metric metrics[] = {
	TIME("teardown_per_page", "/page", "lower", METRIC_WALL,
	     "from the closing of the TD's first file, or KVM_TDX_TERMINATE_VM where KVM has that, "
	     "to the closing of its last, per page; mostly waiting"),
	EVENT("tracks_per_page", "1/page", "seamcall.mem_track.*", "TDH.MEM.TRACK, failed ones too"),
	EVENT("blocks_per_page", "1/page", "seamcall.mem_range_block.*",
	      "TDH.MEM.RANGE.BLOCK, failed ones too"),
	EVENT("removes_per_page", "1/page", "seamcall.mem_page_remove.*",
	      "TDH.MEM.PAGE.REMOVE, failed ones too"),
	EVENT("wbinvds_per_page", "1/page", "seamcall.phymem_page_wbinvd.*", "TDH.PHYMEM.PAGE.WBINVD"),
	/*
	 * Not gated, nor better if fewer: a page goes back by REMOVE or by RECLAIM, as the design
	 * has it, and the oracle sees to it that each goes back.
	 */
	{ .name = "reclaims_per_page", .unit = "1/page", .better = "none", .class = METRIC_BOUNDED,
	  .clock = METRIC_ANY, .counters = "seamcall.phymem_page_reclaim.*",
	  .help = "TDH.PHYMEM.PAGE.RECLAIM: page tables and the TD's own pages, and where the key id went "
		  "first the private pages too" },
	KERNEL_METRICS("page"),
	{ 0 }
};

static const struct sept_case case_teardown = {
	.name = "teardown",
	.summary = "the end of a populated TD whose files are closed, vCPUs first, then memory, then the VM",
	.measured =
		"removal of the private pages when their guest_memfd goes, the release of the key id, "
		"RECLAIM of page tables and of the TD's own pages; where KVM has KVM_TDX_TERMINATE_VM "
		"that comes before all, and private pages are reclaimed",
	.not_measured = "kicks: no vCPU is left to kick",
	.substrate = CASE_TD,
	.setup = zap_setup,
	.run = run,
	.check = block_verify,
	.gone = gone,
	.metrics = metrics,
};

SEPT_CASES(&case_teardown);
