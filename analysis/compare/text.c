// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report on one screen: plain ASCII, 72 columns, fit for a mail. The verdict, what was
 * compared, a few figures of each case, what else moved, and how many rows did what.
 */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define LINES		40	/* of the whole, unless notes alone take them */
#define LEAST_FIGURES	8
#define MOVED_LINES	5
#define CASE_WIDTH	15
#define MATRIX_ARMS	4	/* beside the base, in one matrix */

/* Some arms of a struct table. */
struct screen {
	const struct report *r;
	const struct table *t;
	size_t first, nr;
	FILE *out;
};

/* Ends a line without blanks behind it. */
static void put_line(FILE *out, char *line)
{
	size_t len = strlen(line);

	while (len && line[len - 1] == ' ')
		len--;
	text_ascii(line, len < TEXT_COLUMNS ? len : TEXT_COLUMNS, out);
	fputc('\n', out);
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* The verdict's word: what does not gate stands in brackets, and "unclear" says what would show. */
static void verdict_text(const struct metric *m, const struct judgement *j, char *buf, size_t size)
{
	char shown[NUMBER_LEN] = "";

	if (!isnan(j->would_show) && j->shift.relative)
		snprintf(shown, sizeof(shown), ">%.2g%%", 100 * j->would_show);
	if (m->gated || *shown)
		snprintf(buf, size, "%s%s", verdict_name(j->verdict), shown);
	else
		snprintf(buf, size, "(%s)", verdict_name(j->verdict));
}

/* In at most 7 characters; from zero there is no ratio. */
static void change_text(const struct row *row, const struct cell *c, char buf[NUMBER_LEN])
{
	double ratio = verdict_ratio(&c->j);

	if (c->j.verdict == VERDICT_MISSING)
		strcpy(buf, "-");
	else if (row->base.value == 0)
		strcpy(buf, c->s.value == 0 ? "0%" : "");
	else if (ratio != 0 && fabs(ratio) < 1e-4)
		strcpy(buf, ratio < 0 ? "-<.01%" : "+<.01%");
	else
		number_percent(buf, ratio);
}

/* "2444>1678" in at most 10 characters. */
static void pair_text(double base, double value, char *buf, size_t size)
{
	char a[NUMBER_LEN], b[NUMBER_LEN];
	int digits = 4;

	*buf = '\0';
	if (isnan(base) || isnan(value))
		return;
	snprintf(buf, size, "%s>%s", number_short(a, base, false), number_short(b, value, false));
	while (strlen(buf) > 10 && digits-- > 1)
		snprintf(buf, size, "%.*gk>%.*gk", digits, base / 1000, digits, value / 1000);
}

static bool is_event(const struct metric *m)
{
	return !strncmp(m->unit, "1/", 2);
}

/* Samples of the base in a group; in the whole table, if @group is none. */
static unsigned int most_samples(const struct table *t, size_t group)
{
	unsigned int most = 0;

	for (size_t i = 0; i < t->nr_rows; i++)
		if (t->rows[i].base.n > most &&
		    (group == t->ds->nr_groups ||
		     t->ds->metrics[t->rows[i].metric].group == group))
			most = t->rows[i].base.n;
	return most;
}

/* "populate vcpus=4": parameters that are not the same everywhere, and n if it is not the head's. */
static char *case_label(const struct screen *s, size_t group)
{
	const struct group *g = &s->t->ds->groups[group];
	char *params = params_select(s->t->ds, g->params, false), *label = NULL, few[16] = "";
	unsigned int n = most_samples(s->t, group);

	if (n < most_samples(s->t, s->t->ds->nr_groups))
		snprintf(few, sizeof(few), " n=%u", n);
	if (asprintf(&label, "%s%s%s%s", g->case_name, params && *params ? " " : "",
		     params ? params : "", few) < 0)
		label = NULL;
	free(params);
	return label;
}

/* The first line of a case has its name; one that is too long stands above. */
static void put_case(const struct screen *s, size_t group, bool first, char buf[CASE_WIDTH + 1])
{
	char *label = first ? case_label(s, group) : NULL;

	strcpy(buf, "");
	if (label && strlen(label) > CASE_WIDTH)
		text_wrapped(s->out, "%s", label);
	else if (label)
		strcpy(buf, label);
	free(label);
}

/* Two arms: base, new, change, verdict, and the module's part beside. */
static void put_pair(const struct screen *s, const struct figure *f, bool first)
{
	const struct row *row = &s->t->rows[f->row];
	const struct metric *m = &s->t->ds->metrics[row->metric];
	const struct cell *c = &row->others[s->first];
	char name[CASE_WIDTH + 1], base[NUMBER_LEN], value[NUMBER_LEN], change[NUMBER_LEN];
	char verdict[32], module[64], line[256];

	put_case(s, m->group, first, name);
	change_text(row, c, change);
	verdict_text(m, &c->j, verdict, sizeof(verdict));
	pair_text(row->base.module, c->s.module, module, sizeof(module));
	snprintf(line, sizeof(line), "%-15s %-7.7s %7s %7s %7s %-13s %s", name,
		 f->same_row < s->t->nr_rows ? "TR+kick" : f->label,
		 number_short(base, row->base.value, is_event(m)),
		 number_short(value, c->s.value, is_event(m)), change, verdict, module);
	put_line(s->out, line);
}

/* Waiting is told where there is any. */
static void put_waiting(const struct screen *s, const struct figure *f)
{
	const struct row *row = &s->t->rows[f->row];
	double base = row->base.waiting, value = row->others[s->first].s.waiting;
	char a[NUMBER_LEN], b[NUMBER_LEN], line[128];

	if (s->nr > 1 || isnan(base) || isnan(value) || (base == 0 && value == 0))
		return;
	snprintf(line, sizeof(line), "%-15s %-7s %7s %7s", "", "waiting",
		 number_short(a, base, false), number_short(b, value, false));
	put_line(s->out, line);
}

/* Several: a change and a mark for each. */
static void put_matrix_row(const struct screen *s, const struct figure *f, bool first)
{
	const struct row *row = &s->t->rows[f->row];
	const struct metric *m = &s->t->ds->metrics[row->metric];
	char name[CASE_WIDTH + 1], base[NUMBER_LEN], line[256];
	size_t i;
	int len;

	put_case(s, m->group, first, name);
	len = snprintf(line, sizeof(line), "%-15s %-7.7s %7s", name,
		       f->same_row < s->t->nr_rows ? "TR+kick" : f->label,
		       number_short(base, row->base.value, is_event(m)));
	for (i = s->first; i < s->first + s->nr; i++) {
		const struct cell *c = &row->others[i];
		char change[NUMBER_LEN];

		change_text(row, c, change);
		len += snprintf(line + len, sizeof(line) - (size_t)len, " %7s%c",
				*change ? change : number_short(change, c->s.value, is_event(m)),
				verdict_mark(c->j.verdict));
	}
	put_line(s->out, line);
}

static void put_columns(const struct screen *s)
{
	char line[128];
	int len;
	size_t i;

	if (s->nr == 1) {
		snprintf(line, sizeof(line), "%-15s %-7s %7s %7s %7s %-13s %s", "case", "figure",
			 "base", "new", "change", "verdict", "module");
	} else {
		len = snprintf(line, sizeof(line), "%-15s %-7s %7s", "case", "figure", "base");
		for (i = s->first; i < s->first + s->nr; i++)
			len += snprintf(line + len, sizeof(line) - (size_t)len, " %7c ",
					text_letter(i));
	}
	put_line(s->out, line);
}

static void put_figures(const struct screen *s, const struct figures *f)
{
	const struct dataset *ds = s->t->ds;
	size_t i, last = ds->nr_groups;

	put_columns(s);
	for (i = 0; i < f->nr; i++) {
		size_t group = ds->metrics[s->t->rows[f->chosen[i].row].metric].group;

		(s->nr == 1 ? put_pair : put_matrix_row)(s, &f->chosen[i], group != last);
		put_waiting(s, &f->chosen[i]);
		last = group;
	}
	if (f->left_out)
		text_wrapped(s->out, "and %zu more that did not move", f->left_out);
	if (f->nr_controls > f->moved_controls)
		text_wrapped(s->out, "controls: %zu of %zu cases without S-EPT did not move",
			     f->nr_controls - f->moved_controls, f->nr_controls);
}

static void put_moved_row(const struct screen *s, size_t i)
{
	const struct row *row = &s->t->rows[i];
	const struct metric *m = &s->t->ds->metrics[row->metric];
	char *label = case_label(s, m->group), verdict[32], change[NUMBER_LEN];
	char base[NUMBER_LEN], value[NUMBER_LEN], line[256], name[160];
	const struct cell *c = &row->others[s->first];

	snprintf(name, sizeof(name), "%s %s", label ? label : "", m->name);
	free(label);
	if (strlen(name) > 36)
		text_wrapped(s->out, "%s", name);
	change_text(row, c, change);
	verdict_text(m, &c->j, verdict, sizeof(verdict));
	snprintf(line, sizeof(line), "%-36s %7s %7s %7s %s", strlen(name) > 36 ? "" : name,
		 number_short(base, row->base.value, is_event(m)),
		 number_short(value, c->s.value, is_event(m)), change, verdict);
	put_line(s->out, line);
}

/* Of several arms the one that moved most. */
static void put_moved_of_many(const struct screen *s, size_t i)
{
	const struct figure f = { i, "", s->t->nr_rows };
	const struct metric *m = &s->t->ds->metrics[s->t->rows[i].metric];
	char *label = case_label(s, m->group);

	text_wrapped(s->out, "%s %s", label ? label : "", m->name);
	free(label);
	put_matrix_row(s, &f, false);
}

static void put_moved(const struct screen *s, const struct figures *f)
{
	size_t shown = f->nr_moved < MOVED_LINES ? f->nr_moved : MOVED_LINES, i;

	if (!f->nr_moved)
		return;
	text_wrapped(s->out, "Also beyond the threshold%s:",
		     f->nr_moved > shown ? ", gated and largest first" : "");
	for (i = 0; i < shown; i++)
		(s->nr == 1 ? put_moved_row : put_moved_of_many)(s, f->moved[i]);
	if (f->nr_moved > shown)
		text_wrapped(s->out, "and %zu more (--all)", f->nr_moved - shown);
}

/* One line that counts all rows; of several arms, a line each. */
static void put_counts(const struct screen *s)
{
	for (size_t i = s->first; i < s->first + s->nr; i++) {
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);
		struct arm_tally n;

		if (!out)
			return;
		table_tally(s->t, i, s->r->strict, &n);
		head_counts(&n, out);
		fclose(out);
		if (s->nr == 1)
			text_wrapped(s->out, "All %zu rows: %s. In brackets: does not gate; "
				     "unclear>X: X would have shown.", n.rows, text);
		else
			text_wrapped(s->out, "%c, %zu rows: %s", text_letter(i), n.rows, text);
		free(text);
	}
}

static void put_marks(const struct screen *s)
{
	if (s->nr > 1)
		text_wrapped(s->out, "marks: * improved, ! regressed, = same, ~ small, ? unclear, "
			     "+ appeared, 0 gone, c changed, - missing, X unsteady");
}

static void put_head(const struct screen *s, bool with_notes)
{
	char *line;
	size_t i, len;

	for (i = s->first; i < s->first + s->nr; i++) {
		char *text = NULL;
		FILE *out = open_memstream(&text, &len);

		if (!out)
			return;
		head_sentence(s->r, s->t, i, out);
		fclose(out);
		text_wrapped(s->out, "%s", text);
		free(text);
	}
	for (i = 0; with_notes && i < s->r->nr_notes; i++)
		text_wrapped(s->out, "%s", s->r->notes[i]);
	for (i = 0; (line = head_line(s->r, s->t, s->first, s->nr, (unsigned int)i)); i++) {
		if (*line)
			text_wrapped(s->out, "%s", line);
		free(line);
	}
}

/* "freeze@aa: no change found; noise floor ..." */
static void put_aa(const struct screen *s)
{
	for (size_t i = 0; i < s->r->nr_aa; i++) {
		const struct aa *aa = &s->r->aa[i];
		const struct arm *arm = &s->t->ds->arms[aa->table.others[0]];
		char typical[NUMBER_LEN], largest[NUMBER_LEN];

		if (aa->tested)
			text_wrapped(s->out, "A/A: %s %s; %s %s (median of %zu rows), largest %s %s",
				     arm->variant, aa->failed ? "FAILED" : "ok",
				     aa->failed ? "spread" : "noise floor",
				     number_size(typical, aa->typical), aa->tested,
				     number_size(largest, aa->largest),
				     s->t->ds->metrics[aa->largest_metric].name);
		else
			text_wrapped(s->out, "A/A: %s %s; no row with noise", arm->variant,
				     aa->failed ? "FAILED" : "ok");
	}
}

/* How many figures fit beside @taken other lines. */
static size_t room(const struct screen *s, const struct figures *f, size_t taken)
{
	size_t moved = f->nr_moved < MOVED_LINES ? f->nr_moved : MOVED_LINES;
	size_t other = taken + (s->nr > 1 ? 2 * moved : moved) + (f->nr_moved > moved) +
		       (f->nr_moved > 0) + 1 + (f->nr_controls > f->moved_controls) + 3;

	return other + LEAST_FIGURES < LINES ? LINES - other : LEAST_FIGURES;
}

/* Figures take the lines that all else leaves; a waiting part costs one more. */
static int choose(const struct screen *s, size_t taken, struct figures *f)
{
	size_t all = s->t->nr_rows, space, extra = 0, i;
	int err = figures_choose(s->r, s->t, s->first, s->nr, all, f);

	if (err)
		return err;
	space = room(s, f, taken);
	for (i = 0; i < f->nr; i++) {
		const struct row *row = &s->t->rows[f->chosen[i].row];

		extra += s->nr == 1 &&
			 (row->base.waiting > 0 || row->others[s->first].s.waiting > 0);
	}
	/* The line that says how many cases had no room. */
	extra += f->nr > space;
	space -= extra < space - LEAST_FIGURES ? extra : space - LEAST_FIGURES;
	if (f->nr <= space)
		return 0;
	figures_clear(f);
	err = figures_choose(s->r, s->t, s->first, s->nr, space, f);
	if (err)
		return err;
	space = room(s, f, taken) - (extra < space ? extra : 0);
	if (f->nr <= space)
		return 0;
	figures_clear(f);
	return figures_choose(s->r, s->t, s->first, s->nr, space, f);
}

static void put_screen(const struct screen *s, bool with_notes)
{
	struct screen tail = *s;
	struct figures f;
	char *head = NULL, *counts = NULL;
	size_t head_len, counts_len;
	FILE *out = open_memstream(&head, &head_len);
	struct screen top = *s;

	tail.out = open_memstream(&counts, &counts_len);
	top.out = out;
	if (!top.out || !tail.out)
		return;
	put_head(&top, with_notes);
	put_aa(&top);
	fclose(top.out);
	put_counts(&tail);
	put_marks(&tail);
	fclose(tail.out);
	fprintf(s->out, "%s\n", head);
	if (s->r->select.all) {
		text_all_rows(s->r, s->t, s->first, s->nr, s->out);
	} else if (s->t->nr_rows &&
		   !choose(s, count_lines(head) + count_lines(counts), &f)) {
		put_figures(s, &f);
		fputc('\n', s->out);
		put_moved(s, &f);
		figures_clear(&f);
	}
	fputs(counts, s->out);
	free(head);
	free(counts);
}

static void put_table(const struct table *t, const struct report *r, bool first_table, FILE *out)
{
	size_t beside = r->select.all ? (t->nr_others <= 2 ? t->nr_others : 1) :
			t->nr_others <= MATRIX_ARMS ? t->nr_others : MATRIX_ARMS;
	size_t first;

	for (first = 0; first < t->nr_others; first += beside) {
		size_t left = t->nr_others - first;
		const struct screen s = { r, t, first, left < beside ? left : beside, out };

		if (first)
			fputc('\n', out);
		put_screen(&s, first_table && !first);
	}
}

void report_print_text(const struct report *r, FILE *out)
{
	const char *caveat;
	unsigned int i;
	size_t t;

	for (t = 0; t < r->nr_tables; t++) {
		if (t)
			fputc('\n', out);
		put_table(&r->tables[t], r, !t, out);
	}
	for (i = 0; r->select.all && (caveat = report_caveat(r, i)); i++)
		if (*caveat)
			text_wrapped(out, "%s", caveat);
}
