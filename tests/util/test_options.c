// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser of command lines: what it takes, what it refuses and how it says so, and the help. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <util/options.h>

enum colour { RED, GREEN, BLUE };

struct inner {
	uint64_t seed;
	const char *name;
};

struct verb {
	bool flag;
	const char *text, *profile;
	unsigned int n;
	enum colour colour;
	struct inner inner;
	int called;
	struct option_words words;
};

static int call(void *to, const char *value)
{
	((struct verb *)to)->called++;
	return strcmp(value, "bad") ? 0 : 7;
}

static const struct option shared[] = {
	OPTION_GROUP("Shared"),
	{ "seed", "N", "a seed", OPTION_NUMBER(struct inner, seed, 0, UINT64_MAX) },
	{ "name", "NAME", "a name", OPTION_STRING(struct inner, name) },
	{ 0 }
};

static const struct option table[] = {
	OPTION_GROUP("Own"),
	{ "flag", NULL, "a flag", OPTION_FLAG(struct verb, flag) },
	{ "output", "FILE", "text\nof two lines", OPTION_STRING(struct verb, text), .letter = 'o' },
	{ "number", "N", "a number", OPTION_NUMBER(struct verb, n, 1, 64) },
	{ "colour", "red|green|blue", "a colour", OPTION_CHOICE(struct verb, colour) },
	{ "profile", "flat|FILE", "a profile", OPTION_STRING(struct verb, profile) },
	{ "with-a-long-name", "AND|A|LONG|VALUE", "a call", OPTION_CALL(call) },
	{ 0 }
};

static const struct options files = {
	.verb = "paint", .usage = "FILE [FILE2]\npaint --all", .text = "Paints.",
	.table = table, .shared = shared, .shared_at = offsetof(struct verb, inner),
	.words = { .arg = "a file", OPTION_WORDS(struct verb, words, 1, 2) },
};
static const struct option no_name[] = {
	{ .name = "seed", .arg = "ONE", .help = "another seed" }, { .name = "name" }, { 0 }
};
static const struct options nameless = {
	.verb = "paint", .usage = "", .table = table, .shared = shared,
	.shared_at = offsetof(struct verb, inner), .instead = no_name,
};
static const struct option no_shared[] = { { .name = "seed" }, { .name = "name" }, { 0 } };
static const struct options lonely = {
	.verb = "paint", .usage = "", .table = table, .shared = shared,
	.shared_at = offsetof(struct verb, inner), .instead = no_shared,
};
static const struct options wordless = { .verb = "paint", .usage = "", .table = table };
static const struct options command = {
	.verb = "paint", .usage = "", .table = table, .words = { OPTION_REST(struct verb, words) },
};

static struct verb v;
static char said[512];

/* Parses @line, split at blanks; what went to @stream is in said[]. What v holds is in argv[]. */
static int parse_on(FILE **stream, const struct options *o, const char *line)
{
	static char copy[512], *argv[32];
	FILE *was = *stream;
	char *save;
	int argc = 0, r;

	memset(&v, 0, sizeof(v));
	memset(said, 0, sizeof(said));
	memset(argv, 0, sizeof(argv));
	snprintf(copy, sizeof(copy), "paint %s", line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	*stream = fmemopen(said, sizeof(said), "w");
	r = options_parse(o, &v, argc, argv);
	fclose(*stream);
	*stream = was;
	return r;
}

static int parse(const struct options *o, const char *line)
{
	return parse_on(&stderr, o, line);
}

static void check_refused(const struct options *o, const char *line, const char *what)
{
	char expected[256];

	snprintf(expected, sizeof(expected), "septbench paint: %s; see septbench paint --help\n", what);
	cr_expect_eq(parse(o, line), OPTIONS_USAGE, "%s", line);
	cr_expect_str_eq(said, expected, "%s: %s", line, said);
}

Test(options, each_kind)
{
	cr_assert_eq(parse(&files, "a --flag --output=x=y --number 0x40 --colour blue --profile p.json --seed"
			   " 18446744073709551615 --name n --with-a-long-name z b"), 0);
	cr_assert(v.flag && v.n == 64 && v.colour == BLUE && v.called == 1);
	cr_assert_str_eq(v.text, "x=y");
	cr_assert_str_eq(v.profile, "p.json");
	cr_assert_eq(v.inner.seed, UINT64_MAX);
	cr_assert_str_eq(v.inner.name, "n");
	cr_assert_eq(v.words.nr, 2);
	cr_assert_str_eq(v.words.v[0], "a");
	cr_assert_str_eq(v.words.v[1], "b");
	cr_assert_str_empty(said);
}

Test(options, forms)
{
	cr_assert_eq(parse(&files, "-o x -ohere f"), 0);
	cr_assert_str_eq(v.text, "here", "the last one counts");
	cr_assert_eq(parse(&files, "-o=there -"), 0);
	cr_assert_str_eq(v.text, "there");
	cr_assert_str_eq(v.words.v[0], "-", "stdin is no option");
	cr_assert_eq(parse(&files, "--output --flag -- --flag"), 0);
	cr_assert_str_eq(v.text, "--flag", "a value may look like an option");
	cr_assert(!v.flag && v.words.nr == 1);
	cr_assert_str_eq(v.words.v[0], "--flag");
	cr_assert_eq(parse(&files, "f --with-a-long-name bad --flag"), 7, "what a call says");
	cr_assert_not(v.flag);
}

Test(options, a_command_stays_as_it_is)
{
	cr_assert_eq(parse(&command, "--flag cmd --flag --no-such"), 0);
	cr_assert(v.flag && v.words.nr == 3);
	cr_assert_str_eq(v.words.v[2], "--no-such");
	cr_assert_eq(parse(&command, "-- --flag"), 0);
	cr_assert(!v.flag && v.words.nr == 1);
	cr_assert_eq(parse(&command, ""), 0);
	cr_assert_eq(v.words.nr, 0);
}

Test(options, refused_in_one_line)
{
	check_refused(&files, "f --no-such=3", "unknown option --no-such");
	check_refused(&files, "f --fla", "unknown option --fla");
	check_refused(&files, "f -xyz", "unknown option -x");
	check_refused(&wordless, "--", "unknown option --");
	check_refused(&wordless, "stray", "unexpected argument \"stray\"");
	check_refused(&files, "a b c", "unexpected argument \"c\"");
	check_refused(&files, "--flag", "give a file");
	check_refused(&files, "f --flag=1", "option --flag takes no value");
	check_refused(&files, "f -o", "option --output needs a value");
	check_refused(&files, "f --number 65", "--number: \"65\" is not a number from 1 to 64");
	check_refused(&files, "f --number 0", "--number: \"0\" is not a number from 1 to 64");
	check_refused(&files, "f --number nan", "--number: \"nan\" is not a number from 1 to 64");
	check_refused(&files, "f --number=", "--number: \"\" is not a number from 1 to 64");
	check_refused(&files, "f --seed -1", "--seed: \"-1\" is not a number");
	check_refused(&files, "f --colour gree", "--colour: \"gree\" is not red, green or blue");
	check_refused(&files, "f --colour=", "--colour: \"\" is not red, green or blue");
}

Test(options, of_what_verbs_share_one_may_take_less)
{
	check_refused(&nameless, "--name n", "unknown option --name");
	cr_assert_eq(parse(&nameless, "--seed 3"), 0);
	cr_assert_eq(v.inner.seed, 3);
	cr_assert_eq(parse_on(&stdout, &nameless, "--help"), OPTIONS_HELP);
	cr_assert(strstr(said, "Shared:\n  --seed ONE                  another seed\n"), "%s", said);
	cr_assert(strstr(said, "--flag"));
	cr_assert_not(strstr(said, "--name"), "%s", said);
	cr_assert_eq(parse_on(&stdout, &lonely, "-h"), OPTIONS_HELP);
	cr_assert_not(strstr(said, "Shared:"), "a heading of nothing: %s", said);
}

Test(options, help_is_made_of_the_table)
{
	cr_assert_eq(parse_on(&stdout, &files, "--flag --help --no-such"), OPTIONS_HELP);
	cr_assert_str_eq(said, "usage: septbench paint FILE [FILE2]\n"
			       "       septbench paint --all\n"
			       "Paints.\n"
			       "\n"
			       "Shared:\n"
			       "  --seed N                    a seed\n"
			       "  --name NAME                 a name\n"
			       "\n"
			       "Own:\n"
			       "  --flag                      a flag\n"
			       "  -o, --output FILE           text\n"
			       "                              of two lines\n"
			       "  --number N                  a number\n"
			       "  --colour red|green|blue     a colour\n"
			       "  --profile flat|FILE         a profile\n"
			       "  --with-a-long-name AND|A|LONG|VALUE\n"
			       "                              a call\n", "%s", said);
	cr_assert_eq(parse_on(&stdout, &files, "-h"), OPTIONS_HELP);
	cr_assert_eq(parse(&files, "f -- -h"), 0, "a word");
}
