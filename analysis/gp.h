/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gnuplot scripts. Each holds its data, so that it alone, run in its folder, draws the picture
 * again; and nothing that changes from run to run, so that it draws the same bytes.
 */
#ifndef ANALYSIS_GP_H
#define ANALYSIS_GP_H

#include <stdbool.h>
#include <stdio.h>

#include "table.h"

/* Which arms, in which order, and how each is called. */
struct gp_arms {
	const struct dataset *ds;
	const size_t *arm;
	char *const *label;
	size_t nr;
	const struct table *table;	/* what gp_forest() draws, NULL: nothing */
};

/*
 * All that follow, but gp_history(): @group is the group, or for pictures of a case or a sweep over
 * vCPUs its first one; @name is the pictures' name without extension. False: there is nothing to
 * draw, and nothing was written.
 */

/* Percentile spectrum of histogram "fault", a line per arm. */
bool gp_spectrum(FILE *out, const struct gp_arms *arms, size_t group, const char *name);

/* CDF and CCDF of histogram "fault", a line per arm. */
bool gp_cdf(FILE *out, const struct gp_arms *arms, size_t group, const char *name);

/* Throughput of zapping and TRACKs per zapped page of a case, bars per group and arm. */
bool gp_zap(FILE *out, const struct gp_arms *arms, size_t group, const char *name);

/* Throughput of zapping against the time until the pages are FREE, a point per boot. */
bool gp_tradeoff(FILE *out, const struct gp_arms *arms, size_t group, const char *name);

/* The main metric of a case against vCPUs, where at least two numbers of them were measured. */
bool gp_scaling(FILE *out, const struct gp_arms *arms, size_t group, const char *name);

/* Every block of the main metric of a group, beside the others of its boot. */
bool gp_strip(FILE *out, const struct gp_arms *arms, size_t group, const char *name);

/* Ratios to the base with their intervals, of a case. */
bool gp_forest(FILE *out, const struct gp_arms *arms, size_t group, const char *name);

/* One metric night by night. */
struct gp_night {
	const char *label;	/* date or commit */
	double v;		/* NaN: nothing that night */
	double low, high;	/* interval; NaN: none */
};

struct gp_change {
	size_t at;		/* the first night of the new level, > 0 */
	bool acknowledged;
};

struct gp_history {
	const char *title;	/* the metric and its case */
	const char *unit;
	const char *variant;	/* gives the colour */
	const struct gp_night *nights;
	size_t nr_nights;
	const struct gp_change *changes;	/* sorted by night */
	size_t nr_changes;
	const char *caption;	/* n, substrate, clock */
	const char *host;
	const char *caveat;	/* "" if there is none */
};

/* What pictures of this file must say of it, "" if nothing. */
const char *gp_caveat(const struct record_file *f);

/* Levels between change points as lines. False: no night has a value. */
bool gp_history(FILE *out, const struct gp_history *h, const char *name);

#endif
