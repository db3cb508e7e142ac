/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was measured is kept, so that an interrupted search goes on where it stopped. One file per
 * thing measured; it holds the whole key, what was built and how it was run, and whoever reads it
 * compares that.
 */
#ifndef BISECT_CACHE_H
#define BISECT_CACHE_H

#include <stddef.h>

#include <lab/folder.h>

#include "judge.h"

#define CACHE_WHY	256

struct measured {
	double values[JUDGE_MAX_BOOTS];	/* one per boot */
	size_t nr;
	char why[CACHE_WHY];		/* not "": it cannot be measured, and why */
};

/* What is kept under @key; nothing: all zero. */
void cache_load(const char *folder, const char *key, struct measured *m);

/* Replaces it, at once or not at all. 0, or 4 after one line on stderr. */
int cache_store(const char *folder, const char *key, const struct measured *m);

#endif
