/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU each vCPU thread runs on, and the control thread apart from them all.
 */
#ifndef BENCH_PLACEMENT_H
#define BENCH_PLACEMENT_H

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>

#define PLACEMENT_MAX_CPUS	65	/* 64 vCPUs and the control thread */

enum placement_policy {
	PLACEMENT_COMPACT, /* neighbours first: fill a core, then a package, then a node */
	PLACEMENT_SPREAD, /* as far apart as the topology allows, nodes first */
	PLACEMENT_ONE_PER_CORE, /* compact, one hardware thread of each core */
	PLACEMENT_LIST, /* "list:0-3,8": these CPUs in this order; the first is the control thread's
			 */
};

struct placement_spec {
	enum placement_policy policy;
	int list[PLACEMENT_MAX_CPUS];
	size_t nr_list;
};

/* Where each thread is to run. */
struct placement_map {
	int control;			/* OS index of the control thread's CPU */
	int cpu[PLACEMENT_MAX_CPUS];	/* OS index per vCPU */
	int core[PLACEMENT_MAX_CPUS];	/* logical core per vCPU, -1 if unknown */
	int node[PLACEMENT_MAX_CPUS];	/* NUMA node (OS index) per vCPU, -1 if unknown */
	size_t nr;
	bool shared;			/* fewer CPUs than threads: some share one */
};

/* Parses @text into *@spec. False for a policy or list nobody knows. */
bool placement_parse(struct placement_spec *spec, const char *text);

/* The text that parses back into @spec. Writes at most @len bytes with the NUL, returns @buf. */
char *placement_format(const struct placement_spec *spec, char *buf, size_t len);

/*
 * Chooses CPUs of @topo (loaded by the caller) for @nr threads and the control thread. Returns
 * NULL, or one line why it cannot be done. Fewer CPUs than threads is not an error but sets
 * ->shared; the control thread then still keeps a CPU to itself if there are two.
 */
const char *placement_choose(hwloc_topology_t topo, const struct placement_spec *spec, size_t nr,
			     struct placement_map *map);

/* Pins the calling thread to @cpu; 0 or -errno. */
int placement_pin(int cpu);

/* True if the calling thread runs on @cpu and may run nowhere else. */
bool placement_holds(int cpu);

#endif
