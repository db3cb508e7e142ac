// SPDX-License-Identifier: GPL-2.0-or-later
#include "why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "fatal.h"

#define ENV		"SEPTBENCH_WHY"
#define MAX_WORD	16
#define MAX_LINE	(WHY_TEXT + 64)

static const char * const names[WHY_NR_REASONS] = {
	[WHY_UNSAID] = "unsaid",
	[WHY_CACHED] = "cached",
	[WHY_BUILT] = "built",
	[WHY_MEASURED] = "measured",
	[WHY_USAGE] = "usage",
	[WHY_MACHINE] = "machine",
	[WHY_SPACE] = "space",
	[WHY_INTERRUPTED] = "interrupted",
	[WHY_TREE] = "tree",
	[WHY_APPLY] = "apply",
	[WHY_CONFIG] = "config",
	[WHY_BUILD] = "build",
	[WHY_BOOT] = "boot",
	[WHY_RESULT] = "result",
};

const char *why_name(enum why_reason reason)
{
	return names[reason];
}

bool why_parse(const char *line, struct why *why)
{
	char word[MAX_WORD];
	int status, end = 0;

	if (sscanf(line, "%d %15[a-z]%n", &status, word, &end) != 2 || status < 0 || status > 255 ||
	    (line[end] && line[end] != ' ' && line[end] != '\n'))
		return false;
	/* WHY_UNSAID is nothing that anybody says. */
	for (enum why_reason r = WHY_UNSAID + 1; r < WHY_NR_REASONS; r++) {
		if (strcmp(word, names[r]))
			continue;
		/* A step that went well has a reason that says so, and no other has. */
		if (!status != (r <= WHY_MEASURED))
			return false;
		line += end + (line[end] == ' ');
		why->status = status;
		why->reason = r;
		snprintf(why->text, sizeof(why->text), "%.*s", (int)strcspn(line, "\n"), line);
		return true;
	}
	return false;
}

bool why_is_measured(const struct why *why)
{
	return why->reason >= WHY_TREE;
}

struct why why_of_status(int status)
{
	struct why why = { .status = status };

	if (!status)
		return why;
	why.reason = child_interrupted ? WHY_INTERRUPTED :
		     status == BENCH_USAGE ? WHY_USAGE : WHY_MACHINE;
	snprintf(why.text, sizeof(why.text), "%s", complained());
	return why;
}

/* The line is no longer than its reader takes: the rest of a longer text goes. */
static void read_line(int fd, int status, struct why *why)
{
	char line[MAX_LINE];
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);
	struct why said;

	line[n < 0 ? 0 : n] = 0;
	*why = (struct why){ .status = status };
	if (child_interrupted)
		why->reason = WHY_INTERRUPTED;
	else if (why_parse(line, &said) && said.status == status)
		*why = said;
	if (status && !*why->text)
		snprintf(why->text, sizeof(why->text), "ended with status %d, without a reason",
			 status);
}

int why_run(char *const argv[], const char *log, char *out, size_t len, struct why *why)
{
	const char *outer = getenv(ENV);
	char path[64], *kept = outer ? strdup(outer) : NULL;
	int fd = memfd_create("why", MFD_CLOEXEC), status;

	*out = 0;
	/* By the name it has with us, so that no descriptor goes to a whole tree of processes. */
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	if (fd < 0 || (outer && !kept) || setenv(ENV, path, 1)) {
		status = complain(BENCH_INVALID, "no memory");
		*why = why_of_status(status);
	} else {
		status = child_capture_log(argv, log, out, len);
		read_line(fd, status, why);
	}
	if (kept)
		setenv(ENV, kept, 1);
	else
		unsetenv(ENV);
	free(kept);
	if (fd >= 0)
		close(fd);
	return status;
}

void why_tell(const struct why *why)
{
	const char *path = getenv(ENV);
	FILE *f = path ? fopen(path, "we") : NULL;

	if (!f)
		return;
	fprintf(f, "%d %s", why->status, why_name(why->reason));
	if (*why->text)
		fputc(' ', f);
	for (const char *c = why->text; *c; c++)
		fputc(*c == '\n' ? ' ' : *c, f);
	fputc('\n', f);
	fclose(f);
}
