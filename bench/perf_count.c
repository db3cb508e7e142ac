// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts of events that had to share the PMU's counters. */
#include "perf.h"

#define TOO_LARGE	"the count does not fit 64 bits"

void perf_count_add(struct perf_count *c, uint64_t v, uint64_t enabled, uint64_t running)
{
	if (__builtin_add_overflow(c->v, v, &c->v) ||
	    __builtin_add_overflow(c->enabled, enabled, &c->enabled) ||
	    __builtin_add_overflow(c->running, running, &c->running))
		c->absent = TOO_LARGE;
}

void perf_count_scale(struct perf_count *c)
{
	unsigned __int128 v;

	if (!*c->absent && c->enabled && !c->running)
		c->absent = "no counter of the PMU was free for it";
	if (!*c->absent && c->running < c->enabled) {
		/* To the nearest. 128 bits hold the product and the half added to it. */
		v = ((unsigned __int128)c->v * c->enabled + c->running / 2) / c->running;
		c->v = (uint64_t)v;
		if (v > UINT64_MAX)
			c->absent = TOO_LARGE;
	}
	if (*c->absent)
		c->v = 0;
}
