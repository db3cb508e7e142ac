/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one result file adds to the history: a value per series.
 *
 * A series is a metric of one variant in one case, under one substrate, clock, cost profile, kernel
 * flavour and, where counts depend on it, seed. Its key is all of that with slashes:
 * "soft/count/all-zero/plain/seed=1/zap/pages=512/vcpus=2/freeze/tracks_per_page".
 *
 * An exact metric's value is the metric itself, and so is a bounded one's under clock count, which
 * no host disturbs. Any other's is its ratio to the base variant in the same run, since both then
 * saw the same host that night; the base itself has none.
 */
#ifndef ANALYSIS_STORE_POINT_H
#define ANALYSIS_STORE_POINT_H

#include "dataset.h"

struct series {
	char *key;
	char *unit;		/* of the metric, also where the value is a ratio */
	enum record_better better;
	bool ratio;		/* the value is a ratio to the base */
	bool gated;		/* may fail a night; else it is only told */
	bool parted;		/* the kernel's part alone, not the whole that the clock saw */
};

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

#endif
