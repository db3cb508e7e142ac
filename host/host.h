/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine itself as the place of measurement: what it is like, and alternate modules on it. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>

#include "build.h"

/* Verbs. argv[0] is the verb's name; the return value is the exit status. */
int cmd_run(int argc, char **argv);
int cmd_host(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/*
 * Builds the modules of @variant for the running kernel from the source tree @kernel (NULL: the one
 * that the lab would take, if it is of the same release). 0 with their folder in @dir, or an exit
 * status after one line.
 */
int host_build(const char *kernel, const char *variant, char dir[LAB_PATH]);

/* The same for the folder @given, which holds them already. */
int host_modules(const char *given, char dir[LAB_PATH]);

/*
 * Before modules or the tuning are changed: nobody else is at it, and nothing is left of a run that
 * was killed. 0, or BENCH_CANNOT after one line.
 */
int host_claim(bool modules, bool tuning);

#endif
