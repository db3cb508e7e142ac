// SPDX-License-Identifier: GPL-2.0-or-later
#include <criterion/criterion.h>

#include "schedule.h"

#define ARMS	4
#define ROUNDS	24000

/*
 * Every arm once a round, each of the 24 orders as often as any other, the same from the same seed.
 */
Test(schedule, rounds_are_balanced_and_random)
{
	unsigned int seen[ARMS][ARMS] = { { 0 } }, place, arm;
	size_t order[ARMS] = { 0, 1, 2, 3 }, again[ARMS] = { 0, 1, 2, 3 };
	uint64_t state = 1, same = 1;

	for (int i = 0; i < ROUNDS; i++) {
		unsigned int mask = 0;

		schedule_round(order, ARMS, &state);
		schedule_round(again, ARMS, &same);
		for (place = 0; place < ARMS; place++) {
			mask |= 1u << order[place];
			seen[order[place]][place]++;
			cr_assert_eq(order[place], again[place]);
		}
		cr_assert_eq(mask, (1u << ARMS) - 1);
	}
	for (arm = 0; arm < ARMS; arm++)
		for (place = 0; place < ARMS; place++)
			cr_assert(seen[arm][place] > ROUNDS / 4 - 400 &&
					  seen[arm][place] < ROUNDS / 4 + 400,
				  "arm %u at %u: %u", arm, place, seen[arm][place]);
}

Test(schedule, looks_are_halves_of_the_cap)
{
	unsigned int look[SCHEDULE_MAX_LOOKS];

	cr_assert_eq(schedule_looks(40, look), 3);
	cr_assert(look[0] == 10 && look[1] == 20 && look[2] == 40);
	cr_assert_eq(schedule_looks(1000, look), SCHEDULE_MAX_LOOKS);
	cr_assert(look[0] == 125 && look[3] == 1000);
	cr_assert_eq(schedule_looks(8, look), 1);
	cr_assert_eq(look[0], 8);
	cr_assert_eq(schedule_looks(7, look), 0);
}
