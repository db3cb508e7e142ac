/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of one metric in a result file. */
#ifndef BISECT_VALUES_H
#define BISECT_VALUES_H

#include "measure.h"

/*
 * Adds one value per boot of result file @path to @out; sets ->unit and ->better. 0, or an exit status after
 * one line on stderr.
 */
int values_read(struct measurer *m, const char *path, struct measured *out);

#endif
