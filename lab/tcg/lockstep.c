// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into QEMU under `count`: its main loop works only while the thread that runs the vCPUs
 * sleeps. QEMU's main loop wakes up at every timer of the guest, in the host's time. With all vCPUs
 * halted it moves the clock on to the next timer. On a busy host it is late, and comes to that when
 * the last vCPU has just halted but the instructions of its turn are not yet on the clock (QEMU
 * 7.2, icount_start_warp_timer() and icount_process_data()), or it runs a timer that the vCPUs'
 * thread is about to run, and ends every vCPU's turn. Either way the same seed is another run.
 *
 * The vCPUs' thread sleeps in pthread_cond_wait() with the lock that the main loop takes first, so
 * what is seen here as asleep is asleep when the main loop works, and stays so until it is woken by
 * that. Nothing of this is in the guest's path.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "turns.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT	__attribute__((visibility("default")))

/*
 * A guest that never halts must not keep QEMU from its end: then the main loop works after this
 * long all the same, which is too seldom to meet the vCPUs at those few instructions.
 */
#ifndef PATIENCE_S
#define PATIENCE_S	60
#endif

/* 1: the vCPUs' thread sleeps, or there is none yet. Paired with the futex: set, then wake. */
static atomic_int asleep = 1;

/* QEMU's big lock: what the vCPUs' thread sleeps with. */
static pthread_mutex_t *_Atomic big_lock;

/* --turn has been seen to. */
static atomic_int shortened;

static bool is_main(void)
{
	return syscall(SYS_gettid) == getpid();
}

EXPORT int pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	int (*wait)(pthread_cond_t *, pthread_mutex_t *);
	/* glibc on x86-64 has two, and without a version the older may be found. */
	void *found = dlvsym(RTLD_NEXT, "pthread_cond_wait", "GLIBC_2.3.2");
	int r;

	if (!found)
		found = dlsym(RTLD_NEXT, "pthread_cond_wait");
	memcpy(&wait, &found, sizeof(wait));

	if (is_main())
		return wait(cond, mutex);
	/* The vCPUs' thread waits here for the machine to be whole. */
	if (!atomic_exchange(&shortened, 1))
		turns_shorten();
	atomic_store(&big_lock, mutex);
	atomic_store(&asleep, 1);
	syscall(SYS_futex, &asleep, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
	r = wait(cond, mutex);
	atomic_store(&asleep, 0);
	return r;
}

/*
 * QEMU's end polls with the big lock held (bdrv_drain_all()). A vCPU's thread that waits for that
 * lock does not go to sleep before it is free. glibc keeps the owner of every kind of mutex, and
 * only this thread writes its own number there.
 */
static bool holds_big_lock(void)
{
	const pthread_mutex_t *lock = atomic_load(&big_lock);

	return lock && __atomic_load_n(&lock->__data.__owner, __ATOMIC_RELAXED) == getpid();
}

static void wait_until_asleep(void)
{
	const struct timespec limit = { .tv_sec = PATIENCE_S };

	while (!atomic_load(&asleep))
		if (syscall(SYS_futex, &asleep, FUTEX_WAIT_PRIVATE, 0, &limit, NULL, 0) &&
		    errno == ETIMEDOUT)
			return;
}

EXPORT int ppoll(struct pollfd *fds, nfds_t nr, const struct timespec *timeout,
		 const sigset_t *mask)
{
	int (*poll_fds)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
	void *found = dlsym(RTLD_NEXT, "ppoll");
	int r, error;

	/* A pointer to a function from one to an object: ISO C has no cast for it. */
	memcpy(&poll_fds, &found, sizeof(poll_fds));
	r = poll_fds(fds, nr, timeout, mask);
	error = errno;
	if (is_main() && !holds_big_lock())
		wait_until_asleep();
	errno = error;
	return r;
}
