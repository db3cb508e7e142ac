// SPDX-License-Identifier: GPL-2.0-or-later
/* Placement on machines that we do not have: hwloc's synthetic topologies. */
#include <criterion/criterion.h>
#include <sched.h>
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
		cr_assert_eq(m.vcpu[i].cpu, i);
	cr_assert_eq(m.vcpu[0].core, m.vcpu[1].core);
	cr_assert_eq(m.vcpu[0].node, m.vcpu[3].node);
	cr_assert_eq(m.control.cpu, 7);
	cr_assert_not(m.shared);
	hwloc_topology_destroy(t);
}

Test(placement, spread_takes_the_other_node)
{
	hwloc_topology_t t = machine("node:2 core:4 pu:1");
	struct placement_map m = choose(t, "spread", 3);

	/* Three vCPUs and the control thread: two per node, no core twice. */
	int on_first = (m.vcpu[0].node == 0) + (m.vcpu[1].node == 0) + (m.vcpu[2].node == 0) +
		       (m.control.cpu < 4);

	cr_assert_eq(on_first, 2);
	cr_assert_not(m.shared);
	hwloc_topology_destroy(t);
}

Test(placement, one_per_core)
{
	hwloc_topology_t t = machine(NUMA);
	struct placement_map m = choose(t, "one-per-core", 3);

	cr_assert_eq(m.vcpu[0].cpu, 0);
	cr_assert_eq(m.vcpu[1].cpu, 2);
	cr_assert_eq(m.vcpu[2].cpu, 4);
	/* The fourth core is the control thread's. */
	cr_assert_not_null(refusal(t, "one-per-core", 4));
	hwloc_topology_destroy(t);
}

Test(placement, list_is_taken_at_its_word)
{
	hwloc_topology_t t = machine(NUMA);
	struct placement_map m = choose(t, "list:6,1,4-5", 3);

	cr_assert_eq(m.control.cpu, 6);
	cr_assert_eq(m.vcpu[0].cpu, 1);
	cr_assert_eq(m.vcpu[1].cpu, 4);
	cr_assert_eq(m.vcpu[2].cpu, 5);
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
	cr_assert_eq(m.control.cpu, 1);
	cr_assert_eq(m.vcpu[0].cpu, 0);
	cr_assert_eq(m.vcpu[1].cpu, 0);
	cr_assert(choose(t, "spread", 2).shared);
	hwloc_topology_destroy(t);

	t = machine("core:1 pu:1");
	cr_assert(choose(t, "compact", 1).shared);
	hwloc_topology_destroy(t);
}

Test(placement, siblings_share_cores_and_none_with_the_control_thread)
{
	hwloc_topology_t t = machine(NUMA);
	struct placement_map m = choose(t, "siblings", 5);

	for (int i = 0; i < 5; i++)
		cr_assert_eq(m.vcpu[i].cpu, i);
	cr_assert_eq(m.vcpu[2].core, m.vcpu[3].core);
	cr_assert_eq(m.control.cpu, 7);
	cr_assert_null(refusal(t, "siblings", 6));
	cr_assert_not_null(refusal(t, "siblings", 7));
	hwloc_topology_destroy(t);

	t = machine("node:2 core:4 pu:1");
	cr_assert_not_null(refusal(t, "siblings", 1), "no core has siblings");
	hwloc_topology_destroy(t);
}

Test(placement, cross_node_takes_turns_and_idle_cores_first)
{
	hwloc_topology_t t = machine(NUMA);
	struct placement_map m = choose(t, "cross-node", 6);
	static const int cpu[] = { 0, 4, 2, 6, 1, 5 };

	for (int i = 0; i < 6; i++) {
		cr_assert_eq(m.vcpu[i].cpu, cpu[i], "vCPU %d on %d", i, m.vcpu[i].cpu);
		cr_assert_eq(m.vcpu[i].node, i % 2);
	}
	cr_assert_eq(m.control.cpu, 7);
	/* Node 0 has a fourth, node 1 gave its own to the control thread. */
	cr_assert_eq(choose(t, "cross-node", 7).vcpu[6].cpu, 3);
	cr_assert_not_null(refusal(t, "cross-node", 8));
	hwloc_topology_destroy(t);

	t = machine("core:4 pu:2");
	cr_assert_not_null(refusal(t, "cross-node", 2), "one node");
	hwloc_topology_destroy(t);
}

/* Two packages, two nodes in each: 0,1 | 2,3 || 4,5 | 6,7. */
#define SUB_NUMA	"package:2 node:2 core:2 pu:1"

Test(placement, sub_numa_nodes_are_nodes)
{
	hwloc_topology_t t = machine(SUB_NUMA);
	struct placement_map m = choose(t, "cross-node", 7);
	static const int cpu[] = { 0, 2, 4, 6, 1, 3, 5 };

	for (int i = 0; i < 7; i++) {
		cr_assert_eq(m.vcpu[i].cpu, cpu[i]);
		cr_assert_eq(m.vcpu[i].node, i % 4);
	}
	m = choose(t, "spread", 3);
	/* Four threads, four nodes. */
	cr_assert_eq(1 << m.vcpu[0].cpu / 2 | 1 << m.vcpu[1].cpu / 2 | 1 << m.vcpu[2].cpu / 2 |
		     1 << m.control.cpu / 2, 15);
	hwloc_topology_destroy(t);
}

/* @t without these CPUs: offline, or not in our cpuset. */
static void take_away(hwloc_topology_t t, const char *list)
{
	hwloc_bitmap_t gone = hwloc_bitmap_alloc(), left = hwloc_bitmap_alloc();

	cr_assert_eq(hwloc_bitmap_list_sscanf(gone, list), 0);
	hwloc_bitmap_andnot(left, hwloc_topology_get_topology_cpuset(t), gone);
	cr_assert_eq(hwloc_topology_restrict(t, left, 0), 0);
	hwloc_bitmap_free(gone);
	hwloc_bitmap_free(left);
}

Test(placement, offline_cpus_are_passed_over)
{
	hwloc_topology_t t = machine(NUMA);
	struct placement_map m;

	/* The first thread of core 1, and the machine's last CPU. */
	take_away(t, "2,7");
	m = choose(t, "compact", 5);
	static const int cpu[] = { 0, 1, 3, 4, 5 };

	for (int i = 0; i < 5; i++)
		cr_assert_eq(m.vcpu[i].cpu, cpu[i]);
	cr_assert_eq(m.control.cpu, 6);
	cr_assert_not(m.shared);
	m = choose(t, "one-per-core", 3);
	cr_assert_eq(m.vcpu[1].cpu, 3, "what is left of core 1");
	cr_assert_not_null(refusal(t, "siblings", 5), "core 1 has one thread left");
	cr_assert_not_null(refusal(t, "list:0,2", 1));
	hwloc_topology_destroy(t);
}

Test(placement, a_cpuset_of_one_node_is_all_there_is)
{
	hwloc_topology_t t = machine(SUB_NUMA);
	struct placement_map m;

	take_away(t, "0-3,6-7");
	m = choose(t, "compact", 1);
	cr_assert_eq(m.vcpu[0].cpu, 4);
	cr_assert_eq(m.vcpu[0].node, 2);
	cr_assert_eq(m.control.cpu, 5);
	cr_assert_not_null(refusal(t, "cross-node", 1), "the other nodes have no CPU for us");
	cr_assert_not_null(refusal(t, "list:5,0", 1));
	hwloc_topology_destroy(t);
}

Test(placement, os_indexes_need_not_be_in_order)
{
	/* As firmware numbers siblings: 0,4 | 1,5 || 2,6 | 3,7. */
	hwloc_topology_t t = machine("node:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)");
	struct placement_map m = choose(t, "compact", 4);
	static const int cpu[] = { 0, 4, 1, 5 };

	for (int i = 0; i < 4; i++)
		cr_assert_eq(m.vcpu[i].cpu, cpu[i]);
	m = choose(t, "list:7,2-3,0", 3);
	cr_assert_eq(m.vcpu[0].node, 1);
	cr_assert_eq(m.vcpu[2].node, 0);
	hwloc_topology_destroy(t);
}

static void check_distinct(const struct placement_map *m, const char *policy, const char *topology)
{
	for (size_t i = 0; i < m->nr; i++) {
		cr_assert_neq(m->vcpu[i].cpu, m->control.cpu, "%s on %s", policy, topology);
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(m->vcpu[i].cpu, m->vcpu[j].cpu, "%s on %s", policy, topology);
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
		"",	     "compactt",  "sibling",	  "list",	"list:",
		"list:1",    "list:1,",	  "list:,1",	  "list:2-1,3", "list:a,b",
		"list:1-,2", "list:-1,2", "list:0-99999", "list:1 ,2",
	};
	struct placement_spec spec;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(placement_parse(&spec, bad[i]), "\"%s\" was taken", bad[i]);
}

Test(placement, text_round_trip)
{
	static const char * const good[] = {
		"compact", "spread", "one-per-core", "siblings", "cross-node", "list:3,0,1,2",
	};
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

Test(placement, a_move_is_counted)
{
	hwloc_topology_t t;
	long before = placement_migrations();
	hwloc_obj_t pu;
	int nr;

	cr_assert_eq(placement_topology(&t), 0);
	nr = hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_PU);
	if (nr < 2 || before < 0)
		cr_skip_test("one CPU, or a kernel that does not count migrations");
	/* There and back: the place is the same as if nothing had happened. */
	for (int i = 0; i < 3; i++) {
		pu = hwloc_get_obj_by_type(t, HWLOC_OBJ_PU, i % 2);
		cr_assert_eq(placement_pin((int)pu->os_index), 0);
	}
	cr_assert(placement_holds((int)pu->os_index));
	cr_assert_geq(placement_migrations(), before + 2);
	hwloc_topology_destroy(t);
}

Test(placement, an_affinity_is_a_cpuset)
{
	int cpu = sched_getcpu();
	hwloc_topology_t t;

	cr_assert_eq(placement_pin(cpu), 0);
	cr_assert_eq(placement_topology(&t), 0);
	cr_assert_eq(hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_PU), 1);
	cr_assert_eq((int)hwloc_get_obj_by_type(t, HWLOC_OBJ_PU, 0)->os_index, cpu);
	hwloc_topology_destroy(t);
}
