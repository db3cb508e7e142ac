/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folder of a run: kernel, initramfs, console and ports. It is locked for as long as the run
 * lives, and whoever makes the next one removes those of runs that were killed.
 */
#ifndef LAB_SCRATCH_H
#define LAB_SCRATCH_H

#include "build.h"

struct scratch {
	char dir[LAB_PATH];	/* "" if there is none */
	int lock;
};

/* Makes a folder under $TMPDIR or /tmp. 0, or 4 after one line on stderr. */
int scratch_make(struct scratch *s);

/* Removes it with all that is in it. Nothing if there is none. */
void scratch_remove(struct scratch *s);

#endif
