// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
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

static enum verdict judge_noisy(const struct metric *m, const struct summary *base,
				const struct judgement *j)
{
	double theta = threshold(base, &j->shift);

	if (!j->shift.finite)
		return VERDICT_FEW;
	if (j->shift.low >= -theta && j->shift.high <= theta)
		return VERDICT_EQUIVALENT;
	if (j->p > VERDICT_ALPHA)
		return VERDICT_INCONCLUSIVE;
	if (j->shift.low > theta || j->shift.high < -theta)
		return direction(m, j->shift.low > theta, VERDICT_DIFFERENT);
	return VERDICT_SMALL;
}

static int test(const struct summary *base, const struct summary *other, struct judgement *j)
{
	int err = stats_shift(base->boot, base->boots, other->boot, other->boots, 1 - VERDICT_ALPHA,
			      &j->shift);

	if (err)
		return err;
	j->p = stats_mann_whitney(base->boot, base->boots, other->boot, other->boots);
	if (isnan(j->p))
		return -ENOMEM;
	j->tested = true;
	return 0;
}

int verdict_judge(const struct metric *m, const struct summary *base, const struct summary *other,
		  struct judgement *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	out->ratio = NAN;
	if (!base->boots || !other->boots) {
		out->verdict = VERDICT_MISSING;
		return 0;
	}
	out->delta = other->value - base->value;
	if (base->value != 0)
		out->ratio = out->delta / fabs(base->value);
	if (m->class == RECORD_EXACT) {
		out->verdict = judge_exact(m, base, other);
		return 0;
	}
	if (base->min == base->max && base->min == other->min && other->min == other->max) {
		out->verdict = VERDICT_SAME;
		return 0;
	}
	out->verdict = VERDICT_FEW;
	if (base->boots < VERDICT_MIN_BOOTS || other->boots < VERDICT_MIN_BOOTS)
		return 0;
	err = test(base, other, out);
	if (!err)
		out->verdict = judge_noisy(m, base, out);
	return err;
}

double verdict_ratio(const struct judgement *j)
{
	return j->tested && j->shift.relative ? j->shift.estimate : j->ratio;
}
