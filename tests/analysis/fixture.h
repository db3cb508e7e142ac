/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Result files made up for the tests of compare and plot, through the project's own writer. */
#ifndef TESTS_ANALYSIS_FIXTURE_H
#define TESTS_ANALYSIS_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

struct fixture {
	const char *clock;		/* "count", "wall" */
	const char *const *variants;	/* ends with NULL */
	unsigned int boots, blocks;
	const char *substrate;		/* NULL: "soft" */
	const char *profile;		/* NULL: "tdx-estimate" */
	int slower;			/* percent that faults of all but `freeze` take longer */
	bool aa_differs;		/* freeze@aa is as slow as those */
	bool unsteady;			/* counts of the last boot differ */
	bool invalid;			/* the first block of every boot fails its oracle */
	bool no_zap;			/* populate alone */
	bool ungated;			/* no time is gated */
	bool today;			/* metrics have the names and parts of schema 2 */
	const char *module;		/* release of the module's rules; NULL: not said */
	const char *governor;		/* in env.conditions; NULL: not said */
	const char *changed;		/* of the end line; NULL: nothing */
};

/* Writes @path anew. Ends the test if that fails. */
void fixture_write(const char *path, const struct fixture *f);

/* What a verb did. Release with outcome_free(). */
struct outcome {
	int status;
	char *out, *err;
};

/* Runs @verb with the arguments, NULL at the end, stdout and stderr caught. */
struct outcome outcome_of(int (*verb)(int argc, char **argv), ...);
void outcome_free(struct outcome *o);

/* @text is what golden/@name holds. */
void golden_check(const char *name, const char *text);

#endif
