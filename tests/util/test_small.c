// SPDX-License-Identifier: GPL-2.0-or-later
/* Files, hashes, random numbers, escapes, quantiles: each against values known from elsewhere. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <util/escape.h>
#include <util/file.h>
#include <util/hash.h>
#include <util/quantile.h>
#include <util/random.h>

static char path[] = "/tmp/septbench-util-XXXXXX";

static void make_file(void)
{
	close(mkstemp(path));
}

static void remove_file(void)
{
	unlink(path);
}

Test(file, what_is_written_is_read, .init = make_file, .fini = remove_file)
{
	enum { BIG = 300000 };
	char *big = malloc(BIG), *got;
	size_t len;

	memset(big, 0x5a, BIG);
	big[7] = 0;
	cr_assert_eq(file_write(path, big, BIG), 0);
	got = file_read(path, BIG, &len);
	cr_assert_not_null(got);
	cr_assert_eq(len, BIG);
	cr_assert_arr_eq(got, big, BIG);
	cr_assert_eq(got[BIG], 0);
	free(got);
	cr_assert_null(file_read(path, BIG - 1, &len));
	cr_assert_eq(errno, EFBIG);
	cr_assert_eq(len, 0);
	cr_assert_eq(file_write_sync(path, "ab", 2), 0, "what was there is gone");
	got = file_read(path, SIZE_MAX, &len);
	cr_assert_str_eq(got, "ab");
	free(got);
	free(big);
}

Test(file, errors)
{
	size_t len;

	cr_assert_null(file_read("/no/such/file", 1, &len));
	cr_assert_eq(errno, ENOENT);
	cr_assert_null(file_read("/tmp", 1, &len));
	cr_assert_eq(errno, EISDIR);
	cr_assert_eq(file_write("/no/such/file", "x", 1), -ENOENT);
	cr_assert_eq(file_write("/dev/full", "x", 1), -ENOSPC);
	cr_assert_eq(file_write_all(-1, "x", 1), -EBADF);
}

/* The authors' own test vectors, and a file as the sum of its parts. */
Test(hash, fnv1a, .init = make_file, .fini = remove_file)
{
	uint64_t h = HASH_START;

	cr_assert_eq(hash_add(HASH_START, "", 0), HASH_START);
	cr_assert_eq(hash_add(HASH_START, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
	cr_assert_eq(hash_add(HASH_START, "foobar", 6), UINT64_C(0x85944171f73967e8));
	cr_assert_eq(file_write(path, "bar", 3), 0);
	h = hash_add(h, "foo", 3);
	cr_assert_eq(hash_file(path, &h), 0);
	cr_assert_eq(h, UINT64_C(0x85944171f73967e8));
	cr_assert_eq(hash_file("/no/such/file", &h), -ENOENT);
	cr_assert_eq(hash_file("/tmp", &h), -EIO);
}

/* The first numbers of SplitMix64 from 1234567, as its reference implementation prints them. */
Test(random, splitmix64)
{
	static const uint64_t known[] = {
		UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
		UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
	};
	uint64_t state = 1234567;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		cr_assert_eq(random_next(&state), known[i]);
	for (int i = 0; i < 1000; i++)
		cr_assert_lt(random_below(&state, 7), 7);
	cr_assert_eq(random_below(&state, 1), 0);
}

static void check_markup(const char *s, size_t len, bool ascii, const char *want)
{
	char got[128] = "";
	FILE *f = fmemopen(got, sizeof(got), "w");

	escape_markup(f, s, len, ascii);
	fclose(f);
	cr_expect_str_eq(got, want, "%s: %s", s, got);
}

Test(escape, markup)
{
	check_markup("<a b=\"c\">&", 10, false, "&lt;a b=&quot;c&quot;&gt;&amp;");
	check_markup("<b>", 1, false, "&lt;");
	check_markup("a\nb\x1b\x7f", 9, false, "a\nb??");
	check_markup("\xc3\xa4", 2, false, "\xc3\xa4");
	check_markup("\xc3\xa4", 2, true, "??");
}

Test(quantile, between_two)
{
	double x[] = { 4, 1, 3, 2 }, one[] = { 7 };

	cr_assert_eq(quantile_of(x, 4, 0), 1);
	cr_assert_eq(quantile_of(x, 4, 1), 4);
	cr_assert_eq(quantile_of(x, 4, 0.5), 2.5);
	cr_assert_eq(quantile_of(x, 4, 0.25), 1.75);
	quantile_sort(x, 4);
	cr_assert(x[0] == 1 && x[1] == 2 && x[2] == 3 && x[3] == 4);
	cr_assert_eq(quantile_of(one, 1, 0.9), 7);
}
