// SPDX-License-Identifier: GPL-2.0-or-later
/* All rows of the gate as JSON, for the pages and summaries that ci/nightly makes of them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "gate.h"

static void put(struct json_object *o, const char *key, struct json_object *v, int *err)
{
	if (!o || json_object_object_add(o, key, v)) {
		json_object_put(v);
		*err = -ENOMEM;
	}
}

static void put_text(struct json_object *o, const char *key, const char *v, int *err)
{
	put(o, key, v ? json_object_new_string(v) : NULL, err);
}

/* What is no number is null. */
static void put_number(struct json_object *o, const char *key, double v, int *err)
{
	put(o, key, isfinite(v) ? json_object_new_double(v) : NULL, err);
}

static void put_names(struct json_object *o, const struct gate *g, const struct gate_row *row,
		      int *err)
{
	const struct dataset *ds = g->points[0].ds;
	const struct metric *m = &ds->metrics[row->p->metric];

	put_text(o, "key", row->p->series.key, err);
	put_text(o, "case", ds->groups[m->group].case_name, err);
	put_text(o, "params", ds->groups[m->group].params, err);
	put_text(o, "variant", ds->arms[row->p->arm].variant, err);
	put_text(o, "metric", m->name, err);
	put_text(o, "unit", row->p->series.ratio ? "ratio" : m->unit, err);
	put_text(o, "part", m->parted ? "kernel" : NULL, err);
	put_text(o, "better", record_better_name(m->better), err);
}

static void put_cause(struct json_object *o, const struct gate *g, const struct gate_row *row,
		      int *err)
{
	char *changed = gate_what_changed(g, row), *command = gate_bisect_command(g, row);

	put_text(o, "since", gate_night_name(g, row->since), err);
	put_text(o, "changed", changed, err);
	put_text(o, "bisect", command, err);
	free(changed);
	free(command);
}

static struct json_object *row_json(const struct gate *g, const struct gate_row *row, int *err)
{
	struct json_object *o = json_object_new_object();
	const struct series *s = &row->p->series;

	put_names(o, g, row, err);
	put_text(o, "verdict", gate_row_fails(g, row) ? "regressed" : gate_kind_name(row->kind), err);
	put(o, "gates", json_object_new_boolean(!row->advisory), err);
	put_number(o, "agreed", row->past_level, err);
	put_text(o, "reason", s->ratio ? NULL : row->agreed.reason, err);
	put_number(o, "last", row->last, err);
	put_number(o, "tonight", s->ratio && isfinite(row->j.ratio) ? row->j.ratio : row->p->v, err);
	put_number(o, "threshold", s->ratio ? row->j.theta : row->threshold, err);
	if (row->kind == ROW_REGRESSED || row->kind == ROW_ALERT || row->kind == ROW_IMPROVED ||
	    gate_row_fails(g, row))
		put_cause(o, g, row, err);
	return o;
}

static struct json_object *night_json(const struct gate *g, int status, int *err)
{
	struct json_object *o = json_object_new_object(), *rows = json_object_new_array();
	const struct record_run *run = &g->files[0]->run;
	size_t i;

	put(o, "septbench_gate", json_object_new_int(1), err);
	put_text(o, "night", g->night, err);
	put(o, "status", json_object_new_int(status), err);
	put_text(o, "substrate", run->substrate, err);
	put_text(o, "clock", run->clock, err);
	put(o, "seed", json_object_new_uint64(run->seed), err);
	put_text(o, "kernel", record_env(g->files[0], "kernel", ""), err);
	put_text(o, "base", g->base, err);
	put(o, "nights_before", json_object_new_uint64(g->h.earlier + g->past), err);
	put_text(o, "last_night", g->past ? g->h.nights[g->past - 1].name : NULL, err);
	put_text(o, "why", g->why_len ? g->why_text : NULL, err);
	put_text(o, "host", g->host_changed, err);
	put_text(o, "control", g->control_moved, err);
	for (i = 0; i < g->points[0].nr; i++)
		if (json_object_array_add(rows, row_json(g, &g->rows[i], err)))
			*err = -ENOMEM;
	put(o, "rows", rows, err);
	return o;
}

int gate_write_json(const struct gate *g, int status)
{
	int err = 0;
	struct json_object *o = night_json(g, status, &err);
	FILE *out = err ? NULL : fopen(g->json_path, "we");
	bool written = false;

	if (out) {
		written = fprintf(out, "%s\n", json_object_to_json_string_ext(o,
					JSON_C_TO_STRING_NOSLASHESCAPE)) > 0;
		written &= !fclose(out);
	}
	json_object_put(o);
	if (!written)
		fprintf(stderr, "septbench gate: %s: %s\n", g->json_path,
			err ? "no memory" : strerror(errno));
	return written ? 0 : 3;
}
