/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a: names for what is in the cache. Not for anything that somebody might want to forge. */
#ifndef BISECT_HASH_H
#define BISECT_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START	0xcbf29ce484222325ull

static inline uint64_t hash_add(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len--)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h;
}

#endif
