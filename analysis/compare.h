/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYSIS_COMPARE_H
#define ANALYSIS_COMPARE_H

#include "table.h"

/*
 * Compares one or two files as the verb does, and hands the report to @use instead of printing it.
 * @base: a variant, or NULL. Returns an exit status: that of @use if it is not 0, else that of the
 * comparison.
 */
int compare_files(const char *const *paths, size_t nr_paths, const char *base,
		  int (*use)(void *arg, const struct report *r), void *arg);

#endif
