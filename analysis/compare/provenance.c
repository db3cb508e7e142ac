// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include "internal.h"

bool provenance_is_soft(const struct record_file *f)
{
	return !strcmp(f->run.substrate, "soft");
}

bool provenance_is_tcg_wall(const struct record_file *f)
{
	return !strcmp(f->run.clock, "wall") && !strcmp(record_env(f, "accel", ""), "tcg");
}

const char *provenance_qemu(const struct record_file *f, int *len)
{
	static const char prefix[] = "QEMU emulator version ";
	const char *version = record_env(f, "qemu", "none");

	if (!strncmp(version, prefix, strlen(prefix)))
		version += strlen(prefix);
	*len = (int)strcspn(version, " ");
	return version;
}

static bool any_run(const struct report *r, bool (*is)(const struct record_file *f))
{
	size_t i;

	for (i = 0; i < r->ds->nr_arms; i++)
		if (is(r->ds->arms[i].file))
			return true;
	return false;
}

static bool is_count(const struct record_file *f)
{
	return !strcmp(f->run.clock, "count");
}

static bool is_wall(const struct record_file *f)
{
	return !strcmp(f->run.clock, "wall");
}

static bool any_row(const struct report *r, bool (*is)(const struct metric *m))
{
	size_t t, i;

	for (t = 0; t < r->nr_tables; t++)
		for (i = 0; i < r->tables[t].nr_rows; i++)
			if (is(&r->ds->metrics[r->tables[t].rows[i].metric]))
				return true;
	return false;
}

static bool is_model(const struct metric *m)
{
	return m->model;
}

static bool is_noisy(const struct metric *m)
{
	return m->class != RECORD_EXACT;
}

static bool any_test(const struct report *r, bool (*is)(const struct judgement *j))
{
	size_t t, i, o;

	for (t = 0; t < r->nr_tables; t++)
		for (i = 0; i < r->tables[t].nr_rows; i++)
			for (o = 0; o < r->tables[t].nr_others; o++)
				if (is(&r->tables[t].rows[i].others[o].j))
					return true;
	return false;
}

static bool is_aligned(const struct judgement *j)
{
	return j->tested && j->test == VERDICT_ALIGNED;
}

static bool is_paired(const struct judgement *j)
{
	return j->tested && j->test == VERDICT_PAIRED;
}

static bool is_pooled(const struct judgement *j)
{
	return j->tested && j->test == VERDICT_POOLED;
}

static bool is_of_seeds(const struct judgement *j)
{
	return j->tested && j->test == VERDICT_SEEDS;
}

static bool is_of_boots(const struct judgement *j)
{
	return j->tested && j->test != VERDICT_SEEDS;
}

static bool is_inconclusive(const struct judgement *j)
{
	return !isnan(j->would_show);
}

static bool one_boot(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->ds->nr_arms; i++)
		if (r->ds->arms[i].boots < 2)
			return true;
	return false;
}

static bool is_changed(const struct record_file *f)
{
	return *f->changed;
}

static bool says_one_boot(const struct report *r)
{
	return any_run(r, is_count) && one_boot(r);
}

static bool says_looks(const struct report *r)
{
	return dataset_alpha(r->ds) < DATASET_ALPHA;
}

static bool says_undecided(const struct report *r)
{
	return r->undecided;
}

static bool says_unpriced(const struct report *r)
{
	return r->ds->nr_unpriced;
}

static bool says_no_aa(const struct report *r)
{
	return any_run(r, is_wall) && any_row(r, is_noisy) && !r->nr_aa;
}

static bool says_percentiles(const struct report *r)
{
	const char *unit;
	size_t g;

	if (!any_run(r, is_wall))
		return false;
	for (g = 0; g < r->ds->nr_groups; g++)
		if (latency_name(r->ds, g, 0, &unit))
			return true;
	return false;
}

/* What a sentence is said of: any file, row or test of the report, or the report as a whole. */
static const struct caveat {
	bool (*run)(const struct record_file *f);
	bool (*row)(const struct metric *m);
	bool (*test)(const struct judgement *j);
	bool (*says)(const struct report *r);
	const char *text;
} caveats[] = {
	{ .run = provenance_is_soft,
	  .text = "Software TDX module under KVM's own code: not TDX hardware." },
	{ .run = provenance_is_tcg_wall,
	  .text = "Wall time under TCG: not TDX time." },
	{ .row = is_model,
	  .text = "Clock model prices counts by a cost profile of estimates: nobody measured it." },
	{ .run = is_changed,
	  .text = "The machine itself changed during a run, as its end line says: its times are "
		  "not of one machine." },
	{ .says = says_one_boot,
	  .text = "One boot of each seed cannot show that counts repeat; two can." },
	{ .test = is_of_seeds,
	  .text = "Seeds: the arms are paired under each seed; the mean change with its 95% "
		  "interval by Student's t. There after Holm's correction over all gated rows "
		  "(the advisory ones apart), and not shown to be below the threshold: "
		  "regressed or improved." },
	{ .test = is_of_boots,
	  .text = "Boots: Hodges-Lehmann shift of boot medians with its 95% interval; regressed "
		  "or improved if it lies beyond the threshold as a whole; p before Holm's "
		  "correction, which the verdict applies over all gated rows and, apart, over "
		  "the advisory ones." },
	{ .test = is_aligned,
	  .text = "Measured in turns with an A/A arm, whose boots count as the base's: aligned "
		  "rank test of Hodges and Lehmann over the rounds, exact." },
	{ .test = is_paired,
	  .text = "Measured in turns, so boots of one round are compared with each other: "
		  "Wilcoxon signed rank, exact." },
	{ .test = is_pooled,
	  .text = "All boots of one arm are compared with all of the other: Mann-Whitney, exact "
		  "up to 50 boots, ties too." },
	{ .says = says_looks,
	  .text = "The run was looked at while it grew: each look has its share of the 5%, and "
		  "the intervals hold at 95% over all looks together." },
	{ .says = says_undecided,
	  .text = "Some gated metric does not rule out a change for the worse beyond the "
		  "threshold: exit status 3 unless there is a 1. More boots decide (lab "
		  "--adaptive), under count more seeds." },
	{ .test = is_inconclusive,
	  .text = "\"would show\": the change that so many samples with this noise find in 4 of "
		  "5 runs." },
	{ .says = says_unpriced,
	  .text = "Where the software module's instructions are more than all of the metric's "
		  "(deferred work, many CPUs in turn), clock model has no figure." },
	{ .says = says_no_aa,
	  .text = "No A/A arm in this run: its noise floor is unknown." },
	{ .says = says_percentiles,
	  .text = "Percentiles: the median over boots of each boot's own, by order statistics; "
		  "a boot must have enough samples to bound it (p99 368, p99.9 3688, p99.99 "
		  "36887). Closed loop, no correction for coordinated omission." },
};

const char *report_caveat(const struct report *r, unsigned int i)
{
	const struct caveat *c;
	bool applies;

	if (i >= sizeof(caveats) / sizeof(caveats[0]))
		return NULL;
	c = &caveats[i];
	applies = c->run ? any_run(r, c->run) : c->row ? any_row(r, c->row) :
		  c->test ? any_test(r, c->test) : c->says(r);
	return applies ? c->text : "";
}
