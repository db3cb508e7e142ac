// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a store: its index is an SQLite file that may be deleted at any time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_internal.h"

#define VERSION		2	/* of the tables; an index of another one is made anew */

static const char tables[] =
	"CREATE TABLE meta(base TEXT NOT NULL);"
	"CREATE TABLE night(hash INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" stamp TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
	" sound INTEGER NOT NULL, points BLOB NOT NULL);"
	"CREATE TABLE series(id INTEGER PRIMARY KEY, key TEXT NOT NULL, unit TEXT NOT NULL,"
	" ratio INTEGER NOT NULL, better INTEGER NOT NULL, gated INTEGER NOT NULL,"
	" UNIQUE(key, unit, ratio, better, gated));";

/* Is what was opened an index of this version, with ratios to this base? */
static bool is_ours(struct store *s)
{
	sqlite3_stmt *q;
	bool ours = false;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL) != SQLITE_OK)
		return false;
	if (sqlite3_step(q) == SQLITE_ROW)
		ours = sqlite3_column_int(q, 0) == VERSION;
	sqlite3_finalize(q);
	if (!ours || sqlite3_prepare_v2(s->db, "SELECT base FROM meta", -1, &q, NULL) != SQLITE_OK)
		return false;
	ours = sqlite3_step(q) == SQLITE_ROW && !strcmp(store_column_text(q, 0), s->base);
	sqlite3_finalize(q);
	return ours;
}

static int make_tables(struct store *s)
{
	sqlite3_stmt *q;
	int err = store_db_exec(s, "PRAGMA page_size=16384");
	char version[64];

	snprintf(version, sizeof(version), "PRAGMA user_version=%d", VERSION);
	if (!err)
		err = store_db_exec(s, "BEGIN");
	if (!err)
		err = store_db_exec(s, tables);
	if (!err)
		err = store_db_exec(s, version);
	if (err)
		return err;
	q = store_prepare(s, "INSERT INTO meta VALUES(?)");
	if (!q)
		return -EIO;
	sqlite3_bind_text(q, 1, s->base, -1, SQLITE_STATIC);
	err = store_finish(s, q);
	return err ? err : store_db_exec(s, "COMMIT");
}

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
	if (!err && !is_ours(s)) {
		if (!sqlite3_db_readonly(s->db, "main") && *sqlite3_db_filename(s->db, "main")) {
			unlink(path);
			err = connect_to(s, path);
		}
		if (!err)
			err = make_tables(s);
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
