// SPDX-License-Identifier: GPL-2.0-or-later
/* What the night came to, for people and as an exit status. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gate_internal.h"
#include "number.h"

/* What night @i is called, tonight included. */
static const char *night_name(const struct gate *g, size_t i)
{
	return i < g->past ? g->h.nights[i].name : g->night;
}

static void print_missing(void *arg, const char *key)
{
	const struct gate *g = arg;

	if (gate_is_missing(g, key))
		printf("? %s\n    in the baseline, not measured tonight\n", key);
}

static void print_exact(const struct gate *g, const struct gate_row *row)
{
	const struct series *s = &row->p->series;
	char from[NUMBER_LEN], to[NUMBER_LEN], change[NUMBER_LEN], within[NUMBER_LEN];
	double v = row->p->v, old = row->agreed.value;

	if (row->kind == ROW_CHANGED)
		printf("! %s\n    %s -> %s %s (%s%s%s), %s than agreed on: %s\n", s->key,
		       number_value(from, old, 14), number_value(to, v, 14), s->unit,
		       number_percent(change, old == 0 ? NAN : (v - old) / fabs(old)),
		       row->agreed.within > 0 ? ", may be off by " : "",
		       row->agreed.within > 0 ? number_percent(within, row->agreed.within) + 1 : "",
		       s->better == RECORD_NONE		     ? "other" :
		       (v > old) == (s->better == RECORD_HIGHER) ? "better" :
								   "worse",
		       row->agreed.reason);
	else if (row->kind == ROW_NEW && g->baseline)
		printf("? %s\n    %s %s, not in the baseline\n", s->key, number_value(to, v, 14),
		       s->unit);
	else if (row->kind == ROW_UNSTEADY && !row->advisory)
		printf("? %s\n    exact, but does not repeat: %s .. %s %s\n", s->key,
		       number_value(from, row->p->s.min, 14), number_value(to, row->p->s.max, 14),
		       s->unit);
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

static void print_ratio(const struct gate *g, const struct gate_row *row)
{
	char floor[NUMBER_LEN], p[NUMBER_LEN];

	if (row->kind == ROW_FEW && !row->advisory)
		printf("? %s\n    too few boots to judge among so many metrics\n",
		       row->p->series.key);
	if (row->kind < ROW_OPEN || (row->kind == ROW_OPEN && row->advisory))
		return;
	printf("%c %s\n    ratio %.4f [%.4f, %.4f] to %s; level %.4f of %zu nights, noise %s, p "
	       "%s\n",
	       row->advisory		       ? 'a' :
	       row->kind == ROW_ALERT	       ? '!' :
	       row->kind != ROW_UNCONFIRMED    ? '?' :
						 '~',
	       row->p->series.key, row->j.ratio, row->j.low, row->j.high, g->base,
	       isnan(row->level.level) ? 1 : row->level.level, row->level.nights,
	       number_percent(floor, row->j.theta) + 1, number_p(p, row->j.p));
	if (isnan(row->again))
		printf("    %s\n", alert_text(row));
	else
		printf("    second run %.4f: %s\n", row->again, alert_text(row));
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
	       night_name(g, row->change.at), number_p(p, row->change.p),
	       row->change_worse && !row->advisory ? ": regressed, not accepted" : "");
}

static int final_status(const struct gate *g)
{
	if (g->aa_failed)
		return 3;
	if (g->count[ROW_CHANGED] || g->count[ROW_ALERT] || g->nr_changes)
		return 1;
	if (g->unsound || g->count[ROW_NEW] || g->count[ROW_UNSTEADY] || g->count[ROW_FEW] ||
	    g->count[ROW_OPEN] || g->count[ROW_TO_CONFIRM] || g->nr_missing || !g->points[0].nr)
		return 3;
	return 0;
}

static void print_summary(const struct gate *g, int status)
{
	const size_t *n = g->count;

	printf("night %s: %s\n", g->night,
	       status == 0 ? "passes" : status == 1 ? "REGRESSED OR CHANGED" : "NOT DECIDED");
	printf("  exact, gated: %zu as agreed on, %zu changed, %zu new, %zu missing, %zu "
	       "unsteady\n",
	       n[ROW_SAME], n[ROW_CHANGED], n[ROW_NEW], g->nr_missing, n[ROW_UNSTEADY]);
	printf("  ratios to %s, gated: %zu fine, %zu regressed, %zu to confirm, %zu not\n"
	       "    confirmed, %zu open, %zu with too few boots\n",
	       g->base, n[ROW_OK], n[ROW_ALERT], n[ROW_TO_CONFIRM], n[ROW_UNCONFIRMED],
	       n[ROW_OPEN], n[ROW_FEW]);
	printf("  change points of the last %d nights, gated and not accepted: %zu\n", GATE_RECENT,
	       g->nr_changes);
	printf("  nights before: %zu; ! fails, ? undecided, a advice, ~ not confirmed,\n"
	       "    * better\n",
	       g->past);
}

int gate_print_all(struct gate *g)
{
	int status = final_status(g);
	size_t i;

	print_summary(g, status);
	if (!g->baseline && g->count[ROW_NEW])
		printf("? no --baseline: exact metrics are held against nothing\n");
	for (i = 0; i < g->points[0].nr; i++)
		print_exact(g, &g->rows[i]);
	if (g->baseline)
		baseline_each_exact(g->baseline, print_missing, g);
	for (i = 0; i < g->points[0].nr; i++)
		if (g->rows[i].p->series.ratio) {
			print_ratio(g, &g->rows[i]);
			print_change(g, &g->rows[i]);
		}
	if (fflush(stdout)) {
		fprintf(stderr, "septbench gate: stdout: %s\n", strerror(errno));
		return 3;
	}
	return status;
}
