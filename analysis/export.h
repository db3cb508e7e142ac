/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results in the formats of other tools. What each was checked against stands at its function.
 */
#ifndef ANALYSIS_EXPORT_H
#define ANALYSIS_EXPORT_H

#include <stdio.h>

#include "dataset.h"

struct export {
	struct record_file *const *files;
	size_t nr_files;
	struct dataset *ds;	/* of all files */
	const char *base;	/* variant */
};

/* Each returns an exit status: 0; 3 after a line on stderr that says why there is no export. */
typedef int (*export_fn)(const struct export *x, FILE *out);

/*
 * Go's benchmark text, for benchstat: a line per boot, so that a boot is what it samples.
 * Checked against the reader's rules by test_export.c; not run through benchstat, which is in no
 * Debian package.
 */
int export_go(const struct export *x, FILE *out);

/*
 * CSV for Otava: a row per file, a column per series. Ratios to the base where a metric is not
 * exact, as in `gate`. Columns that some file lacks are left out and counted on stderr: Otava
 * takes no empty cell.
 */
int export_otava(const struct export *x, FILE *out);

/*
 * The configuration for that CSV as septbench.csv. Not run through Otava, which is in no Debian
 * package; checked once by hand with a YAML reader: its columns are those of the CSV.
 */
int export_otava_config(const struct export *x, FILE *out);

/*
 * Bencher Metric Format: medians over the boots, with the 95 % interval where there is one.
 * test_export.c checks the limits and types of its schema.
 */
int export_bmf(const struct export *x, FILE *out);

/*
 * LNT's report, format 2, and the test suite that declares the metrics to LNT. test_export.c checks
 * the keys and types it wants; no LNT has read it.
 */
int export_lnt(const struct export *x, FILE *out);
int export_lnt_suite(const struct export *x, FILE *out);

/*
 * KernelCI's kcidb, v5.3: a test per metric with status DONE and its number. test_export.c checks
 * the keys and types it wants; no kcidb has read it.
 */
int export_kcidb(const struct export *x, FILE *out);

/*
 * KTAP 1: a test per gated row of the comparison with the base; undecided rows are skips. Checked
 * with Perl's TAP::Parser by test_export.c, and once by hand with the kernel's `kunit.py parse`.
 */
int export_ktap(const struct export *x, FILE *out);

/* "populate/pages=512/vcpus=2/rcu-zap" of a group and an arm. Caller frees; NULL: no memory. */
char *export_bench_name(const struct dataset *ds, size_t group, size_t arm);

/*
 * "2026-11-22 03:15:00" out of the date in a file's name, false if it has none. A result file holds
 * no time: what is measured must not hang on it.
 */
bool export_time(const char *path, char separator, char out[32]);

/* @v in as few digits as give the same double back. */
char *export_number(char out[32], double v);

#endif
