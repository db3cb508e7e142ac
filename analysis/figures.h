/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rows of a comparison fit one screen: of each case the few figures that matter, then what
 * else moved, largest first. All printed forms choose by this.
 */
#ifndef ANALYSIS_FIGURES_H
#define ANALYSIS_FIGURES_H

#include "table.h"

struct figure {
	size_t row;		/* in the table */
	const char *label;	/* "p50", "zap", "TRACK", ... */
	size_t same_row;	/* a second one with the same values ("kick"), or the table's nr_rows */
};

struct figures {
	struct figure *chosen;	/* by group, then as ranked */
	size_t nr;
	size_t *moved;		/* rows that moved and are none of them, largest change first */
	size_t nr_moved;
	size_t nr_controls, moved_controls;	/* control cases, shown only if they moved */
	size_t left_out;	/* cases that did not move and for which there was no room */
};

/*
 * For arms [@first, @first + @nr_others) of @t, in at most @room figures. 0, or -ENOMEM. Release
 * with figures_clear().
 */
int figures_choose(const struct report *r, const struct table *t, size_t first, size_t nr_others,
		   size_t room, struct figures *out);
void figures_clear(struct figures *f);

/* Is it among what --cases and --metrics select? */
bool figures_selected(const struct report *r, const struct metric *m);

/* The size of a cell's change for ranking: from or to zero is the largest. */
double figures_size(const struct cell *c);

/*
 * Does the metric's group have a distribution with two modes in the base, a median beside which
 * means nothing? Then its mean stands for it.
 */
bool figures_two_modes(const struct table *t, size_t group);

/* Is @m such a median, and does not gate? Its jump from one mode to the other says nothing. */
bool figures_is_jumping(const struct table *t, const struct metric *m);

#endif
