/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYSIS_GP_FAULTS_H
#define ANALYSIS_GP_FAULTS_H

#include "dataset.h"

/*
 * All used histograms "fault" of an arm in a group, together; empty if there is none. @unit and
 * the largest @bias are left as they are then.
 */
void gp_faults_merge(const struct dataset *ds, size_t arm, size_t group, struct hist *into,
		   const char **unit, uint64_t *bias);

#endif
