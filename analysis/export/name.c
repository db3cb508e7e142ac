// SPDX-License-Identifier: GPL-2.0-or-later
/* What the formats call a row, and when it was measured. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/history/history.h"
#include "export.h"

/* Blanks between parameters become slashes. */
static void put_params(FILE *out, const char *params)
{
	for (; *params; params++)
		fputc(*params == ' ' ? '/' : *params, out);
}

char *export_bench_name(const struct dataset *ds, size_t group, size_t arm)
{
	const struct group *g = &ds->groups[group];
	const struct record_run *run = &ds->arms[arm].file->run;
	const char *turn = record_env(ds->arms[arm].file, "turn", NULL);
	char *name = NULL;
	size_t len;
	FILE *out = open_memstream(&name, &len);

	if (!out)
		return NULL;
	fprintf(out, "%s/%s/%s/", run->substrate, run->clock, run->flavour);
	if (turn)
		fprintf(out, SERIES_TURN "%s/", turn);
	if (!strcmp(run->clock, "count"))
		fprintf(out, "seed=%" PRIu64 "/", run->seed);
	fprintf(out, "%s/", g->case_name);
	put_params(out, g->params);
	fprintf(out, "%s%s", *g->params ? "/" : "", ds->arms[arm].variant);
	if (!fclose(out))
		return name;
	free(name);
	return NULL;
}

bool export_time(const char *path, char separator, char out[32])
{
	char *night = store_night_name(path), stamp[STORE_STAMP] = "";

	if (night)
		store_stamp(night, stamp);
	free(night);
	if (!*stamp)
		return false;
	if (!stamp[8])
		strcpy(stamp + 8, "000000");
	snprintf(out, 32, "%.4s-%.2s-%.2s%c%.2s:%.2s:%.2s", stamp, stamp + 4, stamp + 6, separator,
		 stamp + 8, stamp + 10, stamp + 12);
	return true;
}
