// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mann-Whitney and Wilcoxon signed rank tests, Hodges-Lehmann shifts, Holm's correction.
 */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <util/quantile.h>

#include "stats.h"

/* Of two values near the largest there are, the sum is none. */
static double mean_of_two(double a, double b)
{
	double sum = a + b;

	return isfinite(sum) ? sum / 2 : a / 2 + b / 2;
}

static double middle(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : mean_of_two(sorted[n / 2 - 1], sorted[n / 2]);
}

double *stats_sorted(const double *x, size_t n)
{
	double *sorted = n ? calloc(n, sizeof(*sorted)) : NULL;

	if (sorted) {
		memcpy(sorted, x, n * sizeof(*sorted));
		quantile_sort(sorted, n);
	}
	return sorted;
}

double stats_median(const double *x, size_t n)
{
	double *sorted = stats_sorted(x, n), median;

	if (!sorted)
		return NAN;
	median = middle(sorted, n);
	free(sorted);
	return median;
}

struct ranked {
	double v;
	bool is_x;
};

static int compare_ranked(const void *a, const void *b)
{
	return quantile_compare(&((const struct ranked *)a)->v, &((const struct ranked *)b)->v);
}

/* Groups of equal values in the pooled sample, in rising order. */
struct ties {
	size_t nr;
	size_t *size;		/* values in each group */
	unsigned long
		*rank2; /* twice the midrank of each: an integer, so no rounding can split a tie */
	unsigned long x_sum2;	/* twice the rank sum of x */
};

static void group_ties(const struct ranked *pool, size_t total, struct ties *t)
{
	size_t i = 0, j, k;

	while (i < total) {
		for (j = i + 1; j < total && pool[j].v == pool[i].v; j++)
			;
		t->size[t->nr] = j - i;
		t->rank2[t->nr] = i + j + 1;	/* ranks i+1..j */
		for (k = i; k < j; k++)
			if (pool[k].is_x)
				t->x_sum2 += t->rank2[t->nr];
		t->nr++;
		i = j;
	}
}

static int rank_pool(const double *x, size_t n, const double *y, size_t m, struct ties *t)
{
	struct ranked *pool = calloc(n + m, sizeof(*pool));
	size_t i;

	memset(t, 0, sizeof(*t));
	t->size = calloc(n + m, sizeof(*t->size));
	t->rank2 = calloc(n + m, sizeof(*t->rank2));
	if (!pool || !t->size || !t->rank2) {
		free(pool);
		return -ENOMEM;
	}
	for (i = 0; i < n + m; i++)
		pool[i] = (struct ranked){ .v = i < n ? x[i] : y[i - n], .is_x = i < n };
	qsort(pool, n + m, sizeof(*pool), compare_ranked);
	group_ties(pool, n + m, t);
	free(pool);
	return 0;
}

static double choose(size_t n, size_t k)
{
	double c = 1;
	size_t i;

	for (i = 1; i <= k; i++)
		c = c * (double)(n - k + i) / (double)i;
	return c;
}

/*
 * ways[j * width + s]: how many choices of j values among the groups seen so far have a doubled
 * rank sum of s. Going down in j and s lets one array serve, as each group is taken in once.
 */
static void take_group(double *ways, size_t n, size_t width, size_t size, unsigned long rank2)
{
	size_t j, c, s;

	for (j = n; j > 0; j--) {
		/* Ranks rise from group to group, so j of them come to no more than this. */
		size_t end = j * rank2 < width ? j * rank2 + 1 : width;

		for (c = 1; c <= size && c <= j; c++) {
			double times = choose(size, c);
			const double *from = ways + (j - c) * width;
			double *to = ways + j * width;

			for (s = c * rank2; s < end; s++)
				to[s] += times * from[s - c * rank2];
		}
	}
}

/*
 * count[u], u = 0..n*m: how many of the assignments have that U if there are no ties. NULL: no
 * memory. The generating function prod (1-q^(m+i))/(1-q^i), i = 1..n: multiply, then divide.
 */
static double *u_counts(size_t n, size_t m)
{
	size_t width = n * m + 1, i, j;
	double *count = calloc(width, sizeof(*count));

	if (!count)
		return NULL;
	count[0] = 1;
	for (i = 1; i <= n; i++) {
		for (j = width; j-- > m + i;)
			count[j] -= count[j - m - i];
		for (j = i; j < width; j++)
			count[j] += count[j - i];
	}
	return count;
}

/* The same for the sum of the ranks of the positive ones among @n differences, 0..n(n+1)/2. */
static double *w_counts(size_t n)
{
	size_t width = n * (n + 1) / 2 + 1, i, j;
	double *count = calloc(width, sizeof(*count));

	if (!count)
		return NULL;
	count[0] = 1;
	for (i = 1; i <= n; i++)
		for (j = width; j-- > i;)
			count[j] += count[j - i];
	return count;
}

/*
 * Largest u with 2*P(U <= u) <= alpha, plus 1: the 1-based place, from either end, of the
 * interval's limits among the sorted differences. 0: no u is that unlikely, or no memory. Without
 * ties: an interval from tied data is a little wide, never narrow. Takes over @count.
 */
static size_t exact_place(double *count, double all, size_t width, double alpha)
{
	double below = 0;
	size_t u;

	if (!count)
		return 0;
	for (u = 0; u < width; u++) {
		below += count[u];
		if (2 * below / all > alpha)
			break;
	}
	free(count);
	return u;
}

/* Without ties the doubled rank sum is n(n+1) + 2u, and u has a table that is quick to make. */
static double untied_p(const struct ties *t, size_t n, size_t m)
{
	size_t pairs = n * m, u = t->x_sum2 / 2 - n * (n + 1) / 2, i;
	size_t far = 2 * u > pairs ? 2 * u - pairs : pairs - 2 * u;
	double *count = u_counts(n, m), tail = 0;

	if (!count)
		return NAN;
	for (i = 0; i <= pairs; i++)
		if ((2 * i > pairs ? 2 * i - pairs : pairs - 2 * i) >= far)
			tail += count[i];
	free(count);
	return tail / choose(n + m, n);
}

static double exact_p(const struct ties *t, size_t n, size_t m)
{
	size_t total = n + m, width = total * (total + 1) + 1, s, g;
	double *ways = calloc((n + 1) * width, sizeof(*ways));
	unsigned long mean2 = n * (total + 1);
	unsigned long far = t->x_sum2 > mean2 ? t->x_sum2 - mean2 : mean2 - t->x_sum2;
	double tail = 0, all = 0;

	if (!ways)
		return NAN;
	ways[0] = 1;
	for (g = 0; g < t->nr; g++)
		take_group(ways, n, width, t->size[g], t->rank2[g]);
	for (s = 0; s < width; s++) {
		unsigned long off = s > mean2 ? s - mean2 : mean2 - s;

		all += ways[n * width + s];
		if (off >= far)
			tail += ways[n * width + s];
	}
	free(ways);
	return tail / all;
}

static double normal_p(const struct ties *t, size_t n, size_t m)
{
	double total = (double)(n + m), pairs = (double)n * (double)m, ties = 0;
	double off = fabs((double)t->x_sum2 - (double)n * (total + 1)) / 2;
	double var;
	size_t g;

	for (g = 0; g < t->nr; g++)
		ties += pow((double)t->size[g], 3) - (double)t->size[g];
	var = pairs / 12 * (total + 1 - ties / (total * (total - 1)));
	if (var <= 0 || off < 0.5)
		return 1;
	return erfc((off - 0.5) / sqrt(2 * var));
}

double stats_mann_whitney(const double *x, size_t n, const double *y, size_t m)
{
	struct ties t;
	double p = NAN;

	if (!rank_pool(x, n, y, m, &t))
		p = n + m > STATS_EXACT_MAX ? normal_p(&t, n, m) :
		    t.nr == n + m	    ? untied_p(&t, n, m) :
					      exact_p(&t, n, m);
	free(t.size);
	free(t.rank2);
	return p;
}

/* Normal quantile by bisection on erfc: a dozen lines instead of a table of coefficients. */
double stats_normal_quantile(double upper)
{
	double low = 0, high = 40;
	int i;

	for (i = 0; i < 200; i++) {
		double mid = (low + high) / 2;

		if (erfc(mid / sqrt(2)) / 2 > upper)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static size_t normal_place(double mean, double var, double alpha)
{
	double place = mean - stats_normal_quantile(alpha / 2) * sqrt(var);

	return place < 1 ? 0 : (size_t)place;
}

bool stats_all_positive(const double *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(x[i] > 0))
			return false;
	return true;
}

static double difference(double x, double y, bool relative)
{
	/* Finite values have a finite difference here: what comes after ranks and sorts them. */
	return relative ? log(y) - log(x) : fmax(-DBL_MAX, fmin(DBL_MAX, y - x));
}

/* From the sorted differences, or means of them, and the place of the limits. Takes over @d. */
static int finish_shift(double *d, size_t nr, size_t place, struct stats_shift *out)
{
	out->finite = place > 0;
	out->estimate = middle(d, nr);
	out->low = place ? d[place - 1] : -INFINITY;
	out->high = place ? d[nr - place] : INFINITY;
	if (out->relative) {
		out->estimate = expm1(out->estimate);
		out->low = expm1(out->low);
		out->high = expm1(out->high);
	}
	free(d);
	return 0;
}

int stats_shift(const double *x, size_t n, const double *y, size_t m, double level,
		struct stats_shift *out)
{
	size_t pairs, place, i, j;
	double *d;

	if (__builtin_mul_overflow(n, m, &pairs))
		return -ENOMEM;
	d = calloc(pairs, sizeof(*d));
	if (!d)
		return -ENOMEM;
	out->relative = stats_all_positive(x, n) && stats_all_positive(y, m);
	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++)
			d[i * m + j] = difference(x[i], y[j], out->relative);
	quantile_sort(d, pairs);
	if (n + m <= STATS_EXACT_MAX)
		place = exact_place(u_counts(n, m), choose(n + m, n), pairs + 1, 1 - level);
	else
		place = normal_place((double)pairs / 2, (double)pairs * (double)(n + m + 1) / 12,
				     1 - level);
	return finish_shift(d, pairs, place, out);
}

/* What a signed rank test needs of the differences that are not 0. */
struct signed_ranks {
	size_t nr;
	unsigned long *rank2;	/* twice the midranks of their sizes */
	unsigned long up2;	/* twice the rank sum of those above 0 */
};

static int compare_sizes(const void *a, const void *b)
{
	double x = fabs(*(const double *)a), y = fabs(*(const double *)b);

	return (x > y) - (x < y);
}

/* Sorts @d, which has no zeroes, by size. */
static void rank_signed(double *d, struct signed_ranks *r)
{
	size_t i, j, k;

	qsort(d, r->nr, sizeof(*d), compare_sizes);
	for (i = 0; i < r->nr; i = j) {
		for (j = i + 1; j < r->nr && fabs(d[j]) == fabs(d[i]); j++)
			;
		for (k = i; k < j; k++) {
			r->rank2[k] = i + j + 1;
			r->up2 += d[k] > 0 ? r->rank2[k] : 0;
		}
	}
}

static double exact_signed_p(const struct signed_ranks *r)
{
	/* Doubled ranks: the sum of all is nr(nr+1), and its half is the mean of up2. */
	unsigned long all2 = r->nr * (r->nr + 1), s;
	unsigned long far = 2 * r->up2 > all2 ? 2 * r->up2 - all2 : all2 - 2 * r->up2;
	double *ways = calloc(all2 + 1, sizeof(*ways)), tail = 0;
	size_t i;

	if (!ways)
		return NAN;
	ways[0] = 1;
	for (i = 0; i < r->nr; i++)
		for (s = all2 + 1; s-- > r->rank2[i];)
			ways[s] += ways[s - r->rank2[i]];
	for (s = 0; s <= all2; s++)
		if ((2 * s > all2 ? 2 * s - all2 : all2 - 2 * s) >= far)
			tail += ways[s];
	free(ways);
	return ldexp(tail, -(int)r->nr);
}

static double normal_signed_p(const struct signed_ranks *r)
{
	double off = fabs((double)r->up2 / 2 - (double)r->nr * (double)(r->nr + 1) / 4), var = 0;
	size_t i;

	for (i = 0; i < r->nr; i++)
		var += (double)r->rank2[i] * (double)r->rank2[i] / 16;
	return off < 0.5 ? 1 : erfc((off - 0.5) / sqrt(2 * var));
}

/* @d is changed. */
static double signed_rank_p(double *d, size_t n)
{
	struct signed_ranks r = { .rank2 = calloc(n, sizeof(*r.rank2)) };
	double p = NAN;
	size_t i;

	if (!r.rank2)
		return NAN;
	for (i = 0; i < n; i++)
		if (d[i] != 0)
			d[r.nr++] = d[i];
	rank_signed(d, &r);
	p = r.nr <= STATS_EXACT_MAX ? exact_signed_p(&r) : normal_signed_p(&r);
	free(r.rank2);
	return p;
}

double *stats_differences(const double *x, const double *y, size_t n, bool *relative)
{
	double *d = calloc(n, sizeof(*d));
	size_t i;

	*relative = stats_all_positive(x, n) && stats_all_positive(y, n);
	for (i = 0; d && i < n; i++)
		d[i] = difference(x[i], y[i], *relative);
	return d;
}

double stats_signed_rank(const double *x, const double *y, size_t n)
{
	bool relative;
	double *d = stats_differences(x, y, n, &relative);
	double p = d ? signed_rank_p(d, n) : NAN;

	free(d);
	return p;
}

int stats_paired_shift(const double *x, const double *y, size_t n, double level,
		       struct stats_shift *out)
{
	double *d = stats_differences(x, y, n, &out->relative), *walsh;
	size_t nr, i, j, place, k = 0;

	if (!d || __builtin_mul_overflow(n, n + 1, &nr)) {
		free(d);
		return -ENOMEM;
	}
	nr /= 2;
	walsh = calloc(nr, sizeof(*walsh));
	for (i = 0; walsh && i < n; i++)
		for (j = i; j < n; j++)
			walsh[k++] = mean_of_two(d[i], d[j]);
	free(d);
	if (!walsh)
		return -ENOMEM;
	quantile_sort(walsh, nr);
	if (n <= STATS_EXACT_MAX)
		place = exact_place(w_counts(n), ldexp(1, (int)n), nr + 1, 1 - level);
	else
		place = normal_place((double)nr / 2, (double)nr * (double)(2 * n + 1) / 12,
				     1 - level);
	return finish_shift(walsh, nr, place, out);
}

double stats_least_p(size_t n, size_t m)
{
	return fmin(1, 2 / choose(n + m, n));
}

double stats_least_paired_p(size_t n)
{
	return ldexp(2, -(int)n);
}

static double binomial(size_t n, size_t k, double q)
{
	double choices = lgamma((double)n + 1) - lgamma((double)k + 1) -
			 lgamma((double)(n - k) + 1);

	return exp(choices + (double)k * log(q) + (double)(n - k) * log1p(-q));
}

/* How many of the @n lowest values may be left out on one side: P(K < places) <= tail. */
static size_t spare_places(size_t n, double q, double tail)
{
	double below = 0;
	size_t k;

	for (k = 0; k < n; k++) {
		below += binomial(n, k, q);
		if (below > tail)
			break;
	}
	return k;
}

int stats_quantile_range(const double *x, size_t n, double q, double level,
			 struct stats_range *out)
{
	double *sorted = stats_sorted(x, n);
	size_t low, high;

	if (!sorted)
		return -ENOMEM;
	low = spare_places(n, q, (1 - level) / 2);
	high = spare_places(n, 1 - q, (1 - level) / 2);
	out->low = low ? sorted[low - 1] : -INFINITY;
	out->high = high ? sorted[n - high] : INFINITY;
	out->finite = low && high;
	free(sorted);
	return 0;
}

size_t stats_quantile_least_n(double q, double level)
{
	return (size_t)ceil(log((1 - level) / 2) / log(fmax(q, 1 - q)));
}

static int compare_places(const void *a, const void *b, void *p)
{
	const double *v = p;

	return quantile_compare(&v[*(const size_t *)a], &v[*(const size_t *)b]);
}

int stats_holm(const double *p, size_t n, double alpha, bool *reject)
{
	size_t *order = calloc(n + 1, sizeof(*order)), i;
	bool stands = true;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), compare_places, (void *)p);
	for (i = 0; i < n; i++) {
		stands = stands && p[order[i]] <= alpha / (double)(n - i);
		reject[order[i]] = stands;
	}
	free(order);
	return 0;
}
