/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results in the formats of other tools, of those that somebody who tests kernels uses: KTAP and
 * kcidb (kernel CI), Go's for benchstat (A/B tables by hand), Bencher's (a dashboard). LNT's went:
 * it tracks revisions of a compiler, and no kernel CI runs it. Otava's went: `trend` finds change
 * points by the same method in the same nights, and takes nights that lack a case. What each was
 * checked against stands at its function. The verb `export` is all that others call.
 *
 * May include: util, record, stats, data, compare, history.
 */
#ifndef ANALYSIS_EXPORT_H
#define ANALYSIS_EXPORT_H

#include "analysis/data/data.h"

#define EXPORT_ORIGIN	"septbench"	/* kcidb's name for who sends this, unless told */

struct export {
	struct record_file *const *files;
	size_t nr_files;
	struct dataset *ds;	/* of all files */
	const char *base;	/* variant */
	const char *origin;	/* kcidb's name of the CI system */
};

/* Each returns an exit status: 0; 3 after a line on stderr that says why there is no export. */
typedef int (*export_fn)(const struct export *x, FILE *out);

/*
 * Go's benchmark text, for benchstat: a line per sample, so that this is what it samples. The
 * variant is the first part of a name, and never the last, where "-8" would be GOMAXPROCS. Kernels
 * and patches stand in lines that benchstat does not read: as keys they would put what is to be
 * compared into tables of its own. With several files each has its night as a key: benchstat -col
 * night. test_export.c takes it apart by the rules of golang.org/x/perf/benchfmt and benchunit.
 */
int export_go(const struct export *x, FILE *out);

/*
 * Bencher Metric Format: medians over the samples, with the 95 % interval where there is one. A
 * name says substrate, clock, flavour and seed. test_export.c checks the limits and types of its
 * schema.
 */
int export_bmf(const struct export *x, FILE *out);

/*
 * KernelCI's kcidb, v5.3: a checkout and a build per variant, then a test per metric with status
 * DONE and its number. test_export.c checks keys, patterns and references as its schema wants them.
 */
int export_kcidb(const struct export *x, FILE *out);

/*
 * KTAP 1: a test per gated row of the comparison with the base; undecided rows are skips, and where
 * there is none at all, the plan is. Checked with Perl's TAP::Parser by test_export.c, and once by
 * hand with the kernel's `kunit.py parse`.
 */
int export_ktap(const struct export *x, FILE *out);

/*
 * "soft/count/plain/seed=1/populate/pages=512/vcpus=2/rcu-zap" of a group and an arm, with
 * "turn=1000/" before the seed if the lab was told so. Caller frees; NULL: no memory.
 */
char *export_bench_name(const struct dataset *ds, size_t group, size_t arm);

/*
 * "2026-11-22 03:15:00" out of the date in a file's name, false if it has none. A result file holds
 * no time: what is measured must not hang on it.
 */
bool export_time(const char *path, char separator, char out[32]);

#endif
