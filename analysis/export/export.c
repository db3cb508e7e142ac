// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `export`, and what the formats share.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <util/options.h>

#include "analysis/analysis.h"
#include "analysis/history/history.h"
#include "export.h"

static const struct { const char *name; export_fn fn; bool many; } formats[] = {
	{ "go", export_go, true },
	{ "bmf", export_bmf, false },
	{ "kcidb", export_kcidb, false },
	{ "ktap", export_ktap, false },
};

#define ORIGIN_LETTERS	"abcdefghijklmnopqrstuvwxyz0123456789_"
#define NR_FORMATS	(sizeof(formats) / sizeof(formats[0]))

/* 0, 3 if some file is not sound but all can be used, other after a message. */
static int read_files(char **paths, size_t nr, struct record_file **files)
{
	int unsound = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		int status = record_read(paths[i], &files[i], stderr);

		if (!files[i])
			return status == 3 ? -3 : status;
		unsound |= status;
	}
	return unsound;
}

static int run(const char *format, const char *base, const char *origin, char **paths, size_t nr)
{
	struct record_file **files = calloc(nr + 1, sizeof(struct record_file *));
	struct export x = { .files = files, .nr_files = nr, .base = base, .origin = origin };
	size_t i, f;
	int status, unsound = 3;

	for (f = 0; f < NR_FORMATS && strcmp(formats[f].name, format); f++)
		;
	if (f == NR_FORMATS || (nr > 1 && !formats[f].many)) {
		free(files);
		return options_refuse("export", "%s %s", f == NR_FORMATS ? "there is no format" :
				      "one file only for format", format);
	}
	status = files ? read_files(paths, nr, files) : -3;
	if (status == 0 || status == 3) {
		unsound = status;
		x.ds = dataset_build(files, nr, NULL);
		status = x.ds ? formats[f].fn(&x, stdout) : 3;
	}
	if (fflush(stdout)) {
		fprintf(stderr, "septbench export: stdout: %s\n", strerror(errno));
		status = 3;
	}
	dataset_free(x.ds);
	for (i = 0; files && i < nr; i++)
		record_file_free(files[i]);
	free(files);
	return status < 0 ? 3 : status ? status : unsound;
}

struct verb {
	const char *base, *origin;
	struct option_words words;
};

static int set_origin(void *to, const char *name)
{
	if (!*name || name[strspn(name, ORIGIN_LETTERS)])
		return options_refuse("export", "--origin is of small letters, digits and _, not %s", name);
	((struct verb *)to)->origin = name;
	return 0;
}

static const struct option table[] = {
	{ "base", "VARIANT", "what verdicts of ktap are against (default: " STORE_BASE ")",
	  OPTION_STRING(struct verb, base) },
	{ "origin", "NAME", "the CI system that sends to kcidb (default: " EXPORT_ORIGIN ")",
	  OPTION_CALL(set_origin) },
	{ 0 }
};

static const struct options options = {
	.verb = "export",
	.usage = "FORMAT FILE... [option]...",
	.text = "Writes results in another tool's format to standard output. FORMAT is one of go, bmf, kcidb,\n"
		"ktap. Several files for go, the nights of a history. Exit status: 0, 2 usage, 3 a file is\n"
		"not sound or does not fit.",
	.table = table,
	.words = { .arg = "a format and a result file", OPTION_WORDS(struct verb, words, 1, SIZE_MAX) },
};

int cmd_export(int argc, char **argv)
{
	struct verb v = { .base = STORE_BASE, .origin = EXPORT_ORIGIN };
	int status = options_parse(&options, &v, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	if (v.words.nr < 2)
		return options_refuse("export", "give a result file");
	return run(v.words.v[0], v.base, v.origin, v.words.v + 1, v.words.nr - 1);
}
