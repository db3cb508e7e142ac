// SPDX-License-Identifier: GPL-2.0-or-later
/* What the night came to, for people and as an exit status. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"

#define TOP	10	/* rows of one kind that are listed; the JSON has all */

const char *gate_kind_name(enum row_kind kind)
{
	static const char *const names[ROW_NR] = {
		[ROW_SAME] = "same",	       [ROW_SMALL] = "small",
		[ROW_REGRESSED] = "regressed", [ROW_IMPROVED] = "improved",
		[ROW_CHANGED] = "changed",     [ROW_NEW] = "new",
		[ROW_UNSTEADY] = "unsteady",   [ROW_OK] = "same",
		[ROW_FEW] = "few boots",       [ROW_OPEN] = "unclear",
		[ROW_ALERT] = "regressed",     [ROW_UNCONFIRMED] = "not confirmed",
		[ROW_TO_CONFIRM] = "to confirm", [ROW_HOST] = "host changed",
	};

	return names[kind];
}

const char *gate_night_name(const struct gate *g, size_t i)
{
	return i < g->past ? g->h.nights[i].name : g->night;
}

static void print_missing(void *arg, const char *key)
{
	const struct gate *g = arg;

	if (gate_is_missing(g, key))
		printf("? %s\n    in the baseline, not measured tonight\n", key);
}

static double change_of(const struct gate_row *row)
{
	double from = row->past_level, to = row->p->series.ratio ? row->j.ratio : row->p->v;

	return from == 0 ? (to == 0 ? 0 : INFINITY) : (to - from) / fabs(from);
}

static const char *percent(char buf[NUMBER_LEN], double change)
{
	return isinf(change) ? "appeared" : number_percent(buf, change);
}

static void print_since(const struct gate *g, const struct gate_row *row)
{
	if (row->since == g->past)
		printf("since this night");
	else
		printf("since night %s (%zu nights)", gate_night_name(g, row->since),
		       g->past - row->since + 1);
}

/* The cause and the search for it: once for all rows that share them. */
static void print_cause(const struct gate *g, const struct gate_row *row, char **said)
{
	char *changed = gate_what_changed(g, row), *command = gate_bisect_command(g, row), *text;

	if (asprintf(&text, "%s %zu", changed ? changed : "", row->since) >= 0 &&
	    (!*said || strcmp(*said, text))) {
		free(*said);
		*said = text;
		printf("    with it: %s\n",
		       !changed ? "unknown, no night before it is in the store" :
		       *changed ? changed :
				  "none of kernel, patches, configuration, compiler, QEMU, options");
		if (command)
			printf("    find it: %s\n", command);
	} else {
		free(text);
	}
	free(changed);
	free(command);
}

static void print_exact(const struct gate *g, const struct gate_row *row, char **said)
{
	static const char marks[ROW_NR] = { [ROW_REGRESSED] = '!', [ROW_IMPROVED] = '*',
					    [ROW_CHANGED] = '?', [ROW_SMALL] = '~' };
	const struct series *s = &row->p->series;
	char from[NUMBER_LEN], to[NUMBER_LEN], change[NUMBER_LEN], last[NUMBER_LEN];

	printf("%c %s\n    %s -> %s %s (%s), %s; agreed on: %s\n    ", marks[row->kind], s->key,
	       number_value(from, row->agreed.value, 14), number_value(to, row->p->v, 14), s->unit,
	       percent(change, change_of(row)), gate_kind_name(row->kind), row->agreed.reason);
	print_since(g, row);
	if (!isnan(row->last))
		printf(", last night %s", number_value(last, row->last, 14));
	printf("; from %s on it matters\n", number_size(change, row->threshold));
	if (row->kind == ROW_REGRESSED)
		print_cause(g, row, said);
}

static void print_undecided(const struct gate *g, const struct gate_row *row)
{
	const struct series *s = &row->p->series;
	char from[NUMBER_LEN], to[NUMBER_LEN];

	if (row->kind == ROW_NEW && row->agreed.night)
		printf("? %s\n    %s %s is %s; what was agreed on is %s: agree on it anew\n", s->key,
		       number_value(to, row->p->v, 14), s->unit,
		       s->parted ? "the kernel's part" : "the whole",
		       s->parted ? "the whole, with the module's part" : "the kernel's part");
	else if (row->kind == ROW_NEW && g->baseline)
		printf("? %s\n    %s %s, not in the baseline\n", s->key,
		       number_value(to, row->p->v, 14), s->unit);
	else if (row->kind == ROW_UNSTEADY && !row->advisory)
		printf("? %s\n    exact, but does not repeat: %s .. %s %s\n", s->key,
		       number_value(from, row->p->s.min, 14), number_value(to, row->p->s.max, 14),
		       s->unit);
	else if (row->kind == ROW_FEW && !row->advisory)
		printf("? %s\n    too few boots to judge among so many metrics\n", s->key);
}

static const char *alert_text(const struct gate_row *row)
{
	switch (row->kind) {
	case ROW_ALERT:
		return row->advisory ? "shown again; advice only" : "shown again: regressed";
	case ROW_UNCONFIRMED:
		return "the second run does not show it";
	case ROW_OPEN:
		return "a regression is not ruled out: more boots, or a second run";
	default:
		return row->advisory ? "advice only" : "to be confirmed by a second run";
	}
}

static void print_ratio(const struct gate *g, const struct gate_row *row, char **said)
{
	char floor[NUMBER_LEN], p[NUMBER_LEN];

	printf("%c %s\n    ratio %.4f [%.4f, %.4f] to %s; level %.4f of %zu nights, noise %s, p "
	       "%s\n",
	       row->advisory		       ? 'a' :
	       row->kind == ROW_ALERT	       ? '!' :
	       row->kind != ROW_UNCONFIRMED    ? '?' :
						 '~',
	       row->p->series.key, row->j.ratio, row->j.low, row->j.high, g->base,
	       row->past_level, row->level.nights, number_percent(floor, row->j.theta) + 1,
	       number_p(p, row->j.p));
	printf("    ");
	if (!isnan(row->again))
		printf("second run %.4f: ", row->again);
	printf("%s; ", alert_text(row));
	print_since(g, row);
	putchar('\n');
	if (row->kind == ROW_ALERT && !row->advisory)
		print_cause(g, row, said);
}

static void print_change(const struct gate *g, const struct gate_row *row)
{
	char change[NUMBER_LEN], p[NUMBER_LEN];

	if (!row->change.at)
		return;
	printf("%c %s\n    level %.4f -> %.4f (%s) from night %s on, p %s%s\n",
	       !row->change_worse ? '*' : row->advisory ? 'a' : '!', row->p->series.key,
	       row->change.before, row->change.after,
	       number_percent(change, row->change.after / row->change.before - 1),
	       gate_night_name(g, row->change.at), number_p(p, row->change.p),
	       row->change_worse && !row->advisory ? ": regressed, not accepted" : "");
}

int gate_status(const struct gate *g)
{
	const size_t *n = g->count;

	if (g->aa_failed)
		return 3;
	if (n[ROW_REGRESSED] || n[ROW_ALERT] || g->nr_changes)
		return 1;
	if (g->unsound || n[ROW_NEW] || n[ROW_UNSTEADY] || n[ROW_FEW] || n[ROW_CHANGED] ||
	    n[ROW_OPEN] || n[ROW_TO_CONFIRM] || n[ROW_HOST] || g->nr_missing || !g->points[0].nr)
		return 3;
	return 0;
}

static void add_reason(FILE *out, size_t nr, const char *what)
{
	if (nr)
		fprintf(out, "%s%zu %s", ftell(out) ? "; " : "", nr, what);
}

/* Why nothing is decided: goes on after what gate.c found unsound. */
static void give_reasons(struct gate *g)
{
	const size_t *n = g->count;
	FILE *out = g->why;

	if (g->aa_failed)
		fprintf(out, "%sa variant differs from itself", ftell(out) ? "; " : "");
	if (!g->points[0].nr)
		fprintf(out, "%snothing to judge", ftell(out) ? "; " : "");
	add_reason(out, n[ROW_NEW], g->baseline ? "not in the baseline" :
						  "exact metrics held against no baseline");
	add_reason(out, g->nr_missing, "in the baseline and not measured");
	add_reason(out, n[ROW_UNSTEADY], "exact and not repeating");
	add_reason(out, n[ROW_CHANGED], "changed, and no side is better");
	add_reason(out, n[ROW_TO_CONFIRM], "to be confirmed by a second run");
	add_reason(out, n[ROW_HOST], "moved together with the host");
	add_reason(out, n[ROW_FEW], "with too few boots");
	add_reason(out, n[ROW_OPEN], "that do not rule a regression out");
	fflush(out);
}

static const struct gate_row *worst_row(const struct gate *g)
{
	const struct gate_row *worst = NULL;
	size_t i;

	for (i = 0; i < g->points[0].nr; i++)
		if (gate_row_fails(g, &g->rows[i]) &&
		    (!worst || fabs(change_of(&g->rows[i])) > fabs(change_of(worst))))
			worst = &g->rows[i];
	return worst;
}

static void print_verdict(struct gate *g, int status)
{
	const struct gate_row *worst = worst_row(g);
	char change[NUMBER_LEN];

	give_reasons(g);
	printf("night %s: %s", g->night,
	       status == 1 ? "REGRESSED" : status == 3 ? "NOT DECIDED" : "passes");
	if (status == 1 && worst) {
		const struct dataset *ds = g->points[0].ds;
		const struct metric *m = &ds->metrics[worst->p->metric];

		printf(": %zu rows, worst %s %s %s %s", g->count[ROW_REGRESSED] +
		       g->count[ROW_ALERT] + g->nr_changes, ds->groups[m->group].case_name,
		       ds->arms[worst->p->arm].variant, m->name, percent(change, change_of(worst)));
	}
	if (status == 0 && g->count[ROW_IMPROVED])
		printf(", improved: %zu rows", g->count[ROW_IMPROVED]);
	if (status == 3)
		printf(": %s", g->why_text);
	else if (g->why_len)
		printf(" (besides: %s)", g->why_text);
	putchar('\n');
	if (g->host_changed)
		printf("? %s\n", g->host_changed);
	if (g->control_moved)
		printf("? %s\n", g->control_moved);
}

static void print_summary(const struct gate *g)
{
	const size_t *n = g->count;

	printf("  exact, gated: %zu as agreed on, %zu small, %zu regressed, %zu improved, %zu "
	       "changed,\n    %zu new, %zu missing, %zu unsteady\n",
	       n[ROW_SAME], n[ROW_SMALL], n[ROW_REGRESSED], n[ROW_IMPROVED], n[ROW_CHANGED],
	       n[ROW_NEW], g->nr_missing, n[ROW_UNSTEADY]);
	printf("  ratios to %s, gated: %zu fine, %zu regressed, %zu to confirm, %zu not\n"
	       "    confirmed, %zu open, %zu with too few boots, %zu moved with the host\n",
	       g->base, n[ROW_OK], n[ROW_ALERT], n[ROW_TO_CONFIRM], n[ROW_UNCONFIRMED],
	       n[ROW_OPEN], n[ROW_FEW], n[ROW_HOST]);
	printf("  change points of the last %d nights, gated and not accepted: %zu\n", GATE_RECENT,
	       g->nr_changes);
	printf("  nights before: %zu; ! fails, ? undecided, a advice, ~ small or not confirmed,\n"
	       "    * better\n",
	       g->h.earlier + g->past);
}

static int compare_rows(const void *a, const void *b)
{
	const struct gate_row *x = *(const struct gate_row *const *)a,
			      *y = *(const struct gate_row *const *)b;
	double by = fabs(change_of(y)) - fabs(change_of(x));

	if (by > 0 || by < 0)
		return by > 0 ? 1 : -1;
	return strcmp(x->p->series.key, y->p->series.key);
}

/* The largest rows of @kind first. */
static int print_kind(const struct gate *g, enum row_kind kind)
{
	const struct gate_row **rows = calloc(g->points[0].nr + 1, sizeof(*rows));
	char *said = NULL;
	size_t nr = 0, i;

	if (!rows)
		return -ENOMEM;
	for (i = 0; i < g->points[0].nr; i++)
		if (g->rows[i].kind == kind && !(kind == ROW_OPEN && g->rows[i].advisory))
			rows[nr++] = &g->rows[i];
	if (nr)
		qsort(rows, nr, sizeof(*rows), compare_rows);
	for (i = 0; i < nr && i < TOP; i++)
		if (rows[i]->p->series.ratio)
			print_ratio(g, rows[i], &said);
		else
			print_exact(g, rows[i], &said);
	if (nr > TOP)
		printf("  and %zu more, %s; all are in --json\n", nr - TOP, gate_kind_name(kind));
	free(said);
	free(rows);
	return 0;
}

static int print_rows(struct gate *g)
{
	static const enum row_kind kinds[] = {
		ROW_REGRESSED, ROW_ALERT, ROW_CHANGED, ROW_TO_CONFIRM, ROW_OPEN, ROW_UNCONFIRMED,
		ROW_IMPROVED, ROW_SMALL,
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !err; i++)
		err = print_kind(g, kinds[i]);
	for (i = 0; i < g->points[0].nr && !err; i++) {
		print_undecided(g, &g->rows[i]);
		print_change(g, &g->rows[i]);
	}
	if (g->baseline)
		baseline_each_exact(g->baseline, print_missing, g);
	return err;
}

int gate_print_all(struct gate *g, int status)
{
	int err;

	print_verdict(g, status);
	print_summary(g);
	if (!g->baseline && g->count[ROW_NEW])
		printf("? no --baseline: exact metrics are held against nothing\n");
	err = print_rows(g);
	if (!err && fflush(stdout)) {
		fprintf(stderr, "septbench gate: stdout: %s\n", strerror(errno));
		return 3;
	}
	return err;
}
