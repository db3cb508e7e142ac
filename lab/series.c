// SPDX-License-Identifier: GPL-2.0-or-later
/* Variants that are not in patches/: a patch, an mbox, a folder, a range of commits. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "fatal.h"
#include "options.h"

#define MAX_ARGS	16

/* Where what was given begins, after a NAME= . */
static const char *after_name(const char *spec)
{
	const char *eq = strchr(spec, '=');

	return eq && eq > spec && access(spec, F_OK) ? eq + 1 : spec;
}

bool lab_is_range(const char *spec, char from[LAB_PATH])
{
	const char *range = after_name(spec), *dots = strstr(range, "..");

	if (!dots || dots == range || *range == '.' || *range == '/' || !access(range, F_OK))
		return false;
	if (from)
		snprintf(from, LAB_PATH, "%.*s", (int)(dots - range), range);
	return true;
}

/* The ends as ids: what people call them, `worktree` too, only the repository's own code knows. */
static int resolve_range(struct lab_source *s, const char *spec, char out[LAB_PATH])
{
	const char *range = after_name(spec), *to = strstr(range, "..") + 2;
	char from[LAB_PATH], a[REPO_ID], b[REPO_ID];
	int r;

	if (!*s->repo.dir)
		return complain(
			BENCH_USAGE,
			"%s: neither a file nor, without a git repository as --kernel DIR, a range of commits",
			range);
	lab_is_range(spec, from);
	r = repo_commit(&s->repo, from, a);
	if (!r)
		r = repo_commit(&s->repo, *to ? to : "HEAD", b);
	if (!r && !strcmp(a, b))
		r = complain(BENCH_USAGE, "%s changes nothing: both ends are commit %.12s", range,
			     a);
	snprintf(out, LAB_PATH, "%.*s%s..%s", (int)(range - spec), spec, a, b);
	return r;
}

static int read_base(const char *to, const char *name, bool *with_base)
{
	char path[2 * LAB_PATH], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/about", to, name);
	f = fopen(path, "re");
	if (!f)
		return complain(BENCH_INVALID, "%s cannot be read", path);
	while (fgets(line, sizeof(line), f))
		if (!strcmp(line, "base left out\n"))
			*with_base = false;
	fclose(f);
	return 0;
}

int lab_series(struct lab_source *s, const char *spec, const char *to, bool *with_base,
	       char *name, size_t len)
{
	char range[LAB_PATH], in[32];
	char *argv[MAX_ARGS] = { (char *)"patch-series", (char *)"--kernel", s->tree, (char *)"--to", (char *)to,
				 (char *)"--called", (char *)after_name(spec), (char *)"--stdin", in };
	size_t n = 9;
	int r = 0;

	/* A child's own is empty. */
	snprintf(in, sizeof(in), "/proc/%d/fd/0", (int)getpid());
	if (lab_is_range(spec, NULL)) {
		r = resolve_range(s, spec, range);
		spec = range;
	}
	if (r)
		return r;
	if (*s->repo.dir) {
		argv[n++] = (char *)"--repo";
		argv[n++] = s->repo.dir;
	}
	if (!*with_base)
		argv[n++] = (char *)"--without-base";
	argv[n] = (char *)spec;
	r = lab_script(argv, name, len);
	return r ? r : read_base(to, name, with_base);
}
