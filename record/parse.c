// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes one line of a result file apart, and says what is wrong with it. A line is refused as a
 * whole if its frame is wrong; a metric or histogram that is wrong in itself is left out alone.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "internal.h"

struct parser {
	struct record_line *out;
	char *why;
};

__attribute__((format(printf, 2, 3)))
static int refuse(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, RECORD_WHY, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Of several reasons the first is said; the message counts no further than that. */
__attribute__((format(printf, 2, 3)))
static void leave_out(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->out->left_out[0])
		return;
	va_start(ap, fmt);
	vsnprintf(p->out->left_out, RECORD_WHY, fmt, ap);
	va_end(ap);
}

static struct json_object *member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, type))
		return NULL;
	return v;
}

static const char *text(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key, json_type_string);

	return v ? json_object_get_string(v) : NULL;
}

static int get_u64(struct json_object *o, uint64_t *v)
{
	/* json-c keeps integers above INT64_MAX apart and clamps negative ones to 0 here. */
	if (!json_object_is_type(o, json_type_int) || json_object_get_int64(o) < 0)
		return -1;
	*v = json_object_get_uint64(o);
	return 0;
}

static int member_u64(struct json_object *o, const char *key, uint64_t *v)
{
	struct json_object *m;

	return json_object_object_get_ex(o, key, &m) ? get_u64(m, v) : -1;
}

static int member_uint(struct json_object *o, const char *key, unsigned int *v)
{
	uint64_t wide;

	if (member_u64(o, key, &wide) || wide > INT_MAX)
		return -1;
	*v = (unsigned int)wide;
	return 0;
}

static int member_bool(struct json_object *o, const char *key, bool *v)
{
	struct json_object *m = member(o, key, json_type_boolean);

	if (!m)
		return -1;
	*v = json_object_get_boolean(m);
	return 0;
}

/* Not in every run. What cannot be read must not be judged as if there had been one look. */
static int parse_looks(struct parser *p, struct json_object *o)
{
	struct record_run *run = &p->out->run;
	struct json_object *list;
	uint64_t last = 0, v;
	size_t i, nr;

	if (!json_object_object_get_ex(o, "looks", &list))
		return 0;
	nr = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
	if (!nr || nr > RECORD_MAX_LOOKS)
		return refuse(p, "looks is no list of 1 to %d numbers of boots", RECORD_MAX_LOOKS);
	for (i = 0; i < nr; i++) {
		if (get_u64(json_object_array_get_idx(list, i), &v) || v <= last || v > INT_MAX)
			return refuse(p, "looks are not rising numbers of boots");
		run->look[i] = (unsigned int)v;
		last = v;
	}
	run->looks = (unsigned int)nr;
	return 0;
}

static int parse_run(struct parser *p, struct json_object *o)
{
	struct record_run *run = &p->out->run;
	uint64_t schema;

	if (member_u64(o, "schema", &schema))
		return refuse(p, "run line without a schema version");
	if (schema < RECORD_SCHEMA_OLD || schema > RECORD_SCHEMA) {
		refuse(p, "schema version %" PRIu64 ", this septbench reads %d to %d", schema,
		       RECORD_SCHEMA_OLD, RECORD_SCHEMA);
		return -EPROTO;
	}
	p->out->schema = (unsigned int)schema;
	run->version = text(o, "version");
	run->substrate = text(o, "substrate");
	run->clock = text(o, "clock");
	run->profile = text(o, "profile");
	run->flavour = text(o, "flavour");
	run->env = member(o, "env", json_type_object);
	if (!run->version || !run->substrate || !run->clock || !run->profile || !run->flavour ||
	    !run->env || member_u64(o, "seed", &run->seed))
		return refuse(
			p,
			"run line lacks version, substrate, clock, profile, flavour, seed or env");
	return parse_looks(p, o);
}

static int parse_end(struct parser *p, struct json_object *o)
{
	struct json_object *status = member(o, "status", json_type_int);

	if (!status || member_u64(o, "blocks", &p->out->end_blocks))
		return refuse(p, "end line lacks blocks or status");
	p->out->end_status = json_object_get_int(status);
	p->out->changed = text(o, "changed");
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_scalar(struct json_object *v)
{
	return json_object_is_type(v, json_type_string) || json_object_is_type(v, json_type_int) ||
	       json_object_is_type(v, json_type_double) ||
	       json_object_is_type(v, json_type_boolean);
}

static int print_params(struct json_object *params, const char **keys, size_t nr, char **out)
{
	size_t size, i;
	FILE *f = open_memstream(out, &size);

	if (!f)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		fprintf(f, "%s%s=%s", i ? " " : "", keys[i],
			json_object_get_string(json_object_object_get(params, keys[i])));
	return fclose(f) ? -ENOMEM : 0;
}

static int parse_params(struct parser *p, struct json_object *params, char **out)
{
	size_t i = 0, nr = (size_t)json_object_object_length(params);
	const char **keys = calloc(nr + 1, sizeof(*keys));
	int err;

	if (!keys)
		return -ENOMEM;
	json_object_object_foreach(params, key, v) {
		if (!is_scalar(v)) {
			free(keys);
			return refuse(p, "parameter %s is not a number or text", key);
		}
		keys[i++] = key;
	}
	qsort(keys, nr, sizeof(*keys), compare_keys);
	err = print_params(params, keys, nr, out);
	free(keys);
	return err;
}

static bool is_number(struct json_object *v)
{
	return json_object_is_type(v, json_type_double) || json_object_is_type(v, json_type_int);
}

static bool is_finite(struct json_object *v)
{
	return is_number(v) && isfinite(json_object_get_double(v));
}

/* What schema 1 has not: both may be absent. 0, or -1. */
static int parse_extras(struct json_object *o, struct record_metric *m)
{
	struct json_object *parts, *threshold;

	m->threshold = RECORD_THRESHOLD;
	if (json_object_object_get_ex(o, "threshold", &threshold)) {
		m->threshold = is_finite(threshold) ? json_object_get_double(threshold) : -1;
		if (m->threshold < 0)
			return -1;
	}
	if (!json_object_object_get_ex(o, "parts", &parts))
		return 0;
	if (!is_finite(json_object_object_get(parts, "module")) ||
	    !is_finite(json_object_object_get(parts, "waiting")))
		return -1;
	m->parted = true;
	m->module = json_object_get_double(json_object_object_get(parts, "module"));
	m->waiting = json_object_get_double(json_object_object_get(parts, "waiting"));
	return 0;
}

/* Fills @m. 0, or -1 with the reason in @p. */
static int parse_metric(struct parser *p, const char *name, struct json_object *o,
			struct record_metric *m)
{
	int class = record_class_parse(text(o, "class"));
	int better = record_better_parse(text(o, "better"));
	struct json_object *v;

	m->name = name;
	m->unit = text(o, "unit");
	if (class < 0 || better < 0 || !m->unit || member_bool(o, "gated", &m->gated) ||
	    member_u64(o, "n", &m->n) || !json_object_object_get_ex(o, "v", &v)) {
		leave_out(p, "metric %s lacks v, unit, better, class, n or gated", name);
		return -1;
	}
	m->class = (enum record_class)class;
	m->better = (enum record_better)better;
	m->v = NAN;
	if (parse_extras(o, m)) {
		leave_out(p, "metric %s: its parts or its threshold are no numbers", name);
		return -1;
	}
	if (!v)
		return 0;	/* null: said to have no value */
	if (!is_finite(v)) {
		leave_out(p, "metric %s is not a finite number", name);
		return -1;
	}
	m->v = json_object_get_double(v);
	return 0;
}

static int parse_metrics(struct parser *p, struct json_object *metrics)
{
	struct record_block *b = &p->out->block;

	b->metrics = calloc((size_t)json_object_object_length(metrics) + 1, sizeof(*b->metrics));
	if (!b->metrics)
		return -ENOMEM;
	json_object_object_foreach(metrics, name, o) {
		if (!parse_metric(p, name, o, &b->metrics[b->nr_metrics]))
			b->nr_metrics++;
	}
	return 0;
}

static int parse_counters(struct parser *p, struct json_object *counters)
{
	struct record_block *b = &p->out->block;

	b->counters = calloc((size_t)json_object_object_length(counters) + 1, sizeof(*b->counters));
	if (!b->counters)
		return -ENOMEM;
	json_object_object_foreach(counters, name, o) {
		struct record_counter *c = &b->counters[b->nr_counters];

		c->name = name;
		if (get_u64(o, &c->v))
			leave_out(p, "counter %s is not a count", name);
		else
			b->nr_counters++;
	}
	return 0;
}

static int parse_bucket(struct json_object *pair, struct hist *h, uint64_t *next)
{
	uint64_t idx, count;

	if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2 ||
	    get_u64(json_object_array_get_idx(pair, 0), &idx) ||
	    get_u64(json_object_array_get_idx(pair, 1), &count))
		return -1;
	if (idx < *next || idx >= HIST_BUCKETS)
		return -1;
	*next = idx + 1;
	h->bucket[idx] = count;
	return 0;
}

static int parse_buckets(struct json_object *list, struct hist *h)
{
	uint64_t next = 0, total = h->overflow;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (parse_bucket(json_object_array_get_idx(list, i), h, &next))
			return -1;
	for (i = 0; i < HIST_BUCKETS; i++)
		if (__builtin_add_overflow(total, h->bucket[i], &total))
			return -1;
	return total == h->n ? 0 : -1;
}

/* The bucket that @v is counted in; past the last one if that is the overflow. */
static uint32_t place_of(uint64_t v)
{
	return v >> HIST_MAX_BITS ? HIST_BUCKETS : hist_index(v);
}

/* Quantiles are moved into [min, max], so these must be where the outermost values are. */
static int check_limits(const struct hist *h)
{
	uint32_t first = 0, last = HIST_BUCKETS;

	if (!h->n)
		return 0;
	while (first < HIST_BUCKETS && !h->bucket[first])
		first++;
	while (!h->overflow && last-- > 0 && !h->bucket[last])
		;
	return h->min <= h->max && place_of(h->min) == first && place_of(h->max) == last ? 0 : -1;
}

static int parse_hist(struct parser *p, const char *name, struct json_object *o,
		      struct record_hist *h)
{
	struct json_object *buckets = member(o, "buckets", json_type_array);
	uint64_t sub_bits;

	h->name = name;
	h->unit = text(o, "unit");
	if (!buckets || !h->unit || member_u64(o, "sub_bits", &sub_bits) ||
	    sub_bits != HIST_SUB_BITS || member_u64(o, "n", &h->h.n) ||
	    member_u64(o, "min", &h->h.min) || member_u64(o, "max", &h->h.max) ||
	    member_u64(o, "sum", &h->h.sum) || member_u64(o, "bias", &h->bias) ||
	    member_u64(o, "overflow", &h->h.overflow)) {
		leave_out(p, "histogram %s lacks a field or has other than %d sub-bits", name,
			  HIST_SUB_BITS);
		return -1;
	}
	if (parse_buckets(buckets, &h->h)) {
		leave_out(p, "histogram %s: its buckets do not add up to its n", name);
		return -1;
	}
	if (check_limits(&h->h)) {
		leave_out(p, "histogram %s: its min and max are not where its values are", name);
		return -1;
	}
	return 0;
}

static int parse_hists(struct parser *p, struct json_object *hists)
{
	struct record_block *b = &p->out->block;

	b->hists = calloc((size_t)json_object_object_length(hists) + 1, sizeof(*b->hists));
	if (!b->hists)
		return -ENOMEM;
	json_object_object_foreach(hists, name, o) {
		struct record_hist *h = &b->hists[b->nr_hists];

		memset(h, 0, sizeof(*h));
		if (!parse_hist(p, name, o, h))
			b->nr_hists++;
	}
	return 0;
}

static int parse_block_head(struct parser *p, struct json_object *o)
{
	struct record_block *b = &p->out->block;

	b->variant = text(o, "variant");
	b->case_name = text(o, "case");
	b->invalid_reason = text(o, "invalid_reason");
	if (!b->variant || !b->case_name || !b->invalid_reason || !*b->variant || !*b->case_name ||
	    member_uint(o, "boot", &b->boot) || member_uint(o, "block", &b->block) ||
	    member_bool(o, "warmup", &b->warmup) || member_bool(o, "valid", &b->valid))
		return refuse(p, "block line lacks variant, case, boot, block, warmup, valid or "
				 "invalid_reason");
	return 0;
}

/* An oracle's fault and valid=true contradict each other; null says that no oracle ran. */
static int parse_oracle(struct parser *p, struct json_object *o)
{
	struct json_object *oracle;
	bool ok;

	if (!json_object_object_get_ex(o, "oracle", &oracle))
		return refuse(p, "block line lacks oracle");
	if (!oracle)
		return 0;
	if (member_bool(oracle, "ok", &ok) || !member(oracle, "faults", json_type_array))
		return refuse(p, "oracle lacks ok or faults");
	if (!ok && p->out->block.valid)
		return refuse(p, "block is marked valid though its oracle found a fault");
	return 0;
}

/* Neither needs to be there. */
static int parse_seed_and_time(struct parser *p, struct json_object *o)
{
	struct record_block *b = &p->out->block;
	struct record_time *t = &b->time;
	struct json_object *time;

	p->out->seeded = json_object_object_get_ex(o, "seed", NULL);
	if (p->out->seeded && member_u64(o, "seed", &b->seed))
		return refuse(p, "the block's seed is no count");
	if (!json_object_object_get_ex(o, "time", &time))
		return 0;
	t->unit = text(time, "unit");
	if (!t->unit || member_u64(time, "clock", &t->clock) ||
	    member_u64(time, "kernel", &t->kernel) || member_u64(time, "module", &t->module) ||
	    member_u64(time, "waiting", &t->waiting) || member_u64(time, "driver", &t->driver))
		return refuse(p, "time lacks unit, clock, kernel, module, waiting or driver");
	return 0;
}

static int parse_block(struct parser *p, struct json_object *o)
{
	struct json_object *params = member(o, "params", json_type_object);
	struct json_object *metrics = member(o, "metrics", json_type_object);
	struct json_object *counters = member(o, "counters", json_type_object);
	struct json_object *hists = member(o, "hists", json_type_object);
	int err = parse_block_head(p, o);

	if (err)
		return err;
	if (!params || !metrics || !counters || !hists)
		return refuse(p, "block line lacks params, metrics, counters or hists");
	err = parse_oracle(p, o);
	if (!err)
		err = parse_seed_and_time(p, o);
	if (!err)
		err = parse_params(p, params, &p->out->block.params);
	if (!err)
		err = parse_metrics(p, metrics);
	if (!err)
		err = parse_counters(p, counters);
	if (!err)
		err = parse_hists(p, hists);
	p->out->block.json = o;
	return err;
}

static int parse_boot(struct parser *p, struct json_object *o)
{
	struct json_object *status = member(o, "status", json_type_int);
	struct record_boot *b = &p->out->boot;

	b->variant = text(o, "variant");
	if (!b->variant || !*b->variant || !status || member_uint(o, "boot", &b->boot) ||
	    member_u64(o, "complaints", &b->complaints))
		return refuse(p, "boot line lacks variant, boot, status or complaints");
	b->status = json_object_get_int(status);
	return 0;
}

static int parse_typed(struct parser *p, struct json_object *o)
{
	const char *type = text(o, "type");

	if (!type)
		return refuse(p, "no septbench result line");
	if (!strcmp(type, "run")) {
		p->out->kind = RECORD_RUN;
		return parse_run(p, o);
	}
	if (!strcmp(type, "block")) {
		p->out->kind = RECORD_BLOCK;
		return parse_block(p, o);
	}
	if (!strcmp(type, "boot")) {
		p->out->kind = RECORD_BOOT;
		return parse_boot(p, o);
	}
	if (!strcmp(type, "end")) {
		p->out->kind = RECORD_END;
		return parse_end(p, o);
	}
	return refuse(p, "no septbench result line: unknown type");
}

void record_block_clear(struct record_block *b)
{
	free(b->params);
	free(b->metrics);
	free(b->counters);
	free(b->hists);
	json_object_put(b->json);
	memset(b, 0, sizeof(*b));
}

int record_parse_line(const char *line, size_t len, struct record_line *out, char why[RECORD_WHY])
{
	struct parser p = { .out = out, .why = why };
	int err;

	memset(out, 0, sizeof(*out));
	why[0] = '\0';
	out->json = record_json_parse(line, len, why);
	if (!out->json)
		return -EINVAL;
	why[0] = '\0';
	err = parse_typed(&p, out->json);
	if (!err)
		return 0;
	if (!why[0])
		refuse(&p, "no memory");
	out->block.json = NULL;	/* is out->json */
	record_block_clear(&out->block);
	json_object_put(out->json);
	out->json = NULL;
	return err;
}

int record_take_line(const char *line, size_t len, struct json_object **json, char why[RECORD_WHY])
{
	struct record_line parsed;
	int err = record_parse_line(line, len, &parsed, why);

	*json = NULL;
	if (err)
		return err;
	if (parsed.left_out[0]) {
		memcpy(why, parsed.left_out, RECORD_WHY);
		err = -EINVAL;
	}
	parsed.block.json = NULL;	/* is parsed.json */
	record_block_clear(&parsed.block);
	if (err)
		json_object_put(parsed.json);
	else
		*json = parsed.json;
	return err ? err : (int)parsed.kind;
}

int record_validate_line(const char *line, size_t len, char why[RECORD_WHY])
{
	struct json_object *json;
	int kind = record_take_line(line, len, &json, why);

	json_object_put(json);
	return kind;
}
