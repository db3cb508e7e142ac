/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ordinary VM, or a software-protected one: the control arm. */
#ifndef BENCH_PLAIN_H
#define BENCH_PLAIN_H

#include "vm.h"

extern const struct vm_ops plain_ops;

#endif
