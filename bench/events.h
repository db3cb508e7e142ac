/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of performance events, and what the kernel calls them.
 */
#ifndef BENCH_EVENTS_H
#define BENCH_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_NAME_LEN	80
#define EVENTS_MAX	512

struct event {
	char name[EVENT_NAME_LEN];	/* "cycles", "kvm:kvm_exit" */
	uint32_t type;			/* PERF_TYPE_* */
	uint64_t config;
	bool by_pattern;		/* from "kvm:*": recorded only if it happened */
	char absent[96];		/* why it cannot be counted here; "": it can, so far */
};

struct events {
	size_t nr;
	struct event e[EVENTS_MAX];
};

/*
 * Is @list a list, with commas, of hardware and software events by perf's names, raw events "rHEX",
 * and tracepoints "SYSTEM:NAME" with * and ?, by its form alone? If not, the first entry that is
 * not is copied into @bad.
 */
bool events_valid(const char *list, char bad[EVENT_NAME_LEN]);

/*
 * Looks the entries of a valid @list up; tracepoints in the tracefs mounted at @tracefs. An entry
 * that this kernel has not becomes an event with ->absent. -ENOSPC: more than EVENTS_MAX.
 */
int events_resolve(struct events *es, const char *list, const char *tracefs);

/* One name per line, without tracepoints, for the help. */
const char *events_known(size_t i);	/* NULL past the last */

#endif
