// SPDX-License-Identifier: GPL-2.0-or-later
#include "source.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * By where the program is, not where it was configured to be: so that DESTDIR and a moved tree
 * work.
 */
bool source_installed(const char *name, char path[PATH_MAX])
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return false;
	exe[n] = 0;
	n = snprintf(path, PATH_MAX, "%s/%s", dirname(dirname(exe)), name);
	return n < PATH_MAX && !access(path, R_OK);
}

const char *source_dir(void)
{
	static char installed[PATH_MAX];
	const char *env = getenv("SEPTBENCH_SRC");

	if (env && *env)
		return env;
	return source_installed("share/septbench", installed) ? installed : SEPTBENCH_SOURCE;
}
