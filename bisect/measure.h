/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a point to values: builds what is not built, boots the lab, reads the metric. Or asks a
 * command of the user's, which stands for all of that.
 */
#ifndef BISECT_MEASURE_H
#define BISECT_MEASURE_H

#include <record/record.h>
#include <stdbool.h>
#include <stdint.h>

#include "line.h"
#include "options.h"

#define MEASURE_MORE_SEEDS	4	/* are tried of a point, in place of those that died */

enum outcome {
	OUTCOME_MEASURED,
	OUTCOME_SKIP,  /* does not build, apply or boot: ->why of the struct measured */
	OUTCOME_FAULT, /* of the machine or the harness, or a signal: said on stderr; no verdict on
			  the point */
};

/* What has been spent. */
struct spent {
	unsigned int points, reused;	/* measured now; found in the cache */
	unsigned int kernels, builds, boots;
	double tree, kernel, modules, boot;	/* seconds */
};

struct measurer {
	struct line *line;
	const struct bench_options *o;
	const char *metric;
	const char *command;	/* of the user's, NULL: the lab */
	const char *flavour;
	bool seeds; /* every boot has a seed of its own, and a purpose of its own has other seeds */
	bool told;	/* what the kernel image may cost */
	bool built;	/* the last one was built, so that what went wrong was its boot */
	const char *unit;	/* of the metric; "" if it is the command's */
	enum record_better better;
	uint64_t how; /* hash of the program, the patches, the scripts, compiler and QEMU */
	struct spent spent;
};

/* 0, or an exit status after one line on stderr. */
int measure_init(struct measurer *m);

/*
 * At least @boots values of point @i in *@out, from the cache as far as it has them. @purpose keeps
 * measurements apart that must not be one and the same: "" or "again".
 */
enum outcome measure_point(struct measurer *m, size_t i, const char *purpose, unsigned int boots,
			   struct measured *out);

/* Does point @i apply and build? MEASURED if so. For the lab only. */
enum outcome measure_builds(struct measurer *m, size_t i, struct measured *out);

#endif
