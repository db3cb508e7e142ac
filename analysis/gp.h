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
	const size_t *arm;		/* [nr], the base first */
	char *const *label;		/* [nr] */
	size_t nr;
	const struct table *table;	/* the base against the others; NULL: there are none */
};

/*
 * All that follow, but gp_history(): @case_name is the case, or NULL for a picture of all; @name is
 * the picture's name without extension. False: there is nothing to draw, and nothing was written.
 * Of a case that was measured with several numbers of vCPUs, pictures with bars or of latencies
 * show the largest number.
 */

/* The main metrics of every case as ratios to the base, with their intervals. */
bool gp_overview(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

/* The same of all metrics of one case. */
bool gp_forest(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

/* How long faults take, by percentile, of the cases where arms differ. */
bool gp_latency(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

/* The main metric of each case against vCPUs. */
bool gp_scaling(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

/* The main metric of each case, block by block. */
bool gp_blocks(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

/* TRACKs, vCPUs kicked out of the guest, IPIs. */
bool gp_flushes(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

/* A zap until the call returns and until the pages are FREE, where some arm defers work. */
bool gp_deferred(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

/* How long mmu_lock is held and waited for. */
bool gp_lock(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

/* The main metric of each case in its three parts. */
bool gp_parts(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

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

/* What a reader asks of its case first: a fault, a zap, what the guest stood still for? */
bool gp_is_headline(const struct table *t, size_t metric);

/* The number after "vcpus=" in @params, 0 if there is none; @rest: all of @params but that. */
unsigned int gp_split_vcpus(const char *params, char *rest, size_t size);

/* "n = 8 seeds (1-8)", "n = 2 .. 5 boots, seed 1" of the arms. Caller frees; NULL: no memory. */
char *gp_sample(const struct gp_arms *arms);

/* What pictures of this file must say of it, "" if nothing. */
const char *gp_caveat(const struct record_file *f);

/* Levels between change points as lines. False: no night has a value. */
bool gp_history(FILE *out, const struct gp_history *h, const char *name);

#endif
