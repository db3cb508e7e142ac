// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The profile beside a result, and two arms of it as one call tree.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "explain.h"

#define CODE_SUFFIX	".code"
#define CODE_SCHEMA	1
#define MAX_FRAMES	2048	/* of a stack; the lab writes half as many at most */

struct code_entry {
	const struct record_block *block;
	struct json_object *json;
	uint64_t units, timed, insns;
};

struct code_file {
	struct code_entry *entries;
	size_t nr;
};

static struct json_object *get(struct json_object *o, const char *key)
{
	return json_object_object_get(o, key);
}

static const char *text_of(struct json_object *o, const char *key)
{
	const char *text = json_object_get_string(get(o, key));

	return text ? text : "";
}

static bool is_block(const struct record_block *b, struct json_object *o)
{
	return !strcmp(b->variant, text_of(o, "variant")) &&
	       !strcmp(b->case_name, text_of(o, "case")) &&
	       b->boot == (unsigned int)json_object_get_int64(get(o, "boot")) &&
	       b->block == (unsigned int)json_object_get_int64(get(o, "block")) && b->valid &&
	       !b->warmup && json_object_equal(get(b->json, "params"), get(o, "params"));
}

static const struct record_block *find_block(const struct record_file *f, struct json_object *o)
{
	size_t i;

	for (i = 0; i < f->nr_blocks; i++)
		if (is_block(&f->blocks[i], o))
			return &f->blocks[i];
	return NULL;
}

/* Trees are walked by recursion. */
static bool is_path(struct json_object *o)
{
	const char *at = json_object_get_string(o);
	unsigned int frames = 1;

	while (at && (at = strchr(at, ';')) && frames <= MAX_FRAMES) {
		frames++;
		at++;
	}
	return json_object_is_type(o, json_type_string) && frames <= MAX_FRAMES;
}

/* Is each stack a path and a number, and their sum what the line says? */
static bool stacks_add_up(struct json_object *o)
{
	struct json_object *stacks = get(o, "stacks");
	uint64_t sum = 0;
	size_t i;

	if (!json_object_is_type(stacks, json_type_array))
		return false;
	for (i = 0; i < json_object_array_length(stacks); i++) {
		struct json_object *one = json_object_array_get_idx(stacks, i);

		if (!json_object_is_type(one, json_type_array) ||
		    json_object_array_length(one) != 2 ||
		    !is_path(json_object_array_get_idx(one, 0)))
			return false;
		sum += json_object_get_uint64(json_object_array_get_idx(one, 1));
	}
	return sum == json_object_get_uint64(get(o, "insns"));
}

/* The result must say the same of the timed part: the profile may be of a run of the same name. */
static bool is_of(const struct record_block *b, const struct code_entry *e)
{
	bool units, timed;

	return record_block_counter(b, "timed.units", &units) == e->units &&
	       record_block_counter(b, "timed.insn", &timed) == e->timed && units && timed &&
	       e->units;
}

/* Takes over @o. NULL, or what is wrong with it. */
static const char *add_entry(struct code_file *cf, const struct record_file *f,
			     struct json_object *o)
{
	struct code_entry *more = reallocarray(cf->entries, cf->nr + 1, sizeof(*more)), *e;

	if (!more) {
		json_object_put(o);
		return "no memory";
	}
	cf->entries = more;
	e = &more[cf->nr++];
	*e = (struct code_entry){ .json = o,
				  .block = find_block(f, o),
				  .units = json_object_get_uint64(get(o, "units")),
				  .timed = json_object_get_uint64(get(o, "timed")),
				  .insns = json_object_get_uint64(get(o, "insns")) };
	if (!stacks_add_up(o))
		return "its stacks do not add up";
	return e->block && is_of(e->block, e) ? NULL : "the result has no such block";
}

/* NULL, or what is wrong with the line. */
static const char *take_line(struct code_file *cf, const struct record_file *f, const char *line,
			     size_t len, unsigned int nr)
{
	char why[RECORD_WHY];
	struct json_object *o = record_json_parse(line, len, why);
	const char *wrong = NULL;

	if (nr > 1 && o && !strcmp(text_of(o, "type"), "code-block"))
		return add_entry(cf, f, o);
	if (nr > 1 || !o || strcmp(text_of(o, "type"), "code"))
		wrong = "not a line of a profile";
	else if (json_object_get_int(get(o, "schema")) != CODE_SCHEMA)
		wrong = "a schema of another version";
	json_object_put(o);
	return wrong;
}

static int read_lines(struct code_file *cf, const struct record_file *f, const char *path, FILE *in)
{
	const char *wrong = NULL;
	unsigned int nr = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (!wrong && (len = getline(&line, &size, in)) > 0)
		wrong = take_line(cf, f, line, (size_t)len - (line[len - 1] == '\n'), ++nr);
	free(line);
	if (!wrong && cf->nr)
		return 0;
	fprintf(stderr, "%s:%u: %s; make it anew with septbench lab --explain\n", path, nr,
		wrong ? wrong : "no block");
	return 3;
}

int code_file_read(const struct record_file *f, struct code_file **out)
{
	struct code_file *cf = calloc(1, sizeof(*cf));
	char *path = NULL;
	int status = 3;
	FILE *in;

	*out = cf;
	if (!cf || asprintf(&path, "%s" CODE_SUFFIX, f->path) < 0) {
		fputs("septbench explain: no memory\n", stderr);
		return 3;
	}
	in = fopen(path, "re");
	if (in) {
		status = read_lines(cf, f, path, in);
		fclose(in);
	} else {
		fprintf(stderr, "septbench explain: %s: %s; septbench lab --explain writes it\n",
			path, strerror(errno));
		status = 2;
	}
	free(path);
	return status;
}

void code_file_free(struct code_file *cf)
{
	size_t i;

	if (!cf)
		return;
	for (i = 0; i < cf->nr; i++)
		json_object_put(cf->entries[i].json);
	free(cf->entries);
	free(cf);
}

/* The callee @name (@len characters) of @n, new if need be; NULL: no memory. */
static struct code_node *callee(struct code_node *n, const char *name, size_t len)
{
	struct code_node **at = &n->child;

	while (*at && (strncmp((*at)->name, name, len) || (*at)->name[len]))
		at = &(*at)->next;
	if (*at)
		return *at;
	*at = calloc(1, sizeof(**at));
	if (*at)
		(*at)->name = strndup(name, len);
	if (*at && !(*at)->name) {
		free(*at);
		*at = NULL;
	}
	return *at;
}

static int add_path(struct code_pair *p, unsigned int side, const char *path, double v)
{
	struct code_node *n = &p->root;
	size_t len;

	n->total[side] += v;
	for (; *path; path += len + (path[len] == ';')) {
		len = strcspn(path, ";");
		n = callee(n, path, len);
		if (!n)
			return -ENOMEM;
		n->total[side] += v;
	}
	n->self[side] += v;
	return 0;
}

static bool belongs(const struct code_pair *p, unsigned int side, const struct code_entry *e)
{
	const struct group *g = &p->ds->groups[p->group];

	return !strcmp(e->block->variant, p->ds->arms[p->arm[side]].variant) &&
	       !strcmp(e->block->case_name, g->case_name) && !strcmp(e->block->params, g->params);
}

static int add_side(struct code_pair *p, unsigned int side, const struct code_file *cf)
{
	size_t i, j;

	for (i = 0; i < cf->nr; i++)
		if (belongs(p, side, &cf->entries[i])) {
			p->units[side] += cf->entries[i].units;
			p->blocks[side]++;
		}
	for (i = 0; i < cf->nr; i++) {
		const struct code_entry *e = &cf->entries[i];
		struct json_object *stacks = get(e->json, "stacks");

		if (!belongs(p, side, e))
			continue;
		p->timed[side] += (double)e->timed / (double)p->units[side];
		p->seen[side] += (double)e->insns / (double)p->units[side];
		for (j = 0; j < json_object_array_length(stacks); j++) {
			struct json_object *one = json_object_array_get_idx(stacks, j);
			uint64_t n = json_object_get_uint64(json_object_array_get_idx(one, 1));

			if (add_path(p, side,
				     json_object_get_string(json_object_array_get_idx(one, 0)),
				     (double)n / (double)p->units[side]))
				return -ENOMEM;
		}
	}
	return p->blocks[side] ? 0 : -ENODATA;
}

int code_pair_build(struct code_pair *p, const struct code_file *base,
		    const struct code_file *other)
{
	int err = add_side(p, 0, base);

	return err ? err : add_side(p, 1, other);
}

static void free_nodes(struct code_node *n)
{
	while (n) {
		struct code_node *next = n->next;

		free_nodes(n->child);
		free(n->name);
		free(n);
		n = next;
	}
}

void code_pair_clear(struct code_pair *p)
{
	free_nodes(p->root.child);
	p->root.child = NULL;
}

/* --- functions, wherever they stand --- */

/* The way from the root, to see recursion. */
struct way {
	const struct way *up;
	const char *name;
};

static bool is_on(const struct way *w, const char *name)
{
	for (; w; w = w->up)
		if (!strcmp(w->name, name))
			return true;
	return false;
}

static size_t count_nodes(const struct code_node *n)
{
	size_t nr = 0;

	for (; n; n = n->next)
		nr += 1 + count_nodes(n->child);
	return nr;
}

static void collect(const struct code_node *n, const struct way *up, struct code_function *all,
		    size_t *nr)
{
	for (; n; n = n->next) {
		const struct way here = { up, n->name };
		bool again = is_on(up, n->name);
		struct code_function *f = &all[(*nr)++];
		int s;

		f->name = n->name;
		for (s = 0; s < 2; s++) {
			f->self[s] = n->self[s];
			f->total[s] = again ? 0 : n->total[s];
		}
		collect(n->child, &here, all, nr);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct code_function *)a)->name,
		      ((const struct code_function *)b)->name);
}

/* Sums of fractions: what differs by less than a thousandth of an instruction has not changed. */
static double change(const struct code_function *f)
{
	return round(fabs(f->self[1] - f->self[0]) * 1000);
}

static int by_change(const void *a, const void *b)
{
	double x = change(a), y = change(b);

	return x > y ? -1 : x < y ? 1 : by_name(a, b);
}

struct code_function *code_functions(const struct code_pair *p, size_t *nr)
{
	struct code_function *all = calloc(count_nodes(p->root.child) + 1, sizeof(*all));
	size_t i, kept = 0;

	*nr = 0;
	if (!all)
		return NULL;
	collect(p->root.child, NULL, all, nr);
	qsort(all, *nr, sizeof(*all), by_name);
	for (i = 0; i < *nr; i++) {
		int s;

		if (!kept || strcmp(all[kept - 1].name, all[i].name)) {
			all[kept++] = all[i];
			continue;
		}
		for (s = 0; s < 2; s++) {
			all[kept - 1].self[s] += all[i].self[s];
			all[kept - 1].total[s] += all[i].total[s];
		}
	}
	*nr = kept;
	qsort(all, *nr, sizeof(*all), by_change);
	return all;
}

const char *code_unit(const struct code_pair *p)
{
	size_t i;

	for (i = 0; i < p->ds->nr_metrics; i++)
		if (p->ds->metrics[i].group == p->group &&
		    !strncmp(p->ds->metrics[i].unit, "insn/", 5))
			return p->ds->metrics[i].unit + 5;
	return "block";
}
