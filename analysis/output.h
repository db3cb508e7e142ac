/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYSIS_OUTPUT_H
#define ANALYSIS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Before a file is written under a name that no user gave: results may have come in a folder from a
 * stranger, with a link of that name that leads elsewhere. The link goes, what it leads to stays as
 * it is.
 */
void output_drop_link(const char *path);

/*
 * Is @output one of the @inputs, by whatever name? Then it is said, and writing would lose what was
 * measured.
 */
bool output_is_input(const char *verb, const char *output, char *const *inputs, size_t nr);

#endif
