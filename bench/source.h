/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_SOURCE_H
#define BENCH_SOURCE_H

/*
 * The folder that holds kmod/ and patches/: SEPTBENCH_SRC of the environment; else share/septbench
 * beside the bin/ of an installed program; else the source that the program was built from. It need
 * not exist. The string stays valid; not for use by two threads at once.
 */
const char *source_dir(void);

#endif
