/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SplitMix64: any seed is a good one, and the sequence is the same everywhere.
 *
 * May include: nothing.
 */
#ifndef UTIL_RANDOM_H
#define UTIL_RANDOM_H

#include <stdint.h>

/* The next number; *@state is the seed at first. */
uint64_t random_next(uint64_t *state);

/* 0..n-1. The bias of the multiply-shift is below 2^-32. */
uint32_t random_below(uint64_t *state, uint32_t n);

#endif
