// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures of how long a fault takes: percentile spectrum, CDF and CCDF.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gp_internal.h"
#include "gp_faults.h"

struct faults {
	struct hist *h;		/* of the arm last merged */
	uint64_t *n;		/* [arms->nr] */
	uint64_t most, bias;
	uint64_t range[2];	/* of the values drawn */
	const char *unit;
};

static bool faults_open(struct faults *f, const struct gp_arms *arms)
{
	*f = (struct faults){ .range = { UINT64_MAX, 1 } };
	f->h = calloc(1, sizeof(*f->h));
	f->n = calloc(arms->nr + 1, sizeof(*f->n));
	return f->h && f->n;
}

static void faults_close(struct faults *f)
{
	free(f->h);
	free(f->n);
}

static void see(struct faults *f, uint64_t v)
{
	f->range[0] = v < f->range[0] ? v : f->range[0];
	f->range[1] = v > f->range[1] ? v : f->range[1];
}

/* Writes data block $armN of every arm that has faults in the group. */
static void put_arms(FILE *out, const struct gp_arms *arms, size_t group, const char *name,
		     struct faults *f, void (*put)(FILE *out, struct faults *f))
{
	size_t i;

	for (i = 0; i < arms->nr; i++) {
		gp_faults_merge(arms->ds, arms->arm[i], group, f->h, &f->unit, &f->bias);
		f->n[i] = f->h->n;
		if (!f->h->n)
			continue;
		if (!f->most)
			gp_head(out, name);
		fprintf(out, "$arm%zu << EOD\n", i);
		put(out, f);
		fputs("EOD\n", out);
		f->most = f->h->n > f->most ? f->h->n : f->most;
	}
}

static void put_latency_axis(FILE *out, char axis, const char *unit, double low, double high)
{
	fprintf(out, "set %clabel ", axis);
	gp_quote(out, "%s per fault", strcmp(unit, "insn") ? unit : "instructions");
	fputc('\n', out);
	gp_log_axis(out, axis, low, high);
}

static void put_key(FILE *out, const struct gp_arms *arms, const struct faults *f, size_t arm)
{
	unsigned int boots = arms->ds->arms[arms->arm[arm]].boots;

	gp_quote(out, "%s (n = %" PRIu64 " faults, %u boot%s)", arms->label[arm], f->n[arm], boots,
		 boots == 1 ? "" : "s");
}

static void put_lines(FILE *out, const struct gp_arms *arms, const struct faults *f,
		      const char *draw, bool key)
{
	const char *comma = "";
	size_t i;

	fputs("plot", out);
	for (i = 0; i < arms->nr; i++) {
		struct gp_style style = gp_style(arms, i);

		if (!f->n[i])
			continue;
		fprintf(out, "%s $arm%zu %s linewidth 2 dashtype %s linecolor rgb '%s' ", comma, i,
			draw, style.dashes, style.colour);
		fputs(key ? "title " : "notitle", out);
		if (key)
			put_key(out, arms, f, i);
		comma = ", \\\n    ";
	}
	fputc('\n', out);
}

static void put_bias_caption(FILE *out, const struct gp_arms *arms, const struct faults *f,
			     int height)
{
	char note[96];

	snprintf(note, sizeof(note), "empty measurement of %" PRIu64 " %s not taken off", f->bias,
		 f->unit);
	gp_caption(out, arms, note, height);
}

/*
 * Percentile spectrum.
 */

#define FIRST_X	2.0	/* the median */
#define LAST_X	10000.0	/* 99.99 % */

/*
 * x = 1/(1-p). A bucket's value holds up to the share of faults at or below it; the last one ends
 * at the one fault above all others, x = n.
 */
static void put_spectrum(FILE *out, struct faults *f)
{
	const struct hist *h = f->h;
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
		see(f, mid);
		fprintf(out, "%.6g %" PRIu64 "\n%.6g %" PRIu64 "\n", x, mid, end, mid);
		x = end;
	}
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

bool gp_spectrum(FILE *out, const struct gp_arms *arms, size_t group, const char *name)
{
	struct faults f;

	if (faults_open(&f, arms))
		put_arms(out, arms, group, name, &f, put_spectrum);
	if (f.most) {
		gp_title(out, arms, group, "Fault latency, percentiles");
		/* The key stands above the lines. */
		put_latency_axis(out, 'y', f.unit, (double)f.range[0] * 0.8,
				 (double)f.range[1] * 2);
		put_percentile_axis(out, f.most);
		gp_grid(out);
		fputs("set key top left reverse Left samplen 4\nset bmargin at screen 0.23\n"
		      "set rmargin 5\n",
		      out);
		put_bias_caption(out, arms, &f, 520);
		gp_terminals(out, name, 800, 520);
		put_lines(out, arms, &f, "using 1:2 with lines", true);
		gp_end(out);
	}
	faults_close(&f);
	return f.most;
}

/*
 * CDF and CCDF.
 */

/* Value, share at or below it, share above it: what steps upwards there. */
static void put_shares(FILE *out, struct faults *f)
{
	const struct hist *h = f->h;
	uint64_t seen = 0;
	uint32_t i;

	for (i = 0; i < HIST_BUCKETS; i++) {
		uint64_t mid = hist_bucket_mid(i);

		if (!h->bucket[i])
			continue;
		if (!seen)
			fprintf(out, "%" PRIu64 " 0 1\n", mid);
		seen += h->bucket[i];
		see(f, mid);
		fprintf(out, "%" PRIu64 " %.6g ", mid, (double)seen / (double)h->n);
		/* The largest has nothing above it: a line to the foot of a logarithmic axis. */
		fprintf(out, "%.6g\n", seen < h->n ? (double)(h->n - seen) / (double)h->n : 1e-12);
	}
}

static void put_share_panels(FILE *out, const struct gp_arms *arms, const struct faults *f)
{
	fputs("set multiplot\n"
	      "set key at screen 0.5, screen 0.265 center top vertical maxrows 3 reverse Left "
	      "samplen 4\n"
	      "set lmargin at screen 0.075\nset rmargin at screen 0.485\n"
	      "unset logscale y\nset yrange [0:1.02]\n"
	      "set ytics ('0' 0, '25%%' 0.25, '50%%' 0.5, '75%%' 0.75, '90%%' 0.9, '100%%' 1)\n"
	      "set title 'CDF: share that takes no longer'\n",
	      out);
	put_lines(out, arms, f, "using 1:2 with steps", true);
	fputs("unset label\nunset key\n"
	      "set lmargin at screen 0.575\nset rmargin at screen 0.985\n",
	      out);
	fprintf(out, "set yrange [%.3g:1.3]\nset logscale y 10\n", 0.6 / (double)f->most);
	fputs("set ytics ('100%%' 1, '10%%' 0.1, '1%%' 0.01, '0.1%%' 1e-3, '0.01%%' 1e-4, "
	      "'1 in 10^5' 1e-5, '1 in 10^6' 1e-6)\n"
	      "set title 'CCDF: share that takes longer'\n",
	      out);
	put_lines(out, arms, f, "using 1:3 with steps", false);
	fputs("unset multiplot\n", out);
}

bool gp_cdf(FILE *out, const struct gp_arms *arms, size_t group, const char *name)
{
	const struct group *g = &arms->ds->groups[group];
	struct faults f;

	if (faults_open(&f, arms))
		put_arms(out, arms, group, name, &f, put_shares);
	if (f.most) {
		put_latency_axis(out, 'x', f.unit, (double)f.range[0] * 0.9,
				 (double)f.range[1] * 1.1);
		gp_grid(out);
		fputs("set tmargin at screen 0.87\nset bmargin at screen 0.40\n", out);
		gp_terminals(out, name, 960, 520);
		put_bias_caption(out, arms, &f, 520);
		fputs("set label 4 ", out);
		gp_quote(out, "Fault latency: %s, %s", g->case_name, g->params);
		fputs(" at screen 0.5, screen 0.965 center font ',13'\n", out);
		put_share_panels(out, arms, &f);
		gp_end(out);
	}
	faults_close(&f);
	return f.most;
}
