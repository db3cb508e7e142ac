// SPDX-License-Identifier: GPL-2.0-or-later
/* What a run needs before its first boot: kernel, modules, arms, a folder. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "fatal.h"
#include "state.h"

static int add_variant(struct lab *l, const char *name)
{
	for (size_t i = 0; i < l->nr_variants; i++)
		if (!strcmp(l->variants[i].name, name))
			return 0;
	if (l->nr_variants == BENCH_MAX_LIST || strlen(name) >= BENCH_NAME_LEN)
		return complain(BENCH_USAGE, "too many variants, or a name that is too long: %s",
				name);
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
			r = add_variant(l, name);
	return r;
}

static int choose_variants(struct lab *l)
{
	char names[BENCH_MAX_LIST * (BENCH_NAME_LEN + 1)];
	int r = lab_variants(l->tree, l->o.all_variants, names, sizeof(names));

	if (r)
		return r;
	if (l->o.all_variants)
		return add_all(l, names);
	for (size_t i = 0; !r && i < l->o.nr_variants; i++) {
		if (!is_listed(l->o.variants[i], names))
			return complain(
				BENCH_USAGE,
				"--variants: there is no variant \"%s\"; `septbench list` names them",
				l->o.variants[i]);
		r = add_variant(l, l->o.variants[i]);
	}
	return r;
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

static int make_run_dir(struct lab *l)
{
	int r = scratch_make(&l->scratch);

	return r ? r : copy_kernel(l);
}

/* A variant that does not build is left out, and the others go on; the run is then not whole. */
static int prepare_variants(struct lab *l)
{
	size_t nr = l->nr_variants;

	l->nr_variants = 0;
	for (size_t i = 0; i < nr; i++) {
		const char *name = l->variants[i].name;
		int r = lab_modules(l->tree, l->build, name, l->variants[i].modules);

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
		if (!strcmp(l->variants[i].name, BASE))
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
	r = lab_tree(l->kernel, l->tree);
	if (!r)
		r = choose_variants(l);
	if (!r)
		r = lab_kernel(l->tree, l->flavour, l->build);
	if (!r)
		r = make_run_dir(l);
	if (!r)
		r = prepare_variants(l);
	return r ? r : choose_arms(l);
}
