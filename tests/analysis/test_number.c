// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include <criterion/criterion.h>

#include "analysis/data/data.h"

Test(number, values_fit_and_keep_their_digits)
{
	static const struct { double v; const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 12345678, "12345678" },
		{ 123456789, "1.23e+08" },
		{ 0.001953125, "0.001953" },
		{ 1843.25, "1843.25" },
		{ -0.5, "-0.5" },
		{ 1.0 / 3, "0.333333" },
		{ 1e-9, "1e-09" },
		{ NAN, "-" },
	};
	char buf[NUMBER_LEN];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_str_eq(number_value(buf, cases[i].v, 8), cases[i].text);
		cr_assert_leq(strlen(buf), 8);
	}
}

Test(number, percentages)
{
	static const struct { double v; const char *text; } cases[] = {
		{ 0, "0%" }, { 0.0342, "+3.42%" }, { -0.998046875, "-99.8%" }, { 2.5, "+250.0%" },
		{ 12.5, "+1250%" }, { 12345, "+1e+06%" }, { 0.000031, "+3e-03%" }, { NAN, "-" },
	};
	char buf[NUMBER_LEN];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_str_eq(number_percent(buf, cases[i].v), cases[i].text);
		cr_assert_leq(strlen(buf), 7);
	}
}

Test(number, deltas_and_p)
{
	char buf[NUMBER_LEN];

	cr_assert_str_eq(number_delta(buf, 123, 8), "+123");
	cr_assert_str_eq(number_delta(buf, -0.99609375, 8), "-0.99609");
	cr_assert_str_eq(number_delta(buf, 0, 8), "0");
	cr_assert_str_eq(number_p(buf, 0.028571), "0.0286");
	cr_assert_str_eq(number_p(buf, 1e-5), "<0.0001");
}

Test(number, four_digits_in_seven_characters)
{
	static const struct { double v; bool event; const char *text; } cases[] = {
		{ 0, true, "0" },	       { 7197, false, "7197" },	   { 16459, false, "16.46k" },
		{ 9999.6, false, "10k" },      { 1.0 / 256, true, "1/256" }, { 0.00390625, false, "0.003906" },
		{ 0.013671875, true, "0.01367" }, { 1, true, "1" },	   { 523018, false, "523k" },
		{ 1234567890, false, "1.235G" }, { -82400.7, false, "-82.4k" }, { 1e-5, false, "1e-05" },
		{ 1.2e308, false, "1e+308" },  { NAN, false, "-" },	   { 0.5, true, "1/2" },
	};
	char buf[NUMBER_LEN];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_str_eq(number_short(buf, cases[i].v, cases[i].event), cases[i].text);
		cr_assert_leq(strlen(buf), 8);
	}
}
