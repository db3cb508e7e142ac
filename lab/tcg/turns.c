// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into QEMU for --turn: a CPU has its turn for so many instructions, and not up to the
 * next timer. A nearer deadline stays what it is, so that timers are as punctual as before.
 *
 * Where QEMU's TCG is a module (before 8.1), it works out the length of a turn from
 * qemu_clock_deadline_ns_all() (icount_get_limit()), which it calls through its table of functions,
 * as that is in another file: the entry is replaced. None that is over is hidden. So is that of
 * icount_prepare_for_run(), with which a turn begins. Where TCG is in the program (10 and 11), the
 * length is the second argument of that function, which is called at one place: that call is led
 * through cut_budget().
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "turns.h"

#include "side.h"

#include <dlfcn.h>
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
#define PREPARE	"icount_prepare_for_run"
/* Came with that second argument (8.1). */
#define BUDGET	"icount_percpu_budget"
#define CALL	0xe8		/* x86: and 32 bits, from the next instruction on */
#define CALL_LEN	5
#define NEAR	(1UL << 20)	/* steps in which a free page is looked for */
#define MAX_STEPS	1024		/* in the reach of a call */
#define CANNOT	4		/* as BENCH_CANNOT */

typedef int64_t (*deadline_fn)(int clock, int attributes);
typedef void (*prepare_fn)(void *cpu, int64_t budget);

static deadline_fn deadline;
static prepare_fn prepare;
/* Instructions, of 1 ns each: icount's shift is 0. That of the CPU that runs next. */
static int64_t turn;

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

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

static const ElfW(Rela) *slot_of(const struct calls *c, const char *name)
{
	for (size_t i = 0; c->symbols && c->names && i < c->nr; i++)
		if (!strcmp(c->names + c->symbols[ELF64_R_SYM(c->slots[i].r_info)].st_name, name))
			return &c->slots[i];
	return NULL;
}

/* Where the page is that @at is in. */
static char *page_of(const void *at)
{
	return (char *)((uintptr_t)at & ~(page_size() - 1));
}

static void cut_budget(void *cpu, int64_t budget)
{
	turn = side_turn(cpu);
	prepare(cpu, budget > turn ? turn : budget);
}

/*
 * In the table of functions of the module at @base. The loader has made it read-only. No other
 * thread is in the module yet.
 */
static int replace(uintptr_t base, const ElfW(Rela) *deadlines, const ElfW(Rela) *turns)
{
	void *at_deadlines = (void *)(base + deadlines->r_offset);
	void *at_turns = (void *)(base + turns->r_offset);

	if (mprotect(page_of(at_deadlines), page_size(), PROT_READ | PROT_WRITE) ||
	    mprotect(page_of(at_turns), page_size(), PROT_READ | PROT_WRITE))
		return 0;
	memcpy(&deadline, at_deadlines, sizeof(deadline));
	memcpy(&prepare, at_turns, sizeof(prepare));
	memcpy(at_deadlines, &(deadline_fn){ cut_deadline }, sizeof(deadline));
	/* The second argument is one that this QEMU's does not take. */
	memcpy(at_turns, &(prepare_fn){ cut_budget }, sizeof(prepare));
	return 1;
}

/* The call of @to in the program's code from @at to @end; NULL: none. */
static unsigned char *call_of(unsigned char *at, const unsigned char *end, uintptr_t to)
{
	int32_t way;

	for (; at + CALL_LEN <= end; at++) {
		memcpy(&way, at + 1, sizeof(way));
		if (*at == CALL && (uintptr_t)(at + CALL_LEN) + (uintptr_t)(intptr_t)way == to)
			return at;
	}
	return NULL;
}

/* A way to cut_budget() in reach of calls: movabs $cut_budget, %rax; jmp *%rax */
static unsigned char *lay_way(uintptr_t base)
{
	unsigned char way[12] = { 0x48, 0xb8, [10] = 0xff, [11] = 0xe0 };
	uint64_t to = (uint64_t)(uintptr_t)cut_budget;
	void *page = MAP_FAILED;

	memcpy(way + 2, &to, sizeof(to));
	for (size_t i = 1; i <= MAX_STEPS && page == MAP_FAILED; i++)
		page = mmap((void *)(base / NEAR * NEAR - i * NEAR), page_size(),
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (page == MAP_FAILED)
		return NULL;
	memcpy(page, way, sizeof(way));
	return mprotect(page, page_size(), PROT_READ | PROT_EXEC) ? NULL : page;
}

static int lead(unsigned char *call, uintptr_t base)
{
	const unsigned char *way = lay_way(base);
	char *start = page_of(call);
	size_t len = (size_t)(page_of(call + CALL_LEN - 1) - start) + page_size();
	int32_t by;

	if (!way || mprotect(start, len, PROT_READ | PROT_WRITE | PROT_EXEC))
		return 0;
	by = (int32_t)(way - (call + CALL_LEN));
	memcpy(call + 1, &by, sizeof(by));
	return !mprotect(start, len, PROT_READ | PROT_EXEC);
}

/* TCG in the program itself, which the loader names first, and by no name. */
static int look_in_program(const struct dl_phdr_info *file)
{
	void *found = dlsym(RTLD_DEFAULT, PREPARE);
	unsigned char *code, *call = NULL;

	if (!found || !dlsym(RTLD_DEFAULT, BUDGET))
		return 0;
	memcpy(&prepare, &found, sizeof(prepare));
	for (size_t i = 0; i < file->dlpi_phnum && !call; i++) {
		const ElfW(Phdr) *p = &file->dlpi_phdr[i];

		code = (unsigned char *)(file->dlpi_addr + p->p_vaddr);
		if (p->p_type == PT_LOAD && p->p_flags & PF_X)
			call = call_of(code, code + p->p_memsz, (uintptr_t)found);
	}
	return call && lead(call, file->dlpi_addr);
}

static int look_in(struct dl_phdr_info *file, size_t size, void *unused)
{
	const char *base = strrchr(file->dlpi_name, '/');
	const ElfW(Rela) *deadlines, *turns;
	struct calls c;

	(void)size;
	(void)unused;
	if (!*file->dlpi_name && look_in_program(file))
		return 1;
	if (!base || strncmp(base + 1, MODULE, strlen(MODULE)))
		return 0;
	c = calls_of(file);
	/* With it a turn is that deadline's part of a CPU: it would be shorter than asked for. */
	if (slot_of(&c, BUDGET))
		return 0;
	deadlines = slot_of(&c, CALLED);
	turns = slot_of(&c, PREPARE);
	return deadlines && turns && replace(file->dlpi_addr, deadlines, turns);
}

void turns_shorten(void)
{
	const char *text = getenv(TURN_ENV);

	turn = text ? strtoll(text, NULL, 10) : 0;
	if (turn <= 0 || (dl_iterate_phdr(look_in, NULL) == 1 && side_clock(turn)))
		return;
	fprintf(stderr,
		"septbench: --turn: this QEMU's turns cannot be cut: neither calls a module " MODULE "* " CALLED
		" nor the program " PREPARE ", or its clocks are not icount_get()\n");
	_exit(CANNOT);
}
