// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ratios to the base: of the main metrics of every case, or of all metrics of one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MOST_RATIO	16.0	/* beyond it or below its inverse: at the edge, with a mark */
#define MANY		3	/* from so many other arms on, points stand without words */
#define NOT_DRAWN	SIZE_MAX

struct forest {
	const struct gp_arms *arms;
	const struct table *t;
	size_t *line;		/* [t->nr_rows] where a row is drawn */
	char **label;		/* [nr_lines] */
	size_t nr_lines;
	bool *shown;		/* [ds->nr_groups] */
	double reach;		/* |ln ratio| at the edges */
	size_t words;		/* characters of the longest text beside the points */
	size_t quiet;		/* metrics left out */
	uint64_t drawn;		/* arms that have a point, by their place among all */
	bool parted, interval;
};

/* NaN: none. Without a ratio, but there: infinite. */
static double log_ratio(const struct row *row, const struct cell *c)
{
	double ratio = verdict_ratio(&c->j);

	if (c->j.verdict == VERDICT_MISSING)
		return NAN;
	if (row->base.value == 0 && isnan(ratio))
		return c->s.value == 0 ? 0 : INFINITY;
	return isnan(ratio) ? NAN : ratio > -1 ? log1p(ratio) : -INFINITY;
}

static bool has_interval(const struct cell *c)
{
	return c->j.tested && c->j.shift.relative && c->j.shift.finite;
}

/*
 * Which rows.
 */

/* No change at all, or a small one that no verdict hangs on. */
static bool is_quiet(const struct forest *f, const struct row *row)
{
	const struct metric *m = &f->t->ds->metrics[row->metric];
	size_t i;

	for (i = 0; i < f->t->nr_others; i++) {
		const struct cell *c = &row->others[i];
		double at = log_ratio(row, c);

		if (!isnan(at) && c->j.verdict != VERDICT_SAME &&
		    (m->gated || !(fabs(at) <= VERDICT_THRESHOLD)))
			return false;
	}
	return true;
}

/* The line of that label, a new one if there is none. Takes over @label. */
static size_t find_line(struct forest *f, char *label)
{
	size_t i;

	for (i = 0; i < f->nr_lines; i++)
		if (!strcmp(f->label[i], label)) {
			free(label);
			return i;
		}
	f->label[f->nr_lines] = label;
	return f->nr_lines++;
}

static void take_row(struct forest *f, size_t row, const char *case_name)
{
	const struct dataset *ds = f->t->ds;
	const struct metric *m = &ds->metrics[f->t->rows[row].metric];
	const struct group *g = &ds->groups[m->group];
	char *label = NULL, *params;

	f->line[row] = NOT_DRAWN;
	if (m->model || (case_name ? strcmp(g->case_name, case_name) :
				     !gp_is_headline(f->t, f->t->rows[row].metric)))
		return;
	if (case_name && is_quiet(f, &f->t->rows[row])) {
		f->quiet++;
		return;
	}
	/* One line of the overview has all parameters of its case. */
	params = case_name ? params_select_in(ds, f->shown, g->params, false) : strdup("");
	if (!params || asprintf(&label, "%s%s%s%s%s", case_name ? "" : g->case_name,
				case_name ? "" : ": ", m->name, *params ? ", " : "", params) < 0)
		label = NULL;
	free(params);
	if (!label)
		return;
	f->line[row] = find_line(f, label);
	f->shown[m->group] = true;
	f->parted |= m->parted;
}

static void see_reach(struct forest *f, const struct row *row)
{
	size_t i;

	for (i = 0; i < f->t->nr_others; i++) {
		const struct cell *c = &row->others[i];
		double reach = fabs(log_ratio(row, c));

		if (isnan(reach))
			continue;
		if (has_interval(c)) {
			reach = fmax(reach, fabs(log1p(fmax(c->j.shift.low, -0.9999))));
			reach = fmax(reach, fabs(log1p(c->j.shift.high)));
			f->interval = true;
		}
		f->reach = fmin(fmax(f->reach, reach), log(MOST_RATIO));
	}
}

/*
 * What stands in a lane, that is in one line for one arm.
 */

struct lane {
	double low, high;	/* ratios of its points */
	size_t nr;
	enum verdict verdict;
	bool mixed;		/* more than one verdict */
	char text[96];
};

static double lane_height(const struct forest *f)
{
	return f->t->nr_others < MANY ? 17 : 9;
}

static double line_height(const struct forest *f)
{
	return lane_height(f) * (double)f->t->nr_others + 5;
}

static double lane_y(const struct forest *f, size_t line, size_t other)
{
	return line_height(f) * (double)line + lane_height(f) * ((double)other + 0.5);
}

static void put_point(FILE *out, const struct forest *f, const struct row *row,
		      const struct cell *c, double y)
{
	double at = log_ratio(row, c), low = at, high = at, edge = 1.12 * f->reach;

	if (has_interval(c)) {
		low = log1p(fmax(c->j.shift.low, -0.9999));
		high = log1p(c->j.shift.high);
	}
	low = fmin(fmax(low, -edge), edge);
	high = fmin(fmax(high, -edge), edge);
	at = fmin(fmax(at, -edge), edge);
	fprintf(out, "%g %.9g %.9g %.9g\n", y, exp(at), exp(low), exp(high));
}

static void see_lane(struct lane *l, const struct cell *c)
{
	double ratio = verdict_ratio(&c->j);

	l->mixed |= l->nr && l->verdict != c->j.verdict;
	l->verdict = c->j.verdict;
	l->low = l->nr ? fmin(l->low, ratio) : ratio;
	l->high = l->nr ? fmax(l->high, ratio) : ratio;
	l->nr++;
}

/* "-59.1% improved", "-59.1% .. -12%"; marked where a point is off the scale. */
static void word_lane(struct lane *l, double reach)
{
	char low[NUMBER_LEN], high[NUMBER_LEN];
	bool off = l->high > expm1(1.13 * reach) || l->low < expm1(-1.13 * reach);
	bool range = l->high > l->low;

	number_percent(low, l->low);
	number_percent(high, l->high);
	snprintf(l->text, sizeof(l->text), "%s%s%s%s%s%s", off ? "off scale: " : "",
		 isnan(l->low) ? "" : low, range ? " .. " : "", range ? high : "",
		 l->mixed || isnan(l->low) ? "" : " ", l->mixed ? "" : verdict_name(l->verdict));
}

static void put_lane(FILE *points, FILE *words, struct forest *f, size_t line, size_t other)
{
	struct lane l = { .nr = 0 };
	double y = lane_y(f, line, other);
	size_t i;

	for (i = 0; i < f->t->nr_rows; i++) {
		const struct row *row = &f->t->rows[i];

		if (f->line[i] != line || isnan(log_ratio(row, &row->others[other])))
			continue;
		put_point(points, f, row, &row->others[other], y);
		see_lane(&l, &row->others[other]);
	}
	if (!l.nr || f->t->nr_others >= MANY)
		return;
	word_lane(&l, f->reach);
	f->words = strlen(l.text) > f->words ? strlen(l.text) : f->words;
	fprintf(words, "%g ", y);
	gp_field(words, l.text);
	fputc('\n', words);
}

/* The place of the table's arm among all that have a style. */
static size_t place_of(const struct forest *f, size_t other)
{
	size_t i;

	for (i = 0; i + 1 < f->arms->nr; i++)
		if (f->arms->arm[i] == f->t->others[other])
			break;
	return i;
}

static void put_data(FILE *out, struct forest *f)
{
	size_t other, line, len;

	for (other = 0; other < f->t->nr_others; other++) {
		char *text = NULL;
		FILE *words = open_memstream(&text, &len);

		if (!words)
			return;
		fprintf(out, "$other%zu << EOD\n", other);
		for (line = 0; line < f->nr_lines; line++)
			put_lane(out, words, f, line, other);
		fclose(words);
		fputs("EOD\n", out);
		if (len)
			fprintf(out, "$words%zu << EOD\n%sEOD\n", other, text);
		free(text);
		f->drawn |= gp_bit(place_of(f, other));
	}
}

/*
 * Drawing.
 */

static void put_lines(FILE *out, const struct forest *f)
{
	size_t i;

	fputs("set ytics (", out);
	for (i = 0; i < f->nr_lines; i++) {
		fputs(i ? ", " : "", out);
		gp_tic(out, "%s", f->label[i]);
		fprintf(out, " %g", line_height(f) * ((double)i + 0.5) - 2);
	}
	fprintf(out, ") scale 0 font ',9'\nset yrange [%g:-4]\n",
		line_height(f) * (double)f->nr_lines);
}

static void put_ratio_axis(FILE *out, const struct forest *f)
{
	static const char *const tics[] = {
		"0.95, 0.96, 0.97, 0.98, 0.99, 1, 1.01, 1.02, 1.03, 1.04, 1.05",
		"0.75, 0.8, 0.9, 1, 1.1, 1.2, 1.3",
		"0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5",
		"'1/16' 0.0625, '1/8' 0.125, '1/4' 0.25, '1/2' 0.5, 1, 2, 4, 8, 16",
	};
	int scale = f->reach < log(1.055) ? 0
		    : f->reach < log(1.3) ? 1
		    : f->reach < log(2.5) ? 2
					  : 3;
	double edge = exp(1.2 * f->reach);

	fprintf(out, "edge = %.6g\nset logscale x\nset xrange [%.6g:%.6g]\n"
		"set xtics nomirror font ',9' (%s)\n", edge, 1 / edge, edge, tics[scale]);
	fprintf(out, "set object 1 rectangle from %g, graph 0 to %g, graph 1 behind fillcolor rgb "
		"'#d8d8d8' fillstyle solid noborder\n", 1 - VERDICT_THRESHOLD,
		1 + VERDICT_THRESHOLD);
	fputs("set arrow 1 from 1, graph 0 to 1, graph 1 nohead back linecolor rgb '#606060'\n"
	      "set border 1\nset bars 0\n"
	      "set grid xtics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'\n", out);
}

static void put_points(struct gp_sheet *s, const struct forest *f)
{
	bool comma = gp_sheet_plot(s);
	size_t i;

	for (i = 0; i < f->t->nr_others; i++, comma = true) {
		struct gp_style style = gp_style(f->arms, place_of(f, i));

		fprintf(s->out,
			"%s$other%zu using 2:1:3:4 with xerrorbars linewidth 2 pointtype %d "
			"pointsize %g linecolor rgb '%s' notitle", comma ? ", \\\n     " : "", i,
			style.point, f->t->nr_others < MANY ? 1.1 : 0.8, style.colour);
		if (f->words)
			fprintf(s->out, ", \\\n     $words%zu using (edge):1:(stringcolumn(2)) with "
				"labels left offset 1, 0 font ',9' notitle", i);
	}
	fputc('\n', s->out);
}

static size_t longest_label(const struct forest *f)
{
	size_t i, len, most = 0;

	for (i = 0; i < f->nr_lines; i++) {
		len = strlen(f->label[i]);
		most = len > most ? len : most;
	}
	return most;
}

static void put_forest(FILE *out, struct forest *f, const char *case_name, const char *name)
{
	const struct dataset *ds = f->t->ds;
	int left, words, body = (int)(line_height(f) * (double)f->nr_lines) + 4;
	char note[256], title[256];
	size_t first = 0;
	struct gp_sheet s = { .out = out, .arms = f->arms, .name = name, .title = title,
			      .draw = "points", .note = note, .body = body + 26 };

	/* So that one small change is not blown up to the width of the picture. */
	f->reach = fmax(f->reach, log(1.03));
	snprintf(title, sizeof(title), "Ratios to %.60s%s%.60s", f->arms->label[0],
		 case_name ? ": " : "", case_name ? case_name : "");
	snprintf(note, sizeof(note), "%slogarithmic, grey: within %g%%%s%s",
		 f->interval ? "bars: 95% intervals; " : "", 100 * VERDICT_THRESHOLD,
		 f->parted ? "; the kernel's part where told" : "",
		 f->quiet ? "; metrics without change not drawn" : "");
	gp_head(out, name);
	put_data(out, f);
	put_lines(out, f);
	put_ratio_axis(out, f);
	while (first + 1 < ds->nr_groups && !f->shown[first])
		first++;
	s.params = params_select_in(ds, f->shown, ds->groups[first].params, true);
	s.drawn = f->drawn;
	/* However long the words are, the points keep some room. */
	left = (int)longest_label(f) * GP_SMALL + 16;
	words = (int)f->words * GP_SMALL + 28;
	s.width = left + 160 + words;
	gp_sheet_open(&s);
	gp_sheet_place(&s, left, s.width - words, 0, body);
	put_points(&s, f);
	gp_sheet_close(&s);
}

static bool draw(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	struct forest f = { .arms = arms, .t = arms->table };
	size_t rows = f.t ? f.t->nr_rows : 0, i;
	bool any;

	f.line = calloc(rows + 1, sizeof(*f.line));
	f.label = calloc(rows + 1, sizeof(*f.label));
	f.shown = calloc(arms->ds->nr_groups + 1, sizeof(*f.shown));
	for (i = 0; case_name && f.shown && i < arms->ds->nr_groups; i++)
		f.shown[i] = !strcmp(arms->ds->groups[i].case_name, case_name);
	for (i = 0; f.line && f.label && f.shown && i < rows; i++) {
		take_row(&f, i, case_name);
		if (f.line[i] != NOT_DRAWN)
			see_reach(&f, &f.t->rows[i]);
	}
	any = f.nr_lines;
	if (any)
		put_forest(out, &f, case_name, name);
	for (i = 0; i < f.nr_lines; i++)
		free(f.label[i]);
	free(f.line);
	free(f.label);
	free(f.shown);
	return any;
}

bool gp_overview(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	(void)case_name;
	return draw(out, arms, NULL, name);
}

bool gp_forest(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	return draw(out, arms, case_name, name);
}
