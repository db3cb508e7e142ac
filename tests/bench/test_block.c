// SPDX-License-Identifier: GPL-2.0-or-later
/* What a block makes of KVM's statistics, without a VM. */
#include <criterion/criterion.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <unistd.h>

#include "block_internal.h"
#include "fatal.h"
#include "record/record.h"
#include "run.h"

static struct bench_options options;
static struct session session = { .o = &options };
static struct counters before, delta, gauges;
static struct block block = { .s = &session, .before = &before, .delta = &delta,
			      .gauges = &gauges };

/* A statistics file with one gauge. */
static int stats_file(const char *name, uint64_t value)
{
	struct kvm_stats_header h = { .name_size = 16, .num_desc = 1, .desc_offset = sizeof(h) };
	struct kvm_stats_desc d = { .flags = KVM_STATS_TYPE_INSTANT, .size = 1 };
	char padded[16] = "";
	FILE *f = tmpfile();
	int fd;

	h.data_offset = (unsigned int)(sizeof(h) + sizeof(d) + sizeof(padded));
	snprintf(padded, sizeof(padded), "%s", name);
	fwrite(&h, sizeof(h), 1, f);
	fwrite(&d, sizeof(d), 1, f);
	fwrite(padded, sizeof(padded), 1, f);
	fwrite(&value, sizeof(value), 1, f);
	fflush(f);
	fd = dup(fileno(f));
	fclose(f);
	return fd;
}

static bool holds(const char *statistic, int64_t at_begin, uint64_t now, int64_t want)
{
	bool clean;

	block.rec = record_builder_new("v", "c", 0, 0, false);
	record_builder_oracle_ran(block.rec);
	block.mapped = at_begin;
	block.vm.stats_fd = stats_file(statistic, now);
	block_expect_mapped(&block, want);
	clean = record_builder_oracle_clean(block.rec);
	close(block.vm.stats_fd);
	return clean;
}

/* No TDX module counts here: ->td_path is empty. */
Test(identities, fail_by_kvms_own_statistics)
{
	cr_assert(holds("pages_4k", 10, 74, 64));
	cr_assert(holds("pages_4k", 74, 10, -64));
	cr_assert_not(holds("pages_4k", 10, 73, 64), "a page that was never mapped went unseen");
	cr_assert_not(holds("pages_4k", 74, 11, -64), "a page that stayed mapped went unseen");
}

Test(identities, silent_where_kvm_does_not_say)
{
	cr_assert(holds("other", 10, 0, 64));
	cr_assert(holds("pages_4k", -1, 0, 64));
}

Test(identities, more_events_than_needed_are_for_a_metric)
{
	block.rec = record_builder_new("v", "c", 0, 0, false);
	record_builder_oracle_ran(block.rec);
	counters_add(&delta, "seamcall.", "phymem_page_wbinvd.ok", 128);
	block_expect_at_least(&block, "seamcall.phymem_page_wbinvd.ok", 64);
	cr_assert(record_builder_oracle_clean(block.rec));
	block_expect_at_least(&block, "seamcall.phymem_page_wbinvd.ok", 129);
	cr_assert_not(record_builder_oracle_clean(block.rec));
}

/* Is it taken that a block of @c with 3 vCPUs has @apart AUGs more than ACCEPTs? */
static bool alike(const struct sept_case *c, int64_t apart)
{
	bool clean;

	block.rec = record_builder_new("v", "c", 0, 0, false);
	record_builder_oracle_ran(block.rec);
	block.c = c;
	block.nr_vcpus = 3;
	delta.nr = 0;
	counters_add(&delta, "", "aug", 100 + apart);
	counters_add(&delta, "", "accept", 100);
	block_expect_alike(&block, "aug", "accept");
	clean = record_builder_oracle_clean(block.rec);
	return clean;
}

/* Where a phase of Linux ends, 2 other vCPUs may be between the two; where a block ends, none. */
Test(identities, pairs_are_whole_but_where_a_phase_cuts_them)
{
	static const struct sept_case payload, phase = { .linux_part = "work" };

	cr_expect(alike(&payload, 0));
	cr_expect_not(alike(&payload, 1), "an AUG without an ACCEPT went unseen");
	cr_expect(alike(&phase, 2));
	cr_expect(alike(&phase, -2));
	cr_expect_not(alike(&phase, 3), "an AUG more than there are vCPUs went unseen");
}

/* Is a block valid that has this one counter? */
static bool takes(int64_t v)
{
	block.rec = record_builder_new("v", "c", 0, 0, false);
	block_record_counter(&block, "mmu_lock.write_waited", v);
	return record_builder_valid(block.rec);
}

/* The reader of softtdx's and septcount's files keeps INT64_MAX of a count below zero. */
Test(counters, below_zero_make_the_block_invalid)
{
	cr_expect(takes(0));
	cr_expect(takes((INT64_C(1) << 62) - 1));
	cr_expect_not(takes(INT64_C(1) << 62));
	cr_expect_not(takes(INT64_MAX));
	cr_expect_not(takes(-1));
}

static bool reads(int64_t v)
{
	delta.nr = 0;
	counters_add(&delta, "", "aug", 7);
	counters_add(&delta, "mmu_lock.", "write_waited", v);
	block.rec = record_builder_new("v", "c", 0, 0, false);
	block_check_readings(&block, &delta);
	return record_builder_valid(block.rec);
}

/* Two readings of INT64_MAX differ by 0, and -5 and 3 by 8. */
Test(counters, read_below_zero_make_the_block_invalid)
{
	cr_expect(reads(0));
	cr_expect(reads((INT64_C(1) << 62) - 1));
	cr_expect_not(reads(INT64_MAX));
	cr_expect_not(reads(-5));
}

/* What session_begin() makes ready, ledger and VM, is what blocks count on. */
Test(session, runs_nothing_that_was_not_begun)
{
	struct bench_options o = { .nr_cases = 1, .nr_vcpus = 1, .vcpus = { 1 } };
	struct session s = { .o = &o };

	o.cases[0] = sept_case_find("populate");
	cr_assert_eq(session_run(&s), BENCH_INVALID);
	cr_assert_eq(s.written, 0);
}
