/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On which NUMA nodes memory is: a TD's pages, and with them what the kernel allocates for a
 * thread, page tables of every kind above all.
 */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <hwloc.h>
#include <stdbool.h>
#include <stddef.h>

#include "counters.h"

#define MEMORY_MAX_NODES	64	/* bits of struct memory_policy.nodes */

enum memory_kind {
	MEMORY_LOCAL,		/* the node of whoever touches it first: the kernel's default */
	MEMORY_NODES,		/* "node:0" or "node:1-2,5": these and no others */
	MEMORY_INTERLEAVE,	/* page by page over all nodes */
};

struct memory_policy {
	enum memory_kind kind;
	unsigned long nodes;	/* bit per node, by OS index */
};

/* Parses @text into *@m. False for what is no policy. */
bool memory_parse(struct memory_policy *m, const char *text);

/* The text that parses back into @m. Writes at most @len bytes with the NUL, returns @buf. */
char *memory_format(const struct memory_policy *m, char *buf, size_t len);

/*
 * Fills in which nodes of @topo are meant. NULL, or one line why that machine cannot follow @m. To
 * be called before what is below.
 */
const char *memory_resolve(struct memory_policy *m, hwloc_topology_t topo);

/* Does @m say more than the kernel's default? */
bool memory_binds(const struct memory_policy *m);

/* @m for what the calling thread allocates from now on; 0 or -errno. */
int memory_apply(const struct memory_policy *m);

/* @m for the pages behind a mapping, whoever allocates them; 0 or -errno. */
int memory_bind(const struct memory_policy *m, void *addr, size_t len);

/*
 * If @topo has several nodes, adds the pages allocated so far on each, by CPUs of that node and of
 * others: "numa.node<N>.local" and ".remote". They are the whole machine's. 0 or -errno.
 */
int memory_add_counters(struct counters *cs, hwloc_topology_t topo);

#endif
