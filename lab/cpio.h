/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes an initramfs: a cpio archive of format newc, all of it owned by root whoever writes it. */
#ifndef LAB_CPIO_H
#define LAB_CPIO_H

#include <stddef.h>

struct cpio;

/* NULL with errno if @path cannot be written. */
struct cpio *cpio_create(const char *path);

/*
 * Adds the file @from as @name (absolute; its folders are added when new). 0 or a negative errno,
 * which also sticks: cpio_close() returns the first.
 */
int cpio_add_file(struct cpio *c, const char *name, const char *from, unsigned int mode);
int cpio_add_data(struct cpio *c, const char *name, const void *data, size_t len,
		  unsigned int mode);
int cpio_add_dir(struct cpio *c, const char *name);

/* Ends the archive and frees @c. */
int cpio_close(struct cpio *c);

#endif
