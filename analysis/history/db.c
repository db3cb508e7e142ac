// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables and statements of the index, and what to say when one fails. */
#include <errno.h>
#include <string.h>

#include "store.h"

#define VERSION		4	/* of tables and keys; an index of another one is made anew */

static const char tables[] =
	"CREATE TABLE meta(base TEXT NOT NULL);"
	"CREATE TABLE night(hash INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" stamp TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
	" sound INTEGER NOT NULL);"
	"CREATE TABLE points(hash INTEGER PRIMARY KEY, points BLOB NOT NULL);"
	"CREATE TABLE series(id INTEGER PRIMARY KEY, key TEXT NOT NULL, unit TEXT NOT NULL,"
	" ratio INTEGER NOT NULL, better INTEGER NOT NULL, gated INTEGER NOT NULL,"
	" parted INTEGER NOT NULL, UNIQUE(key, unit, ratio, better, gated, parted));";

int store_db_error(struct store *s, const char *doing)
{
	int err = sqlite3_errcode(s->db);

	fprintf(s->msgs,
		"%s/" STORE_INDEX ": %s: %s; the result files are unharmed, trend --reindex makes "
		"the index anew\n",
		s->dir, doing, sqlite3_errmsg(s->db));
	return err == SQLITE_NOMEM ? -ENOMEM : -EIO;
}

int store_db_exec(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_db_error(s, sql);
}

sqlite3_stmt *store_prepare(struct store *s, const char *sql)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK)
		return q;
	store_db_error(s, sql);
	return NULL;
}

int store_finish(struct store *s, sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);
	int err = rc == SQLITE_DONE ? 0 : store_db_error(s, sqlite3_sql(q));

	sqlite3_finalize(q);
	return err;
}

const char *store_column_text(sqlite3_stmt *q, int i)
{
	const char *text = (const char *)sqlite3_column_text(q, i);

	return text ? text : "";
}

static bool says(struct store *s, const char *sql, const char *want)
{
	sqlite3_stmt *q;
	bool same;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK)
		return false;
	same = sqlite3_step(q) == SQLITE_ROW && !strcmp(store_column_text(q, 0), want);
	sqlite3_finalize(q);
	return same;
}

/* A view in the place of a table could keep whoever reads it busy forever. */
bool store_is_ours(struct store *s)
{
	char version[16];

	snprintf(version, sizeof(version), "%d", VERSION);
	return says(s, "PRAGMA user_version", version) &&
	       says(s, "SELECT group_concat(sql, ';') || ';' FROM (SELECT sql FROM sqlite_master "
		    "WHERE sql IS NOT NULL ORDER BY rowid)", tables) &&
	       says(s, "SELECT base FROM meta", s->base);
}

int store_make_tables(struct store *s)
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
