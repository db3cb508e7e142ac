// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two flame graphs, one above the other and to one scale: what a function and its callees executed
 * is its width, so the shorter picture is the cheaper arm. Colour is the difference: orange for
 * what the other arm has more of, blue for what the base has more of, grey for neither.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <util/escape.h>

#include "explain.h"

#define WIDTH		1200.0
#define MARGIN		10.0
#define ROW		17.0
#define HEAD		40.0	/* of a panel */
#define TOP		84.0	/* of the picture */
#define CHAR		6.7	/* of 11 px monospace */
#define LEAST		0.4	/* narrower is left out */

struct picture {
	const struct code_pair *p;
	FILE *out;
	double scale;	/* pixels per instruction */
	unsigned int side;
	double bottom;	/* of the panel */
};

static size_t depth_of(const struct code_node *n, unsigned int side, double scale)
{
	size_t most = 0;

	for (; n; n = n->next) {
		size_t d = n->total[side] * scale < LEAST ? 0 : 1 + depth_of(n->child, side, scale);

		most = d > most ? d : most;
	}
	return most;
}

/* From light grey to the full colour: how much of it is there on one side only. */
static void put_colour(FILE *out, const struct code_node *n)
{
	static const int grey[3] = { 232, 232, 232 }, more[3] = { 230, 120, 0 },
			 less[3] = { 60, 140, 220 };
	double most = fmax(n->total[0], n->total[1]),
	       d = most > 0 ? (n->total[1] - n->total[0]) / most : 0;
	const int *to = d > 0 ? more : less;
	/* A tenth more is to be seen as well. */
	double mix = sqrt(fabs(d));

	if (fabs(n->total[1] - n->total[0]) < 0.0005)
		mix = 0;
	fprintf(out, "#%02x%02x%02x", (int)lround(grey[0] + mix * (to[0] - grey[0])),
		(int)lround(grey[1] + mix * (to[1] - grey[1])),
		(int)lround(grey[2] + mix * (to[2] - grey[2])));
}

static void put_box(const struct picture *pic, const struct code_node *n, double x, size_t depth)
{
	double w = n->total[pic->side] * pic->scale, y = pic->bottom - (double)(depth + 1) * ROW;
	size_t chars = w > 3 * CHAR + 4 ? (size_t)((w - 4) / CHAR) : 0, len = strlen(n->name);
	FILE *out = pic->out;

	fprintf(out, "<g><title>");
	escape_markup(out, n->name, len, true);
	fprintf(out,
		": base %.2f, A %.2f (%+.2f) instructions per %s, of its own %.2f, %.2f</title>",
		n->total[0], n->total[1], n->total[1] - n->total[0], code_unit(pic->p), n->self[0],
		n->self[1]);
	fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\" fill=\"", x, y,
		fmax(w - 0.5, 0.3), ROW - 1);
	put_colour(out, n);
	fputs("\"/>", out);
	if (chars) {
		fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">", x + 2, y + 12);
		escape_markup(out, n->name, len <= chars ? len : chars - 2, true);
		fputs(len <= chars ? "</text>" : "..</text>", out);
	}
	fputs("</g>\n", out);
}

/* In the tree's order, which is the same in both panels. */
static void put_nodes(const struct picture *pic, const struct code_node *n, double x, size_t depth)
{
	for (; n; n = n->next) {
		double w = n->total[pic->side] * pic->scale;

		if (w >= LEAST) {
			put_box(pic, n, x, depth);
			put_nodes(pic, n->child, x, depth + 1);
		}
		x += w;
	}
}

static double put_panel(struct picture *pic, double y)
{
	static const char *const letters[] = { "base", "A" };
	const struct arm *a = &pic->p->ds->arms[pic->p->arm[pic->side]];
	size_t depth = depth_of(pic->p->root.child, pic->side, pic->scale);
	char buf[NUMBER_LEN];

	pic->bottom = y + HEAD + (double)depth * ROW;
	fprintf(pic->out, "<text class=\"head\" x=\"%.0f\" y=\"%.0f\">%s = ", MARGIN, y + HEAD - 12,
		letters[pic->side]);
	escape_markup(pic->out, a->variant, strlen(a->variant), true);
	fprintf(pic->out, ": %s instructions per %s, n = %" PRIu64 " %ss</text>\n",
		number_value(buf, round(pic->p->seen[pic->side] * 10) / 10, 9), code_unit(pic->p),
		pic->p->units[pic->side], code_unit(pic->p));
	put_nodes(pic, pic->p->root.child, MARGIN, 0);
	return pic->bottom;
}

static void put_head(const struct code_pair *p, double height, FILE *out)
{
	const struct group *g = &p->ds->groups[p->group];
	const struct record_run *r = &p->ds->arms[p->arm[0]].file->run;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\" font-family=\"monospace\" font-size=\"11\">\n",
		WIDTH, height, WIDTH, height);
	fputs("<style>.head{font-size:14px}.title{font-size:18px}</style>\n", out);
	fprintf(out, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", WIDTH, height);
	fprintf(out,
		"<text class=\"title\" x=\"%.0f\" y=\"26\">Where the instructions go: ", MARGIN);
	escape_markup(out, g->case_name, strlen(g->case_name), true);
	fprintf(out, "</text>\n<text x=\"%.0f\" y=\"46\">", MARGIN);
	escape_markup(out, g->params, strlen(g->params), true);
	fprintf(out, "; substrate %s, clock %s, %s kernel%s</text>\n", r->substrate, r->clock,
		r->flavour, strcmp(r->substrate, "tdx") ? "; not TDX hardware" : "");
	fprintf(out,
		"<text x=\"%.0f\" y=\"64\">Width: instructions of a function and what it calls, to one scale. "
		"<tspan fill=\"#b85c00\">Orange: more in A.</tspan> <tspan fill=\"#2060b0\">Blue: less in "
		"A.</tspan> Grey: the same.</text>\n",
		MARGIN);
}

void explain_print_svg(const struct code_pair *p, FILE *out)
{
	struct picture pic = { .p = p, .out = out };
	double most = fmax(p->root.total[0], p->root.total[1]), y = TOP, height = TOP + MARGIN;

	pic.scale = most > 0 ? (WIDTH - 2 * MARGIN) / most : 0;
	for (unsigned int s = 0; s < 2; s++)
		height += HEAD + (double)depth_of(p->root.child, s, pic.scale) * ROW;
	put_head(p, height, out);
	for (pic.side = 0; pic.side < 2; pic.side++)
		y = put_panel(&pic, y);
	fputs("</svg>\n", out);
}
