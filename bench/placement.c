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
};

#define NR_POLICIES	(sizeof(policies) / sizeof(policies[0]))

/* One "N" or "N-M" at *@text; moves past it. */
static bool parse_range(struct placement_spec *spec, const char **text)
{
	char *end;
	long first, last;

	if (**text < '0' || **text > '9')
		return false;
	first = last = strtol(*text, &end, 10);
	if (*end == '-') {
		if (end[1] < '0' || end[1] > '9')
			return false;
		last = strtol(end + 1, &end, 10);
	}
	if (last < first || last >= CPU_SETSIZE)
		return false;
	for (; first <= last; first++) {
		if (spec->nr_list == PLACEMENT_MAX_CPUS)
			return false;
		spec->list[spec->nr_list++] = (int)first;
	}
	*text = end;
	return true;
}

static bool parse_list(struct placement_spec *spec, const char *text)
{
	spec->policy = PLACEMENT_LIST;
	for (;; text++) {
		if (!parse_range(spec, &text))
			return false;
		if (!*text)
			return spec->nr_list > 1;
		if (*text != ',')
			return false;
	}
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

static void set_cpu(hwloc_topology_t topo, struct placement_map *map, size_t i, hwloc_obj_t pu)
{
	hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topo, HWLOC_OBJ_CORE, pu);

	map->cpu[i] = (int)pu->os_index;
	map->core[i] = core ? (int)core->logical_index : -1;
	map->node[i] = pu->nodeset ? hwloc_bitmap_first(pu->nodeset) : -1;
}

/* PUs for the vCPUs in the order of @policy; the control thread has the machine's last one. */
static size_t candidates(hwloc_topology_t topo, enum placement_policy policy, hwloc_obj_t control,
			 hwloc_obj_t *pus, size_t max)
{
	hwloc_obj_t pu = NULL;
	size_t n = 0;

	while (n < max && (pu = hwloc_get_next_obj_by_type(topo, HWLOC_OBJ_PU, pu))) {
		hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topo, HWLOC_OBJ_CORE, pu);

		if (pu == control)
			continue;
		if (policy == PLACEMENT_ONE_PER_CORE && core && core->first_child != pu)
			continue;
		pus[n++] = pu;
	}
	return n;
}

static const char *choose_filled(hwloc_topology_t topo, enum placement_policy policy, size_t nr,
				 struct placement_map *map)
{
	int nr_pus = hwloc_get_nbobjs_by_type(topo, HWLOC_OBJ_PU);
	hwloc_obj_t pus[PLACEMENT_MAX_CPUS], control;
	size_t n;

	control = hwloc_get_obj_by_type(topo, HWLOC_OBJ_PU, (unsigned int)nr_pus - 1);
	/* On a machine of one CPU there is nothing to keep apart. */
	n = candidates(topo, policy, nr_pus > 1 ? control : NULL, pus, PLACEMENT_MAX_CPUS);
	if (policy == PLACEMENT_ONE_PER_CORE && n < nr)
		return "placement one-per-core: more vCPUs than cores left beside the control thread's";
	map->control = (int)control->os_index;
	map->shared = n < nr || nr_pus == 1;
	for (size_t i = 0; i < nr; i++)
		set_cpu(topo, map, i, pus[i % n]);
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
		int cpu = hwloc_bitmap_first(set[i]);

		if (i == nr)
			map->control = cpu;
		else
			set_cpu(topo, map, i,
				hwloc_get_pu_obj_by_os_index(topo, (unsigned int)cpu));
		hwloc_bitmap_free(set[i]);
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
		if (i)
			set_cpu(topo, map, i - 1, pu);
		else
			map->control = spec->list[0];
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
	case PLACEMENT_LIST:
		return choose_list(topo, spec, nr, map);
	default:
		return choose_filled(topo, spec->policy, nr, map);
	}
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
