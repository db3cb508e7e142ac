/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the HTML page. What comes from a file goes through report_text(), nothing else. The
 * verbs `report` and `validate` are all that others call.
 *
 * May include: util, record, data, compare, plot.
 */
#ifndef ANALYSIS_REPORT_H
#define ANALYSIS_REPORT_H

#include "analysis/plot/plot.h"

struct report_page {
	FILE *out;
	const struct report *r;
	struct plot_set set;	/* of the report's data set */
	const char *dir;	/* for gnuplot's files while the page is made */
	unsigned int nr_pictures;
};

/* The whole page. 0, an exit status after a message, or -ENOMEM. */
int report_page(struct report_page *p);

/* As text, in which nothing is markup. Control characters become question marks. */
__attribute__((format(printf, 2, 3)))
void report_text(FILE *out, const char *fmt, ...);

/* The arms that are compared: "freeze-batched against freeze". */
void report_arms(FILE *out, const struct report *r);

/* The largest changes for the worse and for the better; nothing if there is neither. */
void report_extremes(FILE *out, const struct report *r);

/* What to look at first: ten rows, the others folded. 0, or -ENOMEM. */
int report_first_rows(FILE *out, const struct report *r);

/* Case by variant, if there are several variants. */
void report_matrix(FILE *out, const struct report *r);

/* All tables, folded. */
void report_tables(FILE *out, const struct report *r);

/* Where and how it was measured: a table for each file, and one for each variant. 0, or -ENOMEM. */
int report_environment(FILE *out, const struct report *r);

/* The name without its folders, which are nobody's business. */
const char *report_basename(const char *path);

#endif
