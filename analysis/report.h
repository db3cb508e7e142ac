/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the HTML page. What comes from a file goes through report_text(), nothing else.
 */
#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include "plot.h"
#include "table.h"

struct report_page {
	FILE *out;
	const struct report *r;
	struct plot_set set;	/* of the report's data set */
	const char *dir;	/* for gnuplot's files while the page is made */
	unsigned int nr_pictures;
	const struct plot_kind *kind;	/* of the last picture */
};

/* The whole page. 0, an exit status after a message, or -ENOMEM. */
int report_page(struct report_page *p);

/* As text, in which nothing is markup. Control characters become question marks. */
__attribute__((format(printf, 2, 3)))
void report_text(FILE *out, const char *fmt, ...);

/* A row for every metric whose verdict should be seen first. */
void report_notable(FILE *out, const struct report *r);

/* All tables. */
void report_tables(FILE *out, const struct report *r);

/* A class for the style sheet: "good", "bad", "open", "plain". */
const char *report_verdict_class(enum verdict v);

/*
 * Copies a picture of gnuplot's into the page: without prologue, its names made unique by @nr,
 * described by @label. 0, or 3 after a message.
 */
int report_svg(FILE *out, const char *path, unsigned int nr, const char *label);

#endif
