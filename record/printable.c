// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What stands in a result file ends up on terminals, in pages and in other programs' input. Text
 * that is of several lines, or that steers a terminal, has no business there: whoever prints a name
 * need not ask.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "internal.h"

/* Control characters: ASCII's, and those of Latin-1 in UTF-8, which terminals take for the same. */
static bool is_control(const char *text, size_t left)
{
	unsigned char c = (unsigned char)text[0], next = left > 1 ? (unsigned char)text[1] : 0;

	return c < ' ' || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0);
}

static bool has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (is_control(text + i, len - i))
			return true;
	return false;
}

/* Returns how long it is then. */
static size_t clean_bytes(char *text, size_t len)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		bool bad = is_control(text + i, len - i);

		i += bad && (unsigned char)text[i] == 0xc2;
		text[to++] = bad ? '?' : text[i];
	}
	return to;
}

/* A name out of a damaged file may hold anything; a message is one line, and steers no terminal. */
void record_make_text_printable(char *text)
{
	text[clean_bytes(text, strlen(text))] = '\0';
}

bool record_is_printable(const char *text)
{
	return !has_control(text, strlen(text));
}

static int clean_text(struct json_object *o)
{
	size_t len = (size_t)json_object_get_string_len(o);
	const char *text = json_object_get_string(o);
	char *clean;
	int done;

	if (!has_control(text, len))
		return 0;
	clean = malloc(len);
	if (!clean)
		return -ENOMEM;
	memcpy(clean, text, len);
	done = json_object_set_string_len(o, clean, (int)clean_bytes(clean, len));
	free(clean);
	return done ? 0 : -ENOMEM;
}

static int clean_members(struct json_object *o)
{
	int err = 0;

	json_object_object_foreach(o, key, v) {
		if (has_control(key, strlen(key)))
			return -EINVAL;
		err = err ? err : record_make_printable(v);
	}
	return err;
}

int record_make_printable(struct json_object *o)
{
	int err = 0;

	if (json_object_is_type(o, json_type_string))
		return clean_text(o);
	if (json_object_is_type(o, json_type_object))
		return clean_members(o);
	if (json_object_is_type(o, json_type_array))
		for (size_t i = 0; !err && i < json_object_array_length(o); i++)
			err = record_make_printable(json_object_array_get_idx(o, i));
	return err;
}
