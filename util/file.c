// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define START	65536	/* bytes of the first try */

/* What is left of @fd into *@buf, which grows. 0, or a negative errno. */
static int read_all(int fd, size_t most, char **buf, size_t *len)
{
	size_t size = START;
	ssize_t n;
	char *more;

	for (*len = 0;; *len += (size_t)n) {
		if (*len > most)
			return -EFBIG;
		if (!*buf || size - *len < 2) {
			size *= *buf ? 2 : 1;
			more = realloc(*buf, size);
			if (!more)
				return -ENOMEM;
			*buf = more;
		}
		n = read(fd, *buf + *len, size - *len - 1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return 0;
		n = n < 0 ? 0 : n;
	}
}

char *file_read(const char *path, size_t most, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;
	char *buf = NULL;

	*len = 0;
	if (fd < 0)
		return NULL;
	err = read_all(fd, most, &buf, len);
	close(fd);
	if (!err) {
		buf[*len] = 0;
		return buf;
	}
	free(buf);
	*len = 0;
	errno = -err;
	return NULL;
}

int file_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t done = write(fd, p, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (!done)
			return -EIO;
		p += done;
		len -= (size_t)done;
	}
	return 0;
}

static int write_file(const char *path, const void *buf, size_t len, mode_t mode, bool sync)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode), err;

	if (fd < 0)
		return -errno;
	err = file_write_all(fd, buf, len);
	if (!err && sync && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

int file_write(const char *path, const void *buf, size_t len)
{
	return write_file(path, buf, len, 0666, false);
}

int file_write_sync(const char *path, const void *buf, size_t len)
{
	return write_file(path, buf, len, 0644, true);
}
