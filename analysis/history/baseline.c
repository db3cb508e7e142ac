// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>
#include <util/number.h>

#include "record/record.h"
#include "baseline.h"

#define VERSION	1

struct baseline {
	struct json_object *json, *exact, *accepted;
};

static struct json_object *member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *m;

	if (!json_object_object_get_ex(o, key, &m) || !json_object_is_type(m, type))
		return NULL;
	return m;
}

static bool is_number(struct json_object *o)
{
	return json_object_is_type(o, json_type_int) || json_object_is_type(o, json_type_double);
}

static bool is_distance(struct json_object *o)
{
	double v = json_object_get_double(o);

	return is_number(o) && isfinite(v) && v >= 0;
}

static bool is_entry(struct json_object *o)
{
	struct json_object *v;

	if (json_object_object_get_ex(o, "within", &v) && !is_distance(v))
		return false;
	return json_object_is_type(o, json_type_object) &&
	       json_object_object_get_ex(o, "value", &v) && is_number(v) &&
	       isfinite(json_object_get_double(v)) && member(o, "night", json_type_string) &&
	       member(o, "reason", json_type_string) && member(o, "commit", json_type_string);
}

static bool is_list(struct json_object *o)
{
	size_t i;

	if (!json_object_is_type(o, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(o); i++)
		if (!is_entry(json_object_array_get_idx(o, i)))
			return false;
	return true;
}

/* What is wrong with the file, NULL if nothing. */
static const char *take_apart(struct baseline *b)
{
	struct json_object *version = member(b->json, "septbench_baseline", json_type_int);

	if (!version)
		return "\"septbench_baseline\": 1";
	if (json_object_get_int(version) != VERSION)
		return "a \"septbench_baseline\" of version 1";
	b->exact = member(b->json, "exact", json_type_object);
	b->accepted = member(b->json, "accepted", json_type_object);
	if (!b->exact || !b->accepted)
		return "the objects \"exact\" and \"accepted\"";
	json_object_object_foreach(b->exact, key, entry) {
		if (!is_entry(entry))
			return key;
	}
	json_object_object_foreach(b->accepted, name, list) {
		if (!is_list(list))
			return name;
	}
	return NULL;
}

/* The key with today's name of its metric, its last part. Caller frees; NULL: no memory. */
static char *today(const char *key)
{
	const char *slash = strrchr(key, '/'), *now = record_metric_now(slash ? slash + 1 : key);
	char *text;

	if (!now)
		return strdup(key);
	return asprintf(&text, "%.*s%s", slash ? (int)(slash + 1 - key) : 0, key, now) < 0 ? NULL :
											   text;
}

static int rename_keys(struct json_object *top, const char *name, struct json_object **map)
{
	struct json_object *now = json_object_new_object();
	int err = now ? 0 : -ENOMEM;

	json_object_object_foreach(*map, key, v) {
		char *k = today(key);

		if (!err && (!k || json_object_object_add(now, k, json_object_get(v))))
			err = -ENOMEM;
		free(k);
	}
	if (!err && !json_object_object_add(top, name, now)) {
		*map = now;
		return 0;
	}
	json_object_put(now);
	return -ENOMEM;
}

static struct json_object *new_file(void)
{
	return json_tokener_parse("{\"septbench_baseline\":1,\"exact\":{},\"accepted\":{}}");
}

int baseline_read(const char *path, bool may_be_new, struct baseline **out, FILE *msgs)
{
	struct baseline *b = calloc(1, sizeof(*b));
	const char *bad;
	char why[RECORD_WHY] = "no memory";

	*out = NULL;
	if (!b) {
		fprintf(msgs, "%s: no memory\n", path);
		return 3;
	}
	b->json = may_be_new && access(path, F_OK) ? new_file() :
		  record_json_file(path, why);
	if (!b->json) {
		fprintf(msgs, "%s: %s; gate FILE --baseline %s --accept '*' --reason TEXT makes "
			"one\n", path, why, path);
		free(b);
		return 3;
	}
	bad = take_apart(b);
	if (bad) {
		fprintf(msgs, "%s: lacks, or has wrong: %s; see the last commit that changed it\n",
			path, bad);
		baseline_free(b);
		return 3;
	}
	if (rename_keys(b->json, "exact", &b->exact) ||
	    rename_keys(b->json, "accepted", &b->accepted)) {
		fprintf(msgs, "%s: no memory\n", path);
		baseline_free(b);
		return 3;
	}
	*out = b;
	return 0;
}

void baseline_free(struct baseline *b)
{
	if (!b)
		return;
	json_object_put(b->json);
	free(b);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Keys of @o, sorted. Caller frees the array. */
static const char **sorted_keys(struct json_object *o, size_t *nr)
{
	const char **keys = calloc((size_t)json_object_object_length(o) + 1, sizeof(*keys));

	*nr = 0;
	if (!keys)
		return NULL;
	json_object_object_foreach(o, key, v) {
		(void)v;
		keys[(*nr)++] = key;
	}
	qsort(keys, *nr, sizeof(*keys), compare_keys);
	return keys;
}

static const char *spell(struct json_object *o)
{
	return json_object_to_json_string_ext(o, JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void write_key(FILE *out, const char *key)
{
	struct json_object *name = json_object_new_string(key);

	fprintf(out, "    %s: ", spell(name));
	json_object_put(name);
}

static void write_list(FILE *out, struct json_object *list)
{
	size_t n = json_object_array_length(list), i;

	fputs("[\n", out);
	for (i = 0; i < n; i++)
		fprintf(out, "      %s%s\n", spell(json_object_array_get_idx(list, i)),
			i + 1 < n ? "," : "");
	fputs("    ]", out);
}

static int write_map(FILE *out, const char *name, struct json_object *map)
{
	size_t n, i;
	const char **keys = sorted_keys(map, &n);

	if (!keys)
		return -ENOMEM;
	fprintf(out, "  \"%s\": {%s", name, n ? "\n" : "");
	for (i = 0; i < n; i++) {
		struct json_object *v = NULL;

		json_object_object_get_ex(map, keys[i], &v);
		write_key(out, keys[i]);
		if (json_object_is_type(v, json_type_array))
			write_list(out, v);
		else
			fputs(spell(v), out);
		fputs(i + 1 < n ? ",\n" : "\n  ", out);
	}
	fputc('}', out);
	free(keys);
	return 0;
}

static int write_file(const struct baseline *b, FILE *out)
{
	int err;

	fprintf(out, "{\n  \"septbench_baseline\": %d,\n", VERSION);
	err = write_map(out, "exact", b->exact);
	fputs(",\n", out);
	if (!err)
		err = write_map(out, "accepted", b->accepted);
	fputs("\n}\n", out);
	if (!err && fflush(out))
		err = -errno;
	if (!err && fsync(fileno(out)))
		err = -errno;
	return err;
}

int baseline_write(const struct baseline *b, const char *path, FILE *msgs)
{
	char *temp;
	FILE *out;
	int err;

	if (asprintf(&temp, "%s.new", path) < 0) {
		fprintf(msgs, "%s: no memory\n", path);
		return 3;
	}
	out = fopen(temp, "we");
	err = out ? write_file(b, out) : -errno;
	if (out && fclose(out) && !err)
		err = -errno;
	if (!err && rename(temp, path))
		err = -errno;
	if (err) {
		fprintf(msgs, "%s: %s; the baseline is as it was\n", path, strerror(-err));
		unlink(temp);
	}
	free(temp);
	return err ? 3 : 0;
}

static void get_entry(struct json_object *o, struct baseline_entry *out)
{
	struct json_object *v = NULL, *within = NULL;

	json_object_object_get_ex(o, "value", &v);
	json_object_object_get_ex(o, "within", &within);
	*out = (struct baseline_entry){
		.value = json_object_get_double(v),
		.within = json_object_get_double(within),
		.parted = member(o, "part", json_type_string),
		.night = json_object_get_string(member(o, "night", json_type_string)),
		.reason = json_object_get_string(member(o, "reason", json_type_string)),
		.commit = json_object_get_string(member(o, "commit", json_type_string)),
	};
}

bool baseline_exact(const struct baseline *b, const char *key, struct baseline_entry *out)
{
	struct json_object *o;

	if (!json_object_object_get_ex(b->exact, key, &o))
		return false;
	get_entry(o, out);
	return true;
}

void baseline_each_exact(const struct baseline *b, void (*fn)(void *arg, const char *key),
			 void *arg)
{
	size_t n, i;
	const char **keys = sorted_keys(b->exact, &n);

	for (i = 0; keys && i < n; i++)
		fn(arg, keys[i]);
	free(keys);
}

static struct json_object *accepted_list(const struct baseline *b, const char *key)
{
	return member(b->accepted, key, json_type_array);
}

size_t baseline_nr_accepted(const struct baseline *b, const char *key)
{
	struct json_object *list = accepted_list(b, key);

	return list ? json_object_array_length(list) : 0;
}

void baseline_accepted(const struct baseline *b, const char *key, size_t i,
		       struct baseline_entry *out)
{
	get_entry(json_object_array_get_idx(accepted_list(b, key), i), out);
}

/* As few digits as give the same double back. */
static struct json_object *number(double v)
{
	char text[NUMBER_SHORTEST];

	if (number_is_whole(v))
		return json_object_new_int64((int64_t)v);
	return json_object_new_double_s(v, number_shortest(text, v));
}

static struct json_object *make_entry(const struct baseline_entry *e)
{
	struct json_object *o = json_object_new_object();

	if (o && !json_object_object_add(o, "value", number(e->value)) &&
	    (e->within == 0 || !json_object_object_add(o, "within", number(e->within))) &&
	    (!e->parted || !json_object_object_add(o, "part", json_object_new_string("kernel"))) &&
	    !json_object_object_add(o, "night", json_object_new_string(e->night)) &&
	    !json_object_object_add(o, "reason", json_object_new_string(e->reason)) &&
	    !json_object_object_add(o, "commit", json_object_new_string(e->commit)))
		return o;
	json_object_put(o);
	return NULL;
}

int baseline_set_exact(struct baseline *b, const char *key, const struct baseline_entry *e)
{
	struct json_object *o = make_entry(e);

	if (o && !json_object_object_add(b->exact, key, o))
		return 0;
	json_object_put(o);
	return -ENOMEM;
}

static int insert(struct json_object *list, const struct baseline_entry *e)
{
	struct json_object *o = make_entry(e);
	size_t n = json_object_array_length(list), i;
	struct baseline_entry last;
	int err;

	if (!o)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		get_entry(json_object_array_get_idx(list, i), &last);
		if (!strcmp(last.night, e->night))
			break;
	}
	err = i < n ? json_object_array_put_idx(list, i, o) : json_object_array_add(list, o);
	if (err)
		json_object_put(o);
	return err ? -ENOMEM : 0;
}

int baseline_accept(struct baseline *b, const char *key, const struct baseline_entry *e)
{
	struct json_object *list = accepted_list(b, key);

	if (list)
		return insert(list, e);
	list = json_object_new_array();
	if (list && !json_object_object_add(b->accepted, key, list))
		return insert(list, e);
	json_object_put(list);
	return -ENOMEM;
}
