// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * --events in a block's line: a metric "perf.<event>" per fault or page, null with the reason where
 * there is no count, and the count itself as a counter. Of hardware events also the time that they
 * were asked for and the time that they had a counter: if the second is less, the count is scaled.
 */
#include "block.h"

#include <stdio.h>
#include <unistd.h>

#include "fatal.h"
#include "perf.h"

void block_events_start(struct block *b)
{
	pid_t tids[PLACEMENT_MAX_CPUS];
	unsigned int n = 0;

	for (; n < b->crew.nr; n++)
		tids[n] = b->crew.member[n].tid;
	tids[n++] = gettid();
	perf_start(b->s->perf, tids, n);
}

static void record_count(struct block *b, const char *name, const struct perf_count *c)
{
	char full[EVENT_NAME_LEN + 32];

	record_builder_counter(b->rec, name, c->v);
	if (c->running >= c->enabled)
		return;
	snprintf(full, sizeof(full), "%s.enabled_ns", name);
	record_builder_counter(b->rec, full, c->enabled);
	snprintf(full, sizeof(full), "%s.running_ns", name);
	record_builder_counter(b->rec, full, c->running);
}

/*
 * Somebody who reads a scaled count must know: once per block, and the counters above for each
 * event.
 */
static void say_scaled(size_t nr, unsigned int least)
{
	if (nr)
		complain(0,
			 "--events: %zu of them took turns at the PMU's counters and are scaled; "
			 "one was counted for no more than %u %% of the time",
			 nr, least);
}

static unsigned int percent_counted(const struct perf_count *c)
{
	return (unsigned int)((unsigned __int128)c->running * 100 / c->enabled);
}

void block_events_record(struct block *b)
{
	const char *unit = b->faults[GUEST_SUBJECT]->n ? "1/fault" : "1/page";
	char name[EVENT_NAME_LEN + 8];
	unsigned int least = 100;
	size_t scaled = 0;

	for (size_t i = 0; i < perf_nr(b->s->perf); i++) {
		struct perf_count c = perf_read(b->s->perf, i);

		snprintf(name, sizeof(name), "perf.%s", c.event->name);
		if (*c.absent) {
			record_builder_no_metric(b->rec, name, c.absent, unit);
			continue;
		}
		if (c.event->by_pattern && !c.v)
			continue;
		record_count(b, name, &c);
		if (c.running < c.enabled) {
			scaled++;
			least = percent_counted(&c) < least ? percent_counted(&c) : least;
		}
		if (b->units)
			record_builder_metric(b->rec, name, (double)c.v / (double)b->units, unit,
					      RECORD_NONE, RECORD_NOISY, false, b->units);
	}
	say_scaled(scaled, least);
	perf_close(b->s->perf);
}
