/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values in order, and the quantile between two of them.
 *
 * May include: nothing.
 */
#ifndef UTIL_QUANTILE_H
#define UTIL_QUANTILE_H

#include <stddef.h>

/* Of the doubles at @a and @b, for qsort(): ascending. No NaN. */
int quantile_compare(const void *a, const void *b);

/* Ascending. No NaN. */
void quantile_sort(double *x, size_t n);

/* Quantile @q, 0..1, of @x[0..n), n > 0, no NaN, by linear interpolation; reorders @x. */
double quantile_of(double *x, size_t n, double q);

#endif
