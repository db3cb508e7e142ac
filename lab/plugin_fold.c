// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin_fold.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH	512	/* calls of a path; a kernel stack has no room for more */

struct node {
	uint32_t parent;
	uint64_t site, target;
};

struct path {
	char *text;
	uint64_t insns;
};

struct fold {
	FILE *raw;
	struct node *nodes;	/* 0: the root */
	uint32_t nr_nodes;
	struct path *paths;	/* of the block under way */
	size_t nr_paths;
	uint64_t insns;
};

struct fold *fold_new(FILE *raw)
{
	struct fold *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->raw = raw;
	f->nr_nodes = 1;
	f->nodes = calloc(1, sizeof(*f->nodes));
	if (f->nodes)
		return f;
	free(f);
	return NULL;
}

static void drop_paths(struct fold *f)
{
	for (size_t i = 0; i < f->nr_paths; i++)
		free(f->paths[i].text);
	f->nr_paths = 0;
	f->insns = 0;
}

void fold_free(struct fold *f)
{
	if (!f)
		return;
	drop_paths(f);
	free(f->paths);
	free(f->nodes);
	free(f);
}

static int add_node(struct fold *f, const char *line)
{
	struct node n, *more;
	uint32_t id;

	if (sscanf(line, "node %" SCNu32 " %" SCNu32 " %" SCNx64 " %" SCNx64, &id, &n.parent,
		   &n.site, &n.target) != 4 ||
	    id != f->nr_nodes || n.parent >= id)
		return -EINVAL;
	more = reallocarray(f->nodes, (size_t)f->nr_nodes + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	f->nodes = more;
	f->nodes[f->nr_nodes++] = n;
	return 0;
}

/* @name comes next, unless the path is in that function already. */
static void step(FILE *out, const char **at, const char *name, bool always)
{
	if (!*at || always || strcmp(*at, name))
		fprintf(out, "%s%s", *at ? ";" : "", name);
	*at = name;
}

/*
 * A function that is reached by a jump, as by a tail call or an interrupt, shows when it calls
 * another, or at the end of the path.
 */
static char *path_text(const struct fold *f, const struct symbols *names, uint32_t node,
		       uint64_t addr)
{
	uint32_t way[MAX_DEPTH];
	const char *at = NULL;
	char *text = NULL;
	size_t len, depth = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (; node && depth < MAX_DEPTH; node = f->nodes[node].parent)
		way[depth++] = node;
	while (depth--) {
		step(out, &at, symbols_name(names, f->nodes[way[depth]].site), false);
		step(out, &at, symbols_name(names, f->nodes[way[depth]].target), true);
	}
	step(out, &at, symbols_name(names, addr), false);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

static int add_cell(struct fold *f, const struct symbols *names, const char *line)
{
	struct path p, *more;
	uint32_t node;
	uint64_t addr;

	if (sscanf(line, "cell %" SCNu32 " %" SCNx64 " %" SCNu64, &node, &addr, &p.insns) != 3 ||
	    node >= f->nr_nodes)
		return -EINVAL;
	p.text = path_text(f, names, node, addr);
	more = p.text ? reallocarray(f->paths, f->nr_paths + 1, sizeof(*more)) : NULL;
	if (!more) {
		free(p.text);
		return -ENOMEM;
	}
	f->paths = more;
	f->paths[f->nr_paths++] = p;
	f->insns += p.insns;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct path *)a)->text, ((const struct path *)b)->text);
}

static struct json_object *to_json(struct fold *f)
{
	struct json_object *all = json_object_new_array();

	qsort(f->paths, f->nr_paths, sizeof(*f->paths), compare);
	for (size_t i = 0, next; i < f->nr_paths; i = next) {
		struct json_object *one = json_object_new_array();
		uint64_t insns = 0;

		for (next = i; next < f->nr_paths && !compare(&f->paths[i], &f->paths[next]);
		     next++)
			insns += f->paths[next].insns;
		json_object_array_add(one, json_object_new_string(f->paths[i].text));
		json_object_array_add(one, json_object_new_uint64(insns));
		json_object_array_add(all, one);
	}
	return all;
}

/* 1 if the line ended a block. */
static int take_line(struct fold *f, const struct symbols *names, const char *line)
{
	uint64_t insns;

	if (!strncmp(line, "node ", 5))
		return add_node(f, line);
	if (!strncmp(line, "cell ", 5))
		return add_cell(f, names, line);
	/* A cell that is missing, or there twice, shows. */
	return sscanf(line, "block %*u %" SCNu64, &insns) == 1 && insns == f->insns ? 1 : -EINVAL;
}

int fold_block(struct fold *f, const struct symbols *names, struct json_object **stacks,
	       uint64_t *insns)
{
	char line[128];
	int r = 0;

	*stacks = NULL;
	while (!r && fgets(line, sizeof(line), f->raw))
		r = take_line(f, names, line);
	if (r == 1) {
		*stacks = to_json(f);
		*insns = f->insns;
	} else if (!r && f->nr_paths) {
		r = -EINVAL;
	}
	drop_paths(f);
	return r;
}
