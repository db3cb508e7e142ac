// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From result files to a flat, sorted table.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "stats.h"

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

static unsigned int find_metric(struct dataset *ds, const struct metric *want, int *err)
{
	unsigned int i;

	for (i = 0; i < ds->nr_metrics; i++) {
		struct metric *m = &ds->metrics[i];

		if (m->group != want->group || strcmp(m->name, want->name) ||
		    strcmp(m->unit, want->unit))
			continue;
		if (want->class > m->class)
			m->class = want->class;
		m->gated &= want->gated;
		return i;
	}
	ds->metrics = grow(ds->metrics, ds->nr_metrics, sizeof(*ds->metrics), err);
	if (!*err)
		ds->metrics[ds->nr_metrics++] = *want;
	return i;
}

static void add_obs(struct dataset *ds, const struct metric *m, size_t arm,
		    const struct record_block *b, double v, int *err)
{
	unsigned int metric = find_metric(ds, m, err);

	ds->obs = grow(ds->obs, ds->nr_obs, sizeof(*ds->obs), err);
	if (!*err)
		ds->obs[ds->nr_obs++] = (struct obs){ .metric = metric, .arm = (unsigned int)arm,
						      .block = b->block, .boot = b->boot, .v = v };
}

static void add_model(struct dataset *ds, unsigned int group, size_t arm,
		      const struct record_block *b, int *err)
{
	struct model_value v;
	struct metric m = { .group = group,
			    .order = (unsigned int)b->nr_metrics,
			    .class = RECORD_EXACT,
			    .better = RECORD_LOWER,
			    .model = true };

	if (!ds->profile || !model_price(ds->profile, b, &v))
		return;
	if (v.unpriced) {
		ds->nr_unpriced++;
		return;
	}
	m.name = v.name;
	m.unit = v.unit;
	add_obs(ds, &m, arm, b, v.v, err);
}

static void add_metrics(struct dataset *ds, size_t arm, const struct record_block *b, int *err)
{
	unsigned int group = find_group(ds, b, err);
	size_t i;

	for (i = 0; i < b->nr_metrics && !*err; i++) {
		const struct record_metric *m = &b->metrics[i];
		struct metric want = { .group = group, .order = (unsigned int)i, .name = m->name,
				       .unit = m->unit, .class = m->class, .better = m->better,
				       .gated = m->gated };

		if (isfinite(m->v))
			add_obs(ds, &want, arm, b, m->v, err);
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

static unsigned int count_boots(const struct record_file *f, const char *variant)
{
	unsigned int boots = 0;
	size_t i, j;

	for (i = 0; i < f->nr_blocks; i++) {
		const struct record_block *b = &f->blocks[i];

		if (strcmp(b->variant, variant) || !b->valid || b->warmup)
			continue;
		for (j = 0; j < i; j++)
			if (f->blocks[j].boot == b->boot && f->blocks[j].valid &&
			    !f->blocks[j].warmup && !strcmp(f->blocks[j].variant, variant))
				break;
		boots += j == i;
	}
	return boots;
}

static size_t variant_rank(const char *variant)
{
	static const char *const known[] = {
		"freeze",  "freeze-batched", "seamcall-first",
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

static int compare_obs(const void *a, const void *b)
{
	const struct obs *x = a, *y = b;

	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	if (x->arm != y->arm)
		return x->arm < y->arm ? -1 : 1;
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
		qsort(ds->obs, ds->nr_obs, sizeof(*ds->obs), compare_obs);
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
		ds->arms[i].boots = count_boots(ds->arms[i].file, ds->arms[i].variant);
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

bool dataset_interleaved(const struct dataset *ds, size_t a, size_t b)
{
	const struct arm *x = &ds->arms[a], *y = &ds->arms[b];
	unsigned int boot = 0;
	size_t i;

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

static int compare_boots(const void *a, const void *b)
{
	const struct obs *x = a, *y = b;

	return (x->boot > y->boot) - (x->boot < y->boot);
}

/* @by_boot is sorted by boot. */
static void reduce_boots(const struct obs *by_boot, size_t nr, double *v, struct summary *out)
{
	size_t i, j;

	for (i = 0; i < nr; i = j) {
		for (j = i; j < nr && by_boot[j].boot == by_boot[i].boot; j++)
			v[j - i] = by_boot[j].v;
		out->boot_nr[out->boots] = by_boot[i].boot;
		out->boot[out->boots++] = stats_median(v, j - i);
	}
	out->value = stats_median(out->boot, out->boots);
}

/* Sorted by block, then boot: what must be equal stands together. */
static void find_range(const struct obs *o, size_t nr, struct summary *out)
{
	size_t i, j;

	out->repeats = true;
	out->min = out->max = o[0].v;
	for (i = 0; i < nr; i = j) {
		double min = o[i].v, max = o[i].v;

		for (j = i; j < nr && o[j].block == o[i].block; j++) {
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

int dataset_summary(const struct dataset *ds, size_t metric, size_t arm, struct summary *out)
{
	size_t nr;
	const struct obs *o = find_obs(ds, metric, arm, &nr);
	struct obs *by_boot;
	double *v;

	memset(out, 0, sizeof(*out));
	out->value = NAN;
	if (!nr)
		return 0;
	by_boot = calloc(nr, sizeof(*by_boot));
	v = calloc(nr, sizeof(*v));
	out->boot = calloc(nr, sizeof(*out->boot));
	out->boot_nr = calloc(nr, sizeof(*out->boot_nr));
	if (by_boot && v && out->boot && out->boot_nr) {
		memcpy(by_boot, o, nr * sizeof(*by_boot));
		qsort(by_boot, nr, sizeof(*by_boot), compare_boots);
		out->blocks = nr;
		reduce_boots(by_boot, nr, v, out);
		find_range(o, nr, out);
	}
	free(by_boot);
	free(v);
	return out->boots ? 0 : -ENOMEM;
}

void summary_clear(struct summary *s)
{
	free(s->boot);
	free(s->boot_nr);
	memset(s, 0, sizeof(*s));
}
