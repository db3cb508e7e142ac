// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often a comparison says what is so: many made-up runs whose truth is known, judged by the
 * same code as the tables. Boots scatter by 2% (normal), the seeds are fixed.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "analysis/table.h"

#define NOISE	0.02

struct world {
	unsigned int rows, boots;
	unsigned int changed;	/* so many of the rows, the first ones, are `effect` slower */
	double effect;
	double drift;		/* of the host, from boot to boot, both arms alike */
	bool in_turns;
	uint64_t random;
};

static double uniform(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return ((double)(w->random >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct world *w)
{
	return sqrt(-2 * log(uniform(w))) * cos(2 * M_PI * uniform(w));
}

/* A data set of two arms, one block per boot, straight into memory. */
struct made {
	struct record_file files[2];
	struct arm arms[2];
	struct group group;
	struct dataset ds;
};

static void make(struct made *d, const struct world *w)
{
	unsigned int i;

	*d = (struct made){ .group = { "sim", "" } };
	d->arms[0] = (struct arm){ .file = &d->files[0], .variant = "base", .boots = w->boots };
	/* Arms of different files cannot have been measured in turns. */
	d->arms[1] = (struct arm){ .file = &d->files[!w->in_turns], .variant = "other",
				   .boots = w->boots };
	d->ds = (struct dataset){ .arms = d->arms,	.nr_arms = 2,
				  .groups = &d->group,	.nr_groups = 1,
				  .nr_metrics = w->rows, .nr_obs = 2ul * w->rows * w->boots };
	d->ds.metrics = calloc(w->rows, sizeof(*d->ds.metrics));
	d->ds.obs = calloc(d->ds.nr_obs, sizeof(*d->ds.obs));
	for (i = 0; i < w->rows; i++)
		d->ds.metrics[i] = (struct metric){ .order = i, .name = "t", .unit = "ns",
						    .class = RECORD_NOISY, .gated = true };
}

static void draw(struct made *d, struct world *w)
{
	struct obs *o = d->ds.obs;
	unsigned int row, arm, boot;

	for (row = 0; row < w->rows; row++)
		for (arm = 0; arm < 2; arm++)
			for (boot = 0; boot < w->boots; boot++) {
				double v = 1000 * exp(w->drift * boot) * (1 + NOISE * normal(w));

				if (arm && row < w->changed)
					v *= 1 + w->effect;
				*o++ = (struct obs){ row, arm, 0, boot, v };
			}
}

struct outcomes {
	unsigned int rows, verdict[VERDICT_NR];
	unsigned int paired;
	double would_show;	/* mean over the inconclusive */
};

static void count(const struct table *t, struct outcomes *out, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++) {
		const struct judgement *j = &t->rows[i].others[0].j;

		out->rows++;
		out->verdict[j->verdict]++;
		out->paired += j->paired;
		if (j->verdict == VERDICT_INCONCLUSIVE)
			out->would_show += j->would_show;
	}
}

/* Judges @runs worlds and counts rows [from, to). */
static struct outcomes simulate(struct world w, unsigned int runs, unsigned int from,
				unsigned int to, const char *what)
{
	struct outcomes out = { 0 };
	struct made d;

	make(&d, &w);
	while (runs--) {
		size_t *others = calloc(1, sizeof(*others));
		struct table t;

		others[0] = 1;
		draw(&d, &w);
		cr_assert_eq(table_build(&t, &d.ds, 0, others, 1), 0);
		count(&t, &out, from, to);
		table_clear(&t);
	}
	free(d.ds.metrics);
	free(d.ds.obs);
	out.would_show /= out.verdict[VERDICT_INCONCLUSIVE] ? out.verdict[VERDICT_INCONCLUSIVE] : 1;
	printf("%s: %u rows, regressed %.2f%%, improved %.2f%%, equivalent %.2f%%, small %.2f%%, "
	       "inconclusive %.2f%%\n", what, out.rows,
	       100.0 * out.verdict[VERDICT_REGRESSED] / out.rows,
	       100.0 * out.verdict[VERDICT_IMPROVED] / out.rows,
	       100.0 * out.verdict[VERDICT_EQUIVALENT] / out.rows,
	       100.0 * out.verdict[VERDICT_SMALL] / out.rows,
	       100.0 * out.verdict[VERDICT_INCONCLUSIVE] / out.rows);
	return out;
}

static void check_no_alarm(struct world w, unsigned int runs, const char *what)
{
	struct outcomes o = simulate(w, runs, 0, w.rows, what);

	cr_assert_leq(o.verdict[VERDICT_REGRESSED] * 1000, o.rows * 5, "%u of %u rows regressed",
		      o.verdict[VERDICT_REGRESSED], o.rows);
	cr_assert_leq(o.verdict[VERDICT_IMPROVED] * 1000, o.rows * 5, "%u of %u rows improved",
		      o.verdict[VERDICT_IMPROVED], o.rows);
}

Test(simulation, no_change_raises_no_alarm)
{
	check_no_alarm((struct world){ .rows = 1, .boots = 10, .random = 1 }, 4000,
		       "no change, 1 row, 10 boots");
	check_no_alarm((struct world){ .rows = 1, .boots = 10, .in_turns = true, .random = 2 },
		       4000, "no change, 1 row, 10 boots in turns");
	check_no_alarm((struct world){ .rows = 1, .boots = 5, .random = 3 }, 4000,
		       "no change, 1 row, 5 boots");
	check_no_alarm((struct world){ .rows = 40, .boots = 10, .random = 4 }, 100,
		       "no change, 40 rows, 10 boots");
	check_no_alarm((struct world){ .rows = 1, .boots = 20, .random = 5 }, 2000,
		       "no change, 1 row, 20 boots");
}

static double found(struct world w, unsigned int runs, const char *what)
{
	struct outcomes o = simulate(w, runs, 0, w.changed, what);

	return (double)o.verdict[VERDICT_REGRESSED] / o.rows;
}

Test(simulation, five_percent_at_ten_boots_is_found)
{
	struct world w = { .rows = 1, .boots = 10, .changed = 1, .effect = 0.05, .random = 11 };

	cr_assert_geq(found(w, 2000, "+5%, 1 row, 10 boots"), 0.95);
	w.in_turns = true;
	cr_assert_geq(found(w, 2000, "+5%, 1 row, 10 boots in turns"), 0.95);
	w.in_turns = false;
	/* What Holm costs where one row of many changed, and that ten boots more pay for it. */
	w.rows = 20;
	cr_assert_geq(found(w, 400, "+5% in 1 of 20 rows, 10 boots"), 0.90);
	w.boots = 20;
	cr_assert_geq(found(w, 100, "+5% in 1 of 20 rows, 20 boots"), 0.99);
}

/* What the threshold is for: a true change that nobody cares about is no regression. */
Test(simulation, half_a_percent_is_no_regression)
{
	struct world w = { .rows = 1, .boots = 20, .changed = 1, .effect = 0.005, .random = 21 };

	cr_assert_leq(found(w, 2000, "+0.5%, 1 row, 20 boots"), 0.01);
}

/* The effect a row "would show" is found in about 80% of runs. */
Test(simulation, would_show_keeps_its_word)
{
	struct world w = { .rows = 1, .boots = 10, .random = 31 };
	double rate;

	w.effect = simulate(w, 1000, 0, 1, "no change, to learn what shows").would_show;
	w.changed = 1;
	cr_assert(w.effect > 0.03 && w.effect < 0.05, "would show %g", w.effect);
	rate = found(w, 2000, "what it would show, 10 boots");
	cr_assert(rate > 0.70 && rate < 0.92, "%g would show, and did in %g", w.effect, rate);
}

/* A host that gets 3% slower with every boot: rounds cancel it, pooled boots drown in it. */
Test(simulation, rounds_cancel_a_drift)
{
	struct world w = { .rows = 1, .boots = 10, .changed = 1, .effect = 0.05, .drift = 0.03,
			   .in_turns = true, .random = 41 };

	cr_assert_geq(found(w, 1000, "+5%, drift, 10 boots in turns"), 0.95);
	w.in_turns = false;
	cr_assert_leq(found(w, 1000, "+5%, drift, 10 boots pooled"), 0.05);
	w.in_turns = true;
	w.effect = 0;
	cr_assert_leq(found(w, 2000, "no change, drift, 10 boots in turns"), 0.005);
}

/* Pairs of 6 rounds give no p below 1/32: with more rows than one that would never do. */
Test(simulation, pairs_are_used_only_where_they_can_decide)
{
	struct world w = { .rows = 1, .boots = 6, .changed = 1, .effect = 0.2, .in_turns = true,
			   .random = 51 };

	cr_assert_eq(simulate(w, 10, 0, 1, "+20%, 1 row, 6 boots").paired, 10);
	w.rows = 2;
	cr_assert_eq(simulate(w, 10, 0, 1, "+20%, 2 rows, 6 boots").paired, 0);
	cr_assert_eq(found(w, 100, "+20% in 1 of 2 rows, 6 boots"), 1);
}
