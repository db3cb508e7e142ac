/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several cases have in common. */
#ifndef BENCH_CASES_COMMON_H
#define BENCH_CASES_COMMON_H

#include "../block.h"
#include "../metrics.h"

/*
 * Rows of a metric table. Times, under one clock or the other; GATED_INSN may fail a comparison.
 * Means and tails hold timer ticks, which on a very busy host have been seen to fall otherwise from
 * boot to boot.
 */
#define INSN(n, u, b, h) \
	{ .name = n, .unit = u, .better = b, .class = METRIC_BOUNDED, .clock = METRIC_COUNT, \
	  .help = h }
#define GATED_INSN(n, u, b, h) \
	{ .name = n, .unit = u, .better = b, .clock = METRIC_COUNT, \
	  .gated = METRIC_COUNT, .help = h }
#define WALL(n, u, b, h) \
	{ .name = n, .unit = u, .better = b, .class = METRIC_NOISY, .clock = METRIC_WALL, \
	  .help = h }
/*
 * One time of each case gates, since every row more that does makes all of them harder to tell from
 * noise. Under TCG it is the time of that emulation and gates that alone.
 */
#define GATED_WALL(n, u, b, h) \
	{ .name = n, .unit = u, .better = b, .class = METRIC_NOISY, .clock = METRIC_WALL, \
	  .gated = METRIC_WALL, .help = h }

/* Counted events per fault or page. Those that depend on who meets whom when are not gated. */
#define EVENT(n, u, c, h) \
	{ .name = n, .unit = u, .better = "lower", .clock = METRIC_ANY, \
	  .gated = METRIC_COUNT, \
	  .counters = c, .help = h }
#define SCHEDULE_EVENT(n, u, c, h) \
	{ .name = n, .unit = u, .better = "lower", .class = METRIC_BOUNDED, .clock = METRIC_ANY, \
	  .counters = c, .help = h }
/* A number of events or pages in all of the timed part. */
#define ABSOLUTE(n, u, h) \
	{ .name = n, .unit = u, .better = "none", .class = METRIC_BOUNDED, .clock = METRIC_ANY, \
	  .help = h }
#define MODULE_INSN(n, u) \
	{ .name = n, .unit = u, .better = "none", .class = METRIC_BOUNDED, .clock = METRIC_COUNT, \
	  .counters = "softtdx.insn", .help = "softtdx's own share of the instructions" }

/*
 * Metrics of any case that times single faults; @row says whether the median gates, INSN or
 * GATED_INSN. It does not where the schedule decides what a fault is, nor in the control arm. @p50
 * and @rate say it of the two in real time, WALL or GATED_WALL: at most one.
 */
#define FAULT_TIME_METRICS(row, p50, rate) \
	row("fault_insn_p50", "insn", "lower", \
		   "median fault, less the empty measurement; all CPUs' instructions in it"), \
	INSN("fault_insn_p90", "insn", "lower", "90th percentile of the same"), \
	INSN("fault_insn_p99", "insn", "lower", "99th percentile of the same"), \
	INSN("fault_insn_max", "insn", "lower", \
	     "longest fault: mostly a timer tick or other CPUs' turns"), \
	INSN("insn_per_fault", "insn/fault", "lower", \
	     "all that all CPUs executed from first start to last end, per fault; a mean"), \
	INSN("start_skew_insn", "insn", "none", "from the first vCPU's start to the last's"), \
	INSN("harness_insn_per_fault", "insn/fault", "none", \
	     "the driver's own loop, without the fault"), \
	p50("fault_ns_p50", "ns", "lower", "median fault, less the empty measurement"), \
	WALL("fault_ns_p90", "ns", "lower", "90th percentile of the same"), \
	WALL("fault_ns_p99", "ns", "lower", "99th percentile of the same"), \
	WALL("fault_ns_p999", "ns", "lower", "99.9th percentile of the same"), \
	WALL("fault_ns_max", "ns", "lower", "longest fault"), \
	rate("faults_per_s", "fault/s", "higher", \
	     "all vCPUs' faults, from first start to last end"), \
	WALL("start_skew_ns", "ns", "none", "from the first vCPU's start to the last's"), \
	WALL("harness_ns_per_fault", "ns/fault", "none", \
	     "the driver's own loop, without the fault"), \
	{ .name = "harness_share", .unit = "%", .better = "none", .class = METRIC_BOUNDED, .clock = METRIC_ANY, \
	  .help = "that loop's share of the mean fault" }

/* Event counts of populating, in any VM; @row as below. */
#define FAULT_EVENT_METRICS(row) \
	SCHEDULE_EVENT("retries_frozen_per_fault", "1/fault", "kvm.pf_retry_frozen", \
		       "tries that met a frozen SPTE"), \
	SCHEDULE_EVENT("retries_cmpxchg_per_fault", "1/fault", "kvm.pf_retry_cmpxchg", \
		       "tries that lost the SPTE to another vCPU"), \
	SCHEDULE_EVENT("retries_external_per_fault", "1/fault", "kvm.pf_retry_external", \
		       "tries that the TDX module turned away (BUSY)"), \
	SCHEDULE_EVENT("retries_stale_per_fault", "1/fault", "kvm.pf_retry_stale", \
		       "tries that an invalidation overtook"), \
	SCHEDULE_EVENT("exits_per_fault", "1/fault", "kvm.exits", \
		       "VM exits as KVM counts them, timer ticks too"), \
	row("remote_tlb_flush_per_fault", "1/fault", "kvm.remote_tlb_flush", \
	      "KVM's flushes of all vCPUs' TLBs")

/* Event counts of populating a TD: EVENT, or SCHEDULE_EVENT where the schedule decides them. */
#define TD_EVENT_METRICS(row) \
	row("augs_per_fault", "1/fault", "seamcall.mem_page_aug.*", \
	      "TDH.MEM.PAGE.AUG, failed ones too"), \
	row("sept_adds_per_fault", "1/fault", "seamcall.mem_sept_add.*", \
	      "TDH.MEM.SEPT.ADD, failed ones too"), \
	row("tracks_per_fault", "1/fault", "kvm.tdx_tracks|seamcall.mem_track.ok", \
	      "TDH.MEM.TRACK"), \
	row("kicks_per_fault", "1/fault", "kvm.tdx_kicks|softtdx.kick", \
	      "times TDX asked all vCPUs out of the guest"), \
	row("epoch_flushes_per_fault", "1/fault", "softtdx.epoch_flush", \
	      "entries that flushed for a new TLB epoch"), \
	SCHEDULE_EVENT("busy_per_fault", "1/fault", "seamcall.*.busy_*", \
		       "SEAMCALLs that came back BUSY, VP.ENTER too"), \
	SCHEDULE_EVENT("td_exits_per_fault", "1/fault", "softtdx.td_exit", \
		       "exits of the TD, timer ticks too"), \
	SCHEDULE_EVENT("accept_busy_per_fault", "1/fault", "guest.accept_busy", \
		       "ACCEPT tries that came back BUSY to the guest"), \
	MODULE_INSN("module_insn_per_fault", "insn/fault")

/*
 * What a fault costs when it loses a race, by variant: tables that were not needed, SEAMCALLs in
 * vain.
 */
#define RACE_METRICS \
	SCHEDULE_EVENT("unused_tables_per_fault", "1/fault", "kvm.pf_unused_sp", \
		       "page tables allocated and then not needed: two pages each"), \
	SCHEDULE_EVENT("lost_seamcalls_per_fault", "1/fault", \
		       "seamcall.mem_page_aug.state_incorrect seamcall.mem_sept_add.state_incorrect", \
		       "SEAMCALLs that found the S-EPT entry populated by another vCPU"), \
	SCHEDULE_EVENT("overwritten_per_fault", "1/fault", "kvm.mmu_mirror_overwritten", \
		       "mirror SPTEs that the SEAMCALL's winner found changed (seamcall-first)"), \
	SCHEDULE_EVENT("walk_failed_per_fault", "1/fault", "seamcall.*.walk_failed", \
		       "SEAMCALLs below an S-EPT entry that is not there")

/* One per fault where vCPUs do not meet at a page; where they do, the schedule decides. */
#define SEPT_EXITS(row) \
	row("sept_exits_per_fault", "1/fault", "softtdx.exit_ept_private", \
	    "exits by private EPT violations")

/* Time of a zap: until the call returns, and until nothing of it is left to do. */
#define PLAIN_ZAP_TIME_METRICS(rate) \
	INSN("zap_insn_per_page", "insn/page", "lower", \
	     "instructions of all CPUs until the call returns, per page; a mean"), \
	INSN("zap_pages_per_minsn", "page/Minsn", "higher", \
	     "pages per million instructions: the same, upside down"), \
	WALL("zap_ns_per_page", "ns/page", "lower", "until the call returns, per page"), \
	rate("zap_pages_per_s", "page/s", "higher", "the same, upside down"), \
	INSN("zap_free_insn_per_page", "insn/page", "lower", \
	     "guest time until the last page is FREE, grace period and idling in it included"), \
	WALL("zap_free_ns_per_page", "ns/page", "lower", \
	     "until the last page is FREE, grace period included")

#define ZAP_TIME_METRICS \
	PLAIN_ZAP_TIME_METRICS(GATED_WALL), \
	ABSOLUTE("deferred_pages_peak", "page", \
		 "most pages that were neither the guest's nor free; 0: removal is not deferred"), \
	ABSOLUTE("pruned_tables", "table", "page tables removed from the S-EPT of the live TD"), \
	ABSOLUTE("walk_failed", "call", \
		 "SEAMCALLs refused because a table above is blocked (rcu-zap-prune)"), \
	ABSOLUTE("unblocks", "call", "TDH.MEM.RANGE.UNBLOCKs that this took")

#define ZAP_METRICS \
	ZAP_TIME_METRICS, \
	EVENT("tracks_per_page", "1/page", "kvm.tdx_tracks|seamcall.mem_track.ok", \
	      "TDH.MEM.TRACK"), \
	EVENT("kicks_per_page", "1/page", "kvm.tdx_kicks|softtdx.kick", \
	      "times TDX asked all vCPUs out of the guest"), \
	EVENT("blocks_per_page", "1/page", "seamcall.mem_range_block.*", \
	      "TDH.MEM.RANGE.BLOCK, failed ones too"), \
	EVENT("removes_per_page", "1/page", "seamcall.mem_page_remove.*", \
	      "TDH.MEM.PAGE.REMOVE, failed ones too"), \
	EVENT("wbinvds_per_page", "1/page", "seamcall.phymem_page_wbinvd.*", \
	      "TDH.PHYMEM.PAGE.WBINVD"), \
	SCHEDULE_EVENT("remote_tlb_flush_per_page", "1/page", "kvm.remote_tlb_flush", \
		       "KVM's flushes of all vCPUs' TLBs"), \
	SCHEDULE_EVENT("kicks_inside_per_page", "1/page", "softtdx.kick_inside", \
		       "vCPUs that those kicks found in the guest"), \
	SCHEDULE_EVENT("epoch_flushes_per_page", "1/page", "softtdx.epoch_flush", \
		       "entries that flushed for a new TLB epoch"), \
	SCHEDULE_EVENT("busy_per_page", "1/page", "seamcall.*.busy_*", \
		       "SEAMCALLs that came back BUSY"), \
	SCHEDULE_EVENT("td_exits_per_page", "1/page", "softtdx.td_exit", \
		       "exits of the TD, timer ticks too"), \
	MODULE_INSN("module_insn_per_page", "insn/page")

/* The order that the case's layout asks for, warm-up, calibration. */
void fault_setup(struct block *b);

/* The timed part: every vCPU touches its pages once; in a TD it accepts them first. */
void fault_run(struct block *b);
void fault_run_td(struct block *b);

/* Every page was added once, whoever asked for it, and reads back as it was written. */
void fault_check_td(struct block *b);

/* What zapping in a VM without S-EPT counts. */
#define PLAIN_ZAP_METRICS \
	PLAIN_ZAP_TIME_METRICS(WALL), \
	EVENT("remote_tlb_flush_per_page", "1/page", "kvm.remote_tlb_flush", \
	      "KVM's flushes of all vCPUs' TLBs"), \
	EVENT("flush_requests_per_page", "1/page", "kvm.remote_tlb_flush_requests", \
	      "requests for such a flush")

/* Zaps: the range is populated by the guest, taken from it in one call, and must be gone. */
void zap_setup(struct block *b);
/*
 * The timed part: @zap, and the wait until nothing of it is left to do. The metrics are set by
 * zap_metrics(), from ->span, ->units and what zap_timed() returns: ticks until all was FREE.
 */
uint64_t zap_timed(struct block *b, void (*zap)(struct block *b));
void zap_metrics(struct block *b, uint64_t free_ticks);
void zap_punch(struct block *b);
void zap_check(struct block *b);

/*
 * With nothing under way each BLOCK has had its REMOVE or its UNBLOCK. Holds for any variant,
 * however much it removes, and when. The second check adds what holds while the TD lives: what was
 * removed was written back, and KVM counts the same page tables as the module.
 */
void check_blocks_are_matched(struct block *b);
void check_removals(struct block *b);

#endif
