/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FNV-1a of 64 bits: names and cache keys. Not for anything that somebody might want to forge.
 *
 * May include: nothing.
 */
#ifndef UTIL_HASH_H
#define UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START	UINT64_C(0xcbf29ce484222325)

/* @h with @len bytes more. */
uint64_t hash_add(uint64_t h, const void *data, size_t len);

/* The content of the file @path added to *@h. 0, or a negative errno. */
int hash_file(const char *path, uint64_t *h);

#endif
