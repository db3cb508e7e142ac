/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history: a folder of result files, one per night, named *.jsonl.
 *
 * The files are the truth. Beside them lies index.sqlite, keyed by the hash of each file's content:
 * it holds what points_build() makes of the files, and nothing else. It may be deleted at any time;
 * opening the store brings it up to date.
 *
 * Nights are in the order of the date and time in their files' names (20261122-031500,
 * 2026-11-22, ...), then of the names. A file that is not sound as a whole, truncated say, is named
 * and is no night: nothing is filled in for it. A file that has the content of another is one too
 * many and is named as well. A file with control characters in its name is not looked at.
 */
#ifndef ANALYSIS_STORE_H
#define ANALYSIS_STORE_H

#include <stdint.h>
#include <stdio.h>

#include "store_point.h"

#define STORE_INDEX	"index.sqlite"
#define STORE_BASE	"freeze"	/* variant that ratios are to, if nobody says */
#define STORE_STAMP	16		/* bytes that hold a stamp */

struct store;

/*
 * Opens the store in folder @dir with ratios to variant @base, and brings its index up to date; a
 * changed @base, or @reindex, makes it anew. What is wrong with files goes to @msgs, a line each.
 * Returns an exit status: 0; 2 no such folder; 3 the index cannot be used. Where the folder cannot
 * be written, the index is kept in memory.
 */
int store_open(const char *dir, const char *base, bool reindex, struct store **out, FILE *msgs);
void store_close(struct store *s);

struct night {
	char *name;		/* file name without ".jsonl" */
	uint64_t hash;		/* of its content */
};

struct history {
	struct night *nights;
	size_t nr_nights;
	size_t earlier;		/* nights before the first of these, not loaded */
	struct series *series;	/* sorted by series_compare() */
	double *v;		/* [series * nr_nights + night]; NaN: not measured that night */
	size_t nr_series;
};

/*
 * The last @most nights; if a night has content hash *@tonight (NULL: none is asked for), the last
 * before it. What this costs does not grow with the nights before those. A series that none of them
 * has is left out. 0, or -EIO after a line on the store's messages, or -ENOMEM.
 */
int store_load(struct store *s, const uint64_t *tonight, size_t most, struct history *out);
void history_clear(struct history *h);

/* The values of one series over all nights, NULL if there is no such series. */
const double *history_find(const struct history *h, const struct series *series);

/* Hash of a file's content, FNV-1a of 64 bits. 0, or a negative errno. */
int store_hash(const char *path, uint64_t *hash);

/*
 * "20261122031500" from the first run of 8 digits (or 4-2-2 with minus signs) in a file's name that
 * is a date, with the time if one of 6 digits follows after one more character; "" if there is
 * none.
 */
void store_stamp(const char *name, char stamp[STORE_STAMP]);

/* The order of nights by name, as strcmp() tells it. */
int store_night_compare(const char *a, const char *b);

/* What a night is called: the file's name without folder and ".jsonl". Caller frees; NULL: no
 * memory. */
char *store_night_name(const char *path);

#endif
