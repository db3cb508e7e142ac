// SPDX-License-Identifier: GPL-2.0-or-later
/* Text of a result file in a page: nothing in it may be taken for markup. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

void report_text(FILE *out, const char *fmt, ...)
{
	char *text = NULL, *p;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	for (p = len < 0 ? NULL : text; p && *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '&')
			fputs("&amp;", out);
		else if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else
			fputc((c < ' ' && c != '\n') || c == 0x7f ? '?' : c, out);
	}
	if (len >= 0)
		free(text);
}
