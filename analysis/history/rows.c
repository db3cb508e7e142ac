// SPDX-License-Identifier: GPL-2.0-or-later
/* How each point of tonight comes out, and what of the baseline is missing. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare/compare.h"
#include "gate.h"

static int compare_points(const void *a, const void *b)
{
	return series_compare(&((const struct point *)a)->series,
			      &((const struct point *)b)->series);
}

static const struct point *find_again(const struct gate *g, const struct point *p)
{
	const struct points *second = &g->points[1];

	return second->nr ? bsearch(p, second->p, second->nr, sizeof(*p), compare_points) : NULL;
}

static bool is_off(double v, double from, double threshold)
{
	return !(fabs(v - from) <= threshold * fabs(from));
}

static bool is_worse_than(double v, double from, enum record_better better)
{
	return better == RECORD_HIGHER ? v < from : v > from;
}

/*
 * An exact metric is held against what was agreed on, not against last night: many small steps pass
 * its threshold together as one large one does.
 */
static enum row_kind exact_kind(const struct gate_row *row)
{
	const struct series *s = &row->p->series;
	double v = row->p->v, agreed = row->agreed.value;

	if (v == agreed || (row->agreed.within > 0 && !is_off(v, agreed, row->threshold)))
		return ROW_SAME;
	if (!is_off(v, agreed, row->threshold))
		return ROW_SMALL;
	if (s->better == RECORD_NONE)
		return ROW_CHANGED;
	return is_worse_than(v, agreed, s->better) ? ROW_REGRESSED : ROW_IMPROVED;
}

/* The first night of those that are as far off @from as tonight, without a break. */
static size_t find_since(const struct gate *g, const double *past, double from, double threshold,
			 enum record_better better, bool worse)
{
	size_t since = g->past, i;

	for (i = g->past; past && i-- > 0;) {
		if (isnan(past[i]))
			continue;
		if (!is_off(past[i], from, threshold) ||
		    (better != RECORD_NONE && is_worse_than(past[i], from, better) != worse))
			break;
		since = i;
	}
	return since;
}

static double last_value(const struct gate *g, const double *past)
{
	size_t i;

	for (i = g->past; past && i-- > 0;)
		if (!isnan(past[i]))
			return past[i];
	return NAN;
}

static bool is_bad(const struct gate_row *row)
{
	return row->kind != ROW_SAME && row->kind != ROW_SMALL && row->kind != ROW_OK;
}

static void judge_exact(struct gate *g, struct gate_row *row)
{
	const struct series *s = &row->p->series;
	const struct point *again = find_again(g, row->p);
	const double *past = history_find(&g->h, s);
	bool agreed = g->baseline && baseline_exact(g->baseline, s->key, &row->agreed);

	row->advisory = !s->gated && !agreed;
	row->threshold = g->points[0].ds->metrics[row->p->metric].threshold;
	if (g->strict)
		row->threshold = 0;
	if (row->agreed.within > 0)
		row->threshold = row->agreed.within;
	row->last = last_value(g, past);
	row->past_level = agreed ? row->agreed.value : NAN;
	row->since = g->past;
	if (isnan(row->p->v) ||
	    (again && is_off(again->v, row->p->v, row->agreed.within)))
		row->kind = ROW_UNSTEADY;
	else if (!agreed || row->agreed.parted != s->parted)
		row->kind = row->advisory ? ROW_SAME : ROW_NEW;
	else
		row->kind = exact_kind(row);
	if (is_bad(row) && row->kind != ROW_NEW && agreed)
		row->since = find_since(g, past, row->agreed.value, row->threshold, s->better,
					is_worse_than(row->p->v, row->agreed.value, s->better));
}

/*
 * The accepted changes of a series as places among the nights before tonight. Those of later nights
 * are none of tonight's business. Caller frees.
 */
static struct gate_ack *find_acks(const struct gate *g, const char *key, size_t *nr)
{
	size_t n = g->baseline ? baseline_nr_accepted(g->baseline, key) : 0, i;
	struct gate_ack *acks = calloc(n + 1, sizeof(*acks));

	*nr = 0;
	for (i = 0; acks && i < n; i++) {
		struct baseline_entry e;
		size_t at = 0;

		baseline_accepted(g->baseline, key, i, &e);
		if (store_night_compare(e.night, g->night) > 0)
			continue;
		while (at < g->past && store_night_compare(g->h.nights[at].name, e.night) < 0)
			at++;
		if (!strcmp(e.night, g->night))
			at = g->past;
		acks[(*nr)++] = (struct gate_ack){ .at = at, .value = e.value };
	}
	return acks;
}

static bool is_worse(const struct trend_change *c, enum record_better better)
{
	return better == RECORD_LOWER ? c->after > c->before :
					better == RECORD_HIGHER && c->after < c->before;
}

/* The latest change point that is news, with the series ending tonight. */
static int find_change(const struct gate *g, struct gate_row *row, const double *past,
		       const struct gate_ack *acks, size_t nr_acks)
{
	double *z = calloc(g->past + 1, sizeof(*z));
	size_t *night = calloc(g->past + 1, sizeof(*night)), n = 0, nr, i;
	struct trend_change *changes = NULL;
	int err = z && night ? 0 : -ENOMEM;

	for (i = 0; !err && i < g->past; i++)
		if (!isnan(past[i])) {
			night[n] = i;
			z[n++] = past[i];
		}
	if (!err && !isnan(row->p->v)) {
		night[n] = g->past;
		z[n++] = row->p->v;
	}
	if (!err)
		err = trend_find(z, n, VERDICT_THRESHOLD, &changes, &nr);
	for (i = 0; !err && i < nr; i++)
		if (changes[i].at + GATE_RECENT >= n &&
		    !gate_is_accepted(night[changes[i].at], acks, nr_acks)) {
			row->change = changes[i];
			row->change.at = night[changes[i].at];
			row->change_worse = is_worse(&changes[i], row->p->series.better);
		}
	free(changes);
	free(z);
	free(night);
	return err;
}

static int judge_point(const struct points *points, const struct point *p,
		       const struct gate_level *level, struct gate_judgement *out)
{
	struct summary base;
	int err = points_base(points, p, &base);

	if (!err)
		err = gate_judge(level, p->series.better, &base, &p->s, dataset_alpha(points->ds),
				 out);
	summary_clear(&base);
	return err;
}

static int judge_ratio(struct gate *g, struct gate_row *row)
{
	const struct series *s = &row->p->series;
	const double *past = history_find(&g->h, s);
	size_t n = past ? g->past : 0, nr_acks;
	struct gate_ack *acks = find_acks(g, s->key, &nr_acks);
	int err = acks ? 0 : -ENOMEM;

	if (!err)
		err = gate_level(past, n, acks, nr_acks, s->better, &row->level);
	if (!err)
		err = judge_point(&g->points[0], row->p, &row->level, &row->j);
	if (!err && past)
		err = find_change(g, row, past, acks, nr_acks);
	row->advisory = row->j.advisory || !s->gated;
	row->last = last_value(g, past);
	row->past_level = isnan(row->level.level) ? 1 : row->level.level;
	row->since = find_since(g, past, row->past_level, row->j.theta, s->better, true);
	free(acks);
	return err;
}

/*
 * An alert must show in the second run as well, where it stands alone: it was chosen already. What
 * is open, the second run may close.
 */
static int confirm(struct gate *g, struct gate_row *row)
{
	const struct point *again = find_again(g, row->p);
	struct gate_judgement j;
	int err;

	row->kind = row->j.outcome == GATE_ALERT ? ROW_TO_CONFIRM : ROW_OPEN;
	row->again = NAN;
	if (!again)
		return 0;
	err = judge_point(&g->points[1], again, &row->level, &j);
	row->again = j.ratio;
	if (err || j.outcome == GATE_FEW)
		return err;
	if (row->kind == ROW_TO_CONFIRM)
		row->kind = j.outcome == GATE_ALERT ? ROW_ALERT :
			    j.outcome == GATE_OPEN  ? ROW_OPEN : ROW_UNCONFIRMED;
	else if (j.outcome == GATE_OK)
		row->kind = ROW_OK;
	return err;
}

/* One family of those that can fail the night, another of those that only advise. */
static int correct_for_many(struct gate *g, bool advisory)
{
	struct gate_judgement **family = calloc(g->points[0].nr + 1, sizeof(*family));
	size_t i, nr = 0;
	int err;

	if (!family)
		return -ENOMEM;
	for (i = 0; i < g->points[0].nr; i++)
		if (g->rows[i].p->series.ratio && g->rows[i].advisory == advisory)
			family[nr++] = &g->rows[i].j;
	err = gate_holm(family, nr, dataset_alpha(g->points[0].ds));
	free(family);
	return err;
}

static int settle(struct gate *g, struct gate_row *row)
{
	int err = 0;

	if (row->p->series.ratio) {
		row->kind = row->j.outcome == GATE_FEW ? ROW_FEW : ROW_OK;
		if (row->j.outcome == GATE_ALERT || row->j.outcome == GATE_OPEN)
			err = confirm(g, row);
		if (g->host_changed && (row->kind == ROW_ALERT || row->kind == ROW_TO_CONFIRM))
			row->kind = ROW_HOST;
		/* One that rests on tonight is no change where the machine is another. */
		if (g->host_changed && row->change.at + TREND_MIN_SEGMENT > g->past)
			row->change.at = 0;
		if (row->change.at && row->change_worse && !row->advisory)
			g->nr_changes++;
	}
	if (!row->advisory)
		g->count[row->kind]++;
	return err ? err : gate_note_control(g, row);
}

/* Does tonight measure the world @key belongs to? One with turns begins like one without. */
static bool same_world(const struct gate *g, const char *key)
{
	char *prefix = NULL;
	size_t len;
	FILE *out = open_memstream(&prefix, &len);
	bool same;

	if (!out)
		return false;
	series_put_world(g->files[0], out);
	same = !fclose(out) && !strncmp(key, prefix, len) &&
	       strncmp(key + len, SERIES_TURN, strlen(SERIES_TURN));
	free(prefix);
	return same;
}

static bool is_measured(const struct gate *g, const char *key)
{
	size_t low = 0, high = g->points[0].nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int by = strcmp(key, g->points[0].p[mid].series.key);

		if (!by)
			return true;
		if (by < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

bool gate_is_missing(const struct gate *g, const char *key)
{
	return same_world(g, key) && !is_measured(g, key);
}

static void count_missing(void *arg, const char *key)
{
	struct gate *g = arg;

	g->nr_missing += gate_is_missing(g, key);
}

int gate_check_aa(struct gate *g, const struct points *points, const char *path)
{
	const struct dataset *ds = points->ds;
	size_t i, base;
	int err = 0;

	for (i = 0; i < ds->nr_arms && !err; i++) {
		struct aa aa;

		for (base = 0; base < ds->nr_arms; base++)
			if (dataset_is_aa_of(ds, i, base))
				break;
		if (base == ds->nr_arms)
			continue;
		err = aa_build(&aa, ds, base, i);
		if (err)
			break;
		if (aa.failed)
			fprintf(stderr, "%s: %s differs from itself in %zu metrics, as %s; the run "
				"proves nothing, repeat it\n", path, ds->arms[base].variant,
				aa.failed, ds->metrics[aa.table.rows[aa.first_failed].metric].name);
		g->aa_failed |= aa.failed != 0;
		table_clear(&aa.table);
	}
	return err;
}

bool gate_row_fails(const struct gate *g, const struct gate_row *row)
{
	return !row->advisory && !g->aa_failed &&
	       (row->kind == ROW_REGRESSED || row->kind == ROW_ALERT ||
		(row->change.at && row->change_worse));
}

int gate_judge_all(struct gate *g)
{
	size_t i;
	int err = 0;

	g->rows = calloc(g->points[0].nr + 1, sizeof(*g->rows));
	if (!g->rows)
		return -ENOMEM;
	for (i = 0; i < g->points[0].nr && !err; i++) {
		g->rows[i].p = &g->points[0].p[i];
		if (g->rows[i].p->series.ratio)
			err = judge_ratio(g, &g->rows[i]);
		else
			judge_exact(g, &g->rows[i]);
	}
	if (!err)
		err = correct_for_many(g, false);
	if (!err)
		err = correct_for_many(g, true);
	for (i = 0; i < g->points[0].nr && !err; i++)
		err = settle(g, &g->rows[i]);
	if (!err && g->baseline)
		baseline_each_exact(g->baseline, count_missing, g);
	return err;
}
