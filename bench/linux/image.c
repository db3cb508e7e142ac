// SPDX-License-Identifier: GPL-2.0-or-later
#include "image.h"

#include <elf.h>
#include <string.h>

#include <asm/bootparam.h>

#define LIMIT		(1ull << 32)
#define HEADER_AT	0x1f1
#define MAGIC_AT	0x202
#define BZ_MIN		0x300
#define PROTOCOL_64	0x20c	/* the first with a 64-bit entry */
#define ENTRY_64	0x200

/* What does not fit the file or the memory below 4 GiB is no part. */
static bool add_part(struct linux_image *i, size_t len, struct linux_part p)
{
	if (i->nr == LINUX_MAX_PARTS || p.offset > len || p.bytes > len - p.offset)
		return false;
	if (p.size < p.bytes || p.gpa >= LIMIT || p.size > LIMIT - p.gpa)
		return false;
	i->part[i->nr++] = p;
	if (p.gpa + p.size > i->end)
		i->end = p.gpa + p.size;
	return true;
}

static const char *parse_elf(const unsigned char *file, size_t len, struct linux_image *i)
{
	Elf64_Ehdr e;
	Elf64_Phdr p;

	memcpy(&e, file, sizeof(e));
	if (e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_machine != EM_X86_64 ||
	    e.e_phentsize != sizeof(p))
		return "not an ELF file for x86-64";
	for (unsigned int k = 0; k < e.e_phnum; k++) {
		if (e.e_phoff > len || sizeof(p) * (k + 1ull) > len - e.e_phoff)
			return "its ELF program headers lie beyond its end";
		memcpy(&p, file + e.e_phoff + k * sizeof(p), sizeof(p));
		if (p.p_type == PT_LOAD && p.p_memsz &&
		    !add_part(i, len, (struct linux_part){ p.p_offset, p.p_filesz, p.p_paddr,
							   p.p_memsz }))
			return "an ELF segment lies beyond its end, or beyond 4 GiB";
	}
	i->entry = e.e_entry;
	return i->nr ? NULL : "an ELF file without anything to load";
}

static const char *parse_bzimage(const unsigned char *file, size_t len, struct linux_image *i)
{
	struct setup_header h;
	uint64_t setup;

	memcpy(&h, file + HEADER_AT, sizeof(h));
	if (h.version < PROTOCOL_64 || !(h.xloadflags & XLF_KERNEL_64))
		return "a bzImage without a 64-bit entry";
	setup = (h.setup_sects ? h.setup_sects + 1u : 5u) * 512u;
	if (setup >= len || !add_part(i, len, (struct linux_part){ setup, len - setup,
								   h.pref_address, len - setup }))
		return "a bzImage that is cut short, or wants to be beyond 4 GiB";
	/* It unpacks itself where it is, and uses that much memory before it looks at the map. */
	if (h.init_size > LIMIT - h.pref_address)
		return "a bzImage that wants more than 4 GiB";
	if (h.pref_address + h.init_size > i->end)
		i->end = h.pref_address + h.init_size;
	i->entry = h.pref_address + ENTRY_64;
	i->setup_header = file + HEADER_AT;
	return NULL;
}

const char *linux_image_parse(const void *file, size_t len, struct linux_image *i)
{
	const unsigned char *f = file;

	memset(i, 0, sizeof(*i));
	if (len >= sizeof(Elf64_Ehdr) && !memcmp(f, ELFMAG, SELFMAG))
		return parse_elf(f, len, i);
	if (len >= BZ_MIN && !memcmp(f + MAGIC_AT, "HdrS", 4))
		return parse_bzimage(f, len, i);
	return "neither a vmlinux nor a bzImage";
}
