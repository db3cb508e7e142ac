// SPDX-License-Identifier: GPL-2.0-or-later
#include "schedule.h"

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;	/* SplitMix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void schedule_round(size_t *order, size_t nr, uint64_t *state)
{
	for (size_t i = nr; i-- > 1;) {
		size_t j = next_random(state) % (i + 1), tmp = order[i];

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
