// SPDX-License-Identifier: GPL-2.0-or-later
#include "tune.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fatal.h"
#include "root.h"
#include "state.h"

#define CPU		"/sys/devices/system/cpu/"
#define SLOW_EXIT_US	10	/* as in conditions.c: a kick must not wait for a CPU to wake up */

/* "always [madvise] never": the word in brackets is what was chosen. */
static void current_value(const char *file, char value[HOST_TEXT])
{
	char text[HOST_TEXT], *at, *end;

	root_read(file, text);
	at = strchr(text, '[');
	end = at ? strchr(at, ']') : NULL;
	if (end)
		*end = 0;
	strcpy(value, end ? at + 1 : text);
}

static void plan(struct json_object *files, const char *file, const char *now)
{
	char was[HOST_TEXT];
	struct json_object *o;

	current_value(file, was);
	if (!*was || !strcmp(was, now))
		return;
	o = json_object_new_object();
	json_object_object_add(o, "file", json_object_new_string(file));
	json_object_object_add(o, "was", json_object_new_string(was));
	json_object_object_add(o, "now", json_object_new_string(now));
	json_object_array_add(files, o);
}

static void plan_all(struct json_object *files, const char *pattern, const char *now)
{
	glob_t g;

	root_glob(pattern, &g);
	for (size_t i = 0; i < g.gl_pathc; i++)
		plan(files, g.gl_pathv[i], now);
	globfree(&g);
}

static void plan_cstates(struct json_object *files)
{
	char file[HOST_PATH], latency[HOST_TEXT];
	glob_t g;

	root_glob(CPU "cpu[0-9]*/cpuidle/state[0-9]*", &g);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		snprintf(file, sizeof(file), "%.480s/latency", g.gl_pathv[i]);
		root_read(file, latency);
		snprintf(file, sizeof(file), "%.480s/disable", g.gl_pathv[i]);
		if (atol(latency) > SLOW_EXIT_US)
			plan(files, file, "1");
	}
	globfree(&g);
}

static void plan_thp(struct json_object *files)
{
	static const char file[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	char was[HOST_TEXT];

	current_value(file, was);
	if (!strcmp(was, "always"))
		plan(files, file, "madvise");
}

static struct json_object *make_plan(void)
{
	struct json_object *files = json_object_new_array();

	plan_all(files, CPU "cpu[0-9]*/cpufreq/scaling_governor", "performance");
	plan_all(files, CPU "intel_pstate/no_turbo", "1");
	plan_all(files, CPU "cpufreq/boost", "0");
	plan_cstates(files);
	plan_all(files, "/proc/sys/kernel/numa_balancing", "0");
	plan_thp(files);
	return files;
}

static const char *text(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

static int apply(struct json_object *files)
{
	int r = 0;

	for (size_t i = 0; !r && i < json_object_array_length(files); i++) {
		struct json_object *f = json_object_array_get_idx(files, i);
		int err = root_write(text(f, "file"), text(f, "now"));

		if (err)
			r = complain(BENCH_CANNOT, "%s: cannot be set to %s: %s; tuning needs root",
				     text(f, "file"), text(f, "now"), strerror(-err));
		else
			fprintf(stderr, "septbench: tuned %s: %s -> %s\n", text(f, "file"),
				text(f, "was"), text(f, "now"));
	}
	return r;
}

int tune_apply(void)
{
	struct json_object *state, *files;
	int r;

	if (state_exists(STATE_TUNING))
		return complain(BENCH_CANNOT,
				"this machine is tuned already, by a run that was killed: "
				"`septbench host restore` undoes that");
	state = json_object_new_object();
	files = make_plan();
	json_object_object_add(state, "files", files);
	r = state_save(STATE_TUNING, state);
	if (!r)
		r = apply(files);
	json_object_put(state);
	return r;
}

static int undo(struct json_object *f)
{
	const char *file = text(f, "file");
	char is[HOST_TEXT];
	int err;

	current_value(file, is);
	if (!strcmp(is, text(f, "was")))
		return 0;	/* killed before it came to this one */
	if (strcmp(is, text(f, "now")))
		return complain(
			BENCH_INVALID,
			"%s: somebody has set it to %s; left so, it was %s before the tuning", file,
			is, text(f, "was"));
	err = root_write(file, text(f, "was"));
	return err ? complain(BENCH_INVALID, "%s: cannot be set back to %s: %s", file,
			      text(f, "was"), strerror(-err))
		   : 0;
}

int tune_undo(void)
{
	struct json_object *state = state_load(STATE_TUNING), *files;
	int r = 0;

	if (!state)
		return 0;
	if (!json_object_object_get_ex(state, "files", &files) ||
	    !json_object_is_type(files, json_type_array))
		files = NULL;
	for (size_t i = files ? json_object_array_length(files) : 0; i--;) {
		int one = undo(json_object_array_get_idx(files, i));

		r = r ? r : one;
	}
	json_object_put(state);
	state_drop(STATE_TUNING);
	return r;
}
