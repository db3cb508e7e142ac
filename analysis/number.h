/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures in few characters. Each returns @buf.
 */
#ifndef ANALYSIS_NUMBER_H
#define ANALYSIS_NUMBER_H

#include <stdbool.h>

#define NUMBER_LEN	24

/*
 * At most @width (6..20) characters, as many digits as go in; integers whole if they fit. "-": NaN.
 */
char *number_value(char buf[NUMBER_LEN], double v, int width);

/*
 * Four significant digits in at most 7 characters: "4753", "16.46k", "0.01367". @event: a count of
 * events per something, which is a plain fraction where it is one: "1/256".
 */
char *number_short(char buf[NUMBER_LEN], double v, bool event);

/* The same with its sign. */
char *number_delta(char buf[NUMBER_LEN], double v, int width);

/* @ratio as a change in percent with sign, at most 7 characters: "+3.42%", "-99.8%". "-": NaN. */
char *number_percent(char buf[NUMBER_LEN], double ratio);

/* The same without sign, for a size: "3.42%". */
char *number_size(char buf[NUMBER_LEN], double ratio);

/* A probability: "0.0286", "<0.0001". */
char *number_p(char buf[NUMBER_LEN], double p);

#endif
