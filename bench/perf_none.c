// SPDX-License-Identifier: GPL-2.0-or-later
/* In place of perf.c in a build without libperf: there is no plan, and so no event. */
#include "perf.h"

#include <stdio.h>
#include <stdlib.h>

const bool perf_built = false;

struct perf *perf_new(const char *list, char why[PERF_WHY])
{
	(void)list;
	snprintf(why, PERF_WHY, "--events: " PERF_NOT_BUILT);
	return NULL;
}

void perf_free(struct perf *p)
{
	(void)p;
}

void perf_close(struct perf *p)
{
	(void)p;
}

void perf_start(struct perf *p, const pid_t *tids, size_t nr)
{
	(void)p;
	(void)tids;
	(void)nr;
}

void perf_stop(struct perf *p)
{
	(void)p;
}

size_t perf_nr(const struct perf *p)
{
	(void)p;
	return 0;
}

const struct event *perf_event(const struct perf *p, size_t i)
{
	(void)p;
	(void)i;
	abort();	/* perf_nr() is 0 */
}

struct perf_count perf_read(struct perf *p, size_t i)
{
	(void)p;
	(void)i;
	abort();	/* perf_nr() is 0 */
}
