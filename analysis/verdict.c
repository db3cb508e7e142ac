// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

#define MAX_TESTED	3	/* base, its A/A arm, the other */

static const struct { const char *name; char mark; } verdicts[VERDICT_NR] = {
	[VERDICT_MISSING] = { "missing", '-' },
	[VERDICT_NOT_EXACT] = { "not exact", 'X' },
	[VERDICT_SAME] = { "same", '=' },
	[VERDICT_CHANGED] = { "changed", 'c' },
	[VERDICT_FEW] = { "n too small", '<' },
	[VERDICT_REGRESSED] = { "regressed", '!' },
	[VERDICT_IMPROVED] = { "improved", '*' },
	[VERDICT_EQUIVALENT] = { "equivalent", 'e' },
	[VERDICT_SMALL] = { "small", '~' },
	[VERDICT_INCONCLUSIVE] = { "inconclusive", '?' },
	[VERDICT_DIFFERENT] = { "different", 'c' },
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
	};

	return names[t];
}

/* @up: the value rose. @neutral: what to say if neither direction is better. */
static enum verdict direction(const struct metric *m, bool up, enum verdict neutral)
{
	if (m->better == RECORD_NONE)
		return neutral;
	return up == (m->better == RECORD_HIGHER) ? VERDICT_IMPROVED : VERDICT_REGRESSED;
}

static enum verdict judge_exact(const struct metric *m, const struct summary *base,
				const struct summary *other)
{
	if (!base->repeats || !other->repeats)
		return VERDICT_NOT_EXACT;
	if (base->value == other->value)
		return VERDICT_SAME;
	if (!m->gated)
		return VERDICT_CHANGED;
	return direction(m, other->value > base->value, VERDICT_CHANGED);
}

/* The threshold in the unit of the shift: a ratio, or a difference where there is none. */
static double threshold(const struct summary *base, const struct stats_shift *s)
{
	return s->relative ? VERDICT_THRESHOLD : VERDICT_THRESHOLD * fabs(base->value);
}

static unsigned int count_rounds(const struct summary *a, const struct summary *b)
{
	unsigned int i = 0, j = 0, rounds = 0;

	while (i < a->boots && j < b->boots) {
		unsigned int x = a->boot_nr[i], y = b->boot_nr[j];

		rounds += x == y;
		i += x <= y;
		j += y <= x;
	}
	return rounds;
}

void verdict_open(const struct metric *m, const struct summary *base, const struct summary *other,
		  bool interleaved, struct judgement *out)
{
	memset(out, 0, sizeof(*out));
	out->ratio = out->would_show = NAN;
	if (!base->boots || !other->boots) {
		out->verdict = VERDICT_MISSING;
		return;
	}
	out->delta = other->value - base->value;
	if (base->value != 0)
		out->ratio = out->delta / fabs(base->value);
	if (m->class == RECORD_EXACT) {
		out->verdict = judge_exact(m, base, other);
	} else if (base->min == base->max && base->min == other->min && other->min == other->max) {
		out->verdict = VERDICT_SAME;
	} else {
		out->verdict = VERDICT_FEW;
		out->rounds = interleaved ? count_rounds(base, other) : 0;
		out->open = base->boots >= VERDICT_MIN_BOOTS && other->boots >= VERDICT_MIN_BOOTS;
		out->large = !out->open && !(fabs(out->ratio) < VERDICT_LARGE);
		out->open_worse = true;
	}
}

static bool find_boot(const struct summary *s, unsigned int nr, double *v)
{
	for (unsigned int i = 0; i < s->boots; i++)
		if (s->boot_nr[i] == nr) {
			*v = s->boot[i];
			return true;
		}
	return false;
}

/* Values of the rounds that all of @s have; returns how many. */
static unsigned int match_rounds(const struct summary *const *s, size_t nr, double *const *v)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s[0]->boots; i++) {
		bool whole = true;

		for (size_t k = 0; k < nr; k++)
			whole &= find_boot(s[k], s[0]->boot_nr[i], &v[k][n]);
		n += whole;
	}
	return n;
}

/* By the rounds of two arms, or of three: base, its twin, the other. */
static int test_rounds(const struct summary *const *s, size_t nr, double level, struct judgement *j)
{
	double *v[MAX_TESTED] = { NULL };
	int err = 0;
	size_t i;

	for (i = 0; i < nr && !err; i++) {
		v[i] = calloc(s[0]->boots + 1, sizeof(*v[i]));
		err = v[i] ? 0 : -ENOMEM;
	}
	if (!err) {
		j->rounds = match_rounds(s, nr, v);
		j->p = nr == 2 ? stats_signed_rank(v[0], v[1], j->rounds) :
				 stats_aligned_rank(v[0], v[1], v[2], j->rounds);
		err = nr == 2 ? stats_paired_shift(v[0], v[1], j->rounds, level, &j->shift) :
				stats_aligned_shift(v[0], v[1], v[2], j->rounds, level, &j->shift);
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
	unsigned int of_three = twin && rounds ? count_rounds(base, twin) : 0;

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

	j->test = choose_test(base, twin, j->rounds, strict);
	if (j->test == VERDICT_ALIGNED) {
		err = test_rounds(three, 3, level, j);
	} else if (j->test == VERDICT_PAIRED) {
		err = test_rounds(pair, 2, level, j);
	} else {
		j->p = stats_mann_whitney(base->boot, base->boots, other->boot, other->boots);
		err = stats_shift(base->boot, base->boots, other->boot, other->boots, level,
				  &j->shift);
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
 * A change is called a regression if its interval clears the threshold and its p passes Holm. Both
 * are a distance in standard errors, here taken from the interval's width; 0.84 more make it 80%.
 */
static double would_show(const struct judgement *j, double theta, const struct strictness *strict)
{
	const struct stats_shift *s = &j->shift;
	double half = (stretch(s, s->high) - stretch(s, s->low)) / 2;
	double error = half / stats_normal_quantile(strict->level / 2);
	double clear = stretch(s, theta) + half;
	double pass = stats_normal_quantile(strict->least_p / 2) * error;
	double v = fmax(clear, pass) + stats_normal_quantile(0.2) * error;

	return s->relative ? expm1(v) : v;
}

static bool is_large(const struct summary *base, const struct stats_shift *s)
{
	double large = s->relative ? VERDICT_LARGE : VERDICT_LARGE * fabs(base->value);

	return s->estimate != 0 && fabs(s->estimate) >= large;
}

/* Can any p, be the arms as far apart as may be, pass? */
static bool can_pass(const struct summary *base, const struct summary *other,
		     const struct judgement *j, double least_p)
{
	double least = j->test == VERDICT_ALIGNED ? stats_least_aligned_p(j->rounds) :
		       j->test == VERDICT_PAIRED  ? stats_least_paired_p(j->rounds) :
						    stats_least_p(base->boots, other->boots);

	return least <= least_p;
}

bool verdict_reaches_worse(enum record_better better, const struct stats_shift *s, double theta)
{
	return (better != RECORD_HIGHER && s->high > theta) ||
	       (better != RECORD_LOWER && s->low < -theta);
}

void verdict_close(const struct metric *m, const struct summary *base, const struct summary *other,
		   const struct strictness *strict, struct judgement *j)
{
	double theta = threshold(base, &j->shift);

	if (j->shift.finite && j->shift.low >= -theta && j->shift.high <= theta)
		j->verdict = VERDICT_EQUIVALENT;
	else if (!j->shift.finite ||
		 (!j->significant && !can_pass(base, other, j, strict->least_p)))
		j->verdict = VERDICT_FEW;
	else if (!j->significant)
		j->verdict = VERDICT_INCONCLUSIVE;
	else if (j->shift.low > theta || j->shift.high < -theta)
		j->verdict = direction(m, j->shift.low > theta, VERDICT_DIFFERENT);
	else
		j->verdict = VERDICT_SMALL;
	if (j->verdict == VERDICT_INCONCLUSIVE)
		j->would_show = would_show(j, theta, strict);
	if (j->verdict == VERDICT_INCONCLUSIVE || j->verdict == VERDICT_FEW)
		j->large = is_large(base, &j->shift);
	j->open_worse = j->verdict != VERDICT_REGRESSED && j->verdict != VERDICT_DIFFERENT &&
			verdict_reaches_worse(m->better, &j->shift, theta);
}

double verdict_ratio(const struct judgement *j)
{
	return j->tested && j->shift.relative ? j->shift.estimate : j->ratio;
}
