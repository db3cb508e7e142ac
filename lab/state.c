// SPDX-License-Identifier: GPL-2.0-or-later
/* What all steps of a run ask of its state. */
#include <stdio.h>

#include "state.h"

void lab_fail(struct lab *l, const struct why *why)
{
	if (l->status)
		return;
	l->status = why->status;
	l->why = *why;
}

void lab_worsen(struct lab *l, int status)
{
	struct why why = why_of_status(status);

	lab_fail(l, lab_why()->status == status ? lab_why() : &why);
}

void lab_worsen_by(struct lab *l, enum why_reason reason, int status)
{
	struct why why = why_of_status(status);

	if (status && why.reason != WHY_INTERRUPTED)
		why.reason = reason;
	lab_fail(l, &why);
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
