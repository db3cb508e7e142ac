// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables.h"

#include <string.h>

/* Within LINUX_TABLES. */
enum { RSDP_AT = 0, XSDT_AT = 0x100, FADT_AT = 0x200, DSDT_AT = 0x400, MADT_AT = 0x800 };

/* Within the EFI part. */
enum { SYSTEM_AT = 0, VENDOR_AT = 0x100, CONFIG_AT = 0x200, MAP_AT = 0x400, BITMAP_AT = 0x1000 };

static void put(unsigned char *at, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[i] = (unsigned char)(v >> 8 * i);
}

static unsigned char checksum(const unsigned char *p, size_t len)
{
	unsigned char sum = 0;

	while (len--)
		sum = (unsigned char)(sum + *p++);
	return (unsigned char)-sum;
}

/* The head of a table whose body is there, and its checksum. */
static void close_table(unsigned char *t, const char *signature, uint32_t len,
			unsigned char revision)
{
	memcpy(t, signature, 4);
	put(t + 4, len, 4);
	t[8] = revision;
	t[9] = 0;
	memcpy(t + 10, "SEPTBNSEPTBNCH", 14);	/* OEM, and its table */
	memcpy(t + 28, "SEPT", 4);
	t[9] = checksum(t, len);
}

static void make_rsdp(unsigned char *t)
{
	memcpy(t, "RSD PTR ", 8);
	memcpy(t + 9, "SEPTBN", 6);
	t[15] = 2;
	put(t + 20, 36, 4);
	put(t + 24, LINUX_TABLES + XSDT_AT, 8);
	t[8] = checksum(t, 20);
	t[32] = checksum(t, 36);
}

/* Hardware-reduced, sleep and power buttons not there, nor VGA, MSI or a CMOS clock. */
static void make_fadt(unsigned char *t)
{
	put(t + 40, LINUX_TABLES + DSDT_AT, 4);
	put(t + 109, 0x4 | 0x8 | 0x20, 2);
	put(t + 112, 1u << 20 | 1u << 4 | 1u << 5, 4);
	put(t + 140, LINUX_TABLES + DSDT_AT, 8);
	close_table(t, "FACP", 276, 6);
}

/* An entry of the MADT: local APIC @id, enabled. */
static unsigned char *add_apic(unsigned char *t, unsigned int id)
{
	t[0] = 0;
	t[1] = 8;
	t[2] = t[3] = (unsigned char)id;
	put(t + 4, 1, 4);
	return t + 8;
}

static void make_madt(unsigned char *t, unsigned int nr_vcpus)
{
	unsigned char *at = t + 44;

	put(t + 36, 0xfee00000, 4);
	for (unsigned int i = 0; i < nr_vcpus; i++)
		at = add_apic(at, i);
	at[0] = 16;	/* MP wake-up */
	at[1] = 16;
	put(at + 8, LINUX_MAILBOX, 8);
	close_table(t, "APIC", (uint32_t)(at + 16 - t), 5);
}

void linux_acpi(unsigned char t[LINUX_EFI_AT], unsigned int nr_vcpus)
{
	make_rsdp(t + RSDP_AT);
	put(t + XSDT_AT + 36, LINUX_TABLES + FADT_AT, 8);
	put(t + XSDT_AT + 44, LINUX_TABLES + MADT_AT, 8);
	close_table(t + XSDT_AT, "XSDT", 52, 1);
	make_fadt(t + FADT_AT);
	close_table(t + DSDT_AT, "DSDT", 36, 2);
	make_madt(t + MADT_AT, nr_vcpus);
}

enum { EFI_CONVENTIONAL = 7, EFI_ACPI_RECLAIM = 9 };
#define EFI_DESCRIPTOR	40
#define EFI_NR_DESCRIPTORS 3

static unsigned char *add_descriptor(unsigned char *t, uint32_t type, uint64_t start, uint64_t end)
{
	put(t, type, 4);
	put(t + 8, start, 8);
	put(t + 24, (end - start) / 4096, 8);
	put(t + 32, 0xf, 8);	/* cacheable in every way */
	return t + EFI_DESCRIPTOR;
}

void linux_efi(unsigned char t[LINUX_TABLES_SIZE - LINUX_EFI_AT], uint64_t memory,
	       bool (*accepted)(uint64_t unit, const void *arg), const void *arg)
{
	/* LINUX_EFI_UNACCEPTED_MEM_TABLE_GUID */
	static const unsigned char guid[16] = { 0x3c, 0xde, 0xd1, 0xd5, 0x5c, 0x10, 0xf9, 0x44,
						0x9e, 0xa9, 0xbc, 0xef, 0x98, 0x12, 0x00, 0x31 };
	const uint64_t base = LINUX_TABLES + LINUX_EFI_AT, units = memory / LINUX_UNIT;
	unsigned char *map = t + MAP_AT;

	memcpy(t + SYSTEM_AT, "IBI SYST", 8);
	put(t + 8, 0x2001e, 4);
	put(t + 12, 120, 4);
	put(t + 24, base + VENDOR_AT, 8);
	put(t + 104, 1, 8);
	put(t + 112, base + CONFIG_AT, 8);
	for (int i = 0; i < 9; i++)
		put(t + VENDOR_AT + 2 * i, (unsigned char)"septbench"[i], 2);
	memcpy(t + CONFIG_AT, guid, sizeof(guid));
	put(t + CONFIG_AT + 16, base + BITMAP_AT, 8);
	map = add_descriptor(map, EFI_CONVENTIONAL, 0, LINUX_TABLES);
	map = add_descriptor(map, EFI_ACPI_RECLAIM, LINUX_TABLES, LINUX_TABLES + LINUX_TABLES_SIZE);
	add_descriptor(map, EFI_CONVENTIONAL, 1 << 20, memory);
	put(t + BITMAP_AT, 1, 4);		/* version */
	put(t + BITMAP_AT + 4, LINUX_UNIT, 4);
	put(t + BITMAP_AT + 16, (units + 7) / 8, 8);
	for (uint64_t u = 0; u < units; u++)
		if (!accepted(u, arg))
			t[BITMAP_AT + 24 + u / 8] |= (unsigned char)(1 << u % 8);
}

static void add_e820(struct boot_params *bp, uint64_t start, uint64_t end, uint32_t type)
{
	bp->e820_table[bp->e820_entries++] = (struct boot_e820_entry){ start, end - start, type };
}

void linux_boot_params(struct boot_params *bp, const void *header, uint64_t memory,
		       uint64_t initrd, uint64_t initrd_size, bool efi)
{
	enum { RAM = 1, ACPI = 3, NVS = 4 };	/* reserved memory is what Linux maps shared */

	if (header)
		memcpy(&bp->hdr, header, sizeof(bp->hdr));
	bp->hdr.type_of_loader = 0xff;
	bp->hdr.boot_flag = 0xaa55;
	bp->hdr.header = 0x53726448;
	bp->hdr.version = 0x20f;
	bp->hdr.loadflags |= LOADED_HIGH;
	bp->hdr.cmd_line_ptr = LINUX_COMMAND_LINE;
	bp->hdr.cmdline_size = LINUX_MAX_COMMAND;
	bp->hdr.ramdisk_image = (uint32_t)initrd;
	bp->hdr.ramdisk_size = (uint32_t)initrd_size;
	bp->hdr.kernel_alignment = LINUX_UNIT;
	bp->acpi_rsdp_addr = LINUX_TABLES;
	add_e820(bp, 0, LINUX_MAILBOX, RAM);
	add_e820(bp, LINUX_MAILBOX, LINUX_MAILBOX + 4096, NVS);
	add_e820(bp, LINUX_TABLES, LINUX_TABLES + LINUX_TABLES_SIZE, ACPI);
	add_e820(bp, 1 << 20, memory, RAM);
	if (!efi)
		return;
	memcpy(&bp->efi_info.efi_loader_signature, "EL64", 4);
	bp->efi_info.efi_systab = (uint32_t)(LINUX_TABLES + LINUX_EFI_AT);
	bp->efi_info.efi_memdesc_size = EFI_DESCRIPTOR;
	bp->efi_info.efi_memdesc_version = 1;
	bp->efi_info.efi_memmap = (uint32_t)(LINUX_TABLES + LINUX_EFI_AT + MAP_AT);
	bp->efi_info.efi_memmap_size = EFI_NR_DESCRIPTORS * EFI_DESCRIPTOR;
}
