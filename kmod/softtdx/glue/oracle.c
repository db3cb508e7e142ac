// SPDX-License-Identifier: GPL-2.0-only
/*
 * The oracle: KVM's mirror page table and the module's S-EPT must say the same, entry by entry,
 * whenever no operation is under way. Reads both; changes neither.
 */
#include <linux/delay.h>
#include <linux/seq_file.h>
#include "glue.h"
#include "mmu.h"
#include "mmu/mmu_internal.h"
#include "mmu/spte.h"
#include "mmu/tdp_mmu.h"
#include "vmx/tdx.h"

struct oracle {
	struct seq_file *m;
	struct sx_td *td;
	unsigned int faults;
	u64 leaves, large, tables;	/* present mirror SPTEs; leaves by what they map, in 4K */
};

#define ORACLE_MAX_LINES	16
#define ORACLE_QUIET_TRIES	500
#define ORACLE_QUIET_MS		4

static void fault(struct oracle *o, const char *what, u64 gpa, u64 value)
{
	if (o->faults++ < ORACLE_MAX_LINES)
		seq_printf(o->m, "FAULT %s gpa 0x%llx value 0x%llx\n", what, gpa, value);
}

static void check_report(void *arg, const char *what, u64 gpa, u64 value)
{
	fault(arg, what, gpa, value);
}

/* @level counts from 1 as KVM's does, the module's from 0. */
static void check_leaf(struct oracle *o, u64 spte, u64 gpa, int level)
{
	enum sx_state state;
	int at = level - 1;
	u64 hpa;

	o->leaves += KVM_PAGES_PER_HPAGE(level);
	o->large += level > PG_LEVEL_4K;
	if (!sx_td_lookup(o->td, gpa, &at, &hpa, &state))
		fault(o, "mirror leaf SPTE that the S-EPT walk does not reach", gpa, spte);
	else if (state != SX_MAPPED && state != SX_PENDING)
		fault(o, "mirror leaf SPTE whose S-EPT entry is in state", gpa, state);
	else if (hpa != PFN_PHYS(spte_to_pfn(spte)))
		fault(o, "mirror leaf SPTE and S-EPT entry differ in HPA, S-EPT has", gpa, hpa);
}

static void check_table(struct oracle *o, u64 spte, u64 gpa, int level)
{
	struct kvm_mmu_page *child = spte_to_child_sp(spte);
	enum sx_state state;
	int at = level - 1;
	u64 hpa;

	o->tables++;
	if (!child->external_spt)
		fault(o, "mirror page table without an external one", gpa, spte);
	else if (!sx_td_lookup(o->td, gpa, &at, &hpa, &state))
		fault(o, "mirror table SPTE that the S-EPT walk does not reach", gpa, spte);
	else if (state != SX_NL_MAPPED)
		fault(o, "mirror table SPTE whose S-EPT entry is in state", gpa, state);
	else if (hpa != __pa(child->external_spt))
		fault(o, "mirror table and S-EPT entry differ in the table's HPA, S-EPT has", gpa,
		      hpa);
}

/* At most 4 levels deep. */
static void walk(struct oracle *o, u64 *pt, u64 base, int level)
{
	int i;

	for (i = 0; i < SPTE_ENT_PER_PAGE; i++) {
		u64 spte = READ_ONCE(pt[i]);
		u64 gpa = base + ((u64)i << (PAGE_SHIFT + 9 * (level - 1)));

		if (is_frozen_spte(spte)) {
			fault(o, "mirror SPTE frozen with nothing under way", gpa, spte);
		} else if (is_shadow_present_pte(spte)) {
			if (is_last_spte(spte, level)) {
				check_leaf(o, spte, gpa, level);
			} else {
				check_table(o, spte, gpa, level);
				walk(o, spte_to_child_sp(spte)->spt, gpa, level - 1);
			}
		}
	}
}

/*
 * KVM's own tables must hold nothing in the private half: the hardware root takes that from the
 * S-EPT.
 */
static void check_direct_root(struct oracle *o, u64 *pt)
{
	int i;

	for (i = 0; i < SPTE_ENT_PER_PAGE / 2; i++) {
		if (is_shadow_present_pte(READ_ONCE(pt[i])))
			fault(o, "direct root entry in the private half", (u64)i << 39, pt[i]);
	}
}

static void compare_counts(struct oracle *o)
{
	struct sx_census c;
	u64 leaves = 0;
	unsigned int s;

	sx_td_check(o->td, &c, check_report, o);
	for (s = 0; s < ARRAY_SIZE(c.leaf); s++)
		leaves += c.leaf[s];
	if (leaves != o->leaves)
		fault(o, "S-EPT leaf entries and mirror leaf SPTEs differ in number", leaves,
		      o->leaves);
	if (c.tables != o->tables)
		fault(o, "S-EPT tables and mirror tables differ in number", c.tables, o->tables);
	if (c.leaf[SX_BLOCKED] || c.leaf[SX_PENDING_BLOCKED])
		fault(o, "blocked S-EPT entries with nothing under way",
		      c.leaf[SX_BLOCKED], c.leaf[SX_PENDING_BLOCKED]);
}

static bool any_frozen(u64 *pt, int level)
{
	int i;

	for (i = 0; i < SPTE_ENT_PER_PAGE; i++) {
		u64 spte = READ_ONCE(pt[i]);

		if (is_frozen_spte(spte))
			return true;
		if (is_shadow_present_pte(spte) && !is_last_spte(spte, level) &&
		    any_frozen(spte_to_child_sp(spte)->spt, level - 1))
			return true;
	}
	return false;
}

/*
 * Takes mmu_lock for write, so that no fault and no zap is under way. A variant may leave SPTEs
 * frozen until deferred work is done: that is given time, and what is frozen after it is a fault.
 */
static void lock_quiet(struct kvm *kvm)
{
	struct kvm_mmu_page *root;
	int tries = ORACLE_QUIET_TRIES;
	bool frozen;

	for (;;) {
		frozen = false;
		write_lock(&kvm->mmu_lock);
		list_for_each_entry(root, &kvm->arch.tdp_mmu_roots, link)
			frozen |= is_mirror_sp(root) && any_frozen(root->spt, root->role.level);
		if (!frozen || !tries--)
			return;
		write_unlock(&kvm->mmu_lock);
		msleep(ORACLE_QUIET_MS);
	}
}

/* What is rare is named only where it is. */
static void print_verdict(const struct oracle *o)
{
	u64 pairs = sx_pamt_pairs(soft_sys);

	if (o->faults) {
		seq_printf(o->m, "FAULT total %u\n", o->faults);
		return;
	}
	seq_printf(o->m, "ok leaf=%llu tables=%llu", o->leaves, o->tables);
	if (o->large)
		seq_printf(o->m, " large=%llu", o->large);
	if (pairs)
		seq_printf(o->m, " pairs=%llu", pairs);
	seq_putc(o->m, '\n');
}

unsigned int soft_oracle(struct soft_td *td, struct seq_file *m)
{
	struct oracle o = { .m = m, .td = sx_td_of(soft_sys, td->tdr_pa) };
	struct kvm *kvm = td->kvm;
	struct kvm_mmu_page *root;

	if (!o.td) {
		seq_puts(m, "FAULT no TD behind this TDR\n");
		return 1;
	}
	lock_quiet(kvm);
	list_for_each_entry(root, &kvm->arch.tdp_mmu_roots, link) {
		if (is_mirror_sp(root))
			walk(&o, root->spt, 0, root->role.level);
		else
			check_direct_root(&o, root->spt);
	}
	compare_counts(&o);
	write_unlock(&kvm->mmu_lock);

	print_verdict(&o);
	return o.faults;
}
