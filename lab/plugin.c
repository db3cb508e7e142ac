// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "build.h"
#include "child.h"
#include "fatal.h"
#include "plugin_fold.h"

#define RAW_NAME	"code.raw"
#define TABLE_NAME	"code.symbols"
#define CODE_SCHEMA	1

struct code {
	FILE *out;
	char *path;
	struct json_object *blocks;	/* of this boot, as they came */
};

/* What the files of a boot are, while its profile is made. */
struct boot_files {
	const char *dir, *build, *modules;
	FILE *sections;		/* what the guest said of its modules */
	struct fold *fold;
};

static void write_line(struct code *c, struct json_object *o)
{
	fprintf(c->out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							       JSON_C_TO_STRING_NOSLASHESCAPE));
}

int code_open(struct code **c, const char *result, const char *version)
{
	struct json_object *head = json_object_new_object();
	struct code *n = calloc(1, sizeof(*n));

	if (!n || asprintf(&n->path, "%s" CODE_SUFFIX, result) < 0)
		abort();
	n->blocks = json_object_new_array();
	n->out = fopen(n->path, "wxe");
	*c = n;
	if (!n->out) {
		json_object_put(head);
		return complain(BENCH_CANNOT, "%s: %s", n->path, strerror(errno));
	}
	json_object_object_add(head, "type", json_object_new_string("code"));
	json_object_object_add(head, "schema", json_object_new_int(CODE_SCHEMA));
	json_object_object_add(head, "version", json_object_new_string(version));
	write_line(n, head);
	json_object_put(head);
	return 0;
}

int code_close(struct code *c)
{
	int r = 0;

	if (!c)
		return 0;
	if (c->out && (ferror(c->out) | fclose(c->out)))
		r = complain(BENCH_INVALID, "%s: not all of it could be written", c->path);
	json_object_put(c->blocks);
	free(c->path);
	free(c);
	return r;
}

int code_qemu_args(struct qemu_args *a)
{
	char plugin[PATH_MAX], arg[PATH_MAX + sizeof(",out=" RAW_NAME)];
	int r = lab_library("septbench-tcg.so", plugin);

	if (r)
		return r;
	if (strchr(plugin, ','))
		return complain(BENCH_CANNOT, "%s: QEMU takes no plugin with a comma in its name",
				plugin);
	snprintf(arg, sizeof(arg), "%s,out=" RAW_NAME, plugin);
	qemu_args_add(a, "-plugin", arg);
	return 0;
}

void code_block(struct code *c, struct json_object *block)
{
	json_object_array_add(c->blocks, json_object_get(block));
}

static void next_boot(struct code *c)
{
	json_object_put(c->blocks);
	c->blocks = json_object_new_array();
}

void code_boot_failed(struct code *c)
{
	next_boot(c);
}

/* `objdump -t FILE`, into a file of the boot's folder that is already gone when it is read. */
static FILE *symbol_table(const struct boot_files *b, const char *file)
{
	char *argv[] = { (char *)"objdump", (char *)"-t", (char *)file, NULL };
	char path[LAB_PATH + 32];
	int status = -1;
	pid_t pid;
	FILE *f;

	snprintf(path, sizeof(path), "%s/" TABLE_NAME, b->dir);
	f = fopen(path, "w+e");
	if (!f)
		return NULL;
	unlink(path);
	pid = child_start(argv, NULL, fileno(f), NULL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!status) {
		rewind(f);
		return f;
	}
	fclose(f);
	return NULL;
}

static int add_symbols(const struct boot_files *b, struct symbols *s, const char *module,
		       const char *file)
{
	FILE *table = symbol_table(b, file);
	int r;

	if (!table)
		return complain(BENCH_INVALID, "%s: its symbols cannot be read (objdump -t)", file);
	r = symbols_add_table(s, module, table);
	fclose(table);
	return r ? complain(BENCH_INVALID, "no memory") : 0;
}

/* The lab's guest runs what is in soft/, where there is such a file, and kvm-amd. */
static int add_module(const struct boot_files *b, struct symbols *s, const char *module)
{
	char path[LAB_PATH + 128], file[80];

	snprintf(file, sizeof(file), "%s", module);
	for (char *p = file; *p; p++)
		*p = *p == '_' ? '-' : *p;
	snprintf(path, sizeof(path), "%s/%s%s.ko", b->modules,
		 strcmp(file, "kvm-amd") && strcmp(file, "irqbypass") ? "soft/" : "", file);
	return add_symbols(b, s, module, path);
}

/*
 * "section MODULE SECTION ADDRESS" lines up to the next "blocks N": the modules that were loaded
 * while the blocks up to the N-th ran.
 */
static int read_modules(const struct boot_files *b, struct symbols *s, size_t *blocks)
{
	char line[256], module[64], section[64], last[64] = "";
	uint64_t addr;
	int r = 0;

	while (!r && fgets(line, sizeof(line), b->sections)) {
		if (sscanf(line, "blocks %zu", blocks) == 1)
			return *last ? add_module(b, s, last) : 0;
		if (sscanf(line, "section %63s %63s %lx", module, section, &addr) != 3)
			continue;
		if (*last && strcmp(last, module))
			r = add_module(b, s, last);
		if (symbols_add_section(s, module, section, addr))
			r = complain(BENCH_INVALID, "too many modules");
		strcpy(last, module);
	}
	return r ? r : complain(BENCH_INVALID, "the guest did not say where its modules lie");
}

static struct symbols *read_symbols(const struct boot_files *b, size_t *blocks)
{
	struct symbols *s = symbols_new();
	char path[LAB_PATH + 16];
	int r;

	snprintf(path, sizeof(path), "%s/vmlinux", b->build);
	r = s ? add_symbols(b, s, NULL, path) : complain(BENCH_INVALID, "no memory");
	if (!r)
		r = read_modules(b, s, blocks);
	if (r) {
		symbols_free(s);
		return NULL;
	}
	symbols_sort(s);
	return s;
}

static void copy(struct json_object *to, struct json_object *from, const char *key)
{
	json_object_object_add(to, key, json_object_get(json_object_object_get(from, key)));
}

static bool is_result(struct json_object *block)
{
	return json_object_get_boolean(json_object_object_get(block, "valid")) &&
	       !json_object_get_boolean(json_object_object_get(block, "warmup"));
}

/* Takes over @stacks. */
static void write_block(struct code *c, struct json_object *block, struct json_object *stacks,
			uint64_t insns)
{
	static const char * const keys[] = { "variant", "case", "params", "boot", "block" };
	struct json_object *o = json_object_new_object(),
			   *counters = json_object_object_get(block, "counters");

	json_object_object_add(o, "type", json_object_new_string("code-block"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		copy(o, block, keys[i]);
	json_object_object_add(o, "units",
			       json_object_get(json_object_object_get(counters, "timed.units")));
	json_object_object_add(o, "timed",
			       json_object_get(json_object_object_get(counters, "timed.insn")));
	json_object_object_add(o, "insns", json_object_new_uint64(insns));
	json_object_object_add(o, "stacks", stacks);
	write_line(c, o);
	json_object_put(o);
}

/* Blocks from the @at-th to before the @end-th. */
static int write_blocks(struct code *c, struct boot_files *b, const struct symbols *names,
			size_t at, size_t end)
{
	for (; at < end; at++) {
		struct json_object *block = json_object_array_get_idx(c->blocks, at), *stacks;
		uint64_t insns;
		int r = fold_block(b->fold, names, &stacks, &insns);

		if (r != 1 || !block) {
			json_object_put(stacks);
			return complain(BENCH_INVALID,
					"the profile of block %zu of %zu is missing or damaged",
					at + 1, json_object_array_length(c->blocks));
		}
		if (is_result(block))
			write_block(c, block, stacks, insns);
		else
			json_object_put(stacks);
	}
	return 0;
}

static int write_all(struct code *c, struct boot_files *b)
{
	size_t nr = json_object_array_length(c->blocks), at = 0, end;
	int r = 0;

	while (!r && at < nr) {
		struct symbols *names = read_symbols(b, &end);

		if (!names)
			return BENCH_INVALID;
		r = write_blocks(c, b, names, at, end);
		at = end;
		symbols_free(names);
	}
	return r;
}

static FILE *open_in(const char *dir, const char *name)
{
	char path[LAB_PATH + 32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f)
		complain(BENCH_INVALID, "%s: %s", path, strerror(errno));
	return f;
}

int code_boot_done(struct code *c, const char *dir, const char *build, const char *modules)
{
	struct boot_files b = { .dir = dir, .build = build, .modules = modules };
	FILE *raw = open_in(dir, RAW_NAME);
	int r = BENCH_INVALID;

	b.sections = open_in(dir, "exit.port");
	b.fold = raw ? fold_new(raw) : NULL;
	if (b.fold && b.sections)
		r = write_all(c, &b);
	if (raw)
		fclose(raw);
	if (b.sections)
		fclose(b.sections);
	fold_free(b.fold);
	next_boot(c);
	return r;
}
