/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines. A verb has one table of options: the parser reads it, and --help is printed from
 * it. Man page and completion are made from --help.
 *
 * May include: number.h.
 */
#ifndef UTIL_OPTIONS_H
#define UTIL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_HELP	(-1)	/* help was printed to stdout, exit with 0 */
#define OPTIONS_USAGE	2	/* exit status after one line on stderr */

/* Words that are no options, in their order; they lie in argv. */
struct option_words {
	char **v;
	size_t nr;
};

enum option_kind {
	OPTION_KIND_END,	/* of the table */
	OPTION_KIND_GROUP,	/* a heading: ->help */
	OPTION_KIND_FLAG,	/* bool */
	OPTION_KIND_STRING,	/* const char *: lies in argv */
	OPTION_KIND_NUMBER,	/* unsigned int or uint64_t, ->min..->max; see number_parse() */
	OPTION_KIND_CHOICE,	/* enum: which of the words of ->arg, from 0 */
	OPTION_KIND_CALL,	/* ->call(verb's struct, value) */
	OPTION_KIND_WORDS,	/* struct option_words, ->min..->max of them */
	OPTION_KIND_REST,	/* the same, but all from the first word on, whatever they are */
};

struct option {
	const char *name;	/* without "--" */
	/*
	 * What help calls the value; NULL: takes none. "a|b|c": one of these and nothing else, but
	 * where one of them is in capitals. Completion knows CASE, VARIANT, DIR, FILE and lists.
	 */
	const char *arg;
	const char *help; /* lines with "\n" between them; NULL: for tests, and not listed */
	enum option_kind kind;
	size_t at, size;	/* of the field in the verb's struct */
	uint64_t min, max;
	/* 0, or an exit status after one line on stderr. @value is NULL without ->arg. */
	int (*call)(void *to, const char *value);
	char letter;		/* short name, 0: none */
};

/* _Generic is for the compiler to check the field's type: it adds nothing. */
#define OPTION_FIELD(type, field, ...) \
	.at = offsetof(type, field) + 0 * sizeof(_Generic(((type *)0)->field, __VA_ARGS__)), \
	.size = sizeof(((type *)0)->field)

#define OPTION_GROUP(text)		{ .kind = OPTION_KIND_GROUP, .help = (text) }
#define OPTION_FLAG(type, field)	.kind = OPTION_KIND_FLAG, OPTION_FIELD(type, field, bool: 0)
#define OPTION_STRING(type, field) \
	.kind = OPTION_KIND_STRING, OPTION_FIELD(type, field, const char *: 0)
#define OPTION_CHOICE(type, field) \
	.kind = OPTION_KIND_CHOICE, OPTION_FIELD(type, field, unsigned int: 0)
#define OPTION_NUMBER(type, field, lo, hi) \
	.kind = OPTION_KIND_NUMBER, OPTION_FIELD(type, field, unsigned int: 0, uint64_t: 0), \
	.min = (lo), .max = (hi)
#define OPTION_CALL(function)		.kind = OPTION_KIND_CALL, .call = (function)
#define OPTION_WORDS(type, field, lo, hi) \
	.kind = OPTION_KIND_WORDS, OPTION_FIELD(type, field, struct option_words: 0), \
	.min = (lo), .max = (hi)
#define OPTION_REST(type, field) \
	.kind = OPTION_KIND_REST, OPTION_FIELD(type, field, struct option_words: 0)

struct options {
	const char *verb;
	const char *usage;	/* what follows the verb; later lines begin with the verb */
	const char *text;	/* lines under it, NULL: none */
	const struct option *table;	/* NULL: no options */
	/* Options that verbs share and that come first: of the struct at ->shared_at. */
	const struct option *shared;
	size_t shared_at;
	/* Those that help tells otherwise; without ->help: not taken. The last has no name. */
	const struct option *instead;
	/*
	 * What words are for: ->arg names what must be given ("a result file"), ->call takes one. Of
	 * kind 0: there are none.
	 */
	struct option words;
};

/*
 * Fills *@to, the verb's struct, from the arguments after argv[0]. Words may stand among options;
 * after "--" all are words. The last of an option given twice counts. argv is put in another order.
 * 0, OPTIONS_HELP, OPTIONS_USAGE, or what a ->call returned.
 */
int options_parse(const struct options *o, void *to, int argc, char **argv);

/* "septbench VERB: MESSAGE; see septbench VERB --help" on stderr. Returns OPTIONS_USAGE. */
int options_refuse(const char *verb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
