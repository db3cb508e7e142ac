// SPDX-License-Identifier: GPL-2.0-or-later
#include "logged.h"

#include <lab/child.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fatal.h"

#define MAX_WORDS	40
#define MAX_LINE	512

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int logged_capture(const char *log, char *const argv[], char *out, size_t len, double *seconds)
{
	char *words[MAX_WORDS + 5] = { (char *)"sh", (char *)"-c",
				       (char *)"exec 2>\"$0\" || exit 126; exec \"$@\"",
				       (char *)log };
	double start = now();
	size_t n = 4;
	int s;

	while (*argv && n < MAX_WORDS + 4)
		words[n++] = *argv++;
	*out = 0;
	s = child_capture(words, out, len);
	if (seconds)
		*seconds += now() - start;
	/*
	 * 126 and 127 are the shell's: a log that cannot be written, a program that is not there.
	 */
	return child_interrupted || s == 126 || s == 127 ? -1 : s;
}

/* The earlier in this list, the more it says. */
static const char * const telling[] = {
	"error:", "does not apply", "WARNING", "BUG:", "is invalid:",
	"kernel option did not take effect", "lacks",
	"undefined", "without any output", "timed out", "failed", "septbench: ",
};

#define NR_TELLING	(sizeof(telling) / sizeof(telling[0]))

static size_t rank(const char *line)
{
	for (size_t i = 0; i < NR_TELLING; i++)
		if (strstr(line, telling[i]))
			return i;
	return NR_TELLING;
}

void logged_reason(const char *log, char *why, size_t len)
{
	FILE *f = fopen(log, "re");
	size_t best = NR_TELLING;	/* of a user's own command, any last line will do */
	char line[MAX_LINE];

	*why = 0;
	while (f && fgets(line, sizeof(line), f)) {
		size_t r = rank(line);
		const char *at = strncmp(line, "septbench: ", 11) ? line : line + 11;

		/* Of equals the first, but of mere messages the last. */
		if (*line != '\n' && (r < best || (r == best && r >= NR_TELLING - 1))) {
			best = r;
			at += strspn(at, " \t");
			snprintf(why, len, "%.*s", (int)strcspn(at, "\n"), at);
		}
	}
	if (f)
		fclose(f);
}

bool logged_says(const char *log, const char *text)
{
	FILE *f = fopen(log, "re");
	char line[MAX_LINE];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, text);
	if (f)
		fclose(f);
	return found;
}
