/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that the lab runs. None of them outlives it. */
#ifndef LAB_CHILD_H
#define LAB_CHILD_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/* Set by SIGINT, SIGTERM and SIGHUP once child_catch_signals() was called. */
extern volatile sig_atomic_t child_interrupted;
void child_catch_signals(void);

/*
 * Starts argv[0] (looked up in PATH) in the folder @dir (NULL: this one) with /dev/null as stdin
 * and @out_fd as stdout (-1: the lab's own stderr). @preload: a library that the loader puts before
 * all others, a name with a slash in it, relative to @dir; or NULL. The program leads a process
 * group of its own and dies with the lab. -1 with errno if it cannot be started; a program that
 * cannot be executed ends with status 127.
 */
pid_t child_start(char *const argv[], const char *dir, int out_fd, const char *preload);

/* Ends the whole group and waits for its leader. */
void child_kill(pid_t pid);

/*
 * Runs argv[0] to its end and keeps what it wrote to stdout, without the last newline, in @out.
 * Returns its exit status; 3 after one line on stderr if it was killed, wrote too much or could not
 * be started.
 */
int child_capture(char *const argv[], char *out, size_t len);

/* The same, with its stderr to the file @log, anew (NULL: to ours). 4: that cannot be written. */
int child_capture_log(char *const argv[], const char *log, char *out, size_t len);

#endif
