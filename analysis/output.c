// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <sys/stat.h>
#include <unistd.h>

void output_drop_link(const char *path)
{
	struct stat st;

	if (!lstat(path, &st) && S_ISLNK(st.st_mode))
		unlink(path);
}
