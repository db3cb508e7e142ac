/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of agreed values, to be committed, so that every change of one is a commit with a
 * reason:
 *
 * { "septbench_baseline": 1,
 *   "exact":    { KEY: { "value": 7172, "night": "...", "reason": "...", "commit": "..." } },
 *   "accepted": { KEY: [ { "value": 1.05, "night": "...", "reason": "...", "commit": "..." } ] } }
 *
 * "exact" holds the value that a metric must have; one with "within": 0.05 may be off by 5 percent
 * of it, for metrics that harmless rebuilds move. "accepted" lists the changes of a ratio
 * that are known, by rising night. KEY is that of a series, "commit" what was measured. Keys are
 * written sorted, one value a line, so that a diff shows what changed and nothing else.
 */
#ifndef ANALYSIS_HISTORY_BASELINE_H
#define ANALYSIS_HISTORY_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct baseline;

struct baseline_entry {
	double value;
	double within;		/* off by this part of the value; 0: the metric's threshold */
	bool parted;		/* the kernel's part alone, not the whole that the clock saw */
	const char *night, *reason, *commit;
};

/*
 * Reads @path. Returns an exit status: 0, or 3 after a line on @msgs. Where @may_be_new, a file
 * that is not there is an empty one. Keys with a metric's name of schema 1 get today's.
 */
int baseline_read(const char *path, bool may_be_new, struct baseline **out, FILE *msgs);
void baseline_free(struct baseline *b);

/* Replaces the file, whole or not at all. 0, or 3 after a line on @msgs. */
int baseline_write(const struct baseline *b, const char *path, FILE *msgs);

/* The value agreed on for @key; false if there is none. */
bool baseline_exact(const struct baseline *b, const char *key, struct baseline_entry *out);

/* The keys that have an exact value call @fn, in sorted order. */
void baseline_each_exact(const struct baseline *b, void (*fn)(void *arg, const char *key),
			 void *arg);

/* How many changes of ratio @key are accepted, and one of them. */
size_t baseline_nr_accepted(const struct baseline *b, const char *key);
void baseline_accepted(const struct baseline *b, const char *key, size_t i,
		       struct baseline_entry *out);

/* Sets the value of @key; adds to its accepted changes, in place of one of the same night. 0, or
 * -ENOMEM. */
int baseline_set_exact(struct baseline *b, const char *key, const struct baseline_entry *e);
int baseline_accept(struct baseline *b, const char *key, const struct baseline_entry *e);

#endif
