// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <util/hash.h>

#include "fatal.h"

static void file_name(const char *folder, const char *key, char path[CACHE_PATH + 32])
{
	snprintf(path, CACHE_PATH + 32, "%s/%016" PRIx64 ".measured", folder,
		 hash_add(HASH_START, key, strlen(key)));
}

static bool is_of_key(FILE *f, const char *key)
{
	for (; *key; key++)
		if (fgetc(f) != (unsigned char)*key)
			return false;
	return fgetc(f) == '\n';
}

void cache_load(const char *folder, const char *key, struct measured *m)
{
	char path[CACHE_PATH + 32], line[CACHE_WHY + 5];
	FILE *f;

	memset(m, 0, sizeof(*m));
	file_name(folder, key, path);
	f = fopen(path, "re");
	if (!f)
		return;
	if (is_of_key(f, key))
		while (fgets(line, sizeof(line), f)) {
			line[strcspn(line, "\n")] = 0;
			if (!strncmp(line, "skip ", 5))
				snprintf(m->why, sizeof(m->why), "%s", line + 5);
			else if (!strncmp(line, "value ", 6) && m->nr < JUDGE_MAX_BOOTS)
				m->values[m->nr++] = strtod(line + 6, NULL);
		}
	fclose(f);
}

int cache_store(const char *folder, const char *key, const struct measured *m)
{
	char path[CACHE_PATH + 32], tmp[CACHE_PATH + 40];
	bool ok;
	FILE *f;

	file_name(folder, key, path);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	f = fopen(tmp, "we");
	if (!f)
		return complain(BENCH_CANNOT, "%s: %s", tmp, strerror(errno));
	fprintf(f, "%s\n", key);
	if (*m->why)
		fprintf(f, "skip %s\n", m->why);
	for (size_t i = 0; i < m->nr; i++)
		fprintf(f, "value %.17g\n", m->values[i]);
	ok = !fflush(f) && !fsync(fileno(f));
	ok = !fclose(f) && ok && !rename(tmp, path);
	return ok ? 0
		  : complain(BENCH_CANNOT, "%s: %s; free some space or set XDG_CACHE_HOME", tmp,
			     strerror(errno));
}
