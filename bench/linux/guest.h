/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TD that runs a Linux kernel, unmodified: the VMM that it needs and no more. There is no
 * firmware; a shim at the reset vector accepts memory and enters the kernel, which finds ACPI
 * tables, a map of unaccepted memory, and a serial port.
 *
 * linux_verb() does it or dies with one line.
 */
#ifndef BENCH_LINUX_GUEST_H
#define BENCH_LINUX_GUEST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "../vm.h"
#include "serial.h"

#define LINUX_LAST	8	/* lines of the console that are kept */

struct linux_config {
	const char *kernel;		/* file: a vmlinux or a bzImage */
	const char *words, *append;	/* to the kernel's command line; "" for nothing */
	unsigned int mib;		/* of memory */
	bool eager;			/* the shim accepts all memory, not only the kernel's */
	bool work;			/* its init is work.c, with something to do; else init.c */
	bool no_initrd;
	const char *modules;		/* file: a cpio archive behind the initrd; NULL: none */
};

struct linux_guest {
	struct vm *vm;
	uint64_t memory;
	char *mem, *shim;		/* the host's view: of shared pages, once it runs */
	int gmem, shim_gmem;
	unsigned char *added;		/* a bit per 4K page that is there before the guest runs */
	pthread_mutex_t lock;		/* of all below; exits to user space take it */
	struct serial serial;
	char last[LINUX_LAST][SERIAL_LINE];
	unsigned int nr_last;
	uint64_t exits, to_shared, to_private;	/* of user space; pages converted */
	unsigned int swiotlb;		/* 0: has not begun, 1: under way, 2: over */
	volatile bool ended;
	char why[512];			/* it ended in another way than by its end mark; "" if it did not */
	/*
	 * Called under ->lock by the vCPU's thread for each mark of the guest's init, but for
	 * "fail"; "swiotlb" when the first memory is converted, and "kernel" when that is over.
	 */
	void (*marked)(void *arg, const char *name);
	void *arg;
};

/* Makes @g in @vm with one vCPU per member of @crew, all but the run. */
void linux_create(struct linux_guest *g, struct vm *vm, struct crew *crew,
		  const struct linux_config *c);

/* Runs vCPU @index until the guest has ended or linux_stop() is called: a crew's task. */
void linux_run(unsigned int index, void *guest);

/* Ends the run because of @why: every vCPU leaves the guest. From any thread. */
void linux_stop(struct linux_guest *g, struct crew *crew, const char *why);

void linux_destroy(struct linux_guest *g);

/* What it said last, newest last, parted by " | ". */
void linux_last_words(const struct linux_guest *g, char *out, size_t len);

#endif
