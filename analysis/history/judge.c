// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <util/quantile.h>

#include "analysis/compare/compare.h"
#include "judge.h"

/* Accepted nights so far; a new segment starts with each acknowledged change. */
struct past {
	double v[GATE_REPLAY];
	unsigned int segment[GATE_REPLAY];
	size_t nr;
	unsigned int now;	/* segment */
};

/* Median of those of the last nights that are in @segment. NaN: none. */
static double segment_level(const struct past *p, size_t first, unsigned int segment)
{
	double x[GATE_WINDOW];
	size_t n = 0, i;

	for (i = first; i < p->nr; i++)
		if (p->segment[i] == segment)
			x[n++] = p->v[i];
	return n ? quantile_of(x, n, 0.5) : NAN;
}

static double night_to_night_floor(const struct past *p, size_t first)
{
	double a[GATE_WINDOW], q1, q3;
	size_t n = 0, i;

	for (i = first + 1; i < p->nr; i++)
		if (p->segment[i] == p->segment[i - 1])
			a[n++] = fabs(p->v[i] / p->v[i - 1] - 1);
	if (!n)
		return 0;
	q1 = quantile_of(a, n, 0.25);
	q3 = quantile_of(a, n, 0.75);
	return q3 + 3 * (q3 - q1);
}

static size_t first_of_window(const struct past *p)
{
	return p->nr > GATE_WINDOW ? p->nr - GATE_WINDOW : 0;
}

static double deviation(const struct past *p)
{
	size_t first = first_of_window(p), i;
	double off[GATE_WINDOW], level = NAN;
	unsigned int segment = 0;

	for (i = first; i < p->nr; i++) {
		if (i == first || p->segment[i] != segment)
			level = segment_level(p, first, p->segment[i]);
		segment = p->segment[i];
		off[i - first] = fabs(p->v[i] / level - 1);
	}
	return p->nr ? quantile_of(off, p->nr - first, 0.5) : 0;
}

static bool is_worse(double change, enum record_better better)
{
	return better == RECORD_HIGHER ? change < 0 : change > 0;
}

static bool is_outlier(const struct gate_level *l, double ratio)
{
	return fabs(ratio / l->level - 1) > GATE_FENCE * l->mad;
}

/* Nearly every night is within the threshold: the deviation is asked for last. */
static bool accepts(const struct past *p, double v, enum record_better better)
{
	struct gate_level l = { .nights = p->nr - first_of_window(p) };

	if (l.nights < GATE_ENOUGH)
		return true;
	l.level = segment_level(p, first_of_window(p), p->now);
	if (isnan(l.level) || !is_worse(v / l.level - 1, better) ||
	    fabs(v / l.level - 1) <= VERDICT_THRESHOLD)
		return true;
	l.mad = deviation(p);
	return !is_outlier(&l, v);
}

int gate_level(const double *v, size_t n, const struct gate_ack *acks, size_t nr_acks,
	       enum record_better better, struct gate_level *out)
{
	struct past *p = calloc(1, sizeof(*p));
	size_t i, ack = 0;

	if (!p)
		return -ENOMEM;
	for (i = n > GATE_REPLAY ? n - GATE_REPLAY : 0; i < n; i++) {
		for (; ack < nr_acks && acks[ack].at <= i; ack++)
			p->now++;
		if (isnan(v[i]) || !accepts(p, v[i], better))
			continue;
		p->v[p->nr] = v[i];
		p->segment[p->nr++] = p->now;
	}
	p->now += (unsigned int)(nr_acks - ack);	/* those of tonight */
	i = first_of_window(p);
	out->nights = p->nr - i;
	out->level = segment_level(p, i, p->now);
	out->mad = deviation(p);
	out->floor = night_to_night_floor(p, i);
	if (isnan(out->level) && nr_acks)
		out->level = acks[nr_acks - 1].value;
	free(p);
	return 0;
}

bool gate_is_accepted(size_t night, const struct gate_ack *acks, size_t nr_acks)
{
	size_t i;

	for (i = 0; i < nr_acks; i++)
		if (night <= acks[i].at + GATE_ACK_AFTER && night + GATE_RECENT > acks[i].at)
			return true;
	return false;
}

/* The base's boots as they would be at the level: then no change is a ratio of 1. */
static double *scale(const struct summary *base, double level)
{
	double *x = calloc(base->n, sizeof(*x));
	unsigned int i;

	for (i = 0; x && i < base->n; i++)
		x[i] = base->sample[i] * level;
	return x;
}

static int test(const struct summary *base, const struct summary *tonight, double level,
		double alpha, struct gate_judgement *j, struct stats_shift *s)
{
	double *x = scale(base, level);
	int err;

	if (!x)
		return -ENOMEM;
	err = stats_shift(x, base->n, tonight->sample, tonight->n, 1 - alpha, s);
	j->p = stats_mann_whitney(x, base->n, tonight->sample, tonight->n);
	free(x);
	return isnan(j->p) ? -ENOMEM : err;
}

int gate_judge(const struct gate_level *l, enum record_better better, const struct summary *base,
	       const struct summary *tonight, double alpha, struct gate_judgement *out)
{
	double level = isnan(l->level) ? 1 : l->level;
	struct stats_shift s;
	int err;

	*out = (struct gate_judgement){ .outcome = GATE_FEW, .ratio = NAN, .p = 1,
					.advisory = l->nights < GATE_ENOUGH };
	out->theta = out->advisory ? VERDICT_THRESHOLD : fmax(VERDICT_THRESHOLD, l->floor);
	if (base->n < VERDICT_MIN_BOOTS || tonight->n < VERDICT_MIN_BOOTS)
		return 0;
	err = test(base, tonight, level, alpha, out, &s);
	if (err || !s.finite || !s.relative)
		return err;
	out->ratio = level * (1 + s.estimate);
	out->least_p = stats_least_p(base->n, tonight->n);
	out->low = level * (1 + s.low);
	out->high = level * (1 + s.high);
	out->beyond = better == RECORD_HIGHER ? s.high < -out->theta : s.low > out->theta;
	if (!out->advisory)
		out->beyond &= is_outlier(l, out->ratio);
	out->reaches = verdict_reaches_worse(better, &s, out->advisory ? out->theta :
					     fmax(out->theta, GATE_FENCE * l->mad));
	out->outcome = better == RECORD_NONE ? GATE_OK :
		       out->beyond	     ? GATE_ALERT :
		       out->reaches	     ? GATE_OPEN : GATE_OK;
	return 0;
}

int gate_holm(struct gate_judgement *const *j, size_t nr, double alpha)
{
	double *p = calloc(nr + 1, sizeof(*p));
	bool *stands = calloc(nr + 1, sizeof(*stands));
	size_t i, k, tested = 0;
	int err = p && stands ? 0 : -ENOMEM;

	for (i = 0; i < nr && !err; i++)
		if (j[i]->outcome != GATE_FEW)
			p[tested++] = j[i]->p;
	if (!err)
		err = stats_holm(p, tested, alpha, stands);
	for (i = k = 0; i < nr && !err; i++) {
		if (j[i]->outcome == GATE_FEW)
			continue;
		if (j[i]->least_p > alpha / (double)tested)
			j[i]->outcome = GATE_FEW;
		else if (!stands[k] && j[i]->outcome == GATE_ALERT)
			j[i]->outcome = GATE_OPEN;
		k++;
	}
	free(p);
	free(stands);
	return err;
}
