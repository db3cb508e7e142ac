/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lab: QEMU boots of a small kernel with one variant's modules, and this program as the guest's
 * init.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <stdbool.h>

/*
 * lab [option]...: builds what is missing, boots each variant, collects the results. The name of
 * the result file goes to stdout. Returns the exit status: 0, 2 usage, 3 invalid, 4 cannot run
 * here.
 */
int cmd_lab(int argc, char **argv);

/* What `try` has measured, for `compare`. */
struct lab_tried {
	char out[1024];		/* the result file; "": nothing was measured */
	char base[64];		/* arm that the others are held against */
	bool help;		/* nothing was to be done: the options were shown */
};

/*
 * try [option]... [SERIES...]: as lab, small, of somebody's patches and what they are held against:
 * the tree with the suite's counters, or without where they do not apply beside the patches. No
 * SERIES: what is changed in the work tree of --kernel. Returns the exit status of the lab.
 */
int lab_try(int argc, char **argv, struct lab_tried *tried);

/* File in the guest's initramfs: the words that its init takes for its arguments, on one line. */
#define LAB_GUEST_ARGS	"/args"

/*
 * PID 1 of the lab's guest. The words come by a file and not by the kernel's command line, because
 * the kernel stirs that into its random numbers and the process keeps it on its stack: which
 * variant and which boot it is would then show in the counts. Does not return.
 */
_Noreturn void lab_guest(void);

#endif
