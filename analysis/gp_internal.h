/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pictures have in common.
 */
#ifndef ANALYSIS_GP_INTERNAL_H
#define ANALYSIS_GP_INTERNAL_H

#include "gp.h"

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

bool gp_counting(const struct gp_arms *arms);

void gp_head(FILE *out, const char *name);
/* What the picture, @height pixels high, must say of itself at its foot. @n: the sample. */
void gp_caption(FILE *out, const struct gp_arms *arms, const char *n, int height);
void gp_caption_lines(FILE *out, const char *const lines[3], int height);
/* The drawing commands stand between these two, and are run once for each kind of file. */
void gp_terminals(FILE *out, const char *name, int width, int height);
void gp_end(FILE *out);
void gp_grid(FILE *out);
void gp_title(FILE *out, const struct gp_arms *arms, size_t group, const char *what);

/* Index of metric @name in @group, or nr_metrics. */
size_t gp_find_metric(const struct dataset *ds, size_t group, const char *name);

/* The same of the first of @names (NULL at the end) that the group has. */
size_t gp_first_metric(const struct dataset *ds, size_t group, const char *const *names);

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

/* "n = 2 boots" or "n = 2 .. 5 boots" of the arms. */
void gp_boots(const struct gp_arms *arms, char *buf, size_t size);

#endif
