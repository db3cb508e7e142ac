// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verdicts and tables as HTML.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "params.h"
#include "report.h"

const char *report_verdict_class(enum verdict v)
{
	switch (v) {
	case VERDICT_REGRESSED:
	case VERDICT_UNSTEADY:
	case VERDICT_MISSING:
		return "bad";
	case VERDICT_IMPROVED:
		return "good";
	case VERDICT_UNCLEAR:
	case VERDICT_APPEARED:
	case VERDICT_GONE:
	case VERDICT_CHANGED:
		return "open";
	default:
		return "plain";
	}
}

static const char *arm_name(const struct report *r, size_t arm, char *buf, size_t size)
{
	const struct arm *a = &r->ds->arms[arm];
	const char *file = strrchr(a->file->path, '/');
	bool one = r->ds->arms[0].file == r->ds->arms[r->ds->nr_arms - 1].file;

	snprintf(buf, size, "%s%s%s%s", a->variant, one ? "" : " (",
		 one ? "" : file ? file + 1 : a->file->path, one ? "" : ")");
	return buf;
}

/* A delta from 0 has no percentage. */
static void put_change(FILE *out, const struct row *row, const struct cell *c)
{
	char a[NUMBER_LEN], low[NUMBER_LEN], high[NUMBER_LEN], p[NUMBER_LEN];

	if (c->j.verdict == VERDICT_MISSING)
		report_text(out, "-");
	else if (row->base.value == 0 && c->s.value != 0)
		report_text(out, "0 to %s", number_value(a, c->s.value, 8));
	else
		report_text(out, "%s", number_percent(a, verdict_ratio(&c->j)));
	if (!c->j.tested)
		return;
	if (c->j.shift.relative)
		report_text(out, " [%s, %s]", number_percent(low, c->j.shift.low),
			    number_percent(high, c->j.shift.high));
	else
		report_text(out, " [%s, %s]", number_delta(low, c->j.shift.low, 8),
			    number_delta(high, c->j.shift.high, 8));
	report_text(out, " p %s", number_p(p, c->j.p));
}

static void put_cell(FILE *out, const struct row *row, const struct cell *c)
{
	char value[NUMBER_LEN];

	fputs("<td class=\"number\">", out);
	report_text(out, "%s", number_value(value, c->s.value, 10));
	fputs("</td><td class=\"number\">", out);
	put_change(out, row, c);
	fprintf(out, "</td><td class=\"%s\">", report_verdict_class(c->j.verdict));
	report_text(out, "%s", verdict_name(c->j.verdict));
	if (!isnan(c->j.would_show))
		report_text(out, ", would show %s", number_percent(value, c->j.would_show));
	fputs("</td>", out);
}

/*
 * What is to be seen first.
 */

/* Not what is merely advisory and decided; what looks large and is not decided is. */
static bool is_notable(const struct metric *m, const struct cell *c)
{
	if (m->model)
		return false;
	if (c->j.verdict == VERDICT_UNSTEADY || c->j.large)
		return true;
	return m->gated && (c->j.verdict == VERDICT_REGRESSED || c->j.verdict == VERDICT_IMPROVED ||
			    c->j.verdict == VERDICT_MISSING || verdict_moved(c->j.verdict));
}

/* The range of what ought to be one value. */
static void put_unrepeated(FILE *out, const struct row *row, const struct cell *c)
{
	const struct summary *s = row->base.repeats ? &c->s : &row->base;
	char low[NUMBER_LEN], high[NUMBER_LEN];

	fputs("<td>", out);
	report_text(out, "%s, block %u: %s .. %s", row->base.repeats ? "variant" : "base",
		    s->odd_block, number_value(low, s->odd_min, 12),
		    number_value(high, s->odd_max, 12));
	fputs("</td>", out);
}

static void put_notable(FILE *out, const struct report *r, const struct table *t,
			const struct row *row, size_t other)
{
	const struct metric *m = &r->ds->metrics[row->metric];
	const struct group *g = &r->ds->groups[m->group];
	char *params = params_select(r->ds, g->params, false), value[NUMBER_LEN], name[256];

	fputs("<tr><th scope=\"row\">", out);
	report_text(out, "%s%s%s: %s", g->case_name, params && *params ? " " : "",
		    params ? params : "", m->name);
	fputs("</th><td>", out);
	report_text(out, "%s", m->unit);
	fputs("</td><td>", out);
	report_text(out, "%s", arm_name(r, t->others[other], name, sizeof(name)));
	fputs("</td><td class=\"number\">", out);
	report_text(out, "%s", number_value(value, row->base.value, 10));
	fputs("</td>", out);
	put_cell(out, row, &row->others[other]);
	if (row->others[other].j.verdict == VERDICT_UNSTEADY)
		put_unrepeated(out, row, &row->others[other]);
	fputs("</tr>\n", out);
	free(params);
}

enum first { FIRST_BAD, FIRST_OPEN, FIRST_GOOD, FIRST_UNREPEATED };

static enum first first_kind(const struct cell *c)
{
	const char *class = report_verdict_class(c->j.verdict);

	if (c->j.verdict == VERDICT_UNSTEADY)
		return FIRST_UNREPEATED;
	return !strcmp(class, "bad") ? FIRST_BAD : !strcmp(class, "good") ? FIRST_GOOD : FIRST_OPEN;
}

/* Returns how many there are; @out may be NULL. */
static size_t put_notables(FILE *out, const struct report *r, enum first kind)
{
	size_t nr = 0, t, i, o;

	for (t = 0; t < r->nr_tables; t++)
		for (i = 0; i < r->tables[t].nr_rows; i++)
			for (o = 0; o < r->tables[t].nr_others; o++) {
				const struct row *row = &r->tables[t].rows[i];
				const struct cell *c = &row->others[o];

				if (!is_notable(&r->ds->metrics[row->metric], c) ||
				    first_kind(c) != kind)
					continue;
				if (out)
					put_notable(out, r, &r->tables[t], row, o);
				nr++;
			}
	return nr;
}

static void open_notables(FILE *out, const char *caption, bool ranges)
{
	fprintf(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n"
		"<table>\n<caption>%s</caption>\n<thead><tr><th scope=\"col\">metric</th><th "
		"scope=\"col\">unit</th><th scope=\"col\">variant</th><th scope=\"col\" "
		"class=\"number\">base</th><th scope=\"col\" class=\"number\">value</th><th "
		"scope=\"col\" class=\"number\">change</th><th scope=\"col\">verdict</th>%s</tr>"
		"</thead>\n<tbody>\n", caption, caption,
		ranges ? "<th scope=\"col\">range over the boots</th>" : "");
}

void report_notable(FILE *out, const struct report *r)
{
	size_t unrepeated = put_notables(NULL, r, FIRST_UNREPEATED);

	if (put_notables(NULL, r, FIRST_BAD) + put_notables(NULL, r, FIRST_OPEN) +
	    put_notables(NULL, r, FIRST_GOOD)) {
		open_notables(out, "What to look at first", false);
		put_notables(out, r, FIRST_BAD);
		put_notables(out, r, FIRST_GOOD);
		put_notables(out, r, FIRST_OPEN);
		fputs("</tbody>\n</table>\n</div>\n", out);
	}
	if (!unrepeated)
		return;
	fprintf(out, "<details>\n<summary>%zu exact metrics that do not repeat</summary>\n",
		unrepeated);
	open_notables(out, "Exact metrics that do not repeat", true);
	put_notables(out, r, FIRST_UNREPEATED);
	fputs("</tbody>\n</table>\n</div>\n</details>\n", out);
}

/*
 * All rows.
 */

/* Counts of what did not happen in any arm. */
static bool all_zero(const struct table *t, const struct row *row)
{
	size_t i;

	if (!row->base.n || row->base.min != 0 || row->base.max != 0)
		return false;
	for (i = 0; i < t->nr_others; i++)
		if (!row->others[i].s.n || row->others[i].s.min != 0 ||
		    row->others[i].s.max != 0)
			return false;
	return true;
}

static void put_row(FILE *out, const struct table *t, const struct row *row)
{
	const struct metric *m = &t->ds->metrics[row->metric];
	char value[NUMBER_LEN];
	size_t i;

	fputs("<tr><th scope=\"row\">", out);
	report_text(out, "%s%s", m->name, m->model ? " (estimate)" : "");
	fputs("</th><td>", out);
	report_text(out, "%s", m->unit);
	fprintf(out, "</td><td>%s</td><td class=\"number\">",
		m->model ? "no" : m->gated ? "yes" : "no");
	report_text(out, "%s", number_value(value, row->base.value, 10));
	fputs("</td>", out);
	for (i = 0; i < t->nr_others; i++)
		put_cell(out, row, &row->others[i]);
	fputs("</tr>\n", out);
}

static void put_columns(FILE *out, const struct report *r, const struct table *t)
{
	char name[256];
	size_t i;

	fputs("<thead><tr><th scope=\"col\">metric</th><th scope=\"col\">unit</th><th "
	      "scope=\"col\">gated</th><th scope=\"col\" class=\"number\">", out);
	report_text(out, "%s (base)", arm_name(r, t->base, name, sizeof(name)));
	fputs("</th>", out);
	for (i = 0; i < t->nr_others; i++) {
		fputs("<th scope=\"col\" class=\"number\">", out);
		report_text(out, "%s", arm_name(r, t->others[i], name, sizeof(name)));
		fputs("</th><th scope=\"col\" class=\"number\">change</th><th scope=\"col\">verdict"
		      "</th>", out);
	}
	fputs("</tr></thead>\n", out);
}

static void put_boots(FILE *out, const struct table *t, const struct row *row)
{
	size_t i;

	report_text(out, "n = %u", row->base.n);
	for (i = 0; i < t->nr_others; i++)
		report_text(out, " + %u", row->others[i].s.n);
	report_text(out, " %s", dataset_unit_name(&t->ds->arms[t->base], 2));
}

static void put_zeroes(FILE *out, const struct table *t, size_t first, size_t end)
{
	const char *before = "<p>0 in all: ";
	size_t i;

	for (i = first; i < end; i++) {
		if (!all_zero(t, &t->rows[i]))
			continue;
		fputs(before, out);
		report_text(out, "%s", t->ds->metrics[t->rows[i].metric].name);
		before = ", ";
	}
	if (*before == ',')
		fputs("</p>\n", out);
}

/* Rows [first, end) are one group. */
static void put_group(FILE *out, const struct report *r, const struct table *t, size_t first,
		      size_t end)
{
	const struct group *g = &r->ds->groups[r->ds->metrics[t->rows[first].metric].group];
	size_t i;

	fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
	report_text(out, "%s, %s", g->case_name, g->params);
	fputs("\">\n<table>\n<caption>", out);
	report_text(out, "%s, %s, clock %s, ", g->case_name, g->params,
		    r->ds->arms[t->base].file->run.clock);
	put_boots(out, t, &t->rows[first]);
	fputs("</caption>\n", out);
	put_columns(out, r, t);
	fputs("<tbody>\n", out);
	for (i = first; i < end; i++)
		if (!all_zero(t, &t->rows[i]))
			put_row(out, t, &t->rows[i]);
	fputs("</tbody>\n</table>\n</div>\n", out);
	put_zeroes(out, t, first, end);
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
