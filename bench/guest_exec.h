/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs of somebody's own as processes of the lab's guest, and the lines that tell the lab of
 * them.
 */
#ifndef BENCH_GUEST_EXEC_H
#define BENCH_GUEST_EXEC_H

#define GUEST_EXEC_VERB	"exec"		/* "exec SECONDS PROGRAM[,ARGUMENT]... run ..." */
#define GUEST_EXEC_MAX_ARGS 16		/* of a program */
#define GUEST_EXEC_SAID	"| "		/* then a line of a program's */
#define GUEST_EXEC_ALIVE "."		/* the program has not ended */
#define GUEST_EXEC_END	"end "		/* then which it was, from 0, and how it ended */
#define GUEST_EXEC_GOOD	"exit status 0"

/*
 * Runs the program @words, number @index, as a child with nothing to read, and sends to @port what
 * it says and how it ended: by itself, by a signal, or because @limit seconds were over. @words is
 * its path and, each behind a comma, its arguments.
 */
void guest_exec(unsigned int index, char *words, unsigned int limit, int port);

#endif
