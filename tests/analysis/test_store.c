// SPDX-License-Identifier: GPL-2.0-or-later
/* The index of a store says what its files say, however it came about. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "analysis/history/history.h"
#include "fixture.h"
#include "nightly.h"
#include "tests/record/scratch.h"

static void enter(void)
{
	scratch_enter();
	cr_assert_eq(mkdir("store", 0777), 0);
}

TestSuite(store, .init = enter, .fini = scratch_leave);

/* The history as text; what was said in *@msgs. Caller frees both. */
static char *dump(const char *base, bool reindex, char **msgs)
{
	struct history h;
	struct store *s;
	size_t len, i, j;
	char *text = NULL;
	FILE *say = open_memstream(msgs, &len), *out = open_memstream(&text, &len);

	cr_assert_eq(store_open("store", base, reindex, &s, say), 0);
	cr_assert_eq(store_load(s, NULL, SIZE_MAX, &h), 0);
	for (i = 0; i < h.nr_nights; i++)
		fprintf(out, "%s %016llx\n", h.nights[i].name,
			(unsigned long long)h.nights[i].hash);
	for (i = 0; i < h.nr_series; i++) {
		fprintf(out, "%s %s %d %d %d:", h.series[i].key, h.series[i].unit,
			h.series[i].ratio, h.series[i].gated, (int)h.series[i].better);
		for (j = 0; j < h.nr_nights; j++)
			fprintf(out, " %.17g", h.v[i * h.nr_nights + j]);
		fputc('\n', out);
		cr_assert_eq(history_find(&h, &h.series[i]), h.v + i * h.nr_nights);
	}
	history_clear(&h);
	store_close(s);
	fclose(out);
	fclose(say);
	return text;
}

static void check_same_as_rebuilt(void)
{
	char *said, *again, *text = dump("freeze", false, &said), *fresh;

	fresh = dump("freeze", true, &again);
	cr_assert_str_eq(text, fresh);
	free(said);
	free(again);
	free(text);
	free(fresh);
}

static void write_one(const char *name, double ratio, uint64_t seed)
{
	const struct nightly n = { .ratio = ratio };
	char path[128];

	snprintf(path, sizeof(path), "store/%s", name);
	nightly_write(path, &n, seed);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

Test(store, what_it_holds)
{
	char *said, *text;

	write_one("2026-01-02.jsonl", 0.5, 1);
	text = dump("freeze", false, &said);
	cr_assert_str_empty(said);
	cr_assert_eq(count(text, "\n"), 4, "%s", text);
	cr_assert_not_null(strstr(text, "/freeze/tracks_per_page 1/page 0 1 0: 1\n"));
	cr_assert_not_null(strstr(text, "/rcu-zap/tracks_per_page 1/page 0 1 0: 1\n"));
	cr_assert_not_null(strstr(text, NIGHTLY_RATIO " ns 1 1 0: 0."));
	free(text);
	free(said);
	/* Another base, other ratios. */
	text = dump("rcu-zap", false, &said);
	cr_assert_not_null(strstr(text, "/freeze/fault_p50 ns 1 1 0: 2."), "%s", text);
	free(text);
	free(said);
}

Test(store, rebuilt_is_as_grown)
{
	static const char *const order[] = { "2026-01-05.jsonl", "2026-01-01.jsonl",
					     "lab-20260103-101112.jsonl", "2026-01-09.jsonl" };
	size_t i;

	for (i = 0; i < 4; i++) {
		write_one(order[i], 1, i);
		check_same_as_rebuilt();
		if (i == 2) {
			fixture_write("store/2026-01-04.jsonl",
				      &(struct fixture){ .clock = "count", .boots = 2, .blocks = 2,
					.variants = (const char *const[]){ "freeze", "rcu-zap",
									   NULL } });
		}
	}
	write_one(order[1], 1.5, 77);	/* replaced */
	check_same_as_rebuilt();
	unlink("store/2026-01-04.jsonl");	/* with all its series */
	check_same_as_rebuilt();
	cr_assert_eq(rename("store/2026-01-09.jsonl", "store/2026-01-02.jsonl"), 0);
	check_same_as_rebuilt();
}

Test(store, nights_are_in_the_order_of_their_dates)
{
	char *said, *text;

	write_one("run-20260103-000000.jsonl", 1, 1);
	write_one("lab-20260104-000000.jsonl", 1, 2);
	write_one("2026-01-02.jsonl", 1, 3);
	write_one("z-20260104-000001.jsonl", 1, 4);
	text = dump("freeze", false, &said);
	cr_assert_lt(strstr(text, "2026-01-02"), strstr(text, "run-20260103-000000"));
	cr_assert_lt(strstr(text, "run-20260103"), strstr(text, "lab-20260104"));
	cr_assert_lt(strstr(text, "lab-20260104"), strstr(text, "z-20260104"));
	free(text);
	free(said);
}

static void check_stamp(const char *name, const char *want)
{
	char stamp[STORE_STAMP];

	store_stamp(name, stamp);
	cr_assert_str_eq(stamp, want, "%s gives %s", name, stamp);
}

Test(store, stamps)
{
	check_stamp("lab-20261122-031500", "20261122031500");
	check_stamp("2026-11-22", "20261122");
	check_stamp("2026-11-22T031500", "20261122031500");
	check_stamp("2026-11-22-second", "20261122");
	check_stamp("x20261122", "20261122");
	check_stamp("20261322", "");
	check_stamp("20261100", "");
	check_stamp("123456789", "");
	check_stamp("2026-1122", "");
	check_stamp("2026-11", "");
	check_stamp("", "");
	check_stamp("v2-20261122", "20261122");
}

Test(store, bad_files_are_named_and_left_out)
{
	char *said, *text, *whole;
	size_t len;

	write_one("2026-01-01.jsonl", 1, 1);
	write_one("2026-01-02.jsonl", 1, 2);
	whole = scratch_read("store/2026-01-02.jsonl", &len);
	scratch_write("store/2026-01-02.jsonl", whole, len - 50);
	scratch_write("store/2026-01-03.jsonl", "hello\n", 6);
	scratch_write("store/2026-01-04.jsonl", "{\"type\":\"run\",\"schema\":9}\n", 26);
	scratch_write("store/notes.txt", "hello\n", 6);
	text = dump("freeze", false, &said);
	cr_assert_eq(count(text, "2026-01-"), 1, "%s", text);
	cr_assert_not_null(strstr(said, "2026-01-02.jsonl: not sound; left out"), "%s", said);
	cr_assert_not_null(strstr(said, "2026-01-03.jsonl:1: not JSON"));
	cr_assert_not_null(strstr(said, "2026-01-04.jsonl:1: schema version 9"), "%s", said);
	cr_assert_null(strstr(said, "notes.txt"));
	free(text);
	free(said);
	/* Said again when the index knows it. */
	text = dump("freeze", false, &said);
	cr_assert_eq(count(said, "left out of the history\n"), 3, "%s", said);
	free(text);
	free(said);
	/* Healed. */
	scratch_write("store/2026-01-02.jsonl", whole, len);
	text = dump("freeze", false, &said);
	cr_assert_not_null(strstr(text, "2026-01-02"));
	free(text);
	free(said);
	free(whole);
	check_same_as_rebuilt();
}

Test(store, the_same_content_twice_is_one_night)
{
	char *said, *text;

	write_one("2026-01-05.jsonl", 1, 1);
	free(dump("freeze", false, &said));
	free(said);
	write_one("2026-01-03.jsonl", 1, 1);
	text = dump("freeze", false, &said);
	cr_assert_not_null(strstr(said, "2026-01-05.jsonl: the same as 2026-01-03.jsonl"), "%s",
			   said);
	cr_assert_not_null(strstr(text, "2026-01-03 "));
	cr_assert_null(strstr(text, "2026-01-05 "));
	free(text);
	free(said);
	check_same_as_rebuilt();
}

static void check_survives(const char *index, size_t len)
{
	char *said, *text;

	scratch_write("store/" STORE_INDEX, index, len);
	text = dump("freeze", false, &said);
	cr_assert_not_null(strstr(text, "2026-01-01"));
	free(text);
	free(said);
}

Test(store, an_index_that_is_none_is_made_anew)
{
	char *index;
	size_t len;

	write_one("2026-01-01.jsonl", 1, 1);
	check_survives("", 0);
	index = scratch_read("store/" STORE_INDEX, &len);
	check_survives("not a database, but long enough to be looked at", 47);
	index[63] ^= 1;		/* user_version */
	check_survives(index, len);
	free(index);
}

static void edit_index(const char *sql)
{
	sqlite3 *db;

	cr_assert_eq(sqlite3_open("store/" STORE_INDEX, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Views and triggers in an index are programs of whoever wrote it. */
Test(store, an_index_with_more_in_it_than_ours_is_made_anew)
{
	char *said, *text;

	write_one("2026-01-01.jsonl", 1, 1);
	free(dump("freeze", false, &said));
	free(said);
	edit_index("ALTER TABLE series RENAME TO hidden;"
		   "CREATE VIEW series AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n)"
		   " SELECT i AS id, 'k' AS key, 'u' AS unit, 0 AS ratio, 0 AS better, 0 AS gated FROM n");
	text = dump("freeze", false, &said);
	cr_assert_not_null(strstr(text, "2026-01-01"));
	free(text);
	free(said);
	check_same_as_rebuilt();
}

static void expect_damaged(const char *sql)
{
	struct history h;
	struct store *s;
	char *said = NULL;
	size_t len;
	FILE *say = open_memstream(&said, &len);

	edit_index(sql);
	cr_assert_eq(store_open("store", "freeze", false, &s, say), 0);
	cr_expect_eq(store_load(s, NULL, SIZE_MAX, &h), -EIO, "%s", sql);
	store_close(s);
	fclose(say);
	cr_expect(strstr(said, "damaged; trend --reindex"), "%s: %s", sql, said);
	free(said);
}

Test(store, an_index_whose_numbers_make_no_sense)
{
	char *said;

	write_one("2026-01-01.jsonl", 1, 1);
	free(dump("freeze", false, &said));
	free(said);
	/* A table of so many rows would be made for it. */
	expect_damaged("UPDATE series SET id = 4294967295 WHERE id = 1");
	expect_damaged("UPDATE series SET id = 1 WHERE id = 4294967295; UPDATE series SET better = 77");
	free(dump("freeze", true, &said));
	free(said);
	check_same_as_rebuilt();
}

/* A file may be called anything. */
Test(store, a_name_that_steers_a_terminal_is_no_night)
{
	char *said, *text;

	write_one("2026-01-01.jsonl", 1, 1);
	write_one("2026-01-02\x1b[31m.jsonl", 1, 2);
	text = dump("freeze", false, &said);
	cr_assert_eq(count(text, "2026-01-"), 1, "%s", text);
	cr_assert_null(strchr(said, '\x1b'));
	free(text);
	free(said);
}

Test(store, a_file_without_the_base_has_no_ratios)
{
	char *said, *text;

	write_one("2026-01-01.jsonl", 1, 1);
	text = dump("absent", false, &said);
	cr_assert_null(strstr(text, "fault_p50"));
	cr_assert_not_null(strstr(text, "tracks_per_page"));
	free(text);
	free(said);
}
