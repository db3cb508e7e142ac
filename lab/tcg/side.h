/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SEPTBENCH_LAB_TCG_SIDE_H
#define SEPTBENCH_LAB_TCG_SIDE_H

#include <stdint.h>

/*
 * The clock of CPUs that run side by side, for what is preloaded into QEMU. QEMU's own, under
 * -icount, is the sum of what all CPUs have executed: there a CPU that works holds up the others'
 * time, and one that waits does not. Here each CPU has a time of its own. All take turns; a turn
 * ends when its CPU is a turn's length ahead of where the round began. One that gives up its turn
 * early, by PAUSE, goes on from there, but falls back no further than a turn behind the others.
 *
 * The processor's time stamp counter is exact for each CPU; those of two differ by two turns at
 * most. QEMU's timers see a clock that does not go back.
 */

/*
 * Call this once, when QEMU's accelerator is set up and no CPU runs yet; @turn is the length of a
 * turn in ns. 0: this QEMU's clocks are not where they are looked for, and nothing has changed.
 */
int side_clock(int64_t turn);

/* Call this when @cpu's turn begins, on the vCPUs' thread: how long the turn is to be, in ns. */
int64_t side_turn(const void *cpu);

#endif
