// SPDX-License-Identifier: GPL-2.0-or-later
#include "hunt.h"

#include <analysis/stats/stats.h>
#include <lab/child.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fatal.h"

#define CONFIRM_TURN	5	/* boots of one side in a row, then the other side's */

static const char *name_of(const struct hunt *h, size_t i)
{
	static char text[160];

	/* Two values of an option differ at the end of their names only. */
	snprintf(text, sizeof(text), "%.*s (%.80s)", h->line.kind == LINE_OPTION ? REPO_ID : 12,
		 h->line.points[i].id, h->line.points[i].subject);
	return text;
}

static int faulted(void)
{
	return child_interrupted
		       ? complain(BENCH_INVALID,
				  "interrupted; the same command goes on where this one stopped")
		       : BENCH_CANNOT;
}

/*
 * Values of a point. Of an exact metric two boots must agree; if not, two of three, and if not
 * those either, something is wrong that no search can get over.
 */
static int measure(struct hunt *h, size_t i, const char *purpose, unsigned int boots,
		   struct measured *out, enum outcome *r)
{
	bool odd = false;
	double v;

	*r = measure_point(&h->m, i, purpose, boots, out);
	if (*r == OUTCOME_FAULT)
		return faulted();
	if (*r == OUTCOME_SKIP || !h->exact)
		return 0;
	if (!judge_agree(out->values, out->nr, &v, &odd)) {
		*r = measure_point(&h->m, i, purpose, 3, out);
		if (*r != OUTCOME_MEASURED)
			return faulted();
		if (!judge_agree(out->values, out->nr, &v, &odd))
			return complain(
				BENCH_INVALID,
				"%s: an exact metric that differs from boot to boot: %g, %g, %g",
				name_of(h, i), out->values[0], out->values[1], out->values[2]);
		complain(0, "%s: one boot in three differs: %g, %g, %g", name_of(h, i),
			 out->values[0], out->values[1], out->values[2]);
	}
	h->odd += odd;
	for (size_t k = 0; k < out->nr; k++)
		out->values[k] = v;
	return 0;
}

static int remember(struct hunt *h, size_t i, const struct measured *m)
{
	if (!*m->why) {
		h->seen[i].value = stats_median(m->values, m->nr);
		return 0;
	}
	free(h->seen[i].why);
	h->seen[i].why = strdup(m->why);
	return h->seen[i].why ? 0 : complain(BENCH_INVALID, "no memory");
}

/* --- the ends --- */

static enum outcome try_to_build(struct hunt *h, size_t i, struct measured *m)
{
	return h->m.command ? measure_point(&h->m, i, "", h->calibration, m)
			    : measure_builds(&h->m, i, m);
}

/* The good end can be measured and the bad one cannot: which point is the first that cannot? */
static void find_break(struct hunt *h)
{
	struct search s;
	struct measured m;
	char why[CACHE_WHY];
	size_t i;

	if (search_init(&s, h->line.nr))
		return;
	snprintf(why, sizeof(why), "%s", h->seen[h->line.nr - 1].why);
	complain(0, "looking for the first point where that is so");
	while (search_next(&s, &i)) {
		enum outcome r = try_to_build(h, i, &m);

		if (r == OUTCOME_FAULT)
			break;
		if (r == OUTCOME_SKIP)
			memcpy(why, m.why, sizeof(why));
		search_tell(&s, i, r == OUTCOME_SKIP ? SIDE_BAD : SIDE_GOOD);
	}
	if (s.last_good + 1 == s.first_bad)
		complain(0,
			"from %s on: %s; use the one before it as the bad end, or carry the patches over",
			name_of(h, s.first_bad), why);
	search_free(&s);
}

static int measure_end(struct hunt *h, size_t i, const char *which, struct measured *m)
{
	enum outcome r;
	int s;

	complain(0, "the %s end, %s", which, name_of(h, i));
	s = measure(h, i, "", h->calibration, m, &r);
	if (!s)
		s = remember(h, i, m);
	if (s || r == OUTCOME_MEASURED)
		return s;
	h->other_seed = h->m.built && h->exact && !h->m.command;
	complain(0, "the %s end cannot be measured: %s: %s", which, name_of(h, i), m->why);
	if (h->other_seed && h->seeds_tried < MEASURE_MORE_SEEDS)
		return BENCH_INVALID;
	if (i && h->line.kind != LINE_OPTION)
		find_break(h);
	return BENCH_INVALID;
}

static int refuse(const struct hunt *h, enum judge_refusal why)
{
	const struct judge *j = &h->judge;

	switch (why) {
	case JUDGE_FINE:
		return 0;
	case JUDGE_SAME:
		return complain(
			BENCH_INVALID,
			"the ends do not differ: both give %.10g%s%s; there is nothing to find",
			j->good, *h->m.unit ? " " : "", h->m.unit);
	case JUDGE_NOISY:
		return complain(
			BENCH_INVALID,
			"the ends differ (%.6g, %.6g %s), but by %.2f standard deviations of a boot only: no affordable number of boots would tell; try --clock count, or more --pages",
			j->good, j->bad, h->m.unit, j->d);
	default:
		return complain(BENCH_INVALID, "an end gives different values in different boots");
	}
}

static int measure_ends(struct hunt *h, struct measured *good, struct measured *bad)
{
	int s = measure_end(h, 0, "good", good);

	return s ? s : measure_end(h, h->line.nr - 1, "bad", bad);
}

/*
 * A boot of one schedule may die where another lives: then all points are measured with the next
 * seed.
 */
static bool next_seed(struct hunt *h)
{
	if (!h->other_seed || h->seeds_tried == MEASURE_MORE_SEEDS)
		return false;
	h->other_seed = false;
	h->seeds_tried++;
	h->with_seed.seed++;
	complain(0, "once more with seed %llu", (unsigned long long)h->with_seed.seed);
	return true;
}

int hunt_ends(struct hunt *h)
{
	struct measured good, bad;
	size_t last = h->line.nr - 1;
	int s;

	h->seen = calloc(h->line.nr, sizeof(*h->seen));
	if (!h->seen || search_init(&h->search, h->line.nr))
		return complain(BENCH_INVALID, "no memory");
	for (size_t i = 0; i < h->line.nr; i++)
		h->seen[i].value = NAN;
	h->certainty = 1;
	s = measure_ends(h, &good, &bad);
	while (s && next_seed(h))
		s = measure_ends(h, &good, &bad);
	if (s)
		return s;
	s = refuse(h, judge_calibrate(&h->judge, h->exact, good.values, good.nr, bad.values, bad.nr,
				      search_steps_left(&h->search)));
	if (s)
		return s;
	complain(0, "good %.10g, bad %.10g%s%s", h->judge.good, h->judge.bad, *h->m.unit ? " " : "",
		 h->m.unit);
	if (last > 1)
		complain(0, "%u boots a step, about %u steps for %zu %s", h->judge.boots,
			 search_steps_left(&h->search), last, line_plural(&h->line));
	return 0;
}

/* --- the steps --- */

/*
 * What the good end has moved by since it was calibrated: half as many boots of it beside every
 * step. What is counted has no drift.
 */
static int measure_drift(struct hunt *h, size_t i, double *drift)
{
	char purpose[REPO_ID + 16];
	struct measured m;
	enum outcome r;
	int s;

	*drift = 0;
	if (h->exact || h->m.seeds || !(h->judge.sd > 0))
		return 0;
	snprintf(purpose, sizeof(purpose), "beside %s", h->line.points[i].id);
	s = measure(h, 0, purpose, (unsigned int)judge_beside(h->judge.boots), &m, &r);
	if (!s && r == OUTCOME_MEASURED)
		*drift = judge_drift(&h->judge, m.values, m.nr);
	return s;
}

static void say_step(const struct hunt *h, size_t i, enum side side, bool third)
{
	if (side == SIDE_SKIP)
		complain(0, "%zu of %zu, %s: skipped: %s", i, h->line.nr - 1, name_of(h, i),
			 h->seen[i].why);
	else
		complain(0, "%zu of %zu, %s: %.10g: %s%s", i, h->line.nr - 1, name_of(h, i),
			 h->seen[i].value, side == SIDE_GOOD ? "good" : "bad",
			 third ? ", but neither end's value: another change on the way" : "");
}

int hunt_point(struct hunt *h, size_t i, enum side *side)
{
	struct measured m;
	bool third = false;
	enum outcome r;
	double drift = 0;
	int s = measure(h, i, "", h->judge.boots, &m, &r);

	if (!s)
		s = remember(h, i, &m);
	if (!s && r == OUTCOME_MEASURED)
		s = measure_drift(h, i, &drift);
	if (s)
		return s;
	*side = SIDE_SKIP;
	if (r == OUTCOME_MEASURED) {
		*side = judge_side(&h->judge, m.values, m.nr, drift, &third);
		h->certainty *= 1 - judge_error(&h->judge, m.nr);
	}
	say_step(h, i, *side, third);
	return 0;
}

int hunt_all(struct hunt *h)
{
	enum side side;
	size_t i;
	int s;

	while (search_next(&h->search, &i)) {
		s = hunt_point(h, i, &side);
		if (s)
			return s;
		search_tell(&h->search, i, side);
	}
	return 0;
}

/* --- the end --- */

static bool is_confirmed(const struct hunt *h)
{
	const double *x = h->parent.values, *y = h->culprit.values;
	size_t parent = h->search.last_good, culprit = h->search.first_bad;
	bool up = h->judge.bad > h->judge.good;

	if (h->exact)
		return x[0] == h->seen[parent].value && y[0] == h->seen[culprit].value &&
		       x[0] != y[0];
	return stats_mann_whitney(x, h->parent.nr, y, h->culprit.nr) <= 0.05 &&
	       (stats_median(y, h->culprit.nr) > stats_median(x, h->parent.nr)) == up;
}

int hunt_confirm(struct hunt *h)
{
	unsigned int all = h->confirmation, turn = h->exact ? all : CONFIRM_TURN;
	enum outcome r = OUTCOME_MEASURED, q = OUTCOME_MEASURED;
	int s = 0;

	/*
	 * Nothing between the ends: what they were measured at, in boots that agree, is the answer.
	 */
	if (h->exact && h->line.nr == 2) {
		h->parent = (struct measured){ .values = { h->seen[0].value }, .nr = 1 };
		h->culprit = (struct measured){ .values = { h->seen[1].value }, .nr = 1 };
		h->confirmed = true;
		return 0;
	}
	complain(0, "both sides of the change once more");
	for (unsigned int n = turn; !s && n <= all; n += turn) {
		s = measure(h, h->search.last_good, "again", n, &h->parent, &r);
		if (!s)
			s = measure(h, h->search.first_bad, "again", n, &h->culprit, &q);
		if (!s && (r != OUTCOME_MEASURED || q != OUTCOME_MEASURED))
			s = complain(BENCH_INVALID,
				     "what was measured before cannot be measured again: %s%s",
				     h->parent.why, h->culprit.why);
	}
	if (!s)
		h->confirmed = is_confirmed(h);
	return s;
}

void hunt_free(struct hunt *h)
{
	for (size_t i = 0; h->seen && i < h->line.nr; i++)
		free(h->seen[i].why);
	free(h->seen);
	search_free(&h->search);
	line_close(&h->line);
}
