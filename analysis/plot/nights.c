// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One metric night by night, with the levels between its change points.
 */
#include <math.h>
#include <stdlib.h>

#include "internal.h"

#define NR_LABELS	8	/* about, on the x axis */

static bool is_shown(const struct gp_night *n)
{
	return isfinite(n->v);
}

static void put_nights(FILE *out, const struct gp_history *h, struct gp_range *y)
{
	size_t i;

	fputs("$nights << EOD\n", out);
	for (i = 0; i < h->nr_nights; i++) {
		const struct gp_night *n = &h->nights[i];
		bool interval = isfinite(n->low) && isfinite(n->high);

		if (!is_shown(n))
			continue;
		fprintf(out, "%zu %.16g %.16g %.16g\n", i, n->v, interval ? n->low : n->v,
			interval ? n->high : n->v);
		gp_range_add(y, interval ? fmin(n->low, n->v) : n->v);
		gp_range_add(y, interval ? fmax(n->high, n->v) : n->v);
	}
	fputs("EOD\n", out);
}

/* The median of nights [first, end) as a line over them. */
static void put_level(FILE *out, const struct gp_history *h, size_t first, size_t end, double *v)
{
	size_t i, nr = 0;

	for (i = first; i < end; i++)
		if (is_shown(&h->nights[i]))
			v[nr++] = h->nights[i].v;
	if (nr)
		fprintf(out, "%.1f %.16g\n%.1f %.16g\n\n", (double)first - 0.5,
			stats_median(v, nr), (double)end - 0.5, stats_median(v, nr));
}

static int put_levels(FILE *out, const struct gp_history *h)
{
	double *v = calloc(h->nr_nights + 1, sizeof(*v));
	size_t i, first = 0;

	if (!v)
		return -1;
	fputs("$levels << EOD\n", out);
	for (i = 0; i < h->nr_changes; i++) {
		put_level(out, h, first, h->changes[i].at, v);
		first = h->changes[i].at;
	}
	put_level(out, h, first, h->nr_nights, v);
	fputs("EOD\n", out);
	free(v);
	return 0;
}

static void put_changes(FILE *out, const struct gp_history *h)
{
	size_t i;

	for (i = 0; i < h->nr_changes; i++) {
		bool seen = h->changes[i].acknowledged;
		double x = (double)h->changes[i].at - 0.5;

		fprintf(out, "set arrow from %.1f, graph 0 to %.1f, graph 1 nohead linewidth 2 "
			"dashtype %s linecolor rgb '%s'\n", x, x, seen ? "(4,4)" : "solid",
			seen ? "#808080" : "#D55E00");
		fprintf(out, "set label %zu ", i + 10);
		gp_quote(out, "%s%s", h->nights[h->changes[i].at].label,
			 seen ? " (acknowledged)" : "");
		fprintf(out, " at %.1f, graph 0.97 rotate by 90 right offset 0.8, 0 font ',9'\n",
			x);
	}
}

static void put_night_axis(FILE *out, const struct gp_history *h)
{
	size_t step = (h->nr_nights + NR_LABELS - 1) / NR_LABELS, i;

	fputs("set xtics (", out);
	for (i = 0; i < h->nr_nights; i += step) {
		fputs(i ? ", " : "", out);
		gp_tic(out, "%s", h->nights[i].label);
		fprintf(out, " %zu", i);
	}
	fprintf(out, ") nomirror\nset xrange [-1:%zu]\n", h->nr_nights);
}

static void put_history(FILE *out, const struct gp_history *h, const struct gp_range *y,
			const char *name)
{
	struct gp_style style = gp_variant_style(h->variant);

	fputs("set title ", out);
	gp_quote(out, "%s", h->title);
	fputs("\nset ylabel ", out);
	gp_quote(out, "%s", h->unit);
	fputc('\n', out);
	put_night_axis(out, h);
	gp_range_put(out, 'y', y, false);
	put_changes(out, h);
	fputs("set grid ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'\n"
	      "set key outside right top reverse Left samplen 2\nset bmargin at screen 0.21\n",
	      out);
	gp_caption_lines(out, (const char *const[]){ h->caption, h->host, h->caveat }, 480);
	gp_terminals(out, name, 960, 480);
	fprintf(out,
		"plot $nights using 1:2:3:4 with yerrorbars linewidth 1 pointtype %d pointsize 0.8 "
		"linecolor rgb '%s' title ", style.point, style.colour);
	gp_quote(out, "%s", h->variant);
	fputs(", \\\n     $levels using 1:2 with lines linewidth 2 linecolor rgb '#000000' "
	      "title 'level (median)'", out);
	if (h->nr_changes)
		fputs(", \\\n     NaN with lines linewidth 2 linecolor rgb '#D55E00' title "
		      "'change'", out);
	fputc('\n', out);
	gp_end(out);
}

bool gp_history(FILE *out, const struct gp_history *h, const char *name)
{
	struct gp_range y = { INFINITY, -INFINITY };
	size_t i, shown = 0;

	for (i = 0; i < h->nr_nights; i++)
		shown += is_shown(&h->nights[i]);
	if (!shown)
		return false;
	gp_head(out, name);
	put_nights(out, h, &y);
	if (put_levels(out, h))
		return false;
	put_history(out, h, &y, name);
	return true;
}
