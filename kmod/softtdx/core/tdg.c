// SPDX-License-Identifier: GPL-2.0-only
/* TDCALL leaves that stay in the module, and the #VE information area. */
#include "priv.h"
#include "tdg.h"

enum sx_verdict sx_ve(struct sx_vp *vp, const struct sx_ve_info *info)
{
	if (vp->g.ve_valid)
		return SX_DF;
	vp->g.ve = *info;
	vp->g.ve_valid = true;
	return SX_VE;
}

static u64 vp_info(struct sx_vp *vp, struct sx_tdg_regs *r)
{
	struct sx_td *td = vp->td;

	r->rcx = td->gpaw;
	r->rdx = td->attributes;
	r->r8 = __atomic_load_n(&td->nr_vps, __ATOMIC_RELAXED) | (u64)td->max_vps << 32;
	r->r9 = vp->index;
	r->r10 = 1;	/* there is TDG.SYS.RD */
	r->r11 = 0;
	return SX_SUCCESS;
}

static u64 veinfo_get(struct sx_vp *vp, struct sx_tdg_regs *r)
{
	const struct sx_ve_info *ve = &vp->g.ve;

	r->rcx = r->rdx = r->r8 = r->r9 = r->r10 = 0;
	if (!vp->g.ve_valid)
		return SX_NO_VALID_VE_INFO;
	r->rcx = ve->reason;
	r->rdx = ve->qual;
	r->r8 = ve->gla;
	r->r9 = ve->gpa;
	r->r10 = ve->len;
	vp->g.ve_valid = false;
	return SX_SUCCESS;
}

/* Fields of the TD that its guest reads and writes. */
#define VM_CONFIG_FLAGS		0x1110000300000016ULL
#define VM_TD_CTLS		0x1110000300000017ULL
#define VM_NOTIFY_ENABLES	0x9100000000000010ULL
#define VM_TOPOLOGY_CONFIGURED	0x9100000000000019ULL

static u64 *vm_field(struct sx_td *td, u64 id, u64 *writable)
{
	*writable = 0;
	switch (id) {
	case VM_CONFIG_FLAGS:
		return &td->g.config_flags;
	case VM_TD_CTLS:
		*writable = SX_TD_CTLS_ENUM_TOPOLOGY;
		return &td->g.td_ctls;
	case VM_NOTIFY_ENABLES:
		/* Of zero-step attacks; nobody attacks here, so nothing follows from it. */
		*writable = 1;
		return &td->g.notify_enables;
	case VM_TOPOLOGY_CONFIGURED:
		return &td->g.topology_configured;
	}
	return NULL;
}

static u64 vm_rd(struct sx_td *td, struct sx_tdg_regs *r)
{
	u64 writable, *field = vm_field(td, r->rdx, &writable);

	r->r8 = field ? __atomic_load_n(field, __ATOMIC_RELAXED) : 0;
	return field ? SX_SUCCESS : SX_METADATA_FIELD_ID_INCORRECT | SX_OP_RDX;
}

/* R8 is the data, R9 the bits of it to write; the old value comes back in R8. */
static u64 vm_wr(struct sx_td *td, struct sx_tdg_regs *r)
{
	u64 writable, *field = vm_field(td, r->rdx, &writable);
	u64 data = r->r8 & r->r9, old, new;

	r->r8 = 0;
	if (!field)
		return SX_METADATA_FIELD_ID_INCORRECT | SX_OP_RDX;
	/* A control that this module does not have, REDUCE_VE for one. */
	if (!writable || data & ~writable)
		return SX_OPERAND_INVALID | SX_OP_R8;
	old = __atomic_load_n(field, __ATOMIC_RELAXED);
	do
		new = (old & ~r->r9) | data;
	while (!__atomic_compare_exchange_n(field, &old, new, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED));
	r->r8 = old;
	return SX_SUCCESS;
}

/* Fields of the vCPU, by sx_field(); the last two are the host's. */
#define VP_FIELD(f)		(1ULL << 63 | 32ULL << 56 | (f))
#define VP_VCPU_INDEX		VP_FIELD(2)
#define VP_CPUID_SUPERVISOR_VE	VP_FIELD(7)
#define VP_CPUID_USER_VE	VP_FIELD(8)
#define VP_PEND_NMI		(32ULL << 56 | 11)
#define VP_XFAM			(32ULL << 56 | 12)
#define NO_NEXT_FIELD		(~0ULL)

/* *@place: where it is, NULL if it is read-only with *@value. */
static u64 vp_field(struct sx_vp *vp, const struct sx_tdg_regs *r, u8 **place, u64 *value)
{
	*place = NULL;
	*value = 0;
	if (r->rcx)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	switch (sx_field(r->rdx)) {
	case VP_VCPU_INDEX:
		*value = vp->index;
		return SX_SUCCESS;
	case VP_CPUID_SUPERVISOR_VE:
		*place = &vp->g.cpuid_ve[0];
		return SX_SUCCESS;
	case VP_CPUID_USER_VE:
		*place = &vp->g.cpuid_ve[1];
		return SX_SUCCESS;
	case VP_PEND_NMI:
	case VP_XFAM:
		return SX_METADATA_FIELD_NOT_READABLE;
	default:
		return SX_METADATA_FIELD_ID_INCORRECT;
	}
}

static u64 vp_rd(struct sx_vp *vp, struct sx_tdg_regs *r)
{
	u64 value, st;
	u8 *place;

	st = vp_field(vp, r, &place, &value);
	r->rdx = NO_NEXT_FIELD;
	r->r8 = place ? *place : value;
	return st;
}

/* R8 is the data, R9 the bits of it to write; the old value comes back in R8. */
static u64 vp_wr(struct sx_vp *vp, struct sx_tdg_regs *r)
{
	u64 data = r->r8, old, st;
	u8 *place;

	r->r8 = 0;
	st = vp_field(vp, r, &place, &old);
	if (!place)
		return st && st != SX_METADATA_FIELD_NOT_READABLE ? st :
								    SX_METADATA_FIELD_NOT_WRITABLE;
	old = *place;
	*place = (u8)((old & ~r->r9) | (data & r->r9));
	r->r8 = old;
	return SX_SUCCESS;
}

/* The two fields of VP.WR at once, as a guest of an older module set them. */
static u64 cpuidve_set(struct sx_vp *vp, const struct sx_tdg_regs *r)
{
	if (r->rcx > 3)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	vp->g.cpuid_ve[0] = r->rcx & 1;
	vp->g.cpuid_ve[1] = (u8)(r->rcx >> 1);
	return SX_SUCCESS;
}

void sx_tdg_call(struct sx_vp *vp, struct sx_tdg_regs *r)
{
	switch (r->rax) {
	case SX_TDG_VP_INFO:
		r->rax = vp_info(vp, r);
		return;
	case SX_TDG_MR_RTMR_EXTEND:
		r->rax = sx_tdg_rtmr_extend(vp, r);
		return;
	case SX_TDG_VP_VEINFO_GET:
		r->rax = veinfo_get(vp, r);
		return;
	case SX_TDG_MR_REPORT:
		r->rax = sx_tdg_report(vp, r);
		return;
	case SX_TDG_VP_CPUIDVE_SET:
		r->rax = cpuidve_set(vp, r);
		return;
	case SX_TDG_VM_RD:
		r->rax = vm_rd(vp->td, r);
		return;
	case SX_TDG_VM_WR:
		r->rax = vm_wr(vp->td, r);
		return;
	case SX_TDG_VP_RD:
		r->rax = vp_rd(vp, r);
		return;
	case SX_TDG_VP_WR:
		r->rax = vp_wr(vp, r);
		return;
	case SX_TDG_SYS_RD:
		r->rax = sx_tdg_sys_rd(vp->td->sys, r);
		return;
	default:
		r->rax = SX_OPERAND_INVALID | SX_OP_RAX;
	}
}
