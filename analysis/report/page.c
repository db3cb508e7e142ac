// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page: verdict, pictures, tables, environment.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <util/file.h>

#include "report.h"

#define MAX_PICTURE	(64u << 20)	/* bytes */

/* gnuplot draws on white: in the dark its pictures are turned, hues stay. */
static const char style[] =
	":root{color-scheme:light dark;--paper:#fff;--ink:#1a1a1a;--soft:#555;--line:#d0d0d0;"
	"--shade:#f4f4f4;--link:#0059a8;--good:#00664b;--bad:#a33c00;--open:#7a5500}\n"
	"@media (prefers-color-scheme:dark){:root{--paper:#202020;--ink:#e8e8e8;--soft:#aaa;"
	"--line:#444;--shade:#2d2d2d;--link:#7cc0f4;--good:#4fd0a5;--bad:#ff9a5c;"
	"--open:#f0c75e}\nimg{filter:invert(.9) hue-rotate(180deg) brightness(1.25)}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:62rem;padding:1rem;background:var(--paper);color:var(--ink);"
	"font:1rem/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0;overflow-wrap:anywhere}"
	"h2{font-size:1.25rem;margin:2rem 0 .5rem;"
	"border-bottom:1px solid var(--line)}h3{font-size:1.05rem;margin:1.5rem 0 .25rem}\n"
	"p{margin:.5rem 0;max-width:46rem;overflow-wrap:anywhere}a{color:var(--link)}"
	".from{color:var(--soft);font-size:.9rem}small{color:var(--soft);font-weight:400}\n"
	".verdict{border-left:.5rem solid var(--soft);background:var(--shade);padding:.6rem .8rem;"
	"margin:1rem 0}.verdict p{margin:.25rem 0}.verdict strong{font-size:1.1rem}\n"
	".verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}"
	".verdict.open{border-color:var(--open)}\n"
	".scroll{overflow-x:auto;margin:.5rem 0}figure{margin:.75rem 0}"
	"img{display:block;max-width:100%;height:auto}\n"
	"table{border-collapse:collapse;font-size:.875rem}"
	"caption{text-align:left;font-weight:600;padding:.3rem 0}\n"
	"th,td{border-bottom:1px solid var(--line);padding:.2rem .5rem;text-align:left;"
	"vertical-align:top;line-height:1.3}thead th{background:var(--shade)}"
	"tbody th{font-weight:400}small{line-height:1.2}\n"
	".number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	".good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}"
	".open{color:var(--open)}div.good,div.bad,div.open{color:inherit;font-weight:400}\n"
	".arm{padding-left:1rem}.env th{white-space:nowrap}.env td{overflow-wrap:anywhere}\n"
	"details{margin:.4rem 0}summary{cursor:pointer;color:var(--link)}"
	"pre{font-size:.8rem;line-height:1.3;background:var(--shade);padding:.75rem;overflow-x:auto}\n"
	"@media (max-width:30rem){body{padding:.6rem}th,td{padding:.2rem .3rem}"
	"table{font-size:.8rem}}\n";

/*
 * Verdict.
 */

static void put_headline(FILE *out, const struct report *r, size_t failed, size_t gated,
			 size_t undecided)
{
	if (r->status == 1)
		report_text(out, "Regressed: %zu of %zu gated rows.", failed, gated);
	else if (!r->compared)
		report_text(out, "Nothing was compared.");
	else if (r->status && !undecided)
		report_text(out, "Invalid: these results decide nothing.");
	else if (undecided)
		report_text(out, "No gated row is shown to have regressed; %zu of %zu are unclear.",
			    undecided, gated);
	else
		report_text(out, "No gated row regressed (%zu of %zu).", failed, gated);
}

/* "freeze-batched against freeze: 72 gated rows: 9 improved, 63 same." */
static void put_arm(FILE *out, const struct report *r, const struct table *t, size_t other,
		    const struct arm_tally *n)
{
	const char *comma = "";
	size_t v;

	fputs("<p>", out);
	report_text(out, "%s against %s: %zu gated row%s", r->ds->arms[t->others[other]].variant,
		    r->ds->arms[t->base].variant, n->gated, n->gated == 1 ? "" : "s");
	for (v = VERDICT_NR; v-- > 0;)
		if (n->gated_of[v]) {
			report_text(out, "%s%zu %s", *comma ? comma : ": ", n->gated_of[v],
				    verdict_name((enum verdict)v));
			comma = ", ";
		}
	fputs(".</p>\n", out);
}

/* A paragraph for each that applies, from number @first up to @end. */
static void put_caveats(FILE *out, const struct report *r, unsigned int first, unsigned int end)
{
	const char *caveat;
	unsigned int i;

	for (i = first; i < end && (caveat = report_caveat(r, i)); i++)
		if (*caveat) {
			fputs("<p>", out);
			report_text(out, "%s", caveat);
			fputs("</p>\n", out);
		}
}

static void put_tallies(FILE *rows, const struct report *r, struct arm_tally *sum)
{
	size_t t, o;

	for (t = 0; t < r->nr_tables; t++)
		for (o = 0; o < r->tables[t].nr_others; o++) {
			struct arm_tally n;

			table_tally(&r->tables[t], o, r->strict, &n);
			put_arm(rows, r, &r->tables[t], o, &n);
			sum->failed += n.failed;
			sum->gated += n.gated;
			sum->undecided += n.undecided;
		}
}

static int put_verdict(const struct report_page *p)
{
	const struct report *r = p->r;
	struct arm_tally sum = { 0 };
	char *text = NULL;
	size_t len, i;
	FILE *rows = open_memstream(&text, &len);

	if (!rows)
		return -ENOMEM;
	put_tallies(rows, r, &sum);
	if (fclose(rows)) {
		free(text);
		return -ENOMEM;
	}
	fprintf(p->out, "<section aria-labelledby=\"verdict\">\n<h2 id=\"verdict\">Verdict</h2>\n"
		"<div class=\"verdict %s\">\n<p><strong>",
		r->status == 1 ? "bad" : r->status || sum.undecided ? "open" : "good");
	put_headline(p->out, r, sum.failed, sum.gated, sum.undecided);
	fputs("</strong></p>\n", p->out);
	for (i = 0; i < r->nr_notes; i++) {
		fputs("<p>", p->out);
		report_text(p->out, "%s", r->notes[i]);
		fputs("</p>\n", p->out);
	}
	report_extremes(p->out, r);
	fputs(text, p->out);
	free(text);
	put_caveats(p->out, r, 0, 2);
	fputs("</div>\n", p->out);
	report_matrix(p->out, r);
	return report_first_rows(p->out, r);
}

/*
 * Tables.
 */

static int put_tables(const struct report_page *p)
{
	char *text = NULL;
	size_t len;
	FILE *mail;

	fputs("<section aria-labelledby=\"tables\">\n<h2 id=\"tables\">Tables</h2>\n", p->out);
	report_tables(p->out, p->r);
	put_caveats(p->out, p->r, 2, 1000);
	mail = open_memstream(&text, &len);
	if (!mail)
		return -ENOMEM;
	report_print_text(p->r, mail);
	if (fclose(mail)) {
		free(text);
		return -ENOMEM;
	}
	fputs("<details>\n<summary>As plain text for a mail</summary>\n<pre>", p->out);
	report_text(p->out, "%s", text);
	fputs("</pre>\n</details>\n</section>\n", p->out);
	free(text);
	return 0;
}

/*
 * Pictures.
 */

static void put_base64(FILE *out, const unsigned char *in, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i, k;

	for (i = 0; i < len; i += 3) {
		uint32_t v = 0;

		for (k = 0; k < 3; k++)
			v = v << 8 | (i + k < len ? in[i + k] : 0);
		for (k = 0; k < 4; k++)
			fputc(i + k <= len ? digits[v >> (18 - 6 * k) & 63] : '=', out);
	}
}

/* The file as the source of an image. 0, or 3 after a message. */
static int put_image(FILE *out, const char *path)
{
	size_t len = 0;
	char *text = file_read(path, MAX_PICTURE, &len);
	bool there = text && len;

	if (there) {
		fputs("data:image/svg+xml;base64,", out);
		put_base64(out, (const unsigned char *)text, len);
	} else {
		fprintf(stderr, "septbench report: %s: %s\n", path, text ? "empty" : strerror(errno));
	}
	free(text);
	return there ? 0 : 3;
}

static int put_picture(void *arg, const struct plot_picture *picture)
{
	struct report_page *p = arg;
	char *path = NULL;
	int err = plot_draw("report", p->dir, picture->name, picture->text, picture->len);

	if (err)
		return err;
	if (asprintf(&path, "%s/%s.svg", p->dir, picture->name) < 0)
		return -ENOMEM;
	fprintf(p->out, "<h3>%s</h3>\n<p>%s</p>\n<figure><img alt=\"%s The figures are in the "
		"tables.\" src=\"", picture->kind->question, picture->kind->how,
		picture->kind->question);
	err = put_image(p->out, path);
	fputs("\"/></figure>\n", p->out);
	p->nr_pictures++;
	free(path);
	return err;
}

static int put_pictures(struct report_page *p)
{
	int err;

	fputs("<section aria-labelledby=\"pictures\">\n<h2 id=\"pictures\">Pictures</h2>\n", p->out);
	err = plot_each(&p->set, NULL, put_picture, p);
	if (!err && !p->nr_pictures)
		fputs("<p>There is nothing to draw.</p>\n", p->out);
	/* Those of a case or a block are many; the tables have the cases' metrics. */
	fputs("<details>\n<summary>More</summary>\n", p->out);
	if (!err)
		err = plot_each(&p->set, "parts", put_picture, p);
	fputs("</details>\n</section>\n", p->out);
	return err;
}

/*
 * The rest.
 */

static void put_head(const struct report_page *p)
{
	const struct record_file *f = p->r->ds->arms[p->r->tables[0].base].file;
	const struct gp_arms arms = { .ds = p->r->ds, .arm = p->set.order,
				      .nr = p->r->ds->nr_arms };
	char *sample = gp_sample(&arms);

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<title>septbench: ", p->out);
	report_arms(p->out, p->r);
	fprintf(p->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>", style);
	report_arms(p->out, p->r);
	fputs("</h1>\n<p class=\"from\">", p->out);
	report_text(p->out, "%s: substrate %s, clock %s%s, %s, kernel %s (%s), host %s",
		    report_basename(f->path), f->run.substrate, f->run.clock,
		    strcmp(f->run.clock, "count") ? "" : " (instructions)",
		    sample ? sample : "n unknown", record_env(f, "kernel", "unknown"),
		    f->run.flavour, record_env(f, "cpu", "unknown"));
	fputs("</p>\n<nav aria-label=\"Sections\"><p><a href=\"#verdict\">Verdict</a>, <a "
	      "href=\"#pictures\">Pictures</a>, <a href=\"#tables\">Tables</a>, <a "
	      "href=\"#environment\">Environment</a></p></nav>\n</header>\n<main>\n", p->out);
	free(sample);
}

int report_page(struct report_page *p)
{
	int err;

	put_head(p);
	err = put_verdict(p);
	fputs("</section>\n", p->out);
	if (!err)
		err = put_pictures(p);
	if (!err)
		err = put_tables(p);
	if (!err)
		err = report_environment(p->out, p->r);
	fputs("</main>\n</body>\n</html>\n", p->out);
	return err;
}
