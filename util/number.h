/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers from text that somebody wrote, and text of numbers that reads back as the same.
 *
 * May include: nothing.
 */
#ifndef UTIL_NUMBER_H
#define UTIL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Decimal, or hexadecimal with 0x; no sign, nothing around it, and no 0 before it, which C takes
 * for octal. False leaves *@v as it is.
 */
bool number_parse(const char *text, uint64_t *v);

#define NUMBER_SHORTEST	32	/* bytes of the longest, with the NUL */

/* Can @v be an integer in a file, exactly? */
bool number_is_whole(double v);

/* The fewest digits that give the same double back; of a whole number all. Returns @out. */
char *number_shortest(char out[NUMBER_SHORTEST], double v);

#endif
