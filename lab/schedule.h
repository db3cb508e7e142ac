/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which arms a run has, in which order it boots them, and when it is looked at. Pure arithmetic,
 * for the lab and, with loads of modules for boots, for a host.
 */
#ifndef LAB_SCHEDULE_H
#define LAB_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define BASE			"freeze" /* what the others are compared with, if it is among them; else the first */
#define AA_SUFFIX	"@aa"		/* the base measured once more, as an arm of its own */
#define BOOTS_WALL	10		/* of each arm, if nobody says */
#define BOOTS_JUDGED	4		/* with fewer no test of times can say anything */
#define SCHEDULE_LEAST_LOOK	8	/* boots per arm; with fewer little can be decided */
#define SCHEDULE_MAX_LOOKS	4

/*
 * Shuffles the @nr arms in @order, by what @state holds, which moves on: a round has every arm
 * once, and any order of them is as likely as any other.
 */
void schedule_round(size_t *order, size_t nr, uint64_t *state);

/*
 * The looks of a run of at most @cap boots per arm: @cap, half of it, and so on down to
 * SCHEDULE_LEAST_LOOK, at most SCHEDULE_MAX_LOOKS, in rising order. Returns how many; 0: @cap is
 * too small.
 */
unsigned int schedule_looks(unsigned int cap, unsigned int look[SCHEDULE_MAX_LOOKS]);

#endif
