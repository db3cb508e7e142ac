/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers from text that somebody wrote.
 *
 * May include: nothing.
 */
#ifndef UTIL_NUMBER_H
#define UTIL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal, or hexadecimal with 0x; no sign, and nothing around it. False leaves *@v as it is. */
bool number_parse(const char *text, uint64_t *v);

#endif
