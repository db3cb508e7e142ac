// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's root: this very program as /init, the shared libraries that it runs with, the
 * modules. The libraries are those that the loader has given to this process, so no guess about
 * folders is needed.
 */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "cpio.h"
#include "exec.h"
#include "fatal.h"
#include "lab.h"
#include "options.h"

/* The loader of this process, as its program header names it. */
static const char *interpreter(const struct dl_phdr_info *info)
{
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_INTERP)
			return (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	return NULL;
}

/* The first entry is the program itself, without a name; the vDSO has one without a slash. */
static int add_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char *name = info->dlpi_name && *info->dlpi_name ? info->dlpi_name
							       : interpreter(info);

	(void)size;
	if (!name || *name != '/')
		return 0;
	return cpio_add_file(arg, name, name, 0755);
}

struct member {
	const char *set, *file, *from, *params;
};

static const struct member members[] = {
	{ "soft", "irqbypass.ko", "irqbypass.ko", "" },
	{ "soft", "septcount.ko", "soft/septcount.ko", "" },
	{ "soft", "kvm.ko", "soft/kvm.ko", "" },
	{ "soft", "kvm-intel.ko", "soft/kvm-intel.ko", " tdx=1" },
	{ "plain", "irqbypass.ko", "irqbypass.ko", "" },
	{ "plain", "septcount.ko", "soft/septcount.ko", "" },
	{ "plain", "kvm.ko", "soft/kvm.ko", "" },
	{ "plain", "kvm-amd.ko", "kvm-amd.ko", "" },
};

static int add_modules(struct cpio *c, const char *dir)
{
	char order[512] = "", from[LAB_PATH + 32], name[64];
	size_t at = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct member *m = &members[i];

		snprintf(from, sizeof(from), "%s/%s", dir, m->from);
		if (access(from, R_OK) && !strcmp(m->file, "irqbypass.ko"))
			continue;	/* built in, or not configured */
		at += (size_t)snprintf(order + at, sizeof(order) - at, "%s %s%s\n", m->set, m->file,
				       m->params);
		snprintf(name, sizeof(name), "/modules/%s", m->file);
		/* A file that both sets load is in the archive once. */
		if (!strcmp(m->set, "plain") && strcmp(m->file, "kvm-amd.ko"))
			continue;
		cpio_add_file(c, name, from, 0644);
	}
	snprintf(from, sizeof(from), "%s/manifest", dir);
	cpio_add_file(c, "/modules/manifest", from, 0644);
	return cpio_add_data(c, "/modules/order", order, at, 0644);
}

/* The names in DIR/order. */
static int pack_names(struct cpio *c, const char *dir, FILE *order)
{
	char line[64], from[LAB_PATH + 80], name[80];
	int r = 0;

	while (!r && fgets(line, sizeof(line), order)) {
		line[strcspn(line, "\n")] = 0;
		snprintf(from, sizeof(from), "%s/%s.ko", dir, line);
		snprintf(name, sizeof(name), "/modules/%s.ko", line);
		r = cpio_add_file(c, name, from, 0644);
	}
	return r;
}

int lab_pack_modules(const char *path, const char *dir)
{
	char from[LAB_PATH + 32];
	struct cpio *c = cpio_create(path);
	FILE *order;
	int r;

	if (!c)
		return complain(BENCH_INVALID, "%s: %s", path, strerror(errno));
	snprintf(from, sizeof(from), "%s/order", dir);
	order = fopen(from, "re");
	cpio_add_file(c, "/modules/order", from, 0644);
	if (order) {
		pack_names(c, dir, order);
		fclose(order);
	}
	r = cpio_close(c);
	return r ? complain(BENCH_INVALID, "packing the guest's modules: %s", strerror(-r)) : 0;
}

int lab_initramfs(const char *path, const char *dir, const char *args, const char *guest_kernel,
		  const char *guest_modules, const struct exec *programs)
{
	static const char * const folders[] = { "/dev", "/proc", "/sys", "/tmp" };
	struct cpio *c;
	int r;

	if (unlink(path) && errno != ENOENT)
		return complain(BENCH_INVALID, "%s: %s", path, strerror(errno));
	c = cpio_create(path);
	if (!c)
		return complain(BENCH_INVALID, "%s: %s", path, strerror(errno));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		cpio_add_dir(c, folders[i]);
	cpio_add_file(c, "/init", "/proc/self/exe", 0755);
	dl_iterate_phdr(add_library, c);
	add_modules(c, dir);
	if (guest_kernel)
		cpio_add_file(c, BENCH_GUEST_KERNEL, guest_kernel, 0644);
	if (guest_modules)
		cpio_add_file(c, BENCH_GUEST_MODULES, guest_modules, 0644);
	exec_add_files(programs, c);
	cpio_add_data(c, LAB_GUEST_ARGS, args, strlen(args), 0644);
	r = cpio_close(c);
	return r ? complain(BENCH_INVALID, "writing the guest's initramfs: %s", strerror(-r)) : 0;
}
