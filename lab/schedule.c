// SPDX-License-Identifier: GPL-2.0-or-later
#include "schedule.h"

#include <util/random.h>

void schedule_round(size_t *order, size_t nr, uint64_t *state)
{
	for (size_t i = nr; i-- > 1;) {
		size_t j = random_next(state) % (i + 1), tmp = order[i];

		order[i] = order[j];
		order[j] = tmp;
	}
}

unsigned int schedule_looks(unsigned int cap, unsigned int look[SCHEDULE_MAX_LOOKS])
{
	unsigned int nr = 0;

	while (nr < SCHEDULE_MAX_LOOKS && cap >> nr >= SCHEDULE_LEAST_LOOK)
		nr++;
	for (unsigned int i = 0; i < nr; i++)
		look[i] = cap >> (nr - 1 - i);
	return nr;
}
