/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `lab --explain`: QEMU runs with the plugin of lab/tcg/, and a file beside the result says which
 * code executed the instructions of each block's timed part. docs/explain.md describes that file.
 */
#ifndef LAB_PLUGIN_H
#define LAB_PLUGIN_H

#include <stdint.h>

#include "qemu.h"

struct json_object;
struct code;

/* What the name of the file beside RESULT ends in. `septbench explain` looks for it there. */
#define CODE_SUFFIX	".code"

/*
 * Creates the file beside the result file @result. 0, or an exit status after one line on stderr.
 * code_close() (NULL is allowed) says whether all of it was written, likewise.
 */
int code_open(struct code **c, const char *result, const char *version);
int code_close(struct code *c);

/* Adds the plugin to QEMU's arguments. 0, or 4 after one line on stderr. */
int code_qemu_args(struct qemu_args *a);

/* A block line came from the guest, the next of this boot; valid or not. */
void code_block(struct code *c, struct json_object *block);

/*
 * A boot is over: writes what its blocks executed. @dir: where QEMU ran; @build: the kernel's build
 * folder;
 * @modules: those of the variant. 0, or 3 after one line on stderr. If the boot itself has failed,
 * call code_boot_failed() instead: its blocks get no profile.
 */
int code_boot_done(struct code *c, const char *dir, const char *build, const char *modules);
void code_boot_failed(struct code *c);

#endif
