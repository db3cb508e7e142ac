/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Percentiles of the histograms that blocks keep, sample by sample: a boot (under clock `count` a
 * seed) is the unit here too, and called a boot in what follows; so an interval tells how a
 * percentile moves from boot to boot, not from fault to fault.
 */
#ifndef ANALYSIS_LATENCY_H
#define ANALYSIS_LATENCY_H

#include "dataset.h"

/* One histogram of one group and arm. */
struct latency {
	unsigned int boots;
	struct hist *boot;	/* [boots] merged over the blocks of each, rising boot numbers */
	uint64_t bias;		/* the largest any block states; taken off the percentiles */
	uint64_t least_n;	/* samples of the boot that has fewest */
};

/* Histogram @name of the sound blocks of @arm in @group. 0, or -ENOMEM. */
int latency_collect(const struct dataset *ds, size_t group, size_t arm, const char *name,
		    struct latency *out);
void latency_clear(struct latency *l);

/*
 * All of the arm's histograms @name in one. @unit and @bias: theirs, which stay as they are if
 * there is none.
 */
void latency_merge(const struct dataset *ds, size_t group, size_t arm, const char *name,
		   struct hist *into, const char **unit, uint64_t *bias);

/* Name and unit of the @nr-th histogram that blocks of @group have; NULL after the last. */
const char *latency_name(const struct dataset *ds, size_t group, size_t nr, const char **unit);

/* The percentiles that are shown, in parts per million; 0 after the last. */
extern const uint32_t latency_ppm[];

enum latency_trust {
	LATENCY_OK,
	LATENCY_FEW_BOOTS,	/* too few for an interval; the value alone */
	LATENCY_FEW_SAMPLES,	/* a boot has too few samples to bound this percentile: no value */
};

struct latency_point {
	enum latency_trust trust;
	double value;		/* median over the boots of their percentiles */
	double low, high;	/* its 95% interval, by order statistics */
};

/* 0, or -ENOMEM. */
int latency_percentile(const struct latency *l, uint32_t ppm, struct latency_point *out);

/*
 * Did the shape of the distribution change, its median aside? Kolmogorov-Smirnov distances between
 * all boots, each scaled to its own median: are those across the arms larger than those within, in
 * more than by chance? p of 999 shuffles with a fixed seed, uncorrected: a hint, no verdict. NaN:
 * fewer than 4 boots in an arm, or no memory.
 */
double latency_shape_p(const struct latency *a, const struct latency *b);

#endif
