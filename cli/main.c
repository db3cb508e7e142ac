// SPDX-License-Identifier: GPL-2.0-or-later
/* septbench VERB: the table of verbs. As PID 1 this program is the lab guest's init. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <analysis/analysis.h>
#include <bench/case.h>
#include <bench/fatal.h>
#include <bisect/bisect.h>
#include <host/host.h>
#include <lab/lab.h>

#include "try.h"

static const struct verb {
	const char *name;
	const char *summary;
	int (*fn)(int argc, char **argv);
} verbs[] = {
	{ "try", "a patch, an mbox, a folder or a range of commits: from there to the table", cmd_try },
	{ "doctor", "what this machine can run; changes nothing", cmd_doctor },
	{ "list", "cases, metrics and variants; `list CASE` says what a case measures", cmd_list },
	{ "lab", "boot the lab VM per variant, run cases, collect results", cmd_lab },
	{ "run", "the same cases on this machine, with the loaded modules", cmd_run },
	{ "host", "a variant's modules on this machine, and its own back", cmd_host },
	{ "compare", "the table and the verdict", cmd_compare },
	{ "explain", "which functions a difference is in, after `lab --explain`", cmd_explain },
	{ "plot", "pictures, and the gnuplot scripts that draw them", cmd_plot },
	{ "report", "one page of HTML: verdict, tables, pictures, environment", cmd_report },
	{ "gate", "may tonight's results pass, against history and agreed values", cmd_gate },
	{ "trend", "where in a store of nightly results something changed", cmd_trend },
	{ "bisect", "which commit, patch or option value changed a metric", cmd_bisect },
	{ "validate", "published figures of TDX beside what the model makes of counts",
	  cmd_validate },
	{ "export", "results in the formats of other tools", cmd_export },
};

#define NR_VERBS	(sizeof(verbs) / sizeof(verbs[0]))

static void help(FILE *to)
{
	fprintf(to, "usage: septbench VERB [option]...\n\n");
	for (size_t i = 0; i < NR_VERBS; i++)
		fprintf(to, "  %-8s  %s\n", verbs[i].name, verbs[i].summary);
	fprintf(to, "\n`septbench help VERB` lists the options of a verb.\n");
}

/*
 * A table that a full disk cut short must not pass for the whole. Not of bisect, whose statuses are
 * git's.
 */
static int run_verb(const struct verb *v, int argc, char **argv)
{
	int status = v->fn(argc, argv);

	if (v->fn == cmd_bisect || (!fflush(stdout) && !ferror(stdout)))
		return status;
	return complain(BENCH_INVALID, "%s: standard output: not all of it could be written",
			v->name);
}

int main(int argc, char **argv)
{
	static char help_option[] = "--help";

	if (getpid() == 1)
		lab_guest();
	if (argc < 2) {
		help(stderr);
		return BENCH_USAGE;
	}
	if (argc == 3 && !strcmp(argv[1], "help")) {
		argv[1] = argv[2];
		argv[2] = help_option;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("septbench %s\n", SEPTBENCH_VERSION);
		return 0;
	}
	for (size_t i = 0; i < NR_VERBS; i++)
		if (!strcmp(argv[1], verbs[i].name))
			return run_verb(&verbs[i], argc - 1, argv + 1);
	return complain(BENCH_USAGE, "there is no verb \"%s\"; `septbench --help` lists them",
			argv[1]);
}
