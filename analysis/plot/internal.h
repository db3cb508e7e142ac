/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the pictures, and what they have in common.
 */
#ifndef ANALYSIS_PLOT_INTERNAL_H
#define ANALYSIS_PLOT_INTERNAL_H

#include "plot.h"

/*
 * Of the pictures that follow, @case_name is the case, or NULL for a picture of all; @name is the
 * picture's name without extension. False: there is nothing to draw, and nothing was written. Of a
 * case that was measured with several numbers of vCPUs, pictures with bars or of latencies show the
 * largest number.
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

/* All that a mail can take of it: ASCII, 72 columns. 0, or -ENOMEM. */
int plot_ascii(const struct plot_set *s, FILE *out);

/* What pictures of this file must say of it, "" if nothing. */
const char *gp_caveat(const struct record_file *f);

/*
 * A picture is as wide as this many pixels unless its words need more, so that they can be read on
 * a phone. Small type is that of tics and captions.
 */
#define GP_WIDTH	720
#define GP_SMALL	7	/* pixels that a small character takes at most, on average */

/* Colour is not all that tells two arms apart: each also has its dashes and its points. */
struct gp_style {
	const char *colour, *dashes;
	int point;
};

/* The variant's, everywhere the same; a second arm of it gets other dashes and points. */
struct gp_style gp_style(const struct gp_arms *arms, size_t arm);
struct gp_style gp_variant_style(const char *variant);

/* A set of arms. Those from 64 on are in none. */
static inline uint64_t gp_bit(size_t arm)
{
	return arm < 64 ? UINT64_C(1) << arm : 0;
}

/*
 * A string of gnuplot's, in which nothing is special; ASCII, and " for a quote that is no
 * genitive's.
 */
__attribute__((format(printf, 2, 3)))
void gp_quote(FILE *out, const char *fmt, ...);

/* The same for the label of a tic, which gnuplot takes for a format of the tic's number. */
__attribute__((format(printf, 2, 3)))
void gp_tic(FILE *out, const char *fmt, ...);

/* The same as a field of a data block. */
void gp_field(FILE *out, const char *text);

void gp_head(FILE *out, const char *name);
void gp_caption_lines(FILE *out, const char *const lines[3], int height);
/* The drawing commands stand between these two, and are run once for each kind of file. */
void gp_terminals(FILE *out, const char *name, int width, int height);
void gp_end(FILE *out);

/*
 * Title, key and caption around the @body pixels of what is drawn. The arms in @drawn stand in the
 * key, in the style @draw ("points", "lines", "boxes").
 */
struct gp_sheet {
	FILE *out;
	const struct gp_arms *arms;
	const char *name, *title, *draw;
	char *params;		/* that are the same everywhere; freed by gp_sheet_open() */
	const char *note;	/* what the marks mean */
	uint64_t drawn;
	int body;
	int width;		/* at least GP_WIDTH, which 0 stands for */
	int height;		/* set by gp_sheet_open() */
	bool keyed;		/* the key was put */
};

void gp_sheet_open(struct gp_sheet *s);
/* The next plot lies within these pixels, counted from the left and from the top of the body. */
void gp_sheet_place(struct gp_sheet *s, int left, int right, int top, int bottom);
/* Begins a plot command; true if an entry is there already, which a comma must follow. */
bool gp_sheet_plot(struct gp_sheet *s);
void gp_sheet_close(struct gp_sheet *s);

/* "with lines linewidth 2 ..."; @draw: "lines", "points", "linespoints". */
void gp_draw_as(FILE *out, const char *draw, struct gp_style style);

/* Index of metric @name in @group, or nr_metrics. */
size_t gp_find_metric(const struct dataset *ds, size_t group, const char *name);

/* The same of the first of @names (NULL at the end) that the group has. */
size_t gp_first_metric(const struct dataset *ds, size_t group, const char *const *names);

/* What a case is about, the first that it has: NULL at the end. */
extern const char *const gp_main_metrics[];

/* Is there no group that differs from this one in having more vCPUs alone? */
bool gp_is_widest(const struct dataset *ds, size_t group);

/*
 * "zap-running, pages=256": the case, and what of its parameters is not the same in all groups that
 * are @shown. Caller frees; NULL: no memory.
 */
char *gp_group_label(const struct dataset *ds, size_t group, const bool *shown);

/* Lowest and highest value seen so far; start with { INFINITY, -INFINITY }. */
struct gp_range {
	double low, high;
};

void gp_range_add(struct gp_range *r, double v);

/* "set yrange" around @r with some air, never empty. */
void gp_range_put(FILE *out, char axis, const struct gp_range *r, bool from_zero);

/*
 * A logarithmic axis from @low > 0 to @high < 10^15. Such a range rarely spans a decade: each has
 * labels within.
 */
void gp_log_axis(FILE *out, char axis, double low, double high);

#endif
