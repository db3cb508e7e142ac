// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `plot`: writes a script per picture and has gnuplot run it, or prints ASCII.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <util/options.h>

#include "analysis/analysis.h"
#include "internal.h"

struct plot {
	const char *dir;	/* where the pictures go */
	const char *base;	/* variant that is drawn first, NULL if not given */
	const char *wanted;	/* --plots, NULL if not given */
	bool ascii;
	struct option_words paths;

	struct plot_set set;
	size_t nr_pictures;
};

static const struct option table[] = {
	{ "output", "DIR", "where they go (default: beside FILE)", OPTION_STRING(struct plot, dir),
	  .letter = 'o' },
	{ "plots", "NAME,...|all",
	  "these alone, of overview, latency, scaling, flushes, deferred,\n"
	  "lock, parts, blocks, forest; all of them", OPTION_STRING(struct plot, wanted) },
	{ "base", "VARIANT", "is drawn first", OPTION_STRING(struct plot, base) },
	{ "ascii", NULL, "print what fits into a mail instead, write no file",
	  OPTION_FLAG(struct plot, ascii) },
	{ 0 }
};

static const struct options options = {
	.verb = "plot",
	.usage = "FILE... [option]...",
	.text = "Draws an overview and a picture per question as SVG and PNG, each with its gnuplot\n"
		"script; prints their names.",
	.table = table,
	.words = { .arg = "a result file", OPTION_WORDS(struct plot, paths, 1, SIZE_MAX) },
};

static int parse_args(struct plot *p, int argc, char **argv)
{
	int status = options_parse(&options, p, argc, argv);

	if (!status && p->ascii && (p->dir || p->wanted))
		return options_refuse("plot", "--ascii writes no file: without -o and --plots");
	return status ? status : plot_check_wanted("plot", p->wanted);
}

static int draw(void *arg, const struct plot_picture *picture)
{
	struct plot *p = arg;
	static const char *const endings[] = { "gp", "svg", "png" };
	int err = 0;
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s.%s", p->dir, picture->name, endings[i]) < 0)
			return -ENOMEM;
		if (output_is_result("plot", path))
			err = 2;
		free(path);
	}
	if (!err)
		err = plot_draw("plot", p->dir, picture->name, picture->text, picture->len);

	if (err)
		return err;
	printf("%s/%s.svg\n%s/%s.png\n%s/%s.gp\n", p->dir, picture->name, p->dir, picture->name,
	       p->dir, picture->name);
	p->nr_pictures++;
	return 0;
}

static int draw_all(struct plot *p)
{
	struct stat st;
	int err = mkdir(p->dir, 0777) && errno != EEXIST ? errno : 0;

	/* What exists may be a file. */
	if (!err && (stat(p->dir, &st) || !S_ISDIR(st.st_mode)))
		err = ENOTDIR;
	if (err) {
		fprintf(stderr, "septbench plot: %s: %s\n", p->dir, strerror(err));
		return 2;
	}
	err = plot_each(&p->set, p->wanted, draw, p);
	if (err || p->nr_pictures)
		return err;
	fprintf(stderr, "septbench plot: nothing to draw in %s: no metric that has %s\n",
		p->paths.v[0], p->wanted ? "such a picture" : "a picture");
	return 3;
}

/* The folder of the first file. */
static int choose_dir(struct plot *p, char **owned)
{
	const char *slash = strrchr(p->paths.v[0], '/');

	if (p->dir)
		return 0;
	*owned = slash ? strndup(p->paths.v[0],
				 slash == p->paths.v[0] ? 1 : (size_t)(slash - p->paths.v[0])) :
			 strdup(".");
	p->dir = *owned;
	return *owned ? 0 : -ENOMEM;
}

static int run(struct plot *p)
{
	char *dir = NULL;
	int err = plot_set_open(&p->set, "plot", p->paths.v, p->paths.nr, p->base);

	if (!err)
		err = choose_dir(p, &dir);
	if (!err)
		err = p->ascii ? plot_ascii(&p->set, stdout) : draw_all(p);
	free(dir);
	if (err == -ENOMEM) {
		fputs("septbench plot: no memory\n", stderr);
		return 3;
	}
	return err ? err : p->set.unsound ? 3 : 0;
}

int cmd_plot(int argc, char **argv)
{
	struct plot p = { 0 };
	int status = parse_args(&p, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	status = run(&p);
	plot_set_close(&p.set);
	return status;
}
