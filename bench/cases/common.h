/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several cases have in common. */
#ifndef BENCH_CASES_COMMON_H
#define BENCH_CASES_COMMON_H

#include "../block.h"
#include "../metrics.h"

/*
 * Rows of a metric table. A time: @u is "" or "/page", to go behind the clock's unit; @g is the
 * clocks under which it may fail a comparison, or 0. One time of each case gates under wall, since
 * every row more that does makes all of them harder to tell from noise; under TCG it is the time of
 * that emulation and gates that alone. Means and tails hold timer ticks: they do not gate under
 * count.
 */
#define TIME(n, u, b, g, h) \
	{ .name = n, .unit = u, .better = b, .time = true, .clock = METRIC_ANY, .gated = g, \
	  .class = (g) & METRIC_COUNT ? METRIC_EXACT : METRIC_BOUNDED, .help = h }

/*
 * Counted events per fault or page. Those that depend on who meets whom when are not gated.
 * GATED_EVENT is the one or the other: @g is METRIC_COUNT or 0.
 */
#define GATED_EVENT(g, n, u, c, h) \
	{ .name = n, .unit = u, .better = "lower", .class = (g) ? METRIC_EXACT : METRIC_BOUNDED, \
	  .clock = METRIC_ANY, .gated = g, .counters = c, .help = h }
#define EVENT(n, u, c, h) GATED_EVENT(METRIC_COUNT, n, u, c, h)
#define SCHEDULE_EVENT(n, u, c, h) GATED_EVENT(0, n, u, c, h)
/*
 * The events themselves, as the module sees them: a patch may TRACK or kick where no counter of the
 * base patch is. Those stand in where nobody sees the module's side, on a TDX host.
 */
#define TRACKS "seamcall.mem_track.*|kvm.tdx_tracks"
#define KICKS "softtdx.kick|kvm.tdx_kicks"
/* A number of events or pages in all of the timed part. */
#define ABSOLUTE(n, u, h) \
	{ .name = n, .unit = u, .better = "none", .class = METRIC_BOUNDED, .clock = METRIC_ANY, \
	  .help = h }
/*
 * What the kernel does of these per fault or page, in any VM (kmod/softtdx/glue/count.h): mmu_lock
 * of KVM, and pages, slab objects and IPIs of the whole machine in the timed part. What there is of
 * dynamic PAMT only a kernel that uses it has. @per is the unit.
 */
#define LOCK_INSN(n, per, c, h) \
	{ .name = n per, .unit = "insn/" per, .better = "lower", .class = METRIC_BOUNDED, \
	  .clock = METRIC_COUNT, .counters = c, .help = h }
#define KERNEL_METRICS(per) \
	SCHEDULE_EVENT("mmu_lock_read_per_" per, "1/" per, "mmu_lock.read", \
		       "times mmu_lock was taken to read"), \
	SCHEDULE_EVENT("mmu_lock_write_per_" per, "1/" per, "mmu_lock.write", \
		       "times mmu_lock was taken to write"), \
	LOCK_INSN("mmu_lock_read_held_per_", per, "mmu_lock.read_held", \
		  "the kernel's instructions while it was held to read; all CPUs'"), \
	LOCK_INSN("mmu_lock_write_held_per_", per, "mmu_lock.write_held", \
		  "the kernel's instructions while it was held to write; all CPUs'"), \
	LOCK_INSN("mmu_lock_write_held_module_per_", per, "mmu_lock.write_held_module", \
		  "the instruments' in that time: SEAMCALLs under the lock"), \
	SCHEDULE_EVENT("mmu_lock_contended_per_" per, "1/" per, \
		       "mmu_lock.read_contended mmu_lock.write_contended", \
		       "times somebody had to wait for it"), \
	LOCK_INSN("mmu_lock_waited_per_", per, "mmu_lock.read_waited mmu_lock.write_waited", \
		  "the kernel's instructions while somebody waited for it; all CPUs'"), \
	SCHEDULE_EVENT("pamt_lock_per_" per, "1/" per, "pamt_lock.taken", \
		       "times the lock round dynamic PAMT's pairs was taken"), \
	SCHEDULE_EVENT("pamt_lock_contended_per_" per, "1/" per, "pamt_lock.contended", \
		       "times somebody else had it then"), \
	LOCK_INSN("pamt_lock_held_per_", per, "pamt_lock.held", \
		  "the kernel's instructions while it was held; all CPUs'"), \
	LOCK_INSN("pamt_lock_held_module_per_", per, "pamt_lock.held_module", \
		  "the instruments' in that time: PAMT.ADD and PAMT.REMOVE"), \
	LOCK_INSN("pamt_lock_waited_per_", per, "pamt_lock.waited", \
		  "the kernel's instructions while somebody waited for it; all CPUs'"), \
	SCHEDULE_EVENT("pamt_adds_per_" per, "1/" per, "pamt.adds", \
		       "TDH.PHYMEM.PAMT.ADD, failed ones too"), \
	SCHEDULE_EVENT("pamt_removes_per_" per, "1/" per, "pamt.removes", \
		       "TDH.PHYMEM.PAMT.REMOVE, failed ones too"), \
	SCHEDULE_EVENT("pages_alloc_per_" per, "page/" per, "kernel.pages_alloc", \
		       "pages allocated, in 4K, for slabs too"), \
	SCHEDULE_EVENT("pages_free_per_" per, "page/" per, "kernel.pages_free", "pages freed"), \
	SCHEDULE_EVENT("slab_alloc_per_" per, "1/" per, "kernel.slab_alloc", \
		       "objects allocated by kmalloc() and from slab caches"), \
	SCHEDULE_EVENT("slab_free_per_" per, "1/" per, "kernel.slab_free", "such objects freed"), \
	SCHEDULE_EVENT("ipis_per_" per, "1/" per, "kernel.ipis", \
		       "interrupts sent from CPU to CPU: kicks, TLB flushes, wake-ups")

/*
 * Metrics of any case that times single faults; @p50 and @mean say under which clocks the two gate.
 * The median does not under count where the schedule decides what a fault is, nor in the control
 * arm; under wall at most one of them does.
 */
#define FAULT_TIME_METRICS(p50, mean) \
	TIME("fault_p50", "", "lower", p50, "median fault, less the empty measurement"), \
	TIME("fault_p90", "", "lower", 0, "90th percentile of the same"), \
	TIME("fault_p99", "", "lower", 0, "99th percentile of the same"), \
	TIME("fault_p999", "", "lower", 0, "99.9th percentile of the same"), \
	TIME("fault_max", "", "lower", 0, \
	     "longest fault: mostly a timer tick or other CPUs' turns"), \
	TIME("fault_mean", "/fault", "lower", mean, \
	     "from first start to last end, all CPUs, by the faults of all vCPUs"), \
	TIME("start_skew", "", "none", 0, "from the first vCPU's start to the last's"), \
	TIME("harness_per_fault", "/fault", "none", 0, \
	     "the driver's own loop, without the fault"), \
	{ .name = "harness_share", .unit = "%", .better = "none", .class = METRIC_BOUNDED, \
	  .clock = METRIC_ANY, .help = "that loop's share of the mean fault" }

/* Event counts of populating, in any VM; @g: METRIC_COUNT, or 0 where the schedule decides them. */
#define FAULT_EVENT_METRICS(g) \
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
	GATED_EVENT(g, "remote_tlb_flush_per_fault", "1/fault", "kvm.remote_tlb_flush", \
	      "KVM's flushes of all vCPUs' TLBs"), \
	GATED_EVENT(g, "flush_requests_per_fault", "1/fault", "kvm.remote_tlb_flush_requests", \
	    "requests for such a flush"), \
	KERNEL_METRICS("fault")

/* Event counts of populating a TD; @g as above. */
#define TD_EVENT_METRICS(g) \
	GATED_EVENT(g, "augs_per_fault", "1/fault", "seamcall.mem_page_aug.*", \
	      "TDH.MEM.PAGE.AUG, failed ones too"), \
	GATED_EVENT(g, "sept_adds_per_fault", "1/fault", "seamcall.mem_sept_add.*", \
	      "TDH.MEM.SEPT.ADD, failed ones too"), \
	GATED_EVENT(g, "tracks_per_fault", "1/fault", TRACKS, "TDH.MEM.TRACK, failed ones too"), \
	GATED_EVENT(g, "kicks_per_fault", "1/fault", KICKS, \
	      "times TDX asked all vCPUs out of the guest"), \
	GATED_EVENT(g, "epoch_flushes_per_fault", "1/fault", "softtdx.epoch_flush", \
	      "entries that flushed for a new TLB epoch"), \
	SCHEDULE_EVENT("busy_per_fault", "1/fault", "seamcall.*.busy_*", \
		       "SEAMCALLs that came back BUSY, VP.ENTER too"), \
	SCHEDULE_EVENT("td_exits_per_fault", "1/fault", "softtdx.td_exit", \
		       "exits of the TD, timer ticks too"), \
	SCHEDULE_EVENT("accept_busy_per_fault", "1/fault", "guest.accept_busy", \
		       "ACCEPT tries that came back BUSY to the guest")

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
#define SEPT_EXITS(g) \
	GATED_EVENT(g, "sept_exits_per_fault", "1/fault", \
	    "softtdx.exit_ept_private softtdx.exit_ept_accept", \
	    "exits by EPT violations on private memory: the guest's accesses and its ACCEPTs")

/*
 * Time of a zap: until the call returns, which gates under the clocks @g, and until nothing of it
 * is left to do.
 */
#define PLAIN_ZAP_TIME_METRICS(g) \
	TIME("zap_per_page", "/page", "lower", g, "until the call returns, per page; a mean"), \
	TIME("zap_free_per_page", "/page", "lower", 0, \
	     "until the last page is FREE, grace period included")

#define ZAP_TIME_METRICS \
	PLAIN_ZAP_TIME_METRICS(METRIC_WALL), \
	ABSOLUTE("deferred_pages_peak", "page", \
		 "most pages that were neither the guest's nor free; 0: removal is not deferred"), \
	ABSOLUTE("pruned_tables", "table", "page tables removed from the S-EPT of the live TD"), \
	ABSOLUTE("walk_failed", "call", \
		 "SEAMCALLs refused because a table above is blocked (rcu-zap-prune)"), \
	ABSOLUTE("unblocks", "call", "TDH.MEM.RANGE.UNBLOCKs that this took")

#define ZAP_METRICS ZAP_TIME_METRICS, ZAP_EVENT_METRICS

#define ZAP_EVENT_METRICS \
	EVENT("tracks_per_page", "1/page", TRACKS, "TDH.MEM.TRACK, failed ones too"), \
	EVENT("kicks_per_page", "1/page", KICKS, \
	      "times TDX asked all vCPUs out of the guest"), \
	EVENT("blocks_per_page", "1/page", "seamcall.mem_range_block.*", \
	      "TDH.MEM.RANGE.BLOCK, failed ones too"), \
	EVENT("removes_per_page", "1/page", "seamcall.mem_page_remove.*", \
	      "TDH.MEM.PAGE.REMOVE, failed ones too"), \
	EVENT("wbinvds_per_page", "1/page", "seamcall.phymem_page_wbinvd.*", \
	      "TDH.PHYMEM.PAGE.WBINVD"), \
	SCHEDULE_EVENT("remote_tlb_flush_per_page", "1/page", "kvm.remote_tlb_flush", \
		       "KVM's flushes of all vCPUs' TLBs"), \
	SCHEDULE_EVENT("flush_requests_per_page", "1/page", "kvm.remote_tlb_flush_requests", \
		       "requests for such a flush"), \
	SCHEDULE_EVENT("kicks_inside_per_page", "1/page", "softtdx.kick_inside", \
		       "vCPUs that those kicks found in the guest"), \
	SCHEDULE_EVENT("epoch_flushes_per_page", "1/page", "softtdx.epoch_flush", \
		       "entries that flushed for a new TLB epoch"), \
	SCHEDULE_EVENT("busy_per_page", "1/page", "seamcall.*.busy_*", \
		       "SEAMCALLs that came back BUSY"), \
	SCHEDULE_EVENT("td_exits_per_page", "1/page", "softtdx.td_exit", \
		       "exits of the TD, timer ticks too"), \
	KERNEL_METRICS("page")

/*
 * What a Linux guest does to the host in the timed part of a block, as sums. What Linux asks for is
 * given, and the host's part follows.
 */
#define LINUX_EVENT_METRICS \
	EVENT("augs", "call", "seamcall.mem_page_aug.*", "TDH.MEM.PAGE.AUG, failed ones too"), \
	EVENT("sept_adds", "call", "seamcall.mem_sept_add.*", "TDH.MEM.SEPT.ADD, failed ones too"), \
	EVENT("accepted_pages", "page", "softtdx.accept_ok", "ACCEPTs that succeeded"), \
	EVENT("accept_calls", "call", "softtdx.accept", "all ACCEPTs"), \
	EVENT("blocks", "call", "seamcall.mem_range_block.*", "TDH.MEM.RANGE.BLOCK"), \
	EVENT("tracks", "call", TRACKS, "TDH.MEM.TRACK, failed ones too"), \
	EVENT("kicks", "call", KICKS, "times TDX asked all vCPUs out of the guest"), \
	EVENT("removes", "call", "seamcall.mem_page_remove.*", "TDH.MEM.PAGE.REMOVE"), \
	SCHEDULE_EVENT("kicks_inside", "vcpu", "softtdx.kick_inside", \
		       "vCPUs that those kicks found in the guest"), \
	SCHEDULE_EVENT("epoch_flushes", "flush", "softtdx.epoch_flush", \
		       "entries that flushed for a new TLB epoch"), \
	SCHEDULE_EVENT("td_exits", "exit", "softtdx.td_exit", "exits of the TD, timer ticks too"), \
	SCHEDULE_EVENT("exits_vmcall", "exit", "softtdx.exit_tdvmcall", "of those: TDVMCALLs"), \
	SCHEDULE_EVENT("exits_ept", "exit", \
		       "softtdx.exit_ept_private softtdx.exit_ept_accept", \
		       "of those: EPT violations on private memory, ACCEPT's too"), \
	SCHEDULE_EVENT("exits_interrupt", "exit", "softtdx.exit_intr", \
		       "of those: interrupts of the host, also those that post the guest's"), \
	SCHEDULE_EVENT("tdcalls", "call", "softtdx.tdcall", "TDCALLs of any leaf"), \
	SCHEDULE_EVENT("ves", "event", "softtdx.ve", "#VEs that the guest got"), \
	SCHEDULE_EVENT("interrupts", "event", "softtdx.irq", "interrupts that the guest took"), \
	ABSOLUTE("converted_pages", "page", "pages converted, in either direction"), \
	ABSOLUTE("user_exits", "exit", "exits of KVM_RUN to the driver")

/*
 * Registers a file's cases: SEPT_CASES(&case_zap); at its end. `list` and a run have them in the
 * order of the files in meson.build. Aligned, or the compiler pads between files.
 */
#define SEPT_CASES(...) \
	static const struct sept_case *const registered[] \
	__attribute__((used, section("sept_cases"), aligned(sizeof(void *)))) = { __VA_ARGS__ }

/* The order that the case's layout asks for, warm-up, calibration. */
void fault_setup(struct block *b);

/* The timed part: every vCPU touches its pages once; in a TD it accepts them first. */
void fault_run(struct block *b);
void fault_run_td(struct block *b);

/* Every page was added once, whoever asked for it, and reads back as it was written. */
void fault_check_td(struct block *b);

/* What zapping in a VM without S-EPT counts. */
#define PLAIN_ZAP_METRICS \
	PLAIN_ZAP_TIME_METRICS(0), \
	EVENT("remote_tlb_flush_per_page", "1/page", "kvm.remote_tlb_flush", \
	      "KVM's flushes of all vCPUs' TLBs"), \
	EVENT("flush_requests_per_page", "1/page", "kvm.remote_tlb_flush_requests", \
	      "requests for such a flush"), \
	KERNEL_METRICS("page")

/* Zaps: the range is populated by the guest, taken from it in one call, and must be gone. */
void zap_setup(struct block *b);
/*
 * The timed part: @zap, and the wait until nothing of it is left to do. The metrics are set by
 * zap_metrics(), from ->share, ->units and what zap_timed() returns: the time until all was FREE.
 */
struct share zap_timed(struct block *b, void (*zap)(struct block *b));
void zap_metrics(struct block *b, const struct share *until_free);
void zap_punch(struct block *b);
void zap_check(struct block *b);

/*
 * Identities hold for any design, however much it does and when: more events than needed are for a
 * metric to show. With nothing under way each BLOCK has had its REMOVE, UNBLOCK or DEMOTE. The
 * second check adds what holds while the TD lives: what was removed was written back at least once,
 * and a variant that counts the page tables it removes counts the same as the module.
 */
void check_blocks_are_matched(struct block *b);
void check_removals(struct block *b);

#endif
