// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * schema.json against what the writer writes.
 */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "record/record.h"
#include "schema_check.h"
#include "scratch.h"

TestSuite(schema, .init = scratch_enter, .fini = scratch_leave);

static struct json_object *schema;

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
	scratch_threshold("r", "m", "0.05");
	text = scratch_read("r", NULL);
	for (line = text; *line; line = next + 1) {
		struct json_object *o;

		next = strchr(line, '\n');
		*next = '\0';
		o = json_tokener_parse(line);
		cr_assert(schema_matches(schema, o), "against the schema: %s", line);
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

	cr_assert(json_object_object_get_ex(schema_resolve(schema, def), "required", &names));
	for (i = 0; i < json_object_array_length(names); i++) {
		struct json_object *o = json_tokener_parse(line);
		const char *name = json_object_get_string(json_object_array_get_idx(names, i)),
			   *cut;
		char why[RECORD_WHY];

		json_object_object_del(o, name);
		cut = json_object_to_json_string(o);
		cr_assert_not(schema_matches(schema, o), "schema takes a %s without %s", def, name);
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

	cr_assert(json_object_object_get_ex(schema_resolve(schema, def), "required", &names));
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		struct json_object *o = json_tokener_parse(line);
		const char *name = json_object_get_string(json_object_array_get_idx(names, i)),
			   *cut;

		cr_assert(json_object_object_get_ex(o, key, &part));
		json_object_object_del(part, name);
		cut = json_object_to_json_string(o);
		cr_assert_not(schema_matches(schema, o), "schema takes a %s without %s", key, name);
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
