// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `export`, and what the formats share.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static void print_usage(FILE *out)
{
	size_t i;

	fputs("usage: septbench export FORMAT FILE... [--base VARIANT] [--origin NAME]\n"
	      "Writes results in another tool's format to standard output. FORMAT is one of",
	      out);
	for (i = 0; i < NR_FORMATS; i++)
		fprintf(out, " %s", formats[i].name);
	fputs(".\nSeveral files for go, the nights of a history. Verdicts of ktap are against VARIANT\n"
	      "(default " STORE_BASE "). NAME is the CI system that sends to kcidb (default "
	      EXPORT_ORIGIN ").\nExit status: 0, 2 usage, 3 a file is not sound or does not fit.\n", out);
}

/* Blanks between parameters become slashes. */
static void put_params(FILE *out, const char *params)
{
	for (; *params; params++)
		fputc(*params == ' ' ? '/' : *params, out);
}

char *export_bench_name(const struct dataset *ds, size_t group, size_t arm)
{
	const struct group *g = &ds->groups[group];
	const struct record_run *run = &ds->arms[arm].file->run;
	char *name = NULL;
	size_t len;
	FILE *out = open_memstream(&name, &len);

	if (!out)
		return NULL;
	fprintf(out, "%s/%s/%s/", run->substrate, run->clock, run->flavour);
	if (!strcmp(run->clock, "count"))
		fprintf(out, "seed=%" PRIu64 "/", run->seed);
	fprintf(out, "%s/", g->case_name);
	put_params(out, g->params);
	fprintf(out, "%s%s", *g->params ? "/" : "", ds->arms[arm].variant);
	if (!fclose(out))
		return name;
	free(name);
	return NULL;
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
		return output_usage_error("export", f == NR_FORMATS ? "there is no format " :
					  "one file only for format ", format);
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
		{ "origin", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	const char *base = STORE_BASE, *origin = EXPORT_ORIGIN;
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (opt == 'b') {
			base = optarg;
		} else if (opt == 'o' && *optarg && !optarg[strspn(optarg, ORIGIN_LETTERS)]) {
			origin = optarg;
		} else if (opt == 'o') {
			return output_usage_error(
				"export", "--origin is of small letters, digits and _, not ", optarg);
		} else if (opt == 'h') {
			print_usage(stdout);
			return 0;
		} else {
			return output_refuse_option("export", opt, argv);
		}
	}
	if (argc - optind < 2)
		return output_usage_error("export", optind == argc ?
					  "give a format and a result file" : "give a result file", "");
	return run(argv[optind], base, origin, argv + optind + 1, (size_t)(argc - optind - 1));
}
