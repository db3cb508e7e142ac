/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A search under way, and its result. */
#ifndef BISECT_HUNT_H
#define BISECT_HUNT_H

#include "judge.h"
#include "line.h"
#include "measure.h"
#include "search.h"

struct seen {
	double value;	/* the median of the boots; NaN: not measured */
	char *why;	/* cannot be measured, and why; owned */
};

struct hunt {
	struct line line;
	struct measurer m;
	struct bench_options with_seed;	/* what ->m runs: as given, but for the seed */
	bool other_seed;		/* an end was built, and its boot died */
	unsigned int seeds_tried;	/* in place of the one that was given */
	struct judge judge;
	struct search search;
	struct seen *seen;	/* [line.nr] */
	bool exact;
	unsigned int calibration;	/* boots of each end */
	unsigned int confirmation;	/* boots of each side of the change, once it is found */
	double certainty;	/* that no step erred: the product over the steps */
	unsigned int odd;	/* points of which one boot in three was out of line */
	/* The two points on either side of the change, measured once more if there was a search. */
	struct measured parent, culprit;
	bool confirmed;
};

/* These return 0, or an exit status after one line on stderr. */

/* Measures both ends. Refuses if they do not differ, or not enough. */
int hunt_ends(struct hunt *h);

/* Point @i, on the side where it lies. */
int hunt_point(struct hunt *h, size_t i, enum side *side);

/* Until nothing is left between the last good and the first bad point. */
int hunt_all(struct hunt *h);

/* The two points on either side once more. Sets ->confirmed. */
int hunt_confirm(struct hunt *h);

void hunt_free(struct hunt *h);

/* Prints the result to stdout. */
void report_hunt(const struct hunt *h, const char *replay, double seconds);

/*
 * Writes it to the file @path as one object: found (else the change lies somewhere between),
 * confirmed, last_good, first_bad, from, to, unit, skipped. 0, or 4 after one line on stderr.
 */
int report_json(const struct hunt *h, const char *path);

#endif
