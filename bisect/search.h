/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which point of a line to look at next, and what is known when there is none left. Knows nothing
 * of kernels: a point is a number, and what is told about it is on which side of a change it lies.
 */
#ifndef BISECT_SEARCH_H
#define BISECT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

enum side {
	SIDE_UNKNOWN,	/* not looked at */
	SIDE_GOOD,
	SIDE_BAD,
	SIDE_SKIP,	/* cannot be measured */
};

/*
 * So many points between the last good and the first bad one that cannot be measured end the
 * search.
 */
#define SEARCH_MAX_SKIPS	32

struct search {
	size_t nr;		/* points, at least 2; the first is good, the last is bad */
	enum side *side;	/* [nr] */
	size_t last_good, first_bad;	/* the change is after the one and not after the other */
};

/* 0, or -ENOMEM. */
int search_init(struct search *s, size_t nr);
void search_free(struct search *s);

/*
 * What was found out about point @i, which search_next() named: it lies between the last good and
 * the first bad one. @side is not SIDE_UNKNOWN.
 */
void search_tell(struct search *s, size_t i, enum side side);

/*
 * The point to look at next. False: nothing is left between the last good and the first bad one, or
 * SEARCH_MAX_SKIPS there could not be measured.
 */
bool search_next(const struct search *s, size_t *i);

/*
 * Points between the last good and the first bad one that @side was told of, or that are unknown.
 */
size_t search_between(const struct search *s, enum side side);

/* How many points are still to be looked at if all of them can be measured. */
unsigned int search_steps_left(const struct search *s);

#endif
