// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `report`: a page that is well-formed, needs nothing else, says what it must, and takes
 * nothing from a file as markup.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "analysis/analysis.h"
#include "fixture.h"
#include "tests/record/scratch.h"

TestSuite(report, .init = scratch_enter, .fini = scratch_leave);

static const char *const three[] = { "freeze", "freeze-batched", "my-own", NULL };
static const char *const two[] = { "freeze", "freeze-batched", NULL };
static const struct fixture count = { .clock = "count", .variants = two, .boots = 2, .blocks = 1,
				      .today = true };
static const struct fixture wall = { .clock = "wall", .variants = three, .boots = 6, .blocks = 2,
				     .ungated = true, .today = true };
static const struct fixture unsteady = { .clock = "count", .variants = two, .boots = 2,
					 .blocks = 1, .unsteady = true };

static void need_gnuplot(void)
{
	if (system("gnuplot --version >/dev/null 2>&1"))
		cr_skip_test("gnuplot is not installed");
}

static char *page_of(const struct fixture *f, int status)
{
	struct outcome o;

	fixture_write("r.jsonl", f);
	o = outcome_of(cmd_report, "r.jsonl", NULL);
	cr_assert_eq(o.status, status, "status %d: %s", o.status, o.err);
	cr_assert_str_eq(o.out, "r.html\n");
	outcome_free(&o);
	return scratch_read("r.html", NULL);
}

/*
 * XML's rules, strictly: elements nest and end, attributes are quoted and given once, no < or & is
 * left that is no markup, and no id is given twice.
 */
#define MAX_DEPTH	64
#define MAX_IDS		8192
#define NAME_LEN	48

struct checker {
	const char *at;
	char open[MAX_DEPTH][NAME_LEN];
	size_t depth;
	char (*ids)[NAME_LEN];
	size_t nr_ids;
};

static void read_name(struct checker *c, char name[NAME_LEN])
{
	size_t len = strspn(c->at,
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_-");

	cr_assert(len > 0 && len < NAME_LEN, "no name at: %.60s", c->at);
	memcpy(name, c->at, len);
	name[len] = '\0';
	c->at += len;
}

static void check_entity(const char *at)
{
	cr_assert(!strncmp(at, "&amp;", 5) || !strncmp(at, "&lt;", 4) || !strncmp(at, "&gt;", 4) ||
		  !strncmp(at, "&quot;", 6), "no entity: %.60s", at);
}

static void take_id(struct checker *c, const char *id, size_t len)
{
	size_t i;

	cr_assert(len < NAME_LEN && c->nr_ids < MAX_IDS);
	for (i = 0; i < c->nr_ids; i++)
		cr_assert(strncmp(c->ids[i], id, len) || c->ids[i][len],
			  "the id %.*s is given twice", (int)len, id);
	memcpy(c->ids[c->nr_ids], id, len);
	c->ids[c->nr_ids++][len] = '\0';
}

static void check_attribute(struct checker *c)
{
	char name[NAME_LEN], quote;
	const char *value;

	read_name(c, name);
	c->at += strspn(c->at, " \t\n");
	cr_assert_eq(*c->at++, '=', "%s has no value", name);
	c->at += strspn(c->at, " \t\n");
	quote = *c->at++;
	cr_assert(quote == '"' || quote == '\'', "%s is not quoted", name);
	for (value = c->at; *c->at != quote; c->at++) {
		cr_assert(*c->at && *c->at != '<', "%s does not end", name);
		if (*c->at == '&')
			check_entity(c->at);
	}
	if (!strcmp(name, "id"))
		take_id(c, value, (size_t)(c->at - value));
	c->at++;
}

/* At the character after '<'. */
static void check_tag(struct checker *c)
{
	char name[NAME_LEN];
	bool end = *c->at == '/';

	c->at += end;
	read_name(c, name);
	while (!end && *c->at != '>' && *c->at != '/') {
		cr_assert(isspace((unsigned char)*c->at), "in %s: %.60s", name, c->at);
		c->at += strspn(c->at, " \t\n");
		if (*c->at != '>' && *c->at != '/')
			check_attribute(c);
	}
	if (end) {
		cr_assert(c->depth && !strcmp(c->open[c->depth - 1], name), "%s ends in %s", name,
			  c->depth ? c->open[c->depth - 1] : "nothing");
		c->depth--;
	} else if (*c->at == '/') {
		c->at++;
	} else {
		cr_assert_lt(c->depth, MAX_DEPTH);
		strcpy(c->open[c->depth++], name);
	}
	c->at += strspn(c->at, " \t\n");
	cr_assert_eq(*c->at++, '>', "%s does not end", name);
}

static void check_well_formed(const char *page)
{
	struct checker c = { .at = page };

	c.ids = calloc(MAX_IDS, sizeof(*c.ids));
	cr_assert(!strncmp(page, "<!DOCTYPE html>\n", 16));
	for (c.at += 16; *c.at;) {
		if (*c.at == '<') {
			c.at++;
			check_tag(&c);
			continue;
		}
		cr_assert(c.depth || isspace((unsigned char)*c.at), "text outside: %.60s", c.at);
		if (*c.at == '&')
			check_entity(c.at);
		c.at++;
	}
	cr_assert_eq(c.depth, 0, "%s does not end", c.depth ? c.open[c.depth - 1] : "");
	free(c.ids);
}

/* Nothing is fetched and nothing runs; pictures are inline. */
static void check_self_contained(const char *page)
{
	static const char *const none[] = { "http:",	  "https:",  "<script", "<link",
					    "<iframe",	  "@import", "url(",	"javascript:",
					    "onload=" };
	static const char inline_svg[] = "src=\"data:image/svg+xml;base64,PD94bWwg";
	const char *at;
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		cr_assert_null(strcasestr(page, none[i]), "the page has %s", none[i]);
	for (at = page; (at = strstr(at, "href=")); at += 5)
		cr_assert(at[6] == '#', "not in the page: %.40s", at);
	for (at = page; (at = strstr(at, "src=")); at += 4)
		cr_assert(!strncmp(at, inline_svg, strlen(inline_svg)), "not inline: %.60s", at);
}

static size_t count_of(const char *text, const char *what)
{
	size_t nr = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		nr++;
	return nr;
}

Test(report, count)
{
	static const char *const said[] = {
		"<html lang=\"en\">", "<h1>freeze-batched against freeze</h1>",
		"No gated row regressed (0 of ", "not TDX hardware", "To look at first",
		"<th scope=\"col\">", "<th scope=\"row\">", "n = 1 seed (1)",
		"<img alt=\"What changed? The figures are in the tables.\"",
		"<td>Example(R) CPU @ 2.10GHz</td>", "prefers-color-scheme:dark",
		"<caption>freeze-batched</caption>", "softtdx 1", "waiting 3.25",
		"Best: zap: zap_<wbr/>per_<wbr/>page",
	};
	char *page;
	size_t i;

	need_gnuplot();
	page = page_of(&count, 0);
	check_well_formed(page);
	check_self_contained(page);
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		cr_assert_not_null(strstr(page, said[i]), "the page does not say: %s", said[i]);
	cr_assert_lt(strstr(page, "No gated row"), strstr(page, "<img alt=\"What changed?"));
	cr_assert_lt(strstr(page, "<img alt=\"What changed?"), strstr(page, "<h2 id=\"tables\">"));
	cr_assert_null(strstr(page, "Case by variant"));
	free(page);
}

Test(report, wall)
{
	char *page;

	need_gnuplot();
	page = page_of(&wall, 0);
	check_well_formed(page);
	check_self_contained(page);
	cr_assert_not_null(strstr(page, "Wall time under TCG: not TDX time."));
	cr_assert_not_null(strstr(page, "Case by variant"));
	free(page);
}

/* The exit status is compare's, and the page says why. */
Test(report, invalid)
{
	char *page;

	need_gnuplot();
	page = page_of(&unsteady, 3);
	check_well_formed(page);
	cr_assert_not_null(strstr(page, "Invalid: these results decide nothing."));
	free(page);
}

Test(report, regressed)
{
	struct fixture slow = wall;
	char *page;

	need_gnuplot();
	slow.slower = 20;
	slow.ungated = false;
	page = page_of(&slow, 1);
	check_well_formed(page);
	cr_assert_not_null(strstr(page, "Regressed: "));
	free(page);
}

Test(report, two_files)
{
	struct outcome o;
	char *page;

	need_gnuplot();
	cr_assert_eq(system("mkdir secret"), 0);
	fixture_write("secret/a.jsonl", &count);
	fixture_write("secret/b.jsonl", &count);
	o = outcome_of(cmd_report, "secret/a.jsonl", "secret/b.jsonl", "-o", "two.html", NULL);
	cr_assert_eq(o.status, 0, "status %d: %s", o.status, o.err);
	cr_assert_str_eq(o.out, "two.html\n");
	outcome_free(&o);
	page = scratch_read("two.html", NULL);
	check_well_formed(page);
	check_self_contained(page);
	cr_assert_not_null(strstr(page, "2 variants: b.jsonl against a.jsonl"));
	cr_assert_not_null(strstr(page, "freeze (b.jsonl)"));
	cr_assert_null(strstr(page, "secret"), "a name with its folders");
	free(page);
}

/* Ten rows at most stand open, and the same change of two numbers of vCPUs is one row. */
Test(report, first_rows)
{
	struct fixture slow = wall;
	char *page, *first, *end;

	need_gnuplot();
	slow.slower = 20;
	slow.ungated = false;
	page = page_of(&slow, 1);
	first = strstr(page, "<h3>To look at first</h3>");
	cr_assert_not_null(first);
	end = strstr(first, "</table>");
	cr_assert_not_null(end);
	*end = '\0';
	cr_assert_leq(count_of(first, "<th scope=\"row\">"), 10);
	cr_assert_not_null(strstr(first, "populate: fault_<wbr/>p50"));
	cr_assert_not_null(strstr(first, "2 numbers of vCPUs"));
	cr_assert_lt(strstr(first, "class=\"bad\""), strstr(first, "class=\"good\""));
	cr_assert_not_null(strstr(page, "Worst: populate: fault_<wbr/>p"));
	free(page);
}

Test(report, nothing_in_a_file_is_markup)
{
	static const char *const evil[] = { "freeze", "<script>alert('1')</script>&\"x", NULL };
	struct fixture f = count;
	char *page;

	need_gnuplot();
	f.variants = evil;
	page = page_of(&f, 0);
	check_well_formed(page);
	check_self_contained(page);
	cr_assert_not_null(strstr(page, "&lt;script&gt;alert('1')&lt;/script&gt;&amp;&quot;x"));
	free(page);
}

Test(report, twice_the_same_bytes)
{
	char *a, *b;

	need_gnuplot();
	a = page_of(&wall, 0);
	b = page_of(&wall, 0);
	cr_assert_str_eq(a, b);
	free(a);
	free(b);
}

static void check_fails(struct outcome o, int status, const char *why)
{
	cr_assert_eq(o.status, status, "status %d: %s", o.status, o.err);
	cr_assert_not_null(strstr(o.err, why), "said: %s", o.err);
	cr_assert_str_empty(o.out);
	outcome_free(&o);
}

Test(report, bad_input)
{
	fixture_write("count.jsonl", &count);
	check_fails(outcome_of(cmd_report, NULL), 2, "give a result file");
	check_fails(outcome_of(cmd_report, "count.jsonl", "--frob", NULL), 2, "unknown option");
	check_fails(outcome_of(cmd_report, "absent", NULL), 2, "absent: No such file");
	check_fails(outcome_of(cmd_report, "count.jsonl", "-o", "count.jsonl", NULL), 2,
		    "count.jsonl is a result file");
	check_fails(outcome_of(cmd_report, "count.jsonl", "-o", "./count.jsonl", NULL), 2,
		    "count.jsonl is a result file");
	check_fails(outcome_of(cmd_report, "count.jsonl", "--base", "thaw", NULL), 2,
		    "no variant thaw");
	setenv("PATH", "/nonexistent", 1);
	check_fails(outcome_of(cmd_report, "count.jsonl", NULL), 4, "install gnuplot-nox");
	cr_assert_neq(access("count.html", F_OK), 0);
}
