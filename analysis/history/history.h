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
 *
 * A result file adds a value per series: a metric of one variant in one case, under one substrate,
 * clock, cost profile, kernel flavour, length of turns if the lab was told one, and, where counts
 * depend on it, seed. Its key is all of that with slashes:
 * "soft/count/all-zero/plain/seed=1/zap/pages=512/vcpus=2/freeze/tracks_per_page", or
 * "soft/count/all-zero/plain/turn=1000/seed=1/...".
 *
 * An exact metric's value is the metric itself, and so is a bounded one's under clock count, which
 * no host disturbs. Any other's is its ratio to the base variant in the same run, since both then
 * saw the same host that night; the base itself has none.
 *
 * May include: util, record, stats, data, compare, plot.
 */
#ifndef ANALYSIS_HISTORY_H
#define ANALYSIS_HISTORY_H

#include "analysis/data/data.h"

#define STORE_INDEX	"index.sqlite"
#define STORE_BASE	"freeze"	/* variant that ratios are to, if nobody says */
#define STORE_STAMP	16		/* bytes that hold a stamp */

struct series {
	char *key;
	char *unit;		/* of the metric, also where the value is a ratio */
	enum record_better better;
	bool ratio;		/* the value is a ratio to the base */
	bool gated;		/* may fail a night; else it is only told */
	bool parted;		/* the kernel's part alone, not the whole that the clock saw */
};

/* What keys of @f begin with, up to the seed: only such are held against each other. */
#define SERIES_TURN	"turn="
void series_put_world(const struct record_file *f, FILE *out);

/* By key, and by the rest where that is the same: series that differ at all are different ones. */
int series_compare(const struct series *a, const struct series *b);

struct point {
	struct series series;
	size_t metric, arm;	/* in the data set */
	struct summary s;
	double v;		/* NaN: an exact metric that does not repeat, or no ratio; a
				 * bounded one's is its mean */
};

struct points {
	struct dataset *ds;
	size_t base;		/* arm; ds->nr_arms if the file has no such variant */
	struct point *p;	/* sorted by series */
	size_t nr;
};

/*
 * Points of @f, which must live as long, with ratios to variant @base; not for models. 0, or
 * -ENOMEM. Release with points_clear().
 */
int points_build(const struct record_file *f, const char *base, struct points *out);
void points_clear(struct points *p);

/* The base's summary of a point's metric: 0 or -ENOMEM. Release with summary_clear(). */
int points_base(const struct points *p, const struct point *of, struct summary *out);

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
