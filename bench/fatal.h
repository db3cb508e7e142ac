/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a run that cannot go on: one clear line, nothing measured lost, the right exit status.
 */
#ifndef BENCH_FATAL_H
#define BENCH_FATAL_H

/* Exit statuses of the tools. */
enum { BENCH_OK = 0, BENCH_USAGE = 2, BENCH_INVALID = 3, BENCH_CANNOT = 4 };

/*
 * Called once by die() with the reason, before the process ends: writes the block under way as
 * invalid and closes the record. NULL for none. Runs in the thread that died.
 */
void fatal_set_hook(void (*hook)(void *arg, const char *reason), void *arg);

/*
 * From now on a die() of the calling thread only calls @report and then sleeps: the control thread,
 * which owns what is being recorded, is to die in its place.
 */
void fatal_defer(void (*report)(void *arg, const char *reason), void *arg);

/* One line on stderr, the hook, exit status BENCH_INVALID. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One line on stderr for someone who is still to measure anything; returns @status. */
int complain(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What complain() said last in this thread with a status that is not 0. */
const char *complained(void);

#endif
