// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `report`: one page of HTML that needs nothing else.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <util/file.h>
#include <util/options.h>

#include "analysis/analysis.h"
#include "report.h"

struct verb {
	const char *base, *output;
	struct option_words paths;
};

static const struct option table[] = {
	{ "output", "FILE", "the page (default: the first FILE with .html for its ending)",
	  OPTION_STRING(struct verb, output), .letter = 'o' },
	{ "base", "VARIANT", "what the others are held against", OPTION_STRING(struct verb, base) },
	{ 0 }
};

static const struct options options = {
	.verb = "report",
	.usage = "FILE [FILE2] [option]...",
	.text = "Writes one page of HTML with verdict, tables, pictures and environment; prints its name.\n"
		"Compares what `septbench compare` compares, and exits as it does: 0 nothing gated\n"
		"regressed, 1 it did, 2 usage, 3 invalid; 4 no gnuplot.",
	.table = table,
	.words = { .arg = "a result file", OPTION_WORDS(struct verb, paths, 1, 2) },
};

/* "runs/a.jsonl" becomes "runs/a.html". */
static char *default_output(const char *path)
{
	const char *slash, *dot;
	char *name = NULL;
	int len;

	if (!strcmp(path, "-"))
		path = "stdin";
	slash = strrchr(path, '/');
	dot = strrchr(slash ? slash : path, '.');
	len = dot && dot > path ? (int)(dot - path) : (int)strlen(path);
	return asprintf(&name, "%.*s.html", len, path) < 0 ? NULL : name;
}

/* Removes the folder and the files in it. */
static void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path);
}

static int write_page(const char *path, const char *text, size_t len)
{
	int err = file_write(path, text, len);

	if (!err) {
		printf("%s\n", path);
		return 0;
	}
	fprintf(stderr, "septbench report: %s: %s\n", path, strerror(-err));
	return 2;
}

/* @dir holds gnuplot's files. The page is written when it is whole. */
static int make_page(const struct report *r, const char *dir, const char *output)
{
	struct report_page p = { .r = r, .dir = dir };
	char *text = NULL;
	size_t len;
	int err;

	p.out = open_memstream(&text, &len);
	if (!p.out)
		return -ENOMEM;
	err = plot_set_adopt(&p.set, "report", r->ds, r->tables[0].base);
	if (!err)
		err = report_page(&p);
	plot_set_close(&p.set);
	if (fclose(p.out))
		err = -ENOMEM;
	if (!err)
		err = write_page(output, text, len);
	free(text);
	return err;
}

static int use(void *arg, const struct report *r)
{
	const struct verb *v = arg;
	const char *tmp = getenv("TMPDIR");
	char *output = v->output ? strdup(v->output) : default_output(v->paths.v[0]), *dir = NULL;
	int err = -ENOMEM;

	/* Before anything is drawn. */
	if (output && output_is_result("report", output)) {
		free(output);
		return 2;
	}
	if (output && !v->output)
		output_drop_link(output);
	if (output && asprintf(&dir, "%s/septbench-report-XXXXXX", tmp ? tmp : P_tmpdir) >= 0) {
		if (mkdtemp(dir)) {
			err = make_page(r, dir, output);
			remove_dir(dir);
		} else {
			fprintf(stderr, "septbench report: %s: %s\n", dir, strerror(errno));
			err = 4;
		}
	}
	free(dir);
	free(output);
	return err;
}

int cmd_report(int argc, char **argv)
{
	struct verb v = { 0 };
	int status = options_parse(&options, &v, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	return compare_files("report", v.paths, v.base, use, &v);
}
