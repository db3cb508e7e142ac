/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SEPTBENCH_LAB_TCG_TURNS_H
#define SEPTBENCH_LAB_TCG_TURNS_H

/* The length of a turn, for what is preloaded into QEMU: instructions; not there: QEMU's own. */
#define TURN_ENV	"SEPTBENCH_TURN"

/*
 * Call this once, when QEMU has loaded its modules and no CPU runs yet. If turns cannot be cut it
 * ends QEMU, after one line on stderr.
 */
void turns_shorten(void);

#endif
