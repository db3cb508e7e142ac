/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets the machine up for timing, and back: governor, turbo, slow C-states, NUMA balancing, huge
 * pages. What can only be chosen at boot is left to `doctor`'s remedies.
 */
#ifndef HOST_TUNE_H
#define HOST_TUNE_H

#include <stdbool.h>

/* What would be changed goes to stderr, one line each, and is changed. 0, or an exit status. */
int tune_apply(void);

/*
 * Puts back what tune_apply() changed, whoever called it; nothing if there is nothing. A file that
 * somebody else has changed since is left alone and named. 0, or BENCH_INVALID after a line per
 * file.
 */
int tune_undo(void);

#endif
