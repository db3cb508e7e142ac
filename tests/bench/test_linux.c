// SPDX-License-Identifier: GPL-2.0-or-later
/* What a Linux guest starts from: images of any bytes, tables, boot parameters, the serial port. */
#include <criterion/criterion.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "linux/image.h"
#include "linux/serial.h"
#include "linux/tables.h"

static unsigned char file[8192];

static void make_elf(unsigned int segments)
{
	Elf64_Ehdr e = { .e_machine = EM_X86_64, .e_entry = 0x1000100, .e_phoff = sizeof(e),
			 .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = (Elf64_Half)segments };

	memset(file, 0, sizeof(file));
	memcpy(e.e_ident, ELFMAG, SELFMAG);
	e.e_ident[EI_CLASS] = ELFCLASS64;
	memcpy(file, &e, sizeof(e));
	for (unsigned int i = 0; i < segments; i++) {
		Elf64_Phdr p = { .p_type = PT_LOAD, .p_offset = 4096, .p_filesz = 100,
				 .p_memsz = 0x3000, .p_paddr = 0x1000000 + i * 0x10000ull };

		memcpy(file + sizeof(e) + i * sizeof(p), &p, sizeof(p));
	}
}

static struct setup_header *make_bzimage(void)
{
	struct setup_header *h = (void *)(file + 0x1f1);

	memset(file, 0, sizeof(file));
	memcpy(file + 0x202, "HdrS", 4);
	h->version = 0x20f;
	h->setup_sects = 3;
	h->xloadflags = XLF_KERNEL_64;
	h->pref_address = 0x1000000;
	h->init_size = 0x800000;
	return h;
}

Test(linux_guest, a_vmlinux_is_its_segments)
{
	struct linux_image i;

	make_elf(2);
	cr_assert_null(linux_image_parse(file, sizeof(file), &i));
	cr_assert_eq(i.nr, 2);
	cr_assert_eq(i.entry, 0x1000100);
	cr_assert_eq(i.part[1].gpa, 0x1010000);
	cr_assert_eq(i.part[1].bytes, 100);
	cr_assert_eq(i.part[1].size, 0x3000);
	cr_assert_eq(i.end, 0x1013000);
	cr_assert_null(i.setup_header);
}

Test(linux_guest, a_bzimage_is_one_part_and_room_to_unpack)
{
	struct linux_image i;

	make_bzimage();
	cr_assert_null(linux_image_parse(file, sizeof(file), &i));
	cr_assert_eq(i.nr, 1);
	cr_assert_eq(i.part[0].offset, 4 * 512);
	cr_assert_eq(i.part[0].bytes, sizeof(file) - 4 * 512);
	cr_assert_eq(i.entry, 0x1000200);
	cr_assert_eq(i.end, 0x1800000);
	cr_assert_eq(i.setup_header, file + 0x1f1);
}

Test(linux_guest, what_is_no_kernel_is_refused)
{
	struct linux_image i;

	memset(file, 0, sizeof(file));
	cr_assert_not_null(linux_image_parse(file, sizeof(file), &i));
	cr_assert_not_null(linux_image_parse(file, 0, &i));
	make_elf(0);
	cr_assert_not_null(linux_image_parse(file, sizeof(file), &i));
	make_elf(LINUX_MAX_PARTS + 1);
	cr_assert_not_null(linux_image_parse(file, sizeof(file), &i));
	make_elf(1);
	cr_assert_not_null(linux_image_parse(file, 100, &i));
	cr_assert_not_null(linux_image_parse(file, 4100, &i));
	make_bzimage()->xloadflags = 0;
	cr_assert_not_null(linux_image_parse(file, sizeof(file), &i));
	make_bzimage()->init_size = 0xffffffff;
	cr_assert_not_null(linux_image_parse(file, sizeof(file), &i));
}

/* Images with bytes of their headers changed: what is taken lies within file and memory. */
Test(linux_guest, images_of_any_bytes)
{
	struct linux_image i;

	srandom(1);
	for (int n = 0; n < 100000; n++) {
		if (n & 1)
			make_elf(1 + (unsigned int)random() % 4);
		else
			make_bzimage();
		for (int k = 0; k < 6; k++)
			file[(n & 1 ? 16 : 0x1f1) + random() % 128] = (unsigned char)random();
		if (linux_image_parse(file, (size_t)random() % sizeof(file), &i))
			continue;
		for (unsigned int k = 0; k < i.nr; k++) {
			cr_assert_leq(i.part[k].offset + i.part[k].bytes, sizeof(file));
			cr_assert_leq(i.part[k].bytes, i.part[k].size);
			cr_assert_leq(i.part[k].gpa + i.part[k].size, 1ull << 32);
			cr_assert_leq(i.part[k].gpa + i.part[k].size, i.end);
		}
	}
}

static unsigned char sum(const unsigned char *p, size_t n)
{
	unsigned char s = 0;

	while (n--)
		s = (unsigned char)(s + *p++);
	return s;
}

static uint32_t word(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* From the RSDP to every table: signatures and sums, and one local APIC for each vCPU. */
Test(linux_guest, acpi_tables_lead_to_each_other)
{
	static unsigned char t[LINUX_EFI_AT];
	const unsigned char *xsdt, *madt, *fadt, *at;
	unsigned int apics = 0, mailboxes = 0;

	linux_acpi(t, 5);
	cr_assert_arr_eq(t, "RSD PTR ", 8);
	cr_assert_eq(sum(t, 20), 0);
	cr_assert_eq(sum(t, 36), 0);
	xsdt = t + (word(t + 24) - LINUX_TABLES);
	cr_assert_arr_eq(xsdt, "XSDT", 4);
	cr_assert_eq(sum(xsdt, word(xsdt + 4)), 0);
	fadt = t + (word(xsdt + 36) - LINUX_TABLES);
	madt = t + (word(xsdt + 44) - LINUX_TABLES);
	cr_assert_arr_eq(fadt, "FACP", 4);
	cr_assert_eq(sum(fadt, word(fadt + 4)), 0);
	cr_assert_arr_eq(t + (word(fadt + 140) - LINUX_TABLES), "DSDT", 4);
	cr_assert_arr_eq(madt, "APIC", 4);
	cr_assert_eq(sum(madt, word(madt + 4)), 0);
	for (at = madt + 44; at < madt + word(madt + 4); at += at[1]) {
		cr_assert_gt(at[1], 0);
		if (at[0] == 0)
			cr_assert_eq(at[3], apics++);
		mailboxes += at[0] == 16 && word(at + 8) == LINUX_MAILBOX;
	}
	cr_assert_eq(apics, 5);
	cr_assert_eq(mailboxes, 1);
}

/* 64 vCPUs, the most there may be, fit before the EFI tables. */
Test(linux_guest, the_largest_acpi_table_fits)
{
	static unsigned char t[LINUX_EFI_AT + 1];

	t[LINUX_EFI_AT] = 0x5a;
	linux_acpi(t, 64);
	cr_assert_eq(t[LINUX_EFI_AT], 0x5a);
}

static bool every_third(uint64_t unit, const void *arg)
{
	(void)arg;
	return unit % 3 == 0;
}

Test(linux_guest, unaccepted_units_have_a_bit)
{
	static unsigned char t[LINUX_TABLES_SIZE - LINUX_EFI_AT];
	const unsigned char *config, *bitmap;

	linux_efi(t, 256 << 20, every_third, NULL);
	config = t + (word(t + 112) - LINUX_TABLES - LINUX_EFI_AT);
	bitmap = t + (word(config + 16) - LINUX_TABLES - LINUX_EFI_AT);
	cr_assert_eq(word(bitmap), 1);
	cr_assert_eq(word(bitmap + 4), 2 << 20);
	cr_assert_eq(word(bitmap + 16), 16);
	for (unsigned int u = 0; u < 128; u++)
		cr_assert_eq(bitmap[24 + u / 8] >> u % 8 & 1, u % 3 != 0, "unit %u", u);
}

Test(linux_guest, boot_parameters_cover_memory_once)
{
	static struct boot_params bp;
	uint64_t last = 0;

	linux_boot_params(&bp, NULL, 256 << 20, 0xf000000, 4096, true);
	for (unsigned int i = 0; i < bp.e820_entries; i++) {
		cr_assert_geq(bp.e820_table[i].addr, last);
		last = bp.e820_table[i].addr + bp.e820_table[i].size;
	}
	cr_assert_eq(last, 256 << 20);
	cr_assert_eq(bp.acpi_rsdp_addr, LINUX_TABLES);
	cr_assert_arr_eq(&bp.efi_info.efi_loader_signature, "EL64", 4);
	cr_assert_eq(bp.hdr.ramdisk_image, 0xf000000);
}

static char lines[2][SERIAL_LINE];
static int nr_lines;

static void said(void *arg, const char *line)
{
	(void)arg;
	strcpy(lines[nr_lines++ & 1], line);
}

static void send(struct serial *s, const char *text)
{
	while (*text)
		serial_write(s, 0, (uint8_t)*text++);
}

Test(linux_guest, the_serial_port_says_lines)
{
	struct serial s = { .said = said };

	send(&s, "one\r\ntwo");
	cr_assert_eq(nr_lines, 1);
	cr_assert_str_eq(lines[0], "one");
	/* The divisor's bytes are no characters. */
	serial_write(&s, 3, 0x80);
	send(&s, "xx\n");
	serial_write(&s, 3, 3);
	send(&s, "\n");
	cr_assert_eq(nr_lines, 2);
	cr_assert_str_eq(lines[1], "two");
	cr_assert_eq(serial_read(&s, 5), 0x60);
	/* A flood without an end is cut. */
	for (int i = 0; i < 1000; i++)
		serial_write(&s, 0, 'y');
	cr_assert_eq(nr_lines, 5);
	cr_assert_eq(strlen(lines[0]), SERIAL_LINE - 1);
	/* Linux finds the chip by its loopback: request to send comes back as clear to send. */
	serial_write(&s, 4, 0x12);
	cr_assert_eq(serial_read(&s, 6), 0x10);
}
