// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest itself asks for conversions, by MapGPA, as Linux does for memory of devices; in chunks,
 * or a single page over and over. It is the payload that asks, so that nothing else is in it.
 */
#include <errno.h>
#include <string.h>

#include <linux/kvm_para.h>

#include "../fatal.h"
#include "common.h"

/* As VMMs do it: the attribute, and what was private goes back to the host. */
static bool answer(struct vcpu *v)
{
	struct kvm_run *run = v->run;
	bool private = run->hypercall.args[2] & KVM_MAP_GPA_RANGE_ENCRYPTED;
	uint64_t gpa = run->hypercall.args[0], bytes = run->hypercall.args[1] * PAGE_BYTES;
	int r;

	if (run->exit_reason != KVM_EXIT_HYPERCALL || run->hypercall.nr != KVM_HC_MAP_GPA_RANGE)
		return false;
	r = __vm_set_private(v->vm, gpa, bytes, private);
	if (r)
		die("KVM_SET_MEMORY_ATTRIBUTES at 0x%llx: %s", (unsigned long long)gpa, strerror(-r));
	if (!private)
		vm_punch_hole(v->vm, gpa - GUEST_TEST_GPA, bytes);
	run->hypercall.ret = 0;
	return true;
}

static void setup(struct block *b)
{
	zap_setup(b);
	b->vm.answer = answer;
}

static void convert(struct block *b, uint64_t chunk, bool hot)
{
	chunk = block_set_chunks(b, chunk, hot);
	record_builder_param_int(b->rec, "chunk", (int64_t)chunk);
	block_convert(b, chunk);
	block_median_metric(b, "map_p50");
	block_share_metric(b, "convert_per_page", &b->share, (double)b->units, b->units);
	/* What follows verifies all of the range again. */
	block_set_order(b, b->c->layout);
}

static void run_4k(struct block *b)
{
	convert(b, 1, false);
}

static void run_64k(struct block *b)
{
	convert(b, 16, false);
}

static void run_2m(struct block *b)
{
	convert(b, 512, false);
}

static void run_hot(struct block *b)
{
	convert(b, 1, true);
}

static void check(struct block *b)
{
	block_expect(b, "seamcall.mem_page_remove.ok", (int64_t)b->units);
	block_expect(b, "seamcall.mem_page_aug.ok", (int64_t)b->units);
	block_expect(b, "softtdx.accept_ok", (int64_t)b->units);
	block_expect_mapped(b, 0);
	check_removals(b);
	block_verify(b);
}

static const struct case_metric metrics[] = {
	TIME("map_p50", "", "lower", 0,
	     "median of a chunk's two MapGPAs, to shared and to private, as the guest sees them"),
	TIME("convert_per_page", "/page", "lower", METRIC_WALL,
	     "both conversions of a page, its ACCEPT and the first touch; a mean over all vCPUs"),
	EVENT("augs_per_page", "1/page", "seamcall.mem_page_aug.*",
	      "TDH.MEM.PAGE.AUG, failed ones too"),
	ZAP_EVENT_METRICS,
	{ 0 }
};

/* A page converted there and back is the unit of all figures but map_p50. */
#define MAP_GPA(var, case_name, what, how) \
	static const struct sept_case var = { \
		.name = case_name, \
		.summary = "the guest makes " what " shared and private again, by MapGPA", \
		.measured = \
			"two MapGPAs with their exits to user space, KVM_SET_MEMORY_ATTRIBUTES, the hole " \
			"in the guest_memfd, then ACCEPT and the first touch; other vCPUs do the same", \
		.not_measured = "use of the pages while they are shared; Linux' own part of it", \
		.substrate = CASE_TD, \
		.by_name = true, \
		.converts = true, \
		.setup = setup, \
		.run = how, \
		.check = check, \
		.metrics = metrics, \
	}

MAP_GPA(map_gpa_4k, "map-gpa", "each page of the range", run_4k);
MAP_GPA(map_gpa_64k, "map-gpa-64k", "the range in chunks of 64 KiB", run_64k);
MAP_GPA(map_gpa_2m, "map-gpa-2m", "the range in chunks of 2 MiB (or a vCPU's part)", run_2m);
MAP_GPA(map_gpa_hot, "map-gpa-hot", "one page per vCPU, as often as its part has pages,", run_hot);

SEPT_CASES(&map_gpa_4k, &map_gpa_64k, &map_gpa_2m, &map_gpa_hot);
