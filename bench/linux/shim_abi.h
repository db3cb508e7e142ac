/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the driver and the shim at a guest's reset vector. */
#ifndef BENCH_LINUX_SHIM_ABI_H
#define BENCH_LINUX_SHIM_ABI_H

#define SHIM_BASE	0xffff0000	/* the last 64 KiB below 4 GiB */
#define SHIM_SIZE	0x10000
#define SHIM_TABLES	0x2000		/* page tables, six pages from here */
#define SHIM_STACK	0xf000		/* nothing is ever pushed; Linux wants one */

/* Of the page at SHIM_BASE. */
#define SHIM_CR3	0
#define SHIM_ENTRY	8
#define SHIM_BOOT_PARAMS	16
#define SHIM_MAILBOX	24
#define SHIM_NR		32		/* ranges to accept */
#define SHIM_TAKEN	40		/* of those, given to a vCPU */
#define SHIM_DONE	48		/* and accepted */
#define SHIM_RANGES	64		/* pairs of start and end, 4K aligned */
#define SHIM_MAX_RANGES	252

#endif
