/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GUEST_CONVERT. */
#ifndef BENCH_GUEST_CONVERT_H
#define BENCH_GUEST_CONVERT_H

#include "abi.h"

void guest_convert(struct guest_mailbox *m);

#endif
