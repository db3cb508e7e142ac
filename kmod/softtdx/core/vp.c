// SPDX-License-Identifier: GPL-2.0-only
/* VP leaves but VP.ENTER: creation, association, and the fields that the host reads and writes. */
#include "priv.h"

u64 sx_vp_create(struct sx_call *c)
{
	u64 pa = c->a->rcx, st = sx_lock_tdr(c, c->a->rdx, SX_OP_RDX, SX_SHARED);
	struct sx_vp *vp;

	if (!st)
		st = sx_td_check_state(c, SX_SHARED, OPS_INIT);
	if (!st)
		st = sx_pamt_take(c, pa, 0, SX_OP_RCX);
	if (st)
		return st;
	vp = sx_page_va(c->sys, pa);
	sx_clear_page(vp);
	vp->td = c->td;
	vp->tdvpr = pa;
	vp->lp = SX_NONE;
	sx_pamt_assign(&c->page, SX_PT_TDVPR, c->td);
	__atomic_fetch_add(&c->td->children, 1, __ATOMIC_RELAXED);
	return SX_SUCCESS;
}

u64 sx_vp_addcx(struct sx_call *c)
{
	u64 pa = c->a->rcx;
	u64 st = sx_lock_tdvpr(c, c->a->rdx, SX_OP_RDX, SX_EXCLUSIVE, SX_SHARED);

	if (!st)
		st = sx_td_check_state(c, SX_SHARED, OPS_INIT);
	if (st)
		return st;
	if (c->vp->state != VP_UNINITIALIZED)
		return SX_VCPU_STATE_INCORRECT;
	if (c->vp->nr_tdcx >= SX_TDCX_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	st = sx_pamt_take(c, pa, 0, SX_OP_RCX);
	if (st)
		return st;
	sx_pamt_assign(&c->page, SX_PT_TDCX, c->td);
	__atomic_fetch_add(&c->td->children, 1, __ATOMIC_RELAXED);
	c->vp->nr_tdcx++;
	return SX_SUCCESS;
}

u64 sx_vp_init(struct sx_call *c)
{
	/* Version 1 brings an x2APIC id; to keep ids unique the module wants the TD to itself. */
	enum sx_mode tdr = c->version ? SX_EXCLUSIVE : SX_SHARED;
	u64 st = sx_lock_tdvpr(c, c->a->rcx, SX_OP_RCX, SX_EXCLUSIVE, tdr);
	struct sx_vp *vp = c->vp;
	u32 index;

	if (!st)
		st = sx_td_check_state(c, SX_SHARED, OPS_INIT);
	if (st)
		return st;
	if (vp->nr_tdcx < SX_TDCX_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	if (vp->state != VP_UNINITIALIZED)
		return SX_VCPU_STATE_INCORRECT;
	index = __atomic_fetch_add(&c->td->nr_vps, 1, __ATOMIC_RELAXED);
	if (index >= c->td->max_vps) {
		__atomic_fetch_sub(&c->td->nr_vps, 1, __ATOMIC_RELAXED);
		return SX_MAX_VCPUS_EXCEEDED;
	}
	vp->index = index;
	vp->initial_rcx = c->a->rdx;
	vp->state = VP_READY;
	vp->lp = c->cpu;
	vp->fresh = true;
	__atomic_fetch_add(&c->td->nr_assoc, 1, __ATOMIC_RELAXED);
	return SX_SUCCESS;
}

u64 sx_vp_flush(struct sx_call *c)
{
	u64 st = sx_lock_tdvpr(c, c->a->rcx, SX_OP_RCX, SX_EXCLUSIVE, SX_SHARED);

	if (st)
		return st;
	if (c->td->lifecycle != TD_KEYS_CONFIGURED)
		return SX_TD_KEYS_NOT_CONFIGURED;
	if (c->vp->nr_tdcx < SX_TDCX_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	if (c->vp->lp != c->cpu)
		return SX_VCPU_NOT_ASSOCIATED;
	c->vp->lp = SX_NONE;
	__atomic_fetch_sub(&c->td->nr_assoc, 1, __ATOMIC_RELAXED);
	return SX_SUCCESS;
}

#define VMCS(f)			(f)
#define MANAGEMENT(f)		(32ULL << 56 | (f))
#define OTHER_NON_ARCH(f)	(1ULL << 63 | 17ULL << 56 | (f))
#define F_PI_DESC		1
#define F_SHARED_EPTP		5
#define F_PEND_NMI		6
#define F_STATE_DETAILS		7

static const struct {
	u64 id;
	bool writable;
} fields[SX_VP_FIELDS] = {
	{ VMCS(0x0002), true },		/* posted-interrupt notification vector */
	[F_PI_DESC] = { VMCS(0x2016), true },	/* posted-interrupt descriptor address */
	{ VMCS(0x4000), true },		/* pin-based controls */
	{ VMCS(0x401e), true },		/* secondary processor-based controls */
	{ VMCS(0x4024), true },		/* notify window */
	[F_SHARED_EPTP] = { VMCS(0x203c), true },
	[F_PEND_NMI] = { MANAGEMENT(11), true },
	/* VCPU_STATE_DETAILS: bit 0 is an interrupt that the guest has not taken */
	[F_STATE_DETAILS] = { OTHER_NON_ARCH(0x100), false },
};

/* Locks and checks of VP.RD and VP.WR; *@value is the field's place. */
static u64 find_field(struct sx_call *c, bool write, u64 **value)
{
	u64 id = sx_field(c->a->rdx);
	u64 st = sx_lock_tdvpr(c, c->a->rcx, SX_OP_RCX, SX_SHARED, SX_SHARED);
	int i;

	if (!st)
		st = sx_td_check_state(c, SX_SHARED, OPS_BUILT);
	if (!st)
		st = sx_associate(c);
	if (st)
		return st;
	for (i = 0; i < SX_VP_FIELDS; i++) {
		*value = &c->vp->fields[i];
		if (fields[i].id == id)
			return fields[i].writable || !write ? 0 : SX_METADATA_FIELD_NOT_WRITABLE;
	}
	return SX_METADATA_FIELD_ID_INCORRECT;
}

u64 sx_vp_rd(struct sx_call *c)
{
	u64 *value, st = find_field(c, false, &value);

	c->a->r8 = st ? 0 : *value;
	return st;
}

/* R8 is the data, R9 the bits of it to write; the old value comes back in R8. */
u64 sx_vp_wr(struct sx_call *c)
{
	u64 *value, st = find_field(c, true, &value);
	u64 data = c->a->r8, mask = c->a->r9;

	c->a->r8 = 0;
	if (st)
		return st;
	c->a->r8 = *value;
	*value = (*value & ~mask) | (data & mask);
	return SX_SUCCESS;
}

struct sx_vp *sx_vp_of(struct sx_sys *sys, u64 tdvpr_pa)
{
	if (tdvpr_pa >> SX_PAGE_SHIFT >= sys->nr_pages ||
	    sx_pamt_type(sx_pamt_entry(sys, tdvpr_pa, 0)) != SX_PT_TDVPR)
		return NULL;
	return sx_page_va(sys, tdvpr_pa);
}

struct sx_td *sx_vp_td(struct sx_vp *vp)
{
	return vp->td;
}

u64 sx_vp_shared_root(struct sx_vp *vp)
{
	return vp->fields[F_SHARED_EPTP];
}

u64 sx_vp_pi_desc(struct sx_vp *vp)
{
	return vp->fields[F_PI_DESC];
}

void sx_vapic_exit(struct sx_vp *vp)
{
	vp->fields[F_STATE_DETAILS] = sx_vapic_next(vp) != 0;
}

bool sx_vp_take_nmi(struct sx_vp *vp)
{
	bool nmi = vp->fields[F_PEND_NMI] & 1;

	if (vp->g.ve_valid)
		return false;
	vp->fields[F_PEND_NMI] = 0;
	return nmi;
}

u64 sx_vp_initial_rcx(struct sx_vp *vp)
{
	return vp->initial_rcx;
}

u32 sx_vp_index(struct sx_vp *vp)
{
	return vp->index;
}
