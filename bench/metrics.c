// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "fatal.h"

static bool sum_matching(const struct counters *cs, const char *pattern, int64_t *sum)
{
	bool any = false;

	for (size_t i = 0; i < cs->nr; i++) {
		if (fnmatch(pattern, cs->c[i].name, 0))
			continue;
		*sum += cs->c[i].v;
		any = true;
	}
	return any;
}

/* One alternative; @text is taken apart. */
static bool sum_alternative(const struct counters *cs, char *text, int64_t *sum)
{
	bool any = false;
	char *save;

	*sum = 0;
	for (char *p = strtok_r(text, " ", &save); p; p = strtok_r(NULL, " ", &save))
		any |= sum_matching(cs, p, sum);
	return any;
}

bool metrics_sum(const struct counters *cs, const char *patterns, int64_t *sum)
{
	char *copy = strdup(patterns), *save;
	bool any = false;

	if (!copy)
		die("no memory");
	for (char *p = strtok_r(copy, "|", &save); p && !any; p = strtok_r(NULL, "|", &save))
		any = sum_alternative(cs, p, sum);
	free(copy);
	return any;
}

static enum metric_class class_now(const struct block *b, const struct case_metric *m)
{
	/*
	 * Many vCPUs in parallel make counts move; in `count` they take turns, the same each time.
	 */
	if (b->s->o->clock == BENCH_CLOCK_COUNT || m->class != METRIC_EXACT)
		return m->class;
	return m->clock == METRIC_ANY ? METRIC_BOUNDED : METRIC_NOISY;
}

static enum record_class record_class_of(enum metric_class class)
{
	return class == METRIC_EXACT ? RECORD_EXACT :
	       class == METRIC_BOUNDED ? RECORD_BOUNDED : RECORD_NOISY;
}

static void set_metric(struct block *b, const struct case_metric *m, double v, uint64_t n)
{
	enum metric_clock now = b->s->o->clock == BENCH_CLOCK_COUNT ? METRIC_COUNT : METRIC_WALL;

	if (!(m->clock & now))
		return;
	record_builder_metric(b->rec, m->name, v, m->unit,
			      (enum record_better)record_better_parse(m->better),
			      record_class_of(class_now(b, m)), m->gated & now, n);
}

void block_metric(struct block *b, const char *name, double v, uint64_t n)
{
	for (const struct case_metric *m = b->c->metrics; m->name; m++)
		if (!strcmp(m->name, name))
			set_metric(b, m, v, n);
}

void metrics_from_counters(struct block *b)
{
	for (const struct case_metric *m = b->c->metrics; m->name; m++) {
		int64_t sum = 0;

		if (!m->counters || !b->units)
			continue;
		/* softtdx leaves out counters that are zero; KVM never does. */
		if (!metrics_sum(b->delta, m->counters, &sum) &&
		    !(*b->td_path && strstr(m->counters, "seamcall.")))
			continue;
		set_metric(b, m, (double)sum / (double)b->units, b->units);
	}
}

static double per_second(uint64_t n, uint64_t ns)
{
	return ns ? (double)n * 1e9 / (double)ns : 0;
}

static double unbiased(const struct block *b, uint64_t v)
{
	return v > b->bias ? (double)(v - b->bias) : 0;
}

/* The nearest rank, as in hist_quantile(), of the values themselves where they were kept. */
static uint64_t fault_quantile(const struct block *b, uint32_t ppm)
{
	uint64_t rank = ((uint64_t)b->nr_samples * ppm + HIST_PPM - 1) / HIST_PPM;
	uint32_t v = b->nr_samples ? b->samples[rank ? rank - 1 : 0] : UINT32_MAX;

	return v == UINT32_MAX ? hist_quantile(b->faults, ppm) : v;
}

static void fault_quantiles(struct block *b)
{
	static const struct {
		const char *insn, *ns;
		uint32_t ppm;
	} q[] = {
		{ "fault_insn_p50", "fault_ns_p50", 500000 },
		{ "fault_insn_p90", "fault_ns_p90", 900000 },
		{ "fault_insn_p99", "fault_ns_p99", 990000 },
		{ "fault_insn_p999", "fault_ns_p999", 999000 },
		{ "fault_insn_max", "fault_ns_max", HIST_PPM },
	};

	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		double v = unbiased(b, fault_quantile(b, q[i].ppm));

		block_metric(b, q[i].insn, v, b->faults->n);
		block_metric(b, q[i].ns, v, b->faults->n);
	}
}

void block_fault_metrics(struct block *b)
{
	bool count = b->s->o->clock == BENCH_CLOCK_COUNT;
	double each;

	record_builder_hist(b->rec, "fault", count ? "insn" : "ns", b->faults, b->bias);
	if (!b->units)
		return;
	each = (double)b->span / (double)b->units;
	fault_quantiles(b);
	block_metric(b, "insn_per_fault", each, b->units);
	block_metric(b, "faults_per_s", per_second(b->units, b->span), b->units);
	block_metric(b, "start_skew_insn", (double)b->skew, b->nr_vcpus);
	block_metric(b, "start_skew_ns", (double)b->skew, b->nr_vcpus);
	block_metric(b, "harness_insn_per_fault", b->harness, b->units);
	block_metric(b, "harness_ns_per_fault", b->harness, b->units);
	block_metric(b, "harness_share", each > 0 ? 100 * b->harness / each : 0, b->units);
}
