// SPDX-License-Identifier: GPL-2.0-or-later
#include "build.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "fatal.h"
#include "folder.h"
#include "source.h"

#define MAX_LINE	512

/* Runs kmod/@argv[0]; argv[0] is replaced by its path. */
static int run_script(char *argv[], char *out, size_t len)
{
	char path[LAB_PATH];
	int r;

	if (snprintf(path, sizeof(path), "%s/kmod/%s", source_dir(), argv[0]) >= (int)sizeof(path))
		return complain(BENCH_USAGE, "the source folder's name is too long");
	argv[0] = path;
	r = child_capture(argv, out, len);
	/* Whatever else a script may end with: it says nothing about a regression. */
	if (r == 127)
		return BENCH_CANNOT;
	return r && r != BENCH_USAGE && r != BENCH_CANNOT ? BENCH_INVALID : r;
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

/* Is @dir one of our own exports already, as for the lab that bisect runs? */
static bool is_ours(const char *dir)
{
	char root[CACHE_PATH], *real_root, *real;
	bool ours = false;

	if (cache_root(root))
		return false;
	real_root = realpath(root, NULL);
	real = realpath(dir, NULL);
	if (real_root && real)
		ours = !strncmp(real, real_root, strlen(real_root)) &&
		       real[strlen(real_root)] == '/';
	free(real_root);
	free(real);
	return ours;
}

static int export_commit(struct lab_source *s, const char *at)
{
	int r = repo_commit(&s->repo, at ? at : s->repo.bare ? "HEAD" : REPO_WORKTREE, s->commit);

	if (!r && access(s->repo.tree, F_OK))
		complain(0, "exporting %s to the cache, once (1.8 GB)", s->repo.dir);
	if (!r)
		r = repo_export(&s->repo, s->commit);
	strcpy(s->tree, s->repo.tree);
	return r;
}

int lab_source(struct lab_source *s, const char *given, const char *at)
{
	int r;

	memset(s, 0, sizeof(*s));
	if (given && repo_is_at(given) && !is_ours(given)) {
		r = repo_open(&s->repo, given, true);
		return r ? r : export_commit(s, at);
	}
	if (at)
		return complain(BENCH_USAGE,
				"a commit of what? Give its git repository with --kernel DIR");
	if (given && strpbrk(given, " :"))
		return complain(
			BENCH_CANNOT,
			"--kernel: a kernel cannot be built in %s, whose name has a space or a colon, unless it is a git repository",
			given);
	return lab_tree(given, s->tree);
}

int lab_guest_kernel(const char *tree, char *out, size_t len)
{
	char *argv[] = { (char *)"guest-kernel", (char *)tree, NULL };

	return run_script(argv, out, len);
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

int lab_kernel(struct lab_source *s, const char *flavour, char build[LAB_PATH])
{
	char *argv[] = { (char *)"kernel-build", s->tree, (char *)flavour, NULL };

	return run_script(argv, build, LAB_PATH);
}

int lab_modules(const char *tree, const char *build, const char *variant, const char *series,
		char dir[LAB_PATH])
{
	char *argv[] = { (char *)"build-variant", (char *)"--kernel", (char *)tree,
			 (char *)"--build", (char *)build, (char *)"--variant", (char *)variant,
			 series ? (char *)"--series" : NULL, (char *)series, NULL };

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
		{ "commit", "kernel_commit" },
		{ "subject", "kernel_subject" },
		{ "series", "patch_series" },
		{ "config", "kernel_config" },
		{ "added", "kernel_added" },
		{ "compiler", "compiler" },
	};
	/* "base on top": are the suite's counters with somebody's series? */
	static const char * const own[][2] = {
		{ "patches", "patch" },
		{ "title", "title" },
		{ "base", "base" },
		{ "unbuilt", "unbuilt" },
	};
	const char *text;

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if ((text = value_of(line, shared[i][0])))
			add_string(env, shared[i][1], text);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if ((text = value_of(line, own[i][0])))
			add_string(mine, own[i][1], text);
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

int lab_library(const char *name, char path[PATH_MAX])
{
	char relative[64];

	snprintf(relative, sizeof(relative), "lib/septbench/%s", name);
	if (!source_installed(relative, path))
		snprintf(path, PATH_MAX, SEPTBENCH_LIBRARIES "/%s", name);
	if (access(path, R_OK))
		return complain(BENCH_CANNOT, "%s: %s; build it with ninja", path, strerror(errno));
	return 0;
}
