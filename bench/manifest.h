/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What kmod/build-variant says of the modules that it built: lines "KEY VALUE", read here alone. */
#ifndef BENCH_MANIFEST_H
#define BENCH_MANIFEST_H

#include <stdbool.h>

#include "modules.h"

/*
 * Calls @take with each line's key and value ("" if it has none), of any length, in order. 0, or
 * -errno if @path cannot be read.
 */
int manifest_read(const char *path, void (*take)(const char *key, const char *value, void *arg),
		  void *arg);

/* A module's build, line "buildid MODULE HEX", or "buildid-tdx" for a TDX host. */
struct manifest_build {
	bool tdx;
	char module[64], id[BUILD_ID_HEX];
};

/* Is that what the line says? False also for a name or an id that is too long. */
bool manifest_build(const char *key, const char *value, struct manifest_build *build);

#endif
