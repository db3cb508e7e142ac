// SPDX-License-Identifier: GPL-2.0-or-later
#include "klog.h"

#include <stdio.h>
#include <string.h>

static const char * const bad[] = {
	"WARNING:",
	"BUG:",
	"kernel BUG at",
	"Oops",
	"Kernel panic",
	"general protection",
	"possible recursive locking",
	"possible circular locking",
	"inconsistent lock state",
	"bad unlock balance",
	"suspicious RCU usage",
	"detected stall",		/* "rcu: INFO: rcu_preempt self-detected stall on CPU" */
	"detected stalls",
	"blocked for more than",
	"soft lockup",
	"KASAN:",
	"UBSAN:",
	"ODEBUG:",
	"list_add corruption",
	"list_del corruption",
	"Call Trace:",
};

/* Reports on the stock kernel that were looked at: by both functions, with why each stands. */
static const char *const known[] = {
	/*
	 * A fault's snapshot of mmu_invalidate_seq is a plain read. It may be old or new: smp_rmb()
	 * orders what follows, and is_page_fault_stale() looks again with mmu_lock held.
	 */
	"KCSAN: data-race in kvm_mmu_faultin_pfn [kvm] / kvm_mmu_invalidate_end [kvm]",
	/* wait_event_timeout() on a flag that the keyboard's interrupt clears; nothing of KVM. */
	"KCSAN: data-race in ps2_do_sendbyte / ps2_interrupt",
};

/* The same where one function says too little: of the report that starts so, a line has @by. */
static const struct {
	const char *title, *by;
} known_by_trace[] = {
	/*
	 * Who is to flush a process's TLB is read from mm_cpumask() while another CPU switches to
	 * that process and sets its bit, in code that KCSAN does not see (arch/x86/mm): the CPU
	 * whose bit comes late finds the new page table. KVM's own masks go another way.
	 */
	{ "KCSAN: data-race in _find_first_and_bit", " flush_tlb_mm_range+" },
	/*
	 * The scheduler reads which CPUs are idle while one more sets its bit. If it misses that
	 * bit, it sees has_blocked, which that CPU sets after it (nohz_balance_enter_idle()), and
	 * looks again. Nothing of KVM.
	 */
	{ "KCSAN: data-race in _find_first_bit", " _nohz_idle_balance." },
};

/* The line that ends a report of KCSAN's, and starts it. */
static bool is_rule(const char *line)
{
	return strstr(line, "==================");
}

static int index_by_trace(const char *line)
{
	for (size_t i = 0; i < sizeof(known_by_trace) / sizeof(known_by_trace[0]); i++)
		if (strstr(line, known_by_trace[i].title))
			return (int)i;
	return -1;
}

/* TDX_BUG_ON of tdx.c: "kvm_intel: SEAMCALL TDH_MEM_PAGE_REMOVE failed: 0xc0000b0800000001, ..." */
static bool is_failed_seamcall(const char *line)
{
	const char *at = strstr(line, "SEAMCALL ");

	return at && strstr(at, " failed");
}

bool klog_is_bad(const char *line)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(line, known[i]))
			return false;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (strstr(line, bad[i]))
			return true;
	return is_failed_seamcall(line);
}

/* A report that may turn out to be known counts until its trace says so. */
static void look_at_trace(struct klog *k)
{
	if (k->open && strstr(k->line, known_by_trace[k->open - 1].by)) {
		k->nr_found--;
		k->open = 0;
	} else if (is_rule(k->line)) {
		k->open = 0;
	}
}

static void judge_line(struct klog *k)
{
	look_at_trace(k);
	if (!klog_is_bad(k->line))
		return;
	k->open = index_by_trace(k->line) + 1;
	if (k->nr_found++ < KLOG_KEEP)
		memcpy(k->found[k->nr_found - 1], k->line, sizeof(k->line));
}

static void end_line(struct klog *k)
{
	k->line[k->len] = 0;
	k->len = 0;
	/* A guest's own words are no kernel report, whatever they quote. */
	if (strncmp(k->line, "septbench: ", 11))
		judge_line(k);
	if (k->each)
		k->each(k->line, k->arg);
}

void klog_feed(struct klog *k, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			end_line(k);
		else if (text[i] != '\r' && text[i] != 0 && k->len < KLOG_LINE - 1)
			k->line[k->len++] = text[i];
	}
}
