// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers from text. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <util/number.h>

Test(number, taken)
{
	static const struct {
		const char *text;
		uint64_t v;
	} good[] = {
		{ "0", 0 }, { "0x10", 16 }, { "0xfF", 255 },
		{ "18446744073709551615", UINT64_MAX }, { "0xffffffffffffffff", UINT64_MAX },
	};
	uint64_t v;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_expect(number_parse(good[i].text, &v), "%s", good[i].text);
		cr_expect_eq(v, good[i].v, "%s", good[i].text);
	}
}

Test(number, refused)
{
	static const char *const bad[] = {
		"", "010", "00", "0X10", " 1", "1 ", "-1", "+1", "1k", "0x", "0x-1", "0xg", "1.5", "1e3", "nan", "inf",
		"18446744073709551616", "0x10000000000000000",
	};
	uint64_t v = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(number_parse(bad[i], &v), "%s", bad[i]);
	cr_expect_eq(v, 77);
}

Test(number, shortest_that_reads_back)
{
	static const struct {
		double v;
		const char *text;
	} good[] = {
		{ 0, "0" }, { -3, "-3" }, { 0.1, "0.1" }, { 1234567, "1234567" },
		{ 1e15, "1000000000000000" }, { 1e300, "1e+300" }, { 0.1234567, "0.1234567" },
	};
	static const double back[] = { 1.0 / 3, 5e-324, 1.7976931348623157e308, 9.007e18 };
	char out[NUMBER_SHORTEST];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect_str_eq(number_shortest(out, good[i].v), good[i].text, "%s", out);
	for (size_t i = 0; i < sizeof(back) / sizeof(back[0]); i++)
		cr_expect_eq(strtod(number_shortest(out, -back[i]), NULL), -back[i], "%s", out);
	cr_expect_not(number_is_whole(0.5));
	cr_expect_not(number_is_whole(1e16));
}
