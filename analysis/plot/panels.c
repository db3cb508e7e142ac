// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Small pictures side by side, one per case: latency by percentile, a metric against vCPUs, and
 * block by block.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define PANEL_HEIGHT	210
#define LEFT		84	/* of a panel: tics and the axis' name */
#define RIGHT		26	/* half of the last tic's label */
#define BOTTOM		46
#define MOST_PANELS	6	/* of latencies */

struct panels {
	const struct gp_arms *arms;
	bool *shown;		/* [ds->nr_groups] a panel each */
	size_t nr;
	uint64_t drawn;
};

static bool open_panels(struct panels *p, const struct gp_arms *arms)
{
	*p = (struct panels){ .arms = arms };
	p->shown = calloc(arms->ds->nr_groups + 1, sizeof(*p->shown));
	return p->shown;
}

static size_t next_shown(const struct panels *p, size_t group)
{
	while (group < p->arms->ds->nr_groups && !p->shown[group])
		group++;
	return group;
}

/* Without vCPUs, where they are the axis. Caller frees. */
static char *panel_title(const struct panels *p, size_t group, bool sweep)
{
	const struct dataset *ds = p->arms->ds;
	char *label = gp_group_label(ds, group, p->shown), rest[256];
	char *comma = label ? strstr(label, ", ") : NULL;

	if (!sweep || !comma)
		return label;
	gp_split_vcpus(comma + 2, rest, sizeof(rest));
	strcpy(*rest ? comma + 2 : comma, rest);
	return label;
}

/* Two beside each other if their titles fit. */
static int columns_of(const struct panels *p, bool sweep)
{
	size_t g;

	if (p->nr < 2)
		return 1;
	for (g = next_shown(p, 0); g < p->arms->ds->nr_groups; g = next_shown(p, g + 1)) {
		char *title = panel_title(p, g, sweep);
		bool wide = title && strlen(title) * GP_SMALL > GP_WIDTH / 2 - LEFT;

		free(title);
		if (wide)
			return 1;
	}
	return 2;
}

/* @draw puts the axes and the plot of one panel. */
static void put_panels(struct panels *p, struct gp_sheet *s, bool sweep,
		       void (*draw)(struct gp_sheet *s, void *arg, size_t group), void *arg)
{
	const struct dataset *ds = p->arms->ds;
	int columns = columns_of(p, sweep), width = GP_WIDTH / columns, i = 0;
	size_t g = next_shown(p, 0);
	char rest[256];

	s->body = ((int)p->nr + columns - 1) / columns * PANEL_HEIGHT;
	s->params = params_select_in(ds, p->shown, ds->groups[g].params, true);
	if (s->params && sweep) {
		gp_split_vcpus(s->params, rest, sizeof(rest));
		strcpy(s->params, rest);
	}
	s->arms = p->arms;
	s->drawn = p->drawn;
	s->draw = s->draw ? s->draw : "lines";
	gp_sheet_open(s);
	for (; g < ds->nr_groups; g = next_shown(p, g + 1), i++) {
		int left = i % columns * width, top = i / columns * PANEL_HEIGHT;
		char *title = panel_title(p, g, sweep);

		gp_sheet_place(s, left + LEFT, left + width - RIGHT, top + 18,
			       top + PANEL_HEIGHT - BOTTOM);
		fputs("set title ", s->out);
		gp_quote(s->out, "%s", title ? title : "");
		fputs(" font ',9' offset 0, -0.6\n", s->out);
		free(title);
		draw(s, arg, g);
	}
	gp_sheet_close(s);
}

static void put_axes(FILE *out, const char *x, const char *y, const char *unit)
{
	fputs("set tics font ',9' nomirror\nset border 3\n"
	      "set grid xtics ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'\n"
	      "set xlabel ", out);
	gp_quote(out, "%s", x);
	fputs(" font ',9' offset 0, 0.5\nset ylabel ", out);
	gp_quote(out, unit ? "%s [%s]" : "%s", y, unit);
	fputs(" font ',9' offset 0.5, 0\n", out);
}

/* The arm's lines of panel @group, of those that have any. */
static void put_series(struct gp_sheet *s, const struct panels *p, size_t group,
		       const uint64_t *has, const char *draw, bool comma)
{
	size_t i;

	for (i = 0; i < p->arms->nr; i++) {
		if (!(has[group] & gp_bit(i)))
			continue;
		fprintf(s->out, "%s$panel%zu_arm%zu using 1:2 ", comma ? ", \\\n     " : "", group,
			i);
		gp_draw_as(s->out, draw, gp_style(p->arms, i));
		fputs(" notitle", s->out);
		comma = true;
	}
	fputc('\n', s->out);
}

/*
 * Latency by percentile.
 */

#define FIRST_X	2.0	/* the median */
#define LAST_X	10000.0	/* 99.99 % */
#define NARROW	1.02	/* steps of less are not to be seen */

struct faults {
	struct panels p;
	struct hist *h;
	uint64_t *has;			/* [ds->nr_groups] arms that have faults */
	uint64_t (*range)[2];		/* [ds->nr_groups] of the values drawn */
	uint64_t *most;			/* [ds->nr_groups] faults of an arm */
	const char *unit;
	uint64_t bias;
	size_t more;			/* groups that would be drawn if there were room */
};

/* Shown to differ; or it looks so, and is no tail, which always does. */
static bool cell_differs(const struct metric *m, const struct judgement *j)
{
	return verdict_moved(j->verdict) || (j->large && !strstr(m->name, "_p99") &&
					     strcmp(m->name, "fault_max"));
}

static bool differs(const struct gp_arms *arms, size_t group)
{
	const struct table *t = arms->table;
	size_t i, o;

	for (i = 0; t && i < t->nr_rows; i++) {
		const struct metric *m = &t->ds->metrics[t->rows[i].metric];

		if (m->group != group || m->model || strncmp(m->name, "fault_", 6))
			continue;
		for (o = 0; o < t->nr_others; o++)
			if (cell_differs(m, &t->rows[i].others[o].j))
				return true;
	}
	return !t;
}

/*
 * x = 1/(1-p). A bucket's value holds up to the share of faults at or below it; the last one ends
 * at the one fault above all others, x = n.
 */
static void put_spectrum(FILE *out, const struct hist *h, uint64_t range[2])
{
	uint64_t seen = 0, left;
	double x = FIRST_X, end;
	uint32_t i;

	for (i = 0; i < HIST_BUCKETS && x < LAST_X; i++) {
		uint64_t mid = hist_bucket_mid(i);

		seen += h->bucket[i];
		left = h->n - seen;
		if (!h->bucket[i] || 2 * seen < h->n)
			continue;
		end = left ? (double)h->n / (double)left : (double)h->n;
		end = fmin(fmax(end, FIRST_X), LAST_X);
		if (left && end < x * NARROW)
			continue;
		range[0] = mid < range[0] ? mid : range[0];
		range[1] = mid > range[1] ? mid : range[1];
		fprintf(out, "%.4g %" PRIu64 "\n%.4g %" PRIu64 "\n", x, mid, end, mid);
		x = end;
	}
}

static void put_faults(FILE *out, struct faults *f, size_t group)
{
	const struct gp_arms *arms = f->p.arms;
	size_t i;

	f->range[group][0] = UINT64_MAX;
	f->range[group][1] = 1;
	for (i = 0; i < arms->nr; i++) {
		latency_merge(arms->ds, group, arms->arm[i], "fault", f->h, &f->unit, &f->bias);
		if (!f->h->n)
			continue;
		if (f->p.nr == MOST_PANELS) {
			f->more++;
			return;
		}
		f->has[group] |= gp_bit(i);
		f->most[group] = f->h->n > f->most[group] ? f->h->n : f->most[group];
		fprintf(out, "$panel%zu_arm%zu << EOD\n", group, i);
		put_spectrum(out, f->h, f->range[group]);
		fputs("EOD\n", out);
	}
	f->p.shown[group] = f->has[group];
	f->p.drawn |= f->has[group];
	f->p.nr += f->p.shown[group];
}

static void draw_faults(struct gp_sheet *s, void *arg, size_t group)
{
	struct faults *f = arg;
	double last = f->most[group] > 3000 ? LAST_X : f->most[group] > 100 ? 1000 : 100;

	put_axes(s->out, "share of faults that take no longer",
		 strcmp(f->unit, "insn") ? f->unit : "instructions", NULL);
	gp_log_axis(s->out, 'y', (double)f->range[group][0] * 0.8,
		    (double)f->range[group][1] * 1.2);
	fprintf(s->out, "set logscale x 10\nset xrange [%g:%g]\n", FIRST_X, last);
	fputs("set xtics ('50%%' 2, '90%%' 10, '99%%' 100, '99.9%%' 1000, '99.99%%' 10000)\n",
	      s->out);
	put_series(s, &f->p, group, f->has, "lines", gp_sheet_plot(s));
}

static void put_latency(FILE *out, struct faults *f, const char *name, const char *data, size_t len)
{
	const struct dataset *ds = f->p.arms->ds;
	size_t metric = gp_find_metric(ds, next_shown(&f->p, 0), "fault_p50");
	struct gp_sheet s = { .out = out, .name = name };
	char note[256], title[128], more[40] = "";

	snprintf(title, sizeof(title), "Fault latency by percentile%s",
		 f->p.arms->table ? ", cases that differ" : "");
	if (f->more)
		snprintf(more, sizeof(more), "; %zu more differ", f->more);
	snprintf(note, sizeof(note), "as the guest saw it%s; empty measurement of %" PRIu64
		 " %s not taken off%s", metric < ds->nr_metrics && ds->metrics[metric].parted ?
		 ", softtdx and waiting in it" : "", f->bias, f->unit, more);
	s.title = title;
	s.note = note;
	gp_head(out, name);
	fwrite(data, 1, len, out);
	put_panels(&f->p, &s, false, draw_faults, f);
}

bool gp_latency(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	struct faults f = { .unit = "" };
	size_t nr = arms->ds->nr_groups + 1, g, len;
	char *data = NULL;
	FILE *to = open_memstream(&data, &len);
	bool room = open_panels(&f.p, arms) && to;

	(void)case_name;
	f.h = calloc(1, sizeof(*f.h));
	f.has = calloc(nr, sizeof(*f.has));
	f.range = calloc(nr, sizeof(*f.range));
	f.most = calloc(nr, sizeof(*f.most));
	room = room && f.h && f.has && f.range && f.most;
	for (g = 0; room && g < arms->ds->nr_groups; g++)
		if (gp_is_widest(arms->ds, g) && differs(arms, g))
			put_faults(to, &f, g);
	if ((!to || !fclose(to)) && f.p.nr)
		put_latency(out, &f, name, data, len);
	free(f.p.shown);
	free(f.h);
	free(f.has);
	free(f.range);
	free(f.most);
	free(data);
	return f.p.nr;
}

/*
 * A metric against vCPUs.
 */

/* vCPUs of @group if it differs from @first in them alone; else 0. */
static unsigned int in_sweep(const struct dataset *ds, size_t first, size_t group)
{
	const struct group *a = &ds->groups[first], *b = &ds->groups[group];
	char rest_a[256], rest_b[256];
	unsigned int vcpus = gp_split_vcpus(b->params, rest_b, sizeof(rest_b));

	if (strcmp(a->case_name, b->case_name) ||
	    !gp_split_vcpus(a->params, rest_a, sizeof(rest_a)))
		return 0;
	return strcmp(rest_a, rest_b) ? 0 : vcpus;
}

struct sweep {
	const struct metric *m;
	unsigned int least, most;	/* vCPUs */
	double reference;	/* of the first arm at the least */
	struct gp_range y;
};

struct sweeps {
	struct panels p;
	struct sweep *of;	/* [ds->nr_groups] by the first group of each */
	uint64_t *has;
	bool band;		/* some point has an interval that is more than a point */
	bool few;		/* some samples differ, and are too few for one */
	bool parted;
};

/* The 95 % interval of the median over samples, by order statistics. False: there is none. */
static bool median_interval(struct sweeps *s, const struct summary *sum, struct gp_range *out)
{
	struct stats_range range;

	if (stats_quantile_range(sum->sample, sum->n, 0.5, 0.95, &range) || !range.finite) {
		s->few |= !sum->steady;
		return false;
	}
	*out = (struct gp_range){ range.low, range.high };
	s->band |= range.low < range.high;
	return true;
}

/* vCPUs, median over samples, its interval: of no width where there is none. */
static void put_sweep_arm(FILE *out, struct sweeps *s, size_t first, size_t arm)
{
	const struct dataset *ds = s->p.arms->ds;
	struct sweep *w = &s->of[first];
	size_t g;

	fprintf(out, "$panel%zu_arm%zu << EOD\n", first, arm);
	for (g = first; g < ds->nr_groups; g++) {
		unsigned int vcpus = in_sweep(ds, first, g);
		size_t metric = vcpus ? gp_find_metric(ds, g, w->m->name) : ds->nr_metrics;
		struct gp_range band;
		struct summary sum;

		if (metric == ds->nr_metrics ||
		    dataset_summary(ds, metric, s->p.arms->arm[arm], &sum))
			continue;
		if (sum.n) {
			if (!median_interval(s, &sum, &band))
				band = (struct gp_range){ sum.value, sum.value };
			fprintf(out, "%u %.10g %.10g %.10g\n", vcpus, sum.value, band.low,
				band.high);
			gp_range_add(&w->y, band.low);
			gp_range_add(&w->y, band.high);
			s->has[first] |= gp_bit(arm);
			if (vcpus == w->least && isnan(w->reference))
				w->reference = sum.value;
		}
		summary_clear(&sum);
	}
	fputs("EOD\n", out);
}

/* Are there several numbers of vCPUs, and is @group the first of them? */
static bool find_sweep(const struct dataset *ds, size_t group, struct sweep *w)
{
	size_t metric = gp_first_metric(ds, group, gp_main_metrics), g, points = 0;

	if (metric == ds->nr_metrics)
		return false;
	*w = (struct sweep){ .m = &ds->metrics[metric], .least = UINT32_MAX, .reference = NAN,
			     .y = { INFINITY, -INFINITY } };
	for (g = 0; g < ds->nr_groups; g++) {
		unsigned int vcpus = in_sweep(ds, group, g);

		if (!vcpus || gp_find_metric(ds, g, w->m->name) == ds->nr_metrics)
			continue;
		if (g < group)
			return false;
		points++;
		w->least = vcpus < w->least ? vcpus : w->least;
		w->most = vcpus > w->most ? vcpus : w->most;
	}
	return points > 1;
}

static void put_sweep(FILE *out, struct sweeps *s, size_t group)
{
	const struct dataset *ds = s->p.arms->ds;
	struct sweep *w = &s->of[group];
	size_t i;

	for (i = 0; i < s->p.arms->nr; i++)
		put_sweep_arm(out, s, group, i);
	if (!s->has[group])
		return;
	fprintf(out, "$ideal%zu << EOD\n%u %.10g\n%u %.10g\nEOD\n", group, w->least, w->reference,
		w->most, w->reference);
	s->p.shown[group] = true;
	s->p.nr++;
	s->p.drawn |= s->has[group];
	s->parted |= ds->metrics[w->m - ds->metrics].parted;
}

static void put_vcpu_axis(FILE *out, const struct dataset *ds, size_t first, const struct sweep *w)
{
	const char *comma = "";
	size_t g;

	fprintf(out, "set xrange [%.6g:%.6g]\nset xtics (", w->least - 0.3, w->most + 0.3);
	for (g = first; g < ds->nr_groups; g++) {
		unsigned int vcpus = in_sweep(ds, first, g);

		if (vcpus) {
			fprintf(out, "%s'%u' %u", comma, vcpus, vcpus);
			comma = ", ";
		}
	}
	fputs(")\n", out);
}

static void draw_sweep(struct gp_sheet *s, void *arg, size_t group)
{
	struct sweeps *all = arg;
	const struct sweep *w = &all->of[group];
	bool comma;
	size_t i;

	put_axes(s->out, "vCPUs", w->m->name, w->m->unit);
	put_vcpu_axis(s->out, all->p.arms->ds, group, w);
	gp_range_put(s->out, 'y', &w->y, true);
	comma = gp_sheet_plot(s);
	fprintf(s->out, "%s$ideal%zu using 1:2 with lines linewidth 1.5 dashtype (6,6) linecolor rgb "
		"'#606060' notitle", comma ? ", \\\n     " : "", group);
	for (i = 0; all->band && i < all->p.arms->nr; i++)
		if (all->has[group] & gp_bit(i))
			fprintf(s->out, ", \\\n     $panel%zu_arm%zu using 1:3:4 with filledcurves "
				"fillcolor rgb '%s' fillstyle transparent solid 0.25 noborder "
				"notitle", group, i, gp_style(all->p.arms, i).colour);
	put_series(s, &all->p, group, all->has, "linespoints", true);
}

static void put_scaling(FILE *out, struct sweeps *all, const char *name, const char *data,
			size_t len)
{
	char note[256];
	struct gp_sheet s = { .out = out, .name = name, .title = "Scaling with vCPUs",
			      .note = note, .draw = "linespoints" };

	snprintf(note, sizeof(note), "%sdashed: vCPUs cost nothing%s",
		 all->band ? "medians, bands: 95% intervals; " :
		 all->few  ? "medians, an interval takes 6 samples; " : "",
		 all->parted ? "; the kernel's part where told" : "");
	gp_head(out, name);
	fwrite(data, 1, len, out);
	put_panels(&all->p, &s, true, draw_sweep, all);
}

bool gp_scaling(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	struct sweeps s = { .of = calloc(arms->ds->nr_groups + 1, sizeof(*s.of)),
			    .has = calloc(arms->ds->nr_groups + 1, sizeof(*s.has)) };
	size_t g, len;
	char *data = NULL;
	FILE *to = open_memstream(&data, &len);
	bool room = open_panels(&s.p, arms) && to && s.of && s.has;

	(void)case_name;
	for (g = 0; room && g < arms->ds->nr_groups; g++)
		if (find_sweep(arms->ds, g, &s.of[g]))
			put_sweep(to, &s, g);
	if ((!to || !fclose(to)) && s.p.nr)
		put_scaling(out, &s, name, data, len);
	free(s.p.shown);
	free(s.of);
	free(s.has);
	free(data);
	return s.p.nr;
}

/*
 * Block by block.
 */

struct strips {
	struct panels p;
	uint64_t *has;
	struct gp_range *y;
	unsigned int most;	/* samples of an arm */
};

static unsigned int place_of(const struct summary *s, uint64_t id)
{
	unsigned int i;

	for (i = 0; i + 1 < s->n && s->id[i] != id;)
		i++;
	return i;
}

/* Arms stand beside each other within a sample, blocks in their order within their arm. */
static void put_strip_arm(FILE *out, struct strips *s, size_t group, size_t metric, size_t arm)
{
	const struct dataset *ds = s->p.arms->ds;
	double width = 0.8 / (double)s->p.arms->nr, left = -0.4 + width * (double)arm;
	const struct arm *a = &ds->arms[s->p.arms->arm[arm]];
	struct summary sum;
	size_t i;

	if (dataset_summary(ds, metric, s->p.arms->arm[arm], &sum))
		return;
	fprintf(out, "$panel%zu_arm%zu << EOD\n", group, arm);
	for (i = 0; i < ds->nr_obs; i++) {
		const struct obs *o = &ds->obs[i];
		double x;

		if (o->metric != metric || o->arm != s->p.arms->arm[arm])
			continue;
		x = place_of(&sum, a->by_seed ? o->seed : o->boot) + left +
		    width * (0.5 + 0.1 * (double)(o->block % 5));
		fprintf(out, "%.4g %.10g\n", x, o->v);
		gp_range_add(&s->y[group], o->v);
		s->has[group] |= gp_bit(arm);
	}
	fputs("EOD\n", out);
	s->most = sum.n > s->most ? sum.n : s->most;
	summary_clear(&sum);
}

static void draw_strip(struct gp_sheet *s, void *arg, size_t group)
{
	struct strips *all = arg;
	const struct dataset *ds = all->p.arms->ds;
	const struct metric *m = &ds->metrics[gp_first_metric(ds, group, gp_main_metrics)];

	put_axes(s->out, dataset_unit_name(&ds->arms[all->p.arms->arm[0]], 2), m->name, m->unit);
	fprintf(s->out, "unset xtics\nset xrange [-0.5:%g]\n", all->most - 0.5);
	gp_range_put(s->out, 'y', &all->y[group], false);
	put_series(s, &all->p, group, all->has, "points", gp_sheet_plot(s));
}

bool gp_blocks(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name)
{
	const struct dataset *ds = arms->ds;
	struct strips s = { .has = calloc(ds->nr_groups + 1, sizeof(*s.has)),
			    .y = calloc(ds->nr_groups + 1, sizeof(*s.y)) };
	struct gp_sheet sheet = { .out = out, .name = name, .title = "Every block",
				  .draw = "points",
				  .note = "a point per block; the axes do not start at 0" };
	size_t g, i, metric, len;
	char *data = NULL;
	FILE *to = open_memstream(&data, &len);
	bool room = open_panels(&s.p, arms) && to && s.has && s.y;

	(void)case_name;
	for (g = 0; room && g < ds->nr_groups; g++) {
		metric = gp_first_metric(ds, g, gp_main_metrics);
		s.y[g] = (struct gp_range){ INFINITY, -INFINITY };
		for (i = 0; metric < ds->nr_metrics && i < arms->nr; i++)
			put_strip_arm(to, &s, g, metric, i);
		s.p.shown[g] = s.has[g];
		s.p.nr += s.p.shown[g];
		s.p.drawn |= s.has[g];
	}
	if ((!to || !fclose(to)) && s.p.nr) {
		gp_head(out, name);
		fwrite(data, 1, len, out);
		put_panels(&s.p, &sheet, false, draw_strip, &s);
	}
	free(s.p.shown);
	free(s.has);
	free(s.y);
	free(data);
	return s.p.nr;
}
