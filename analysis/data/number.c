// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"

static char *format(char buf[NUMBER_LEN], const char *sign, double v, int width)
{
	int digits = width;
	char fmt[16];

	if (isnan(v))
		return strcpy(buf, "-");
	snprintf(fmt, sizeof(fmt), "%%%s.0f", sign);
	if (v == floor(v) && snprintf(buf, NUMBER_LEN, fmt, v) <= width)
		return buf;
	snprintf(fmt, sizeof(fmt), "%%%s.*g", sign);
	while (snprintf(buf, NUMBER_LEN, fmt, digits, v) > width && digits > 1)
		digits--;
	return buf;
}

char *number_value(char buf[NUMBER_LEN], double v, int width)
{
	return format(buf, "", v, width);
}

static bool is_fraction(double v)
{
	double of = round(1 / v);

	return of >= 2 && of < 1e5 && fabs(v * of - 1) < 1e-9;
}

char *number_short(char buf[NUMBER_LEN], double v, bool event)
{
	static const char scales[] = { '\0', 'k', 'M', 'G', 'T', 'P' };
	char digits[NUMBER_LEN];
	double size = fabs(v);
	int power, scale;

	if (isnan(v) || v == 0)
		return strcpy(buf, isnan(v) ? "-" : "0");
	if (event && is_fraction(v))
		snprintf(buf, NUMBER_LEN, "1/%.0f", 1 / v);
	else if (size < 1e-3 || size >= 9.9995e17)
		snprintf(buf, NUMBER_LEN, "%.0e", v);
	else if (size < 9999.5)
		snprintf(buf, NUMBER_LEN, "%.4g", v);
	else {
		/* The power of ten after rounding to four digits. */
		snprintf(digits, sizeof(digits), "%.3e", v);
		power = atoi(strchr(digits, 'e') + 1);
		scale = power / 3;
		snprintf(buf, NUMBER_LEN, "%.4g%c", strtod(digits, NULL) / pow(1000, scale),
			 scales[scale]);
	}
	return buf;
}

char *number_delta(char buf[NUMBER_LEN], double v, int width)
{
	return v == 0 ? strcpy(buf, "0") : format(buf, "+", v, width);
}

char *number_percent(char buf[NUMBER_LEN], double ratio)
{
	double percent = 100 * ratio, size = fabs(percent);

	if (isnan(ratio))
		strcpy(buf, "-");
	else if (percent == 0)
		strcpy(buf, "0%");
	else if (size < 0.01 || size >= 1e5)
		snprintf(buf, NUMBER_LEN, "%+.0e%%", percent);
	else
		snprintf(buf, NUMBER_LEN, "%+.*f%%",
			 size < 10     ? 2 :
			 size < 999.95 ? 1 :
					 0,
			 percent);
	return buf;
}

char *number_size(char buf[NUMBER_LEN], double ratio)
{
	number_percent(buf, fabs(ratio));
	if (*buf == '+')
		memmove(buf, buf + 1, strlen(buf));
	return buf;
}

char *number_p(char buf[NUMBER_LEN], double p)
{
	if (p < 0.0001)
		strcpy(buf, "<0.0001");
	else
		snprintf(buf, NUMBER_LEN, "%.4f", p);
	return buf;
}
