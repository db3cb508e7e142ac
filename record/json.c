// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON from files that anyone may have written: strict, no deeper than needed, no key twice, and
 * nothing in its texts that steers a terminal.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <util/file.h>

#include "internal.h"

#define MAX_FILE	(64 << 20)	/* bytes of a file that is read whole */

__attribute__((format(printf, 2, 3)))
static struct json_object *refuse(char why[RECORD_WHY], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, RECORD_WHY, fmt, ap);
	va_end(ap);
	return NULL;
}

static struct json_object *parse_by(struct json_tokener *tok, int flags, const char *text,
				    size_t len, char why[RECORD_WHY])
{
	enum json_tokener_error err;
	struct json_object *o;

	json_tokener_reset(tok);
	json_tokener_set_flags(tok, flags);
	o = json_tokener_parse_ex(tok, text, (int)len);
	err = json_tokener_get_error(tok);
	if (err == json_tokener_success && json_tokener_get_parse_end(tok) == len &&
	    json_object_is_type(o, json_type_object))
		return o;
	json_object_put(o);
	if (err == json_tokener_error_parse_utf8_string)
		return refuse(why, "text that is not UTF-8");
	return refuse(why, "not JSON: %s", err == json_tokener_success ? "no object" :
		      err == json_tokener_continue ? "incomplete" : json_tokener_error_desc(err));
}

/*
 * json-c 0.18, where it is strict, takes a byte that is not ASCII for a control character. Such
 * bytes stand in strings alone: a copy with letters in place of them shows whether the syntax is.
 */
static struct json_object *parse(struct json_tokener *tok, const char *text, size_t len,
				 char why[RECORD_WHY])
{
	char *ascii = malloc(len + 1);
	struct json_object *o;
	bool is_ascii = true;

	if (!ascii)
		return refuse(why, "no memory");
	for (size_t i = 0; i < len; i++) {
		ascii[i] = text[i] & 0x80 ? 'x' : text[i];
		is_ascii = is_ascii && ascii[i] == text[i];
	}
	o = parse_by(tok, JSON_TOKENER_STRICT, ascii, len, why);
	free(ascii);
	if (!o || is_ascii)
		return o;
	json_object_put(o);
	return parse_by(tok, JSON_TOKENER_VALIDATE_UTF8, text, len, why);
}

struct json_object *record_json_parse(const char *text, size_t len, char why[RECORD_WHY])
{
	struct json_tokener *tok;
	struct json_object *o;
	int err;

	if (len > INT_MAX - 1)
		return refuse(why, "longer than 2 GiB");
	tok = json_tokener_new_ex(RECORD_MAX_DEPTH);
	if (!tok)
		return refuse(why, "no memory");
	o = parse(tok, text, len, why);
	json_tokener_free(tok);
	if (!o)
		return NULL;
	err = record_check_unique(o, text, len, why);
	if (!err && (err = record_make_printable(o)))
		refuse(why, "a name with control characters");
	if (!err)
		return o;
	if (err == -ENOMEM)
		refuse(why, "no memory");
	record_make_text_printable(why);
	json_object_put(o);
	return NULL;
}

struct json_object *record_json_file(const char *path, char why[RECORD_WHY])
{
	struct json_object *o;
	size_t len;
	char *text = file_read(path, MAX_FILE, &len);

	if (!text)
		return errno == EFBIG ? refuse(why, "not JSON of ours: larger than 64 MiB") :
					refuse(why, "%s", strerror(errno));
	while (len && strchr(" \t\r\n", text[len - 1]) && text[len - 1])
		len--;
	o = record_json_parse(text, len, why);
	free(text);
	return o;
}
