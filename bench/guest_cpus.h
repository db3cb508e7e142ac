/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPUs of the lab's guest. */
#ifndef BENCH_GUEST_CPUS_H
#define BENCH_GUEST_CPUS_H

#include <stdbool.h>

/* Takes every CPU but the first off the kernel, or gives them back. Dies if the kernel refuses. */
void guest_cpus_others(bool online);

#endif
