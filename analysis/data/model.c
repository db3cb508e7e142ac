// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cost profiles, and pricing a block by one.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "analysis/profiles.h"
#include "data.h"

struct model_profile {
	struct json_object *json;	/* owns the rest */
	const char *name;
	double ps_per_insn;
	double failed_ns;		/* a SEAMCALL that did not do its work: the round trip */
	struct json_object *leaves, *counters;
};

/* What the instructions of a block are counted by. */
static const struct {
	const char *metric, *name, *unit;
} bases[] = {
	{ "fault_mean", "model_ns_per_fault", "ns/fault" },
	{ "zap_per_page", "model_ns_per_page", "ns/page" },
	{ "teardown_per_page", "model_ns_per_page", "ns/page" },
	/* As schema 1 had them, for blocks that did not come through its reader. */
	{ "insn_per_fault", "model_ns_per_fault", "ns/fault" },
	{ "zap_insn_per_page", "model_ns_per_page", "ns/page" },
};

static struct json_object *parse(const char *name, FILE *msgs)
{
	struct json_object *o;
	char why[RECORD_WHY];

	if (!strcmp(name, "tdx-estimate"))
		return json_tokener_parse(PROFILE_TDX_ESTIMATE);
	if (!strcmp(name, "all-zero"))
		return json_tokener_parse(PROFILE_ALL_ZERO);
	if (!strpbrk(name, "./")) {
		fprintf(msgs, "profile %s: unknown; give tdx-estimate, all-zero or a file\n", name);
		return NULL;
	}
	o = record_json_file(name, why);
	if (!o)
		fprintf(msgs, "profile %s: %s; see analysis/profiles/\n", name, why);
	return o;
}

static bool is_price(struct json_object *o)
{
	double v = json_object_get_double(o);

	return (json_object_is_type(o, json_type_int) ||
		json_object_is_type(o, json_type_double)) &&
	       isfinite(v) && v >= 0;
}

static const char *get_price(struct json_object *o, const char *key, double *v)
{
	struct json_object *m;

	if (!json_object_object_get_ex(o, key, &m) || !is_price(m))
		return key;
	*v = json_object_get_double(m);
	return NULL;
}

static const char *get_prices(struct json_object *o, const char *key, struct json_object **prices)
{
	if (!json_object_object_get_ex(o, key, prices) ||
	    !json_object_is_type(*prices, json_type_object))
		return key;
	json_object_object_foreach(*prices, name, v) {
		if (!is_price(v))
			return name;
	}
	return NULL;
}

/* Returns the key that is missing or wrong, NULL if none. */
static const char *take_apart(struct model_profile *p)
{
	struct json_object *name;
	const char *bad;

	if (!json_object_object_get_ex(p->json, "name", &name) ||
	    !json_object_is_type(name, json_type_string))
		return "name";
	p->name = json_object_get_string(name);
	bad = get_price(p->json, "ps_per_insn", &p->ps_per_insn);
	if (!bad)
		bad = get_price(p->json, "seamcall_failed_ns", &p->failed_ns);
	if (!bad)
		bad = get_prices(p->json, "seamcall_ns", &p->leaves);
	if (!bad)
		bad = get_prices(p->json, "counter_ns", &p->counters);
	return bad;
}

struct model_profile *model_profile_load(const char *name, FILE *msgs)
{
	struct model_profile *p = calloc(1, sizeof(*p));
	const char *bad;

	if (!p) {
		fprintf(msgs, "profile %s: no memory\n", name);
		return NULL;
	}
	p->json = parse(name, msgs);
	if (!p->json) {
		free(p);
		return NULL;
	}
	bad = take_apart(p);
	if (bad) {
		fprintf(msgs, "profile %s: %s is missing or is no price; see analysis/profiles/\n",
			name, bad);
		model_profile_free(p);
		return NULL;
	}
	return p;
}

void model_profile_free(struct model_profile *p)
{
	if (!p)
		return;
	json_object_put(p->json);
	free(p);
}

const char *model_profile_name(const struct model_profile *p)
{
	return p->name;
}

bool model_profile_prices_module(const struct model_profile *p)
{
	return p->failed_ns > 0 || json_object_object_length(p->leaves) ||
	       json_object_object_length(p->counters);
}

/* "seamcall.<leaf>.<class>": a call that failed cost its round trip, and no more than one that
 * worked. */
static double seamcall_price(const struct model_profile *p, const char *name)
{
	const char *leaf = name + strlen("seamcall."), *class = strchr(leaf, '.');
	double ok = p->failed_ns;
	char *key;

	if (!class)
		return 0;
	key = strndup(leaf, (size_t)(class - leaf));
	if (key)
		get_price(p->leaves, key, &ok);
	free(key);
	return strcmp(class, ".ok") ? fmin(ok, p->failed_ns) : ok;
}

static enum model_part part_of(const char *counter)
{
	if (!strncmp(counter, "softtdx.kick", strlen("softtdx.kick")))
		return MODEL_KICKS;
	if (!strncmp(counter, "seamcall.vp_enter.", strlen("seamcall.vp_enter.")) ||
	    !strcmp(counter, "softtdx.td_exit") || !strcmp(counter, "softtdx.epoch_flush"))
		return MODEL_CROSSINGS;
	return MODEL_LEAVES;
}

static void add_counters(const struct model_profile *p, const struct record_block *b,
			 double ns[MODEL_NR_PARTS])
{
	for (size_t i = 0; i < b->nr_counters; i++) {
		const struct record_counter *c = &b->counters[i];
		double price = 0;

		if (!strncmp(c->name, "seamcall.", strlen("seamcall.")))
			price = seamcall_price(p, c->name);
		else
			get_price(p->counters, c->name, &price);
		ns[part_of(c->name)] += price * (double)c->v;
	}
}

bool model_price(const struct model_profile *p, const struct record_block *b,
		 struct model_value *out)
{
	double insns = 0, own;
	bool found, parted = false;

	*out = (struct model_value) { .name = NULL };
	/* A case that zaps and then faults has both, and the counters are of both. */
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		const struct record_metric *m = record_block_metric(b, bases[i].metric);

		if (!m || !m->n || !isfinite(m->v))
			continue;
		insns += m->v * (double)m->n;
		parted |= m->parted;
		if (out->name)
			continue;
		out->name = bases[i].name;
		out->unit = bases[i].unit;
		out->n = m->n;
	}
	if (!out->name)
		return false;
	/* A metric in parts is the kernel's alone already. */
	own = parted ? 0 : (double)record_block_counter(b, "softtdx.insn", &found);
	out->unpriced = own > insns;
	insns = fmax(insns - own, 0);
	out->insns = insns / (double)out->n;
	out->part[MODEL_INSNS] = insns * p->ps_per_insn / 1000;
	add_counters(p, b, out->part);
	for (size_t i = 0; i < MODEL_NR_PARTS; i++) {
		out->part[i] /= (double)out->n;
		out->v += out->part[i];
	}
	return true;
}
