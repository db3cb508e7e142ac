// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A report in Markdown, in the order of the text: verdict, notes, what was compared, the few
 * figures of each case, what else moved, how many rows did what.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MOVED_ROWS	10

static void print_interval(const struct judgement *j, FILE *out)
{
	char low[NUMBER_LEN], high[NUMBER_LEN], p[NUMBER_LEN];

	if (!j->tested)
		fputs(" - | - |", out);
	else if (j->shift.relative)
		fprintf(out, " %s .. %s | %s |", number_percent(low, j->shift.low),
			number_percent(high, j->shift.high), number_p(p, j->p));
	else
		fprintf(out, " %s .. %s | %s |", number_delta(low, j->shift.low, 8),
			number_delta(high, j->shift.high, 8), number_p(p, j->p));
}

static void print_parts(const struct row *row, const struct cell *c, FILE *out)
{
	char a[NUMBER_LEN], b[NUMBER_LEN];

	if (isnan(row->base.module) || isnan(c->s.module)) {
		fputs(" - | - |", out);
		return;
	}
	fprintf(out, " %s to %s |", number_short(a, row->base.module, false),
		number_short(b, c->s.module, false));
	fprintf(out, " %s to %s |", number_short(a, row->base.waiting, false),
		number_short(b, c->s.waiting, false));
}

/* A figure of one arm: the same columns everywhere. */
static void print_row(const struct table *t, size_t i, size_t other, FILE *out)
{
	const struct row *row = &t->rows[i];
	const struct metric *m = &t->ds->metrics[row->metric];
	const struct group *g = &t->ds->groups[m->group];
	const struct cell *c = &row->others[other];
	char base[NUMBER_LEN], value[NUMBER_LEN], percent[NUMBER_LEN], shown[NUMBER_LEN];
	bool event = !strncmp(m->unit, "1/", 2);

	fprintf(out, "| %s %s | %s | %s%s | %s | %s | %s | %s%s%s%s |", g->case_name, g->params,
		m->name, m->unit, m->model ? ", clock model (estimate)" : "",
		number_short(base, row->base.value, event),
		number_short(value, c->s.value, event),
		c->j.verdict == VERDICT_MISSING ? "-" :
						  number_percent(percent, verdict_ratio(&c->j)),
		verdict_name(c->j.verdict), isnan(c->j.would_show) ? "" : ", would show ",
		isnan(c->j.would_show) || !c->j.shift.relative ?
			"" :
			number_size(shown, c->j.would_show),
		m->gated ? "" : ", does not gate");
	print_parts(row, c, out);
	fprintf(out, " %u+%u |", row->base.n, c->s.n);
	print_interval(&c->j, out);
	fputc('\n', out);
}

static void print_columns(FILE *out)
{
	fputs("| case | metric | unit | base | new | change | verdict | module | waiting | n "
	      "| 95% CI | p |\n|---|---|---|---:|---:|---:|---|---:|---:|---|---|---:|\n", out);
}

static void print_point(const struct latency *l, uint32_t ppm, FILE *out)
{
	char value[NUMBER_LEN], low[NUMBER_LEN], high[NUMBER_LEN];
	struct latency_point p;

	if (latency_percentile(l, ppm, &p) || p.trust == LATENCY_FEW_SAMPLES)
		fputs(" n too small |", out);
	else if (p.trust == LATENCY_FEW_BOOTS)
		fprintf(out, " %s, few boots |", number_value(value, p.value, 12));
	else
		fprintf(out, " %s, %s .. %s |", number_value(value, p.value, 12),
			number_value(low, p.low, 12), number_value(high, p.high, 12));
}

static void print_latency(const struct table *t, size_t other, size_t group, const char *name,
			     const char *unit, FILE *out)
{
	const struct group *g = &t->ds->groups[group];
	struct latency base = { 0 }, l = { 0 };
	size_t k;

	if (!latency_collect(t->ds, group, t->base, name, &base) &&
	    !latency_collect(t->ds, group, t->others[other], name, &l))
		for (k = 0; latency_ppm[k]; k++) {
			fprintf(out, "| %s %s | %s p%.5g | %s |", g->case_name, g->params, name,
				latency_ppm[k] / 1e4, unit);
			print_point(&base, latency_ppm[k], out);
			print_point(&l, latency_ppm[k], out);
			fputc('\n', out);
		}
	latency_clear(&base);
	latency_clear(&l);
}

/* Of time only, as in the other forms. */
static void print_latencies(const struct table *t, size_t other, FILE *out)
{
	const struct arm *base = &t->ds->arms[t->base], *a = &t->ds->arms[t->others[other]];
	const char *name, *unit;
	bool head = false;
	size_t g, nr;

	if (!strcmp(base->file->run.clock, "count"))
		return;
	for (g = 0; g < t->ds->nr_groups; g++)
		for (nr = 0; (name = latency_name(t->ds, g, nr, &unit)); nr++) {
			if (!head)
				fprintf(out, "| case | percentile, 95%% CI | unit | %s | %s |\n"
					"|---|---|---|---:|---:|\n", base->variant, a->variant);
			head = true;
			print_latency(t, other, g, name, unit, out);
		}
	if (head)
		fputc('\n', out);
}

/* Several variants: their changes beside each other first. */
static void print_matrix(const struct report *r, const struct table *t, FILE *out)
{
	struct figures f;
	size_t i, o;

	if (t->nr_others < 2 || figures_choose(r, t, 0, t->nr_others, t->nr_rows, &f))
		return;
	fputs("| case | metric | base |", out);
	for (o = 0; o < t->nr_others; o++)
		fprintf(out, " %s |", t->ds->arms[t->others[o]].variant);
	fputs("\n|---|---|---:|", out);
	for (o = 0; o < t->nr_others; o++)
		fputs("---:|", out);
	fputc('\n', out);
	for (i = 0; i < f.nr; i++) {
		const struct row *row = &t->rows[f.chosen[i].row];
		const struct metric *m = &t->ds->metrics[row->metric];
		char text[NUMBER_LEN];

		fprintf(out, "| %s %s | %s | %s |", t->ds->groups[m->group].case_name,
			t->ds->groups[m->group].params, m->name,
			number_short(text, row->base.value, !strncmp(m->unit, "1/", 2)));
		for (o = 0; o < t->nr_others; o++)
			fprintf(out, " %s %s |",
				number_percent(text, verdict_ratio(&row->others[o].j)),
				verdict_name(row->others[o].j.verdict));
		fputc('\n', out);
	}
	fputc('\n', out);
	figures_clear(&f);
}

static void print_few(const struct report *r, const struct table *t, size_t other, FILE *out)
{
	struct figures f;
	size_t i;

	if (figures_choose(r, t, other, 1, t->nr_rows, &f))
		return;
	print_columns(out);
	for (i = 0; i < f.nr; i++) {
		print_row(t, f.chosen[i].row, other, out);
		if (f.chosen[i].same_row < t->nr_rows)
			print_row(t, f.chosen[i].same_row, other, out);
	}
	if (f.nr_controls > f.moved_controls)
		fprintf(out, "\n%zu of %zu control cases, without S-EPT, did not move.\n",
			f.nr_controls - f.moved_controls, f.nr_controls);
	if (f.nr_moved) {
		fputs("\nAlso beyond the threshold:\n\n", out);
		print_columns(out);
	}
	for (i = 0; i < f.nr_moved && i < MOVED_ROWS; i++)
		print_row(t, f.moved[i], other, out);
	if (f.nr_moved > MOVED_ROWS)
		fprintf(out, "\nand %zu more.\n", f.nr_moved - MOVED_ROWS);
	fputc('\n', out);
	figures_clear(&f);
}

static void print_all(const struct report *r, const struct table *t, size_t other, FILE *out)
{
	size_t i;

	print_columns(out);
	for (i = 0; i < t->nr_rows; i++)
		if (figures_selected(r, &t->ds->metrics[t->rows[i].metric]))
			print_row(t, i, other, out);
	fputc('\n', out);
	print_latencies(t, other, out);
}

static void print_arm(const struct report *r, const struct table *t, size_t other, FILE *out)
{
	struct arm_tally n;
	unsigned int i;
	char *line;

	fputs("**", out);
	head_sentence(r, t, other, out);
	fputs("**\n\n", out);
	for (i = 0; (line = head_line(r, t, other, 1, i)); i++) {
		if (*line)
			fprintf(out, "- %s\n", line);
		free(line);
	}
	fputc('\n', out);
	if (r->select.all)
		print_all(r, t, other, out);
	else if (t->nr_rows)
		print_few(r, t, other, out);
	table_tally(t, other, r->strict, &n);
	fprintf(out, "All %zu rows: ", n.rows);
	head_counts(&n, out);
	fputs(".\n\n", out);
}

static void print_aa(const struct aa *aa, FILE *out)
{
	const struct dataset *ds = aa->table.ds;
	char typical[NUMBER_LEN], largest[NUMBER_LEN];

	fprintf(out, "A/A arm %s: ", ds->arms[aa->table.others[0]].variant);
	if (aa->failed)
		fprintf(out, "**FAILED in %zu rows: this run is invalid.** ", aa->failed);
	else
		fputs("ok. ", out);
	if (aa->tested)
		fprintf(out, "Noise floor %s (median of %zu rows), largest %s.",
			number_size(typical, aa->typical), aa->tested,
			number_size(largest, aa->largest));
	fputs("\n\n", out);
}

static void print_report(const struct report *r, FILE *out)
{
	const char *caveat;
	size_t t, o;
	unsigned int i;

	for (t = 0; t < r->nr_notes; t++)
		fprintf(out, "%s> %s\n", t ? ">\n" : "", r->notes[t]);
	if (r->nr_notes)
		fputc('\n', out);
	for (t = 0; t < r->nr_aa; t++)
		print_aa(&r->aa[t], out);
	for (t = 0; t < r->nr_tables; t++) {
		print_matrix(r, &r->tables[t], out);
		for (o = 0; o < r->tables[t].nr_others; o++)
			print_arm(r, &r->tables[t], o, out);
	}
	for (i = 0; (caveat = report_caveat(r, i)); i++)
		if (*caveat)
			fprintf(out, "%s\n", caveat);
}

/* Names come from result files, which may be a stranger's: none of them is to open a tag. */
void report_print_md(const struct report *r, FILE *out)
{
	char *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	print_report(r, f);
	if (!fclose(f))
		for (i = 0; i < len; i++)
			text[i] == '<' ? fputs("&lt;", out) : fputc(text[i], out);
	free(text);
}
