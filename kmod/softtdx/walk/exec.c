// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk's hands: makes the calls, runs the guest's accesses. Apart from the rest because under
 * ThreadSanitizer this file and the core are instrumented and the book-keeping is not: threads take
 * turns by an order that the sanitizer does not see, so that only the core's own locks and epochs
 * can order what is done here.
 */
#include "walk.h"

static u64 gpa_operand(const struct walk *w, const struct spec_act *a)
{
	u64 gpa = spec_gpa(a->level, a->path) | a->level;
	bool word = a->op == SX_MEM_RD || a->op == SX_MEM_WR;

	if (word)
		gpa += 8 * (8 + SPEC_VPS);
	if (a->bad == SPEC_GPA_SHARED)
		gpa |= walk_shared_bit(w, a);
	if (a->bad == SPEC_GPA_LOW_BITS)
		gpa |= word ? 4 : 8;
	return gpa;
}

static u64 vp_field(u8 arg)
{
	static const u64 ids[4] = {
		32ULL << 56 | 11, 1ULL << 63 | 17ULL << 56 | 0x100, 0x1234, 0x203c
	};

	return ids[arg];
}

static u64 td_field(u8 arg)
{
	const u64 cpuid = 0x9410000300000000ULL;
	const u64 ids[SPEC_FIELDS] = {
		17ULL << 56 | 10, 17ULL << 56 | 11, 0x1234, cpuid | 0x21 << 9,
		cpuid | 2 << 9 | 0x1fe, cpuid | 1 << 9 | 0x1fe, cpuid | 1 << 9 | 0x1ff,
		cpuid | 4 << 9 | 2, cpuid | 4 << 9 | 3, cpuid | 7 << 9,
		cpuid | 1 << 16 | 8 << 9 | 0x1fe,
	};

	return ids[arg];
}

/* Leaves that name no GPA. */
static void plain_operands(const struct walk *w, const struct spec_act *a, struct sx_args *r)
{
	switch (a->op) {
	case SX_MNG_CREATE:
		r->rcx = walk_pa(w, a->page);
		r->rdx = a->arg;
		break;
	case SX_MNG_ADDCX:
	case SX_VP_CREATE:
	case SX_VP_ADDCX:
		r->rcx = walk_pa(w, a->page2);
		r->rdx = walk_pa(w, a->page);
		break;
	case SX_MNG_INIT:
		r->rcx = walk_pa(w, a->page);
		r->rdx = walk_pa(w, a->page2);
		break;
	case SX_MNG_RD:
		r->rcx = walk_pa(w, a->page);
		r->rdx = td_field(a->arg);
		break;
	case SX_VP_RD:
	case SX_VP_WR:
		r->rcx = walk_pa(w, a->page);
		r->rdx = vp_field(a->arg);
		r->r8 = a->path | 0x100;
		r->r9 = 0xff;
		if (a->arg == 3) {
			r->r8 = walk_shared_root(w, a->page);
			r->r9 = ~0ULL;
		}
		break;
	case SX_PHYMEM_CACHE_WB:
		r->rcx = a->arg;
		break;
	case SX_PHYMEM_PAMT_ADD:
	case SX_PHYMEM_PAMT_REMOVE:
		r->rcx = walk_block_operand(w, a);
		r->rdx = walk_pa(w, a->pair[0]);
		r->r8 = walk_pa(w, a->pair[1]);
		break;
	case SX_PHYMEM_PAGE_WBINVD:
		r->rcx = walk_pa(w, a->page) | a->arg * WALK_KEY;
		break;
	case SX_PHYMEM_PAGE_RECLAIM:
		r->r9 = 1;
		r->rcx = walk_pa(w, a->page);
		break;
	default:
		r->rcx = walk_pa(w, a->page);
	}
}

static bool names_gpa(u8 op)
{
	switch (op) {
	case SX_MEM_PAGE_ADD:
	case SX_MEM_SEPT_ADD:
	case SX_MEM_PAGE_AUG:
	case SX_MEM_PAGE_RELOCATE:
	case SX_MEM_RANGE_BLOCK:
	case SX_MEM_RANGE_UNBLOCK:
	case SX_MEM_PAGE_REMOVE:
	case SX_MEM_SEPT_REMOVE:
	case SX_MEM_SEPT_RD:
	case SX_MEM_RD:
	case SX_MEM_WR:
	case SX_MEM_PAGE_DEMOTE:
	case SX_MEM_PAGE_PROMOTE:
	case SX_MR_EXTEND:
		return true;
	default:
		return false;
	}
}

/* The host's page allocator, as far as it orders one use of a page before the next. */
static void host_takes(struct walk *w, u16 page, unsigned int n)
{
	unsigned int i;

	for (i = 0; page < SPEC_PAGES && i < n; i++)
		(void)__atomic_load_n(&w->handed[page + i], __ATOMIC_ACQUIRE);
}

/* A page has come back: the host writes over it. */
static void host_gets(struct walk *w, u64 pa, unsigned int n)
{
	unsigned int i, b, v;

	for (i = 0; i < n; i++, pa += 4096) {
		u64 *va = sx_page_va(w->sys, pa);

		for (v = 0; v < SPEC_WORDS; v++)
			va[8 + v] = SPEC_POISON;
		for (b = 0; b < SPEC_BLOCKS; b++) {
			if (pa >= w->env.block[b] && pa < w->env.block[b] + (512ULL << 12))
				__atomic_store_n(&w->handed[b * 512 +
							    ((pa - w->env.block[b]) >> 12)],
						 1, __ATOMIC_RELEASE);
		}
	}
}

static bool gives_page(u8 op)
{
	return op == SX_MNG_ADDCX || op == SX_VP_CREATE || op == SX_VP_ADDCX ||
	       op == SX_MEM_PAGE_ADD || op == SX_MEM_SEPT_ADD || op == SX_MEM_PAGE_AUG ||
	       op == SX_MEM_PAGE_DEMOTE || op == SX_MEM_PAGE_RELOCATE;
}

static void operands(const struct walk *w, const struct spec_act *a, struct sx_args *r)
{
	if (!names_gpa(a->op)) {
		plain_operands(w, a, r);
		return;
	}
	r->rcx = gpa_operand(w, a);
	r->rdx = walk_pa(w, a->page);
	r->r8 = walk_pa(w, a->page2);
	r->r9 = walk_pa(w, SPEC_P_SRC0 + (a->op == SX_MEM_PAGE_ADD ? a->arg & 1 : 0));
	if (a->op == SX_MEM_PAGE_ADD && a->arg == 2)
		r->r9 |= WALK_KEY;
	if (a->op == SX_MEM_WR)
		r->r8 = SPEC_HOST_WORD + a->arg;
	if (a->op == SX_MEM_SEPT_ADD || a->op == SX_MEM_PAGE_DEMOTE)
		r->rdx |= a->arg;	/* flags */
}

/* What the host gives to the module: its own, as far as it orders that. */
static void gives(struct walk *w, const struct spec_act *a)
{
	if (gives_page(a->op))
		host_takes(w, a->page2, a->op == SX_MEM_PAGE_AUG && a->level == 1 ? 512 : 1);
	if (a->op == SX_MNG_CREATE)
		host_takes(w, a->page, 1);
	if (a->op == SX_PHYMEM_PAMT_ADD || a->op == SX_MEM_PAGE_DEMOTE) {
		host_takes(w, a->pair[0], 1);
		host_takes(w, a->pair[1], 1);
	}
}

/* And what it gets back from a call that succeeds. */
static void gets(struct walk *w, const struct spec_act *a, const struct sx_args_saved *s)
{
	const struct sx_args *r = &s->a;

	switch (a->op) {
	case SX_MEM_PAGE_REMOVE:
	case SX_MEM_SEPT_REMOVE:
		host_gets(w, r->rcx & ~SX_HINT_LAST,
			  a->op == SX_MEM_PAGE_REMOVE && a->level == 1 ? 512 : 1);
		break;
	case SX_PHYMEM_PAGE_RECLAIM:
		host_gets(w, walk_pa(w, a->page), r->r8 ? 512 : 1);
		break;
	case SX_MEM_PAGE_RELOCATE:
		host_gets(w, r->rcx & ~SX_HINT_LAST, 1);
		break;
	case SX_MEM_PAGE_PROMOTE:
		host_gets(w, r->rcx & ~SX_HINT_LAST, 1);
		if (w->s.dynamic) {
			host_gets(w, s->r12, 1);
			host_gets(w, s->r13, 1);
		}
		break;
	case SX_PHYMEM_PAMT_REMOVE:
		host_gets(w, r->rdx, 1);
		host_gets(w, r->r8, 1);
		break;
	}
}

static void seamcall(struct walk *w, const struct spec_act *a, struct spec_out *got)
{
	struct sx_args_saved r = { .a = { .r10 = WALK_R10, .r11 = WALK_R11 } }, before;
	u64 leaf = a->op | (u64)a->version << 16;

	operands(w, a, &r.a);
	r.r12 = walk_pa(w, a->pair[0]);
	r.r13 = walk_pa(w, a->pair[1]);
	before = r;
	gives(w, a);
	if (a->op == SX_MEM_PAGE_DEMOTE || a->op == SX_MEM_PAGE_PROMOTE)
		got->status = sx_seamcall_saved(w->sys, leaf, &r, a->cpu, a->cpu / 2);
	else
		got->status = sx_seamcall(w->sys, leaf, &r.a, a->cpu, a->cpu / 2);
	got->rcx = r.a.rcx;
	got->rdx = r.a.rdx;
	got->r8 = r.a.r8;
	got->r9 = r.a.r9;
	got->r10 = r.a.r10;
	got->r11 = r.a.r11;
	got->r12 = r.r12;
	got->r13 = r.r13;
	got->unchanged = !memcmp(&before, &r, sizeof(r));
	if (!got->status)
		gets(w, a, &r);
}

static void enter(struct walk *w, const struct spec_act *a, struct spec_out *got)
{
	struct sx_enter e;

	got->status = sx_vp_enter(w->sys, walk_pa(w, a->page), a->cpu, a->arg * 0x1000ULL, &e);
	got->flush = e.flush;
	got->synth = e.synth;
	got->rcx = e.gpa;
}

/* As the processor walks the nested page table, by its present and large bits alone. */
static u64 hardware_walk(struct walk *w, u64 root, unsigned int levels, u64 gpa)
{
	int level;

	for (level = (int)levels - 1; level >= 0; level--) {
		u64 *entry = (u64 *)sx_page_va(w->sys, root) + (gpa >> (12 + 9 * level) & 511);
		u64 val = __atomic_load_n(entry, __ATOMIC_ACQUIRE);

		if (!(val & 1))
			return 0;
		root = val & 0x000ffffffffff000ULL;
		if (!level || val & 1 << 7)
			return root | (gpa & ((1ULL << (12 + 9 * level)) - 1) & ~4095ULL);
	}
	return 0;
}

static void touch(struct walk *w, const struct spec_act *a, struct spec_out *got, bool hit,
		  u16 page)
{
	struct sx_td *td = sx_vp_td(sx_vp_of(w->sys, walk_vp_page(w, a->cpu)));
	u64 pa = hit ? walk_pa(w, page) :
		       hardware_walk(w, sx_td_root(td), walk_levels(w, a->cpu),
				     spec_gpa(0, a->path));
	u64 *word;

	if (!pa)
		return;
	got->touched = true;
	got->rdx = pa;
	word = (u64 *)sx_page_va(w->sys, pa) + 8 + walk_vp_slot(w, a->cpu);
	got->word = *word;
	*word = walk_tag(w, a->cpu);
}

#define RTMR_DATA	0x200	/* beyond the words of a page: nobody writes there */
static u64 rtmr_extend(struct walk *w, struct sx_vp *vp, const struct spec_act *a)
{
	struct sx_tdg_regs r = { .rax = SX_TDG_MR_RTMR_EXTEND, .rdx = a->arg };

	r.rcx = gpa_operand(w, a) + RTMR_DATA;
	sx_tdg_call(vp, &r);
	return r.rax;
}

/* TDG.VP.RD and TDG.VP.WR: RDX says there is no field after this one. */
static u64 own_field(struct sx_vp *vp, const struct spec_act *a, u64 *r8)
{
	static const u64 ids[5] = {
		0xa020000200000002ULL, 0xa020000000000007ULL, 0xa020000000000008ULL,
		0x202000000000000bULL, 0x1234,
	};
	struct sx_tdg_regs r = { .rdx = ids[a->arg], .rcx = a->bad, .r8 = a->path | 1, .r9 = 0xfe };

	r.rax = a->op == SPEC_VP_RD ? SX_TDG_VP_RD : SX_TDG_VP_WR;
	sx_tdg_call(vp, &r);
	*r8 = a->op == SPEC_VP_RD && r.rdx != ~0ULL ? r.rdx : r.r8;
	return r.rax;
}

static u64 own_ve(struct sx_vp *vp, const struct spec_act *a, u64 *r8)
{
	struct sx_ve_info info = { .reason = 1, .qual = a->arg };
	struct sx_tdg_regs r = { .rax = SX_TDG_VP_VEINFO_GET };

	if (a->op == SPEC_NMI) {
		*r8 = sx_vp_take_nmi(vp);
		return 0;
	}
	if (a->op == SPEC_VE)
		return sx_ve(vp, &info);
	sx_tdg_call(vp, &r);
	*r8 = r.rdx;
	return r.rax;
}

static u64 own_cpuidve(struct sx_vp *vp, const struct spec_act *a)
{
	struct sx_tdg_regs r = { .rax = SX_TDG_VP_CPUIDVE_SET, .rcx = a->arg };

	sx_tdg_call(vp, &r);
	return r.rax;
}

#define KEPT_CR0	0x1ffaffc0ULL
static u64 own_cr(struct sx_vp *vp, const struct spec_act *a, u64 *r8)
{
	const struct sx_paging p = {
		.cr0 = (a->arg & 2 ? 1ULL << 31 : 0) | (a->arg & 16 ? KEPT_CR0 : 0) | 0x21,
		.cr4 = a->arg & 4 ? 1 << 5 : 0,
		.efer = a->arg & 8 ? 1 << 10 : 0,
	};
	u64 value = spec_cr_value(a);
	enum sx_verdict v;

	if (a->level == 8) {
		v = sx_guest_write_cr8(vp, value);
		*r8 = sx_guest_read_cr8(vp);
		return v;
	}
	v = a->level ? sx_guest_write_cr4(&p, value) : sx_guest_write_cr0(&p, a->arg & 1, &value);
	*r8 = v == SX_RESUME ? value : 0;
	return v;
}

static void *guest_sees(struct walk *w, struct sx_vp *vp, const struct spec_act *a, u64 gpa)
{
	u64 pa = hardware_walk(w, sx_td_root(sx_vp_td(vp)), walk_levels(w, a->cpu), gpa);

	return pa ? (u8 *)sx_page_va(w->sys, pa) + (gpa & 4095) : NULL;
}

/*
 * A part of the page for each vCPU of the TD: they may be at one page together. The data lie in the
 * report's own room, as Linux' driver has them.
 */
#define REPORT_SIZE		1024
#define REPORT_AT(index)	(REPORT_SIZE * (1 + (index)))
#define REPORT_DATA_AT(index)	(REPORT_AT(index) + 64)
static u64 own_report(struct walk *w, struct sx_vp *vp, const struct spec_act *a, u64 *r8)
{
	unsigned int index = walk_vp_index(w, a->cpu), i;
	u64 page = spec_gpa(0, a->path), data = page + REPORT_DATA_AT(index);
	struct sx_tdg_regs r = { .rax = SX_TDG_MR_REPORT, .r8 = a->arg == 1 };
	u8 sum[SX_SHA384_SIZE], *at = guest_sees(w, vp, a, data);
	struct sx_sha384 hash;

	if (at)
		memset(at, SPEC_REPORT_DATA(a), 64);
	r.rcx = gpa_operand(w, a) + REPORT_AT(index);
	r.rdx = a->arg == 2 ? data + 8 : a->arg == 3 ? data | walk_shared_bit(w, a) : data;
	sx_tdg_call(vp, &r);
	if (r.rax)
		return r.rax;
	sx_sha384_init(&hash);
	sx_sha384_add(&hash, guest_sees(w, vp, a, page + REPORT_AT(index)), REPORT_SIZE);
	sx_sha384_end(&hash, sum);
	for (i = 0; i < 8; i++)
		*r8 |= (u64)sum[i] << 8 * i;
	return r.rax;
}

static void violation(const struct walk *w, struct sx_vp *vp, const struct spec_act *a,
		      struct spec_out *got)
{
	u64 gpa = gpa_operand(w, a);
	enum sx_state seen;

	got->ve = sx_violation_is_ve(vp, gpa, &seen);
	got->state = (u8)sx_vp_private_violation(vp, gpa, a->arg * 0x1000ULL);
}

static void in_guest(struct walk *w, const struct spec_act *a, struct spec_out *got)
{
	struct sx_vp *vp = sx_vp_of(w->sys, walk_vp_page(w, a->cpu));

	if (a->op == SPEC_ACCEPT)
		got->status = sx_tdg_mem_page_accept(vp, gpa_operand(w, a), &got->violation);
	else if (a->op == SPEC_RTMR)
		got->status = rtmr_extend(w, vp, a);
	else if (a->op == SPEC_VP_RD || a->op == SPEC_VP_WR)
		got->status = own_field(vp, a, &got->r8);
	else if (a->op == SPEC_VE || a->op == SPEC_VEINFO || a->op == SPEC_NMI)
		got->status = own_ve(vp, a, &got->r8);
	else if (a->op == SPEC_CPUIDVE)
		got->status = own_cpuidve(vp, a);
	else if (a->op == SPEC_CR)
		got->status = own_cr(vp, a, &got->r8);
	else if (a->op == SPEC_REPORT)
		got->status = own_report(w, vp, a, &got->r8);
	else
		violation(w, vp, a, got);
}

/* One operation from its beginning to its end; others may come in between. */
void walk_exec(struct walk *w, const struct spec_act *a)
{
	struct spec_out got = { 0 };
	struct sx_vp *vp = NULL;
	bool hit = false;
	u16 page = 0;

	if (a->op == SPEC_TOUCH)
		hit = walk_tlb(w, a->cpu, a->path, &page);
	if (a->op == SPEC_EXIT)
		vp = sx_vp_of(w->sys, walk_vp_page(w, a->cpu));
	walk_begin(w, a);
	if (a->op == SX_VP_ENTER)
		enter(w, a, &got);
	else if (a->op < SX_NR_LEAVES)
		seamcall(w, a, &got);
	else if (a->op == SPEC_FATAL)
		sx_td_set_fatal(sx_td_of(w->sys, walk_pa(w, a->page)));
	else if (a->op == SPEC_EXIT)
		sx_vp_exit(vp);
	else if (a->op == SPEC_TOUCH)
		touch(w, a, &got, hit, page);
	else
		in_guest(w, a, &got);
	walk_end(w, a, &got);
}
