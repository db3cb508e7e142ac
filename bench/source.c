// SPDX-License-Identifier: GPL-2.0-or-later
#include "source.h"

#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* By where the program is, not where it was configured to be: so that DESTDIR and a moved tree work. */
static bool find_installed(char dir[PATH_MAX])
{
	char exe[PATH_MAX], kmod[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return false;
	exe[n] = 0;
	n = snprintf(dir, PATH_MAX, "%s/share/septbench", dirname(dirname(exe)));
	if (n >= PATH_MAX || snprintf(kmod, sizeof(kmod), "%s/kmod", dir) >= PATH_MAX)
		return false;
	return !access(kmod, F_OK);
}

const char *source_dir(void)
{
	static char installed[PATH_MAX];
	const char *env = getenv("SEPTBENCH_SRC");

	if (env && *env)
		return env;
	return find_installed(installed) ? installed : SEPTBENCH_SOURCE;
}
