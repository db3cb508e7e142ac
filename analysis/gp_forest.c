// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Forest plot: what each metric of a case came to, as a ratio to the base.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gp_internal.h"
#include "number.h"
#include "params.h"

#define ROW_HEIGHT	19	/* pixels per metric and arm */
#define MOST_RATIO	16.0	/* beyond it or below its inverse: at the edge, with a mark */

struct forest {
	const struct gp_arms *arms;
	const struct table *t;
	const char *case_name;
	double reach;		/* |ln ratio| at the edges */
	size_t metrics;		/* drawn */
	size_t quiet;		/* metrics left out */
	uint64_t drawn;		/* others that have a point */
};

/* Rows that a metric takes: one for each of its arms, and air. */
static double slot(const struct forest *f)
{
	return (double)f->t->nr_others + 0.4;
}

static double log_ratio(const struct cell *c)
{
	double ratio = verdict_ratio(&c->j);

	return isnan(ratio) ? NAN : ratio > -1 ? log1p(ratio) : -INFINITY;
}

/* Changes from 0 have no ratio; the tables have them. */
static bool has_point(const struct cell *c)
{
	return c->j.verdict != VERDICT_MISSING && !isnan(log_ratio(c));
}

/*
 * Not drawn: no change at all, and counts that no verdict hangs on and that moved by less than the
 * threshold. What is not decided is drawn.
 */
static bool is_quiet(const struct metric *m, const struct cell *c)
{
	double ratio = log_ratio(c);

	if (!has_point(c) || c->j.verdict == VERDICT_SAME)
		return true;
	return m->class == RECORD_EXACT && !m->gated && fabs(ratio) <= VERDICT_THRESHOLD;
}

/* The rows of the case: each that has something to say, with all its arms. */
static bool is_drawn(struct forest *f, const struct row *row)
{
	const struct metric *m = &f->t->ds->metrics[row->metric];
	bool quiet = true;
	size_t i;

	if (m->model || strcmp(f->t->ds->groups[m->group].case_name, f->case_name))
		return false;
	for (i = 0; i < f->t->nr_others; i++)
		quiet &= is_quiet(m, &row->others[i]);
	f->quiet += quiet;
	return !quiet;
}

static void see_reach(struct forest *f, const struct cell *c)
{
	double reach = fabs(log_ratio(c));

	if (c->j.tested && c->j.shift.relative && c->j.shift.finite) {
		reach = fmax(reach, fabs(log1p(fmax(c->j.shift.low, -0.9999))));
		reach = fmax(reach, fabs(log1p(c->j.shift.high)));
	}
	f->reach = fmin(fmax(f->reach, reach), log(MOST_RATIO));
}

static void put_point(FILE *out, const struct forest *f, const struct cell *c, double y)
{
	double at = log_ratio(c), low = at, high = at, edge = 1.12 * f->reach;
	char percent[NUMBER_LEN], text[64];

	if (c->j.tested && c->j.shift.relative && c->j.shift.finite) {
		low = log1p(fmax(c->j.shift.low, -0.9999));
		high = log1p(c->j.shift.high);
	}
	low = fmin(fmax(low, -edge), edge);
	high = fmin(fmax(high, -edge), edge);
	at = fmin(fmax(at, -edge), edge);
	fprintf(out, "%g %.9g %.9g %.9g ", y, exp(at), exp(low), exp(high));
	snprintf(text, sizeof(text), "%s%s %s", fabs(log_ratio(c)) > edge ? "off scale: " : "",
		 number_percent(percent, verdict_ratio(&c->j)), verdict_name(c->j.verdict));
	gp_field(out, text);
	fputc('\n', out);
}

static void put_forest_arm(FILE *out, struct forest *f, const bool *drawn, size_t other)
{
	double y = 0;
	size_t i;

	fprintf(out, "$other%zu << EOD\n", other);
	for (i = 0; i < f->t->nr_rows; i++) {
		const struct cell *c = &f->t->rows[i].others[other];

		if (!drawn[i])
			continue;
		if (has_point(c)) {
			put_point(out, f, c, y + (double)other);
			f->drawn |= gp_bit(other);
		}
		y += slot(f);
	}
	fputs("EOD\n", out);
}

static void put_row_names(FILE *out, const struct forest *f, const bool *drawn)
{
	const struct dataset *ds = f->t->ds;
	const char *comma = "";
	double y = (double)(f->t->nr_others - 1) / 2;
	size_t i;

	fputs("set ytics (", out);
	for (i = 0; i < f->t->nr_rows; i++) {
		const struct metric *m = &ds->metrics[f->t->rows[i].metric];
		char *params;

		if (!drawn[i])
			continue;
		params = params_select(ds, ds->groups[m->group].params, false);
		fputs(comma, out);
		gp_tic(out, "%s%s%s", m->name, params && *params ? ", " : "",
			 params ? params : "");
		fprintf(out, " %g", y);
		free(params);
		y += slot(f);
		comma = ", ";
	}
	fprintf(out, ") scale 0\nset yrange [%g:-1]\n", slot(f) * (double)f->metrics);
}

static void put_ratio_axis(FILE *out, const struct forest *f)
{
	static const char *const tics[] = {
		"0.95, 0.96, 0.97, 0.98, 0.99, 1, 1.01, 1.02, 1.03, 1.04, 1.05",
		"0.75, 0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3",
		"0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2, 2.5",
		"'1/16' 0.0625, '1/8' 0.125, '1/4' 0.25, '1/2' 0.5, 1, 2, 4, 8, 16",
	};
	int scale = f->reach < log(1.055) ? 0
		    : f->reach < log(1.3) ? 1
		    : f->reach < log(2.5) ? 2
					  : 3;
	double edge = exp(1.2 * f->reach);

	fprintf(out, "set xlabel 'ratio to the base (logarithmic); grey: within %g%%'\n",
		100 * VERDICT_THRESHOLD);
	fprintf(out, "set logscale x\nset xrange [%.6g:%.6g]\nset xtics nomirror (%s)\n", 1 / edge,
		edge, tics[scale]);
	fprintf(out, "set object 1 rectangle from %g, graph 0 to %g, graph 1 behind fillcolor rgb "
		"'#d8d8d8' fillstyle solid noborder\n", 1 - VERDICT_THRESHOLD,
		1 + VERDICT_THRESHOLD);
	fputs("set arrow 1 from 1, graph 0 to 1, graph 1 nohead back linecolor rgb '#606060'\n",
	      out);
}

/* The style of the arm, wherever it stands in the order of the pictures. */
static struct gp_style other_style(const struct forest *f, size_t other, const char **label)
{
	size_t i;

	for (i = 0; i + 1 < f->arms->nr; i++)
		if (f->arms->arm[i] == f->t->others[other])
			break;
	*label = f->arms->label[i];
	return gp_style(f->arms, i);
}

static void put_forest_plot(FILE *out, const struct forest *f)
{
	const char *comma = "";
	size_t i;

	fputs("plot", out);
	for (i = 0; i < f->t->nr_others; i++) {
		const char *label;
		struct gp_style style = other_style(f, i, &label);

		if (!(f->drawn & gp_bit(i)))
			continue;
		fprintf(out, "%s $other%zu using 2:1:3:4 with xerrorbars linewidth 2 pointtype %d "
			"pointsize 1.1 linecolor rgb '%s' title ", comma, i, style.point,
			style.colour);
		gp_quote(out, "%s", label);
		fprintf(out, ", \\\n     '' using (edge):1:(stringcolumn(5)) with labels left "
			"offset 1, 0 font ',9' notitle");
		comma = ", \\\n    ";
	}
	fputc('\n', out);
}

static bool *choose_rows(struct forest *f)
{
	bool *drawn = calloc(f->t->nr_rows + 1, sizeof(*drawn));
	size_t i, j;

	for (i = 0; drawn && i < f->t->nr_rows; i++) {
		const struct row *row = &f->t->rows[i];

		drawn[i] = is_drawn(f, row);
		if (!drawn[i])
			continue;
		f->metrics++;
		for (j = 0; j < f->t->nr_others; j++)
			if (has_point(&row->others[j]))
				see_reach(f, &row->others[j]);
	}
	return drawn;
}

static void put_forest_layout(FILE *out, const struct forest *f, int height)
{
	const struct dataset *ds = f->t->ds;
	const char *base = f->arms->label[0];
	char *common = ds->nr_groups ? params_select(ds, ds->groups[0].params, true) : NULL;
	size_t i;

	for (i = 0; i < f->arms->nr; i++)
		if (f->arms->arm[i] == f->t->base)
			base = f->arms->label[i];
	fputs("set title ", out);
	gp_quote(out, "Ratios to %s: %s%s%s", base, f->case_name, common && *common ? ", " : "",
		 common ? common : "");
	fprintf(out,
		"\nset border 1\nset bars 0\nset lmargin at screen 0.31\nset rmargin at screen 0.79\n"
		"set tmargin at screen %.4f\nset bmargin at screen %.4f\n"
		"set key at screen 0.5, screen %.4f center top vertical maxrows 2 reverse Left\n",
		1 - 40.0 / height, 165.0 / height, 105.0 / height);
	fprintf(out, "edge = %.6g\n", exp(1.2 * f->reach));
	fputs("set grid xtics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'\n", out);
	free(common);
}

static void put_forest(FILE *out, struct forest *f, const bool *drawn, const char *name)
{
	int height = 215 + (int)(ROW_HEIGHT * slot(f) * (double)f->metrics);
	char note[160], boots[32];
	size_t i;

	/* So that one small change is not blown up to the width of the picture. */
	f->reach = fmax(f->reach, log(1.03));
	gp_head(out, name);
	for (i = 0; i < f->t->nr_others; i++)
		put_forest_arm(out, f, drawn, i);
	put_row_names(out, f, drawn);
	put_ratio_axis(out, f);
	put_forest_layout(out, f, height);
	gp_boots(f->arms, boots, sizeof(boots));
	snprintf(note, sizeof(note), "%s, bars: 95%% intervals%s", boots,
		 f->quiet ? "; metrics without change not drawn" : "");
	gp_caption(out, f->arms, note, height);
	gp_terminals(out, name, 960, height);
	put_forest_plot(out, f);
	gp_end(out);
}

bool gp_forest(FILE *out, const struct gp_arms *arms, size_t group, const char *name)
{
	struct forest f = { .arms = arms, .t = arms->table,
			    .case_name = arms->ds->groups[group].case_name };
	bool *drawn = f.t ? choose_rows(&f) : NULL;

	if (f.metrics)
		put_forest(out, &f, drawn, name);
	free(drawn);
	return f.metrics;
}
