// SPDX-License-Identifier: GPL-2.0-or-later
/* replay FOLDER: every file in it through the fuzz target, for compilers without libFuzzer. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static int replay(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	struct stat st;
	uint8_t *data;
	size_t got;

	if (!f || fstat(fd, &st)) {
		fprintf(stderr, "fuzz-replay: %s: %s\n", name, strerror(errno));
		return 1;
	}
	data = malloc((size_t)st.st_size + 1);
	got = data ? fread(data, 1, (size_t)st.st_size, f) : 0;
	fclose(f);
	if (data)
		LLVMFuzzerTestOneInput(data, got);
	free(data);
	return got != (size_t)st.st_size;
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	unsigned int files = 0;
	struct dirent *e;
	int bad = 0;

	if (!dir) {
		fputs("usage: fuzz-replay FOLDER\n", stderr);
		return 2;
	}
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.') {
			bad |= replay(dirfd(dir), e->d_name);
			files++;
		}
	closedir(dir);
	fprintf(stderr, "%u files\n", files);
	return bad || !files;
}
