/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of the machine: /sys, /proc, /dev. All of them are looked for below $SEPTBENCH_ROOT when
 * that is set, so that what reads and changes a machine can be tested on a tree of plain files.
 */
#ifndef HOST_ROOT_H
#define HOST_ROOT_H

#include <glob.h>
#include <stdbool.h>
#include <stddef.h>

#define HOST_PATH	512	/* bytes that hold any path used here */
#define HOST_TEXT	256	/* and any one-line value */

/* @path below the root. Too long a path becomes one that does not exist. */
void root_path(char out[HOST_PATH], const char *path);

/* The first line of @path, without blanks at its end. False: there is no such file, @text is "". */
bool root_read(const char *path, char text[HOST_TEXT]);

/* 0 or a negative errno. */
int root_write(const char *path, const char *text);

/*
 * Paths that match @pattern, sorted, as they are on the machine (not below the root). The caller
 * frees them by globfree(); none is no error.
 */
void root_glob(const char *pattern, glob_t *g);

#endif
