/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a block measured to the metrics its case declares. */
#ifndef BENCH_METRICS_H
#define BENCH_METRICS_H

#include <stdbool.h>

#include "case.h"
#include "counters.h"

struct block;

#define METRIC_UNIT_LEN	32

/* The unit of @m as a result has it, a time's with its clock's: "insn/page". Returns @out. */
const char *metric_unit(const struct case_metric *m, bool counting, char out[METRIC_UNIT_LEN]);

/* Sets the metrics of the block's case that are counters divided by ->units. */
void metrics_from_counters(struct block *b);

/*
 * Sum of the counters of @cs that @patterns name: alternatives separated by '|', the first that
 * matches anything counts; in each, fnmatch(3) patterns separated by blanks. False if nothing
 * matches.
 */
bool metrics_sum(const struct counters *cs, const char *patterns, int64_t *sum);

#endif
