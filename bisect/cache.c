// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fatal.h"
#include "hash.h"

static int make_folder(const char *path)
{
	return mkdir(path, 0777) && errno != EEXIST
		       ? complain(BENCH_CANNOT,
				  "%s: %s; set XDG_CACHE_HOME to a folder you can write", path,
				  strerror(errno))
		       : 0;
}

int cache_folder(const char *name, char path[CACHE_PATH])
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	bool has_xdg = xdg && *xdg;
	int n = snprintf(path, CACHE_PATH, "%s%s/septbench/bisect/%s",
			 has_xdg ? xdg : home ? home : "", has_xdg ? "" : "/.cache", name);

	if (n >= CACHE_PATH)
		return complain(BENCH_CANNOT,
				"the name of the cache folder is too long; set XDG_CACHE_HOME");
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int s;

		*slash = 0;
		s = make_folder(path);
		*slash = '/';
		if (s)
			return s;
	}
	return make_folder(path);
}

/* What a killed one had just forked holds its lock until it has become another program. */
static bool lock_soon(int fd)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };

	for (int i = 0; i < 10; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))	/* held until the process ends */
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

int cache_lock(const char *folder, const char *what)
{
	char path[CACHE_PATH + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", folder);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
	if (fd < 0)
		return complain(BENCH_CANNOT, "%s: %s; set XDG_CACHE_HOME", path, strerror(errno));
	if (!lock_soon(fd))
		return complain(BENCH_CANNOT, "another bisect of %s is under way; wait for it",
				what);
	return 0;
}

static void file_name(const char *folder, const char *key, char path[CACHE_PATH + 32])
{
	snprintf(path, CACHE_PATH + 32, "%s/%016" PRIx64 ".measured", folder,
		 hash_add(HASH_START, key, strlen(key)));
}

static bool is_of_key(FILE *f, const char *key)
{
	for (; *key; key++)
		if (fgetc(f) != (unsigned char)*key)
			return false;
	return fgetc(f) == '\n';
}

void cache_load(const char *folder, const char *key, struct measured *m)
{
	char path[CACHE_PATH + 32], line[CACHE_WHY + 5];
	FILE *f;

	memset(m, 0, sizeof(*m));
	file_name(folder, key, path);
	f = fopen(path, "re");
	if (!f)
		return;
	if (is_of_key(f, key))
		while (fgets(line, sizeof(line), f)) {
			line[strcspn(line, "\n")] = 0;
			if (!strncmp(line, "skip ", 5))
				snprintf(m->why, sizeof(m->why), "%s", line + 5);
			else if (!strncmp(line, "value ", 6) && m->nr < JUDGE_MAX_BOOTS)
				m->values[m->nr++] = strtod(line + 6, NULL);
		}
	fclose(f);
}

int cache_store(const char *folder, const char *key, const struct measured *m)
{
	char path[CACHE_PATH + 32], tmp[CACHE_PATH + 40];
	bool ok;
	FILE *f;

	file_name(folder, key, path);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "we");
	if (!f)
		return complain(BENCH_CANNOT, "%s: %s", tmp, strerror(errno));
	fprintf(f, "%s\n", key);
	if (*m->why)
		fprintf(f, "skip %s\n", m->why);
	for (size_t i = 0; i < m->nr; i++)
		fprintf(f, "value %.17g\n", m->values[i]);
	ok = !fflush(f) && !fsync(fileno(f));
	ok = !fclose(f) && ok && !rename(tmp, path);
	return ok ? 0
		  : complain(BENCH_CANNOT, "%s: %s; free some space or set XDG_CACHE_HOME", tmp,
			     strerror(errno));
}
