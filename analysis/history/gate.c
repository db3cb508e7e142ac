// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `gate`: may tonight's results pass?
 *
 * Exact metrics are held against the committed baseline, never against last night, so that many
 * small steps are seen when their sum passes the threshold. Worse by more than that stops the night
 * until a commit accepts it; better is told, to be agreed on. A metric that harmless rebuilds move,
 * and any other of clock count, may be agreed on within a distance (--within): it then gates too,
 * from the first night on. Other metrics: the ratio to the base of the same run is held against its
 * own past (judge.h), and an alert must show again in an immediate second run; besides, change
 * points (trend.h) of the last nights are told. Metrics that are not gated, and ratios with
 * too short a past, are told as advice and stop nothing.
 *
 * Change points are not corrected for many metrics: their p is no probability. One series gives a
 * false one in about 0.2 % of the nights (test_gate.c), so a gate of hundreds of noisy metrics has
 * one now and then, to be accepted or waited out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <util/options.h>

#include "analysis/analysis.h"
#include "gate.h"

/* "5" and "5%" are 0.05. */
static int parse_within(struct gate *g)
{
	char *end;

	if (!g->within_text)
		return 0;
	g->within = strtod(g->within_text, &end) / 100;
	if (*end == '%')
		end++;
	if (!g->accept || end == g->within_text || *end || !(g->within > 0 && g->within < 1))
		return options_refuse(
			"gate", "--within wants --accept and a percentage between 0 and 100, not %s",
			g->within_text);
	return 0;
}

static int check_args(struct gate *g)
{
	if (parse_within(g))
		return 2;
	if (g->accept) {
		if (!g->baseline_path)
			return options_refuse("gate", "--accept wants --baseline");
		if (!g->reason || !*g->reason)
			return options_refuse("gate", "--accept wants --reason");
		return 0;
	}
	return g->store_dir ? 0 : options_refuse("gate", "give --store");
}

static const struct option table[] = {
	{ "store", "DIR", "the nights before", OPTION_STRING(struct gate, store_dir) },
	{ "baseline", "FILE", "values agreed on", OPTION_STRING(struct gate, baseline_path) },
	{ "base", "VARIANT", "of the same run, for ratios (default: " STORE_BASE ")",
	  OPTION_STRING(struct gate, base) },
	{ "strict", NULL, "any exact difference for the worse regresses, however small",
	  OPTION_FLAG(struct gate, strict) },
	{ "json", "FILE", "write all rows as JSON", OPTION_STRING(struct gate, json_path) },
	{ "kernel", "DIR", "tree that the bisect commands name", OPTION_STRING(struct gate, kernel) },
	OPTION_GROUP("To agree on something"),
	{ "accept", "KEY",
	  "write tonight's values of KEY (* and ? as in file names) to the\n"
	  "baseline, to be committed", OPTION_STRING(struct gate, accept) },
	{ "reason", "TEXT", "why; kept with the values", OPTION_STRING(struct gate, reason) },
	{ "commit", "TEXT", "whose change it is; kept too", OPTION_STRING(struct gate, commit) },
	{ "within", "PERCENT",
	  "lets them be off by so much, and takes metrics of clock count that\n"
	  "do not gate by themselves", OPTION_STRING(struct gate, within_text) },
	{ 0 }
};

static const struct options options = {
	.verb = "gate",
	.usage = "FILE [SECOND] --store DIR [option]...\n"
		 "gate FILE --baseline FILE.json --accept KEY --reason TEXT [option]...",
	.text = "Judges tonight's FILE against the nights in DIR and the agreed values in FILE.json; SECOND is\n"
		"the immediate re-run that confirms an alert. Exit status: 0 passes, 1 regressed (whatever\n"
		"else is invalid), 2 usage, 3 cannot be decided, and why.",
	.table = table,
	.words = { .arg = "tonight's result file", OPTION_WORDS(struct gate, paths, 1, 2) },
};

static int parse_args(struct gate *g, int argc, char **argv)
{
	int status = options_parse(&options, g, argc, argv);

	return status ? status : check_args(g);
}

/* Nothing is decided, for this reason among others. */
__attribute__((format(printf, 2, 3)))
static void undecided(struct gate *g, const char *fmt, ...)
{
	va_list args;

	g->unsound = true;
	if (ftell(g->why))
		fputs("; ", g->why);
	va_start(args, fmt);
	vfprintf(g->why, fmt, args);
	va_end(args);
}

/* A boot that was tried again is there again: its last line counts. */
static bool is_last_of_boot(const struct record_file *f, size_t i)
{
	size_t j;

	for (j = i + 1; j < f->nr_boots; j++)
		if (f->boots[j].boot == f->boots[i].boot &&
		    !strcmp(f->boots[j].variant, f->boots[i].variant))
			return false;
	return true;
}

static void check_sound(struct gate *g, size_t file, int status)
{
	const struct record_file *f = g->files[file];
	const struct dataset *ds = g->points[file].ds;
	size_t i;

	if (status)
		undecided(g, "%s is not whole and sound", g->paths.v[file]);
	for (i = 0; i < ds->nr_arms; i++)
		if (ds->arms[i].invalid)
			undecided(g, "%zu invalid %s of %s (%s)", ds->arms[i].invalid,
				  ds->arms[i].invalid > 1 ? "blocks" : "block",
				  ds->arms[i].variant, ds->arms[i].first_invalid);
	for (i = 0; i < f->nr_boots; i++)
		if ((f->boots[i].status || f->boots[i].complaints) && is_last_of_boot(f, i))
			undecided(g, "boot %u of %s: status %d, %" PRIu64 " complaints of its kernel",
				  f->boots[i].boot, f->boots[i].variant, f->boots[i].status,
				  f->boots[i].complaints);
}

static int read_files(struct gate *g)
{
	size_t i;
	int err;

	for (i = 0; i < g->paths.nr; i++) {
		int status = record_read(g->paths.v[i], &g->files[i], stderr);

		if (!g->files[i])
			return status;
		err = points_build(g->files[i], g->base, &g->points[i]);
		if (err)
			return err;
		check_sound(g, i, status);
	}
	g->night = store_night_name(g->paths.v[0]);
	return g->night ? 0 : -ENOMEM;
}

static int read_baseline(struct gate *g)
{
	if (!g->baseline_path)
		return 0;
	return baseline_read(g->baseline_path, g->accept != NULL, &g->baseline, stderr);
}

/*
 * Nights before tonight: if tonight lies in the store, those before it there, else all. No more of
 * them than the level and recent changes hang on.
 */
static int read_history(struct gate *g)
{
	struct store *s;
	uint64_t hash;
	int err = store_open(g->store_dir, g->base, false, &s, stderr);

	if (err)
		return err;
	err = store_hash(g->paths.v[0], &hash);
	if (!err)
		err = store_load(s, &hash, GATE_REPLAY, &g->h);
	store_close(s);
	g->past = g->h.nr_nights;
	return err == -ENOMEM ? err : err ? 3 : 0;
}

static int tell(struct gate *g)
{
	int status = gate_status(g), err = gate_print_all(g, status);

	if (!err && g->json_path)
		err = gate_write_json(g, status);
	return err ? err : status;
}

static int run(struct gate *g)
{
	int err = read_files(g);
	size_t i;

	if (!err)
		err = read_baseline(g);
	if (!err && g->accept) {
		err = gate_accept_all(g);
	} else if (!err) {
		err = read_history(g);
		for (i = 0; i < g->paths.nr && !err; i++)
			err = gate_check_aa(g, &g->points[i], g->paths.v[i]);
		if (!err)
			err = gate_check_host(g);
		if (!err)
			err = gate_judge_all(g);
		if (!err)
			err = tell(g);
	}
	if (err < 0) {
		if (err == -ENOMEM)
			fputs("septbench gate: no memory\n", stderr);
		err = 3;
	}
	return err;
}

static void release(struct gate *g)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		points_clear(&g->points[i]);
		record_file_free(g->files[i]);
	}
	baseline_free(g->baseline);
	history_clear(&g->h);
	free(g->night);
	free(g->rows);
	free(g->host_changed);
	free(g->control_moved);
	if (g->why)
		fclose(g->why);
	free(g->why_text);
}

int cmd_gate(int argc, char **argv)
{
	struct gate g = { .base = STORE_BASE };
	int status = parse_args(&g, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	g.why = open_memstream(&g.why_text, &g.why_len);
	status = g.why ? run(&g) : 3;
	release(&g);
	return status;
}
