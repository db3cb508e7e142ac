// SPDX-License-Identifier: GPL-2.0-or-later
/* Statements of the index, and what to say when one fails. */
#include <errno.h>

#include "store_internal.h"

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
