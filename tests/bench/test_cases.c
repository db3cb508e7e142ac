// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of cases and metrics: what the rest of the suite relies on. */
#include <criterion/criterion.h>
#include <string.h>

#include "case.h"
#include "metrics.h"
#include "record/record.h"

static const struct case_metric *metric(const struct sept_case *c, const char *name)
{
	for (const struct case_metric *m = c->metrics; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

Test(cases, each_is_complete_and_found_by_name)
{
	const struct sept_case *c;

	for (size_t i = 0; (c = sept_case_at(i)); i++) {
		cr_assert_eq(sept_case_find(c->name), c);
		cr_assert_not_null(c->summary);
		cr_assert_not_null(c->measured);
		cr_assert_not_null(c->not_measured);
		cr_assert_not_null(c->run);
		cr_assert_not_null(c->check, "%s has no check", c->name);
	}
	cr_assert_null(sept_case_find("populatee"));
	cr_assert_null(sept_case_find(""));
}

static void check_metric(const struct sept_case *c, const struct case_metric *m)
{
	cr_assert_eq(metric(c, m->name), m, "%s has %s twice", c->name, m->name);
	cr_assert_geq(record_better_parse(m->better), 0, "%s: %s", m->name, m->better);
	cr_assert_not_null(m->unit);
	cr_assert_not_null(m->help);
	cr_assert_neq((int)m->clock, 0, "%s exists under no clock", m->name);
	/* Of counts only what a rebuild does not move may fail a comparison. */
	cr_assert(!(m->gated & METRIC_COUNT) || m->class == METRIC_EXACT, "%s", m->name);
	cr_assert_eq(m->gated & m->clock, m->gated, "%s", m->name);
	cr_assert(!m->gated || strcmp(m->better, "none"), "%s", m->name);
	cr_assert(!(m->gated & METRIC_COUNT) || m->counters || strstr(m->name, "_p50"),
		  "%s is a mean", m->name);
}

/* Files with one case and with several: none is lost, and the order is that of meson.build. */
Test(cases, each_file_registers_its_cases_in_order)
{
	static const char *const some[] = { "populate", "zap", "plain-zap", "protected", "protected-zap",
					    "protected-convert", "neighbour", "populate-2m", "zap-2m",
					    "convert-hole", "same-2m", "boot-lazy", "boot-eager",
					    "boot-smp", "accept-runtime", "fork-exec",
					    "module-load", "swiotlb", "map-gpa", NULL };
	size_t found = 0;

	for (size_t i = 0; sept_case_at(i) && some[found]; i++)
		found += !strcmp(sept_case_at(i)->name, some[found]);
	cr_assert_null(some[found], "not in its place: %s", some[found]);
}

/* One time of each case, and none of those that are there for comparison. */
Test(cases, one_metric_of_time_is_gated)
{
	const struct sept_case *c;

	for (size_t i = 0; (c = sept_case_at(i)); i++) {
		unsigned int gated = 0;

		for (const struct case_metric *m = c->metrics; m->name; m++)
			gated += m->time && m->gated & METRIC_WALL;
		cr_assert_eq(gated, c->substrate == CASE_TD, "%s: %u", c->name, gated);
	}
}

Test(cases, metrics_are_sound)
{
	const struct sept_case *c;

	for (size_t i = 0; (c = sept_case_at(i)); i++)
		for (const struct case_metric *m = c->metrics; m->name; m++)
			check_metric(c, m);
}

/* Whatever the clock, a time has one name, and its unit says the clock. */
Test(cases, a_unit_has_its_clock)
{
	const struct sept_case *c;
	const struct case_metric *p50 = metric(sept_case_find("populate"), "fault_p50");
	const struct case_metric *zap = metric(sept_case_find("zap"), "zap_per_page");
	const struct case_metric *tracks = metric(sept_case_find("zap"), "tracks_per_page");
	char unit[METRIC_UNIT_LEN];

	cr_assert_str_eq(metric_unit(p50, true, unit), "insn");
	cr_assert_str_eq(metric_unit(p50, false, unit), "ns");
	cr_assert_str_eq(metric_unit(zap, true, unit), "insn/page");
	cr_assert_str_eq(metric_unit(zap, false, unit), "ns/page");
	cr_assert_str_eq(metric_unit(tracks, true, unit), "1/page");
	for (size_t i = 0; (c = sept_case_at(i)); i++)
		for (const struct case_metric *m = c->metrics; m->name; m++)
			cr_assert(!strstr(m->name, "insn") && !strstr(m->name, "_ns"), "%s", m->name);
}

/* Names that the plots and the evidence are made from. */
Test(cases, metrics_that_others_use)
{
	cr_assert(metric(sept_case_find("zap"), "tracks_per_page")->gated);
	cr_assert_not_null(metric(sept_case_find("zap"), "zap_per_page"));
	cr_assert_eq(metric(sept_case_find("populate"), "fault_p50")->gated, METRIC_ANY);
	cr_assert_not_null(metric(sept_case_find("plain"), "harness_per_fault"));
	cr_assert_not_null(metric(sept_case_find("zap"), "zap_free_per_page"));
	cr_assert_not_null(metric(sept_case_find("zap-running"), "guest_stall"));
	cr_assert_not_null(metric(sept_case_find("same-page"), "lost_seamcalls_per_fault"));
}

/*
 * What a metric of events counts first is what the module saw, wherever the kernel asked for it; a
 * counter of the base patch is raised at a place of today's code.
 */
Test(cases, events_are_counted_and_not_call_sites)
{
	const struct sept_case *c;

	for (size_t i = 0; (c = sept_case_at(i)); i++)
		for (const struct case_metric *m = c->metrics; m->name; m++)
			cr_assert(!m->gated || !m->counters || strncmp(m->counters, "kvm.tdx_", 8),
				  "%s: %s is first %s", c->name, m->name, m->counters);
	cr_assert_str_eq(metric(sept_case_find("zap"), "kicks_per_page")->counters,
			 "softtdx.kick|kvm.tdx_kicks");
	/* The payload accepts before it touches: that is the exit which populates. */
	cr_assert(strstr(metric(sept_case_find("populate"), "sept_exits_per_fault")->counters,
			 "softtdx.exit_ept_accept"));
}
