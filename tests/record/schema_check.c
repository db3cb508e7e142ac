// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "schema_check.h"

static struct json_object *schema;	/* whose $defs are meant */

static bool matches(struct json_object *rule, struct json_object *v);

static bool has_type(struct json_object *v, const char *type)
{
	bool is_int = json_object_is_type(v, json_type_int);

	if (!strcmp(type, "object"))
		return json_object_is_type(v, json_type_object);
	if (!strcmp(type, "array"))
		return json_object_is_type(v, json_type_array);
	if (!strcmp(type, "string"))
		return json_object_is_type(v, json_type_string);
	if (!strcmp(type, "boolean"))
		return json_object_is_type(v, json_type_boolean);
	if (!strcmp(type, "null"))
		return !v;
	if (!strcmp(type, "integer"))
		return is_int;
	return is_int || json_object_is_type(v, json_type_double);
}

static bool any_type(struct json_object *types, struct json_object *v)
{
	size_t i;

	if (json_object_is_type(types, json_type_string))
		return has_type(v, json_object_get_string(types));
	for (i = 0; i < json_object_array_length(types); i++)
		if (has_type(v, json_object_get_string(json_object_array_get_idx(types, i))))
			return true;
	return false;
}

static bool in_list(struct json_object *list, struct json_object *v)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (json_object_equal(json_object_array_get_idx(list, i), v))
			return true;
	return false;
}

static struct json_object *resolve(const char *ref)
{
	struct json_object *defs, *rule;

	cr_assert_eq(strncmp(ref, "#/$defs/", 8), 0);
	cr_assert(json_object_object_get_ex(schema, "$defs", &defs));
	cr_assert(json_object_object_get_ex(defs, ref + 8, &rule), "no %s", ref);
	return rule;
}

static bool has_all(struct json_object *names, struct json_object *v)
{
	size_t i;

	for (i = 0; v && i < json_object_array_length(names); i++)
		if (!json_object_object_get_ex(
			    v, json_object_get_string(json_object_array_get_idx(names, i)), NULL))
			return false;
	return true;
}

static bool match_members(struct json_object *rule, struct json_object *v)
{
	struct json_object *named = NULL, *other = NULL, *own;

	json_object_object_get_ex(rule, "properties", &named);
	json_object_object_get_ex(rule, "additionalProperties", &other);
	json_object_object_foreach(v, key, member) {
		if (named && json_object_object_get_ex(named, key, &own)) {
			if (!matches(own, member))
				return false;
		} else if (other && !matches(other, member)) {
			return false;
		}
	}
	return true;
}

static bool match_items(struct json_object *rule, struct json_object *v)
{
	struct json_object *prefix = NULL, *items = NULL;
	size_t i, nr = 0;

	if (json_object_object_get_ex(rule, "prefixItems", &prefix))
		nr = json_object_array_length(prefix);
	json_object_object_get_ex(rule, "items", &items);
	for (i = 0; i < json_object_array_length(v); i++) {
		struct json_object *own = i < nr ? json_object_array_get_idx(prefix, i) : items;

		if (own && !matches(own, json_object_array_get_idx(v, i)))
			return false;
	}
	return true;
}

static bool one_of(struct json_object *rules, struct json_object *v)
{
	size_t i, nr = 0;

	for (i = 0; i < json_object_array_length(rules); i++)
		nr += matches(json_object_array_get_idx(rules, i), v);
	return nr == 1;
}

static bool within(const char *key, struct json_object *limit, struct json_object *v)
{
	if (!strcmp(key, "minLength"))
		return strlen(json_object_get_string(v)) >= (size_t)json_object_get_int64(limit);
	if (!strcmp(key, "minItems"))
		return json_object_array_length(v) >= (size_t)json_object_get_int64(limit);
	if (!strcmp(key, "maxItems"))
		return json_object_array_length(v) <= (size_t)json_object_get_int64(limit);
	if (!strcmp(key, "minimum"))
		return json_object_get_int64(v) >= json_object_get_int64(limit);
	cr_assert_str_eq(key, "maximum");
	return json_object_get_uint64(v) <= json_object_get_uint64(limit);
}

static bool match_keyword(struct json_object *rule, const char *key, struct json_object *arg,
			  struct json_object *v)
{
	static const char *const silent[] = { "$schema", "$id",	  "$comment",
					      "$defs",	 "title", "description" };
	size_t i;

	for (i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (!strcmp(key, silent[i]))
			return true;
	if (!strcmp(key, "$ref"))
		return matches(resolve(json_object_get_string(arg)), v);
	if (!strcmp(key, "oneOf"))
		return one_of(arg, v);
	if (!strcmp(key, "type"))
		return any_type(arg, v);
	if (!strcmp(key, "const"))
		return json_object_equal(arg, v);
	if (!strcmp(key, "enum"))
		return in_list(arg, v);
	if (!strcmp(key, "required"))
		return has_all(arg, v);
	if (!strcmp(key, "properties") || !strcmp(key, "additionalProperties"))
		return !v || match_members(rule, v);
	if (!strcmp(key, "items") || !strcmp(key, "prefixItems"))
		return match_items(rule, v);
	return within(key, arg, v);
}

static bool matches(struct json_object *rule, struct json_object *v)
{
	struct json_object *type;

	/* The others may rely on it. */
	if (json_object_object_get_ex(rule, "type", &type) && !any_type(type, v))
		return false;
	json_object_object_foreach(rule, key, arg) {
		if (!match_keyword(rule, key, arg, v))
			return false;
	}
	return true;
}

bool schema_matches(struct json_object *of, struct json_object *v)
{
	schema = of;
	return matches(of, v);
}

struct json_object *schema_resolve(struct json_object *of, const char *ref)
{
	schema = of;
	return resolve(ref);
}
