// SPDX-License-Identifier: GPL-2.0-or-later
#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <util/random.h>

#include "fatal.h"
#include "order.h"
#include "softtdx.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define PERCENT		"20"		/* of the exposed threads' allocations fail */
#define TIMES		1000000000	/* at most; what is left of them is the kernel's count */
#define BUSY_PERMILLE	500

#define HOLD_MS		20		/* at most */
#define HOLD_GAP_US	2000

#define CHUNK		(2ul << 20)
#define SPARE_KIB	(24 << 10)	/* free memory that the first bite leaves */
#define BITE_GAP_US	10000		/* the others are to get on as well */
#define RING		16		/* chunks that reclaim can take, more than that */

#define LEAK_AGE_S	6		/* kmemleak takes younger objects for busy ones */

static const char * const names[] = {
	"busy", "slab", "pages", "signals", "slots", "kill", "grace", "pressure",
};

static struct {
	pid_t holder, eater;		/* 0: none */
	uint64_t *held;			/* shared with the holder: times, milliseconds */
	int64_t stalls, reclaimed;	/* before */
	unsigned int mask;
} on;

const char *inject_name(unsigned int mask, char name[INJECT_NAME_LEN])
{
	size_t len = 0;

	if (mask == INJECT_MIX)
		return strcpy(name, "mix");
	for (unsigned int i = 0; i < INJECT_NR; i++)
		if (mask & 1u << i)
			len += (size_t)snprintf(name + len, INJECT_NAME_LEN - len, "%s%s",
						len ? "+" : "", names[i]);
	return name;
}

static unsigned int parse_kind(const char *name, size_t len)
{
	for (unsigned int i = 0; i < INJECT_NR; i++)
		if (strlen(names[i]) == len && !strncmp(name, names[i], len))
			return 1u << i;
	return 0;
}

unsigned int inject_parse(const char *name)
{
	unsigned int mask = 0, bit;

	if (!strcmp(name, "mix"))
		return INJECT_MIX;
	for (size_t len;; name += len + 1) {
		len = strcspn(name, "+");
		bit = parse_kind(name, len);
		if (!bit)
			return 0;
		mask |= bit;
		if (!name[len])
			return mask;
	}
}

static void put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die("--inject: %s: %s; it needs the lab and --flavour debug", path,
		    strerror(errno));
	close(fd);
}

static int64_t get(const char *path)
{
	FILE *f = fopen(path, "re");
	int64_t v = 0;

	if (!f || fscanf(f, "%" SCNd64, &v) != 1)
		die("--inject: %s cannot be read", path);
	fclose(f);
	return v;
}

/* Allocations that may sleep fail too, and those of one page: that is what KVM makes. */
static void fail_allocations(const char *what, bool pages)
{
	static const char * const set[][2] = {
		{ "verbose", "0" }, { "task-filter", "Y" }, { "ignore-gfp-wait", "N" },
		{ "probability", PERCENT },
	};
	char path[128], times[16];

	snprintf(times, sizeof(times), "%d", TIMES);
	snprintf(path, sizeof(path), DEBUGFS "%s/times", what);
	put(path, times);
	if (pages) {
		put(DEBUGFS "fail_page_alloc/min-order", "0");
		put(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N");
	}
	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		snprintf(path, sizeof(path), DEBUGFS "%s/%s", what, set[i][0]);
		put(path, set[i][1]);
	}
}

void inject_expose(bool exposed)
{
	static _Thread_local int fd = -1;

	if (fd < 0)
		fd = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, exposed ? "1" : "0", 1, 0) != 1)
		die("--inject: /proc/thread-self/make-it-fail: %s; it needs --flavour debug",
		    strerror(errno));
	if (!exposed) {
		close(fd);
		fd = -1;
	}
}

static _Noreturn void hold(uint64_t seed)
{
	char ms[16];

	for (;;) {
		uint32_t n = 1 + random_below(&seed, HOLD_MS);

		snprintf(ms, sizeof(ms), "%u", n);
		put(DEBUGFS "softtdx/hold_rcu", ms);
		on.held[0]++;
		on.held[1] += n;
		usleep(1 + random_below(&seed, HOLD_GAP_US));
	}
}

static int64_t free_kib(void)
{
	return inject_vmstat("nr_free_pages") * (getpagesize() / 1024);
}

static char *bite(void)
{
	char *p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; p != MAP_FAILED && i < CHUNK; i += 4096)
		p[i] = 1;
	return p == MAP_FAILED ? NULL : p;
}

/*
 * All memory but a little, and then more than that in pages that reclaim can take, again and again.
 */
static _Noreturn void eat(void)
{
	char *ring[RING] = { NULL };

	put("/proc/self/oom_score_adj", "1000");
	while (free_kib() > SPARE_KIB)
		bite();
	for (unsigned int i = 0;; i = (i + 1) % RING) {
		if (ring[i])
			munmap(ring[i], CHUNK);
		ring[i] = bite();
		if (ring[i] && madvise(ring[i], CHUNK, MADV_FREE))
			die("--inject pressure: madvise: %s", strerror(errno));
		usleep(BITE_GAP_US);
	}
}

static pid_t start(bool eater, uint64_t seed)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid)
		return pid;
	if (eater)
		eat();
	hold(seed);
}

static void stop(pid_t *pid)
{
	if (*pid) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

/* Sum of those whose name begins with @prefix, or of the one that is it. */
static int64_t vmstat_sum(const char *prefix, bool whole)
{
	FILE *f = fopen("/proc/vmstat", "re");
	int64_t v, sum = 0;
	char name[64];

	while (f && fscanf(f, "%63s %" SCNd64, name, &v) == 2)
		if (whole ? !strcmp(name, prefix) : !strncmp(name, prefix, strlen(prefix)))
			sum += v;
	if (f)
		fclose(f);
	return sum;
}

int64_t inject_vmstat(const char *name)
{
	return vmstat_sum(name, true);
}

void inject_on(unsigned int mask, uint64_t seed)
{
	on.mask = mask;
	on.stalls = vmstat_sum("allocstall_", false);
	on.reclaimed = vmstat_sum("pgsteal_", false);
	if (mask & 1 << INJECT_BUSY && softtdx_set_busy(BUSY_PERMILLE))
		die("--inject busy: softtdx cannot be told");
	if (mask & 1 << INJECT_SLAB)
		fail_allocations("failslab", false);
	if (mask & 1 << INJECT_PAGES)
		fail_allocations("fail_page_alloc", true);
	if (!on.held)
		on.held = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			       0);
	if (on.held == MAP_FAILED)
		die("no memory");
	on.held[0] = on.held[1] = 0;
	if (mask & 1 << INJECT_GRACE)
		on.holder = start(false, seed);
	if (mask & 1 << INJECT_PRESSURE) {
		on.eater = start(true, seed);
		while (free_kib() > SPARE_KIB)
			usleep(BITE_GAP_US);
	}
}

struct inject_counts inject_counts(void)
{
	return (struct inject_counts){
		.slab = on.mask & 1 << INJECT_SLAB
				? (uint64_t)(TIMES - get(DEBUGFS "failslab/times"))
				: 0,
		.pages = on.mask & 1 << INJECT_PAGES
				 ? (uint64_t)(TIMES - get(DEBUGFS "fail_page_alloc/times"))
				 : 0,
		.stalls = (uint64_t)(vmstat_sum("allocstall_", false) - on.stalls),
		.reclaimed = (uint64_t)(vmstat_sum("pgsteal_", false) - on.reclaimed),
		.holds = on.held[0],
		.hold_ms = on.held[1],
	};
}

void inject_off(void)
{
	stop(&on.holder);
	stop(&on.eater);
	if (on.mask & 1 << INJECT_SLAB)
		put(DEBUGFS "failslab/probability", "0");
	if (on.mask & 1 << INJECT_PAGES)
		put(DEBUGFS "fail_page_alloc/probability", "0");
	if (on.mask & 1 << INJECT_BUSY)
		softtdx_set_busy(0);
	on.mask = 0;
}

int inject_leaks(void)
{
	static const char file[] = DEBUGFS "kmemleak";
	char line[256];
	int n = 0;
	FILE *f;

	/* Without "kmemleak=on" on the kernel's command line a scan is refused. */
	for (int i = 0; i < 2; i++) {
		int fd = open(file, O_WRONLY | O_CLOEXEC);
		bool ok = fd >= 0 && write(fd, "scan", 4) == 4;

		close(fd);
		if (!ok)
			return -1;
		sleep(LEAK_AGE_S);
	}
	f = fopen(file, "re");
	while (f && fgets(line, sizeof(line), f)) {
		n += !strncmp(line, "unreferenced object", 19);
		if (n && n <= 4)
			fprintf(stderr, "septbench: kmemleak: %s", line);
	}
	if (f)
		fclose(f);
	return n;
}
