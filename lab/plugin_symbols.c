// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin_symbols.h"

#include <bench/guest/abi.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SECTIONS	64

struct symbol {
	uint64_t addr, size;
	char *name;
};

struct symbols {
	struct section {
		char module[64], name[64];
		uint64_t addr;
	} sections[MAX_SECTIONS];
	size_t nr_sections;
	struct symbol *v;
	size_t nr, size;
};

struct symbols *symbols_new(void)
{
	return calloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++)
		free(s->v[i].name);
	free(s->v);
	free(s);
}

int symbols_add_section(struct symbols *s, const char *module, const char *section, uint64_t addr)
{
	struct section *sec = &s->sections[s->nr_sections];

	if (s->nr_sections == MAX_SECTIONS)
		return -ENOMEM;
	snprintf(sec->module, sizeof(sec->module), "%s", module);
	snprintf(sec->name, sizeof(sec->name), "%s", section);
	sec->addr = addr;
	s->nr_sections++;
	return 0;
}

/* What is to be added to addresses of this section. False: it is none with code, or not loaded. */
static bool section_base(const struct symbols *s, const char *module, const char *section,
			 uint64_t *base)
{
	*base = 0;
	if (!module)
		return strstr(section, "text");
	for (size_t i = 0; i < s->nr_sections; i++) {
		const struct section *sec = &s->sections[i];

		*base = sec->addr;
		if (!strcmp(sec->module, module) && !strcmp(sec->name, section))
			return true;
	}
	return false;
}

static int add(struct symbols *s, uint64_t addr, uint64_t size, const char *name,
	       const char *module)
{
	int len = (int)strcspn(name, ".");

	if (s->nr == s->size) {
		size_t more = s->size ? 2 * s->size : 4096;
		struct symbol *v = reallocarray(s->v, more, sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		s->size = more;
	}
	s->v[s->nr] = (struct symbol) { addr, size, NULL };
	if (asprintf(&s->v[s->nr].name, "%.*s%s%s", len, name, module ? "`" : "",
		     module ? module : "") < 0)
		return -ENOMEM;
	s->nr++;
	return 0;
}

/*
 * "ADDRESS FLAGS SECTION<tab>SIZE [.VISIBILITY] NAME", FLAGS seven characters: the sixth d for the
 * linker's own symbols, the seventh O for data.
 */
static int take_line(struct symbols *s, const char *module, const char *line)
{
	char section[64], word[2][256];
	uint64_t addr, size, base;
	char *flags;
	int n;

	addr = strtoull(line, &flags, 16);
	if (flags == line || strlen(flags) < 9 || flags[6] == 'd' || flags[7] == 'O' ||
	    flags[7] == 'f')
		return 0;
	n = sscanf(flags + 8, "%63s %lx %255s %255s", section, &size, word[0], word[1]);
	if (n < 3 || !section_base(s, module, section, &base))
		return 0;
	/* A local label begins with a dot; so does a visibility, which has the name behind it. */
	if (*word[0] == '.' && n < 4)
		return 0;
	return add(s, base + addr, size, word[n == 4], module);
}

int symbols_add_table(struct symbols *s, const char *module, FILE *objdump)
{
	char *line = NULL;
	size_t room = 0;
	int r = 0;

	while (!r && getline(&line, &room, objdump) > 0)
		r = take_line(s, module, line);
	free(line);
	return r;
}

/*
 * Of several names of one address the first is taken: what has a size, then by name, the same
 * everywhere.
 */
static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return strcmp(x->name, y->name);
}

void symbols_sort(struct symbols *s)
{
	size_t kept = 0;
	uint64_t end = 0;

	qsort(s->v, s->nr, sizeof(*s->v), compare);
	for (size_t i = 0; i < s->nr; i++) {
		/* A second name, or a label inside of a function. */
		if (kept && s->v[i].addr < end) {
			free(s->v[i].name);
			continue;
		}
		/* Assembly that has no size lasts to the next symbol. */
		end = s->v[i].addr + (s->v[i].size ? s->v[i].size : 1);
		s->v[kept++] = s->v[i];
	}
	s->nr = kept;
}

static const char *user_name(uint64_t addr)
{
	return addr >= GUEST_BOOT_GPA && addr < (uint64_t)GUEST_BOOT_GPA + GUEST_BOOT_SIZE
		       ? "[guest]"
		       : "[user]";
}

const char *symbols_name(const struct symbols *s, uint64_t addr)
{
	size_t low = 0, high = s->nr;

	if (!(addr >> 63))
		return user_name(addr);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->v[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return "[unknown]";
	low--;
	if (s->v[low].size && addr - s->v[low].addr >= s->v[low].size)
		return "[unknown]";
	return s->v[low].name;
}
