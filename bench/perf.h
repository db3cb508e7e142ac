/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Performance events in the timed part, by the kernel's libperf. Hardware and software events are
 * those of the driver's own threads, in the guest and in the host; tracepoints are the whole
 * machine's, since what a fault or zap sets off may run anywhere. Hardware events that fit together
 * are one group, counted at the same time, and so are software events; where there are more
 * hardware events than the PMU has counters the kernel takes turns, and a count is scaled by time.
 */
#ifndef BENCH_PERF_H
#define BENCH_PERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "events.h"

#define PERF_WHY	128

struct perf;

/* Was the program built with libperf? */
extern const bool perf_built;
#define PERF_NOT_BUILT	"this septbench was built without libperf (meson option libperf)"

/*
 * Looks up @list (events_valid()) and tries each event on the calling thread. Events that cannot be
 * counted here stay in the plan and say why. NULL with a line in @why: the list is too long, or no
 * memory. Tracepoints of a module are found only while it is loaded.
 */
struct perf *perf_new(const char *list, char why[PERF_WHY]);
void perf_free(struct perf *p);

/*
 * Counts between these two, from zero each time, for these threads. Opening takes long; it is done
 * before any event counts. Events that cannot be opened become absent.
 */
void perf_start(struct perf *p, const pid_t *tids, size_t nr);
void perf_stop(struct perf *p);

/* Lets go of what perf_start() opened; perf_start() and perf_free() do so too. */
void perf_close(struct perf *p);

struct perf_count {
	const struct event *event;
	const char *absent;		/* why there is no count; "": there is */
	uint64_t v;			/* scaled if ->running is less than ->enabled */
	uint64_t enabled, running;	/* ns, summed over threads or CPUs */
};

/*
 * A reading of one thread or CPU, as the kernel gives it, on top of those before; and when all are
 * in, what they come to. The sum is scaled and not each: a thread that hardly ran may never have
 * had a counter, and is then taken to count at the rate of the rest. No counter for any of them, or
 * a sum past 64 bits: there is no count, and ->absent says why.
 */
void perf_count_add(struct perf_count *c, uint64_t v, uint64_t enabled, uint64_t running);
void perf_count_scale(struct perf_count *c);

size_t perf_nr(const struct perf *p);
const struct event *perf_event(const struct perf *p, size_t i);

/* Event @i after perf_stop(). */
struct perf_count perf_read(struct perf *p, size_t i);

#endif
