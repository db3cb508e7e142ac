// SPDX-License-Identifier: GPL-2.0-only
/* The specification: locks, pages, what opens every leaf, VP.ENTER and TD exit. */
#include "spec.h"

void spec_init(struct spec *s)
{
	unsigned int i, w;

	for (i = 0; i < SPEC_PAGES; i++) {
		s->page[i].td = SPEC_NONE;
		s->page[i].vp = SPEC_NONE;
		for (w = 0; w < SPEC_WORDS; w++)
			s->page[i].word[w] = SPEC_POISON;
	}
	for (w = 0; w < SPEC_WORDS; w++) {
		s->page[SPEC_P_SRC0].word[w] = SPEC_SRC_WORD;
		s->page[SPEC_P_SRC1].word[w] = SPEC_SRC_WORD + 1;
	}
	for (i = 0; i < SPEC_CPUS; i++) {
		s->cpu[i].guest = SPEC_NONE;
		s->cpu[i].last_tdvpr = SPEC_BEYOND;
	}
}

bool spec_quiet(const struct spec *s)
{
	unsigned int i;

	for (i = 0; i < SPEC_CPUS; i++) {
		if (s->cpu[i].stop != SPEC_DONE || s->cpu[i].guest != SPEC_NONE)
			return false;
	}
	return true;
}

/* Locks: nobody waits. What is taken is given back when the call ends. */
bool spec_take(struct spec_cpu *c, struct spec_lock *l, u8 mode)
{
	if (l->ex || (mode == 2 && l->sh))
		return false;
	if (mode == 2)
		l->ex = 1;
	else
		l->sh++;
	c->held[c->nr_held] = l;
	c->mode[c->nr_held++] = mode;
	return true;
}

/* Who loses the tree leaves word of it, until somebody has it again. */
bool spec_take_tree(struct spec_cpu *c, struct spec_td *td, u8 mode)
{
	td->tree.lost = !spec_take(c, &td->tree, mode);
	return !td->tree.lost;
}

static void drop(struct spec_lock *l, u8 mode)
{
	if (mode == 2)
		l->ex = 0;
	else
		l->sh--;
}

void spec_release(struct spec_cpu *c)
{
	if (c->entry_held)
		c->entry->locked = false;
	c->entry_held = false;
	while (c->nr_pieces)
		c->pieces[--c->nr_pieces].locked = false;
	while (c->nr_held) {
		c->nr_held--;
		drop(c->held[c->nr_held], c->mode[c->nr_held]);
	}
}

enum spec_stop spec_fail(struct spec_cpu *c, u64 status)
{
	c->out.status = status;
	spec_release(c);
	return SPEC_DONE;
}

enum spec_stop spec_fail_entry(struct spec_cpu *c, u64 status, const struct spec_entry *e,
			       u8 level)
{
	c->out.entry = true;
	c->out.level = level;
	c->out.state = e->state;
	c->out.page = e->page;
	return spec_fail(c, status);
}

/* Does a lookup of a 4K page end at its block: a 2M page, or one without entries for 4K pages? */
static bool ends_at_block(const struct spec *s, u16 page)
{
	return s->big[page / 512].type != SX_PT_NDA || (s->dynamic && !s->pair[page / 512].there);
}

/* The PAMT entry in use at @page: its 2M page's if that is one. */
struct spec_page *spec_leaf(struct spec *s, u16 page)
{
	return ends_at_block(s, page) ? &s->big[page / 512] : &s->page[page];
}

/*
 * Section 3.1: larger pages shared, then the page. An exclusive 2M lock excludes whoever is at work
 * on a 4K page inside.
 */
u64 spec_lock_page(struct spec *s, struct spec_cpu *c, u16 page, u8 level, u8 mode)
{
	struct spec_page *big;

	if (page == SPEC_MISALIGNED || page == SPEC_KEY_BITS)
		return SX_OPERAND_INVALID;
	if (page == SPEC_BEYOND)
		return SX_OPERAND_ADDR_RANGE_ERROR;
	if (level && page % 512)
		return SX_OPERAND_INVALID;
	big = &s->big[page / 512];
	if (level || ends_at_block(s, page))
		return spec_take(c, &big->lock, mode) ? 0 : SX_OPERAND_BUSY;
	if (!spec_take(c, &big->lock, 1) || !spec_take(c, &s->page[page].lock, mode))
		return SX_OPERAND_BUSY;
	return 0;
}

u64 spec_lock_tdr(struct spec *s, struct spec_cpu *c, u16 page, u8 mode, u8 operand)
{
	u64 st = spec_lock_page(s, c, page, 0, mode);

	if (!st && spec_leaf(s, page)->type != SX_PT_TDR)
		st = SX_PAGE_METADATA_INCORRECT;
	if (st)
		return st | operand;
	c->td = s->page[page].td;
	return 0;
}

u64 spec_lock_tdvpr(struct spec *s, struct spec_cpu *c, u16 page, u8 mode, u8 tdr_mode,
		    u8 operand)
{
	u64 st = spec_lock_page(s, c, page, 0, mode);

	if (!st && spec_leaf(s, page)->type != SX_PT_TDVPR)
		st = SX_PAGE_METADATA_INCORRECT;
	if (st)
		return st | operand;
	c->vp = s->page[page].vp;
	c->td = s->page[page].td;
	if (!spec_take(c, &s->page[s->td[c->td].tdr].lock, tdr_mode))
		return SX_OPERAND_BUSY | SX_OP_TDR;
	return 0;
}

/* Section 1.3, step 2. */
u64 spec_check_td(struct spec *s, struct spec_cpu *c, bool lock, u8 ops)
{
	struct spec_td *td = &s->td[c->td];

	if (td->fatal)
		return SX_TD_FATAL;
	if (td->life != SPEC_KEYED)
		return SX_TD_KEYS_NOT_CONFIGURED;
	if (td->nr_tdcs < SX_TDCS_PAGES)
		return SX_TDCS_NOT_ALLOCATED;
	if (lock && !spec_take(c, &td->op_lock, 1))
		return SX_OPERAND_BUSY | SX_OP_OP_STATE;
	if (ops & SPEC_OPS(td->ops))
		return 0;
	return spec_since(s, SX_R_1_5_25) ? SX_OP_STATE_INCORRECT + td->ops : SX_OP_STATE_INCORRECT;
}

/* A page the host gives: locked, and nobody's. */
u64 spec_take_free(struct spec *s, struct spec_cpu *c, u16 page, u8 level, u8 operand)
{
	u64 st = spec_lock_page(s, c, page, level, 2);
	unsigned int i;

	if (st)
		return st | operand;
	/* Of the tail not all is memory. */
	if (page == SPEC_TAIL || spec_leaf(s, page)->type != SX_PT_NDA)
		return SX_PAGE_METADATA_INCORRECT | operand;
	/* A 4K page needs its block's pair, a 2M page one without. A page of a pair is no TD's. */
	if (s->dynamic && !level && !s->pair[page / 512].there)
		return SX_MISSING_PAMT_PAGE_PAIR | operand;
	if ((level && s->pair[page / 512].there) || (!level && s->page[page].pamt))
		return SX_PAGE_METADATA_INCORRECT | operand;
	for (i = 0; level && i < 512; i++) {
		if (s->page[page + i].type != SX_PT_NDA || s->page[page + i].pamt)
			return SX_PAGE_METADATA_INCORRECT | operand;
	}
	return 0;
}

void spec_give(struct spec *s, u16 page, u8 level, u8 type, u8 td)
{
	struct spec_page *p = level ? &s->big[page / 512] : &s->page[page];

	p->type = type;
	p->td = td;
	p->bepoch = 0;
	s->td[td].children += level ? 512 : 1;
}

/* The content of a page that is the host's, or that nobody can read. */
void spec_host_has(struct spec *s, u16 page, u64 word)
{
	unsigned int w;

	for (w = 0; w < SPEC_WORDS; w++)
		s->page[page].word[w] = word;
}

/* Back to the host, which writes over it; with dynamic PAMT it is told which is a block's last. */
void spec_return_page(struct spec *s, struct spec_cpu *c, u16 page, u8 level)
{
	struct spec_page *p = level ? &s->big[page / 512] : &s->page[page];
	unsigned int i, n = level ? 512 : 1;

	p->type = SX_PT_NDA;
	for (i = 0; i < n; i++)
		spec_host_has(s, page + i, SPEC_POISON);
	c->out.last = s->dynamic && !level && !spec_used(s, page / 512);
}

/* Section 2. */
bool spec_tracked(const struct spec_td *td, u64 bepoch)
{
	if (bepoch < td->epoch - 1)
		return true;
	return bepoch == td->epoch - 1 && td->inside[bepoch & 1] == 0;
}

u64 spec_associate(struct spec *s, struct spec_cpu *c)
{
	struct spec_vp *vp = &s->vp[c->vp];

	if (vp->nr_tdcx < SX_TDCX_PAGES)
		return SX_TDCX_NUM_INCORRECT;
	if (vp->state != SPEC_VP_READY)
		return SX_VCPU_STATE_INCORRECT;
	if (vp->lp != SPEC_NONE)
		return vp->lp == c->act.cpu ? 0 : SX_VCPU_ASSOCIATED;
	vp->lp = c->act.cpu;
	vp->fresh = true;
	s->td[c->td].nr_assoc++;
	return 0;
}

/* Section 3.3, first half: what an entry at another RIP means. */
static void new_rip(struct spec_vp *vp, u8 rip)
{
	if (vp->rip != rip) {
		vp->faults = 0;
		vp->nr_gpas = 0;
	}
	vp->rip = rip;
}

/* Sections 2 and 1.6: up to where the epoch is taken. */
static enum spec_stop enter_start(struct spec *s, struct spec_cpu *c)
{
	u64 st = spec_lock_tdvpr(s, c, c->act.page, 1, 1, SX_OP_RCX);
	struct spec_td *td = &s->td[c->td];

	if (!st)
		st = spec_check_td(s, c, true, SPEC_OPS(SPEC_RUNNABLE));
	if (!st)
		st = spec_associate(s, c);
	if (!st && !spec_take(c, &td->epoch_lock, 1))
		st = SX_OPERAND_BUSY | SX_OP_TD_EPOCH;
	if (st)
		return spec_fail(c, st);
	td->inside[td->epoch & 1]++;
	return SPEC_LOCKED;
}

static void flush_wanted(struct spec *s, struct spec_cpu *c)
{
	struct spec_vp *vp = &s->vp[c->vp];
	struct spec_td *td = &s->td[c->td];

	if (vp->fresh)
		td->count[SX_C_ASSOC_FLUSH]++;
	else if (vp->epoch != td->epoch)
		td->count[SX_C_EPOCH_FLUSH]++;
	else if (c->last_tdvpr != vp->tdvpr)
		td->count[SX_C_LP_FLUSH]++;
	else
		return;
	vp->fresh = false;
	vp->flush_due = true;
}

/*
 * The tree, to itself or from 1.5.20 on shared, and nothing on the list that would fault again.
 * With a #VE for PENDING the guest gets on.
 */
static u64 zero_step(struct spec *s, struct spec_cpu *c)
{
	struct spec_vp *vp = &s->vp[c->vp];
	struct spec_td *td = &s->td[c->td];
	unsigned int i;
	u8 at, state;

	if (!vp->nr_gpas)
		return 0;
	if (!spec_take_tree(c, td, spec_since(s, SX_R_1_5_25) ? 1 : 2))
		return SX_OPERAND_BUSY | SX_OP_SEPT_TREE;
	td->count[SX_C_ZERO_STEP_ARMED]++;
	for (i = 0; i < vp->nr_gpas; i++) {
		state = spec_walk(td, vp->gpas[i], 0, &at)->state;
		if (state == SX_MAPPED ||
		    (state == SX_PENDING && !td->no_ve && spec_since(s, SX_R_1_5_25)))
			continue;
		c->out.synth = true;
		c->out.gpa_path = vp->gpas[i];
		td->count[SX_C_ZERO_STEP_SYNTH]++;
		break;
	}
	return 0;
}

/* The epoch lock goes, zero-step is looked at, the guest is about to run. */
static enum spec_stop enter_locked(struct spec *s, struct spec_cpu *c)
{
	struct spec_td *td = &s->td[c->td];
	struct spec_vp *vp = &s->vp[c->vp];
	u64 st;

	c->nr_held--;
	drop(&td->epoch_lock, 1);
	flush_wanted(s, c);
	vp->epoch = td->epoch;
	new_rip(vp, c->act.arg);
	st = zero_step(s, c);
	if (st || c->out.synth) {
		td->inside[vp->epoch & 1]--;
		return spec_fail(c, st);
	}
	c->out.flush = vp->flush_due;
	if (vp->flush_due)
		vp->tlb = 0;
	vp->flush_due = false;
	vp->state = SPEC_VP_ACTIVE;
	c->last_tdvpr = vp->tdvpr;
	return SPEC_ENTERING;
}

/* In the guest TDVPR and TDR stay shared, which came first: 2M, 4K, TDR. op_state and tree go. */
static enum spec_stop enter_done(struct spec_cpu *c)
{
	unsigned int i;

	c->nr_keep = 3;
	for (i = 0; i < c->nr_keep; i++)
		c->keep[i] = c->held[i];
	for (i = c->nr_keep; i < c->nr_held; i++)
		drop(c->held[i], c->mode[i]);
	c->nr_held = 0;
	c->guest = c->vp;
	c->must_exit = false;
	return SPEC_DONE;
}

static void td_exit(struct spec *s, struct spec_cpu *c)
{
	struct spec_vp *vp = &s->vp[c->guest];
	struct spec_td *td = &s->td[vp->td];

	td->count[SX_C_TD_EXIT]++;
	td->inside[vp->epoch & 1]--;
	vp->state = SPEC_VP_READY;
	while (c->nr_keep)
		drop(c->keep[--c->nr_keep], 1);
	c->guest = SPEC_NONE;
}

/* A leaf has version 0; these have a 1 too, and return more. True: it has not the one named. */
static bool refuses_version(struct spec_cpu *c)
{
	bool has = c->act.version < 2;

	if (!c->act.version || c->act.op >= SX_NR_LEAVES)
		return false;
	switch (c->act.op) {
	case SX_MEM_SEPT_REMOVE:
	case SX_MEM_PAGE_PROMOTE:
	case SX_MNG_RD:
	case SX_VP_RD:
		c->out.nothing = true;
		c->out.values = true;
		break;
	case SX_MEM_SEPT_ADD:
	case SX_VP_INIT:
		c->out.unchanged = !has;
		break;
	default:
		c->out.unchanged = true;
		has = false;
	}
	if (!has)
		c->out.status = SX_OPERAND_INVALID | SX_OP_RAX;
	return !has;
}

enum spec_stop spec_start(struct spec *s, const struct spec_act *a)
{
	struct spec_cpu *c = &s->cpu[a->cpu];

	c->act = *a;
	c->out = (struct spec_out){ 0 };
	c->entry = NULL;
	c->td = 0;
	c->vp = 0;
	if (refuses_version(c))
		return (enum spec_stop)c->stop;
	switch (a->op) {
	case SX_VP_ENTER:
		c->stop = enter_start(s, c);
		break;
	case SPEC_EXIT:
		td_exit(s, c);
		break;
	case SPEC_FATAL:
		s->td[s->page[a->page].td].fatal = true;
		break;
	case SPEC_ACCEPT:
	case SPEC_TOUCH:
	case SPEC_VIOLATION:
		c->stop = spec_guest(s, c);
		break;
	case SPEC_RTMR:
		c->out.status = spec_rtmr(s, c);
		break;
	case SPEC_VP_RD:
	case SPEC_VP_WR:
	case SPEC_VE:
	case SPEC_VEINFO:
	case SPEC_NMI:
	case SPEC_CPUIDVE:
	case SPEC_CR:
	case SPEC_REPORT:
		spec_inside(s, c);
		break;
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
	case SX_MEM_TRACK:
	case SX_MR_EXTEND:
		c->stop = spec_mem_start(s, c);
		break;
	case SX_PHYMEM_PAMT_ADD:
	case SX_PHYMEM_PAMT_REMOVE:
		c->stop = spec_pamt_start(s, c);
		break;
	default:
		c->out.status = spec_at_once(s, c);
		spec_release(c);
	}
	return (enum spec_stop)c->stop;
}

enum spec_stop spec_resume(struct spec *s, unsigned int cpu)
{
	struct spec_cpu *c = &s->cpu[cpu];

	if (c->act.op == SX_PHYMEM_PAMT_ADD || c->act.op == SX_PHYMEM_PAMT_REMOVE)
		c->stop = spec_pamt_resume(s, c);
	else if (c->act.op != SX_VP_ENTER)
		c->stop = spec_mem_resume(s, c);
	else if (c->stop == SPEC_LOCKED)
		c->stop = enter_locked(s, c);
	else
		c->stop = enter_done(c);
	return (enum spec_stop)c->stop;
}
