// SPDX-License-Identifier: GPL-2.0-or-later
/* What `septbench bisect` prints when it is done: "key  value" lines. */
#include <analysis/stats/stats.h>
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fatal.h"
#include "hunt.h"

static void key(const char *name)
{
	printf("%-11s ", name);
}

static void print_point(const struct hunt *h, const char *name, size_t i)
{
	key(name);
	printf("%s  %s\n", h->line.points[i].id, h->line.points[i].subject);
}

/* The name of the point, or of the range that is as near as the search came. */
static void print_place(const struct hunt *h)
{
	const struct search *s = &h->search;
	size_t between = s->first_bad - s->last_good - 1;

	if (!between) {
		print_point(h, "found", s->first_bad);
		print_point(h, "before it", s->last_good);
		return;
	}
	key("range");
	printf("one of %zu %s: after %.12s, up to %.12s\n", between + 1, line_plural(&h->line),
	       h->line.points[s->last_good].id, h->line.points[s->first_bad].id);
	print_point(h, "last good", s->last_good);
	print_point(h, "first bad", s->first_bad);
	key("");
	printf("of the %zu between, %zu cannot be measured and %zu were not tried\n", between,
	       search_between(s, SIDE_SKIP), search_between(s, SIDE_UNKNOWN));
}

static void print_effect(const struct hunt *h)
{
	double x = stats_median(h->parent.values, h->parent.nr),
	       y = stats_median(h->culprit.values, h->culprit.nr);
	bool worse = h->m.better == RECORD_HIGHER ? y < x : y > x;

	key("effect");
	printf("%.10g -> %.10g", x, y);
	if (*h->m.unit)
		printf(" %s", h->m.unit);
	printf(", %+.10g", y - x);
	if (x)
		printf(" (%+.2f%%)", 100 * (y - x) / fabs(x));
	if (h->m.better != RECORD_NONE)
		printf(", %s", worse ? "worse" : "better");
	printf("; %.0f%% of the difference between the ends\n",
	       100 * (y - x) / (h->judge.bad - h->judge.good));
}

static void print_confidence(const struct hunt *h)
{
	const struct measured *x = &h->parent, *y = &h->culprit;
	struct stats_shift shift;

	key("confidence");
	if (!h->confirmed) {
		printf("NOT CONFIRMED: measured once more, the two sides did not show the change again\n");
	} else if (h->exact && h->line.nr == 2) {
		printf("exact: %d boots of each side gave one value each\n", JUDGE_EXACT_BOOTS);
	} else if (h->exact) {
		printf("exact: measured once more, %zu boots of each side gave the same values again\n",
		       x->nr);
	} else if (stats_shift(x->values, x->nr, y->values, y->nr, 0.95, &shift)) {
		printf("no memory\n");
	} else {
		double unit = shift.relative ? 100 : 1;

		printf("%.1f%% that no step erred; once more, %zu and %zu boots: p=%.3g, 95%% interval %+.3g to %+.3g%s\n",
		       100 * h->certainty, x->nr, y->nr,
		       stats_mann_whitney(x->values, x->nr, y->values, y->nr), unit * shift.low,
		       unit * shift.high, shift.relative ? "%" : "");
	}
	if (h->odd) {
		key("");
		printf("%u %s had one boot in three out of line\n", h->odd, line_plural(&h->line));
	}
}

/*
 * Other places where what was measured changes. Of a noisy metric nobody can say without more
 * boots.
 */
static void print_others(const struct hunt *h)
{
	size_t last = 0;

	for (size_t i = 1; h->exact && i < h->line.nr; i++) {
		if (isnan(h->seen[i].value))
			continue;
		if (h->seen[i].value != h->seen[last].value && i != h->search.first_bad) {
			key("also");
			printf("another change after %.12s, up to %.12s: %.10g -> %.10g\n",
			       h->line.points[last].id, h->line.points[i].id, h->seen[last].value,
			       h->seen[i].value);
		}
		last = i;
	}
}

/* Neighbours in the order of the line that were tried and could not be measured, in one line. */
static void print_skipped(const struct hunt *h)
{
	for (size_t i = 0; i < h->line.nr; i++) {
		size_t first = i, last = i, n = 1;

		if (!h->seen[i].why)
			continue;
		for (size_t k = i + 1; k < h->line.nr && isnan(h->seen[k].value); k++)
			if (h->seen[k].why) {
				last = k;
				n++;
			}
		key("skipped");
		if (first == last)
			printf("%.12s: %s\n", h->line.points[first].id, h->seen[first].why);
		else
			printf("%.12s to %.12s (%zu tried): %s\n", h->line.points[first].id,
			       h->line.points[last].id, n, h->seen[first].why);
		i = last;
	}
}

static void print_spent(const struct hunt *h, double seconds)
{
	const struct spent *s = &h->m.spent;

	key("spent");
	printf("%.0f s: %u measurements, %u more from the cache", seconds, s->points, s->reused);
	if (!h->m.command)
		printf("; %u module builds, %u kernel builds, %u boots", s->builds, s->kernels,
		       s->boots);
	printf("\n");
	key("");
	printf("unpacking %.1f s, kernel %.1f s, modules %.1f s, %s %.1f s\n", s->tree, s->kernel,
	       s->modules, h->m.command ? "measuring" : "boots", s->boot);
}

void report_hunt(const struct hunt *h, const char *replay, double seconds)
{
	print_place(h);
	key("metric");
	printf("%s%s%s, clock %s%s\n", h->m.metric ? h->m.o->cases[0]->name : "--measure",
	       h->m.metric ? " " : "", h->m.metric ? h->m.metric : "",
	       bench_clock_name(h->m.o->clock),
	       h->m.command				? ""
	       : h->m.o->cases[0]->substrate == CASE_TD ? ", substrate soft"
							: ", substrate none");
	print_effect(h);
	print_confidence(h);
	print_others(h);
	print_skipped(h);
	print_spent(h, seconds);
	key("replay");
	printf("%s\n", replay);
}

static struct json_object *point_json(const struct hunt *h, size_t i)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "id", json_object_new_string(h->line.points[i].id));
	json_object_object_add(o, "subject", json_object_new_string(h->line.points[i].subject));
	if (h->seen[i].why)
		json_object_object_add(o, "why", json_object_new_string(h->seen[i].why));
	return o;
}

static struct json_object *skipped_json(const struct hunt *h)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < h->line.nr; i++)
		if (h->seen[i].why)
			json_object_array_add(all, point_json(h, i));
	return all;
}

int report_json(const struct hunt *h, const char *path)
{
	struct json_object *o = json_object_new_object();
	const struct search *s = &h->search;
	bool found = s->first_bad == s->last_good + 1;
	int r;

	json_object_object_add(o, "found", json_object_new_boolean(found));
	json_object_object_add(o, "confirmed", json_object_new_boolean(h->confirmed));
	json_object_object_add(o, "last_good", point_json(h, s->last_good));
	json_object_object_add(o, "first_bad", point_json(h, s->first_bad));
	json_object_object_add(o, "from", json_object_new_double(stats_median(h->parent.values,
									      h->parent.nr)));
	json_object_object_add(o, "to", json_object_new_double(stats_median(h->culprit.values,
									    h->culprit.nr)));
	json_object_object_add(o, "unit", json_object_new_string(h->m.unit));
	json_object_object_add(o, "skipped", skipped_json(h));
	r = json_object_to_file_ext(path, o, JSON_C_TO_STRING_PRETTY);
	json_object_put(o);
	return r ? complain(BENCH_CANNOT, "%s: %s", path, strerror(errno)) : 0;
}
