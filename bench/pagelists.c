// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What mm/page_alloc.c keeps per CPU. A zap frees its pages to the list of its CPU; when the list
 * is long, some hundred of them go back to the buddy allocator at once, which is a tenth of a zap
 * of 256 pages and fell on one block in five.
 */
#include "pagelists.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fatal.h"

#define SYSCTL	"/proc/sys/vm/"
/* How long a list may be: the zone's pages by this, over the CPUs. 8 is the least that is taken. */
#define SHORT	"1000000"
#define LONG	"8"

static void set(const char *name, const char *value)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die("%s: %s", name, strerror(errno));
	close(fd);
}

/* The limit takes hold when the CPU next frees a page. */
static void free_a_page(void)
{
	long size = sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	munmap(p, (size_t)size);
}

static void *free_a_page_on_each_cpu(void *arg)
{
	int cpus = (int)sysconf(_SC_NPROCESSORS_CONF), i;
	cpu_set_t one;

	for (i = 0; i < cpus && i < CPU_SETSIZE; i++) {
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		if (!sched_setaffinity(0, sizeof(one), &one))
			free_a_page();
	}
	return arg;
}

void pagelists_empty(void)
{
	pthread_t t;
	int r;

	set(SYSCTL "percpu_pagelist_high_fraction", SHORT);
	/* In a thread of its own: the caller's must not leave its CPU. */
	r = pthread_create(&t, NULL, free_a_page_on_each_cpu, NULL);
	if (r)
		die("pthread_create: %s", strerror(r));
	pthread_join(t, NULL);
	/* Each CPU then brings its list down to its limit: refresh_cpu_vm_stats(). */
	set(SYSCTL "stat_refresh", "1");
	set(SYSCTL "percpu_pagelist_high_fraction", LONG);
}
