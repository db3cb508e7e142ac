// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `gate`: may tonight's results pass?
 *
 * Exact metrics must equal the committed baseline; any change, better or worse, stops the night
 * until a commit accepts it. A metric that harmless rebuilds move, and any other of clock count,
 * may be agreed on within a distance (--within): it then gates too, from the first night on. Other metrics: the ratio to the base of the same run is held against
 * its own past (gate_judge.h), and an alert must show again in an immediate second run; besides,
 * change points (trend_find.h) of the last nights are told. Metrics that are not gated, and ratios
 * with too short a past, are told as advice and stop nothing.
 *
 * Change points are not corrected for many metrics: their p is no probability. One series gives a
 * false one in about 0.2 % of the nights (test_gate.c), so a gate of hundreds of noisy metrics has
 * one now and then, to be accepted or waited out.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "gate_baseline.h"
#include "gate_judge.h"
#include "number.h"
#include "store.h"
#include "table.h"
#include "trend_find.h"
#include "verdict.h"

/* How one point of tonight came out. */
enum row_kind {
	ROW_SAME,
	ROW_CHANGED,		/* exact, not the baseline's value */
	ROW_NEW,		/* exact, not in the baseline */
	ROW_UNSTEADY,		/* exact, and does not repeat */
	ROW_OK,
	ROW_FEW,		/* too few boots */
	ROW_OPEN,		/* not an alert, and none ruled out, in neither run */
	ROW_ALERT,		/* confirmed, or advisory and in need of no confirmation */
	ROW_UNCONFIRMED,	/* the second run does not show it */
	ROW_TO_CONFIRM,		/* there is no second run, or it lacks the metric */
	ROW_NR,
};

struct gate_row {
	const struct point *p;
	enum row_kind kind;
	bool advisory;
	struct baseline_entry agreed;	/* CHANGED */
	struct gate_level level;
	struct gate_judgement j;
	double again;			/* the second run's ratio */
	struct trend_change change;	/* the latest one of the last nights; at = 0: none */
	bool change_worse;
};

struct gate {
	const char *paths[2];		/* tonight, and the second run */
	size_t nr_paths;
	const char *store_dir, *base, *baseline_path;
	const char *accept, *reason, *commit, *within_text;
	double within;			/* of --accept; 0: as it was */

	struct record_file *files[2];
	bool unsound;
	char *night;
	struct points points[2];
	struct baseline *baseline;	/* NULL: none given */
	struct history h;
	size_t past;			/* nights before tonight: [0, past) of the history */
	struct gate_row *rows;		/* one per point of tonight */
	size_t count[ROW_NR];		/* of rows that are not advisory */
	size_t nr_changes;		/* change points that fail the night */
	size_t nr_missing;		/* keys of the baseline that tonight lacks */
	bool aa_failed;			/* a variant differs from itself: trust nothing */
};

static void print_usage(FILE *out)
{
	fputs("usage: septbench gate FILE [SECOND] --store DIR [--baseline FILE.json] "
	      "[--base VARIANT]\n"
	      "       septbench gate FILE --baseline FILE.json --accept KEY --reason TEXT "
	      "[--commit TEXT]\n"
	      "                      [--within PERCENT]\n"
	      "Judges tonight's FILE against the nights in DIR and the values in FILE.json; SECOND "
	      "is the\n"
	      "immediate re-run that confirms an alert. --accept writes tonight's values of KEY "
	      "(* and ? as\n"
	      "in file names) to FILE.json, to be committed; --within lets them be off by so much, "
	      "and takes\n"
	      "metrics of clock count that do not gate by themselves. Exit status: 0 passes, 1 regressed or "
	      "changed,\n"
	      "2 usage, 3 cannot be decided.\n",
	      out);
}

static int usage_error(const char *what, const char *value)
{
	fprintf(stderr, "septbench gate: %s%s; see septbench gate --help\n", what, value);
	return 2;
}

static const char **option_place(struct gate *g, int opt)
{
	switch (opt) {
	case 's':
		return &g->store_dir;
	case 'b':
		return &g->base;
	case 'B':
		return &g->baseline_path;
	case 'a':
		return &g->accept;
	case 'r':
		return &g->reason;
	case 'w':
		return &g->within_text;
	default:
		return &g->commit;
	}
}

/* "5" and "5%" are 0.05. */
static int parse_within(struct gate *g)
{
	char *end;

	if (!g->within_text)
		return 0;
	g->within = strtod(g->within_text, &end) / 100;
	if (*end == '%')
		end++;
	if (!g->accept || end == g->within_text || *end || !(g->within > 0 && g->within < 1))
		return usage_error("--within wants --accept and a percentage between 0 and 100, not ",
				   g->within_text);
	return 0;
}

static int check_args(struct gate *g)
{
	if (!g->nr_paths)
		return usage_error("give tonight's result file", "");
	if (parse_within(g))
		return 2;
	if (g->accept) {
		if (!g->baseline_path)
			return usage_error("--accept wants --baseline", "");
		if (!g->reason || !*g->reason)
			return usage_error("--accept wants --reason", "");
		return 0;
	}
	return g->store_dir ? 0 : usage_error("give --store", "");
}

/* 0, -1 if help was printed, 2 after a message. */
static int parse_args(struct gate *g, int argc, char **argv)
{
	static const struct option options[] = {
		{ "store", required_argument, NULL, 's' },
		{ "base", required_argument, NULL, 'b' },
		{ "baseline", required_argument, NULL, 'B' },
		{ "accept", required_argument, NULL, 'a' },
		{ "reason", required_argument, NULL, 'r' },
		{ "within", required_argument, NULL, 'w' },
		{ "commit", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (opt == 'h') {
			print_usage(stdout);
			return -1;
		}
		if (opt == ':')
			return usage_error("no value for ", argv[optind - 1]);
		if (opt == '?')
			return usage_error("unknown option ", argv[optind - 1]);
		*option_place(g, opt) = optarg;
	}
	for (; optind < argc; optind++) {
		if (g->nr_paths == 2)
			return usage_error("one or two files, not also ", argv[optind]);
		g->paths[g->nr_paths++] = argv[optind];
	}
	return check_args(g);
}

static int read_files(struct gate *g)
{
	size_t i;
	int err;

	for (i = 0; i < g->nr_paths; i++) {
		int status = record_read(g->paths[i], &g->files[i], stderr);

		if (!g->files[i])
			return status;
		g->unsound |= status != 0;
		err = points_build(g->files[i], g->base, &g->points[i]);
		if (err)
			return err;
	}
	g->night = store_night_name(g->paths[0]);
	return g->night ? 0 : -ENOMEM;
}

static int read_baseline(struct gate *g)
{
	if (!g->baseline_path)
		return 0;
	return baseline_read(g->baseline_path, g->accept != NULL, &g->baseline, stderr);
}

/* Nights before tonight: if tonight lies in the store, those before it there, else all. */
static int read_history(struct gate *g)
{
	struct store *s;
	uint64_t hash;
	int err = store_open(g->store_dir, g->base, false, &s, stderr);

	if (err)
		return err;
	err = store_load(s, &g->h);
	store_close(s);
	if (!err)
		err = store_hash(g->paths[0], &hash);
	while (!err && g->past < g->h.nr_nights && g->h.nights[g->past].hash != hash)
		g->past++;
	return err == -ENOMEM ? err : err ? 3 : 0;
}

static int compare_points(const void *a, const void *b)
{
	return series_compare(&((const struct point *)a)->series,
			      &((const struct point *)b)->series);
}

static const struct point *find_again(const struct gate *g, const struct point *p)
{
	const struct points *second = &g->points[1];

	return second->nr ? bsearch(p, second->p, second->nr, sizeof(*p), compare_points) : NULL;
}

static bool is_off(const struct baseline_entry *agreed, double v, double from)
{
	return !(fabs(v - from) <= agreed->within * fabs(agreed->value));
}

static void judge_exact(struct gate *g, struct gate_row *row)
{
	const struct point *again = find_again(g, row->p);
	bool agreed = g->baseline &&
		      baseline_exact(g->baseline, row->p->series.key, &row->agreed);

	row->advisory = !row->p->series.gated && !agreed;
	if (isnan(row->p->v) || (again && is_off(&row->agreed, again->v, row->p->v)))
		row->kind = ROW_UNSTEADY;
	else if (!agreed)
		row->kind = row->advisory ? ROW_SAME : ROW_NEW;
	else
		row->kind = is_off(&row->agreed, row->p->v, row->agreed.value) ? ROW_CHANGED :
										 ROW_SAME;
}

/*
 * The accepted changes of a series as places among the nights before tonight. Those of later nights
 * are none of tonight's business. Caller frees.
 */
static struct gate_ack *find_acks(const struct gate *g, const char *key, size_t *nr)
{
	size_t n = g->baseline ? baseline_nr_accepted(g->baseline, key) : 0, i;
	struct gate_ack *acks = calloc(n + 1, sizeof(*acks));

	*nr = 0;
	for (i = 0; acks && i < n; i++) {
		struct baseline_entry e;
		size_t at = 0;

		baseline_accepted(g->baseline, key, i, &e);
		if (store_night_compare(e.night, g->night) > 0)
			continue;
		while (at < g->past && store_night_compare(g->h.nights[at].name, e.night) < 0)
			at++;
		if (!strcmp(e.night, g->night))
			at = g->past;
		acks[(*nr)++] = (struct gate_ack){ .at = at, .value = e.value };
	}
	return acks;
}

static bool is_worse(const struct trend_change *c, enum record_better better)
{
	return better == RECORD_LOWER ? c->after > c->before :
					better == RECORD_HIGHER && c->after < c->before;
}

/* The latest change point that is news, with the series ending tonight. */
static int find_change(const struct gate *g, struct gate_row *row, const double *past,
		       const struct gate_ack *acks, size_t nr_acks)
{
	double *z = calloc(g->past + 1, sizeof(*z));
	size_t *night = calloc(g->past + 1, sizeof(*night)), n = 0, nr, i;
	struct trend_change *changes = NULL;
	int err = z && night ? 0 : -ENOMEM;

	for (i = 0; !err && i < g->past; i++)
		if (!isnan(past[i])) {
			night[n] = i;
			z[n++] = past[i];
		}
	if (!err && !isnan(row->p->v)) {
		night[n] = g->past;
		z[n++] = row->p->v;
	}
	if (!err)
		err = trend_find(z, n, VERDICT_THRESHOLD, &changes, &nr);
	for (i = 0; !err && i < nr; i++)
		if (changes[i].at + GATE_RECENT >= n &&
		    !gate_is_accepted(night[changes[i].at], acks, nr_acks)) {
			row->change = changes[i];
			row->change.at = night[changes[i].at];
			row->change_worse = is_worse(&changes[i], row->p->series.better);
		}
	free(changes);
	free(z);
	free(night);
	return err;
}

/* What night @i is called, tonight included. */
static const char *night_name(const struct gate *g, size_t i)
{
	return i < g->past ? g->h.nights[i].name : g->night;
}

static int judge_point(const struct points *points, const struct point *p,
		       const struct gate_level *level, struct gate_judgement *out)
{
	struct summary base;
	int err = points_base(points, p, &base);

	if (!err)
		err = gate_judge(level, p->series.better, &base, &p->s, dataset_alpha(points->ds), out);
	summary_clear(&base);
	return err;
}

static int judge_ratio(struct gate *g, struct gate_row *row)
{
	const struct series *s = &row->p->series;
	const double *past = history_find(&g->h, s);
	size_t n = past ? g->past : 0, nr_acks;
	struct gate_ack *acks = find_acks(g, s->key, &nr_acks);
	int err = acks ? 0 : -ENOMEM;

	if (!err)
		err = gate_level(past, n, acks, nr_acks, s->better, &row->level);
	if (!err)
		err = judge_point(&g->points[0], row->p, &row->level, &row->j);
	if (!err && past)
		err = find_change(g, row, past, acks, nr_acks);
	row->advisory = row->j.advisory || !s->gated;
	free(acks);
	return err;
}

/*
 * An alert must show in the second run as well, where it stands alone: it was chosen already. What is
 * open, the second run may close.
 */
static int confirm(struct gate *g, struct gate_row *row)
{
	const struct point *again = find_again(g, row->p);
	struct gate_judgement j;
	int err;

	row->kind = row->j.outcome == GATE_ALERT ? ROW_TO_CONFIRM : ROW_OPEN;
	row->again = NAN;
	if (!again)
		return 0;
	err = judge_point(&g->points[1], again, &row->level, &j);
	row->again = j.ratio;
	if (err || j.outcome == GATE_FEW)
		return err;
	if (row->kind == ROW_TO_CONFIRM)
		row->kind = j.outcome == GATE_ALERT ? ROW_ALERT :
			    j.outcome == GATE_OPEN  ? ROW_OPEN : ROW_UNCONFIRMED;
	else if (j.outcome == GATE_OK)
		row->kind = ROW_OK;
	return err;
}

/* One family of those that can fail the night, another of those that only advise. */
static int correct_for_many(struct gate *g, bool advisory)
{
	struct gate_judgement **family = calloc(g->points[0].nr + 1, sizeof(*family));
	size_t i, nr = 0;
	int err;

	if (!family)
		return -ENOMEM;
	for (i = 0; i < g->points[0].nr; i++)
		if (g->rows[i].p->series.ratio && g->rows[i].advisory == advisory)
			family[nr++] = &g->rows[i].j;
	err = gate_holm(family, nr, dataset_alpha(g->points[0].ds));
	free(family);
	return err;
}

static int settle(struct gate *g, struct gate_row *row)
{
	int err = 0;

	if (row->p->series.ratio) {
		row->kind = row->j.outcome == GATE_FEW ? ROW_FEW : ROW_OK;
		if (row->j.outcome == GATE_ALERT || row->j.outcome == GATE_OPEN)
			err = confirm(g, row);
		if (row->change.at && row->change_worse && !row->advisory)
			g->nr_changes++;
	}
	if (!row->advisory)
		g->count[row->kind]++;
	return err;
}

/* Does tonight measure the world @key belongs to: substrate, clock, profile and flavour? */
static bool same_world(const struct gate *g, const char *key)
{
	const struct record_run *run = &g->files[0]->run;
	char *prefix;
	bool same;

	if (asprintf(&prefix, "%s/%s/%s/%s/", run->substrate, run->clock, run->profile,
		     run->flavour) < 0)
		return false;
	same = !strncmp(key, prefix, strlen(prefix));
	free(prefix);
	return same;
}

static bool is_measured(const struct gate *g, const char *key)
{
	size_t low = 0, high = g->points[0].nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int by = strcmp(key, g->points[0].p[mid].series.key);

		if (!by)
			return true;
		if (by < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

static bool is_missing(const struct gate *g, const char *key)
{
	return same_world(g, key) && !is_measured(g, key);
}

static void count_missing(void *arg, const char *key)
{
	struct gate *g = arg;

	g->nr_missing += is_missing(g, key);
}

/* Judges every A/A arm of @points against the arm it repeats. */
static int check_aa(struct gate *g, const struct points *points, const char *path)
{
	const struct dataset *ds = points->ds;
	size_t i, base;
	int err = 0;

	for (i = 0; i < ds->nr_arms && !err; i++) {
		struct aa aa;

		for (base = 0; base < ds->nr_arms; base++)
			if (dataset_is_aa_of(ds, i, base))
				break;
		if (base == ds->nr_arms)
			continue;
		err = aa_build(&aa, ds, base, i);
		if (err)
			break;
		if (aa.failed)
			fprintf(stderr, "%s: %s differs from itself in %zu metrics, as %s; the run "
				"proves nothing, repeat it\n", path, ds->arms[base].variant,
				aa.failed, ds->metrics[aa.table.rows[aa.first_failed].metric].name);
		g->aa_failed |= aa.failed != 0;
		table_clear(&aa.table);
	}
	return err;
}

static int judge_all(struct gate *g)
{
	size_t i;
	int err = 0;

	g->rows = calloc(g->points[0].nr + 1, sizeof(*g->rows));
	if (!g->rows)
		return -ENOMEM;
	for (i = 0; i < g->points[0].nr && !err; i++) {
		g->rows[i].p = &g->points[0].p[i];
		if (g->rows[i].p->series.ratio)
			err = judge_ratio(g, &g->rows[i]);
		else
			judge_exact(g, &g->rows[i]);
	}
	if (!err)
		err = correct_for_many(g, false);
	if (!err)
		err = correct_for_many(g, true);
	for (i = 0; i < g->points[0].nr && !err; i++)
		err = settle(g, &g->rows[i]);
	if (!err && g->baseline)
		baseline_each_exact(g->baseline, count_missing, g);
	return err;
}

static void print_missing(void *arg, const char *key)
{
	const struct gate *g = arg;

	if (is_missing(g, key))
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
		printf("? %s\n    too few boots to judge among so many metrics\n", row->p->series.key);
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

static int print_all(struct gate *g)
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
				    .commit = commit }, old;
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
 * A pattern takes exact metrics that are gated, and what is agreed on already; ratios are to be named in full, as to accept a
 * change where there is none blinds the gate to the next one.
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

static int accept_all(struct gate *g)
{
	size_t i, nr = 0;
	int err = 0;

	if (g->unsound) {
		fprintf(stderr, "septbench gate: %s is not sound; nothing of it is accepted\n",
			g->paths[0]);
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
	if (!nr)
		return usage_error("no gated exact metric, and no ratio, has the key ", g->accept);
	return baseline_write(g->baseline, g->baseline_path, stderr);
}

static int run(struct gate *g)
{
	int err = read_files(g);
	size_t i;

	if (!err)
		err = read_baseline(g);
	if (!err && g->accept) {
		err = accept_all(g);
	} else if (!err) {
		err = read_history(g);
		if (!err)
			err = judge_all(g);
		for (i = 0; i < g->nr_paths && !err; i++)
			err = check_aa(g, &g->points[i], g->paths[i]);
		if (!err)
			err = print_all(g);
	}
	if (err < 0) {
		if (err == -ENOMEM)
			fputs("septbench gate: no memory\n", stderr);
		err = 3;
	}
	return err;
}

static void release(struct gate *g)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		points_clear(&g->points[i]);
		record_file_free(g->files[i]);
	}
	baseline_free(g->baseline);
	history_clear(&g->h);
	free(g->night);
	free(g->rows);
}

int cmd_gate(int argc, char **argv)
{
	struct gate g = { .base = STORE_BASE };
	int status = parse_args(&g, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	status = run(&g);
	release(&g);
	return status;
}
