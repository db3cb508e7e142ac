/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On which side of a change a measured value lies. Two ways, after the kind of metric:
 *
 * exact: every boot must give the same value. What equals an end belongs to it; a third value
 * belongs to the nearer end, and is another change on the way.
 *
 * noisy: both ends are measured often. Their distance d, in standard deviations of a boot, says how
 * many boots a step needs so that the whole search is right in 19 cases of 20, with all that is
 * uncertain in it: the step's boots, those of the good end beside them that take out the drift of
 * the host, the ends, and d itself. Below d = 1 it is refused. A step's trimmed mean is held
 * against the middle between the ends.
 */
#ifndef BISECT_JUDGE_H
#define BISECT_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "search.h"

#define JUDGE_EXACT_BOOTS	2
#define JUDGE_MAX_BOOTS		64	/* of one point, at most */

struct judge {
	bool exact;
	double good, bad;	/* medians of the ends */
	/* noisy only */
	bool logs;		/* all values are above 0, and the rest is in natural logarithms */
	double good_mean, bad_mean;	/* trimmed, as a step's is */
	double threshold;
	double sd;		/* of one boot; 0: every boot gave the same */
	double d;		/* infinite if sd is 0 */
	double ends; /* variance of the middle between the ends, in units of sd squared */
	unsigned int freedom;	/* degrees of freedom of sd */
	unsigned int boots;	/* that a step needs, at most JUDGE_MAX_BOOTS */
};

enum judge_refusal {
	JUDGE_FINE,
	JUDGE_UNSTABLE,	/* exact, but the boots of an end do not agree */
	JUDGE_SAME,	/* the ends do not differ */
	JUDGE_NOISY,	/* they do, by less than the noise of a boot */
};

/*
 * Do all values agree? Then *@v is theirs. Of three or more, all but one will do, and *@odd says
 * so.
 */
bool judge_agree(const double *values, size_t n, double *v, bool *odd);

/*
 * From the values of both ends (each at least JUDGE_EXACT_BOOTS). @steps: how many verdicts follow.
 */
enum judge_refusal judge_calibrate(struct judge *j, bool exact, const double *good, size_t nr_good,
				   const double *bad, size_t nr_bad, unsigned int steps);

/*
 * SIDE_GOOD or SIDE_BAD. *@third: it is neither end's value. @drift: what the good end has moved by
 * since it was calibrated, from judge_drift(); 0 if exact.
 */
enum side judge_side(const struct judge *j, const double *values, size_t n, double drift,
		     bool *third);
double judge_drift(const struct judge *j, const double *good_again, size_t n);

/* So many boots of the good end go beside a step of @n boots. */
size_t judge_beside(size_t n);

/*
 * The chance that a step of @n boots at an end's true value is taken for the other end's. 0 if
 * exact.
 */
double judge_error(const struct judge *j, size_t n);

#endif
