/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that may be a stranger's, put where some of its characters would mean something.
 *
 * May include: nothing.
 */
#ifndef UTIL_ESCAPE_H
#define UTIL_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * The first @len bytes of @s, or those up to a NUL, as text of HTML or XML, quoted attributes too.
 * A control character becomes "?", but a newline stays; with @ascii all that is not ASCII too, for
 * a reader of XML gives up at a broken character.
 */
void escape_markup(FILE *out, const char *s, size_t len, bool ascii);

#endif
