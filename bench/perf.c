// SPDX-License-Identifier: GPL-2.0-or-later
#include "perf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/perf_event.h>
#include <perf/core.h>
#include <perf/cpumap.h>
#include <perf/evlist.h>
#include <perf/evsel.h>
#include <perf/threadmap.h>

const bool perf_built = true;

struct perf {
	struct events es;
	unsigned int group[EVENTS_MAX];		/* number of the group of event i */
	unsigned int nr_groups;
	struct perf_evlist *list[EVENTS_MAX];	/* of group g, while it is open */
	struct perf_evsel *evsel[EVENTS_MAX];	/* of event i, while it is open; its list owns it */
	struct perf_cpu_map *all_cpus;		/* of tracepoints */
	struct perf_cpu_map *any_cpu;		/* of all others, which follow their threads */
	struct perf_thread_map *threads;	/* that they follow */
};

static int no_print(enum libperf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

enum kind { HARDWARE, SOFTWARE, TRACEPOINT, NR_KINDS };

static enum kind kind_of(const struct event *e)
{
	if (e->type == PERF_TYPE_TRACEPOINT)
		return TRACEPOINT;
	return e->type == PERF_TYPE_SOFTWARE ? SOFTWARE : HARDWARE;
}

static const char *reason(const struct event *e, int err)
{
	switch (err) {
	case -ENOENT:
	case -EOPNOTSUPP:
	case -ENODEV:
	case -EINVAL:
		return kind_of(e) == HARDWARE ? "no PMU here that counts it"
					      : "this kernel does not count it";
	case -EACCES:
	case -EPERM:
		return "no permission: needs CAP_PERFMON or a lower kernel.perf_event_paranoid";
	case -ENOSYS:
		return "a kernel without CONFIG_PERF_EVENTS";
	case -EMFILE:
		return "too many open files: raise ulimit -n or name fewer events";
	default:
		return strerror(-err);
	}
}

static void set_absent(struct event *e, int err)
{
	snprintf(e->absent, sizeof(e->absent), "%s", reason(e, err));
}

static struct perf_evsel *new_evsel(const struct event *e, bool leads)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = e->type,
		.config = e->config,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
		/* The members of a group start with its leader. */
		.disabled = leads,
	};

	return perf_evsel__new(&attr);
}

/* Group @g, opened on @threads, or on all CPUs for a tracepoint. NULL with *@err. */
static struct perf_evlist *open_group(struct perf *p, unsigned int g,
				      struct perf_thread_map *threads, int *err)
{
	struct perf_evlist *list = perf_evlist__new();
	bool tracepoint = false, leads = true;

	*err = list ? 0 : -ENOMEM;
	for (size_t i = 0; !*err && i < p->es.nr; i++) {
		if (p->group[i] != g || *p->es.e[i].absent)
			continue;
		p->evsel[i] = new_evsel(&p->es.e[i], leads);
		if (!p->evsel[i]) {
			*err = -ENOMEM;
			break;
		}
		perf_evlist__add(list, p->evsel[i]);
		tracepoint = p->es.e[i].type == PERF_TYPE_TRACEPOINT;
		leads = false;
	}
	if (!*err) {
		perf_evlist__set_maps(list, tracepoint ? p->all_cpus : p->any_cpu,
				      tracepoint ? NULL : threads);
		perf_evlist__set_leader(list);
		*err = perf_evlist__open(list);
	}
	if (*err && list) {
		perf_evlist__delete(list);
		list = NULL;
	}
	return list;
}

static int try_group(struct perf *p, unsigned int g, struct perf_thread_map *self)
{
	int err;
	struct perf_evlist *list = open_group(p, g, self, &err);

	perf_evlist__delete(list);
	return err;
}

/*
 * A hardware event joins the group before it if the PMU can count all of that at once; if not it
 * leads the next. Software events are never short of counters and all are one group, so that they
 * count the same stretch of time. A tracepoint, on all CPUs, is a group of its own.
 */
static void plan_event(struct perf *p, size_t i, struct perf_thread_map *self,
		       int joinable[NR_KINDS])
{
	struct event *e = &p->es.e[i];
	enum kind kind = kind_of(e);
	int err;

	if (*e->absent)
		return;
	if (joinable[kind] >= 0) {
		p->group[i] = (unsigned int)joinable[kind];
		if (!try_group(p, p->group[i], self))
			return;
	}
	p->group[i] = p->nr_groups;
	err = try_group(p, p->group[i], self);
	if (err) {
		set_absent(e, err);
		return;
	}
	if (kind != TRACEPOINT)
		joinable[kind] = (int)p->nr_groups;
	p->nr_groups++;
}

/* A tracepoint takes a file per CPU. */
static void raise_file_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return;
	l.rlim_cur = l.rlim_max;
	/* If not, the events that are too many say so. */
	(void)!setrlimit(RLIMIT_NOFILE, &l);
}

static const char *tracefs(void)
{
	static const char * const at[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };

	return access("/sys/kernel/tracing/events", F_OK) ? at[1] : at[0];
}

struct perf *perf_new(const char *list, char why[PERF_WHY])
{
	pid_t self = gettid();
	struct perf_thread_map *me = perf_thread_map__new_array(1, &self);
	struct perf *p = calloc(1, sizeof(*p));
	int joinable[NR_KINDS] = { -1, -1, -1 };	/* number of the group to join, by kind */

	libperf_init(no_print);
	if (p) {
		p->all_cpus = perf_cpu_map__new_online_cpus();
		p->any_cpu = perf_cpu_map__new_any_cpu();
	}
	if (!p || !me || !p->all_cpus || !p->any_cpu ||
	    events_resolve(&p->es, list, tracefs())) {
		snprintf(why, PERF_WHY,
			 p && p->es.nr == EVENTS_MAX ? "--events: more than %d events"
						     : "--events: no memory",
			 EVENTS_MAX);
		perf_thread_map__put(me);
		perf_free(p);
		return NULL;
	}
	raise_file_limit();
	for (size_t i = 0; i < p->es.nr; i++)
		p->group[i] = EVENTS_MAX;
	for (size_t i = 0; i < p->es.nr; i++)
		plan_event(p, i, me, joinable);
	perf_thread_map__put(me);
	return p;
}

void perf_close(struct perf *p)
{
	for (unsigned int g = 0; g < p->nr_groups; g++) {
		perf_evlist__delete(p->list[g]);
		p->list[g] = NULL;
	}
	perf_thread_map__put(p->threads);
	p->threads = NULL;
}

void perf_free(struct perf *p)
{
	if (!p)
		return;
	perf_close(p);
	perf_cpu_map__put(p->all_cpus);
	perf_cpu_map__put(p->any_cpu);
	free(p);
}

static void open_all(struct perf *p, const pid_t *tids, size_t nr)
{
	/* Not const in libperf's prototype; it is only read. */
	p->threads = perf_thread_map__new_array((int)nr, (pid_t *)(uintptr_t)tids);
	for (unsigned int g = 0; g < p->nr_groups; g++) {
		int err = -ENOMEM;

		if (p->threads)
			p->list[g] = open_group(p, g, p->threads, &err);
		for (size_t i = 0; err && i < p->es.nr; i++)
			if (p->group[i] == g && !*p->es.e[i].absent)
				set_absent(&p->es.e[i], err);
	}
}

void perf_start(struct perf *p, const pid_t *tids, size_t nr)
{
	perf_close(p);
	open_all(p, tids, nr);
	for (unsigned int g = 0; g < p->nr_groups; g++)
		if (p->list[g])
			perf_evlist__enable(p->list[g]);
}

void perf_stop(struct perf *p)
{
	for (unsigned int g = 0; g < p->nr_groups; g++)
		if (p->list[g])
			perf_evlist__disable(p->list[g]);
}

size_t perf_nr(const struct perf *p)
{
	return p->es.nr;
}

const struct event *perf_event(const struct perf *p, size_t i)
{
	return &p->es.e[i];
}

static void add_reading(struct perf_count *c, struct perf_evsel *evsel, int cpu, int thread)
{
	struct perf_counts_values v = { .val = 0 };

	if (perf_evsel__read(evsel, cpu, thread, &v))
		c->absent = "the kernel's count cannot be read";
	else
		perf_count_add(c, v.val, v.ena, v.run);
}

struct perf_count perf_read(struct perf *p, size_t i)
{
	const struct event *e = &p->es.e[i];
	struct perf_count c = { .event = e, .absent = e->absent };

	if (*e->absent)
		return c;
	if (!p->list[p->group[i]]) {
		c.absent = "it was never started";
		return c;
	}
	for (unsigned int cpu = 0; cpu < perf_cpu_map__nr(perf_evsel__cpus(p->evsel[i])); cpu++)
		for (int t = 0; t < perf_thread_map__nr(perf_evsel__threads(p->evsel[i])); t++)
			add_reading(&c, p->evsel[i], (int)cpu, t);
	perf_count_scale(&c);
	return c;
}
