// SPDX-License-Identifier: GPL-2.0-or-later
#include "values.h"

#include <analysis/data/data.h>
#include <string.h>

#include "fatal.h"

static int take_metric(const struct dataset *ds, size_t metric, struct measured *out)
{
	struct summary s;

	if (dataset_summary(ds, metric, 0, &s))
		return complain(BENCH_INVALID, "no memory");
	for (size_t i = 0; i < s.n && out->nr < JUDGE_MAX_BOOTS; i++)
		out->values[out->nr++] = s.sample[i];
	summary_clear(&s);
	return 0;
}

int values_read(const char *path, const char *name, struct measured *out)
{
	struct record_file *f;
	struct dataset *ds;
	size_t before = out->nr;
	int s = record_read(path, &f, stderr);

	if (s)
		return s;
	ds = dataset_build(&f, 1, NULL);
	s = ds ? 0 : complain(BENCH_INVALID, "no memory");
	for (size_t i = 0; !s && i < ds->nr_metrics; i++)
		if (!strcmp(ds->metrics[i].name, name))
			s = take_metric(ds, i, out);
	if (!s && out->nr == before)
		s = complain(BENCH_INVALID,
			     "%s: no value of %s; this kernel may lack the counter it is made of",
			     path, name);
	dataset_free(ds);
	record_file_free(f);
	return s;
}
