/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to be put back: written down before anything is changed, in a file below /run/septbench
 * that does not outlive the boot it is about. Whoever is killed in between leaves it for `host
 * restore`.
 */
#ifndef HOST_STATE_H
#define HOST_STATE_H

#include <stdbool.h>

struct json_object;

/* The two things that are ever changed. */
#define STATE_MODULES	"modules"
#define STATE_TUNING	"tuning"

/*
 * Writes @o, with the boot's id added, as a whole or not at all, and to the disk. 0, or
 * BENCH_CANNOT after one line on stderr.
 */
int state_save(const char *name, struct json_object *o);

/* What was saved in this boot, which the caller frees; NULL if there is nothing. */
struct json_object *state_load(const char *name);

bool state_exists(const char *name);
void state_drop(const char *name);

/*
 * Only one of us at a time changes the machine. 0, or BENCH_CANNOT after one line. Held until the
 * process and its children have ended.
 */
int state_lock(void);

#endif
