// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <lab/build.h>
#include <lab/child.h>
#include <lab/why.h>
#include <util/hash.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fatal.h"
#include "source.h"
#include "values.h"

#define KEY_BYTES	4096
#define MAX_ARGS	32

/* This very program, though a newer one may by now lie where it was started from. */
static void program(char path[LAB_PATH])
{
	snprintf(path, LAB_PATH, "/proc/%d/exe", (int)getpid());
}

/*
 * Everything but the point that may change a value. Contents, not names: another copy of the same
 * program measures the same.
 */
int measure_init(struct measurer *m)
{
	char cmd[] =
		"{ cat \"$0\"; find \"$1/kmod\" \"$1/patches\" \"$2\" -type f | LC_ALL=C sort | xargs -d '\\n' cat;"
		" gcc --version; qemu-system-x86_64 --version; } | sha256sum | cut -c1-16";
	char self[LAB_PATH], own[LAB_PATH + 16], out[64];
	char *argv[] = { (char *)"sh", (char *)"-c", cmd, self, (char *)source_dir(), own, NULL };
	const char *patches = getenv("SEPTBENCH_PATCHES");

	m->how = HASH_START;
	if (m->command) {
		m->how = hash_add(m->how, m->command, strlen(m->command));
		return 0;
	}
	program(self);
	snprintf(own, sizeof(own), "%s", patches && *patches ? patches : source_dir());
	/*
	 * A series is a copy that changes from point to point; its points hash their own patches.
	 */
	if (m->line->kind == LINE_SERIES)
		snprintf(own, sizeof(own), "%s/base", m->line->from);
	if (child_capture(argv, out, sizeof(out)))
		return complain(BENCH_CANNOT, "what the measurements depend on cannot be read");
	m->how = hash_add(m->how, out, strlen(out));
	return 0;
}

/*
 * A command of the user's may look at what the kernel's build does not: it gets to see every point.
 */
static int make_key(struct measurer *m, size_t i, const char *purpose, char key[KEY_BYTES])
{
	char *args = bench_options_guest_args(m->o, m->line->variant, 0);
	uint64_t content;
	int s = line_content(m->line, i, &content);

	if (!args)
		return complain(BENCH_INVALID, "no memory");
	if (!s)
		snprintf(key, KEY_BYTES,
			 "content %016" PRIx64 "\nhow %016" PRIx64
			 "\nflavour %s\nmetric %s\nrun %s\npurpose %s\npoint %s",
			 content, m->how, m->flavour, m->metric ? m->metric : "", args, purpose,
			 m->command ? m->line->points[i].id : "");
	free(args);
	return s;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As why_run(); *@seconds grows by the time that it took. */
static int timed_run(char *const argv[], const char *log, char *out, size_t len, double *seconds,
		     struct why *why)
{
	double start = now();
	int s = why_run(argv, log, out, len, why);

	*seconds += now() - start;
	return s;
}

/* --- the user's command --- */

/* What it said last, "" if it said nothing. */
static void last_line(const char *log, char *why, size_t len)
{
	FILE *f = fopen(log, "re");
	char line[512];

	*why = 0;
	while (f && fgets(line, sizeof(line), f))
		if (line[strspn(line, " \t\n")])
			snprintf(why, len, "%.*s", (int)strcspn(line, "\n"), line);
	if (f)
		fclose(f);
}

static enum outcome take_numbers(const char *text, struct measured *out)
{
	size_t before = out->nr;

	while (out->nr < JUDGE_MAX_BOOTS) {
		char *end;
		double v = strtod(text, &end);

		/* strtod() takes "nan" and "inf" too, which nothing can be compared with. */
		if (end == text || !isfinite(v))
			break;
		out->values[out->nr++] = v;
		text = end;
	}
	text += strspn(text, " \t\n");
	if (out->nr > before && !*text)
		return OUTCOME_MEASURED;
	complain(0, "--measure: the command printed no number, or something else: \"%.40s\"", text);
	return OUTCOME_FAULT;
}

static enum outcome ask_command(struct measurer *m, size_t i, unsigned int boots,
				struct measured *out)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)m->command, NULL };
	char text[8192], log[CACHE_PATH + 16], number[16];
	struct why why;
	int s;

	snprintf(number, sizeof(number), "%u", boots);
	setenv("SEPTBENCH_POINT", m->line->points[i].id, 1);
	setenv("SEPTBENCH_TREE", m->line->tree, 1);
	setenv("SEPTBENCH_BOOTS", number, 1);
	snprintf(log, sizeof(log), "%s/log", m->line->cache);
	s = timed_run(argv, log, text, sizeof(text), &m->spent.boot, &why);
	last_line(log, out->why, sizeof(out->why));
	if (s == 125) {
		if (!*out->why)
			snprintf(out->why, sizeof(out->why), "the command says so");
		return OUTCOME_SKIP;
	}
	if (s) {
		if (!child_interrupted)
			complain(0, "--measure: the command ended with status %d: %s", s, out->why);
		return OUTCOME_FAULT;
	}
	*out->why = 0;
	return take_numbers(text, out);
}

/* --- the lab --- */

/*
 * A tree that is too old to be measured is the commit's, though the scripts say "cannot run here";
 * a full disk or a QEMU that does not start is the machine's, though they say "failed".
 */
static enum outcome blame(const struct why *why, const char *log, struct measured *out)
{
	snprintf(out->why, sizeof(out->why), "%s", why->text);
	if (why_is_measured(why))
		return OUTCOME_SKIP;
	if (why->reason != WHY_INTERRUPTED)
		complain(0, "%s (all messages: %s)", why->text, log);
	return OUTCOME_FAULT;
}

static enum outcome build_kernel(struct measurer *m, char build[LAB_PATH], struct measured *out)
{
	struct line *l = m->line;
	char script[LAB_PATH + 32], log[CACHE_PATH + 16];
	char *argv[] = { script, l->tree, (char *)m->flavour, NULL };
	struct why why;
	int s;

	snprintf(script, sizeof(script), "%s/kmod/kernel-build", source_dir());
	snprintf(log, sizeof(log), "%s/log", l->cache);
	if (!m->told)
		complain(0,
			 "the kernel image: seconds if the cache has it, else minutes (messages: %s)",
			 log);
	m->told = true;
	s = timed_run(argv, log, build, LAB_PATH, &m->spent.kernel, &why);
	m->spent.kernels += why.reason == WHY_BUILT || why.reason == WHY_BUILD;
	return s ? blame(&why, log, out) : OUTCOME_MEASURED;
}

static enum outcome build_modules(struct measurer *m, char *build, struct measured *out)
{
	char script[LAB_PATH + 32], log[CACHE_PATH + 16], modules[LAB_PATH];
	char *argv[] = { script, (char *)"--kernel",  m->line->tree,	(char *)"--build",
			 build,	 (char *)"--variant", m->line->variant, NULL };
	struct why why;
	int s;

	snprintf(script, sizeof(script), "%s/kmod/build-variant", source_dir());
	snprintf(log, sizeof(log), "%s/log", m->line->cache);
	s = timed_run(argv, log, modules, sizeof(modules), &m->spent.modules, &why);
	m->spent.builds += why.reason == WHY_BUILT || why.reason == WHY_BUILD;
	return s ? blame(&why, log, out) : OUTCOME_MEASURED;
}

/*
 * A lab that is killed, with us or by us, leaves its folder: they all go into one of ours, emptied
 * each time.
 */
static int own_tmp(const struct line *l)
{
	char tmp[CACHE_PATH + 16], out[16];
	char *argv[] = { (char *)"rm", (char *)"-rf", tmp, NULL };

	snprintf(tmp, sizeof(tmp), "%s/tmp", l->cache);
	if (child_capture(argv, out, sizeof(out)) || mkdir(tmp, 0700))
		return complain(BENCH_CANNOT, "%s: cannot be emptied: %s", tmp, strerror(errno));
	setenv("TMPDIR", tmp, 1);
	return 0;
}

static size_t add_file(char **argv, size_t n, const char *option, const char *file)
{
	if (!file || n >= MAX_ARGS - 2)
		return n;
	argv[n] = (char *)option;
	argv[n + 1] = (char *)file;
	return n + 2;
}

/* `septbench lab` with the options of the guest's command line. */
static enum outcome boot_lab(struct measurer *m, unsigned int boots, const char *result,
			     struct measured *out)
{
	char self[LAB_PATH], log[CACHE_PATH + 16], file[LAB_PATH], number[16], *save;
	char *args = bench_options_guest_args(m->o, m->line->variant, 0);
	char *argv[MAX_ARGS] = { self,
				 (char *)"lab",
				 (char *)"--kernel",
				 m->line->tree,
				 (char *)"--flavour",
				 (char *)m->flavour,
				 (char *)"--boots",
				 number,
				 (char *)"-o",
				 (char *)result };
	struct why why;
	size_t n = 10;
	int s;

	if (!args || own_tmp(m->line)) {
		free(args);
		return OUTCOME_FAULT;
	}
	program(self);
	snprintf(number, sizeof(number), "%u", boots);
	snprintf(log, sizeof(log), "%s/log", m->line->cache);
	/* Past the verb. */
	for (char *word = strtok_r(args, " ", &save); word && n < MAX_ARGS - 1;
	     word = strtok_r(NULL, " ", &save))
		if (word != args)
			argv[n++] = word;
	/* Instead of where its guest would find them: what comes last counts. */
	n = add_file(argv, n, "--guest-kernel", m->o->guest_kernel);
	n = add_file(argv, n, "--guest-modules", m->o->guest_modules);
	unlink(result);
	s = timed_run(argv, log, file, sizeof(file), &m->spent.boot, &why);
	free(args);
	m->spent.boots += boots;
	return s ? blame(&why, log, out) : OUTCOME_MEASURED;
}

static enum outcome boot_and_read(struct measurer *m, unsigned int boots, struct measured *out)
{
	char result[CACHE_PATH + 16];
	enum outcome r;

	snprintf(result, sizeof(result), "%s/result.jsonl", m->line->cache);
	r = boot_lab(m, boots, result, out);
	/* One boot that hangs on a busy host must not decide about a commit. */
	if (r == OUTCOME_SKIP)
		r = boot_lab(m, boots, result, out);
	if (r == OUTCOME_MEASURED)
		*out->why = 0;
	return r == OUTCOME_MEASURED && values_read(result, m->metric, out) ? OUTCOME_FAULT : r;
}

/*
 * Boots of one seed would all give the same value, and say nothing about how far a harmless change
 * moves it.
 */
static enum outcome boot_seeds(struct measurer *m, uint64_t first, unsigned int boots,
			       struct measured *out)
{
	const struct bench_options *given = m->o;
	struct bench_options o = *given;
	enum outcome r = OUTCOME_MEASURED;
	size_t all = out->nr + boots, died = 0;

	m->o = &o;
	while (out->nr < all) {
		o.seed = given->seed + first + out->nr + died;
		r = boot_and_read(m, 1, out);
		if (r == OUTCOME_FAULT || (r == OUTCOME_SKIP && died == MEASURE_MORE_SEEDS))
			break;
		/* A regression may end the TDs of some schedules, and show in the others. */
		if (r == OUTCOME_SKIP) {
			died++;
			complain(0, "seed %" PRIu64 " could not be measured (%s); another one",
				 o.seed, out->why);
		}
	}
	m->o = given;
	return r;
}

static enum outcome use_lab(struct measurer *m, const char *purpose, unsigned int boots,
			    struct measured *out)
{
	char build[LAB_PATH];
	enum outcome r = build_kernel(m, build, out);

	if (r == OUTCOME_MEASURED)
		r = build_modules(m, build, out);
	m->built = r != OUTCOME_SKIP;
	if (r != OUTCOME_MEASURED)
		return r;
	return m->seeds ? boot_seeds(m, *purpose ? JUDGE_MAX_BOOTS : 0, boots, out)
			: boot_and_read(m, boots, out);
}

/* --- both --- */

static enum outcome measure_now(struct measurer *m, size_t i, const char *purpose,
				unsigned int boots, struct measured *out)
{
	double start = now();
	int s = line_place(m->line, i);

	m->spent.tree += now() - start;
	if (s)
		return OUTCOME_FAULT;
	return m->command ? ask_command(m, i, boots, out) : use_lab(m, purpose, boots, out);
}

enum outcome measure_builds(struct measurer *m, size_t i, struct measured *out)
{
	char build[LAB_PATH];
	enum outcome r;

	memset(out, 0, sizeof(*out));
	if (line_place(m->line, i))
		return OUTCOME_FAULT;
	r = build_kernel(m, build, out);
	return r == OUTCOME_MEASURED ? build_modules(m, build, out) : r;
}

enum outcome measure_point(struct measurer *m, size_t i, const char *purpose, unsigned int boots,
			   struct measured *out)
{
	enum outcome r = OUTCOME_MEASURED;
	char key[KEY_BYTES];

	if (make_key(m, i, purpose, key))
		return OUTCOME_FAULT;
	m->built = true;
	memset(out, 0, sizeof(*out));
	cache_load(m->line->cache, key, out);
	if (*out->why || out->nr >= boots) {
		m->spent.reused++;
		return *out->why ? OUTCOME_SKIP : OUTCOME_MEASURED;
	}
	m->spent.points++;
	while (r == OUTCOME_MEASURED && out->nr < boots)
		r = measure_now(m, i, purpose, boots - (unsigned int)out->nr, out);
	if (r == OUTCOME_FAULT)
		return r;
	return cache_store(m->line->cache, key, out) ? OUTCOME_FAULT : r;
}
