/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel image as it comes from a distribution or a build: a vmlinux (ELF) or a bzImage. */
#ifndef BENCH_LINUX_IMAGE_H
#define BENCH_LINUX_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINUX_MAX_PARTS	8

/* @bytes at @offset of the file go to guest address @gpa, zeros behind them up to @size. */
struct linux_part {
	uint64_t offset, bytes, gpa, size;
};

struct linux_image {
	uint64_t entry;			/* 64-bit entry of the boot protocol */
	struct linux_part part[LINUX_MAX_PARTS];
	unsigned int nr;
	uint64_t end;			/* of it in guest memory, working room included */
	const void *setup_header;	/* struct setup_header in the file; NULL in a vmlinux */
};

/*
 * Fills *@i from the @len bytes at @file, which may be anything. NULL, or what is wrong with them.
 * All parts lie within the file and below 4 GiB.
 */
const char *linux_image_parse(const void *file, size_t len, struct linux_image *i);

#endif
