// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pictures for a mail: plain ASCII, 72 columns at most.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define COLUMNS		72
#define NAME_WIDTH	23
#define BAR_WIDTH	36
#define SHAPE_WIDTH	44

static void put_line(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One line, cut at 72 columns; what is not ASCII becomes a question mark. */
static void put_line(FILE *out, const char *fmt, ...)
{
	char line[COLUMNS + 1], *p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (p = line; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	/* No blanks at the end: mail programs take them for flowed text. */
	while (p > line && p[-1] == ' ')
		*--p = '\0';
	fprintf(out, "%s\n", line);
}

static void put_bar(FILE *out, const char *label, double v, double most)
{
	char bar[BAR_WIDTH + 1] = "", value[NUMBER_LEN];
	int len = most > 0 ? (int)lround(v / most * BAR_WIDTH) : 0;

	/* A bar that is not nothing can be seen. */
	if (v > 0 && len < 1)
		len = 1;
	memset(bar, '#', (size_t)(len > 0 ? len : 0));
	put_line(out, " %-*.*s |%-*s %s", NAME_WIDTH, NAME_WIDTH, label, BAR_WIDTH, bar,
		 number_value(value, v, 8));
}

/* Bars of one metric of a group, from 0, a line per arm. */
static int put_metric(const struct plot_set *s, size_t metric, FILE *out)
{
	const struct metric *m = &s->ds->metrics[metric];
	size_t nr = s->ds->nr_arms, i;
	double *v = calloc(nr + 1, sizeof(*v)), most = 0;
	int err = v ? 0 : -ENOMEM;

	for (i = 0; i < nr && !err; i++) {
		struct summary sum;

		err = dataset_summary(s->ds, metric, s->order[i], &sum);
		v[i] = !err && sum.n ? sum.value : NAN;
		most = fmax(most, isnan(v[i]) ? 0 : v[i]);
		summary_clear(&sum);
	}
	if (!err)
		put_line(out, "%s [%s]%s", m->name, m->unit,
			 m->better == RECORD_HIGHER ? ", higher is better" :
			 m->better == RECORD_LOWER  ? ", lower is better" : "");
	for (i = 0; i < nr && !err; i++)
		if (!isnan(v[i]))
			put_bar(out, s->labels[i], v[i], most);
	free(v);
	return err;
}

static int put_bars(const struct plot_set *s, size_t group, FILE *out)
{
	static const char *const names[] = { "zap_per_page", "zap_free_per_page", "guest_stall",
					     "tracks_per_page", "fault_mean" };
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && !err; i++) {
		size_t metric = gp_find_metric(s->ds, group, names[i]);

		if (metric < s->ds->nr_metrics)
			err = put_metric(s, metric, out);
	}
	return err;
}

/* Median over the boots; "-": the smallest boot has too few faults for it. */
static int put_percentiles(const struct plot_set *s, size_t group, size_t arm, FILE *out)
{
	static const uint32_t ppm[] = { 500000, 900000, 990000, 999000 };
	char text[4][NUMBER_LEN], most[NUMBER_LEN];
	struct latency_point point;
	struct latency l;
	uint64_t max = 0;
	unsigned int i;
	int err = latency_collect(s->ds, group, s->order[arm], "fault", &l);

	for (i = 0; i < 4 && !err; i++) {
		err = latency_percentile(&l, ppm[i], &point);
		number_value(text[i], point.trust == LATENCY_FEW_SAMPLES ? NAN : point.value, 8);
	}
	for (i = 0; i < l.boots && !err; i++)
		max = l.boot[i].max > max ? l.boot[i].max : max;
	if (!err)
		put_line(out, " %-*.*s %8s %8s %8s %8s %8s", NAME_WIDTH, NAME_WIDTH,
			 s->labels[arm], text[0], text[1], text[2], text[3],
			 number_value(most, (double)(max > l.bias ? max - l.bias : 0), 8));
	latency_clear(&l);
	return err;
}

/*
 * How many faults where, on a logarithmic axis that all arms share: the darker, the more, also
 * logarithmic, so that a single one can be seen.
 */
static void put_shape(const char *label, const struct hist *h, double low, double high, FILE *out)
{
	static const char ramp[] = ".:-=+*#@";
	uint64_t cell[SHAPE_WIDTH] = { 0 }, most = 1;
	char shape[SHAPE_WIDTH + 1];
	uint32_t i;

	for (i = 0; i < HIST_BUCKETS; i++) {
		double at = log((double)hist_bucket_mid(i) / low) / log(high / low);
		size_t c = (size_t)fmin(fmax(at, 0) * SHAPE_WIDTH, SHAPE_WIDTH - 1);

		if (h->bucket[i])
			cell[c] += h->bucket[i];
	}
	for (i = 0; i < SHAPE_WIDTH; i++)
		most = cell[i] > most ? cell[i] : most;
	for (i = 0; i < SHAPE_WIDTH; i++)
		shape[i] = cell[i] ? ramp[(size_t)(log((double)cell[i]) / log((double)most + 1) *
						   (double)(sizeof(ramp) - 1))] : ' ';
	shape[SHAPE_WIDTH] = '\0';
	put_line(out, " %-*.*s |%s|", NAME_WIDTH, NAME_WIDTH, label, shape);
}

struct latencies {
	const struct plot_set *s;
	size_t group;
	struct hist *h;
	const char *unit;
	uint64_t bias, most;
	double low, high;
};

static bool merge(struct latencies *l, size_t arm)
{
	latency_merge(l->s->ds, l->group, l->s->order[arm], "fault", l->h, &l->unit, &l->bias);
	if (!l->h->n)
		return false;
	l->most = l->h->n > l->most ? l->h->n : l->most;
	l->low = fmin(l->low, fmax((double)l->h->min, 1));
	l->high = fmax(l->high, (double)l->h->max + 1);
	return true;
}

static int put_latency(const struct plot_set *s, size_t group, FILE *out)
{
	struct latencies l = { .s = s, .group = group, .h = calloc(1, sizeof(*l.h)),
			       .low = INFINITY, .high = 2 };
	char low[NUMBER_LEN], high[NUMBER_LEN];
	size_t i;
	int err = 0;

	for (i = 0; l.h && i < s->ds->nr_arms; i++)
		merge(&l, i);
	if (!l.most) {
		free(l.h);
		return l.h ? 0 : -ENOMEM;
	}
	put_line(out, "%-*s %8s %8s %8s %8s %8s", NAME_WIDTH + 1, "fault latency", "p50", "p90",
		 "p99", "p99.9", "max");
	for (i = 0; i < s->ds->nr_arms && !err; i++)
		if (merge(&l, i))
			err = put_percentiles(s, group, i, out);
	put_line(out, " [%s], n up to %" PRIu64 "; -: n too small; empty measurement %" PRIu64
		 " taken off", l.unit, l.most, l.bias);
	put_line(out, "where they lie, %s .. %s as measured, logarithmic, darker is more",
		 number_value(low, l.low, 8), number_value(high, l.high - 1, 8));
	for (i = 0; i < s->ds->nr_arms; i++)
		if (merge(&l, i))
			put_shape(s->labels[i], l.h, l.low, l.high, out);
	free(l.h);
	return err;
}

static void put_foot(const struct plot_set *s, FILE *out)
{
	const struct gp_arms arms = { .ds = s->ds, .arm = s->order, .nr = s->ds->nr_arms };
	char *sample = gp_sample(&arms);
	const struct record_file *f = s->ds->arms[s->order[0]].file;
	int len;
	const char *qemu = provenance_qemu(f, &len);

	put_line(out, "%s, medians; substrate %s, clock %s", sample ? sample : "n unknown",
		 f->run.substrate, f->run.clock);
	free(sample);
	put_line(out, "kernel %s (%s), QEMU %.*s (%s)", record_env(f, "kernel", "unknown"),
		 f->run.flavour, len, qemu, record_env(f, "accel", "unknown"));
	put_line(out, "host %s, %s CPUs", record_env(f, "cpu", "unknown"),
		 record_env(f, "host_cpus", "?"));
	if (*gp_caveat(f)) {
		/* The longest is one word over: it has two halves. */
		const char *caveat = gp_caveat(f), *colon = strchr(caveat, ':');
		int first = strlen(caveat) > COLUMNS && colon ? (int)(colon + 1 - caveat) :
								(int)strlen(caveat);

		put_line(out, "%.*s", first, caveat);
		if (caveat[first])
			put_line(out, " %s", caveat + first);
	}
}

int plot_ascii(const struct plot_set *s, FILE *out)
{
	size_t g;
	int err = 0;

	for (g = 0; g < s->ds->nr_groups && !err; g++) {
		put_line(out, "%s, %s", s->ds->groups[g].case_name, s->ds->groups[g].params);
		err = put_bars(s, g, out);
		if (!err)
			err = put_latency(s, g, out);
		fputc('\n', out);
	}
	if (!err && s->ds->nr_arms)
		put_foot(s, out);
	return err;
}
