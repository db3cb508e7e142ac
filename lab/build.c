// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "fatal.h"
#include "source.h"

#define MAX_LINE	512

/* Runs kmod/@argv[0]; argv[0] is replaced by its path. */
static int run_script(char *argv[], char *out, size_t len)
{
	char path[LAB_PATH];

	if (snprintf(path, sizeof(path), "%s/kmod/%s", source_dir(), argv[0]) >= (int)sizeof(path))
		return complain(BENCH_USAGE, "the source folder's name is too long");
	argv[0] = path;
	return child_capture(argv, out, len);
}

int lab_tree(const char *given, char tree[LAB_PATH])
{
	char *argv[] = { (char *)"kernel-source", NULL };

	if (!given)
		return run_script(argv, tree, LAB_PATH);
	if (snprintf(tree, LAB_PATH, "%s", given) >= LAB_PATH)
		return complain(BENCH_USAGE, "--kernel: the name is too long");
	return 0;
}

int lab_variants(const char *tree, bool candidates, char *names, size_t len)
{
	char *argv[] = { (char *)"build-variant", (char *)"--kernel", (char *)tree, (char *)"--list",
			 candidates ? (char *)"--candidates" : NULL, NULL };

	return run_script(argv, names, len);
}

int lab_patches(const char *tree, const char *variant, char *files, size_t len)
{
	char *argv[] = { (char *)"build-variant", (char *)"--kernel", (char *)tree,
			 (char *)"--variant", (char *)variant, (char *)"--patches", NULL };

	return run_script(argv, files, len);
}

int lab_kernel(const char *tree, const char *flavour, char build[LAB_PATH])
{
	char *argv[] = { (char *)"kernel-build", (char *)tree, (char *)flavour, NULL };

	return run_script(argv, build, LAB_PATH);
}

int lab_modules(const char *tree, const char *build, const char *variant, char dir[LAB_PATH])
{
	char *argv[] = {
		(char *)"build-variant", (char *)"--kernel",  (char *)tree,    (char *)"--build",
		(char *)build,		 (char *)"--variant", (char *)variant, NULL
	};

	return run_script(argv, dir, LAB_PATH);
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

/* What follows @key and a blank; NULL if the line is another's, of a longer key too. */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(line, key, len) && line[len] == ' ' ? line + len + 1 : NULL;
}

/* "MODULE ID"; @where tells the build for a TDX host from softtdx's, which has the same name. */
static void add_build_id(struct json_object *ids, const char *where, const char *text)
{
	char module[64], id[128], key[80];

	if (sscanf(text, "%63s %127s", module, id) != 2)
		return;
	snprintf(key, sizeof(key), "%s%s", where, module);
	add_string(ids, key, id);
}

/* What holds for the whole run goes to @env, what is the variant's own to @mine. */
static void take_line(const char *line, struct json_object *env, struct json_object *mine,
		      struct json_object *ids)
{
	static const char * const shared[][2] = {
		{ "kernel", "kernel" },
		{ "source", "kernel_source" },
		{ "series", "patch_series" },
		{ "config", "kernel_config" },
		{ "added", "kernel_added" },
		{ "compiler", "compiler" },
	};
	const char *text;

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if ((text = value_of(line, shared[i][0])))
			add_string(env, shared[i][1], text);
	if ((text = value_of(line, "patches")))
		add_string(mine, "patch", text);
	if ((text = value_of(line, "buildid")))
		add_build_id(ids, "", text);
	if ((text = value_of(line, "buildid-tdx")))
		add_build_id(ids, "tdx/", text);
}

int lab_read_manifest(const char *dir, const char *variant, struct json_object *env)
{
	struct json_object *mine = json_object_new_object(), *ids = json_object_new_object(), *all;
	char path[LAB_PATH + 16], line[MAX_LINE];
	FILE *f;

	snprintf(path, sizeof(path), "%s/manifest", dir);
	f = fopen(path, "re");
	if (f) {
		while (fgets(line, sizeof(line), f)) {
			line[strcspn(line, "\n")] = 0;
			take_line(line, env, mine, ids);
		}
		fclose(f);
	}
	json_object_object_add(mine, "build_ids", ids);
	if (!json_object_object_get_ex(env, "variants", &all)) {
		all = json_object_new_object();
		json_object_object_add(env, "variants", all);
	}
	json_object_object_add(all, variant, mine);
	return f ? 0 : complain(BENCH_INVALID, "%s: %s", path, strerror(errno));
}
