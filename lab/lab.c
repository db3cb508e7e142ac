// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench lab`: from options to a result file. */
#include "lab.h"

#include <json-c/json.h>
#include <record/record.h>
#include <stdio.h>
#include <stdlib.h>

#include "child.h"
#include "fatal.h"
#include "plugin.h"
#include "state.h"

void lab_worsen(struct lab *l, int status)
{
	if (!l->status)
		l->status = status;
}

static int measure(struct lab *l)
{
	int r = lab_open_result(l);

	if (!r && lab_is_whole(l)) {
		printf("%s\n", l->out);
		return l->status;
	}
	if (!r && l->kept)
		r = record_reopened_go_on(l->w, l->kept)
			    ? complain(BENCH_CANNOT, "%s cannot be gone on with", l->out)
			    : 0;
	if (!r && l->explain)
		r = code_open(&l->code, l->out, SEPTBENCH_VERSION);
	if (r)
		return r;
	lab_run_rounds(l);
	lab_worsen(l, code_close(l->code));
	l->code = NULL;
	lab_write_end(l);
	printf("%s\n", l->out);
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

int cmd_lab(int argc, char **argv)
{
	struct lab *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return complain(BENCH_INVALID, "no memory");
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
	close_lab(l);
	return r == BENCH_OPTIONS_HELP ? 0 : r;
}
