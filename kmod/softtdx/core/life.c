// SPDX-License-Identifier: GPL-2.0-only
/* Life cycle of TDs and vCPUs, and the checks of TD and vCPU state that open every leaf. */
#include "priv.h"
#include "tdg.h"

u64 sx_lock_tdr(struct sx_call *c, u64 pa, enum sx_operand op, enum sx_mode mode)
{
	u64 st = sx_pamt_lock(c->sys, pa, 0, mode, &c->tdr);

	if (st)
		return st | op;
	if (sx_pamt_type(c->tdr.leaf) != SX_PT_TDR)
		return SX_PAGE_METADATA_INCORRECT | op;
	c->td = sx_page_va(c->sys, pa);
	return 0;
}

/* The TDVPR by @mode, then the TDR that owns it by @tdr. */
u64 sx_lock_tdvpr(struct sx_call *c, u64 pa, enum sx_operand op, enum sx_mode mode,
		  enum sx_mode tdr)
{
	u64 st = sx_pamt_lock(c->sys, pa, 0, mode, &c->tdvpr), tdr_pa;

	if (st)
		return st | op;
	if (sx_pamt_type(c->tdvpr.leaf) != SX_PT_TDVPR)
		return SX_PAGE_METADATA_INCORRECT | op;
	tdr_pa = (u64)c->tdvpr.leaf->owner << SX_PAGE_SHIFT;
	st = sx_pamt_lock_implicit(c->sys, tdr_pa, 0, tdr, &c->tdr);
	if (st)
		return st | SX_OP_TDR;
	c->td = sx_page_va(c->sys, tdr_pa);
	c->vp = sx_page_va(c->sys, pa);
	return 0;
}

static bool is_fatal(struct sx_td *td)
{
	return __atomic_load_n(&td->fatal, __ATOMIC_RELAXED);
}

void sx_td_set_fatal(struct sx_td *td)
{
	__atomic_store_n(&td->fatal, 1, __ATOMIC_RELAXED);
}

/* Step 2 of the check order. @op_states: bit set of allowed enum sx_op_state. */
u64 sx_td_check_state(struct sx_call *c, enum sx_mode op_lock, u32 op_states)
{
	struct sx_td *td = c->td;

	if (is_fatal(td))
		return SX_TD_FATAL;
	if (td->lifecycle != TD_KEYS_CONFIGURED)
		return SX_TD_KEYS_NOT_CONFIGURED;
	if (td->nr_tdcs < SX_TDCS_PAGES)
		return SX_TDCS_NOT_ALLOCATED;
	if (op_lock != SX_UNLOCKED) {
		if (!sharex_hp_try(&td->op_lock, op_lock))
			return SX_OPERAND_BUSY | SX_OP_OP_STATE;
		c->op = op_lock;
	}
	if (op_states & 1u << td->op_state)
		return 0;
	return SX_OP_STATE_INCORRECT | (sx_since(c->sys, SX_R_1_5_25) ? td->op_state : 0);
}

/* Binds the vCPU to this logical processor, where it stays until VP.FLUSH. */
u64 sx_associate(struct sx_call *c)
{
	struct sx_vp *vp = c->vp;
	u32 lp = SX_NONE;

	if (vp->nr_tdcx < SX_TDCX_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	if (__atomic_load_n(&vp->state, __ATOMIC_RELAXED) != VP_READY)
		return SX_VCPU_STATE_INCORRECT;
	if (!__atomic_compare_exchange_n(&vp->lp, &lp, c->cpu, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		return lp == c->cpu ? 0 : SX_VCPU_ASSOCIATED;
	vp->fresh = true;
	__atomic_fetch_add(&c->td->nr_assoc, 1, __ATOMIC_RELAXED);
	return 0;
}

static void set_lifecycle(struct sx_td *td, enum sx_lifecycle state)
{
	/* Atomic for sx_td_stats() alone, which holds no lock. */
	__atomic_store_n(&td->lifecycle, (u8)state, __ATOMIC_RELAXED);
}

static u32 nr_packages(struct sx_sys *sys)
{
	u32 n = __atomic_load_n(&sys->params.packages, __ATOMIC_RELAXED);

	return n < 1 ? 1 : n > SX_MAX_PACKAGES ? SX_MAX_PACKAGES : n;
}

static u64 lock_kot(struct sx_call *c, enum sx_mode mode)
{
	if (!sharex_try(&c->sys->kot_lock, mode))
		return SX_OPERAND_BUSY | SX_OP_KOT;
	c->kot = mode;
	return 0;
}

u64 sx_mng_create(struct sx_call *c)
{
	u64 pa = c->a->rcx, hkid = c->a->rdx, st;
	struct sx_td *td;

	if (!hkid || hkid >= c->sys->nr_hkids)
		return SX_OPERAND_INVALID | SX_OP_RDX;
	st = sx_pamt_take(c, pa, 0, SX_OP_RCX);
	if (!st)
		st = lock_kot(c, SX_EXCLUSIVE);
	if (st)
		return st;
	if (c->sys->kot[hkid].state != HKID_FREE)
		return SX_HKID_NOT_FREE;
	td = sx_page_va(c->sys, pa);
	sx_clear_page(td);
	td->sys = c->sys;
	td->tdr = pa;
	td->hkid = (u32)hkid;
	td->key_left = nr_packages(c->sys);
	td->root_level = SX_ROOT_LEVEL;
	td->gpaw = SX_GPAW;
	set_lifecycle(td, TD_HKID_ASSIGNED);
	c->sys->kot[hkid].state = HKID_ASSIGNED;
	sx_pamt_assign(&c->page, SX_PT_TDR, td);
	c->td = td;
	return SX_SUCCESS;
}

/* A control page of the TD, from RCX. */
static u64 add_control_page(struct sx_call *c, enum sx_page_type type, void **va)
{
	u64 pa = c->a->rcx, st = sx_pamt_take(c, pa, 0, SX_OP_RCX);

	if (st)
		return st;
	*va = sx_page_va(c->sys, pa);
	sx_clear_page(*va);
	sx_pamt_assign(&c->page, type, c->td);
	__atomic_fetch_add(&c->td->children, 1, __ATOMIC_RELAXED);
	return 0;
}

u64 sx_mng_addcx(struct sx_call *c)
{
	u64 st = sx_lock_tdr(c, c->a->rdx, SX_OP_RDX, SX_EXCLUSIVE);
	void *page;

	if (st)
		return st;
	if (is_fatal(c->td))
		return SX_TD_FATAL;
	if (c->td->lifecycle != TD_KEYS_CONFIGURED)
		return SX_TD_KEYS_NOT_CONFIGURED;
	if (c->td->nr_tdcs >= SX_TDCS_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	st = add_control_page(c, SX_PT_TDCX, &page);
	if (st)
		return st;
	/* Cleared, any of them is a root page of 512 FREE entries; the last one is. */
	c->td->root = c->a->rcx;
	if (!c->td->nr_tdcs)
		c->td->g.tdcs = c->a->rcx;
	c->td->nr_tdcs++;
	return SX_SUCCESS;
}

u64 sx_mng_key_config(struct sx_call *c)
{
	u64 st = sx_lock_tdr(c, c->a->rcx, SX_OP_RCX, SX_EXCLUSIVE);
	u64 bit = 1ULL << (c->pkg % SX_MAX_PACKAGES);

	if (st)
		return st;
	if (is_fatal(c->td))
		return SX_TD_FATAL;
	if (c->td->lifecycle != TD_HKID_ASSIGNED)
		return SX_LIFECYCLE_STATE_INCORRECT;
	if (c->td->key_pkgs & bit)
		return SX_KEY_CONFIGURED;
	c->td->key_pkgs |= bit;
	if (!--c->td->key_left)
		set_lifecycle(c->td, TD_KEYS_CONFIGURED);
	return SX_SUCCESS;
}

/* TD_PARAMS; what is reserved in it is not looked at, but behind CPUID's values. */
struct td_params {
	u64 attributes;
	u64 xfam;
	u16 max_vcpus;
	u8 reserved[6];
	u64 eptp_controls;
	u64 config_flags;
	u16 tsc_frequency;	/* in 25 MHz */
	u8 reserved1[38];
	u8 mr_ids[SX_MR_IDS][SX_MR_SIZE];
	u8 reserved2[32];
	struct sx_cpuid_values cpuid;
};
_Static_assert(offsetof(struct td_params, mr_ids) == 80, "TD_PARAMS");
#define EPTP_MT_WB		6ULL
#define EPTP_LEVEL_SHIFT	3	/* of the root */
#define CONFIG_MAX_GPAW		1ULL
#define MAX_GPAW		52
#define XFAM_X87_SSE		3ULL
#define XFAM_AVX		4ULL
#define TD_PARAMS_SIZE		1024
_Static_assert(sizeof(struct td_params) == TD_PARAMS_SIZE, "TD_PARAMS");

/*
 * How deep the S-EPT is, and how wide a guest's addresses. 5 levels go with either width, 52 bits
 * with 5 levels alone.
 */
static u64 set_depth(struct sx_call *c, const struct td_params *p)
{
	bool five = __atomic_load_n(&c->sys->params.five_levels, __ATOMIC_RELAXED);
	u64 root = p->eptp_controls >> EPTP_LEVEL_SHIFT;
	bool wide = p->config_flags & CONFIG_MAX_GPAW;

	if ((p->eptp_controls & ((1ULL << EPTP_LEVEL_SHIFT) - 1)) != EPTP_MT_WB ||
	    root < SX_ROOT_LEVEL || root > SX_ROOT_LEVEL + (five ? 1 : 0) ||
	    (wide && root == SX_ROOT_LEVEL))
		return SX_OPERAND_INVALID | SX_OP_EPTP_CONTROLS;
	c->td->root_level = (u8)root;
	c->td->gpaw = wide ? MAX_GPAW : SX_GPAW;
	return 0;
}

u64 sx_mng_init(struct sx_call *c)
{
	u64 params_pa = c->a->rdx, st = sx_lock_tdr(c, c->a->rcx, SX_OP_RCX, SX_EXCLUSIVE);
	struct td_params *p;
	struct sx_td *td = c->td;

	if (!st)
		st = sx_td_check_state(c, SX_UNLOCKED, OPS_UNINIT);
	c->a->rcx = 0;
	if (st)
		return st;
	st = sx_check_pa(c->sys, params_pa, TD_PARAMS_SIZE);
	if (st)
		return st | SX_OP_RDX;
	p = sx_page_va(c->sys, params_pa);
	if (!p->max_vcpus)
		return SX_OPERAND_INVALID | SX_OP_MAX_VCPUS;
	st = set_depth(c, p);
	if (!st)
		st = sx_cpuid_choose(td, &p->cpuid, &c->a->rcx);
	if (st)
		return st;
	td->attributes = p->attributes;
	/* x87 and SSE are fixed to 1, AVX is the one choice. KVM has refused any other. */
	td->g.xfam = (p->xfam & XFAM_AVX) | XFAM_X87_SSE;
	td->g.tsc_25mhz = p->tsc_frequency;
	td->g.topology_configured = 1;
	td->max_vps = p->max_vcpus < SX_MAX_VCPUS ? p->max_vcpus : SX_MAX_VCPUS;
	td->epoch = 1;
	sx_measure_begin(td, p->mr_ids);
	td->op_state = OP_INITIALIZED;
	return SX_SUCCESS;
}

/* TD scope execution control class 17: fields that the host reads. */
#define TD_TSC_OFFSET		(17ULL << 56 | 10)
#define TD_TSC_MULTIPLIER	(17ULL << 56 | 11)
/*
 * CPUID_VALUES, class 20: leaf's bit 31 in 16, its low bits in 15:9; 8 says that the leaf has no
 * sub-leaf, and then 7:1 are set; else those are the sub-leaf. 0: EBX and EAX, or EDX and ECX.
 */
#define TD_CPUID_VALUES		(1ULL << 63 | 20ULL << 56)
#define TD_CPUID_MASK		0x1ffffULL
#define TD_CPUID_NO_SUB		0x1feULL

static u64 cpuid_value(struct sx_call *c, u64 field)
{
	u32 leaf = (u32)(field >> 9 & 0x7f) | (field & 1ULL << 16 ? 1U << 31 : 0);
	u32 sub = (u32)(field >> 1 & 0x7f), r[4];
	unsigned int i = field & 1 ? 2 : 0;

	if (field & 1ULL << 8)
		sub = (field & TD_CPUID_NO_SUB) == TD_CPUID_NO_SUB ? SX_NO_SUBLEAF : ~1u;
	if (!sx_td_cpuid(c->td, leaf, sub, r))
		return SX_METADATA_FIELD_NOT_READABLE;
	c->a->r8 = r[i] | (u64)r[i + 1] << 32;
	return SX_SUCCESS;
}

/* Identity scaling of the TSC, as VMX encodes it. */
u64 sx_mng_rd(struct sx_call *c)
{
	u64 field = sx_field(c->a->rdx), st = sx_lock_tdr(c, c->a->rcx, SX_OP_RCX, SX_SHARED);

	c->a->r8 = 0;
	if (!st)
		st = sx_td_check_state(c, SX_SHARED, OPS_BUILT);
	if (st)
		return st;
	if ((field & ~TD_CPUID_MASK) == TD_CPUID_VALUES)
		return cpuid_value(c, field);
	if (field == TD_TSC_MULTIPLIER)
		c->a->r8 = 1ULL << 48;
	else if (field != TD_TSC_OFFSET)
		return SX_METADATA_FIELD_ID_INCORRECT;
	return SX_SUCCESS;
}

u64 sx_mng_vpflushdone(struct sx_call *c)
{
	u64 st = sx_lock_tdr(c, c->a->rcx, SX_OP_RCX, SX_EXCLUSIVE);
	struct sx_kot *k;

	if (!st)
		st = lock_kot(c, SX_EXCLUSIVE);
	if (st)
		return st;
	if (c->td->lifecycle != TD_KEYS_CONFIGURED && c->td->lifecycle != TD_HKID_ASSIGNED)
		return SX_LIFECYCLE_STATE_INCORRECT;
	if (__atomic_load_n(&c->td->nr_assoc, __ATOMIC_RELAXED))
		return SX_FLUSHVP_NOT_DONE;
	k = &c->sys->kot[c->td->hkid];
	k->state = HKID_FLUSHED;
	k->wb_pkgs = 0;
	k->wb_left = nr_packages(c->sys);
	set_lifecycle(c->td, TD_BLOCKED);
	return SX_SUCCESS;
}

u64 sx_mng_key_freeid(struct sx_call *c)
{
	u64 st = sx_lock_tdr(c, c->a->rcx, SX_OP_RCX, SX_EXCLUSIVE);

	if (st)
		return st;
	if (c->td->lifecycle != TD_BLOCKED)
		return SX_LIFECYCLE_STATE_INCORRECT;
	st = lock_kot(c, SX_EXCLUSIVE);
	if (st)
		return st;
	if (c->sys->kot[c->td->hkid].wb_left)
		return SX_WBCACHE_NOT_COMPLETE;
	c->sys->kot[c->td->hkid].state = HKID_FREE;
	sx_count_fold_hkid(c->td);
	set_lifecycle(c->td, TD_TEARDOWN);
	return SX_SUCCESS;
}

u64 sx_mr_finalize(struct sx_call *c)
{
	u64 st = sx_lock_tdr(c, c->a->rcx, SX_OP_RCX, SX_EXCLUSIVE);

	if (!st)
		st = sx_td_check_state(c, SX_UNLOCKED, OPS_INIT);
	if (st)
		return st;
	if (!__atomic_load_n(&c->td->nr_vps, __ATOMIC_RELAXED))
		return SX_NO_VCPUS;
	sx_measure_end(c->td);
	c->td->op_state = OP_RUNNABLE;
	return SX_SUCCESS;
}

struct sx_td *sx_td_of(struct sx_sys *sys, u64 tdr_pa)
{
	if (tdr_pa >> SX_PAGE_SHIFT >= sys->nr_pages ||
	    sx_pamt_type(sx_pamt_entry(sys, tdr_pa, 0)) != SX_PT_TDR)
		return NULL;
	return sx_page_va(sys, tdr_pa);
}

u64 sx_td_attributes(struct sx_td *td)
{
	return td->attributes;
}
