// SPDX-License-Identifier: GPL-2.0-or-later
#include "repo.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <util/file.h>
#include <util/hash.h>

#include "child.h"
#include "fatal.h"
#include "folder.h"

#define MAX_WORDS	24
#define LINE_BYTES	(64u << 20)	/* a history of half a million commits */
#define EXPORT_MB	2500		/* a kernel tree, unpacked */

/*
 * Hooks and monitors are the user's and for the user's own commands; a sparse checkout of theirs is
 * not to make ours sparse.
 */
#define GIT_ALONE \
	(char *)"-c", (char *)"core.hooksPath=/dev/null", \
	(char *)"-c", (char *)"core.fsmonitor=false", \
	(char *)"-c", (char *)"core.sparseCheckout=false"

/* git -C DIR WORD...; @out gets what it says. */
static int git(struct repo *r, char *out, size_t len, const char *word, ...)
{
	char *argv[MAX_WORDS] = { (char *)"git",
				  (char *)"-C",
				  r->dir,
				  GIT_ALONE };
	size_t n = 9;
	va_list words;

	va_start(words, word);
	for (; word && n < MAX_WORDS - 1; word = va_arg(words, const char *))
		argv[n++] = (char *)word;
	va_end(words);
	*out = 0;
	return child_capture(argv, out, len);
}

/* The same with the export's own index and, if @tree, its work tree. */
static int git_export(struct repo *r, const char *tree, const char *index, char *out, size_t len,
		      const char *word, ...)
{
	char index_env[REPO_PATH + 64], dir_env[REPO_PATH + 16], tree_env[REPO_PATH + 32];
	char *argv[MAX_WORDS] = { (char *)"env",
				  index_env,
				  dir_env,
				  tree_env,
				  (char *)"git",
				  (char *)"-c",
				  (char *)"core.bare=false",
				  GIT_ALONE };
	size_t n = 13;
	va_list words;

	snprintf(index_env, sizeof(index_env), "GIT_INDEX_FILE=%s", index);
	snprintf(dir_env, sizeof(dir_env), "GIT_DIR=%s", r->git_dir);
	snprintf(tree_env, sizeof(tree_env), "GIT_WORK_TREE=%s", tree);
	va_start(words, word);
	for (; word && n < MAX_WORDS - 1; word = va_arg(words, const char *))
		argv[n++] = (char *)word;
	va_end(words);
	*out = 0;
	return child_capture(argv, out, len);
}

/* --- opening --- */

/*
 * git run by a hook, or by `git bisect run`, inherits where its repository is; we are told. New
 * objects, those of a changed work tree, go to our own folder.
 */
static int own_environment(struct repo *r)
{
	static const char * const ours[] = {
		"GIT_DIR",	"GIT_WORK_TREE",	"GIT_INDEX_FILE",
		"GIT_PREFIX",	"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
		"GIT_NAMESPACE"
	};
	char objects[REPO_PATH], own[REPO_PATH + 16];

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		unsetenv(ours[i]);
	setenv("GIT_OPTIONAL_LOCKS", "0", 1);
	setenv("LC_ALL", "C", 1);
	if (!*r->cache)
		return 0;
	if (git(r, objects, sizeof(objects), "rev-parse", "--path-format=absolute", "--git-path",
		"objects", NULL))
		return BENCH_CANNOT;
	snprintf(own, sizeof(own), "%s/objects", r->cache);
	if (mkdir(own, 0777) && errno != EEXIST)
		return complain(BENCH_CANNOT, "%s: %s", own, strerror(errno));
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects, 1);
	setenv("GIT_OBJECT_DIRECTORY", own, 1);
	return 0;
}

int repo_say_changes(struct repo *r)
{
	char *out = r->bare ? NULL : malloc(LINE_BYTES);
	int s = out ? git(r, out, LINE_BYTES, "status", "--porcelain", "--untracked-files=no", NULL)
		    : 0;

	if (out && !s && *out)
		complain(0,
			"%s has changes that are in no commit; they are left alone and not measured (only `%s` as an end takes them in)",
			r->dir, REPO_WORKTREE);
	free(out);
	return s ? complain(BENCH_CANNOT, "git status fails in %s", r->dir) : 0;
}

bool repo_is_at(const char *dir)
{
	char path[REPO_PATH + 16];
	static const char * const parts[] = { "HEAD", "objects", "refs", NULL };

	snprintf(path, sizeof(path), "%s/.git", dir);
	if (!access(path, F_OK))
		return true;
	for (const char *const *part = parts; *part; part++) {
		snprintf(path, sizeof(path), "%s/%s", dir, *part);
		if (access(path, F_OK))
			return false;
	}
	return true;
}

int repo_open(struct repo *r, const char *dir, bool wait)
{
	char cache[CACHE_PATH], name[40], text[64];
	uint64_t h;
	int s;

	memset(r, 0, sizeof(*r));
	if (snprintf(r->dir, sizeof(r->dir), "%s", dir) >= (int)sizeof(r->dir))
		return complain(BENCH_USAGE, "--kernel: the name is too long");
	if (access(dir, F_OK))
		return complain(BENCH_USAGE, "--kernel %s: %s", dir, strerror(errno));
	s = own_environment(r);
	if (s)
		return s;
	/* The common one: all work trees of a repository share what is in the cache. */
	if (git(r, r->git_dir, sizeof(r->git_dir), "rev-parse", "--path-format=absolute",
		"--git-common-dir", NULL))
		return complain(BENCH_USAGE, "--kernel: %s is not a git repository", dir);
	if (git(r, text, sizeof(text), "rev-parse", "--is-shallow-repository",
		"--is-bare-repository", NULL))
		return BENCH_CANNOT;
	r->shallow = !strncmp(text, "true", 4);
	r->bare = strstr(text, "\ntrue");
	h = hash_add(HASH_START, r->git_dir, strlen(r->git_dir));
	snprintf(name, sizeof(name), "bisect/%016" PRIx64, h);
	snprintf(r->source_id, sizeof(r->source_id), "bisect-%016" PRIx64, h);
	s = cache_folder(name, cache);
	if (s)
		return s;
	if (snprintf(r->cache, sizeof(r->cache), "%s", cache) >= (int)sizeof(r->cache) ||
	    snprintf(r->tree, sizeof(r->tree), "%s/tree", cache) >= (int)sizeof(r->tree))
		return complain(BENCH_CANNOT,
				"the name of the cache folder is too long; set XDG_CACHE_HOME");
	s = cache_lock(r->cache, r->dir, wait);
	if (!s)
		s = own_environment(r);
	return s;
}

/* --- the history --- */

/*
 * HEAD plus what is changed, as a commit that only our object folder has. Its date is fixed: the
 * same change gives the same commit, whose measurement is then in the cache.
 */
static int commit_worktree(struct repo *r, char id[REPO_ID])
{
	char index[REPO_PATH + 32], from[REPO_PATH], top[REPO_PATH], head[REPO_ID], tree[REPO_ID],
		was[REPO_ID], head_tree[REPO_ID + 16], out[64];
	char *copy[] = { (char *)"cp", from, index, NULL };

	if (r->bare)
		return complain(BENCH_USAGE, "%s is a bare repository: it has no work tree",
				r->dir);
	snprintf(index, sizeof(index), "%s/worktree-index", r->cache);
	if (git(r, head, sizeof(head), "rev-parse", "--verify", "HEAD", NULL) ||
	    git(r, top, sizeof(top), "rev-parse", "--show-toplevel", NULL) ||
	    git(r, from, sizeof(from), "rev-parse", "--path-format=absolute", "--git-path", "index",
		NULL) ||
	    child_capture(copy, out, sizeof(out)) ||
	    git_export(r, top, index, out, sizeof(out), "-C", top, "add", "-u", NULL) ||
	    git_export(r, top, index, tree, sizeof(tree), "write-tree", NULL))
		return complain(BENCH_CANNOT, "the work tree of %s cannot be taken in", r->dir);
	setenv("GIT_AUTHOR_DATE", "2020-01-01T00:00:00Z", 1);
	setenv("GIT_COMMITTER_DATE", "2020-01-01T00:00:00Z", 1);
	snprintf(head_tree, sizeof(head_tree), "%s^{tree}", head);
	if (git(r, was, sizeof(was), "rev-parse", "--verify", head_tree, NULL))
		return complain(BENCH_CANNOT, "the work tree of %s cannot be taken in", r->dir);
	if (!strcmp(was, tree)) {
		strcpy(id, head);
		return 0;
	}
	strcpy(r->head, head);
	strcpy(r->changes, tree);
	if (git(r, id, REPO_ID, "-c", "user.name=septbench", "-c", "user.email=septbench@localhost",
		"-c", "commit.gpgSign=false", "commit-tree", "-p", head, "-m",
		"changes in the work tree", tree, NULL))
		return complain(BENCH_CANNOT, "the work tree of %s cannot be taken in", r->dir);
	strcpy(r->changed, id);
	return 0;
}

int repo_commit(struct repo *r, const char *name, char id[REPO_ID])
{
	char rev[256];

	if (!strcmp(name, REPO_WORKTREE))
		return commit_worktree(r, id);
	snprintf(rev, sizeof(rev), "%s^{commit}", name);
	if (git(r, id, REPO_ID, "rev-parse", "--verify", "--quiet", "--end-of-options", rev, NULL))
		return complain(
			BENCH_USAGE, "%s has no commit \"%s\"%s", r->dir, name,
			r->shallow
				? "; it is a shallow clone: `git fetch --unshallow` brings the rest"
				: "");
	return 0;
}

static bool is_ancestor(struct repo *r, const char *a, const char *b)
{
	char out[16];

	return !git(r, out, sizeof(out), "merge-base", "--is-ancestor", a, b, NULL);
}

static int check_ends(struct repo *r, const char *good, const char *bad)
{
	char base[REPO_ID];

	if (!strcmp(good, bad))
		return complain(BENCH_USAGE, "both ends are commit %.12s", good);
	if (is_ancestor(r, good, bad))
		return 0;
	if (is_ancestor(r, bad, good))
		return complain(
			BENCH_USAGE,
			"the ends are reversed: the bad %.12s is an ancestor of the good %.12s; exchange them, a commit that makes it better is found all the same",
			bad, good);
	if (!git(r, base, sizeof(base), "merge-base", good, bad, NULL))
		return complain(
			BENCH_USAGE,
			"the good %.12s is not an ancestor of the bad %.12s; they part at %.12s: use that as --good",
			good, bad, base);
	return complain(BENCH_USAGE, "%.12s and %.12s have no history in common%s", good, bad,
			r->shallow
				? " in this shallow clone; `git fetch --unshallow` brings the rest"
				: "");
}

/* "ID SUBJECT" lines, which it takes apart. */
static int split_line(char *text, struct commit **line, size_t *nr)
{
	size_t n = 2;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		n++;
	*line = calloc(n, sizeof(**line));
	if (!*line)
		return complain(BENCH_INVALID, "no memory");
	*nr = 1;	/* room for the good end */
	for (char *one; (one = strsep(&text, "\n"));) {
		char *subject = strchr(one, ' ');

		if (!subject || subject - one >= REPO_ID)
			continue;
		*subject++ = 0;
		strcpy((*line)[*nr].id, one);
		(*line)[*nr].subject = strdup(subject);
		if (!(*line)[(*nr)++].subject)
			return complain(BENCH_INVALID, "no memory");
	}
	return 0;
}

/* Is @good the first parent of the line's first commit, and so on the line? */
static int add_good(struct repo *r, struct commit *line, const char *good)
{
	char rev[REPO_ID + 8], parent[REPO_ID], subject[512];

	snprintf(rev, sizeof(rev), "%s^1", line[1].id);
	if (git(r, parent, sizeof(parent), "rev-parse", "--verify", "--quiet", rev, NULL))
		return complain(
			BENCH_USAGE, "the history ends at %.12s, before the good %.12s%s",
			line[1].id, good,
			r->shallow
				? ": it is a shallow clone, `git fetch --unshallow` brings the rest"
				: "");
	if (strcmp(parent, good))
		return complain(
			BENCH_USAGE,
			"the good %.12s lies on a branch that was merged, not on the line of first parents of the bad end, which passes %.12s: use that as --good, or look inside the branch",
			good, parent);
	if (git(r, subject, sizeof(subject), "log", "-1", "--format=%s", good, NULL))
		return BENCH_CANNOT;
	strcpy(line[0].id, good);
	line[0].subject = strdup(subject);
	return line[0].subject ? 0 : complain(BENCH_INVALID, "no memory");
}

int repo_line(struct repo *r, const char *good, const char *bad, struct commit **line, size_t *nr)
{
	char *text, range[2 * REPO_ID + 4];
	int s = check_ends(r, good, bad);

	*line = NULL;
	*nr = 0;
	if (s)
		return s;
	text = malloc(LINE_BYTES);
	if (!text)
		return complain(BENCH_INVALID, "no memory");
	snprintf(range, sizeof(range), "%s..%s", good, bad);
	if (git(r, text, LINE_BYTES, "log", "--first-parent", "--reverse", "--no-show-signature",
		"--format=%H %s", range, NULL))
		s = BENCH_CANNOT;
	if (!s)
		s = split_line(text, line, nr);
	free(text);
	return s ? s : add_good(r, *line, good);
}

void commits_free(struct commit *line, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(line[i].subject);
	free(line);
}

int repo_side_branch(struct repo *r, const char *id, char fork[REPO_ID], char tip[REPO_ID])
{
	char first[REPO_ID + 8], second[REPO_ID + 8];

	snprintf(first, sizeof(first), "%s^1", id);
	snprintf(second, sizeof(second), "%s^2", id);
	*fork = *tip = 0;
	if (git(r, tip, REPO_ID, "rev-parse", "--verify", "--quiet", second, NULL))
		return 0;	/* no merge */
	return git(r, fork, REPO_ID, "merge-base", first, second, NULL) ? BENCH_CANNOT : 0;
}

/* --- the content --- */

static bool one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* Adds what a folder of the commit holds, but for the names in @not. */
static int hash_folder(struct repo *r, const char *id, const char *folder, const char *const * not,
		       uint64_t *h)
{
	char buf[1 << 16], *text = buf;

	if (git(r, buf, sizeof(buf), "ls-tree", "--full-tree", id, *folder ? folder : NULL, NULL))
		return complain(BENCH_CANNOT, "git cannot list %.12s", id);
	for (char *line; (line = strsep(&text, "\n"));) {
		const char *name = strchr(line, '\t');

		if (name && !one_of(name + 1, not))
			*h = hash_add(*h, line, strlen(line));
	}
	return 0;
}

int repo_content(struct repo *r, const char *id, uint64_t *content)
{
	static const char * const top[] = {
		"Documentation", "samples", "LICENSES", "MAINTAINERS", "CREDITS", "README",
		"COPYING", ".mailmap", ".gitignore", ".get_maintainer.ignore", ".clang-format",
		".cocciconfig", "arch", "tools", NULL
	};
	static const char * const tools[] = {
		"tools/testing", "tools/perf", "tools/tracing", "tools/power", "tools/net",
		"tools/verification", NULL
	};
	static const char * const none[] = { NULL };
	int s;

	*content = HASH_START;
	s = hash_folder(r, id, "", top, content);
	if (!s)
		s = hash_folder(r, id, "tools/", tools, content);
	if (!s)
		s = hash_folder(r, id, "arch/Kconfig", none, content);
	return s ? s : hash_folder(r, id, "arch/x86", none, content);
}

/* --- the export --- */

static int need_space(const struct repo *r, unsigned int mb)
{
	struct statvfs v;

	if (statvfs(r->cache, &v))
		return complain(BENCH_CANNOT, "%s: %s", r->cache, strerror(errno));
	if ((uint64_t)v.f_bavail * v.f_frsize >> 20 >= mb)
		return 0;
	return complain(BENCH_CANNOT,
			"unpacking a commit needs %u MB under %s; free some or set XDG_CACHE_HOME",
			mb, r->cache);
}

static int write_file(const struct repo *r, const char *name, const char *text)
{
	char path[REPO_PATH + 32];
	int err;

	snprintf(path, sizeof(path), "%s/%s", r->tree, name);
	err = file_write(path, text, strlen(text));
	return err ? complain(BENCH_CANNOT, "%s: %s", path, strerror(-err)) : 0;
}

/* What kmod/lib.sh asks of a tree of ours: what it is built under, and what it is. */
static int write_marks(struct repo *r, const char *id)
{
	bool dirty = *r->changed && !strcmp(id, r->changed);
	const char *commit = dirty ? r->head : id;
	char subject[512], text[4 * REPO_ID + 640];
	int n;

	if (git(r, subject, sizeof(subject), "log", "-1", "--no-show-signature", "--format=%s",
		commit, NULL))
		return complain(BENCH_CANNOT, "git cannot show %.12s", commit);
	n = snprintf(text, sizeof(text), "source git-%.12s%s%.12s\ncommit %s\nsubject %s\n", commit,
		     dirty ? "+" : "", dirty ? r->changes : "", commit, subject);
	if (dirty)
		snprintf(text + n, sizeof(text) - (size_t)n, "dirty %.12s\n", r->changes);
	if (write_file(r, ".septbench-commit", text))
		return BENCH_CANNOT;
	snprintf(text, sizeof(text), "%s\n", r->source_id);
	return write_file(r, ".septbench-source", text);
}

int repo_export(struct repo *r, const char *id)
{
	char index[REPO_PATH + 16], lock[REPO_PATH + 32], out[64];
	bool is_new = mkdir(r->tree, 0777) == 0;

	if (!is_new && errno != EEXIST)
		return complain(BENCH_CANNOT, "%s: %s", r->tree, strerror(errno));
	snprintf(index, sizeof(index), "%s/index", r->cache);
	snprintf(lock, sizeof(lock), "%s.lock", index);
	unlink(lock);	/* of a git that was killed: the folder's own lock is ours */
	/*
	 * Also mends what a killed export left: the index is written last, and every file is looked
	 * at.
	 */
	if (git_export(r, r->tree, index, out, sizeof(out), "read-tree", "--reset", "-u", id,
		       NULL)) {
		if (child_interrupted)
			return BENCH_INVALID;
		return need_space(r, EXPORT_MB)
			       ? BENCH_CANNOT
			       : complain(
					 BENCH_CANNOT,
					 "commit %.12s of %s cannot be unpacked: see git's message",
					 id, r->dir);
	}
	return write_marks(r, id);
}
