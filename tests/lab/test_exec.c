// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files `lab --exec` takes for programs that run by themselves. */
#include <criterion/criterion.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "exec.h"

struct program {
	Elf64_Ehdr head;
	Elf64_Phdr part[2];
};

/* A static program of one segment, and room for another. */
static struct program a_program(void)
{
	struct program p = { .head = { .e_type = ET_EXEC, .e_machine = EM_X86_64,
				       .e_phoff = sizeof(Elf64_Ehdr), .e_phnum = 2,
				       .e_phentsize = sizeof(Elf64_Phdr) } };

	memcpy(p.head.e_ident, ELFMAG, SELFMAG);
	p.head.e_ident[EI_CLASS] = ELFCLASS64;
	p.part[0].p_type = PT_LOAD;
	p.part[1].p_type = PT_GNU_STACK;
	return p;
}

static void refused(const struct program *p, const char *why)
{
	const char *is = exec_refuse(p, sizeof(*p));

	cr_assert(is && strstr(is, why), "\"%s\", not \"%s\"", is ? is : "taken", why);
}

Test(exec, a_static_program_is_taken)
{
	struct program p = a_program();

	cr_assert_null(exec_refuse(&p, sizeof(p)));
	p.head.e_type = ET_DYN;	/* position-independent, and static all the same */
	cr_assert_null(exec_refuse(&p, sizeof(p)));
}

Test(exec, what_cannot_run_by_itself_is_refused)
{
	struct program p = a_program();

	p.part[1].p_type = PT_INTERP;
	refused(&p, "not static");
	p = a_program();
	p.head.e_machine = EM_AARCH64;
	refused(&p, "x86-64");
	p = a_program();
	p.head.e_type = ET_REL;
	refused(&p, "not one that can be executed");
	p = a_program();
	p.head.e_phnum = 3;
	refused(&p, "beyond its end");
	p = a_program();
	p.head.e_phoff = UINT64_MAX - 8;
	refused(&p, "beyond its end");
	cr_assert_not_null(strstr(exec_refuse("#!/bin/sh\n", 10), "not an ELF file"));
	cr_assert_not_null(strstr(exec_refuse("", 0), "not an ELF file"));
}

Test(exec, bytes_of_any_kind_are_read_within_their_bounds)
{
	struct program p;
	unsigned char *file = malloc(sizeof(p));

	cr_assert_not_null(file);
	for (unsigned int seed = 0; seed < 20000; seed++) {
		size_t at, len = seed % (sizeof(p) + 1);

		p = a_program();
		at = (seed * 2654435761u >> 8) % sizeof(p);
		((unsigned char *)&p)[at] ^= (unsigned char)(1 + seed % 255);
		memcpy(file, &p, len);
		exec_refuse(file, len);
	}
	free(file);
}

Test(exec, the_guest_gets_programs_before_options)
{
	struct exec e = { .limit = 7, .nr = 2, .file = { "/some/where/one", "one" } };
	char *words = exec_guest_args(&e, "run --variants=freeze");

	cr_assert_str_eq(words, "exec 7 /exec/0/one /exec/1/one run --variants=freeze");
	free(words);
}
