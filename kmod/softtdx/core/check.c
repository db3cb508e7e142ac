// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's half of the core: checks a quiet TD's S-EPT against the PAMT, page by page. */
#include "priv.h"

struct check {
	struct sx_td *td;
	struct sx_census n;
	u64 pages;		/* 4K pages seen in the tree */
	unsigned int faults;
	void (*report)(void *arg, const char *what, u64 gpa, u64 value);
	void *arg;
};

static void fault(struct check *k, const char *what, u64 gpa, u64 value)
{
	k->faults++;
	if (k->report)
		k->report(k->arg, what, gpa, value);
}

/*
 * The page an entry points to: in range, of the right type and owner, and met for the first time.
 */
static bool check_page(struct check *k, u64 gpa, u64 val, unsigned int level,
		       enum sx_page_type type)
{
	u64 hpa = val & SX_E_HPA;
	struct sx_pamt *p;

	if (hpa & (sx_level_size(level) - 1) || hpa >> SX_PAGE_SHIFT >= k->td->sys->nr_pages) {
		fault(k, "entry points outside memory or is misaligned", gpa, val);
		return false;
	}
	p = sx_pamt_entry(k->td->sys, hpa, level);
	if (sx_pamt_type(p) != type) {
		fault(k, "PAMT type of the page differs from the entry", gpa, val);
		return false;
	}
	if (p->owner != k->td->tdr >> SX_PAGE_SHIFT) {
		fault(k, "page belongs to another TD", gpa, val);
		return false;
	}
	if (!level && sx_pamt_type(sx_pamt_entry(k->td->sys, hpa, 1)) != SX_PT_NDA) {
		fault(k, "4K page in a frame without 4K entries in the PAMT", gpa, val);
		return false;
	}
	if (p->mark) {
		fault(k, "page is mapped twice", gpa, val);
		return false;
	}
	p->mark = 1;
	k->pages += 1ULL << (9 * level);
	return true;
}

static void check_table(struct check *k, u64 table, u64 gpa, unsigned int level);

static void check_entry(struct check *k, u64 val, u64 gpa, unsigned int level)
{
	enum sx_kind kind = sx_entry_kind(val);
	u64 hpa = val & SX_E_HPA;

	if (val & SX_E_LOCK)
		fault(k, "entry is locked in a quiet TD", gpa, val);
	val &= ~(SX_E_LOCK | SX_E_PRIO);
	if (kind >= E_NR_KINDS || val != sx_entry_make(kind, hpa, level)) {
		fault(k, "entry bits do not fit its state", gpa, val);
		return;
	}
	if (kind == E_FREE)
		return;
	if (!sx_gpa_private(k->td, gpa) || (sx_kind_is_leaf(kind) ? level > 1 : level < 1)) {
		fault(k, "entry in a place where it cannot be", gpa, val);
		return;
	}
	if (sx_kind_is_leaf(kind)) {
		k->n.leaf[sx_entry_state(val)] += 1ULL << (9 * level);
		check_page(k, gpa, val, level, SX_PT_REG);
	} else {
		k->n.tables++;
		if (check_page(k, gpa, val, 0, SX_PT_EPT))
			check_table(k, hpa, gpa, level - 1);
	}
}

static void check_table(struct check *k, u64 table, u64 gpa, unsigned int level)
{
	u64 *entry = sx_page_va(k->td->sys, table);
	int i;

	for (i = 0; i < SX_ENTRIES; i++)
		check_entry(k, __atomic_load_n(&entry[i], __ATOMIC_ACQUIRE),
			    gpa + (u64)i * sx_level_size(level), level);
}

/*
 * The other direction: every page the PAMT says is the TD's must have been met. Clears the marks,
 * and returns how many pages hold the TD's own state, which no S-EPT entry points to.
 */
static u64 check_pamt_level(struct check *k, unsigned int level)
{
	struct sx_sys *sys = k->td->sys;
	const u32 owner = (u32)(k->td->tdr >> SX_PAGE_SHIFT);
	const u64 n = sys->nr_pages >> (9 * level);
	u64 control = 0;

	for (u64 i = 0; (i = sx_pamt_next_used(sys, level, i)) < n; i++) {
		struct sx_pamt *p = &sys->pamt[level][i];
		enum sx_page_type type = sx_pamt_type(p);

		if (p->owner != owner)
			continue;
		if (type == SX_PT_TDCX || type == SX_PT_TDVPR)
			control++;
		else if (type != SX_PT_TDR && !p->mark)
			fault(k, "page of the TD is not in its S-EPT", 0, i << (9 * level));
		p->mark = 0;
	}
	return control;
}

static void check_pamt(struct check *k)
{
	u64 control = check_pamt_level(k, 0) + check_pamt_level(k, 1);

	if (k->pages + control != k->n.children)
		fault(k, "CHLDCNT differs from the pages found", k->pages + control, k->n.children);
}

/* A quiet TD holds no lock and has no vCPU inside. Host priority may be left in a hp lock. */
static void check_idle(struct check *k)
{
	struct sx_td *td = k->td;
	u64 word = __atomic_load_n(&td->epoch, __ATOMIC_ACQUIRE);

	if (__atomic_load_n(&td->tree_lock, __ATOMIC_RELAXED) & ~SHAREX_HP_PRIO)
		fault(k, "tree lock held in a quiet TD", 0, td->tree_lock);
	if (__atomic_load_n(&td->epoch_lock, __ATOMIC_RELAXED))
		fault(k, "epoch lock held in a quiet TD", 0, td->epoch_lock);
	if (__atomic_load_n(&td->op_lock, __ATOMIC_RELAXED) & ~SHAREX_HP_PRIO)
		fault(k, "op_state lock held in a quiet TD", 0, td->op_lock);
	if (word >> SX_EPOCH_BITS)
		fault(k, "epoch reference counts not zero: a vCPU is inside, or left without putting one", 0, word);
	if (__atomic_load_n(&td->nr_assoc, __ATOMIC_RELAXED) >
	    __atomic_load_n(&td->nr_vps, __ATOMIC_RELAXED))
		fault(k, "more vCPUs associated than there are", 0, td->nr_assoc);
}

unsigned int sx_td_check(struct sx_td *td, struct sx_census *out,
			 void (*report)(void *arg, const char *what, u64 gpa, u64 value), void *arg)
{
	struct check k = { .td = td, .report = report, .arg = arg };

	k.n.children = __atomic_load_n(&td->children, __ATOMIC_RELAXED);
	check_idle(&k);
	/*
	 * In teardown pages go back to the host in any order, and the tree means nothing any more.
	 */
	if (td->nr_tdcs == SX_TDCS_PAGES && td->lifecycle != TD_TEARDOWN) {
		check_table(&k, td->root, 0, td->root_level);
		check_pamt(&k);
	}
	if (out)
		*out = k.n;
	return k.faults;
}
