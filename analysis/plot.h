/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs plot and report share: result files made ready for drawing, the kinds of pictures
 * there are, and running gnuplot.
 */
#ifndef ANALYSIS_PLOT_H
#define ANALYSIS_PLOT_H

#include "gp.h"

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

/* All that a mail can take of it: ASCII, 72 columns. 0, or -ENOMEM. */
int plot_ascii(const struct plot_set *s, FILE *out);

#endif
