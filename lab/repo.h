/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's git repository, which is only read: no ref, index, work tree or object of it is
 * written. What is to be built is exported into one folder of the cache, commit after commit, so
 * that make sees what changed between them.
 *
 * Functions that return int return 0 or an exit status of the tools after one line on stderr.
 */
#ifndef LAB_REPO_H
#define LAB_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPO_PATH	1024
#define REPO_ID		65	/* a commit's name in hexadecimal, with the NUL */
#define REPO_WORKTREE	"worktree"	/* stands for HEAD with what is changed in the work tree */

struct repo {
	char dir[REPO_PATH];		/* as the user gave it */
	char git_dir[REPO_PATH];
	char cache[REPO_PATH];		/* our folder; its lock is held */
	char tree[REPO_PATH];		/* in it: where commits are exported to */
	char source_id[64];		/* of what is exported, for the kernel scripts */
	char changed[REPO_ID];		/* HEAD with what is changed, once asked for; "" */
	char head[REPO_ID], changes[REPO_ID];	/* of it: what it stands on, and its tree */
	bool shallow, bare;
};

/* One commit of a line of first parents. */
struct commit {
	char id[REPO_ID];
	char *subject;
};

/* @wait: for another run that uses it; else that is an error. */
int repo_open(struct repo *r, const char *dir, bool wait);

/* Is there a git repository at @dir itself, rather than somewhere above it? */
bool repo_is_at(const char *dir);

/* Says so if the work tree has changes that no commit has. */
int repo_say_changes(struct repo *r);

/* @name, a revision or REPO_WORKTREE, as a commit's id. A work tree without changes is its HEAD. */
int repo_commit(struct repo *r, const char *name, char id[REPO_ID]);

/*
 * The commits from @good to @bad, both included, along first parents. Refuses ends that are the
 * same, reversed, unrelated, or not on such a line, and says which. commits_free() in any case.
 */
int repo_line(struct repo *r, const char *good, const char *bad, struct commit **line, size_t *nr);
void commits_free(struct commit *line, size_t nr);

/* "" or the second parent of a merge, and where it left the line. */
int repo_side_branch(struct repo *r, const char *id, char fork[REPO_ID], char tip[REPO_ID]);

/*
 * What of a commit can matter to a measurement, as a hash. Documentation, other architectures,
 * samples and such are left out.
 */
int repo_content(struct repo *r, const char *id, uint64_t *content);

/*
 * Makes ->tree hold the commit, and says which in it for the manifests. What did not change keeps
 * its time.
 */
int repo_export(struct repo *r, const char *id);

#endif
