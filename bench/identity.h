/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose machine it was is nobody's business: results are mailed and published. They name neither
 * host nor user nor a folder of theirs, unless --identify asks for it.
 */
#ifndef BENCH_IDENTITY_H
#define BENCH_IDENTITY_H

#include "options.h"

struct json_object;

/* Adds "identity" (host, user) to the run's environment @env if @o has --identify. */
void identity_add(struct json_object *env, const struct bench_options *o);

/* The cost profile's name: of a file, without its folder. Points into @o. */
const char *identity_profile(const struct bench_options *o);

#endif
