// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verdicts and tables as HTML. Columns are metric, change, verdict, base, value: what a reader
 * wants first stands left, where a narrow screen shows it.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define FIRST_ROWS	10

static const char *verdict_class(const struct cell *c)
{
	if (c->j.worse)
		return "bad";
	switch (c->j.verdict) {
	case VERDICT_REGRESSED:
	case VERDICT_UNSTEADY:
	case VERDICT_MISSING:
		return "bad";
	case VERDICT_IMPROVED:
		return "good";
	case VERDICT_UNCLEAR:
	case VERDICT_CHANGED:
	case VERDICT_APPEARED:
	case VERDICT_GONE:
		return "open";
	default:
		return "plain";
	}
}

static const char *arm_name(const struct report *r, size_t arm, char *buf, size_t size)
{
	const struct arm *a = &r->ds->arms[arm];
	bool one = r->ds->arms[0].file == r->ds->arms[r->ds->nr_arms - 1].file;

	snprintf(buf, size, "%s%s%s%s", a->variant, one ? "" : " (",
		 one ? "" : report_basename(a->file->path), one ? "" : ")");
	return buf;
}

void report_arms(FILE *out, const struct report *r)
{
	char base[256], other[256];
	size_t t, nr = 0;

	for (t = 0; t < r->nr_tables; t++)
		nr += r->tables[t].nr_others;
	arm_name(r, r->tables[0].base, base, sizeof(base));
	if (nr == 1)
		report_text(out, "%s against %s",
			    arm_name(r, r->tables[0].others[0], other, sizeof(other)), base);
	else if (r->nr_tables == 1)
		report_text(out, "%zu variants against %s", nr, base);
	else
		report_text(out, "%zu variants: %s against %s", nr,
			    report_basename(r->ds->arms[r->tables[0].others[0]].file->path),
			    report_basename(r->ds->arms[r->tables[0].base].file->path));
}

/* Long names may break after an underscore. */
static void put_name(FILE *out, const char *name)
{
	size_t len;

	for (; *name; name += len) {
		len = strcspn(name, "_");
		len += name[len] == '_';
		report_text(out, "%.*s", (int)len, name);
		if (name[len])
			fputs("<wbr/>", out);
	}
}

/*
 * Cells.
 */

/* How much, for sorting: of changes from or to nothing more than of any other. */
static double size_of(const struct row *row, const struct cell *c)
{
	double ratio = verdict_ratio(&c->j);

	if (isnan(ratio))
		return row->base.value == c->s.value ? 0 : INFINITY;
	return ratio > -1 ? fabs(log1p(ratio)) : INFINITY;
}

/* A change from 0 has no percentage. @gap: before its interval. */
static void put_change(FILE *out, const struct row *row, const struct cell *c, const char *gap)
{
	char a[NUMBER_LEN], low[NUMBER_LEN], high[NUMBER_LEN];

	if (c->j.verdict == VERDICT_MISSING)
		report_text(out, "-");
	else if (row->base.value == 0 && c->s.value != 0)
		report_text(out, "%s", number_delta(a, c->s.value, 8));
	else
		report_text(out, "%s", number_percent(a, verdict_ratio(&c->j)));
	if (!c->j.tested || !c->j.shift.finite)
		return;
	fprintf(out, "%s<small>", gap);
	if (c->j.shift.relative)
		report_text(out, "%s .. %s", number_percent(low, c->j.shift.low),
			    number_percent(high, c->j.shift.high));
	else
		report_text(out, "%s .. %s", number_delta(low, c->j.shift.low, 8),
			    number_delta(high, c->j.shift.high, 8));
	fputs("</small>", out);
}

static void put_verdict(FILE *out, const struct cell *c)
{
	char a[NUMBER_LEN];

	fprintf(out, "</td><td class=\"%s\">", verdict_class(c));
	report_text(out, "%s", verdict_name(c->j.verdict));
	if (!isnan(c->j.would_show)) {
		fputs("<br/><small>", out);
		report_text(out, "would show %s", number_percent(a, c->j.would_show));
		fputs("</small>", out);
	}
}

/* With what stands beside the subject's part. */
static void put_value(FILE *out, const struct metric *m, const struct summary *s)
{
	char value[NUMBER_LEN], module[NUMBER_LEN], waiting[NUMBER_LEN];

	fputs("</td><td class=\"number\">", out);
	report_text(out, "%s", number_short(value, s->value, !strncmp(m->unit, "1/", 2)));
	if (!m->parted || !s->n)
		return;
	fputs("<br/><small>", out);
	report_text(out, "softtdx %s%s%s", number_short(module, s->module, false),
		    s->waiting > 0 ? ", waiting " : "",
		    s->waiting > 0 ? number_short(waiting, s->waiting, false) : "");
	fputs("</small>", out);
}

static void put_cells(FILE *out, const struct metric *m, const struct row *row,
		      const struct cell *c)
{
	fputs("<td class=\"number\">", out);
	put_change(out, row, c, "<br/>");
	put_verdict(out, c);
	put_value(out, m, &row->base);
	put_value(out, m, &c->s);
	fputs("</td></tr>\n", out);
}

static void open_columns(FILE *out, const char *first)
{
	fprintf(out, "<thead><tr><th scope=\"col\">%s</th><th scope=\"col\" class=\"number\">change"
		"</th><th scope=\"col\">verdict</th><th scope=\"col\" class=\"number\">base</th>"
		"<th scope=\"col\" class=\"number\">value</th></tr></thead>\n<tbody>\n", first);
}

/*
 * What to look at first: cells that moved. Those of one case that differ in vCPUs alone stand
 * together, and so do those of several cases that have the same values.
 */

struct entry {
	const struct table *t;
	const struct row *row;	/* of the largest change */
	size_t other;
	unsigned int rank;	/* 0: first */
	double size;		/* of that change */
	double low, high;	/* ratios */
	unsigned int nr;	/* cells of one case */
	char *cases;		/* ", zap": of the others with the same values */
};

static const struct cell *cell_of(const struct entry *e)
{
	return &e->row->others[e->other];
}

static const struct metric *metric_of(const struct entry *e)
{
	return &e->t->ds->metrics[e->row->metric];
}

/* Worse, better, neither; what gates before what does not. UINT_MAX: not to be shown. */
static unsigned int rank_of(const struct metric *m, const struct cell *c)
{
	const char *class = verdict_class(c);
	unsigned int kind = !strcmp(class, "bad") ? 0 : !strcmp(class, "good") ? 2 : 4;

	if (m->model || (!verdict_moved(c->j.verdict) && c->j.verdict != VERDICT_UNSTEADY &&
			 !(c->j.verdict == VERDICT_MISSING && m->gated) && !c->j.large))
		return UINT_MAX;
	return kind + !m->gated;
}

static const struct group *group_of(const struct entry *e)
{
	return &e->t->ds->groups[metric_of(e)->group];
}

/* One metric of one arm, with the same verdict. */
static bool are_alike(const struct entry *a, const struct entry *b)
{
	return a->t == b->t && a->other == b->other && a->rank == b->rank &&
	       !strcmp(metric_of(a)->name, metric_of(b)->name) &&
	       cell_of(a)->j.verdict == cell_of(b)->j.verdict;
}

/* As printed. */
static bool same_value(double a, double b)
{
	return a == b || fabs(a - b) <= 5e-4 * fabs(a);
}

static bool have_same_values(const struct entry *a, const struct entry *b)
{
	return are_alike(a, b) && a->nr == b->nr &&
	       same_value(a->row->base.value, b->row->base.value) &&
	       same_value(cell_of(a)->s.value, cell_of(b)->s.value);
}

static bool belong_together(const struct entry *a, const struct entry *b)
{
	const struct group *x = group_of(a), *y = group_of(b);
	char own[256], other[256];

	if (!are_alike(a, b) || strcmp(x->case_name, y->case_name))
		return false;
	gp_split_vcpus(x->params, own, sizeof(own));
	gp_split_vcpus(y->params, other, sizeof(other));
	return !strcmp(own, other);
}

static void add_entry(struct entry *entries, size_t *nr, const struct entry *e)
{
	size_t i;

	for (i = 0; i < *nr && !belong_together(&entries[i], e);)
		i++;
	if (i == *nr) {
		entries[(*nr)++] = *e;
		return;
	}
	entries[i].nr++;
	entries[i].low = fmin(entries[i].low, e->low);
	entries[i].high = fmax(entries[i].high, e->high);
	if (e->size > entries[i].size) {
		entries[i].size = e->size;
		entries[i].row = e->row;
	}
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	bool headline_x = gp_is_headline(x->t, x->row->metric);
	bool headline_y = gp_is_headline(y->t, y->row->metric);

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (headline_x != headline_y)
		return headline_x ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	if (x->t != y->t)
		return x->t < y->t ? -1 : 1;
	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->other > y->other) - (x->other < y->other);
}

/* Cases that have the same values go into the first of them. */
static void merge_cases(struct entry *e, size_t *nr)
{
	size_t i, j, kept = 0;

	for (i = 0; i < *nr; i++) {
		char *longer;

		for (j = 0; j < kept && !have_same_values(&e[j], &e[i]);)
			j++;
		if (j < kept && asprintf(&longer, "%s, %s", e[j].cases ? e[j].cases : "",
					 group_of(&e[i])->case_name) >= 0) {
			free(e[j].cases);
			e[j].cases = longer;
		} else {
			e[kept++] = e[i];
		}
	}
	*nr = kept;
}

/* Sorted; the caller frees them and their ->cases. NULL: no memory. */
static struct entry *collect(const struct report *r, size_t *nr)
{
	size_t cells = 0, t, i, o;
	struct entry *entries;

	for (t = 0; t < r->nr_tables; t++)
		cells += r->tables[t].nr_rows * r->tables[t].nr_others;
	entries = calloc(cells + 1, sizeof(*entries));
	*nr = 0;
	for (t = 0; entries && t < r->nr_tables; t++)
		for (i = 0; i < r->tables[t].nr_rows; i++)
			for (o = 0; o < r->tables[t].nr_others; o++) {
				const struct row *row = &r->tables[t].rows[i];
				const struct cell *c = &row->others[o];
				double ratio = verdict_ratio(&c->j);
				struct entry e = { .t = &r->tables[t], .row = row, .other = o,
						   .size = size_of(row, c), .low = ratio,
						   .high = ratio, .nr = 1 };

				e.rank = rank_of(&r->ds->metrics[row->metric], c);
				if (e.rank != UINT_MAX &&
				    !figures_is_jumping(e.t, &r->ds->metrics[row->metric]))
					add_entry(entries, nr, &e);
			}
	if (entries) {
		qsort(entries, *nr, sizeof(*entries), compare_entries);
		merge_cases(entries, nr);
	}
	return entries;
}

/* "zap-running: zap_per_page", with the parameters that others have not, vCPUs only if alone. */
static void put_entry_name(FILE *out, const struct report *r, const struct entry *e, bool many)
{
	const struct metric *m = metric_of(e);
	const struct group *g = &r->ds->groups[m->group];
	char *params = params_select(r->ds, g->params, false), rest[256] = "", name[256];
	unsigned int vcpus = params ? gp_split_vcpus(params, rest, sizeof(rest)) : 0;

	report_text(out, "%s%s: ", g->case_name, e->cases ? e->cases : "");
	put_name(out, m->name);
	fputs(" <small>", out);
	report_text(out, "[%s]", m->unit);
	if (e->nr > 1)
		report_text(out, " %u numbers of vCPUs%s%s", e->nr, *rest ? ", " : "", rest);
	else if (vcpus)
		report_text(out, " %s", params);
	else if (*rest)
		report_text(out, " %s", rest);
	if (many)
		report_text(out, " %s",
			    arm_name(r, e->t->others[e->other], name, sizeof(name)));
	fputs("</small>", out);
	free(params);
}

static void put_entry(FILE *out, const struct report *r, const struct entry *e, bool many)
{
	char low[NUMBER_LEN], high[NUMBER_LEN];

	fputs("<tr><th scope=\"row\">", out);
	put_entry_name(out, r, e, many);
	fputs("</th>", out);
	if (e->low == e->high || isnan(e->low)) {
		put_cells(out, metric_of(e), e->row, cell_of(e));
		return;
	}
	fputs("<td class=\"number\">", out);
	report_text(out, "%s ..", number_percent(low, e->low));
	fputs("<br/>", out);
	report_text(out, "%s", number_percent(high, e->high));
	put_verdict(out, cell_of(e));
	put_value(out, metric_of(e), &e->row->base);
	put_value(out, metric_of(e), &cell_of(e)->s);
	fputs("</td></tr>\n", out);
}

static bool has_many(const struct report *r)
{
	return r->nr_tables > 1 || r->tables[0].nr_others > 1;
}

static void put_entries(FILE *out, const struct report *r, const struct entry *e, size_t nr)
{
	size_t i;

	fputs("<div class=\"scroll\">\n<table>\n", out);
	open_columns(out, "metric");
	for (i = 0; i < nr; i++)
		put_entry(out, r, &e[i], has_many(r));
	fputs("</tbody>\n</table>\n</div>\n", out);
}

int report_first_rows(FILE *out, const struct report *r)
{
	size_t nr, first;
	struct entry *entries = collect(r, &nr);

	if (!entries)
		return -ENOMEM;
	first = nr > FIRST_ROWS ? FIRST_ROWS : nr;
	if (nr) {
		fputs("<h3>To look at first</h3>\n", out);
		put_entries(out, r, entries, first);
	}
	if (nr > first) {
		fprintf(out, "<details>\n<summary>%zu more that moved</summary>\n", nr - first);
		put_entries(out, r, entries + first, nr - first);
		fputs("</details>\n", out);
	}
	while (nr)
		free(entries[--nr].cases);
	free(entries);
	return 0;
}

/* A change, shown or at least large, for the worse or the better. */
static bool goes(const struct metric *m, const struct cell *c, bool worse)
{
	bool up = c->j.delta > 0;

	if (m->model || m->better == RECORD_NONE || !(verdict_moved(c->j.verdict) || c->j.large))
		return false;
	return worse == (up == (m->better == RECORD_LOWER));
}

/* The largest such change among the headlines, or, if there is none, of all. */
static bool find_extreme(const struct report *r, bool worse, bool headline, struct entry *most)
{
	size_t t, i, o;

	*most = (struct entry){ .size = -1 };
	for (t = 0; t < r->nr_tables; t++)
		for (i = 0; i < r->tables[t].nr_rows; i++)
			for (o = 0; o < r->tables[t].nr_others; o++) {
				const struct row *row = &r->tables[t].rows[i];
				const struct cell *c = &row->others[o];

				if (!goes(&r->ds->metrics[row->metric], c, worse) ||
				    (headline && !gp_is_headline(&r->tables[t], row->metric)) ||
				    size_of(row, c) <= most->size)
					continue;
				*most = (struct entry){ .t = &r->tables[t], .row = row, .other = o,
							.size = size_of(row, c), .nr = 1 };
			}
	return most->row;
}

static void put_extreme(FILE *out, const struct report *r, const char *what, bool worse)
{
	struct entry e;

	if (!find_extreme(r, worse, true, &e) && !find_extreme(r, worse, false, &e))
		return;
	fprintf(out, "<p>%s: ", what);
	put_entry_name(out, r, &e, true);
	fprintf(out, " <span class=\"%s\">", verdict_class(cell_of(&e)));
	put_change(out, e.row, cell_of(&e), " ");
	report_text(out, " %s", verdict_name(cell_of(&e)->j.verdict));
	fputs("</span></p>\n", out);
}

void report_extremes(FILE *out, const struct report *r)
{
	put_extreme(out, r, "Worst", true);
	put_extreme(out, r, "Best", false);
}

/*
 * Case by variant.
 */

/* The change of a headline of one case and arm over all its groups, and the gravest verdict. */
static bool sum_up(const struct table *t, size_t first, size_t other, struct entry *e)
{
	const struct metric *m = &t->ds->metrics[t->rows[first].metric];
	size_t i;

	*e = (struct entry){ .t = t, .other = other, .rank = UINT_MAX, .size = -1, .low = INFINITY,
			     .high = -INFINITY };
	for (i = first; i < t->nr_rows; i++) {
		const struct metric *own = &t->ds->metrics[t->rows[i].metric];
		const struct cell *c = &t->rows[i].others[other];

		if (strcmp(own->name, m->name) || own->model ||
		    strcmp(t->ds->groups[own->group].case_name,
			   t->ds->groups[m->group].case_name) || c->j.verdict == VERDICT_MISSING)
			continue;
		e->low = fmin(e->low, verdict_ratio(&c->j));
		e->high = fmax(e->high, verdict_ratio(&c->j));
		e->nr++;
		if (!e->row || rank_of(own, c) < e->rank ||
		    (rank_of(own, c) == e->rank && size_of(&t->rows[i], c) > e->size)) {
			e->row = &t->rows[i];
			e->rank = rank_of(own, c);
			e->size = size_of(&t->rows[i], c);
		}
	}
	return e->row;
}

/* Is there such a row of the case before this one? */
static bool seen_before(const struct table *t, size_t row)
{
	const struct metric *m = &t->ds->metrics[t->rows[row].metric];
	size_t i;

	for (i = 0; i < row; i++) {
		const struct metric *own = &t->ds->metrics[t->rows[i].metric];

		if (!strcmp(own->name, m->name) &&
		    !strcmp(t->ds->groups[own->group].case_name,
			    t->ds->groups[m->group].case_name))
			return true;
	}
	return false;
}

static void put_matrix_cell(FILE *out, const struct table *t, size_t row, size_t other)
{
	char low[NUMBER_LEN], high[NUMBER_LEN];
	struct entry e;

	if (!sum_up(t, row, other, &e)) {
		fputs("<td class=\"number\">-</td>", out);
		return;
	}
	fprintf(out, "<td class=\"number %s\">", verdict_class(cell_of(&e)));
	report_text(out, "%s%s%s", number_percent(low, e.low), e.high > e.low ? " .. " : "",
		    e.high > e.low ? number_percent(high, e.high) : "");
	fputs("<br/><small>", out);
	report_text(out, "%s", verdict_name(cell_of(&e)->j.verdict));
	fputs("</small></td>", out);
}

static void put_matrix(FILE *out, const struct report *r, const struct table *t)
{
	char name[256];
	size_t i, o;

	fputs("<h3>Case by variant</h3>\n<p>Change against ", out);
	report_text(out, "%s", arm_name(r, t->base, name, sizeof(name)));
	fputs(", over all numbers of vCPUs; the verdict is the gravest of them.</p>\n"
	      "<div class=\"scroll\">\n<table>\n<thead><tr><th scope=\"col\">case: metric</th>", out);
	for (o = 0; o < t->nr_others; o++) {
		fputs("<th scope=\"col\" class=\"number\">", out);
		report_text(out, "%s", arm_name(r, t->others[o], name, sizeof(name)));
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n<tbody>\n", out);
	for (i = 0; i < t->nr_rows; i++) {
		const struct metric *m = &r->ds->metrics[t->rows[i].metric];

		if (m->model || !gp_is_headline(t, t->rows[i].metric) || seen_before(t, i))
			continue;
		fputs("<tr><th scope=\"row\">", out);
		report_text(out, "%s: ", r->ds->groups[m->group].case_name);
		put_name(out, m->name);
		fputs("</th>", out);
		for (o = 0; o < t->nr_others; o++)
			put_matrix_cell(out, t, i, o);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n</div>\n", out);
}

void report_matrix(FILE *out, const struct report *r)
{
	size_t t;

	for (t = 0; t < r->nr_tables; t++)
		if (r->tables[t].nr_others > 1)
			put_matrix(out, r, &r->tables[t]);
}

/*
 * All rows.
 */

static bool is_same(const struct table *t, const struct row *row)
{
	size_t i;

	for (i = 0; i < t->nr_others; i++)
		if (row->others[i].j.verdict != VERDICT_SAME || row->others[i].j.delta != 0)
			return false;
	return true;
}

static void put_metric(FILE *out, const struct metric *m)
{
	fputs("<th scope=\"row\">", out);
	put_name(out, m->name);
	fputs(" <small>", out);
	report_text(out, "[%s]%s%s", m->unit, m->gated && !m->model ? ", gated" : "",
		    m->model ? ", estimate" : "");
	fputs("</small></th>", out);
}

static void put_row(FILE *out, const struct report *r, const struct table *t,
		    const struct row *row)
{
	const struct metric *m = &t->ds->metrics[row->metric];
	char name[256];
	size_t i;

	fputs("<tr>", out);
	put_metric(out, m);
	if (t->nr_others == 1) {
		put_cells(out, m, row, &row->others[0]);
		return;
	}
	fputs("<td colspan=\"4\"></td></tr>\n", out);
	for (i = 0; i < t->nr_others; i++) {
		fputs("<tr><td class=\"arm\">", out);
		report_text(out, "%s", arm_name(r, t->others[i], name, sizeof(name)));
		fputs("</td>", out);
		put_cells(out, m, row, &row->others[i]);
	}
}

/* "same in all: tracks_per_page 1; 0 in all: ..." */
static void put_sames(FILE *out, const struct table *t, size_t first, size_t end, bool zero)
{
	const char *before = zero ? "<p><small>0 in all: " : "<p><small>Same in all: ";
	char value[NUMBER_LEN];
	size_t i;

	for (i = first; i < end; i++) {
		const struct row *row = &t->rows[i];

		if (!is_same(t, row) || (row->base.value == 0) != zero)
			continue;
		fputs(before, out);
		report_text(out, "%s%s%s", t->ds->metrics[row->metric].name, zero ? "" : " ",
			    zero ? "" : number_short(value, row->base.value, false));
		before = ", ";
	}
	if (*before == ',')
		fputs("</small></p>\n", out);
}

/* "populate, vcpus=2: 2 improved, 1 small" */
static void put_summary(FILE *out, const struct report *r, const struct table *t, size_t first,
			size_t end)
{
	const struct group *g = &r->ds->groups[r->ds->metrics[t->rows[first].metric].group];
	size_t of[VERDICT_NR] = { 0 }, i, o, v;
	const char *comma = ": ";
	char name[256];

	for (i = first; i < end; i++)
		for (o = 0; o < t->nr_others; o++)
			of[t->rows[i].others[o].j.verdict]++;
	if (r->nr_tables > 1)
		report_text(out, "%s: ", arm_name(r, t->others[0], name, sizeof(name)));
	report_text(out, "%s, %s", g->case_name, g->params);
	for (v = VERDICT_NR; v-- > 0;)
		if (of[v] && v != VERDICT_SAME) {
			report_text(out, "%s%zu %s", comma, of[v], verdict_name((enum verdict)v));
			comma = ", ";
		}
}

/* Rows [first, end) are one group. */
static void put_group(FILE *out, const struct report *r, const struct table *t, size_t first,
		      size_t end)
{
	bool any = false;
	size_t i;

	fputs("<details>\n<summary>", out);
	put_summary(out, r, t, first, end);
	fputs("</summary>\n", out);
	for (i = first; i < end; i++) {
		if (is_same(t, &t->rows[i]))
			continue;
		if (!any) {
			fputs("<div class=\"scroll\">\n<table>\n", out);
			open_columns(out, "metric");
		}
		any = true;
		put_row(out, r, t, &t->rows[i]);
	}
	if (any)
		fputs("</tbody>\n</table>\n</div>\n", out);
	put_sames(out, t, first, end, false);
	put_sames(out, t, first, end, true);
	fputs("</details>\n", out);
}

void report_tables(FILE *out, const struct report *r)
{
	size_t t, first, end;

	for (t = 0; t < r->nr_tables; t++) {
		const struct table *table = &r->tables[t];

		for (first = 0; first < table->nr_rows; first = end) {
			unsigned int group = r->ds->metrics[table->rows[first].metric].group;

			for (end = first; end < table->nr_rows; end++)
				if (r->ds->metrics[table->rows[end].metric].group != group)
					break;
			put_group(out, r, table, first, end);
		}
	}
}
