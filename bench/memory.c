// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Of libnuma the system calls alone: it learns the nodes when the program is loaded, and in the
 * lab's guest that is before /sys is there. hwloc knows them.
 */
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>

#include "placement.h"

#define MASK_BITS	(MEMORY_MAX_NODES + 1) /* the kernel takes one bit less than it is told */

_Static_assert(sizeof(unsigned long) * 8 == MEMORY_MAX_NODES, "a word is a node mask");

bool memory_parse(struct memory_policy *m, const char *text)
{
	int list[MEMORY_MAX_NODES];
	size_t nr;

	*m = (struct memory_policy) { .kind = MEMORY_LOCAL };
	if (!strcmp(text, "local"))
		return true;
	if (!strcmp(text, "interleave")) {
		m->kind = MEMORY_INTERLEAVE;
		return true;
	}
	if (strncmp(text, "node:", 5))
		return false;
	m->kind = MEMORY_NODES;
	nr = placement_parse_list(text + 5, MEMORY_MAX_NODES, list, MEMORY_MAX_NODES);
	for (size_t i = 0; i < nr; i++)
		m->nodes |= 1ul << list[i];
	return nr;
}

char *memory_format(const struct memory_policy *m, char *buf, size_t len)
{
	const char *comma = "";
	size_t at;

	if (m->kind != MEMORY_NODES) {
		snprintf(buf, len, "%s", m->kind == MEMORY_LOCAL ? "local" : "interleave");
		return buf;
	}
	at = (size_t)snprintf(buf, len, "node:");
	for (int i = 0; i < MEMORY_MAX_NODES && at < len; i++) {
		if (!(m->nodes & 1ul << i))
			continue;
		at += (size_t)snprintf(buf + at, len - at, "%s%d", comma, i);
		comma = ",";
	}
	return buf;
}

static unsigned long nodes_of(hwloc_topology_t topo)
{
	unsigned long nodes = 0;
	hwloc_obj_t node = NULL;

	while ((node = hwloc_get_next_obj_by_type(topo, HWLOC_OBJ_NUMANODE, node)))
		if (node->os_index < MEMORY_MAX_NODES)
			nodes |= 1ul << node->os_index;
	return nodes;
}

const char *memory_resolve(struct memory_policy *m, hwloc_topology_t topo)
{
	unsigned long here = nodes_of(topo);

	if (m->kind == MEMORY_INTERLEAVE)
		m->nodes = here;
	if (m->nodes & ~here)
		return "--memory node: names a NUMA node that this machine has not, or not for us";
	return NULL;
}

bool memory_binds(const struct memory_policy *m)
{
	return m->kind != MEMORY_LOCAL;
}

static int mode_of(const struct memory_policy *m)
{
	return m->kind == MEMORY_NODES ? MPOL_BIND : MPOL_INTERLEAVE;
}

int memory_apply(const struct memory_policy *m)
{
	if (memory_binds(m))
		return set_mempolicy(mode_of(m), &m->nodes, MASK_BITS) ? -errno : 0;
	/* In so many words: a policy may have come down from whoever started us. */
	return set_mempolicy(MPOL_DEFAULT, NULL, 0) && errno != ENOSYS ? -errno : 0;
}

int memory_bind(const struct memory_policy *m, void *addr, size_t len)
{
	if (!memory_binds(m))
		return 0;
	return mbind(addr, len, mode_of(m), &m->nodes, MASK_BITS, 0) ? -errno : 0;
}

static int add_node(struct counters *cs, int node)
{
	char path[64], prefix[32], name[32];
	int64_t pages;
	FILE *f;
	int r = 0;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/numastat", node);
	snprintf(prefix, sizeof(prefix), "numa.node%d.", node);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (!r && fscanf(f, "%31s %" SCNd64, name, &pages) == 2) {
		if (!strcmp(name, "local_node"))
			r = counters_add(cs, prefix, "local", pages);
		else if (!strcmp(name, "other_node"))
			r = counters_add(cs, prefix, "remote", pages);
	}
	fclose(f);
	return r;
}

int memory_add_counters(struct counters *cs, hwloc_topology_t topo)
{
	unsigned long nodes = nodes_of(topo);
	int r = 0;

	if (!(nodes & (nodes - 1)))
		return 0;
	for (int i = 0; !r && i < MEMORY_MAX_NODES; i++)
		if (nodes & 1ul << i)
			r = add_node(cs, i);
	return r;
}
