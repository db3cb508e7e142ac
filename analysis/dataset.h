/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Result files as a flat table of observations, one per (case and parameters, metric, arm, boot,
 * seed, block). Warm-up and invalid blocks are counted and left out.
 *
 * What counts as one sample is a unit: under clock `count` a seed, since a second boot of it is the
 * first again, to the last bit; else a boot.
 */
#ifndef ANALYSIS_DATASET_H
#define ANALYSIS_DATASET_H

#include "model.h"
#include "record/record.h"

#define DATASET_ALPHA	0.05

/* One side of a comparison: a variant of a file. */
struct arm {
	const struct record_file *file;
	size_t file_nr;			/* place of that file */
	const char *variant;
	const char *patch;		/* hash of its patches, "" if the file does not say */
	size_t blocks;			/* used */
	size_t warmups, invalid;	/* left out */
	const char *first_invalid;	/* reason of the first invalid block, NULL if none */
	bool aa;			/* an A/A arm: "<base>@aa", the base's modules once more */
	bool by_seed;			/* its unit is the seed */
	unsigned int boots, seeds;	/* different ones among the used blocks */
};

/* A case with its parameters. */
struct group {
	const char *case_name;
	const char *params;
};

struct metric {
	unsigned int group;
	unsigned int order;		/* place in the group, as the driver lists them */
	const char *name, *unit;
	enum record_class class;	/* the weakest that any block gives it */
	enum record_better better;
	bool gated;			/* in any block */
	bool model;			/* derived by the cost profile: an estimate */
	double threshold;		/* a relative change matters from this on; the least */
	bool parted;	/* values are the subject's part, module and waiting stand beside */
	/*
	 * In what its blocks disagree, so that no two may be held against each other; NULL: in
	 * nothing.
	 */
	const char *conflict;
};

struct obs {
	unsigned int metric, arm, block, boot;
	uint64_t seed;
	double v;
	double module, waiting;		/* 0 if the metric is not parted */
};

struct dataset {
	struct arm *arms;
	size_t nr_arms;
	struct group *groups;		/* sorted: case, then parameters with numbers as numbers */
	size_t nr_groups;
	struct metric *metrics;		/* sorted: group, then order */
	size_t nr_metrics;
	struct obs *obs; /* sorted: metric, arm, seed if that is the unit, block, boot */
	size_t nr_obs;
	const struct model_profile *profile;	/* NULL: no model metrics */
	size_t nr_unpriced;		/* blocks without a model metric: struct model_value */
};

/*
 * @files live as long as the data set, as does @profile (may be NULL). Arms come in the order of
 * the files, and in one file in one that is the same everywhere: the project's own variants from
 * upstream on, then others by name. NULL: no memory.
 */
struct dataset *dataset_build(struct record_file *const *files, size_t nr_files,
			      const struct model_profile *profile);
void dataset_free(struct dataset *ds);

/* Is arm @a the A/A arm of @base: of the same file, and called "<base>@aa"? */
bool dataset_is_aa_of(const struct dataset *ds, size_t a, size_t base);

/*
 * The chance of an error that a judgement may take: 5 %, or a look's share of it if a run was
 * looked at while it grew.
 */
double dataset_alpha(const struct dataset *ds);

/*
 * Do units of the same number belong together in @a and @b? Seeds always do. Boots if they were
 * measured in turns: the file finishes each boot of both before it begins the next, so that they
 * have the same drift of the host.
 */
bool dataset_paired(const struct dataset *ds, size_t a, size_t b);

/* "seed" or "boot", one or several. */
const char *dataset_unit_name(const struct arm *a, size_t nr);

/* What one arm says about one metric. */
struct summary {
	unsigned int n;		/* units: independent samples. 0: nothing; the rest means nothing */
	size_t blocks;
	double *sample;		/* [n] medians over the blocks of each unit */
	uint64_t *id;		/* [n] which seeds or boots these are, rising */
	double value;		/* median over boots, mean over seeds */
	double module, waiting;	/* the same of the parts beside the value; NaN if not parted */
	double min, max;	/* over all blocks */
	unsigned int boots;	/* different ones, which may be more than seeds */
	bool repeats;		/* block by block the same in every boot (of its seed) */
	bool steady;		/* all samples are equal */
	/* If not ->repeats: the first block that differs, and its range over the boots. */
	unsigned int odd_block;
	double odd_min, odd_max;
};

/* 0, or -ENOMEM. Release with summary_clear(). */
int dataset_summary(const struct dataset *ds, size_t metric, size_t arm, struct summary *out);
void summary_clear(struct summary *s);

#endif
