// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into QEMU for --turn: a CPU has its turn for so many instructions, and not up to the
 * next timer.
 *
 * QEMU works out the length of a turn from qemu_clock_deadline_ns_all() (icount_get_limit()), which
 * its module of TCG calls through its table of functions, as it is in another file. The entry is
 * replaced. A nearer deadline stays what it is, and none that is over is hidden, so that timers are
 * as punctual as before.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "turns.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MODULE	"accel-tcg-"
#define CALLED	"qemu_clock_deadline_ns_all"
#define CANNOT	4		/* as BENCH_CANNOT */

typedef int64_t (*deadline_fn)(int clock, int attributes);

static deadline_fn deadline;
static int64_t turn;		/* instructions, of 1 ns each: icount's shift is 0 */

static int64_t cut_deadline(int clock, int attributes)
{
	int64_t ns = deadline(clock, attributes);

	return ns < 0 || ns > turn ? turn : ns;
}

/* What the loader needs to bind calls; it has made addresses of the offsets. */
struct calls {
	const ElfW(Sym) *symbols;
	const char *names;
	const ElfW(Rela) *slots;
	size_t nr;
};

static struct calls calls_of(const struct dl_phdr_info *file)
{
	struct calls c = { 0 };
	const ElfW(Dyn) *d = NULL;

	for (size_t i = 0; i < file->dlpi_phnum; i++)
		if (file->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const void *)(file->dlpi_addr + file->dlpi_phdr[i].p_vaddr);
	for (; d && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			c.symbols = (const void *)d->d_un.d_ptr;
		if (d->d_tag == DT_STRTAB)
			c.names = (const void *)d->d_un.d_ptr;
		if (d->d_tag == DT_JMPREL)
			c.slots = (const void *)d->d_un.d_ptr;
		if (d->d_tag == DT_PLTRELSZ)
			c.nr = d->d_un.d_val / sizeof(*c.slots);
	}
	return c;
}

/* The loader has made the table read-only. No other thread is in the module yet. */
static int replace(void *slot)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *start = (void *)((uintptr_t)slot / page * page);

	if (mprotect(start, page, PROT_READ | PROT_WRITE))
		return 0;
	memcpy(&deadline, slot, sizeof(deadline));
	memcpy(slot, &(deadline_fn){ cut_deadline }, sizeof(deadline));
	return 1;
}

static int look_in(struct dl_phdr_info *file, size_t size, void *unused)
{
	const char *base = strrchr(file->dlpi_name, '/');
	struct calls c;

	(void)size;
	(void)unused;
	if (!base || strncmp(base + 1, MODULE, strlen(MODULE)))
		return 0;
	c = calls_of(file);
	for (size_t i = 0; c.symbols && c.names && i < c.nr; i++) {
		const ElfW(Sym) *s = &c.symbols[ELF64_R_SYM(c.slots[i].r_info)];

		if (!strcmp(c.names + s->st_name, CALLED))
			return replace((void *)(file->dlpi_addr + c.slots[i].r_offset));
	}
	return 0;
}

void turns_shorten(void)
{
	const char *text = getenv(TURN_ENV);

	turn = text ? strtoll(text, NULL, 10) : 0;
	if (turn <= 0 || dl_iterate_phdr(look_in, NULL) == 1)
		return;
	fprintf(stderr,
		"septbench: --turn: this QEMU's turns cannot be cut: no module " MODULE "* calls " CALLED "\n");
	_exit(CANNOT);
}
