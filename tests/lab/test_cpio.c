// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive is read back by cpio's own rules, written down here from the format's description. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "cpio.h"

struct archive {
	char *data;
	size_t len, at;
};

static struct archive load(const char *path)
{
	struct archive a = { 0 };
	FILE *f = fopen(path, "r");

	cr_assert_not_null(f);
	fseek(f, 0, SEEK_END);
	a.len = (size_t)ftell(f);
	rewind(f);
	a.data = malloc(a.len);
	cr_assert_eq(fread(a.data, 1, a.len, f), a.len);
	fclose(f);
	return a;
}

static unsigned long field(const char *header, int nr)
{
	char hex[9] = "";

	memcpy(hex, header + 6 + nr * 8, 8);
	return strtoul(hex, NULL, 16);
}

/* Name of the next member; its mode and contents. */
static const char *next(struct archive *a, unsigned long *mode, const char **data, size_t *len)
{
	const char *h = a->data + a->at, *name = h + 110;
	size_t name_len;

	cr_assert_leq(a->at + 110, a->len);
	cr_assert_eq(memcmp(h, "070701", 6), 0, "no header at %zu", a->at);
	*mode = field(h, 1);
	cr_assert_eq(field(h, 2), 0, "owner");
	cr_assert_eq(field(h, 5), 0, "time");
	*len = field(h, 6);
	name_len = field(h, 11);
	cr_assert_eq(name[name_len - 1], 0);
	a->at = (a->at + 110 + name_len + 3) & ~3ul;
	*data = a->data + a->at;
	a->at = (a->at + *len + 3) & ~3ul;
	return name;
}

Test(cpio, writes_what_the_kernel_unpacks)
{
	static const char *const names[] = { "lib",	"lib/a", "lib/a/x",
					     "lib/a/y", "init",	 "TRAILER!!!" };
	static const unsigned long modes[] = { 040755, 040755, 0100644, 0100755, 0100755, 0 };
	char path[] = "/tmp/test-cpio-XXXXXX";
	struct archive a;
	struct cpio *c;

	close(mkstemp(path));
	unlink(path);
	c = cpio_create(path);
	cr_assert_not_null(c);
	cr_expect_eq(cpio_add_data(c, "/lib/a/x", "12345", 5, 0644), 0);
	cr_expect_eq(cpio_add_data(c, "/lib/a/y", "", 0, 0755), 0);
	cr_expect_eq(cpio_add_file(c, "/init", "/proc/self/exe", 0755), 0);
	cr_expect_eq(cpio_close(c), 0);

	a = load(path);
	unlink(path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned long mode;
		const char *data;
		size_t len;

		cr_expect_str_eq(next(&a, &mode, &data, &len), names[i]);
		cr_expect_eq(mode, modes[i], "%s: mode %lo", names[i], mode);
		if (i == 2)
			cr_expect(len == 5 && !memcmp(data, "12345", 5));
		if (i == 4)
			cr_expect(len > 1000 && !memcmp(data, "\177ELF", 4));
	}
	cr_expect_eq(a.at, a.len);
	free(a.data);
}

Test(cpio, says_what_it_could_not_add)
{
	char path[] = "/tmp/test-cpio-XXXXXX";
	struct cpio *c;

	close(mkstemp(path));
	unlink(path);
	c = cpio_create(path);
	cr_assert_not_null(c);
	cr_expect_neq(cpio_add_file(c, "/x", "/no/such/file", 0644), 0);
	cr_expect_neq(cpio_close(c), 0);
	cr_expect_null(cpio_create("/no/such/folder/a"));
	unlink(path);
}
