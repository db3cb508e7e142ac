// SPDX-License-Identifier: GPL-2.0-or-later
#include "modules.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fatal.h"
#include "manifest.h"

#define MAX_MODULES	16
#define MAX_LINE	512

static size_t aligned(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

int modules_parse_build_id(const void *notes, size_t len, char hex[BUILD_ID_HEX])
{
	const unsigned char *p = notes;
	Elf64_Nhdr n;

	while (len >= sizeof(n)) {
		size_t name, desc;

		memcpy(&n, p, sizeof(n));
		name = aligned(n.n_namesz);
		desc = aligned(n.n_descsz);
		p += sizeof(n);
		len -= sizeof(n);
		if (name > len || n.n_descsz > len - name)
			return -EBADMSG;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == 4 && !memcmp(p, "GNU", 4)) {
			if (!n.n_descsz || 2 * (size_t)n.n_descsz >= BUILD_ID_HEX)
				return -EBADMSG;
			for (size_t i = 0; i < n.n_descsz; i++)
				sprintf(hex + 2 * i, "%02x", p[name + i]);
			return 0;
		}
		/* The last one may lack its padding. */
		desc = desc > len - name ? len - name : desc;
		p += name + desc;
		len -= name + desc;
	}
	return len ? -EBADMSG : -ENOENT;
}

int modules_build_id(const char *name, char hex[BUILD_ID_HEX])
{
	char path[160], notes[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/%s/notes/.note.gnu.build-id", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, notes, sizeof(notes));
	close(fd);
	return n < 0 ? -EIO : modules_parse_build_id(notes, (size_t)n, hex);
}

/* What a manifest says. A module may have several builds: for softtdx and for a TDX host. */
struct manifest {
	char variant[128];
	int nr;
	struct manifest_build build[MAX_MODULES];
};

static void take_line(const char *key, const char *value, void *arg)
{
	struct manifest *m = arg;

	if (!strcmp(key, "variant"))
		snprintf(m->variant, sizeof(m->variant), "%s", value);
	else if (m->nr < MAX_MODULES)
		m->nr += manifest_build(key, value, &m->build[m->nr]);
}

static bool has_build(const struct manifest *m, const char *module, const char *id)
{
	for (int i = 0; i < m->nr; i++)
		if (!strcmp(m->build[i].module, module) && !strcmp(m->build[i].id, id))
			return true;
	return false;
}

static int check_builds(const char *path, const struct manifest *m)
{
	bool kvm = false;
	char is[BUILD_ID_HEX];

	for (int i = 0; i < m->nr; i++) {
		const char *module = m->build[i].module;

		if (modules_build_id(module, is))
			continue;
		if (!has_build(m, module, is))
			return complain(BENCH_INVALID,
					"the loaded module %s has build id %s, but %s says %s: not "
					"the variant that was asked for",
					module, is, path, m->build[i].id);
		kvm |= !strcmp(module, "kvm");
	}
	if (!kvm)
		return complain(BENCH_INVALID, "module kvm is not loaded, or %s does not name it",
				path);
	return 0;
}

int modules_check_manifest(const char *path, const char *variant)
{
	struct manifest m = { .nr = 0 };
	int err = manifest_read(path, take_line, &m);

	if (err)
		return complain(BENCH_INVALID, "%s: %s", path, strerror(-err));
	if (strcmp(m.variant, variant))
		return complain(BENCH_INVALID, "%s is of variant \"%s\", not of %s", path,
				m.variant, variant);
	return check_builds(path, &m);
}

struct module {
	char file[128];
	char params[MAX_LINE];
};

/* "SET FILE [PARAM]..." of the right set becomes a module. */
static bool parse_order(const char *line, const char *set, struct module *m)
{
	char which[64];
	int at = 0;

	if (sscanf(line, "%63s %127s %n", which, m->file, &at) < 2 || strcmp(which, set))
		return false;
	snprintf(m->params, sizeof(m->params), "%s", line + at);
	m->params[strcspn(m->params, "\n")] = 0;
	return true;
}

static int read_order(const char *dir, const char *set, struct module *m)
{
	char path[256], line[MAX_LINE];
	FILE *f;
	int n = 0;

	snprintf(path, sizeof(path), "%s/order", dir);
	f = fopen(path, "re");
	if (!f)
		return -complain(BENCH_INVALID, "%s: %s", path, strerror(errno));
	while (n < MAX_MODULES && fgets(line, sizeof(line), f))
		n += parse_order(line, set, &m[n]);
	fclose(f);
	return n ? n : -complain(BENCH_INVALID, "%s has no module for \"%s\"", path, set);
}

int modules_insert(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return complain(BENCH_INVALID, "%s: %s", path, strerror(errno));
	r = syscall(SYS_finit_module, fd, params, 0) ? errno : 0;
	close(fd);
	if (r)
		return complain(BENCH_INVALID, "loading %s %s: %s; the kernel log may say why",
				path, params, strerror(r));
	return 0;
}

int modules_remove(const char *name)
{
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		return complain(BENCH_INVALID, "unloading %s: %s", name, strerror(errno));
	return 0;
}

static int load(const char *dir, const struct module *m, const char *extra)
{
	char path[256], params[2 * MAX_LINE];

	if (snprintf(path, sizeof(path), "%s/%s", dir, m->file) >= (int)sizeof(path))
		return complain(BENCH_USAGE, "%s: the folder's name is too long", dir);
	snprintf(params, sizeof(params), "%s%s%s", m->params, *m->params && *extra ? " " : "",
		 extra);
	return modules_insert(path, params);
}

/* "a/kvm-amd.ko" is module kvm_amd. */
static void module_name(const char *file, char *name, size_t len)
{
	const char *base = strrchr(file, '/');

	snprintf(name, len, "%s", base ? base + 1 : file);
	name[strcspn(name, ".")] = 0;
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}

/*
 * The kernel takes no notice of a parameter that a module has not: whoever asked for it must know.
 */
static int check_params(const struct module *m, const char *params)
{
	char name[128], path[320];

	module_name(m->file, name, sizeof(name));
	while (*params) {
		int len = (int)strcspn(params, "=");

		snprintf(path, sizeof(path), "/sys/module/%s/parameters/%.*s", name, len, params);
		if (access(path, F_OK))
			return complain(BENCH_USAGE, "module %s has no parameter \"%.*s\"", name,
					len, params);
		params += strcspn(params, " ");
		params += strspn(params, " ");
	}
	return 0;
}

int modules_load(const char *dir, const char *set, const char *extra)
{
	struct module m[MAX_MODULES];
	int n = read_order(dir, set, m);
	int r = n < 0 ? -n : 0;

	for (int i = 0; !r && i < n; i++)
		r = load(dir, &m[i], i == n - 1 ? extra : "");
	return r ? r : check_params(&m[n - 1], extra);
}

static void tell_section(const char *module, const char *section, int fd)
{
	char path[320], addr[32];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/%s", module, section);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fscanf(f, "%31s", addr) == 1)
		dprintf(fd, "section %s %s %s\n", module, section, addr);
	fclose(f);
}

void modules_tell(const char *dir, const char *set, int fd)
{
	static const char *const sections[] = { ".text", ".noinstr.text", ".static_call.text" };
	struct module m[MAX_MODULES];
	char name[128];
	int n = read_order(dir, set, m);

	for (int i = 0; i < n; i++) {
		module_name(m[i].file, name, sizeof(name));
		for (size_t j = 0; j < sizeof(sections) / sizeof(sections[0]); j++)
			tell_section(name, sections[j], fd);
	}
}

int modules_unload(const char *dir, const char *set)
{
	struct module m[MAX_MODULES];
	int n = read_order(dir, set, m);
	int r = n < 0 ? -n : 0;
	char name[128];

	while (!r && n--) {
		module_name(m[n].file, name, sizeof(name));
		r = modules_remove(name);
	}
	return r;
}
