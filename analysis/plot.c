// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `plot`: writes a script per picture and has gnuplot run it.
 */
#include <errno.h>
#include <getopt.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis.h"
#include "gp.h"
#include "params.h"

struct plot {
	const char *dir;	/* where the pictures go */
	const char *base;	/* variant that is drawn first, NULL if not given */
	char **paths;
	size_t nr_paths;

	struct record_file **files;
	size_t nr_files;
	struct dataset *ds;
	size_t *order;		/* arms as drawn */
	char **labels;
	size_t nr_pictures;
	bool unsound;
};

static void print_usage(FILE *out)
{
	fputs("usage: septbench plot FILE... [-o DIR] [--base VARIANT]\n"
	      "Draws fault latency and zap throughput as SVG and PNG into DIR (default: beside "
	      "FILE), each\n"
	      "with its gnuplot script; prints their names. VARIANT is drawn first.\n",
	      out);
}

/* 0, -1 if help was printed, 2 after a message. */
static int parse_args(struct plot *p, int argc, char **argv)
{
	static const struct option options[] = {
		{ "base", required_argument, NULL, 'b' },
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int opt;

	optind = 0;
	while ((opt = getopt_long(argc, argv, ":ho:", options, NULL)) != -1) {
		if (opt == 'b') {
			p->base = optarg;
		} else if (opt == 'o') {
			p->dir = optarg;
		} else if (opt == 'h') {
			print_usage(stdout);
			return -1;
		} else {
			fprintf(stderr, "septbench plot: %s %s; see septbench plot --help\n",
				opt == ':' ? "no value for" : "unknown option", argv[optind - 1]);
			return 2;
		}
	}
	p->paths = argv + optind;
	p->nr_paths = (size_t)(argc - optind);
	if (p->nr_paths)
		return 0;
	fputs("septbench plot: give a result file; see septbench plot --help\n", stderr);
	return 2;
}

static int read_files(struct plot *p)
{
	size_t i;

	p->files = calloc(p->nr_paths, sizeof(*p->files));
	if (!p->files)
		return -ENOMEM;
	for (i = 0; i < p->nr_paths; i++) {
		struct record_file *f;
		int status = record_read(p->paths[i], &f, stderr);

		if (!f)
			return status;
		p->unsound |= status != 0;
		p->files[p->nr_files++] = f;
		if (!strcmp(f->run.substrate, p->files[0]->run.substrate) &&
		    !strcmp(f->run.clock, p->files[0]->run.clock))
			continue;
		fprintf(stderr,
			"septbench plot: %s has substrate %s and clock %s, %s has %s and %s; "
			"plot them apart\n",
			f->path, f->run.substrate, f->run.clock, p->files[0]->path,
			p->files[0]->run.substrate, p->files[0]->run.clock);
		return 3;
	}
	return 0;
}

static char *arm_label(const struct plot *p, const struct arm *a)
{
	const char *file = strrchr(a->file->path, '/');
	char *label = NULL;
	size_t i;

	file = file ? file + 1 : a->file->path;
	for (i = 0; i < p->ds->nr_arms; i++)
		if (&p->ds->arms[i] != a && !strcmp(p->ds->arms[i].variant, a->variant))
			return asprintf(&label, "%s (%s)", a->variant, file) < 0 ? NULL : label;
	return strdup(a->variant);
}

/* The base first, the others as they come. Without --base: upstream, if it is there. */
static int order_arms(struct plot *p)
{
	const char *base = p->base ? p->base : "freeze";
	size_t i, nr = 0, pass;

	p->order = calloc(p->ds->nr_arms + 1, sizeof(*p->order));
	p->labels = calloc(p->ds->nr_arms + 1, sizeof(*p->labels));
	if (!p->order || !p->labels)
		return -ENOMEM;
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < p->ds->nr_arms; i++)
			if (!strcmp(p->ds->arms[i].variant, base) == !pass)
				p->order[nr++] = i;
		if (nr || !p->base)
			continue;
		fprintf(stderr, "septbench plot: no variant %s in the files\n", p->base);
		return 2;
	}
	for (i = 0; i < nr; i++) {
		p->labels[i] = arm_label(p, &p->ds->arms[p->order[i]]);
		if (!p->labels[i])
			return -ENOMEM;
	}
	return 0;
}

/* "fault-populate-vcpus4", "bars-zap": letters, digits, dot, minus only. Caller frees. */
static char *picture_name(const char *kind, const char *case_name, const char *params)
{
	char *name = NULL, *from, *to;

	if (asprintf(&name, "%s-%s%s%s", kind, case_name, *params ? "-" : "", params) < 0)
		return NULL;
	for (from = to = name; *from; from++) {
		bool plain = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') ||
			     (*from >= '0' && *from <= '9') || *from == '.' || *from == '-';

		if (*from != '=')
			*to++ = plain ? *from : '-';
	}
	*to = '\0';
	return name;
}

/* 0, 3, or 4 if there is no gnuplot. Standard output goes to stderr: ours carries names of files
 * only. */
static int run_gnuplot(const char *dir, const char *script)
{
	char *argv[] = { (char *)"gnuplot", (char *)script, NULL };
	posix_spawn_file_actions_t actions;
	int err, status;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	err = posix_spawn_file_actions_addchdir_np(&actions, dir);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	if (!err)
		err = posix_spawnp(&pid, "gnuplot", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err) {
		fprintf(stderr,
			"septbench plot: cannot run gnuplot: %s; install gnuplot-nox, or run the "
			"script "
			"%s/%s elsewhere\n",
			strerror(err), dir, script);
		return 4;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 3;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	fprintf(stderr, "septbench plot: gnuplot failed on %s/%s\n", dir, script);
	return 3;
}

static int write_script(const char *dir, const char *script, const char *text, size_t len)
{
	char *path = NULL;
	FILE *f;
	int err;

	if (asprintf(&path, "%s/%s", dir, script) < 0)
		return -ENOMEM;
	f = fopen(path, "we");
	err = !f || fwrite(text, 1, len, f) != len;
	if (f)
		err |= fclose(f);
	if (err)
		fprintf(stderr, "septbench plot: %s: %s\n", path, strerror(errno));
	free(path);
	return err ? 3 : 0;
}

/* Writes and runs the script in @text, then says what there is now. */
static int draw(struct plot *p, const char *name, const char *text, size_t len)
{
	char *script = NULL;
	int err;

	if (asprintf(&script, "%s.gp", name) < 0)
		return -ENOMEM;
	err = write_script(p->dir, script, text, len);
	if (!err)
		err = run_gnuplot(p->dir, script);
	if (!err) {
		printf("%s/%s.svg\n%s/%s.png\n%s/%s\n", p->dir, name, p->dir, name, p->dir, script);
		p->nr_pictures++;
	}
	free(script);
	return err;
}

enum kind { SPECTRUM, ZAP };

/* One picture of @group (of all groups of its case, for ZAP), if there is something to draw. */
static int draw_group(struct plot *p, size_t group, enum kind kind)
{
	const struct gp_arms arms = { .ds = p->ds, .arm = p->order, .label = p->labels,
				      .nr = p->ds->nr_arms };
	const struct group *g = &p->ds->groups[group];
	char *params = params_select(p->ds, g->params, false);
	char *name = params ? picture_name(kind == ZAP ? "bars" : "fault", g->case_name,
					   kind == ZAP ? "" : params) : NULL;
	char *text = NULL;
	size_t len;
	FILE *out = name ? open_memstream(&text, &len) : NULL;
	int err = out ? 0 : -ENOMEM;
	bool any = false;

	if (out) {
		any = kind == ZAP ? gp_zap(out, &arms, g->case_name, name) :
				    gp_spectrum(out, &arms, group, name);
		if (fclose(out))
			err = -ENOMEM;
	}
	if (!err && any)
		err = draw(p, name, text, len);
	free(params);
	free(name);
	free(text);
	return err;
}

static int draw_all(struct plot *p)
{
	size_t g;
	int err = 0;

	if (mkdir(p->dir, 0777) && errno != EEXIST) {
		fprintf(stderr, "septbench plot: %s: %s\n", p->dir, strerror(errno));
		return 2;
	}
	for (g = 0; g < p->ds->nr_groups && !err; g++) {
		err = draw_group(p, g, SPECTRUM);
		/* Groups of one case stand together: its bars are drawn with the first. */
		if (!err &&
		    (!g || strcmp(p->ds->groups[g - 1].case_name, p->ds->groups[g].case_name)))
			err = draw_group(p, g, ZAP);
	}
	if (err || p->nr_pictures)
		return err;
	fprintf(stderr,
		"septbench plot: nothing to draw in %s: no histogram \"fault\", no zap metrics\n",
		p->paths[0]);
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
	int err = read_files(p);

	if (!err)
		err = choose_dir(p, &dir);
	if (!err) {
		p->ds = dataset_build(p->files, p->nr_files, NULL);
		err = p->ds ? order_arms(p) : -ENOMEM;
	}
	if (!err)
		err = draw_all(p);
	free(dir);
	if (err == -ENOMEM) {
		fputs("septbench plot: no memory\n", stderr);
		return 3;
	}
	return err ? err : p->unsound ? 3 : 0;
}

static void release(struct plot *p)
{
	size_t i;

	for (i = 0; p->labels && i < p->ds->nr_arms; i++)
		free(p->labels[i]);
	free(p->labels);
	free(p->order);
	dataset_free(p->ds);
	for (i = 0; i < p->nr_files; i++)
		record_file_free(p->files[i]);
	free(p->files);
}

int cmd_plot(int argc, char **argv)
{
	struct plot p = { 0 };
	int status = parse_args(&p, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	status = run(&p);
	release(&p);
	return status;
}
