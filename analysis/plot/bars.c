// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lying bars with their figures: a group of bars per case, a bar per arm, a panel per metric.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define LANE		13	/* pixels per bar */
#define GAP		8	/* between groups */
#define MOST_PANELS	3
#define FIGURE		48	/* pixels for the figure at a bar's end */

enum part { SUBJECT, MODULE, WAITING };

struct panel {
	const char *title;
	const char *const *metrics;	/* the first that a group has; NULL at the end */
	enum part part;
	/* From here on: what was found. */
	double most;
	const char *unit, *other_unit;	/* of pages and of faults, say; NULL: there is none */
};

struct bars {
	const struct gp_arms *arms;
	const char *title, *note;
	struct panel *panels;
	bool *shown;		/* [ds->nr_groups] */
	uint64_t drawn;
	bool ranges;		/* some bar's samples differ */
};

static double part_of(const struct summary *s, enum part part)
{
	return part == SUBJECT ? s->value : part == MODULE ? s->module : s->waiting;
}

/* False: the arm has no such value there. */
static bool look(const struct bars *b, const struct panel *p, size_t group, size_t arm,
		 struct summary *out)
{
	size_t metric = gp_first_metric(b->arms->ds, group, p->metrics);
	bool there;

	memset(out, 0, sizeof(*out));
	if (metric == b->arms->ds->nr_metrics ||
	    dataset_summary(b->arms->ds, metric, b->arms->arm[arm], out))
		return false;
	there = out->n && !isnan(part_of(out, p->part));
	if (!there)
		summary_clear(out);
	return there;
}

/* The largest value of a panel in a group over all arms; 0 also if there is none. */
static double most_of(const struct bars *b, const struct panel *p, size_t group)
{
	double most = 0;
	size_t i;

	for (i = 0; i < b->arms->nr; i++) {
		struct summary s;

		if (!look(b, p, group, i, &s))
			continue;
		most = fmax(most, part_of(&s, p->part));
		summary_clear(&s);
	}
	return most;
}

static size_t choose_panels(struct bars *b)
{
	const struct dataset *ds = b->arms->ds;
	size_t nr = 0, p, g, metric;

	for (p = 0; p < MOST_PANELS; p++) {
		struct panel *panel = &b->panels[p];

		for (g = 0; panel->metrics && g < ds->nr_groups; g++) {
			if (!b->shown[g])
				continue;
			panel->most = fmax(panel->most, most_of(b, panel, g));
			metric = gp_first_metric(ds, g, panel->metrics);
			if (metric == ds->nr_metrics)
				continue;
			if (!panel->unit)
				panel->unit = ds->metrics[metric].unit;
			else if (strcmp(panel->unit, ds->metrics[metric].unit))
				panel->other_unit = ds->metrics[metric].unit;
		}
		nr += panel->most > 0;
	}
	return nr;
}

static size_t nr_shown(const struct bars *b)
{
	size_t nr = 0, g;

	for (g = 0; g < b->arms->ds->nr_groups; g++)
		nr += b->shown[g];
	return nr;
}

static double slot(const struct bars *b)
{
	return (double)(LANE * b->arms->nr + GAP);
}

static void put_bar(FILE *out, struct bars *b, const struct panel *p, const struct summary *s,
		    double y)
{
	char value[NUMBER_LEN], low[NUMBER_LEN], high[NUMBER_LEN], label[NUMBER_LEN];
	double v = part_of(s, p->part), min = v, max = v;
	unsigned int i;

	for (i = 0; p->part == SUBJECT && i < s->n; i++) {
		min = fmin(min, s->sample[i]);
		max = fmax(max, s->sample[i]);
	}
	b->ranges |= min < max;
	fprintf(out, "%g %s %s %s %s\n", y, number_value(value, v, 16), number_value(low, min, 16),
		number_value(high, max, 16),
		number_short(label, v, p->unit && !strncmp(p->unit, "1/", 2)));
}

static void put_panel_data(FILE *out, struct bars *b, size_t panel)
{
	const struct dataset *ds = b->arms->ds;
	size_t i, g;

	for (i = 0; i < b->arms->nr; i++) {
		double y = LANE * ((double)i + 0.5);

		fprintf(out, "$panel%zu_arm%zu << EOD\n", panel, i);
		for (g = 0; g < ds->nr_groups; g++) {
			struct summary s;

			if (!b->shown[g])
				continue;
			if (look(b, &b->panels[panel], g, i, &s)) {
				put_bar(out, b, &b->panels[panel], &s, y);
				b->drawn |= gp_bit(i);
				summary_clear(&s);
			}
			y += slot(b);
		}
		fputs("EOD\n", out);
	}
}

static int longest_name(const struct bars *b)
{
	const struct dataset *ds = b->arms->ds;
	size_t g, longest = 0;

	for (g = 0; g < ds->nr_groups; g++) {
		char *label = b->shown[g] ? gp_group_label(ds, g, b->shown) : NULL;

		longest = label && strlen(label) > longest ? strlen(label) : longest;
		free(label);
	}
	return (int)longest;
}

static void put_names(FILE *out, const struct bars *b)
{
	const struct dataset *ds = b->arms->ds;
	const char *comma = "";
	size_t g;
	double y = LANE * (double)b->arms->nr / 2;

	fputs("set ytics (", out);
	for (g = 0; g < ds->nr_groups; g++) {
		char *label = b->shown[g] ? gp_group_label(ds, g, b->shown) : NULL;

		if (!label)
			continue;
		fputs(comma, out);
		gp_tic(out, "%s", label);
		fprintf(out, " %g", y);
		comma = ", ";
		y += slot(b);
		free(label);
	}
	fprintf(out, ") scale 0 font ',9'\nset yrange [%g:-4]\n", slot(b) * (double)nr_shown(b));
}

static void put_panel(struct gp_sheet *s, const struct bars *b, size_t panel, int width)
{
	const struct panel *p = &b->panels[panel];
	double room = (double)FIGURE / (width > 2 * FIGURE ? width : 2 * FIGURE);
	bool comma;
	size_t i;

	fputs("set title ", s->out);
	gp_quote(s->out, "%s [%s%s%s]", p->title, p->unit, p->other_unit ? " or " : "",
		 p->other_unit ? p->other_unit : "");
	fprintf(s->out, " font ',9' offset 0, -0.6\nset xrange [0:%.6g]\n", p->most / (1 - room));
	comma = gp_sheet_plot(s);
	for (i = 0; i < b->arms->nr; i++) {
		if (!(b->drawn & gp_bit(i)))
			continue;
		fprintf(s->out, "%s$panel%zu_arm%zu using ($2/2):1:($2/2):(%g) with boxxyerror "
			"fillcolor rgb '%s' fillstyle solid noborder notitle",
			comma ? ", \\\n     " : "", panel, i, LANE * 0.42,
			gp_style(b->arms, i).colour);
		fputs(", \\\n     '' using 3:1:($4-$3):(0) with vectors nohead linewidth 1.5 linecolor "
		      "rgb '#000000' notitle, \\\n     '' using 4:1:(stringcolumn(5)) with labels "
		      "left offset 0.4, 0 font ',9' notitle", s->out);
		comma = true;
	}
	fputc('\n', s->out);
}

static void put_bars(FILE *out, struct bars *b, size_t nr, const char *name)
{
	const struct dataset *ds = b->arms->ds;
	struct gp_sheet s = { .out = out, .arms = b->arms, .name = name, .title = b->title,
			      .draw = "boxes",
			      .body = (int)(slot(b) * (double)nr_shown(b)) + 24 };
	char note[256];
	size_t p, first = 0, seen = 0;
	int left, width;

	gp_head(out, name);
	for (p = 0; p < MOST_PANELS; p++)
		if (b->panels[p].most > 0)
			put_panel_data(out, b, p);
	left = longest_name(b) * GP_SMALL + 16;
	fputs("set border 2\nunset xtics\n", out);
	while (first + 1 < ds->nr_groups && !b->shown[first])
		first++;
	s.params = params_select_in(ds, b->shown, ds->groups[first].params, true);
	s.drawn = b->drawn;
	snprintf(note, sizeof(note), "%s%s", b->ranges ?
		 "medians, lines from the lowest to the highest; " : "", b->note);
	s.note = note;
	s.width = left + 8 + (int)nr * (2 * FIGURE + 12);
	gp_sheet_open(&s);
	width = (s.width - left - 8) / (int)nr - 12;
	for (p = 0; p < MOST_PANELS; p++) {
		int from = left + (int)seen * (width + 12);

		if (b->panels[p].most <= 0)
			continue;
		gp_sheet_place(&s, from, from + width, 22, s.body - 2);
		/* The names stand left of the first panel alone. */
		if (!seen++)
			put_names(out, b);
		else
			fputs("unset ytics\n", out);
		put_panel(&s, b, p, width);
	}
	gp_sheet_close(&s);
}

/* @wanted: a panel whose values say which groups are shown; where all are 0, they are not. */
static bool draw(FILE *out, struct bars *b, const char *name,
		 bool (*wanted)(const struct bars *b, size_t group))
{
	const struct dataset *ds = b->arms->ds;
	size_t g, nr;

	b->shown = calloc(ds->nr_groups + 1, sizeof(*b->shown));
	if (!b->shown)
		return false;
	for (g = 0; g < ds->nr_groups; g++)
		b->shown[g] = gp_is_widest(ds, g) && wanted(b, g);
	nr = choose_panels(b);
	if (nr)
		put_bars(out, b, nr, name);
	free(b->shown);
	return nr;
}

#define NAMES(...)	((const char *const[]){ __VA_ARGS__, NULL })
#define BOTH(name)	NAMES(name "_per_page", name "_per_fault")

static bool any_panel(const struct bars *b, size_t group)
{
	size_t p;

	for (p = 0; p < MOST_PANELS; p++)
		if (b->panels[p].metrics && most_of(b, &b->panels[p], group) > 0)
			return true;
	return false;
}

static bool defers(const struct bars *b, size_t group)
{
	const struct panel peak = { .metrics = NAMES("deferred_pages_peak") };

	return most_of(b, &peak, group) > 0;
}

static bool is_parted(const struct bars *b, size_t group)
{
	const struct dataset *ds = b->arms->ds;
	size_t metric = gp_first_metric(ds, group, gp_main_metrics);

	return metric < ds->nr_metrics && ds->metrics[metric].parted;
}

bool gp_flushes(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	struct panel panels[MOST_PANELS] = {
		{ .title = "TRACKs", .metrics = BOTH("tracks") },
		{ .title = "vCPUs kicked out", .metrics = BOTH("kicks_inside") },
		{ .title = "IPIs", .metrics = BOTH("ipis") },
	};
	struct bars b = { .arms = arms, .title = "Flushes per page", .panels = panels,
			  .note = "cases without any are left out" };

	(void)case_name;
	return draw(out, &b, name, any_panel);
}

bool gp_deferred(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	struct panel panels[MOST_PANELS] = {
		{ .title = "until the call returns", .metrics = NAMES("zap_per_page") },
		{ .title = "until the pages are FREE", .metrics = NAMES("zap_free_per_page") },
		{ .title = "waiting until FREE", .metrics = NAMES("zap_free_per_page"),
		  .part = WAITING },
	};
	struct bars b = { .arms = arms, .title = "A zap until it returns, and until FREE",
			  .panels = panels, .note = "cases where some variant defers work" };

	(void)case_name;
	return draw(out, &b, name, defers);
}

bool gp_lock(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	struct panel panels[MOST_PANELS] = {
		{ .title = "held to write", .metrics = BOTH("mmu_lock_write_held") },
		{ .title = "held to read", .metrics = BOTH("mmu_lock_read_held") },
		{ .title = "waited for", .metrics = BOTH("mmu_lock_waited") },
	};
	struct bars b = { .arms = arms, .title = "mmu_lock", .panels = panels,
			  .note = "cases without any are left out" };

	(void)case_name;
	return draw(out, &b, name, any_panel);
}

bool gp_parts(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	struct panel panels[MOST_PANELS] = {
		{ .title = "kernel", .metrics = gp_main_metrics },
		{ .title = "softtdx", .metrics = gp_main_metrics, .part = MODULE },
		{ .title = "waiting", .metrics = gp_main_metrics, .part = WAITING },
	};
	struct bars b = { .arms = arms, .title = "Subject, instrument, waiting", .panels = panels,
			  .note = "zap_per_page, else fault_mean" };

	(void)case_name;
	return draw(out, &b, name, is_parted);
}
