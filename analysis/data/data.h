/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the other rooms work on: result files as a flat table, their histograms by percentile,
 * blocks priced by a cost profile; and figures in few characters.
 *
 * The table has one observation per (case and parameters, metric, arm, boot, seed, block). Warm-up
 * and invalid blocks are counted and left out.
 *
 * What counts as one sample is a unit: under clock `count` a seed, since a second boot of it is the
 * first again, to the last bit; else a boot.
 *
 * May include: util, record, stats.
 */
#ifndef ANALYSIS_DATA_H
#define ANALYSIS_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "record/record.h"

/*
 * The derived clock `model`: what a block would cost on TDX if every SEAMCALL, kick and exit that
 * was counted cost what a cost profile says, and every instruction of KVM the same. An estimate, to
 * be marked as one wherever it is shown.
 */
struct model_profile;

/*
 * @name: "tdx-estimate", "all-zero", or a file (anything with a dot or slash) of the same form as
 * those in profiles/. NULL after one line on @msgs.
 */
struct model_profile *model_profile_load(const char *name, FILE *msgs);
void model_profile_free(struct model_profile *p);
const char *model_profile_name(const struct model_profile *p);

/* Does it price anything but instructions? If not, the model says no more than the count does. */
bool model_profile_prices_module(const struct model_profile *p);

/* What a price is made of. */
enum model_part {
	MODEL_INSNS,		/* instructions, the module's own left out */
	MODEL_LEAVES,		/* SEAMCALLs but VP.ENTER, TDCALLs, clearing of pages */
	MODEL_KICKS,
	MODEL_CROSSINGS,	/* TD exits and entries */
	MODEL_NR_PARTS,
};

struct model_value {
	const char *name;	/* "model_ns_per_fault", "model_ns_per_page"; static */
	const char *unit;
	double v;		/* the sum of the parts */
	double part[MODEL_NR_PARTS];
	double insns;		/* that were priced */
	/*
	 * softtdx's own are more than the whole, so that none are left to price: what KVM defers
	 * is done after the call whose instructions these are; and softtdx takes its time in TSC
	 * ticks, which under `count` are the instructions of all CPUs, so that many CPUs in turn
	 * count them more than once.
	 */
	bool unpriced;
	uint64_t n;		/* faults, or zapped pages */
};

/*
 * Prices @b: (instructions - softtdx's own) * ps_per_insn + the priced counters, per fault, or per
 * page where there are no faults. False: the block does not count instructions, so there is no
 * model of it.
 */
bool model_price(const struct model_profile *p, const struct record_block *b,
		 struct model_value *out);

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

/*
 * Percentiles of the histograms that blocks keep, sample by sample: a boot (under clock `count` a
 * seed) is the unit here too, and called a boot in what follows; so an interval tells how a
 * percentile moves from boot to boot, not from fault to fault.
 */

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

/*
 * Of @params ("pages=512 vcpus=2"), those that are the same in every group of @ds (@common), or
 * those that tell groups apart: what several cases have, all with one value, does not. Caller
 * frees; NULL: no memory.
 */
char *params_select(const struct dataset *ds, const char *params, bool common);

/* The same among the groups that are @in, an array of ->nr_groups. */
char *params_select_in(const struct dataset *ds, const bool *in, const char *params, bool common);

/* Figures in few characters. Each returns @buf. */
#define NUMBER_LEN	24

/*
 * At most @width (6..20) characters, as many digits as go in; integers whole if they fit. "-": NaN.
 */
char *number_value(char buf[NUMBER_LEN], double v, int width);

/*
 * Four significant digits in at most 7 characters: "4753", "16.46k", "0.01367". @event: a count of
 * events per something, which is a plain fraction where it is one: "1/256".
 */
char *number_short(char buf[NUMBER_LEN], double v, bool event);

/* The same with its sign. */
char *number_delta(char buf[NUMBER_LEN], double v, int width);

/* @ratio as a change in percent with sign, at most 7 characters: "+3.42%", "-99.8%". "-": NaN. */
char *number_percent(char buf[NUMBER_LEN], double ratio);

/* The same without sign, for a size: "3.42%". */
char *number_size(char buf[NUMBER_LEN], double ratio);

/* A probability: "0.0286", "<0.0001". */
char *number_p(char buf[NUMBER_LEN], double p);

/*
 * Before a file is written under a name that no user gave: results may have come in a folder from a
 * stranger, with a link of that name that leads elsewhere. The link goes, what it leads to stays as
 * it is.
 */
void output_drop_link(const char *path);

/*
 * Is there a result of septbench at @path? Then nothing is to be written there: it may be the very
 * file that was read. Says so in one line on stderr for @verb.
 */
bool output_is_result(const char *verb, const char *path);

#endif
