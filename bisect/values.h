/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of one metric in a result file, which has one variant and one case. */
#ifndef BISECT_VALUES_H
#define BISECT_VALUES_H

#include "cache.h"

/*
 * Adds one value of metric @name per boot of result file @path to @out. 0, or an exit status after
 * one line on stderr.
 */
int values_read(const char *path, const char *name, struct measured *out);

#endif
