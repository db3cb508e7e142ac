// SPDX-License-Identifier: GPL-2.0-or-later
/* What a manifest says of its modules. */
#include <criterion/criterion.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"

#define LONG	5000

static const char manifest[] =
	"variant freeze\n"
	"kernel 7.3.4\n"
	"kernelish nothing\n"
	"patches 00ff\n"
	"buildid kvm 11\n"
	"buildid-tdx kvm_intel 22\n"
	"buildid kvm_intel 33\n"
	"buildid-other kvm_intel 44\n";

static struct json_object *read_manifest(void)
{
	char dir[] = "/tmp/septbench-test.XXXXXX", path[64];
	struct json_object *env = json_object_new_object();
	FILE *f;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/manifest", dir);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs(manifest, f);
	fprintf(f, "unbuilt %0*d\n", LONG, 0);
	fclose(f);
	cr_assert_eq(lab_read_manifest(dir, "freeze", env), 0);
	unlink(path);
	rmdir(dir);
	return env;
}

static const char *string_at(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

Test(manifest, both_builds_of_a_module_are_kept_apart)
{
	struct json_object *env = read_manifest(), *variants, *mine, *ids;

	cr_assert_str_eq(string_at(env, "kernel"), "7.3.4");
	cr_assert(json_object_object_get_ex(env, "variants", &variants));
	cr_assert(json_object_object_get_ex(variants, "freeze", &mine));
	cr_assert_str_eq(string_at(mine, "patch"), "00ff");
	cr_assert_eq(strlen(string_at(mine, "unbuilt")), LONG, "a long line is one line");
	cr_assert(json_object_object_get_ex(mine, "build_ids", &ids));
	cr_assert_str_eq(string_at(ids, "kvm"), "11");
	cr_assert_str_eq(string_at(ids, "kvm_intel"), "33");
	cr_assert_str_eq(string_at(ids, "tdx/kvm_intel"), "22");
	cr_assert_eq(json_object_object_length(ids), 3, "something else was taken for a module");
	json_object_put(env);
}
