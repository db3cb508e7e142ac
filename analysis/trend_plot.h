/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYSIS_TREND_PLOT_H
#define ANALYSIS_TREND_PLOT_H

#include "store.h"
#include "trend_find.h"

/*
 * Draws one series of @h with its changes, whose `at` count nights of @h; @accepted[i]: the i-th is
 * known, and drawn so. Into folder @dir as "history-KEY", and prints the names of the files. @base:
 * what ratios are to. 0, an exit status after a message, or -ENOMEM.
 */
int trend_plot(const char *dir, const struct history *h, size_t series, const char *base,
	       const struct trend_change *changes, const bool *accepted, size_t nr);

#endif
