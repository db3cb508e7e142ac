/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `lab --exec`: somebody's programs as processes of the lab's guest, in place of cases. */
#ifndef LAB_EXEC_H
#define LAB_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cpio.h"
#include "guest_exec.h"
#include "options.h"

struct lab;

#define EXEC_DEFAULT_LIMIT	10

/* What was asked for, and what has come of it. */
struct exec {
	const char *file[BENCH_MAX_LIST];
	const char *arg[BENCH_MAX_LIST][GUEST_EXEC_MAX_ARGS];	/* NULL: no more */
	size_t nr;		/* 0: cases are to run */
	unsigned int limit;	/* seconds of the guest's clock for each */
	FILE *log;		/* what they say */
	size_t ended, failed;	/* of the boot under way; of all */
};

/*
 * Why the @len bytes of @file cannot run by themselves on a kernel without libraries; NULL: nothing
 * speaks against it.
 */
const char *exec_refuse(const void *file, size_t len);

/* One FILE more. 0, or an exit status after one line on stderr. */
int exec_add(struct exec *e, const char *file);

/* One argument more of the last FILE. The same. */
int exec_add_arg(struct exec *e, const char *word);

/* The guest's words: before those of `run`. The caller frees them. NULL: no memory. */
char *exec_guest_args(const struct exec *e, const char *run);

/* The programs, where the guest finds them. */
void exec_add_files(const struct exec *e, struct cpio *c);

/* Takes a line of the guest's: as boot.result, @lab is the struct lab. */
bool exec_take_line(const char *line, size_t len, const char *bad_log, void *lab);

/*
 * Before the boots: 0, or an exit status after one line on stderr. And after them: says how many
 * programs ended well.
 */
int exec_open(struct lab *l);
void exec_close(struct lab *l);

#endif
