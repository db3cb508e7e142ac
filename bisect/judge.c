// SPDX-License-Identifier: GPL-2.0-or-later
#include "judge.h"

#include <analysis/stats/stats.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <util/quantile.h>

#define RISK		0.05	/* that one of all the steps is wrong */
#define TRIM		5 /* a fifth of the values is left out at each end of a trimmed mean */
#define THIRD_SIGMAS	4	/* so far from both ends, a mean is neither's */

bool judge_agree(const double *values, size_t n, double *v, bool *odd)
{
	*odd = false;
	for (size_t i = 0; i < n; i++) {
		size_t same = 0;

		for (size_t k = 0; k < n; k++)
			same += values[k] == values[i];
		if (same == n || (n >= 3 && same == n - 1)) {
			*odd = same < n;
			*v = values[i];
			return true;
		}
	}
	return false;
}

static double scaled(const struct judge *j, double v)
{
	return j->logs ? log(v) : v;
}

/* @n is at most JUDGE_MAX_BOOTS. */
static double trimmed_mean(const struct judge *j, const double *values, size_t n)
{
	double x[JUDGE_MAX_BOOTS], sum = 0;
	size_t cut = n / TRIM;

	memcpy(x, values, n * sizeof(*x));
	quantile_sort(x, n);
	for (size_t i = cut; i < n - cut; i++)
		sum += scaled(j, x[i]);
	return sum / (double)(n - 2 * cut);
}

/*
 * Of all values, not of the trimmed ones: where tails are heavy that is more than the trimmed mean
 * scatters by, and asks for too many boots rather than too few. Without tails the two are alike:
 * a_noisy_search_is_right_in_19_cases_of_20.
 */
static double squares(const struct judge *j, const double *values, size_t n)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		mean += scaled(j, values[i]) / (double)n;
	for (size_t i = 0; i < n; i++)
		sum += (scaled(j, values[i]) - mean) * (scaled(j, values[i]) - mean);
	return sum;
}

static bool all_positive(const double *values, size_t n)
{
	while (n--)
		if (values[n] <= 0)
			return false;
	return true;
}

size_t judge_beside(size_t n)
{
	return (n + 1) / 2;
}

double judge_error(const struct judge *j, size_t n)
{
	double variance = 1.0 / (double)n + 1.0 / (double)judge_beside(n) + j->ends, t, z;

	if (isinf(j->d))
		return 0;
	/*
	 * sd is an estimate, so this is a t; as a normal deviate after Abramowitz and Stegun,
	 * 26.7.8.
	 */
	t = j->d / 2 / sqrt(variance);
	z = t * (1 - 1.0 / (4.0 * j->freedom)) / sqrt(1 + t * t / (2.0 * j->freedom));
	return erfc(z / M_SQRT2) / 2;
}

static unsigned int boots_needed(const struct judge *j, unsigned int steps)
{
	unsigned int n = JUDGE_EXACT_BOOTS;

	while (n < JUDGE_MAX_BOOTS && judge_error(j, n) > RISK / (steps ? steps : 1))
		n++;
	return n;
}

static enum judge_refusal calibrate_noisy(struct judge *j, const double *good, size_t nr_good,
					  const double *bad, size_t nr_bad, unsigned int steps)
{
	j->good = stats_median(good, nr_good);
	j->bad = stats_median(bad, nr_bad);
	j->logs = all_positive(good, nr_good) && all_positive(bad, nr_bad);
	j->good_mean = trimmed_mean(j, good, nr_good);
	j->bad_mean = trimmed_mean(j, bad, nr_bad);
	j->threshold = (j->good_mean + j->bad_mean) / 2;
	j->sd = sqrt((squares(j, good, nr_good) + squares(j, bad, nr_bad)) /
		     (double)(nr_good + nr_bad - 2));
	if (j->good == j->bad)
		return JUDGE_SAME;
	j->d = j->sd > 0 ? fabs(scaled(j, j->bad) - scaled(j, j->good)) / j->sd : INFINITY;
	if (j->d < 1)
		return JUDGE_NOISY;
	j->freedom = (unsigned int)(nr_good + nr_bad - 2);
	j->ends = (1.0 / (double)nr_good + 1.0 / (double)nr_bad) / 4;
	j->boots = boots_needed(j, steps);
	return JUDGE_FINE;
}

enum judge_refusal judge_calibrate(struct judge *j, bool exact, const double *good, size_t nr_good,
				   const double *bad, size_t nr_bad, unsigned int steps)
{
	bool odd;

	*j = (struct judge){ .exact = exact, .boots = JUDGE_EXACT_BOOTS, .d = INFINITY };
	if (!exact)
		return calibrate_noisy(j, good, nr_good, bad, nr_bad, steps);
	if (!judge_agree(good, nr_good, &j->good, &odd) || !judge_agree(bad, nr_bad, &j->bad, &odd))
		return JUDGE_UNSTABLE;
	return j->good == j->bad ? JUDGE_SAME : JUDGE_FINE;
}

double judge_drift(const struct judge *j, const double *good_again, size_t n)
{
	return trimmed_mean(j, good_again, n) - j->good_mean;
}

static enum side nearer(double v, double good, double bad)
{
	return fabs(v - good) < fabs(v - bad) ? SIDE_GOOD : SIDE_BAD;
}

enum side judge_side(const struct judge *j, const double *values, size_t n, double drift,
		     bool *third)
{
	double v, far = THIRD_SIGMAS * j->sd / sqrt((double)n);

	if (j->exact) {
		v = values[0];
		*third = v != j->good && v != j->bad;
		return nearer(v, j->good, j->bad);
	}
	v = trimmed_mean(j, values, n) - drift;
	*third = fabs(v - j->good_mean) > far && fabs(v - j->bad_mean) > far;
	return nearer(v, j->good_mean, j->bad_mean);
}
