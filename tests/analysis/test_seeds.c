// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs of many seeds under clock `count`: the verdicts, their words, and the one screen that they
 * come to.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "analysis/analysis.h"
#include "fixture.h"
#include "record/record.h"
#include "tests/record/schema_check.h"
#include "tests/record/scratch.h"

TestSuite(seeds, .init = scratch_enter, .fini = scratch_leave);

#define SEEDS	8

/* What the other arms differ by from `freeze`, and what else is made up. */
struct seeded {
	const char *const *variants;	/* ends with NULL */
	unsigned int seeds, first_seed;	/* 0: SEEDS, from 1 */
	unsigned int boots;		/* of every seed; 0: one */
	double fault;			/* factor of a fault's median */
	double zap;			/* factor of a page's zap */
	double noise;			/* of a zap, from seed to seed, in each arm on its own */
	double tracks;			/* per page, of the other arms; 0: as the base */
	double control;			/* factor of a control's zap; 0: 1 */
	double retries;			/* per fault, of the other arms */
	double base_retries;
	unsigned int retry_seeds;	/* the others have none; 0: all have */
	bool two_modes;			/* of a fault's time */
	bool unsteady;			/* the second boot of a seed is another one's */
	bool whole;			/* old: module and waiting are not told apart */
	double waiting;			/* per page */
	const char *threshold;		/* of a zap; NULL: none said */
};

struct made {
	const struct seeded *s;
	const char *variant;
	bool base;
	uint64_t seed;
	unsigned int boot, block;
	struct record_builder *b;
	struct record_writer *w;
};

/* -1 .. 1, the same for the same seed, arm and salt. */
static double draw(const struct made *m, uint64_t salt)
{
	uint64_t x = m->seed * 0x9e3779b97f4a7c15u + salt * 0xbf58476d1ce4e5b9u + m->base;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (double)((x ^ x >> 31) >> 11) / 4503599627370496.0 - 1;
}

static double factor(const struct made *m, double other)
{
	return m->base || other == 0 ? 1 : other;
}

static void metric(struct made *m, const char *name, double v, const char *unit, bool exact,
		   double module)
{
	bool gated = strcmp(name, "fault_p99") && (!m->s->two_modes || strcmp(name, "fault_p50"));

	record_builder_metric(m->b, name, v, unit, RECORD_LOWER,
			      exact ? RECORD_EXACT : RECORD_BOUNDED, gated, 256);
	if (module > 0 && !m->s->whole)
		record_builder_parts(m->b, name, module, m->s->waiting);
}

static void begin_block(struct made *m, const char *case_name)
{
	m->b = record_builder_new(m->variant, case_name, m->boot, m->block++, false);
	record_builder_param_int(m->b, "vcpus", 2);
	record_builder_seed(m->b, m->seed);
	record_builder_oracle_ran(m->b);
}

static void end_block(struct made *m)
{
	cr_assert_eq(record_builder_finish(m->b, m->w), 0);
}

static void two_modes(struct made *m)
{
	struct hist *h = calloc(1, sizeof(*h));

	cr_assert_not_null(h);
	for (unsigned int i = 0; i < 256; i++)
		hist_add(h, i % 2 ? 4753 : 50);
	record_builder_hist(m->b, "fault", "insn", h, 24);
	free(h);
}

static void add_populate(struct made *m)
{
	begin_block(m, "populate");
	metric(m, "fault_p50", 4753 * factor(m, m->s->fault) + (m->s->unsteady && m->boot), "insn",
	       true, 2444);
	metric(m, "fault_p99", 12000 * (1 + 0.2 * draw(m, 1)), "insn", false, 9000);
	metric(m, "augs_per_fault", 1, "1/fault", true, 0);
	metric(m, "retries_per_fault",
	       m->s->retry_seeds && m->seed > m->s->retry_seeds ? 0 :
	       m->base						? m->s->base_retries :
								  m->s->retries,
	       "1/fault", true, 0);
	if (m->s->two_modes)
		two_modes(m);
	end_block(m);
}

static void add_zap(struct made *m, const char *case_name, double page, double by)
{
	bool control = !strncmp(case_name, "plain", 5);

	begin_block(m, case_name);
	metric(m, "zap_per_page", page * factor(m, by) * (1 + m->s->noise * draw(m, 2)),
	       "insn/page", false, control ? 0 : 2252);
	if (!control) {
		double tracks = m->base || m->s->tracks == 0 ? 1 : m->s->tracks;

		metric(m, "tracks_per_page", tracks, "1/page", true, 0);
		metric(m, "kicks_per_page", tracks, "1/page", true, 0);
	}
	end_block(m);
}

static void add_seed(struct made *m)
{
	add_populate(m);
	add_zap(m, "zap", 2300, m->s->zap);
	add_zap(m, "zap-running", 3400, m->s->zap);
	add_zap(m, "plain-zap", 822, m->s->control);
}

static void write_run(struct record_writer *w)
{
	struct record_run run = { .version = "0.1", .substrate = "soft", .clock = "count",
				  .profile = "all-zero", .flavour = "plain", .seed = 1 };

	run.env = json_tokener_parse("{\"kernel\":\"7.3.4\",\"qemu\":\"7.2.22\",\"accel\":\"tcg\","
				     "\"cpu\":\"Example\",\"host_cpus\":2,\"options\":\"--cases=x "
				     "--vcpus=2 --clock=count\",\"variants\":{\"freeze\":{\"patch\":"
				     "\"0123456789abcdef\"}}}");
	cr_assert_eq(record_write_run(w, &run), 0);
	json_object_put(run.env);
}

static void write_seeds(const char *path, const struct seeded *s)
{
	unsigned int boots = s->boots ? s->boots : 1, seeds = s->seeds ? s->seeds : SEEDS;
	struct made m = { .s = s };

	unlink(path);
	cr_assert_eq(record_open_append(path, &m.w), 0);
	write_run(m.w);
	for (m.boot = 0; m.boot < boots; m.boot++)
		for (size_t v = 0; s->variants[v]; v++) {
			m.variant = s->variants[v];
			m.base = !strcmp(m.variant, "freeze");
			m.block = 1;
			for (unsigned int i = 0; i < seeds; i++) {
				m.seed = i + (s->first_seed ? s->first_seed : 1);
				add_seed(&m);
			}
		}
	cr_assert_eq(record_write_end(m.w, 0), 0);
	cr_assert_eq(record_close(m.w), 0);
	if (s->threshold)
		scratch_threshold(path, "zap_per_page", s->threshold);
}

static const char *const two[] = { "freeze", "mine", NULL };
static const char *const four[] = { "freeze", "mine", "other", "third", NULL };

static struct outcome compare(const struct seeded *s, const char *option)
{
	write_seeds("r", s);
	return outcome_of(cmd_compare, "r", option, NULL);
}

static void check(const struct seeded *s, int status, const char *said)
{
	struct outcome o = compare(s, NULL);

	cr_assert_eq(o.status, status, "status %d: %s%s", o.status, o.out, o.err);
	cr_assert_not_null(strstr(o.out, said), "not said: %s, but: %s", said, o.out);
	outcome_free(&o);
}

Test(seeds, a_difference_below_the_threshold_is_small_and_shown)
{
	const struct seeded s = { .variants = two, .fault = 4757.0 / 4753, .noise = 0.002 };
	struct outcome o;

	check(&s, 0, "populate        p50        4753    4757  +0.08% small");
	o = outcome_of(cmd_compare, "r", "--strict", NULL);
	cr_assert_eq(o.status, 1, "%s", o.out);
	outcome_free(&o);
}

Test(seeds, from_the_threshold_on_an_exact_difference_fails)
{
	const struct seeded s = { .variants = two, .fault = 1.0101, .noise = 0.002 };

	check(&s, 1, "1 of 10 gated rows regressed");
}

/* Neither a control nor a repeat fails a comparison of nothing. */
Test(seeds, no_difference_passes)
{
	const struct seeded s = { .variants = two, .noise = 0.002 };

	check(&s, 0, "controls: 1 of 1 cases without S-EPT did not move");
}

Test(seeds, eight_seeds_find_one_percent_in_a_mean)
{
	const struct seeded worse = { .variants = two, .zap = 1.0101, .noise = 0.003 };
	const struct seeded better = { .variants = two, .zap = 0.97, .noise = 0.003 };

	check(&worse, 1, "2 of 10 gated rows regressed");
	check(&better, 0, "improved");
}

/* A threshold of its own holds for a metric that has one. */
Test(seeds, a_metric_may_have_its_own_threshold)
{
	const struct seeded s = { .variants = two, .zap = 1.03, .noise = 0.003, .threshold = "0.05" };

	check(&s, 0, "small");
}

/* A change that this many seeds cannot show is unclear, and says what they could have shown. */
Test(seeds, what_noise_hides_is_unclear)
{
	const struct seeded s = { .variants = two, .zap = 1.01, .noise = 0.1 };
	struct outcome o = compare(&s, NULL);

	cr_assert_eq(o.status, 3, "%s", o.out);
	cr_assert_not_null(strstr(o.out, "unclear>"), "%s", o.out);
	outcome_free(&o);
}

Test(seeds, zero_in_one_arm_alone_has_a_word_of_its_own)
{
	const struct seeded more = { .variants = two, .noise = 0.002, .retries = 0.01 };
	const struct seeded less = { .variants = two, .noise = 0.002, .base_retries = 0.01 };

	check(&more, 1, "appeared");
	check(&less, 0, "gone");
}

/* A median that jumps between the modes is not what the verdict's sentence names. */
Test(seeds, a_median_of_two_modes_is_no_headline)
{
	struct seeded s = { .variants = two, .fault = 2, .zap = 1.1, .noise = 0.002 };
	struct outcome o = compare(&s, NULL);

	cr_assert_not_null(strstr(o.out, "populate fault_p50"), "%s", o.out);
	outcome_free(&o);
	s.two_modes = true;
	o = compare(&s, NULL);
	cr_assert_null(strstr(o.out, "populate fault_p50"), "%s", o.out);
	cr_assert_not_null(strstr(o.out, "zap_per_page 3401"), "%s", o.out);
	outcome_free(&o);
}

/* It is then a matter of how the test of seeds takes it. */
Test(seeds, zero_in_half_of_the_seeds_has_not)
{
	struct seeded s = { .variants = two, .noise = 0.002, .retries = 0.01, .retry_seeds = 4 };
	struct outcome o = compare(&s, NULL);

	cr_assert_null(strstr(o.out, "appeared"), "%s", o.out);
	cr_assert_not_null(strstr(o.out, "unclear"), "%s", o.out);
	outcome_free(&o);
	s.retry_seeds = 5;
	o = compare(&s, NULL);
	cr_assert_not_null(strstr(o.out, "appeared"), "%s", o.out);
	outcome_free(&o);
}

Test(seeds, a_control_that_moves_makes_the_comparison_suspect)
{
	const struct seeded s = { .variants = two, .noise = 0.002, .control = 0.9 };
	struct outcome o = compare(&s, NULL);
	const char *line;

	cr_assert_eq(o.status, 0, "%s", o.out);
	line = strchr(o.out, '\n') + 1;
	line = *line == ' ' ? strchr(line, '\n') + 1 : line;
	cr_assert_eq(strncmp(line, "SUSPECT: control case plain-zap moved", 37), 0, "%s", o.out);
	outcome_free(&o);
}

Test(seeds, boots_of_one_seed_are_one_sample_and_a_check)
{
	const struct seeded s = { .variants = two, .noise = 0.002, .boots = 3 };
	struct seeded odd = s;
	struct outcome o = compare(&s, "--look");

	cr_assert_str_eq(o.out, "look 1 undecided 0 of 3 unit seeds n 8 aa none\n");
	outcome_free(&o);
	odd.unsteady = true;
	check(&odd, 3, "must repeat and do not");
}

Test(seeds, seeds_of_one_arm_alone_are_left_out_and_said)
{
	const struct seeded a = { .variants = (const char *const[]){ "freeze", NULL } };
	const struct seeded b = { .variants = (const char *const[]){ "mine", NULL },
				  .first_seed = 4 };
	const struct seeded c = { .variants = b.variants, .first_seed = 100 };
	struct outcome o;

	write_seeds("a", &a);
	write_seeds("b", &b);
	o = outcome_of(cmd_compare, "a", "b", NULL);
	cr_assert_not_null(strstr(o.out, "do not have the same seeds: 3 of 8 and 3 of 8"), "%s",
			   o.out);
	outcome_free(&o);
	write_seeds("b", &c);
	o = outcome_of(cmd_compare, "a", "b", NULL);
	cr_assert_eq(o.status, 3);
	cr_assert_not_null(strstr(o.err, "no seed in common"), "%s", o.err);
	outcome_free(&o);
}

Test(seeds, parted_and_whole_values_are_not_held_against_each_other)
{
	const struct seeded a = { .variants = (const char *const[]){ "freeze", NULL } };
	const struct seeded b = { .variants = (const char *const[]){ "mine", NULL },
				  .whole = true };
	struct outcome o;

	write_seeds("a", &a);
	write_seeds("b", &b);
	o = outcome_of(cmd_compare, "a", "b", NULL);
	cr_assert_eq(o.status, 3, "%s", o.out);
	cr_assert_not_null(strstr(o.out, "NOT COMPARABLE: 4 rows"), "%s", o.out);
	outcome_free(&o);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

Test(seeds, one_screen)
{
	const struct seeded s = { .variants = two, .fault = 4757.0 / 4753, .zap = 0.9,
				  .noise = 0.002, .tracks = 1.0 / 256, .waiting = 120 };
	struct outcome o = compare(&s, NULL);

	cr_assert_eq(o.status, 0, "%s", o.out);
	cr_assert_leq(count_lines(o.out), 40);
	golden_check("screen-two.txt", o.out);
	outcome_free(&o);
	o = outcome_of(cmd_compare, "r", "--format", "md", NULL);
	golden_check("screen-two.md", o.out);
	outcome_free(&o);
}

Test(seeds, several_variants_are_a_matrix)
{
	const struct seeded s = { .variants = four, .fault = 1.0101, .zap = 0.9, .noise = 0.002,
				  .tracks = 1.0 / 256 };
	struct outcome o = compare(&s, NULL);

	cr_assert_eq(o.status, 1, "%s", o.out);
	golden_check("screen-four.txt", o.out);
	outcome_free(&o);
}

Test(seeds, cases_and_metrics_select_what_is_shown)
{
	const struct seeded s = { .variants = two, .zap = 1.1, .noise = 0.002 };
	struct outcome o;

	write_seeds("r", &s);
	o = outcome_of(cmd_compare, "r", "--all", "--cases", "popu*", "--metrics", "fault_*,augs*",
		       NULL);
	cr_assert_eq(o.status, 1);	/* of all rows, shown or not */
	cr_assert(strstr(o.out, "fault_p50") && strstr(o.out, "augs_per_fault"), "%s", o.out);
	cr_assert_null(strstr(o.out, "\n zap_per_page"), "%s", o.out);
	outcome_free(&o);
}

/* A file of the schema that JSON output is described by. */
static void check_schema(const char *const *argv, struct json_object *schema)
{
	struct outcome o = outcome_of(cmd_compare, "r", "--format", "json", argv[0], argv[1], NULL);
	struct json_object *v = json_tokener_parse(o.out);

	cr_assert_not_null(v, "%s%s", o.out, o.err);
	cr_assert(schema_matches(schema, v), "against the schema: %s", o.out);
	/* And the check can fail. */
	json_object_object_del(v, "status");
	cr_assert_not(schema_matches(schema, v));
	json_object_put(v);
	outcome_free(&o);
}

Test(seeds, json_is_as_its_schema_says)
{
	static const char *const none[] = { NULL, NULL }, *const base[] = { "--base", "mine" };
	const struct seeded s = { .variants = four, .zap = 1.1, .noise = 0.02, .retries = 0.1 };
	struct json_object *schema = json_object_from_file(COMPARE_SCHEMA);

	cr_assert_not_null(schema);
	write_seeds("r", &s);
	check_schema(none, schema);
	check_schema(base, schema);
	fixture_write("r", &(struct fixture){ .clock = "wall", .boots = 4, .blocks = 1,
			.variants = (const char *const[]){ "freeze", "freeze@aa", "mine", NULL } });
	check_schema(none, schema);
	json_object_put(schema);
}
