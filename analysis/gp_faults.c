// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "gp_faults.h"

void gp_faults_merge(const struct dataset *ds, size_t arm, size_t group, struct hist *into,
		   const char **unit, uint64_t *bias)
{
	const struct arm *a = &ds->arms[arm];
	const struct group *g = &ds->groups[group];
	size_t i;

	memset(into, 0, sizeof(*into));
	for (i = 0; i < a->file->nr_blocks; i++) {
		const struct record_block *b = &a->file->blocks[i];
		const struct record_hist *h = record_block_hist(b, "fault");

		if (!h || !b->valid || b->warmup || strcmp(b->variant, a->variant) ||
		    strcmp(b->case_name, g->case_name) || strcmp(b->params, g->params))
			continue;
		hist_merge(into, &h->h);
		*unit = h->unit;
		if (h->bias > *bias)
			*bias = h->bias;
	}
}
