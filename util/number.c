// SPDX-License-Identifier: GPL-2.0-or-later
#include "number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool number_parse(const char *text, uint64_t *v)
{
	unsigned long long n;
	char *end;

	if (*text < '0' || *text > '9' || (*text == '0' && text[1] && text[1] != 'x'))
		return false;
	errno = 0;
	n = strtoull(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	if (errno || *end)
		return false;
	*v = n;
	return true;
}

bool number_is_whole(double v)
{
	return v == floor(v) && fabs(v) < 9007199254740992.0;	/* 2^53 */
}

char *number_shortest(char out[NUMBER_SHORTEST], double v)
{
	if (number_is_whole(v)) {
		snprintf(out, NUMBER_SHORTEST, "%.0f", v);
		return out;
	}
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(out, NUMBER_SHORTEST, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return out;
}
