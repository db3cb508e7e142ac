// SPDX-License-Identifier: GPL-2.0-or-later
#include "placement.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum placement_policy policy;
} policies[] = {
	{ "compact", PLACEMENT_COMPACT },
	{ "spread", PLACEMENT_SPREAD },
	{ "one-per-core", PLACEMENT_ONE_PER_CORE },
	{ "siblings", PLACEMENT_SIBLINGS },
	{ "cross-node", PLACEMENT_CROSS_NODE },
};

#define NR_POLICIES	(sizeof(policies) / sizeof(policies[0]))

/* One "N" or "N-M" at *@text; moves past it. */
static bool parse_range(const char **text, long *first, long *last)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	*first = *last = strtol(*text, &end, 10);
	if (*end == '-') {
		if (end[1] < '0' || end[1] > '9')
			return false;
		*last = strtol(end + 1, &end, 10);
	}
	*text = end;
	return *first <= *last;
}

size_t placement_parse_list(const char *text, int limit, int *list, size_t max)
{
	long first, last;
	size_t n = 0;

	for (;; text++) {
		if (!parse_range(&text, &first, &last) || last >= limit)
			return 0;
		for (; first <= last; first++) {
			if (n == max)
				return 0;
			list[n++] = (int)first;
		}
		if (!*text)
			return n;
		if (*text != ',')
			return 0;
	}
}

static bool parse_list(struct placement_spec *spec, const char *text)
{
	spec->policy = PLACEMENT_LIST;
	spec->nr_list = placement_parse_list(text, CPU_SETSIZE, spec->list, PLACEMENT_MAX_CPUS);
	return spec->nr_list > 1;
}

bool placement_parse(struct placement_spec *spec, const char *text)
{
	*spec = (struct placement_spec) { .nr_list = 0 };
	if (!strncmp(text, "list:", 5))
		return parse_list(spec, text + 5);
	for (size_t i = 0; i < NR_POLICIES; i++) {
		if (!strcmp(text, policies[i].name)) {
			spec->policy = policies[i].policy;
			return true;
		}
	}
	return false;
}

char *placement_format(const struct placement_spec *spec, char *buf, size_t len)
{
	size_t at;

	if (spec->policy != PLACEMENT_LIST) {
		snprintf(buf, len, "%s", policies[spec->policy].name);
		return buf;
	}
	at = (size_t)snprintf(buf, len, "list:");
	for (size_t i = 0; i < spec->nr_list && at < len; i++)
		at += (size_t)snprintf(buf + at, len - at, "%s%d", i ? "," : "", spec->list[i]);
	return buf;
}

static struct placement_cpu describe(hwloc_topology_t topo, hwloc_obj_t pu)
{
	hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topo, HWLOC_OBJ_CORE, pu);
	struct placement_cpu c = {
		.cpu = (int)pu->os_index,
		.core = core ? (int)core->logical_index : -1,
		.node = pu->nodeset ? hwloc_bitmap_first(pu->nodeset) : -1,
		.kind = -1,
	};

	if (hwloc_cpukinds_get_nr(topo, 0) > 1)
		c.kind = hwloc_cpukinds_get_by_cpuset(topo, pu->cpuset, 0);
	return c;
}

/* The core of @pu, or the PU itself where hwloc sees no cores. */
static hwloc_obj_t core_of(hwloc_topology_t topo, hwloc_obj_t pu)
{
	hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topo, HWLOC_OBJ_CORE, pu);

	return core ? core : pu;
}

static unsigned int threads_of(hwloc_topology_t topo, hwloc_obj_t pu)
{
	return (unsigned int)hwloc_get_nbobjs_inside_cpuset_by_type(topo, core_of(topo, pu)->cpuset,
								    HWLOC_OBJ_PU);
}

/* Which of its core's hardware threads @pu is, from 0. */
static unsigned int thread_of(hwloc_topology_t topo, hwloc_obj_t pu)
{
	hwloc_obj_t core = core_of(topo, pu);
	unsigned int i = 0;

	while (hwloc_get_obj_inside_cpuset_by_type(topo, core->cpuset, HWLOC_OBJ_PU, i) != pu)
		i++;
	return i;
}

static bool suits(hwloc_topology_t topo, enum placement_policy policy, hwloc_obj_t control,
		  hwloc_obj_t pu)
{
	if (pu == control)
		return false;
	if (policy == PLACEMENT_COMPACT)
		return true;
	/* The other policies are about who shares a core: nobody shares the control thread's. */
	if (core_of(topo, pu) == core_of(topo, control))
		return false;
	return policy == PLACEMENT_ONE_PER_CORE ? !thread_of(topo, pu) : threads_of(topo, pu) > 1;
}

/* PUs for the vCPUs in the order of @policy, at most @max. */
static size_t candidates(hwloc_topology_t topo, enum placement_policy policy, hwloc_obj_t control,
			 hwloc_obj_t *pus, size_t max)
{
	hwloc_obj_t pu = NULL;
	size_t n = 0;

	while (n < max && (pu = hwloc_get_next_obj_by_type(topo, HWLOC_OBJ_PU, pu)))
		if (suits(topo, policy, control, pu))
			pus[n++] = pu;
	return n;
}

static hwloc_obj_t last_pu(hwloc_topology_t topo)
{
	int nr = hwloc_get_nbobjs_by_type(topo, HWLOC_OBJ_PU);

	return hwloc_get_obj_by_type(topo, HWLOC_OBJ_PU, (unsigned int)nr - 1);
}

static const char *choose_filled(hwloc_topology_t topo, enum placement_policy policy, size_t nr,
				 struct placement_map *map)
{
	bool alone = hwloc_get_nbobjs_by_type(topo, HWLOC_OBJ_PU) == 1;
	hwloc_obj_t pus[PLACEMENT_MAX_CPUS], control = last_pu(topo);
	size_t n;

	/* On a machine of one CPU there is nothing to keep apart. */
	n = candidates(topo, policy, alone && policy == PLACEMENT_COMPACT ? NULL : control, pus,
		       PLACEMENT_MAX_CPUS);
	if (policy == PLACEMENT_ONE_PER_CORE && n < nr)
		return "placement one-per-core: more vCPUs than cores beside the control thread's";
	if (policy == PLACEMENT_SIBLINGS && n < nr)
		return "placement siblings: more vCPUs than hardware threads on cores that have "
		       "several, beside the control thread's core";
	map->control = describe(topo, control);
	map->shared = n < nr || alone;
	for (size_t i = 0; i < nr; i++)
		map->vcpu[i] = describe(topo, pus[i % n]);
	return NULL;
}

/* hwloc_distrib() over nr + 1 threads; the last share is the control thread's. */
static const char *choose_spread(hwloc_topology_t topo, size_t nr, struct placement_map *map)
{
	hwloc_obj_t root = hwloc_get_root_obj(topo);
	hwloc_cpuset_t set[PLACEMENT_MAX_CPUS + 1];
	size_t nr_pus = (size_t)hwloc_get_nbobjs_by_type(topo, HWLOC_OBJ_PU);

	if (nr + 1 > nr_pus)
		return choose_filled(topo, PLACEMENT_COMPACT, nr, map);
	if (hwloc_distrib(topo, &root, 1, set, (unsigned int)nr + 1, INT_MAX, 0))
		return "placement spread: hwloc cannot distribute the threads";
	for (size_t i = 0; i <= nr; i++) {
		unsigned int cpu = (unsigned int)hwloc_bitmap_first(set[i]);
		hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(topo, cpu);

		*(i == nr ? &map->control : &map->vcpu[i]) = describe(topo, pu);
		hwloc_bitmap_free(set[i]);
	}
	return NULL;
}

/* --- cross-node --- */

/*
 * NUMA nodes with CPUs of their own; memory beside another node's CPUs (HBM, CXL) is no place to
 * run.
 */
static size_t nodes_with_cpus(hwloc_topology_t topo, hwloc_obj_t *nodes, size_t max)
{
	hwloc_obj_t node = NULL;
	size_t n = 0;

	while (n < max && (node = hwloc_get_next_obj_by_type(topo, HWLOC_OBJ_NUMANODE, node))) {
		bool seen = hwloc_bitmap_iszero(node->cpuset);

		for (size_t i = 0; i < n; i++)
			seen |= hwloc_bitmap_intersects(nodes[i]->cpuset, node->cpuset);
		if (!seen)
			nodes[n++] = node;
	}
	return n;
}

/* Number @want of @node's PUs without @control, idle cores first; NULL if it has not so many. */
static hwloc_obj_t pu_of_node(hwloc_topology_t topo, hwloc_obj_t node, hwloc_obj_t control,
			      size_t want)
{
	size_t left = want;

	for (unsigned int thread = 0, any = 1; any; thread++) {
		hwloc_obj_t pu = NULL;

		any = 0;
		while ((pu = hwloc_get_next_obj_inside_cpuset_by_type(topo, node->cpuset,
								      HWLOC_OBJ_PU, pu))) {
			unsigned int is = thread_of(topo, pu);

			any |= is > thread;
			if (pu != control && is == thread && !left--)
				return pu;
		}
	}
	return NULL;
}

static const char *choose_cross_node(hwloc_topology_t topo, size_t nr, struct placement_map *map)
{
	hwloc_obj_t nodes[PLACEMENT_MAX_CPUS], control = last_pu(topo);
	size_t n = nodes_with_cpus(topo, nodes, PLACEMENT_MAX_CPUS);

	if (n < 2)
		return "placement cross-node: this machine has one NUMA node with CPUs";
	map->control = describe(topo, control);
	for (size_t i = 0; i < nr; i++) {
		hwloc_obj_t pu = pu_of_node(topo, nodes[i % n], control, i / n);

		if (!pu)
			return "placement cross-node: a NUMA node has not CPUs enough for its share of the vCPUs";
		map->vcpu[i] = describe(topo, pu);
	}
	return NULL;
}

static const char *choose_list(hwloc_topology_t topo, const struct placement_spec *spec, size_t nr,
			       struct placement_map *map)
{
	if (spec->nr_list < nr + 1)
		return "placement list: needs a CPU for the control thread and one for each vCPU";
	for (size_t i = 0; i <= nr; i++) {
		hwloc_obj_t pu = hwloc_get_pu_obj_by_os_index(topo, (unsigned int)spec->list[i]);

		if (!pu)
			return "placement list: names a CPU that this machine has not, or not for us";
		*(i ? &map->vcpu[i - 1] : &map->control) = describe(topo, pu);
		for (size_t j = 0; j < i; j++)
			map->shared |= spec->list[j] == spec->list[i];
	}
	return NULL;
}

const char *placement_choose(hwloc_topology_t topo, const struct placement_spec *spec, size_t nr,
			     struct placement_map *map)
{
	*map = (struct placement_map) { .nr = nr };
	if (!nr || nr >= PLACEMENT_MAX_CPUS)
		return "placement: number of vCPUs out of range";
	if (hwloc_get_nbobjs_by_type(topo, HWLOC_OBJ_PU) < 1)
		return "placement: hwloc sees no CPU";
	switch (spec->policy) {
	case PLACEMENT_SPREAD:
		return choose_spread(topo, nr, map);
	case PLACEMENT_CROSS_NODE:
		return choose_cross_node(topo, nr, map);
	case PLACEMENT_LIST:
		return choose_list(topo, spec, nr, map);
	default:
		return choose_filled(topo, spec->policy, nr, map);
	}
}

/* taskset is a wish as good as a cpuset: a thread that left it would run among others'. */
static int restrict_to_affinity(hwloc_topology_t topo)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int r = 0;

	if (!set || hwloc_get_cpubind(topo, set, HWLOC_CPUBIND_THREAD) ||
	    hwloc_topology_restrict(topo, set, 0))
		r = errno ? -errno : -EIO;
	hwloc_bitmap_free(set);
	return r;
}

int placement_topology(hwloc_topology_t *topo)
{
	int r;

	if (hwloc_topology_init(topo))
		return -errno;
	if (hwloc_topology_load(*topo))
		r = errno ? -errno : -EIO;
	else
		r = restrict_to_affinity(*topo);
	if (r)
		hwloc_topology_destroy(*topo);
	return r;
}

int placement_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

bool placement_holds(int cpu)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return false;
	return CPU_COUNT(&set) == 1 && CPU_ISSET(cpu, &set) && sched_getcpu() == cpu;
}

long placement_migrations(void)
{
	FILE *f = fopen("/proc/thread-self/sched", "re");
	char line[160];
	long n = -1;

	while (f && n < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "se.nr_migrations : %ld", &n) != 1)
			n = -1;
	if (f)
		fclose(f);
	return n;
}
