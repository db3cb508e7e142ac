/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a step ended, as a value. A script of kmod/ and `septbench lab` write one line at their end,
 * "STATUS REASON TEXT", into the file that SEPTBENCH_WHY names; who started them reads it. Nobody
 * needs to search messages, which are for people.
 */
#ifndef LAB_WHY_H
#define LAB_WHY_H

#include <stdbool.h>
#include <stddef.h>

#define WHY_TEXT	256

enum why_reason {
	WHY_UNSAID,	/* no line, or that of a step which it got over */
	/* It went well. */
	WHY_CACHED,
	WHY_BUILT,
	WHY_MEASURED,
	/* The machine, or who uses it: nothing is known about what was to be measured. */
	WHY_USAGE,
	WHY_MACHINE,
	WHY_SPACE,
	WHY_INTERRUPTED,
	/* What was to be measured: the same source fails again. */
	WHY_TREE,	/* lacks what the suite needs */
	WHY_APPLY,	/* a patch does not apply */
	WHY_CONFIG,	/* a kernel option did not take effect */
	WHY_BUILD,
	WHY_BOOT,	/* the guest crashed, hung, or its kernel complained */
	WHY_RESULT,	/* a block is invalid */
	WHY_NR_REASONS,
};

struct why {
	int status;		/* exit status */
	enum why_reason reason;
	char text[WHY_TEXT];	/* for people, in one line; "" if it went well */
};

const char *why_name(enum why_reason reason);

/* Takes apart the line at @line, up to a newline or the end. False leaves *@why as it is. */
bool why_parse(const char *line, struct why *why);

/* Is it what was to be measured that failed, and not the machine? */
bool why_is_measured(const struct why *why);

/* What a step that says no more than its status is taken for. Its text is the last complaint. */
struct why why_of_status(int status);

/*
 * As child_capture_log(), and *@why is how it ended: what it said itself if that goes with its exit
 * status. Returns that status.
 */
int why_run(char *const argv[], const char *log, char *out, size_t len, struct why *why);

/* Says to who started this process how it ends. Nothing if nobody asked. */
void why_tell(const struct why *why);

#endif
