// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory policies: on synthetic machines, and on this one as far as it has any. */
#include <criterion/criterion.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>

#include "memory.h"
#include "placement.h"

static hwloc_topology_t machine(const char *description)
{
	hwloc_topology_t t;

	cr_assert_eq(hwloc_topology_init(&t), 0);
	cr_assert_eq(hwloc_topology_set_synthetic(t, description), 0);
	cr_assert_eq(hwloc_topology_load(t), 0);
	return t;
}

Test(memory, text_round_trip)
{
	static const char * const good[] = { "local", "interleave", "node:0", "node:1,5,63" };
	struct memory_policy m;
	char text[64];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert(memory_parse(&m, good[i]));
		cr_assert_str_eq(memory_format(&m, text, sizeof(text)), good[i]);
	}
	cr_assert(memory_parse(&m, "node:4-6,1"));
	cr_assert_str_eq(memory_format(&m, text, sizeof(text)), "node:1,4,5,6");
}

Test(memory, what_is_no_policy_is_refused)
{
	static const char *const bad[] = { "",	      "locall",	 "node",     "node:",
					   "node:64", "node:1,", "node:2-1", "1" };
	struct memory_policy m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(memory_parse(&m, bad[i]), "\"%s\" was taken", bad[i]);
}

Test(memory, nodes_are_those_of_the_machine)
{
	hwloc_topology_t t = machine("package:2 node:2 core:1 pu:1");
	struct memory_policy m;

	cr_assert(memory_parse(&m, "interleave"));
	cr_assert_null(memory_resolve(&m, t));
	cr_assert_eq(m.nodes, 15);
	cr_assert(memory_parse(&m, "node:3"));
	cr_assert_null(memory_resolve(&m, t));
	cr_assert(memory_parse(&m, "node:3-4"));
	cr_assert_not_null(memory_resolve(&m, t));
	cr_assert(memory_parse(&m, "local"));
	cr_assert_null(memory_resolve(&m, t));
	cr_assert_not(memory_binds(&m));
	hwloc_topology_destroy(t);
}

/* The policy of the thread (@p NULL) or of the page at @p, as the kernel has it. */
static int kernels_mode(unsigned long *nodes, void *p)
{
	int mode;

	*nodes = 0;
	cr_assert_eq(get_mempolicy(&mode, nodes, MEMORY_MAX_NODES, p, p ? MPOL_F_ADDR : 0), 0);
	return mode;
}

Test(memory, the_kernel_takes_it)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct memory_policy m;
	hwloc_topology_t t;
	unsigned long nodes;
	int mode;

	if (get_mempolicy(&mode, NULL, 0, NULL, 0))
		cr_skip_test("a kernel without NUMA");
	cr_assert_eq(placement_topology(&t), 0);
	cr_assert(memory_parse(&m, "node:0"));
	cr_assert_null(memory_resolve(&m, t));
	cr_assert_eq(memory_apply(&m), 0);
	cr_assert_eq(kernels_mode(&nodes, NULL), MPOL_BIND);
	cr_assert_eq(nodes, 1);
	cr_assert(memory_parse(&m, "interleave"));
	cr_assert_null(memory_resolve(&m, t));
	cr_assert_eq(memory_bind(&m, p, 4096), 0);
	cr_assert_eq(kernels_mode(&nodes, p), MPOL_INTERLEAVE);
	/* Back to the kernel's own, whatever was before. */
	cr_assert(memory_parse(&m, "local"));
	cr_assert_eq(memory_apply(&m), 0);
	cr_assert_eq(kernels_mode(&nodes, NULL), MPOL_DEFAULT);
	hwloc_topology_destroy(t);
}

Test(memory, one_node_has_no_counters)
{
	hwloc_topology_t t = machine("core:2 pu:1");
	static struct counters cs;

	cr_assert_eq(memory_add_counters(&cs, t), 0);
	cr_assert_eq(cs.nr, 0);
	hwloc_topology_destroy(t);
}
