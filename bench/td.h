/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What makes a VM a TD. */
#ifndef BENCH_TD_H
#define BENCH_TD_H

#include "vm.h"

extern const struct vm_ops td_ops, td_convert_ops, td_large_ops;

/*
 * For a TD of vm_create_empty(): @pages of private memory at @gpa, from @from in this process; once
 * all are there, the end of its making. vm_destroy() is right for the rest.
 */
void td_add_memory(struct vm *vm, uint64_t gpa, const void *from, uint64_t pages);
void td_finalize(struct vm *vm);

#endif
