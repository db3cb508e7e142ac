// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <util/file.h>

#define MAX_DIRS	64
#define MAX_PATH	256
#define ALIGN		4	/* of headers and contents in newc */

struct cpio {
	FILE *f;
	int err;		/* the first */
	unsigned int ino;
	char dirs[MAX_DIRS][MAX_PATH];
	size_t nr_dirs;
};

struct cpio *cpio_create(const char *path)
{
	struct cpio *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->f = fopen(path, "wxe");
	if (!c->f) {
		free(c);
		return NULL;
	}
	return c;
}

static int fail(struct cpio *c, int err)
{
	if (!c->err)
		c->err = err;
	return c->err;
}

static void pad(struct cpio *c)
{
	long at = ftell(c->f);

	for (; at >= 0 && at % ALIGN; at++)
		fputc(0, c->f);
}

/* Header and name; the contents follow. Times are zero: the same files give the same archive. */
static void put_header(struct cpio *c, const char *name, unsigned int mode, size_t len)
{
	fprintf(c->f, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s", ++c->ino,
		mode, 0, 0, 1, 0, (unsigned int)len, 0, 0, 0, 0, (unsigned int)strlen(name) + 1, 0,
		name);
	fputc(0, c->f);
	pad(c);
}

static int put(struct cpio *c, const char *name, unsigned int mode, const void *data, size_t len)
{
	if (c->err)
		return c->err;
	if (len > UINT32_MAX)
		return fail(c, -EFBIG);
	put_header(c, name, mode, len);
	if (len && fwrite(data, 1, len, c->f) != len)
		return fail(c, -EIO);
	pad(c);
	return ferror(c->f) ? fail(c, -EIO) : 0;
}

int cpio_add_dir(struct cpio *c, const char *name)
{
	name += *name == '/';
	for (size_t i = 0; i < c->nr_dirs; i++)
		if (!strcmp(c->dirs[i], name))
			return 0;
	if (c->nr_dirs == MAX_DIRS || strlen(name) >= MAX_PATH)
		return fail(c, -ENAMETOOLONG);
	strcpy(c->dirs[c->nr_dirs++], name);
	return put(c, name, S_IFDIR | 0755, NULL, 0);
}

/* "a", "a/b" for "/a/b/c": the kernel creates no folder by itself. */
static int add_parents(struct cpio *c, const char *name)
{
	char dir[MAX_PATH];
	int r = 0;

	for (const char *at = strchr(name + 1, '/'); !r && at; at = strchr(at + 1, '/')) {
		if (snprintf(dir, sizeof(dir), "%.*s", (int)(at - name), name) >= (int)sizeof(dir))
			return fail(c, -ENAMETOOLONG);
		r = cpio_add_dir(c, dir);
	}
	return r;
}

int cpio_add_data(struct cpio *c, const char *name, const void *data, size_t len, unsigned int mode)
{
	int r = add_parents(c, name);

	return r ? r : put(c, name + (*name == '/'), S_IFREG | mode, data, len);
}

int cpio_add_file(struct cpio *c, const char *name, const char *from, unsigned int mode)
{
	size_t len;
	char *data = file_read(from, SIZE_MAX, &len);
	int r;

	if (!data)
		return fail(c, -errno);
	r = cpio_add_data(c, name, data, len, mode);
	free(data);
	return r;
}

int cpio_close(struct cpio *c)
{
	int err;

	c->nr_dirs = 0;
	put(c, "TRAILER!!!", 0, NULL, 0);
	if (fclose(c->f))
		fail(c, -errno);
	err = c->err;
	free(c);
	return err;
}
