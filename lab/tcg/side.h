/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SEPTBENCH_LAB_TCG_SIDE_H
#define SEPTBENCH_LAB_TCG_SIDE_H

#include <stdint.h>

/*
 * The clock of CPUs that run side by side, for what is preloaded into QEMU. QEMU's own, under
 * -icount, is the sum of what all CPUs have executed: there a CPU that works holds up the others'
 * time, and one that waits does not. Here CPUs take turns of one length, all CPUs once in a round,
 * and a round takes as long as its longest turn.
 *
 * The processor's time stamp counter is exact in a CPU's own turn; that of two CPUs differs by a
 * turn at most. QEMU's timers see a clock that does not go back.
 */

/*
 * Call this once, when QEMU's accelerator is set up and no CPU runs yet; @turn is the length of a
 * turn in ns. 0: this QEMU's clocks are not where they are looked for, and nothing has changed.
 */
int side_clock(int64_t turn);

/* Call this when @cpu's turn begins, on the vCPUs' thread. */
void side_turn(const void *cpu);

#endif
