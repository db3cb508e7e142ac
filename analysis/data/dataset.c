// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From result files to a flat, sorted table.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "data.h"

#define AA_SUFFIX	"@aa"

/* Room for one more in a growing array; sets @err. */
static void *grow(void *array, size_t nr, size_t size, int *err)
{
	void *grown;

	if (nr & (nr - 1))
		return array;	/* full only at powers of two, and when empty */
	grown = reallocarray(array, nr ? 2 * nr : 1, size);
	if (!grown)
		*err = -ENOMEM;
	return grown ? grown : array;
}

static const char *patch_hash(const struct record_file *f, const char *variant)
{
	char *path = NULL;
	const char *hash = "";

	if (asprintf(&path, "variants.%s.patch", variant) >= 0)
		hash = record_env(f, path, "");
	free(path);
	return hash;
}

static bool is_aa(const char *variant)
{
	const char *at = strrchr(variant, '@');

	return at && !strcmp(at, AA_SUFFIX);
}

static size_t find_arm(struct dataset *ds, const struct record_file *f, size_t file_nr,
		       const char *variant, int *err)
{
	size_t i;

	for (i = 0; i < ds->nr_arms; i++)
		if (ds->arms[i].file == f && !strcmp(ds->arms[i].variant, variant))
			return i;
	ds->arms = grow(ds->arms, ds->nr_arms, sizeof(*ds->arms), err);
	if (!*err)
		ds->arms[ds->nr_arms++] = (struct arm){ .file = f,
							.file_nr = file_nr,
							.variant = variant,
							.aa = is_aa(variant),
							.by_seed = !strcmp(f->run.clock, "count"),
							.patch = patch_hash(f, variant) };
	return i;
}

static unsigned int find_group(struct dataset *ds, const struct record_block *b, int *err)
{
	unsigned int i;

	for (i = 0; i < ds->nr_groups; i++)
		if (!strcmp(ds->groups[i].case_name, b->case_name) &&
		    !strcmp(ds->groups[i].params, b->params))
			return i;
	ds->groups = grow(ds->groups, ds->nr_groups, sizeof(*ds->groups), err);
	if (!*err)
		ds->groups[ds->nr_groups++] = (struct group){ b->case_name, b->params };
	return i;
}

static const char *disagreement(const struct metric *a, const struct metric *b)
{
	if (a->gated != b->gated)
		return "is gated in one arm and not in another";
	if (a->better != b->better)
		return "has another better direction in another arm";
	if (a->parted != b->parted)
		return "is in three parts in one arm and whole in another";
	return a->conflict;
}

static unsigned int find_metric(struct dataset *ds, const struct metric *want, int *err)
{
	unsigned int i;

	for (i = 0; i < ds->nr_metrics; i++) {
		struct metric *m = &ds->metrics[i];

		if (m->group != want->group || strcmp(m->name, want->name) ||
		    strcmp(m->unit, want->unit))
			continue;
		m->conflict = disagreement(m, want);
		if (want->class > m->class)
			m->class = want->class;
		m->gated |= want->gated;
		m->threshold = fmin(m->threshold, want->threshold);
		return i;
	}
	ds->metrics = grow(ds->metrics, ds->nr_metrics, sizeof(*ds->metrics), err);
	if (!*err)
		ds->metrics[ds->nr_metrics++] = *want;
	return i;
}

static void add_obs(struct dataset *ds, const struct metric *m, const struct obs *o, int *err)
{
	unsigned int metric = find_metric(ds, m, err);

	ds->obs = grow(ds->obs, ds->nr_obs, sizeof(*ds->obs), err);
	if (*err)
		return;
	ds->obs[ds->nr_obs] = *o;
	ds->obs[ds->nr_obs++].metric = metric;
}

static struct obs obs_of(size_t arm, const struct record_block *b)
{
	return (struct obs){ .arm = (unsigned int)arm, .block = b->block, .boot = b->boot,
			     .seed = b->seed };
}

static void add_model(struct dataset *ds, unsigned int group, size_t arm,
		      const struct record_block *b, int *err)
{
	struct model_value v;
	struct metric m = { .group = group,
			    .order = (unsigned int)b->nr_metrics,
			    .class = RECORD_EXACT,
			    .better = RECORD_LOWER,
			    .threshold = RECORD_THRESHOLD,
			    .model = true };
	struct obs o = obs_of(arm, b);

	if (!ds->profile || !model_price(ds->profile, b, &v))
		return;
	if (v.unpriced) {
		ds->nr_unpriced++;
		return;
	}
	m.name = v.name;
	m.unit = v.unit;
	o.v = v.v;
	add_obs(ds, &m, &o, err);
}

static void add_metrics(struct dataset *ds, size_t arm, const struct record_block *b, int *err)
{
	unsigned int group = find_group(ds, b, err);
	struct obs o = obs_of(arm, b);
	size_t i;

	for (i = 0; i < b->nr_metrics && !*err; i++) {
		const struct record_metric *m = &b->metrics[i];
		struct metric want = { .group = group, .order = (unsigned int)i, .name = m->name,
				       .unit = m->unit, .class = m->class, .better = m->better,
				       .gated = m->gated, .threshold = m->threshold,
				       .parted = m->parted };

		if (!isfinite(m->v))
			continue;
		o.v = m->v;
		o.module = m->parted ? m->module : 0;
		o.waiting = m->parted ? m->waiting : 0;
		add_obs(ds, &want, &o, err);
	}
	if (!*err)
		add_model(ds, group, arm, b, err);
}

static void add_block(struct dataset *ds, const struct record_file *f, size_t file_nr,
		      const struct record_block *b, int *err)
{
	size_t i = find_arm(ds, f, file_nr, b->variant, err);
	struct arm *arm;

	if (*err)
		return;
	arm = &ds->arms[i];
	if (!b->valid) {
		arm->invalid++;
		if (!arm->first_invalid)
			arm->first_invalid = b->invalid_reason;
	} else if (b->warmup) {
		arm->warmups++;
	} else {
		arm->blocks++;
		add_metrics(ds, i, b, err);
	}
}

static bool is_used_by(const struct record_block *b, const char *variant)
{
	return b->valid && !b->warmup && !strcmp(b->variant, variant);
}

/* How many boots its used blocks come from, and of how many seeds they are. */
static void count_units(struct arm *a)
{
	const struct record_file *f = a->file;
	size_t i, j;

	for (i = 0; i < f->nr_blocks; i++) {
		const struct record_block *b = &f->blocks[i];
		bool boot = true, seed = true;

		if (!is_used_by(b, a->variant))
			continue;
		for (j = 0; j < i && (boot || seed); j++) {
			if (!is_used_by(&f->blocks[j], a->variant))
				continue;
			boot &= f->blocks[j].boot != b->boot;
			seed &= f->blocks[j].seed != b->seed;
		}
		a->boots += boot;
		a->seeds += seed;
	}
}

static size_t variant_rank(const char *variant)
{
	static const char *const known[] = {
		"freeze",  "freeze-batched", "seamcall-first", "split-zap",
		"rcu-zap", "rcu-zap-prune",  "no-freeze",
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i], variant))
			break;
	return i;
}

static int compare_arms(const void *a, const void *b, void *arg)
{
	const struct dataset *ds = arg;
	const struct arm *x = &ds->arms[*(const unsigned int *)a],
			 *y = &ds->arms[*(const unsigned int *)b];
	size_t rank_x = variant_rank(x->variant), rank_y = variant_rank(y->variant);

	if (x->file_nr != y->file_nr)
		return x->file_nr < y->file_nr ? -1 : 1;
	if (rank_x != rank_y)
		return rank_x < rank_y ? -1 : 1;
	return strcmp(x->variant, y->variant);
}

static int compare_groups(const void *a, const void *b, void *arg)
{
	const struct dataset *ds = arg;
	const struct group *x = &ds->groups[*(const unsigned int *)a];
	const struct group *y = &ds->groups[*(const unsigned int *)b];
	int by_case = strcmp(x->case_name, y->case_name);

	return by_case ? by_case : strverscmp(x->params, y->params);
}

static int compare_metrics(const void *a, const void *b, void *arg)
{
	const struct dataset *ds = arg;
	const struct metric *x = &ds->metrics[*(const unsigned int *)a];
	const struct metric *y = &ds->metrics[*(const unsigned int *)b];

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int compare_obs(const void *a, const void *b, void *arg)
{
	const struct dataset *ds = arg;
	const struct obs *x = a, *y = b;

	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	if (x->arm != y->arm)
		return x->arm < y->arm ? -1 : 1;
	if (ds->arms[x->arm].by_seed && x->seed != y->seed)
		return x->seed < y->seed ? -1 : 1;
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->boot > y->boot) - (x->boot < y->boot);
}

/*
 * Sorts the array at @base through an index, and leaves in @place where each element went, so that
 * references to it can follow.
 */
static int sort_with(void *base, size_t nr, size_t size,
		     int (*cmp)(const void *, const void *, void *), void *arg,
		     unsigned int **place)
{
	unsigned int *from = calloc(nr + 1, sizeof(*from));
	char *copy = calloc(nr + 1, size);
	size_t i;

	*place = calloc(nr + 1, sizeof(**place));
	if (!from || !copy || !*place) {
		free(from);
		free(copy);
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++)
		from[i] = (unsigned int)i;
	qsort_r(from, nr, sizeof(*from), cmp, arg);
	for (i = 0; i < nr; i++) {
		memcpy(copy + i * size, (char *)base + from[i] * size, size);
		(*place)[from[i]] = (unsigned int)i;
	}
	if (nr)
		memcpy(base, copy, nr * size);
	free(from);
	free(copy);
	return 0;
}

static int sort_all(struct dataset *ds)
{
	unsigned int *place;
	size_t i;
	int err;

	err = sort_with(ds->arms, ds->nr_arms, sizeof(*ds->arms), compare_arms, ds, &place);
	for (i = 0; !err && i < ds->nr_obs; i++)
		ds->obs[i].arm = place[ds->obs[i].arm];
	free(place);
	if (err)
		return err;
	err = sort_with(ds->groups, ds->nr_groups, sizeof(*ds->groups), compare_groups, ds, &place);
	for (i = 0; !err && i < ds->nr_metrics; i++)
		ds->metrics[i].group = place[ds->metrics[i].group];
	free(place);
	if (err)
		return err;
	err = sort_with(ds->metrics, ds->nr_metrics, sizeof(*ds->metrics), compare_metrics, ds,
			&place);
	for (i = 0; !err && i < ds->nr_obs; i++)
		ds->obs[i].metric = place[ds->obs[i].metric];
	free(place);
	if (!err && ds->nr_obs)
		qsort_r(ds->obs, ds->nr_obs, sizeof(*ds->obs), compare_obs, ds);
	return err;
}

struct dataset *dataset_build(struct record_file *const *files, size_t nr_files,
			      const struct model_profile *profile)
{
	struct dataset *ds = calloc(1, sizeof(*ds));
	size_t i, j;
	int err = 0;

	if (!ds)
		return NULL;
	ds->profile = profile;
	for (i = 0; i < nr_files; i++)
		for (j = 0; j < files[i]->nr_blocks && !err; j++)
			add_block(ds, files[i], i, &files[i]->blocks[j], &err);
	for (i = 0; i < ds->nr_arms; i++)
		count_units(&ds->arms[i]);
	if (!err)
		err = sort_all(ds);
	if (err) {
		dataset_free(ds);
		return NULL;
	}
	return ds;
}

void dataset_free(struct dataset *ds)
{
	if (!ds)
		return;
	free(ds->arms);
	free(ds->groups);
	free(ds->metrics);
	free(ds->obs);
	free(ds);
}

bool dataset_is_aa_of(const struct dataset *ds, size_t a, size_t base)
{
	const struct arm *x = &ds->arms[a], *b = &ds->arms[base];
	size_t len = strlen(b->variant);

	return x->aa && !b->aa && x->file == b->file && !strncmp(x->variant, b->variant, len) &&
	       !strcmp(x->variant + len, AA_SUFFIX);
}

double dataset_alpha(const struct dataset *ds)
{
	unsigned int looks = 1;
	size_t i;

	for (i = 0; i < ds->nr_arms; i++)
		if (ds->arms[i].file->run.looks > looks)
			looks = ds->arms[i].file->run.looks;
	return DATASET_ALPHA / looks;
}

const char *dataset_unit_name(const struct arm *a, size_t nr)
{
	static const char *const names[2][2] = { { "boots", "boot" }, { "seeds", "seed" } };

	return names[a->by_seed][nr == 1];
}

bool dataset_paired(const struct dataset *ds, size_t a, size_t b)
{
	const struct arm *x = &ds->arms[a], *y = &ds->arms[b];
	unsigned int boot = 0;
	size_t i;

	if (x->by_seed || y->by_seed)
		return x->by_seed && y->by_seed;
	if (x->file != y->file)
		return false;
	for (i = 0; i < x->file->nr_blocks; i++) {
		const struct record_block *k = &x->file->blocks[i];

		if (strcmp(k->variant, x->variant) && strcmp(k->variant, y->variant))
			continue;
		if (k->boot < boot)
			return false;
		boot = k->boot;
	}
	return true;
}

/* First observation of @metric and @arm, and how many there are. */
static const struct obs *find_obs(const struct dataset *ds, size_t metric, size_t arm, size_t *nr)
{
	size_t low = 0, high = ds->nr_obs, end;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct obs *o = &ds->obs[mid];

		if (o->metric < metric || (o->metric == metric && o->arm < arm))
			low = mid + 1;
		else
			high = mid;
	}
	for (end = low;
	     end < ds->nr_obs && ds->obs[end].metric == metric && ds->obs[end].arm == arm; end++)
		;
	*nr = end - low;
	return ds->obs + low;
}

/* One observation with the number of its unit. */
struct of_unit {
	uint64_t id;
	const struct obs *o;
};

static int compare_units(const void *a, const void *b)
{
	const struct of_unit *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Medians of one unit's blocks, of the value and of the parts beside it. */
struct medians {
	double *v, *module, *waiting;	/* [n] per unit */
};

/*
 * Over seeds the mean of those that the test of seeds takes: a value with two modes has one. It is
 * never a hair off where all are equal.
 */
static double centre(const double *x, size_t n, bool by_seed)
{
	size_t i;

	for (i = 1; i < n && x[i] == x[0]; i++)
		;
	return by_seed && i < n ? stats_trimmed_mean(x, n) : stats_median(x, n);
}

static void reduce_units(const struct of_unit *u, size_t nr, bool by_seed, double *scratch,
			 struct summary *out, const struct medians *m)
{
	size_t i, j, k;

	for (i = 0; i < nr; i = j) {
		for (j = i; j < nr && u[j].id == u[i].id; j++)
			scratch[j - i] = u[j].o->v;
		out->id[out->n] = u[i].id;
		m->v[out->n] = stats_median(scratch, j - i);
		for (k = i; k < j; k++)
			scratch[k - i] = u[k].o->module;
		m->module[out->n] = stats_median(scratch, j - i);
		for (k = i; k < j; k++)
			scratch[k - i] = u[k].o->waiting;
		m->waiting[out->n] = stats_median(scratch, j - i);
		out->n++;
	}
	out->value = centre(m->v, out->n, by_seed);
	out->module = centre(m->module, out->n, by_seed);
	out->waiting = centre(m->waiting, out->n, by_seed);
	out->steady = true;
	for (i = 1; i < out->n; i++)
		out->steady &= m->v[i] == m->v[0];
}

/* Sorted as in the data set: what must be equal stands together. */
static void find_range(const struct obs *o, size_t nr, bool by_seed, struct summary *out)
{
	size_t i, j;

	out->repeats = true;
	out->min = out->max = o[0].v;
	for (i = 0; i < nr; i = j) {
		double min = o[i].v, max = o[i].v;

		for (j = i; j < nr && o[j].block == o[i].block &&
			    (!by_seed || o[j].seed == o[i].seed); j++) {
			min = fmin(min, o[j].v);
			max = fmax(max, o[j].v);
		}
		out->min = fmin(out->min, min);
		out->max = fmax(out->max, max);
		if (min == max || !out->repeats)
			continue;
		out->repeats = false;
		out->odd_block = o[i].block;
		out->odd_min = min;
		out->odd_max = max;
	}
}

static unsigned int boots_of(const struct obs *o, size_t nr)
{
	unsigned int boots = 0;
	size_t i, j;

	for (i = 0; i < nr; i++) {
		for (j = 0; j < i && o[j].boot != o[i].boot; j++)
			;
		boots += j == i;
	}
	return boots;
}

static int summarize(const struct obs *o, size_t nr, bool by_seed, struct summary *out)
{
	struct of_unit *units = calloc(nr, sizeof(*units));
	double *scratch = calloc(nr, 3 * sizeof(*scratch));
	size_t i;

	out->sample = calloc(nr, sizeof(*out->sample));
	out->id = calloc(nr, sizeof(*out->id));
	if (units && scratch && out->sample && out->id) {
		const struct medians m = { out->sample, scratch + nr, scratch + 2 * nr };

		for (i = 0; i < nr; i++)
			units[i] = (struct of_unit){ by_seed ? o[i].seed : o[i].boot, &o[i] };
		qsort(units, nr, sizeof(*units), compare_units);
		out->blocks = nr;
		out->boots = boots_of(o, nr);
		reduce_units(units, nr, by_seed, scratch, out, &m);
		find_range(o, nr, by_seed, out);
	}
	free(units);
	free(scratch);
	return out->n ? 0 : -ENOMEM;
}

int dataset_summary(const struct dataset *ds, size_t metric, size_t arm, struct summary *out)
{
	size_t nr;
	const struct obs *o = find_obs(ds, metric, arm, &nr);
	int err = 0;

	memset(out, 0, sizeof(*out));
	out->value = out->module = out->waiting = NAN;
	if (nr)
		err = summarize(o, nr, ds->arms[arm].by_seed, out);
	if (!ds->metrics[metric].parted || ds->metrics[metric].conflict)
		out->module = out->waiting = NAN;
	return err;
}

void summary_clear(struct summary *s)
{
	free(s->sample);
	free(s->id);
	memset(s, 0, sizeof(*s));
}
