// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every row, for `compare --all`: plain ASCII, 72 columns. One other arm: delta, percent and
 * verdict in words. Two: both beside the base, verdicts as marks.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define NAME_WIDTH	23
#define VALUE_WIDTH	8

/* One printed table: the arms of a struct table from @first on, @nr of them. */
struct view {
	const struct report *r;
	const struct table *t;
	size_t first, nr;
	FILE *out;
};

/* "2 boots x 3 blocks" of the first row in the group, per arm if they differ. */
static void print_group(const struct view *v, const struct row *row)
{
	const struct dataset *ds = v->t->ds;
	const struct group *g = &ds->groups[ds->metrics[row->metric].group];
	char *params = params_select(ds, g->params, false);
	char n[128];
	int len = snprintf(n, sizeof(n), "n = %u", row->base.n);
	size_t i;

	for (i = v->first; i < v->first + v->nr; i++)
		len += snprintf(n + len, sizeof(n) - (size_t)len, " + %u", row->others[i].s.n);
	fputc('\n', v->out);
	text_wrapped(v->out, "%s%s%s, clock %s, %s %s", g->case_name,
		     params && *params ? " " : "", params ? params : "",
		     ds->arms[v->t->base].file->run.clock, n,
		     dataset_unit_name(&ds->arms[v->t->base], 2));
	free(params);
}

/*
 * Heads the rows of one unit; @first: the first heading of its group, which names the columns too.
 */
static void print_unit(const struct view *v, const struct metric *m, bool first)
{
	char head[NAME_WIDTH + 1];
	size_t i;

	snprintf(head, sizeof(head), "[%s]", m->unit);
	if (m->model) {
		text_wrapped(v->out, " %s ESTIMATE, clock model, cost profile %s", head,
			      model_profile_name(v->t->ds->profile));
		return;
	}
	fputc(' ', v->out);
	text_ascii(head, strlen(head), v->out);
	if (!first) {
		fputc('\n', v->out);
		return;
	}
	fprintf(v->out, "%*s %*s", NAME_WIDTH - (int)strlen(head), "", VALUE_WIDTH, "base");
	for (i = v->first; i < v->first + v->nr; i++)
		fprintf(v->out, "%*s%*c %*s", i > v->first ? 3 : 1, "", VALUE_WIDTH, text_letter(i),
			v->nr == 1 ? 8 : 7, "delta");
	fprintf(v->out, v->nr == 1 ? "%*s verdict\n" : "\n", 8, "");
}

/* A delta from 0 has no percentage. */
static void print_change(const struct view *v, const struct row *row, const struct cell *c)
{
	char delta[NUMBER_LEN], percent[NUMBER_LEN], text[2 * NUMBER_LEN];

	if (c->j.verdict == VERDICT_MISSING)
		fprintf(v->out, " %16s", "-");
	else if (row->base.value == 0 && c->s.value != 0) {
		snprintf(text, sizeof(text), "0 -> %s",
			 number_value(delta, c->s.value, VALUE_WIDTH));
		fprintf(v->out, " %16s", text);
	} else {
		/* The shift is not the difference of the medians: both in one row would puzzle. */
		bool shown = c->j.tested && c->j.shift.relative;

		fprintf(v->out, " %8s %7s",
			shown ? "" : number_delta(delta, c->j.delta, VALUE_WIDTH),
			number_percent(percent, verdict_ratio(&c->j)));
	}
	fprintf(v->out, " %s", verdict_name(c->j.verdict));
}

static void print_mark(const struct view *v, const struct row *row, const struct cell *c)
{
	char percent[NUMBER_LEN];
	const char *text = number_percent(percent, verdict_ratio(&c->j));

	if (row->base.n && row->base.value == 0 && c->s.n)
		text = c->s.value == 0 ? "0%" : "0 -> k";
	fprintf(v->out, " %7s %c", text, c->j.large ? 'L' : verdict_mark(c->j.verdict));
}

static void print_test(const struct view *v, const struct row *row, size_t other)
{
	const struct judgement *j = &row->others[other].j;
	const struct metric *m = &v->t->ds->metrics[row->metric];
	char low[NUMBER_LEN], high[NUMBER_LEN], p[NUMBER_LEN], shown[NUMBER_LEN];
	bool relative = j->shift.relative;

	if (!j->tested) {
		if (j->verdict == VERDICT_UNCLEAR)
			text_wrapped(v->out, "   %c: n too small for an interval%s",
				     text_letter(other), j->large ? ", LARGE" : "");
		return;
	}
	if (relative) {
		number_percent(low, j->shift.low);
		number_percent(high, j->shift.high);
		number_size(shown, j->would_show);
	} else {
		number_delta(low, j->shift.low, VALUE_WIDTH);
		number_delta(high, j->shift.high, VALUE_WIDTH);
		number_value(shown, j->would_show, VALUE_WIDTH);
	}
	text_wrapped(v->out, "   %c: 95%% CI %s .. %s, p %s%s%s%s%s", text_letter(other),
		      low, high, number_p(p, j->p),
		      isnan(j->would_show) ? "" : ", would show ",
		      isnan(j->would_show) ? "" : shown, m->gated ? "" : ", advisory",
		      j->large ? ", LARGE" : "");
}

static void print_range(const struct view *v, const char *name, const struct summary *s)
{
	char low[NUMBER_LEN], high[NUMBER_LEN];

	if (s->n && !s->repeats)
		fprintf(v->out, "   %s does not repeat: block %u is %s .. %s in %u boots\n", name,
			s->odd_block, number_value(low, s->odd_min, 14),
			number_value(high, s->odd_max, 14), s->boots);
}

/* What stands beside the kernel's own part. */
static void print_parts(const struct view *v, const char *name, const struct summary *s)
{
	char module[NUMBER_LEN], waiting[NUMBER_LEN];

	if (!isnan(s->module))
		text_wrapped(v->out, "   %s: module %s, waiting %s", name,
			     number_value(module, s->module, 12),
			     number_value(waiting, s->waiting, 12));
}

static void print_row(const struct view *v, const struct row *row)
{
	const struct metric *m = &v->t->ds->metrics[row->metric];
	char value[NUMBER_LEN];
	size_t i;

	fputc(' ', v->out);
	text_ascii(m->name, strlen(m->name), v->out);
	/* A long name gets a line of its own, so that the columns stay where they are. */
	if (strlen(m->name) > NAME_WIDTH)
		fprintf(v->out, "\n %*s", NAME_WIDTH, "");
	else
		fprintf(v->out, "%*s", NAME_WIDTH - (int)strlen(m->name), "");
	fprintf(v->out, " %*s", VALUE_WIDTH, number_value(value, row->base.value, VALUE_WIDTH));
	for (i = v->first; i < v->first + v->nr; i++) {
		const struct cell *c = &row->others[i];

		fprintf(v->out, " %*s", VALUE_WIDTH, number_value(value, c->s.value, VALUE_WIDTH));
		(v->nr == 1 ? print_change : print_mark)(v, row, c);
	}
	fputc('\n', v->out);
	print_parts(v, "base", &row->base);
	for (i = v->first; i < v->first + v->nr; i++)
		print_parts(v, (char[]){ text_letter(i), '\0' }, &row->others[i].s);
	for (i = v->first; i < v->first + v->nr; i++)
		print_test(v, row, i);
	if (m->class != RECORD_EXACT)
		return;
	print_range(v, "base", &row->base);
	for (i = v->first; i < v->first + v->nr; i++)
		print_range(v, (char[]){ text_letter(i), '\0' }, &row->others[i].s);
}

/* Counts of what did not happen in any arm: said in one line, not in a row each. */
static bool all_zero(const struct view *v, const struct row *row)
{
	size_t i;

	if (!row->base.n || row->base.min != 0 || row->base.max != 0)
		return false;
	for (i = v->first; i < v->first + v->nr; i++)
		if (!row->others[i].s.n || row->others[i].s.min != 0 ||
		    row->others[i].s.max != 0)
			return false;
	return true;
}

static void print_zeroes(const struct view *v, size_t first, size_t end)
{
	const struct dataset *ds = v->t->ds;
	size_t i, len = 0;
	char *names = NULL;
	FILE *list = open_memstream(&names, &len);

	if (!list)
		return;
	for (i = first; i < end; i++)
		if (all_zero(v, &v->t->rows[i]) &&
		    figures_selected(v->r, &ds->metrics[v->t->rows[i].metric]))
			fprintf(list, " %s", ds->metrics[v->t->rows[i].metric].name);
	fclose(list);
	if (len)
		text_wrapped(v->out, " 0 in all:%s", names);
	free(names);
}

/* Three arms leave less room than two. */
static int point_width(const struct view *v)
{
	return v->nr == 1 ? 29 : 21;
}

static void print_point(const struct view *v, const struct latency *l, uint32_t ppm)
{
	int width = v->nr == 1 ? 8 : 6;
	char value[NUMBER_LEN], low[NUMBER_LEN], high[NUMBER_LEN], text[3 * NUMBER_LEN];
	struct latency_point p;

	if (latency_percentile(l, ppm, &p) || p.trust == LATENCY_FEW_SAMPLES)
		strcpy(text, l->boots ? "n too small" : "-");
	else if (p.trust == LATENCY_FEW_BOOTS)
		snprintf(text, sizeof(text), "%s few boots", number_value(value, p.value, width));
	else
		snprintf(text, sizeof(text), "%s %s..%s", number_value(value, p.value, width),
			 number_value(low, p.low, width), number_value(high, p.high, width));
	fprintf(v->out, "%*s", point_width(v), text);
}

/* @l: of the base and then of the others. */
static void print_percentiles(const struct view *v, const struct latency *l)
{
	size_t i, k;

	for (k = 0; latency_ppm[k]; k++) {
		fprintf(v->out, "  p%-6.5g", latency_ppm[k] / 1e4);
		for (i = 0; i <= v->nr; i++)
			print_point(v, &l[i], latency_ppm[k]);
		fputc('\n', v->out);
	}
	for (i = 0; i < v->nr; i++) {
		double p = latency_shape_p(&l[0], &l[i + 1]);

		if (p <= 0.01)
			text_wrapped(v->out, "   %c: hint: its shape changed, not only its place "
				      "(p %.3f)", text_letter(v->first + i), p);
	}
}

static void print_latency(const struct view *v, size_t group, const char *name, const char *unit)
{
	struct latency *l = calloc(v->nr + 1, sizeof(*l));
	int err = l ? 0 : -1;
	size_t i;

	for (i = 0; !err && i <= v->nr; i++)
		err = latency_collect(v->t->ds, group,
				      i ? v->t->others[v->first + i - 1] : v->t->base, name, &l[i]);
	if (!err) {
		text_wrapped(v->out, " percentiles of %s [%s], medians of boots and 95%% CI:",
			      name, unit);
		fprintf(v->out, "%*s%*s", 9, "", point_width(v), "base");
		for (i = 0; i < v->nr; i++)
			fprintf(v->out, "%*c", point_width(v), text_letter(v->first + i));
		fputc('\n', v->out);
		print_percentiles(v, l);
	}
	for (i = 0; l && i <= v->nr; i++)
		latency_clear(&l[i]);
	free(l);
}

/* Time only: a count has no spread over boots, and its percentiles have rows of their own. */
static void print_latencies(const struct view *v, size_t group)
{
	const struct dataset *ds = v->t->ds;
	const char *name, *unit;
	size_t nr;

	if (!strcmp(ds->arms[v->t->base].file->run.clock, "count"))
		return;
	for (nr = 0; (name = latency_name(ds, group, nr, &unit)); nr++)
		print_latency(v, group, name, unit);
}

/* Rows [first, end) are one group; its rows of one unit stand together, under one heading. */
static void print_rows(const struct view *v, size_t first, size_t end)
{
	const struct dataset *ds = v->t->ds;
	bool *done = calloc(end - first, sizeof(*done));
	bool first_head = true;
	size_t i, j;

	print_group(v, &v->t->rows[first]);
	for (i = first; done && i < end; i++) {
		const struct metric *m = &ds->metrics[v->t->rows[i].metric];
		bool headed = false;

		for (j = i; j < end; j++) {
			const struct metric *k = &ds->metrics[v->t->rows[j].metric];

			if (done[j - first] || strcmp(k->unit, m->unit) || k->model != m->model ||
			    !figures_selected(v->r, k))
				continue;
			done[j - first] = true;
			if (all_zero(v, &v->t->rows[j]))
				continue;
			if (!headed)
				print_unit(v, m, first_head);
			headed = true;
			first_head = false;
			print_row(v, &v->t->rows[j]);
		}
	}
	print_zeroes(v, first, end);
	print_latencies(v, ds->metrics[v->t->rows[first].metric].group);
	free(done);
}

static bool any_selected(const struct view *v, size_t first, size_t end)
{
	for (; first < end; first++)
		if (figures_selected(v->r, &v->t->ds->metrics[v->t->rows[first].metric]))
			return true;
	return false;
}

static void print_groups(const struct view *v)
{
	const struct dataset *ds = v->t->ds;
	size_t first, end;

	for (first = 0; first < v->t->nr_rows; first = end) {
		unsigned int group = ds->metrics[v->t->rows[first].metric].group;

		for (end = first; end < v->t->nr_rows; end++)
			if (ds->metrics[v->t->rows[end].metric].group != group)
				break;
		if (any_selected(v, first, end))
			print_rows(v, first, end);
	}
}

static void print_marks(const struct view *v)
{
	size_t len = 0;
	char *text = NULL;
	FILE *list = v->nr > 1 ? open_memstream(&text, &len) : NULL;
	int i;

	if (!list)
		return;
	for (i = 0; i < VERDICT_NR; i++)
		fprintf(list, " %c %s", verdict_mark((enum verdict)i),
			verdict_name((enum verdict)i));
	fputs(" L large but unclear", list);
	fclose(list);
	text_wrapped(v->out, "marks:%s", text);
	free(text);
}

void text_all_rows(const struct report *r, const struct table *t, size_t first, size_t nr,
		   FILE *out)
{
	const struct view v = { .r = r, .t = t, .first = first, .nr = nr, .out = out };

	print_groups(&v);
	print_marks(&v);
}
