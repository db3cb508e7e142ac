// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vCPU threads: everyone does each job once, where it should; a death is the control thread's.
 */
#include <criterion/criterion.h>
#include <sched.h>
#include <unistd.h>

#include "crew.h"
#include "fatal.h"

#define NR	3

static const struct memory_policy local;
static unsigned int done[NR];

static void count(unsigned int index, void *arg)
{
	__atomic_add_fetch(&done[index], *(unsigned int *)arg, __ATOMIC_RELAXED);
}

static struct placement_map here(void)
{
	struct placement_map m = { .nr = NR, .control.cpu = sched_getcpu() };

	for (int i = 0; i < NR; i++)
		m.vcpu[i] = m.control;
	return m;
}

Test(crew, everyone_works_once_per_order, .timeout = 60)
{
	struct placement_map m = here();
	unsigned int one = 1, hundred = 100;
	struct crew c;

	crew_start(&c, &m, &local);
	for (int i = 0; i < 50; i++)
		crew_run(&c, count, &one);
	crew_run_one(&c, 1, count, &hundred);
	crew_order(&c, count, &one);
	crew_wait(&c);
	cr_assert_eq(crew_stray(&c), -1);
	crew_stop(&c);
	cr_assert_eq(done[0], 51);
	cr_assert_eq(done[1], 151);
	cr_assert_eq(done[2], 51);
}

static void wander(unsigned int index, void *arg)
{
	cpu_set_t all;

	(void)arg;
	CPU_ZERO(&all);
	for (int i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	if (index == 2)
		sched_setaffinity(0, sizeof(all), &all);
}

Test(crew, who_leaves_its_cpu_is_named, .timeout = 60)
{
	struct placement_map m = here();
	struct crew c;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		cr_skip_test("one CPU: nowhere to stray to");
	crew_start(&c, &m, &local);
	crew_run(&c, wander, NULL);
	cr_assert_eq(crew_stray(&c), 2);
	crew_stop(&c);
}

/* Away and back within one job. */
static void excursion(unsigned int index, void *arg)
{
	const int *away = arg;
	int home = sched_getcpu();

	if (index != 1)
		return;
	cr_assert_eq(placement_pin(*away), 0);
	cr_assert_eq(placement_pin(home), 0);
}

Test(crew, who_came_back_was_away_all_the_same, .timeout = 60)
{
	struct placement_map m = here();
	hwloc_topology_t t;
	struct crew c;
	int away = -1;

	cr_assert_eq(placement_topology(&t), 0);
	for (int i = 0; i < hwloc_get_nbobjs_by_type(t, HWLOC_OBJ_PU); i++)
		if ((int)hwloc_get_obj_by_type(t, HWLOC_OBJ_PU, (unsigned int)i)->os_index !=
		    m.control.cpu)
			away = (int)hwloc_get_obj_by_type(t, HWLOC_OBJ_PU, (unsigned int)i)
				       ->os_index;
	hwloc_topology_destroy(t);
	if (away < 0 || placement_migrations() < 0)
		cr_skip_test("one CPU, or a kernel that does not count migrations");
	crew_start(&c, &m, &local);
	crew_observe(&c);
	cr_assert_eq(crew_stray(&c), -1);
	crew_run(&c, excursion, &away);
	cr_assert_eq(crew_stray(&c), -1, "its place alone does not tell");
	crew_observe(&c);
	cr_assert_eq(crew_stray(&c), 1);
	cr_assert_eq(c.member[0].ran_cpu, m.control.cpu);
	crew_stop(&c);
}

static void die_or_wait(unsigned int index, void *arg)
{
	(void)arg;
	if (index == 1)
		die("member 1 is unwell");
	for (;;)
		pause();
}

/* The others never come back: the control thread must not wait for them. */
Test(crew, a_death_ends_the_run, .exit_code = BENCH_INVALID, .timeout = 60)
{
	struct placement_map m = here();
	struct crew c;

	crew_start(&c, &m, &local);
	crew_run(&c, die_or_wait, NULL);
}

static void hook(void *arg, const char *reason)
{
	cr_assert_str_eq(reason, "member 1 is unwell");
	cr_assert(pthread_equal(*(pthread_t *)arg, pthread_self()),
		  "the hook runs in the control thread");
	_exit(7);
}

Test(crew, the_reason_reaches_the_hook, .exit_code = 7, .timeout = 60)
{
	struct placement_map m = here();
	pthread_t self = pthread_self();
	struct crew c;

	fatal_set_hook(hook, &self);
	crew_start(&c, &m, &local);
	crew_run(&c, die_or_wait, NULL);
}
