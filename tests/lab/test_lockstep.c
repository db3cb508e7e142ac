// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is preloaded into QEMU, without it: this thread is the main loop, another the vCPUs'. Its
 * patience has no end here, so that a wait for what does not come is a test that does not end.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "tcg/turns.h"

int ppoll(struct pollfd *fds, nfds_t nr, const struct timespec *timeout, const sigset_t *mask);

#define TURN_NS	(50 * 1000 * 1000)

static pthread_mutex_t big_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static bool kicked, ends;		/* under big_lock */
static atomic_bool sleeps, works, wants_lock;

/* Sleeps until it is kicked, works without the lock, takes it again to sleep. */
static void *vcpus(void *unused)
{
	const struct timespec turn = { .tv_nsec = TURN_NS };

	(void)unused;
	pthread_mutex_lock(&big_lock);
	while (!ends) {
		atomic_store(&sleeps, true);
		while (!kicked)
			pthread_cond_wait(&wake, &big_lock);
		kicked = false;
		atomic_store(&sleeps, false);
		pthread_mutex_unlock(&big_lock);
		atomic_store(&works, true);
		nanosleep(&turn, NULL);
		atomic_store(&works, false);
		atomic_store(&wants_lock, true);
		pthread_mutex_lock(&big_lock);
		atomic_store(&wants_lock, false);
	}
	pthread_mutex_unlock(&big_lock);
	return NULL;
}

static void kick(bool to_end)
{
	pthread_mutex_lock(&big_lock);
	kicked = true;
	ends = to_end;
	pthread_cond_broadcast(&wake);
	pthread_mutex_unlock(&big_lock);
}

static void wait_for(atomic_bool *flag)
{
	while (!atomic_load(flag))
		usleep(100);
}

static void poll_once(void)
{
	const struct timespec now = { 0 };

	cr_assert_eq(ppoll(NULL, 0, &now, NULL), 0);
}

static void begin(pthread_t *thread)
{
	cr_assert_eq(pthread_create(thread, NULL, vcpus, NULL), 0);
	wait_for(&sleeps);
	/* With the lock once, it is in pthread_cond_wait(). */
	pthread_mutex_lock(&big_lock);
	pthread_mutex_unlock(&big_lock);
}

static void finish(pthread_t thread)
{
	kick(true);
	pthread_join(thread, NULL);
}

/* Not in silence: a run would be taken for one with short turns. */
Test(lockstep, what_cannot_cut_turns_ends, .exit_code = 4)
{
	setenv(TURN_ENV, "1000", 1);
	turns_shorten();
}

Test(lockstep, without_turn_there_is_nothing_to_cut)
{
	unsetenv(TURN_ENV);
	turns_shorten();
}

Test(lockstep, the_main_loop_goes_on_when_the_vcpus_sleep, .timeout = 60)
{
	pthread_t thread;

	begin(&thread);
	kick(false);
	wait_for(&works);
	poll_once();
	cr_expect(atomic_load(&sleeps), "it went on in the midst of a turn");
	finish(thread);
}

Test(lockstep, with_the_lock_that_the_vcpus_want_it_does_not_wait, .timeout = 60)
{
	pthread_t thread;

	begin(&thread);
	kick(false);
	wait_for(&works);
	pthread_mutex_lock(&big_lock);
	wait_for(&wants_lock);
	poll_once();
	cr_expect(atomic_load(&wants_lock));
	pthread_mutex_unlock(&big_lock);
	poll_once();
	cr_expect(atomic_load(&sleeps), "it went on in the midst of a turn");
	finish(thread);
}
