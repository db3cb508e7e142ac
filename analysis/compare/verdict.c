// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MAX_TESTED	3	/* base, its A/A arm, the other */

static const struct { const char *name; char mark; } verdicts[VERDICT_NR] = {
	[VERDICT_MISSING] = { "missing", '-' },
	[VERDICT_UNSTEADY] = { "unsteady", 'X' },
	[VERDICT_SAME] = { "same", '=' },
	[VERDICT_SMALL] = { "small", '~' },
	[VERDICT_UNCLEAR] = { "unclear", '?' },
	[VERDICT_CHANGED] = { "changed", 'c' },
	[VERDICT_APPEARED] = { "appeared", '+' },
	[VERDICT_GONE] = { "gone", '0' },
	[VERDICT_IMPROVED] = { "improved", '*' },
	[VERDICT_REGRESSED] = { "regressed", '!' },
};

const char *verdict_name(enum verdict v)
{
	return verdicts[v].name;
}

char verdict_mark(enum verdict v)
{
	return verdicts[v].mark;
}

const char *verdict_test_name(enum verdict_test t)
{
	static const char *const names[] = {
		[VERDICT_POOLED] = "mann-whitney",
		[VERDICT_PAIRED] = "wilcoxon-signed-rank",
		[VERDICT_ALIGNED] = "hodges-lehmann-aligned-rank",
		[VERDICT_SEEDS] = "paired-t",
	};

	return names[t];
}

bool verdict_moved(enum verdict v)
{
	return v == VERDICT_CHANGED || v == VERDICT_APPEARED || v == VERDICT_GONE ||
	       v == VERDICT_IMPROVED || v == VERDICT_REGRESSED;
}

static bool is_worse(const struct metric *m, bool up)
{
	return m->better != RECORD_NONE && up != (m->better == RECORD_HIGHER);
}

/* There, and beyond the threshold. @up: the value rose. */
static void set_direction(const struct metric *m, bool up, struct judgement *j)
{
	j->worse = is_worse(m, up);
	j->verdict = m->better == RECORD_NONE ? VERDICT_CHANGED :
		     j->worse		      ? VERDICT_REGRESSED :
						VERDICT_IMPROVED;
}

static bool all_zero(const struct summary *s)
{
	return s->min == 0 && s->max == 0;
}

static unsigned int nr_nonzero(const struct summary *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->n; i++)
		n += s->sample[i] != 0;
	return n;
}

/*
 * Zero in one arm, and not in most units of the other. What is seen in fewer may be a matter of
 * their schedule: the test of units says.
 */
static bool is_to_or_from_zero(const struct summary *base, const struct summary *other)
{
	const struct summary *s = all_zero(base) ? other : base;

	return all_zero(base) != all_zero(other) && 2 * nr_nonzero(s) > s->n;
}

/* In all of the units it counts. */
static void judge_zero(const struct metric *m, const struct summary *base,
		       const struct summary *other, struct judgement *j)
{
	bool appeared = all_zero(base);
	const struct summary *s = appeared ? other : base;

	j->verdict = appeared ? VERDICT_APPEARED : VERDICT_GONE;
	j->worse = nr_nonzero(s) == s->n && is_worse(m, appeared == (s->value >= 0));
}

/* The threshold in the unit of the shift: a ratio, or a difference where there is none. */
static double threshold(const struct summary *base, const struct judgement *j)
{
	return j->shift.relative ? j->threshold : j->threshold * fabs(base->value);
}

static void judge_exact(const struct metric *m, const struct summary *base,
			const struct summary *other, struct judgement *j)
{
	j->exact = true;
	if (j->delta == 0)
		j->verdict = VERDICT_SAME;
	else if (fabs(j->ratio) < j->threshold)
		j->verdict = VERDICT_SMALL;
	else
		set_direction(m, other->value > base->value, j);
}

/* How many units both have. */
static unsigned int count_pairs(const struct summary *a, const struct summary *b)
{
	unsigned int i = 0, j = 0, pairs = 0;

	while (i < a->n && j < b->n) {
		uint64_t x = a->id[i], y = b->id[j];

		pairs += x == y;
		i += x <= y;
		j += y <= x;
	}
	return pairs;
}

/* No unit that both arms have tells them apart, nor any block. */
static bool no_difference(const struct summary *base, const struct summary *other,
			  unsigned int pairs, bool by_seed)
{
	unsigned int i = 0, j = 0;

	if (base->min == base->max && base->min == other->min && other->min == other->max)
		return true;
	if (!by_seed || !pairs || base->min != other->min || base->max != other->max)
		return false;
	while (i < base->n && j < other->n) {
		uint64_t x = base->id[i], y = other->id[j];

		if (x == y && base->sample[i] != other->sample[j])
			return false;
		i += x <= y;
		j += y <= x;
	}
	return true;
}

/* Is it a matter of equality? One unit of an exact metric is as good as many. */
static bool is_exact(const struct metric *m, const struct summary *base,
		     const struct summary *other, bool by_seed)
{
	return m->class == RECORD_EXACT && (!by_seed || (base->steady && other->steady));
}

void verdict_open(const struct metric *m, const struct summary *base, const struct summary *other,
		  bool paired, bool by_seed, struct judgement *out)
{
	memset(out, 0, sizeof(*out));
	out->ratio = out->would_show = NAN;
	out->threshold = m->threshold;
	out->verdict = VERDICT_MISSING;
	if (!base->n || !other->n || m->conflict)
		return;
	out->pairs = paired ? count_pairs(base, other) : 0;
	out->test = by_seed && out->pairs ? VERDICT_SEEDS : VERDICT_POOLED;
	out->delta = other->value - base->value;
	if (base->value != 0)
		out->ratio = out->delta / fabs(base->value);
	if ((by_seed || m->class == RECORD_EXACT) && (!base->repeats || !other->repeats)) {
		out->verdict = VERDICT_UNSTEADY;
	} else if (is_to_or_from_zero(base, other)) {
		judge_zero(m, base, other, out);
	} else if (is_exact(m, base, other, by_seed)) {
		judge_exact(m, base, other, out);
	} else if (no_difference(base, other, out->pairs, by_seed)) {
		out->verdict = VERDICT_SAME;
	} else {
		unsigned int least = out->test == VERDICT_SEEDS ? out->pairs :
				     base->n < other->n		? base->n :
								  other->n;

		out->verdict = VERDICT_UNCLEAR;
		out->open = least >= VERDICT_MIN_BOOTS;
		out->large = !out->open && !(fabs(out->ratio) < VERDICT_LARGE);
		out->open_worse = true;
	}
}

static bool find_unit(const struct summary *s, uint64_t id, double *v)
{
	for (unsigned int i = 0; i < s->n; i++)
		if (s->id[i] == id) {
			*v = s->sample[i];
			return true;
		}
	return false;
}

/* Values of the units that all of @s have; returns how many. */
static unsigned int match_units(const struct summary *const *s, size_t nr, double *const *v)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s[0]->n; i++) {
		bool whole = true;

		for (size_t k = 0; k < nr; k++)
			whole &= find_unit(s[k], s[0]->id[i], &v[k][n]);
		n += whole;
	}
	return n;
}

static int test_matched(double *const *v, size_t nr, double level, struct judgement *j)
{
	if (j->test == VERDICT_SEEDS) {
		j->p = stats_paired_t(v[0], v[1], j->pairs, level, &j->shift);
		return isnan(j->p) ? -ENOMEM : 0;
	}
	j->p = nr == 2 ? stats_signed_rank(v[0], v[1], j->pairs) :
			 stats_aligned_rank(v[0], v[1], v[2], j->pairs);
	return nr == 2 ? stats_paired_shift(v[0], v[1], j->pairs, level, &j->shift) :
			 stats_aligned_shift(v[0], v[1], v[2], j->pairs, level, &j->shift);
}

/* By the units that two arms have in common, or three: base, its twin, the other. */
static int test_units(const struct summary *const *s, size_t nr, double level, struct judgement *j)
{
	double *v[MAX_TESTED] = { NULL };
	int err = 0;
	size_t i;

	for (i = 0; i < nr && !err; i++) {
		v[i] = calloc(s[0]->n + 1, sizeof(*v[i]));
		err = v[i] ? 0 : -ENOMEM;
	}
	if (!err) {
		j->pairs = match_units(s, nr, v);
		err = test_matched(v, nr, level, j);
	}
	for (i = 0; i < nr; i++)
		free(v[i]);
	return err;
}

/* Are @rounds enough for an interval, and can they pass even if not all agree? */
static bool can_decide(unsigned int rounds, double least_p, const struct strictness *strict)
{
	return rounds >= VERDICT_MIN_ROUNDS && stats_least_paired_p(rounds) <= strict->level &&
	       VERDICT_SLACK * least_p <= strict->least_p;
}

static enum verdict_test choose_test(const struct summary *base, const struct summary *twin,
				     unsigned int rounds, const struct strictness *strict)
{
	unsigned int of_three = twin && rounds ? count_pairs(base, twin) : 0;

	of_three = of_three < rounds ? of_three : rounds;
	if (can_decide(of_three, stats_least_aligned_p(of_three), strict))
		return VERDICT_ALIGNED;
	return can_decide(rounds, stats_least_paired_p(rounds), strict) ? VERDICT_PAIRED :
									  VERDICT_POOLED;
}

int verdict_test(const struct summary *base, const struct summary *twin,
		 const struct summary *other, const struct strictness *strict, struct judgement *j)
{
	const struct summary *pair[] = { base, other }, *three[] = { base, twin, other };
	double level = 1 - strict->level;
	int err;

	if (j->test != VERDICT_SEEDS)
		j->test = choose_test(base, twin, j->pairs, strict);
	if (j->test == VERDICT_ALIGNED) {
		err = test_units(three, 3, level, j);
	} else if (j->test != VERDICT_POOLED) {
		err = test_units(pair, 2, level, j);
	} else {
		j->p = stats_mann_whitney(base->sample, base->n, other->sample, other->n);
		err = stats_shift(base->sample, base->n, other->sample, other->n, level, &j->shift);
	}
	if (!err && isnan(j->p))
		err = -ENOMEM;
	j->tested = !err;
	return err;
}

/* On the scale that the interval is symmetric on. */
static double stretch(const struct stats_shift *s, double v)
{
	return s->relative ? log1p(v) : v;
}

/*
 * A change is called a regression if its p passes Holm and its interval clears the threshold; of
 * seeds, reaches it. Each is a distance in standard errors, here taken from the interval's width;
 * 0.84 more make it 80%.
 */
static double would_show(const struct judgement *j, double theta, const struct strictness *strict)
{
	const struct stats_shift *s = &j->shift;
	bool seeds = j->test == VERDICT_SEEDS;
	double half = (stretch(s, s->high) - stretch(s, s->low)) / 2;
	size_t df = seeds ? stats_paired_df(j->pairs) : 0;
	double edge = seeds ? stats_t_quantile(strict->level / 2, df) :
			      stats_normal_quantile(strict->level / 2);
	double error = half / edge;
	double clear = stretch(s, theta) + (seeds ? -half : half);
	double pass = error * (seeds ? stats_t_quantile(strict->least_p / 2, df) :
				       stats_normal_quantile(strict->least_p / 2));
	double v = fmax(clear, pass) + stats_normal_quantile(0.2) * error;

	return s->relative ? expm1(v) : v;
}

static bool is_large(const struct summary *base, const struct stats_shift *s)
{
	double large = s->relative ? VERDICT_LARGE : VERDICT_LARGE * fabs(base->value);

	return s->estimate != 0 && fabs(s->estimate) >= large;
}

bool verdict_reaches_worse(enum record_better better, const struct stats_shift *s, double theta)
{
	return (better != RECORD_HIGHER && s->high > theta) ||
	       (better != RECORD_LOWER && s->low < -theta);
}

/*
 * Beyond the threshold? Under `count` intervals are narrow: what is there and not shown to be small
 * counts. Of noisy boots the whole interval has to be beyond.
 */
static bool is_beyond(const struct judgement *j, double theta)
{
	if (j->test == VERDICT_SEEDS)
		return j->shift.high > theta || j->shift.low < -theta;
	return j->shift.low > theta || j->shift.high < -theta;
}

void verdict_close(const struct metric *m, const struct summary *base,
		   const struct strictness *strict, struct judgement *j)
{
	double theta = threshold(base, j);
	bool within = j->shift.finite && j->shift.low >= -theta && j->shift.high <= theta;

	j->open_worse = false;
	if (within)
		j->verdict = j->significant ? VERDICT_SMALL : VERDICT_SAME;
	else if (j->significant && j->shift.finite && is_beyond(j, theta))
		set_direction(m, j->shift.estimate > 0, j);
	else
		j->verdict = VERDICT_UNCLEAR;
	if (j->verdict != VERDICT_UNCLEAR)
		return;
	if (j->shift.finite)
		j->would_show = would_show(j, theta, strict);
	j->large = is_large(base, &j->shift);
	j->open_worse = verdict_reaches_worse(m->better, &j->shift, theta);
}

double verdict_ratio(const struct judgement *j)
{
	return j->tested && j->shift.relative ? j->shift.estimate : j->ratio;
}
