// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers from text. */
#include <criterion/criterion.h>
#include <util/number.h>

Test(number, taken)
{
	static const struct {
		const char *text;
		uint64_t v;
	} good[] = {
		{ "0", 0 }, { "010", 10 }, { "0x10", 16 }, { "0xfF", 255 },
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
		"", " 1", "1 ", "-1", "+1", "1k", "0x", "0x-1", "0xg", "1.5", "1e3", "nan", "inf",
		"18446744073709551616", "0x10000000000000000",
	};
	uint64_t v = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(number_parse(bad[i], &v), "%s", bad[i]);
	cr_expect_eq(v, 77);
}
