/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_TRY_H
#define CLI_TRY_H

/*
 * try [option]... [SERIES...]: `lab`, then `compare`. The table goes to stdout, the name of the
 * result file to stderr. The exit status is compare's, or the lab's if nothing was measured.
 */
int cmd_try(int argc, char **argv);

#endif
