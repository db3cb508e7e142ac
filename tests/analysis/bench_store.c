// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How long `gate` and `trend` take over a large store: 10,000 nights of 500 gated ratios.
 *
 * The nights are synthetic: their files are stubs of one byte, and their points are written into
 * the index directly, as reading 10,000 real files is what the index is there to save. What is
 * timed is the whole verb, with its look at every file of the folder. Tonight's file is a real one.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "analysis/analysis.h"
#include "analysis/history/history.h"
#include "nightly.h"
#include "tests/record/scratch.h"

#define NIGHTS		10000
#define METRICS		500
#define LIMIT		0.3	/* seconds of CPU: what is aimed at */

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(3);
}

static void exec(sqlite3 *db, const char *sql)
{
	must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static void add_series(sqlite3 *db)
{
	sqlite3_stmt *q;
	char key[128];
	unsigned int i;

	must(sqlite3_prepare_v2(db, "INSERT INTO series VALUES(?,?,'ns',1,0,1,0)", -1, &q, NULL) ==
		     SQLITE_OK, "prepare");
	for (i = 0; i < METRICS; i++) {
		if (i)
			snprintf(key, sizeof(key), NIGHTLY_RATIO "_%u", i);
		else
			snprintf(key, sizeof(key), NIGHTLY_RATIO);
		sqlite3_bind_int(q, 1, (int)i + 1);
		sqlite3_bind_text(q, 2, key, -1, SQLITE_TRANSIENT);
		must(sqlite3_step(q) == SQLITE_DONE, "series");
		sqlite3_reset(q);
	}
	sqlite3_finalize(q);
}

/* Ratios with 1 % of noise; every twentieth series has a step of 5 % in the middle. */
static void fill(char *blob, unsigned int night, uint64_t *state)
{
	uint32_t id;
	unsigned int i;
	double v;

	for (i = 0; i < METRICS; i++) {
		id = i + 1;
		v = (i % 20 == 7 && night >= NIGHTS / 2 ? 1.05 : 1) +
		    0.01 * nightly_normal(state);
		memcpy(blob + i * sizeof(id), &id, sizeof(id));
		memcpy(blob + METRICS * sizeof(id) + i * sizeof(v), &v, sizeof(v));
	}
}

/* A file with one empty line; its size and time go into the index. */
static void make_file(const char *name, struct stat *st)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "store/%s.jsonl", name);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
	must(fd >= 0 && write(fd, "\n", 1) == 1 && !fstat(fd, st) && !close(fd), path);
}

static void add_nights(sqlite3 *db)
{
	static char blob[METRICS * (sizeof(uint32_t) + sizeof(double))];
	uint64_t state = 1;
	sqlite3_stmt *q, *blobs;
	unsigned int i;

	must(sqlite3_prepare_v2(db, "INSERT INTO night VALUES(?,?,?,?,?,1)", -1, &q, NULL) ==
		     SQLITE_OK, "prepare");
	must(sqlite3_prepare_v2(db, "INSERT INTO points VALUES(?,?)", -1, &blobs, NULL) ==
		     SQLITE_OK, "prepare");
	for (i = 0; i < NIGHTS; i++) {
		time_t day = (time_t)86400 * (10000 + i);
		char name[32], stamp[STORE_STAMP];
		struct stat st;
		struct tm tm;

		gmtime_r(&day, &tm);
		strftime(name, sizeof(name), "%Y-%m-%d", &tm);
		store_stamp(name, stamp);
		make_file(name, &st);
		fill(blob, i, &state);
		sqlite3_bind_int64(q, 1, i + 1);
		sqlite3_bind_text(q, 2, name, -1, SQLITE_TRANSIENT);
		sqlite3_bind_text(q, 3, stamp, -1, SQLITE_TRANSIENT);
		sqlite3_bind_int64(q, 4, st.st_size);
		sqlite3_bind_int64(q, 5, st.st_mtim.tv_sec * INT64_C(1000000000) +
					 st.st_mtim.tv_nsec);
		must(sqlite3_step(q) == SQLITE_DONE, "night");
		sqlite3_reset(q);
		sqlite3_bind_int64(blobs, 1, i + 1);
		sqlite3_bind_blob(blobs, 2, blob, sizeof(blob), SQLITE_STATIC);
		must(sqlite3_step(blobs) == SQLITE_DONE, "points");
		sqlite3_reset(blobs);
	}
	sqlite3_finalize(q);
	sqlite3_finalize(blobs);
}

static void make_store(void)
{
	const struct nightly tonight = { .metrics = METRICS };
	struct store *s;
	sqlite3 *db;

	must(!mkdir("store", 0777), "store");
	must(!store_open("store", STORE_BASE, false, &s, stderr), "store");
	store_close(s);
	must(sqlite3_open("store/" STORE_INDEX, &db) == SQLITE_OK, "index");
	exec(db, "BEGIN");
	add_series(db);
	add_nights(db);
	exec(db, "COMMIT");
	sqlite3_close(db);
	nightly_write("2027-01-01.jsonl", &tonight, 5);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Runs the verb with its output in @out. False: it took too long, or did not see the nights. */
static bool time_verb(const char *name, int (*verb)(int, char **), int argc, char **argv,
		      const char *out, const char *expect)
{
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct rusage use;
	int saved = dup(STDOUT_FILENO), status;
	char *text;
	bool good;

	must(saved >= 0 && freopen(out, "we", stdout), out);
	status = verb(argc, argv);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	getrusage(RUSAGE_SELF, &use);
	text = scratch_read(out, NULL);
	good = strstr(text, expect);
	free(text);
	fprintf(stderr, "%s over %d nights x %d metrics: %.2f s (%.2f s of CPU, aim %.1f s), at "
		"most %ld MB, exit status %d%s\n", name, NIGHTS, METRICS, wall, cpu, LIMIT,
		use.ru_maxrss / 1024, status, good ? "" : ", WRONG OUTPUT");
	return good && cpu <= LIMIT;
}

int main(void)
{
	char *gate[] = { (char *)"gate", (char *)"2027-01-01.jsonl", (char *)"--store",
			 (char *)"store", NULL };
	char *trend[] = { (char *)"trend", (char *)"--store", (char *)"store", NULL };
	bool good;

	scratch_enter();
	make_store();
	good = time_verb("gate", cmd_gate, 4, gate, "gate.txt", "nights before: 10000");
	good &= time_verb("trend", cmd_trend, 3, trend, "trend.txt", "400 nights");
	scratch_leave();
	return good ? 0 : 1;
}
