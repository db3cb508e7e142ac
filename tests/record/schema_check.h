/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A validator of the part of JSON Schema that this project uses. A keyword that it does not know
 * fails the test, so that no rule goes unchecked.
 */
#ifndef TESTS_RECORD_SCHEMA_CHECK_H
#define TESTS_RECORD_SCHEMA_CHECK_H

#include <stdbool.h>

struct json_object;

bool schema_matches(struct json_object *schema, struct json_object *v);

/* What "#/$defs/NAME" of @schema names. */
struct json_object *schema_resolve(struct json_object *schema, const char *ref);

#endif
