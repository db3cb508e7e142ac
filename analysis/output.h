/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ANALYSIS_OUTPUT_H
#define ANALYSIS_OUTPUT_H

#include <stdbool.h>

/*
 * Before a file is written under a name that no user gave: results may have come in a folder from a
 * stranger, with a link of that name that leads elsewhere. The link goes, what it leads to stays as
 * it is.
 */
void output_drop_link(const char *path);

/*
 * Is there a result of septbench at @path? Then nothing is to be written there: it may be the very
 * file that was read. Says so in one line on stderr for @verb.
 */
bool output_is_result(const char *verb, const char *path);

/* The option that getopt_long() has just refused, as it was given: "--foo", "-x" of "-xyz". */
const char *output_bad_option(char **argv);

#endif
