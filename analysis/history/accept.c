// SPDX-License-Identifier: GPL-2.0-or-later
/* --accept: agreeing on tonight's values, into the file that is committed. */
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"

/* What was measured, in a few words: release and patches. Caller frees. */
static char *describe(const struct gate *g, const struct point *p)
{
	const struct arm *a = &g->points[0].ds->arms[p->arm];
	char *text = NULL;

	if (g->commit)
		return strdup(g->commit);
	if (asprintf(&text, "%s %s%s%.12s", record_env(a->file, "kernel", "unknown"), a->variant,
		     *a->patch ? " " : "", a->patch) < 0)
		return NULL;
	return text;
}

static int accept_point(struct gate *g, const struct point *p)
{
	char *commit = describe(g, p);
	struct baseline_entry e = { .value = p->v, .night = g->night, .reason = g->reason,
				    .commit = commit, .parted = p->series.parted }, old;
	char from[NUMBER_LEN], to[NUMBER_LEN];
	bool known = baseline_exact(g->baseline, p->series.key, &old);
	int err = -ENOMEM;

	if (!commit)
		return err;
	e.within = g->within > 0 ? g->within : known ? old.within : 0;
	printf("%s: %s -> %s\n", p->series.key,
	       p->series.ratio ? "ratio" : known ? number_value(from, old.value, 14) : "new",
	       number_value(to, p->v, 14));
	err = p->series.ratio ? baseline_accept(g->baseline, p->series.key, &e) :
				baseline_set_exact(g->baseline, p->series.key, &e);
	free(commit);
	return err;
}

/*
 * A pattern takes exact metrics that are gated, and what is agreed on already; ratios are to be
 * named in full, as to accept a change where there is none blinds the gate to the next one.
 */
static bool is_meant(const struct gate *g, const struct point *p)
{
	struct baseline_entry old;

	if (p->series.ratio && g->within > 0)
		return false;
	if (!p->series.ratio && !p->series.gated && !(g->within > 0) &&
	    !baseline_exact(g->baseline, p->series.key, &old))
		return false;
	return !strcmp(g->accept, p->series.key) ||
	       (!p->series.ratio && !fnmatch(g->accept, p->series.key, 0));
}

int gate_accept_all(struct gate *g)
{
	size_t i, nr = 0;
	int err = 0;

	if (g->unsound) {
		fprintf(stderr, "septbench gate: %s is not sound; nothing of it is accepted\n",
			g->paths.v[0]);
		return 3;
	}
	for (i = 0; i < g->points[0].nr && !err; i++) {
		const struct point *p = &g->points[0].p[i];

		if (!is_meant(g, p))
			continue;
		if (isnan(p->v)) {
			fprintf(stderr, "septbench gate: %s has no value that repeats; nothing is "
				"accepted\n", p->series.key);
			return 3;
		}
		nr++;
		err = accept_point(g, p);
	}
	if (err)
		return err;
	if (!nr) {
		fprintf(stderr,
			"septbench gate: no gated exact metric, and no ratio, has the key %s\n",
			g->accept);
		return 2;
	}
	return baseline_write(g->baseline, g->baseline_path, stderr);
}
