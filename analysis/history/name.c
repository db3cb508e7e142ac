// SPDX-License-Identifier: GPL-2.0-or-later
/* What a result file is called as a night, when it was, and what it holds in 64 bits. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <util/hash.h>

#include "store.h"

int store_hash(const char *path, uint64_t *hash)
{
	*hash = HASH_START;
	return hash_file(path, hash);
}

/* Copies @n digits from *@p to *@out and steps over them; false if they are not all digits. */
static bool take_digits(const char **p, char **out, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!isdigit((unsigned char)(*p)[i]))
			return false;
	memcpy(*out, *p, (size_t)n);
	*out += n;
	*p += n;
	return true;
}

static bool take_date(const char **p, char *out)
{
	char *end = out;
	bool minus;

	if (!take_digits(p, &end, 4))
		return false;
	minus = **p == '-';
	*p += minus;
	if (!take_digits(p, &end, 2))
		return false;
	if (minus && *(*p)++ != '-')
		return false;
	if (!take_digits(p, &end, 2) || isdigit((unsigned char)**p))
		return false;
	*end = '\0';
	return strncmp(out + 4, "01", 2) >= 0 && strncmp(out + 4, "12", 2) <= 0 &&
	       strncmp(out + 6, "01", 2) >= 0 && strncmp(out + 6, "31", 2) <= 0;
}

void store_stamp(const char *name, char stamp[STORE_STAMP])
{
	const char *p;
	char *end;

	for (p = name; *p; p++) {
		const char *q = p;

		if ((p > name && isdigit((unsigned char)p[-1])) || !take_date(&q, stamp))
			continue;
		end = stamp + 8;
		if (*q && q++ && take_digits(&q, &end, 6) && !isdigit((unsigned char)*q))
			*end = '\0';
		else
			stamp[8] = '\0';
		return;
	}
	stamp[0] = '\0';
}

int store_night_compare(const char *a, const char *b)
{
	char x[STORE_STAMP], y[STORE_STAMP];
	int by;

	store_stamp(a, x);
	store_stamp(b, y);
	by = strcmp(x, y);
	return by ? by : strcmp(a, b);
}

char *store_night_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name), suffix = strlen(STORE_SUFFIX);

	if (len > suffix && !strcmp(name + len - suffix, STORE_SUFFIX))
		len -= suffix;
	return strndup(name, len);
}
