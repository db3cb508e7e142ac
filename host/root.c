// SPDX-License-Identifier: GPL-2.0-or-later
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *root(void)
{
	const char *env = getenv("SEPTBENCH_ROOT");

	return env ? env : "";
}

void root_path(char out[HOST_PATH], const char *path)
{
	if (snprintf(out, HOST_PATH, "%s%s", root(), path) >= HOST_PATH)
		*out = 0;
}

bool root_read(const char *path, char text[HOST_TEXT])
{
	char file[HOST_PATH];
	ssize_t n;
	int fd;

	*text = 0;
	root_path(file, path);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, HOST_TEXT - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
	while (*text && text[strlen(text) - 1] == ' ')
		text[strlen(text) - 1] = 0;
	return n >= 0;
}

int root_write(const char *path, const char *text)
{
	char file[HOST_PATH];
	size_t len = strlen(text);
	int fd, r;

	root_path(file, path);
	/* O_TRUNC is for the plain files of a test; sysfs takes no notice of it. */
	fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write(fd, text, len) == (ssize_t)len ? 0 : -errno;
	close(fd);
	return r;
}

void root_glob(const char *pattern, glob_t *g)
{
	char file[HOST_PATH];
	size_t skip = strlen(root());

	root_path(file, pattern);
	if (glob(file, 0, NULL, g)) {
		memset(g, 0, sizeof(*g));
		return;
	}
	for (size_t i = 0; skip && i < g->gl_pathc; i++)
		memmove(g->gl_pathv[i], g->gl_pathv[i] + skip, strlen(g->gl_pathv[i] + skip) + 1);
}
