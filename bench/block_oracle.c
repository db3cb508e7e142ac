// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "block.h"
#include "softtdx.h"

static void oracle_fault(void *arg, const char *line)
{
	struct block *b = arg;

	record_builder_oracle_fault(b->rec, "%s", line);
}

/* The mirror page table against the S-EPT. On hardware nobody can look into the S-EPT. */
void block_run_oracle(struct block *b, const char *td)
{
	int r;

	if (!*td)
		return;
	record_builder_oracle_ran(b->rec);
	r = softtdx_oracle(td, oracle_fault, b);
	if (r < 0)
		record_builder_oracle_fault(b->rec, "the oracle cannot be run: %s", strerror(-r));
}
