// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures of zapping: bars with their figures, and throughput against the time to FREE.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gp_internal.h"
#include "number.h"
#include "params.h"

/*
 * Bars.
 */

struct panel {
	const char *metric, *title;
	const char *unit;	/* as recorded; NULL: no group has it */
	bool ranges;		/* a metric that varies: show by how much */
	unsigned int most_boots;
	size_t bars;
	uint64_t arms;		/* bit i: arm i has bars; arms from 64 on are not drawn */
};

/* Is there any arm with that metric in the group? */
static bool group_has(const struct gp_arms *arms, size_t group, const char *name)
{
	size_t metric = gp_find_metric(arms->ds, group, name), i;
	bool has = false;

	for (i = 0; i < arms->nr && metric < arms->ds->nr_metrics && !has; i++) {
		struct summary s;

		has = !dataset_summary(arms->ds, metric, arms->arm[i], &s) && s.n;
		summary_clear(&s);
	}
	return has;
}

/* The range is that of the boots, which is what a bar's height is the median of. */
static void put_bar(FILE *out, size_t place, const struct summary *s)
{
	char value[NUMBER_LEN], low[NUMBER_LEN], high[NUMBER_LEN], label[NUMBER_LEN];
	double min = s->sample[0], max = s->sample[0];
	unsigned int i;

	for (i = 1; i < s->n; i++) {
		min = fmin(min, s->sample[i]);
		max = fmax(max, s->sample[i]);
	}
	fprintf(out, "%zu %s %s %s %s\n", place, number_value(value, s->value, 16),
		number_value(low, min, 16), number_value(high, max, 16),
		number_value(label, s->value, 6));
}

static void put_bars(FILE *out, const struct gp_arms *arms, const size_t *groups, size_t nr_groups,
		     struct panel *p, size_t nr_panel)
{
	size_t i, g;

	for (i = 0; i < arms->nr; i++) {
		fprintf(out, "$panel%zu_arm%zu << EOD\n", nr_panel, i);
		for (g = 0; g < nr_groups; g++) {
			size_t metric = gp_find_metric(arms->ds, groups[g], p->metric);
			struct summary s;

			if (metric == arms->ds->nr_metrics ||
			    dataset_summary(arms->ds, metric, arms->arm[i], &s))
				continue;
			if (s.n) {
				put_bar(out, g * (arms->nr + 1) + i, &s);
				p->unit = arms->ds->metrics[metric].unit;
				p->ranges |= arms->ds->metrics[metric].class != RECORD_EXACT &&
					     s.n > 1;
				p->most_boots = s.boots > p->most_boots ? s.boots : p->most_boots;
				p->bars++;
				p->arms |= i < 64 ? UINT64_C(1) << i : 0;
			}
			summary_clear(&s);
		}
		fputs("EOD\n", out);
	}
}

static void put_group_tics(FILE *out, const struct gp_arms *arms, const size_t *groups,
			   size_t nr_groups)
{
	size_t g;

	fputs("set xtics (", out);
	for (g = 0; g < nr_groups; g++) {
		char *params = params_select(arms->ds, arms->ds->groups[groups[g]].params, false);

		fputs(g ? ", " : "", out);
		gp_tic(out, "%s",
		      params && *params ? params : arms->ds->groups[groups[g]].case_name);
		fprintf(out, " %g", (double)(g * (arms->nr + 1)) + (double)(arms->nr - 1) / 2);
		free(params);
	}
	fprintf(out, ") scale 0\nset xrange [-1:%zu]\n", nr_groups * (arms->nr + 1) - 1);
}

static void put_panel_plot(FILE *out, const struct gp_arms *arms, const struct panel *p,
			   size_t nr_panel)
{
	/* Many bars are narrow: their figures stand upright. */
	const char *turn = p->bars > 6 ? "rotate by 90 left offset 0,0.4" : "center offset 0,0.6";
	const char *comma = "";
	size_t i;

	fputs("set title ", out);
	gp_quote(out, "%s", p->title);
	fputs("\nset ylabel ", out);
	gp_quote(out, "%s", p->unit);
	fputs("\nplot", out);
	for (i = 0; i < arms->nr && i < 64; i++) {
		if (!(p->arms >> i & 1))
			continue;
		fprintf(out, "%s $panel%zu_arm%zu using 1:2 with boxes fillcolor rgb '%s' "
			"fillstyle solid noborder title ", comma, nr_panel, i,
			gp_style(arms, i).colour);
		gp_quote(out, "%s", arms->label[i]);
		if (p->ranges)
			fprintf(out, ", \\\n     '' using 1:3:(0):($4-$3) with vectors nohead "
				     "linewidth 2 "
				     "linecolor rgb '#000000' notitle");
		fprintf(out,
			", \\\n     '' using 1:%d:(stringcolumn(5)) with labels %s font ',9' "
			"notitle",
			p->ranges ? 4 : 2, turn);
		comma = ", \\\n    ";
	}
	fputc('\n', out);
}

/* Groups of @case_name that have one of the metrics; caller frees. */
static size_t *choose_groups(const struct gp_arms *arms, const char *case_name,
			     const struct panel *panels, size_t nr_panels, size_t *nr)
{
	size_t *groups = calloc(arms->ds->nr_groups + 1, sizeof(*groups));
	size_t g, p;

	*nr = 0;
	for (g = 0; groups && g < arms->ds->nr_groups; g++) {
		bool has = false;

		for (p = 0; p < nr_panels; p++)
			has |= group_has(arms, g, panels[p].metric);
		if (has && !strcmp(arms->ds->groups[g].case_name, case_name))
			groups[(*nr)++] = g;
	}
	return groups;
}

static void put_zap_layout(FILE *out, const struct gp_arms *arms, const char *case_name)
{
	char *common = params_select(arms->ds, arms->ds->groups[0].params, true);

	fputs("set multiplot\n"
	      "set key at screen 0.5, screen 0.215 center top vertical maxrows 2 reverse Left "
	      "samplen 1.5\n"
	      "set label 4 ",
	      out);
	gp_quote(out, "Zap: case %s%s%s", case_name, common && *common ? ", " : "",
	      common ? common : "");
	fputs(" at screen 0.5, screen 0.965 center font ',13'\n", out);
	free(common);
}

/* Labels and key are placed on the screen: the second panel would draw them over once more. */
static void put_panels(FILE *out, const struct gp_arms *arms, const struct panel *panels, size_t nr)
{
	size_t shown = 0, seen = 0, p;

	for (p = 0; p < nr; p++)
		shown += panels[p].bars > 0;
	for (p = 0; p < nr; p++) {
		double left, width = 1.0 / (double)shown;

		if (!panels[p].bars)
			continue;
		left = (double)seen++ * width;
		fprintf(out, "set lmargin at screen %.3f\nset rmargin at screen %.3f\n",
			left + 0.09, left + width - 0.02);
		put_panel_plot(out, arms, &panels[p], p);
		fputs("unset label\nunset key\n", out);
	}
	fputs("unset multiplot\n", out);
}

bool gp_zap(FILE *out, const struct gp_arms *arms, size_t group, const char *name)
{
	const char *case_name = arms->ds->groups[group].case_name;
	bool count = gp_counting(arms);
	struct panel panels[] = {
		{ .metric = count ? "zap_pages_per_minsn" : "zap_pages_per_s",
		  .title = count ? "Pages zapped per million instructions (higher is better)" :
				   "Pages zapped per second (higher is better)" },
		{ .metric = "tracks_per_page",
		  .title = "TRACKs per zapped page (lower is better)" },
	};
	const size_t nr = sizeof(panels) / sizeof(panels[0]);
	size_t nr_groups, p, *groups = choose_groups(arms, case_name, panels, nr, &nr_groups);
	char note[64];

	if (!groups || !nr_groups) {
		free(groups);
		return false;
	}
	gp_head(out, name);
	for (p = 0; p < nr; p++)
		put_bars(out, arms, groups, nr_groups, &panels[p], p);
	put_group_tics(out, arms, groups, nr_groups);
	fputs("set boxwidth 0.9 absolute\nset yrange [0:*]\nset offsets 0, 0, graph 0.18, 0\n"
	      "set grid ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'\nset border "
	      "3\nset tics nomirror\n"
	      "set tmargin at screen 0.86\nset bmargin at screen 0.29\n",
	      out);
	gp_terminals(out, name, 960, 540);
	snprintf(note, sizeof(note), "n = %u boot%s per bar%s",
		 panels[0].most_boots > panels[1].most_boots ? panels[0].most_boots :
							       panels[1].most_boots,
		 panels[0].most_boots == 1 ? "" : "s",
		 panels[0].ranges || panels[1].ranges ? " (median, range)" : "");
	gp_caption(out, arms, note, 540);
	put_zap_layout(out, arms, case_name);
	put_panels(out, arms, panels, nr);
	gp_end(out);
	free(groups);
	return true;
}

/*
 * Throughput against the time to FREE.
 */

struct tradeoff {
	const char *rate, *rate_title;
	const char *free, *free_title;
};

static const struct tradeoff *tradeoff_of(const struct gp_arms *arms)
{
	static const struct tradeoff count = {
		.rate = "zap_pages_per_minsn",
		.rate_title = "pages zapped per million instructions",
		.free = "zap_free_insn_per_page",
		.free_title = "instructions per page until it is FREE",
	}, wall = {
		.rate = "zap_pages_per_s", .rate_title = "pages zapped per second",
		.free = "zap_free_ns_per_page", .free_title = "ns per page until it is FREE",
	};

	return gp_counting(arms) ? &count : &wall;
}

/* A line per boot: time, throughput, parameters. Boots pair up in order. Returns the points. */
static size_t put_boots(FILE *out, const struct gp_arms *arms, size_t arm, size_t group,
			struct gp_range *x, struct gp_range *y)
{
	const struct tradeoff *t = tradeoff_of(arms);
	size_t rate = gp_find_metric(arms->ds, group, t->rate);
	size_t free_time = gp_find_metric(arms->ds, group, t->free);
	char *params = params_select(arms->ds, arms->ds->groups[group].params, false);
	struct summary r = { 0 }, f = { 0 };
	size_t nr = 0;
	unsigned int i;

	if (rate < arms->ds->nr_metrics && free_time < arms->ds->nr_metrics && params &&
	    !dataset_summary(arms->ds, rate, arms->arm[arm], &r) &&
	    !dataset_summary(arms->ds, free_time, arms->arm[arm], &f) && r.n == f.n)
		nr = r.n;
	for (i = 0; i < nr; i++) {
		gp_range_add(x, f.sample[i]);
		gp_range_add(y, r.sample[i]);
		/* The parameters stand at one point of their arm. */
		fprintf(out, "%.16g %.16g ", f.sample[i], r.sample[i]);
		gp_field(out, i ? "" : params);
		fputc('\n', out);
	}
	summary_clear(&r);
	summary_clear(&f);
	free(params);
	return nr;
}

static size_t put_case_boots(FILE *out, const struct gp_arms *arms, size_t arm, size_t group,
			     struct gp_range *x, struct gp_range *y)
{
	size_t g, nr = 0;

	fprintf(out, "$arm%zu << EOD\n", arm);
	for (g = 0; g < arms->ds->nr_groups; g++)
		if (!strcmp(arms->ds->groups[g].case_name, arms->ds->groups[group].case_name))
			nr += put_boots(out, arms, arm, g, x, y);
	fputs("EOD\n", out);
	return nr;
}

static void put_tradeoff_plot(FILE *out, const struct gp_arms *arms, const size_t *points)
{
	const char *comma = "";
	size_t i;

	fputs("plot", out);
	for (i = 0; i < arms->nr; i++) {
		struct gp_style style = gp_style(arms, i);

		if (!points[i])
			continue;
		fprintf(out, "%s $arm%zu using 1:2 with points pointtype %d pointsize 1.6 "
			"linecolor rgb '%s' title ", comma, i, style.point, style.colour);
		gp_quote(out, "%s", arms->label[i]);
		fprintf(out, ", \\\n     '' using 1:2:(stringcolumn(3)) with labels left offset "
			"1.2,0 font ',9' notitle");
		comma = ", \\\n    ";
	}
	fputc('\n', out);
}

static void put_tradeoff_axes(FILE *out, const struct gp_arms *arms, size_t group,
			      const struct gp_range *x, const struct gp_range *y)
{
	const struct tradeoff *t = tradeoff_of(arms);
	char *common = params_select(arms->ds, arms->ds->groups[group].params, true);

	fputs("set title ", out);
	gp_quote(out, "Zap throughput against time to FREE: %s%s%s",
		 arms->ds->groups[group].case_name, common && *common ? ", " : "",
		 common ? common : "");
	fputs("\nset xlabel ", out);
	gp_quote(out, "%s (left is better)", t->free_title);
	fputs("\nset ylabel ", out);
	gp_quote(out, "%s (up is better)", t->rate_title);
	fputc('\n', out);
	if (x->low > 0 && x->high > 4 * x->low && x->high < 1e14)
		gp_log_axis(out, 'x', x->low * 0.7, x->high * 1.7);
	else
		gp_range_put(out, 'x', x, true);
	gp_range_put(out, 'y', y, true);
	gp_grid(out);
	fputs("set key outside right top reverse Left\nset bmargin at screen 0.23\n", out);
	free(common);
}

bool gp_tradeoff(FILE *out, const struct gp_arms *arms, size_t group, const char *name)
{
	struct gp_range x = { INFINITY, -INFINITY }, y = x;
	size_t *points = calloc(arms->nr + 1, sizeof(*points));
	size_t i, len, total = 0;
	char *text = NULL, note[64];
	FILE *data = points ? open_memstream(&text, &len) : NULL;

	for (i = 0; data && i < arms->nr; i++)
		total += points[i] = put_case_boots(data, arms, i, group, &x, &y);
	if (data && fclose(data))
		total = 0;
	if (total) {
		gp_head(out, name);
		fwrite(text, 1, len, out);
		put_tradeoff_axes(out, arms, group, &x, &y);
		gp_boots(arms, note, sizeof(note) - 20);
		strcat(note, ", a point each");
		gp_caption(out, arms, note, 520);
		gp_terminals(out, name, 960, 520);
		put_tradeoff_plot(out, arms, points);
		gp_end(out);
	}
	free(text);
	free(points);
	return total;
}
