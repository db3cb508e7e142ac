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
#include "manifest.h"
#include "source.h"

static struct why last;

const struct why *lab_why(void)
{
	return &last;
}

int lab_script(char *argv[], char *out, size_t len)
{
	char path[LAB_PATH];
	int r;

	if (snprintf(path, sizeof(path), "%s/kmod/%s", source_dir(), argv[0]) >= (int)sizeof(path))
		return complain(BENCH_USAGE, "the source folder's name is too long");
	argv[0] = path;
	r = why_run(argv, NULL, out, len, &last);
	/* Whatever else a script may end with: it says nothing about a regression. */
	if (r == 127)
		r = BENCH_CANNOT;
	else if (r && r != BENCH_USAGE && r != BENCH_CANNOT)
		r = BENCH_INVALID;
	last.status = r;
	return r;
}

int lab_tree(const char *given, char tree[LAB_PATH])
{
	char *argv[] = { (char *)"kernel-source", NULL };

	if (!given)
		return lab_script(argv, tree, LAB_PATH);
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
	if (given && access(given, F_OK))
		return complain(BENCH_USAGE, "--kernel %s: %s", given, strerror(errno));
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

	return lab_script(argv, out, len);
}

int lab_guest_modules(const char *kernel, char *out, size_t len)
{
	char *argv[] = { (char *)"guest-modules", (char *)kernel, NULL };

	return lab_script(argv, out, len);
}

int lab_variants(const char *tree, bool candidates, char *names, size_t len)
{
	char *argv[] = { (char *)"build-variant", (char *)"--kernel", (char *)tree, (char *)"--list",
			 candidates ? (char *)"--candidates" : NULL, NULL };

	return lab_script(argv, names, len);
}

int lab_patches(const char *tree, const char *variant, char *files, size_t len)
{
	char *argv[] = { (char *)"build-variant", (char *)"--kernel", (char *)tree,
			 (char *)"--variant", (char *)variant, (char *)"--patches", NULL };

	return lab_script(argv, files, len);
}

int lab_kernel(struct lab_source *s, const char *flavour, char build[LAB_PATH])
{
	char *argv[] = { (char *)"kernel-build", s->tree, (char *)flavour, NULL };

	return lab_script(argv, build, LAB_PATH);
}

int lab_modules(const char *tree, const char *build, const char *variant, const char *series,
		char dir[LAB_PATH])
{
	char *argv[] = { (char *)"build-variant", (char *)"--kernel", (char *)tree,
			 (char *)"--build", (char *)build, (char *)"--variant", (char *)variant,
			 series ? (char *)"--series" : NULL, (char *)series, NULL };

	return lab_script(argv, dir, LAB_PATH);
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

/* Where the lines of a manifest go. */
struct taken {
	struct json_object *env;	/* what holds for the whole run */
	struct json_object *mine, *ids;	/* the variant's own, and its builds in that */
};

static bool take_shared(struct taken *t, const char *key, const char *value)
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

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (!strcmp(key, shared[i][0])) {
			add_string(t->env, shared[i][1], value);
			return true;
		}
	return false;
}

static void take_line(const char *key, const char *value, void *arg)
{
	/* "base on top": are the suite's counters with somebody's series? */
	static const char * const own[][2] = {
		{ "patches", "patch" },
		{ "title", "title" },
		{ "base", "base" },
		{ "unbuilt", "unbuilt" },
	};
	struct taken *t = arg;
	struct manifest_build build;
	char name[80];

	if (take_shared(t, key, value))
		return;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(key, own[i][0]))
			add_string(t->mine, own[i][1], value);
	/* The build for a TDX host has the same name as softtdx's. */
	if (manifest_build(key, value, &build)) {
		snprintf(name, sizeof(name), "%s%s", build.tdx ? "tdx/" : "", build.module);
		add_string(t->ids, name, build.id);
	}
}

int lab_read_manifest(const char *dir, const char *variant, struct json_object *env)
{
	struct taken t = { env, json_object_new_object(), json_object_new_object() };
	struct json_object *all;
	char path[LAB_PATH + 16];
	int err;

	snprintf(path, sizeof(path), "%s/manifest", dir);
	err = manifest_read(path, take_line, &t);
	json_object_object_add(t.mine, "build_ids", t.ids);
	if (!json_object_object_get_ex(env, "variants", &all)) {
		all = json_object_new_object();
		json_object_object_add(env, "variants", all);
	}
	json_object_object_add(all, variant, t.mine);
	return err ? complain(BENCH_INVALID, "%s: %s", path, strerror(-err)) : 0;
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
