// SPDX-License-Identifier: GPL-2.0-only
/* Counts: calls by leaf and class of status, and events, per TD and for the module. */
#include "priv.h"

static const char *const class_names[SX_NR_CLASSES] = {
	[SX_S_OK] = "ok", [SX_S_BUSY_TREE] = "busy_tree", [SX_S_BUSY_ENTRY] = "busy_entry",
	[SX_S_BUSY_EPOCH] = "busy_epoch", [SX_S_BUSY_OTHER] = "busy_other",
	[SX_S_PREV_EPOCH] = "prev_epoch", [SX_S_WALK_FAILED] = "walk_failed",
	[SX_S_STATE_INCORRECT] = "state_incorrect", [SX_S_NOT_BLOCKED] = "not_blocked",
	[SX_S_ALREADY_BLOCKED] = "already_blocked", [SX_S_NOT_TRACKED] = "not_tracked",
	[SX_S_NOT_FREE] = "not_free", [SX_S_OTHER] = "other",
};

static const char *const count_names[SX_NR_COUNTS] = {
	[SX_C_INJECTED_BUSY] = "injected_busy",
	[SX_C_EPOCH_FLUSH] = "epoch_flush",
	[SX_C_ASSOC_FLUSH] = "assoc_flush",
	[SX_C_LP_FLUSH] = "lp_flush",
	[SX_C_TD_EXIT] = "td_exit",
	[SX_C_EXIT_EPT_PRIVATE] = "exit_ept_private",
	[SX_C_EXIT_EPT_ACCEPT] = "exit_ept_accept",
	[SX_C_ZERO_STEP_ARMED] = "zero_step_armed",
	[SX_C_ZERO_STEP_SYNTH] = "zero_step_synth",
	[SX_C_ACCEPT] = "accept",
	[SX_C_ACCEPT_OK] = "accept_ok",
	[SX_C_ACCEPT_BUSY] = "accept_busy",
};

/* Slots count from 1, so that an unimplemented leaf has none. */
static const struct {
	const char *name;
	u8 slot;
} leaf_names[SX_NR_LEAVES] = {
	[SX_VP_ENTER] = { "vp_enter", 1 },
	[SX_MNG_ADDCX] = { "mng_addcx", 2 },
	[SX_MEM_PAGE_ADD] = { "mem_page_add", 3 },
	[SX_MEM_SEPT_ADD] = { "mem_sept_add", 4 },
	[SX_VP_ADDCX] = { "vp_addcx", 5 },
	[SX_MEM_PAGE_AUG] = { "mem_page_aug", 6 },
	[SX_MEM_RANGE_BLOCK] = { "mem_range_block", 7 },
	[SX_MNG_KEY_CONFIG] = { "mng_key_config", 8 },
	[SX_MNG_CREATE] = { "mng_create", 9 },
	[SX_VP_CREATE] = { "vp_create", 10 },
	[SX_MNG_RD] = { "mng_rd", 11 },
	[SX_MR_EXTEND] = { "mr_extend", 12 },
	[SX_MR_FINALIZE] = { "mr_finalize", 13 },
	[SX_VP_FLUSH] = { "vp_flush", 14 },
	[SX_MNG_VPFLUSHDONE] = { "mng_vpflushdone", 15 },
	[SX_MNG_KEY_FREEID] = { "mng_key_freeid", 16 },
	[SX_MNG_INIT] = { "mng_init", 17 },
	[SX_VP_INIT] = { "vp_init", 18 },
	[SX_MEM_SEPT_RD] = { "mem_sept_rd", 19 },
	[SX_VP_RD] = { "vp_rd", 20 },
	[SX_PHYMEM_PAGE_RECLAIM] = { "phymem_page_reclaim", 21 },
	[SX_MEM_PAGE_REMOVE] = { "mem_page_remove", 22 },
	[SX_MEM_SEPT_REMOVE] = { "mem_sept_remove", 23 },
	[SX_MEM_TRACK] = { "mem_track", 24 },
	[SX_MEM_RANGE_UNBLOCK] = { "mem_range_unblock", 25 },
	[SX_PHYMEM_CACHE_WB] = { "phymem_cache_wb", 26 },
	[SX_PHYMEM_PAGE_WBINVD] = { "phymem_page_wbinvd", 27 },
	[SX_VP_WR] = { "vp_wr", 28 },
	[SX_MEM_PAGE_DEMOTE] = { "mem_page_demote", 29 },
	[SX_PHYMEM_PAMT_ADD] = { "phymem_pamt_add", 30 },
	[SX_PHYMEM_PAMT_REMOVE] = { "phymem_pamt_remove", 31 },
	[SX_MEM_PAGE_PROMOTE] = { "mem_page_promote", 32 },
	[SX_MEM_PAGE_RELOCATE] = { "mem_page_relocate", 33 },
	[SX_MEM_RD] = { "mem_rd", 34 },
	[SX_MEM_WR] = { "mem_wr", 35 },
};

const char *sx_release_name(enum sx_release r)
{
	static const char *const names[SX_NR_RELEASES] = {
		[SX_R_1_5_01] = "1.5.01", [SX_R_1_5_05] = "1.5.05",
		[SX_R_1_5_16] = "1.5.16", [SX_R_1_5_25] = "1.5.25",
	};

	return (unsigned int)r < SX_NR_RELEASES ? names[r] : NULL;
}

const char *sx_leaf_name(enum sx_leaf leaf)
{
	return (unsigned int)leaf < SX_NR_LEAVES ? leaf_names[leaf].name : NULL;
}

const char *sx_class_name(enum sx_class c)
{
	return (unsigned int)c < SX_NR_CLASSES ? class_names[c] : NULL;
}

const char *sx_count_name(enum sx_count c)
{
	return (unsigned int)c < SX_NR_COUNTS ? count_names[c] : NULL;
}

static enum sx_class busy_class(u64 status)
{
	switch ((u32)status) {
	case SX_OP_SEPT_TREE:
		return SX_S_BUSY_TREE;
	case SX_OP_RCX:
		return SX_S_BUSY_ENTRY;
	case SX_OP_TD_EPOCH:
		return SX_S_BUSY_EPOCH;
	default:
		return SX_S_BUSY_OTHER;
	}
}

enum sx_class sx_status_class(u64 status)
{
	switch (status & SX_STATUS_MASK) {
	case SX_SUCCESS:
		return SX_S_OK;
	case SX_OPERAND_BUSY:
		return busy_class(status);
	case SX_PREVIOUS_TLB_EPOCH_BUSY:
		return SX_S_PREV_EPOCH;
	case SX_EPT_WALK_FAILED:
		return SX_S_WALK_FAILED;
	case SX_EPT_ENTRY_STATE_INCORRECT:
		return SX_S_STATE_INCORRECT;
	case SX_GPA_RANGE_NOT_BLOCKED:
		return SX_S_NOT_BLOCKED;
	case SX_GPA_RANGE_ALREADY_BLOCKED:
		return SX_S_ALREADY_BLOCKED;
	case SX_TLB_TRACKING_NOT_DONE:
		return SX_S_NOT_TRACKED;
	case SX_EPT_PAGE_NOT_FREE:
		return SX_S_NOT_FREE;
	default:
		return SX_S_OTHER;
	}
}

static void add(u64 *to, u64 n)
{
	__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

static u64 get(u64 *from)
{
	return __atomic_load_n(from, __ATOMIC_RELAXED);
}

/* @td may be NULL: then the call is the module's. @leaf is an implemented one. */
void sx_count_call(struct sx_sys *sys, struct sx_td *td, enum sx_leaf leaf, u64 status)
{
	struct sx_counts *n = td ? &td->counts : &sys->totals;

	add(&n->leaf[leaf_names[leaf].slot - 1][sx_status_class(status)], 1);
}

/*
 * WBINVD names a page that belongs to nobody; its key id tells the TD. Counting in the key id's own
 * entry needs no lock on the TD, and a lock there would make WBINVD fail calls that it cannot fail
 * on TDX.
 */
void sx_count_wbinvd(struct sx_sys *sys, u32 hkid, u64 status)
{
	if (!hkid || hkid >= sys->nr_hkids)
		sx_count_call(sys, NULL, SX_PHYMEM_PAGE_WBINVD, status);
	else
		add(&sys->kot[hkid].wbinvd[sx_status_class(status)], 1);
}

/* The key id is about to be free for another TD: under the KOT lock. */
void sx_count_fold_hkid(struct sx_td *td)
{
	u64 *to = td->counts.leaf[leaf_names[SX_PHYMEM_PAGE_WBINVD].slot - 1];
	struct sx_kot *k = &td->sys->kot[td->hkid];
	int i;

	for (i = 0; i < SX_NR_CLASSES; i++)
		add(&to[i], __atomic_exchange_n(&k->wbinvd[i], 0, __ATOMIC_RELAXED));
}

/* The TD is about to end: under its TDR held exclusively. */
void sx_count_fold(struct sx_td *td)
{
	struct sx_counts *sum = &td->sys->totals, *n = &td->counts;
	int i, j;

	for (i = 0; i < SX_NR_SLOTS; i++) {
		for (j = 0; j < SX_NR_CLASSES; j++)
			add(&sum->leaf[i][j], get(&n->leaf[i][j]));
	}
	for (i = 0; i < SX_NR_COUNTS; i++)
		add(&sum->count[i], get(&n->count[i]));
}

static void copy_out(struct sx_counts *n, struct sx_stats *out)
{
	int i, j;

	for (i = 0; i < SX_NR_LEAVES; i++) {
		u8 slot = leaf_names[i].slot;

		for (j = 0; j < SX_NR_CLASSES; j++)
			out->leaf[i][j] = slot ? get(&n->leaf[slot - 1][j]) : 0;
	}
	for (i = 0; i < SX_NR_COUNTS; i++)
		out->count[i] = get(&n->count[i]);
}

void sx_td_stats(struct sx_td *td, struct sx_stats *out)
{
	struct sx_kot *k = &td->sys->kot[td->hkid];
	int i;

	copy_out(&td->counts, out);
	/* A TD in teardown has had these folded in, and the key id may be another TD's by now. */
	if (__atomic_load_n(&td->lifecycle, __ATOMIC_RELAXED) == TD_TEARDOWN)
		return;
	for (i = 0; i < SX_NR_CLASSES; i++)
		out->leaf[SX_PHYMEM_PAGE_WBINVD][i] += get(&k->wbinvd[i]);
}

void sx_sys_stats(struct sx_sys *sys, struct sx_stats *out)
{
	copy_out(&sys->totals, out);
}
