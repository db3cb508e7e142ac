// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the pictures have in common: colours, captions, terminals, ranges.
 */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <util/hash.h>

#include "internal.h"

/*
 * Okabe and Ito's colours, which colour-blind readers can tell apart. A variant keeps its own
 * everywhere.
 */
static const struct { const char *variant, *colour; } palette[] = {
	{ "freeze", "#0072B2" }, { "freeze-batched", "#E69F00" }, { "seamcall-first", "#009E73" },
	{ "split-zap", "#56B4E9" }, { "rcu-zap", "#D55E00" }, { "rcu-zap-seamcall-first", "#F0E442" },
	{ "lean-fault", "#CC79A7" }, { "split-zap-lean-fault", "#000000" },
};

/* The dashes let one line be seen under another. */
static const struct { const char *dashes; int point; } marks[] = {
	{ "solid", 7 }, { "(12,6)", 5 }, { "(3,4)", 9 }, { "(12,5,3,5)", 13 }, { "(22,5)", 11 },
	{ "(6,10)", 15 }, { "(16,4,3,4,3,4)", 6 }, { "(8,3)", 4 },
};

#define NR_COLOURS	(sizeof(palette) / sizeof(palette[0]))
#define NR_MARKS	(sizeof(marks) / sizeof(marks[0]))

/* Place in the palette; names that are not in it get one by their text alone. */
static size_t variant_place(const char *variant)
{
	size_t len = strcspn(variant, "@");	/* "freeze@aa" is freeze once more */
	size_t i;

	for (i = 0; i < NR_COLOURS; i++)
		if (strlen(palette[i].variant) == len &&
		    !strncmp(palette[i].variant, variant, len))
			return i;
	return hash_add(HASH_START, variant, len) % NR_COLOURS;
}

static struct gp_style nth_style(const char *variant, size_t nth)
{
	size_t place = variant_place(variant), mark = (place + nth) % NR_MARKS;

	return (struct gp_style){ .colour = palette[place].colour, .dashes = marks[mark].dashes,
				  .point = marks[mark].point };
}

struct gp_style gp_variant_style(const char *variant)
{
	return nth_style(variant, 0);
}

struct gp_style gp_style(const struct gp_arms *arms, size_t arm)
{
	const char *variant = arms->ds->arms[arms->arm[arm]].variant;
	size_t i, nth = 0;

	for (i = 0; i < arm; i++)
		nth += variant_place(arms->ds->arms[arms->arm[i]].variant) ==
		       variant_place(variant);
	return nth_style(variant, nth);
}

/*
 * Between apostrophes nothing is special to gnuplot. Its own two for one it forgets at a text's
 * start, so they are for a genitive alone.
 */
static void put_apostrophe(FILE *out, const char *text, const char *at)
{
	bool genitive = at > text && isalpha((unsigned char)at[-1]) &&
			isalpha((unsigned char)at[1]);

	fputs(genitive ? "''" : "\"", out);
}

static void quote(FILE *out, bool format, const char *fmt, va_list ap)
{
	char *text = NULL, *p;
	int err = vasprintf(&text, fmt, ap);

	fputc('\'', out);
	for (p = err < 0 ? NULL : text; p && *p; p++) {
		if (*p == '%' && format)
			fputc('%', out);
		if (*p == '\'')
			put_apostrophe(out, text, p);
		else
			fputc(*p >= ' ' && *p <= '~' ? *p : '?', out);
	}
	fputc('\'', out);
	if (err >= 0)
		free(text);
}

void gp_quote(FILE *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	quote(out, false, fmt, ap);
	va_end(ap);
}

void gp_tic(FILE *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	quote(out, true, fmt, ap);
	va_end(ap);
}

void gp_field(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		fputc(*text >= ' ' && *text <= '~' && *text != '"' ? *text : '?', out);
	fputc('"', out);
}

void gp_caption_lines(FILE *out, const char *const lines[3], int height)
{
	int i;

	for (i = 0; i < 3; i++) {
		fprintf(out, "set label %d ", i + 1);
		gp_quote(out, "%s", lines[i]);
		fprintf(out, " at screen 0.5, screen %.4f center font ',9' textcolor '#404040'\n",
			(47.0 - 16.7 * i) / height);
	}
}

const char *const gp_main_metrics[] = {
	"zap_per_page", "fault_mean", "fault_p50", NULL,
};

bool gp_is_headline(const struct table *t, size_t metric)
{
	static const char *const fault[] = { "fault_p50", "fault_mean", NULL };
	static const char *const names[] = { "zap_per_page", "guest_stall", NULL };
	const struct metric *m = &t->ds->metrics[metric];
	size_t i;

	for (i = 0; names[i]; i++)
		if (!strcmp(m->name, names[i]))
			return true;
	return gp_first_metric(t->ds, m->group, fault + figures_two_modes(t, m->group)) == metric;
}

const char *gp_caveat(const struct record_file *f)
{
	bool soft = provenance_is_soft(f), tcg = provenance_is_tcg_wall(f);

	if (soft && tcg)
		return "Software TDX module, wall time under TCG: neither TDX hardware nor TDX "
		       "time.";
	if (soft)
		return "Software TDX module under KVM's own code: not TDX hardware.";
	return tcg ? "Wall time under TCG: not TDX time." : "";
}

void gp_head(FILE *out, const char *name)
{
	fprintf(out, "# Picture %s of septbench. Run gnuplot 5 on this file in its folder.\n",
		name);
	fputs("reset session\nset encoding utf8\n", out);
}

void gp_terminals(FILE *out, const char *name, int width, int height)
{
	fprintf(out,
		"do for [png = 0:1] {\n"
		"if (png) {\n"
		"set terminal pngcairo noenhanced font 'DejaVu Sans,11' size %d,%d background "
		"'#ffffff'\n"
		"} else {\n"
		"set terminal svg noenhanced font 'DejaVu Sans,11' fontscale 1.25 size %d,%d fixed name "
		"'septbench' "
		"background '#ffffff'\n"
		"}\n",
		width, height, width, height);
	fputs("set output (png ? ", out);
	gp_quote(out, "%s.png", name);
	fputs(" : ", out);
	gp_quote(out, "%s.svg", name);
	fputs(")\n", out);
}

void gp_end(FILE *out)
{
	fputs("unset output\n}\n", out);
}

size_t gp_find_metric(const struct dataset *ds, size_t group, const char *name)
{
	size_t i;

	for (i = 0; i < ds->nr_metrics; i++)
		if (ds->metrics[i].group == group && !strcmp(ds->metrics[i].name, name))
			break;
	return i;
}

size_t gp_first_metric(const struct dataset *ds, size_t group, const char *const *names)
{
	size_t metric = ds->nr_metrics;

	for (; *names && metric == ds->nr_metrics; names++)
		metric = gp_find_metric(ds, group, *names);
	return metric;
}

void gp_range_add(struct gp_range *r, double v)
{
	r->low = fmin(r->low, v);
	r->high = fmax(r->high, v);
}

void gp_range_put(FILE *out, char axis, const struct gp_range *r, bool from_zero)
{
	double low = from_zero ? fmin(r->low, 0) : r->low, air;

	air = 0.12 * (r->high - low);
	if (air < 0.005 * fabs(r->high))
		air = 0.005 * fabs(r->high);
	if (air == 0)
		air = 1;
	fprintf(out, "set %crange [%.6g:%.6g]\n", axis, from_zero && low == 0 ? 0 : low - air,
		r->high + air);
}

void gp_log_axis(FILE *out, char axis, double low, double high)
{
	static const char *const prefix[] = { "", "k", "M", "G", "T" };
	static const unsigned int few[] = { 1, 2, 5 }, many[] = { 1, 2, 3, 5, 7 }, one[] = { 1 };
	double decades = log10(high / low);
	const unsigned int *within = decades < 1.3 ? many : decades < 3 ? few : one;
	unsigned int nr = decades < 1.3 ? 5 : decades < 3 ? 3 : 1, digits, i;
	const char *comma = "";
	uint64_t step;

	fprintf(out, "set logscale %c 10\nset %crange [%.4g:%.4g]\nset %ctics (", axis, axis, low,
		high, axis);
	for (step = 1, digits = 0; (double)step <= high; step *= 10, digits++)
		for (i = 0; i < nr; i++, comma = ", ") {
			uint64_t v = step * within[i];
			uint64_t scale = step / (digits % 3 == 2 ? 100 : digits % 3 == 1 ? 10 : 1);

			fprintf(out, "%s'%" PRIu64 "%s' %" PRIu64, comma, v / scale,
				prefix[digits / 3], v);
		}
	fputs(")\n", out);
}

unsigned int gp_split_vcpus(const char *params, char *rest, size_t size)
{
	unsigned int vcpus = 0;
	size_t len, used = 0;

	for (*rest = '\0'; *params; params += len + (params[len] == ' ')) {
		len = strcspn(params, " ");
		if (!strncmp(params, "vcpus=", 6))
			vcpus = (unsigned int)strtoul(params + 6, NULL, 10);
		else if (used + len + 2 < size)
			used += (size_t)snprintf(rest + used, size - used, "%s%.*s",
						 used ? " " : "", (int)len, params);
	}
	return vcpus;
}

bool gp_is_widest(const struct dataset *ds, size_t group)
{
	char own[256], other[256];
	unsigned int vcpus = gp_split_vcpus(ds->groups[group].params, own, sizeof(own));
	size_t g;

	for (g = 0; g < ds->nr_groups; g++)
		if (!strcmp(ds->groups[g].case_name, ds->groups[group].case_name) &&
		    gp_split_vcpus(ds->groups[g].params, other, sizeof(other)) > vcpus &&
		    !strcmp(own, other))
			return false;
	return true;
}

char *gp_group_label(const struct dataset *ds, size_t group, const bool *shown)
{
	char *params = params_select_in(ds, shown, ds->groups[group].params, false), *label = NULL;

	if (params && asprintf(&label, "%s%s%s", ds->groups[group].case_name, *params ? ", " : "",
			       params) < 0)
		label = NULL;
	free(params);
	return label;
}
