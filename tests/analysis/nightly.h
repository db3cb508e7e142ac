/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nights of results made up for the tests of store, gate and trend. */
#ifndef TESTS_ANALYSIS_NIGHTLY_H
#define TESTS_ANALYSIS_NIGHTLY_H

#include <stdbool.h>
#include <stdint.h>

#define NIGHTLY_RATIO	"soft/wall/all-zero/plain/populate/vcpus=2/rcu-zap/fault_p50"
#define NIGHTLY_EXACT	"soft/wall/all-zero/plain/populate/vcpus=2/rcu-zap/tracks_per_page"

/*
 * One run of `freeze` and `rcu-zap`, interleaved: a gated time and a gated exact count. Both
 * variants share the night's drift of the host, up to 20 %.
 */
struct nightly {
	double ratio;		/* of the times, rcu-zap to freeze; 0: 1 */
	double noise;		/* standard deviation of a boot; 0: 1 % */
	unsigned int boots;	/* 0: 10 */
	double tracks;		/* 0: 1 */
	unsigned int metrics;	/* times per block; 0: 1 */
	double aa;		/* an A/A arm's times, relative to freeze; 0: no such arm */
	bool unsteady;		/* the count of the last boot differs */
	bool ungated;		/* the time is not gated */
	double host;		/* all times are so many times as long; 0: once */
	const char *env;	/* JSON; NULL: of kernel 7.3.4 */
	bool invalid;		/* the first block of rcu-zap fails its oracle */
	unsigned int complaints;	/* of rcu-zap's first boot */
};

/* Writes @path anew. The same @seed draws the same numbers. Ends the test if that fails. */
void nightly_write(const char *path, const struct nightly *n, uint64_t seed);

/* A number drawn from a normal distribution with mean 0 and standard deviation 1. */
double nightly_normal(uint64_t *state);

#endif
