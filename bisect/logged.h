/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program whose messages go to a file, and what they say about why it failed. */
#ifndef BISECT_LOGGED_H
#define BISECT_LOGGED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * As child_capture(), with stderr to the file @log, anew. *@seconds (may be NULL) grows by the time
 * it took. -1: the child could not be run at all, or we were interrupted.
 */
int logged_capture(const char *log, char *const argv[], char *out, size_t len, double *seconds);

/*
 * The line of @log that best says what went wrong, without the program's name; "" if there is none.
 */
void logged_reason(const char *log, char *why, size_t len);

/* Does any line of @log hold @text? */
bool logged_says(const char *log, const char *text);

#endif
