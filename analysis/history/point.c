// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

int series_compare(const struct series *a, const struct series *b)
{
	int by = strcmp(a->key, b->key);

	if (!by)
		by = strcmp(a->unit, b->unit);
	if (!by)
		by = (int)a->ratio - (int)b->ratio;
	if (!by)
		by = (int)a->better - (int)b->better;
	if (!by)
		by = (int)a->gated - (int)b->gated;
	return by ? by : (int)a->parted - (int)b->parted;
}

/* Blanks would end a key where tables and shells read one. */
static void put_word(FILE *out, const char *word)
{
	for (; *word; word++)
		fputc(*word == ' ' ? '/' : *word, out);
}

void series_put_world(const struct record_file *f, FILE *out)
{
	const struct record_run *run = &f->run;
	const char *turn = record_env(f, "turn", "");

	fprintf(out, "%s/%s/%s/%s/", run->substrate, run->clock, run->profile, run->flavour);
	if (!*turn)
		return;
	fputs(SERIES_TURN, out);
	put_word(out, turn);
	fputc('/', out);
}

static char *make_key(const struct dataset *ds, const struct metric *m, const struct arm *arm)
{
	const struct record_run *run = &arm->file->run;
	const struct group *g = &ds->groups[m->group];
	size_t len;
	char *key = NULL;
	FILE *out = open_memstream(&key, &len);

	if (!out)
		return NULL;
	series_put_world(arm->file, out);
	if (!strcmp(run->clock, "count"))
		fprintf(out, "seed=%" PRIu64 "/", run->seed);
	put_word(out, g->case_name);
	if (*g->params)
		fputc('/', out);
	put_word(out, g->params);
	fputc('/', out);
	put_word(out, arm->variant);
	fputc('/', out);
	put_word(out, m->name);
	if (fclose(out)) {
		free(key);
		return NULL;
	}
	return key;
}

int points_base(const struct points *p, const struct point *of, struct summary *out)
{
	return dataset_summary(p->ds, of->metric, p->base, out);
}

static int set_value(const struct points *all, struct point *p)
{
	struct summary base;
	int err;

	p->v = NAN;
	if (!p->series.ratio) {
		if (p->s.repeats || all->ds->metrics[p->metric].class != RECORD_EXACT)
			p->v = p->s.value;
		return 0;
	}
	err = points_base(all, p, &base);
	if (err)
		return err;
	if (base.n && base.value > 0 && p->s.value > 0)
		p->v = p->s.value / base.value;
	summary_clear(&base);
	return 0;
}

/* Must a metric be seen against the base of its run? */
static bool wants_ratio(const struct metric *m, const struct arm *arm)
{
	if (m->class == RECORD_BOUNDED)
		return strcmp(arm->file->run.clock, "count") != 0;
	return m->class != RECORD_EXACT;
}

static int add_point(struct points *all, size_t metric, size_t arm)
{
	const struct metric *m = &all->ds->metrics[metric];
	struct point *p = &all->p[all->nr];
	bool ratio = wants_ratio(m, &all->ds->arms[arm]);
	int err;

	memset(p, 0, sizeof(*p));
	/* An A/A arm tells whether the run is good, and is no variant of its own. */
	if (all->ds->arms[arm].aa)
		return 0;
	if (ratio && (arm == all->base || all->base == all->ds->nr_arms))
		return 0;
	err = dataset_summary(all->ds, metric, arm, &p->s);
	if (err || !p->s.n)
		return err;
	all->nr++;
	p->metric = metric;
	p->arm = arm;
	p->series = (struct series){ .key = make_key(all->ds, m, &all->ds->arms[arm]),
				     .unit = strdup(m->unit), .better = m->better, .ratio = ratio,
				     .gated = m->gated, .parted = m->parted };
	if (!p->series.key || !p->series.unit)
		return -ENOMEM;
	return set_value(all, p);
}

static int compare_points(const void *a, const void *b)
{
	return series_compare(&((const struct point *)a)->series,
			      &((const struct point *)b)->series);
}

static int add_all(struct points *all)
{
	const struct dataset *ds = all->ds;
	size_t most, m, a;
	int err = 0;

	if (__builtin_mul_overflow(ds->nr_metrics, ds->nr_arms, &most))
		return -ENOMEM;
	all->p = calloc(most + 1, sizeof(*all->p));
	if (!all->p)
		return -ENOMEM;
	for (m = 0; m < ds->nr_metrics && !err; m++)
		for (a = 0; a < ds->nr_arms && !err; a++)
			err = add_point(all, m, a);
	if (!err)
		qsort(all->p, all->nr, sizeof(*all->p), compare_points);
	return err;
}

int points_build(const struct record_file *f, const char *base, struct points *out)
{
	struct record_file *files[] = { (struct record_file *)f };
	int err = -ENOMEM;

	memset(out, 0, sizeof(*out));
	out->ds = dataset_build(files, 1, NULL);
	if (out->ds) {
		while (out->base < out->ds->nr_arms &&
		       strcmp(out->ds->arms[out->base].variant, base))
			out->base++;
		err = add_all(out);
	}
	if (err)
		points_clear(out);
	return err;
}

void points_clear(struct points *p)
{
	size_t i;

	for (i = 0; i < p->nr; i++) {
		free(p->p[i].series.key);
		free(p->p[i].series.unit);
		summary_clear(&p->p[i].s);
	}
	free(p->p);
	dataset_free(p->ds);
	memset(p, 0, sizeof(*p));
}
