// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

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
	}
}

/* Boots that both have, in one order. */
static void match_rounds(const struct summary *a, const struct summary *b, double *x, double *y)
{
	unsigned int i = 0, j = 0, n = 0;

	while (i < a->boots && j < b->boots) {
		if (a->boot_nr[i] == b->boot_nr[j]) {
			x[n] = a->boot[i++];
			y[n++] = b->boot[j++];
		} else if (a->boot_nr[i] < b->boot_nr[j]) {
			i++;
		} else {
			j++;
		}
	}
}

static int test_pairs(const struct summary *base, const struct summary *other, struct judgement *j)
{
	double *x = calloc(j->rounds, sizeof(*x)), *y = calloc(j->rounds, sizeof(*y));
	int err = -ENOMEM;

	if (x && y) {
		match_rounds(base, other, x, y);
		j->p = stats_signed_rank(x, y, j->rounds);
		err = stats_paired_shift(x, y, j->rounds, 1 - VERDICT_ALPHA, &j->shift);
	}
	free(x);
	free(y);
	return err;
}

int verdict_test(const struct summary *base, const struct summary *other, double alpha,
		 struct judgement *j)
{
	int err;

	j->paired = j->rounds >= VERDICT_MIN_ROUNDS && stats_least_paired_p(j->rounds) <= alpha;
	if (j->paired) {
		err = test_pairs(base, other, j);
	} else {
		j->p = stats_mann_whitney(base->boot, base->boots, other->boot, other->boots);
		err = stats_shift(base->boot, base->boots, other->boot, other->boots,
				  1 - VERDICT_ALPHA, &j->shift);
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
static double would_show(const struct judgement *j, double theta, double alpha)
{
	const struct stats_shift *s = &j->shift;
	double half = (stretch(s, s->high) - stretch(s, s->low)) / 2;
	double error = half / stats_normal_quantile(VERDICT_ALPHA / 2);
	double clear = stretch(s, theta) + half;
	double pass = stats_normal_quantile(alpha / 2) * error;
	double v = fmax(clear, pass) + stats_normal_quantile(0.2) * error;

	return s->relative ? expm1(v) : v;
}

static bool is_large(const struct summary *base, const struct stats_shift *s)
{
	double large = s->relative ? VERDICT_LARGE : VERDICT_LARGE * fabs(base->value);

	return s->estimate != 0 && fabs(s->estimate) >= large;
}

/* Can any p, be the arms as far apart as may be, pass @alpha? */
static bool can_pass(const struct summary *base, const struct summary *other, double alpha)
{
	return stats_least_p(base->boots, other->boots) <= alpha;
}

void verdict_close(const struct metric *m, const struct summary *base, const struct summary *other,
		   double alpha, struct judgement *j)
{
	double theta = threshold(base, &j->shift);

	if (j->shift.finite && j->shift.low >= -theta && j->shift.high <= theta)
		j->verdict = VERDICT_EQUIVALENT;
	else if (!j->shift.finite || (!j->significant && !can_pass(base, other, alpha)))
		j->verdict = VERDICT_FEW;
	else if (!j->significant)
		j->verdict = VERDICT_INCONCLUSIVE;
	else if (j->shift.low > theta || j->shift.high < -theta)
		j->verdict = direction(m, j->shift.low > theta, VERDICT_DIFFERENT);
	else
		j->verdict = VERDICT_SMALL;
	if (j->verdict == VERDICT_INCONCLUSIVE)
		j->would_show = would_show(j, theta, alpha);
	if (j->verdict == VERDICT_INCONCLUSIVE || j->verdict == VERDICT_FEW)
		j->large = is_large(base, &j->shift);
}

double verdict_ratio(const struct judgement *j)
{
	return j->tested && j->shift.relative ? j->shift.estimate : j->ratio;
}
