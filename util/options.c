// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

#define COLUMN	26	/* of help texts */

int options_refuse(const char *verb, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "septbench %s: ", verb);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see septbench %s --help\n", verb);
	return OPTIONS_USAGE;
}

/* --- help --- */

static void print_option(const struct option *d)
{
	char left[80], letter[] = "-x, ";
	const char *text = d->help;

	if (!text)
		return;
	letter[1] = d->letter;
	snprintf(left, sizeof(left), "%s--%s%s%s", d->letter ? letter : "", d->name, d->arg ? " " : "",
		 d->arg ? d->arg : "");
	if (strlen(left) > COLUMN) {
		printf("  %s\n", left);
		*left = 0;
	}
	for (int n; *text; text += n + (text[n] == '\n')) {
		n = (int)strcspn(text, "\n");
		printf("  %-*s  %.*s\n", COLUMN, left, n, text);
		*left = 0;
	}
}

/* What this verb says of @d, which verbs share. */
static const struct option *told(const struct options *o, const struct option *d)
{
	for (const struct option *i = o->instead; i && i->name; i++)
		if (!strcmp(i->name, d->name))
			return i;
	return d;
}

static void print_table(const struct options *o, const struct option *d)
{
	bool shared = d == o->shared;
	const char *heading = NULL;

	for (; d && d->kind; d++) {
		const struct option *say = shared && d->name ? told(o, d) : d;

		if (d->kind == OPTION_KIND_GROUP) {
			heading = d->help;
			continue;
		}
		if (heading && say->help)
			printf("\n%s:\n", heading);
		if (say->help)
			heading = NULL;
		print_option(say);
	}
}

static void print_help(const struct options *o)
{
	const struct option *first = o->shared ? o->shared : o->table;
	const char *line = o->usage;

	printf("usage: septbench %s%s", o->verb, *line ? " " : "\n");
	for (int n; *line; line += n + (line[n] == '\n')) {
		n = (int)strcspn(line, "\n");
		printf("%s%.*s\n", line == o->usage ? "" : "       septbench ", n, line);
	}
	printf("%s%s", o->text ? o->text : "", o->text ? "\n" : "");
	if (first && first->kind != OPTION_KIND_GROUP)
		putchar('\n');
	print_table(o, o->shared);
	print_table(o, o->table);
}

/* --- values --- */

/* Which of "a|b|c" is @value; -1: none, and an error. What is in capitals stands for anything. */
static int find_choice(const struct options *o, const struct option *d, const char *value)
{
	char list[160] = "";
	int at = 0;

	for (const char *w = d->arg, *end; *w; w = end + (*end == '|'), at++) {
		end = w + strcspn(w, "|");
		if ((*w >= 'A' && *w <= 'Z') ||
		    (strlen(value) == (size_t)(end - w) && !memcmp(value, w, (size_t)(end - w))))
			return at;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%.*s",
			 !at ? "" : *end ? ", " : " or ", (int)(end - w), w);
	}
	options_refuse(o->verb, "--%s: \"%s\" is not %s", d->name, value, list);
	return -1;
}

static int set_number(const struct options *o, const struct option *d, void *field,
		      const char *value)
{
	char range[64] = "";
	uint64_t v;

	if (number_parse(value, &v) && v >= d->min && v <= d->max) {
		if (d->size == sizeof(unsigned int))
			*(unsigned int *)field = (unsigned int)v;
		else
			*(uint64_t *)field = v;
		return 0;
	}
	if (d->max != UINT64_MAX)
		snprintf(range, sizeof(range), " from %" PRIu64 " to %" PRIu64, d->min, d->max);
	return options_refuse(o->verb, "--%s: \"%s\" is not a number%s", d->name, value, range);
}

/* @to is the struct that the fields of @d's table are of. */
static int set(const struct options *o, const struct option *d, char *to, const char *value)
{
	int choice = value && strchr(d->arg, '|') ? find_choice(o, d, value) : 0;

	if (choice < 0)
		return OPTIONS_USAGE;
	switch (d->kind) {
	case OPTION_KIND_FLAG:
		*(bool *)(to + d->at) = true;
		return 0;
	case OPTION_KIND_STRING:
		*(const char **)(to + d->at) = value;
		return 0;
	case OPTION_KIND_CHOICE:
		*(unsigned int *)(to + d->at) = (unsigned int)choice;
		return 0;
	case OPTION_KIND_NUMBER:
		return set_number(o, d, to + d->at, value);
	default:
		return d->call(to, value);
	}
}

/* --- the line --- */

static bool is_named(const struct option *d, const char *name, size_t len, bool letter)
{
	if (letter)
		return d->letter == *name;
	return d->name && strlen(d->name) == len && !memcmp(d->name, name, len);
}

static const struct option *find(const struct option *d, const char *name, size_t len, bool letter)
{
	for (; d && d->kind; d++)
		if (is_named(d, name, len, letter))
			return d;
	return NULL;
}

/* The option that argv[*at] is: "--name=value", "--name value", "-n value", "-nvalue"; moves past it. */
static int parse_option(const struct options *o, char *to, int argc, char **argv, int *at)
{
	const char *word = argv[(*at)++], *value = NULL;
	bool letter = word[1] != '-';
	const char *name = word + (letter ? 1 : 2);
	size_t len = letter ? 1 : strcspn(name, "=");
	const struct option *d = find(o->shared, name, len, letter);
	char *of;

	if (d && told(o, d) != d && !told(o, d)->help)
		d = NULL;
	of = d ? to + o->shared_at : to;
	if (!d)
		d = find(o->table, name, len, letter);
	if (!d)
		return options_refuse(o->verb, "unknown option %.*s",
				      (int)(len + (size_t)(name - word)), word);
	if (name[len])
		value = name + len + (name[len] == '=');
	else if (d->arg && *at < argc)
		value = argv[(*at)++];
	if (!d->arg != !value)
		return options_refuse(o->verb, "option --%s %s", d->name,
				      d->arg ? "needs a value" : "takes no value");
	return set(o, d, of, value);
}

/* Words move to the front of argv: what stood there has been read. */
static int take_word(const struct options *o, void *to, struct option_words *words, char *word)
{
	const struct option *d = &o->words;

	if (d->kind == OPTION_KIND_CALL)
		return d->call(to, word);
	if (d->kind != OPTION_KIND_WORDS || words->nr == d->max)
		return options_refuse(o->verb, "unexpected argument \"%s\"", word);
	words->v[words->nr++] = word;
	return 0;
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

int options_parse(const struct options *o, void *to, int argc, char **argv)
{
	struct option_words words = { .v = argv + 1 };
	bool all_words = false;
	int at = 1, r = 0;

	while (at < argc && !r) {
		bool option = !all_words && argv[at][0] == '-' && argv[at][1];

		if (option && is_help(argv[at])) {
			print_help(o);
			return OPTIONS_HELP;
		}
		if (option && o->words.kind && !strcmp(argv[at], "--")) {
			all_words = true;
			at++;
		} else if (option) {
			r = parse_option(o, to, argc, argv, &at);
		} else if (o->words.kind == OPTION_KIND_REST) {
			words = (struct option_words){ argv + at, (size_t)(argc - at) };
			at = argc;
		} else {
			r = take_word(o, to, &words, argv[at++]);
		}
	}
	if (r || !o->words.size)
		return r;
	memcpy((char *)to + o->words.at, &words, sizeof(words));
	return words.nr < o->words.min ? options_refuse(o->verb, "give %s", o->words.arg) : 0;
}
