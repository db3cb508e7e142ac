// SPDX-License-Identifier: GPL-2.0-or-later
#include "events.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/perf_event.h>

#define HW(n)		PERF_TYPE_HARDWARE, PERF_COUNT_HW_##n
#define SW(n)		PERF_TYPE_SOFTWARE, PERF_COUNT_SW_##n
#define CACHE(c, op, r)	PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_##c | \
			PERF_COUNT_HW_CACHE_OP_##op << 8 | PERF_COUNT_HW_CACHE_RESULT_##r << 16

/* As the perf tool names them. */
static const struct known {
	const char *name;
	uint32_t type;
	uint64_t config;
} known[] = {
	{ "cycles", HW(CPU_CYCLES) },
	{ "instructions", HW(INSTRUCTIONS) },
	{ "cache-references", HW(CACHE_REFERENCES) },
	{ "cache-misses", HW(CACHE_MISSES) },
	{ "branches", HW(BRANCH_INSTRUCTIONS) },
	{ "branch-misses", HW(BRANCH_MISSES) },
	{ "bus-cycles", HW(BUS_CYCLES) },
	{ "ref-cycles", HW(REF_CPU_CYCLES) },
	{ "stalled-cycles-frontend", HW(STALLED_CYCLES_FRONTEND) },
	{ "stalled-cycles-backend", HW(STALLED_CYCLES_BACKEND) },
	{ "L1-dcache-loads", CACHE(L1D, READ, ACCESS) },
	{ "L1-dcache-load-misses", CACHE(L1D, READ, MISS) },
	{ "LLC-loads", CACHE(LL, READ, ACCESS) },
	{ "LLC-load-misses", CACHE(LL, READ, MISS) },
	{ "dTLB-loads", CACHE(DTLB, READ, ACCESS) },
	{ "dTLB-load-misses", CACHE(DTLB, READ, MISS) },
	{ "dTLB-store-misses", CACHE(DTLB, WRITE, MISS) },
	{ "iTLB-load-misses", CACHE(ITLB, READ, MISS) },
	{ "page-faults", SW(PAGE_FAULTS) },
	{ "minor-faults", SW(PAGE_FAULTS_MIN) },
	{ "major-faults", SW(PAGE_FAULTS_MAJ) },
	{ "context-switches", SW(CONTEXT_SWITCHES) },
	{ "cpu-migrations", SW(CPU_MIGRATIONS) },
	{ "task-clock", SW(TASK_CLOCK) },
	{ "cpu-clock", SW(CPU_CLOCK) },
};

#define NR_KNOWN	(sizeof(known) / sizeof(known[0]))

static const struct known *find_known(const char *name)
{
	for (size_t i = 0; i < NR_KNOWN; i++)
		if (!strcmp(known[i].name, name))
			return &known[i];
	return NULL;
}

const char *events_known(size_t i)
{
	return i < NR_KNOWN ? known[i].name : NULL;
}

static bool is_raw(const char *name)
{
	return name[0] == 'r' && name[1] && strlen(name) <= 17 &&
	       !name[1 + strspn(name + 1, "0123456789abcdef")];
}

/* Both parts are names of folders: no slash, no dot. */
static bool is_tracepoint(const char *name)
{
	static const char chars[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-*?";
	size_t n = strspn(name, chars);

	return n && name[n] == ':' && name[n + 1] && !name[n + 1 + strspn(name + n + 1, chars)];
}

static bool is_pattern(const char *name)
{
	return strpbrk(name, "*?");
}

/*
 * The entry of @list at *@at, into @name; moves past it. False at the end. An overlong one is cut.
 */
static bool next_entry(const char **at, char name[EVENT_NAME_LEN])
{
	size_t len;

	if (!*at)
		return false;
	len = strcspn(*at, ",");
	snprintf(name, EVENT_NAME_LEN, "%.*s", (int)(len > EVENT_NAME_LEN ? EVENT_NAME_LEN : len),
		 *at);
	*at = (*at)[len] ? *at + len + 1 : NULL;
	return true;
}

bool events_valid(const char *list, char bad[EVENT_NAME_LEN])
{
	while (next_entry(&list, bad))
		if (strlen(bad) == EVENT_NAME_LEN - 1 ||
		    (!find_known(bad) && !is_raw(bad) && !is_tracepoint(bad)))
			return false;
	return true;
}

static struct event *add(struct events *es, const char *name, uint32_t type, uint64_t config)
{
	struct event *e;

	for (size_t i = 0; i < es->nr; i++)
		if (!strcmp(es->e[i].name, name))
			return &es->e[i];
	if (es->nr == EVENTS_MAX)
		return NULL;
	e = &es->e[es->nr++];
	*e = (struct event) { .type = type, .config = config };
	snprintf(e->name, sizeof(e->name), "%s", name);
	return e;
}

/* Folders only, in the order of the alphabet: what is measured must not depend on readdir(). */
static int is_folder(const struct dirent *d)
{
	return d->d_type == DT_DIR && d->d_name[0] != '.';
}

static int add_tracepoint(struct events *es, const char *tracefs, const char *system,
			  const char *name, bool by_pattern)
{
	char path[1024], full[EVENT_NAME_LEN];
	size_t before = es->nr;
	struct event *e;
	uint64_t id;
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "%s/events/%s/%s/id", tracefs, system, name);
	f = fopen(path, "re");
	n = f ? fscanf(f, "%" SCNu64, &id) : 0;
	if (f)
		fclose(f);
	/* A folder without a number is no event that perf could count. */
	if (n != 1 || snprintf(full, sizeof(full), "%s:%s", system, name) >= (int)sizeof(full))
		return 0;
	e = add(es, full, PERF_TYPE_TRACEPOINT, id);
	if (!e)
		return -ENOSPC;
	/* Who is named once is named. */
	e->by_pattern = by_pattern && (es->nr > before || e->by_pattern);
	return 1;
}

/* Adds those of @system that match; how many, or -errno. */
static int add_matching(struct events *es, const char *tracefs, const char *system,
			const char *pattern, bool by_pattern)
{
	char path[512];
	struct dirent **names;
	int n, r = 0, found = 0;

	snprintf(path, sizeof(path), "%s/events/%s", tracefs, system);
	n = scandir(path, &names, is_folder, alphasort);
	for (int i = 0; i < n; i++) {
		if (r >= 0 && !fnmatch(pattern, names[i]->d_name, 0))
			r = add_tracepoint(es, tracefs, system, names[i]->d_name, by_pattern);
		found += r > 0;
		r = r > 0 ? 0 : r;
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return r < 0 ? r : found;
}

static int add_systems(struct events *es, const char *tracefs, const char *entry, bool *any_system)
{
	char path[512], system[EVENT_NAME_LEN];
	const char *colon = strchr(entry, ':');
	struct dirent **names;
	int n, r = 0, found = 0;

	snprintf(system, sizeof(system), "%.*s", (int)(colon - entry), entry);
	snprintf(path, sizeof(path), "%s/events", tracefs);
	n = scandir(path, &names, is_folder, alphasort);
	*any_system = n > 0;
	for (int i = 0; i < n; i++) {
		if (r >= 0 && !fnmatch(system, names[i]->d_name, 0)) {
			r = add_matching(es, tracefs, names[i]->d_name, colon + 1,
					 is_pattern(entry));
			found += r > 0 ? r : 0;
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return r < 0 ? r : found;
}

static int resolve_tracepoint(struct events *es, const char *entry, const char *tracefs)
{
	bool any_system;
	int r = add_systems(es, tracefs, entry, &any_system);
	struct event *e;

	if (r)
		return r < 0 ? r : 0;
	e = add(es, entry, PERF_TYPE_TRACEPOINT, 0);
	if (!e)
		return -ENOSPC;
	snprintf(e->absent, sizeof(e->absent), "%s",
		 any_system ? "no such tracepoint in this kernel" :
		 "no tracefs: not mounted, no permission, or a kernel without tracing");
	return 0;
}

int events_resolve(struct events *es, const char *list, const char *tracefs)
{
	char name[EVENT_NAME_LEN];
	int r = 0;

	es->nr = 0;
	while (!r && next_entry(&list, name)) {
		const struct known *k = find_known(name);

		if (k)
			r = add(es, name, k->type, k->config) ? 0 : -ENOSPC;
		else if (is_raw(name))
			r = add(es, name, PERF_TYPE_RAW, strtoull(name + 1, NULL, 16)) ? 0
										       : -ENOSPC;
		else
			r = resolve_tracepoint(es, name, tracefs);
	}
	return r;
}
