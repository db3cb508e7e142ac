// SPDX-License-Identifier: GPL-2.0-or-later
/* `septbench list`: what there is to measure, and what each number means. */
#include "case.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <util/options.h>

#include "fatal.h"
#include "metrics.h"
#include "perf.h"
#include "source.h"

static const char *class_name(enum metric_class class)
{
	return class == METRIC_EXACT ? "exact" : class == METRIC_BOUNDED ? "bounded" : "noisy";
}

static const char *clock_names(enum metric_clock clock)
{
	return clock == METRIC_ANY ? "count, wall" : clock == METRIC_COUNT ? "count" : "wall";
}

static const char *gates(enum metric_clock clock)
{
	return clock == METRIC_COUNT  ? "; gated under count"
	       : clock == METRIC_WALL ? "; gated under wall"
	       : clock == METRIC_ANY  ? "; gated"
				      : "";
}

/* A time's is the clock's. */
static const char *unit_of(const struct case_metric *m, char out[METRIC_UNIT_LEN])
{
	if (!m->time)
		return m->unit;
	snprintf(out, METRIC_UNIT_LEN, "insn|ns%s", m->unit);
	return out;
}

static void list_case(const struct sept_case *c)
{
	static const char *const vms[] = {
		[CASE_TD] = "a TD (substrate soft or tdx)",
		[CASE_PLAIN] = "an ordinary VM (substrate none)",
		[CASE_PROTECTED] = "a software-protected VM (substrate none)",
	};

	char unit[METRIC_UNIT_LEN];

	printf("%s: %s\n", c->name, c->summary);
	printf("  VM            %s%s\n", vms[c->substrate],
	       c->many_tds ? ", or several at once, --tds" : "");
	printf("  measured      %s\n", c->measured);
	printf("  not measured  %s\n", c->not_measured);
	printf("  metrics (clock; better; class under count; gated under)\n");
	for (const struct case_metric *m = c->metrics; m->name; m++)
		printf("    %-26s %-11s %s; %s; %s%s\n%31s%s\n", m->name, unit_of(m, unit),
		       clock_names(m->clock), m->better, class_name(m->class),
		       gates(m->gated), "", m->help);
}

static int is_variant(const struct dirent *d)
{
	return d->d_name[0] != '.' && strcmp(d->d_name, "base") != 0;
}

/* A variant is a folder with a `series` file, whose first comment says what it is. */
static void list_variant(const char *series, const char *name)
{
	char path[PATH_MAX], line[160];
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/%s/series", series, name) >= (int)sizeof(path))
		return;
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(line, sizeof(line), f) || line[0] != '#')
		strcpy(line, "#");
	line[strcspn(line, "\n")] = 0;
	printf("  %-16s %s\n", name, line + 1 + strspn(line + 1, " "));
	fclose(f);
}

static void list_variants(void)
{
	char series[PATH_MAX];
	struct dirent **names;
	int n;

	snprintf(series, sizeof(series), "%s/patches/%s", source_dir(), SEPTBENCH_SERIES);
	n = scandir(series, &names, is_variant, alphasort);
	printf("variants (patches for Linux %s)\n", SEPTBENCH_SERIES);
	for (int i = 0; i < n; i++) {
		list_variant(series, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	else
		printf("  none: the source folder with patches/ is not there\n");
}

static void list_all(void)
{
	const struct sept_case *c;

	printf("cases\n");
	for (size_t i = 0; (c = sept_case_at(i)); i++)
		printf("  %-16s %s\n", c->name, c->summary);
	list_variants();
	printf("metrics: `septbench list CASE`\n");
}

static int list_events(void)
{
	printf("hardware and software events for --events (in this build %s)\n",
	       perf_built ? "with libperf" : "refused: " PERF_NOT_BUILT);
	for (size_t i = 0; events_known(i); i++)
		printf("  %s\n", events_known(i));
	printf("  rHEX             a raw event of the CPU's PMU\n"
	       "tracepoints: SYSTEM:NAME of the kernel under test, with * and ?; of use here\n"
	       "  kvm:* kvmmmu:* tlb:tlb_flush ipi:*\n");
	return 0;
}

struct list {
	bool events;
	struct option_words cases;
};

static const struct option table[] = {
	{ "events", NULL, "what --events of other verbs takes", OPTION_FLAG(struct list, events) },
	{ 0 }
};

static const struct options options = {
	.verb = "list",
	.usage = "[CASE]...\nlist --events",
	.text = "What there is to measure; of each CASE what its numbers mean.",
	.table = table,
	.words = { OPTION_WORDS(struct list, cases, 0, SIZE_MAX) },
};

int cmd_list(int argc, char **argv)
{
	const struct sept_case *c;
	struct list l = { 0 };
	int r = options_parse(&options, &l, argc, argv);

	if (r)
		return r < 0 ? 0 : r;
	if (l.events)
		return l.cases.nr ? options_refuse("list", "--events stands alone") : list_events();
	if (!l.cases.nr)
		list_all();
	for (size_t i = 0; i < l.cases.nr; i++) {
		c = sept_case_find(l.cases.v[i]);
		if (!c)
			return complain(BENCH_USAGE,
					"there is no case \"%s\"; `septbench list` names them",
					l.cases.v[i]);
		list_case(c);
	}
	return 0;
}
