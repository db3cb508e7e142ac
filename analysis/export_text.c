// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exports that are lines of text: Go benchmarks, Otava, KTAP.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "number.h"
#include "store.h"
#include "table.h"

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

static void put_run(const struct record_file *f, FILE *out)
{
	put_config(out, "substrate", f->run.substrate);
	put_config(out, "clock", f->run.clock);
	put_config(out, "profile", f->run.profile);
	put_config(out, "flavour", f->run.flavour);
	put_config(out, "kernel", record_env(f, "kernel", "unknown"));
	put_config(out, "cpu", record_env(f, "cpu", "unknown"));
	put_config(out, "accel", record_env(f, "accel", "unknown"));
}

static void put_units(const struct dataset *ds, FILE *out)
{
	size_t i, j;

	for (i = 0; i < ds->nr_metrics; i++) {
		const struct metric *m = &ds->metrics[i];

		for (j = 0; j < i && strcmp(ds->metrics[j].name, m->name); j++)
			;
		if (j < i || (m->better == RECORD_NONE && m->class != RECORD_EXACT))
			continue;
		fprintf(out, "Unit %s", m->name);
		if (m->better != RECORD_NONE)
			fprintf(out, " better=%s", record_better_name(m->better));
		fputs(m->class == RECORD_EXACT ? " assume=exact\n" : "\n", out);
	}
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
			fprintf(out, "Benchmark%c%s %zu", toupper((unsigned char)name[0]), name + 1,
				s[i].blocks / s[i].n);
		fprintf(out, " %s %s", export_number(number, v), ds->metrics[first + i].name);
		any = true;
	}
	if (any)
		fputc('\n', out);
}

static int put_group(const struct dataset *ds, size_t first, size_t nr, size_t arm, FILE *out)
{
	struct summary *s = calloc(nr, sizeof(*s));
	char *name = export_bench_name(ds, ds->metrics[first].group, arm);
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
			put_run(ds->arms[a].file, out);
		put_config(out, "patch", ds->arms[a].patch);
		for (m = 0; m < ds->nr_metrics; m += nr) {
			nr = group_size(ds, m);
			if (put_group(ds, m, nr, a, out))
				return no_memory();
		}
	}
	return 0;
}

/* The points of every file, and which series all of them have. */
struct columns {
	struct points *files;
	size_t nr;
	const struct point **common;	/* of the first file */
	size_t nr_common;
	size_t left_out;
};

static int compare_points(const void *a, const void *b)
{
	return series_compare(&((const struct point *)a)->series,
			      &((const struct point *)b)->series);
}

static const struct point *find_point(const struct points *p, const struct point *want)
{
	const struct point *found =
		p->nr ? bsearch(want, p->p, p->nr, sizeof(*want), compare_points) : NULL;

	return found && !isnan(found->v) ? found : NULL;
}

static int find_columns(const struct export *x, struct columns *c)
{
	size_t i, f;

	c->files = calloc(x->nr_files, sizeof(*c->files));
	if (!c->files)
		return -ENOMEM;
	for (f = 0; f < x->nr_files; f++, c->nr++)
		if (points_build(x->files[f], x->base, &c->files[f]))
			return -ENOMEM;
	c->common = calloc(c->files[0].nr + 1, sizeof(*c->common));
	if (!c->common)
		return -ENOMEM;
	for (i = 0; i < c->files[0].nr; i++) {
		const struct point *p = &c->files[0].p[i];

		for (f = 0; f < c->nr && find_point(&c->files[f], p); f++)
			;
		if (f == c->nr)
			c->common[c->nr_common++] = p;
		else
			c->left_out++;
	}
	return 0;
}

static void clear_columns(struct columns *c)
{
	size_t f;

	for (f = 0; f < c->nr; f++)
		points_clear(&c->files[f]);
	free(c->files);
	free(c->common);
}

/* Finds the columns, then has @put write them. */
static int with_columns(const struct export *x, FILE *out,
			int (*put)(const struct export *x, const struct columns *c, FILE *out))
{
	struct columns c = { 0 };
	int status;

	if (find_columns(x, &c)) {
		status = no_memory();
	} else if (!c.nr_common) {
		fputs("septbench export: the files have no series in common\n", stderr);
		status = 3;
	} else {
		if (c.left_out)
			fprintf(stderr,
				"septbench export: %zu series have no value in some file, and "
				"left out\n",
				c.left_out);
		status = put(x, &c, out);
	}
	clear_columns(&c);
	return status;
}

/* Keys hold what users named variants and cases: quote as CSV and YAML both read it. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		fputc(*text == '"' || *text == '\\' ? '\'' : *text, out);
	fputc('"', out);
}

static int put_csv(const struct export *x, const struct columns *c, FILE *out)
{
	char number[32], when[32];
	size_t f, i;

	fputs("time,commit,branch", out);
	for (i = 0; i < c->nr_common; i++) {
		fputc(',', out);
		put_quoted(out, c->common[i]->series.key);
	}
	fputc('\n', out);
	for (f = 0; f < c->nr; f++) {
		const struct record_file *file = x->files[f];

		if (!export_time(file->path, ' ', when)) {
			fprintf(stderr, "%s: no date in its name, which Otava needs; name it like "
				"lab-20261122-031500.jsonl\n", file->path);
			return 3;
		}
		fprintf(out, "%s +0000,", when);
		put_quoted(out, record_env(file, "kernel", "unknown"));
		fprintf(out, ",%s", file->run.substrate);
		for (i = 0; i < c->nr_common; i++)
			fprintf(out, ",%s",
				export_number(number, find_point(&c->files[f], c->common[i])->v));
		fputc('\n', out);
	}
	return 0;
}

int export_otava(const struct export *x, FILE *out)
{
	return with_columns(x, out, put_csv);
}

static int put_config_file(const struct export *x, const struct columns *c, FILE *out)
{
	size_t i;

	(void)x;
	fputs("tests:\n  septbench:\n    type: csv\n    file: septbench.csv\n"
	      "    time_column: time\n    attributes: [commit, branch]\n    metrics:\n", out);
	for (i = 0; i < c->nr_common; i++) {
		const struct series *s = &c->common[i]->series;

		fputs("      ", out);
		put_quoted(out, s->key);
		fputs(":\n        column: ", out);
		put_quoted(out, s->key);
		/* Otava knows up and down only; what has no better side is watched like time. */
		fprintf(out, "\n        direction: %d\n", s->better == RECORD_HIGHER ? 1 : -1);
	}
	return 0;
}

int export_otava_config(const struct export *x, FILE *out)
{
	return with_columns(x, out, put_config_file);
}

/* Compares all arms of the file with the base. */
static int build_table(const struct export *x, struct table *t)
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

int export_ktap(const struct export *x, FILE *out)
{
	struct table t;
	size_t i, o, nr = 0;
	int status = build_table(x, &t);

	if (status)
		return status;
	fprintf(out, "KTAP version 1\n1..%zu\n", count_gated(&t));
	for (i = 0; i < t.nr_rows && !status; i++)
		for (o = 0; o < t.nr_others && !status; o++)
			if (t.ds->metrics[t.rows[i].metric].gated)
				status = put_result(&t, &t.rows[i], o, ++nr, out);
	table_clear(&t);
	return status ? no_memory() : 0;
}
