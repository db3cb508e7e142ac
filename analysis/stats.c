// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mann-Whitney test and Hodges-Lehmann shift.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double stats_median(const double *x, size_t n)
{
	double *sorted = n ? calloc(n, sizeof(*sorted)) : NULL;
	double median;

	if (!sorted)
		return NAN;
	memcpy(sorted, x, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_doubles);
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
	return compare_doubles(&((const struct ranked *)a)->v, &((const struct ranked *)b)->v);
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
		for (j = i; j < total && pool[j].v == pool[i].v; j++)
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

	for (j = n; j > 0; j--)
		for (c = 1; c <= size && c <= j; c++) {
			double times = choose(size, c);
			const double *from = ways + (j - c) * width;
			double *to = ways + j * width;

			for (s = c * rank2; s < width; s++)
				to[s] += times * from[s - c * rank2];
		}
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
		p = n + m <= STATS_EXACT_MAX ? exact_p(&t, n, m) : normal_p(&t, n, m);
	free(t.size);
	free(t.rank2);
	return p;
}

/*
 * Largest u with 2*P(U <= u) <= alpha, plus 1: the 1-based place, from either end, of the
 * interval's limits among the n*m differences. 0: no u is that unlikely. Without ties: an interval
 * from tied data is a little wide, never narrow.
 */
static size_t exact_place(size_t n, size_t m, double alpha)
{
	size_t width = n * m + 1, u, i, j;
	double *count = calloc(width, sizeof(*count));
	double all = choose(n + m, n), below = 0;

	if (!count)
		return 0;
	/* The generating function prod (1-q^(m+i))/(1-q^i), i = 1..n: multiply, then divide. */
	count[0] = 1;
	for (i = 1; i <= n; i++) {
		for (j = width; j-- > m + i;)
			count[j] -= count[j - m - i];
		for (j = i; j < width; j++)
			count[j] += count[j - i];
	}
	for (u = 0; u < width; u++) {
		below += count[u];
		if (2 * below / all > alpha)
			break;
	}
	free(count);
	return u;
}

/* Normal quantile by bisection on erfc: a dozen lines instead of a table of coefficients. */
static double normal_quantile(double upper)
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

static size_t normal_place(size_t n, size_t m, double alpha)
{
	double pairs = (double)n * (double)m;
	double place =
		pairs / 2 - normal_quantile(alpha / 2) * sqrt(pairs * (double)(n + m + 1) / 12);

	return place < 1 ? 0 : (size_t)place;
}

static bool all_positive(const double *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!(x[i] > 0))
			return false;
	return true;
}

static void fill_differences(const double *x, size_t n, const double *y, size_t m, bool relative,
			     double *d)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++)
			d[i * m + j] = relative ? log(y[j]) - log(x[i]) : y[j] - x[i];
	qsort(d, n * m, sizeof(*d), compare_doubles);
}

int stats_shift(const double *x, size_t n, const double *y, size_t m, double level,
		struct stats_shift *out)
{
	size_t pairs, place;
	double *d;

	if (__builtin_mul_overflow(n, m, &pairs))
		return -ENOMEM;
	d = calloc(pairs, sizeof(*d));
	if (!d)
		return -ENOMEM;
	out->relative = all_positive(x, n) && all_positive(y, m);
	fill_differences(x, n, y, m, out->relative, d);
	place = n + m <= STATS_EXACT_MAX ? exact_place(n, m, 1 - level) :
					   normal_place(n, m, 1 - level);
	out->finite = place > 0;
	out->estimate = middle(d, pairs);
	out->low = place ? d[place - 1] : -INFINITY;
	out->high = place ? d[pairs - place] : INFINITY;
	if (out->relative) {
		out->estimate = expm1(out->estimate);
		out->low = expm1(out->low);
		out->high = expm1(out->high);
	}
	free(d);
	return 0;
}
