// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys that stand twice in one object of a line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "internal.h"

#define SHOWN	100	/* bytes of a key that a message shows */

/* A key as it stands in a line, quotes left out. */
struct key {
	const char *at;
	size_t len, object;	/* number of the object it is in */
};

static int compare_places(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int by = x->object == y->object	 ? memcmp(x->at, y->at, len)
		 : x->object < y->object ? -1
					 : 1;

	return by ? by : (x->len > y->len) - (x->len < y->len);
}

/*
 * All keys of @line, which is sound JSON no deeper than RECORD_MAX_DEPTH. Returns how many; @k may
 * be NULL.
 */
static size_t list_keys(const char *line, size_t len, struct key *k)
{
	size_t nr = 0, objects = 0, depth = 0, object[RECORD_MAX_DEPTH + 1] = { 0 };
	const char *string = NULL, *end = line + len, *after = line;

	for (const char *at = line; at < end; at++) {
		if (*at == '"') {
			for (string = ++at; at < end && *at != '"'; at++)
				at += *at == '\\';
			after = at;
		} else if (*at == ':') {
			if (k)
				k[nr] = (struct key){ string, (size_t)(after - string),
						      object[depth] };
			nr++;
		} else if (*at == '{' || *at == '[') {
			depth += depth < RECORD_MAX_DEPTH;
			object[depth] = ++objects;
		} else if (*at == '}' || *at == ']') {
			depth -= depth > 0;
		}
	}
	return nr;
}

static size_t count_members(struct json_object *o)
{
	size_t nr = 0, i;

	if (json_object_is_type(o, json_type_array))
		for (i = 0; i < json_object_array_length(o); i++)
			nr += count_members(json_object_array_get_idx(o, i));
	if (!json_object_is_type(o, json_type_object))
		return nr;
	json_object_object_foreach(o, key, v) {
		(void)key;
		nr += 1 + count_members(v);
	}
	return nr;
}

/*
 * json-c takes the last of two values under one name. Nobody knows which was meant: the line is
 * refused. The keys are looked at one by one only if some got lost.
 */
int record_check_unique(struct json_object *o, const char *line, size_t len, char why[RECORD_WHY])
{
	size_t nr = list_keys(line, len, NULL), i;
	struct key *k;

	if (nr == count_members(o))
		return 0;
	k = calloc(nr, sizeof(*k));
	if (!k)
		return -ENOMEM;
	/* In case it is written in two ways, with an escape in one. */
	snprintf(why, RECORD_WHY, "a key stands twice in one object");
	list_keys(line, len, k);
	qsort(k, nr, sizeof(*k), compare_places);
	for (i = 1; i < nr; i++)
		if (!compare_places(&k[i - 1], &k[i]))
			break;
	if (i < nr)
		snprintf(why, RECORD_WHY, "key \"%.*s\" stands twice in one object",
			 (int)(k[i].len < SHOWN ? k[i].len : SHOWN), k[i].at);
	free(k);
	return -EINVAL;
}
