/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of a guest's kernel and modules to names of functions. */
#ifndef LAB_PLUGIN_SYMBOLS_H
#define LAB_PLUGIN_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct symbols;

/* NULL: no memory. */
struct symbols *symbols_new(void);
void symbols_free(struct symbols *s);

/*
 * Where a section of @module lies. The module's symbols are added after its sections. 0 or -ENOMEM.
 */
int symbols_add_section(struct symbols *s, const char *module, const char *section, uint64_t addr);

/*
 * Takes the output of `objdump -t`: of a module, whose symbols count in sections that were added,
 * or of the kernel (@module NULL), which lies where it was linked to. Data, and what gcc appends to
 * the name of a function that it has split or specialised, is left out. 0 or -ENOMEM.
 */
int symbols_add_table(struct symbols *s, const char *module, FILE *objdump);

/* Call when all is added, before the first lookup. */
void symbols_sort(struct symbols *s);

/*
 * "function" or "function`module"; "[guest]" for the TD's payload, "[user]" for other addresses of
 * user space, "[unknown]". Lives as long as @s.
 */
const char *symbols_name(const struct symbols *s, uint64_t addr);

#endif
