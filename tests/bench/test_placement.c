// SPDX-License-Identifier: GPL-2.0-or-later
/* Placement on machines that we do not have: hwloc's synthetic topologies. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "placement.h"

static hwloc_topology_t machine(const char *description)
{
	hwloc_topology_t t;

	cr_assert_eq(hwloc_topology_init(&t), 0);
	cr_assert_eq(hwloc_topology_set_synthetic(t, description), 0);
	cr_assert_eq(hwloc_topology_load(t), 0);
	return t;
}

static struct placement_map choose(hwloc_topology_t t, const char *policy, size_t nr)
{
	struct placement_spec spec;
	struct placement_map map;
	const char *why;

	cr_assert(placement_parse(&spec, policy));
	why = placement_choose(t, &spec, nr, &map);
	cr_assert_null(why, "%s", why);
	return map;
}

static const char *refusal(hwloc_topology_t t, const char *policy, size_t nr)
{
	struct placement_spec spec;
	struct placement_map map;

	cr_assert(placement_parse(&spec, policy));
	return placement_choose(t, &spec, nr, &map);
}

/* Two nodes of two cores of two threads: CPUs 0,1 | 2,3 || 4,5 | 6,7. */
#define NUMA	"node:2 core:2 pu:2"

Test(placement, compact_fills_a_core_first)
{
	hwloc_topology_t t = machine(NUMA);
	struct placement_map m = choose(t, "compact", 4);

	for (int i = 0; i < 4; i++)
		cr_assert_eq(m.cpu[i], i);
	cr_assert_eq(m.core[0], m.core[1]);
	cr_assert_eq(m.node[0], m.node[3]);
	cr_assert_eq(m.control, 7);
	cr_assert_not(m.shared);
	hwloc_topology_destroy(t);
}

Test(placement, spread_takes_the_other_node)
{
	hwloc_topology_t t = machine("node:2 core:4 pu:1");
	struct placement_map m = choose(t, "spread", 3);

	/* Three vCPUs and the control thread: two per node, no core twice. */
	int on_first = (m.node[0] == 0) + (m.node[1] == 0) + (m.node[2] == 0) + (m.control < 4);

	cr_assert_eq(on_first, 2);
	cr_assert_not(m.shared);
	hwloc_topology_destroy(t);
}

Test(placement, one_per_core)
{
	hwloc_topology_t t = machine(NUMA);
	struct placement_map m = choose(t, "one-per-core", 3);

	cr_assert_eq(m.cpu[0], 0);
	cr_assert_eq(m.cpu[1], 2);
	cr_assert_eq(m.cpu[2], 4);
	cr_assert_not_null(refusal(t, "one-per-core", 5));
	hwloc_topology_destroy(t);
}

Test(placement, list_is_taken_at_its_word)
{
	hwloc_topology_t t = machine(NUMA);
	struct placement_map m = choose(t, "list:6,1,4-5", 3);

	cr_assert_eq(m.control, 6);
	cr_assert_eq(m.cpu[0], 1);
	cr_assert_eq(m.cpu[1], 4);
	cr_assert_eq(m.cpu[2], 5);
	cr_assert_not(m.shared);
	cr_assert(choose(t, "list:6,1,1", 2).shared);
	cr_assert_not_null(refusal(t, "list:6,1", 2));
	cr_assert_not_null(refusal(t, "list:6,8", 1));
	hwloc_topology_destroy(t);
}

Test(placement, too_few_cpus_are_shared_and_said)
{
	hwloc_topology_t t = machine("core:2 pu:1");
	struct placement_map m = choose(t, "compact", 2);

	cr_assert(m.shared);
	/* The control thread still has its own. */
	cr_assert_eq(m.control, 1);
	cr_assert_eq(m.cpu[0], 0);
	cr_assert_eq(m.cpu[1], 0);
	cr_assert(choose(t, "spread", 2).shared);
	hwloc_topology_destroy(t);

	t = machine("core:1 pu:1");
	cr_assert(choose(t, "compact", 1).shared);
	hwloc_topology_destroy(t);
}

static void check_distinct(const struct placement_map *m, const char *policy, const char *topology)
{
	for (size_t i = 0; i < m->nr; i++) {
		cr_assert_neq(m->cpu[i], m->control, "%s on %s", policy, topology);
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(m->cpu[i], m->cpu[j], "%s on %s", policy, topology);
	}
}

Test(placement, with_cpus_enough_nobody_shares)
{
	static const char * const policies[] = { "compact", "spread" };
	char topology[64];

	srandom(3);
	for (int round = 0; round < 200; round++) {
		int nodes = 1 + (int)random() % 4, cores = 1 + (int)random() % 4,
		    pus = 1 + (int)random() % 2;
		int all = nodes * cores * pus;
		hwloc_topology_t t;

		if (all < 2)
			continue;
		snprintf(topology, sizeof(topology), "node:%d core:%d pu:%d", nodes, cores, pus);
		t = machine(topology);
		for (size_t p = 0; p < 2; p++) {
			struct placement_map m =
				choose(t, policies[p], 1 + (size_t)random() % (size_t)(all - 1));

			cr_assert_not(m.shared);
			check_distinct(&m, policies[p], topology);
		}
		hwloc_topology_destroy(t);
	}
}

Test(placement, unknown_policies_and_bad_lists_are_refused)
{
	static const char *const bad[] = {
		"",	     "compactt",  "siblings",	  "list",	"list:",
		"list:1",    "list:1,",	  "list:,1",	  "list:2-1,3", "list:a,b",
		"list:1-,2", "list:-1,2", "list:0-99999", "list:1 ,2",
	};
	struct placement_spec spec;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(placement_parse(&spec, bad[i]), "\"%s\" was taken", bad[i]);
}

Test(placement, text_round_trip)
{
	static const char * const good[] = { "compact", "spread", "one-per-core", "list:3,0,1,2" };
	struct placement_spec spec;
	char text[64];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert(placement_parse(&spec, good[i]));
		cr_assert_str_eq(placement_format(&spec, text, sizeof(text)), good[i]);
	}
}

Test(placement, a_pinned_thread_is_held)
{
	int cpu = sched_getcpu();

	cr_assert_eq(placement_pin(cpu), 0);
	cr_assert(placement_holds(cpu));
	cr_assert_not(placement_holds(cpu + 1));
	cr_assert_lt(placement_pin(CPU_SETSIZE - 1), 0);
}
