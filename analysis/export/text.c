// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exports that are lines of text: Go benchmarks, KTAP.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <util/number.h>

#include "analysis/compare/compare.h"
#include "analysis/history/history.h"
#include "export.h"

static int no_memory(void)
{
	fputs("septbench export: no memory\n", stderr);
	return 3;
}

/* A configuration line: the value ends at the line's end. */
static void put_config(FILE *out, const char *key, const char *value)
{
	fprintf(out, "%s: ", key);
	for (; *value; value++)
		fputc(iscntrl((unsigned char)*value) ? ' ' : *value, out);
	fputc('\n', out);
}

/* A line that benchstat does not read: its first letter is no small one. */
static void put_note(FILE *out, const char *what, const char *of, const char *value)
{
	char key[128];

	snprintf(key, sizeof(key), "# %.40s%s%.60s", what, *of ? " " : "", of);
	put_config(out, key, value);
}

static void put_run(const struct export *x, const struct record_file *f, FILE *out)
{
	char *night = x->nr_files > 1 ? store_night_name(f->path) : NULL, seed[32];

	snprintf(seed, sizeof(seed), "%" PRIu64, f->run.seed);
	if (night)
		put_config(out, "night", night);
	put_config(out, "substrate", f->run.substrate);
	put_config(out, "clock", f->run.clock);
	put_config(out, "profile", f->run.profile);
	put_config(out, "flavour", f->run.flavour);
	put_config(out, "seed", seed);
	put_config(out, "options", record_env(f, "options", "unknown"));
	put_config(out, "cpu", record_env(f, "cpu", "unknown"));
	put_config(out, "accel", record_env(f, "accel", "unknown"));
	put_note(out, "kernel", "", record_env(f, "kernel", "unknown"));
	put_note(out, "compiler", "", record_env(f, "compiler", "unknown"));
	free(night);
}

/*
 * benchunit takes "ns" for a time, and scales it, where it is a word between minus signs before any
 * slash: fault_p50 [ns] is "p50-fault-ns", zap_per_page [ns/page] "zap-ns/page", tracks_per_page
 * [1/page] "tracks/page".
 */
static void put_unit_name(FILE *out, const struct metric *m)
{
	const char *slash = strchr(m->unit, '/'), *per = slash ? strstr(m->name, "_per_") : NULL;
	const char *tail = strrchr(m->name, '_'), *p;
	bool quantile = tail && !per && ((tail[1] == 'p' && isdigit((unsigned char)tail[2])) ||
					 !strcmp(tail, "_max") || !strcmp(tail, "_mean"));
	const char *end = per ? per : quantile ? tail : m->name + strlen(m->name);

	if (quantile)
		fprintf(out, "%s-", tail + 1);
	for (p = m->name; p < end; p++)
		fputc(*p == '_' ? '-' : *p, out);
	if (m->unit[0] == '1' && (!m->unit[1] || m->unit[1] == '/'))
		fputs(m->unit + 1, out);
	else if (*m->unit)
		fprintf(out, "-%s", m->unit);
}

static bool same_unit(const struct metric *a, const struct metric *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->unit, b->unit);
}

/* What is said of a unit holds for every case that has it. */
static void put_units(const struct dataset *ds, FILE *out)
{
	size_t i, j;

	for (i = 0; i < ds->nr_metrics; i++) {
		const struct metric *m = &ds->metrics[i];
		bool exact = true, better = m->better != RECORD_NONE;

		for (j = 0; j < i && !same_unit(&ds->metrics[j], m); j++)
			;
		if (j < i)
			continue;
		for (j = i; j < ds->nr_metrics; j++)
			if (same_unit(&ds->metrics[j], m)) {
				exact &= ds->metrics[j].class == RECORD_EXACT;
				better &= ds->metrics[j].better == m->better;
			}
		if (!exact && !better)
			continue;
		fputs("Unit ", out);
		put_unit_name(out, m);
		if (better)
			fprintf(out, " better=%s", record_better_name(m->better));
		fputs(exact ? " assume=exact\n" : "\n", out);
	}
}

/*
 * "BenchmarkZap/variant=freeze/pages=256/vcpus=2/clock=count": a clock at the end is no number
 * after a minus sign, whatever a variant or a parameter is called.
 */
static char *go_name(const struct dataset *ds, size_t group, size_t arm)
{
	const struct group *g = &ds->groups[group];
	char *name, *p;

	if (asprintf(&name, "Benchmark%c%s/variant=%s%s%s/clock=%s",
		     toupper((unsigned char)g->case_name[0]), g->case_name + 1,
		     ds->arms[arm].variant, *g->params ? "/" : "", g->params, ds->arms[arm].file->run.clock) < 0)
		return NULL;
	for (p = name; *p; p++)
		if (*p == ' ')
			*p = '/';
	return name;
}

/* Value of unit @id, NaN if there is none. */
static double unit_value(const struct summary *s, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (s->id[i] == id)
			return s->sample[i];
	return NAN;
}

/* Metrics [first, first + nr) are one group; @s their summaries for one arm. */
static void put_unit(const struct dataset *ds, size_t first, size_t nr, const struct summary *s,
		     uint64_t id, const char *name, FILE *out)
{
	char number[32];
	bool any = false;
	size_t i;

	for (i = 0; i < nr; i++) {
		double v = unit_value(&s[i], id);

		if (isnan(v))
			continue;
		if (!any)
			fprintf(out, "%s %zu", name, s[i].blocks / s[i].n);
		fprintf(out, " %s ", number_shortest(number, v));
		put_unit_name(out, &ds->metrics[first + i]);
		any = true;
	}
	if (any)
		fputc('\n', out);
}

static int put_group(const struct dataset *ds, size_t first, size_t nr, size_t arm, FILE *out)
{
	struct summary *s = calloc(nr, sizeof(*s));
	char *name = go_name(ds, ds->metrics[first].group, arm);
	const struct summary *most = s;
	size_t i;
	int err = s && name ? 0 : -ENOMEM;

	for (i = 0; i < nr && !err; i++) {
		err = dataset_summary(ds, first + i, arm, &s[i]);
		if (!err && s[i].n > most->n)
			most = &s[i];
	}
	/* Each unit that the metric with most of them has. */
	for (i = 0; !err && i < most->n; i++)
		put_unit(ds, first, nr, s, most->id[i], name, out);
	for (i = 0; s && i < nr; i++)
		summary_clear(&s[i]);
	free(s);
	free(name);
	return err;
}

static size_t group_size(const struct dataset *ds, size_t first)
{
	size_t end = first;

	while (end < ds->nr_metrics && ds->metrics[end].group == ds->metrics[first].group)
		end++;
	return end - first;
}

int export_go(const struct export *x, FILE *out)
{
	const struct dataset *ds = x->ds;
	size_t a, m, nr;

	put_units(ds, out);
	for (a = 0; a < ds->nr_arms; a++) {
		if (!a || ds->arms[a].file != ds->arms[a - 1].file)
			put_run(x, ds->arms[a].file, out);
		put_note(out, "patch of", ds->arms[a].variant, ds->arms[a].patch);
		for (m = 0; m < ds->nr_metrics; m += nr) {
			nr = group_size(ds, m);
			if (put_group(ds, m, nr, a, out))
				return no_memory();
		}
	}
	return 0;
}

/* Compares all arms of the file with the base. */
static int build_table(const struct export *x, struct table *t, FILE *out)
{
	const struct dataset *ds = x->ds;
	size_t *others = calloc(ds->nr_arms + 1, sizeof(*others));
	size_t base = 0, nr = 0, i;

	if (!others)
		return no_memory();
	while (base < ds->nr_arms && strcmp(ds->arms[base].variant, x->base))
		base++;
	for (i = 0; i < ds->nr_arms; i++)
		if (i != base && !ds->arms[i].aa)
			others[nr++] = i;
	if (base == ds->nr_arms || !nr) {
		fprintf(out, "KTAP version 1\n1..0 # SKIP no variant %s with another one beside it\n",
			x->base);
		fprintf(stderr, "septbench export: KTAP needs variant %s and another one; give "
			"--base\n", x->base);
		free(others);
		return 3;
	}
	return table_build(t, ds, base, others, nr) ? no_memory() : 0;
}

static size_t count_gated(const struct table *t)
{
	size_t nr = 0, i;

	for (i = 0; i < t->nr_rows; i++)
		nr += t->ds->metrics[t->rows[i].metric].gated;
	return nr * t->nr_others;
}

static bool is_decided(enum verdict v)
{
	return v != VERDICT_UNCLEAR && v != VERDICT_MISSING;
}

static int put_result(const struct table *t, const struct row *row, size_t other, size_t nr,
		      FILE *out)
{
	const struct metric *m = &t->ds->metrics[row->metric];
	const struct judgement *j = &row->others[other].j;
	char *name = export_bench_name(t->ds, m->group, t->others[other]);
	char change[NUMBER_LEN], value[NUMBER_LEN];
	bool bad = j->worse || j->verdict == VERDICT_UNSTEADY;

	if (!name)
		return -ENOMEM;
	fprintf(out, "%sok %zu %s/%s", bad ? "not " : "", nr, name, m->name);
	if (is_decided(j->verdict))
		fprintf(out, " # %s %s %s, %s\n", verdict_name(j->verdict),
			number_value(value, row->others[other].s.value, 10), m->unit,
			number_percent(change, verdict_ratio(j)));
	else
		fprintf(out, " # SKIP %s\n", verdict_name(j->verdict));
	free(name);
	return 0;
}

/* A plan of nothing is a skip, or some readers take it for a failure. */
static void put_head(const struct record_file *f, size_t nr, FILE *out)
{
	const struct record_run *run = &f->run;

	fprintf(out, "KTAP version 1\n1..%zu%s\n", nr, nr ? "" : " # SKIP no gated metric");
	fprintf(out, "# substrate %s, clock %s, flavour %s, seed %" PRIu64 ", profile %s, kernel %s\n",
		run->substrate, run->clock, run->flavour, run->seed, run->profile,
		record_env(f, "kernel", "unknown"));
}

int export_ktap(const struct export *x, FILE *out)
{
	struct table t;
	size_t i, o, nr = 0;
	int status = build_table(x, &t, out);

	if (status)
		return status;
	put_head(x->files[0], count_gated(&t), out);
	for (i = 0; i < t.nr_rows && !status; i++)
		for (o = 0; o < t.nr_others && !status; o++)
			if (t.ds->metrics[t.rows[i].metric].gated)
				status = put_result(&t, &t.rows[i], o, ++nr, out);
	table_clear(&t);
	return status ? no_memory() : 0;
}
