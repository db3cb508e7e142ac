/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the three steps of a verdict, the judging of whole tables, and
 * the printed forms of a report: which rows fit a screen, the sentences at the top, lines of 72
 * columns.
 */
#ifndef ANALYSIS_COMPARE_INTERNAL_H
#define ANALYSIS_COMPARE_INTERNAL_H

#include "compare.h"

#define VERDICT_LARGE		0.05	/* from here on, "unclear" wants to be looked at */
#define VERDICT_MIN_ROUNDS	6	/* VERDICT_MIN_BOOTS for pairs of boots */
/*
 * Pairs and rounds are tested as such only if this many times the smallest p is small enough: a
 * test that wants all rounds to agree finds little.
 */
#define VERDICT_SLACK		4

char verdict_mark(enum verdict v);
const char *verdict_test_name(enum verdict_test t);

/*
 * A verdict takes three steps, since Holm needs the p of all rows: verdict_open() for each row,
 * verdict_test() for those left open, verdict_close().
 *
 * The first: everything that needs no test. @paired: dataset_paired() of the arms; @by_seed: their
 * unit.
 */
void verdict_open(const struct metric *m, const struct summary *base, const struct summary *other,
		  bool paired, bool by_seed, struct judgement *out);

/* What a judgement has to pass. */
struct strictness {
	double level;		/* of the intervals' error: 5%, or a look's share of it */
	double least_p; /* what the smallest p of the family must reach: that over its rows */
};

/*
 * Tests an open one. @twin: the base's A/A arm if it was measured in turns with both, or NULL.
 * Boots by rounds, if as few as there are can decide. 0, or -ENOMEM.
 */
int verdict_test(const struct summary *base, const struct summary *twin,
		 const struct summary *other, const struct strictness *strict, struct judgement *j);

/* From p, interval and j->significant to the verdict. */
void verdict_close(const struct metric *m, const struct summary *base,
		   const struct strictness *strict, struct judgement *j);

/*
 * Judges the rows of all @tables anew, as one family of gated rows and one of the rest. The model's
 * rows are estimates and in neither. 0, or -ENOMEM.
 */
int tables_judge(struct table *tables, size_t nr, struct families *families);

/* Did any A/A arm differ from its base? Then nothing in the run is to be believed. */
bool report_aa_failed(const struct report *r);

/* Fills ->notes from all the rest. 0, or -ENOMEM. */
int report_take_notes(struct report *r);

/* ->compared, ->undecided and ->status. @unsound: a file is damaged or says so itself. */
void report_conclude(struct report *r, bool unsound, bool missing_allowed);

/* Releases ->notes. */
void report_clear_notes(struct report *r);

void report_print_md(const struct report *r, FILE *out);
/* 0, or -ENOMEM. */
int report_print_json(const struct report *r, FILE *out);

/*
 * Which rows of a comparison fit one screen: of each case the few figures that matter, then what
 * else moved, largest first. All printed forms choose by this.
 */
struct figure {
	size_t row;		/* in the table */
	const char *label;	/* "p50", "zap", "TRACK", ... */
	size_t same_row;	/* a second one with the same values ("kick"), or the table's nr_rows */
};

struct figures {
	struct figure *chosen;	/* by group, then as ranked */
	size_t nr;
	size_t *moved;		/* rows that moved and are none of them, largest change first */
	size_t nr_moved;
	size_t nr_controls, moved_controls;	/* control cases, shown only if they moved */
	size_t left_out;	/* cases that did not move and for which there was no room */
};

/*
 * For arms [@first, @first + @nr_others) of @t, in at most @room figures. 0, or -ENOMEM. Release
 * with figures_clear().
 */
int figures_choose(const struct report *r, const struct table *t, size_t first, size_t nr_others,
		   size_t room, struct figures *out);
void figures_clear(struct figures *f);

/* Is it among what --cases and --metrics select? */
bool figures_selected(const struct report *r, const struct metric *m);

/* The size of a cell's change for ranking: from or to zero is the largest. */
double figures_size(const struct cell *c);

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
