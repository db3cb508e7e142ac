/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU each vCPU thread runs on, and the control thread apart from them all. A topology is
 * the caller's, loaded with what this process may use and no more: CPUs that are offline or outside
 * its cpuset are not in it.
 */
#ifndef BENCH_PLACEMENT_H
#define BENCH_PLACEMENT_H

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>

#define PLACEMENT_MAX_CPUS	257	/* 256 vCPUs and the control thread */

enum placement_policy {
	PLACEMENT_COMPACT,	/* neighbours first: fill a core, then a package, then a node */
	PLACEMENT_SPREAD,	/* as far apart as the topology allows, nodes first */
	PLACEMENT_ONE_PER_CORE, /* compact, one hardware thread of each core */
	PLACEMENT_SIBLINGS,	/* compact, all hardware threads of each core that has several */
	PLACEMENT_CROSS_NODE,	/* by turns from every NUMA node; on each, idle cores first */
	PLACEMENT_LIST, /* "list:0-3,8": these CPUs in this order; the first is the control thread's
			 */
};

struct placement_spec {
	enum placement_policy policy;
	int list[PLACEMENT_MAX_CPUS];
	size_t nr_list;
};

/* One CPU; what is unknown is -1. */
struct placement_cpu {
	int cpu;	/* OS index */
	int core;	/* logical index */
	int node;	/* NUMA node, OS index */
	int kind; /* hwloc's CPU kind, by rising efficiency class; -1 on a machine with one kind */
};

/* Where each thread is to run. */
struct placement_map {
	struct placement_cpu control;
	struct placement_cpu vcpu[PLACEMENT_MAX_CPUS];
	size_t nr;
	bool shared;			/* fewer CPUs than threads: some share one */
};

/* Parses @text into *@spec. False for a policy or list nobody knows. */
bool placement_parse(struct placement_spec *spec, const char *text);

/* The text that parses back into @spec. Writes at most @len bytes with the NUL, returns @buf. */
char *placement_format(const struct placement_spec *spec, char *buf, size_t len);

/*
 * "N", "N-M" or several of them with commas, each number below @limit, into @list. Returns how many
 * there are, 0 for anything else or more than @max.
 */
size_t placement_parse_list(const char *text, int limit, int *list, size_t max);

/*
 * This machine's topology: the CPUs that the calling thread may use, by cpuset and by affinity. 0,
 * or -errno; the caller destroys it.
 */
int placement_topology(hwloc_topology_t *topo);

/*
 * Chooses CPUs of @topo for @nr threads and the control thread, which has the last CPU under every
 * policy but list, and shares its core with none under one-per-core and siblings. Returns NULL, or
 * one line why it cannot be done. With compact, spread and list fewer CPUs than threads is no
 * error but sets ->shared; the control thread then still keeps a CPU to itself if there are two.
 */
const char *placement_choose(hwloc_topology_t topo, const struct placement_spec *spec, size_t nr,
			     struct placement_map *map);

/* Pins the calling thread to @cpu; 0 or -errno. */
int placement_pin(int cpu);

/* True if the calling thread runs on @cpu and may run nowhere else. */
bool placement_holds(int cpu);

/*
 * How often the calling thread has been moved from one CPU to another since it began; -1 where the
 * kernel does not say. Formats a page of text: not for the timed part.
 */
long placement_migrations(void);

#endif
