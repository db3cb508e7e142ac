/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYSIS_PARAMS_H
#define ANALYSIS_PARAMS_H

#include "dataset.h"

/*
 * Of @params ("pages=512 vcpus=2"), those that are the same in every group of @ds (@common), or
 * those that are not. Caller frees; NULL: no memory.
 */
char *params_select(const struct dataset *ds, const char *params, bool common);

/* The same among the groups that are @in, an array of ->nr_groups. */
char *params_select_in(const struct dataset *ds, const bool *in, const char *params, bool common);

#endif
