/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYSIS_OUTPUT_H
#define ANALYSIS_OUTPUT_H

/*
 * Before a file is written under a name that no user gave: results may have come in a folder from a
 * stranger, with a link of that name that leads elsewhere. The link goes, what it leads to stays as
 * it is.
 */
void output_drop_link(const char *path);

#endif
