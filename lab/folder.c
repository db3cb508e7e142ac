// SPDX-License-Identifier: GPL-2.0-or-later
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fatal.h"

int cache_root(char path[CACHE_PATH])
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	bool has_xdg = xdg && *xdg;

	if (!has_xdg && !(home && *home))
		return complain(
			BENCH_CANNOT,
			"neither HOME nor XDG_CACHE_HOME is set: there is no place for what is built; set XDG_CACHE_HOME to a folder you can write");
	if (snprintf(path, CACHE_PATH, "%s%s/septbench", has_xdg ? xdg : home,
		     has_xdg ? "" : "/.cache") >= CACHE_PATH)
		return complain(BENCH_CANNOT,
				"the name of the cache folder is too long; set XDG_CACHE_HOME");
	return 0;
}

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
	char root[CACHE_PATH];
	int s = cache_root(root);

	if (s)
		return s;
	if (snprintf(path, CACHE_PATH, "%s/%s", root, name) >= CACHE_PATH)
		return complain(BENCH_CANNOT,
				"the name of the cache folder is too long; set XDG_CACHE_HOME");
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
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

int cache_lock(const char *folder, const char *what, bool wait)
{
	char path[CACHE_PATH + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", folder);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
	if (fd < 0)
		return complain(BENCH_CANNOT, "%s: %s; set XDG_CACHE_HOME", path, strerror(errno));
	if (lock_soon(fd))
		return 0;
	if (!wait)
		return complain(BENCH_CANNOT, "another run on %s is under way; wait for it", what);
	complain(0, "waiting for another run on %s", what);
	return flock(fd, LOCK_EX) ? complain(BENCH_CANNOT, "%s: %s", path, strerror(errno)) : 0;
}
