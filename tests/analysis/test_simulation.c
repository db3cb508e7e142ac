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

#include "analysis/compare/compare.h"

#define NOISE	0.02

struct world {
	unsigned int rows, boots;
	unsigned int changed;	/* so many of the rows, the first ones, are `effect` slower */
	double effect;
	double drift;		/* of the host, from boot to boot, all arms alike */
	bool in_turns;
	bool twin;		/* an A/A arm of the base */
	double bad_twin;	/* which is so much slower than the base all the same */
	bool by_seed;		/* clock count: boots stand for seeds */
	double noise;		/* relative, from unit to unit; 0: NOISE */
	double ticks;		/* chance that a unit has a timer tick more */
	double tick;		/* so many times the noise; 0: 5 */
	unsigned int looks;	/* judged at boots, boots / 2, ..., until decided; 0: at the end */
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

enum { BASE, OTHER, TWIN };

/* A data set of two or three arms, one block per boot, straight into memory. */
struct made {
	struct record_file files[2];
	struct arm arms[3];
	struct group group;
	struct obs *all;	/* of all boots; the data set has those up to a look */
	struct dataset ds;
};

static void make(struct made *d, const struct world *w)
{
	unsigned int i;

	*d = (struct made){ .group = { "sim", "" } };
	d->arms[BASE] = (struct arm){ .file = &d->files[0], .variant = "base", .boots = w->boots };
	/* Arms of different files cannot have been measured in turns. */
	d->arms[OTHER] = (struct arm){ .file = &d->files[!w->in_turns], .variant = "other",
				       .boots = w->boots };
	d->arms[TWIN] = (struct arm){ .file = &d->files[0], .variant = "base@aa",
				      .boots = w->boots, .aa = true };
	d->files[0].run.looks = w->looks;
	d->ds = (struct dataset){ .arms = d->arms,	.nr_arms = w->twin ? 3 : 2,
				  .groups = &d->group,	.nr_groups = 1,
				  .nr_metrics = w->rows };
	d->ds.metrics = calloc(w->rows, sizeof(*d->ds.metrics));
	d->all = calloc(3ul * w->rows * w->boots, sizeof(*d->all));
	d->ds.obs = calloc(3ul * w->rows * w->boots, sizeof(*d->ds.obs));
	for (i = 0; i < w->rows; i++)
		d->ds.metrics[i] = (struct metric){ .order = i, .name = "t", .unit = "ns",
						    .threshold = VERDICT_THRESHOLD,
						    .class = RECORD_NOISY, .gated = true };
	for (i = 0; i < 3; i++)
		d->arms[i].by_seed = w->by_seed;
}

static void unmake(struct made *d)
{
	free(d->all);
	free(d->ds.metrics);
	free(d->ds.obs);
}

static void draw(struct made *d, struct world *w)
{
	struct obs *o = d->all;
	unsigned int row, arm, boot;

	for (row = 0; row < w->rows; row++)
		for (arm = 0; arm < d->ds.nr_arms; arm++)
			for (boot = 0; boot < w->boots; boot++) {
				double noise = w->noise > 0 ? w->noise : NOISE;
				double v = 1000 * exp(w->drift * boot) * (1 + noise * normal(w));

				if (w->ticks > 0 && uniform(w) < w->ticks)
					v *= 1 + (w->tick > 0 ? w->tick : 5) * noise;

				if (arm == OTHER && row < w->changed)
					v *= 1 + w->effect;
				if (arm == TWIN)
					v *= 1 + w->bad_twin;
				*o++ = (struct obs){ .metric = row, .arm = arm, .boot = boot,
							.seed = boot, .v = v };
			}
}

/* The first @boots of each arm. */
static void look(struct made *d, const struct world *w, unsigned int boots)
{
	size_t i, nr = (size_t)w->rows * d->ds.nr_arms * w->boots;

	d->ds.nr_obs = 0;
	for (i = 0; i < nr; i++)
		if (d->all[i].boot < boots)
			d->ds.obs[d->ds.nr_obs++] = d->all[i];
}

struct outcomes {
	unsigned int rows, verdict[VERDICT_NR];
	unsigned int paired, aligned;
	unsigned int showing;
	double would_show;	/* mean over those that say one */
	double boots;		/* mean over the runs */
};

static void count(const struct table *t, struct outcomes *out, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++) {
		const struct judgement *j = &t->rows[i].others[0].j;

		out->rows++;
		out->verdict[j->verdict]++;
		out->paired += j->test == VERDICT_PAIRED;
		out->aligned += j->test == VERDICT_ALIGNED;
		if (isnan(j->would_show))
			continue;
		out->would_show += j->would_show;
		out->showing++;
	}
}

static bool is_decided(const struct table *t)
{
	size_t i;

	for (i = 0; i < t->nr_rows; i++)
		if (table_undecided(t, i, 0))
			return false;
	return true;
}

/*
 * As the lab does: judges at every look, and ends where nothing is open. Returns the boots taken.
 */
static unsigned int judge(struct made *d, const struct world *w, struct table *t)
{
	unsigned int boots = w->boots >> (w->looks ? w->looks - 1 : 0);

	for (;; boots *= 2) {
		size_t *others = calloc(1, sizeof(*others));

		others[0] = OTHER;
		look(d, w, boots);
		cr_assert_eq(table_build(t, &d->ds, BASE, others, 1), 0);
		if (boots >= w->boots || is_decided(t))
			return boots;
		table_clear(t);
	}
}

/* Judges @runs worlds and counts rows [from, to). */
static struct outcomes simulate(struct world w, unsigned int runs, unsigned int from,
				unsigned int to, const char *what)
{
	struct outcomes out = { 0 };
	struct made d;
	unsigned int i;

	make(&d, &w);
	for (i = 0; i < runs; i++) {
		struct table t;

		draw(&d, &w);
		out.boots += (double)judge(&d, &w, &t) / runs;
		count(&t, &out, from, to);
		table_clear(&t);
	}
	unmake(&d);
	out.would_show /= out.showing ? out.showing : 1;
	printf("%s: %u rows, regressed %.2f%%, improved %.2f%%, same %.2f%%, small %.2f%%, "
	       "unclear %.2f%%, %.1f boots\n", what, out.rows,
	       100.0 * out.verdict[VERDICT_REGRESSED] / out.rows,
	       100.0 * out.verdict[VERDICT_IMPROVED] / out.rows,
	       100.0 * out.verdict[VERDICT_SAME] / out.rows,
	       100.0 * out.verdict[VERDICT_SMALL] / out.rows,
	       100.0 * out.verdict[VERDICT_UNCLEAR] / out.rows, out.boots);
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
	/* What Holm costs where one row of many changed, and that ten boots more pay for it. */
	w.rows = 20;
	cr_assert_geq(found(w, 400, "+5% in 1 of 20 rows, 10 boots in turns"), 0.90);
	w.in_turns = false;
	cr_assert_geq(found(w, 400, "+5% in 1 of 20 rows, 10 boots"), 0.90);
	w.boots = 20;
	cr_assert_geq(found(w, 100, "+5% in 1 of 20 rows, 20 boots"), 0.99);
}

/* What the lab does in real time: the A/A arm's boots are the base's as well. */
Test(simulation, with_an_aa_arm_five_percent_is_found_among_twenty_rows)
{
	struct world w = { .rows = 20, .boots = 10, .changed = 1, .effect = 0.05, .in_turns = true,
			   .twin = true, .random = 61 };
	struct outcomes o;

	cr_assert_geq(found(w, 2000, "+5% in 1 of 20 rows, 10 boots, A/A arm"), 0.95);
	w.rows = 40;
	cr_assert_geq(found(w, 1000, "+5% in 1 of 40 rows, 10 boots, A/A arm"), 0.95);
	w.drift = 0.03;
	cr_assert_geq(found(w, 1000, "+5% in 1 of 40 rows, drift, 10 boots, A/A arm"), 0.95);
	w.effect = 0;
	o = simulate(w, 10, 0, w.rows, "no change, drift, A/A arm");
	cr_assert_eq(o.aligned, o.rows);
	check_no_alarm(w, 250, "no change, 40 rows, drift, 10 boots, A/A arm");
	w.rows = 1;
	check_no_alarm(w, 4000, "no change, 1 row, drift, 10 boots, A/A arm");
}

/* Looks at 10, 20 and 40 boots, each with its third of the 5%. */
Test(simulation, looking_early_raises_no_alarm)
{
	struct world w = { .rows = 1, .boots = 40, .in_turns = true, .twin = true, .looks = 3,
			   .random = 71 };

	check_no_alarm(w, 4000, "no change, 1 row, adaptive");
	w.rows = 20;
	check_no_alarm(w, 200, "no change, 20 rows, adaptive");
	w.twin = false;
	w.rows = 1;
	check_no_alarm(w, 4000, "no change, 1 row, adaptive, no A/A arm");
}

Test(simulation, looking_early_finds_and_saves_boots)
{
	struct world w = { .rows = 1, .boots = 40, .changed = 1, .effect = 0.05, .in_turns = true,
			   .twin = true, .looks = 3, .random = 72 };
	struct outcomes o = simulate(w, 1000, 0, 1, "+5%, 1 row, adaptive");

	cr_assert_geq((double)o.verdict[VERDICT_REGRESSED] / o.rows, 0.95);
	cr_assert_leq(o.boots, 15);
	w.effect = 0.03;
	cr_assert_geq(found(w, 1000, "+3%, 1 row, adaptive"), 0.95);
	w.rows = 20;
	w.effect = 0.05;
	cr_assert_geq(found(w, 200, "+5% in 1 of 20 rows, adaptive"), 0.95);
}

/* How many of @runs runs are called invalid by their A/A arm. */
static double aa_fails(struct world w, unsigned int runs, const char *what)
{
	unsigned int failed = 0, i;
	struct made d;

	make(&d, &w);
	for (i = 0; i < runs; i++) {
		struct aa aa;

		draw(&d, &w);
		look(&d, &w, w.boots);
		cr_assert_eq(aa_build(&aa, &d.ds, BASE, TWIN), 0);
		failed += aa.failed != 0;
		table_clear(&aa.table);
	}
	unmake(&d);
	printf("%s: A/A failed in %.2f%% of %u runs\n", what, 100.0 * failed / runs, runs);
	return (double)failed / runs;
}

/* By Holm at most 5% of sound runs; an arm that is slow for no reason must not pass. */
Test(simulation, the_aa_arm_fails_as_often_as_designed)
{
	struct world w = { .rows = 20, .boots = 10, .in_turns = true, .twin = true, .random = 81 };

	cr_assert_leq(aa_fails(w, 1000, "same code, 20 rows"), 0.05);
	w.rows = 1;
	cr_assert_leq(aa_fails(w, 4000, "same code, 1 row"), 0.05);
	w.rows = 20;
	w.bad_twin = 0.05;
	cr_assert_geq(aa_fails(w, 200, "A/A arm 5% slower, 20 rows"), 0.99);
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

/* Pairs of 10 rounds give no p below 1/512, and that only if all ten agree. */
Test(simulation, pairs_are_used_only_where_they_can_decide)
{
	struct world w = { .rows = 1, .boots = 6, .changed = 1, .effect = 0.2, .in_turns = true,
			   .random = 51 };

	cr_assert_eq(simulate(w, 10, 0, 1, "+20%, 1 row, 6 boots").paired, 0);
	cr_assert_eq(found(w, 100, "+20% in 1 row, 6 boots"), 1);
	w.boots = 10;
	cr_assert_eq(simulate(w, 10, 0, 1, "+20%, 1 row, 10 boots").paired, 10);
	w.rows = 20;
	cr_assert_eq(simulate(w, 10, 0, 1, "+20%, 20 rows, 10 boots").paired, 0);
}

/*
 * Seeds under clock count: eight of them, as many gated rows as a quick run has with noise, and the
 * largest noise that one has there. A rebuild that does no harm is another draw.
 */
#define SEED_ROWS	16
#define SEED_NOISE	0.002

Test(simulation, seeds_raise_no_alarm)
{
	struct world w = { .rows = SEED_ROWS, .boots = 8, .by_seed = true, .noise = SEED_NOISE,
			   .random = 91 };

	check_no_alarm(w, 500, "no change, 16 rows, 8 seeds");
	w.ticks = 0.2;
	check_no_alarm(w, 500, "no change, 16 rows, 8 seeds, ticks");
	w.noise = 0.02;
	check_no_alarm(w, 500, "no change, 16 rows, 8 seeds, ten times the noise, ticks");
	w.boots = 4;
	check_no_alarm(w, 500, "no change, 16 rows, 4 seeds, ten times the noise, ticks");
}

Test(simulation, eight_seeds_find_one_percent)
{
	struct world w = { .rows = SEED_ROWS, .boots = 8, .by_seed = true, .noise = SEED_NOISE,
			   .changed = 1, .effect = 0.01, .random = 92 };

	cr_assert_geq(found(w, 2000, "+1% in 1 of 16 rows, 8 seeds"), 0.95);
	w.changed = w.rows;
	cr_assert_geq(found(w, 200, "+1% in 16 of 16 rows, 8 seeds"), 0.95);
	/* A zap: quiet, but for one tick in eighty that is worth 6 %. */
	w.changed = 1;
	w.noise = 0.001;
	w.ticks = 1 / 80.0;
	w.tick = 60;
	cr_assert_geq(found(w, 2000, "+1% in 1 of 16 rows, 8 seeds, a tick of 6% in 80 values"), 0.95);
	w.ticks = 0;
	w.changed = w.rows;
	/* What is there and shown to be below the threshold is no regression. */
	w.effect = 0.005;
	w.noise = 0.001;
	cr_assert_leq(found(w, 200, "+0.5% in 16 of 16 rows, 8 seeds"), 0.01);
}
