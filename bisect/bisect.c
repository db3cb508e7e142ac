// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench bisect`: options, the two ways to run, exit statuses. */
#include "bisect.h"

#include <lab/child.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fatal.h"
#include "hunt.h"
#include "options.h"

#define STEP_SKIP	125
#define STEP_ABORT	255
#define BOOTS_BOUNDED	5	/* of an end, by class of the metric */
#define BOOTS_NOISY	10
#define CONFIRM_BOUNDED	5	/* of each side of what was found */
#define CONFIRM_NOISY	20
#define DEFAULTS	4

struct bisect {
	struct bench_options o;
	struct line_spec spec;
	const struct sept_case *one_case;
	const char *metric, *measure, *flavour, *json;
	bool step;
	struct hunt h;
};

/* --- options --- */

static int set_case(void *to, const char *v)
{
	struct bisect *b = to;

	b->one_case = sept_case_find(v);
	return b->one_case
		       ? 0
		       : complain(BENCH_USAGE,
				  "--case: there is no case \"%s\"; `septbench list` names them",
				  v);
}

static const struct option table[] = {
	OPTION_GROUP("The search"),
	{ "kernel", "DIR",
	  "git repository of the kernel; only read\n"
	  "(series, option: its HEAD; default: Debian's source)", OPTION_STRING(struct bisect, spec.kernel) },
	{ "good", "COMMIT", "a commit before the change", OPTION_STRING(struct bisect, spec.good) },
	{ "bad", "COMMIT", "one after it; `worktree`: HEAD and what is changed on top",
	  OPTION_STRING(struct bisect, spec.bad) },
	{ "series", "VARIANT", "instead: which patch of this variant's series",
	  OPTION_STRING(struct bisect, spec.series) },
	{ "option", "NAME=V,V", "instead: two values of a kernel option",
	  OPTION_STRING(struct bisect, spec.option) },
	{ "case", "CASE", "case to run", OPTION_CALL(set_case) },
	{ "metric", "NAME", "metric that changed; `septbench list CASE` names them",
	  OPTION_STRING(struct bisect, metric) },
	{ "variant", "VARIANT", "whose patches are carried along (default: freeze)",
	  OPTION_STRING(struct bisect, spec.variant) },
	{ "flavour", "plain|debug", "of the lab kernel (default: plain)",
	  OPTION_STRING(struct bisect, flavour) },
	{ "measure", "COMMAND", "measure with this instead of the lab; see docs/bisect.md",
	  OPTION_STRING(struct bisect, measure) },
	{ "json", "FILE", "write the result as JSON too", OPTION_STRING(struct bisect, json) },
	{ "step", NULL, "judge HEAD alone, for `git bisect run`: exits with 0, 1, 125, 255",
	  OPTION_FLAG(struct bisect, step) },
	{ 0 }
};

/* It has defaults of its own, a case and a variant by options of its own, and no result file. */
static const struct option instead[] = {
	{ .name = "vcpus", .arg = "N",
	  .help = "vCPUs, 1.." BENCH_TEXT(BENCH_MAX_VCPUS) " (default: 1)" },
	{ .name = "pages", .arg = "N", .help = "4K pages of the test range (default: 256)" },
	{ .name = "blocks", .arg = "N",
	  .help = "measured blocks per boot; count: per seed (default: 2)" },
	{ .name = "clock", .arg = "count|wall", .help = "(default: count)" },
	{ .name = "seeds", .arg = "N",
	  .help = "count: the seeds that each boot measures, 1 to N, or A-B\n(default: 1)" },
	{ .name = "variants" }, { .name = "cases" }, { .name = "sweep" },
	{ .name = "inject" }, { .name = "quick" }, { .name = "out" },
	{ .name = "profile" }, { .name = "identify" }, { .name = "boot" },
	{ 0 }
};

static const struct options options = {
	.verb = "bisect", .usage = "[option]...", .table = table,
	.shared = bench_option_table, .shared_at = offsetof(struct bisect, o), .instead = instead,
};

/*
 * A bisection asks one question; these are enough for its answer. What the user says comes later
 * and wins.
 */
static int parse(struct bisect *b, int argc, char **argv)
{
	static const char * const defaults[DEFAULTS] = {
		"bisect", "--vcpus=1", "--pages=256", "--blocks=2"
	};
	char **all = calloc((size_t)argc + DEFAULTS, sizeof(*all));
	int r;

	if (!all)
		return complain(BENCH_INVALID, "no memory");
	memcpy(all, defaults, sizeof(defaults));
	memcpy(all + DEFAULTS, argv + 1, (size_t)argc * sizeof(*all));
	r = bench_options_parse(&options, b, argc - 1 + DEFAULTS, all);
	free(all);
	return r;
}

static const struct case_metric *find_metric(const struct sept_case *c, const char *name)
{
	for (const struct case_metric *m = c->metrics; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

static void take_precision(struct bisect *b, bool exact)
{
	bool count = b->o.clock == BENCH_CLOCK_COUNT && !b->measure;

	b->h.exact = exact;
	b->h.calibration = exact ? JUDGE_EXACT_BOOTS : count ? BOOTS_BOUNDED : BOOTS_NOISY;
	b->h.confirmation = exact ? JUDGE_EXACT_BOOTS : count ? CONFIRM_BOUNDED : CONFIRM_NOISY;
}

static int check_metric(struct bisect *b)
{
	const struct case_metric *m;
	bool count = b->o.clock == BENCH_CLOCK_COUNT;

	if (!b->one_case || !b->metric)
		return complain(
			BENCH_USAGE,
			"bisect: --case and --metric say what to look at; `septbench list CASE` lists a case's metrics");
	m = find_metric(b->one_case, b->metric);
	if (!m)
		return complain(BENCH_USAGE,
				"case %s has no metric \"%s\"; `septbench list %s` lists them",
				b->one_case->name, b->metric, b->one_case->name);
	if (!(m->clock & (count ? METRIC_COUNT : METRIC_WALL)))
		return complain(BENCH_USAGE,
				"metric %s does not exist under the clock %s; give --clock %s",
				m->name, bench_clock_name(b->o.clock), count ? "wall" : "count");
	b->h.m.unit = m->unit;
	b->h.m.better = (enum record_better)record_better_parse(m->better);
	/* With yield points, BUSY or short turns who meets whom hangs on the code's layout. */
	take_precision(b, count && m->class == METRIC_EXACT && !*b->o.softtdx &&
			       !b->o.turn);
	b->h.m.seeds = count && !b->h.exact;
	return 0;
}

static int check(struct bisect *b)
{
	if (b->o.nr_vcpus != 1)
		return complain(BENCH_USAGE, "bisect: one number for --vcpus");
	if (b->measure && (b->one_case || b->metric))
		return complain(BENCH_USAGE,
				"bisect: give --measure, or --case and --metric, not both");
	if (b->step && !(b->spec.kernel && b->spec.good && b->spec.bad))
		return complain(BENCH_USAGE, "bisect: --step needs --kernel, --good and --bad");
	b->h.m.line = &b->h.line;
	b->h.m.metric = b->metric;
	b->h.m.command = b->measure;
	b->h.m.flavour = b->flavour;
	if (b->measure) {
		b->h.m.unit = "";
		b->h.m.better = RECORD_NONE;
		take_precision(b, b->o.clock == BENCH_CLOCK_COUNT);
		return 0;
	}
	if (b->one_case)
		b->o.cases[0] = b->one_case;
	b->o.nr_cases = 1;
	return check_metric(b);
}

/* --- the whole search --- */

static void put_quoted(FILE *f, const char *word)
{
	if (word[strcspn(word, " \t\n'\"\\$`*?[]()<>|&;~#")])
		fprintf(f, " '%s'", word);	/* a quote inside is the reader's to mend */
	else
		fprintf(f, " %s", word);
}

/* The command as it was given, but with the ends moved to both sides of the change. */
static char *replay_command(const struct hunt *h, int argc, char **argv)
{
	const struct commit *p = h->line.points;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fputs("septbench bisect", f);
	for (int i = 1; i < argc; i++) {
		const char *end = !strncmp(argv[i], "--good", 6) ? p[h->search.last_good].id :
				  !strncmp(argv[i], "--bad", 5) ? p[h->search.first_bad].id : NULL;

		if (h->line.kind == LINE_COMMITS && end) {
			fprintf(f, " %.*s %s", (int)strcspn(argv[i], "="), argv[i], end);
			i += !strchr(argv[i], '=');
		} else {
			put_quoted(f, argv[i]);
		}
	}
	return fclose(f) ? NULL : text;
}

/* A merge brings a branch: its commits are not on the line. */
static void say_merge(struct hunt *h)
{
	char fork[REPO_ID], tip[REPO_ID];

	if (h->line.kind == LINE_COMMITS && h->search.first_bad == h->search.last_good + 1 &&
	    !repo_side_branch(&h->line.repo, h->line.points[h->search.first_bad].id, fork, tip) &&
	    *fork)
		printf("%-11s the commit is a merge; its branch: --good %.12s --bad %.12s\n",
		       "merge", fork, tip);
}

static int hunt_through(struct bisect *b, int argc, char **argv)
{
	struct hunt *h = &b->h;
	struct timespec start, end;
	char *replay;
	int r;

	clock_gettime(CLOCK_MONOTONIC, &start);
	r = hunt_ends(h);
	if (!r)
		r = hunt_all(h);
	if (!r)
		r = hunt_confirm(h);
	if (r)
		return r;
	clock_gettime(CLOCK_MONOTONIC, &end);
	replay = replay_command(h, argc, argv);
	report_hunt(h, replay ? replay : "", (double)(end.tv_sec - start.tv_sec) +
		    (double)(end.tv_nsec - start.tv_nsec) / 1e9);
	free(replay);
	say_merge(h);
	r = b->json ? report_json(h, b->json) : 0;
	if (r)
		return r;
	return h->confirmed && h->search.first_bad == h->search.last_good + 1 ? 0 : BENCH_INVALID;
}

/* --- one step --- */

/* HEAD need not be on the line between the ends: `git bisect` walks branches too. */
static int add_head(struct hunt *h, size_t *i)
{
	char id[REPO_ID];
	struct commit *points;
	struct seen *seen;
	int r = repo_commit(&h->line.repo, "HEAD", id);

	if (r)
		return r;
	for (*i = 0; *i < h->line.nr; ++*i)
		if (!strcmp(h->line.points[*i].id, id))
			return 0;
	points = reallocarray(h->line.points, h->line.nr + 1, sizeof(*points));
	if (!points)
		return complain(BENCH_INVALID, "no memory");
	h->line.points = points;
	seen = reallocarray(h->seen, h->line.nr + 1, sizeof(*seen));
	if (!seen)
		return complain(BENCH_INVALID, "no memory");
	h->seen = seen;
	memset(&seen[*i], 0, sizeof(*seen));
	memset(&points[*i], 0, sizeof(*points));
	strcpy(points[*i].id, id);
	points[*i].subject = strdup("HEAD");
	h->line.nr++;
	return points[*i].subject ? 0 : complain(BENCH_INVALID, "no memory");
}

static int judge_head(struct hunt *h)
{
	static const int status[] = {
		[SIDE_UNKNOWN] = STEP_ABORT,
		[SIDE_GOOD] = 0,
		[SIDE_BAD] = 1,
		[SIDE_SKIP] = STEP_SKIP,
	};
	enum side side = SIDE_UNKNOWN;
	size_t i;

	if (hunt_ends(h) || add_head(h, &i) || hunt_point(h, i, &side))
		return STEP_ABORT;
	return status[side];
}

static int start(struct bisect *b, int argc, char **argv)
{
	int r = parse(b, argc, argv);

	if (!r)
		r = check(b);
	if (r)
		return r;
	b->h.with_seed = b->o;
	b->h.m.o = &b->h.with_seed;
	child_catch_signals();
	r = line_open(&b->h.line, &b->spec);
	return r ? r : measure_init(&b->h.m);
}

int cmd_bisect(int argc, char **argv)
{
	struct bisect *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return complain(BENCH_INVALID, "no memory");
	b->flavour = "plain";
	b->spec.variant = "freeze";
	r = start(b, argc, argv);
	if (r == OPTIONS_HELP)
		r = 0;
	else if (b->step)
		r = r ? STEP_ABORT : judge_head(&b->h);
	else if (!r)
		r = hunt_through(b, argc, argv);
	hunt_free(&b->h);
	bench_options_free(&b->o);
	free(b);
	return r;
}
