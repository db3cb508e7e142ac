// SPDX-License-Identifier: GPL-2.0-or-later
/* What all steps of a run ask of its state. */
#include "state.h"

void lab_worsen(struct lab *l, int status)
{
	if (!l->status)
		l->status = status;
}

struct qemu_machine lab_machine(const struct lab *l)
{
	return (struct qemu_machine) {
		.clock = l->o.clock,
		.seed = l->o.seed,
		.smp = l->smp,
		.numa = l->numa,
		.memory_mb = l->o.nr_inject ? QEMU_INJECT_MB : qemu_memory_mb(l->o.pages),
		.inject = l->o.nr_inject,
	};
}
