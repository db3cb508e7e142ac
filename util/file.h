/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files read and written whole. Links are followed.
 *
 * May include: nothing.
 */
#ifndef UTIL_FILE_H
#define UTIL_FILE_H

#include <stddef.h>

/*
 * The content of a file, with a NUL after its *@len bytes; the caller frees it. NULL with errno,
 * and *@len 0: of a file of more than @most bytes EFBIG.
 */
char *file_read(const char *path, size_t most, size_t *len);

/* Writes all of @buf, however often it takes. 0, or a negative errno. */
int file_write_all(int fd, const void *buf, size_t len);

/* @path is @buf alone afterwards, made if it is not there. 0, or a negative errno. */
int file_write(const char *path, const void *buf, size_t len);

/* The same, and on the disk. What it makes is for its owner alone to write. */
int file_write_sync(const char *path, const void *buf, size_t len);

#endif
