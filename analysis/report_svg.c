// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From gnuplot's file to a picture inside a page.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t len = f ? getdelim(&text, &size, '\0', f) : -1;

	if (f)
		fclose(f);
	if (len > 0)
		return text;
	fprintf(stderr, "septbench report: %s: %s\n", path, f ? "empty" : strerror(errno));
	free(text);
	return NULL;
}

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/*
 * Several pictures in one page would share the names of their parts. gnuplot's titles name its
 * plots by number, which a reader would see as tooltips.
 */
static void copy_body(FILE *out, const char *svg, unsigned int nr)
{
	while (*svg) {
		if (starts(svg, "<title>") && strstr(svg, "</title>")) {
			svg = strstr(svg, "</title>") + strlen("</title>");
		} else if (starts(svg, " id='") || starts(svg, " id=\"")) {
			fprintf(out, "%.5sp%u-", svg, nr);
			svg += 5;
		} else if (starts(svg, "xlink:href='#")) {
			fprintf(out, "href='#p%u-", nr);
			svg += strlen("xlink:href='#");
		} else if (starts(svg, "url(#")) {
			fprintf(out, "url(#p%u-", nr);
			svg += 5;
		} else {
			fputc(*svg++, out);
		}
	}
}

int report_svg(FILE *out, const char *path, unsigned int nr, const char *label)
{
	char *text = read_all(path);
	const char *box, *body;
	int width = 0, height = 0;

	if (!text)
		return 3;
	box = strstr(text, "viewBox=\"0 0 ");
	body = strstr(text, "<g id=\"gnuplot_canvas\">");
	if (!box || !body || sscanf(box, "viewBox=\"0 0 %d %d", &width, &height) != 2) {
		fprintf(stderr, "septbench report: %s: not as gnuplot 5 writes it\n", path);
		free(text);
		return 3;
	}
	fprintf(out, "<svg role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
		"aria-label=\"", width, height, width, height);
	report_text(out, "%s", label);
	fputs("\">\n", out);
	copy_body(out, body, nr);
	free(text);
	return 0;
}
