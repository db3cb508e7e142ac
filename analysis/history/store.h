/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the store share: store.c opens the index, db.c runs its statements, index.c
 * brings it up to date from the files of the folder, load.c reads it. Nobody else includes this.
 */
#ifndef ANALYSIS_HISTORY_STORE_H
#define ANALYSIS_HISTORY_STORE_H

#include <sqlite3.h>

#include "history.h"

#define STORE_SUFFIX	".jsonl"

struct store {
	sqlite3 *db;
	char *dir, *base;
	FILE *msgs;
};

/* Says what failed while @doing, and the remedy. -ENOMEM or -EIO. */
int store_db_error(struct store *s, const char *doing);
int store_db_exec(struct store *s, const char *sql);

/* NULL after a message. */
sqlite3_stmt *store_prepare(struct store *s, const char *sql);

/* Runs a statement that returns no rows, and frees it. */
int store_finish(struct store *s, sqlite3_stmt *q);

/* Column @i of the row that @q is at, "" for NULL; valid until the next step. */
const char *store_column_text(sqlite3_stmt *q, int i);

/* Is what was opened an index with these tables and no others, with ratios to this base? */
bool store_is_ours(struct store *s);

/* In an empty file. 0, or a negative errno after a message. */
int store_make_tables(struct store *s);

/* Makes the index hold what the folder's files hold now. 0, or a negative errno after a message. */
int store_bring_up_to_date(struct store *s);

#endif
