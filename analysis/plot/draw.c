// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kinds of pictures, and running gnuplot.
 */
#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <util/file.h>

#include "internal.h"

static const struct plot_kind kinds[] = {
	{ "overview", "What changed?", "A line per case and metric, a point per variant: its value "
	  "divided by the base's; several points of one colour are several numbers of vCPUs. Left "
	  "of 1 is less work. A bar is the 95% interval.", false, false, gp_overview },
	{ "latency", "How long does a fault take?", "Follow a line from the median on the left to "
	  "the slowest faults on the right; lower is faster. Cases without a difference are left "
	  "out.", false, false, gp_latency },
	{ "scaling", "What do more vCPUs cost?", "A line that stays level costs nothing per "
	  "vCPU.", false, false, gp_scaling },
	{ "flushes", "How often must vCPUs leave the guest?", "A TRACK starts a new epoch; every vCPU "
	  "that is inside is kicked out for it. Shorter is better.", false, false, gp_flushes },
	{ "deferred", "When are zapped pages free again?", "A design that defers work returns early "
	  "and frees late.", false, false, gp_deferred },
	{ "lock", "How long is mmu_lock held?", "Per page zapped or faulted. Shorter is better.",
	  false, false, gp_lock },
	{ "parts", "Who did the work?", "The kernel is what is measured; softtdx stands in for the "
	  "TDX module; waiting is time in which no CPU had work.", true, false, gp_parts },
	{ "blocks", "Is the run steady?", "A point per block. A drift, or one sample apart from the "
	  "others, says more than a median.", true, false, gp_blocks },
	{ "forest", "All metrics of a case", "As the overview. Whether left or right is better "
	  "depends on the metric: the verdict beside the point says it.", true, true, gp_forest },
};

#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* Is @name one of the comma-separated @list? */
static bool is_in(const char *list, const char *name)
{
	size_t len;

	for (; *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (len == strlen(name) && !strncmp(list, name, len))
			return true;
	}
	return false;
}

static bool is_wanted(const struct plot_kind *kind, const char *wanted)
{
	return wanted ? !strcmp(wanted, "all") || is_in(wanted, kind->name) : !kind->extra;
}

static bool is_kind(const char *name, size_t len)
{
	size_t k;

	for (k = 0; k < NR_KINDS; k++)
		if (strlen(kinds[k].name) == len && !strncmp(kinds[k].name, name, len))
			return true;
	return false;
}

int plot_check_wanted(const char *verb, const char *wanted)
{
	const char *at = wanted;
	size_t len, k;

	if (!wanted || !strcmp(wanted, "all"))
		return 0;
	for (; *at; at += len + (at[len] == ',')) {
		len = strcspn(at, ",");
		if (!is_kind(at, len))
			break;
	}
	if (*wanted && !*at)
		return 0;
	fprintf(stderr, "septbench %s: --plots %s: there is no plot %.*s; there are", verb, wanted,
		(int)strcspn(at, ","), at);
	for (k = 0; k < NR_KINDS; k++)
		fprintf(stderr, " %s", kinds[k].name);
	fputs(", or all\n", stderr);
	return 2;
}

/* "forest-zap": letters, digits, dot, minus only. Caller frees. */
static char *picture_name(const char *kind, const char *case_name)
{
	char *name = NULL, *p;

	if (asprintf(&name, "%s%s%s", kind, case_name ? "-" : "", case_name ? case_name : "") < 0)
		return NULL;
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && *p != '.')
			*p = '-';
	return name;
}

/* One picture, if there is something to draw. */
static int each_of(const struct plot_set *s, const struct plot_kind *kind, const char *case_name,
		   int (*each)(void *, const struct plot_picture *), void *arg)
{
	const struct gp_arms arms = { .ds = s->ds, .arm = s->order, .label = s->labels,
				      .nr = s->ds->nr_arms,
				      .table = s->table.nr_rows ? &s->table : NULL };
	char *name = picture_name(kind->name, case_name), *text = NULL;
	struct plot_picture p = { .kind = kind, .name = name,
				  .of = case_name ? case_name : kind->question };
	FILE *out = name ? open_memstream(&text, &p.len) : NULL;
	bool any = out && arms.nr && kind->put(out, &arms, case_name, name);
	int err = !out || fclose(out) ? -ENOMEM : 0;

	p.text = text;
	if (!err && any)
		err = each(arg, &p);
	free(name);
	free(text);
	return err;
}

int plot_each(const struct plot_set *s, const char *wanted,
	      int (*each)(void *, const struct plot_picture *), void *arg)
{
	const struct group *groups = s->ds->groups;
	size_t g, k;
	int err = 0;

	for (k = 0; k < NR_KINDS && !err; k++) {
		if (!is_wanted(&kinds[k], wanted))
			continue;
		if (!kinds[k].per_case)
			err = each_of(s, &kinds[k], NULL, each, arg);
		/* Groups of one case stand together. */
		for (g = 0; kinds[k].per_case && g < s->ds->nr_groups && !err; g++)
			if (!g || strcmp(groups[g - 1].case_name, groups[g].case_name))
				err = each_of(s, &kinds[k], groups[g].case_name, each, arg);
	}
	return err;
}

/* 0, 3, or 4 if there is no gnuplot. Standard output goes to stderr: ours carries names of files
 * only. */
static int run_gnuplot(const char *verb, const char *dir, const char *script)
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
			"septbench %s: cannot run gnuplot: %s; install gnuplot-nox, or run the "
			"script %s/%s elsewhere\n",
			verb, strerror(err), dir, script);
		return 4;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 3;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	fprintf(stderr, "septbench %s: gnuplot failed on %s/%s\n", verb, dir, script);
	return 3;
}

static int write_script(const char *verb, const char *dir, const char *script, const char *text,
			size_t len)
{
	char *path = NULL;
	int err;

	if (asprintf(&path, "%s/%s", dir, script) < 0)
		return -ENOMEM;
	if (output_is_result(verb, path)) {
		free(path);
		return 2;
	}
	err = file_write(path, text, len);
	if (err)
		fprintf(stderr, "septbench %s: %s: %s\n", verb, path, strerror(-err));
	free(path);
	return err ? 3 : 0;
}

static int drop_links(const char *dir, const char *name)
{
	static const char *const endings[] = { "gp", "svg", "png" };
	char *path;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (asprintf(&path, "%s/%s.%s", dir, name, endings[i]) < 0)
			return -ENOMEM;
		output_drop_link(path);
		free(path);
	}
	return 0;
}

int plot_draw(const char *verb, const char *dir, const char *name, const char *text, size_t len)
{
	char *script = NULL;
	int err;

	if (asprintf(&script, "%s.gp", name) < 0)
		return -ENOMEM;
	err = drop_links(dir, name);
	if (!err)
		err = write_script(verb, dir, script, text, len);
	if (!err)
		err = run_gnuplot(verb, dir, script);
	free(script);
	return err;
}
