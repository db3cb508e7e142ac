/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conformance checks of the softtdx core: section by section the rules of docs/softtdx.md, each
 * driven through the core's own interface on a private module instance. The same code runs as the
 * Criterion tests of user space and inside the kernel module.
 *
 * May include: core, hash.
 */
#ifndef SOFTTDX_SELFTEST_H
#define SOFTTDX_SELFTEST_H

#include "core/core.h"

/* Surroundings. Nothing is kept after the run. */
struct sx_st_env {
	void *mem;		/* sx_sys_size(nr_pages) bytes, zeroed, 64-byte aligned */
	/*
	 * Beyond the highest page that alloc() returns. Ends within a 2M frame that has none of
	 * them; no page of it is touched.
	 */
	u64 nr_pages;
	enum sx_release release;	/* whose rules are checked */
	/*
	 * Physical address of 4K << 9 * @level bytes, so aligned, content undefined; 0 if there is
	 * none.
	 */
	u64 (*alloc)(void *arg, unsigned int level);
	void (*free)(void *arg, u64 pa, unsigned int level);
	/* One failed comparison. */
	void (*report)(void *arg, const char *check, const char *what, u64 got, u64 want);
	void *arg;
};

#define SX_SELFTESTS(X)									\
	X(operand_ids) X(check_order) X(walk_stops) X(block_twice) X(tracking) X(prefinalize)	\
	X(sept_remove_child) X(aug_on_pending) X(unblock_restores) X(enter_vs_track)	\
	X(reclaim_rules) X(wbinvd_needs_nda) X(host_priority) X(refcounts)		\
	X(conflict_matrix) X(same_entry)						\
	X(zero_step) X(accept) X(large_pages) X(pamt_hierarchy) X(walk_through)		\
	X(planted_skip_track) X(life_cycle) X(hkid_cache) X(association) X(vcpu_fields)	\
	X(operands) X(mr) X(injection) X(yield_points) X(flushes) X(counts) X(oracle)	\
	X(entry_format) X(sept_add_flags) X(key_id_bits) X(releases)			\
	X(demote) X(demote_refused) X(demote_interrupted) X(demote_before_finalize)	\
	X(dpamt_pairs) X(dpamt_4k) X(dpamt_2m) X(dpamt_refused) X(dpamt_busy)		\
	X(dpamt_demote) X(dpamt_demote_refused) X(dpamt_boot)				\
	X(promote) X(promote_refused) X(promote_pieces) X(promote_all_pieces)		\
	X(promote_interrupted) X(promote_before_finalize) X(dpamt_promote)		\
	X(relocate) X(relocate_refused) X(dpamt_relocate)				\
	X(mem_word) X(mem_word_refused) X(td_cpuid)					\
	X(cpuid_config) X(cpuid_refused)						\
	X(versions) X(memory_ends) X(promote_1g) X(dpamt_again)				\
	X(five_levels) X(five_levels_refused) X(five_levels_narrow)				\
	X(tdg_info) X(tdg_sys_rd) X(tdg_ve) X(tdg_vm_fields) X(guest_memory)			\
	X(guest_cr0) X(guest_cr4) X(guest_cr_insn) X(tdg_vp_fields) X(nmi_after_ve)		\
	X(pending_is_ve) X(mmio_is_ve)							\
	X(measured) X(rtmr) X(report) X(report_refused)					\
	X(guest_cpuid) X(guest_msr) X(guest_apic) X(guest_random) X(boot)

enum sx_selftest_id {
#define X(name) SX_ST_##name,
	SX_SELFTESTS(X)
#undef X
	SX_NR_SELFTESTS
};

const char *sx_selftest_name(enum sx_selftest_id id);

/* Runs one check. Returns the number of failed comparisons, each reported. One run at a time. */
unsigned int sx_selftest_run(enum sx_selftest_id id, const struct sx_st_env *env);

/*
 * Runs all checks, and then checks that they provoked every status an implemented leaf can return,
 * and that no page is left in the PAMT. Returns the number of failed comparisons.
 */
unsigned int sx_selftest_all(const struct sx_st_env *env);

#endif
