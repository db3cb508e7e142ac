/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judging tonight's ratio of a noisy metric against its own past: pure arithmetic, no files.
 *
 * The past of a ratio is its last GATE_WINDOW accepted nights. A night is accepted unless its ratio
 * was so much worse than the level before it that it was an outlier: a regression that nobody
 * acknowledged must not become the level by waiting. An acknowledged change starts a new level, but
 * the spread of the nights before it is kept.
 *
 * The level, not 1, is what tonight is held against: a variant may differ from the base on purpose.
 */
#ifndef ANALYSIS_HISTORY_JUDGE_H
#define ANALYSIS_HISTORY_JUDGE_H

#include "analysis/data/data.h"

#define GATE_WINDOW	30	/* accepted nights that level and spread come from */
#define GATE_ENOUGH	20	/* with fewer there is no noise floor, and alerts are advisory */
#define GATE_REPLAY	120	/* nights back from which acceptance is worked out again */
#define GATE_FENCE	(5 * 1.4826)	/* times the MAD: an outlier of the level */
#define GATE_ACK_AFTER	2	/* a change point may move this many nights past its acceptance */
#define GATE_RECENT	10	/* a change point this far back is still news */

/* A change that a human accepted: from night @at on (n of n nights: tonight) the level is new. */
struct gate_ack {
	size_t at;
	double value;		/* the ratio when it was accepted */
};

/*
 * Is a change point at @night one of the accepted changes? It is found at most GATE_RECENT nights
 * late, and it may have moved a little since it was accepted.
 */
bool gate_is_accepted(size_t night, const struct gate_ack *acks, size_t nr_acks);

struct gate_level {
	size_t nights;		/* accepted ones behind all this, at most GATE_WINDOW */
	double level;		/* median ratio; NaN: no past */
	double mad;		/* of the nights' relative distances from their level */
	double floor;		/* Q3 + 3 (Q3 - Q1) of the changes from night to night */
};

/*
 * From @v[0..n), NaN where a night has no value; @acks rise in `at`. 0, or -ENOMEM.
 */
int gate_level(const double *v, size_t n, const struct gate_ack *acks, size_t nr_acks,
	       enum record_better better, struct gate_level *out);

enum gate_outcome {
	GATE_OK,
	GATE_FEW,		/* too few boots to say anything */
	GATE_OPEN,		/* neither an alert nor within noise: an alert is not ruled out */
	GATE_ALERT,		/* worse than the level, beyond noise */
};

struct gate_judgement {
	enum gate_outcome outcome;
	bool advisory;		/* too short a past for the alert to fail the night */
	double theta;		/* the noise floor, at least VERDICT_THRESHOLD */
	double ratio;		/* Hodges-Lehmann, relative to the base; NaN: not tested */
	double low, high;	/* its 95% interval */
	double p;		/* against the level */
	double least_p;		/* the smallest that so many boots can give */
	bool beyond; /* interval wholly beyond theta, and an outlier if enough is known */
	bool reaches;		/* interval includes what would be an alert */
};

/*
 * Tonight's boots against the base's, held against @l, with an interval of error @alpha.
 * @out->outcome is final but for the correction for many metrics, which needs all p: gate_holm().
 */
int gate_judge(const struct gate_level *l, enum record_better better, const struct summary *base,
	       const struct summary *tonight, double alpha, struct gate_judgement *out);

/*
 * Holm's step-down over @nr judgements that are one family: those not significant at @alpha in it
 * lose their alert and are open. Where not even the smallest p that the boots can give would stand
 * among so many, nothing can be said: GATE_FEW. 0, or -ENOMEM.
 */
int gate_holm(struct gate_judgement *const *j, size_t nr, double alpha);

#endif
