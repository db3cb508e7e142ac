// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <bench/guest/abi.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Of kernel, interrupt and exception stacks on x86-64. One that is larger is taken for several. */
#define STACK_SHIFT	14
#define MAX_ENTRIES	(1u << 24)

/* Three words to a number above 0. */
struct map {
	struct entry {
		uint64_t key[3];
		uint32_t value;	/* 0: free */
	} *e;
	uint32_t size, used;	/* size: a power of two, or 0 */
};

struct node {
	uint32_t parent;
	uint64_t site, target;
};

struct cell {
	uint32_t node;
	uint64_t addr;
	uint64_t insns;
	uint64_t after;	/* since the last share ended: counts if another begins */
};

struct stack {
	struct frame {
		uint64_t slot;
		uint32_t node;
	} *frames;
	uint32_t nr, size;
	uint32_t base;	/* the path that switched to this stack, 0: none */
};

struct cpu {
	uint32_t stack;
	bool called;	/* a call whose target is not known yet */
	uint64_t slot, site;
	uint64_t resume;	/* in a guest, whose exit goes on there; 0: in no guest */
};

struct tree {
	FILE *out;
	bool failed;
	struct map node_map, cell_map, stack_map;
	/*
	 * Entry 0 of each is the root, nobody's cell, and the stack of a CPU that has not called
	 * yet.
	 */
	struct node *nodes;
	struct cell *cells;
	struct stack *stacks;
	uint32_t nr_nodes, nr_cells, nr_stacks;
	uint32_t written;	/* nodes */
	struct cpu cpus[TREE_MAX_CPUS];
	/* What has been running since ->seen instructions. */
	uint32_t node;
	uint64_t addr, seen;
	bool counting;
	unsigned int running;	/* shares under way */
	unsigned int blocks;
};

static uint32_t hash(const uint64_t key[3])
{
	uint64_t h = key[0] * 0x9e3779b97f4a7c15ull;

	h = (h ^ h >> 32 ^ key[1]) * 0xbf58476d1ce4e5b9ull;
	h = (h ^ h >> 32 ^ key[2]) * 0x94d049bb133111ebull;
	return (uint32_t)(h >> 32);
}

static struct entry *find(const struct map *m, const uint64_t key[3])
{
	uint32_t at = hash(key) & (m->size - 1);

	while (m->e[at].value && memcmp(m->e[at].key, key, sizeof(m->e[at].key)))
		at = (at + 1) & (m->size - 1);
	return &m->e[at];
}

static bool grow(struct map *m)
{
	struct map larger = { .size = m->size ? m->size * 2 : 1024, .used = m->used };

	larger.e = m->size >= MAX_ENTRIES ? NULL : calloc(larger.size, sizeof(*larger.e));
	if (!larger.e)
		return false;
	for (uint32_t i = 0; i < m->size; i++)
		if (m->e[i].value)
			*find(&larger, m->e[i].key) = m->e[i];
	free(m->e);
	*m = larger;
	return true;
}

/*
 * The element of *@array (elements of @each bytes) that belongs to the key; a new one is zero. 0,
 * which is nobody's, if there is no memory.
 */
static uint32_t element(struct tree *t, struct map *m, void *array, uint32_t *nr, size_t each,
			uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t key[3] = { a, b, c };
	struct entry *e;
	char **base = array, *p;

	if (m->used >= m->size / 4 * 3 && !grow(m)) {
		t->failed = true;
		return 0;
	}
	e = find(m, key);
	if (e->value)
		return e->value;
	/* Doubled whenever the number is a power of two. */
	if (!(*nr & (*nr - 1))) {
		p = reallocarray(*base, 2 * (size_t)*nr, each);
		if (!p) {
			t->failed = true;
			return 0;
		}
		*base = p;
	}
	memset(*base + each * *nr, 0, each);
	memcpy(e->key, key, sizeof(key));
	e->value = (*nr)++;
	m->used++;
	return e->value;
}

struct tree *tree_new(FILE *out)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->out = out;
	t->nr_nodes = t->nr_cells = t->nr_stacks = t->written = 1;
	t->nodes = calloc(1, sizeof(*t->nodes));
	t->cells = calloc(1, sizeof(*t->cells));
	t->stacks = calloc(1, sizeof(*t->stacks));
	if (t->nodes && t->cells && t->stacks)
		return t;
	tree_free(t);
	return NULL;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; t->stacks && i < t->nr_stacks; i++)
		free(t->stacks[i].frames);
	free(t->nodes);
	free(t->cells);
	free(t->stacks);
	free(t->node_map.e);
	free(t->cell_map.e);
	free(t->stack_map.e);
	free(t);
}

bool tree_failed(const struct tree *t)
{
	return t->failed;
}

bool tree_is_kernel(uint64_t addr)
{
	return addr >> 63;
}

/* Adds what has been executed since the last time to what was running then. */
static void settle(struct tree *t, uint64_t insns)
{
	uint64_t n = insns - t->seen;
	struct cell *c;
	uint32_t at;

	t->seen = insns;
	if (!t->counting || !n)
		return;
	at = element(t, &t->cell_map, &t->cells, &t->nr_cells, sizeof(*t->cells), t->node, t->addr,
		     0);
	c = &t->cells[at];
	c->node = t->node;
	c->addr = t->addr;
	if (t->running)
		c->insns += n;
	else
		c->after += n;
}

static uint32_t top(const struct stack *s)
{
	return s->nr ? s->frames[s->nr - 1].node : s->base;
}

/* Frames at or below @slot are over: the stack grows down. */
static void pop(struct stack *s, uint64_t slot)
{
	while (s->nr && s->frames[s->nr - 1].slot <= slot)
		s->nr--;
}

static void push(struct tree *t, struct stack *s, uint64_t slot, uint32_t node)
{
	if (s->nr == s->size) {
		uint32_t size = s->size ? 2 * s->size : 16;
		struct frame *f = reallocarray(s->frames, size, sizeof(*f));

		if (!f) {
			t->failed = true;
			return;
		}
		s->frames = f;
		s->size = size;
	}
	s->frames[s->nr++] = (struct frame) { slot, node };
}

static void call(struct tree *t, struct cpu *cpu, uint64_t target)
{
	uint32_t at = element(t, &t->stack_map, &t->stacks, &t->nr_stacks, sizeof(*t->stacks),
			      cpu->slot >> STACK_SHIFT, 0, 0);
	struct stack *s = &t->stacks[at], *from = &t->stacks[cpu->stack];
	uint32_t node;

	pop(s, cpu->slot);
	/* An interrupt may come on a stack of its own, and is then under what it interrupted. */
	if (at != cpu->stack && !s->nr)
		s->base = top(from);
	cpu->stack = at;
	node = element(t, &t->node_map, &t->nodes, &t->nr_nodes, sizeof(*t->nodes), top(s),
		       cpu->site, target);
	t->nodes[node] = (struct node) { top(s), cpu->site, target };
	push(t, s, cpu->slot, node);
}

void tree_run(struct tree *t, unsigned int nr, uint64_t addr, uint64_t insns)
{
	struct cpu *cpu = &t->cpus[nr % TREE_MAX_CPUS];

	settle(t, insns);
	if (addr == cpu->resume)
		cpu->resume = 0;
	/* In the midst of the kernel's path that entered it; it may have a kernel of its own. */
	if (cpu->resume) {
		t->node = top(&t->stacks[cpu->stack]);
		t->addr = GUEST_BOOT_GPA;
		return;
	}
	if (cpu->called) {
		cpu->called = false;
		call(t, cpu, addr);
	}
	/* Whatever enters the kernel from a process begins a path of its own. */
	if (!tree_is_kernel(addr))
		cpu->stack = 0;
	t->node = top(&t->stacks[cpu->stack]);
	t->addr = addr;
}

void tree_enter(struct tree *t, unsigned int nr, uint64_t resume)
{
	t->cpus[nr % TREE_MAX_CPUS].resume = resume;
}

void tree_call(struct tree *t, unsigned int nr, uint64_t slot, uint64_t site, uint64_t target)
{
	struct cpu *cpu = &t->cpus[nr % TREE_MAX_CPUS];

	if (cpu->resume)
		return;
	cpu->slot = slot;
	cpu->site = site;
	if (target)
		call(t, cpu, target);
	else
		cpu->called = true;
}

void tree_return(struct tree *t, unsigned int nr, uint64_t slot)
{
	struct cpu *cpu = &t->cpus[nr % TREE_MAX_CPUS];
	struct stack *s;
	uint32_t at;

	if (cpu->resume)
		return;
	at = element(t, &t->stack_map, &t->stacks, &t->nr_stacks, sizeof(*t->stacks),
		     slot >> STACK_SHIFT, 0, 0);
	s = &t->stacks[at];
	pop(s, slot - 1);
	if (s->nr && s->frames[s->nr - 1].slot == slot)
		s->nr--;
	else if (!s->nr)
		s->base = 0;	/* to where nobody has called from: a new task's first steps */
	cpu->stack = at;
	cpu->called = false;
}

static void write_nodes(struct tree *t)
{
	for (; t->written < t->nr_nodes; t->written++) {
		const struct node *n = &t->nodes[t->written];

		fprintf(t->out, "node %" PRIu32 " %" PRIu32 " %" PRIx64 " %" PRIx64 "\n",
			t->written, n->parent, n->site, n->target);
	}
}

static void write_block(struct tree *t)
{
	uint64_t all = 0;

	write_nodes(t);
	for (uint32_t i = 1; i < t->nr_cells; i++) {
		const struct cell *c = &t->cells[i];

		all += c->insns;
		if (c->insns)
			fprintf(t->out, "cell %" PRIu32 " %" PRIx64 " %" PRIu64 "\n", c->node,
				c->addr, c->insns);
	}
	fprintf(t->out, "block %u %" PRIu64 "\n", t->blocks++, all);
	if (fflush(t->out))
		t->failed = true;
}

static void forget(struct tree *t)
{
	for (uint32_t i = 0; i < t->nr_cells; i++)
		t->cells[i].insns = t->cells[i].after = 0;
	t->counting = false;
	t->running = 0;
}

static void start(struct tree *t)
{
	/* Between two shares of one part: that was in it. */
	if (!t->running)
		for (uint32_t i = 0; i < t->nr_cells; i++) {
			t->cells[i].insns += t->cells[i].after;
			t->cells[i].after = 0;
		}
	t->running++;
	t->counting = true;
}

void tree_mark(struct tree *t, enum mark m, uint64_t insns)
{
	settle(t, insns);
	switch (m) {
	case MARK_START:
		start(t);
		break;
	case MARK_STOP:
		t->running -= t->running > 0;
		break;
	case MARK_BLOCK:
		write_block(t);
		forget(t);
		break;
	case MARK_PART:
		forget(t);
		break;
	}
}
