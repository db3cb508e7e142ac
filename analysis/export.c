// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `export`, and what the formats share.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "export.h"
#include "store.h"

static const struct { const char *name; export_fn fn; bool many; } formats[] = {
	{ "go", export_go, true },
	{ "otava", export_otava, true },
	{ "otava-config", export_otava_config, true },
	{ "bmf", export_bmf, false },
	{ "lnt", export_lnt, false },
	{ "lnt-suite", export_lnt_suite, true },
	{ "kcidb", export_kcidb, false },
	{ "ktap", export_ktap, false },
};

#define NR_FORMATS	(sizeof(formats) / sizeof(formats[0]))

static void print_usage(FILE *out)
{
	size_t i;

	fputs("usage: septbench export FORMAT FILE... [--base VARIANT]\n"
	      "Writes results in another tool's format to standard output. FORMAT is one of",
	      out);
	for (i = 0; i < NR_FORMATS; i++)
		fprintf(out, " %s", formats[i].name);
	fputs(".\nSeveral files, in the order of time, for go and otava. Ratios and verdicts are "
	      "to VARIANT\n(default " STORE_BASE "). Exit status: 0, 2 usage, 3 a file is not "
	      "sound or does not fit.\n", out);
}

static int usage_error(const char *what, const char *value)
{
	fprintf(stderr, "septbench export: %s%s; see septbench export --help\n", what, value);
	return 2;
}

char *export_bench_name(const struct dataset *ds, size_t group, size_t arm)
{
	const struct group *g = &ds->groups[group];
	char *name, *p;

	if (asprintf(&name, "%s%s%s/%s", g->case_name, *g->params ? "/" : "", g->params,
		     ds->arms[arm].variant) < 0)
		return NULL;
	for (p = name; *p; p++)
		if (*p == ' ')
			*p = '/';
	return name;
}

bool export_time(const char *path, char separator, char out[32])
{
	char *night = store_night_name(path), stamp[STORE_STAMP] = "";

	if (night)
		store_stamp(night, stamp);
	free(night);
	if (!*stamp)
		return false;
	if (!stamp[8])
		strcpy(stamp + 8, "000000");
	snprintf(out, 32, "%.4s-%.2s-%.2s%c%.2s:%.2s:%.2s", stamp, stamp + 4, stamp + 6, separator,
		 stamp + 8, stamp + 10, stamp + 12);
	return true;
}

char *export_number(char out[32], double v)
{
	int digits;

	if (v == floor(v) && fabs(v) < 1e15) {
		snprintf(out, 32, "%.0f", v);
		return out;
	}
	for (digits = 6; digits <= 17; digits++) {
		snprintf(out, 32, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return out;
}

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

static int run(const char *format, const char *base, char **paths, size_t nr)
{
	struct record_file **files = calloc(nr + 1, sizeof(struct record_file *));
	struct export x = { .files = files, .nr_files = nr, .base = base };
	size_t i, f;
	int status, unsound = 3;

	for (f = 0; f < NR_FORMATS && strcmp(formats[f].name, format); f++)
		;
	if (f == NR_FORMATS || (nr > 1 && !formats[f].many)) {
		free(files);
		return f == NR_FORMATS ? usage_error("there is no format ", format) :
					 usage_error("one file only for format ", format);
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

int cmd_export(int argc, char **argv)
{
	static const struct option options[] = {
		{ "base", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *base = STORE_BASE;
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (opt == 'b') {
			base = optarg;
		} else if (opt == 'h') {
			print_usage(stdout);
			return 0;
		} else {
			return usage_error(opt == ':' ? "no value for " : "unknown option ",
					   argv[optind - 1]);
		}
	}
	if (argc - optind < 2)
		return usage_error(optind == argc ? "give a format and a result file" :
						    "give a result file", "");
	return run(argv[optind], base, argv + optind + 1, (size_t)(argc - optind - 1));
}
