// SPDX-License-Identifier: GPL-2.0-only
/* The conformance checks' ground: module, TDs, calls, comparisons, and the run itself. */
#include "priv.h"

static const struct {
	const char *name;
	void (*fn)(struct st *t);
} checks[SX_NR_SELFTESTS] = {
#define X(n) { #n, check_##n },
	SX_SELFTESTS(X)
#undef X
};

/*
 * Every status word that an implemented leaf can return. BUSY_HOST_PRIORITY is missing: the module
 * turns it into OPERAND_BUSY before a guest sees it, and no implemented leaf returns it to a host.
 */
static const u64 statuses[] = {
	SX_SUCCESS,
	SX_INTERRUPTED_RESUMABLE,
	SX_INTERRUPTED_RESTARTABLE,
	SX_INTERRUPTED_BUSY,
	SX_OPERAND_INVALID,
	SX_OPERAND_ADDR_RANGE_ERROR,
	SX_OPERAND_BUSY,
	SX_PREVIOUS_TLB_EPOCH_BUSY,
	SX_HP_BUSY_TIMEOUT,
	SX_PAGE_METADATA_INCORRECT,
	SX_PAGE_NOT_FREE,
	SX_HPA_RANGE_NOT_FREE,
	SX_NO_PAMT_PAGE_PAIR,
	SX_PAMT_PAGE_NOT_EMPTY,
	SX_MISSING_PAMT_PAGE_PAIR,
	SX_TD_ASSOCIATED_PAGES_EXIST,
	SX_TD_FATAL,
	SX_TDCS_NOT_ALLOCATED,
	SX_LIFECYCLE_STATE_INCORRECT,
	SX_OP_STATE_INCORRECT,
	SX_NO_VCPUS,
	SX_TDCX_NUM_INCORRECT,
	SX_MAX_VCPUS_EXCEEDED,
	SX_VCPU_STATE_INCORRECT,
	SX_VCPU_ASSOCIATED,
	SX_VCPU_NOT_ASSOCIATED,
	SX_NO_VALID_VE_INFO,
	SX_TD_KEYS_NOT_CONFIGURED,
	SX_KEY_CONFIGURED,
	SX_WBCACHE_NOT_COMPLETE,
	SX_WBCACHE_RESUME_ERROR,
	SX_HKID_NOT_FREE,
	SX_NO_HKID_READY_TO_WBCACHE,
	SX_FLUSHVP_NOT_DONE,
	SX_EPT_WALK_FAILED,
	SX_EPT_ENTRY_NOT_PRESENT,
	SX_GPA_RANGE_NOT_BLOCKED,
	SX_GPA_RANGE_ALREADY_BLOCKED,
	SX_TLB_TRACKING_NOT_DONE,
	SX_EPT_INVALID_PROMOTE_CONDITIONS,
	SX_PAGE_ALREADY_ACCEPTED,
	SX_PAGE_SIZE_MISMATCH,
	SX_EPT_ENTRY_STATE_INCORRECT,
	SX_EPT_PAGE_NOT_FREE,
	SX_METADATA_FIELD_ID_INCORRECT,
	SX_METADATA_FIELD_NOT_WRITABLE,
	SX_METADATA_FIELD_NOT_READABLE,
	SX_TD_NON_DEBUG,
};
#define NR_STATUSES (sizeof(statuses) / sizeof(statuses[0]))
static bool seen[NR_STATUSES];

void st_seen(u64 status)
{
	unsigned int i;

	for (i = 0; i < NR_STATUSES; i++)
		seen[i] |= statuses[i] == (status & SX_STATUS_MASK);
}

void st_expect(struct st *t, const char *what, u64 got, u64 want)
{
	if (got == want)
		return;
	t->faults++;
	t->env->report(t->env->arg, t->name, what, got, want);
}

u64 st_call(struct st *t, u64 leaf, u64 rcx, u64 rdx, u64 r8, u64 r9)
{
	struct sx_args a = { .rcx = rcx, .rdx = rdx, .r8 = r8, .r9 = r9 };
	u64 st = sx_seamcall(t->sys, leaf, &a, t->cpu, t->pkg);

	st_seen(st);
	t->out = a;
	return st;
}

u64 st_call_saved(struct st *t, u64 leaf, u64 rcx, u64 rdx, u64 r8, u64 r12, u64 r13)
{
	struct sx_args_saved a = { .a = { .rcx = rcx, .rdx = rdx, .r8 = r8 },
				   .r12 = r12, .r13 = r13 };
	u64 st = sx_seamcall_saved(t->sys, leaf, &a, t->cpu, t->pkg);

	st_seen(st);
	t->out = a.a;
	t->pair[0] = a.r12;
	t->pair[1] = a.r13;
	return st;
}

/* On the logical processor the vCPU is associated with. */
u64 st_enter(struct st *t, u64 vp, struct sx_enter *e)
{
	u32 lp = sx_vp_of(t->sys, vp)->lp;
	u64 st = sx_vp_enter(t->sys, vp, lp == SX_NONE ? t->cpu : lp, RIP, e);

	st_seen(st);
	return st;
}

void st_exit(struct st *t, u64 vp)
{
	sx_vp_exit(sx_vp_of(t->sys, vp));
}

u64 st_accept(struct st *t, u64 vp, u64 gpa_level, bool *violation)
{
	u64 st = sx_tdg_mem_page_accept(sx_vp_of(t->sys, vp), gpa_level, violation);

	st_seen(st);
	return st;
}

static u64 new_page(struct st *t, unsigned int level)
{
	u64 pa = 0;

	if (t->nr_pages < ST_MAX_PAGES)
		pa = t->env->alloc(t->env->arg, level);
	if (!pa) {
		st_expect(t, "page for the check", 0, 1);
		return 0;
	}
	t->pages[t->nr_pages++] = pa | level;
	return pa;
}

u64 st_page(struct st *t, unsigned int level)
{
	u64 pa = new_page(t, level);
	struct sx_args out = t->out;

	if (!level && sx_pamt_type(sx_pamt_entry(t->sys, pa, 1)) == SX_PT_NO_PAIR) {
		OK(st_call(t, SX_PHYMEM_PAMT_ADD, (pa & ~(sx_level_size(1) - 1)) | 1,
			   new_page(t, 0), new_page(t, 0), 0));
		t->out = out;
	}
	return pa;
}

bool st_dynamic(struct st *t)
{
	if (!sx_since(t->sys, SX_R_1_5_25))
		return false;
	sx_sys_dynamic_pamt(t->sys, true);
	return true;
}

static void hook(void *arg, enum sx_yield where)
{
	struct st *t = arg;
	void (*fn)(struct st *t) = t->hook;
	struct sx_args out = t->out;

	if (!fn || where != t->hook_at)
		return;
	t->hook = NULL;		/* what runs inside yields too */
	t->hooks_run++;
	fn(t);
	t->out = out;
}

/*
 * The next call that yields at @at runs @fn there, as another logical processor would at that
 * moment.
 */
void st_hook(struct st *t, enum sx_yield at, void (*fn)(struct st *t))
{
	t->hook_at = at;
	t->hook = fn;
	sx_set_yield(t->sys, hook, t);
}

void st_td_create(struct st *t, struct st_td *d, u64 hkid)
{
	unsigned int i;

	*d = (struct st_td){ .hkid = hkid, .tdr = st_page(t, 0) };
	OK(st_call(t, SX_MNG_CREATE, d->tdr, hkid, 0, 0));
	OK(st_call(t, SX_MNG_KEY_CONFIG, d->tdr, 0, 0, 0));
	for (i = 0; i < SX_TDCS_PAGES; i++) {
		d->tdcs[i] = st_page(t, 0);
		OK(st_call(t, SX_MNG_ADDCX, d->tdcs[i], d->tdr, 0, 0));
	}
	d->td = sx_td_of(t->sys, d->tdr);
}

/* TD_PARAMS as far as the model reads it: attributes, vCPU limit, EPTP controls, identifiers. */
u64 *st_params(struct st *t, u64 attributes)
{
	unsigned int i;
	u64 *p;

	if (!t->params)
		t->params = st_page(t, 0);
	p = sx_page_va(t->sys, t->params);
	sx_clear_page(p);
	p[0] = attributes;
	p[2] = ST_MAX_VPS;
	p[3] = ST_EPTP_4;
	for (i = 0; i < SX_MR_IDS; i++)
		p[10 + 6 * i] = 0xc1 + i;
	return p;
}

void st_td_init(struct st *t, struct st_td *d, u64 attributes)
{
	st_params(t, attributes);
	OK(st_call(t, SX_MNG_INIT, d->tdr, t->params, 0, 0));
}

/* A vCPU, associated with the logical processor of its own number; leaves t->cpu alone. */
void st_vp_add(struct st *t, struct st_td *d)
{
	unsigned int i, n = d->nr_vps++, cpu = t->cpu;

	d->vp[n] = st_page(t, 0);
	OK(st_call(t, SX_VP_CREATE, d->vp[n], d->tdr, 0, 0));
	for (i = 0; i < SX_TDCX_PAGES; i++) {
		d->tdcx[n][i] = st_page(t, 0);
		OK(st_call(t, SX_VP_ADDCX, d->tdcx[n][i], d->vp[n], 0, 0));
	}
	t->cpu = n;
	OK(st_call(t, SX_VP_INIT | 1 << 16, d->vp[n], 0x1000 + n, n, 0));
	t->cpu = cpu;
}

void st_td_build(struct st *t, struct st_td *d, unsigned int nr_vps)
{
	st_td_create(t, d, 1);
	st_td_init(t, d, 0);
	while (d->nr_vps < nr_vps)
		st_vp_add(t, d);
}

void st_td_run(struct st *t, struct st_td *d, unsigned int nr_vps)
{
	st_td_build(t, d, nr_vps);
	OK(st_call(t, SX_MR_FINALIZE, d->tdr, 0, 0, 0));
	st_tables(t, GPA(0));
}

u64 st_big_page(struct st *t, u64 gpa, bool accepted)
{
	u64 big, vp;
	bool violation;
	struct sx_enter e;

	st_td_run(t, &t->d, 1);
	vp = t->d.vp[0];
	big = st_page(t, 1);
	OK(st_aug(t, gpa, 1, big));
	if (accepted) {
		OK(st_enter(t, vp, &e));
		OK(st_accept(t, vp, gpa | 1, &violation));
		st_exit(t, vp);
	}
	return big;
}

void st_td_release_key(struct st *t, struct st_td *d)
{
	unsigned int i, cpu = t->cpu;

	for (i = 0; i < d->nr_vps; i++) {
		struct sx_vp *vp = sx_vp_of(t->sys, d->vp[i]);

		if (vp->lp == SX_NONE || vp->nr_tdcx < SX_TDCX_PAGES)
			continue;
		t->cpu = vp->lp;
		OK(st_call(t, SX_VP_FLUSH, d->vp[i], 0, 0, 0));
	}
	t->cpu = cpu;
	OK(st_call(t, SX_MNG_VPFLUSHDONE, d->tdr, 0, 0, 0));
	OK(st_call(t, SX_PHYMEM_CACHE_WB, 0, 0, 0, 0));
	OK(st_call(t, SX_MNG_KEY_FREEID, d->tdr, 0, 0, 0));
}

/* Gives back @pa if it is in use by the TD, as the page of @level that it is. */
static void reclaim(struct st *t, struct st_td *d, u64 pa, unsigned int level)
{
	struct sx_pamt *p = sx_pamt_entry(t->sys, pa, level);

	if (pa != d->tdr && sx_pamt_type(p) != SX_PT_NDA && p->owner == d->tdr >> SX_PAGE_SHIFT)
		OK(st_call(t, SX_PHYMEM_PAGE_RECLAIM, pa, 0, 0, 0));
}

/*
 * Every page of the check that the PAMT gives to the TD, in the order they were allocated; the TDR
 * last.
 */
void st_td_destroy(struct st *t, struct st_td *d)
{
	unsigned int i, j;

	if (d->td->lifecycle != TD_TEARDOWN)
		st_td_release_key(t, d);
	for (i = 0; i < t->nr_pages; i++) {
		unsigned int level = t->pages[i] & 1;
		u64 pa = t->pages[i] & ~1ULL;

		reclaim(t, d, pa, level);
		for (j = 0; level && j < SX_ENTRIES; j++)
			reclaim(t, d, pa + j * SX_PAGE_SIZE, 0);
	}
	OK(st_call(t, SX_PHYMEM_PAGE_RECLAIM, d->tdr, 0, 0, 0));
	d->td = NULL;
}

u64 st_sept_add(struct st *t, u64 gpa, unsigned int level)
{
	return st_call(t, SX_MEM_SEPT_ADD, gpa | level, t->d.tdr, st_page(t, 0), 0);
}

u64 st_aug(struct st *t, u64 gpa, unsigned int level, u64 page)
{
	return st_call(t, SX_MEM_PAGE_AUG, gpa | level, t->d.tdr, page, 0);
}

u64 st_mem(struct st *t, u64 leaf, u64 gpa, unsigned int level)
{
	return st_call(t, leaf, gpa | level, t->d.tdr, 0, 0);
}

u64 st_track(struct st *t)
{
	return st_call(t, SX_MEM_TRACK, t->d.tdr, 0, 0, 0);
}

void st_tables(struct st *t, u64 gpa)
{
	unsigned int level;

	for (level = t->d.td->root_level; level; level--) {
		u64 aligned = gpa & ~(sx_level_size(level) - 1);

		if (st_state(t, gpa, level) == SX_FREE)
			OK(st_sept_add(t, aligned, level));
	}
}

/* On a vCPU that is outside. */
void st_map(struct st *t, u64 gpa, u64 vp)
{
	struct sx_enter e;
	bool violation;

	OK(st_aug(t, gpa, 0, st_page(t, 0)));
	OK(st_enter(t, vp, &e));
	OK(st_accept(t, vp, gpa, &violation));
	EXPECT(violation, false);
	st_exit(t, vp);
}

struct sx_vp *st_run_guest(struct st *t, unsigned int nr_vps, unsigned int inside,
			   unsigned int pages)
{
	struct sx_enter e;
	unsigned int i;
	u64 vp;

	st_td_run(t, &t->d, nr_vps);
	vp = t->d.vp[inside];
	for (i = 0; i < pages; i++)
		st_map(t, GPA(i), vp);
	OK(st_enter(t, vp, &e));
	return sx_vp_of(t->sys, vp);
}

u64 st_tdcall(struct sx_vp *vp, u64 leaf, struct sx_tdg_regs *r)
{
	r->rax = leaf;
	sx_tdg_call(vp, r);
	st_seen(r->rax);
	return r->rax;
}

void st_interrupt(struct st *t, u64 leaf, u64 rcx, u64 rdx, u64 r8)
{
	unsigned int i;
	u64 st = 0;

	sx_reseed(t->sys, 1);
	sx_params(t->sys)->busy_permille = 300;
	for (i = 0; i < 100 && st != SX_INTERRUPTED_RESTARTABLE; i++) {
		st = st_call(t, leaf, rcx, rdx, r8, 0);
		if (!st)	/* not met this time: as it was */
			break;
	}
	sx_params(t->sys)->busy_permille = 0;
	sx_reseed(t->sys, 1);
	EXPECT(st, SX_INTERRUPTED_RESTARTABLE);
	EXPECT(t->out.rcx, rcx);
	EXPECT(t->out.rdx, rdx);
}

void st_block_track(struct st *t, u64 gpa, unsigned int level)
{
	OK(st_mem(t, SX_MEM_RANGE_BLOCK, gpa, level));
	OK(st_track(t));
}

enum sx_state st_state(struct st *t, u64 gpa, unsigned int level)
{
	enum sx_state state;
	int l = (int)level;
	u64 hpa;

	return sx_td_lookup(t->d.td, gpa, &l, &hpa, &state) ? state : SX_FREE;
}

/* Faults at one instruction until @gpa is remembered, then leaves; @gpa is still FREE. */
void st_zero_step_arm(struct st *t, u64 vp, u64 gpa)
{
	unsigned int i, n = sx_params(t->sys)->zero_step_threshold + 1;
	struct sx_enter e;

	for (i = 0; i < n; i++) {
		OK(st_enter(t, vp, &e));
		EXPECT(e.synth, false);
		sx_vp_private_violation(sx_vp_of(t->sys, vp), gpa, RIP);
		st_exit(t, vp);
	}
}

const char *sx_selftest_name(enum sx_selftest_id id)
{
	return (unsigned int)id < SX_NR_SELFTESTS ? checks[id].name : NULL;
}

static void fault_found(void *arg, const char *what, u64 gpa, u64 value)
{
	(void)gpa;
	st_expect(arg, what, value, 0);
}

void st_static(struct st *t)
{
	u64 i;

	if (t->d.td) {
		sx_td_check(t->d.td, NULL, fault_found, t);
		st_td_destroy(t, &t->d);
	}
	EXPECT(sx_pamt_check(t->sys), 0);
	for (i = 0; i << 9 < t->env->nr_pages; i++) {
		if (sx_pamt_type(&t->sys->pamt[1][i]) == SX_PT_NDA)
			OK(st_call(t, SX_PHYMEM_PAMT_REMOVE, i << 21 | 1, 0, 0, 0));
	}
	EXPECT(sx_pamt_pairs(t->sys), 0);
	EXPECT(sx_pamt_check(t->sys), 0);
	sx_sys_dynamic_pamt(t->sys, false);
}

/* Whatever a check did to its TD, it is sound and can be torn down. */
static void finish(struct st *t)
{
	t->hook = NULL;
	sx_set_yield(t->sys, NULL, NULL);
	if (t->d.td) {
		sx_td_check(t->d.td, NULL, fault_found, t);
		st_td_destroy(t, &t->d);
	}
	while (t->nr_pages) {
		u64 pa = t->pages[--t->nr_pages];

		EXPECT(sx_pamt_type(sx_pamt_entry(t->sys, pa & ~1ULL, pa & 1)), SX_PT_NDA);
		t->env->free(t->env->arg, pa & ~1ULL, pa & 1);
	}
}

unsigned int sx_selftest_run(enum sx_selftest_id id, const struct sx_st_env *env)
{
	struct sx_sys *sys = sx_sys_init(env->mem, env->nr_pages, 8);
	u64 pa = env->alloc(env->arg, 0);
	unsigned int faults = 1;
	struct st *t;

	if (!sys || !pa) {
		env->report(env->arg, checks[id].name, "memory for the check", 0, 1);
		goto out;
	}
	t = sx_page_va(sys, pa);
	sx_clear_page(t);
	t->sys = sys;
	t->env = env;
	t->name = checks[id].name;
	sx_params(sys)->release = env->release;
	checks[id].fn(t);
	finish(t);
	faults = t->faults;
out:
	if (pa)
		env->free(env->arg, pa, 0);
	return faults;
}

/* Since 1.5.20. */
static bool is_new(u64 status)
{
	return status == SX_INTERRUPTED_BUSY || status == SX_MISSING_PAMT_PAGE_PAIR ||
	       (status >= SX_PAGE_NOT_FREE && status <= SX_PAMT_PAGE_NOT_EMPTY);
}

unsigned int sx_selftest_all(const struct sx_st_env *env)
{
	unsigned int i, faults = 0;
	u64 left;

	for (i = 0; i < NR_STATUSES; i++)
		seen[i] = false;
	for (i = 0; i < SX_NR_SELFTESTS; i++)
		faults += sx_selftest_run((enum sx_selftest_id)i, env);
	for (i = 0; i < NR_STATUSES; i++) {
		if (seen[i] || (is_new(statuses[i]) && env->release < SX_R_1_5_25))
			continue;
		faults++;
		env->report(env->arg, "all", "status was never provoked", 0, statuses[i]);
	}
	left = sx_pamt_in_use(sx_sys_init(env->mem, env->nr_pages, 8));
	if (left) {
		faults++;
		env->report(env->arg, "all", "pages left in the PAMT", left, 0);
	}
	return faults;
}
