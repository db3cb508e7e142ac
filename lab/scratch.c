// SPDX-License-Identifier: GPL-2.0-or-later
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fatal.h"

#define PREFIX	"septbench-lab."

static const char *parent(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp && *tmp ? tmp : "/tmp";
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *dir)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/*
 * A lock on the folder itself ends with its run, however that ends. -1: it has one, or is not a
 * folder of ours.
 */
static int try_lock(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && st.st_uid == geteuid() && !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	close(fd);
	return -1;
}

static void remove_stale(void)
{
	char path[LAB_PATH];
	struct dirent *e;
	DIR *dir = opendir(parent());
	int fd;

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) ||
		    snprintf(path, sizeof(path), "%s/%s", parent(), e->d_name) >= (int)sizeof(path))
			continue;
		fd = try_lock(path);
		if (fd < 0)
			continue;
		remove_tree(path);
		close(fd);
	}
	if (dir)
		closedir(dir);
}

/* Between making it and locking it, another run may have taken it for a dead one's. */
static bool is_there(const struct scratch *s)
{
	struct stat mine, there;

	return !fstat(s->lock, &mine) && !lstat(s->dir, &there) && mine.st_ino == there.st_ino &&
	       mine.st_nlink;
}

int scratch_make(struct scratch *s)
{
	remove_stale();
	for (int i = 0; i < 16; i++) {
		if (snprintf(s->dir, sizeof(s->dir), "%s/" PREFIX "XXXXXX", parent()) >=
			    (int)sizeof(s->dir) ||
		    !mkdtemp(s->dir))
			break;
		s->lock = try_lock(s->dir);
		if (s->lock >= 0 && is_there(s))
			return 0;
		if (s->lock >= 0)
			close(s->lock);
	}
	*s->dir = 0;
	return complain(BENCH_CANNOT, "no folder can be made under %s: %s; set TMPDIR", parent(),
			strerror(errno));
}

void scratch_remove(struct scratch *s)
{
	if (!*s->dir)
		return;
	remove_tree(s->dir);
	close(s->lock);
	*s->dir = 0;
}
