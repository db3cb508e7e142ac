/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work on a changed machine: whatever becomes of the work, the machine is put back. */
#ifndef HOST_GUARD_H
#define HOST_GUARD_H

/*
 * Calls @enter, then @work in a child process, then @leave in any case, also when @enter failed
 * half way, the work crashed, or a signal came (SIGINT, SIGTERM, SIGHUP and SIGQUIT go on to the
 * work). Each returns an exit status; so does this: the first that is not 0.
 */
int guard_run(int (*enter)(void *arg), int (*work)(void *arg), int (*leave)(void *arg), void *arg);

#endif
