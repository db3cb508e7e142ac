// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * schema.json against what the writer writes: a validator of the part of JSON Schema that
 * schema.json uses. A keyword that it does not know fails the test, so that no rule goes unchecked.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "record/record.h"
#include "scratch.h"

TestSuite(schema, .init = scratch_enter, .fini = scratch_leave);

static struct json_object *schema;

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

static void write_all_kinds(const char *path)
{
	struct json_object *env = json_tokener_parse(
		"{\"kernel\":\"7.3.4\",\"kernel_config\":\"c\",\"qemu\":\"7.2\",\"qemu_args\":\"-m "
		"1\","
		"\"accel\":\"tcg\",\"cpu\":\"x\",\"host_cpus\":2,"
		"\"variants\":{\"v\":{\"patch\":\"p\",\"build_ids\":{\"kvm\":\"00\"}}}}");
	struct record_run run = {
		"0.1", "soft", "count", "all-zero", "plain", 1, { 8, 16 }, 2, env
	};
	struct hist *h = calloc(1, sizeof(*h));
	struct record_builder *b = record_builder_new("v", "c", 0, 1, false);
	struct record_writer *w;

	hist_add(h, 5);
	hist_add(h, UINT64_MAX);
	cr_assert_eq(record_open_append(path, &w), 0);
	cr_assert_eq(record_write_run(w, &run), 0);
	record_builder_param_int(b, "vcpus", 4);
	record_builder_param_str(b, "placement", "compact");
	record_builder_metric(b, "m", 1.5, "insn", RECORD_LOWER, RECORD_EXACT, true, 1);
	record_builder_metric(b, "none", -1.0 / 0.0, "insn", RECORD_NONE, RECORD_NOISY, false, 0);
	record_builder_no_metric(b, "perf.cycles", "no PMU", "1/fault");
	record_builder_parts(b, "m", 0.5, 0);
	record_builder_threshold(b, "m", 0.05);
	record_builder_seed(b, UINT64_MAX);
	record_builder_time(b, &(struct record_time){ "insn", 10, 4, 3, 2, 1 });
	record_builder_counter(b, "kvm.x", UINT64_MAX);
	record_builder_cpu(b, "control", 7, 3, 0, -1);
	record_builder_cpu(b, "vcpus", 0, 0, 0, 1);
	record_builder_cpu(b, "vcpus", 1, -1, -1, 0);
	record_builder_hist(b, "fault", "insn", h, 0);
	record_builder_oracle_fault(b, "fault");
	cr_assert_eq(record_builder_finish(b, w), 0);
	cr_assert_eq(record_builder_finish(record_builder_new("v", "c", 0, 2, true), w), 0);
	cr_assert_eq(record_write_boot(w, &(struct record_boot){ "v", 0, 3, 1 }), 0);
	cr_assert_eq(record_write_end(w, 3), 0);
	record_close(w);
	json_object_put(env);
	free(h);
}

Test(schema, the_writers_lines_match)
{
	unsigned int nr = 0;
	char *text, *line, *next;

	schema = json_object_from_file(SCHEMA_FILE);
	cr_assert_not_null(schema);
	write_all_kinds("r");
	text = scratch_read("r", NULL);
	for (line = text; *line; line = next + 1) {
		struct json_object *o;

		next = strchr(line, '\n');
		*next = '\0';
		o = json_tokener_parse(line);
		cr_assert(matches(schema, o), "against the schema: %s", line);
		json_object_put(o);
		nr++;
	}
	cr_assert_eq(nr, 5);
	free(text);
	json_object_put(schema);
}

/* What the schema demands, the reader demands: take any required key away, and both must refuse. */
static void check_required(const char *def, const char *line)
{
	struct json_object *names;
	size_t i;

	cr_assert(json_object_object_get_ex(resolve(def), "required", &names));
	for (i = 0; i < json_object_array_length(names); i++) {
		struct json_object *o = json_tokener_parse(line);
		const char *name = json_object_get_string(json_object_array_get_idx(names, i)),
			   *cut;
		char why[RECORD_WHY];

		json_object_object_del(o, name);
		cut = json_object_to_json_string(o);
		cr_assert_not(matches(schema, o), "schema takes a %s without %s", def, name);
		cr_assert_lt(record_validate_line(cut, strlen(cut), why), 0,
			     "reader takes a %s without %s", def, name);
		json_object_put(o);
	}
}

/* The same for the object @key of @line. */
static void check_required_in(const char *def, const char *key, const char *line)
{
	struct json_object *names, *part;
	char why[RECORD_WHY];

	cr_assert(json_object_object_get_ex(resolve(def), "required", &names));
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		struct json_object *o = json_tokener_parse(line);
		const char *name = json_object_get_string(json_object_array_get_idx(names, i)),
			   *cut;

		cr_assert(json_object_object_get_ex(o, key, &part));
		json_object_object_del(part, name);
		cut = json_object_to_json_string(o);
		cr_assert_not(matches(schema, o), "schema takes a %s without %s", key, name);
		cr_assert_lt(record_validate_line(cut, strlen(cut), why), 0,
			     "reader takes a %s without %s", key, name);
		json_object_put(o);
	}
}

Test(schema, schema_and_reader_refuse_the_same)
{
	char *text, *run, *block, *second, *boot, *end;

	schema = json_object_from_file(SCHEMA_FILE);
	write_all_kinds("r");
	text = scratch_read("r", NULL);
	run = strtok(text, "\n");
	block = strtok(NULL, "\n");
	second = strtok(NULL, "\n");
	boot = strtok(NULL, "\n");
	end = strtok(NULL, "\n");
	cr_assert_not_null(second);
	check_required("#/$defs/run", run);
	check_required("#/$defs/block", block);
	check_required("#/$defs/boot", boot);
	check_required_in("#/$defs/time", "time", block);
	check_required("#/$defs/end", end);
	free(text);
	json_object_put(schema);
}
