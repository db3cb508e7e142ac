// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's barrier: nobody leaves before all have arrived. The check is itself checked, on two
 * barriers that do not hold: one that never waits, and one in which only the last arriver looks (as
 * seen in a kernel benchmark, where nobody ever waited).
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "barrier.h"

#define THREADS	4
#define ROUNDS	200

typedef bool wait_fn(struct barrier *b);

struct party {
	struct barrier b;
	wait_fn *wait;
	unsigned int clock;		/* hands out stamps */
	unsigned int arrive[THREADS], leave[THREADS];
	unsigned int late; /* this one comes after a pause that lets the others do what they will */
};

struct guest {
	struct party *p;
	unsigned int index;
};

static void *visit(void *arg)
{
	struct guest *g = arg;
	struct party *p = g->p;

	if (g->index == p->late)
		usleep(1000);
	p->arrive[g->index] = __atomic_add_fetch(&p->clock, 1, __ATOMIC_SEQ_CST);
	p->wait(&p->b);
	p->leave[g->index] = __atomic_add_fetch(&p->clock, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Nobody left before the last came? */
static bool held(const struct party *p)
{
	for (unsigned int i = 0; i < THREADS; i++)
		for (unsigned int j = 0; j < THREADS; j++)
			if (p->leave[i] < p->arrive[j])
				return false;
	return true;
}

static unsigned int rounds_that_held(wait_fn *wait)
{
	unsigned int n = 0;

	for (unsigned int r = 0; r < ROUNDS; r++) {
		struct party p = { .wait = wait, .late = r % THREADS };
		struct guest g[THREADS];
		pthread_t t[THREADS];

		barrier_init(&p.b, THREADS);
		for (unsigned int i = 0; i < THREADS; i++) {
			g[i] = (struct guest) { &p, i };
			cr_assert_eq(pthread_create(&t[i], NULL, visit, &g[i]), 0);
		}
		for (unsigned int i = 0; i < THREADS; i++)
			pthread_join(t[i], NULL);
		n += held(&p);
	}
	return n;
}

static bool never_waits(struct barrier *b)
{
	__atomic_add_fetch(&b->arrived, 1, __ATOMIC_ACQ_REL);
	return true;
}

static bool only_last_looks(struct barrier *b)
{
	if (__atomic_add_fetch(&b->arrived, 1, __ATOMIC_ACQ_REL) == b->need)
		while (__atomic_load_n(&b->arrived, __ATOMIC_ACQUIRE) < b->need)
			;
	return true;
}

Test(barrier, nobody_leaves_early, .timeout = 60)
{
	cr_assert_eq(rounds_that_held(barrier_wait), ROUNDS);
}

Test(barrier, broken_barriers_are_caught, .timeout = 60)
{
	cr_assert_lt(rounds_that_held(never_waits), ROUNDS);
	cr_assert_lt(rounds_that_held(only_last_looks), ROUNDS);
}

static void *wait_and_tell(void *arg)
{
	return barrier_wait(arg) ? NULL : arg;
}

Test(barrier, abort_lets_waiters_out, .timeout = 60)
{
	struct barrier b;
	pthread_t t;
	void *aborted;

	barrier_init(&b, 2);
	cr_assert_eq(pthread_create(&t, NULL, wait_and_tell, &b), 0);
	usleep(1000);
	barrier_abort(&b);
	pthread_join(t, &aborted);
	cr_assert_eq(aborted, &b);
}

Test(barrier, one_participant_does_not_wait)
{
	struct barrier b;

	barrier_init(&b, 1);
	cr_assert(barrier_wait(&b));
}
