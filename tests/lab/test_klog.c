// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <criterion/criterion.h>

#include "klog.h"

Test(klog, sees_every_kind_of_report)
{
	static const char * const lines[] = {
		"[    1.0] WARNING: CPU: 0 PID: 1 at arch/x86/kvm/mmu/tdp_mmu.c:10 f+0x1/0x2",
		"[    1.0] WARNING: possible circular locking dependency detected",
		"[    1.0] WARNING: suspicious RCU usage",
		"[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000008",
		"[    1.0] BUG: sleeping function called from invalid context at mm/slab.h:1",
		"[    1.0] BUG: KASAN: slab-use-after-free in kvm_mmu_zap+0x1/0x2",
		"[    1.0] kernel BUG at virt/kvm/kvm_main.c:1!",
		"[    1.0] Oops: general protection fault, probably for non-canonical address 0x1: 0000 [#1]",
		"[    1.0] Kernel panic - not syncing: No working init found.",
		"[    1.0] WARNING: inconsistent lock state",
		"[    1.0] rcu: INFO: rcu_preempt self-detected stall on CPU",
		"[    1.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
		"[    1.0] BUG: KCSAN: data-race in kvm_tdp_mmu_map / kvm_tdp_mmu_map",
		"[    1.0] BUG: KCSAN: data-race in kvm_mmu_faultin_pfn [kvm] / tdp_mmu_zap_leafs [kvm]",
		"[    1.0] UBSAN: shift-out-of-bounds in a.c:1:2",
		"[    1.0] Call Trace:",
		"[    1.0] kvm_intel: SEAMCALL TDH_MEM_PAGE_REMOVE failed: 0xc0000b0800000001, entry 0x1, level_state 0x300",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect(klog_is_bad(lines[i]), "%s", lines[i]);
}

Test(klog, leaves_ordinary_lines_alone)
{
	static const char * const lines[] = {
		"", "[    0.0] Linux version 7.3.4 (septbench@lab)",
		"[    0.1] rcu: Preemptible hierarchical RCU implementation.",
		"[    0.2] softtdx: loaded", "[    0.3] debugfs: bug tracker",
		"[    1.0] reboot: Power down",
		"[    1.0] BUG: KCSAN: data-race in kvm_mmu_faultin_pfn [kvm] / kvm_mmu_invalidate_end [kvm]",
		"[    0.1] printk: console [ttyS0] enabled", "SEAMCALL 12 ok, nothing failed?",
	};

	for (size_t i = 0; i + 1 < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect_not(klog_is_bad(lines[i]), "%s", lines[i]);
}

static void count_lines(const char *line, void *arg)
{
	(void)line;
	++*(unsigned int *)arg;
}

static void feed_in_pieces(struct klog *k, const char *text, size_t piece)
{
	for (size_t at = 0, len = strlen(text); at < len; at += piece)
		klog_feed(k, text + at, len - at < piece ? len - at : piece);
}

Test(klog, finds_a_report_however_the_log_is_cut)
{
	static const char text[] =
		"boot\r\n[ 1.0] WARNING: CPU: 0\r\nseptbench: WARNING: my own words\r\nend\r\n";

	for (size_t piece = 1; piece < sizeof(text); piece++) {
		unsigned int lines = 0;
		struct klog k = { .each = count_lines, .arg = &lines };

		feed_in_pieces(&k, text, piece);
		cr_assert_eq(k.nr_found, 1, "pieces of %zu: %zu found", piece, k.nr_found);
		cr_assert_str_eq(k.found[0], "[ 1.0] WARNING: CPU: 0");
		cr_assert_eq(lines, 4);
	}
}

#define RULE	"[ 4.3] ==================================================================\n"
#define TITLE	"[ 4.3] BUG: KCSAN: data-race in _find_first_and_bit+0x38/0x70\n"
#define IDLE	"[ 4.3] BUG: KCSAN: data-race in _find_first_bit+0x2c/0x50\n"
#define END	"[ 4.3] Reported by Kernel Concurrency Sanitizer on:\n" RULE

static size_t found_in(const char *text)
{
	struct klog k = { 0 };

	klog_feed(&k, text, strlen(text));
	return k.nr_found;
}

Test(klog, a_known_report_is_known_by_its_trace_alone)
{
	cr_expect_eq(found_in(RULE TITLE "[ 4.3]  flush_tlb_mm_range+0x23e/0x5e0\n" END), 0);
	cr_expect_eq(found_in(RULE TITLE "[ 4.3]  kvm_make_all_cpus_request+0x1/0x2 [kvm]\n" END), 1);
	cr_expect_eq(found_in(RULE TITLE END "[ 4.4]  flush_tlb_mm_range+0x23e/0x5e0\n"), 1,
		     "a trace that came after the report's end");
	cr_expect_eq(found_in(RULE TITLE "[ 4.3] BUG: other\n[ 4.3]  flush_tlb_mm_range+0x2/0x5\n" END), 2);
	cr_expect_eq(found_in(RULE "[ 4.3] BUG: KCSAN: data-race in kvm_tdp_mmu_map+0x1/0x2\n"
			      "[ 4.3]  flush_tlb_mm_range+0x23e/0x5e0\n" END), 1);
	cr_expect_eq(found_in(RULE TITLE "[ 4.3]  flush_tlb_mm_range+0x1/0x2\n" END "[ 4.4] BUG: x\n"), 1);
	cr_expect_eq(found_in(RULE IDLE "[ 4.3]  _nohz_idle_balance.isra.0+0xb0/0x350\n" END), 0);
	cr_expect_eq(found_in(RULE IDLE "[ 4.3]  flush_tlb_mm_range+0x1/0x2\n" END), 1);
}

Test(klog, survives_long_lines_and_floods)
{
	struct klog k = { 0 };
	char blank[4096];

	memset(blank, 'x', sizeof(blank));
	klog_feed(&k, blank, sizeof(blank));
	klog_feed(&k, "\n", 1);
	for (int i = 0; i < 1000; i++)
		klog_feed(&k, "BUG: again\n", 11);
	cr_assert_eq(k.nr_found, 1000);
	cr_assert_str_eq(k.found[KLOG_KEEP - 1], "BUG: again");
}
