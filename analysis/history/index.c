// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bringing the index of a store up to date.
 *
 * A night's points lie in one blob, series numbers first, values after them: a night is always read
 * whole, and a row per point takes ten times as long. The blobs have a table of their own, so that
 * the list of nights is short: it is read at every call, and most nights' points are not.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store.h"

/* Number of @series in the index, entered if it is new. */
static int series_id(struct store *s, const struct series *series, uint32_t *id)
{
	static const char *const sql[] = {
		"INSERT OR IGNORE INTO series(key, unit, ratio, better, gated, parted)"
		" VALUES(?,?,?,?,?,?)",
		"SELECT id FROM series WHERE key=? AND unit=? AND ratio=? AND better=? AND gated=?"
		" AND parted=?",
	};
	int i, err = 0;

	for (i = 0; i < 2 && !err; i++) {
		sqlite3_stmt *q = store_prepare(s, sql[i]);

		if (!q)
			return -EIO;
		sqlite3_bind_text(q, 1, series->key, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 2, series->unit, -1, SQLITE_STATIC);
		sqlite3_bind_int(q, 3, series->ratio);
		sqlite3_bind_int(q, 4, (int)series->better);
		sqlite3_bind_int(q, 5, series->gated);
		sqlite3_bind_int(q, 6, series->parted);
		if (i == 0) {
			err = store_finish(s, q);
			continue;
		}
		if (sqlite3_step(q) == SQLITE_ROW)
			*id = (uint32_t)sqlite3_column_int64(q, 0);
		else
			err = store_db_error(s, sql[i]);
		sqlite3_finalize(q);
	}
	return err;
}

/* A file of the folder, as the system sees it. */
struct entry {
	char *name;		/* without suffix */
	int64_t size, mtime;	/* mtime in ns */
	bool known;		/* the index has it, by name, size and time */
};

struct listing {
	struct entry *e;
	size_t nr;
};

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int add_entry(struct listing *l, int dir, const char *name)
{
	size_t len = strlen(name), suffix = strlen(STORE_SUFFIX);
	struct entry *grown;
	struct stat st;

	if (len <= suffix || strcmp(name + len - suffix, STORE_SUFFIX) ||
	    !record_is_printable(name) || fstatat(dir, name, &st, 0) || !S_ISREG(st.st_mode))
		return 0;
	if (!(l->nr & (l->nr - 1))) {
		grown = reallocarray(l->e, l->nr ? 2 * l->nr : 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		l->e = grown;
	}
	l->e[l->nr] = (struct entry){ .name = strndup(name, len - suffix), .size = st.st_size,
				      .mtime = st.st_mtim.tv_sec * INT64_C(1000000000) +
					       st.st_mtim.tv_nsec };
	return l->e[l->nr++].name ? 0 : -ENOMEM;
}

static int list_folder(const struct store *s, struct listing *l)
{
	DIR *d = opendir(s->dir);
	struct dirent *e;
	int err = 0;

	if (!d)
		return -errno;
	while (!err && (e = readdir(d)))
		err = add_entry(l, dirfd(d), e->d_name);
	closedir(d);
	if (!err && l->nr)
		qsort(l->e, l->nr, sizeof(*l->e), compare_entries);
	return err;
}

static void clear_listing(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->nr; i++)
		free(l->e[i].name);
	free(l->e);
}

static struct entry *find_entry(const struct listing *l, const char *name)
{
	struct entry want = { .name = (char *)name };

	return l->nr ? bsearch(&want, l->e, l->nr, sizeof(want), compare_entries) : NULL;
}

static int drop_row(struct store *s, const char *sql, int64_t hash)
{
	sqlite3_stmt *q = store_prepare(s, sql);

	if (!q)
		return -EIO;
	sqlite3_bind_int64(q, 1, hash);
	return store_finish(s, q);
}

static int drop_night(struct store *s, int64_t hash)
{
	int err = drop_row(s, "DELETE FROM night WHERE hash=?", hash);

	return err ? err : drop_row(s, "DELETE FROM points WHERE hash=?", hash);
}

/* Marks the files that the index knows; drops from it what is no longer so. */
static int match_index(struct store *s, struct listing *l)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT hash, name, size, mtime, sound FROM night "
				     "ORDER BY name");
	int rc, err = 0;

	if (!q)
		return -EIO;
	while (!err && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct entry *e = find_entry(l, store_column_text(q, 1));

		if (!e || e->size != sqlite3_column_int64(q, 2) ||
		    e->mtime != sqlite3_column_int64(q, 3)) {
			err = drop_night(s, sqlite3_column_int64(q, 0));
			continue;
		}
		e->known = true;
		if (!sqlite3_column_int(q, 4))
			fprintf(s->msgs,
				"%s/%s" STORE_SUFFIX ": not sound; left out of the history\n",
				s->dir, e->name);
	}
	if (!err && rc != SQLITE_DONE)
		err = store_db_error(s, "reading");
	sqlite3_finalize(q);
	return err;
}

/* The points of a file as the index keeps them. Caller frees. */
static int pack_points(struct store *s, const char *path, bool *sound, void **blob, size_t *len)
{
	struct record_file *f;
	struct points p;
	uint32_t *ids;
	double *v;
	size_t i, n = 0;
	int err;

	*blob = NULL;
	*len = 0;
	*sound = record_read(path, &f, s->msgs) == 0;
	if (!*sound) {
		fprintf(s->msgs, "%s: not sound; left out of the history\n", path);
		record_file_free(f);
		return 0;
	}
	err = points_build(f, s->base, &p);
	if (err) {
		record_file_free(f);
		return err;
	}
	ids = calloc(p.nr + 1, sizeof(*ids));
	v = calloc(p.nr + 1, sizeof(*v));
	*blob = calloc(p.nr + 1, sizeof(*ids) + sizeof(*v));
	if (!ids || !v || !*blob)
		err = -ENOMEM;
	for (i = 0; i < p.nr && !err; i++) {
		if (isnan(p.p[i].v))
			continue;
		err = series_id(s, &p.p[i].series, &ids[n]);
		v[n++] = p.p[i].v;
	}
	if (!err) {
		memcpy(*blob, ids, n * sizeof(*ids));
		memcpy((char *)*blob + n * sizeof(*ids), v, n * sizeof(*v));
		*len = n * (sizeof(*ids) + sizeof(*v));
	}
	free(ids);
	free(v);
	points_clear(&p);
	record_file_free(f);
	return err;
}

/*
 * Is a file with this content in the index? Then the first of the two names stands, so that the
 * outcome does not hang on which came first.
 */
static int find_twin(struct store *s, const struct entry *e, int64_t hash, bool *found)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT name FROM night WHERE hash=?");
	int err = 0;

	if (!q)
		return -EIO;
	sqlite3_bind_int64(q, 1, hash);
	*found = sqlite3_step(q) == SQLITE_ROW;
	if (*found) {
		const char *twin = store_column_text(q, 0);
		bool second = strcmp(twin, e->name) < 0;

		fprintf(s->msgs,
			"%s/%s" STORE_SUFFIX ": the same as %s" STORE_SUFFIX "; left out\n", s->dir,
			second ? e->name : twin, second ? twin : e->name);
		if (!second) {
			*found = false;
			err = drop_night(s, hash);
		}
	}
	sqlite3_finalize(q);
	return err;
}

static int insert_points(struct store *s, int64_t hash, const void *blob, size_t len)
{
	sqlite3_stmt *q = store_prepare(s, "INSERT INTO points VALUES(?,?)");

	if (!q)
		return -EIO;
	sqlite3_bind_int64(q, 1, hash);
	sqlite3_bind_blob64(q, 2, blob ? blob : "", len, SQLITE_STATIC);
	return store_finish(s, q);
}

static int insert_night(struct store *s, const struct entry *e, const char *path, int64_t hash)
{
	sqlite3_stmt *q;
	char stamp[STORE_STAMP];
	bool sound;
	void *blob;
	size_t len;
	int err = pack_points(s, path, &sound, &blob, &len);

	if (!err)
		err = insert_points(s, hash, blob, len);
	if (!err) {
		q = store_prepare(s, "INSERT INTO night VALUES(?,?,?,?,?,?)");
		err = q ? 0 : -EIO;
	}
	if (!err) {
		store_stamp(e->name, stamp);
		sqlite3_bind_int64(q, 1, hash);
		sqlite3_bind_text(q, 2, e->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 3, stamp, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 4, e->size);
		sqlite3_bind_int64(q, 5, e->mtime);
		sqlite3_bind_int(q, 6, sound);
		err = store_finish(s, q);
	}
	free(blob);
	return err;
}

static int take_file(struct store *s, const struct entry *e)
{
	char *path;
	uint64_t hash;
	bool twin = false;
	int err;

	if (asprintf(&path, "%s/%s" STORE_SUFFIX, s->dir, e->name) < 0)
		return -ENOMEM;
	err = store_hash(path, &hash);
	if (err) {
		fprintf(s->msgs, "%s: %s; left out of the history\n", path, strerror(-err));
		free(path);
		return 0;
	}
	err = find_twin(s, e, (int64_t)hash, &twin);
	if (!err && !twin)
		err = insert_night(s, e, path, (int64_t)hash);
	free(path);
	return err;
}

/* All in one transaction: another process sees the index before or after it, never between. */
int store_bring_up_to_date(struct store *s)
{
	struct listing l = { 0 };
	size_t i;
	int err = list_folder(s, &l);

	if (err && err != -ENOMEM)
		fprintf(s->msgs, "%s: %s\n", s->dir, strerror(-err));
	if (!err)
		err = store_db_exec(s, "BEGIN IMMEDIATE");
	if (!err)
		err = match_index(s, &l);
	for (i = 0; i < l.nr && !err; i++)
		if (!l.e[i].known)
			err = take_file(s, &l.e[i]);
	if (!err)
		err = store_db_exec(s, "COMMIT");
	clear_listing(&l);
	return err;
}
