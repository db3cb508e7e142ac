/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_SOURCE_H
#define BENCH_SOURCE_H

#include <limits.h>
#include <stdbool.h>

/*
 * The folder that holds kmod/ and patches/: SEPTBENCH_SRC of the environment; else share/septbench
 * beside the bin/ of an installed program; else the source that the program was built from. It need
 * not exist. The string stays valid; not for use by two threads at once.
 */
const char *source_dir(void);

/*
 * Makes @path the file or folder @name ("share/septbench") beside the bin/ folder that this program
 * is installed in; false if it is not there, as for a program that runs where it was built.
 */
bool source_installed(const char *name, char path[PATH_MAX]);

#endif
