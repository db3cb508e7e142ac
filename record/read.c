// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Result reader: keeps what is sound, says in one line each what is not.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "internal.h"

struct reader {
	struct record_file *f;
	FILE *in, *msgs;
	unsigned int line;
	bool have_run;
	bool growing;		/* an end line is not expected */
	bool stop;		/* the rest is not read */
	bool unsound;		/* exit code 3 */
	size_t cap;		/* of f->blocks */
	uint64_t end_blocks;
};

__attribute__((format(printf, 2, 3)))
static void complain(struct reader *r, const char *fmt, ...)
{
	char text[3 * RECORD_WHY], path[4096];
	va_list ap;

	r->unsound = true;
	snprintf(path, sizeof(path), "%s", r->f->path);
	record_make_text_printable(path);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	record_make_text_printable(text);
	fprintf(r->msgs, "%s:%u: %s\n", path, r->line, text);
}

static bool same_block(const struct record_block *a, const struct record_block *b)
{
	return a->boot == b->boot && a->block == b->block && a->seed == b->seed &&
	       !strcmp(a->variant, b->variant) && !strcmp(a->case_name, b->case_name) &&
	       !strcmp(a->params, b->params);
}

static const struct record_block *find_same(const struct record_file *f,
					    const struct record_block *b)
{
	size_t i;

	for (i = 0; i < f->nr_blocks; i++)
		if (same_block(&f->blocks[i], b))
			return &f->blocks[i];
	return NULL;
}

/* Takes over *@b. */
static void keep_block(struct reader *r, struct record_block *b)
{
	size_t cap = r->cap ? 2 * r->cap : 64;
	struct record_block *grown;

	if (r->f->nr_blocks == r->cap) {
		grown = reallocarray(r->f->blocks, cap, sizeof(*grown));
		if (!grown) {
			complain(r, "no memory; the blocks before are used");
			r->f->dropped++;
			r->stop = true;
			record_block_clear(b);
			return;
		}
		r->f->blocks = grown;
		r->cap = cap;
	}
	b->line = r->line;
	r->f->blocks[r->f->nr_blocks++] = *b;
}

static void take_block(struct reader *r, struct record_line *l)
{
	const struct record_block *twin;

	if (!l->seeded)
		l->block.seed = r->f->run.seed;
	if (r->f->schema < 2)
		record_rename_old(&l->block);
	twin = find_same(r->f, &l->block);
	if (l->left_out[0])
		complain(r, "%s; the rest of the block is used", l->left_out);
	if (twin) {
		complain(r, "repeats the block of line %u; the first one is used", twin->line);
		r->f->dropped++;
		record_block_clear(&l->block);
		return;
	}
	keep_block(r, &l->block);
}

/* Its text lives as long as the file does. */
static void take_boot(struct reader *r, struct record_line *l)
{
	struct record_file *f = r->f;
	struct record_boot *grown = reallocarray(f->boots, f->nr_boots + 1, sizeof(*grown));
	struct json_object **texts = grown ? reallocarray(f->boot_json, f->nr_boots + 1,
							  sizeof(*texts))
					   : NULL;

	f->boots = grown ? grown : f->boots;
	if (!texts) {
		complain(r, "no memory; the boots before are used");
		f->dropped++;
		json_object_put(l->json);
		return;
	}
	f->boot_json = texts;
	f->boot_json[f->nr_boots] = l->json;
	f->boots[f->nr_boots++] = l->boot;
}

/* What in the file says why its run is not valid: " (...)", or "" if nothing does. */
static const char *why_invalid(const struct record_file *f, char why[2 * RECORD_WHY])
{
	*why = 0;
	for (size_t i = 0; i < f->nr_boots && !*why; i++) {
		const struct record_boot *b = &f->boots[i];

		if (b->complaints)
			snprintf(why, 2 * RECORD_WHY,
				 " (%s, boot %u: %" PRIu64 " complaints in the kernel log)",
				 b->variant, b->boot, b->complaints);
		else if (b->status)
			snprintf(why, 2 * RECORD_WHY, " (%s, boot %u ended with status %d)",
				 b->variant, b->boot, b->status);
	}
	for (size_t i = 0; i < f->nr_blocks && !*why; i++) {
		const struct record_block *b = &f->blocks[i];

		if (!b->valid)
			snprintf(why, 2 * RECORD_WHY, " (%s, %s, boot %u, block %u is invalid: %s)",
				 b->variant, b->case_name, b->boot, b->block, b->invalid_reason);
	}
	return why;
}

static void take_end(struct reader *r, struct record_line *l)
{
	char why[2 * RECORD_WHY];

	r->f->ended = true;
	r->f->end_status = l->end_status;
	r->end_blocks = l->end_blocks;
	r->f->changed = l->changed ? l->changed : "";
	r->f->end_json = l->json;
	if (l->end_status)
		complain(r, "the run ended with status %d%s; its blocks are used", l->end_status,
			 why_invalid(r->f, why));
	else if (r->end_blocks != r->f->nr_blocks && !r->f->dropped)
		complain(r, "end line counts %" PRIu64 " blocks, %zu are here; these are used",
			 r->end_blocks, r->f->nr_blocks);
}

static void take_run(struct reader *r, struct record_line *l)
{
	if (r->have_run) {
		complain(r, "another run starts here; only the first is used, split the file");
		r->f->dropped++;
		r->stop = true;
		json_object_put(l->json);
		return;
	}
	r->have_run = true;
	r->f->run = l->run;
	r->f->schema = l->schema;
	r->f->json = l->json;
}

static void take_line(struct reader *r, const char *text, size_t len)
{
	struct record_line l;
	char why[RECORD_WHY];
	int err = record_parse_line(text, len, &l, why);

	if (!r->have_run && (err || l.kind != RECORD_RUN)) {
		if (!err && l.kind == RECORD_BLOCK)
			record_block_clear(&l.block);
		else if (!err)
			json_object_put(l.json);
		complain(r, "%s; nothing of the file is used",
			 err ? why : "not a septbench result: it does not start with a run line");
		r->stop = true;
	} else if (err) {
		complain(r, "%s; the line is not used, the rest is", why);
		r->f->dropped++;
	} else if (l.kind == RECORD_RUN) {
		take_run(r, &l);
	} else if (l.kind == RECORD_BLOCK) {
		take_block(r, &l);
	} else if (l.kind == RECORD_BOOT) {
		take_boot(r, &l);
	} else {
		take_end(r, &l);
	}
}

/* A last line without newline was being written when the run died, unless it is whole. */
static void take_torn(struct reader *r)
{
	if (r->have_run)
		complain(r, "last line is cut short; the %zu complete blocks before it are used",
			 r->f->nr_blocks);
	else
		complain(r, "cut short in its first line, or not a septbench result; "
			 "nothing of the file is used");
	r->f->dropped++;
	r->stop = true;
}

static bool is_whole(const char *text, size_t len)
{
	char why[RECORD_WHY];

	return record_validate_line(text, len, why) >= 0;
}

/* What editors, other systems and compressors make of a file. NULL: nothing that we cannot read. */
static const char *foreign_form(const char *text, size_t len)
{
	static const struct {
		const char *start, *what;
	} forms[] = {
		{ "\x1f\x8b", "compressed by gzip; gunzip it, or give `gzip -dc FILE |` and - for it" },
		{ "\x28\xb5\x2f\xfd", "compressed by zstd; give `zstd -dc FILE |` and - for it" },
		{ "\xfd" "7zXZ", "compressed by xz; give `xz -dc FILE |` and - for it" },
		{ "\xff\xfe", "text in UTF-16; make it UTF-8" },
		{ "\xfe\xff", "text in UTF-16; make it UTF-8" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (len >= strlen(forms[i].start) &&
		    !memcmp(text, forms[i].start, strlen(forms[i].start)))
			return forms[i].what;
	return NULL;
}

/* Without what some editors put around it: a mark at the start of the file, CR at a line's end. */
static void take_text(struct reader *r, const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *form = r->line == 1 ? foreign_form(text, len) : NULL;
	bool ended = text[len - 1] == '\n';

	if (form) {
		complain(r, "%s", form);
		r->stop = true;
		return;
	}
	if (r->line == 1 && len > 3 && !memcmp(text, mark, 3)) {
		text += 3;
		len -= 3;
	}
	len -= ended;
	if (len && text[len - 1] == '\r')
		len--;
	if (ended || is_whole(text, len))
		take_line(r, text, len);
	else
		take_torn(r);
}

static void read_lines(struct reader *r)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	while (!r->stop && (len = getline(&text, &size, r->in)) > 0) {
		r->line++;
		if (r->f->ended) {
			complain(r, "lines after the end line; they are not used");
			r->f->dropped++;
			break;
		}
		take_text(r, text, (size_t)len);
	}
	if (ferror(r->in))
		complain(r, "%s; the %zu blocks before are used", strerror(errno), r->f->nr_blocks);
	else if (r->line == 0)
		complain(r, "the file is empty");
	else if (!r->stop && !r->f->ended && !r->growing)
		complain(r, "no end line, the run was cut short; its %zu complete blocks are used",
			 r->f->nr_blocks);
	free(text);
}

static struct record_file *file_new(const char *path)
{
	struct record_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->changed = "";
	f->path = strdup(path);
	if (!f->path) {
		free(f);
		return NULL;
	}
	return f;
}

static int read_stream(struct reader *r, const char *path, struct record_file **f)
{
	*f = NULL;
	r->f = file_new(path);
	if (!r->f) {
		fprintf(r->msgs, "%s: no memory\n", path);
		return 3;
	}
	read_lines(r);
	if (!r->have_run)
		record_file_free(r->f);
	else
		*f = r->f;
	return r->unsound ? 3 : 0;
}

int record_read_stream(FILE *in, const char *path, struct record_file **f, FILE *msgs)
{
	struct reader r = { .in = in, .msgs = msgs };

	return read_stream(&r, path, f);
}

static int read_file(const char *path, bool growing, struct record_file **f, FILE *msgs)
{
	struct reader r = { .in = fopen(path, "re"), .msgs = msgs, .growing = growing };
	int status;

	*f = NULL;
	if (!r.in) {
		fprintf(msgs, "%s: %s; give a result file of septbench\n", path, strerror(errno));
		return 2;
	}
	status = read_stream(&r, path, f);
	fclose(r.in);
	return status;
}

int record_read(const char *path, struct record_file **f, FILE *msgs)
{
	if (!strcmp(path, "-"))
		return record_read_stream(stdin, "stdin", f, msgs);
	return read_file(path, false, f, msgs);
}

int record_read_growing(const char *path, struct record_file **f, FILE *msgs)
{
	return read_file(path, true, f, msgs);
}

void record_file_free(struct record_file *f)
{
	size_t i;

	if (!f)
		return;
	for (i = 0; i < f->nr_blocks; i++)
		record_block_clear(&f->blocks[i]);
	free(f->blocks);
	for (i = 0; i < f->nr_boots; i++)
		json_object_put(f->boot_json[i]);
	free(f->boot_json);
	free(f->boots);
	json_object_put(f->json);
	json_object_put(f->end_json);
	free(f->path);
	free(f);
}

const struct record_metric *record_block_metric(const struct record_block *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->nr_metrics; i++)
		if (!strcmp(b->metrics[i].name, name))
			return &b->metrics[i];
	return NULL;
}

const struct record_hist *record_block_hist(const struct record_block *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->nr_hists; i++)
		if (!strcmp(b->hists[i].name, name))
			return &b->hists[i];
	return NULL;
}

uint64_t record_block_counter(const struct record_block *b, const char *name, bool *found)
{
	size_t i;

	*found = true;
	for (i = 0; i < b->nr_counters; i++)
		if (!strcmp(b->counters[i].name, name))
			return b->counters[i].v;
	*found = false;
	return 0;
}

const char *record_env(const struct record_file *f, const char *path, const char *missing)
{
	struct json_object *o = f->run.env;
	const char *dot;

	while ((dot = strchr(path, '.'))) {
		char *key = strndup(path, (size_t)(dot - path));
		bool found = key && json_object_object_get_ex(o, key, &o);

		free(key);
		if (!found)
			return missing;
		path = dot + 1;
	}
	if (!json_object_object_get_ex(o, path, &o) || !o)
		return missing;
	return json_object_get_string(o);
}
