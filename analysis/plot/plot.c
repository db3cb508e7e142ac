// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `plot`: writes a script per picture and has gnuplot run it, or prints ASCII.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/analysis.h"
#include "internal.h"

struct plot {
	const char *dir;	/* where the pictures go */
	const char *base;	/* variant that is drawn first, NULL if not given */
	const char *wanted;	/* --plots, NULL if not given */
	bool ascii;
	char **paths;
	size_t nr_paths;

	struct plot_set set;
	size_t nr_pictures;
};

static void print_usage(FILE *out)
{
	fputs("usage: septbench plot FILE... [-o DIR] [--plots NAME,...|all] [--base VARIANT]\n"
	      "       septbench plot FILE... --ascii [--base VARIANT]\n"
	      "Draws an overview and a picture per question as SVG and PNG into DIR (default: beside "
	      "FILE),\n"
	      "each with its gnuplot script; prints their names. --plots: those alone, of overview, "
	      "latency,\n"
	      "scaling, flushes, deferred, lock, parts, blocks, forest; all of them. VARIANT is drawn "
	      "first.\n"
	      "--ascii prints what fits into a mail instead and writes no file.\n",
	      out);
}

static int parse_option(struct plot *p, int opt, char **argv)
{
	switch (opt) {
	case 'a':
		p->ascii = true;
		return 0;
	case 'b':
		p->base = optarg;
		return 0;
	case 'p':
		p->wanted = optarg;
		return 0;
	case 'o':
		p->dir = optarg;
		return 0;
	case 'h':
		print_usage(stdout);
		return -1;
	default:
		return output_refuse_option("plot", opt, argv);
	}
}

/* 0, -1 if help was printed, 2 after a message. */
static int parse_args(struct plot *p, int argc, char **argv)
{
	static const struct option options[] = {
		{ "ascii", no_argument, NULL, 'a' },
		{ "base", required_argument, NULL, 'b' },
		{ "output", required_argument, NULL, 'o' },
		{ "plots", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int opt, err = 0;

	optind = 0;
	while (!err && (opt = getopt_long(argc, argv, ":ho:", options, NULL)) != -1)
		err = parse_option(p, opt, argv);
	if (err)
		return err;
	p->paths = argv + optind;
	p->nr_paths = (size_t)(argc - optind);
	if (p->nr_paths && !(p->ascii && (p->dir || p->wanted)))
		return plot_check_wanted("plot", p->wanted);
	return output_usage_error("plot", p->nr_paths ?
				  "--ascii writes no file: without -o and --plots" :
				  "give a result file", "");
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
	int err;

	if (mkdir(p->dir, 0777) && errno != EEXIST) {
		fprintf(stderr, "septbench plot: %s: %s\n", p->dir, strerror(errno));
		return 2;
	}
	err = plot_each(&p->set, p->wanted, draw, p);
	if (err || p->nr_pictures)
		return err;
	fprintf(stderr, "septbench plot: nothing to draw in %s: no metric that has %s\n",
		p->paths[0], p->wanted ? "such a picture" : "a picture");
	return 3;
}

/* The folder of the first file. */
static int choose_dir(struct plot *p, char **owned)
{
	const char *slash = strrchr(p->paths[0], '/');

	if (p->dir)
		return 0;
	*owned = slash ? strndup(p->paths[0],
				 slash == p->paths[0] ? 1 : (size_t)(slash - p->paths[0])) :
			 strdup(".");
	p->dir = *owned;
	return *owned ? 0 : -ENOMEM;
}

static int run(struct plot *p)
{
	char *dir = NULL;
	int err = plot_set_open(&p->set, "plot", p->paths, p->nr_paths, p->base);

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
