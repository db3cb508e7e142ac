// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE	4096ULL
#define BIG	(512 * PAGE)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool used[SIM_PAGES];
static unsigned int out;

static bool range_free(u64 first, u64 n)
{
	u64 i;

	for (i = 0; i < n; i++) {
		if (used[first + i])
			return false;
	}
	return true;
}

static void set_range(u64 first, u64 n, bool to)
{
	u64 i;

	for (i = 0; i < n; i++)
		used[first + i] = to;
}

/* First fit from page 1: page 0 stays out, since physical address 0 means none. */
static u64 sim_alloc(void *arg, unsigned int level)
{
	u64 n = 1ULL << (9 * level), i;

	(void)arg;
	pthread_mutex_lock(&lock);
	for (i = n; i + n <= SIM_PAGES && !range_free(i, n); i += n)
		;
	if (i + n <= SIM_PAGES) {
		set_range(i, n, true);
		out += (unsigned int)n;
	} else {
		i = 0;
	}
	pthread_mutex_unlock(&lock);
	return i * PAGE;
}

static void sim_free(void *arg, u64 pa, unsigned int level)
{
	u64 n = 1ULL << (9 * level);

	(void)arg;
	pthread_mutex_lock(&lock);
	set_range(pa / PAGE, n, false);
	out -= (unsigned int)n;
	pthread_mutex_unlock(&lock);
}

unsigned int sim_pages_out(void)
{
	return out;
}

static void *zeroed(size_t align, size_t size)
{
	void *p;

	size = (size + align - 1) / align * align;
	p = aligned_alloc(align, size);
	if (!p) {
		fprintf(stderr, "softtdx tests: no memory for %zu bytes\n", size);
		exit(4);
	}
	return memset(p, 0, size);
}

struct sx_st_env sim_env(void (*report)(void *arg, const char *check, const char *what, u64 got,
					u64 want),
			 void *arg)
{
	sx_user_mem_base = zeroed(BIG, SIM_PAGES * PAGE);
	return (struct sx_st_env){
		.mem = zeroed(64, sx_sys_size(SIM_PAGES + SIM_TAIL)),
		.nr_pages = SIM_PAGES + SIM_TAIL,
		.release = SX_R_NEWEST,
		.alloc = sim_alloc, .free = sim_free, .report = report, .arg = arg,
	};
}

void sim_env_free(struct sx_st_env *env)
{
	free(env->mem);
	free(sx_user_mem_base);
	sx_user_mem_base = NULL;
}
