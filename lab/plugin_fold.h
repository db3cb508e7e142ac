/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the TCG plugin wrote (lab/tcg/tree.h), as call paths with names. */
#ifndef LAB_PLUGIN_FOLD_H
#define LAB_PLUGIN_FOLD_H

#include <stdint.h>
#include <stdio.h>

#include "plugin_symbols.h"

struct json_object;
struct fold;

/* Reads from @raw, which stays the caller's. NULL: no memory. */
struct fold *fold_new(FILE *raw);
void fold_free(struct fold *f);

/*
 * The next block: *@stacks gets an array of ["outermost;...;innermost", instructions], sorted by
 * path, and
 * *@insns their sum. The caller puts the array. 1; 0 at the end; -EINVAL if the plugin did not
 * write this, -ENOMEM.
 */
int fold_block(struct fold *f, const struct symbols *names, struct json_object **stacks,
	       uint64_t *insns);

#endif
