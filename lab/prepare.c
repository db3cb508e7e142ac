// SPDX-License-Identifier: GPL-2.0-or-later
/* What a run needs before its first boot: kernel, modules, arms, a folder. */
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "fatal.h"
#include "state.h"

/* @series: the folder of somebody's patches, "" for one of ours. */
static int add_variant(struct lab *l, const char *name, const char *series)
{
	for (size_t i = 0; i < l->nr_variants; i++)
		if (!strcmp(l->variants[i].name, name))
			return *series ? complain(BENCH_USAGE,
						  "two variants are called %s; give one a name: NAME=FILE",
						  name)
				       : 0;
	if (l->nr_variants == BENCH_MAX_LIST || strlen(name) >= BENCH_NAME_LEN)
		return complain(BENCH_USAGE, "too many variants, or a name that is too long: %s",
				name);
	strcpy(l->variants[l->nr_variants].series, series);
	strcpy(l->variants[l->nr_variants++].name, name);
	return 0;
}

static bool is_listed(const char *name, const char *names)
{
	size_t len = strlen(name);

	for (const char *at = names; (at = strstr(at, name)); at += len)
		if ((at == names || at[-1] == '\n') && (at[len] == '\n' || !at[len]))
			return true;
	return false;
}

static int add_all(struct lab *l, char *names)
{
	int r = 0;

	for (char *name; !r && (name = strsep(&names, "\n"));)
		if (*name)
			r = add_variant(l, name, "");
	return r;
}

static int add_given(struct lab *l, const char *spec, bool *with_base)
{
	char to[LAB_PATH + 16], name[BENCH_NAME_LEN], series[2 * LAB_PATH];
	int r;

	snprintf(to, sizeof(to), "%s/series", l->scratch.dir);
	r = lab_series(&l->source, spec, to, with_base, name, sizeof(name));
	if (r)
		return r;
	if (snprintf(series, sizeof(series), "%s/%s", to, name) >= LAB_PATH)
		return complain(BENCH_CANNOT, "TMPDIR: the name is too long");
	return add_variant(l, name, series);
}

/* *@with_base false: without the suite's counters. It becomes false where they do not apply. */
static int add_asked(struct lab *l, const char *listed, bool *with_base)
{
	int r = 0;

	for (size_t i = 0; !r && i < l->o.nr_variants; i++) {
		const char *spec = l->o.variants[i];
		bool with = *with_base;

		if (is_listed(spec, listed)) {
			r = add_variant(l, spec, "");
			continue;
		}
		r = add_given(l, spec, &with);
		*with_base &= with;
	}
	return r;
}

/*
 * What is tried is held against the tree as it is, either with the suite's counters on both sides
 * or on neither.
 */
static int add_tried(struct lab *l, const char *listed)
{
	char to[LAB_PATH + 16], out[64];
	char *argv[] = { (char *)"rm", (char *)"-rf", to, NULL };
	bool with_base = true;
	int r = add_variant(l, BASE, "");

	if (!r)
		r = add_asked(l, listed, &with_base);
	if (r || with_base)
		return r;
	snprintf(to, sizeof(to), "%s/series", l->scratch.dir);
	l->nr_variants = 0;
	if (child_capture(argv, out, sizeof(out)))
		return BENCH_INVALID;
	r = add_variant(l, "unpatched", "");
	return r ? r : add_asked(l, listed, &with_base);
}

static int choose_variants(struct lab *l)
{
	char names[BENCH_MAX_LIST * (BENCH_NAME_LEN + 1)];
	bool with_base = true;
	int r = lab_variants(l->source.tree, l->o.all_variants, names, sizeof(names));

	if (r)
		return r;
	if (l->try)
		return add_tried(l, names);
	return l->o.all_variants ? add_all(l, names) : add_asked(l, names, &with_base);
}

/* A range of commits is held against its start, unless another commit is given. */
static int choose_commit(struct lab *l)
{
	char from[LAB_PATH];

	for (size_t i = 0; i < l->o.nr_variants; i++) {
		if (!lab_is_range(l->o.variants[i], from) || l->at)
			continue;
		if (*l->start && strcmp(l->start, from))
			return complain(
				BENCH_USAGE,
				"the ranges start at different commits, %s and %s; say with --at what all are held against",
				l->start, from);
		strcpy(l->start, from);
	}
	if (*l->start)
		l->at = l->start;
	return 0;
}

static int copy_kernel(struct lab *l)
{
	char from[LAB_PATH + 32], to[LAB_PATH + 32], out[1];
	char *argv[] = { (char *)"cp", from, to, NULL };

	snprintf(from, sizeof(from), "%s/arch/x86/boot/bzImage", l->build);
	snprintf(to, sizeof(to), "%s/bzImage", l->scratch.dir);
	/* A copy: another run may build this kernel anew while ours still boots it. */
	return child_capture(argv, out, sizeof(out)) ? BENCH_INVALID : 0;
}

/*
 * Under its own short name: the loader splits what it preloads at spaces and colons, which a
 * folder's name may have.
 */
static int link_lockstep(const struct lab *l)
{
	char from[PATH_MAX], to[LAB_PATH + 32];
	int r = lab_library(LAB_LOCKSTEP, from);

	if (r)
		return r;
	snprintf(to, sizeof(to), "%s/" LAB_LOCKSTEP, l->scratch.dir);
	return symlink(from, to) ? complain(BENCH_CANNOT, "%s: %s", to, strerror(errno)) : 0;
}

/* Before anything is built: without it there is nothing to measure. */
static int find_guest_kernel(struct lab *l)
{
	int r;

	if (!bench_options_linux(&l->o))
		return 0;
	if (l->o.guest_kernel)
		return access(l->o.guest_kernel, R_OK)
			       ? complain(BENCH_CANNOT, "--guest-kernel %s: %s", l->o.guest_kernel,
					  strerror(errno))
			       : 0;
	r = lab_guest_kernel(l->source.tree, l->guest_kernel, sizeof(l->guest_kernel));
	if (!r)
		l->o.guest_kernel = l->guest_kernel;
	return r;
}

/* As with the kernel; in an archive, since that is how its guest gets them. */
static int find_guest_modules(struct lab *l)
{
	char dir[LAB_PATH];
	int r;

	if (!bench_options_linux_modules(&l->o))
		return 0;
	if (l->o.guest_modules)
		return access(l->o.guest_modules, R_OK)
			       ? complain(BENCH_CANNOT, "--guest-modules %s: %s",
					  l->o.guest_modules, strerror(errno))
			       : 0;
	r = lab_guest_modules(l->o.guest_kernel, dir, sizeof(dir));
	if (r)
		return r;
	snprintf(l->guest_modules, sizeof(l->guest_modules), "%s/guest-modules.cpio",
		 l->scratch.dir);
	l->o.guest_modules = l->guest_modules;
	return lab_pack_modules(l->guest_modules, dir);
}

/* A variant that does not build is left out, and the others go on; the run is then not whole. */
static int prepare_variants(struct lab *l)
{
	size_t nr = l->nr_variants;

	l->nr_variants = 0;
	for (size_t i = 0; i < nr; i++) {
		const char *name = l->variants[i].name;
		const char *series = *l->variants[i].series ? l->variants[i].series : NULL;
		int r = lab_modules(l->source.tree, l->build, name, series,
				    l->variants[i].modules);

		if (!r)
			r = lab_read_manifest(l->variants[i].modules, name, l->env);
		if (child_interrupted)
			return BENCH_INVALID;
		if (r)
			lab_worsen(l, r);
		else
			l->variants[l->nr_variants++] = l->variants[i];
	}
	return l->nr_variants ? 0 : l->status;
}

/* A timed comparison: several arms, and boots enough to tell. It has a warm-up and an A/A arm. */
static bool is_timed(const struct lab *l)
{
	return l->o.clock == BENCH_CLOCK_WALL && l->nr_variants > 1 && l->boots >= BOOTS_JUDGED;
}

static int choose_arms(struct lab *l)
{
	for (size_t i = 0; i < l->nr_variants; i++)
		if (!l->try && !strcmp(l->variants[i].name, BASE))
			l->base = i;
	l->aa = is_timed(l);
	if (l->adaptive && !l->aa)
		return complain(BENCH_USAGE,
				"--adaptive decides between variants: name two or more");
	return 0;
}

int lab_prepare(struct lab *l)
{
	char version[128];
	int r = qemu_version(version, sizeof(version));

	if (r)
		return r;
	json_object_object_add(l->env, "qemu", json_object_new_string(version));
	r = choose_commit(l);
	if (!r)
		r = lab_source(&l->source, l->kernel, l->at);
	if (!r)
		r = find_guest_kernel(l);
	if (!r)
		r = scratch_make(&l->scratch);
	if (!r)
		r = find_guest_modules(l);
	if (!r)
		r = choose_variants(l);
	if (!r)
		r = lab_kernel(&l->source, l->flavour, l->build);
	if (!r)
		r = copy_kernel(l);
	if (!r)
		r = link_lockstep(l);
	if (!r)
		r = prepare_variants(l);
	return r ? r : choose_arms(l);
}
