// SPDX-License-Identifier: GPL-2.0-or-later
#include "line.h"

#include <errno.h>
#include <lab/build.h>
#include <lab/child.h>
#include <util/hash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fatal.h"
#include "source.h"

#define MAX_PATCHES	512

static int no_memory(void)
{
	return complain(BENCH_INVALID, "no memory");
}

static int add_point(struct line *l, const char *id, const char *subject)
{
	struct commit *grown = reallocarray(l->points, l->nr + 1, sizeof(*grown));

	if (!grown)
		return no_memory();
	l->points = grown;
	memset(&grown[l->nr], 0, sizeof(*grown));
	snprintf(grown[l->nr].id, REPO_ID, "%s", id);
	grown[l->nr].subject = strdup(subject);
	return grown[l->nr++].subject ? 0 : no_memory();
}

/* --- what lies under it --- */

static int open_commits(struct line *l, const struct line_spec *spec)
{
	bool takes_changes = !strcmp(spec->good, REPO_WORKTREE) ||
			     !strcmp(spec->bad, REPO_WORKTREE);
	char good[REPO_ID], bad[REPO_ID];
	int s = takes_changes ? 0 : repo_say_changes(&l->repo);

	if (!s)
		s = repo_commit(&l->repo, spec->good, good);
	if (!s)
		s = repo_commit(&l->repo, spec->bad, bad);
	if (!s)
		s = repo_line(&l->repo, good, bad, &l->points, &l->nr);
	strcpy(l->tree, l->repo.tree);
	strcpy(l->cache, l->repo.cache);
	return s;
}

/* Series and options: HEAD of the repository, or the cached source. */
static int open_base(struct line *l, const struct line_spec *spec)
{
	char name[LINE_VARIANT + 96];
	int s;

	snprintf(name, sizeof(name), "bisect/%s-%.80s", spec->series ? "series" : "option",
		 spec->series ? spec->series : l->option);
	s = cache_folder(name, l->cache);
	if (!s)
		s = cache_lock(l->cache, spec->series ? spec->series : l->option, false);
	if (s)
		return s;
	if (!spec->kernel)
		return lab_tree(NULL, l->tree);
	s = repo_say_changes(&l->repo);
	if (!s)
		s = repo_commit(&l->repo, "HEAD", l->base);
	if (!s)
		s = repo_export(&l->repo, l->base);
	strcpy(l->tree, l->repo.tree);
	return s;
}

/* --- a series --- */

/* Of SERIES/VARIANT/FILE at the end of @path: VARIANT/FILE. */
static const char *below_series(const char *path)
{
	const char *at = path + strlen(path);

	for (int slashes = 0; at > path && (at[-1] != '/' || ++slashes < 2);)
		at--;
	return at;
}

/* Point 0 is the base alone, point N has the first N patches. */
static int read_series(struct line *l, const char *variant)
{
	static char files[MAX_PATCHES * 256];
	char id[REPO_ID];
	int s = lab_patches(l->tree, variant, files, sizeof(files));

	if (!s)
		s = add_point(l, "base", "the base patches alone");
	for (char *rest = files, *path; !s && (path = strsep(&rest, "\n"));) {
		const char *name = below_series(path);

		if (!*path || !strncmp(name, "base/", 5))
			continue;
		snprintf(l->from, sizeof(l->from), "%.*s", (int)(name - path - 1), path);
		snprintf(id, sizeof(id), "patch %zu", l->nr);
		s = add_point(l, id, name);
	}
	if (!s && l->nr < 2)
		return complain(BENCH_USAGE, "--series: variant %s has no patch of its own",
				variant);
	return s;
}

/*
 * A copy of all patches for this kernel, the user's own among them, where place_series() shortens
 * the variant's series.
 */
static int copy_patches(struct line *l)
{
	char cmd[] = "list=$(\"$0\" --kernel \"$1\" --folders) &&"
		     " rm -rf \"$2\" && mkdir -p \"$3\" && echo \"$list\" | tac |"
		     " while read -r f; do cp -r \"$f/.\" \"$3\" || exit 1; done";
	char script[REPO_PATH], series[64], out[64];
	char *argv[] = { (char *)"sh", (char *)"-c", cmd, script, l->tree, l->patches, l->from,
			 NULL };

	snprintf(script, sizeof(script), "%s/kmod/build-variant", source_dir());
	snprintf(l->patches, sizeof(l->patches), "%.*s/patches", (int)sizeof(l->patches) - 16,
		 l->cache);
	snprintf(series, sizeof(series), "%s", strrchr(l->from, '/') + 1);
	snprintf(l->from, sizeof(l->from), "%.*s/%s", (int)(sizeof(l->from) - sizeof(series) - 1),
		 l->patches, series);
	if (child_capture(argv, out, sizeof(out)))
		return complain(BENCH_CANNOT, "the patches cannot be copied to %s", l->patches);
	setenv("SEPTBENCH_PATCHES", l->patches, 1);
	return 0;
}

static int open_series(struct line *l, const char *variant)
{
	int s = read_series(l, variant);

	/* Its own name, so that the work folder of its modules is used again. */
	snprintf(l->variant, sizeof(l->variant), "%s", variant);
	return s ? s : copy_patches(l);
}

static int place_series(struct line *l, size_t i)
{
	char path[2 * CACHE_PATH + LINE_VARIANT + 16];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s/series", l->patches, strrchr(l->from, '/') + 1,
		 l->variant);
	f = fopen(path, "we");
	for (size_t p = 1; f && p <= i; p++)
		fprintf(f, "../%s\n", l->points[p].subject);
	if (!f || fclose(f))
		return complain(BENCH_CANNOT, "%s: %s", path, strerror(errno));
	return 0;
}

static int add_content(const char *path, uint64_t *h)
{
	int err = hash_file(path, h);

	return err ? complain(BENCH_INVALID, "%s: %s", path, strerror(-err)) : 0;
}

/* --- an option --- */

/* NAME=VALUE,VALUE */
static int open_option(struct line *l, const char *text)
{
	const char *eq = strchr(text, '='), *comma = eq ? strchr(eq, ',') : NULL;
	const char *name = strncmp(text, "CONFIG_", 7) ? text : text + 7;
	char id[REPO_ID + 64];	/* longer than a point's, which is longer than --option may be */
	int s;

	if (!comma || eq == name || comma == eq + 1 || !comma[1] || strchr(comma + 1, ',') ||
	    strlen(text) >= 48)
		return complain(BENCH_USAGE, "--option: \"%s\" is not NAME=VALUE,VALUE", text);
	snprintf(l->option, sizeof(l->option), "%.*s", (int)(eq - name), name);
	snprintf(id, sizeof(id), "%s=%.*s", l->option, (int)(comma - eq - 1), eq + 1);
	s = add_point(l, id, "kernel option");
	snprintf(id, sizeof(id), "%s=%.47s", l->option, comma + 1);
	return s ? s : add_point(l, id, "kernel option");
}

static int place_option(struct line *l, size_t i)
{
	char path[CACHE_PATH + 16];
	FILE *f;

	snprintf(path, sizeof(path), "%s/option.config", l->cache);
	f = fopen(path, "we");
	if (!f || fprintf(f, "CONFIG_%s\n", l->points[i].id) < 0 || fclose(f))
		return complain(BENCH_CANNOT, "%s: %s", path, strerror(errno));
	setenv("SEPTBENCH_CONFIG", path, 1);
	return 0;
}

/* --- all of them --- */

static int open_points(struct line *l, const struct line_spec *spec)
{
	int s;

	if (l->kind == LINE_COMMITS)
		return open_commits(l, spec);
	if (l->kind == LINE_OPTION) {
		s = open_option(l, spec->option);
		return s ? s : open_base(l, spec);
	}
	s = open_base(l, spec);
	return s ? s : open_series(l, spec->series);
}

int line_open(struct line *l, const struct line_spec *spec)
{
	int s = 0;

	memset(l, 0, sizeof(*l));
	l->kind = spec->series ? LINE_SERIES : spec->option ? LINE_OPTION : LINE_COMMITS;
	snprintf(l->variant, sizeof(l->variant), "%s", spec->variant);
	if (l->kind == LINE_COMMITS && (!spec->kernel || !spec->good || !spec->bad))
		return complain(
			BENCH_USAGE,
			"bisect: --kernel DIR --good COMMIT --bad COMMIT are needed, or --series, or --option");
	if (l->kind != LINE_COMMITS && (spec->good || spec->bad || (spec->series && spec->option)))
		return complain(BENCH_USAGE,
				"bisect: --good and --bad, --series, --option: one of the three");
	if (spec->kernel)
		s = repo_open(&l->repo, spec->kernel, false);
	return s ? s : open_points(l, spec);
}

void line_close(struct line *l)
{
	commits_free(l->points, l->nr);
}

int line_content(struct line *l, size_t i, uint64_t *content)
{
	const char *commit = l->kind == LINE_COMMITS ? l->points[i].id : l->base;
	char path[CACHE_PATH + 256];
	int s = 0;

	*content = HASH_START;
	if (*commit) {
		s = repo_content(&l->repo, commit, content);
	} else {
		snprintf(path, sizeof(path), "%s/.septbench-source", l->tree);
		s = add_content(path, content);
	}
	for (size_t p = 1; !s && l->kind == LINE_SERIES && p <= i; p++) {
		snprintf(path, sizeof(path), "%s/%s", l->from, l->points[p].subject);
		s = add_content(path, content);
	}
	if (l->kind == LINE_OPTION)
		*content = hash_add(*content, l->points[i].id, strlen(l->points[i].id));
	return s;
}

int line_place(struct line *l, size_t i)
{
	switch (l->kind) {
	case LINE_COMMITS:
		return repo_export(&l->repo, l->points[i].id);
	case LINE_SERIES:
		return place_series(l, i);
	default:
		return place_option(l, i);
	}
}

const char *line_plural(const struct line *l)
{
	static const char * const names[] = { "commits", "patches", "values" };

	return names[l->kind];
}
