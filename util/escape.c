// SPDX-License-Identifier: GPL-2.0-or-later
#include "escape.h"

void escape_markup(FILE *out, const char *s, size_t len, bool ascii)
{
	for (size_t i = 0; i < len && s[i]; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '&')
			fputs("&amp;", out);
		else if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else
			fputc((c < ' ' && c != '\n') || c == 0x7f || (ascii && c > '~') ? '?' : c,
			      out);
	}
}
