/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gnuplot scripts. Each holds its data, so that it alone, run in its folder, draws the picture
 * again; and nothing that changes from run to run, so that it draws the same bytes.
 */
#ifndef ANALYSIS_GP_H
#define ANALYSIS_GP_H

#include <stdbool.h>
#include <stdio.h>

#include "dataset.h"

/* Which arms, in which order, and how each is called. */
struct gp_arms {
	const struct dataset *ds;
	const size_t *arm;
	char *const *label;
	size_t nr;
};

/*
 * Percentile spectrum of histogram "fault" of one group, a line per arm. @name is the pictures'
 * name without extension. False: no arm has such a histogram there, and nothing was written.
 */
bool gp_spectrum(FILE *out, const struct gp_arms *arms, size_t group, const char *name);

/*
 * Throughput of zapping and TRACKs per zapped page of case @case_name, bars per group and arm.
 * False: no such metrics, nothing was written.
 */
bool gp_zap(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);

#endif
