// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of the format's enumerations.
 */
#include <string.h>

#include "record.h"

static const char *const class_names[RECORD_NR_CLASSES] = {
	[RECORD_EXACT] = "exact", [RECORD_BOUNDED] = "bounded", [RECORD_NOISY] = "noisy",
};

static const char *const better_names[RECORD_NR_BETTER] = {
	[RECORD_LOWER] = "lower", [RECORD_HIGHER] = "higher", [RECORD_NONE] = "none",
};

static int find(const char *const *names, int nr, const char *name)
{
	int i;

	for (i = 0; name && i < nr; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

const char *record_class_name(enum record_class c)
{
	return class_names[c];
}

const char *record_better_name(enum record_better b)
{
	return better_names[b];
}

int record_class_parse(const char *name)
{
	return find(class_names, RECORD_NR_CLASSES, name);
}

int record_better_parse(const char *name)
{
	return find(better_names, RECORD_NR_BETTER, name);
}
