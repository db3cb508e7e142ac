/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GUEST_TOUCH_LARGE and GUEST_VERIFY_LARGE. */
#ifndef BENCH_GUEST_LARGE_H
#define BENCH_GUEST_LARGE_H

#include "abi.h"

void guest_touch_large(struct guest_mailbox *m, struct guest_common *c, uint64_t call);
void guest_verify_large(struct guest_mailbox *m);

#endif
