// SPDX-License-Identifier: GPL-2.0-or-later
/* The hole of zap, in a range that the guest has accepted by 2M. */
#include "common.h"

static void run(struct block *b)
{
	struct share until_free = zap_timed(b, zap_punch);

	/* By 4K, so that it can be held against zap. */
	b->units = b->pages * b->small_pages;
	zap_metrics(b, &until_free);
}

static void check(struct block *b)
{
	int64_t pages = (int64_t)(b->pages * b->small_pages);

	block_expect(b, "seamcall.mem_page_remove.ok", -block_new_leaves(b));
	block_expect(b, "seamcall.mem_page_aug.ok", 0);
	block_expect_at_least(b, "seamcall.phymem_page_wbinvd.ok", pages);
	block_expect_mapped_large(b, -pages);
	check_removals(b);
}

static const struct case_metric metrics[] = { ZAP_METRICS, { 0 } };

static const struct sept_case case_zap_2m = {
	.name = "zap-2m",
	.summary =
		"as zap, of a range that was accepted by 2M: all of it is punched out of the guest_memfd",
	.measured = "as zap, per 4K page, so that the two can be held against each other",
	.not_measured = "holes of less than 2M: see convert-hole",
	.substrate = CASE_TD,
	.by_name = true,
	.large = true,
	.setup = zap_setup,
	.run = run,
	.check = check,
	.metrics = metrics,
};

SEPT_CASES(&case_zap_2m);
