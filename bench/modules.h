/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules: which are loaded, which build they are, and the lab's loading of them. */
#ifndef BENCH_MODULES_H
#define BENCH_MODULES_H

#include <stddef.h>

#define BUILD_ID_HEX	(2 * 32 + 1)	/* room for any build id in hexadecimal */

/*
 * Finds the GNU build id in the ELF notes @notes of @len bytes and writes it in hexadecimal.
 * 0, -ENOENT if there is none, -EBADMSG for notes that do not add up or an id that is too long.
 */
int modules_parse_build_id(const void *notes, size_t len, char hex[BUILD_ID_HEX]);

/* Build id of the loaded module @name (underscores). -ENOENT if it is not loaded or has none. */
int modules_build_id(const char *name, char hex[BUILD_ID_HEX]);

/*
 * Compares the loaded modules with a manifest: lines "variant NAME", "buildid MODULE HEX" and
 * "buildid-tdx MODULE HEX"; others are skipped. A module that is not loaded is not compared, but
 * kvm must be; any of its builds in the manifest will do. 0, or an exit status after one line on
 * stderr: BENCH_INVALID for another variant than @variant or another build than the manifest's.
 */
int modules_check_manifest(const char *path, const char *variant);

/*
 * One module: its file and "name=value name=value"; its name. 0, or BENCH_INVALID after one line.
 */
int modules_insert(const char *path, const char *params);
int modules_remove(const char *name);

/*
 * Loads the modules of @set, in the order of @dir/order: lines "SET FILE [PARAM=VALUE]...". @extra
 * is added to the parameters of the set's last module, the one that KVM's vendor code is in. 0, or
 * an exit status after one line on stderr.
 */
int modules_load(const char *dir, const char *set, const char *extra);

/*
 * Where the modules of @set lie: a line "section MODULE SECTION ADDRESS" to @fd for each of their
 * sections with code. What cannot be read is left out.
 */
void modules_tell(const char *dir, const char *set, int fd);

/* Unloads them again, last first. */
int modules_unload(const char *dir, const char *set);

#endif
