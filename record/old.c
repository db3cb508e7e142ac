// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Schema 1 named a time twice, by the clock that it was taken with, and some a third time by the
 * reciprocal. Today a metric has one name and its unit says the clock.
 */
#include <math.h>
#include <string.h>

#include "internal.h"

static const struct rename {
	const char *old, *now;
	/* Of a rate: so much divided by the rate is today's value, in @unit. */
	double dividend;
	const char *unit;
} renames[] = {
	{ "fault_insn_p50", "fault_p50", 0, NULL },
	{ "fault_insn_p90", "fault_p90", 0, NULL },
	{ "fault_insn_p99", "fault_p99", 0, NULL },
	{ "fault_insn_p999", "fault_p999", 0, NULL },
	{ "fault_insn_max", "fault_max", 0, NULL },
	{ "fault_ns_p50", "fault_p50", 0, NULL },
	{ "fault_ns_p90", "fault_p90", 0, NULL },
	{ "fault_ns_p99", "fault_p99", 0, NULL },
	{ "fault_ns_p999", "fault_p999", 0, NULL },
	{ "fault_ns_max", "fault_max", 0, NULL },
	{ "insn_per_fault", "fault_mean", 0, NULL },
	{ "faults_per_s", "fault_mean", 1e9, "ns/fault" },
	{ "start_skew_insn", "start_skew", 0, NULL },
	{ "start_skew_ns", "start_skew", 0, NULL },
	{ "harness_insn_per_fault", "harness_per_fault", 0, NULL },
	{ "harness_ns_per_fault", "harness_per_fault", 0, NULL },
	{ "zap_insn_per_page", "zap_per_page", 0, NULL },
	{ "zap_ns_per_page", "zap_per_page", 0, NULL },
	{ "zap_pages_per_minsn", "zap_per_page", 1e6, "insn/page" },
	{ "zap_pages_per_s", "zap_per_page", 1e9, "ns/page" },
	{ "zap_free_insn_per_page", "zap_free_per_page", 0, NULL },
	{ "zap_free_ns_per_page", "zap_free_per_page", 0, NULL },
	{ "to_private_insn_per_page", "to_private_per_page", 0, NULL },
	{ "to_private_ns_per_page", "to_private_per_page", 0, NULL },
	{ "teardown_insn_per_page", "teardown_per_page", 0, NULL },
	{ "teardown_ns_per_page", "teardown_per_page", 0, NULL },
	{ "guest_stall_insn", "guest_stall", 0, NULL },
	{ "guest_stall_ns", "guest_stall", 0, NULL },
};

static const struct rename *find(const char *old)
{
	for (size_t i = 0; i < sizeof(renames) / sizeof(renames[0]); i++)
		if (!strcmp(renames[i].old, old))
			return &renames[i];
	return NULL;
}

const char *record_metric_now(const char *old)
{
	const struct rename *r = find(old);

	return r && !(r->dividend > 0) ? r->now : NULL;
}

static struct record_metric *lookup(struct record_block *b, const char *name)
{
	for (size_t i = 0; i < b->nr_metrics; i++)
		if (!strcmp(b->metrics[i].name, name))
			return &b->metrics[i];
	return NULL;
}

static void invert(struct record_metric *m, const struct rename *r)
{
	m->name = r->now;
	m->unit = r->unit;
	m->v = m->v > 0 ? r->dividend / m->v : NAN;
	m->better = RECORD_LOWER;
}

/* Where a rate gated and its twin did not, the twin does now: it says the same. */
static void merge(struct record_block *b, struct record_metric *m, const struct rename *r)
{
	struct record_metric *twin = lookup(b, r->now);

	if (!twin) {
		invert(m, r);
		return;
	}
	twin->gated |= m->gated;
	memmove(m, m + 1, (size_t)(b->metrics + --b->nr_metrics - m) * sizeof(*m));
}

void record_rename_old(struct record_block *b)
{
	const struct rename *r;

	for (size_t i = 0; i < b->nr_metrics; i++) {
		r = find(b->metrics[i].name);
		if (r && !(r->dividend > 0))
			b->metrics[i].name = r->now;
	}
	for (size_t i = b->nr_metrics; i-- > 0;) {
		r = find(b->metrics[i].name);
		if (r)
			merge(b, &b->metrics[i], r);
	}
}
