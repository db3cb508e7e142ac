// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The top of a report: the verdict in one sentence, and what was compared.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A time that stands for a case, as against a count. */
static bool is_time_figure(const struct metric *m)
{
	return !strcmp(m->name, "fault_p50") || !strcmp(m->name, "fault_mean") ||
	       !strcmp(m->name, "zap_per_page");
}

static bool is_event(const struct metric *m)
{
	return !strncmp(m->unit, "1/", 2);
}

/* The row that moved most among times, or among gated counts; nr_rows if none did. */
static size_t largest_row(const struct table *t, size_t other, bool time)
{
	size_t best = t->nr_rows, i;

	for (i = 0; i < t->nr_rows; i++) {
		const struct metric *m = &t->ds->metrics[t->rows[i].metric];
		const struct cell *c = &t->rows[i].others[other];

		if (m->model || !verdict_moved(c->j.verdict) ||
		    group_is_control(&t->ds->groups[m->group]) ||
		    (time ? !is_time_figure(m) || figures_is_jumping(t, m) :
			    !m->gated || is_time_figure(m)))
			continue;
		if (best == t->nr_rows ||
		    figures_size(c) > figures_size(&t->rows[best].others[other]))
			best = i;
	}
	return best;
}

static void put_largest(const struct table *t, size_t other, bool time, FILE *out)
{
	size_t i = largest_row(t, other, time);
	char base[NUMBER_LEN], value[NUMBER_LEN], percent[NUMBER_LEN];
	const struct metric *m;
	const struct cell *c;

	if (i == t->nr_rows)
		return;
	m = &t->ds->metrics[t->rows[i].metric];
	c = &t->rows[i].others[other];
	fprintf(out, "; %s %s %s -> %s", t->ds->groups[m->group].case_name, m->name,
		number_short(base, t->rows[i].base.value, is_event(m)),
		number_short(value, c->s.value, is_event(m)));
	if (!isnan(verdict_ratio(&c->j)))
		fprintf(out, " (%s)", number_percent(percent, verdict_ratio(&c->j)));
}

void head_sentence(const struct report *r, const struct table *t, size_t other, FILE *out)
{
	const struct arm *base = &t->ds->arms[t->base], *a = &t->ds->arms[t->others[other]];
	struct arm_tally n;

	table_tally(t, other, r->strict, &n);
	fprintf(out, "%s against %s: ", a->variant, base->variant);
	if (n.rows == n.of[VERDICT_MISSING]) {
		fputs("nothing was compared.", out);
		return;
	}
	fprintf(out, "%zu of %zu gated rows %s", n.failed, n.gated,
		r->strict ? "differ for the worse or at all" : "regressed");
	if (n.gated_of[VERDICT_IMPROVED])
		fprintf(out, ", %zu improved", n.gated_of[VERDICT_IMPROVED]);
	if (n.undecided)
		fprintf(out, ", %zu undecided", n.undecided);
	put_largest(t, other, false, out);
	put_largest(t, other, true, out);
	fputc('.', out);
}

void head_counts(const struct arm_tally *n, FILE *out)
{
	const char *comma = "";

	for (int v = 0; v < VERDICT_NR; v++)
		if (n->of[v]) {
			fprintf(out, "%s%zu %s", comma, n->of[v], verdict_name((enum verdict)v));
			comma = ", ";
		}
}

/* What the run says of an arm that is somebody's series; "" if nothing. */
static const char *series_fact(const struct arm *a, const char *key)
{
	char path[128];

	if (snprintf(path, sizeof(path), "variants.%s.%s", a->variant, key) >= (int)sizeof(path))
		return "";
	return record_env(a->file, path, "");
}

/* Without the counters an arm is no match for one with them; nor is one that is not built whole. */
static void put_series(const struct arm *a, FILE *out)
{
	const char *unbuilt = series_fact(a, "unbuilt");

	if (!strcmp(series_fact(a, "base"), "left out"))
		fputs(", without the suite's counters", out);
	if (*unbuilt)
		fprintf(out, ", not measured of it %s", unbuilt);
}

static void put_arm(const struct table *t, const char *name, size_t arm, FILE *out)
{
	const struct arm *a = &t->ds->arms[arm];
	const char *file = strrchr(a->file->path, '/');
	bool one = t->ds->arms[0].file == t->ds->arms[t->ds->nr_arms - 1].file;

	fprintf(out, "%s %s", name, a->variant);
	if (!one)
		fprintf(out, " of %s", file ? file + 1 : a->file->path);
	/* Twelve digits of the hash name a patch as well as all of them; JSON has all. */
	if (*a->patch)
		fprintf(out, ", patch %.12s", a->patch);
	put_series(a, out);
}

static void put_arms(const struct table *t, size_t first, size_t nr, FILE *out)
{
	put_arm(t, "base", t->base, out);
	for (size_t i = first; i < first + nr; i++) {
		fputs("; ", out);
		put_arm(t, nr == 1 ? "new" : (char[]){ text_letter(i), '\0' }, t->others[i], out);
	}
}

static void put_machine(const struct record_file *f, FILE *out)
{
	int len;
	const char *qemu = provenance_qemu(f, &len);

	fprintf(out, "kernel %s %s, ", record_env(f, "kernel", "unknown"), f->run.flavour);
	if (*record_env(f, "kernel_commit", ""))
		fprintf(out, "%s (%s), ", record_env(f, "kernel_source", "?"),
			record_env(f, "kernel_subject", "?"));
	if (len)
		fprintf(out, "QEMU %.*s, ", len, qemu);
	fprintf(out, "accelerator %s, host %s, %s CPUs", record_env(f, "accel", "unknown"),
		record_env(f, "cpu", "unknown"), record_env(f, "host_cpus", "?"));
}

static char *machine_of(const struct record_file *f)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	put_machine(f, out);
	fclose(out);
	return text;
}

/* Once, if it is the same for both files. */
static void put_machines(const struct table *t, size_t last, FILE *out)
{
	const struct record_file *a = t->ds->arms[t->base].file;
	const struct record_file *b = t->ds->arms[t->others[last]].file;
	char *x = machine_of(a), *y = machine_of(b);

	if (x && y && !strcmp(x, y))
		fputs(x, out);
	else if (x && y)
		fprintf(out, "base: %s; new: %s", x, y);
	free(x);
	free(y);
}

static int compare_seeds(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* "seeds 1..8", "seeds 1 5 9", "12 seeds". */
static void put_seeds(const struct arm *a, FILE *out)
{
	const struct record_file *f = a->file;
	uint64_t *seeds = calloc(f->nr_blocks + 1, sizeof(*seeds));
	size_t nr = 0, i, j;

	for (i = 0; seeds && i < f->nr_blocks; i++) {
		const struct record_block *b = &f->blocks[i];

		if (!b->valid || b->warmup || strcmp(b->variant, a->variant))
			continue;
		for (j = 0; j < nr && seeds[j] != b->seed; j++)
			;
		if (j == nr)
			seeds[nr++] = b->seed;
	}
	if (nr)
		qsort(seeds, nr, sizeof(*seeds), compare_seeds);
	fprintf(out, "%zu seed%s", nr, nr == 1 ? "" : "s");
	if (nr > 1 && seeds[nr - 1] - seeds[0] == nr - 1)
		fprintf(out, " (%" PRIu64 "..%" PRIu64 ")", seeds[0], seeds[nr - 1]);
	else if (nr && nr <= 4)
		for (i = 0; i < nr; i++)
			fprintf(out, "%s%" PRIu64 "%s", i ? " " : " (", seeds[i],
				i + 1 == nr ? ")" : "");
	free(seeds);
}

/* Whose rules the module keeps; files of before releases were told apart do not say. */
static void put_substrate(const struct record_file *f, FILE *out)
{
	const char *release = record_env(f, "module", NULL);

	fprintf(out, "substrate %s", f->run.substrate);
	if (provenance_is_soft(f))
		fprintf(out, " (software TDX module%s%s, not TDX hardware)",
			release ? " by the rules of " : "", release ? release : "");
}

static void put_clock(const struct arm *a, FILE *out)
{
	const struct record_run *run = &a->file->run;
	const char *turn = record_env(a->file, "turn", "");

	put_substrate(a->file, out);
	fprintf(out, ", clock %s%s, ", run->clock,
		*turn				? " (instructions, CPUs side by side)" :
		a->by_seed			? " (instructions of all CPUs)" :
		provenance_is_tcg_wall(a->file) ? " (of an emulator, not TDX time)" :
						  "");
	if (*turn)
		fprintf(out, "turns of %s, ", turn);
	if (a->by_seed) {
		put_seeds(a, out);
		fprintf(out, " in %u boot%s", a->boots, a->boots == 1 ? "" : "s");
	} else {
		fprintf(out, "n = %u boot%s, seed %" PRIu64, a->boots, a->boots == 1 ? "" : "s",
			run->seed);
	}
}

/* The options but for the cases, which the table names, unless there are some beside all. */
static void put_command(const struct table *t, size_t first, size_t nr, FILE *out)
{
	const struct record_file *f = t->ds->arms[t->base].file;
	const char *options = record_env(f, "options", ""), *word;
	size_t len;

	fprintf(out, "septbench %s --variants %s",
		strcmp(record_env(f, "accel", ""), "") ? "lab" : "run",
		t->ds->arms[t->base].variant);
	for (size_t i = first; i < first + nr; i++)
		fprintf(out, ",%s", t->ds->arms[t->others[i]].variant);
	for (word = options; *word; word += len) {
		word += strspn(word, " ");
		len = strcspn(word, " ");
		if (len && (strncmp(word, "--cases=", strlen("--cases=")) ||
			    !strncmp(word, "--cases=all,", strlen("--cases=all,"))))
			fprintf(out, " %.*s", (int)len, word);
	}
}

/* Parameters that all cases share, for files that do not say their options. */
static void put_common(const struct table *t, FILE *out)
{
	const struct dataset *ds = t->ds;
	char *common = ds->nr_groups ? params_select(ds, ds->groups[0].params, true) : NULL;

	if (common && *common)
		fprintf(out, "all cases: %s", common);
	free(common);
}

char *head_line(const struct report *r, const struct table *t, size_t first, size_t nr,
		unsigned int i)
{
	const struct arm *base = &t->ds->arms[t->base];
	char *text = NULL;
	size_t len;
	FILE *out = i < 4 ? open_memstream(&text, &len) : NULL;

	(void)r;
	if (!out)
		return NULL;
	if (i == 0)
		put_arms(t, first, nr, out);
	else if (i == 1)
		put_machines(t, first + nr - 1, out);
	else if (i == 2)
		put_clock(base, out);
	else if (*record_env(base->file, "options", "") &&
		 t->ds->arms[t->others[first]].file == base->file)
		put_command(t, first, nr, out);
	else
		put_common(t, out);
	fclose(out);
	return text;
}
