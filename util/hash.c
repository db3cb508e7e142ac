// SPDX-License-Identifier: GPL-2.0-or-later
#include "hash.h"

#include <errno.h>
#include <stdio.h>

uint64_t hash_add(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len--)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return h;
}

int hash_file(const char *path, uint64_t *h)
{
	FILE *f = fopen(path, "re");
	char buf[65536];
	size_t n;
	int err;

	if (!f)
		return -errno;
	while ((n = fread(buf, 1, sizeof(buf), f)))
		*h = hash_add(*h, buf, n);
	err = ferror(f) ? -EIO : 0;
	fclose(f);
	return err;
}
