// SPDX-License-Identifier: GPL-2.0-or-later
#include "case.h"

#include <string.h>

extern const struct sept_case case_populate, case_populate_shared, case_same_page, case_sparse,
	case_prefault, case_zap, case_zap_running, case_zap_vs_fault, case_convert,
	case_slot_delete, case_teardown, case_plain, case_plain_zap, case_protected,
	case_protected_zap, case_protected_convert, case_neighbour, case_boot_lazy,
	case_boot_eager;

const struct sept_case *const sept_cases[] = {
	&case_populate,
	&case_populate_shared,
	&case_same_page,
	&case_sparse,
	&case_prefault,
	&case_zap,
	&case_zap_running,
	&case_zap_vs_fault,
	&case_convert,
	&case_slot_delete,
	&case_teardown,
	&case_plain,
	&case_plain_zap,
	&case_protected,
	&case_protected_zap,
	&case_protected_convert,
	&case_neighbour,
	&case_boot_lazy,
	&case_boot_eager,
	NULL
};

const struct sept_case *sept_case_find(const char *name)
{
	for (const struct sept_case *const *c = sept_cases; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}
