// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of `septbench lab`, and where its result goes. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fatal.h"
#include "perf.h"
#include "state.h"

#define MAX_SMP		128	/* CONFIG_NR_CPUS of the lab kernel */
#define MAX_SMP_WIDE	255	/* ids of APICs, without interrupt remapping */
#define MAX_NUMA	8
#define MAX_BOOTS	10000
#define DEFAULT_TIMEOUT	300
#define BOOTS_QUICK	6
#define BOOTS_ADAPTIVE	40	/* at most */
#define BOOTS_ADAPTIVE_QUICK 16

static int add_series(void *to, const char *word)
{
	return bench_options_add_variant(&((struct lab *)to)->o, word);
}

static int add_program(void *to, const char *file)
{
	return exec_add(&((struct lab *)to)->exec, file);
}

static int add_argument(void *to, const char *word)
{
	return exec_add_arg(&((struct lab *)to)->exec, word);
}

static const struct option table[] = {
	OPTION_GROUP("The lab"),
	{ "kernel", "DIR",
	  "kernel source: a tree, or a git repository, which is only read\n"
	  "(default: the newest 7.3 or 7.2 from Debian)", OPTION_STRING(struct lab, kernel) },
	{ "at", "COMMIT",
	  "commit of that repository (default: the start of a range; else the\n"
	  "work tree with what is changed in it)", OPTION_STRING(struct lab, at) },
	{ "flavour", "plain|debug|kcsan|wide",
	  "of the lab kernel: debug has its checks, kcsan looks for data races,\n"
	  "wide takes up to 254 vCPUs where others take 127 (default: plain)", OPTION_STRING(struct lab, flavour) },
	{ "smp", "N", "CPUs of the VM (default: one more than the vCPUs of a TD, as --numa\nneeds it)",
	  OPTION_NUMBER(struct lab, smp, 1, MAX_SMP_WIDE) },
	{ "numa", "N", "NUMA nodes of the VM, each a socket (default: no NUMA)",
	  OPTION_NUMBER(struct lab, numa, 1, MAX_NUMA) },
	{ "boots", "N", "boots per variant (default: 1 under count, 10 under wall; quick: 6)",
	  OPTION_NUMBER(struct lab, boots, 1, MAX_BOOTS) },
	{ "adaptive", NULL,
	  "wall: boot until every gated metric is decided, at most --boots times\n"
	  "(default: 40; quick: 16), looking at that, half of it, and so on",
	  OPTION_FLAG(struct lab, adaptive) },
	{ "explain", NULL,
	  "count also what code executes the instructions, for `septbench explain`",
	  OPTION_FLAG(struct lab, explain) },
	{ "resume", NULL,
	  "go on with the run in --out FILE, if it was cut short: the boots that\n"
	  "are missing; give the same options as then", OPTION_FLAG(struct lab, resume) },
	{ "exec", "FILE",
	  "measure nothing, but run this static program in the guest, over\n"
	  "softtdx, as a child of its init; may be given several times. What\n"
	  "it says goes to --out, how it ended to stdout", OPTION_CALL(add_program) },
	{ "exec-arg", "WORD",
	  "an argument of the program of the --exec before it; may be given\nseveral times", OPTION_CALL(add_argument) },
	{ "exec-limit", "SECONDS",
	  "of the guest's clock, after which such a program is ended\n(default: "
	  BENCH_TEXT(EXEC_DEFAULT_LIMIT) ")", OPTION_NUMBER(struct lab, exec.limit, 1, 86400) },
	{ "timeout", "SECONDS", "of CPU time without output after which a guest is ended (default: 300)",
	  OPTION_NUMBER(struct lab, timeout, 1, 86400) },
	{ 0 }
};

static const struct options lab_options = {
	.verb = "lab", .usage = "[option]...", .table = table,
	.shared = bench_option_table, .shared_at = offsetof(struct lab, o),
};

static const struct options try_options = {
	.verb = "try",
	.usage = "[option]... [NAME=]SERIES...",
	.text = "From patches to a table: each SERIES is measured against the tree without it. It is a patch,\n"
		"an mbox (- is stdin), a folder of patches, or FROM..TO of the git repository --kernel; without\n"
		"one, what is changed in the work tree of --kernel. As `lab --quick`, with these options:",
	.table = table,
	.shared = bench_option_table, .shared_at = offsetof(struct lab, o),
	.words = { OPTION_CALL(add_series) },
};

static void set_defaults(struct lab *l)
{
	unsigned int most = 1;

	for (size_t i = 0; i < l->o.nr_vcpus; i++)
		most = l->o.vcpus[i] > most ? l->o.vcpus[i] : most;
	if (!l->smp) {
		l->smp = most * l->o.tds + 1;
		if (l->numa)
			l->smp = (l->smp + l->numa - 1) / l->numa * l->numa;
	}
	if (!l->exec.limit)
		l->exec.limit = EXEC_DEFAULT_LIMIT;
	if (!l->boots && l->exec.nr)
		l->boots = 1;
	else if (!l->boots && l->adaptive)
		l->boots = l->o.quick ? BOOTS_ADAPTIVE_QUICK : BOOTS_ADAPTIVE;
	else if (!l->boots)
		l->boots = l->o.clock == BENCH_CLOCK_COUNT ? 1
			   : l->o.quick			   ? BOOTS_QUICK
							   : BOOTS_WALL;
	if (l->adaptive)
		l->looks = schedule_looks(l->boots, l->look);
	if (!l->o.nr_variants && !l->try)
		l->o.all_variants = true;
}

/* Without a word on what is to be tried, it is what is not committed yet. */
static int check_tried(struct lab *l)
{
	if (!l->try || l->o.nr_variants)
		return l->try && l->o.all_variants
			       ? complain(BENCH_USAGE, "try: --variants all is for the lab")
			       : 0;
	if (!l->kernel || !repo_is_at(l->kernel))
		return complain(
			BENCH_USAGE,
			"try: give a patch, an mbox, a folder or a range of commits, or with --kernel a git repository whose work tree is to be tried; --help tells more");
	return bench_options_add_variant(&l->o, "HEAD.." REPO_WORKTREE);
}

static int check_exec(const struct lab *l)
{
	if (l->exec.nr && l->try)
		return complain(BENCH_USAGE, "try: --exec is for the lab");
	if (l->exec.nr && (l->adaptive || l->explain || l->resume || l->o.sweep))
		return complain(BENCH_USAGE,
				"--exec measures nothing: not with --adaptive, --explain, --resume, "
				"--sweep or --inject");
	return 0;
}

static int check_options(const struct lab *l)
{
	bool wide = !strcmp(l->flavour, "wide");
	unsigned int most = wide ? MAX_SMP_WIDE : MAX_SMP;

	/* A result keeps the name alone, and those who price it must find the file. */
	if (strcmp(l->o.profile, "all-zero") && strcmp(l->o.profile, "tdx-estimate") &&
	    access(l->o.profile, R_OK))
		return complain(BENCH_USAGE, "--profile %s: %s; all-zero and tdx-estimate are built in",
				l->o.profile, strerror(errno));
	if (l->smp > most)
		return complain(BENCH_USAGE,
				"%u CPUs for the vCPUs and the control thread: the lab has %u%s", l->smp,
				most, wide ? "" : ", --flavour wide " BENCH_TEXT(MAX_SMP_WIDE));
	if (l->numa && l->smp % l->numa)
		return complain(BENCH_USAGE, "--numa %u: the %u CPUs cannot be shared out evenly",
				l->numa, l->smp);
	if (*l->o.events && !perf_built)
		return complain(BENCH_CANNOT, "--events: " PERF_NOT_BUILT);
	if (l->o.nr_variants && l->o.all_variants)
		return complain(BENCH_USAGE, "--variants: all, or names, not both");
	if (l->adaptive && l->o.clock != BENCH_CLOCK_WALL)
		return complain(BENCH_USAGE,
				"--adaptive is for --clock wall: counts are decided by two boots");
	if (l->adaptive && !l->looks)
		return complain(BENCH_USAGE, "--adaptive --boots %u: at least %d", l->boots,
				SCHEDULE_LEAST_LOOK);
	if (l->resume && l->explain)
		return complain(BENCH_USAGE,
				"--resume: not with --explain, whose counts are of whole runs");
	if (l->resume && !l->o.out)
		return complain(BENCH_USAGE, "--resume: which file? Give it with --out");
	if (l->explain && l->o.clock != BENCH_CLOCK_COUNT)
		return complain(BENCH_USAGE,
				"--explain: is about instructions, it needs --clock count");
	return 0;
}

int lab_parse(struct lab *l, int argc, char **argv)
{
	int r;

	l->flavour = "plain";
	l->timeout = DEFAULT_TIMEOUT;
	r = bench_options_parse(l->try ? &try_options : &lab_options, l, argc, argv);
	if (!r)
		r = check_tried(l);
	if (r)
		return r;
	set_defaults(l);
	r = check_exec(l);
	return r ? r : check_options(l);
}

static int check_folder(const char *file)
{
	char path[LAB_PATH];
	const char *dir;

	snprintf(path, sizeof(path), "%s", file);
	dir = dirname(path);
	return access(dir, W_OK) ? complain(BENCH_CANNOT, "no result can be written into %s: %s",
					    dir, strerror(errno))
				 : 0;
}

/* Before anything is built: is the result file new, and can it be written? */
int lab_choose_out(struct lab *l)
{
	struct stat st;
	const char *kind = l->try ? "try" : l->exec.nr ? "exec" : "lab";
	int r = bench_options_out(&l->o, kind, l->out, sizeof(l->out));

	if (r)
		return r;
	if (!l->resume && !stat(l->out, &st) && st.st_size)
		return complain(BENCH_USAGE,
				"%s exists; results are not overwritten, give another --out; "
				"a run that was cut short goes on with --resume",
				l->out);
	return check_folder(l->out);
}
