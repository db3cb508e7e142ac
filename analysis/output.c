// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void output_drop_link(const char *path)
{
	struct stat st;

	if (!lstat(path, &st) && S_ISLNK(st.st_mode))
		unlink(path);
}

bool output_is_input(const char *verb, const char *output, char *const *inputs, size_t nr)
{
	struct stat out, in;
	size_t i;

	for (i = 0; i < nr; i++)
		if (!stat(output, &out) && !stat(inputs[i], &in) && out.st_dev == in.st_dev &&
		    out.st_ino == in.st_ino) {
			fprintf(stderr, "septbench %s: %s is the result file %s itself; give "
				"another name with -o\n", verb, output, inputs[i]);
			return true;
		}
	return false;
}
