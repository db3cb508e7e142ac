/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel and modules: the scripts of kmod/, and what they leave in the cache. */
#ifndef LAB_BUILD_H
#define LAB_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#define LAB_PATH	1024

struct json_object;

/*
 * These return 0 or an exit status; the script has said on stderr what is wrong. They take as long
 * as the download or build takes, and nothing when it is in the cache.
 *
 * lab_tree: @given, or the cached or downloaded source tree. lab_variants: names, one a line;
 * with @candidates without those that call themselves demonstrations.
 * lab_patches: the files of base and @variant in order, one a line, .../SERIES/VARIANT/FILE.
 * lab_kernel: the build folder. lab_modules: the folder of one variant's modules.
 */
int lab_tree(const char *given, char tree[LAB_PATH]);
int lab_variants(const char *tree, bool candidates, char *names, size_t len);
int lab_patches(const char *tree, const char *variant, char *files, size_t len);
int lab_kernel(const char *tree, const char *flavour, char build[LAB_PATH]);
int lab_modules(const char *tree, const char *build, const char *variant, char dir[LAB_PATH]);

/*
 * The manifest of a variant's modules: adds kernel, source, compiler and configuration to @env, and
 * the variant's patch hash and build-ids to its "variants". 0, or 3 after one line on stderr.
 */
int lab_read_manifest(const char *dir, const char *variant, struct json_object *env);

/*
 * Writes the guest's initramfs to @path, anew: this program, its shared libraries, the modules in
 * @dir, and @args, what the guest is to do.
 */
int lab_initramfs(const char *path, const char *dir, const char *args);

#endif
