// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kinds of pictures, and running gnuplot.
 */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"
#include "params.h"
#include "plot.h"

static const struct plot_kind kinds[] = {
	{ "bars", "Zapping",
	  "Bars carry their figure. Where boots differ, a bar is their median and "
	  "the black line runs from the lowest to the highest. TRACKs per page say how often all "
	  "vCPUs had to leave the guest.", false, PLOT_CASE, gp_zap },
	{ "tradeoff", "Zap throughput against time to FREE", "A point per boot. Up: more pages "
	  "zapped. Left: a page is FREE earlier, and can be used again. Up and left is better in "
	  "both; a design that batches may win one and lose the other.", false, PLOT_CASE,
	  gp_tradeoff },
	{ "forest", "Ratios to the base",
	  "A row per metric, a point per variant: its value divided "
	  "by the base's. The bar is the 95% interval; an exact count has none. The grey band is "
	  "the threshold: an interval inside it means equivalent, one wholly outside a difference "
	  "that matters, one across its edge that more boots are needed. Whether left or right is "
	  "better depends on the metric: the verdict beside the point says it. A change from 0 has "
	  "no ratio: it is in the tables alone.", false, PLOT_CASE, gp_forest },
	{ "scaling", "Scaling with vCPUs", "Lines join the medians over boots, the band runs from "
	  "the lowest boot to the highest. The dashed line starts at the base: faults per "
	  "second that scale perfectly follow it up; what is a cost, or the work of one thread of "
	  "the host, stays on it where more vCPUs cost nothing.", false, PLOT_SWEEP, gp_scaling },
	{ "cdf", "Fault latency, CDF and CCDF",
	  "Left: the share of faults that take no longer than "
	  "what stands below; further left is faster. Right: the share that takes longer, on a "
	  "logarithmic axis, where the slow few can be seen; the lower, the fewer.",
	  false, PLOT_GROUP, gp_cdf },
	{ "fault", "Fault latency, percentiles", "Follow a line from the median on the left to the "
	  "slowest faults on the right; lower is faster. Each line ends where its sample does.",
	  true, PLOT_GROUP, gp_spectrum },
	{ "strip", "Every block", "A point per block, boots side by side. Blocks of one boot that "
	  "drift, a boot apart from the others or two levels say more than a mean.",
	  true, PLOT_GROUP, gp_strip },
};

/* The parameters that differ between groups; of a sweep, without vCPUs. Caller frees. */
static char *own_params(const struct plot_set *s, const struct plot_kind *kind, size_t group)
{
	char *params, *at;
	size_t len;

	if (kind->scope == PLOT_CASE)
		return strdup("");
	params = params_select(s->ds, s->ds->groups[group].params, false);
	if (!params || kind->scope != PLOT_SWEEP)
		return params;
	at = !strncmp(params, "vcpus=", 6) ? params : strstr(params, " vcpus=");
	if (!at)
		return params;
	len = 1 + strcspn(at + 1, " ");
	if (at == params && at[len])
		len++;
	memmove(at, at + len, strlen(at + len) + 1);
	return params;
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

/* One picture, if there is something to draw. */
static int each_of(const struct plot_set *s, const struct plot_kind *kind, size_t group,
		   int (*each)(void *, const struct plot_picture *), void *arg)
{
	const struct gp_arms arms = { .ds = s->ds, .arm = s->order, .label = s->labels,
				      .nr = s->ds->nr_arms,
				      .table = s->table.nr_rows ? &s->table : NULL };
	const char *case_name = s->ds->groups[group].case_name;
	char *params = own_params(s, kind, group), *text = NULL, *of = NULL;
	char *name = params ? picture_name(kind->prefix, case_name, params) : NULL;
	struct plot_picture p = { .kind = kind, .name = name };
	FILE *out = name ? open_memstream(&text, &p.len) : NULL;
	bool any = out && kind->put(out, &arms, group, name);
	int err = !out || fclose(out) ? -ENOMEM : 0;

	if (!err && any && asprintf(&of, "%s%s%s", case_name, *params ? ", " : "", params) < 0)
		err = -ENOMEM;
	if (!err && any) {
		p.of = of;
		p.text = text;
		err = each(arg, &p);
	}
	free(params);
	free(name);
	free(text);
	free(of);
	return err;
}

int plot_each(const struct plot_set *s, int (*each)(void *, const struct plot_picture *), void *arg)
{
	size_t g, k;
	int err = 0;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (g = 0; g < s->ds->nr_groups && !err; g++) {
			/* Groups of one case stand together. */
			if (kinds[k].scope == PLOT_CASE && g &&
			    !strcmp(s->ds->groups[g - 1].case_name, s->ds->groups[g].case_name))
				continue;
			err = each_of(s, &kinds[k], g, each, arg);
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
	FILE *f;
	int err;

	if (asprintf(&path, "%s/%s", dir, script) < 0)
		return -ENOMEM;
	f = fopen(path, "we");
	err = !f || fwrite(text, 1, len, f) != len;
	if (f)
		err |= fclose(f);
	if (err)
		fprintf(stderr, "septbench %s: %s: %s\n", verb, path, strerror(errno));
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
