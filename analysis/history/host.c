// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Did the machine change since last night? Ratios to the base of the same run hide what a machine
 * does to all arms alike, and are not wholly free of it: a clock half as fast moves some of them
 * too. The base's own times say so: no patch of a variant is in them.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare/compare.h"
#include "gate.h"

#define MOVED	0.25	/* times of the base that moved by more than this, */
#define ALIKE	0.10	/* within so much of each other, */
#define SHARE	0.75	/* and so many of them: */
#define LEAST	4	/* of at least so many: then it is the machine */

/* Tonight's times over last night's, of the base's metrics that both have. */
struct factors {
	double *all, *control;
	size_t nr, nr_control;
};

static bool same_metric(const struct dataset *a, size_t x, const struct dataset *b, size_t y)
{
	const struct metric *m = &a->metrics[x], *k = &b->metrics[y];

	return !strcmp(m->name, k->name) && !strcmp(m->unit, k->unit) &&
	       !strcmp(a->groups[m->group].case_name, b->groups[k->group].case_name) &&
	       !strcmp(a->groups[m->group].params, b->groups[k->group].params);
}

static size_t find_arm(const struct dataset *ds, const char *variant)
{
	size_t i;

	for (i = 0; i < ds->nr_arms; i++)
		if (!strcmp(ds->arms[i].variant, variant))
			break;
	return i;
}

/* The median over the boots; NaN: none. */
static int value_of(const struct dataset *ds, size_t metric, size_t arm, double *v)
{
	struct summary s;
	int err = dataset_summary(ds, metric, arm, &s);

	*v = !err && s.n ? s.value : NAN;
	summary_clear(&s);
	return err;
}

static int add_factor(struct factors *f, const struct gate *g, size_t metric,
		      const struct dataset *then, size_t arm)
{
	const struct points *tonight = &g->points[0];
	const struct metric *m = &tonight->ds->metrics[metric];
	double now, old, factor;
	size_t i;
	int err;

	for (i = 0; i < then->nr_metrics && !same_metric(tonight->ds, metric, then, i); i++)
		;
	if (i == then->nr_metrics)
		return 0;
	err = value_of(tonight->ds, metric, tonight->base, &now);
	if (!err)
		err = value_of(then, i, arm, &old);
	if (err || !(now > 0 && old > 0))
		return err;
	factor = m->better == RECORD_HIGHER ? old / now : now / old;
	f->all[f->nr++] = factor;
	if (group_is_control(&tonight->ds->groups[m->group]))
		f->control[f->nr_control++] = factor;
	return 0;
}

static int find_factors(struct factors *f, const struct gate *g, const struct dataset *then)
{
	const struct dataset *ds = g->points[0].ds;
	size_t arm = find_arm(then, g->base), i;
	int err = 0;

	f->all = calloc(ds->nr_metrics + 1, sizeof(*f->all));
	f->control = calloc(ds->nr_metrics + 1, sizeof(*f->control));
	if (!f->all || !f->control)
		return -ENOMEM;
	for (i = 0; i < ds->nr_metrics && !err && arm < then->nr_arms; i++)
		if (ds->metrics[i].class == RECORD_NOISY && ds->metrics[i].better != RECORD_NONE)
			err = add_factor(f, g, i, then, arm);
	return err;
}

static char *describe(const struct factors *f, const char *base, const char *night)
{
	double median = f->nr ? stats_median(f->all, f->nr) : 1;
	double control = f->nr_control ? stats_median(f->control, f->nr_control) : 1;
	size_t alike = 0, i;
	char *text = NULL;

	for (i = 0; i < f->nr; i++)
		alike += fabs(f->all[i] / median - 1) <= ALIKE;
	if (f->nr >= LEAST && fabs(median - 1) > MOVED && (double)alike >= SHARE * (double)f->nr) {
		if (asprintf(&text, "the host changed: %zu of %zu times of %s are about %.2f times "
			     "those of night %s", alike, f->nr, base, median, night) < 0)
			return NULL;
	} else if (fabs(control - 1) > MOVED) {
		if (asprintf(&text, "the host changed: the control cases of %s take %.2f times as "
			     "long as in night %s", base, control, night) < 0)
			return NULL;
	}
	return text;
}

static int compare_with(struct gate *g, struct record_file *f, const char *night)
{
	struct record_file *files[] = { f };
	struct dataset *then = dataset_build(files, 1, NULL);
	struct factors factors = { 0 };
	int err = then ? find_factors(&factors, g, then) : -ENOMEM;

	if (!err)
		g->host_changed = describe(&factors, g->base, night);
	free(factors.all);
	free(factors.control);
	dataset_free(then);
	return err;
}

int gate_check_host(struct gate *g)
{
	const struct points *tonight = &g->points[0];
	struct record_file *f = NULL;
	char *path;
	FILE *nobody;
	int err = 0;

	if (strcmp(g->files[0]->run.clock, "wall") || !g->past ||
	    tonight->base == tonight->ds->nr_arms)
		return 0;
	if (asprintf(&path, "%s/%s.jsonl", g->store_dir, g->h.nights[g->past - 1].name) < 0)
		return -ENOMEM;
	nobody = fopen("/dev/null", "we");
	if (nobody) {
		record_read(path, &f, nobody);
		fclose(nobody);
	}
	if (f)
		err = compare_with(g, f, g->h.nights[g->past - 1].name);
	record_file_free(f);
	free(path);
	return err;
}

int gate_note_control(struct gate *g, const struct gate_row *row)
{
	const struct dataset *ds = g->points[0].ds;
	const struct metric *m = &ds->metrics[row->p->metric];

	if (g->control_moved || !group_is_control(&ds->groups[m->group]) ||
	    (row->kind != ROW_REGRESSED && row->kind != ROW_IMPROVED && row->kind != ROW_CHANGED))
		return 0;
	return asprintf(&g->control_moved, "control case %s moved (%s): something changed that is "
			"not KVM's TDX code, kernel, compiler or machine; the rest is suspect",
			ds->groups[m->group].case_name, m->name) < 0 ? -ENOMEM : 0;
}
