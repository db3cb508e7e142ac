// SPDX-License-Identifier: GPL-2.0-or-later
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "scratch.h"

static char dir[4096];

void scratch_enter(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/septbench-test-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void scratch_leave(void)
{
	cr_assert_eq(chdir("/"), 0);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *scratch_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	char *text;
	size_t got;

	cr_assert_not_null(f, "%s cannot be read", path);
	cr_assert_eq(fstat(fileno(f), &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	cr_assert_not_null(text);
	got = fread(text, 1, (size_t)st.st_size, f);
	cr_assert_eq(got, (size_t)st.st_size);
	fclose(f);
	if (len)
		*len = got;
	return text;
}

void scratch_write(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(text, 1, len, f), len);
	cr_assert_eq(fclose(f), 0);
}

void scratch_threshold(const char *path, const char *name, const char *threshold)
{
	char *text = scratch_read(path, NULL), *at = text, *next, key[64];
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	snprintf(key, sizeof(key), "\"%s\":{", name);
	cr_assert_not_null(strstr(text, key), "%s has no metric %s", path, name);
	for (; (next = strstr(at, key)); at = next + strlen(key))
		fprintf(f, "%.*s%s\"threshold\":%s,", (int)(next - at), at, key, threshold);
	fputs(at, f);
	cr_assert_eq(fclose(f), 0);
	free(text);
}
