/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One-shot barrier for the guest and for user space: nobody leaves before all have arrived.
 *
 * It spins: in the guest there is nothing to sleep on, and the point is to start together. Every
 * turn has a PAUSE, since under one-thread TCG that is what hands over to the next CPU: without it,
 * a waiter burns its whole time slice and the instruction count measures the waiting. Freestanding:
 * no libc.
 */
#ifndef BENCH_BARRIER_H
#define BENCH_BARRIER_H

#include <stdbool.h>
#include <stdint.h>

struct barrier {
	uint32_t need;		/* how many must arrive; set before the first arrives */
	uint32_t arrived;
	uint32_t abort;		/* nonzero: waiters leave at once, with false */
	uint32_t pad;
};

static inline void barrier_init(struct barrier *b, uint32_t need)
{
	b->need = need;
	b->arrived = 0;
	__atomic_store_n(&b->abort, 0, __ATOMIC_RELEASE);
}

/* Lets everyone out, now and later. For the host when a participant died. */
static inline void barrier_abort(struct barrier *b)
{
	__atomic_store_n(&b->abort, 1, __ATOMIC_RELEASE);
}

/*
 * Waits until ->need participants have called. What each did before is visible to all afterwards
 * (release on arrival, acquire on the way out). False if the barrier was aborted.
 */
static inline bool barrier_wait(struct barrier *b)
{
	__atomic_add_fetch(&b->arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&b->arrived, __ATOMIC_ACQUIRE) < b->need) {
		if (__atomic_load_n(&b->abort, __ATOMIC_ACQUIRE))
			return false;
		__builtin_ia32_pause();
	}
	return true;
}

#endif
