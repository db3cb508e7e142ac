/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces that the printed forms of a report share: lines of 72 columns, and the sentences at the
 * top.
 */
#ifndef ANALYSIS_TEXT_H
#define ANALYSIS_TEXT_H

#include <stdio.h>

#include "table.h"

#define TEXT_COLUMNS	72

/* Breaks at spaces; a word longer than a line is cut. Following lines are indented. ASCII. */
void text_wrapped(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What is no printable ASCII becomes '?'. */
void text_ascii(const char *s, size_t len, FILE *out);

/*
 * One sentence: how many gated rows of @other regressed, and what changed most. To @out, without a
 * newline.
 */
void head_sentence(const struct report *r, const struct table *t, size_t other, FILE *out);

/*
 * What was compared, a line each: arms and patches, kernels and hosts, substrate and clock, the
 * command. The caller frees; NULL after the last, or no memory.
 */
char *head_line(const struct report *r, const struct table *t, size_t first, size_t nr,
		unsigned int i);

/* How many rows of @t got each verdict, those counted in @shown apart: "198 same, 9 improved". */
void head_counts(const struct arm_tally *n, FILE *out);

/* Every row of the arms [first, first + nr) of @t: 1 or 2 of them. */
void text_all_rows(const struct report *r, const struct table *t, size_t first, size_t nr,
		   FILE *out);

/* 'A', 'B', ... */
char text_letter(size_t other);

#endif
