// SPDX-License-Identifier: GPL-2.0-or-later
#include "data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void output_drop_link(const char *path)
{
	struct stat st;

	if (!lstat(path, &st) && S_ISLNK(st.st_mode))
		unlink(path);
}

static bool starts_a_result(FILE *f)
{
	static const char mark[] = "\xef\xbb\xbf";
	char *line = NULL, why[RECORD_WHY];
	size_t size = 0, skip;
	ssize_t len = getline(&line, &size, f);
	int kind = -1;

	if (len > 0) {
		skip = len > 3 && !memcmp(line, mark, 3) ? 3 : 0;
		len -= line[len - 1] == '\n';
		kind = record_validate_line(line + skip, (size_t)len - skip, why);
	}
	free(line);
	return kind == RECORD_RUN || kind == -EPROTO;	/* also of another version */
}

bool output_is_result(const char *verb, const char *path)
{
	FILE *f = fopen(path, "re");
	bool is = f && starts_a_result(f);

	if (f)
		fclose(f);
	if (is)
		fprintf(stderr,
			"septbench %s: %s is a result file and is not written over; give another name\n",
			verb, path);
	return is;
}
