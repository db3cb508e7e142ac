// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page: verdict, tables, pictures, environment.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "number.h"
#include "provenance.h"
#include "report.h"

/* gnuplot draws in black on white: in the dark both are turned, the variants' colours stay. */
static const char style[] =
	":root{color-scheme:light dark;--paper:#fff;--ink:#1a1a1a;--soft:#555;--line:#d0d0d0;"
	"--shade:#f4f4f4;--link:#0059a8;--good:#00664b;--bad:#a33c00;--open:#7a5500}\n"
	"@media (prefers-color-scheme:dark){:root{--paper:#16181b;--ink:#e8e8e8;--soft:#aaa;"
	"--line:#44484d;--shade:#22262a;--link:#7cc0f4;--good:#4fd0a5;--bad:#ff9a5c;"
	"--open:#f0c75e}\n"
	"svg [fill=\"black\"]{fill:var(--ink)}svg [stroke=\"black\"]{stroke:var(--ink)}\n"
	"svg [color=\"black\"]{color:var(--ink)}svg rect[fill=\"#ffffff\"]{fill:var(--paper)}\n"
	"svg [fill=\"rgb(64,64,64)\"]{fill:var(--soft)}svg [stroke='rgb(216, 216, 216)'],"
	"svg [stroke='#d8d8d8']{stroke:var(--line)}"
	"svg [stroke='rgb( 96,  96,  96)']{stroke:var(--soft)}\n"
	"svg [stroke='rgb(  0,   0,   0)']{stroke:var(--ink)}"
	"svg [fill='rgb(  0,   0,   0)']{fill:var(--ink)}"
	"svg [color='rgb(  0,   0,   0)']{color:var(--ink)}"
	"svg [fill = 'rgb(216, 216, 216)'],svg [fill='rgb(216, 216, 216)']{fill:var(--line)}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--paper);color:var(--ink);"
	"font:1rem/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.3rem;margin:2rem 0 .5rem;"
	"border-bottom:1px solid var(--line)}h3{font-size:1.1rem;margin:1.5rem 0 .25rem}\n"
	"p{margin:.5rem 0;max-width:46rem;overflow-wrap:anywhere}a{color:var(--link)}\n"
	".verdict{border-left:.5rem solid var(--soft);background:var(--shade);padding:.75rem 1rem;"
	"margin:1rem 0}.verdict p{margin:.2rem 0}.verdict strong{font-size:1.2rem}\n"
	".verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}"
	".verdict.open{border-color:var(--open)}\n"
	".scroll{overflow-x:auto;margin:.75rem 0}figure{margin:1rem 0}"
	"figcaption{color:var(--soft)}\n"
	"svg{display:block;min-width:40rem;max-width:100%;height:auto}\n"
	"table{border-collapse:collapse;font-size:.9rem}"
	"caption{text-align:left;font-weight:600;padding:.3rem 0}\n"
	"th,td{border-bottom:1px solid var(--line);padding:.2rem .6rem;text-align:left;"
	"vertical-align:top}thead th{background:var(--shade)}"
	"tbody th{font-weight:400}\n"
	".number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	"td.good,td.bad,td.open,td.plain{white-space:nowrap}"
	"td.good{color:var(--good);font-weight:600}td.bad{color:var(--bad);font-weight:600}"
	"td.open{color:var(--open)}\n"
	".env th{white-space:nowrap}.env td{overflow-wrap:anywhere;min-width:14rem}\n"
	"summary{cursor:pointer;color:var(--link)}"
	"pre{font-size:.8rem;background:var(--shade);padding:.75rem;overflow-x:auto}\n"
	"@media print{.scroll{overflow:visible}svg{min-width:0}}\n";

/*
 * Verdict.
 */

struct tally {
	size_t gated, of[VERDICT_NR], unrepeated, large;
};

/* Of the gated rows; whether counts repeat and what is large, of all. */
static struct tally count_verdicts(const struct report *r)
{
	struct tally n = { 0 };
	size_t t, i, o;

	for (t = 0; t < r->nr_tables; t++)
		for (i = 0; i < r->tables[t].nr_rows; i++)
			for (o = 0; o < r->tables[t].nr_others; o++) {
				const struct row *row = &r->tables[t].rows[i];
				const struct metric *m = &r->ds->metrics[row->metric];
				const struct judgement *j = &row->others[o].j;

				if (m->model)
					continue;
				n.unrepeated += j->verdict == VERDICT_UNSTEADY;
				n.large += j->large;
				if (!m->gated)
					continue;
				n.gated++;
				n.of[j->verdict]++;
			}
	return n;
}

static void put_headline(FILE *out, const struct report *r, const struct tally *n)
{
	size_t bad = n->of[VERDICT_REGRESSED], undecided = n->of[VERDICT_UNCLEAR];

	if (r->status == 1)
		report_text(out, "Regressed: %zu of %zu gated comparisons.", bad, n->gated);
	else if (r->status)
		report_text(out, "Invalid: these results decide nothing.");
	else if (undecided)
		report_text(out, "No gated metric is shown to have regressed; %zu of %zu gated "
			    "comparisons are undecided.", undecided, n->gated);
	else
		report_text(out, "No gated metric regressed (%zu gated comparisons).", n->gated);
}

static void put_reasons(FILE *out, const struct report *r, const struct tally *n)
{
	size_t i;

	if (report_aa_failed(r))
		fputs("<p>The A/A arm differs from its base though nothing does: the machine was "
		      "not quiet.</p>\n", out);
	if (n->unrepeated)
		fprintf(out,
			"<p>%zu exact metrics do not repeat from boot to boot: an error of the "
			"measurement, not noise.</p>\n",
			n->unrepeated);
	if (n->of[VERDICT_MISSING])
		fprintf(out, "<p>%zu gated metrics are missing on one side.</p>\n",
			n->of[VERDICT_MISSING]);
	for (i = 0; i < r->ds->nr_arms; i++) {
		const struct arm *a = &r->ds->arms[i];

		if (!a->invalid)
			continue;
		fputs("<p>", out);
		report_text(out, "%s: %zu invalid blocks left out; the first: %s", a->variant,
			    a->invalid, a->first_invalid);
		fputs("</p>\n", out);
	}
	for (i = 0; i < r->ds->nr_arms; i++) {
		const struct record_file *f = r->ds->arms[i].file;

		if ((f->ended && !f->end_status) || (i && f == r->ds->arms[i - 1].file))
			continue;
		fputs("<p>", out);
		report_text(out, "%s: the run %s; its whole blocks are used.", f->path,
			    f->ended ? "ended with an error" : "was cut short");
		fputs("</p>\n", out);
	}
	if (r->mismatch) {
		fputs("<p>", out);
		report_text(out, "The files differ in more than the code: %s.", r->mismatch);
		fputs("</p>\n", out);
	}
}

static void put_tally(FILE *out, const struct tally *n)
{
	const char *comma = "";
	size_t i;

	if (!n->gated)
		return;
	fputs("<p>Gated: ", out);
	for (i = 0; i < VERDICT_NR; i++)
		if (n->of[i]) {
			report_text(out, "%s%zu %s", comma, n->of[i],
				    verdict_name((enum verdict)i));
			comma = ", ";
		}
	fputs(".</p>\n", out);
	if (n->large)
		fprintf(out, "<p>%zu undecided differences look large: more boots would tell."
			"</p>\n", n->large);
}

static void put_verdict(const struct report_page *p)
{
	struct tally n = count_verdicts(p->r);
	bool undecided = n.of[VERDICT_UNCLEAR];
	const char *caveat;
	unsigned int i;

	fputs("<section aria-labelledby=\"verdict\">\n<h2 id=\"verdict\">Verdict</h2>\n", p->out);
	fprintf(p->out, "<div class=\"verdict %s\">\n<p><strong>",
		p->r->status == 1 ? "bad" : p->r->status || undecided ? "open" : "good");
	put_headline(p->out, p->r, &n);
	fputs("</strong></p>\n", p->out);
	put_tally(p->out, &n);
	put_reasons(p->out, p->r, &n);
	if ((caveat = report_caveat(p->r, 0)) && *caveat) {
		fputs("<p>", p->out);
		report_text(p->out, "%s", caveat);
		fputs("</p>\n", p->out);
	}
	fputs("</div>\n", p->out);
	report_notable(p->out, p->r);
	for (i = 1; (caveat = report_caveat(p->r, i)); i++) {
		if (!*caveat)
			continue;
		fputs("<p>", p->out);
		report_text(p->out, "%s", caveat);
		fputs("</p>\n", p->out);
	}
	fputs("</section>\n", p->out);
}

/*
 * Tables.
 */

static void put_words(FILE *out)
{
	fputs("<p>Change is that of the median over boots; where it was tested, the shift with its "
	      "95% interval in brackets and p before the correction for many metrics. Gated "
	      "metrics decide; the others are shown for what they are worth.</p>\n", out);
}

static int put_tables(const struct report_page *p)
{
	char *text = NULL;
	size_t len;
	FILE *mail;

	fputs("<section aria-labelledby=\"tables\">\n<h2 id=\"tables\">Tables</h2>\n", p->out);
	put_words(p->out);
	report_tables(p->out, p->r);
	mail = open_memstream(&text, &len);
	if (!mail)
		return -ENOMEM;
	report_print_text(p->r, mail);
	if (fclose(mail)) {
		free(text);
		return -ENOMEM;
	}
	fputs("<details>\n<summary>The same as plain text for a mail</summary>\n<pre>", p->out);
	report_text(p->out, "%s", text);
	fputs("</pre>\n</details>\n</section>\n", p->out);
	free(text);
	return 0;
}

/*
 * Pictures.
 */

/* Folds open and close without scripts. */
static void put_kind(struct report_page *p, const struct plot_kind *kind)
{
	if (p->kind == kind)
		return;
	if (p->kind)
		fputs("</details>\n", p->out);
	p->kind = kind;
	if (!kind)
		return;
	fprintf(p->out, "<h3>%s</h3>\n<p>%s</p>\n<details%s>\n<summary>%s: pictures</summary>\n",
		kind->what, kind->how, kind->folded ? "" : " open=\"\"", kind->what);
}

static int put_picture(void *arg, const struct plot_picture *picture)
{
	struct report_page *p = arg;
	char *path = NULL, *label = NULL;
	int err = plot_draw("report", p->dir, picture->name, picture->text, picture->len);

	if (err)
		return err;
	if (asprintf(&path, "%s/%s.svg", p->dir, picture->name) < 0)
		return -ENOMEM;
	put_kind(p, picture->kind);
	if (asprintf(&label, "%s: %s. The figures are in the tables.", picture->kind->what,
		     picture->of) < 0) {
		free(path);
		return -ENOMEM;
	}
	fputs("<figure>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"",
	      p->out);
	report_text(p->out, "%s: %s", picture->kind->what, picture->of);
	fputs("\">\n", p->out);
	err = report_svg(p->out, path, ++p->nr_pictures, label);
	fputs("</div>\n<figcaption>", p->out);
	report_text(p->out, "%s: %s", picture->kind->what, picture->of);
	fputs("</figcaption>\n</figure>\n", p->out);
	free(path);
	free(label);
	return err;
}

static int put_pictures(struct report_page *p)
{
	int err;

	fputs("<section aria-labelledby=\"pictures\">\n<h2 id=\"pictures\">Pictures</h2>\n"
	      "<p>A variant has the same colour, dashes and points everywhere.</p>\n", p->out);
	err = plot_each(&p->set, put_picture, p);
	put_kind(p, NULL);
	if (!err && !p->nr_pictures)
		fputs("<p>There is nothing to draw.</p>\n", p->out);
	fputs("</section>\n", p->out);
	return err;
}

/*
 * Environment.
 */

static void put_fact(FILE *out, const char *name, const char *value)
{
	fputs("<tr><th scope=\"row\">", out);
	report_text(out, "%s", name);
	fputs("</th><td>", out);
	report_text(out, "%s", value);
	fputs("</td></tr>\n", out);
}

/* Objects inside objects get names with dots. */
static int put_env(FILE *out, const char *prefix, struct json_object *env)
{
	int err = 0;

	json_object_object_foreach(env, key, value) {
		char *name = NULL;

		if (err || asprintf(&name, "%s%s%s", prefix, *prefix ? "." : "", key) < 0)
			return -ENOMEM;
		if (json_object_is_type(value, json_type_object))
			err = put_env(out, name, value);
		else
			put_fact(out, name, value ? json_object_get_string(value) : "-");
		free(name);
	}
	return err;
}

static int put_file(FILE *out, const struct record_file *f)
{
	struct json_object *env = NULL;
	char seed[24];
	int err = 0;

	snprintf(seed, sizeof(seed), "%" PRIu64, f->run.seed);
	fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Environment of ",
	      out);
	report_text(out, "%s", f->path);
	fputs("\">\n<table class=\"env\">\n<caption>", out);
	report_text(out, "%s", f->path);
	fputs("</caption>\n<tbody>\n", out);
	put_fact(out, "septbench", f->run.version);
	put_fact(out, "substrate", f->run.substrate);
	put_fact(out, "clock", f->run.clock);
	put_fact(out, "cost profile", f->run.profile);
	put_fact(out, "kernel flavour", f->run.flavour);
	put_fact(out, "seed", seed);
	if (json_object_object_get_ex(f->json, "env", &env))
		err = put_env(out, "", env);
	fputs("</tbody>\n</table>\n</div>\n", out);
	return err;
}

static int put_environment(const struct report_page *p)
{
	const struct dataset *ds = p->r->ds;
	size_t i;
	int err = 0;

	fputs("<section aria-labelledby=\"environment\">\n<h2 id=\"environment\">Environment</h2>\n",
	      p->out);
	for (i = 0; i < ds->nr_arms && !err; i++)
		if (!i || ds->arms[i].file != ds->arms[i - 1].file)
			err = put_file(p->out, ds->arms[i].file);
	fputs("</section>\n", p->out);
	return err;
}

static void put_head(const struct report_page *p)
{
	const struct record_file *f = p->r->ds->arms[p->r->tables[0].base].file;

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<title>", p->out);
	report_text(p->out, "septbench report: %s", f->path);
	fprintf(p->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n"
		"<h1>septbench report</h1>\n<p>", style);
	report_text(p->out, "%s: substrate %s, clock %s%s, kernel %s (%s), host %s", f->path,
		    f->run.substrate, f->run.clock,
		    strcmp(f->run.clock, "count") ? "" : " (instructions)",
		    record_env(f, "kernel", "unknown"), f->run.flavour,
		    record_env(f, "cpu", "unknown"));
	fputs("</p>\n<nav aria-label=\"Sections\"><p><a href=\"#verdict\">Verdict</a>, <a "
	      "href=\"#tables\">Tables</a>, <a href=\"#pictures\">Pictures</a>, <a "
	      "href=\"#environment\">Environment</a></p></nav>\n</header>\n<main>\n", p->out);
}

int report_page(struct report_page *p)
{
	int err;

	put_head(p);
	put_verdict(p);
	err = put_tables(p);
	if (!err)
		err = put_pictures(p);
	if (!err)
		err = put_environment(p);
	fputs("</main>\n</body>\n</html>\n", p->out);
	return err;
}
