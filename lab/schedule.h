/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order a run boots its arms, and when it is looked at. Pure arithmetic. */
#ifndef LAB_SCHEDULE_H
#define LAB_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_LEAST_LOOK	8	/* boots per arm; with fewer little can be decided */
#define SCHEDULE_MAX_LOOKS	4

/*
 * Shuffles the @nr arms in @order, by what @state holds, which moves on: a round has every arm once,
 * and any order of them is as likely as any other.
 */
void schedule_round(size_t *order, size_t nr, uint64_t *state);

/*
 * The looks of a run of at most @cap boots per arm: @cap, half of it, and so on down to
 * SCHEDULE_LEAST_LOOK, at most SCHEDULE_MAX_LOOKS, in rising order. Returns how many; 0: @cap is
 * too small.
 */
unsigned int schedule_looks(unsigned int cap, unsigned int look[SCHEDULE_MAX_LOOKS]);

#endif
