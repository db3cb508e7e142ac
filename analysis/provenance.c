// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "provenance.h"
#include "table.h"

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

static bool is_ungated_count(const struct metric *m)
{
	return m->class == RECORD_EXACT && !m->gated;
}

static bool one_boot(const struct report *r)
{
	size_t i;

	for (i = 0; i < r->ds->nr_arms; i++)
		if (r->ds->arms[i].boots < 2)
			return true;
	return false;
}

const char *report_caveat(const struct report *r, unsigned int i)
{
	switch (i) {
	case 0:
		return any_run(r, provenance_is_soft) ?
		       "Software TDX module under KVM's own code: not TDX hardware." : "";
	case 1:
		return any_run(r, provenance_is_tcg_wall) ? "Wall time under TCG: not TDX time." :
							    "";
	case 2:
		return any_row(r, is_model) ? "Clock model prices counts by a cost profile of "
					      "estimates: nobody measured it." :
					      "";
	case 3:
		return any_run(r, is_count) && one_boot(r) ?
		       "One boot cannot show that a count repeats; two can." : "";
	case 4:
		return any_row(r, is_ungated_count) ?
			       "Means and tails of counts move with any rebuild of the kernel: "
			       "\"changed\", no verdict." :
			       "";
	case 5:
		return any_row(r, is_noisy) ? "Metrics that are not exact: Hodges-Lehmann shift of "
					      "boot medians with exact 95% interval, "
					      "Mann-Whitney p, threshold 1%, at least 4 boots per "
					      "arm; no correction for many metrics." :
					      "";
	default:
		return NULL;
	}
}
