// SPDX-License-Identifier: GPL-2.0-or-later
#include "swap.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "fatal.h"
#include "modules.h"
#include "root.h"
#include "state.h"

/* In the order of loading. irqbypass stays: other drivers hold it, and no variant changes it. */
static const char * const kvm_modules[] = { "septcount", "kvm", "kvm_intel", "kvm_amd" };

#define NR_MODULES	(sizeof(kvm_modules) / sizeof(kvm_modules[0]))

static const char * const set_names[] = { "none", "soft", "tdx" };

const char *swap_set_name(enum swap_set set)
{
	return set_names[set];
}

/* A negative number: another name. */
static int parse_set(const char *name)
{
	for (int i = 0; i < 3; i++)
		if (!strcmp(name, set_names[i]))
			return i;
	return -1;
}

static bool is_loaded(const char *module)
{
	char path[HOST_PATH], text[HOST_TEXT];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	return root_read(path, text);
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? v : NULL;
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key);

	return v ? json_object_get_string(v) : "";
}

/* --- what is loaded --- */

static void note_params(struct json_object *o, const char *module)
{
	char pattern[HOST_PATH], value[HOST_TEXT];
	struct json_object *params = json_object_new_object();
	glob_t g;

	snprintf(pattern, sizeof(pattern), "/sys/module/%s/parameters/*", module);
	root_glob(pattern, &g);
	for (size_t i = 0; i < g.gl_pathc; i++)
		if (root_read(g.gl_pathv[i], value))
			json_object_object_add(params, strrchr(g.gl_pathv[i], '/') + 1,
					       json_object_new_string(value));
	globfree(&g);
	json_object_object_add(o, "params", params);
}

static struct json_object *note_modules(void)
{
	struct json_object *all = json_object_new_array(), *o;
	char id[BUILD_ID_HEX];

	for (size_t i = 0; i < NR_MODULES; i++) {
		if (!is_loaded(kvm_modules[i]))
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "name", json_object_new_string(kvm_modules[i]));
		if (!modules_build_id(kvm_modules[i], id))
			json_object_object_add(o, "build_id", json_object_new_string(id));
		note_params(o, kvm_modules[i]);
		json_object_array_add(all, o);
	}
	return all;
}

/* The vendor modules hold kvm, so last loaded goes first. */
static int unload_all(void)
{
	int r = 0;

	for (size_t i = NR_MODULES; !r && i--;)
		if (is_loaded(kvm_modules[i]))
			r = modules_remove(kvm_modules[i]);
	return r;
}

int swap_begin(void)
{
	struct json_object *state;
	int r;

	if (state_exists(STATE_MODULES))
		return complain(BENCH_CANNOT,
				"a variant is loaded already, or was when a septbench was killed: "
				"`septbench host restore` puts the distribution's modules back");
	state = json_object_new_object();
	json_object_object_add(state, "modules", note_modules());
	r = state_save(STATE_MODULES, state);
	json_object_put(state);
	return r ? r : unload_all();
}

/* --- the variant's --- */

static int insert(const char *dir, const char *file, const char *params)
{
	char path[LAB_PATH + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return modules_insert(path, params);
}

/* Which vendor the machine had; the state knows when nothing is loaded. */
static bool was_intel(void)
{
	struct json_object *state = state_load(STATE_MODULES),
			   *all = state ? member(state, "modules") : NULL;
	bool intel = !state && is_loaded("kvm_intel");

	for (size_t i = 0; all && i < json_object_array_length(all); i++)
		intel |= !strcmp(text_of(json_object_array_get_idx(all, i), "name"), "kvm_intel");
	json_object_put(state);
	return intel;
}

enum swap_set swap_td_set(void)
{
	return was_intel() ? SWAP_TDX : SWAP_SOFT;
}

static int insert_vendor(const char *dir, enum swap_set set)
{
	int r;

	if (set == SWAP_SOFT) {
		r = insert(dir, "soft/septcount.ko", "");
		return r ? r : insert(dir, "soft/kvm-intel.ko", "tdx=1");
	}
	if (!was_intel())
		return insert(dir, "kvm-amd.ko", "");
	return insert(dir, "tdx/kvm-intel.ko", set == SWAP_TDX ? "tdx=1" : "");
}

static int note_variant(const char *dir, const char *variant, enum swap_set set)
{
	struct json_object *state = state_load(STATE_MODULES);
	int r;

	if (!state)
		return complain(BENCH_INVALID, "the note of this machine's own modules is gone");
	json_object_object_add(state, "variant", json_object_new_string(variant));
	json_object_object_add(state, "dir", json_object_new_string(dir));
	json_object_object_add(state, "substrate", json_object_new_string(swap_set_name(set)));
	r = state_save(STATE_MODULES, state);
	json_object_put(state);
	return r;
}

int swap_in(const char *dir, const char *variant, enum swap_set set)
{
	char manifest[LAB_PATH + 16];
	int r = note_variant(dir, variant, set);

	if (!r)
		r = insert(dir, "kvm.ko", "");
	if (!r)
		r = insert_vendor(dir, set);
	snprintf(manifest, sizeof(manifest), "%s/manifest", dir);
	return r ? r : modules_check_manifest(manifest, variant);
}

int swap_out(void)
{
	return unload_all();
}

bool swap_loaded(char variant[BENCH_NAME_LEN], char dir[LAB_PATH], enum swap_set *set)
{
	struct json_object *state = state_load(STATE_MODULES);
	int parsed = state ? parse_set(text_of(state, "substrate")) : -1;

	if (parsed >= 0) {
		snprintf(variant, BENCH_NAME_LEN, "%s", text_of(state, "variant"));
		snprintf(dir, LAB_PATH, "%s", text_of(state, "dir"));
		*set = (enum swap_set)parsed;
	}
	json_object_put(state);
	return parsed >= 0;
}

/* --- and back --- */

static bool is_own(struct json_object *noted)
{
	const char *name = text_of(noted, "name");
	char id[BUILD_ID_HEX];

	return is_loaded(name) &&
	       (modules_build_id(name, id) || !strcmp(id, text_of(noted, "build_id")));
}

static void param_path(char path[HOST_PATH], const char *module, const char *param)
{
	snprintf(path, HOST_PATH, "/sys/module/%s/parameters/%s", module, param);
}

/* Its own build, with the parameters that were noted. */
static bool is_as_noted(struct json_object *noted)
{
	char path[HOST_PATH], is[HOST_TEXT];

	json_object_object_foreach(member(noted, "params"), param, v) {
		param_path(path, text_of(noted, "name"), param);
		if (root_read(path, is) && strcmp(is, json_object_get_string(v)))
			return false;
	}
	return is_own(noted);
}

static bool all_as_noted(struct json_object *all)
{
	size_t nr = json_object_array_length(all), loaded = 0;

	for (size_t i = 0; i < NR_MODULES; i++)
		loaded += is_loaded(kvm_modules[i]);
	for (size_t i = 0; i < nr; i++)
		if (!is_as_noted(json_object_array_get_idx(all, i)))
			return false;
	return loaded == nr;
}

/* @params: "a=1 b=2", or "". */
static int probe(const char *module, const char *params)
{
	char *argv[24] = { (char *)"modprobe", (char *)module }, copy[2048], out[256], *rest = copy,
	     *word;
	size_t nr = 2;

	snprintf(copy, sizeof(copy), "%s", params);
	while (nr < 23 && (word = strsep(&rest, " ")))
		if (*word)
			argv[nr++] = word;
	return child_capture(argv, out, sizeof(out));
}

/*
 * Sets what the module lets be set, and collects in @rest what it takes at loading only. A value
 * that could not be given as a word, such as "not required", is the kernel's own doing.
 */
static void mend_params(struct json_object *noted, char *rest, size_t len)
{
	char path[HOST_PATH], is[HOST_TEXT];
	size_t at = 0;

	*rest = 0;
	json_object_object_foreach(member(noted, "params"), param, v) {
		const char *was = json_object_get_string(v);

		param_path(path, text_of(noted, "name"), param);
		if (!root_read(path, is) || !strcmp(is, was) || strchr(was, ' ') ||
		    !root_write(path, was))
			continue;
		if (at < len)
			at += (size_t)snprintf(rest + at, len - at, "%s%s=%s", at ? " " : "", param,
					       was);
	}
}

static int load_own(struct json_object *noted, const char *params)
{
	const char *name = text_of(noted, "name");

	if (probe(name, params))
		return complain(BENCH_INVALID, "modprobe %s %s failed; load it by hand", name,
				params);
	if (!is_own(noted))
		return complain(
			BENCH_INVALID,
			"modprobe %s loaded another build than the one that was loaded before (%s)",
			name, text_of(noted, "build_id"));
	return 0;
}

static int bring_back(struct json_object *noted)
{
	const char *name = text_of(noted, "name");
	char rest[1024];
	int r = load_own(noted, "");

	if (r)
		return r;
	mend_params(noted, rest, sizeof(rest));
	if (!*rest)
		return 0;
	r = modules_remove(name);
	if (!r)
		r = load_own(noted, rest);
	if (!r)
		mend_params(noted, rest, sizeof(rest));
	if (!r && *rest)
		complain(0, "module %s is back, but not with its former %s", name, rest);
	return r;
}

int swap_restore(void)
{
	struct json_object *state = state_load(STATE_MODULES),
			   *all = state ? member(state, "modules") : NULL;
	int r = 0;

	if (!all) {
		json_object_put(state);
		return 0;
	}
	if (!all_as_noted(all)) {
		r = unload_all();
		for (size_t i = 0; !r && i < json_object_array_length(all); i++)
			r = bring_back(json_object_array_get_idx(all, i));
	}
	json_object_put(state);
	if (r)
		return complain(
			r,
			"the distribution's modules are not all back; `septbench host restore` tries again");
	state_drop(STATE_MODULES);
	return 0;
}
