// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exports that are JSON: Bencher, kcidb.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <util/number.h>

#include "analysis/history/history.h"
#include "analysis/stats/stats.h"
#include "export.h"

/* Adds @v to @o, either of which may be NULL after an earlier failure; @err is sticky. */
static void put(struct json_object *o, const char *key, struct json_object *v, int *err)
{
	if (!o || !v || json_object_object_add(o, key, v)) {
		json_object_put(v);
		*err = -ENOMEM;
	}
}

static void put_text(struct json_object *o, const char *key, const char *v, int *err)
{
	put(o, key, json_object_new_string(v), err);
}

static struct json_object *new_number(double v)
{
	char text[NUMBER_SHORTEST];

	return json_object_new_double_s(v, number_shortest(text, v));
}

static void append(struct json_object *list, struct json_object *v, int *err)
{
	if (!list || !v || json_object_array_add(list, v)) {
		json_object_put(v);
		*err = -ENOMEM;
	}
}

/* Prints and frees @o; exit status. */
static int finish(struct json_object *o, int err, FILE *out)
{
	const char *text = err ? NULL :
			   json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_SPACED |
							  JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text)
		fprintf(out, "%s\n", text);
	else
		fputs("septbench export: no memory\n", stderr);
	json_object_put(o);
	return text ? 0 : 3;
}

/* Calls @fn for each metric of each group and arm that has a value, in that order. */
struct visit {
	const struct dataset *ds;
	size_t group, arm, metric;
	const struct summary *s;
	void *arg;
};

static int each_value(const struct dataset *ds, int (*fn)(const struct visit *v), void *arg)
{
	size_t g, a, m;
	int err = 0;

	for (g = 0; g < ds->nr_groups; g++)
		for (a = 0; a < ds->nr_arms; a++)
			for (m = 0; m < ds->nr_metrics && !err; m++) {
				struct summary s;
				const struct visit v = { .ds = ds, .group = g, .arm = a,
							 .metric = m, .s = &s, .arg = arg };

				if (ds->metrics[m].group != g)
					continue;
				err = dataset_summary(ds, m, a, &s);
				if (!err && s.n)
					err = fn(&v);
				summary_clear(&s);
			}
	return err;
}

/* Member @key of @o, an object that is made where it is not there. */
static struct json_object *sub_object(struct json_object *o, const char *key, int *err)
{
	struct json_object *m;

	if (json_object_object_get_ex(o, key, &m))
		return m;
	m = json_object_new_object();
	put(o, key, m, err);
	return *err ? NULL : m;
}

static int put_measure(const struct visit *v)
{
	char *name = export_bench_name(v->ds, v->group, v->arm);
	struct json_object *value = json_object_new_object();
	struct stats_range range;
	int err = name ? 0 : -ENOMEM;

	put(value, "value", new_number(v->s->value), &err);
	if (!err)
		err = stats_quantile_range(v->s->sample, v->s->n, 0.5, 0.95, &range);
	if (!err && range.finite) {
		put(value, "lower_value", new_number(range.low), &err);
		put(value, "upper_value", new_number(range.high), &err);
	}
	if (err)
		json_object_put(value);
	else
		put(sub_object(v->arg, name, &err), v->ds->metrics[v->metric].name, value, &err);
	free(name);
	return err;
}

int export_bmf(const struct export *x, FILE *out)
{
	struct json_object *all = json_object_new_object();
	int err = all ? each_value(x->ds, put_measure, all) : -ENOMEM;

	return finish(all, err, out);
}

/* kcidb's paths are dotted words of letters, digits, _ and -. Caller frees. */
static char *kcidb_path(const struct visit *v)
{
	char *name = export_bench_name(v->ds, v->group, v->arm), *path = NULL, *p;

	if (name && asprintf(&path, "kvm_tdx_mmu.%s.%s", name, v->ds->metrics[v->metric].name) < 0)
		path = NULL;
	free(name);
	for (p = path; p && *p; p++)
		if (*p == '/')
			*p = '.';
		else if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-')
			*p = '_';
	return path;
}

/* One result file's objects share ids built from what it holds. */
struct kcidb {
	const struct record_file *f;
	const char *origin;
	struct json_object *checkouts, *builds, *tests;
	char hash[32], when[32];	/* the time is "" if nobody knows it */
};

static void put_id(struct json_object *o, const char *key, const struct kcidb *k, const char *what,
		   size_t nr, int *err)
{
	char id[160];

	snprintf(id, sizeof(id), "%.60s:%s-%s-%zu", k->origin, k->hash, what, nr);
	put_text(o, key, id, err);
}

static struct json_object *new_object(const struct kcidb *k, const char *what, size_t nr, int *err)
{
	struct json_object *o = json_object_new_object();

	put_id(o, "id", k, what, nr, err);
	put_text(o, "origin", k->origin, err);
	if (*k->when)
		put_text(o, "start_time", k->when, err);
	return o;
}

static bool is_hex(const char *text, size_t len)
{
	return strlen(text) == len && strspn(text, "0123456789abcdef") == len;
}

/* The kernel with one variant's patches on top is one source. */
static void put_checkout(struct kcidb *k, const struct arm *arm, size_t nr, int *err)
{
	struct json_object *o = new_object(k, "checkout", nr, err), *misc = json_object_new_object();
	const char *commit = record_env(k->f, "kernel_commit", "");

	if (is_hex(commit, 40))
		put_text(o, "git_commit_hash", commit, err);
	put_text(o, "git_commit_name", record_env(k->f, "kernel", "unknown"), err);
	if (is_hex(arm->patch, 64))
		put_text(o, "patchset_hash", arm->patch, err);
	put_text(misc, "variant", arm->variant, err);
	put_text(misc, "source", record_env(k->f, "kernel_source", "unknown"), err);
	put(o, "misc", misc, err);
	append(k->checkouts, o, err);
}

static void put_build(struct kcidb *k, const struct arm *arm, size_t nr, int *err)
{
	struct json_object *o = new_object(k, "build", nr, err), *misc = json_object_new_object();

	put_id(o, "checkout_id", k, "checkout", nr, err);
	put_text(o, "architecture", "x86_64", err);
	put_text(o, "compiler", record_env(k->f, "compiler", "unknown"), err);
	put_text(o, "config_name", k->f->run.flavour, err);
	put_text(o, "status", "PASS", err);
	put_text(misc, "variant", arm->variant, err);
	put_text(misc, "config", record_env(k->f, "kernel_config", "unknown"), err);
	put(o, "misc", misc, err);
	append(k->builds, o, err);
}

/* What a number must carry, or it is none. */
static struct json_object *kcidb_environment(const struct kcidb *k, int *err)
{
	const struct record_run *run = &k->f->run;
	struct json_object *o = json_object_new_object(), *misc = json_object_new_object();

	put_text(o, "comment", !strcmp(run->substrate, "soft") ?
		 "software TDX module under KVM's own code: not TDX hardware" : run->substrate, err);
	put_text(misc, "substrate", run->substrate, err);
	put_text(misc, "clock", run->clock, err);
	put_text(misc, "profile", run->profile, err);
	put_text(misc, "flavour", run->flavour, err);
	put(misc, "seed", json_object_new_uint64(run->seed), err);
	put_text(misc, "accel", record_env(k->f, "accel", "unknown"), err);
	put_text(misc, "qemu", record_env(k->f, "qemu", "none"), err);
	put_text(misc, "cpu", record_env(k->f, "cpu", "unknown"), err);
	put_text(misc, "options", record_env(k->f, "options", ""), err);
	put(o, "misc", misc, err);
	return o;
}

static struct json_object *kcidb_misc(const struct visit *v, int *err)
{
	struct json_object *o = json_object_new_object(), *samples = json_object_new_array();
	const struct metric *m = &v->ds->metrics[v->metric];
	unsigned int i;

	for (i = 0; i < v->s->n; i++)
		append(samples, new_number(v->s->sample[i]), err);
	put_text(o, "case", v->ds->groups[v->group].case_name, err);
	put_text(o, "variant", v->ds->arms[v->arm].variant, err);
	put_text(o, "class", record_class_name(m->class), err);
	put_text(o, "better", record_better_name(m->better), err);
	put(o, "gated", json_object_new_boolean(m->gated), err);
	put(o, "samples", samples, err);
	return o;
}

static int put_kcidb_test(const struct visit *v)
{
	struct kcidb *k = v->arg;
	int err = 0;
	struct json_object *test = new_object(k, "test", json_object_array_length(k->tests), &err),
			   *number = json_object_new_object();
	char *path = kcidb_path(v);

	put_id(test, "build_id", k, "build", v->arm, &err);
	put_text(test, "path", path ? path : "", &err);
	put_text(test, "status", "DONE", &err);
	put(number, "value", new_number(v->s->value), &err);
	put_text(number, "unit", v->ds->metrics[v->metric].unit, &err);
	put_text(number, "prefix", "metric", &err);
	put(test, "number", number, &err);
	put(test, "environment", kcidb_environment(k, &err), &err);
	put(test, "misc", kcidb_misc(v, &err), &err);
	append(k->tests, test, &err);
	free(path);
	return err;
}

static int fill_kcidb(struct kcidb *k, const struct export *x)
{
	uint64_t hash;
	size_t i;
	int err = k->checkouts && k->builds && k->tests ? store_hash(k->f->path, &hash) : -ENOMEM;

	if (err)
		return err;
	snprintf(k->hash, sizeof(k->hash), "%016" PRIx64, hash);
	if (export_time(k->f->path, 'T', k->when))
		strcat(k->when, "Z");
	else
		k->when[0] = '\0';
	for (i = 0; i < x->ds->nr_arms; i++) {
		put_checkout(k, &x->ds->arms[i], i, &err);
		put_build(k, &x->ds->arms[i], i, &err);
	}
	return err ? err : each_value(x->ds, put_kcidb_test, k);
}

int export_kcidb(const struct export *x, FILE *out)
{
	struct json_object *all = json_object_new_object(), *version = json_object_new_object();
	struct kcidb k = { .f = x->files[0], .origin = x->origin,
			   .checkouts = json_object_new_array(), .builds = json_object_new_array(),
			   .tests = json_object_new_array() };
	int err = fill_kcidb(&k, x);

	put(version, "major", json_object_new_int(5), &err);
	put(version, "minor", json_object_new_int(3), &err);
	put(all, "version", version, &err);
	put(all, "checkouts", k.checkouts, &err);
	put(all, "builds", k.builds, &err);
	put(all, "tests", k.tests, &err);
	return finish(all, err, out);
}
