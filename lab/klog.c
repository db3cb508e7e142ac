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

static void end_line(struct klog *k)
{
	k->line[k->len] = 0;
	k->len = 0;
	/* A guest's own words are no kernel report, whatever they quote. */
	if (strncmp(k->line, "septbench: ", 11) && klog_is_bad(k->line) &&
	    k->nr_found++ < KLOG_KEEP)
		memcpy(k->found[k->nr_found - 1], k->line, sizeof(k->line));
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
