// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a store: its index is an SQLite file that may be deleted at any time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

static int connect_to(struct store *s, const char *path)
{
	sqlite3_close(s->db);
	s->db = NULL;
	if (sqlite3_open(path, &s->db) != SQLITE_OK)
		return -EIO;
	sqlite3_busy_timeout(s->db, 10000);
	return 0;
}

/*
 * An index that is damaged, of another version or base holds nothing that the files do not: it is
 * deleted.
 */
static int open_index(struct store *s, bool reindex)
{
	char *path;
	int err;

	if (asprintf(&path, "%s/" STORE_INDEX, s->dir) < 0)
		return -ENOMEM;
	if (access(s->dir, W_OK)) {
		fprintf(s->msgs, "%s: cannot be written; its index is made in memory\n", s->dir);
		err = connect_to(s, ":memory:");
	} else {
		if (reindex)
			unlink(path);
		err = connect_to(s, path);
	}
	if (!err && !store_is_ours(s)) {
		if (!sqlite3_db_readonly(s->db, "main") && *sqlite3_db_filename(s->db, "main")) {
			unlink(path);
			err = connect_to(s, path);
		}
		if (!err)
			err = store_make_tables(s);
	} else if (err) {
		store_db_error(s, "open");
	}
	free(path);
	return err;
}

static struct store *store_new(const char *dir, const char *base, FILE *msgs)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->msgs = msgs;
	s->dir = strdup(dir);
	s->base = strdup(base);
	if (s->dir && s->base)
		return s;
	store_close(s);
	return NULL;
}

int store_open(const char *dir, const char *base, bool reindex, struct store **out, FILE *msgs)
{
	struct stat st;
	int err;

	*out = NULL;
	if (stat(dir, &st) || !S_ISDIR(st.st_mode)) {
		fprintf(msgs, "%s: no such folder; --store wants the folder of result files\n",
			dir);
		return 2;
	}
	*out = store_new(dir, base, msgs);
	err = *out ? open_index(*out, reindex) : -ENOMEM;
	if (!err)
		err = store_bring_up_to_date(*out);
	if (!err)
		return 0;
	if (err == -ENOMEM)
		fprintf(msgs, "%s: no memory\n", dir);
	store_close(*out);
	*out = NULL;
	return 3;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	free(s->dir);
	free(s->base);
	free(s);
}
