// SPDX-License-Identifier: GPL-2.0-or-later
#include "manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int manifest_read(const char *path, void (*take)(const char *key, const char *value, void *arg),
		  void *arg)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int err;

	if (!f)
		return -errno;
	while (getline(&line, &size, f) >= 0) {
		char *blank;

		line[strcspn(line, "\n")] = 0;
		blank = strchr(line, ' ');
		if (blank)
			*blank = 0;
		if (*line)
			take(line, blank ? blank + 1 : "", arg);
	}
	err = ferror(f) ? -EIO : 0;
	free(line);
	fclose(f);
	return err;
}

bool manifest_build(const char *key, const char *value, struct manifest_build *build)
{
	const char *id = strchr(value, ' ');
	size_t len = id ? (size_t)(id - value) : 0;

	build->tdx = !strcmp(key, "buildid-tdx");
	if ((!build->tdx && strcmp(key, "buildid")) || !len || len >= sizeof(build->module) ||
	    !id[1] || strchr(id + 1, ' ') || strlen(id + 1) >= sizeof(build->id))
		return false;
	snprintf(build->module, sizeof(build->module), "%.*s", (int)len, value);
	snprintf(build->id, sizeof(build->id), "%s", id + 1);
	return true;
}
