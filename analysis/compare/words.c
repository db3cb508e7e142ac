// SPDX-License-Identifier: GPL-2.0-or-later
/* Words and letters as all parts of the report on one screen put them. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

char text_letter(size_t other)
{
	return (char)('A' + other % 26);
}

void text_ascii(const char *s, size_t len, FILE *out)
{
	size_t i;

	for (i = 0; i < len; i++)
		fputc(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?', out);
}

void text_wrapped(FILE *out, const char *fmt, ...)
{
	size_t column = 0, len;
	char *text = NULL;
	const char *word;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = vasprintf(&text, fmt, ap);
	va_end(ap);
	for (word = err < 0 ? "" : text; *word; word += len) {
		bool space = *word == ' ';

		word += space;
		len = strcspn(word, " ");
		if (column > 1 && column + space + len > TEXT_COLUMNS)
			column = (size_t)fprintf(out, "\n   ") - 1;
		else if (space)
			column += (size_t)fprintf(out, " ");
		if (len > TEXT_COLUMNS - column)
			len = TEXT_COLUMNS - column;
		text_ascii(word, len, out);
		column += len;
	}
	fputc('\n', out);
	free(text);
}
