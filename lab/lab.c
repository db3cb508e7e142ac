// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench lab`: from options to a result file. */
#include "lab.h"

#include <json-c/json.h>
#include <record/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "fatal.h"
#include "plugin.h"
#include "state.h"

/* The standard output of `try` is its table. */
static void say_result(const struct lab *l)
{
	if (!l->try)
		printf("%s\n", l->out);
}

static int run_programs(struct lab *l)
{
	int r = exec_open(l);

	if (r)
		return r;
	lab_run_rounds(l);
	exec_close(l);
	return l->status;
}

static int measure(struct lab *l)
{
	int r;

	if (l->exec.nr)
		return run_programs(l);
	r = lab_open_result(l);
	if (!r && lab_is_whole(l)) {
		say_result(l);
		return l->status;
	}
	if (!r && l->kept)
		r = record_reopened_go_on(l->w, l->kept)
			    ? complain(BENCH_CANNOT, "%s: the run in it cannot be resumed", l->out)
			    : 0;
	if (!r && l->explain)
		r = code_open(&l->code, l->out, SEPTBENCH_VERSION);
	if (r)
		return r;
	lab_run_rounds(l);
	lab_worsen(l, code_close(l->code));
	l->code = NULL;
	lab_write_end(l);
	say_result(l);
	return l->status;
}

static void close_lab(struct lab *l)
{
	record_close(l->w);
	code_close(l->code);
	record_file_free(l->kept);
	scratch_remove(&l->scratch);
	json_object_put(l->env);
	bench_options_free(&l->o);
	free(l);
}

static int run(struct lab *l, int argc, char **argv)
{
	int r;

	l->env = json_object_new_object();
	r = lab_parse(l, argc, argv);
	if (!r)
		r = lab_choose_out(l);
	if (!r) {
		child_catch_signals();
		r = lab_prepare(l);
	}
	if (!r)
		r = measure(l);
	if (r == OPTIONS_HELP)
		return r;
	lab_worsen(l, r);
	if (!r)
		l->why = (struct why){ .reason = WHY_MEASURED };
	why_tell(&l->why);
	return r;
}

int cmd_lab(int argc, char **argv)
{
	struct lab *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return complain(BENCH_INVALID, "no memory");
	r = run(l, argc, argv);
	close_lab(l);
	return r == OPTIONS_HELP ? 0 : r;
}

/* Small, as long as nothing else is said: what stands later wins. */
static char **small_options(int argc, char **argv)
{
	char **all = calloc((size_t)argc + 3, sizeof(*all));

	if (!all)
		return NULL;
	all[0] = argv[0];
	all[1] = (char *)"--quick";
	memcpy(all + 2, argv + 1, (size_t)(argc - 1) * sizeof(*all));
	return all;
}

int lab_try(int argc, char **argv, struct lab_tried *tried)
{
	struct lab *l = calloc(1, sizeof(*l));
	char **all = l ? small_options(argc, argv) : NULL;
	int r;

	memset(tried, 0, sizeof(*tried));
	if (!all) {
		free(l);
		return complain(BENCH_INVALID, "no memory");
	}
	l->try = true;
	r = run(l, argc + 1, all);
	tried->help = r == OPTIONS_HELP;
	if (l->w) {
		snprintf(tried->out, sizeof(tried->out), "%s", l->out);
		snprintf(tried->base, sizeof(tried->base), "%s", l->variants[l->base].name);
	}
	close_lab(l);
	free(all);
	return tried->help ? 0 : r;
}
