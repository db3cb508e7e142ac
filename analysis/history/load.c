// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the history from the index. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

#define MAX_CELLS	((size_t)1 << 27)	/* of a history: 1 GiB */

static int damaged(const struct store *s)
{
	fprintf(s->msgs, "%s/" STORE_INDEX ": damaged; trend --reindex makes it anew\n", s->dir);
	return -EIO;
}

static int count_rows(struct store *s, const char *sql, size_t *nr)
{
	sqlite3_stmt *q = store_prepare(s, sql);
	int err = 0;

	if (!q)
		return -EIO;
	if (sqlite3_step(q) == SQLITE_ROW)
		*nr = (size_t)sqlite3_column_int64(q, 0);
	else
		err = store_db_error(s, sql);
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

static char *copy_text(sqlite3_stmt *q, int column)
{
	char *text = strdup(store_column_text(q, column));

	if (text)
		record_make_text_printable(text);
	return text;
}

static void clear_numbered(struct numbered *n, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		free(n[i].series.key);
		free(n[i].series.unit);
	}
}

/* They are numbered from 1 on without a gap, since none is ever deleted. */
static bool is_sound(sqlite3_stmt *q, size_t nr)
{
	sqlite3_int64 id = sqlite3_column_int64(q, 0), better = sqlite3_column_int64(q, 4);

	return id >= 1 && (size_t)id <= nr && better >= 0 && better < RECORD_NR_BETTER;
}

static int read_series(struct store *s, struct numbered *n, size_t nr)
{
	sqlite3_stmt *q = store_prepare(s,
					"SELECT id, key, unit, ratio, better, gated, parted FROM "
					"series");
	bool sound = true;
	size_t i;

	if (!q)
		return -EIO;
	for (i = 0; i < nr && sqlite3_step(q) == SQLITE_ROW; i++) {
		sound = is_sound(q, nr);
		if (!sound)
			break;
		n[i].id = (uint32_t)sqlite3_column_int64(q, 0);
		n[i].series = (struct series){
			.key = copy_text(q, 1),
			.unit = copy_text(q, 2),
			.ratio = sqlite3_column_int(q, 3),
			.better = (enum record_better)sqlite3_column_int(q, 4),
			.gated = sqlite3_column_int(q, 5),
			.parted = sqlite3_column_int(q, 6),
		};
		if (!n[i].series.key || !n[i].series.unit)
			break;
	}
	sqlite3_finalize(q);
	if (!sound)
		return damaged(s);
	if (i < nr)
		return -ENOMEM;
	if (nr)
		qsort(n, nr, sizeof(*n), compare_numbered);
	return 0;
}

/* Spreads a night's blob, NULL if empty, over the table; place[id] is the row of series @id. */
static int unpack_points(struct history *h, size_t night, const void *blob, size_t len,
			 const uint32_t *place)
{
	size_t n = len / (sizeof(uint32_t) + sizeof(double)), i;
	const char *values = n ? (const char *)blob + n * sizeof(uint32_t) : NULL;

	for (i = 0; i < n; i++) {
		uint32_t id;

		memcpy(&id, (const char *)blob + i * sizeof(id), sizeof(id));
		if (id > h->nr_series || place[id] == UINT32_MAX)
			return -EIO;
		memcpy(&h->v[place[id] * h->nr_nights + night], values + i * sizeof(double),
		       sizeof(double));
	}
	return 0;
}

/* Names and hashes of all nights in their order; more than a few are cheap. */
static int list_nights(struct store *s, struct history *h)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT name, hash FROM night WHERE sound "
				     "ORDER BY stamp, name");
	size_t i;

	if (!q)
		return -EIO;
	for (i = 0; i < h->nr_nights && sqlite3_step(q) == SQLITE_ROW; i++) {
		h->nights[i].name = strdup(store_column_text(q, 0));
		h->nights[i].hash = (uint64_t)sqlite3_column_int64(q, 1);
		if (!h->nights[i].name)
			break;
	}
	sqlite3_finalize(q);
	return i < h->nr_nights ? -ENOMEM : 0;
}

/* Leaves the last @most nights of those before @tonight. */
static void cut_nights(struct history *h, const uint64_t *tonight, size_t most)
{
	size_t end = 0, i;

	while (end < h->nr_nights && !(tonight && h->nights[end].hash == *tonight))
		end++;
	h->earlier = end > most ? end - most : 0;
	for (i = 0; i < h->nr_nights; i++)
		if (i < h->earlier || i >= end)
			free(h->nights[i].name);
	h->nr_nights = end - h->earlier;
	memmove(h->nights, h->nights + h->earlier, h->nr_nights * sizeof(*h->nights));
}

static int read_points(struct store *s, struct history *h, const uint32_t *place)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT points FROM points WHERE hash=?");
	size_t i;
	int err = q ? 0 : -EIO;

	for (i = 0; i < h->nr_nights && !err; i++) {
		sqlite3_bind_int64(q, 1, (int64_t)h->nights[i].hash);
		if (sqlite3_step(q) != SQLITE_ROW ||
		    unpack_points(h, i, sqlite3_column_blob(q, 0),
				  (size_t)sqlite3_column_bytes(q, 0), place))
			err = damaged(s);
		sqlite3_reset(q);
	}
	sqlite3_finalize(q);
	return err;
}

static int make_table(struct history *h)
{
	size_t cells, i;

	if (__builtin_mul_overflow(h->nr_series, h->nr_nights, &cells) || cells > MAX_CELLS)
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
static int place_series(struct history *h, const struct numbered *n, uint32_t **place)
{
	size_t i;

	*place = reallocarray(NULL, h->nr_series + 1, sizeof(**place));
	h->series = *place ? calloc(h->nr_series + 1, sizeof(*h->series)) : NULL;
	if (!h->series)
		return -ENOMEM;
	for (i = 0; i <= h->nr_series; i++)
		(*place)[i] = UINT32_MAX;
	for (i = 0; i < h->nr_series; i++) {
		(*place)[n[i].id] = (uint32_t)i;
		h->series[i] = n[i].series;
	}
	return 0;
}

static int load(struct store *s, const uint64_t *tonight, size_t most, struct history *h)
{
	struct numbered *n = NULL;
	uint32_t *place = NULL;
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
		err = place_series(h, n, &place);
	if (n && !h->series)
		clear_numbered(n, h->nr_series);
	if (!err)
		err = list_nights(s, h);
	if (!err) {
		cut_nights(h, tonight, most);
		err = make_table(h);
	}
	if (!err)
		err = read_points(s, h, place);
	if (!err)
		drop_empty(h);
	free(n);
	free(place);
	return err;
}

/* One transaction: no other process may change the index between the counts and the rows. */
int store_load(struct store *s, const uint64_t *tonight, size_t most, struct history *out)
{
	int err = store_db_exec(s, "BEGIN");

	memset(out, 0, sizeof(*out));
	if (!err) {
		err = load(s, tonight, most, out);
		store_db_exec(s, "COMMIT");
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
