// SPDX-License-Identifier: GPL-2.0-only
/* What a running vCPU asks of the module: TDG.MEM.PAGE.ACCEPT, and private EPT violations. */
#include "priv.h"

static bool inside(struct sx_vp *vp)
{
	return __atomic_load_n(&vp->state, __ATOMIC_RELAXED) == VP_ACTIVE;
}

/*
 * ACCEPT lost the entry. A host that keeps priority without coming back is reported, if asked for.
 */
static u64 accept_busy(struct sx_vp *vp, bool prio)
{
	u64 limit = __atomic_load_n(&vp->td->sys->params.hp_timeout, __ATOMIC_RELAXED);

	sx_count(&vp->td->counts, SX_C_ACCEPT_BUSY);
	vp->hp_tries = prio ? vp->hp_tries + 1 : 0;
	if (prio && limit && vp->hp_tries >= limit) {
		vp->hp_tries = 0;
		return SX_HP_BUSY_TIMEOUT;
	}
	return SX_OPERAND_BUSY | SX_OP_RCX;
}

static void zero_leaf(struct sx_td *td, u64 hpa, unsigned int level)
{
	u64 end = hpa + sx_level_size(level);

	for (; hpa < end; hpa += SX_PAGE_SIZE)
		sx_clear_page(sx_page_va(td->sys, hpa));
}

/* The entry is locked; whatever the outcome it is unlocked on return. */
static u64 accept_locked(struct sx_vp *vp, u64 *entry, unsigned int level, bool *violation)
{
	u64 val = __atomic_load_n(entry, __ATOMIC_RELAXED) & ~(SX_E_LOCK | SX_E_PRIO);
	u64 hpa = val & SX_E_HPA;
	enum sx_kind k = sx_entry_kind(val);
	u64 st = SX_SUCCESS;

	if (k == E_PENDING) {
		zero_leaf(vp->td, hpa, level);
		sx_entry_commit(entry, val, sx_entry_make(E_MAPPED, hpa, level),
				sx_since(vp->td->sys, SX_R_1_5_25));
		sx_count(&vp->td->counts, SX_C_ACCEPT_OK);
		return SX_SUCCESS;
	}
	if (k == E_NL_MAPPED || k == E_NL_BLOCKED)
		st = SX_PAGE_SIZE_MISMATCH | level;
	else if (k == E_MAPPED)
		st = SX_PAGE_ALREADY_ACCEPTED | level;
	else
		*violation = true;
	sx_entry_unlock(entry);
	return st;
}

/*
 * No tree lock, no op_state lock. The entry is locked before its state is looked at, so even an
 * ACCEPT that can only end in a violation may cost a host call on the same entry a BUSY; see
 * docs/softtdx.md.
 */
static u64 accept(struct sx_vp *vp, u64 gpa, unsigned int want, bool *violation)
{
	unsigned int level = want;
	u64 val, *entry = sx_walk(vp->td, gpa, &level, &val);
	bool prio;

	if (level != want) {
		if (sx_entry_kind(val) == E_MAPPED)
			return SX_PAGE_ALREADY_ACCEPTED | level;
		*violation = true;
		return SX_SUCCESS;
	}
	if (!sx_entry_try_guest(entry, &prio))
		return accept_busy(vp, prio);
	vp->hp_tries = 0;
	return accept_locked(vp, entry, level, violation);
}

u64 sx_tdg_mem_page_accept(struct sx_vp *vp, u64 gpa_level, bool *violation)
{
	unsigned int level = gpa_level & 7;
	u64 gpa = gpa_level & ~7ULL, st;

	*violation = false;
	if (!inside(vp))
		return SX_VCPU_STATE_INCORRECT;
	sx_count(&vp->td->counts, SX_C_ACCEPT);
	if (level > 1 || gpa & (sx_level_size(level) - 1) || !sx_gpa_private(vp->td, gpa))
		return SX_OPERAND_INVALID | SX_OP_RCX;
	st = accept(vp, gpa, level, violation);
	if (*violation)
		sx_count(&vp->td->counts, SX_C_EXIT_EPT_ACCEPT);
	return st;
}

/*
 * Remembers @gpa once the vCPU has faulted at this instruction more often than any instruction can.
 */
static void log_fault(struct sx_vp *vp, u64 gpa, u64 rip)
{
	u32 threshold = __atomic_load_n(&vp->td->sys->params.zero_step_threshold, __ATOMIC_RELAXED);
	u32 i;

	if (rip != vp->entry_rip) {
		vp->faults = 0;
		vp->nr_gpas = 0;
		/*
		 * What the next entry compares with: no progress beyond this fault, which is number
		 * 1.
		 */
		vp->entry_rip = rip;
	}
	if (!threshold)
		return;
	if (vp->faults < threshold) {
		vp->faults++;
		return;
	}
	for (i = 0; i < vp->nr_gpas; i++) {
		if (vp->gpas[i] == gpa)
			return;
	}
	if (vp->nr_gpas < SX_GPA_LIST)
		vp->gpas[vp->nr_gpas++] = gpa;
}

enum sx_state sx_vp_private_violation(struct sx_vp *vp, u64 gpa, u64 rip)
{
	unsigned int level = 0;
	u64 val;

	if (!inside(vp) || !sx_gpa_private(vp->td, gpa))
		return SX_FREE;
	sx_walk(vp->td, gpa, &level, &val);
	sx_count(&vp->td->counts, SX_C_EXIT_EPT_PRIVATE);
	log_fault(vp, gpa, rip);
	return sx_entry_state(val);
}
