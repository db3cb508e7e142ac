/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of record/ only.
 */
#ifndef RECORD_INTERNAL_H
#define RECORD_INTERNAL_H

#include "record.h"

/* Writes one line; @is_block: it counts as a block in the end line. */
int record_write_json(struct record_writer *w, struct json_object *json, bool is_block);

/* Adds @value, which it takes over, also when it fails. -1: @o or @value is NULL, or no memory. */
int record_json_add(struct json_object *o, const char *key, struct json_object *value);

/* Deeper than any line of ours: env may nest a little. */
#define RECORD_MAX_DEPTH	16

/*
 * @o was read from @line. 0, or -EINVAL with the reason in @why if an object has a key twice, or
 * -ENOMEM.
 */
int record_check_unique(struct json_object *o, const char *line, size_t len, char why[RECORD_WHY]);

/*
 * Control characters in the texts of @o, which is nested no deeper than RECORD_MAX_DEPTH, become
 * '?'. 0, -EINVAL if a key has one, or -ENOMEM.
 */
int record_make_printable(struct json_object *o);

/* A sound line, taken apart. */
struct record_line {
	enum record_kind kind;
	struct json_object *json;	/* owned */
	struct record_run run;		/* RECORD_RUN */
	unsigned int schema;
	struct record_block block;	/* RECORD_BLOCK; free with record_block_clear() */
	bool seeded;			/* the block says its seed */
	struct record_boot boot;	/* RECORD_BOOT */
	uint64_t end_blocks;		/* RECORD_END */
	int end_status;
	const char *changed;
	/* Metrics or histograms of a block that had to be left out; "" if none. */
	char left_out[RECORD_WHY];
};

/* As record_validate_line(); on success @out owns what it points to. */
int record_parse_line(const char *line, size_t len, struct record_line *out, char why[RECORD_WHY]);
void record_block_clear(struct record_block *b);

/*
 * Names of schema 1 become today's: one per metric, whatever the clock. A rate becomes the time
 * that it is the reciprocal of, or goes if that is there.
 */
void record_rename_old(struct record_block *b);

/* record_read() of what is open already; @path is its name in messages. Leaves @in open. */
int record_read_stream(FILE *in, const char *path, struct record_file **f, FILE *msgs);

#endif
