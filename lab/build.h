/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel and modules: the scripts of kmod/, and what they leave in the cache. */
#ifndef LAB_BUILD_H
#define LAB_BUILD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "repo.h"
#include "why.h"

#define LAB_PATH	1024

struct exec;		/* exec.h */
struct json_object;

/*
 * Runs the script kmod/@argv[0], whose path takes the place of argv[0]. Its output is in @out, its
 * exit status is returned: 0, 2, 3 or 4.
 */
int lab_script(char *argv[], char *out, size_t len);

/* How the last script ended. */
const struct why *lab_why(void);

/* The kernel source of a run. */
struct lab_source {
	char tree[LAB_PATH];	/* what the scripts are given */
	struct repo repo;	/* ->dir "": none; else ->tree is its export, and is locked */
	char commit[REPO_ID];	/* that is exported */
};

/*
 * These return 0 or an exit status; the script has said on stderr what is wrong. They take as long
 * as the download or build takes, and nothing when it is in the cache.
 *
 * lab_tree: @given, or the cached or downloaded source tree. lab_variants: names, one a line;
 * with @candidates without the demonstrations.
 * lab_patches: the files of base and @variant in order, one a line, .../SERIES/VARIANT/FILE.
 * lab_modules: the folder of the modules of one variant, of the folder @series if it is not NULL.
 *
 * lab_source: @given as lab_tree() takes it; of a git repository the commit @at, or if that is NULL
 * the work tree with what is changed in it, exported to the cache: its own files may be built,
 * or lie under a name with spaces. lab_kernel: the build folder.
 */
int lab_tree(const char *given, char tree[LAB_PATH]);
int lab_source(struct lab_source *s, const char *given, const char *at);
int lab_variants(const char *tree, bool candidates, char *names, size_t len);
int lab_patches(const char *tree, const char *variant, char *files, size_t len);
int lab_kernel(struct lab_source *s, const char *flavour, char build[LAB_PATH]);
int lab_modules(const char *tree, const char *build, const char *variant, const char *series,
		char dir[LAB_PATH]);

/*
 * @path: the library @name that QEMU is to load, in lib/septbench beside the bin/ of an installed
 * program, or where it was built. 0, or 4 after one line on stderr.
 */
int lab_library(const char *name, char path[PATH_MAX]);

/*
 * Somebody's patches become a variant, a folder in @to for lab_modules(). @spec is a patch, an
 * mbox, a folder or a range of commits, NAME=... before it if there is a name; what is wrong with
 * it is said before anything is built. *@with_base: may the suite's counters be carried along?
 * Then: are they?
 */
int lab_series(struct lab_source *s, const char *spec, const char *to, bool *with_base,
	       char *name, size_t len);

/*
 * Is @spec a range of commits, FROM..TO? Then where its words are: @from (NULL: not wanted) is
 * what is before the dots, without a name.
 */
bool lab_is_range(const char *spec, char from[LAB_PATH]);

/*
 * The manifest of a variant's modules: adds kernel, source, compiler and configuration to @env, and
 * the variant's patch hash and build-ids to its "variants". 0, or 3 after one line on stderr.
 */
int lab_read_manifest(const char *dir, const char *variant, struct json_object *env);

/*
 * Writes the guest's initramfs to @path, anew: this program, its shared libraries, the modules in
 * @dir, and @args, what the guest is to do.
 */
int lab_initramfs(const char *path, const char *dir, const char *args, const char *guest_kernel,
		  const char *guest_modules, const struct exec *programs);

/* The kernel of Linux guests, fetched from Debian if it is not in the cache. */
int lab_guest_kernel(const char *tree, char *out, size_t len);

/* The folder with the modules of @kernel that module-load loads, and an archive @path of them. */
int lab_guest_modules(const char *kernel, char *out, size_t len);
int lab_pack_modules(const char *path, const char *dir);

#endif
