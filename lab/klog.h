/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel-log check: what in a console log means that a run is no result. */
#ifndef LAB_KLOG_H
#define LAB_KLOG_H

#include <stdbool.h>
#include <stddef.h>

#define KLOG_KEEP	8	/* lines of evidence that are kept */
#define KLOG_LINE	256	/* bytes of a line that are looked at and kept, with the NUL */

struct klog {
	char line[KLOG_LINE];	/* the line so far */
	size_t len;
	char found[KLOG_KEEP][KLOG_LINE];
	size_t nr_found;	/* all of them, more than KLOG_KEEP too */
	int open;		/* the last found may be known by its trace: which, from 1 */
	/* Called for every whole line, NULL: nobody wants it. */
	void (*each)(const char *line, void *arg);
	void *arg;
};

/*
 * Is this line a WARN, BUG, Oops, lockdep, RCU or sanitizer report, or KVM's word on a failed
 * SEAMCALL? Some of KCSAN's on stock KVM are known, and are none.
 */
bool klog_is_bad(const char *line);

/* Takes the next @len bytes of the log. */
void klog_feed(struct klog *k, const char *text, size_t len);

#endif
