/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was measured is kept, so that an interrupted search goes on where it stopped. One file per
 * thing measured; it holds the whole key, what was built and how it was run, and whoever reads it
 * compares that.
 */
#ifndef BISECT_CACHE_H
#define BISECT_CACHE_H

#include <stddef.h>

#include "judge.h"

#define CACHE_PATH	1024
#define CACHE_WHY	256

struct measured {
	double values[JUDGE_MAX_BOOTS];	/* one per boot */
	size_t nr;
	char why[CACHE_WHY];		/* not "": it cannot be measured, and why */
};

/* $XDG_CACHE_HOME/septbench/bisect/@name, made if need be. 0, or 4 after one line on stderr. */
int cache_folder(const char *name, char path[CACHE_PATH]);

/*
 * Makes this process the only one to use @folder, for as long as it lives. 0, or 4 after one line
 * on stderr that says that @what is already being bisected.
 */
int cache_lock(const char *folder, const char *what);

/* What is kept under @key; nothing: all zero. */
void cache_load(const char *folder, const char *key, struct measured *m);

/* Replaces it, at once or not at all. 0, or 4 after one line on stderr. */
int cache_store(const char *folder, const char *key, const struct measured *m);

#endif
