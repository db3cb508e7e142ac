// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The main metric of a case: against vCPUs, and block by block.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gp_internal.h"
#include "params.h"
#include "stats.h"

/* What a case is about, the first that it has. Rates come before costs: they can scale. */
static const char *const main_metrics[] = {
	"faults_per_s",	   "zap_pages_per_s", "zap_pages_per_minsn",
	"insn_per_fault", "fault_insn_p50",  "fault_ns_p50",
	NULL,
};

/*
 * Against vCPUs.
 */

/* The number after "vcpus=" in @params, 0 if there is none; @rest: all of @params but that. */
static unsigned int split_vcpus(const char *params, char *rest, size_t size)
{
	unsigned int vcpus = 0;
	size_t len, used = 0;

	for (*rest = '\0'; *params; params += len + (params[len] == ' ')) {
		len = strcspn(params, " ");
		if (!strncmp(params, "vcpus=", 6))
			vcpus = (unsigned int)strtoul(params + 6, NULL, 10);
		else if (used + len + 2 < size)
			used += (size_t)snprintf(rest + used, size - used, "%s%.*s",
						 used ? " " : "", (int)len, params);
	}
	return vcpus;
}

/* vCPUs of @group if it differs from @first in them alone; else 0. */
static unsigned int in_sweep(const struct gp_arms *arms, size_t first, size_t group)
{
	const struct group *a = &arms->ds->groups[first], *b = &arms->ds->groups[group];
	char rest_a[256], rest_b[256];
	unsigned int vcpus = split_vcpus(b->params, rest_b, sizeof(rest_b));

	if (strcmp(a->case_name, b->case_name) || !split_vcpus(a->params, rest_a, sizeof(rest_a)))
		return 0;
	return strcmp(rest_a, rest_b) ? 0 : vcpus;
}

struct sweep {
	const struct gp_arms *arms;
	size_t first;		/* group */
	const struct metric *m;
	unsigned int least, most, points;	/* vCPUs; numbers of them */
	double reference;	/* of the first arm at @least */
	bool band;		/* some point has an interval that is more than a point */
	bool few;		/* some boots differ, and are too few for one */
	uint64_t drawn;		/* bit i: arm i has points; arms from 64 on are not drawn */
	struct gp_range y;
};

/* The 95 % interval of the median over boots, by order statistics. False: there is none. */
static bool median_interval(struct sweep *s, const struct summary *sum, struct gp_range *out)
{
	struct stats_range range;
	unsigned int i;

	if (stats_quantile_range(sum->sample, sum->n, 0.5, 0.95, &range) || !range.finite) {
		for (i = 1; i < sum->n; i++)
			s->few |= sum->sample[i] != sum->sample[0];
		return false;
	}
	*out = (struct gp_range){ range.low, range.high };
	s->band |= range.low < range.high;
	return true;
}

/* vCPUs, median over boots, its interval: of no width where there is none. */
static void put_sweep_arm(FILE *out, struct sweep *s, size_t arm)
{
	const struct dataset *ds = s->arms->ds;
	size_t g;

	fprintf(out, "$arm%zu << EOD\n", arm);
	for (g = s->first; g < ds->nr_groups; g++) {
		unsigned int vcpus = in_sweep(s->arms, s->first, g);
		size_t metric = vcpus ? gp_find_metric(ds, g, s->m->name) : ds->nr_metrics;
		struct gp_range band;
		struct summary sum;

		if (metric == ds->nr_metrics ||
		    dataset_summary(ds, metric, s->arms->arm[arm], &sum))
			continue;
		if (sum.n) {
			if (!median_interval(s, &sum, &band))
				band = (struct gp_range){ sum.value, sum.value };
			fprintf(out, "%u %.16g %.16g %.16g\n", vcpus, sum.value, band.low,
				band.high);
			gp_range_add(&s->y, band.low);
			gp_range_add(&s->y, band.high);
			s->drawn |= gp_bit(arm);
			if (vcpus == s->least && isnan(s->reference))
				s->reference = sum.value;
		}
		summary_clear(&sum);
	}
	fputs("EOD\n", out);
}

static bool find_sweep(struct sweep *s)
{
	const struct dataset *ds = s->arms->ds;
	size_t metric = gp_first_metric(ds, s->first, main_metrics), g;

	if (metric == ds->nr_metrics)
		return false;
	s->m = &ds->metrics[metric];
	s->least = UINT32_MAX;
	for (g = 0; g < ds->nr_groups; g++) {
		unsigned int vcpus = in_sweep(s->arms, s->first, g);

		if (!vcpus || gp_find_metric(ds, g, s->m->name) == ds->nr_metrics)
			continue;
		if (g < s->first)
			return false;	/* this sweep was drawn with its first group */
		s->points++;
		s->least = vcpus < s->least ? vcpus : s->least;
		s->most = vcpus > s->most ? vcpus : s->most;
	}
	return s->points > 1;
}

static void put_vcpu_axis(FILE *out, const struct sweep *s)
{
	const char *comma = "";
	size_t g;

	fprintf(out, "set xlabel 'vCPUs'\nset xrange [%.6g:%.6g]\nset xtics (", s->least - 0.3,
		s->most + 0.3);
	for (g = s->first; g < s->arms->ds->nr_groups; g++) {
		unsigned int vcpus = in_sweep(s->arms, s->first, g);

		if (vcpus) {
			fprintf(out, "%s'%u' %u", comma, vcpus, vcpus);
			comma = ", ";
		}
	}
	fputs(")\n", out);
}

/*
 * What the vCPUs do themselves rises in proportion to them, at best; a cost, or what one thread of
 * the host does, stays what it is.
 */
static bool is_work_of_vcpus(const struct metric *m)
{
	return !strcmp(m->name, "faults_per_s");
}

static void put_reference(FILE *out, struct sweep *s)
{
	double scale = is_work_of_vcpus(s->m) ? (double)s->most / s->least : 1;
	double end = scale * s->reference;

	fprintf(out, "$ideal << EOD\n%u %.16g\n%u %.16g\nEOD\n", s->least, s->reference, s->most,
		end);
	gp_range_add(&s->y, end);
}

static void put_sweep_plot(FILE *out, const struct sweep *s)
{
	size_t i;

	fprintf(out, "plot $ideal using 1:2 with lines linewidth 1.5 dashtype (6,6) linecolor rgb "
		"'#606060' title '%s'", is_work_of_vcpus(s->m) ? "linear in vCPUs" :
							       "vCPUs cost nothing");
	for (i = 0; s->band && i < s->arms->nr; i++)
		if (s->drawn & gp_bit(i))
			fprintf(out, ", \\\n     $arm%zu using 1:3:4 with filledcurves fillcolor "
				"rgb '%s' fillstyle transparent solid 0.25 noborder notitle", i,
				gp_style(s->arms, i).colour);
	for (i = 0; i < s->arms->nr; i++) {
		struct gp_style style = gp_style(s->arms, i);

		if (!(s->drawn & gp_bit(i)))
			continue;
		fprintf(out, ", \\\n     $arm%zu using 1:2 with linespoints linewidth 2 dashtype "
			"%s pointtype %d pointsize 1.2 linecolor rgb '%s' title ", i, style.dashes,
			style.point, style.colour);
		gp_quote(out, "%s", s->arms->label[i]);
	}
	fputc('\n', out);
}

static void put_sweep_axes(FILE *out, const struct sweep *s)
{
	char rest[256];

	split_vcpus(s->arms->ds->groups[s->first].params, rest, sizeof(rest));
	fputs("set title ", out);
	gp_quote(out, "Scaling: %s, %s", s->arms->ds->groups[s->first].case_name, rest);
	fputs("\nset ylabel ", out);
	gp_quote(out, "%s [%s] (%s is better)", s->m->name, s->m->unit,
		 s->m->better == RECORD_HIGHER ? "higher" : "lower");
	fputc('\n', out);
	put_vcpu_axis(out, s);
	gp_range_put(out, 'y', &s->y, true);
	gp_grid(out);
	fputs("set key outside right top reverse Left samplen 4\nset bmargin at screen 0.23\n",
	      out);
}

bool gp_scaling(FILE *out, const struct gp_arms *arms, size_t group, const char *name)
{
	struct sweep s = { .arms = arms, .first = group, .reference = NAN,
			   .y = { INFINITY, -INFINITY } };
	char note[160];
	size_t i;

	if (!find_sweep(&s))
		return false;
	gp_head(out, name);
	for (i = 0; i < arms->nr; i++)
		put_sweep_arm(out, &s, i);
	put_reference(out, &s);
	put_sweep_axes(out, &s);
	gp_boots(arms, note, 32);
	strcat(note, s.band && s.few
			     ? " (line: median, band: its 95% interval, where there are 6 boots)"
		     : s.band ? " (line: median, band: its 95% interval)"
		     : s.few  ? " (line: median; an interval takes 6 boots)"
			      : ", all the same: no band");
	gp_caption(out, arms, note, 520);
	gp_terminals(out, name, 800, 520);
	put_sweep_plot(out, &s);
	gp_end(out);
	return true;
}

/*
 * Block by block.
 */

struct strip {
	const struct gp_arms *arms;
	size_t metric;
	struct gp_range x, y;
	uint64_t drawn;		/* as in struct sweep */
	bool many;		/* some boot of some arm has two blocks, or some arm two boots */
};

/* Arms stand beside each other within a boot, blocks in their order within their arm. */
static void put_strip_arm(FILE *out, struct strip *s, size_t arm)
{
	const struct dataset *ds = s->arms->ds;
	double width = 0.8 / (double)s->arms->nr, left = -0.4 + width * (double)arm;
	unsigned int last = 1;
	size_t i, nr = 0;

	for (i = 0; i < ds->nr_obs; i++)
		if (ds->obs[i].metric == s->metric && ds->obs[i].arm == s->arms->arm[arm])
			last = ds->obs[i].block > last ? ds->obs[i].block : last;
	fprintf(out, "$arm%zu << EOD\n", arm);
	for (i = 0; i < ds->nr_obs; i++) {
		const struct obs *o = &ds->obs[i];
		double x;

		if (o->metric != s->metric || o->arm != s->arms->arm[arm])
			continue;
		x = o->boot + left + width * (0.1 + 0.8 * (o->block + 0.5) / (last + 1));
		fprintf(out, "%.6g %.16g\n", x, o->v);
		gp_range_add(&s->x, o->boot);
		gp_range_add(&s->y, o->v);
		nr++;
	}
	fputs("EOD\n", out);
	s->many |= nr > 1;
	s->drawn |= nr ? gp_bit(arm) : 0;
}

static void put_strip_axes(FILE *out, const struct strip *s, size_t group)
{
	const struct metric *m = &s->arms->ds->metrics[s->metric];
	unsigned int boot;

	gp_title(out, s->arms, group, "Every block");
	fputs("set ylabel ", out);
	gp_quote(out, "%s [%s]", m->name, m->unit);
	fprintf(out, "\nset xlabel 'boot (blocks from left to right)'\nset xrange [%.6g:%.6g]\n",
		s->x.low - 0.5, s->x.high + 0.5);
	fputs("set xtics (", out);
	for (boot = (unsigned int)s->x.low; boot <= (unsigned int)s->x.high; boot++)
		fprintf(out, "%s'%u' %u", boot > s->x.low ? ", " : "", boot, boot);
	fputs(") scale 0\n", out);
	gp_range_put(out, 'y', &s->y, false);
	fputs("set grid ytics linewidth 1 dashtype solid linecolor rgb '#d8d8d8'\n"
	      "set key outside right top reverse Left\nset bmargin at screen 0.23\n",
	      out);
	for (boot = (unsigned int)s->x.low; boot < (unsigned int)s->x.high; boot++)
		fprintf(out, "set arrow from %.1f, graph 0 to %.1f, graph 1 nohead back linecolor "
			"rgb '#d8d8d8'\n", boot + 0.5, boot + 0.5);
}

static void put_strip_plot(FILE *out, const struct strip *s)
{
	const char *comma = "";
	size_t i;

	fputs("plot", out);
	for (i = 0; i < s->arms->nr; i++) {
		struct gp_style style = gp_style(s->arms, i);

		if (!(s->drawn & gp_bit(i)))
			continue;
		fprintf(out, "%s $arm%zu using 1:2 with points pointtype %d pointsize 1.1 "
			"linecolor rgb '%s' title ", comma, i, style.point, style.colour);
		gp_quote(out, "%s", s->arms->label[i]);
		comma = ", \\\n    ";
	}
	fputc('\n', out);
}

bool gp_strip(FILE *out, const struct gp_arms *arms, size_t group, const char *name)
{
	struct strip s = { .arms = arms, .metric = gp_first_metric(arms->ds, group, main_metrics),
			   .x = { INFINITY, -INFINITY }, .y = { INFINITY, -INFINITY } };
	size_t i, len;
	char *text = NULL, note[128];
	FILE *data = s.metric < arms->ds->nr_metrics ? open_memstream(&text, &len) : NULL;

	for (i = 0; data && i < arms->nr; i++)
		put_strip_arm(data, &s, i);
	if (data && fclose(data))
		s.many = false;
	if (s.many) {
		gp_head(out, name);
		fwrite(text, 1, len, out);
		put_strip_axes(out, &s, group);
		gp_boots(arms, note, 32);
		strcat(note, ", a point per block; the axis does not start at 0");
		gp_caption(out, arms, note, 520);
		gp_terminals(out, name, 800, 520);
		put_strip_plot(out, &s);
		gp_end(out);
	}
	free(text);
	return s.many;
}
