// SPDX-License-Identifier: GPL-2.0-or-later
#include "resume.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "fatal.h"

static bool same_text(struct json_object *a, struct json_object *b)
{
	return !strcmp(json_object_to_json_string_ext(a, JSON_C_TO_STRING_PLAIN),
		       json_object_to_json_string_ext(b, JSON_C_TO_STRING_PLAIN));
}

/* The first key of @a whose value is another in @b, or that @b lacks; NULL: there is none. */
static const char *first_other(struct json_object *a, struct json_object *b)
{
	json_object_object_foreach(a, key, v) {
		struct json_object *other;

		if (!json_object_object_get_ex(b, key, &other) || !same_text(v, other))
			return key;
	}
	return NULL;
}

static int check_same_run(const char *path, struct json_object *now, struct json_object *then)
{
	struct json_object *env_now = json_object_object_get(now, "env");
	struct json_object *env_then = json_object_object_get(then, "env");
	const char *key = first_other(env_now, env_then);

	if (!key)
		key = first_other(env_then, env_now);
	if (!key)
		key = first_other(now, then);
	if (!key)
		key = first_other(then, now);
	return key ? complain(
			     BENCH_USAGE,
			     "%s is of another run (its %s is not the same), which this one cannot go on with; "
			     "give another --out",
			     path, key)
		   : 0;
}

static int why_not(const char *path, int err)
{
	if (err == -EAGAIN)
		return complain(BENCH_CANNOT, "%s: another run is writing it", path);
	if (err == -EBADMSG)
		return complain(BENCH_INVALID,
				"%s is damaged, or no result of septbench; give another --out",
				path);
	return complain(BENCH_CANNOT, "%s: %s", path, strerror(-err));
}

int resume_open(const char *path, const struct record_run *run, struct record_writer **w,
		struct record_file **f)
{
	struct json_object *now;
	int r = record_reopen(path, w, f, stderr);

	if (r)
		return why_not(path, r);
	if (!*f)
		return 0;
	now = record_run_json(run);
	if (!now)
		return complain(BENCH_INVALID, "no memory");
	r = check_same_run(path, now, (*f)->json);
	json_object_put(now);
	return r;
}

static uint64_t count_blocks(const struct record_file *f, const char *arm, unsigned int nr,
			     bool *valid)
{
	uint64_t n = 0;

	*valid = true;
	for (size_t i = 0; i < f->nr_blocks; i++) {
		const struct record_block *b = &f->blocks[i];
		bool own = b->boot == nr && !strcmp(b->variant, arm);

		n += own;
		*valid &= !own || b->valid;
	}
	return n;
}

bool resume_boot_over(const struct record_file *f, const char *arm, unsigned int nr,
		      uint64_t planned, int *status)
{
	const struct record_boot *last = NULL;
	bool valid, all = count_blocks(f, arm, nr, &valid) == planned;

	for (size_t i = 0; i < f->nr_boots; i++)
		if (f->boots[i].boot == nr && !strcmp(f->boots[i].variant, arm))
			last = &f->boots[i];
	if (!last)
		return false;
	*status = last->status;
	return last->complaints || !valid || (all && !last->status);
}

bool resume_has_later(const struct record_file *f, unsigned int nr)
{
	for (size_t i = 0; i < f->nr_blocks; i++)
		if (f->blocks[i].boot >= nr)
			return true;
	return false;
}

const struct record_block *resume_find(const struct record_file *f, struct json_object *block)
{
	static const char * const keys[] = { "boot", "block", "variant", "case", "params" };

	for (size_t i = 0; i < f->nr_blocks; i++) {
		bool same = true;

		for (size_t k = 0; same && k < sizeof(keys) / sizeof(keys[0]); k++)
			same = json_object_equal(json_object_object_get(f->blocks[i].json, keys[k]),
						 json_object_object_get(block, keys[k]));
		if (same)
			return &f->blocks[i];
	}
	return NULL;
}
