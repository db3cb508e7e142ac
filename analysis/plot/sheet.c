// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What stands around a drawing: title, key and caption. Words are never cut: captions wrap, and the
 * picture grows by their lines.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define HEAD		48	/* pixels above the body */
#define LINE		15	/* pixels per line of key or caption */
#define COLUMNS		108	/* of a caption, whose words are of all letters */
#define MAX_LINES	16

struct caption {
	char *text;
	const char *line[MAX_LINES];
	int nr;
};

static double screen_y(const struct gp_sheet *s, int from_top)
{
	return 1 - (double)from_top / s->height;
}

static const struct record_file *file_of(const struct gp_arms *arms, size_t arm)
{
	return arms->ds->arms[arms->arm[arm]].file;
}

/* "7.3.4 (plain)", of all files, each once. */
static void put_each(FILE *out, const struct gp_arms *arms,
		     char *(*of)(const struct record_file *f))
{
	char *seen[8];
	size_t nr = 0, i, j;

	for (i = 0; i < arms->nr && nr < 8; i++) {
		char *text = of(file_of(arms, i));

		for (j = 0; text && j < nr && strcmp(seen[j], text);)
			j++;
		if (!text || j < nr) {
			free(text);
			continue;
		}
		fprintf(out, "%s%s", nr ? " and " : "", text);
		seen[nr++] = text;
	}
	for (i = 0; i < nr; i++)
		free(seen[i]);
}

static char *kernel_of(const struct record_file *f)
{
	char *text = NULL;

	return asprintf(&text, "%s (%s)", record_env(f, "kernel", "unknown"), f->run.flavour) < 0 ?
		       NULL : text;
}

static char *host_of(const struct record_file *f)
{
	char *text = NULL;

	return asprintf(&text, "%s, %s CPUs", record_env(f, "cpu", "unknown"),
			record_env(f, "host_cpus", "?")) < 0 ? NULL : text;
}

static char *qemu_of(const struct record_file *f)
{
	char *text = NULL;
	int len;
	const char *qemu = provenance_qemu(f, &len);

	return asprintf(&text, "%.*s (%s)", len, qemu, record_env(f, "accel", "unknown")) < 0 ?
		       NULL : text;
}

static int compare_seeds(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* "1-4, 7": of all blocks drawn from, sorted. */
static void put_seeds(FILE *out, const struct gp_arms *arms)
{
	const struct dataset *ds = arms->ds;
	uint64_t *seeds = calloc(ds->nr_obs + 1, sizeof(*seeds));
	size_t i, first;

	if (!seeds)
		return;
	for (i = 0; i < ds->nr_obs; i++)
		seeds[i] = ds->obs[i].seed;
	qsort(seeds, ds->nr_obs, sizeof(*seeds), compare_seeds);
	for (i = first = 0; i < ds->nr_obs; i++) {
		if (i + 1 < ds->nr_obs && seeds[i + 1] <= seeds[i] + 1)
			continue;
		fprintf(out, "%s%" PRIu64, first ? ", " : "", seeds[first]);
		if (seeds[i] > seeds[first])
			fprintf(out, "-%" PRIu64, seeds[i]);
		first = i + 1;
	}
	free(seeds);
}

char *gp_sample(const struct gp_arms *arms)
{
	unsigned int low = UINT32_MAX, high = 0;
	const struct arm *a = &arms->ds->arms[arms->arm[0]];
	char *text = NULL;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (i = 0; i < arms->nr; i++) {
		const struct arm *own = &arms->ds->arms[arms->arm[i]];
		unsigned int n = own->by_seed ? own->seeds : own->boots;

		low = n < low ? n : low;
		high = n > high ? n : high;
	}
	fputs("n = ", out);
	if (low < high)
		fprintf(out, "%u .. ", low);
	fprintf(out, "%u %s%s", high, dataset_unit_name(a, high), a->by_seed ? " (" : ", seed ");
	put_seeds(out, arms);
	fputs(a->by_seed ? ")" : "", out);
	return fclose(out) ? NULL : text;
}

/* A paragraph each: what the marks mean, where the figures are from, what they are not. */
static char *caption_text(const struct gp_sheet *s)
{
	const struct record_file *f = file_of(s->arms, 0);
	char *text = NULL, *sample = gp_sample(s->arms);
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		free(sample);
		return NULL;
	}
	fprintf(out, "%s; %s\nsubstrate %s, clock %s%s, kernel ", sample ? sample : "n unknown",
		s->note, f->run.substrate, f->run.clock,
		strcmp(f->run.clock, "count") ? "" : " (instructions)");
	put_each(out, s->arms, kernel_of);
	fputs(", host ", out);
	put_each(out, s->arms, host_of);
	fputs(", QEMU ", out);
	put_each(out, s->arms, qemu_of);
	fprintf(out, "\n%s", gp_caveat(f));
	free(sample);
	return fclose(out) ? NULL : text;
}

/* Breaks @text into lines of at most COLUMNS, in place. */
static void wrap(struct caption *c)
{
	char *at = c->text, *end;

	for (c->nr = 0; at && *at && c->nr < MAX_LINES; at = end) {
		size_t len = strcspn(at, "\n");

		c->line[c->nr++] = at;
		if (len > COLUMNS)
			for (len = COLUMNS; len && at[len] != ' ';)
				len--;
		if (!len)	/* a word longer than a line */
			len = strcspn(at, " \n");
		end = at + len + (at[len] != '\0');
		at[len] = '\0';
	}
}

/* Two columns if the labels are short enough. */
static int key_rows(const struct gp_sheet *s)
{
	size_t i, nr = 0, longest = 0, len;

	for (i = 0; i < s->arms->nr; i++) {
		if (!(s->drawn & gp_bit(i)))
			continue;
		len = strlen(s->arms->label[i]);
		longest = len > longest ? len : longest;
		nr++;
	}
	return (int)(longest > COLUMNS / 2 - 12 ? nr : (nr + 1) / 2);
}

static void put_label(FILE *out, int nr, const char *text, double y, const char *look)
{
	fprintf(out, "set label %d ", nr);
	gp_quote(out, "%s", text);
	fprintf(out, " at screen 0.5, screen %.4f center %s\n", y, look);
}

void gp_sheet_open(struct gp_sheet *s)
{
	struct caption c = { .text = caption_text(s) };
	int rows = key_rows(s), i;

	wrap(&c);
	s->width = s->width > GP_WIDTH ? s->width : GP_WIDTH;
	s->height = HEAD + s->body + LINE * (rows + c.nr) + 20;
	gp_terminals(s->out, s->name, s->width, s->height);
	put_label(s->out, 1, s->title, screen_y(s, 16), "font ',13'");
	put_label(s->out, 2, s->params ? s->params : "", screen_y(s, 36),
		  "font ',9' textcolor '#404040'");
	for (i = 0; i < c.nr; i++)
		put_label(s->out, 3 + i, c.line[i],
			  screen_y(s, HEAD + s->body + 12 + LINE * (rows + i) + 8),
			  "font ',9' textcolor '#404040'");
	fprintf(s->out,
		"set multiplot\nset key at screen 0.5, screen %.4f center top vertical maxrows %d "
		"reverse Left samplen 3 font ',9' spacing 1\n",
		screen_y(s, HEAD + s->body + 6), rows);
	free(s->params);
	s->params = NULL;
	free(c.text);
}

void gp_sheet_place(struct gp_sheet *s, int left, int right, int top, int bottom)
{
	if (s->keyed)
		fputs("unset label\nunset key\n", s->out);
	fprintf(s->out,
		"set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
		"set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
		(double)left / s->width, (double)right / s->width, screen_y(s, HEAD + top),
		screen_y(s, HEAD + bottom));
}

void gp_draw_as(FILE *out, const char *draw, struct gp_style style)
{
	fprintf(out, "with %s linewidth 2 dashtype %s ", draw, style.dashes);
	if (strstr(draw, "points"))
		fprintf(out, "pointtype %d ", style.point);
	fprintf(out, "linecolor rgb '%s'", style.colour);
}

static void put_entry(const struct gp_sheet *s, size_t arm)
{
	struct gp_style style = gp_style(s->arms, arm);

	fputs("NaN ", s->out);
	if (!strcmp(s->draw, "boxes"))
		fprintf(s->out, "with boxes fillcolor rgb '%s' fillstyle solid noborder",
			style.colour);
	else
		gp_draw_as(s->out, s->draw, style);
	fputs(" title ", s->out);
	gp_quote(s->out, "%s", s->arms->label[arm]);
}

bool gp_sheet_plot(struct gp_sheet *s)
{
	const char *comma = "";
	size_t i;

	fputs("plot ", s->out);
	if (s->keyed)
		return false;
	s->keyed = true;
	for (i = 0; i < s->arms->nr; i++) {
		if (!(s->drawn & gp_bit(i)))
			continue;
		fputs(comma, s->out);
		put_entry(s, i);
		comma = ", \\\n     ";
	}
	return *comma;
}

void gp_sheet_close(struct gp_sheet *s)
{
	fputs("unset multiplot\n", s->out);
	gp_end(s->out);
}
