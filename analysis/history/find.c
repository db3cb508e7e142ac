// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "trend.h"

#define STEP		(TREND_WINDOW / 2)
#define WEAK_FACTOR	10	/* of max_p while splitting; merging then applies max_p itself */

/* A stretch of the series between two changes. */
struct segment {
	size_t start, n;
	double mean, squares;	/* sum of squared distances from the mean */
	double p;		/* against the segment before; of the first: none */
};

static void measure(const double *z, struct segment *s)
{
	size_t i;

	s->mean = 0;
	s->squares = 0;
	/* Welford: exact for constant stretches, which counts mostly are. */
	for (i = 0; i < s->n; i++) {
		double off = z[s->start + i] - s->mean;

		s->mean += off / (double)(i + 1);
		s->squares += off * (z[s->start + i] - s->mean);
	}
}

/* Student's t with the pooled variance. */
static double student(const struct segment *a, const struct segment *b)
{
	double n = (double)a->n, m = (double)b->n;
	size_t df = a->n + b->n - 2;
	double var = (a->squares + b->squares) / (double)df;
	double diff = b->mean - a->mean;

	if (diff == 0)
		return 1;
	if (var <= 0)
		return 0;
	return stats_t_p(diff / sqrt(var * (1 / n + 1 / m)), df);
}

/*
 * One window. within[a][b]: sum of |z_i - z_j| over a <= i < j < b, from which the sum across any
 * split follows by subtraction.
 */
struct window {
	const double *z;
	size_t n;
	double within[TREND_WINDOW + 1][TREND_WINDOW + 1];
	double inverse[TREND_WINDOW + 1];	/* 1/i */
};

static void fill_window(struct window *w, const double *z, size_t n)
{
	size_t a, b;

	w->z = z;
	w->n = n;
	for (b = 0; b <= n; b++)
		w->within[b][b] = 0;
	for (b = 0; b < n; b++) {
		double column = 0;

		for (a = b + 1; a-- > 0;) {
			column += fabs(z[a] - z[b]);
			w->within[a][b + 1] = (a < b ? w->within[a][b] : 0) + column;
		}
	}
}

/* Energy distance between [s, t) and [t, k), weighted by their sizes. */
static double energy(const struct window *w, size_t s, size_t t, size_t k)
{
	double n = (double)(t - s), m = (double)(k - t);
	double x = w->within[s][t], y = w->within[t][k];
	double across = w->within[s][k] - x - y;
	double both = w->inverse[k - s];

	return 2 * both * (across - m * w->inverse[t - s - 1] * x - n * w->inverse[k - t - 1] * y);
}

/* The split of [s, e) with the largest energy over all right ends; 0 if it is too short for one. */
static size_t best_split(const struct window *w, size_t s, size_t e, double *best)
{
	size_t t, k, at = 0;

	for (t = s + TREND_MIN_SEGMENT; t + TREND_MIN_SEGMENT <= e; t++)
		for (k = t + TREND_MIN_SEGMENT; k <= e; k++) {
			double q = energy(w, s, t, k);

			if (q > *best) {
				*best = q;
				at = t;
			}
		}
	return at;
}

/* Changes of a series while they are looked for: cut[i] says that one is before value i. */
struct search {
	const double *z;
	size_t n;
	bool *cut;
	struct window w;
};

static double split_p(const double *z, size_t s, size_t t, size_t e)
{
	struct segment a = { .start = s, .n = t - s }, b = { .start = t, .n = e - t };

	measure(z, &a);
	measure(z, &b);
	return student(&a, &b);
}

/*
 * Splits the window at @start until its strongest candidate is no longer significant. Returns the
 * last change found, 0 if none. Only this window's own finds divide it, as windows overlap.
 */
static size_t split_window(struct search *f, size_t start, size_t n)
{
	size_t cuts[TREND_WINDOW + 1] = { 0, n }, nr = 2, last = 0, i;

	fill_window(&f->w, f->z + start, n);
	if (f->w.within[0][n] == 0)
		return 0;
	for (;;) {
		double best = 0;
		size_t at = 0, in = 0;

		for (i = 0; i + 1 < nr; i++) {
			size_t t = best_split(&f->w, cuts[i], cuts[i + 1], &best);

			if (t) {
				at = t;
				in = i;
			}
		}
		if (!at || split_p(f->w.z, cuts[in], at, cuts[in + 1]) > WEAK_FACTOR * TREND_MAX_P)
			return last ? start + last : 0;
		memmove(&cuts[in + 2], &cuts[in + 1], (nr - in - 1) * sizeof(*cuts));
		cuts[in + 1] = at;
		nr++;
		f->cut[start + at] = true;
		last = at > last ? at : last;
	}
}

static void split_all(struct search *f)
{
	size_t start = 0, i;

	for (i = 1; i <= TREND_WINDOW; i++)
		f->w.inverse[i] = 1 / (double)i;
	while (start < f->n) {
		size_t n = f->n - start < TREND_WINDOW ? f->n - start : TREND_WINDOW;
		size_t last = split_window(f, start, n);

		start = last > start + STEP ? last : start + STEP;
	}
}

/* Joins segment @i to the one before it. */
static void join(struct segment *s, size_t *nr, size_t i)
{
	struct segment *a = &s[i - 1], *b = &s[i];
	double n = (double)a->n, m = (double)b->n, diff = b->mean - a->mean;

	a->mean += diff * m / (n + m);
	a->squares += b->squares + diff * diff * n * m / (n + m);
	a->n += b->n;
	memmove(b, b + 1, (*nr - i - 1) * sizeof(*s));
	(*nr)--;
	if (i > 1)
		a->p = student(a - 1, a);
	if (i < *nr)
		b->p = student(a, b);
}

static double magnitude(const struct segment *a, const struct segment *b)
{
	if (a->mean == b->mean)
		return 0;
	if (a->mean == 0 || b->mean == 0)
		return INFINITY;
	return fmax(fabs(b->mean / a->mean - 1), fabs(a->mean / b->mean - 1));
}

/*
 * Overlapping windows may put two changes closer together than a segment may be: such a one is
 * joined to its likelier side first.
 */
static void join_short(struct segment *s, size_t *nr)
{
	size_t i = 0;

	while (i < *nr && *nr > 1) {
		if (s[i].n >= TREND_MIN_SEGMENT) {
			i++;
			continue;
		}
		join(s, nr, i == 0 || (i + 1 < *nr && s[i + 1].p > s[i].p) ? i + 1 : i);
		i = 0;
	}
}

/* Drops the least significant change until all are, then the smallest until all are large. */
static void join_weak(struct segment *s, size_t *nr, double min_magnitude)
{
	for (;;) {
		size_t i, weak = 0, small = 0;
		double p = TREND_MAX_P, size = min_magnitude;

		for (i = 1; i < *nr; i++) {
			double own = magnitude(&s[i - 1], &s[i]);

			if (s[i].p >= p) {
				p = s[i].p;
				weak = i;
			}
			if (own <= size) {
				size = own;
				small = i;
			}
		}
		if (!weak && !small)
			return;
		join(s, nr, weak ? weak : small);
	}
}

static struct segment *cut_up(const struct search *f, size_t *nr)
{
	struct segment *s;
	size_t i, j = 0;

	*nr = 1;
	for (i = 1; i < f->n; i++)
		*nr += f->cut[i];
	s = calloc(*nr + 1, sizeof(*s));
	for (i = 0; s && i < f->n; i++) {
		if (i && f->cut[i])
			s[++j].start = i;
		s[j].n++;
	}
	for (i = 0; s && i < *nr; i++) {
		measure(f->z, &s[i]);
		if (i)
			s[i].p = student(&s[i - 1], &s[i]);
	}
	return s;
}

static int report(const struct segment *s, size_t segments, struct trend_change **out, size_t *nr)
{
	size_t i;

	*nr = segments - 1;
	if (!*nr)
		return 0;
	*out = calloc(*nr, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (i = 0; i < *nr; i++)
		(*out)[i] = (struct trend_change){ .at = s[i + 1].start, .before = s[i].mean,
						   .after = s[i + 1].mean, .p = s[i + 1].p };
	return 0;
}

int trend_find(const double *z, size_t n, double min_magnitude, struct trend_change **out,
	       size_t *nr)
{
	struct search f = { .z = z, .n = n };
	struct segment *s = NULL;
	size_t segments;
	int err = -ENOMEM;

	*out = NULL;
	*nr = 0;
	if (n < 2 * TREND_MIN_SEGMENT)
		return 0;
	f.cut = calloc(n, sizeof(*f.cut));
	if (f.cut) {
		split_all(&f);
		s = cut_up(&f, &segments);
	}
	if (s) {
		join_short(s, &segments);
		join_weak(s, &segments, min_magnitude);
		err = report(s, segments, out, nr);
	}
	free(f.cut);
	free(s);
	return err;
}
