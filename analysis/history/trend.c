// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `trend`: where in the history did a level change?
 */
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <util/number.h>
#include <util/options.h>

#include "analysis/analysis.h"
#include "analysis/compare/compare.h"
#include "baseline.h"
#include "judge.h"
#include "trend.h"

#define NIGHTS	400	/* looked at unless told otherwise: a year, and what it is held against */

struct trend {
	const char *store_dir, *base;
	const char *key;	/* pattern of series; NULL: all */
	const char *dir;	/* where pictures go; NULL: none */
	const char *baseline_path;
	struct baseline *baseline;	/* whose accepted changes are marked; NULL: none given */
	bool reindex;
	size_t most;		/* nights to look at */
	struct history h;
	double *z;		/* one series without its gaps */
	size_t *night;		/* of each value in z */
	size_t nr_changes, nr_changed;
};

static int set_nights(void *to, const char *text)
{
	struct trend *t = to;

	t->most = SIZE_MAX;
	if (!strcmp(text, "all") || (number_parse(text, &t->most) && t->most))
		return 0;
	return options_refuse("trend", "--nights wants a number or all, not %s", text);
}

static const struct option table[] = {
	{ "store", "DIR", "the history: result files, ordered by the dates in their names",
	  OPTION_STRING(struct trend, store_dir) },
	{ "base", "VARIANT", "of the same run, for ratios (default: " STORE_BASE ")",
	  OPTION_STRING(struct trend, base) },
	{ "key", "PATTERN", "series that match, as file names do", OPTION_STRING(struct trend, key) },
	{ "output", "DIR", "draw each that changed, with gnuplot", OPTION_STRING(struct trend, dir),
	  .letter = 'o' },
	{ "baseline", "FILE", "mark the changes accepted in it",
	  OPTION_STRING(struct trend, baseline_path) },
	{ "nights", "N|all", "the last N (default: 400), or all", OPTION_CALL(set_nights) },
	{ "reindex", NULL, "make " STORE_INDEX " in the store anew", OPTION_FLAG(struct trend, reindex) },
	{ 0 }
};

static const struct options options = {
	.verb = "trend",
	.usage = "--store DIR [option]...",
	.text = "Lists the change points in a history: of exact metrics themselves, of all others as\n"
		"ratios to VARIANT of the same run. Exit status: 0, 2 usage, 3 the store cannot be\n"
		"used, 4 no gnuplot.",
	.table = table,
};

static int parse_args(struct trend *t, int argc, char **argv)
{
	int status = options_parse(&options, t, argc, argv);

	return status || t->store_dir ? status : options_refuse("trend", "give --store");
}

/* The night of the history that @name is, or would come before; false: it is before all of them. */
static bool night_place(const struct history *h, const char *name, size_t *out)
{
	size_t at = 0;

	if (h->earlier && store_night_compare(name, h->nights[0].name) < 0)
		return false;
	while (at < h->nr_nights && store_night_compare(h->nights[at].name, name) < 0)
		at++;
	*out = at;
	return true;
}

/* Is the change at @night one that the baseline says is known? */
static bool is_accepted(const struct trend *t, const struct series *s, size_t night)
{
	size_t nr = t->baseline ? baseline_nr_accepted(t->baseline, s->key) : 0, i;
	struct baseline_entry e;
	struct gate_ack ack = { 0 };

	for (i = 0; i < nr; i++) {
		baseline_accepted(t->baseline, s->key, i, &e);
		if (night_place(&t->h, e.night, &ack.at) && gate_is_accepted(night, &ack, 1))
			return true;
	}
	/* Of an exact metric the baseline knows the last change alone. */
	if (!t->baseline || !baseline_exact(t->baseline, s->key, &e))
		return false;
	return night_place(&t->h, e.night, &ack.at) && gate_is_accepted(night, &ack, 1);
}

static void print_change(const struct trend *t, const struct series *s,
			 const struct trend_change *c, bool accepted)
{
	char from[NUMBER_LEN], to[NUMBER_LEN], change[NUMBER_LEN], p[NUMBER_LEN];
	bool up = c->after > c->before;

	printf("  %-20s %9s -> %-9s %8s  p %-7s %s%s\n", t->h.nights[t->night[c->at]].name,
	       number_value(from, c->before, 9), number_value(to, c->after, 9),
	       number_percent(change, c->before == 0 ? NAN : c->after / c->before - 1),
	       number_p(p, c->p),
	       s->better == RECORD_NONE		  ? "" :
	       up == (s->better == RECORD_HIGHER) ? "better" :
						    "worse",
	       accepted ? " (accepted)" : "");
}

static int print_series(struct trend *t, size_t series)
{
	const struct series *s = &t->h.series[series];
	const double *v = t->h.v + series * t->h.nr_nights;
	struct trend_change *changes;
	bool *accepted;
	size_t n = 0, nr, i;
	int err;

	for (i = 0; i < t->h.nr_nights; i++)
		if (!isnan(v[i])) {
			t->night[n] = i;
			t->z[n++] = v[i];
		}
	/* Of an exact metric that is gated, any change matters. */
	err = trend_find(t->z, n, s->gated && !s->ratio ? 0 : VERDICT_THRESHOLD, &changes, &nr);
	if (err || !nr)
		return err;
	printf("%s [%s%s%s]\n", s->key, s->ratio ? "ratio to " : "", s->ratio ? t->base : s->unit,
	       s->gated ? ", gated" : "");
	accepted = calloc(nr, sizeof(*accepted));
	if (!accepted) {
		free(changes);
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++) {
		accepted[i] = is_accepted(t, s, t->night[changes[i].at]);
		print_change(t, s, &changes[i], accepted[i]);
		changes[i].at = t->night[changes[i].at];
	}
	t->nr_changes += nr;
	t->nr_changed++;
	if (t->dir)
		err = trend_plot(t->dir, &t->h, series, t->base, changes, accepted, nr);
	free(accepted);
	free(changes);
	return err;
}

static int print_all(struct trend *t)
{
	const struct history *h = &t->h;
	size_t i;
	int err = 0;

	t->z = calloc(h->nr_nights + 1, sizeof(*t->z));
	t->night = calloc(h->nr_nights + 1, sizeof(*t->night));
	if (!t->z || !t->night)
		return -ENOMEM;
	if (h->nr_nights)
		printf("%zu nights, %s to %s; %zu series\n", h->nr_nights, h->nights[0].name,
		       h->nights[h->nr_nights - 1].name, h->nr_series);
	if (h->earlier)
		printf("%zu nights before them are not looked at: --nights all\n", h->earlier);
	if (!h->nr_nights)
		printf("no nights\n");
	for (i = 0; i < h->nr_series && !err; i++)
		if (!t->key || !fnmatch(t->key, h->series[i].key, 0))
			err = print_series(t, i);
	if (err)
		return err;
	printf("%zu change points in %zu series; window %d, p %g, at least %d nights and\n"
	       "(but for gated exact metrics) %g %%\n",
	       t->nr_changes, t->nr_changed, TREND_WINDOW, TREND_MAX_P, TREND_MIN_SEGMENT,
	       100 * VERDICT_THRESHOLD);
	if (fflush(stdout)) {
		fprintf(stderr, "septbench trend: stdout: %s\n", strerror(errno));
		return 3;
	}
	return 0;
}

static int run(struct trend *t)
{
	struct store *s;
	int err;

	if (t->dir && mkdir(t->dir, 0777) && errno != EEXIST)
		return options_refuse("trend", "cannot make folder %s", t->dir);
	if (t->baseline_path) {
		err = baseline_read(t->baseline_path, false, &t->baseline, stderr);
		if (err)
			return err;
	}
	err = store_open(t->store_dir, t->base, t->reindex, &s, stderr);

	if (err)
		return err;
	err = store_load(s, NULL, t->most, &t->h);
	store_close(s);
	if (!err)
		err = print_all(t);
	if (err == -ENOMEM)
		fputs("septbench trend: no memory\n", stderr);
	return err < 0 ? 3 : err;
}

int cmd_trend(int argc, char **argv)
{
	struct trend t = { .base = STORE_BASE, .most = NIGHTS };
	int status = parse_args(&t, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	status = run(&t);
	free(t.z);
	free(t.night);
	history_clear(&t.h);
	baseline_free(t.baseline);
	return status;
}
