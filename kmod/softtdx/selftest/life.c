// SPDX-License-Identifier: GPL-2.0-only
/* Checks of the life cycle, of vCPUs, and of the module's own instruments. */
#include "priv.h"

/* Each call before its time, in the order in which KVM makes them. */
void check_life_cycle(struct st *t)
{
	struct st_td *d = &t->d, other;
	u64 page = st_page(t, 0);

	d->tdr = st_page(t, 0);
	EXPECT(st_call(t, SX_MNG_KEY_CONFIG, d->tdr, 0, 0, 0),
	       SX_PAGE_METADATA_INCORRECT | SX_OP_RCX);
	OK(st_call(t, SX_MNG_CREATE, d->tdr, 1, 0, 0));
	EXPECT(st_call(t, SX_MNG_CREATE, page, 1, 0, 0), SX_HKID_NOT_FREE);
	EXPECT(st_call(t, SX_MNG_ADDCX, page, d->tdr, 0, 0), SX_TD_KEYS_NOT_CONFIGURED);
	EXPECT(st_call(t, SX_MNG_KEY_FREEID, d->tdr, 0, 0, 0), SX_LIFECYCLE_STATE_INCORRECT);
	/* A TD given up here is torn down through the same calls. */
	d->td = sx_td_of(t->sys, d->tdr);
	st_td_destroy(t, d);

	st_td_create(t, d, 1);
	EXPECT(st_call(t, SX_MNG_KEY_CONFIG, d->tdr, 0, 0, 0), SX_LIFECYCLE_STATE_INCORRECT);
	EXPECT(st_call(t, SX_MNG_ADDCX, page, d->tdr, 0, 0), SX_TDCX_NUM_INCORRECT);
	EXPECT(st_call(t, SX_VP_CREATE, page, d->tdr, 0, 0), st_ops_incorrect(t, OP_UNINITIALIZED));
	EXPECT(st_call(t, SX_MR_FINALIZE, d->tdr, 0, 0, 0), st_ops_incorrect(t, OP_UNINITIALIZED));
	EXPECT(st_track(t), st_ops_incorrect(t, OP_UNINITIALIZED));
	st_td_init(t, d, SX_ATTR_SEPT_VE_DISABLE);
	EXPECT(sx_td_attributes(d->td), SX_ATTR_SEPT_VE_DISABLE);
	EXPECT(st_call(t, SX_MNG_INIT, d->tdr, t->params, 0, 0),
	       st_ops_incorrect(t, OP_INITIALIZED));
	EXPECT(st_call(t, SX_MR_FINALIZE, d->tdr, 0, 0, 0), SX_NO_VCPUS);
	st_vp_add(t, d);
	OK(st_call(t, SX_MR_FINALIZE, d->tdr, 0, 0, 0));
	EXPECT(st_call(t, SX_MR_FINALIZE, d->tdr, 0, 0, 0), st_ops_incorrect(t, OP_RUNNABLE));
	EXPECT(st_call(t, SX_VP_CREATE, page, d->tdr, 0, 0), st_ops_incorrect(t, OP_RUNNABLE));
	EXPECT(st_call(t, SX_MNG_VPFLUSHDONE, d->tdr, 0, 0, 0), SX_FLUSHVP_NOT_DONE);
	st_td_release_key(t, d);
	EXPECT(st_call(t, SX_MNG_VPFLUSHDONE, d->tdr, 0, 0, 0), SX_LIFECYCLE_STATE_INCORRECT);
	EXPECT(st_track(t), SX_TD_KEYS_NOT_CONFIGURED);
	/* The key id is free for the next TD while this one is still being reclaimed. */
	st_td_create(t, &other, 1);
	EXPECT(st_call(t, SX_MEM_SEPT_RD, 0, other.tdr, 0, 0),
	       st_ops_incorrect(t, OP_UNINITIALIZED));
	st_td_destroy(t, &other);
}

/* MNG.INIT's operand, and TDCS pages too few. */
static void init_operands(struct st *t)
{
	u64 *p = sx_page_va(t->sys, t->params), tdr = t->d.tdr;

	EXPECT(st_call(t, SX_MNG_INIT, tdr, t->params + 512, 0, 0), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_call(t, SX_MNG_INIT, tdr, t->env->nr_pages << SX_PAGE_SHIFT, 0, 0),
	       SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_RDX);
	EXPECT(st_call(t, SX_MNG_INIT, tdr, t->params, 0, 0), SX_OPERAND_INVALID | SX_OP_MAX_VCPUS);
	p[2] = 1;
	EXPECT(st_call(t, SX_MNG_INIT, tdr, t->params, 0, 0),
	       SX_OPERAND_INVALID | SX_OP_EPTP_CONTROLS);
	p[3] = ST_EPTP_4;
	p[4] = 4;	/* NO_RBP_MOD, as KVM sets */
	OK(st_call(t, SX_MNG_INIT, tdr, t->params, 0, 0));
}

/* Key ids, packages, and CACHE.WB with its resumption. */
void check_hkid_cache(struct st *t)
{
	struct sx_params *p = sx_params(t->sys);
	u64 tdr = t->d.tdr = st_page(t, 0);
	unsigned int i;

	p->packages = 2;
	EXPECT(st_call(t, SX_PHYMEM_CACHE_WB, 0, 0, 0, 0), SX_NO_HKID_READY_TO_WBCACHE);
	OK(st_call(t, SX_MNG_CREATE, tdr, 7, 0, 0));
	t->d.td = sx_td_of(t->sys, tdr);
	OK(st_call(t, SX_MNG_KEY_CONFIG, tdr, 0, 0, 0));
	EXPECT(st_call(t, SX_MNG_KEY_CONFIG, tdr, 0, 0, 0), SX_KEY_CONFIGURED);
	t->pkg = 1;
	OK(st_call(t, SX_MNG_KEY_CONFIG, tdr, 0, 0, 0));
	t->params = st_page(t, 0);
	sx_clear_page(sx_page_va(t->sys, t->params));
	EXPECT(st_call(t, SX_MNG_INIT, tdr, t->params, 0, 0), SX_TDCS_NOT_ALLOCATED);
	for (i = 0; i < SX_TDCS_PAGES; i++)
		OK(st_call(t, SX_MNG_ADDCX, st_page(t, 0), tdr, 0, 0));
	init_operands(t);
	st_vp_add(t, &t->d);
	/* As many as TD_PARAMS allow. */
	t->d.vp[1] = st_page(t, 0);
	OK(st_call(t, SX_VP_CREATE, t->d.vp[1], tdr, 0, 0));
	EXPECT(st_call(t, SX_VP_INIT, t->d.vp[1], 0, 0, 0), SX_TDCX_NUM_INCORRECT);
	for (i = 0; i < SX_TDCX_PAGES; i++)
		OK(st_call(t, SX_VP_ADDCX, st_page(t, 0), t->d.vp[1], 0, 0));
	EXPECT(st_call(t, SX_VP_ADDCX, st_page(t, 0), t->d.vp[1], 0, 0), SX_TDCX_NUM_INCORRECT);
	EXPECT(st_call(t, SX_VP_INIT, t->d.vp[1], 0, 0, 0), SX_MAX_VCPUS_EXCEEDED);
	OK(st_call(t, SX_VP_FLUSH, t->d.vp[0], 0, 0, 0));
	OK(st_call(t, SX_MNG_VPFLUSHDONE, tdr, 0, 0, 0));
	EXPECT(st_call(t, SX_MNG_KEY_FREEID, tdr, 0, 0, 0), SX_WBCACHE_NOT_COMPLETE);
	OK(st_call(t, SX_PHYMEM_CACHE_WB, 0, 0, 0, 0));
	EXPECT(st_call(t, SX_MNG_KEY_FREEID, tdr, 0, 0, 0), SX_WBCACHE_NOT_COMPLETE);
	/* The same package again does not count twice. */
	OK(st_call(t, SX_PHYMEM_CACHE_WB, 0, 0, 0, 0));
	EXPECT(st_call(t, SX_MNG_KEY_FREEID, tdr, 0, 0, 0), SX_WBCACHE_NOT_COMPLETE);
	t->pkg = 0;
	EXPECT(st_call(t, SX_PHYMEM_CACHE_WB, 1, 0, 0, 0), SX_WBCACHE_RESUME_ERROR);
	p->busy_permille = 1000;
	EXPECT(st_call(t, SX_PHYMEM_CACHE_WB, 0, 0, 0, 0), SX_INTERRUPTED_RESUMABLE);
	OK(st_call(t, SX_PHYMEM_CACHE_WB, 1, 0, 0, 0));
	p->busy_permille = 0;
	OK(st_call(t, SX_MNG_KEY_FREEID, tdr, 0, 0, 0));
	p->packages = 1;
}

/*
 * A vCPU belongs to one logical processor until VP.FLUSH there; every call with vCPU context binds
 * it.
 */
void check_association(struct st *t)
{
	struct sx_enter e;
	u64 vp;

	st_td_run(t, &t->d, 1);
	vp = t->d.vp[0];
	EXPECT(sx_vp_enter(t->sys, vp, 1, RIP, &e), SX_VCPU_ASSOCIATED);
	t->cpu = 1;
	EXPECT(st_call(t, SX_VP_RD, vp, 0, 0, 0), SX_VCPU_ASSOCIATED);
	EXPECT(st_call(t, SX_VP_FLUSH, vp, 0, 0, 0), SX_VCPU_NOT_ASSOCIATED);
	t->cpu = 0;
	OK(st_call(t, SX_VP_FLUSH, vp, 0, 0, 0));
	EXPECT(st_call(t, SX_VP_FLUSH, vp, 0, 0, 0), SX_VCPU_NOT_ASSOCIATED);
	t->cpu = 1;
	OK(st_call(t, SX_VP_RD, vp, 0x203c, 0, 0));
	EXPECT(sx_vp_enter(t->sys, vp, 0, RIP, &e), SX_VCPU_ASSOCIATED);
	OK(sx_vp_enter(t->sys, vp, 1, RIP, &e));
	EXPECT(st_call(t, SX_VP_FLUSH, vp, 0, 0, 0), SX_OPERAND_BUSY | SX_OP_RCX);
	EXPECT(st_call(t, SX_VP_RD, vp, 0x203c, 0, 0), SX_VCPU_STATE_INCORRECT);
	EXPECT(st_call(t, SX_MNG_VPFLUSHDONE, t->d.tdr, 0, 0, 0), SX_OPERAND_BUSY | SX_OP_RCX);
	st_exit(t, vp);
	OK(st_call(t, SX_VP_FLUSH, vp, 0, 0, 0));
	t->cpu = 0;
	OK(sx_vp_enter(t->sys, vp, 0, RIP, &e));
	st_exit(t, vp);
}

/* The fields KVM touches, with VP.WR's mask, and VP.INIT's outputs to the guest. */
void check_vcpu_fields(struct st *t)
{
	const u64 pend_nmi = 32ULL << 56 | 11, details = 1ULL << 63 | 17ULL << 56 | 0x100;
	struct sx_vp *vp;
	u64 pa;

	st_td_build(t, &t->d, 2);
	pa = t->d.vp[0];
	vp = sx_vp_of(t->sys, pa);
	EXPECT(sx_vp_initial_rcx(vp), 0x1000);
	EXPECT(sx_vp_index(sx_vp_of(t->sys, t->d.vp[1])), 1);
	EXPECT(sx_vp_td(vp) == t->d.td, true);
	EXPECT(sx_vp_of(t->sys, t->d.tdr) == NULL, true);
	OK(st_call(t, SX_VP_WR, pa, 0x203c, 0x123000, ~0ULL));
	EXPECT(sx_vp_shared_root(vp), 0x123000);
	OK(st_call(t, SX_VP_WR, pa, 0x4000, 0xff, 0x80));
	OK(st_call(t, SX_VP_WR, pa, 0x4000, 0x00, 0x7f));
	EXPECT(t->out.r8, 0x80);
	OK(st_call(t, SX_VP_RD, pa, 0x4000, 0, 0));
	EXPECT(t->out.r8, 0x80);
	OK(st_call(t, SX_VP_WR, pa, pend_nmi, 1, 0xff));
	OK(st_call(t, SX_VP_RD, pa, pend_nmi, 0, 0));
	EXPECT(t->out.r8, 1);
	OK(st_call(t, SX_VP_RD, pa, details, 0, 0));
	EXPECT(t->out.r8, 0);
	EXPECT(st_call(t, SX_VP_WR, pa, details, 1, 1), SX_METADATA_FIELD_NOT_WRITABLE);
	EXPECT(st_call(t, SX_VP_RD, pa, 0x6000, 0, 0), SX_METADATA_FIELD_ID_INCORRECT);
	OK(st_call(t, SX_MNG_RD, t->d.tdr, 17ULL << 56 | 10, 0, 0));
	EXPECT(t->out.r8, 0);
	OK(st_call(t, SX_MNG_RD, t->d.tdr, 17ULL << 56 | 11, 0, 0));
	EXPECT(t->out.r8, 1ULL << 48);
	EXPECT(st_call(t, SX_MNG_RD, t->d.tdr, 17ULL << 56 | 12, 0, 0),
	       SX_METADATA_FIELD_ID_INCORRECT);
	EXPECT(st_call(t, SX_VP_INIT, pa, 0, 0, 0), SX_VCPU_STATE_INCORRECT);
	EXPECT(st_call(t, SX_VP_ADDCX, st_page(t, 0), pa, 0, 0), SX_VCPU_STATE_INCORRECT);
}

/* Initial memory: PAGE.ADD copies, MR.EXTEND wants MAPPED. */
void check_mr(struct st *t)
{
	u64 src, *s, *d, page, tdr;

	st_td_build(t, &t->d, 1);
	st_tables(t, GPA(0));
	tdr = t->d.tdr;
	src = st_page(t, 0);
	page = st_page(t, 0);
	s = sx_page_va(t->sys, src);
	d = sx_page_va(t->sys, page);
	s[0] = 0x1122;
	s[511] = 0x3344;
	EXPECT(st_call(t, SX_MR_EXTEND, GPA(0), tdr, 0, 0), SX_EPT_ENTRY_NOT_PRESENT | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(0), tdr, page, src + 8),
	       SX_OPERAND_INVALID | SX_OP_R9);
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(0), tdr, page, t->env->nr_pages << SX_PAGE_SHIFT),
	       SX_OPERAND_ADDR_RANGE_ERROR | SX_OP_R9);
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, REGION(0) | 1, tdr, page, src),
	       SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(0), tdr, tdr, src), SX_OPERAND_BUSY | SX_OP_R8);
	OK(st_call(t, SX_MEM_PAGE_ADD, GPA(0), tdr, page, src));
	EXPECT(d[0], 0x1122);
	EXPECT(d[511], 0x3344);
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(0), tdr, st_page(t, 0), src),
	       SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, REGION(1), tdr, st_page(t, 0), src),
	       SX_EPT_WALK_FAILED | SX_OP_RCX);
	OK(st_call(t, SX_MR_EXTEND, GPA(0) + 0xf00, tdr, 0, 0));
	EXPECT(st_call(t, SX_MR_EXTEND, GPA(0) + 0x80, tdr, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	OK(st_aug(t, GPA(1), 0, st_page(t, 0)));
	EXPECT(st_call(t, SX_MR_EXTEND, GPA(1), tdr, 0, 0), SX_EPT_ENTRY_NOT_PRESENT | SX_OP_RCX);
	OK(st_call(t, SX_MR_FINALIZE, tdr, 0, 0, 0));
	EXPECT(st_call(t, SX_MEM_PAGE_ADD, GPA(2), tdr, st_page(t, 0), src),
	       st_ops_incorrect(t, OP_RUNNABLE));
	EXPECT(st_call(t, SX_MR_EXTEND, GPA(0), tdr, 0, 0), st_ops_incorrect(t, OP_RUNNABLE));
}

/* 40 calls under injection; a bit per BUSY. None leaves host priority. */
static u64 inject_run(struct st *t, u64 seed)
{
	u64 val, *entry, pattern = 0;
	unsigned int i, level = 0;

	entry = sx_walk(t->d.td, GPA(0), &level, &val);
	sx_reseed(t->sys, seed);
	sx_params(t->sys)->busy_permille = 300;
	for (i = 0; i < 40; i++) {
		u64 st = st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0);

		EXPECT(sx_status_class(st) == SX_S_BUSY_TREE ||
			       sx_status_class(st) == SX_S_BUSY_ENTRY ||
			       st == (SX_GPA_RANGE_ALREADY_BLOCKED | SX_OP_RCX),
		       true);
		/* Nobody has won what was lost, and would come back for the entry. */
		EXPECT(*entry & SX_E_PRIO, 0);
		pattern = pattern << 1 | (sx_status_class(st) != SX_S_ALREADY_BLOCKED);
	}
	sx_params(t->sys)->busy_permille = 0;
	OK(st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0));
	return pattern;
}

/* Injected BUSY: seeded, reproducible, never twice in a row, undone by a retry. */
void check_injection(struct st *t)
{
	struct sx_enter e;
	u64 a, b, c;

	st_td_run(t, &t->d, 1);
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	a = inject_run(t, 41);
	b = inject_run(t, 42);
	c = inject_run(t, 41);
	EXPECT(a, c);
	EXPECT(a != b, true);
	EXPECT(a & (a << 1), 0);
	EXPECT(a != 0, true);
	/*
	 * Certain injection still lets every second call through, whatever its leaf; from a fresh
	 * start.
	 */
	sx_reseed(t->sys, 1);
	sx_params(t->sys)->busy_permille = 1000;
	EXPECT(st_track(t), SX_OPERAND_BUSY | SX_OP_TD_EPOCH);
	OK(st_track(t));
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), SX_OPERAND_BUSY | SX_OP_SEPT_TREE);
	OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
	EXPECT(st_enter(t, t->d.vp[0], &e), SX_OPERAND_BUSY | SX_OP_TD_EPOCH);
	OK(st_enter(t, t->d.vp[0], &e));
	OK(st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0));	/* not a leaf that is injected into */
	st_exit(t, t->d.vp[0]);
	sx_params(t->sys)->busy_permille = 0;
}

static void count_yield(void *arg, enum sx_yield where)
{
	struct st *t = arg;

	t->scratch[where]++;
}

/* Begin, locked and end of every MEM leaf that succeeds; begin and end only if it fails. */
void check_yield_points(struct st *t)
{
	struct sx_enter e;

	st_td_run(t, &t->d, 1);
	sx_set_yield(t->sys, count_yield, t);
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	OK(st_mem(t, SX_MEM_SEPT_RD, GPA(0), 0));
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, GPA(0), 0));
	OK(st_track(t));
	OK(st_mem(t, SX_MEM_RANGE_UNBLOCK, GPA(0), 0));
	EXPECT(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0), SX_GPA_RANGE_NOT_BLOCKED | SX_OP_RCX);
	EXPECT(t->scratch[SX_YIELD_BEGIN], 6);
	EXPECT(t->scratch[SX_YIELD_LOCKED], 5);
	EXPECT(t->scratch[SX_YIELD_END], 6);
	OK(st_enter(t, t->d.vp[0], &e));
	st_exit(t, t->d.vp[0]);
	EXPECT(t->scratch[SX_YIELD_LOCKED], 6);
	EXPECT(t->scratch[SX_YIELD_ENTER], 1);
	EXPECT(t->scratch[SX_YIELD_BEGIN], 6);
	OK(st_call(t, SX_VP_RD, t->d.vp[0], 0x203c, 0, 0));
	EXPECT(t->scratch[SX_YIELD_BEGIN], 6);
}

static void flush_is(struct st *t, u64 vp, bool flush)
{
	struct sx_enter e;

	OK(st_enter(t, vp, &e));
	EXPECT(e.flush, flush);
	st_exit(t, vp);
}

/* When an entry has to flush, and that a flush is not forgotten by a failed entry. */
void check_flushes(struct st *t)
{
	struct sx_stats *s;
	struct sx_enter e;
	u64 a, b;

	/* Whose PENDING page lets an armed vCPU in: not what is checked here. */
	sx_params(t->sys)->release = SX_R_NEWEST;
	st_td_run(t, &t->d, 2);
	a = t->d.vp[0];
	b = t->d.vp[1];
	flush_is(t, a, true);		/* fresh */
	flush_is(t, a, false);
	OK(st_track(t));
	flush_is(t, a, true);		/* epoch */
	flush_is(t, a, false);
	OK(st_call(t, SX_VP_FLUSH, a, 0, 0, 0));
	OK(st_call(t, SX_VP_WR, a, 0x203c, 0, 0));
	flush_is(t, a, true);		/* fresh, by VP.WR */
	t->cpu = 1;
	OK(st_call(t, SX_VP_FLUSH, b, 0, 0, 0));
	t->cpu = 0;
	flush_is(t, b, true);		/* fresh, on a's processor */
	flush_is(t, a, true);		/* another ran there */
	flush_is(t, a, false);
	OK(st_track(t));
	st_zero_step_arm(t, a, GPA(0));	/* its first entry takes the new epoch's flush */
	OK(st_track(t));
	OK(st_enter(t, a, &e));
	EXPECT(e.synth, true);		/* not run: the flush stays due */
	OK(st_aug(t, GPA(0), 0, st_page(t, 0)));
	flush_is(t, a, true);
	flush_is(t, a, false);
	s = sx_page_va(t->sys, st_page(t, 1));
	sx_td_stats(t->d.td, s);
	EXPECT(s->count[SX_C_ASSOC_FLUSH], 3);
	EXPECT(s->count[SX_C_EPOCH_FLUSH], 3);
	EXPECT(s->count[SX_C_LP_FLUSH], 1);
}

/* Counts per TD, of the module, and that none is lost when a TD ends. */
void check_counts(struct st *t)
{
	struct sx_stats *s = sx_page_va(t->sys, st_page(t, 1));
	u64 page, aug_before, wb_before, key;
	int i;

	sx_sys_stats(t->sys, s);
	aug_before = s->leaf[SX_MEM_PAGE_AUG][SX_S_OK];
	wb_before = s->leaf[SX_PHYMEM_PAGE_WBINVD][SX_S_OK];
	st_td_run(t, &t->d, 1);
	key = t->d.hkid << sx_params(t->sys)->hkid_shift;
	page = st_page(t, 0);
	for (i = 0; i < 3; i++) {
		OK(st_aug(t, GPA(0), 0, page));
		EXPECT(st_aug(t, GPA(0), 0, page), SX_EPT_ENTRY_STATE_INCORRECT | SX_OP_RCX);
		st_block_track(t, GPA(0), 0);
		OK(st_mem(t, SX_MEM_PAGE_REMOVE, GPA(0), 0));
		OK(st_call(t, SX_PHYMEM_PAGE_WBINVD, page | key, 0, 0, 0));
	}
	sx_td_stats(t->d.td, s);
	EXPECT(s->leaf[SX_MEM_PAGE_AUG][SX_S_OK], 3);
	EXPECT(s->leaf[SX_MEM_PAGE_AUG][SX_S_STATE_INCORRECT], 3);
	EXPECT(s->leaf[SX_MEM_TRACK][SX_S_OK], 3);
	EXPECT(s->leaf[SX_PHYMEM_PAGE_WBINVD][SX_S_OK], 3);
	EXPECT(s->leaf[SX_MNG_CREATE][SX_S_OK], 1);
	EXPECT(s->leaf[SX_MNG_ADDCX][SX_S_OK], SX_TDCS_PAGES);
	st_td_release_key(t, &t->d);
	sx_td_stats(t->d.td, s);
	EXPECT(s->leaf[SX_PHYMEM_PAGE_WBINVD][SX_S_OK], 3);
	st_td_destroy(t, &t->d);
	sx_sys_stats(t->sys, s);
	EXPECT(s->leaf[SX_MEM_PAGE_AUG][SX_S_OK], aug_before + 3);
	EXPECT(s->leaf[SX_PHYMEM_PAGE_WBINVD][SX_S_OK], wb_before + 3);
	for (i = 0; i < SX_NR_CLASSES; i++)
		EXPECT(sx_class_name((enum sx_class)i) != NULL, true);
	for (i = 0; i < SX_NR_COUNTS; i++)
		EXPECT(sx_count_name((enum sx_count)i) != NULL, true);
	EXPECT(sx_leaf_name(SX_MEM_PAGE_AUG) != NULL, true);
	EXPECT(sx_leaf_name((enum sx_leaf)24) == NULL, true);
}

/* One TDMR of 2 GiB whose PAMT says that it lies at its start. */
static u64 boot_tdmr(struct st *t)
{
	u64 pa = st_page(t, 0), *info = sx_page_va(t->sys, pa);
	unsigned int i;

	sx_clear_page(info);
	info[1] = 2ULL << 30;
	for (i = 0; i < 3; i++)
		info[3 + 2 * i] = 8ULL << 20;
	info[9] = 8ULL << 20;	/* a reserved area */
	return pa;
}

static void boot_config(struct st *t)
{
	u64 tdmr = boot_tdmr(t), pa = st_page(t, 0), *list = sx_page_va(t->sys, pa);
	u64 *info = sx_page_va(t->sys, tdmr);

	sx_clear_page(list);
	list[0] = tdmr;
	EXPECT(st_call(t, SX_SYS_CONFIG, pa + 8, 1, 1, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	EXPECT(st_call(t, SX_SYS_CONFIG, pa, 0, 1, 0), SX_OPERAND_INVALID | SX_OP_RDX);
	EXPECT(st_call(t, SX_SYS_CONFIG, pa, 1, 0, 0), SX_OPERAND_INVALID | SX_OP_R8);
	info[0] = 4096;
	EXPECT(st_call(t, SX_SYS_CONFIG, pa, 1, 1, 0), SX_INVALID_TDMR);
	info[0] = 0;
	info[7] = 4096;		/* PAMT of 4K entries */
	EXPECT(st_call(t, SX_SYS_CONFIG, pa, 1, 1, 0), SX_INVALID_PAMT);
	info[7] = 8ULL << 20;
	info[8] = 3ULL << 30;
	EXPECT(st_call(t, SX_SYS_CONFIG, pa, 1, 1, 0), SX_INVALID_RESERVED_IN_TDMR);
	info[8] = 0;
	list[1] = tdmr;
	EXPECT(st_call(t, SX_SYS_CONFIG, pa, 2, 1, 0), SX_NON_ORDERED_TDMR | 1);
	OK(st_call(t, SX_SYS_CONFIG, pa, 1, 1, 0));
}

static void boot_tdmrs(struct st *t)
{
	EXPECT(st_call(t, SX_SYS_TDMR_INIT, 1ULL << 30, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	OK(st_call(t, SX_SYS_TDMR_INIT, 0, 0, 0, 0));
	EXPECT(t->out.rdx, 1ULL << 30);
	OK(st_call(t, SX_SYS_TDMR_INIT, 0, 0, 0, 0));
	EXPECT(t->out.rdx, 2ULL << 30);
	EXPECT(st_call(t, SX_SYS_TDMR_INIT, 0, 0, 0, 0), SX_TDMR_ALREADY_INITIALIZED);
}

static void boot_metadata(struct st *t)
{
	static const u64 updates[SX_NR_RELEASES] = { 1, 5, 16, 25 };

	OK(st_call(t, SX_SYS_RD, 0, 0x0800000100000005ULL, 0, 0));
	EXPECT(t->out.r8, updates[sx_params(t->sys)->release]);
	EXPECT(t->out.rdx, 0x0a00000300000008ULL);
	OK(st_call(t, SX_SYS_RD, 0, 0x990000030000050dULL, 0, 0));
	EXPECT(t->out.rdx, ~0ULL);
	EXPECT(st_call(t, SX_SYS_RD, 0, 0x0800000100000006ULL, 0, 0),
	       SX_METADATA_FIELD_ID_INCORRECT);
	EXPECT(t->out.r8, 0);
}

/* From the module's load to a TD, step by step and out of order. */
void check_boot(struct st *t)
{
	u64 page = st_page(t, 0);

	sx_sys_boot(t->sys, 2);
	EXPECT(st_call(t, SX_MNG_CREATE, page, 2, 0, 0), SX_SYS_NOT_READY);
	EXPECT(st_call(t, SX_SYS_LP_INIT, 0, 0, 0, 0), SX_SYS_LP_INIT_NOT_PENDING);
	EXPECT(st_call(t, SX_SYS_INIT, 1, 0, 0, 0), SX_OPERAND_INVALID | SX_OP_RCX);
	OK(st_call(t, SX_SYS_INIT, 0, 0, 0, 0));
	EXPECT(st_call(t, SX_SYS_INIT, 0, 0, 0, 0), SX_SYS_INIT_NOT_PENDING);
	EXPECT(st_call(t, SX_SYS_RD, 0, 0x0800000100000005ULL, 0, 0), SX_SYS_LP_INIT_NOT_DONE);
	OK(st_call(t, SX_SYS_LP_INIT, 0, 0, 0, 0));
	EXPECT(st_call(t, SX_SYS_LP_INIT, 0, 0, 0, 0), SX_SYS_LP_INIT_DONE);
	EXPECT(st_call(t, SX_SYS_CONFIG, page, 1, 1, 0), SX_SYS_CONFIG_NOT_PENDING);
	t->cpu++;
	OK(st_call(t, SX_SYS_LP_INIT, 0, 0, 0, 0));
	t->cpu--;
	boot_metadata(t);
	EXPECT(st_call(t, SX_SYS_KEY_CONFIG, 0, 0, 0, 0), SX_SYS_KEY_CONFIG_NOT_PENDING);
	boot_config(t);
	sx_params(t->sys)->packages = 2;
	OK(st_call(t, SX_SYS_KEY_CONFIG, 0, 0, 0, 0));
	EXPECT(st_call(t, SX_SYS_KEY_CONFIG, 0, 0, 0, 0), SX_KEY_CONFIGURED);
	EXPECT(st_call(t, SX_SYS_TDMR_INIT, 0, 0, 0, 0), SX_SYS_NOT_READY);
	t->pkg = 1;
	OK(st_call(t, SX_SYS_KEY_CONFIG, 0, 0, 0, 0));
	t->pkg = 0;
	sx_params(t->sys)->packages = 1;
	boot_tdmrs(t);
	EXPECT(st_call(t, SX_MNG_CREATE, page, 1, 0, 0), SX_HKID_NOT_FREE);
	st_td_create(t, &t->d, 2);
	st_td_destroy(t, &t->d);
	t->sys->kot[1].state = HKID_FREE;
	t->sys->boot = (struct sx_boot){ .state = BOOT_READY };
}
