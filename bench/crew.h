/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vCPU threads: one per vCPU, pinned, with a memory policy, told what to do by the control
 * thread.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "memory.h"
#include "placement.h"

struct crew;

struct crew_member {
	struct crew *crew;
	pthread_t thread;
	pid_t tid;		/* set by the time that its first job is done */
	pthread_cond_t wake;
	unsigned long orders;		/* jobs given to this one so far */
	unsigned int index;
	int cpu;
	const struct memory_policy *memory;
	bool strayed;		/* was seen off its CPU, now or ever */
	long migrations;	/* so far when it was pinned; -1 unknown */
	int ran_cpu, ran_node;	/* where the kernel says that it ran; of crew_observe() */
};

struct crew {
	struct crew_member member[PLACEMENT_MAX_CPUS];
	unsigned int nr;
	pthread_mutex_t lock;
	pthread_cond_t idle;
	void (*job)(unsigned int index, void *arg);
	void *arg;
	unsigned int busy;		/* members still at the current one */
	bool quit;
	bool failed;			/* a member died in its job */
	char reason[512];		/* why */
};

/*
 * Starts one thread per entry of @map, pinned to it and with @memory for all that it or the kernel
 * on its behalf allocates; @memory must outlive the crew. Dies if a thread cannot be had so.
 */
void crew_start(struct crew *c, const struct placement_map *map,
		const struct memory_policy *memory);

/*
 * Every member runs @job(index, arg). crew_order() does not wait, crew_wait() does; never nested.
 * If a member's job dies, crew_wait() dies of the same reason at once: the others may be waiting
 * for that one.
 */
void crew_order(struct crew *c, void (*job)(unsigned int index, void *arg), void *arg);
void crew_wait(struct crew *c);
void crew_run(struct crew *c, void (*job)(unsigned int index, void *arg), void *arg);

/* Member @index alone; the others sleep on, so that they do not show in what is measured. */
void crew_run_one(struct crew *c, unsigned int index, void (*job)(unsigned int index, void *arg),
		  void *arg);

/*
 * Dies if a member died. For a control thread that waits for something else than the end of the
 * job.
 */
void crew_check(struct crew *c);

/* Every member looks where it is, and how often it was moved since it was pinned. Between jobs. */
void crew_observe(struct crew *c);

/*
 * Index of a member that ran off its CPU, as seen at the begin and end of any job or by
 * crew_observe(); -1 if none did. Call between jobs.
 */
int crew_stray(const struct crew *c);

/* Ends the threads and waits for them. */
void crew_stop(struct crew *c);

#endif
