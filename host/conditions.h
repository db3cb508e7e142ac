/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a timing depends on besides the code: how this machine is set up. Read from sysfs and
 * procfs, nothing is changed. One text per condition, the same for the same state, so that two
 * readings can be compared.
 */
#ifndef HOST_CONDITIONS_H
#define HOST_CONDITIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "root.h"

struct json_object;

#define CONDITIONS_MAX	20

struct conditions {
	size_t nr;
	struct {
		const char *name;		/* as in env.conditions of a result */
		char value[HOST_TEXT];		/* "" if this machine does not say */
	} c[CONDITIONS_MAX];
};

void conditions_read(struct conditions *c);

/* One line per condition, "ok" or "--", and for what disturbs a measurement its remedy. */
void conditions_report(const struct conditions *c, FILE *out);

/* {"governor": "performance", ...}; what the machine does not say is left out. The caller's. */
struct json_object *conditions_json(const struct conditions *c);

/*
 * "governor: performance -> powersave; ..." of all that differs; NULL if nothing does, or no
 * memory. Steal time and SMIs count as soon as there were any in between. The caller frees it.
 */
char *conditions_changed(const struct conditions *before, const struct conditions *after);

#endif
