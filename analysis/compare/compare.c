// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `compare`: which arms against which, whether they may be compared, and the exit status.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <util/options.h>

#include "analysis/analysis.h"
#include "internal.h"

#define MAX_FILES	2

enum format { FORMAT_TEXT, FORMAT_MD, FORMAT_JSON };

struct compare {
	const char *base;	/* --base, NULL if not given */
	const char *profile;	/* --profile, NULL: the one the run names */
	enum format format;
	bool allow_mismatch;
	bool look;		/* --look */
	bool strict;
	struct selection select;
	struct option_words paths;

	struct record_file *files[MAX_FILES];
	struct model_profile *model;
	struct dataset *ds;
	struct report report;
	bool unsound;		/* some file is not sound as a whole */

	const char *verb;	/* which the user ran */
	int (*use)(void *arg, const struct report *r);	/* NULL: print it */
	void *arg;
};

static const struct option table[] = {
	{ "base", "VARIANT", "what the others are held against", OPTION_STRING(struct compare, base) },
	{ "format", "text|md|json", "(default: text)", OPTION_CHOICE(struct compare, format) },
	{ "all", NULL, "print every row", OPTION_FLAG(struct compare, select.all) },
	{ "cases", "CASE,...",
	  "print these alone; * and ? match. Verdict and exit status are of all",
	  OPTION_STRING(struct compare, select.cases) },
	{ "metrics", "NAME,...", "the same for metrics", OPTION_STRING(struct compare, select.metrics) },
	{ "strict", NULL, "fail on any difference of an exact gated metric, however small",
	  OPTION_FLAG(struct compare, strict) },
	{ "profile", "all-zero|tdx-estimate|FILE", "cost profile of the model (default: the run's)",
	  OPTION_STRING(struct compare, profile) },
	{ "allow-mismatch", NULL, "compare results of another substrate, clock or machine too",
	  OPTION_FLAG(struct compare, allow_mismatch) },
	{ "look", NULL,
	  "of a run that may still be under way, one line for programs:\n"
	  "\"look 1 undecided N of M unit boots n K aa ok|failed|none\";\n"
	  "exit status 0 if every gated metric is decided, else 3",
	  OPTION_FLAG(struct compare, look) },
	{ 0 }
};

static const struct options options = {
	.verb = "compare",
	.usage = "FILE [FILE2] [option]...\ncompare --look FILE [--base VARIANT]",
	.text = "Compares the variants in FILE, or FILE with FILE2: one screen, the verdict first.\n"
		"Exit status: 0 no gated metric regressed, 1 one did, 2 usage, 3 the results are\n"
		"damaged, not repeatable, not comparable, or leave open whether a gated metric\n"
		"regressed.",
	.table = table,
	.words = { .arg = "a result file", OPTION_WORDS(struct compare, paths, 1, MAX_FILES) },
};

static int parse_args(struct compare *c, int argc, char **argv)
{
	int status = options_parse(&options, c, argc, argv);

	if (!status && c->look && c->paths.nr > 1)
		return options_refuse("compare", "--look takes one file, not also %s", c->paths.v[1]);
	return status;
}

static int read_files(struct compare *c)
{
	size_t i;

	for (i = 0; i < c->paths.nr; i++) {
		/* A run under way has no end, and to say so at every look would be noise. */
		int status = c->look ? record_read_growing(c->paths.v[i], &c->files[i], stderr) :
				       record_read(c->paths.v[i], &c->files[i], stderr);

		if (!c->files[i])
			return status;
		c->unsound |= status != 0;
	}
	return 0;
}

/*
 * The model is an extra: a run may name a profile file, which may not be here, or be a stranger's
 * name for any file of ours. It is said, and left out. A profile that was asked for must be there.
 */
static int load_profile(struct compare *c)
{
	const char *name = c->profile ? c->profile : c->files[0]->run.profile;

	if (!c->profile && strpbrk(name, "./")) {
		fprintf(stderr,
			"%s: its cost profile %s is a file; give it with --profile for the model\n",
			c->files[0]->path, name);
		return 0;
	}
	c->model = model_profile_load(name, stderr);
	if (!c->model)
		return c->profile ? 2 : 0;
	if (!c->profile && !model_profile_prices_module(c->model)) {
		model_profile_free(c->model);
		c->model = NULL;
	}
	return 0;
}

/* Two files must agree in these for their figures to mean the same. */
struct key {
	const char *name;
	const char *a, *b;
};

#define NR_TIME_KEYS	2

/* Of env.conditions; what only grows (steal, smi) is judged within a run. */
static const char *const conditions[] = {
	"governor", "turbo", "cstates", "smt", "isolcpus", "nohz_full", "numa_balancing", "thp",
	"mitigations", "clocksource", "microcode", "tdx_module",
};

#define NR_CONDITIONS	(sizeof(conditions) / sizeof(conditions[0]))

static void check_conditions(struct compare *c, FILE *out)
{
	size_t i;

	for (i = 0; i < NR_CONDITIONS; i++) {
		char path[64];
		const char *a, *b;

		snprintf(path, sizeof(path), "conditions.%s", conditions[i]);
		a = record_env(c->files[0], path, "?");
		b = record_env(c->files[1], path, "?");
		if (strcmp(a, b))
			fprintf(out, "; %s %s against %s", conditions[i], a, b);
	}
}

/* Seeds that @a and @b both have; one is enough to compare by. */
static bool share_a_seed(const struct record_file *a, const struct record_file *b)
{
	size_t i, j;

	for (i = 0; i < a->nr_blocks; i++)
		for (j = 0; j < b->nr_blocks; j++)
			if (a->blocks[i].seed == b->blocks[j].seed)
				return true;
	return false;
}

static void check_keys(struct compare *c, FILE *out)
{
	const struct record_file *a = c->files[0], *b = c->files[1];
	const struct key keys[] = {
		{ "substrate", a->run.substrate, b->run.substrate },
		{ "clock", a->run.clock, b->run.clock },
		{ "profile", a->run.profile, b->run.profile },
		{ "kernel flavour", a->run.flavour, b->run.flavour },
		{ "kernel config", record_env(a, "kernel_config", "?"),
		  record_env(b, "kernel_config", "?") },
		{ "accelerator", record_env(a, "accel", "?"), record_env(b, "accel", "?") },
		{ "QEMU", record_env(a, "qemu", "?"), record_env(b, "qemu", "?") },
		{ "module release", record_env(a, "module", "?"), record_env(b, "module", "?") },
		{ "module setting", record_env(a, "softtdx", "none"),
		  record_env(b, "softtdx", "none") },
		{ "a CPU's turn", record_env(a, "turn", "up to a timer"),
		  record_env(b, "turn", "up to a timer") },
		/* From here on: what only time depends on. */
		{ "host CPU", record_env(a, "cpu", "?"), record_env(b, "cpu", "?") },
		{ "host CPUs", record_env(a, "host_cpus", "?"), record_env(b, "host_cpus", "?") },
	};
	bool count = !strcmp(a->run.clock, "count") && !strcmp(b->run.clock, "count");
	size_t i, nr = sizeof(keys) / sizeof(keys[0]) - (count ? NR_TIME_KEYS : 0);

	for (i = 0; i < nr; i++)
		if (strcmp(keys[i].a, keys[i].b))
			fprintf(out, "; %s %s against %s", keys[i].name, keys[i].a, keys[i].b);
	if (!count)
		check_conditions(c, out);
	if (count && !share_a_seed(a, b))
		fprintf(out, "; no seed in common: %llu against %llu",
			(unsigned long long)a->run.seed, (unsigned long long)b->run.seed);
}

/* 3 if the files must not be compared. */
static int check_comparable(struct compare *c)
{
	size_t len;
	char *text = NULL;
	FILE *out;

	if (c->paths.nr < 2)
		return 0;
	out = open_memstream(&text, &len);
	if (!out)
		return 3;
	check_keys(c, out);
	fclose(out);
	if (!len) {
		free(text);
		return 0;
	}
	memmove(text, text + 2, len - 1);	/* the first "; " */
	c->report.mismatch = text;
	if (c->allow_mismatch)
		return 0;
	fprintf(stderr,
		"septbench %s: %s and %s are not comparable: %s%s\n", c->verb, c->paths.v[0],
		c->paths.v[1], text,
		c->use ? "" : "; --allow-mismatch compares them all the same");
	return 3;
}

static bool in_file(const struct compare *c, size_t arm, size_t file)
{
	return c->ds->arms[arm].file == c->files[file];
}

/* Arm of @variant in @file, or nr_arms. */
static size_t find_arm(const struct compare *c, size_t file, const char *variant)
{
	size_t i;

	for (i = 0; i < c->ds->nr_arms; i++)
		if (in_file(c, i, file) && !strcmp(c->ds->arms[i].variant, variant))
			break;
	return i;
}

/* What to compare with if nobody says: upstream, if it was measured, else the first arm. */
static int choose_base(const struct compare *c, size_t *base)
{
	size_t i;

	*base = find_arm(c, 0, c->base ? c->base : "freeze");
	if (*base < c->ds->nr_arms)
		return 0;
	if (!c->base) {
		for (*base = 0; c->ds->arms[*base].aa && *base + 1 < c->ds->nr_arms;)
			++*base;
		return 0;
	}
	fprintf(stderr, "septbench %s: no variant %s in %s; it has", c->verb, c->base,
		c->paths.v[0]);
	for (i = 0; i < c->ds->nr_arms && in_file(c, i, 0); i++)
		fprintf(stderr, " %s", c->ds->arms[i].variant);
	fputc('\n', stderr);
	return 2;
}

static int add_table(struct compare *c, size_t base, size_t *others, size_t nr)
{
	struct table *t = &c->report.tables[c->report.nr_tables];
	int err = table_build(t, c->ds, base, others, nr);

	if (!err)
		c->report.nr_tables++;
	return err;
}

/* @base against all other arms of file @from; @aa: against its own A/A arm instead. */
static int compare_with_base(struct compare *c, size_t base, size_t from, bool aa)
{
	size_t *others = calloc(c->ds->nr_arms, sizeof(*others));
	size_t i, nr = 0;

	if (!others)
		return -ENOMEM;
	for (i = 0; i < c->ds->nr_arms; i++)
		if (i != base && in_file(c, i, from) &&
		    (aa ? dataset_is_aa_of(c->ds, i, base) : !c->ds->arms[i].aa))
			others[nr++] = i;
	if (!nr) {
		free(others);
		return 0;
	}
	return add_table(c, base, others, nr);
}

/* Every variant that both files have against itself. */
static int compare_shared(struct compare *c)
{
	size_t i;

	for (i = 0; i < c->ds->nr_arms && in_file(c, i, 0); i++) {
		size_t twin = find_arm(c, 1, c->ds->arms[i].variant);
		size_t *others;
		int err;

		if (twin == c->ds->nr_arms || c->ds->arms[i].aa)
			continue;
		others = calloc(1, sizeof(*others));
		if (!others)
			return -ENOMEM;
		others[0] = twin;
		err = add_table(c, i, others, 1);
		if (err)
			return err;
	}
	return 0;
}

/* The arm that A/A arm @aa is to be equal to, or nr_arms. */
static size_t find_aa_base(const struct compare *c, size_t aa)
{
	size_t base;

	for (base = 0; base < c->ds->nr_arms; base++)
		if (dataset_is_aa_of(c->ds, aa, base))
			break;
	return base;
}

static int build_aa(struct compare *c)
{
	size_t i;
	int err = 0;

	c->report.aa = calloc(c->ds->nr_arms + 1, sizeof(*c->report.aa));
	if (!c->report.aa)
		return -ENOMEM;
	for (i = 0; i < c->ds->nr_arms && !err; i++) {
		size_t base = find_aa_base(c, i);

		if (base == c->ds->nr_arms)
			continue;
		err = aa_build(&c->report.aa[c->report.nr_aa], c->ds, base, i);
		c->report.nr_aa += !err;
	}
	return err;
}

/* Nothing to hold the first arm against: why, and what to do. */
static int refuse_alone(const struct compare *c)
{
	size_t i;

	for (i = 0; i < c->ds->nr_arms; i++)
		if (c->ds->arms[i].aa && find_aa_base(c, i) == c->ds->nr_arms) {
			fprintf(stderr,
				"septbench %s: %s: %s is an A/A arm, but its base is not "
				"there: nothing can be judged\n",
				c->verb, c->ds->arms[i].file->path, c->ds->arms[i].variant);
			return 3;
		}
	fprintf(stderr,
		"septbench %s: only variant %s in %s; give a second file, or a run of two "
		"variants\n",
		c->verb, c->ds->arms[0].variant, c->paths.v[0]);
	return 2;
}

/* 0, an exit status after a message, or -ENOMEM. */
static int build_tables(struct compare *c)
{
	size_t base;
	int err;

	c->report.tables = calloc(c->ds->nr_arms + 1, sizeof(*c->report.tables));
	if (!c->report.tables)
		return -ENOMEM;
	if (c->paths.nr == 2 && !c->base) {
		err = compare_shared(c);
		if (err || c->report.nr_tables)
			return err;
	}
	err = choose_base(c, &base);
	if (!err)
		err = compare_with_base(c, base, c->paths.nr - 1, false);
	/* A run that only shows its noise is shown as one. */
	if (!err && !c->report.nr_tables)
		err = compare_with_base(c, base, c->paths.nr - 1, true);
	if (!err && !c->report.nr_tables)
		err = refuse_alone(c);
	return err;
}

/* For whoever makes the run: one line, for a program to read. */
static int print_look(const struct compare *c)
{
	const struct report *r = &c->report;
	const struct arm *base = &c->ds->arms[r->tables[0].base];
	bool failed = report_aa_failed(r);

	printf("look 1 undecided %zu of %zu unit %s n %u aa %s\n", r->undecided,
	       r->families.gated, dataset_unit_name(base, 2),
	       base->by_seed ? base->seeds : base->boots,
	       failed ? "failed" : r->nr_aa ? "ok" : "none");
	return failed || r->undecided || c->unsound ? 3 : 0;
}

/* A name that is in no row: most likely mistyped, and a table of nothing looks like a good one. */
static int check_selection(const struct compare *c)
{
	const struct selection *s = &c->select;
	unsigned int i;

	for (i = 0; i < c->ds->nr_metrics; i++)
		if (figures_selected(&c->report, &c->ds->metrics[i]))
			return 0;
	return options_refuse("compare", "%s%s%s%s: no row is selected", s->cases ? "--cases " : "",
			      s->cases ? s->cases : "",
			      s->metrics ? s->cases ? " --metrics " : "--metrics " : "",
			      s->metrics ? s->metrics : "");
}

static int conclude(struct compare *c)
{
	struct report *r = &c->report;
	int err;

	r->ds = c->ds;
	r->strict = c->strict;
	r->select = c->select;
	err = c->select.cases || c->select.metrics ? check_selection(c) : 0;
	if (!err)
		err = report_take_notes(r);
	if (err)
		return err;
	report_conclude(r, c->unsound, c->allow_mismatch);
	if (r->compared || c->look)
		return 0;
	fprintf(stderr, "septbench %s: %s: nothing was compared: no metric has a valid block "
		"that is no warm-up in both arms\n", c->verb, c->paths.v[c->paths.nr - 1]);
	return 0;
}

static int print_report(struct compare *c)
{
	int err = conclude(c);

	if (err || c->look)
		return err ? err : print_look(c);
	if (c->use) {
		err = c->use(c->arg, &c->report);
		return err ? err : c->report.status;
	}
	if (c->format == FORMAT_TEXT)
		report_print_text(&c->report, stdout);
	else if (c->format == FORMAT_MD)
		report_print_md(&c->report, stdout);
	else
		err = report_print_json(&c->report, stdout);
	if (err)
		return err;
	if (fflush(stdout)) {
		fprintf(stderr, "septbench compare: stdout: %s\n", strerror(errno));
		return 3;
	}
	return c->report.status;
}

static int build_dataset(struct compare *c)
{
	size_t i;

	for (i = 0; i < c->paths.nr; i++)
		if (!c->files[i]->nr_blocks) {
			fprintf(stderr, "%s: has no blocks to compare\n", c->paths.v[i]);
			return 3;
		}
	c->ds = dataset_build(c->files, c->paths.nr, c->model);
	return c->ds ? 0 : -ENOMEM;
}

static int run(struct compare *c)
{
	int err = read_files(c);

	if (!err)
		err = load_profile(c);
	if (!err)
		err = build_dataset(c);
	if (!err)
		err = check_comparable(c);
	if (!err)
		err = build_tables(c);
	if (!err)
		err = build_aa(c);
	if (!err)
		err = tables_judge(c->report.tables, c->report.nr_tables, &c->report.families);
	if (!err)
		err = print_report(c);
	if (err == -ENOMEM) {
		fprintf(stderr, "septbench %s: no memory\n", c->verb);
		err = 3;
	}
	return err;
}

static void release(struct compare *c)
{
	size_t i;

	for (i = 0; i < c->report.nr_tables; i++)
		table_clear(&c->report.tables[i]);
	free(c->report.tables);
	for (i = 0; i < c->report.nr_aa; i++)
		table_clear(&c->report.aa[i].table);
	free(c->report.aa);
	free(c->report.mismatch);
	report_clear_notes(&c->report);
	dataset_free(c->ds);
	model_profile_free(c->model);
	for (i = 0; i < c->paths.nr; i++)
		record_file_free(c->files[i]);
}

int cmd_compare(int argc, char **argv)
{
	struct compare c = { .format = FORMAT_TEXT, .verb = options.verb };
	int status = parse_args(&c, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	status = run(&c);
	release(&c);
	return status;
}

int compare_files(const char *verb, struct option_words paths, const char *base,
		  int (*use)(void *arg, const struct report *r), void *arg)
{
	struct compare c = {
		.verb = verb, .paths = paths, .base = base, .use = use, .arg = arg
	};
	int status = run(&c);

	release(&c);
	return status;
}
