/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the instructions of a block went: the file that `lab --explain` writes beside a result
 * (docs/explain.md), two arms of it side by side, and their printed forms. The verb `explain` is
 * all that others call.
 *
 * May include: util, record, data, compare.
 */
#ifndef ANALYSIS_EXPLAIN_H
#define ANALYSIS_EXPLAIN_H

#include "analysis/compare/compare.h"

/*
 * A function in one place of the call tree. Instructions per unit (fault or page), of [base,
 * other].
 */
struct code_node {
	char *name;
	double self[2];
	double total[2];		/* with all it calls */
	struct code_node *child, *next;	/* callees, and other callees of the caller */
};

/* One case with its parameters, in two arms. */
struct code_pair {
	const struct dataset *ds;
	size_t group, arm[2];
	uint64_t units[2];		/* faults or pages, of all blocks and boots */
	unsigned int blocks[2];
	double timed[2]; /* instructions of the timed part by the guest's clock, per unit */
	double seen[2];			/* those that the profile saw, per unit: the tree's sum */
	struct code_node root;		/* without a name */
};

/* A function wherever it is called from. */
struct code_function {
	const char *name;		/* of the tree */
	double self[2], total[2];	/* total: recursion counts once */
};

/* The profile of one result file. */
struct code_file;

/*
 * Reads the profile beside @f. 0; 2 after a message if there is none; 3 if it is damaged or of
 * another result.
 */
int code_file_read(const struct record_file *f, struct code_file **out);
void code_file_free(struct code_file *cf);

/*
 * Fills @p, whose ds, group and arm are set, from the profiles of the arms' files. 0; -ENODATA if
 * one of them has no such block; -ENOMEM. Release with code_pair_clear().
 */
int code_pair_build(struct code_pair *p, const struct code_file *base,
		    const struct code_file *other);
void code_pair_clear(struct code_pair *p);

/*
 * All functions, those whose own instructions changed most first, then by name. NULL: no memory.
 * Free with free().
 */
struct code_function *code_functions(const struct code_pair *p, size_t *nr);

/* "fault", "page": what the group's metrics are divided by. */
const char *code_unit(const struct code_pair *p);

/*
 * @t: the arms' table, for the measured figures beside the cause; @top: functions that are listed.
 */
int explain_print_text(const struct code_pair *p, const struct table *t, size_t top, FILE *out);
int explain_print_md(const struct code_pair *p, const struct table *t, size_t top, FILE *out);

struct json_object;
/* All functions and all call paths. NULL: no memory. */
struct json_object *explain_json(const struct code_pair *p, const struct table *t);

/*
 * Both arms' flame graphs to one scale, coloured by the difference. No script, nothing from
 * outside.
 */
void explain_print_svg(const struct code_pair *p, FILE *out);

#endif
