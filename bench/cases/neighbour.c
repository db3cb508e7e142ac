// SPDX-License-Identifier: GPL-2.0-or-later
/* The TD that is measured has a neighbour, which converts one page to and fro all the while. */
#include "common.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../fatal.h"
#include "../softtdx.h"
#include "../td.h"

/*
 * A TD with one vCPU that never enters it. The control thread does its work, on its own CPU: the
 * vCPU's thread only makes it.
 */
struct neighbour {
	struct vm vm;
	struct crew crew;
	struct placement_map map;
	uint64_t conversions;
};

static void setup(struct block *b)
{
	struct neighbour *n = calloc(1, sizeof(*n));

	if (!n)
		die("no memory");
	b->neighbour = n;
	n->map.nr = 1;
	n->map.control = n->map.vcpu[0] = b->map.control;
	crew_start(&n->crew, &n->map, &b->s->memory);
	vm_create(&n->vm, KVM_X86_TDX_VM, &td_ops, &n->crew, 1, 1, &b->s->memory);
	if (*b->td_path && (!softtdx_find_td(b->other_td_path, sizeof(b->other_td_path)) ||
			    !strcmp(b->other_td_path, b->td_path)))
		die("softtdx shows no neighbour under debugfs");
	fault_setup(b);
}

/* As a guest's MapGPA to shared and back, and the fault after it. */
static void convert_page(struct neighbour *n)
{
	int r;

	do
		r = __vm_prefault(&n->vm, 0, GUEST_TEST_GPA, PAGE_BYTES);
	while (r == -EINTR || r == -EAGAIN);
	if (r)
		die("the neighbour's page cannot be mapped: %s", strerror(-r));
	vm_convert(&n->vm, false);
	vm_convert(&n->vm, true);
	n->conversions++;
}

static void leave(struct block *b)
{
	struct neighbour *n = b->neighbour;

	block_run_oracle(b, b->other_td_path);
	*b->other_td_path = 0;
	crew_stop(&n->crew);
	vm_destroy(&n->vm);
	free(n);
	b->neighbour = NULL;
}

static void run(struct block *b)
{
	struct neighbour *n = b->neighbour;

	block_begin(b);
	block_walk_start(b, GUEST_F_ACCEPT | GUEST_F_TOUCH, 1);
	while (!block_walk_done(b)) {
		convert_page(n);
		__builtin_ia32_pause();	/* the others' turn under one-thread TCG */
	}
	block_walk_stop(b);
	block_fault_metrics(b);
	block_metric(b, "conversions_per_fault", (double)n->conversions / (double)b->units,
		     b->units);
	leave(b);
}

static const struct case_metric metrics[] = {
	FAULT_TIME_METRICS(METRIC_ANY, 0),
	FAULT_EVENT_METRICS(METRIC_COUNT),
	TD_EVENT_METRICS(METRIC_COUNT),
	RACE_METRICS,
	SEPT_EXITS(METRIC_COUNT),
	{ .name = "conversions_per_fault", .unit = "1/fault", .better = "none",
	  .class = METRIC_BOUNDED, .clock = METRIC_ANY,
	  .help = "the neighbour's conversions to shared and back" },
	{ 0 }
};

static const struct sept_case case_neighbour = {
	.name = "neighbour",
	.summary = "as populate, while another TD's page is made shared and private again, over and over",
	.measured =
		"as populate; what a TD's faults have to share with another TD: locks and kicks of the "
		"module, of KVM, of the machine",
	.not_measured =
		"the conversions' own time, but for what counts the machine's work: fault_mean under "
		"count, and mmu_lock_*, pamt_*, pages_*, slab_*, ipis_* and perf.* have both TDs'",
	.substrate = CASE_TD,
	.by_name = true,
	.other_td = true,
	.setup = setup,
	.run = run,
	.check = fault_check_td,
	.metrics = metrics,
};

SEPT_CASES(&case_neighbour);
