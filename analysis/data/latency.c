// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "data.h"

#define LEVEL		0.95
#define SHUFFLES	999
#define GRID		96	/* points at which two distributions are compared */
#define GRID_LOW	0.25	/* of the median, up to 64 times of it in steps of 2^(1/12) */

const uint32_t latency_ppm[] = { 500000, 900000, 990000, 999000, 999900, 0 };

static bool is_in(const struct record_block *b, const struct group *g, const char *variant)
{
	return b->valid && !b->warmup && !strcmp(b->case_name, g->case_name) &&
	       !strcmp(b->params, g->params) && (!variant || !strcmp(b->variant, variant));
}

/* The place of unit @nr among the @boots sorted @nrs, or where it belongs. */
static unsigned int find_boot(const uint64_t *nrs, unsigned int boots, uint64_t nr)
{
	unsigned int i = 0;

	while (i < boots && nrs[i] < nr)
		i++;
	return i;
}

static void merge_block(struct latency *l, uint64_t *nrs, uint64_t nr,
			const struct record_hist *h)
{
	unsigned int i = find_boot(nrs, l->boots, nr);

	if (i == l->boots || nrs[i] != nr) {
		memmove(&nrs[i + 1], &nrs[i], (l->boots - i) * sizeof(*nrs));
		memmove(&l->boot[i + 1], &l->boot[i], (l->boots - i) * sizeof(*l->boot));
		memset(&l->boot[i], 0, sizeof(l->boot[i]));
		nrs[i] = nr;
		l->boots++;
	}
	hist_merge(&l->boot[i], &h->h);
	if (h->bias > l->bias)
		l->bias = h->bias;
}

int latency_collect(const struct dataset *ds, size_t group, size_t arm, const char *name,
		    struct latency *out)
{
	const struct arm *a = &ds->arms[arm];
	size_t units = a->by_seed ? a->seeds : a->boots, i;
	uint64_t *nrs = calloc(units + 1, sizeof(*nrs));
	unsigned int b;

	*out = (struct latency){ .boot = calloc(units + 1, sizeof(*out->boot)) };
	if (!nrs || !out->boot) {
		free(nrs);
		latency_clear(out);
		return -ENOMEM;
	}
	for (i = 0; i < a->file->nr_blocks; i++) {
		const struct record_block *k = &a->file->blocks[i];
		const struct record_hist *h;

		if (!is_in(k, &ds->groups[group], a->variant))
			continue;
		h = record_block_hist(k, name);
		if (h && h->h.n)
			merge_block(out, nrs, a->by_seed ? k->seed : k->boot, h);
	}
	for (b = 0; b < out->boots; b++)
		if (!b || out->boot[b].n < out->least_n)
			out->least_n = out->boot[b].n;
	free(nrs);
	return 0;
}

void latency_clear(struct latency *l)
{
	free(l->boot);
	memset(l, 0, sizeof(*l));
}

void latency_merge(const struct dataset *ds, size_t group, size_t arm, const char *name,
		   struct hist *into, const char **unit, uint64_t *bias)
{
	const struct arm *a = &ds->arms[arm];
	size_t i;

	memset(into, 0, sizeof(*into));
	for (i = 0; i < a->file->nr_blocks; i++) {
		const struct record_block *b = &a->file->blocks[i];
		const struct record_hist *h = record_block_hist(b, name);

		if (!h || !is_in(b, &ds->groups[group], a->variant))
			continue;
		hist_merge(into, &h->h);
		*unit = h->unit;
		*bias = h->bias > *bias ? h->bias : *bias;
	}
}

/* All blocks of a case are made by one piece of code: the first that is sound names them all. */
const char *latency_name(const struct dataset *ds, size_t group, size_t nr, const char **unit)
{
	size_t a, i;

	for (a = 0; a < ds->nr_arms; a++)
		for (i = 0; i < ds->arms[a].file->nr_blocks; i++) {
			const struct record_block *b = &ds->arms[a].file->blocks[i];

			if (!is_in(b, &ds->groups[group], NULL))
				continue;
			if (nr >= b->nr_hists)
				return NULL;
			*unit = b->hists[nr].unit;
			return b->hists[nr].name;
		}
	return NULL;
}

int latency_percentile(const struct latency *l, uint32_t ppm, struct latency_point *out)
{
	double *v = calloc(l->boots + 1, sizeof(*v));
	struct stats_range range;
	unsigned int i;
	int err = v ? 0 : -ENOMEM;

	*out = (struct latency_point){ LATENCY_FEW_SAMPLES, NAN, NAN, NAN };
	if (err || l->least_n < stats_quantile_least_n((double)ppm / HIST_PPM, LEVEL)) {
		free(v);
		return err;
	}
	for (i = 0; i < l->boots; i++) {
		uint64_t q = hist_quantile(&l->boot[i], ppm);

		v[i] = q > l->bias ? (double)(q - l->bias) : 0;
	}
	out->value = stats_median(v, l->boots);
	err = stats_quantile_range(v, l->boots, 0.5, LEVEL, &range);
	free(v);
	out->trust = !err && range.finite ? LATENCY_OK : LATENCY_FEW_BOOTS;
	if (out->trust == LATENCY_OK) {
		out->low = range.low;
		out->high = range.high;
	}
	return err;
}

/* Shares of the values at or below the points of the grid. */
static void sample_cdf(const struct hist *h, double *cdf)
{
	double point = GRID_LOW * (double)hist_median(h);
	uint64_t seen = 0;
	uint32_t i = 0;
	int k;

	for (k = 0; k < GRID; k++) {
		while (i < HIST_BUCKETS && (double)hist_bucket_mid(i) <= point)
			seen += h->bucket[i++];
		cdf[k] = (double)seen / (double)h->n;
		point *= 1.0594630943592953;	/* 2^(1/12) */
	}
}

static double distance(const double *a, const double *b)
{
	double most = 0;
	int k;

	for (k = 0; k < GRID; k++)
		most = fmax(most, fabs(a[k] - b[k]));
	return most;
}

/* @d[i * n + j]: between boots i and j of both arms together. NULL: no memory. */
static double *distances(const struct latency *a, const struct latency *b, unsigned int n)
{
	double *cdf = calloc((size_t)n * GRID, sizeof(*cdf));
	double *d = calloc((size_t)n * n, sizeof(*d));
	unsigned int i, j;

	for (i = 0; cdf && i < n; i++)
		sample_cdf(i < a->boots ? &a->boot[i] : &b->boot[i - a->boots], cdf + i * GRID);
	for (i = 0; cdf && d && i < n; i++)
		for (j = 0; j < n; j++)
			d[i * n + j] = distance(cdf + i * GRID, cdf + j * GRID);
	if (!cdf) {
		free(d);
		d = NULL;
	}
	free(cdf);
	return d;
}

/* Mean distance across less mean distance within; the first @na of @order are one arm. */
static double excess(const double *d, const unsigned int *order, unsigned int na, unsigned int n)
{
	double across = 0, within = 0;
	unsigned int i, j, pairs = na * (n - na);

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			*((i < na) == (j < na) ? &within : &across) += d[order[i] * n + order[j]];
	return across / pairs - within / (n * (n - 1) / 2 - pairs);
}

static void shuffle(unsigned int *order, unsigned int n, uint64_t *random)
{
	unsigned int i;

	for (i = n; i-- > 1;) {
		unsigned int j, tmp = order[i];

		*random ^= *random << 13;	/* Marsaglia's xorshift64 */
		*random ^= *random >> 7;
		*random ^= *random << 17;
		j = (unsigned int)(*random % (i + 1));
		order[i] = order[j];
		order[j] = tmp;
	}
}

double latency_shape_p(const struct latency *a, const struct latency *b)
{
	unsigned int n = a->boots + b->boots, i, as_far = 1;
	unsigned int *order = calloc(n + 1, sizeof(*order));
	double *d = a->boots >= 4 && b->boots >= 4 ? distances(a, b, n) : NULL, seen;
	uint64_t random = 88172645463325252u;

	if (!order || !d) {
		free(order);
		free(d);
		return NAN;
	}
	for (i = 0; i < n; i++)
		order[i] = i;
	/* Sums in another order differ in the last bits: what is that close counts as equal. */
	seen = excess(d, order, a->boots, n) - 1e-12;
	for (i = 0; i < SHUFFLES; i++) {
		shuffle(order, n, &random);
		as_far += excess(d, order, a->boots, n) >= seen;
	}
	free(order);
	free(d);
	return (double)as_far / (SHUFFLES + 1);
}
