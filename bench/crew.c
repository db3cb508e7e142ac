// SPDX-License-Identifier: GPL-2.0-or-later
#include "crew.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fatal.h"

/* Waits for this member's job number @seen + 1. False when there will be none. */
static bool next_job(struct crew_member *m, unsigned long seen, void (**job)(unsigned int, void *),
		     void **arg)
{
	struct crew *c = m->crew;
	bool go;

	pthread_mutex_lock(&c->lock);
	while (m->orders == seen && !c->quit)
		pthread_cond_wait(&m->wake, &c->lock);
	go = m->orders != seen;
	*job = c->job;
	*arg = c->arg;
	pthread_mutex_unlock(&c->lock);
	return go;
}

static void report_done(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	if (!--c->busy)
		pthread_cond_signal(&c->idle);
	pthread_mutex_unlock(&c->lock);
}

static void report_failure(void *arg, const char *reason)
{
	struct crew *c = arg;

	pthread_mutex_lock(&c->lock);
	if (!c->failed)
		snprintf(c->reason, sizeof(c->reason), "%s", reason);
	c->failed = true;
	pthread_cond_signal(&c->idle);
	pthread_mutex_unlock(&c->lock);
}

static void settle_down(struct crew_member *m)
{
	int r = placement_pin(m->cpu);

	if (r)
		die("vCPU thread %u cannot be pinned to CPU %d: %s", m->index, m->cpu,
		    strerror(-r));
	r = memory_apply(m->memory);
	if (r)
		die("memory policy of vCPU thread %u: %s", m->index, strerror(-r));
	m->migrations = placement_migrations();
	m->tid = gettid();
}

static void *member_main(void *p)
{
	struct crew_member *m = p;
	void (*job)(unsigned int, void *);
	void *arg;

	fatal_defer(report_failure, m->crew);
	settle_down(m);
	for (unsigned long seen = 0; next_job(m, seen, &job, &arg); seen++) {
		m->strayed |= !placement_holds(m->cpu);
		job(m->index, arg);
		m->strayed |= !placement_holds(m->cpu);
		report_done(m->crew);
	}
	return NULL;
}

void crew_start(struct crew *c, const struct placement_map *map, const struct memory_policy *memory)
{
	memset(c, 0, sizeof(*c));
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->idle, NULL);
	c->nr = (unsigned int)map->nr;
	for (unsigned int i = 0; i < c->nr; i++) {
		struct crew_member *m = &c->member[i];
		int r;

		*m = (struct crew_member) {
			.crew = c, .index = i, .cpu = map->vcpu[i].cpu, .memory = memory,
		};
		pthread_cond_init(&m->wake, NULL);
		r = pthread_create(&m->thread, NULL, member_main, m);
		if (r)
			die("thread for vCPU %u: %s", i, strerror(r));
	}
}

static void order(struct crew *c, unsigned int first, unsigned int n,
		  void (*job)(unsigned int, void *), void *arg)
{
	pthread_mutex_lock(&c->lock);
	c->job = job;
	c->arg = arg;
	c->busy = n;
	for (unsigned int i = first; i < first + n; i++) {
		c->member[i].orders++;
		pthread_cond_signal(&c->member[i].wake);
	}
	pthread_mutex_unlock(&c->lock);
}

void crew_order(struct crew *c, void (*job)(unsigned int index, void *arg), void *arg)
{
	order(c, 0, c->nr, job, arg);
}

void crew_wait(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->busy && !c->failed)
		pthread_cond_wait(&c->idle, &c->lock);
	pthread_mutex_unlock(&c->lock);
	crew_check(c);
}

void crew_check(struct crew *c)
{
	bool failed;

	pthread_mutex_lock(&c->lock);
	failed = c->failed;
	pthread_mutex_unlock(&c->lock);
	if (failed)
		die("%s", c->reason);
}

void crew_run(struct crew *c, void (*job)(unsigned int index, void *arg), void *arg)
{
	crew_order(c, job, arg);
	crew_wait(c);
}

void crew_run_one(struct crew *c, unsigned int index, void (*job)(unsigned int index, void *arg),
		  void *arg)
{
	order(c, index, 1, job, arg);
	crew_wait(c);
}

/*
 * Affinity and place at a job's begin and end do not show a thread that was let go and caught again
 * in between; the kernel's count of migrations does.
 */
static void observe(unsigned int index, void *arg)
{
	struct crew_member *m = &((struct crew *)arg)->member[index];
	long now = placement_migrations();
	unsigned int cpu, node;

	m->ran_cpu = m->ran_node = -1;
	if (!getcpu(&cpu, &node)) {
		m->ran_cpu = (int)cpu;
		m->ran_node = (int)node;
	}
	m->strayed |= now != m->migrations;
}

void crew_observe(struct crew *c)
{
	crew_run(c, observe, c);
}

int crew_stray(const struct crew *c)
{
	for (unsigned int i = 0; i < c->nr; i++)
		if (c->member[i].strayed)
			return (int)i;
	return -1;
}

void crew_stop(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->quit = true;
	for (unsigned int i = 0; i < c->nr; i++)
		pthread_cond_signal(&c->member[i].wake);
	pthread_mutex_unlock(&c->lock);
	for (unsigned int i = 0; i < c->nr; i++) {
		pthread_join(c->member[i].thread, NULL);
		pthread_cond_destroy(&c->member[i].wake);
	}
	pthread_cond_destroy(&c->idle);
	pthread_mutex_destroy(&c->lock);
}
