// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <fnmatch.h>
#include <stdio.h>
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

static bool counting(const struct block *b)
{
	return b->s->o->clock == BENCH_CLOCK_COUNT;
}

const char *metric_unit(const struct case_metric *m, bool counting_insns, char out[METRIC_UNIT_LEN])
{
	snprintf(out, METRIC_UNIT_LEN, "%s%s", !m->time ? "" : counting_insns ? "insn" : "ns",
		 m->unit);
	return out;
}

static enum metric_class class_now(const struct block *b, const struct case_metric *m)
{
	/*
	 * vCPUs in parallel make counts move. Under `count` one thread runs them all in an order
	 * that repeats, with the lab's --turn too.
	 */
	if (counting(b) || m->class != METRIC_EXACT)
		return m->class;
	return m->time ? METRIC_NOISY : METRIC_BOUNDED;
}

static enum record_class record_class_of(enum metric_class class)
{
	return class == METRIC_EXACT ? RECORD_EXACT :
	       class == METRIC_BOUNDED ? RECORD_BOUNDED : RECORD_NOISY;
}

static bool set_metric(struct block *b, const struct case_metric *m, double v, uint64_t n)
{
	enum metric_clock now = counting(b) ? METRIC_COUNT : METRIC_WALL;
	char unit[METRIC_UNIT_LEN];

	if (!(m->clock & now))
		return false;
	record_builder_metric(b->rec, m->name, v, metric_unit(m, counting(b), unit),
			      (enum record_better)record_better_parse(m->better),
			      record_class_of(class_now(b, m)), m->gated & now, n);
	return true;
}

static const struct case_metric *find(const struct block *b, const char *name)
{
	for (const struct case_metric *m = b->c->metrics; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

void block_metric(struct block *b, const char *name, double v, uint64_t n)
{
	const struct case_metric *m = find(b, name);

	if (m)
		set_metric(b, m, v, n);
}

static void parted_metric(struct block *b, const char *name, double v, double module,
			  double waiting, uint64_t n)
{
	const struct case_metric *m = find(b, name);

	if (m && set_metric(b, m, v, n))
		record_builder_parts(b->rec, name, module, waiting);
}

void block_share_metric(struct block *b, const char *name, const struct share *s, double units,
			uint64_t n)
{
	if (s->told)
		parted_metric(b, name, (double)share_kernel(s) / units, (double)s->module / units,
			      (double)s->waiting / units, n);
	else
		block_metric(b, name, (double)block_time(b, s->ticks) / units, n);
}

/*
 * What the instruments execute is taken off a lock's times, that of all CPUs: too much where they
 * run side by side.
 */
static bool spoilt_by_turns(const struct block *b, const char *metric)
{
	return b->s->o->turn && (strstr(metric, "_held_") || strstr(metric, "_waited_"));
}

void metrics_from_counters(struct block *b)
{
	for (const struct case_metric *m = b->c->metrics; m->name; m++) {
		int64_t sum = 0;

		if (!m->counters || !b->units || spoilt_by_turns(b, m->name))
			continue;
		/* softtdx leaves out counters that are zero; KVM never does. */
		if (!metrics_sum(b->delta, m->counters, &sum) &&
		    !(*b->td_path && strstr(m->counters, "seamcall.")))
			continue;
		set_metric(b, m, (double)sum / (double)b->units, b->units);
	}
}

static double unbiased(const struct block *b, uint64_t v)
{
	return v > b->bias ? (double)(v - b->bias) : 0;
}

/* The nearest rank, as in hist_quantile(), of the values themselves where they were kept. */
static uint64_t fault_quantile(const struct block *b, enum guest_part part, uint32_t ppm)
{
	uint64_t rank = ((uint64_t)b->nr_samples * ppm + HIST_PPM - 1) / HIST_PPM;
	uint32_t v = b->nr_samples ? b->samples[part][rank ? rank - 1 : 0] : UINT32_MAX;

	return v == UINT32_MAX ? hist_quantile(b->faults[part], ppm) : v;
}

void block_median_metric(struct block *b, const char *name)
{
	uint64_t n = b->faults[GUEST_SUBJECT]->n;
	double part[GUEST_NR_PARTS];

	for (int i = 0; i < GUEST_NR_PARTS; i++)
		part[i] = (double)fault_quantile(b, (enum guest_part)i, HIST_PPM / 2);
	if (b->told)
		parted_metric(b, name, part[GUEST_SUBJECT], part[GUEST_MODULE], part[GUEST_WAITING],
			      n);
	else
		block_metric(b, name, part[GUEST_SUBJECT], n);
}

static void fault_quantiles(struct block *b)
{
	static const struct {
		const char *name;
		uint32_t ppm;
	} q[] = {
		{ "fault_p50", 500000 },  { "fault_p90", 900000 },  { "fault_p99", 990000 },
		{ "fault_p999", 999000 }, { "fault_max", HIST_PPM },
	};
	uint64_t n = b->faults[GUEST_SUBJECT]->n;

	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++) {
		double v = unbiased(b, fault_quantile(b, GUEST_SUBJECT, q[i].ppm));

		if (b->told)
			parted_metric(b, q[i].name, v,
				      (double)fault_quantile(b, GUEST_MODULE, q[i].ppm),
				      (double)fault_quantile(b, GUEST_WAITING, q[i].ppm), n);
		else
			block_metric(b, q[i].name, v, n);
	}
}

/* Of the mean fault as its vCPU had it: in real time the vCPUs' go on at once. */
static double harness_share(const struct block *b)
{
	double each = (double)block_time(b, b->share.ticks) / (double)b->units;

	if (!counting(b))
		each *= b->nr_vcpus;
	return each > 0 ? 100 * b->harness / each : 0;
}

void block_fault_metrics(struct block *b)
{
	record_builder_hist(b->rec, "fault", counting(b) ? "insn" : "ns", b->faults[GUEST_SUBJECT],
			    b->bias);
	if (!b->units)
		return;
	fault_quantiles(b);
	block_share_metric(b, "fault_mean", &b->share, (double)b->units, b->units);
	block_metric(b, "start_skew", (double)b->skew, b->nr_vcpus);
	block_metric(b, "harness_per_fault", b->harness, b->units);
	block_metric(b, "harness_share", harness_share(b), b->units);
}
