/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going on with a run that was cut short: what is in its result file, and what is missing. */
#ifndef LAB_RESUME_H
#define LAB_RESUME_H

#include <record/record.h>
#include <stdbool.h>

struct json_object;

/*
 * Opens the result file @path to go on with the run @run; *@f is what it holds, NULL if that is
 * nothing yet. 0, or an exit status after lines on stderr: it is of another run, damaged, or being
 * written.
 */
int resume_open(const char *path, const struct record_run *run, struct record_writer **w,
		struct record_file **f);

/*
 * Is boot @nr of @arm over? Either it came to a good end with all of its @planned blocks, or it has
 * shown a fault, a complaint of the guest's kernel or an invalid block: to try that again until it
 * does not would hide it. *@status is its exit status then. One that merely ended too early is not
 * over.
 */
bool resume_boot_over(const struct record_file *f, const char *arm, unsigned int nr,
		      uint64_t planned, int *status);

/* Is there a boot numbered @nr or higher? */
bool resume_has_later(const struct record_file *f, unsigned int nr);

/* The block of the file with the name of the block line @block; NULL: it is new. */
const struct record_block *resume_find(const struct record_file *f, struct json_object *block);

#endif
