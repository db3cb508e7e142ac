/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scratch folder per test, and what tests of files keep doing in it. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stddef.h>

/* Makes a new folder and goes there; scratch_leave() removes it with all in it. For .init and
 * .fini. */
void scratch_enter(void);
void scratch_leave(void);

/* The whole file, NUL-terminated; caller frees. Ends the test if it cannot be read. */
char *scratch_read(const char *path, size_t *len);
void scratch_write(const char *path, const char *text, size_t len);

/* The metric @name of every block in the file, as somebody's driver would write it that knows by
 * how much it must change to matter. */
void scratch_threshold(const char *path, const char *name, const char *threshold);

#endif
