// SPDX-License-Identifier: GPL-2.0-or-later
#include "case.h"

#include <string.h>

/* The linker's: what SEPT_CASES() of all files put there (cases/common.h). */
extern const struct sept_case *const __start_sept_cases[], *const __stop_sept_cases[];

const struct sept_case *sept_case_at(size_t i)
{
	return i < (size_t)(__stop_sept_cases - __start_sept_cases) ? __start_sept_cases[i] : NULL;
}

const struct sept_case *sept_case_find(const char *name)
{
	const struct sept_case *c;

	for (size_t i = 0; (c = sept_case_at(i)); i++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}
