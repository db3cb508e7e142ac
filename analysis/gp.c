// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gp.h"
#include "number.h"
#include "params.h"
#include "provenance.h"

/* Okabe and Ito's colours, which colour-blind readers can tell apart. A variant keeps its own
 * everywhere. */
static const struct { const char *variant, *colour; } palette[] = {
	{ "freeze", "#0072B2" }, { "freeze-batched", "#E69F00" }, { "seamcall-first", "#009E73" },
	{ "rcu-zap", "#D55E00" }, { "rcu-zap-prune", "#CC79A7" }, { "no-freeze", "#56B4E9" },
	{ NULL, "#000000" }, { NULL, "#F0E442" },
};

#define NR_COLOURS	(sizeof(palette) / sizeof(palette[0]))

static const char *colour(const char *variant)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);	/* FNV-1a */
	const char *p;
	size_t i;

	for (i = 0; i < NR_COLOURS; i++)
		if (palette[i].variant && !strcmp(palette[i].variant, variant))
			return palette[i].colour;
	for (p = variant; *p; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return palette[hash % NR_COLOURS].colour;
}

/* A string of gnuplot's, in which nothing but the quote itself is special. */
__attribute__((format(printf, 2, 3)))
static void quote(FILE *out, const char *fmt, ...)
{
	char *text = NULL, *p;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vasprintf(&text, fmt, ap);
	va_end(ap);
	fputc('\'', out);
	for (p = err < 0 ? NULL : text; p && *p; p++) {
		if (*p == '\'')
			fputc('\'', out);
		fputc(*p >= ' ' && *p <= '~' ? *p : '?', out);
	}
	fputc('\'', out);
	free(text);
}

static const struct record_file *first_file(const struct gp_arms *arms)
{
	return arms->ds->arms[arms->arm[0]].file;
}

static bool counting(const struct gp_arms *arms)
{
	return !strcmp(first_file(arms)->run.clock, "count");
}

static const char *caveat(const struct record_file *f)
{
	bool soft = provenance_is_soft(f), tcg = provenance_is_tcg_wall(f);

	if (soft && tcg)
		return "Software TDX module, wall time under TCG: neither TDX hardware nor TDX "
		       "time.";
	if (soft)
		return "Software TDX module under KVM's own code: not TDX hardware.";
	return tcg ? "Wall time under TCG: not TDX time." : "";
}

static void put_label(FILE *out, int nr, int line, const char *text)
{
	fprintf(out, "set label %d ", nr);
	quote(out, "%s", text);
	fprintf(out, " at screen 0.5, screen %.3f center font ',9' textcolor '#404040'\n",
		0.09 - 0.032 * line);
}

/* What the picture must say of itself, at its foot. @n: the sample. */
static void put_caption(FILE *out, const struct gp_arms *arms, const char *n)
{
	const struct record_file *f = first_file(arms);
	int len;
	const char *qemu = provenance_qemu(f, &len);
	char *text = NULL;

	if (asprintf(&text, "substrate %s, clock %s%s, kernel %s (%s), %s", f->run.substrate,
		     f->run.clock, counting(arms) ? " (instructions)" : "",
		     record_env(f, "kernel", "unknown"), f->run.flavour, n) >= 0)
		put_label(out, 1, 0, text);
	free(text);
	text = NULL;
	if (asprintf(&text, "host %s, %s CPUs, QEMU %.*s (%s), seed %" PRIu64,
		     record_env(f, "cpu", "unknown"), record_env(f, "host_cpus", "?"), len, qemu,
		     record_env(f, "accel", "unknown"), f->run.seed) >= 0)
		put_label(out, 2, 1, text);
	free(text);
	put_label(out, 3, 2, caveat(f));
}

static void put_head(FILE *out, const char *name)
{
	fprintf(out, "# Picture %s of septbench plot. Run gnuplot 5 on this file in its folder.\n",
		name);
	fputs("reset session\nset encoding utf8\n", out);
}

/* The drawing commands stand between these two, and are run once for each kind of file. */
static void put_terminals(FILE *out, const char *name, int width, int height)
{
	fprintf(out,
		"do for [png = 0:1] {\n"
		"if (png) {\n"
		"set terminal pngcairo noenhanced font 'DejaVu Sans,11' size %d,%d background "
		"'#ffffff'\n"
		"} else {\n"
		"set terminal svg noenhanced font 'DejaVu Sans,11' size %d,%d fixed name "
		"'septbench' "
		"background '#ffffff'\n"
		"}\n",
		width, height, width, height);
	fputs("set output (png ? ", out);
	quote(out, "%s.png", name);
	fputs(" : ", out);
	quote(out, "%s.svg", name);
	fputs(")\n", out);
}

static void put_end(FILE *out)
{
	fputs("unset output\n}\n", out);
}

/*
 * Percentile spectrum.
 */

/* All of the arm's histograms of the group, together. @unit: of the last one. */
static void merge_faults(const struct gp_arms *arms, size_t arm, size_t group, struct hist *into,
			 const char **unit, uint64_t *bias)
{
	const struct arm *a = &arms->ds->arms[arm];
	const struct group *g = &arms->ds->groups[group];
	size_t i;

	memset(into, 0, sizeof(*into));
	for (i = 0; i < a->file->nr_blocks; i++) {
		const struct record_block *b = &a->file->blocks[i];
		const struct record_hist *h = record_block_hist(b, "fault");

		if (!h || !b->valid || b->warmup || strcmp(b->variant, a->variant) ||
		    strcmp(b->case_name, g->case_name) || strcmp(b->params, g->params))
			continue;
		hist_merge(into, &h->h);
		*unit = h->unit;
		if (h->bias > *bias)
			*bias = h->bias;
	}
}

#define FIRST_X	2.0	/* the median */
#define LAST_X	10000.0	/* 99.99 % */

/*
 * x = 1/(1-p). A bucket's value holds up to the share of faults at or below it; the last one ends
 * at the one fault above all others, x = n.
 */
static void put_spectrum(FILE *out, const struct hist *h, size_t nr, uint64_t range[2])
{
	uint64_t seen = 0, left;
	double x = FIRST_X, end;
	uint32_t i;

	fprintf(out, "$arm%zu << EOD\n", nr);
	for (i = 0; i < HIST_BUCKETS && x < LAST_X; i++) {
		uint64_t mid = hist_bucket_mid(i);

		seen += h->bucket[i];
		left = h->n - seen;
		if (!h->bucket[i] || 2 * seen < h->n)
			continue;
		end = left ? (double)h->n / (double)left : (double)h->n;
		end = fmin(fmax(end, FIRST_X), LAST_X);
		range[0] = mid < range[0] ? mid : range[0];
		range[1] = mid > range[1] ? mid : range[1];
		fprintf(out, "%.6g %" PRIu64 "\n%.6g %" PRIu64 "\n", x, mid, end, mid);
		x = end;
	}
	fputs("EOD\n", out);
}

static void put_percentile_axis(FILE *out, uint64_t most)
{
	double last = most > 1000 ? LAST_X : most > 100 ? 1000 : 100;

	fprintf(out, "set logscale x 10\nset xrange [%g:%g]\n", FIRST_X, last);
	fputs("set xtics ('50%%' 2, '75%%' 4, '90%%' 10, '95%%' 20, '99%%' 100, '99.5%%' 200, "
	      "'99.9%%' 1000, "
	      "'99.95%%' 2000, '99.99%%' 10000)\n",
	      out);
	fputs("set xlabel 'share of faults that take no longer'\n", out);
}

/* Colour tells a variant, the dashes let one line be seen under another. */
static const char *const dashes[] = {
	"solid", "(12,6)", "(3,4)", "(12,5,3,5)", "(22,5)", "(6,10)",
};

static void put_spectrum_plot(FILE *out, const struct gp_arms *arms, const uint64_t *n)
{
	bool first = true;
	size_t i;

	fputs("plot", out);
	for (i = 0; i < arms->nr; i++) {
		if (!n[i])
			continue;
		fprintf(out,
			"%s $arm%zu using 1:2 with lines linewidth 2 dashtype %s linecolor rgb "
			"'%s' title ",
			first ? "" : ", \\\n    ", i,
			dashes[i % (sizeof(dashes) / sizeof(dashes[0]))],
			colour(arms->ds->arms[arms->arm[i]].variant));
		quote(out, "%s (n = %" PRIu64 " faults, %u boot%s)", arms->label[i], n[i],
		      arms->ds->arms[arms->arm[i]].boots,
		      arms->ds->arms[arms->arm[i]].boots == 1 ? "" : "s");
		first = false;
	}
	fputc('\n', out);
}

/* A range rarely spans a decade: each has labels within. The key stands above the lines. */
static void put_latency_axis(FILE *out, const char *unit, const uint64_t range[2])
{
	static const char *const prefix[] = { "", "k", "M", "G", "T" };
	static const unsigned int few[] = { 1, 2, 5 }, many[] = { 1, 2, 3, 5, 7 };
	bool narrow = range[1] / 10 < range[0];
	const unsigned int *within = narrow ? many : few;
	const char *comma = "";
	uint64_t step;
	unsigned int digits, i;

	fputs("set ylabel ", out);
	quote(out, "%s per fault", strcmp(unit, "insn") ? unit : "instructions");
	fprintf(out, "\nset logscale y 10\nset yrange [%.4g:%.4g]\nset ytics (",
		(double)range[0] * 0.8, (double)range[1] * 2);
	for (step = 1, digits = 0; step <= range[1] * 2; step *= 10, digits++)
		for (i = 0; i < (narrow ? 5 : 3); i++, comma = ", ") {
			uint64_t v = step * within[i];
			uint64_t scale = step / (digits % 3 == 2 ? 100 : digits % 3 == 1 ? 10 : 1);

			fprintf(out, "%s'%" PRIu64 "%s' %" PRIu64, comma, v / scale,
				prefix[digits / 3], v);
		}
	fputs(")\n", out);
}

static void put_spectrum_axes(FILE *out, const struct gp_arms *arms, size_t group, const char *unit,
			      uint64_t most, const uint64_t range[2])
{
	const struct group *g = &arms->ds->groups[group];

	fputs("set title ", out);
	quote(out, "Fault latency: %s, %s", g->case_name, g->params);
	fputs(" noenhanced\n", out);
	put_latency_axis(out, unit, range);
	put_percentile_axis(out, most);
	fputs("set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'\n"
	      "set key top left reverse Left samplen 3\nset bmargin at screen 0.23\nset rmargin "
	      "5\n",
	      out);
}

bool gp_spectrum(FILE *out, const struct gp_arms *arms, size_t group, const char *name)
{
	struct hist *h = calloc(1, sizeof(*h));
	uint64_t *n = calloc(arms->nr + 1, sizeof(*n));
	uint64_t most = 0, bias = 0, range[2] = { UINT64_MAX, 1 };
	const char *unit = NULL;
	char note[96];
	size_t i;

	for (i = 0; h && n && i < arms->nr; i++) {
		merge_faults(arms, arms->arm[i], group, h, &unit, &bias);
		n[i] = h->n;
		if (!h->n)
			continue;
		if (!most)
			put_head(out, name);
		put_spectrum(out, h, i, range);
		most = h->n > most ? h->n : most;
	}
	if (most) {
		snprintf(note, sizeof(note), "empty measurement of %" PRIu64 " %s not taken off",
			 bias, unit);
		put_spectrum_axes(out, arms, group, unit, most, range);
		put_caption(out, arms, note);
		put_terminals(out, name, 800, 520);
		put_spectrum_plot(out, arms, n);
		put_end(out);
	}
	free(h);
	free(n);
	return most;
}

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

/* Index of @name in @group, or nr_metrics. */
static size_t find_metric(const struct dataset *ds, size_t group, const char *name)
{
	size_t i;

	for (i = 0; i < ds->nr_metrics; i++)
		if (ds->metrics[i].group == group && !strcmp(ds->metrics[i].name, name))
			break;
	return i;
}

/* Is there any arm with that metric in the group? */
static bool group_has(const struct gp_arms *arms, size_t group, const char *name)
{
	size_t metric = find_metric(arms->ds, group, name), i;
	bool has = false;

	for (i = 0; i < arms->nr && metric < arms->ds->nr_metrics && !has; i++) {
		struct summary s;

		has = !dataset_summary(arms->ds, metric, arms->arm[i], &s) && s.boots;
		summary_clear(&s);
	}
	return has;
}

/* The range is that of the boots, which is what a bar's height is the median of. */
static void put_bar(FILE *out, size_t place, const struct summary *s)
{
	char value[NUMBER_LEN], low[NUMBER_LEN], high[NUMBER_LEN], label[NUMBER_LEN];
	double min = s->boot[0], max = s->boot[0];
	unsigned int i;

	for (i = 1; i < s->boots; i++) {
		min = fmin(min, s->boot[i]);
		max = fmax(max, s->boot[i]);
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
			size_t metric = find_metric(arms->ds, groups[g], p->metric);
			struct summary s;

			if (metric == arms->ds->nr_metrics ||
			    dataset_summary(arms->ds, metric, arms->arm[i], &s))
				continue;
			if (s.boots) {
				put_bar(out, g * (arms->nr + 1) + i, &s);
				p->unit = arms->ds->metrics[metric].unit;
				p->ranges |= arms->ds->metrics[metric].class != RECORD_EXACT &&
					     s.boots > 1;
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
		quote(out, "%s",
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
	quote(out, "%s", p->title);
	fputs("\nset ylabel ", out);
	quote(out, "%s", p->unit);
	fputs("\nplot", out);
	for (i = 0; i < arms->nr && i < 64; i++) {
		if (!(p->arms >> i & 1))
			continue;
		fprintf(out, "%s $panel%zu_arm%zu using 1:2 with boxes fillcolor rgb '%s' "
			"fillstyle solid noborder title ", comma, nr_panel, i,
			colour(arms->ds->arms[arms->arm[i]].variant));
		quote(out, "%s", arms->label[i]);
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
	quote(out, "Zap: case %s%s%s", case_name, common && *common ? ", " : "",
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

bool gp_zap(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	bool count = counting(arms);
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
	put_head(out, name);
	for (p = 0; p < nr; p++)
		put_bars(out, arms, groups, nr_groups, &panels[p], p);
	put_group_tics(out, arms, groups, nr_groups);
	fputs("set boxwidth 0.9 absolute\nset yrange [0:*]\nset offsets 0, 0, graph 0.18, 0\n"
	      "set grid ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'\nset border "
	      "3\nset tics nomirror\n"
	      "set tmargin at screen 0.86\nset bmargin at screen 0.29\n",
	      out);
	put_terminals(out, name, 960, 540);
	snprintf(note, sizeof(note), "n = %u boot%s per bar%s",
		 panels[0].most_boots > panels[1].most_boots ? panels[0].most_boots :
							       panels[1].most_boots,
		 panels[0].most_boots == 1 ? "" : "s",
		 panels[0].ranges || panels[1].ranges ? " (median, range)" : "");
	put_caption(out, arms, note);
	put_zap_layout(out, arms, case_name);
	put_panels(out, arms, panels, nr);
	put_end(out);
	free(groups);
	return true;
}
