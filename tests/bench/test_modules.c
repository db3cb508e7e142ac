// SPDX-License-Identifier: GPL-2.0-or-later
/* Build ids out of ELF notes, sound and unsound. */
#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

/* Appends a note; returns the new length. */
static size_t put(unsigned char *at, size_t len, unsigned int type, const char *name,
		  const void *desc, size_t n)
{
	Elf64_Nhdr h = { .n_namesz = (unsigned int)strlen(name) + 1,
			 .n_descsz = (unsigned int)n,
			 .n_type = type };

	memcpy(at + len, &h, sizeof(h));
	len += sizeof(h);
	memcpy(at + len, name, h.n_namesz);
	len += (h.n_namesz + 3) & ~3u;
	memcpy(at + len, desc, n);
	return len + ((n + 3) & ~(size_t)3);
}

static const unsigned char id[20] = { 0xca, 0xfe, 0x00, 0x01, [19] = 0xff };

Test(build_id, found_behind_other_notes)
{
	unsigned char notes[256] = { 0 };
	char hex[BUILD_ID_HEX];
	size_t n = 0;

	n = put(notes, n, 1, "Linux", "abc", 3);
	n = put(notes, n, 1, "GNU", "abcd", 4);
	n = put(notes, n, NT_GNU_BUILD_ID, "GNU", id, sizeof(id));
	cr_assert_eq(modules_parse_build_id(notes, n, hex), 0);
	cr_assert_str_eq(hex, "cafe0001000000000000000000000000000000ff");
}

Test(build_id, absent)
{
	unsigned char notes[256] = { 0 };
	char hex[BUILD_ID_HEX];

	cr_assert_eq(modules_parse_build_id(notes, 0, hex), -ENOENT);
	cr_assert_eq(modules_parse_build_id(notes, put(notes, 0, 1, "Linux", "abc", 3), hex),
		     -ENOENT);
}

/*
 * Every cut of a good file is refused or has no id; none is read past its end (the sanitizer
 * looks).
 */
Test(build_id, truncated)
{
	unsigned char notes[256] = { 0 };
	size_t n = put(notes, put(notes, 0, 1, "Linux", "abc", 3), NT_GNU_BUILD_ID, "GNU", id,
		       sizeof(id));
	char hex[BUILD_ID_HEX];

	for (size_t cut = 0; cut < n; cut++) {
		unsigned char *copy = malloc(cut ? cut : 1);

		memcpy(copy, notes, cut);
		cr_assert_neq(modules_parse_build_id(copy, cut, hex), 0, "%zu of %zu bytes", cut,
			      n);
		free(copy);
	}
}

Test(build_id, lying_sizes)
{
	unsigned char notes[256] = { 0 };
	char hex[BUILD_ID_HEX];
	size_t n = put(notes, 0, NT_GNU_BUILD_ID, "GNU", id, sizeof(id));
	Elf64_Nhdr *h = (Elf64_Nhdr *)notes;

	h->n_descsz = 0xffffffff;
	cr_assert_eq(modules_parse_build_id(notes, n, hex), -EBADMSG);
	h->n_descsz = sizeof(id);
	h->n_namesz = 0xfffffffe;
	cr_assert_eq(modules_parse_build_id(notes, n, hex), -EBADMSG);
	h->n_namesz = 4;
	h->n_descsz = 0;
	cr_assert_eq(modules_parse_build_id(notes, n, hex), -EBADMSG);
}

Test(build_id, too_long)
{
	static const unsigned char longest[40];
	unsigned char notes[256] = { 0 };
	char hex[BUILD_ID_HEX];

	cr_assert_eq(modules_parse_build_id(
			     notes, put(notes, 0, NT_GNU_BUILD_ID, "GNU", longest, 32), hex),
		     0);
	cr_assert_eq(modules_parse_build_id(
			     notes, put(notes, 0, NT_GNU_BUILD_ID, "GNU", longest, 40), hex),
		     -EBADMSG);
}

Test(manifest, builds_are_read_and_nothing_else)
{
	struct manifest_build b;
	char hex[BUILD_ID_HEX + 1], line[2 * BUILD_ID_HEX];

	cr_assert(manifest_build("buildid", "kvm_amd cafe", &b));
	cr_expect(!b.tdx && !strcmp(b.module, "kvm_amd") && !strcmp(b.id, "cafe"));
	cr_assert(manifest_build("buildid-tdx", "kvm_intel 00", &b));
	cr_expect(b.tdx && !strcmp(b.module, "kvm_intel") && !strcmp(b.id, "00"));
	cr_expect_not(manifest_build("buildid-other", "kvm 11", &b));
	cr_expect_not(manifest_build("variant", "a b", &b));
	cr_expect_not(manifest_build("buildid", "kvm", &b));
	cr_expect_not(manifest_build("buildid", "kvm ", &b));
	cr_expect_not(manifest_build("buildid", " 11", &b));
	cr_expect_not(manifest_build("buildid", "kvm 11 22", &b));
	memset(hex, 'a', BUILD_ID_HEX);
	hex[BUILD_ID_HEX] = 0;
	snprintf(line, sizeof(line), "kvm %s", hex);
	cr_expect_not(manifest_build("buildid", line, &b), "an id that is too long");
	line[strlen(line) - 1] = 0;
	cr_expect(manifest_build("buildid", line, &b));
}
