/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the verb `gate` share: gate.c reads, rows.c judges, host.c asks whether the
 * machine is the same, cause.c what else changed, print.c and json.c tell, accept.c writes what is
 * agreed on. Data flows in that order; nobody else includes this.
 */
#ifndef ANALYSIS_HISTORY_GATE_H
#define ANALYSIS_HISTORY_GATE_H

#include <util/options.h>

#include "baseline.h"
#include "judge.h"
#include "trend.h"

/* How one point of tonight came out. */
enum row_kind {
	ROW_SAME,
	ROW_SMALL,		/* exact, not the baseline's value, but within its threshold */
	ROW_REGRESSED,		/* exact, worse than agreed on by more than its threshold */
	ROW_IMPROVED,		/* exact, better by more than that */
	ROW_CHANGED,		/* exact, other by more than that; neither side is better */
	ROW_NEW,		/* exact, not in the baseline */
	ROW_UNSTEADY,		/* exact, and does not repeat */
	ROW_OK,
	ROW_FEW,		/* too few boots */
	ROW_OPEN,		/* not an alert, and none ruled out, in neither run */
	ROW_ALERT,		/* confirmed, or advisory and in need of no confirmation */
	ROW_UNCONFIRMED,	/* the second run does not show it */
	ROW_TO_CONFIRM,		/* there is no second run, or it lacks the metric */
	ROW_HOST,		/* an alert of a night whose machine was another: not judged */
	ROW_NR,
};

struct gate_row {
	const struct point *p;
	enum row_kind kind;
	bool advisory;
	struct baseline_entry agreed;	/* its night is NULL: nothing is agreed on */
	double threshold;		/* of an exact one: relative */
	double last;			/* the night before; NaN: none, or not measured */
	double past_level;		/* what tonight is held against; NaN: nothing */
	size_t since;			/* bad rows: the first night of it without a break */
	struct gate_level level;
	struct gate_judgement j;
	double again;			/* the second run's ratio */
	struct trend_change change;	/* the latest one of the last nights; at = 0: none */
	bool change_worse;
};

struct gate {
	struct option_words paths;	/* tonight, and the second run */
	const char *store_dir, *base, *baseline_path;
	const char *accept, *reason, *commit, *within_text;
	const char *kernel;		/* tree that a bisect command is to name; NULL: "DIR" */
	const char *json_path;		/* all of it as JSON; NULL: not wanted */
	double within;			/* of --accept; 0: as it was */
	bool strict;			/* no exact difference for the worse is too small */
	FILE *why;			/* reasons why nothing is decided, "; " between them */
	char *why_text;
	size_t why_len;

	struct record_file *files[2];
	bool unsound;
	char *night;
	struct points points[2];
	struct baseline *baseline;	/* NULL: none given */
	struct history h;
	size_t past;			/* nights before tonight that are loaded: [0, past) */
	char *host_changed;		/* how tonight's machine differs, NULL if it does not */
	char *control_moved;		/* a control case that moved, NULL if none */
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

/*
 * Was tonight measured on a machine as fast as last night's? Only clock wall asks. Sets
 * ->host_changed if not. 0, or -ENOMEM.
 */
int gate_check_host(struct gate *g);

/* Sets ->control_moved if @row, which is judged, is of a control case and moved. 0, or -ENOMEM. */
int gate_note_control(struct gate *g, const struct gate_row *row);

/* Does this row fail the night? */
bool gate_row_fails(const struct gate *g, const struct gate_row *row);

/* Night @i of the history, or tonight if it is ->past. */
const char *gate_night_name(const struct gate *g, size_t i);

/*
 * What differs between the run of the night before @row->since and tonight's, "patches of freeze
 * f16b0724 -> 3ad11200; compiler ..."; "" if nothing does that is named, NULL if no night is
 * before. Caller frees.
 */
char *gate_what_changed(const struct gate *g, const struct gate_row *row);

/* The command that searches for the cause, NULL if there is nothing to search in. Caller frees. */
char *gate_bisect_command(const struct gate *g, const struct gate_row *row);

/* The exit status that all of it comes to: 0, 1 or 3. */
int gate_status(const struct gate *g);

/* "regressed", ... */
const char *gate_kind_name(enum row_kind kind);

/* Tells all of it on stdout. 0, or 3 after a message. */
int gate_print_all(struct gate *g, int status);

/* Writes ->json_path. 0, or 3 after a message. */
int gate_write_json(const struct gate *g, int status);

/* --accept: writes tonight's values to the baseline. An exit status, or -ENOMEM. */
int gate_accept_all(struct gate *g);

#endif
