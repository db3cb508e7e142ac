// SPDX-License-Identifier: GPL-2.0-or-later
/* One 4K page of each 2M goes to shared and back, over and over: the first time costs a split. */
#include "common.h"

#define HOLE		(100 * PAGE_BYTES)	/* somewhere within: both sides of it stay */
#define HOT_ROUNDS	4

static void convert(struct block *b, bool to_private)
{
	vm_convert_pages(&b->vm, HOLE, b->stride * PAGE_BYTES, to_private);
}

static void to_shared(struct block *b)
{
	convert(b, false);
}

static struct share timed_convert(struct block *b, bool to_private)
{
	struct block_reading start = block_read_start(b), end;

	convert(b, to_private);
	end = block_read_end(b);
	return block_stretch(b, &start, &end, false);
}

static void add_share(struct share *sum, const struct share *s)
{
	sum->ticks += s->ticks;
	sum->module += s->module;
	sum->waiting += s->waiting;
	sum->driver += s->driver;
	sum->told = s->told;
}

/* The page is hot: it has been to shared and back before. */
static void run_again(struct block *b)
{
	struct share again = { 0 }, back = { 0 }, s;
	const uint64_t n = HOT_ROUNDS * b->pages;

	for (int i = 0; i < HOT_ROUNDS; i++) {
		s = timed_convert(b, true);
		add_share(&back, &s);
		block_touch_untimed(b, GUEST_F_ACCEPT | GUEST_F_TOUCH);
		s = timed_convert(b, false);
		add_share(&again, &s);
	}
	convert(b, true);
	block_touch_untimed(b, GUEST_F_ACCEPT | GUEST_F_TOUCH);
	block_share_metric(b, "again_per_page", &again, (double)n, n);
	block_share_metric(b, "to_private_per_page", &back, (double)n, n);
}

static void run(struct block *b)
{
	struct share until_free;

	block_touch_small(b, HOLE);
	until_free = zap_timed(b, to_shared);
	zap_metrics(b, &until_free);
	run_again(b);
}

/* The counters are those of the first time. Since then all pages are the guest's again. */
static void check(struct block *b)
{
	block_expect(b, "seamcall.mem_page_remove.ok", (int64_t)b->pages);
	block_expect(b, "seamcall.mem_page_demote.ok", -block_new_large(b));
	block_expect_mapped_large(b, 0);
	check_removals(b);
	block_verify(b);
}

static const struct case_metric metrics[] = {
	ZAP_METRICS,
	EVENT("demotes_per_page", "1/page", "seamcall.mem_page_demote.*",
	      "TDH.MEM.PAGE.DEMOTE, interrupted ones too"),
	TIME("again_per_page", "/page", "lower", 0,
	     "the same page to shared when it has been there before, until the call returns"),
	TIME("to_private_per_page", "/page", "lower", 0, "the way back, until the call returns"),
	{ 0 }
};

static const struct sept_case case_convert_hole = {
	.name = "convert-hole",
	.summary =
		"one 4K page in each 2M that the guest has accepted is made shared and private again, 5 times",
	.measured =
		"KVM_SET_MEMORY_ATTRIBUTES of one page to shared: the first time (zap_*, and all events "
		"and locks), which splits what is mapped by 2M, and the four after it (again_*)",
	.not_measured =
		"the guest's request (MapGPA), its ACCEPT of the page; vCPUs that are in the guest",
	.substrate = CASE_TD,
	.by_name = true,
	.large = true,
	.setup = zap_setup,
	.run = run,
	.check = check,
	.metrics = metrics,
};

SEPT_CASES(&case_convert_hole);
