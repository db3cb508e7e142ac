// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What makes a comparison less than sound, a sentence each. The rest is compared all the same.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct notes {
	struct report *r;
	int err;
};

__attribute__((format(printf, 2, 3)))
static void add(struct notes *n, const char *fmt, ...)
{
	char **grown, *text;
	va_list ap;
	int len;

	if (n->err)
		return;
	grown = reallocarray(n->r->notes, n->r->nr_notes + 1, sizeof(*grown));
	if (grown)
		n->r->notes = grown;
	va_start(ap, fmt);
	len = grown ? vasprintf(&text, fmt, ap) : -1;
	va_end(ap);
	if (len < 0)
		n->err = -ENOMEM;
	else
		n->r->notes[n->r->nr_notes++] = text;
}

static const char *plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

static void note_failed_aa(struct notes *n)
{
	const struct report *r = n->r;

	for (size_t i = 0; i < r->nr_aa; i++) {
		const struct aa *aa = &r->aa[i];
		const struct metric *m = &r->ds->metrics[aa->table.rows[aa->first_failed].metric];

		if (aa->failed)
			add(n, "THIS RUN IS INVALID: %s and %s are the same code, but %zu row%s "
			    "differ, the first %s %s %s.",
			    r->ds->arms[aa->table.base].variant,
			    r->ds->arms[aa->table.others[0]].variant, aa->failed,
			    plural(aa->failed), r->ds->groups[m->group].case_name,
			    r->ds->groups[m->group].params, m->name);
	}
}

/* The figures of a control that tell whether all of the kernel moved; its tails do not. */
static bool is_control_figure(const struct metric *m)
{
	return m->gated || !strcmp(m->name, "fault_p50") || !strcmp(m->name, "fault_mean") ||
	       !strcmp(m->name, "zap_per_page");
}

static void note_moved_control(struct notes *n, const struct table *t, size_t other)
{
	const struct dataset *ds = t->ds;
	size_t moved = 0, first = 0;

	for (size_t i = t->nr_rows; i-- > 0;) {
		const struct metric *m = &ds->metrics[t->rows[i].metric];

		if (m->model || !is_control_figure(m) || !group_is_control(&ds->groups[m->group]) ||
		    !verdict_moved(t->rows[i].others[other].j.verdict))
			continue;
		moved++;
		first = i;
	}
	if (moved) {
		const struct metric *m = &ds->metrics[t->rows[first].metric];

		add(n, "SUSPECT: control case %s moved under %s (%s %s, %zu row%s in all): the "
		    "patch costs other VMs too, or the kernels differ in more than it.",
		    ds->groups[m->group].case_name, ds->arms[t->others[other]].variant, m->name,
		    verdict_name(t->rows[first].others[other].j.verdict), moved, plural(moved));
	}
}

static void note_controls(struct notes *n)
{
	for (size_t t = 0; t < n->r->nr_tables; t++)
		for (size_t o = 0; o < n->r->tables[t].nr_others; o++)
			note_moved_control(n, &n->r->tables[t], o);
}

/* Was this boot tried again later? Then that one counts. */
static bool was_repeated(const struct record_file *f, size_t boot)
{
	for (size_t i = boot + 1; i < f->nr_boots; i++)
		if (f->boots[i].boot == f->boots[boot].boot &&
		    !strcmp(f->boots[i].variant, f->boots[boot].variant))
			return true;
	return false;
}

static void note_boots(struct notes *n, const struct arm *a)
{
	size_t bad = 0, first = 0;

	for (size_t i = a->file->nr_boots; i-- > 0;) {
		const struct record_boot *b = &a->file->boots[i];

		if (strcmp(b->variant, a->variant) || (!b->status && !b->complaints) ||
		    was_repeated(a->file, i))
			continue;
		bad++;
		first = i;
	}
	if (bad)
		add(n, "INVALID: %s: the kernel complained or the boot failed in %zu boot%s, first "
		    "in boot %u (%" PRIu64 " complaint%s, status %d).",
		    a->variant, bad, plural(bad), a->file->boots[first].boot,
		    a->file->boots[first].complaints, plural(a->file->boots[first].complaints),
		    a->file->boots[first].status);
}

static void note_arms(struct notes *n)
{
	const struct dataset *ds = n->r->ds;

	for (size_t i = 0; i < ds->nr_arms; i++) {
		const struct arm *a = &ds->arms[i];
		size_t b;

		note_boots(n, a);
		if (a->invalid)
			add(n, "INVALID: %s: %zu of %zu blocks left out; the first: %s", a->variant,
			    a->invalid, a->invalid + a->blocks, a->first_invalid);
		for (b = 0; a->aa && b < ds->nr_arms; b++)
			if (dataset_is_aa_of(ds, i, b))
				break;
		if (a->aa && b == ds->nr_arms)
			add(n, "INVALID: %s is an A/A arm, but its base is not in the file.",
			    a->variant);
	}
}

static void note_conflicts(struct notes *n)
{
	const struct dataset *ds = n->r->ds;
	size_t nr = 0, first = 0;

	for (size_t i = ds->nr_metrics; i-- > 0;)
		if (ds->metrics[i].conflict) {
			nr++;
			first = i;
		}
	if (nr)
		add(n, "NOT COMPARABLE: %zu row%s; %s of %s %s.", nr, plural(nr),
		    ds->metrics[first].name, ds->groups[ds->metrics[first].group].case_name,
		    ds->metrics[first].conflict);
}

static void note_unsteady(struct notes *n, const struct table *t, size_t other)
{
	const struct row *row = NULL;
	const struct summary *s;
	size_t nr = 0;

	for (size_t i = t->nr_rows; i-- > 0;)
		if (t->rows[i].others[other].j.verdict == VERDICT_UNSTEADY &&
		    !t->ds->metrics[t->rows[i].metric].model) {
			nr++;
			row = &t->rows[i];
		}
	if (!nr)
		return;
	s = row->base.repeats ? &row->others[other].s : &row->base;
	add(n, "INVALID: %zu row%s of %s must repeat and do not; %s of %s is %.12g .. %.12g in "
	    "block %u of %u boots.",
	    nr, plural(nr),
	    t->ds->arms[row->base.repeats ? t->others[other] : t->base].variant,
	    t->ds->metrics[row->metric].name,
	    t->ds->groups[t->ds->metrics[row->metric].group].case_name, s->odd_min, s->odd_max,
	    s->odd_block, s->boots);
}

/* Cases of which one of the two arms has nothing. */
static void note_missing(struct notes *n, const struct table *t, size_t other)
{
	const struct dataset *ds = t->ds;

	for (size_t g = 0; g < ds->nr_groups; g++) {
		bool in_base = false, in_other = false;

		for (size_t i = 0; i < t->nr_rows; i++) {
			if (ds->metrics[t->rows[i].metric].group != g)
				continue;
			in_base |= t->rows[i].base.n > 0;
			in_other |= t->rows[i].others[other].s.n > 0;
		}
		if (in_base != in_other)
			add(n, "MISSING: %s %s has no valid block in %s of %s.",
			    ds->groups[g].case_name, ds->groups[g].params,
			    ds->arms[in_base ? t->others[other] : t->base].variant,
			    ds->arms[in_base ? t->others[other] : t->base].file->path);
	}
}

static bool has_seed(const struct arm *a, uint64_t seed)
{
	for (size_t i = 0; i < a->file->nr_blocks; i++) {
		const struct record_block *b = &a->file->blocks[i];

		if (b->seed == seed && b->valid && !b->warmup && !strcmp(b->variant, a->variant))
			return true;
	}
	return false;
}

/* How many seeds of @a are none of @b's. */
static unsigned int count_unshared(const struct arm *a, const struct arm *b)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < a->file->nr_blocks; i++) {
		const struct record_block *k = &a->file->blocks[i];
		size_t j;

		if (!k->valid || k->warmup || strcmp(k->variant, a->variant))
			continue;
		for (j = 0; j < i; j++)
			if (a->file->blocks[j].seed == k->seed && a->file->blocks[j].valid &&
			    !a->file->blocks[j].warmup &&
			    !strcmp(a->file->blocks[j].variant, a->variant))
				break;
		nr += j == i && !has_seed(b, k->seed);
	}
	return nr;
}

static void note_seeds(struct notes *n, const struct table *t, size_t other)
{
	const struct arm *base = &t->ds->arms[t->base], *a = &t->ds->arms[t->others[other]];
	unsigned int only_base, only_other;

	if (!base->by_seed || !a->by_seed)
		return;
	only_base = count_unshared(base, a);
	only_other = count_unshared(a, base);
	if (only_base || only_other)
		add(n, "%s and %s do not have the same seeds: %u of %u and %u of %u are left out "
		    "of the pairs.",
		    base->variant, a->variant, only_base, base->seeds, only_other, a->seeds);
}

/* A file made when a boot was taken for a sample. */
static void note_repeated_seeds(struct notes *n)
{
	const struct dataset *ds = n->r->ds;

	for (size_t i = 0; i < ds->nr_arms; i++) {
		const struct arm *a = &ds->arms[i];

		if (!a->by_seed || a->boots <= 1 || a->seeds > 1)
			continue;
		add(n, "One seed in %u boots: the second is the first again, so n is 1. What a "
		    "seed moves stays unclear; lab --seeds measures more.", a->boots);
		return;
	}
}

static void note_changes(struct notes *n)
{
	const struct dataset *ds = n->r->ds;

	for (size_t i = 0; i < ds->nr_arms; i++)
		if (*ds->arms[i].file->changed && (!i || ds->arms[i].file != ds->arms[i - 1].file))
			add(n, "CHANGED DURING THE RUN: %s", ds->arms[i].file->changed);
}

static void note_pairs(struct notes *n,
		       void (*note)(struct notes *n, const struct table *t, size_t other))
{
	for (size_t t = 0; t < n->r->nr_tables; t++)
		for (size_t o = 0; o < n->r->tables[t].nr_others; o++)
			note(n, &n->r->tables[t], o);
}

int report_take_notes(struct report *r)
{
	struct notes n = { .r = r };
	size_t before;

	note_failed_aa(&n);
	/* Said among the first, but what a patch costs other VMs decides nothing about TDs. */
	before = r->nr_notes;
	note_controls(&n);
	before = r->nr_notes - before;
	note_arms(&n);
	note_conflicts(&n);
	note_pairs(&n, note_unsteady);
	r->nr_grave = r->nr_notes - before;
	note_pairs(&n, note_missing);
	note_pairs(&n, note_seeds);
	note_repeated_seeds(&n);
	note_changes(&n);
	if (r->mismatch)
		add(&n, "The files differ in more than the code: %s.", r->mismatch);
	return n.err;
}

void report_clear_notes(struct report *r)
{
	for (size_t i = 0; i < r->nr_notes; i++)
		free(r->notes[i]);
	free(r->notes);
	r->notes = NULL;
	r->nr_notes = r->nr_grave = 0;
}
