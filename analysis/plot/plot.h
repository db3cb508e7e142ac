/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Result files made ready for drawing, the kinds of pictures there are, and running gnuplot.
 *
 * A picture is a gnuplot script. Each holds its data, so that it alone, run in its folder, draws
 * the picture again; and nothing that changes from run to run, so that it draws the same bytes.
 *
 * May include: util, record, stats, data, compare.
 */
#ifndef ANALYSIS_PLOT_H
#define ANALYSIS_PLOT_H

#include "analysis/compare/compare.h"

/* Which arms, in which order, and how each is called. */
struct gp_arms {
	const struct dataset *ds;
	const size_t *arm;		/* [nr], the base first */
	char *const *label;		/* [nr] */
	size_t nr;
	const struct table *table;	/* the base against the others; NULL: there are none */
};

struct plot_set {
	const char *verb;		/* for messages */
	struct record_file **files;	/* [nr_files], none after plot_set_adopt() */
	size_t nr_files;
	struct dataset *own;		/* what plot_set_open() built */
	const struct dataset *ds;
	size_t *order;			/* arms as drawn, the base first */
	char **labels;			/* in that order */
	struct table table;		/* the base against all others */
	bool unsound;			/* some file is not sound as a whole */
};

/*
 * Reads the files, which must agree in substrate and clock. @base: a variant, NULL for upstream. 0,
 * an exit status after a message, or -ENOMEM; plot_set_close() also after a failure.
 */
int plot_set_open(struct plot_set *s, const char *verb, char *const *paths, size_t nr_paths,
		  const char *base);

/* The same for what was read already, and lives as long; @base: an arm. 0, or -ENOMEM. */
int plot_set_adopt(struct plot_set *s, const char *verb, const struct dataset *ds, size_t base);
void plot_set_close(struct plot_set *s);

struct plot_kind {
	const char *name;	/* of --plots, and of the files */
	const char *question;	/* that it answers: a heading */
	const char *how;	/* how to read it */
	bool extra;		/* not drawn unless asked for */
	bool per_case;
	bool (*put)(FILE *out, const struct gp_arms *arms, const char *case_name, const char *name);
};

/* One picture that there is: its script is @text. */
struct plot_picture {
	const struct plot_kind *kind;
	const char *name;	/* of its files, without extension */
	const char *of;		/* the case, or what it shows if it is of all */
	const char *text;
	size_t len;
};

/* Is @wanted a list of kinds, separated by commas, or "all"? If not, 2 after a message. */
int plot_check_wanted(const char *verb, const char *wanted);

/*
 * Calls @each for every picture of @wanted (NULL: those that are not extra), kind by kind, until it
 * returns anything but 0, which is then returned. -ENOMEM.
 */
int plot_each(const struct plot_set *s, const char *wanted,
	      int (*each)(void *arg, const struct plot_picture *picture), void *arg);

/* Writes @dir/@name.gp and has gnuplot draw it. 0, 3 or 4 after a message, -ENOMEM. */
int plot_draw(const char *verb, const char *dir, const char *name, const char *text, size_t len);

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

/* Levels between change points as lines. False: no night has a value. */
bool gp_history(FILE *out, const struct gp_history *h, const char *name);

#endif
