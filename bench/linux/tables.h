/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What firmware would leave in memory for Linux: ACPI tables with one local APIC per vCPU and the
 * MP wake-up mailbox; an EFI system table that holds nothing but the table of unaccepted memory;
 * the boot parameters. All of it lies below 1 MiB, at the addresses here.
 */
#ifndef BENCH_LINUX_TABLES_H
#define BENCH_LINUX_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <asm/bootparam.h>

#define LINUX_BOOT_PARAMS	0x7000ull
#define LINUX_COMMAND_LINE	0x8000ull
#define LINUX_MAILBOX		0x9f000ull
#define LINUX_TABLES		0xe0000ull	/* ACPI, then EFI */
#define LINUX_TABLES_SIZE	0x10000ull
#define LINUX_EFI_AT		0x8000ull	/* within it */
#define LINUX_UNIT		(2ull << 20)	/* of unaccepted memory */
#define LINUX_MAX_COMMAND	2047

/* Writes the ACPI tables for @nr_vcpus to the zeroed memory @t at LINUX_TABLES; first the RSDP. */
void linux_acpi(unsigned char t[LINUX_EFI_AT], unsigned int nr_vcpus);

/*
 * Writes the EFI tables of a guest with @memory bytes to @t, that memory's second part. Bit n of
 * the bitmap says that the guest has to accept the nth LINUX_UNIT itself: where @accepted is false.
 */
void linux_efi(unsigned char t[LINUX_TABLES_SIZE - LINUX_EFI_AT], uint64_t memory,
	       bool (*accepted)(uint64_t unit, const void *arg), const void *arg);

/*
 * Fills the zeroed @bp. @header: a bzImage's setup header, NULL: none. @efi: the tables of
 * linux_efi() are there.
 */
void linux_boot_params(struct boot_params *bp, const void *header, uint64_t memory,
		       uint64_t initrd, uint64_t initrd_size, bool efi);

#endif
