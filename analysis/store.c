// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bringing the index of a store up to date, and reading it.
 *
 * A night's points lie in one blob, series numbers first, values after them: the history is always
 * read whole, and a row per point takes ten times as long.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "store.h"

#define VERSION		2	/* of the tables; an index of another one is made anew */
#define SUFFIX		".jsonl"

struct store {
	sqlite3 *db;
	char *dir, *base;
	FILE *msgs;
};

static const char tables[] =
	"CREATE TABLE meta(base TEXT NOT NULL);"
	"CREATE TABLE night(hash INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" stamp TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
	" sound INTEGER NOT NULL, points BLOB NOT NULL);"
	"CREATE TABLE series(id INTEGER PRIMARY KEY, key TEXT NOT NULL, unit TEXT NOT NULL,"
	" ratio INTEGER NOT NULL, better INTEGER NOT NULL, gated INTEGER NOT NULL,"
	" UNIQUE(key, unit, ratio, better, gated));";

static int db_error(struct store *s, const char *doing)
{
	int err = sqlite3_errcode(s->db);

	fprintf(s->msgs,
		"%s/" STORE_INDEX ": %s: %s; the result files are unharmed, trend --reindex makes "
		"the index anew\n",
		s->dir, doing, sqlite3_errmsg(s->db));
	return err == SQLITE_NOMEM ? -ENOMEM : -EIO;
}

static int db_exec(struct store *s, const char *sql)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : db_error(s, sql);
}

/* NULL after a message. */
static sqlite3_stmt *prepare(struct store *s, const char *sql)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK)
		return q;
	db_error(s, sql);
	return NULL;
}

/* Runs a statement that returns no rows. */
static int finish(struct store *s, sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);
	int err = rc == SQLITE_DONE ? 0 : db_error(s, sqlite3_sql(q));

	sqlite3_finalize(q);
	return err;
}

static const char *column_text(sqlite3_stmt *q, int i)
{
	const char *text = (const char *)sqlite3_column_text(q, i);

	return text ? text : "";
}

int store_hash(const char *path, uint64_t *hash)
{
	FILE *f = fopen(path, "re");
	unsigned char buf[65536];
	size_t got, i;
	int err;

	if (!f)
		return -errno;
	*hash = UINT64_C(0xcbf29ce484222325);
	while ((got = fread(buf, 1, sizeof(buf), f)))
		for (i = 0; i < got; i++)
			*hash = (*hash ^ buf[i]) * UINT64_C(0x100000001b3);
	err = ferror(f) ? -EIO : 0;
	fclose(f);
	return err;
}

/* Copies @n digits from *@p to *@out and steps over them; false if they are not all digits. */
static bool take_digits(const char **p, char **out, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!isdigit((unsigned char)(*p)[i]))
			return false;
	memcpy(*out, *p, (size_t)n);
	*out += n;
	*p += n;
	return true;
}

static bool take_date(const char **p, char *out)
{
	char *end = out;
	bool minus;

	if (!take_digits(p, &end, 4))
		return false;
	minus = **p == '-';
	*p += minus;
	if (!take_digits(p, &end, 2))
		return false;
	if (minus && *(*p)++ != '-')
		return false;
	if (!take_digits(p, &end, 2) || isdigit((unsigned char)**p))
		return false;
	*end = '\0';
	return strncmp(out + 4, "01", 2) >= 0 && strncmp(out + 4, "12", 2) <= 0 &&
	       strncmp(out + 6, "01", 2) >= 0 && strncmp(out + 6, "31", 2) <= 0;
}

void store_stamp(const char *name, char stamp[STORE_STAMP])
{
	const char *p;
	char *end;

	for (p = name; *p; p++) {
		const char *q = p;

		if ((p > name && isdigit((unsigned char)p[-1])) || !take_date(&q, stamp))
			continue;
		end = stamp + 8;
		if (*q && q++ && take_digits(&q, &end, 6) && !isdigit((unsigned char)*q))
			*end = '\0';
		else
			stamp[8] = '\0';
		return;
	}
	stamp[0] = '\0';
}

int store_night_compare(const char *a, const char *b)
{
	char x[STORE_STAMP], y[STORE_STAMP];
	int by;

	store_stamp(a, x);
	store_stamp(b, y);
	by = strcmp(x, y);
	return by ? by : strcmp(a, b);
}

char *store_night_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	if (len > suffix && !strcmp(name + len - suffix, SUFFIX))
		len -= suffix;
	return strndup(name, len);
}

/* Number of @series in the index, entered if it is new. */
static int series_id(struct store *s, const struct series *series, uint32_t *id)
{
	static const char *const sql[] = {
		"INSERT OR IGNORE INTO series(key, unit, ratio, better, gated) VALUES(?,?,?,?,?)",
		"SELECT id FROM series WHERE key=? AND unit=? AND ratio=? AND better=? AND gated=?",
	};
	int i, err = 0;

	for (i = 0; i < 2 && !err; i++) {
		sqlite3_stmt *q = prepare(s, sql[i]);

		if (!q)
			return -EIO;
		sqlite3_bind_text(q, 1, series->key, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 2, series->unit, -1, SQLITE_STATIC);
		sqlite3_bind_int(q, 3, series->ratio);
		sqlite3_bind_int(q, 4, (int)series->better);
		sqlite3_bind_int(q, 5, series->gated);
		if (i == 0) {
			err = finish(s, q);
			continue;
		}
		if (sqlite3_step(q) == SQLITE_ROW)
			*id = (uint32_t)sqlite3_column_int64(q, 0);
		else
			err = db_error(s, sql[i]);
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
	size_t len = strlen(name), suffix = strlen(SUFFIX);
	struct entry *grown;
	struct stat st;

	if (len <= suffix || strcmp(name + len - suffix, SUFFIX) || fstatat(dir, name, &st, 0) ||
	    !S_ISREG(st.st_mode))
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

static int drop_night(struct store *s, int64_t hash)
{
	sqlite3_stmt *q = prepare(s, "DELETE FROM night WHERE hash=?");

	if (!q)
		return -EIO;
	sqlite3_bind_int64(q, 1, hash);
	return finish(s, q);
}

/* Marks the files that the index knows; drops from it what is no longer so. */
static int match_index(struct store *s, struct listing *l)
{
	sqlite3_stmt *q = prepare(s, "SELECT hash, name, size, mtime, sound FROM night "
				     "ORDER BY name");
	int rc, err = 0;

	if (!q)
		return -EIO;
	while (!err && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct entry *e = find_entry(l, column_text(q, 1));

		if (!e || e->size != sqlite3_column_int64(q, 2) ||
		    e->mtime != sqlite3_column_int64(q, 3)) {
			err = drop_night(s, sqlite3_column_int64(q, 0));
			continue;
		}
		e->known = true;
		if (!sqlite3_column_int(q, 4))
			fprintf(s->msgs, "%s/%s" SUFFIX ": not sound; left out of the history\n",
				s->dir, e->name);
	}
	if (!err && rc != SQLITE_DONE)
		err = db_error(s, "reading");
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
	sqlite3_stmt *q = prepare(s, "SELECT name FROM night WHERE hash=?");
	int err = 0;

	if (!q)
		return -EIO;
	sqlite3_bind_int64(q, 1, hash);
	*found = sqlite3_step(q) == SQLITE_ROW;
	if (*found) {
		const char *twin = column_text(q, 0);
		bool second = strcmp(twin, e->name) < 0;

		fprintf(s->msgs, "%s/%s" SUFFIX ": the same as %s" SUFFIX "; left out\n", s->dir,
			second ? e->name : twin, second ? twin : e->name);
		if (!second) {
			*found = false;
			err = drop_night(s, hash);
		}
	}
	sqlite3_finalize(q);
	return err;
}

static int insert_night(struct store *s, const struct entry *e, const char *path, int64_t hash)
{
	sqlite3_stmt *q;
	char stamp[STORE_STAMP];
	bool sound;
	void *blob;
	size_t len;
	int err = pack_points(s, path, &sound, &blob, &len);

	if (!err) {
		q = prepare(s, "INSERT INTO night VALUES(?,?,?,?,?,?,?)");
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
		sqlite3_bind_blob64(q, 7, blob ? blob : "", len, SQLITE_STATIC);
		err = finish(s, q);
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

	if (asprintf(&path, "%s/%s" SUFFIX, s->dir, e->name) < 0)
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
static int bring_up_to_date(struct store *s)
{
	struct listing l = { 0 };
	size_t i;
	int err = list_folder(s, &l);

	if (err && err != -ENOMEM)
		fprintf(s->msgs, "%s: %s\n", s->dir, strerror(-err));
	if (!err)
		err = db_exec(s, "BEGIN IMMEDIATE");
	if (!err)
		err = match_index(s, &l);
	for (i = 0; i < l.nr && !err; i++)
		if (!l.e[i].known)
			err = take_file(s, &l.e[i]);
	if (!err)
		err = db_exec(s, "COMMIT");
	clear_listing(&l);
	return err;
}

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
	ours = sqlite3_step(q) == SQLITE_ROW && !strcmp(column_text(q, 0), s->base);
	sqlite3_finalize(q);
	return ours;
}

static int make_tables(struct store *s)
{
	sqlite3_stmt *q;
	int err = db_exec(s, "PRAGMA page_size=16384");
	char version[64];

	snprintf(version, sizeof(version), "PRAGMA user_version=%d", VERSION);
	if (!err)
		err = db_exec(s, "BEGIN");
	if (!err)
		err = db_exec(s, tables);
	if (!err)
		err = db_exec(s, version);
	if (err)
		return err;
	q = prepare(s, "INSERT INTO meta VALUES(?)");
	if (!q)
		return -EIO;
	sqlite3_bind_text(q, 1, s->base, -1, SQLITE_STATIC);
	err = finish(s, q);
	return err ? err : db_exec(s, "COMMIT");
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
		db_error(s, "open");
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
		err = bring_up_to_date(*out);
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

static int count_rows(struct store *s, const char *sql, size_t *nr)
{
	sqlite3_stmt *q = prepare(s, sql);
	int err = 0;

	if (!q)
		return -EIO;
	if (sqlite3_step(q) == SQLITE_ROW)
		*nr = (size_t)sqlite3_column_int64(q, 0);
	else
		err = db_error(s, sql);
	sqlite3_finalize(q);
	return err;
}

/* A series with its number in the index. */
struct numbered {
	struct series series;
	uint32_t id;
};

static int compare_numbered(const void *a, const void *b)
{
	return series_compare(&((const struct numbered *)a)->series,
			      &((const struct numbered *)b)->series);
}

static int read_series(struct store *s, struct numbered *n, size_t nr)
{
	sqlite3_stmt *q = prepare(s, "SELECT id, key, unit, ratio, better, gated FROM series");
	size_t i;

	if (!q)
		return -EIO;
	for (i = 0; i < nr && sqlite3_step(q) == SQLITE_ROW; i++) {
		n[i].id = (uint32_t)sqlite3_column_int64(q, 0);
		n[i].series = (struct series){
			.key = strdup(column_text(q, 1)), .unit = strdup(column_text(q, 2)),
			.ratio = sqlite3_column_int(q, 3),
			.better = (enum record_better)sqlite3_column_int(q, 4),
			.gated = sqlite3_column_int(q, 5),
		};
		if (!n[i].series.key || !n[i].series.unit)
			break;
	}
	sqlite3_finalize(q);
	if (i < nr)
		return -ENOMEM;
	if (nr)
		qsort(n, nr, sizeof(*n), compare_numbered);
	return 0;
}

/* Spreads a night's blob over the table; place[id] is the row of series @id. */
static int unpack_points(struct history *h, size_t night, const void *blob, size_t len,
			 const uint32_t *place, uint32_t max_id)
{
	size_t n = len / (sizeof(uint32_t) + sizeof(double)), i;
	const char *values = (const char *)blob + n * sizeof(uint32_t);

	for (i = 0; i < n; i++) {
		uint32_t id;

		memcpy(&id, (const char *)blob + i * sizeof(id), sizeof(id));
		if (id > max_id || place[id] == UINT32_MAX)
			return -EIO;
		memcpy(&h->v[place[id] * h->nr_nights + night], values + i * sizeof(double),
		       sizeof(double));
	}
	return 0;
}

static int read_nights(struct store *s, struct history *h, const uint32_t *place, uint32_t max_id)
{
	sqlite3_stmt *q = prepare(s, "SELECT name, hash, points FROM night WHERE sound "
				     "ORDER BY stamp, name");
	size_t i;
	int err = 0;

	if (!q)
		return -EIO;
	for (i = 0; i < h->nr_nights && !err && sqlite3_step(q) == SQLITE_ROW; i++) {
		h->nights[i].name = strdup(column_text(q, 0));
		h->nights[i].hash = (uint64_t)sqlite3_column_int64(q, 1);
		err = h->nights[i].name ? 0 : -ENOMEM;
		if (!err)
			err = unpack_points(h, i, sqlite3_column_blob(q, 2),
					    (size_t)sqlite3_column_bytes(q, 2), place, max_id);
	}
	if (err == -EIO)
		fprintf(s->msgs, "%s/" STORE_INDEX ": damaged; trend --reindex makes it anew\n",
			s->dir);
	else if (!err && i < h->nr_nights)
		err = db_error(s, "reading");
	sqlite3_finalize(q);
	return err;
}

static int make_table(struct history *h)
{
	size_t cells, i;

	if (__builtin_mul_overflow(h->nr_series, h->nr_nights, &cells))
		return -ENOMEM;
	h->v = reallocarray(NULL, cells + 1, sizeof(*h->v));
	if (!h->v)
		return -ENOMEM;
	for (i = 0; i < cells; i++)
		h->v[i] = NAN;
	return 0;
}

/* Series that only files have had which are gone now are in the index, but not in the history. */
static void drop_empty(struct history *h)
{
	size_t to = 0, i, j;

	for (i = 0; i < h->nr_series; i++) {
		const double *v = h->v + i * h->nr_nights;

		for (j = 0; j < h->nr_nights && isnan(v[j]); j++)
			;
		if (j == h->nr_nights) {
			free(h->series[i].key);
			free(h->series[i].unit);
			continue;
		}
		if (to != i)
			memcpy(h->v + to * h->nr_nights, v, h->nr_nights * sizeof(*v));
		h->series[to++] = h->series[i];
	}
	h->nr_series = to;
}

/* Takes over what is in @n, and notes where each number went. */
static int place_series(struct history *h, struct numbered *n, uint32_t **place, uint32_t *max_id)
{
	size_t i;

	*max_id = 0;
	for (i = 0; i < h->nr_series; i++)
		*max_id = n[i].id > *max_id ? n[i].id : *max_id;
	*place = reallocarray(NULL, (size_t)*max_id + 1, sizeof(**place));
	h->series = calloc(h->nr_series + 1, sizeof(*h->series));
	if (!*place || !h->series)
		return -ENOMEM;
	for (i = 0; i <= *max_id; i++)
		(*place)[i] = UINT32_MAX;
	for (i = 0; i < h->nr_series; i++) {
		(*place)[n[i].id] = (uint32_t)i;
		h->series[i] = n[i].series;
	}
	return 0;
}

static int load(struct store *s, struct history *h)
{
	struct numbered *n = NULL;
	uint32_t *place = NULL, max_id;
	int err = count_rows(s, "SELECT count(*) FROM series", &h->nr_series);

	if (!err)
		err = count_rows(s, "SELECT count(*) FROM night WHERE sound", &h->nr_nights);
	if (err)
		return err;
	n = calloc(h->nr_series + 1, sizeof(*n));
	h->nights = calloc(h->nr_nights + 1, sizeof(*h->nights));
	if (!n || !h->nights)
		err = -ENOMEM;
	if (!err)
		err = read_series(s, n, h->nr_series);
	if (!err)
		err = place_series(h, n, &place, &max_id);
	if (!err)
		err = make_table(h);
	if (!err)
		err = read_nights(s, h, place, max_id);
	if (!err)
		drop_empty(h);
	free(n);
	free(place);
	return err;
}

/* One transaction: no other process may change the index between the counts and the rows. */
int store_load(struct store *s, struct history *out)
{
	int err = db_exec(s, "BEGIN");

	memset(out, 0, sizeof(*out));
	if (!err) {
		err = load(s, out);
		db_exec(s, "COMMIT");
	}
	if (err)
		history_clear(out);
	return err;
}

void history_clear(struct history *h)
{
	size_t i;

	for (i = 0; h->nights && i < h->nr_nights; i++)
		free(h->nights[i].name);
	for (i = 0; h->series && i < h->nr_series; i++) {
		free(h->series[i].key);
		free(h->series[i].unit);
	}
	free(h->nights);
	free(h->series);
	free(h->v);
	memset(h, 0, sizeof(*h));
}

static int compare_series(const void *a, const void *b)
{
	return series_compare(a, b);
}

const double *history_find(const struct history *h, const struct series *series)
{
	const struct series *found =
		h->nr_series ? bsearch(series, h->series, h->nr_series, sizeof(*series),
				       compare_series) : NULL;

	return found ? h->v + (size_t)(found - h->series) * h->nr_nights : NULL;
}
