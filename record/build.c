// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Builder of block lines.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#include <json-c/json.h>
#include <util/number.h>

#include "internal.h"

struct record_builder {
	struct json_object *block;	/* owns the others */
	struct json_object *params, *metrics, *counters, *hists;
	struct json_object *placement;	/* NULL: nobody said where */
	struct json_object *faults;
	bool oracle_ran;
	char invalid_reason[RECORD_WHY];	/* "": valid */
	int err;
};

static void fail(struct record_builder *b, int err)
{
	if (!b->err)
		b->err = err;
}

/* A second value under one name would silently replace the first: a mistake of the caller. */
static int add(struct record_builder *b, struct json_object *to, const char *key,
	       struct json_object *value)
{
	int err = 0;

	if (json_object_object_get_ex(to, key, NULL)) {
		json_object_put(value);
		err = -EEXIST;
	} else if (record_json_add(to, key, value)) {
		err = -ENOMEM;
	}
	if (err)
		fail(b, err);
	return err;
}

/* The shortest text that reads back as @v; integers as integers. */
static struct json_object *number(double v)
{
	char text[NUMBER_SHORTEST];

	if (number_is_whole(v))
		return json_object_new_int64((int64_t)v);
	return json_object_new_double_s(v, number_shortest(text, v));
}

static struct json_object *new_child(struct record_builder *b, const char *key)
{
	struct json_object *child = json_object_new_object();

	return add(b, b->block, key, child) ? NULL : child;
}

static void drop(struct record_builder *b)
{
	if (!b)
		return;
	json_object_put(b->block);
	json_object_put(b->faults);
	free(b);
}

struct record_builder *record_builder_new(const char *variant, const char *case_name,
					  unsigned int boot, unsigned int block, bool warmup)
{
	struct record_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->block = json_object_new_object();
	b->faults = json_object_new_array();
	if (!b->block || !b->faults) {
		drop(b);
		return NULL;
	}
	add(b, b->block, "type", json_object_new_string("block"));
	add(b, b->block, "variant", json_object_new_string(variant));
	add(b, b->block, "boot", json_object_new_int64(boot));
	add(b, b->block, "block", json_object_new_int64(block));
	add(b, b->block, "warmup", json_object_new_boolean(warmup));
	add(b, b->block, "case", json_object_new_string(case_name));
	b->params = new_child(b, "params");
	b->metrics = new_child(b, "metrics");
	b->counters = new_child(b, "counters");
	b->hists = new_child(b, "hists");
	return b;
}

void record_builder_param_int(struct record_builder *b, const char *name, int64_t v)
{
	add(b, b->params, name, json_object_new_int64(v));
}

void record_builder_param_str(struct record_builder *b, const char *name, const char *v)
{
	add(b, b->params, name, json_object_new_string(v));
}

static void add_metric(struct record_builder *b, const char *name, double v, const char *reason,
		       const char *unit, enum record_better better, enum record_class class,
		       bool gated, uint64_t n)
{
	struct json_object *m = json_object_new_object();

	if (!m) {
		fail(b, -ENOMEM);
		return;
	}
	if (!reason) {
		add(b, m, "v", number(v));
	} else {
		json_object_object_add(m, "v", NULL);
		add(b, m, "reason", json_object_new_string(reason));
	}
	add(b, m, "unit", json_object_new_string(unit));
	add(b, m, "better", json_object_new_string(record_better_name(better)));
	add(b, m, "class", json_object_new_string(record_class_name(class)));
	add(b, m, "n", json_object_new_uint64(n));
	add(b, m, "gated", json_object_new_boolean(gated));
	add(b, b->metrics, name, m);
}

void record_builder_metric(struct record_builder *b, const char *name, double v, const char *unit,
			   enum record_better better, enum record_class class, bool gated,
			   uint64_t n)
{
	add_metric(b, name, v, isfinite(v) ? NULL : "not finite", unit, better, class, gated, n);
}

static struct json_object *metric(struct record_builder *b, const char *name)
{
	struct json_object *m = NULL;

	if (!json_object_object_get_ex(b->metrics, name, &m))
		fail(b, -ENOENT);
	return m;
}

void record_builder_parts(struct record_builder *b, const char *name, double module,
			  double waiting)
{
	struct json_object *m = metric(b, name), *parts;

	if (!m || !isfinite(module) || !isfinite(waiting))
		return;
	parts = json_object_new_object();
	if (add(b, m, "parts", parts))
		return;
	add(b, parts, "module", number(module));
	add(b, parts, "waiting", number(waiting));
}

void record_builder_seed(struct record_builder *b, uint64_t seed)
{
	add(b, b->block, "seed", json_object_new_uint64(seed));
}

void record_builder_time(struct record_builder *b, const struct record_time *t)
{
	struct json_object *o = new_child(b, "time");

	if (!o)
		return;
	add(b, o, "unit", json_object_new_string(t->unit));
	add(b, o, "clock", json_object_new_uint64(t->clock));
	add(b, o, "kernel", json_object_new_uint64(t->kernel));
	add(b, o, "module", json_object_new_uint64(t->module));
	add(b, o, "waiting", json_object_new_uint64(t->waiting));
	add(b, o, "driver", json_object_new_uint64(t->driver));
}

void record_builder_no_metric(struct record_builder *b, const char *name, const char *reason,
			      const char *unit)
{
	add_metric(b, name, 0, reason, unit, RECORD_NONE, RECORD_NOISY, false, 0);
}

void record_builder_counter(struct record_builder *b, const char *name, uint64_t v)
{
	add(b, b->counters, name, json_object_new_uint64(v));
}

void record_builder_cpu(struct record_builder *b, const char *role, int cpu, int core, int node,
			int kind)
{
	const int v[] = { cpu, core, node, kind };
	struct json_object *where = json_object_new_array_ext(4), *list;
	int bad = !where;

	for (size_t i = 0; !bad && i < sizeof(v) / sizeof(v[0]); i++)
		bad = json_object_array_add(where, json_object_new_int(v[i]));
	if (!b->placement)
		b->placement = new_child(b, "placement");
	if (!json_object_object_get_ex(b->placement, role, &list)) {
		list = json_object_new_array();
		bad |= add(b, b->placement, role, list);
	}
	if (bad || json_object_array_add(list, where)) {
		json_object_put(where);
		fail(b, -ENOMEM);
	}
}

static struct json_object *sparse_buckets(struct record_builder *b, const struct hist *h)
{
	struct json_object *list = json_object_new_array();
	uint32_t i;

	for (i = 0; list && i < HIST_BUCKETS; i++) {
		struct json_object *pair;

		if (!h->bucket[i])
			continue;
		pair = json_object_new_array_ext(2);
		if (!pair || json_object_array_add(pair, json_object_new_int64(i)) ||
		    json_object_array_add(pair, json_object_new_uint64(h->bucket[i])) ||
		    json_object_array_add(list, pair)) {
			fail(b, -ENOMEM);
			json_object_put(pair);
			break;
		}
	}
	return list;
}

void record_builder_hist(struct record_builder *b, const char *name, const char *unit,
			 const struct hist *h, uint64_t bias)
{
	struct json_object *o = json_object_new_object();

	if (!o) {
		fail(b, -ENOMEM);
		return;
	}
	add(b, o, "unit", json_object_new_string(unit));
	add(b, o, "sub_bits", json_object_new_int(HIST_SUB_BITS));
	add(b, o, "n", json_object_new_uint64(h->n));
	add(b, o, "min", json_object_new_uint64(h->min));
	add(b, o, "max", json_object_new_uint64(h->max));
	add(b, o, "sum", json_object_new_uint64(h->sum));
	add(b, o, "bias", json_object_new_uint64(bias));
	add(b, o, "overflow", json_object_new_uint64(h->overflow));
	add(b, o, "buckets", sparse_buckets(b, h));
	add(b, b->hists, name, o);
}

void record_builder_oracle_ran(struct record_builder *b)
{
	b->oracle_ran = true;
}

void record_builder_oracle_fault(struct record_builder *b, const char *fmt, ...)
{
	struct json_object *text;
	char fault[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fault, sizeof(fault), fmt, ap);
	va_end(ap);
	b->oracle_ran = true;
	text = json_object_new_string(fault);
	if (!text || json_object_array_add(b->faults, text)) {
		json_object_put(text);
		fail(b, -ENOMEM);
	}
	record_builder_invalid(b, "oracle: %.*s", RECORD_WHY - 16, fault);
}

void record_builder_invalid(struct record_builder *b, const char *fmt, ...)
{
	va_list ap;

	if (b->invalid_reason[0])
		return;
	va_start(ap, fmt);
	vsnprintf(b->invalid_reason, sizeof(b->invalid_reason), fmt, ap);
	va_end(ap);
}

bool record_builder_valid(const struct record_builder *b)
{
	return !b->invalid_reason[0];
}

bool record_builder_oracle_clean(const struct record_builder *b)
{
	return b->oracle_ran && !json_object_array_length(b->faults);
}

static void add_oracle(struct record_builder *b)
{
	struct json_object *oracle;

	if (!b->oracle_ran) {
		json_object_object_add(b->block, "oracle", NULL);
		return;
	}
	oracle = new_child(b, "oracle");
	add(b, oracle, "ok", json_object_new_boolean(!json_object_array_length(b->faults)));
	add(b, oracle, "faults", json_object_get(b->faults));
}

int record_builder_finish(struct record_builder *b, struct record_writer *w)
{
	int err;

	add_oracle(b);
	add(b, b->block, "valid", json_object_new_boolean(record_builder_valid(b)));
	add(b, b->block, "invalid_reason", json_object_new_string(b->invalid_reason));
	err = b->err ? b->err : record_write_json(w, b->block, true);
	drop(b);
	return err;
}
