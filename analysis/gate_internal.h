/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the verb `gate` share: gate.c reads, gate_rows.c judges, gate_print.c tells,
 * gate_accept.c writes what is agreed on. Data flows in that order; nobody else includes this.
 */
#ifndef ANALYSIS_GATE_INTERNAL_H
#define ANALYSIS_GATE_INTERNAL_H

#include "gate_baseline.h"
#include "gate_judge.h"
#include "store.h"
#include "trend_find.h"

/* How one point of tonight came out. */
enum row_kind {
	ROW_SAME,
	ROW_CHANGED,		/* exact, not the baseline's value */
	ROW_NEW,		/* exact, not in the baseline */
	ROW_UNSTEADY,		/* exact, and does not repeat */
	ROW_OK,
	ROW_FEW,		/* too few boots */
	ROW_OPEN,		/* not an alert, and none ruled out, in neither run */
	ROW_ALERT,		/* confirmed, or advisory and in need of no confirmation */
	ROW_UNCONFIRMED,	/* the second run does not show it */
	ROW_TO_CONFIRM,		/* there is no second run, or it lacks the metric */
	ROW_NR,
};

struct gate_row {
	const struct point *p;
	enum row_kind kind;
	bool advisory;
	struct baseline_entry agreed;	/* CHANGED */
	struct gate_level level;
	struct gate_judgement j;
	double again;			/* the second run's ratio */
	struct trend_change change;	/* the latest one of the last nights; at = 0: none */
	bool change_worse;
};

struct gate {
	const char *paths[2];		/* tonight, and the second run */
	size_t nr_paths;
	const char *store_dir, *base, *baseline_path;
	const char *accept, *reason, *commit, *within_text;
	double within;			/* of --accept; 0: as it was */

	struct record_file *files[2];
	bool unsound;
	char *night;
	struct points points[2];
	struct baseline *baseline;	/* NULL: none given */
	struct history h;
	size_t past;			/* nights before tonight: [0, past) of the history */
	struct gate_row *rows;		/* one per point of tonight */
	size_t count[ROW_NR];		/* of rows that are not advisory */
	size_t nr_changes;		/* change points that fail the night */
	size_t nr_missing;		/* keys of the baseline that tonight lacks */
	bool aa_failed;			/* a variant differs from itself: trust nothing */
};

/* Fills in the rows, their counts and what is missing. 0, or a negative errno. */
int gate_judge_all(struct gate *g);

/* Judges every A/A arm of @points, read from @path, against the arm it repeats. 0, or -ENOMEM. */
int gate_check_aa(struct gate *g, const struct points *points, const char *path);

/* Is @key of the baseline one that tonight should have measured, and did not? */
bool gate_is_missing(const struct gate *g, const char *key);

/* Tells all of it on stdout. Returns the exit status that it comes to: 0, 1 or 3. */
int gate_print_all(struct gate *g);

/* --accept: writes tonight's values to the baseline. An exit status, or -ENOMEM. */
int gate_accept_all(struct gate *g);

#endif
