// SPDX-License-Identifier: GPL-2.0-or-later
/* Text of a result file in a page: nothing in it may be taken for markup. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <util/escape.h>

#include "report.h"

void report_text(FILE *out, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	escape_markup(out, text, (size_t)len, false);
	free(text);
}
