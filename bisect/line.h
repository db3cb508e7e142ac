/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is bisected: a line of points, each of which can be laid out for the kernel scripts. Commits
 * of a repository, the patches of a variant one after the other, or two values of a kernel option.
 */
#ifndef BISECT_LINE_H
#define BISECT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lab/repo.h>

#include "cache.h"

#define LINE_VARIANT	48

enum line_kind { LINE_COMMITS, LINE_SERIES, LINE_OPTION };

struct line_spec {
	const char *kernel;	/* repository; NULL: the cached kernel source (not for commits) */
	const char *good, *bad;	/* commits */
	const char *series;	/* variant whose patches are the points, NULL: none */
	const char *option;	/* NAME=VALUE,VALUE, NULL: none */
	const char *variant;
};

struct line {
	enum line_kind kind;
	struct commit *points; /* for patches and options: id and subject as they are to be shown */
	size_t nr;		/* at least 2 */
	struct repo repo;	/* ->dir "": there is none */
	char base[REPO_ID];	/* commit under a series or an option */
	char tree[REPO_PATH];	/* what the kernel scripts are given */
	char variant[LINE_VARIANT];
	char cache[CACHE_PATH];	/* measurements, logs */
	char patches[CACHE_PATH];	/* folder of the patches of all variants */
	char from[CACHE_PATH];	/* series: the folder of this kernel's variants */
	char option[64];
};

/* 0, or an exit status after one line on stderr. line_close() in any case. */
int line_open(struct line *l, const struct line_spec *spec);
void line_close(struct line *l);

/*
 * What point @i is, as a hash of everything that makes it differ from another point. 0, or an
 * exit status after one line on stderr.
 */
int line_content(struct line *l, size_t i, uint64_t *content);

/*
 * Lays point @i out: ->tree, ->variant and the environment are then what the kernel scripts need.
 */
int line_place(struct line *l, size_t i);

/* "commits", "patches", "values" */
const char *line_plural(const struct line *l);

#endif
