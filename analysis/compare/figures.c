// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A mode has at least this share of the samples, and is apart from the next by this factor. */
#define MODE_SHARE	0.1
#define MODE_GAP	1.5

enum rank {
	RANK_FIRST,	/* stands for its case: shown if there is any room */
	RANK_SECOND,	/* shown before the next rank; if it moved, before all that did not */
	RANK_THIRD,
	RANK_NR,
};

static const struct { const char *metric, *label; enum rank rank; } known[] = {
	{ "fault_p50", "p50", RANK_FIRST },
	{ "fault_mean", "mean", RANK_FIRST },	/* in place of a median beside two modes */
	{ "zap_per_page", "zap", RANK_FIRST },
	{ "teardown_per_page", "free", RANK_FIRST },
	{ "tracks", "TRACK", RANK_FIRST },	/* of a whole boot */
	{ "tracks_per_page", "TRACK", RANK_SECOND },
	{ "tracks_per_fault", "TRACK", RANK_SECOND },
	{ "kicks_per_page", "kick", RANK_SECOND },
	{ "kicks_per_fault", "kick", RANK_SECOND },
	{ "guest_stall", "stall", RANK_FIRST },	/* the other side of a zap's gain */
	{ "fault_p99", "p99", RANK_THIRD },
};

#define NR_KNOWN (sizeof(known) / sizeof(known[0]))

/* One that may be chosen. */
struct candidate {
	struct figure f;
	size_t group, place;	/* place: of its metric among the known ones */
	enum rank rank;
	bool moved, chosen;
	double size;
};

struct choice {
	const struct report *r;
	const struct table *t;
	size_t first, nr_others;
	struct candidate *c;
	size_t nr;
	struct figures *out;
};

static bool matches_any(const char *patterns, const char *name)
{
	char *list = strdup(patterns), *save = NULL, *one;
	bool found = false;

	for (one = list ? strtok_r(list, ",", &save) : NULL; one && !found;
	     one = strtok_r(NULL, ",", &save))
		found = !fnmatch(one, name, 0);
	free(list);
	return found;
}

bool figures_selected(const struct report *r, const struct metric *m)
{
	const struct selection *s = &r->select;

	return (!s->cases || matches_any(s->cases, r->ds->groups[m->group].case_name)) &&
	       (!s->metrics || matches_any(s->metrics, m->name));
}

double figures_size(const struct cell *c)
{
	double ratio;

	if (c->j.verdict == VERDICT_APPEARED || c->j.verdict == VERDICT_GONE)
		return INFINITY;
	/* Half and twice are as far. */
	ratio = verdict_ratio(&c->j);
	return isnan(ratio) ? 0 : ratio > -1 ? fabs(log1p(ratio)) : INFINITY;
}

bool figures_two_modes(const struct table *t, size_t group)
{
	struct latency l = { 0 };
	uint64_t below = 0, last = 0, all = 0;
	bool two = false;
	uint32_t i, b;

	if (latency_collect(t->ds, group, t->base, "fault", &l)) {
		latency_clear(&l);
		return false;
	}
	for (b = 0; b < l.boots; b++)
		all += l.boot[b].n;
	for (i = 0; i < HIST_BUCKETS && !two; i++) {
		uint64_t here = 0;

		for (b = 0; b < l.boots; b++)
			here += l.boot[b].bucket[i];
		if (!here)
			continue;
		two = below && (double)hist_bucket_low(i) > MODE_GAP * (double)last &&
		      (double)below >= MODE_SHARE * (double)all &&
		      (double)(all - below) >= MODE_SHARE * (double)all;
		below += here;
		last = hist_bucket_high(i);
	}
	latency_clear(&l);
	return two;
}

static bool any_moved(const struct choice *c, const struct row *row)
{
	for (size_t i = c->first; i < c->first + c->nr_others; i++)
		if (verdict_moved(row->others[i].j.verdict) ||
		    row->others[i].j.verdict == VERDICT_UNSTEADY)
			return true;
	return false;
}

static double largest(const struct choice *c, const struct row *row)
{
	double size = 0;

	for (size_t i = c->first; i < c->first + c->nr_others; i++)
		if (verdict_moved(row->others[i].j.verdict))
			size = fmax(size, figures_size(&row->others[i]));
	return size;
}

static bool is_shown(const struct choice *c, size_t row)
{
	const struct metric *m = &c->t->ds->metrics[c->t->rows[row].metric];

	return !m->model && figures_selected(c->r, m);
}

static void add_candidate(struct choice *c, size_t row, const char *label, size_t place,
			  enum rank rank)
{
	const struct row *r = &c->t->rows[row];

	c->c[c->nr++] = (struct candidate){ .f = { row, label, c->t->nr_rows },
					    .group = c->t->ds->metrics[r->metric].group,
					    .place = place, .rank = rank,
					    .moved = any_moved(c, r), .size = largest(c, r) };
}

/* In every arm the same figure: "TRACK" and "kick" fit one line then. */
static bool same_values(const struct choice *c, const struct row *a, const struct row *b)
{
	bool same = a->base.value == b->base.value;

	for (size_t i = c->first; i < c->first + c->nr_others; i++)
		same &= a->others[i].s.value == b->others[i].s.value &&
			a->others[i].j.verdict == b->others[i].j.verdict;
	return same;
}

/* A kick that says what the TRACK before it said. */
static bool joins(struct choice *c, size_t row, const char *label)
{
	struct candidate *last = c->nr ? &c->c[c->nr - 1] : NULL;

	if (strcmp(label, "kick") || !last || strcmp(last->f.label, "TRACK") ||
	    last->group != c->t->ds->metrics[c->t->rows[row].metric].group ||
	    !same_values(c, &c->t->rows[last->f.row], &c->t->rows[row]))
		return false;
	last->f.same_row = row;
	return true;
}

/* A count of what happened in no arm says nothing of its case. */
static bool is_nothing(const struct choice *c, size_t row)
{
	const struct row *r = &c->t->rows[row];
	bool zero = r->base.n && r->base.min == 0 && r->base.max == 0;

	for (size_t i = c->first; i < c->first + c->nr_others; i++)
		zero &= r->others[i].s.n && r->others[i].s.min == 0 && r->others[i].s.max == 0;
	return zero;
}

static size_t find_row(const struct choice *c, size_t first, size_t end, const char *name)
{
	for (; first < end; first++)
		if (!strcmp(c->t->ds->metrics[c->t->rows[first].metric].name, name) &&
		    is_shown(c, first))
			return first;
	return c->t->nr_rows;
}

/* Candidates of the rows [first, end), which are one group. */
static void take_group(struct choice *c, size_t first, size_t end)
{
	size_t none = c->t->nr_rows, before = c->nr, row, i;
	bool two = figures_two_modes(c->t, c->t->ds->metrics[c->t->rows[first].metric].group);
	bool median = find_row(c, first, end, "fault_p50") < none;
	bool mean = find_row(c, first, end, "fault_mean") < none;

	for (i = 0; i < NR_KNOWN; i++) {
		row = find_row(c, first, end, known[i].metric);
		if (row == none || is_nothing(c, row) ||
		    (!strcmp(known[i].metric, "fault_p50") && two && mean) ||
		    (!strcmp(known[i].metric, "fault_mean") && !two && median) ||
		    joins(c, row, known[i].label))
			continue;
		add_candidate(c, row, known[i].label, i, known[i].rank);
	}
	/* A case of other things is stood for by its first gated row, or its first. */
	for (row = first; row < end && c->nr == before; row++)
		if (is_shown(c, row) && c->t->ds->metrics[c->t->rows[row].metric].gated)
			add_candidate(c, row, c->t->ds->metrics[c->t->rows[row].metric].name,
				      NR_KNOWN, RANK_FIRST);
	for (row = first; row < end && c->nr == before; row++)
		if (is_shown(c, row))
			add_candidate(c, row, c->t->ds->metrics[c->t->rows[row].metric].name,
				      NR_KNOWN, RANK_FIRST);
}

bool figures_is_jumping(const struct table *t, const struct metric *m)
{
	return !m->gated && !strcmp(m->name, "fault_p50") && figures_two_modes(t, m->group);
}

/* Controls that did not move are counted, not shown. Returns whether @group's rows are to be. */
static bool take_control(struct choice *c, size_t first, size_t end)
{
	bool moved = false;

	for (size_t i = first; i < end; i++)
		moved |= is_shown(c, i) && any_moved(c, &c->t->rows[i]);
	c->out->nr_controls++;
	c->out->moved_controls += moved;
	return moved || c->r->select.cases || c->r->select.metrics;
}

static void take_groups(struct choice *c)
{
	const struct dataset *ds = c->t->ds;
	size_t first, end;

	for (first = 0; first < c->t->nr_rows; first = end) {
		unsigned int group = ds->metrics[c->t->rows[first].metric].group;

		for (end = first + 1; end < c->t->nr_rows; end++)
			if (ds->metrics[c->t->rows[end].metric].group != group)
				break;
		if (!group_is_control(&ds->groups[group]) || take_control(c, first, end))
			take_group(c, first, end);
	}
}

/* Smaller: chosen earlier. */
static int urgency(const struct candidate *c)
{
	if (c->rank == RANK_FIRST)
		return c->moved ? 0 : 1;
	return c->moved ? 2 : (int)c->rank + 2;
}

static int compare_urgency(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int u = urgency(x), v = urgency(y);

	if (u != v)
		return u - v;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->f.row < y->f.row ? -1 : 1;
}

static int compare_place(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static bool is_chosen(const struct choice *c, size_t row)
{
	for (size_t i = 0; i < c->out->nr; i++)
		if (c->out->chosen[i].row == row || c->out->chosen[i].same_row == row)
			return true;
	return false;
}

static int compare_moved(const void *a, const void *b, void *arg)
{
	const struct choice *c = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	const struct row *p = &c->t->rows[x], *q = &c->t->rows[y];
	bool gated_p = c->t->ds->metrics[p->metric].gated;
	bool gated_q = c->t->ds->metrics[q->metric].gated;
	double size_p = largest(c, p), size_q = largest(c, q);

	if (gated_p != gated_q)
		return gated_p ? -1 : 1;
	if (size_p != size_q)
		return size_p > size_q ? -1 : 1;
	return x < y ? -1 : 1;
}

static void take_moved(struct choice *c)
{
	for (size_t i = 0; i < c->t->nr_rows; i++)
		if (is_shown(c, i) && any_moved(c, &c->t->rows[i]) && !is_chosen(c, i) &&
		    !figures_is_jumping(c->t, &c->t->ds->metrics[c->t->rows[i].metric]))
			c->out->moved[c->out->nr_moved++] = i;
	qsort_r(c->out->moved, c->out->nr_moved, sizeof(*c->out->moved), compare_moved, c);
}

int figures_choose(const struct report *r, const struct table *t, size_t first, size_t nr_others,
		   size_t room, struct figures *out)
{
	struct choice c = { r, t, first, nr_others,
			    calloc(t->nr_rows + 1, sizeof(*c.c)), 0, out };
	size_t i;

	*out = (struct figures){ .chosen = calloc(t->nr_rows + 1, sizeof(*out->chosen)),
				 .moved = calloc(t->nr_rows + 1, sizeof(*out->moved)) };
	if (!c.c || !out->chosen || !out->moved) {
		free(c.c);
		figures_clear(out);
		return -ENOMEM;
	}
	take_groups(&c);
	qsort(c.c, c.nr, sizeof(*c.c), compare_urgency);
	for (i = room; i < c.nr; i++)
		out->left_out += c.c[i].rank == RANK_FIRST && !c.c[i].moved;
	c.nr = c.nr < room ? c.nr : room;
	qsort(c.c, c.nr, sizeof(*c.c), compare_place);
	for (i = 0; i < c.nr; i++)
		out->chosen[out->nr++] = c.c[i].f;
	take_moved(&c);
	free(c.c);
	return 0;
}

void figures_clear(struct figures *f)
{
	free(f->chosen);
	free(f->moved);
	*f = (struct figures){ 0 };
}
