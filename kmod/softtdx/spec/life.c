// SPDX-License-Identifier: GPL-2.0-only
/* The specification: life cycle of TDs, key ids, vCPUs and pages, section 1.6. */
#include "spec.h"

static void free_root(struct spec_td *td)
{
	unsigned int i;

	for (i = 0; i < SPEC_PATHS; i++)
		td->e[td->levels - 1][i] = (struct spec_entry){ 0 };
}

static u64 mng_create(struct spec *s, struct spec_cpu *c)
{
	const struct spec_act *a = &c->act;
	struct spec_td *td;
	unsigned int i;
	u64 st;

	if (!a->arg || a->arg >= SPEC_HKIDS)
		return SX_OPERAND_INVALID | SX_OP_RDX;
	st = spec_take_free(s, c, a->page, 0, SX_OP_RCX);
	if (st)
		return st;
	if (s->kot[a->arg].state)
		return SX_HKID_NOT_FREE;
	for (i = 0; i < SPEC_TDS && s->td[i].exists; i++)
		;
	td = &s->td[i];
	td->exists = true;
	td->fatal = false;
	td->tdr = a->page;
	td->life = SPEC_ASSIGNED;
	td->ops = SPEC_UNINIT;
	td->hkid = a->arg;
	td->key_pkgs = 0;
	td->nr_tdcs = 0;
	td->nr_vps = 0;
	td->nr_assoc = 0;
	td->epoch = 0;
	td->inside[0] = 0;
	td->inside[1] = 0;
	td->tree = (struct spec_lock){ 0 };
	for (st = 0; st < SX_NR_COUNTS; st++)
		td->count[st] = 0;
	td->levels = 4;
	td->wide = false;
	free_root(td);
	s->kot[a->arg].state = 1;
	spec_give(s, a->page, 0, SX_PT_TDR, (u8)i);
	td->children = 0;
	return 0;
}

static u64 mng_addcx(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 2, SX_OP_RDX);
	struct spec_td *td = &s->td[c->td];

	if (st)
		return st;
	if (td->fatal)
		return SX_TD_FATAL;
	if (td->life != SPEC_KEYED)
		return SX_TD_KEYS_NOT_CONFIGURED;
	if (td->nr_tdcs == SX_TDCS_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	st = spec_take_free(s, c, c->act.page2, 0, SX_OP_RCX);
	if (st)
		return st;
	spec_give(s, c->act.page2, 0, SX_PT_TDCX, c->td);
	td->nr_tdcs++;
	return 0;
}

static u64 key_config(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 2, SX_OP_RCX);
	struct spec_td *td = &s->td[c->td];
	u8 bit = (u8)(1 << (c->act.cpu / 2));

	if (st)
		return st;
	if (td->fatal)
		return SX_TD_FATAL;
	if (td->life != SPEC_ASSIGNED)
		return SX_LIFECYCLE_STATE_INCORRECT;
	if (td->key_pkgs & bit)
		return SX_KEY_CONFIGURED;
	td->key_pkgs |= bit;
	if (td->key_pkgs == (1 << SPEC_PACKAGES) - 1)
		td->life = SPEC_KEYED;
	return 0;
}

static u64 mng_init(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 2, SX_OP_RCX);
	struct spec_td *td = &s->td[c->td];

	c->out.values = true;
	if (!st)
		st = spec_check_td(s, c, false, SPEC_OPS(SPEC_UNINIT));
	if (st)
		return st;
	if (c->act.page2 == SPEC_MISALIGNED || c->act.page2 == SPEC_KEY_BITS)
		return SX_OPERAND_INVALID | SX_OP_RDX;
	if (c->act.page2 == SPEC_BEYOND)
		return SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_RDX;
	if (c->act.page2 == SPEC_P_BAD_PARAMS)
		return SX_OPERAND_INVALID | SX_OP_MAX_VCPUS;
	st = spec_cpuid_refused(c);
	if (st)
		return st;
	td->params = c->act.page2;
	td->ops = SPEC_INIT;
	td->debug = c->act.page2 == SPEC_P_DEBUG_PARAMS || c->act.page2 == SPEC_P_DEEP_PARAMS;
	td->wide = c->act.page2 == SPEC_P_WIDE_PARAMS;
	td->no_ve = c->act.page2 == SPEC_P_DEBUG_PARAMS || td->wide;
	td->levels = td->wide || c->act.page2 == SPEC_P_DEEP_PARAMS ? 5 : 4;
	td->epoch = 1;
	free_root(td);
	spec_measure_begin(td);
	return 0;
}

static u64 mr_finalize(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 2, SX_OP_RCX);

	if (!st)
		st = spec_check_td(s, c, false, SPEC_OPS(SPEC_INIT));
	if (st)
		return st;
	if (!s->td[c->td].nr_vps)
		return SX_NO_VCPUS;
	spec_measure_end(&s->td[c->td]);
	s->td[c->td].ops = SPEC_RUNNABLE;
	return 0;
}

static u64 vpflushdone(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 2, SX_OP_RCX);
	struct spec_td *td = &s->td[c->td];

	if (st)
		return st;
	if (td->life != SPEC_KEYED && td->life != SPEC_ASSIGNED)
		return SX_LIFECYCLE_STATE_INCORRECT;
	if (td->nr_assoc)
		return SX_FLUSHVP_NOT_DONE;
	td->life = SPEC_BLOCKED;
	s->kot[td->hkid].state = 2;
	s->kot[td->hkid].pkgs = 0;
	return 0;
}

static u64 key_freeid(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 2, SX_OP_RCX);
	struct spec_td *td = &s->td[c->td];

	if (st)
		return st;
	if (td->life != SPEC_BLOCKED)
		return SX_LIFECYCLE_STATE_INCORRECT;
	if (s->kot[td->hkid].pkgs != (1 << SPEC_PACKAGES) - 1)
		return SX_WBCACHE_NOT_COMPLETE;
	s->kot[td->hkid].state = 0;
	td->life = SPEC_TEARDOWN;
	return 0;
}

static u64 cache_wb(struct spec *s, struct spec_cpu *c)
{
	unsigned int i, n = 0;

	if (c->act.arg > 1)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	if (c->act.arg)		/* nothing is ever interrupted here */
		return SX_WBCACHE_RESUME_ERROR;
	for (i = 1; i < SPEC_HKIDS; i++) {
		if (s->kot[i].state != 2)
			continue;
		s->kot[i].pkgs |= (u8)(1 << (c->act.cpu / 2));
		n++;
	}
	return n ? 0 : SX_NO_HKID_READY_TO_WBCACHE;
}

static u64 page_wbinvd(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_page(s, c, c->act.page, 0, 1);

	if (!st && (spec_leaf(s, c->act.page)->type != SX_PT_NDA || s->page[c->act.page].pamt))
		st = SX_PAGE_METADATA_INCORRECT;
	if (!st && c->act.arg >= SPEC_HKIDS)
		st = SX_OPERAND_INVALID;
	return st ? st | SX_OP_RCX : 0;
}

static u64 reclaim(struct spec *s, struct spec_cpu *c)
{
	u16 page = c->act.page;
	u64 st = spec_lock_page(s, c, page, 0, 2);
	struct spec_page *p;
	struct spec_td *td;
	bool big;

	c->out.values = true;
	if (!st && spec_leaf(s, page)->type == SX_PT_NDA)
		st = SX_PAGE_METADATA_INCORRECT;
	if (st)
		return st | SX_OP_RCX;
	p = spec_leaf(s, page);
	big = p != &s->page[page];
	td = &s->td[p->td];
	c->out.rcx = p->type;
	c->out.r8 = big;
	if (p->type != SX_PT_TDR) {
		c->out.rdx_page = true;
		c->out.page = td->tdr;
	}
	if (big && page % 512)
		return SX_OPERAND_INVALID | SX_OP_RCX;
	if (p->type != SX_PT_TDR && !spec_take(c, &s->page[td->tdr].lock, 1))
		return SX_OPERAND_BUSY | SX_OP_TDR;
	if (td->life != SPEC_TEARDOWN)
		return SX_LIFECYCLE_STATE_INCORRECT;
	if (p->type == SX_PT_TDR) {
		if (td->children)
			return SX_TD_ASSOCIATED_PAGES_EXIST;
		td->exists = false;
	} else {
		td->children -= big ? 512 : 1;
	}
	if (p->type == SX_PT_TDVPR)
		s->vp[p->vp].exists = false;
	spec_return_page(s, c, page, big);
	return 0;
}

static u64 vp_create(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 1, SX_OP_RDX);
	struct spec_vp *vp;
	unsigned int i;

	if (!st)
		st = spec_check_td(s, c, true, SPEC_OPS(SPEC_INIT));
	if (!st)
		st = spec_take_free(s, c, c->act.page2, 0, SX_OP_RCX);
	if (st)
		return st;
	for (i = 0; i < SPEC_VPS && s->vp[i].exists; i++)
		;
	vp = &s->vp[i];
	vp->exists = true;
	vp->td = c->td;
	vp->tdvpr = c->act.page2;
	vp->state = SPEC_VP_UNINIT;
	vp->nr_tdcx = 0;
	vp->lp = SPEC_NONE;
	vp->fresh = false;
	vp->flush_due = false;
	vp->epoch = 0;
	vp->rip = 0;
	vp->faults = 0;
	vp->nr_gpas = 0;
	vp->hp_tries = 0;
	vp->pend_nmi = 0;
	vp->shared = false;
	vp->tpr = 0;
	vp->cpuid_ve[0] = vp->cpuid_ve[1] = 0;
	vp->ve = 0;
	vp->tlb = 0;
	spec_give(s, c->act.page2, 0, SX_PT_TDVPR, c->td);
	s->page[c->act.page2].vp = (u8)i;
	return 0;
}

static u64 vp_addcx(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdvpr(s, c, c->act.page, 2, 1, SX_OP_RDX);

	if (!st)
		st = spec_check_td(s, c, true, SPEC_OPS(SPEC_INIT));
	if (st)
		return st;
	if (s->vp[c->vp].state != SPEC_VP_UNINIT)
		return SX_VCPU_STATE_INCORRECT;
	if (s->vp[c->vp].nr_tdcx == SX_TDCX_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	st = spec_take_free(s, c, c->act.page2, 0, SX_OP_RCX);
	if (st)
		return st;
	spec_give(s, c->act.page2, 0, SX_PT_TDCX, c->td);
	s->vp[c->vp].nr_tdcx++;
	return 0;
}

static u64 vp_init(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdvpr(s, c, c->act.page, 2, c->act.version ? 2 : 1, SX_OP_RCX);
	struct spec_vp *vp = &s->vp[c->vp];

	if (!st)
		st = spec_check_td(s, c, true, SPEC_OPS(SPEC_INIT));
	if (st)
		return st;
	if (vp->nr_tdcx < SX_TDCX_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	if (vp->state != SPEC_VP_UNINIT)
		return SX_VCPU_STATE_INCORRECT;
	if (s->td[c->td].nr_vps == SPEC_MAX_VPS)
		return SX_MAX_VCPUS_EXCEEDED;
	vp->index = s->td[c->td].nr_vps++;
	s->td[c->td].nr_assoc++;
	vp->state = SPEC_VP_READY;
	vp->lp = c->act.cpu;
	vp->fresh = true;
	return 0;
}

static u64 vp_flush(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdvpr(s, c, c->act.page, 2, 1, SX_OP_RCX);
	struct spec_vp *vp = &s->vp[c->vp];

	if (st)
		return st;
	if (s->td[c->td].life != SPEC_KEYED)
		return SX_TD_KEYS_NOT_CONFIGURED;
	if (vp->nr_tdcx < SX_TDCX_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	if (vp->lp != c->act.cpu)
		return SX_VCPU_NOT_ASSOCIATED;
	vp->lp = SPEC_NONE;
	s->td[c->td].nr_assoc--;
	return 0;
}

/* Fields: 0 PEND_NMI, 1 VCPU_STATE_DETAILS (read-only, 0), 2 none such, 3 SHARED_EPT_POINTER. */
static u64 vp_field(struct spec *s, struct spec_cpu *c)
{
	bool write = c->act.op == SX_VP_WR;
	u64 st = spec_lock_tdvpr(s, c, c->act.page, 1, 1, SX_OP_RCX);
	struct spec_vp *vp = &s->vp[c->vp];

	c->out.values = true;
	if (!st)
		st = spec_check_td(s, c, true, SPEC_BUILT);
	if (!st)
		st = spec_associate(s, c);
	if (!st && c->act.arg == 2)
		st = SX_METADATA_FIELD_ID_INCORRECT;
	if (!st && write && c->act.arg == 1)
		st = SX_METADATA_FIELD_NOT_WRITABLE;
	if (st)
		return st;
	if (c->act.arg == 3) {
		c->out.r8_page = vp->shared;
		c->out.page = spec_shared_root(&s->td[c->td]);
		vp->shared |= write;
		return 0;
	}
	c->out.r8 = c->act.arg ? 0 : vp->pend_nmi;
	/* The walk writes the path under the mask 0xff. */
	if (write)
		vp->pend_nmi = c->act.path;
	return 0;
}

static u64 mng_rd(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdr(s, c, c->act.page, 1, SX_OP_RCX);

	c->out.values = true;
	if (!st)
		st = spec_check_td(s, c, true, SPEC_BUILT);
	return st ? st : spec_td_field(&s->td[c->td], c);
}

/* Operations that nothing can come between. */
u64 spec_at_once(struct spec *s, struct spec_cpu *c)
{
	switch (c->act.op) {
	case SX_MNG_CREATE: return mng_create(s, c);
	case SX_MNG_ADDCX: return mng_addcx(s, c);
	case SX_MNG_KEY_CONFIG: return key_config(s, c);
	case SX_MNG_INIT: return mng_init(s, c);
	case SX_MNG_RD: return mng_rd(s, c);
	case SX_MR_FINALIZE: return mr_finalize(s, c);
	case SX_MNG_VPFLUSHDONE: return vpflushdone(s, c);
	case SX_MNG_KEY_FREEID: return key_freeid(s, c);
	case SX_PHYMEM_CACHE_WB: return cache_wb(s, c);
	case SX_PHYMEM_PAGE_WBINVD: return page_wbinvd(s, c);
	case SX_PHYMEM_PAGE_RECLAIM: return reclaim(s, c);
	case SX_VP_CREATE: return vp_create(s, c);
	case SX_VP_ADDCX: return vp_addcx(s, c);
	case SX_VP_INIT: return vp_init(s, c);
	case SX_VP_FLUSH: return vp_flush(s, c);
	case SX_VP_RD:
	case SX_VP_WR: return vp_field(s, c);
	default: return SX_OPERAND_INVALID | SX_OP_RAX;
	}
}
