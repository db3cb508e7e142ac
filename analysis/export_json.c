// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exports that are JSON: Bencher, LNT (and its suite in YAML), kcidb.
 *
 * Written after the formats' own documentation; none of their validators is in Debian, so
 * test_export.c checks the keys and types that their schemas ask for, and no more.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "export.h"
#include "stats.h"
#include "store.h"

#define ORIGIN	"septbench"	/* kcidb's name for who sends this */

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
	char text[32];

	return json_object_new_double_s(v, export_number(text, v));
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

/* Tests of one group and arm share an object: "name", then a list of boots per metric. */
struct lnt {
	struct json_object *tests, *now;
	size_t group, arm;
};

static int put_lnt_metric(const struct visit *v)
{
	struct lnt *l = v->arg;
	struct json_object *samples = json_object_new_array();
	unsigned int i;
	int err = 0;

	if (!l->now || l->group != v->group || l->arm != v->arm) {
		char *name = export_bench_name(v->ds, v->group, v->arm);

		l->now = json_object_new_object();
		l->group = v->group;
		l->arm = v->arm;
		put_text(l->now, "name", name ? name : "", &err);
		append(l->tests, l->now, &err);
		free(name);
	}
	for (i = 0; i < v->s->n; i++)
		append(samples, new_number(v->s->sample[i]), &err);
	put(err ? NULL : l->now, v->ds->metrics[v->metric].name, samples, &err);
	return err;
}

static struct json_object *lnt_machine(const struct record_file *f, int *err)
{
	struct json_object *o = json_object_new_object();
	char *name = NULL;

	if (asprintf(&name, "%s-%s-%s", f->run.substrate, f->run.clock, f->run.flavour) < 0)
		name = NULL;
	put_text(o, "name", name ? name : "", err);
	put_text(o, "cpu", record_env(f, "cpu", "unknown"), err);
	put_text(o, "accel", record_env(f, "accel", "unknown"), err);
	put_text(o, "cost_profile", f->run.profile, err);
	free(name);
	return o;
}

static struct json_object *lnt_run(const struct record_file *f, int *err)
{
	struct json_object *o = json_object_new_object();
	char when[32];

	if (export_time(f->path, ' ', when)) {
		put_text(o, "start_time", when, err);
		put_text(o, "end_time", when, err);
	}
	put_text(o, "llvm_project_revision", record_env(f, "kernel", "unknown"), err);
	return o;
}

int export_lnt(const struct export *x, FILE *out)
{
	struct json_object *all = json_object_new_object();
	struct lnt l = { .tests = json_object_new_array() };
	int err = all && l.tests ? each_value(x->ds, put_lnt_metric, &l) : -ENOMEM;

	put_text(all, "format_version", "2", &err);
	put(all, "machine", lnt_machine(x->files[0], &err), &err);
	put(all, "run", lnt_run(x->files[0], &err), &err);
	put(all, "tests", l.tests, &err);
	return finish(all, err, out);
}

int export_lnt_suite(const struct export *x, FILE *out)
{
	const struct dataset *ds = x->ds;
	size_t i, j;

	fputs("format_version: '2'\nname: septbench\nrun_fields:\n"
	      "- name: llvm_project_revision\n  order: true\n"
	      "machine_fields:\n- name: cpu\n- name: accel\n- name: cost_profile\nmetrics:\n", out);
	for (i = 0; i < ds->nr_metrics; i++) {
		const struct metric *m = &ds->metrics[i];

		for (j = 0; j < i && strcmp(ds->metrics[j].name, m->name); j++)
			;
		if (j == i)
			fprintf(out, "- name: %s\n  type: Real\n  bigger_is_better: %s\n"
				"  unit: '%s'\n", m->name,
				m->better == RECORD_HIGHER ? "true" : "false", m->unit);
	}
	return 0;
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

/* One result file's tests share ids built from what it holds. */
struct kcidb {
	const struct record_file *f;
	struct json_object *tests;
	char id[32];
};

static struct json_object *kcidb_misc(const struct visit *v, int *err)
{
	struct json_object *o = json_object_new_object(), *boots = json_object_new_array();
	const struct metric *m = &v->ds->metrics[v->metric];
	unsigned int i;

	for (i = 0; i < v->s->n; i++)
		append(boots, new_number(v->s->sample[i]), err);
	put_text(o, "variant", v->ds->arms[v->arm].variant, err);
	put_text(o, "patch", v->ds->arms[v->arm].patch, err);
	put_text(o, "class", record_class_name(m->class), err);
	put_text(o, "better", record_better_name(m->better), err);
	put(o, "boots", boots, err);
	return o;
}

static int put_kcidb_test(const struct visit *v)
{
	struct kcidb *k = v->arg;
	struct json_object *test = json_object_new_object(), *number = json_object_new_object();
	char *path = kcidb_path(v), id[64], build[64], when[32];
	int err = path ? 0 : -ENOMEM;

	snprintf(id, sizeof(id), ORIGIN ":%s-%zu", k->id, json_object_array_length(k->tests));
	snprintf(build, sizeof(build), ORIGIN ":%s", k->id);
	put_text(test, "build_id", build, &err);
	put_text(test, "id", id, &err);
	put_text(test, "origin", ORIGIN, &err);
	put_text(test, "path", path ? path : "", &err);
	put_text(test, "status", "DONE", &err);
	if (export_time(k->f->path, 'T', when)) {
		strcat(when, "Z");
		put_text(test, "start_time", when, &err);
	}
	put(number, "value", new_number(v->s->value), &err);
	put_text(number, "unit", v->ds->metrics[v->metric].unit, &err);
	put(test, "number", number, &err);
	put(test, "misc", kcidb_misc(v, &err), &err);
	append(k->tests, test, &err);
	free(path);
	return err;
}

int export_kcidb(const struct export *x, FILE *out)
{
	struct json_object *all = json_object_new_object(), *version = json_object_new_object();
	struct kcidb k = { .f = x->files[0], .tests = json_object_new_array() };
	uint64_t hash;
	int err = 0;

	if (store_hash(x->files[0]->path, &hash) || !k.tests)
		err = -ENOMEM;
	snprintf(k.id, sizeof(k.id), "%016" PRIx64, hash);
	if (!err)
		err = each_value(x->ds, put_kcidb_test, &k);
	put(version, "major", json_object_new_int(5), &err);
	put(version, "minor", json_object_new_int(3), &err);
	put(all, "version", version, &err);
	put(all, "tests", k.tests, &err);
	return finish(all, err, out);
}
