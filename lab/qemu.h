/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One boot of the lab's VM. */
#ifndef LAB_QEMU_H
#define LAB_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "klog.h"
#include "why.h"
#include "options.h"

#define QEMU_PROGRAM	"qemu-system-x86_64"
#define QEMU_MAX_ARGS	80

struct qemu_machine {
	enum bench_clock clock;
	uint64_t seed;
	unsigned int smp;	/* at least 1 */
	unsigned int numa;	/* nodes, by which ->smp can be divided; 0: no topology given */
	uint64_t memory_mb;
	bool inject;		/* a boot for --inject: the kernel looks for leaks, if it can */
};

/* The argument vector. Files are named relative to the folder that QEMU is started in. */
struct qemu_args {
	char *argv[QEMU_MAX_ARGS + 1];
	size_t nr;
};

/* Memory that a run of @pages pages needs. */
uint64_t qemu_memory_mb(uint64_t pages);
/* Under injected faults: so little that a process can fill it. */
#define QEMU_INJECT_MB	512

/*
 * The same for every boot of a run. 0, or 2 after one line on stderr. qemu_args_free() in any case.
 */
int qemu_args_fill(struct qemu_args *a, const struct qemu_machine *m);
void qemu_args_free(struct qemu_args *a);

/* One option and its value more. */
void qemu_args_add(struct qemu_args *a, const char *option, const char *value);

/* The arguments as one line of text; the caller frees it. NULL: no memory. */
char *qemu_args_text(const struct qemu_args *a);

/* First line of `qemu --version`. 0, or 4 after one line on stderr. */
int qemu_version(char *text, size_t len);

struct boot_watch;

struct boot {
	const char *name;	/* for messages */
	/* folder with bzImage and initrd.cpio; console.log and the ports are there */
	const char *dir;
	const char *preload;	/* into QEMU, relative to ->dir; NULL: nothing */
	/* s of CPU time without output after which the guest is ended; 4 times as many of any */
	unsigned int timeout;
	/*
	 * Gets each line that the guest sends to the results port, and whether the kernel log was
	 * clean by then. False, after one line on stderr: the result cannot be kept, the guest is
	 * to end.
	 */
	bool (*result)(const char *line, size_t len, const char *bad_log, void *arg);
	void *arg;
	struct klog klog;	/* zeroed by the caller */
	unsigned int nr_results;	/* lines that result() got; zeroed by the caller */
	struct why why;		/* of boot_finish(), if that is not 0 */
	struct boot_watch *watch;	/* from boot_start() to boot_finish() */
};

/* Starts QEMU, which then runs by itself. 0, or 3 after a line on stderr. */
int boot_start(struct boot *b, const struct qemu_args *args);

/*
 * Takes what a started guest has said and says, and waits for its end. 0, or an exit status after
 * lines on stderr that say what went wrong: the guest's own, or 3 for a guest that hung, crashed,
 * or whose kernel complained. Where results were waiting, all that the kernel has said so far
 * counts as said before them.
 */
int boot_finish(struct boot *b);

#endif
