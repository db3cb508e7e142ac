// SPDX-License-Identifier: GPL-2.0-only
/* The walk: its course, the book it keeps, and the comparison of core and specification. */
#include "walk.h"

static const char *const op_names[] = {
	[SPEC_RESUME] = "resume", [SPEC_EXIT] = "td_exit", [SPEC_ACCEPT] = "accept",
	[SPEC_TOUCH] = "touch", [SPEC_VIOLATION] = "violation", [SPEC_FATAL] = "fatal",
	[SPEC_RTMR] = "rtmr_extend", [SPEC_VP_RD] = "tdg_vp_rd", [SPEC_VP_WR] = "tdg_vp_wr",
	[SPEC_VE] = "ve", [SPEC_VEINFO] = "veinfo_get", [SPEC_NMI] = "nmi",
	[SPEC_CPUIDVE] = "cpuidve_set", [SPEC_CR] = "cr_write", [SPEC_REPORT] = "report",
};

const char *walk_op_name(u8 op)
{
	return op < SX_NR_LEAVES ? sx_leaf_name((enum sx_leaf)op) : op_names[op];
}

u64 walk_pa(const struct walk *w, u16 page)
{
	if (page == SPEC_BEYOND)	/* and aligned, as a 2M page must be */
		return ((w->env.nr_pages | 511) + 1) << 12;
	if (page == SPEC_TAIL)
		return (w->env.nr_pages & ~511ULL) << 12;
	if (page == SPEC_KEY_BITS)
		return (w->env.block[0] + (SPEC_P_PARAMS << 12)) | WALK_KEY;
	if (page == SPEC_MISALIGNED)
		return w->env.block[0] + (SPEC_P_FIRST << 12) + 0x10;
	return w->env.block[page / 512] + ((u64)(page % 512) << 12);
}

u64 walk_block_operand(const struct walk *w, const struct spec_act *a)
{
	return walk_pa(w, a->page) | a->level | (a->bad ? 8 : 0);
}

static void clear(void *mem, u64 size)
{
	u64 *p = mem, i;

	for (i = 0; i < size / 8; i++)
		p[i] = 0;
}

static void make_page(const struct walk *w, u16 page, u64 head, u64 word)
{
	u64 *va = sx_page_va(w->sys, walk_pa(w, page));
	unsigned int i;

	for (i = 0; i < 512; i++)
		va[i] = 0;
	/* Of TD_PARAMS: max_vcpus; EPTP controls: write-back, 4 levels. */
	va[2] = head;
	va[3] = head ? 0x1e : 0;
	for (i = 0; i < SPEC_WORDS; i++)
		va[8 + i] = word;
}

static void set_word(const struct walk *w, u16 page, unsigned int i, u64 word)
{
	((u64 *)sx_page_va(w->sys, walk_pa(w, page)))[i] = word;
}

/* TD_PARAMS of a TD with 5 levels, and by @flags MAX_GPAW. */
static void make_deep(const struct walk *w, u16 page, u64 flags)
{
	make_page(w, page, SPEC_MAX_VPS, 0);
	set_word(w, page, 3, 0x26);
	set_word(w, page, 4, flags);
}

/* A processor that has every feature. */
static void every_bit(u32 leaf, u32 sub, u32 out[4])
{
	(void)leaf;
	(void)sub;
	out[0] = out[1] = out[2] = out[3] = ~0u;
}

/* What TD_PARAMS choose of CPUID, good and bad. */
static void make_cpuid(const struct walk *w)
{
	unsigned int i;
	u16 page;

	for (page = SPEC_P_BAD_CPUID; page < SPEC_P_SRC0; page++)
		make_page(w, page, SPEC_MAX_VPS, 0);
	for (page = SPEC_P_PARAMS; page < SPEC_P_SRC0; page++)
		for (i = 0; i < SPEC_CPUID_WORDS; i++)
			set_word(w, page, 32 + i, spec_cpuid_word(page, i));
	sx_set_native_cpuid(w->sys, every_bit);
}

static void make_shared(const struct walk *w)
{
	u64 next = 0;
	u16 i;
	u8 level;

	for (level = 0; level < SPEC_LEVELS; level++) {
		for (i = 0; i < 512; i++) {
			u64 entry = spec_shared_entry(level, i);

			set_word(w, SPEC_P_SHARED + level, i, entry == 7 ? entry | next : entry);
		}
		next = walk_pa(w, SPEC_P_SHARED + level);
	}
}

static void hook(void *arg, enum sx_yield where)
{
	walk_yield(arg, where);
}

bool walk_init(struct walk *w, const struct walk_env *env, u64 seed, u64 steps)
{
	w->env = *env;
	w->sys = sx_sys_init(env->mem, env->nr_pages, SPEC_HKIDS);
	if (!w->sys)
		return false;
	w->rng = (seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
	w->limit = steps;
	w->hash = 0xcbf29ce484222325ULL;
	spec_init(&w->s);
	sx_params(w->sys)->release = w->s.release;
	sx_params(w->sys)->packages = SPEC_PACKAGES;
	sx_params(w->sys)->zero_step_threshold = SPEC_ZERO_STEP;
	sx_params(w->sys)->hp_timeout = SPEC_HP_TIMEOUT;
	sx_params(w->sys)->five_levels = true;
	make_page(w, SPEC_P_ZERO, 0, 0);
	make_page(w, SPEC_P_PARAMS, SPEC_MAX_VPS, 0);
	make_deep(w, SPEC_P_DEEP_PARAMS, 0);
	make_deep(w, SPEC_P_WIDE_PARAMS, 1);
	make_page(w, SPEC_P_DEBUG_PARAMS, SPEC_MAX_VPS, 0);
	set_word(w, SPEC_P_DEBUG_PARAMS, 0, SX_ATTR_DEBUG | SX_ATTR_SEPT_VE_DISABLE);
	set_word(w, SPEC_P_WIDE_PARAMS, 0, SX_ATTR_SEPT_VE_DISABLE);
	set_word(w, SPEC_P_DEEP_PARAMS, 0, SX_ATTR_DEBUG);
	make_page(w, SPEC_P_BAD_PARAMS, 0, 0);
	make_cpuid(w);
	make_shared(w);
	make_page(w, SPEC_P_SRC0, 0, SPEC_SRC_WORD);
	make_page(w, SPEC_P_SRC1, 0, SPEC_SRC_WORD + 1);
	if (w->s.dynamic)
		sx_sys_dynamic_pamt(w->sys, true);
	sx_set_yield(w->sys, hook, w);
	return true;
}

bool walk_failed(const struct walk *w)
{
	return w->fault.what;
}

void walk_compare(struct walk *w, const struct spec_act *a, const char *what, u64 got, u64 want)
{
	if (got == want || w->fault.what)
		return;
	w->fault = (struct walk_fault){ .what = what, .act = *a, .got = got, .want = want };
}

static void fold(struct walk *w, u64 x)
{
	unsigned int i;

	for (i = 0; i < 8; i++, x >>= 8)
		w->hash = (w->hash ^ (x & 0xff)) * 0x100000001b3ULL;
}

static void note(struct walk *w, const struct spec_act *a)
{
	fold(w, a->cpu | (u64)a->op << 8 | (u64)a->level << 16 | (u64)a->path << 24 |
		(u64)a->bad << 32 | (u64)a->arg << 40 | (u64)a->version << 48);
	fold(w, a->page | (u64)a->page2 << 16 | (u64)a->pair[0] << 32 | (u64)a->pair[1] << 48);
	if (w->log && w->nr_log < w->max_log)
		w->log[w->nr_log++] = *a;
}

/* What is left when the sequence is over: calls go on, newest first, and guests leave. */
static bool drain(struct walk *w, struct spec_act *a)
{
	unsigned int i;

	*a = (struct spec_act){ 0 };
	if (w->depth) {
		a->op = SPEC_RESUME;
		a->cpu = w->stack[w->depth - 1];
		return true;
	}
	for (i = 0; i < SPEC_CPUS; i++) {
		if (w->s.cpu[i].guest == SPEC_NONE)
			continue;
		a->op = SPEC_EXIT;
		a->cpu = (u8)i;
		return true;
	}
	return false;
}

bool walk_next(struct walk *w, struct spec_act *a)
{
	if (w->fault.what)
		return false;
	while (w->replay && w->next_replay < w->nr_replay) {
		*a = w->replay[w->next_replay++];
		if (walk_valid(w, a))
			goto found;
	}
	if (w->replay || w->steps >= w->limit) {
		if (!drain(w, a))
			return false;
	} else {
		do {
			*a = walk_generate(w);
		} while (!walk_valid(w, a));
	}
found:
	note(w, a);
	if (a->op == SPEC_RESUME)
		return true;
	w->steps++;
	return true;
}

/* Called by the one who executes @a, before the core is. */
enum spec_stop walk_begin(struct walk *w, const struct spec_act *a)
{
	enum spec_stop stop = spec_start(&w->s, a);

	w->stack[w->depth++] = a->cpu;
	return stop;
}

static void unstack(struct walk *w, u8 cpu)
{
	unsigned int i, to = 0;

	for (i = 0; i < w->depth; i++) {
		if (w->stack[i] != cpu)
			w->stack[to++] = w->stack[i];
	}
	w->depth = (u8)to;
}

/*
 * RCX as the architecture shows an entry: section 1.1, by state and never by what the core keeps.
 */
static u64 arch_entry(const struct walk *w, const struct spec_out *o)
{
	switch (o->state) {
	case SX_NL_MAPPED:
		return 0x407;
	case SX_NL_BLOCKED:
		return 0;
	case SX_MAPPED:
		return 1ULL << 63 | walk_pa(w, o->page) | 0x4f7;
	case SX_FREE:
		return 1ULL << 63;
	default:
		return 1ULL << 63 | walk_pa(w, o->page) | 0xf0;
	}
}

/* PAMT.ADD changes no register, PAMT.REMOVE two. */
static void compare_pair(struct walk *w, const struct spec_act *call, const struct spec_out *got,
			 const struct spec_out *want)
{
	const u16 *page = want->pair ? want->pages : call->pair;

	walk_compare(w, call, "RCX", got->rcx, walk_block_operand(w, call));
	walk_compare(w, call, "RDX", got->rdx, walk_pa(w, page[0]));
	walk_compare(w, call, "R8", got->r8, walk_pa(w, page[1]));
}

/* From version 1 on some leaves say that there is no L2, and what field comes after another. */
static void compare_version(struct walk *w, const struct spec_act *call,
			    const struct spec_out *got, const struct spec_out *want)
{
	u64 all = want->nothing ? ~0ULL : 0;

	switch (call->op) {
	case SX_MEM_SEPT_REMOVE:
	case SX_MEM_PAGE_PROMOTE:
		walk_compare(w, call, "R9", got->r9, all ? all : walk_pa(w, SPEC_P_SRC0));
		walk_compare(w, call, "R10", got->r10, all ? all : WALK_R10);
		walk_compare(w, call, "R11", got->r11, all ? all : WALK_R11);
		break;
	case SX_MNG_RD:
	case SX_VP_RD:
		if (want->nothing)
			walk_compare(w, call, "RDX", got->rdx, all);
		break;
	}
}

/* With dynamic PAMT PROMOTE gives the pair back. */
static void compare_promote(struct walk *w, const struct spec_act *call,
			    const struct spec_out *got, const struct spec_out *want)
{
	const u16 *page = want->pair ? want->pages : call->pair;

	walk_compare(w, call, "R12", got->r12, walk_pa(w, page[0]));
	walk_compare(w, call, "R13", got->r13, walk_pa(w, page[1]));
}

static void compare_values(struct walk *w, const struct spec_act *a, const struct spec_out *got,
			   const struct spec_out *want)
{
	/* Threads: @a is by now what told the call to go on. */
	const struct spec_act *call = &w->s.cpu[a->cpu].act;
	u64 rcx = want->rcx, rdx = want->rdx, hint = want->last ? SX_HINT_LAST : 0;

	if (call->op == SX_PHYMEM_PAMT_ADD || call->op == SX_PHYMEM_PAMT_REMOVE) {
		compare_pair(w, call, got, want);
		return;
	}
	compare_version(w, call, got, want);
	if (call->op == SX_MEM_PAGE_PROMOTE)
		compare_promote(w, call, got, want);
	if (want->entry) {
		rcx = arch_entry(w, want);
		rdx = want->level | (u64)want->state << 8;
	} else if (want->given) {
		rcx = spec_gpa(call->level, call->path) | call->level;
		rdx = walk_pa(w, call->page) | (call->op == SX_MEM_PAGE_DEMOTE ? call->arg : 0);
	} else if (want->hpa) {
		rcx = walk_pa(w, want->page) | hint;
	} else if (want->rdx_page) {
		rdx = walk_pa(w, want->page);
	}
	if (a->op == SX_VP_RD || a->op == SX_VP_WR || a->op == SX_MNG_RD) {
		walk_compare(w, a, "R8", got->r8,
			     want->r8_page ? walk_pa(w, want->page) : want->r8);
		return;
	}
	if (call->op == SX_MNG_INIT)
		rdx = got->rdx;		/* as it was given; nothing is said of it */
	if (a->op == SX_PHYMEM_PAGE_RECLAIM) {
		walk_compare(w, a, "R8", got->r8, want->r8);
		walk_compare(w, a, "R9", got->r9, hint);
		walk_compare(w, a, "R10", got->r10, 0);
		walk_compare(w, a, "R11", got->r11, 0);
	}
	if (call->op == SX_MEM_RD || call->op == SX_MEM_WR)
		walk_compare(w, a, "R8", got->r8, want->r8);
	walk_compare(w, a, "RCX", got->rcx, rcx);
	walk_compare(w, a, "RDX", got->rdx, rdx);
}

static void compare(struct walk *w, const struct spec_act *a, const struct spec_out *got)
{
	const struct spec_out *want = &w->s.cpu[a->cpu].out;

	walk_compare(w, a, "status", got->status, want->status);
	if (want->values)
		compare_values(w, a, got, want);
	if (want->unchanged)
		walk_compare(w, a, "registers that a refused call has changed", !got->unchanged, 0);
	walk_compare(w, a, "flush at entry", got->flush, want->flush);
	walk_compare(w, a, "violation instead of entry", got->synth, want->synth);
	if (want->synth)
		walk_compare(w, a, "GPA of that violation", got->rcx, spec_gpa(0, want->gpa_path));
	walk_compare(w, a, "ACCEPT ends in a violation", got->violation, want->violation);
	walk_compare(w, a, "access gets through", got->touched, want->touched);
	if (want->touched) {
		walk_compare(w, a, "page that the access reaches", got->rdx,
			     walk_pa(w, want->page));
		walk_compare(w, a, "word that the guest reads", got->word, want->word);
	}
	if (a->op >= SPEC_VP_RD && a->op < SPEC_NR_OPS)
		walk_compare(w, a, "R8", got->r8, want->r8);
	if (a->op == SPEC_VIOLATION) {
		walk_compare(w, a, "state at the violation", got->state, want->state);
		walk_compare(w, a, "violation is the guest's #VE", got->ve, want->ve);
	}
	fold(w, want->status);
	fold(w, want->state | (u64)want->level << 8 | (u64)want->page << 16 |
		(u64)want->flush << 32 | (u64)want->synth << 33 | (u64)want->violation << 34 |
		(u64)want->touched << 35 | (u64)want->entry << 36 | (u64)want->last << 37 |
		(u64)want->pair << 38 | (u64)want->ve << 39);
	fold(w, want->word);
}

/* The core has returned. */
void walk_end(struct walk *w, const struct spec_act *a, const struct spec_out *got)
{
	struct spec_cpu *c = &w->s.cpu[a->cpu];

	unstack(w, a->cpu);
	if (w->fault.what)
		return;
	if (c->stop != SPEC_DONE) {
		w->fault = (struct walk_fault){
			.what = "returned where it should hold its locks: status", .act = *a,
			.got = got->status,
		};
		return;
	}
	compare(w, a, got);
	w->statuses += got->status != 0;
	walk_compare(w, a, "guest used a page that had left it", w->s.stale, 0);
}

/* The core stands at a yield point; others have their turn. */
void walk_yield(struct walk *w, enum sx_yield where)
{
	unsigned int cpu = w->park ? w->self() : w->stack[w->depth ? w->depth - 1 : 0];
	struct spec_cpu *c = &w->s.cpu[cpu];
	struct spec_act a;

	if (w->fault.what || where == SX_YIELD_BEGIN || where == SX_YIELD_END)
		return;
	walk_compare(w, &c->act, "at a yield point with its locks held, status", where,
		     c->stop == SPEC_LOCKED ? SX_YIELD_LOCKED :
		     c->stop == SPEC_ENTERING ? SX_YIELD_ENTER : c->out.status);
	if (w->park) {
		w->park(w, cpu);
	} else {
		while (walk_next(w, &a) && !(a.op == SPEC_RESUME && a.cpu == cpu))
			walk_exec(w, &a);
	}
	if (!w->fault.what)
		spec_resume(&w->s, cpu);
}

const struct spec_out *walk_want(const struct walk *w, unsigned int cpu)
{
	return &w->s.cpu[cpu].out;
}

u64 walk_vp_page(const struct walk *w, unsigned int cpu)
{
	return walk_pa(w, w->s.vp[w->s.cpu[cpu].guest].tdvpr);
}

static const struct spec_td *td_of_cpu(const struct walk *w, unsigned int cpu)
{
	return &w->s.td[w->s.vp[w->s.cpu[cpu].guest].td];
}

unsigned int walk_levels(const struct walk *w, unsigned int cpu)
{
	return td_of_cpu(w, cpu)->levels;
}

u64 walk_shared_bit(const struct walk *w, const struct spec_act *a)
{
	const struct spec_td *td = NULL;

	if (a->op == SPEC_ACCEPT || a->op == SPEC_VIOLATION || a->op >= SPEC_RTMR)
		td = td_of_cpu(w, a->cpu);
	else if (a->page < SPEC_PAGES && w->s.page[a->page].type == SX_PT_TDR)
		td = &w->s.td[w->s.page[a->page].td];
	return 1ULL << (td && td->wide ? 51 : 47);
}

unsigned int walk_vp_index(const struct walk *w, unsigned int cpu)
{
	return w->s.vp[w->s.cpu[cpu].guest].index;
}

u64 walk_shared_root(const struct walk *w, u16 page)
{
	const struct spec_td *td = NULL;

	if (page < SPEC_PAGES && w->s.page[page].type == SX_PT_TDVPR)
		td = &w->s.td[w->s.page[page].td];
	return td ? walk_pa(w, spec_shared_root(td)) : 0;
}

u16 walk_vp_slot(const struct walk *w, unsigned int cpu)
{
	return w->s.cpu[cpu].guest;
}

bool walk_tlb(const struct walk *w, unsigned int cpu, u8 path, u16 *page)
{
	const struct spec_vp *vp = &w->s.vp[w->s.cpu[cpu].guest];

	*page = vp->tlb_page[path];
	return vp->tlb >> path & 1;
}

u64 walk_tag(const struct walk *w, unsigned int cpu)
{
	return w->s.vp[w->s.cpu[cpu].guest].tags;
}

static void check_entry(struct walk *w, struct sx_td *td, struct spec_td *t, u8 level, u8 path)
{
	struct spec_act a = { .level = level, .path = path, .page = t->tdr };
	struct spec_entry *e;
	enum sx_state state;
	int at = level;
	u8 want;
	u64 hpa;

	e = spec_walk(t, path, level, &want);
	sx_td_lookup(td, spec_gpa(level, path), &at, &hpa, &state);
	walk_compare(w, &a, "tree: level where a walk ends", (u64)at, want);
	walk_compare(w, &a, "tree: state", state, e->state);
	if (e->state != SX_FREE)
		walk_compare(w, &a, "tree: page", hpa, walk_pa(w, e->page));
}

static void check_counts(struct walk *w, struct sx_td *td, struct spec_td *t)
{
	struct spec_act a = { .page = t->tdr };
	unsigned int i;

	sx_td_stats(td, &w->stats);
	for (i = 0; i < SX_NR_COUNTS; i++) {
		a.arg = (u8)i;
		walk_compare(w, &a, sx_count_name((enum sx_count)i), w->stats.count[i],
			     t->count[i]);
	}
}

/* MRTD, and the RTMRs. */
static void check_measured(struct walk *w, struct sx_td *td, struct spec_td *t)
{
	struct spec_act a = { .page = t->tdr };
	unsigned int i, b, bad;
	u8 got[SX_MR_SIZE];

	for (i = 0; i <= SPEC_RTMRS; i++) {
		const u8 *want = i ? t->rtmr[i - 1] : t->mrtd;

		a.arg = (u8)i;
		walk_compare(w, &a, "measurement register is there", sx_td_register(td, i, got), 1);
		for (b = bad = 0; b < SX_MR_SIZE; b++)
			bad += got[b] != want[b];
		walk_compare(w, &a, "bytes of a measurement register that differ", bad, 0);
	}
}

static void check_pairs(struct walk *w)
{
	struct spec_act a = { 0 };
	unsigned int i, n = 0;

	for (i = 0; i <= SPEC_BLOCKS; i++)
		n += w->s.pair[i].there;
	walk_compare(w, &a, "pairs in the PAMT", sx_pamt_pairs(w->sys), n);
	walk_compare(w, &a, "faults in the PAMT", sx_pamt_check(w->sys), 0);
}

/* All of the trees and the PAMT, with no call under way. */
void walk_check(struct walk *w)
{
	unsigned int i, level, path;

	check_pairs(w);
	for (i = 0; i < SPEC_TDS; i++) {
		struct spec_td *t = &w->s.td[i];
		struct sx_td *td;

		if (!t->exists)
			continue;
		td = sx_td_of(w->sys, walk_pa(w, t->tdr));
		walk_compare(w, &(struct spec_act){ .page = t->tdr }, "TDR is one", !!td, 1);
		if (!td)
			return;
		check_counts(w, td, t);
		if (t->life != SPEC_KEYED || t->nr_tdcs < SX_TDCS_PAGES)
			continue;
		if (t->ops == SPEC_RUNNABLE)
			check_measured(w, td, t);
		for (level = 0; level < t->levels; level++) {
			for (path = 0; path < spec_paths(t); path += level ? 2u << level : 1u)
				check_entry(w, td, t, (u8)level, (u8)path);
		}
	}
}

/* The core's own oracle, and what is left in the PAMT. Nobody is inside any more. */
void walk_finish(struct walk *w)
{
	struct spec_act a = { 0 };
	u64 in_use = 0;
	unsigned int i;

	if (w->fault.what)
		return;
	walk_check(w);
	for (i = 0; i < SPEC_TDS; i++) {
		struct spec_td *t = &w->s.td[i];
		struct sx_census n;
		struct sx_td *td;

		if (!t->exists)
			continue;
		a.page = t->tdr;
		td = sx_td_of(w->sys, walk_pa(w, t->tdr));
		walk_compare(w, &a, "faults that the oracle finds", sx_td_check(td, &n, NULL, NULL),
			     0);
		walk_compare(w, &a, "CHLDCNT", n.children, t->children);
	}
	for (i = 0; i < SPEC_PAGES; i++)
		in_use += w->s.page[i].type != SX_PT_NDA;
	for (i = 0; i < SPEC_BLOCKS; i++)
		in_use += w->s.big[i].type != SX_PT_NDA ? 512 : 0;
	walk_compare(w, &a, "pages in the PAMT", sx_pamt_in_use(w->sys), in_use);
}

bool walk_run(struct walk *w)
{
	struct spec_act a;

	while (walk_next(w, &a)) {
		walk_exec(w, &a);
		if (!(w->steps % 32) && !w->fault.what)
			walk_check(w);
	}
	walk_finish(w);
	return !w->fault.what;
}

bool walk_many(struct walk *w, const struct walk_env *env, enum sx_release release, u64 *seed,
	       u64 steps, u64 *hash)
{
	u64 done, n;

	*hash = 0;
	for (done = 0; done < steps; done += n, ++*seed) {
		n = steps - done < WALK_EPISODE ? steps - done : WALK_EPISODE;
		clear(w, sizeof(*w));
		w->s.release = (u8)release;
		w->s.dynamic = walk_is_dynamic(release, *seed);
		clear(env->mem, sx_sys_size(env->nr_pages));
		if (!walk_init(w, env, *seed, n) || !walk_run(w))
			return false;
		*hash = *hash * 0x100000001b3ULL + w->hash;
	}
	return true;
}
