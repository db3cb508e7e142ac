/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The result format: one JSON Lines file per run, described by schema.json. This is all that the
 * driver, the lab and the analysis share.
 *
 * A file is one run line (what was measured where), block lines (the numbers), a boot line after
 * the blocks of each boot of the lab, and one end line. A file without end line was cut short; its
 * complete lines are still good.
 *
 * Strings are UTF-8 and borrowed for the time of the call. Functions that return int return 0 or a
 * negative errno, if not said otherwise.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "hist.h"

struct json_object;	/* json-c's */

#define RECORD_SCHEMA	  2 /* version that is written */
#define RECORD_SCHEMA_OLD 1 /* the oldest that is read; names of its metrics become today's */
#define RECORD_MAX_LOOKS 16
#define RECORD_WHY	256	/* bytes that hold any reason this module gives */
#define RECORD_THRESHOLD 0.01	/* a metric's, unless it says otherwise */

/* How a metric behaves from run to run, which decides how it is compared. */
enum record_class {
	RECORD_EXACT,		/* bit-identical: compared by equality */
	RECORD_BOUNDED,		/* a count that races move a little */
	RECORD_NOISY,		/* time */
	RECORD_NR_CLASSES,
};

enum record_better { RECORD_LOWER, RECORD_HIGHER, RECORD_NONE, RECORD_NR_BETTER };

/* "exact", ...; "lower", ... The parsers return a negative number for an unknown name. */
const char *record_class_name(enum record_class c);
const char *record_better_name(enum record_better b);
int record_class_parse(const char *name);
int record_better_parse(const char *name);

/*
 * Writing. A line goes out whole, by one write(2) where the file takes it, and reaches the disk
 * before the call returns. After a failed write the writer refuses further lines: appending to a
 * torn line would spoil the next one as well.
 */
struct record_writer;
struct record_file;

/*
 * A new file, or an empty one that exists; appended to only, and locked until record_close().
 * -EEXIST if it holds something already: results are never overwritten, nor mixed with another
 * run's. -EAGAIN if another process is writing it. Free with record_close().
 */
int record_open_append(const char *path, struct record_writer **w);

/*
 * A file that was cut short, to go on with it; locked as above. A last line that is not whole goes,
 * for it is no result; *@f is the rest, free it with record_file_free(). Writes nothing until
 * record_reopened_go_on(), which takes the end line away if there is one: the run goes on. A file
 * with no whole line in it is emptied, and *@f is NULL: write a new run line. Otherwise as
 * record_open_append(); -EBADMSG after lines on @msgs if what is there is damaged.
 */
int record_reopen(const char *path, struct record_writer **w, struct record_file **f, FILE *msgs);
int record_reopened_go_on(struct record_writer *w, const struct record_file *f);

/* Writes to @fd (a pipe, a virtio port), which the writer does not own. NULL: no memory. */
struct record_writer *record_writer_fd(int fd);

/* Closes what record_open_append() opened. Returns the first write error, if any. */
int record_close(struct record_writer *w);

struct record_run {
	const char *version;	/* of septbench */
	const char *substrate;	/* "soft", "tdx", "none" */
	const char *clock;	/* "count", "wall" */
	const char *profile;	/* cost profile's name */
	const char *flavour;	/* of the lab kernel: "plain", "debug"; "host" on a host */
	uint64_t seed;
	/*
	 * A run that may end early is looked at when it has ->look[i] boots per arm, rising; those
	 * who judge it share their chance of an error out over the looks. 0 looks: its size was
	 * fixed.
	 */
	unsigned int look[RECORD_MAX_LOOKS];
	unsigned int looks;
	struct json_object *env;	/* borrowed; see schema.json for the keys with a meaning */
};

int record_write_run(struct record_writer *w, const struct record_run *run);

/* The same line as JSON; the caller puts it. NULL: no memory. */
struct json_object *record_run_json(const struct record_run *run);

/* A boot of the lab came to its end: all its blocks are here, or it failed. */
struct record_boot {
	const char *variant;
	unsigned int boot;
	int status;		/* exit status: 0, or why it failed */
	uint64_t complaints;	/* lines of the guest's kernel log that make it invalid */
};

int record_write_boot(struct record_writer *w, const struct record_boot *boot);

/*
 * What changed about the machine between start and end of the run, for record_write_end() to write:
 * "governor: performance -> powersave; ...". Copied.
 */
void record_set_changed(struct record_writer *w, const char *changed);

/* The last line: how many block lines went through @w, and the exit status of the run. */
int record_write_end(struct record_writer *w, int status);

/*
 * Appends a block line that came from elsewhere, without its newline. Checks nothing: use
 * record_validate_line() before.
 */
int record_write_block_line(struct record_writer *w, const char *line, size_t len);

enum record_kind { RECORD_RUN, RECORD_BLOCK, RECORD_BOOT, RECORD_END };

/*
 * Is this line (without newline) sound? Returns its enum record_kind, or a negative errno with the
 * reason in @why: -EINVAL not a line of this format, -EPROTO another schema version.
 */
int record_validate_line(const char *line, size_t len, char why[RECORD_WHY]);

/* The same, and *@json is what a sound line says, for the caller to put; else NULL. */
int record_take_line(const char *line, size_t len, struct json_object **json, char why[RECORD_WHY]);

/* Appends what record_take_line() took, as a block line. */
int record_write_block_json(struct record_writer *w, struct json_object *block);

/*
 * Building a block line. Every call may be made without looking at its outcome: the first mistake
 * (no memory, a name given twice, a value out of range) is kept and returned by
 * record_builder_finish().
 */
struct record_builder;

/* NULL: no memory. */
struct record_builder *record_builder_new(const char *variant, const char *case_name,
					  unsigned int boot, unsigned int block, bool warmup);
void record_builder_param_int(struct record_builder *b, const char *name, int64_t v);
void record_builder_param_str(struct record_builder *b, const char *name, const char *v);

/*
 * @n: samples behind the value. A value that is not finite is stored as null with the reason
 * "not finite". @unit as in "insn/fault", ASCII.
 */
void record_builder_metric(struct record_builder *b, const char *name, double v, const char *unit,
			   enum record_better better, enum record_class class, bool gated,
			   uint64_t n);
/*
 * The metric @name, recorded before, is in three parts, all in its unit: its value is the
 * subject's, the kernel under test; @module is the TDX module's that stands in for the real one;
 * @waiting is time in which no CPU had work. Of a mean the three and the driver's own share add up
 * to what the clock saw; a quantile's parts are each that quantile of its part. Finite, or the
 * metric stays in one part.
 */
void record_builder_parts(struct record_builder *b, const char *name, double module,
			  double waiting);

/* A metric that there is none of, for @reason: null. */
void record_builder_no_metric(struct record_builder *b, const char *name, const char *reason,
			      const char *unit);

/* What the order of pages, the schedule and the phase of the timer were drawn from. */
void record_builder_seed(struct record_builder *b, uint64_t seed);

/*
 * The timed part as a whole and who had it, in @unit. The kernel under test, the TDX module that
 * stands in for the real one, waiting, and the driver: the guest's payload and the suite's own
 * user space. The four add up to the clock, or the block is no result: the caller's to check.
 */
struct record_time {
	const char *unit;	/* "insn", "ns" */
	uint64_t clock, kernel, module, waiting, driver;
};

void record_builder_time(struct record_builder *b, const struct record_time *t);

void record_builder_counter(struct record_builder *b, const char *name, uint64_t v);

/*
 * Where a thread of @role really ran, in the order of the calls: "control" once, "vcpus" by vCPU.
 * What is unknown is -1. @core and @kind are hwloc's logical core and CPU kind.
 */
void record_builder_cpu(struct record_builder *b, const char *role, int cpu, int core, int node,
			int kind);

/* @bias: what one empty measurement costs, in @unit. It is stated, not taken off the values. */
void record_builder_hist(struct record_builder *b, const char *name, const char *unit,
			 const struct hist *h, uint64_t bias);

/* The oracle ran. Without this call, or a fault, the block says that no oracle looked (null). */
void record_builder_oracle_ran(struct record_builder *b);

/* A fault the oracle found; the block becomes invalid. */
void record_builder_oracle_fault(struct record_builder *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Did the oracle run, and find nothing? */
bool record_builder_oracle_clean(const struct record_builder *b);

/* The block is no result, and why. The first reason stays. */
void record_builder_invalid(struct record_builder *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Is the block still valid so far? */
bool record_builder_valid(const struct record_builder *b);

/* Writes the line and frees @b, whatever the outcome. */
int record_builder_finish(struct record_builder *b, struct record_writer *w);

/* Reading. All pointers live as long as their struct record_file. */
struct record_metric {
	const char *name;
	const char *unit;
	double v;		/* NaN: the block says that there is none */
	enum record_better better;
	enum record_class class;
	bool gated;
	uint64_t n;
	double threshold;	/* relative; RECORD_THRESHOLD if the block does not say */
	bool parted;		/* ->v is the subject's part alone, and the other two are */
	double module, waiting;
};

struct record_counter {
	const char *name;
	uint64_t v;
};

struct record_hist {
	const char *name;
	const char *unit;
	uint64_t bias;
	struct hist h;
};

struct record_block {
	unsigned int line;	/* in the file, from 1 */
	const char *variant;
	const char *case_name;
	char *params;		/* "pages=512 vcpus=2": sorted by name, JSON scalars as text */
	unsigned int boot, block;
	bool warmup, valid;
	const char *invalid_reason;	/* "" if valid */
	uint64_t seed;		/* the run's, if the block does not say */
	struct record_time time;	/* ->unit is NULL: the block does not say */
	struct record_metric *metrics;
	size_t nr_metrics;
	struct record_counter *counters;
	size_t nr_counters;
	struct record_hist *hists;
	size_t nr_hists;
	struct json_object *json;	/* the whole line, as it was written */
};

struct record_file {
	char *path;
	unsigned int schema;	/* that it was written in */
	struct record_run run;
	struct record_block *blocks;
	size_t nr_blocks;
	struct record_boot *boots;	/* by time; one that was tried again is here again */
	size_t nr_boots;
	struct json_object **boot_json;	/* whole lines, one per boot */
	bool ended;		/* has an end line */
	int end_status;		/* of it */
	/* What the end line says that changed about the machine; "" for nothing. */
	const char *changed;
	unsigned int dropped;	/* lines that were not used */
	struct json_object *json;	/* the run line */
	struct json_object *end_json;	/* the end line, NULL without one */
};

/*
 * Reads @path ("-" is not special). What is wrong is said on @msgs, one line each: "FILE:LINE:
 * reason; what is still used". Returns an exit code of the tools: 0  all of it is sound; 2  the
 * file cannot be opened, *@f is NULL; 3  something is missing or was not used: a foreign file,
 * another schema, damaged or repeated lines, no end line, a run that itself ended with an error.
 * *@f holds the sound rest, NULL if there is none.
 */
int record_read(const char *path, struct record_file **f, FILE *msgs);

/* The same for a run that may still be under way: that it has no end yet is nothing to mention. */
int record_read_growing(const char *path, struct record_file **f, FILE *msgs);
void record_file_free(struct record_file *f);

/*
 * Today's name of a metric that schema 1 called @old; NULL if it is called so still, or was a rate,
 * whose value is another today.
 */
const char *record_metric_now(const char *old);

const struct record_metric *record_block_metric(const struct record_block *b, const char *name);
const struct record_hist *record_block_hist(const struct record_block *b, const char *name);

/* The counter's value, or 0 with *@found false if the block has none of that name. */
uint64_t record_block_counter(const struct record_block *b, const char *name, bool *found);

/*
 * An object from JSON text that anyone may have written: strict, nested no deeper than our own
 * files, no key twice, control characters in its texts turned to '?'. NULL with the reason, which
 * is fit for a terminal, in @why; otherwise @why means nothing. The caller puts it.
 */
struct json_object *record_json_parse(const char *text, size_t len, char why[RECORD_WHY]);

/* The same from the file @path, of at most 64 MiB. */
struct json_object *record_json_file(const char *path, char why[RECORD_WHY]);

/*
 * Control characters become '?': for names and messages that come from elsewhere and go to a
 * terminal.
 */
void record_make_text_printable(char *text);

/* Would record_make_text_printable() leave it as it is? */
bool record_is_printable(const char *text);

/* Text of env.@path, where dots step into objects; @missing if it is not there. */
const char *record_env(const struct record_file *f, const char *path, const char *missing);

#endif
