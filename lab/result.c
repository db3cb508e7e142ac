// SPDX-License-Identifier: GPL-2.0-or-later
/* The result file: its run line, and the blocks that the guest sends. */
#include <errno.h>
#include <json-c/json.h>
#include <record/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "fatal.h"
#include "identity.h"
#include "plugin.h"
#include "resume.h"
#include "state.h"

static void add_cpu_model(struct json_object *env)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256], model[192];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "model name : %191[^\n]", model) == 1;
	if (f)
		fclose(f);
	json_object_object_add(env, "cpu", json_object_new_string(found ? model : "unknown"));
}

static int fill_env(struct lab *l)
{
	struct qemu_machine m = lab_machine(l);
	struct qemu_args a;
	int r = qemu_args_fill(&a, &m);
	char *text = r ? NULL : qemu_args_text(&a);
	char *options = r ? NULL : bench_options_text(&l->o);

	qemu_args_free(&a);
	if (r)
		return r;
	json_object_object_add(l->env, "qemu_args", json_object_new_string(text ? text : ""));
	free(text);
	json_object_object_add(l->env, "options", json_object_new_string(options ? options : ""));
	free(options);
	json_object_object_add(l->env, "accel", json_object_new_string("tcg"));
	json_object_object_add(l->env, "host_cpus", json_object_new_int(get_nprocs()));
	json_object_object_add(l->env, "boots", json_object_new_int((int)l->boots));
	json_object_object_add(l->env, "module", json_object_new_string(l->o.module));
	if (*l->o.softtdx)
		json_object_object_add(l->env, "softtdx", json_object_new_string(l->o.softtdx));
	if (l->o.turn)
		json_object_object_add(l->env, "turn", json_object_new_int64(l->o.turn));
	add_cpu_model(l->env);
	identity_add(l->env, &l->o);
	return 0;
}

static bool has_td_case(const struct lab *l)
{
	for (size_t i = 0; i < l->o.nr_cases; i++)
		if (l->o.cases[i]->substrate == CASE_TD)
			return true;
	return false;
}

static int open_record(struct lab *l)
{
	struct record_run run = {
		.version = SEPTBENCH_VERSION,
		.substrate = has_td_case(l) ? "soft" : "none",
		.clock = bench_clock_name(l->o.clock),
		.profile = identity_profile(&l->o),
		.flavour = l->flavour,
		.seed = l->o.seed,
		.looks = l->looks,
		.env = l->env,
	};
	int r;

	memcpy(run.look, l->look, sizeof(l->look));
	if (l->resume) {
		r = resume_open(l->out, &run, &l->w, &l->kept);
		if (r || l->kept)
			return r;
	} else {
		r = record_open_append(l->out, &l->w);
	}
	if (!r)
		r = record_write_run(l->w, &run);
	return r ? complain(BENCH_CANNOT, "%s: %s", l->out, strerror(-r)) : 0;
}

int lab_open_result(struct lab *l)
{
	int r = fill_env(l);

	return r ? r : open_record(l);
}

static const char *text_of(struct json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

static bool is_valid(struct json_object *block)
{
	return json_object_get_boolean(json_object_object_get(block, "valid"));
}

static void say_invalid(struct lab *l, struct json_object *block)
{
	char text[WHY_TEXT];

	snprintf(text, sizeof(text), "%s: %s, block %s, boot %s is invalid: %s",
		 text_of(block, "variant"), text_of(block, "case"), text_of(block, "block"),
		 text_of(block, "boot"), text_of(block, "invalid_reason"));
	complain(0, "%s", text);
	if (!*l->invalid)
		memcpy(l->invalid, text, sizeof(text));
}

/*
 * The guest does not know which boot it is nor what it is called, since printing another number or
 * a longer name takes other instructions: the lab fills them in. A block that the kernel complained
 * about, or that came after, is kept and marked.
 */
static void fill_block(const struct lab *l, struct json_object *o, const char *bad_log)
{
	char why[RECORD_WHY];

	json_object_object_add(o, "variant", json_object_new_string(l->boot.arm));
	json_object_object_add(o, "boot", json_object_new_int64(l->boot.nr));
	if (l->boot.warmup)
		json_object_object_add(o, "warmup", json_object_new_boolean(true));
	if (bad_log && is_valid(o)) {
		snprintf(why, sizeof(why), "kernel log: %s", bad_log);
		json_object_object_add(o, "valid", json_object_new_boolean(false));
		json_object_object_add(o, "invalid_reason", json_object_new_string(why));
	}
}

/* Counts are the same each time: that a boot was cut short and is made again must not show. */
static void check_kept(struct lab *l, const struct record_block *kept, struct json_object *o)
{
	if (l->o.clock == BENCH_CLOCK_COUNT && !json_object_equal(kept->json, o))
		lab_worsen_by(l, WHY_RESULT,
			      complain(BENCH_INVALID,
				       "%s:%u: this block, made again after the run was cut short, "
				       "is not the same",
				       l->out, kept->line));
}

static int write_block(struct lab *l, struct json_object *o)
{
	const struct record_block *kept = l->kept ? resume_find(l->kept, o) : NULL;
	int r;

	if (!is_valid(o) && !l->o.nr_inject)
		say_invalid(l, o);
	if (kept) {
		check_kept(l, kept, o);
		return 0;
	}
	r = record_write_block_json(l->w, o);
	if (l->code)
		code_block(l->code, o);
	return r;
}

static void cannot_write(struct lab *l, int err)
{
	bool full = err == -ENOSPC || err == -EDQUOT || err == -EFBIG;

	if (!l->unwritable)
		lab_worsen_by(l, full ? WHY_SPACE : WHY_MACHINE,
			   complain(BENCH_INVALID, "%s: %s; the blocks before are kept%s", l->out,
				    strerror(-err), l->explain ? "" : ", --resume goes on"));
	l->unwritable = true;
}

bool lab_take_result(const char *line, size_t len, const char *bad_log, void *arg)
{
	struct lab *l = arg;
	char why[RECORD_WHY];
	struct json_object *o;
	int r = record_take_line(line, len, &o, why);

	if (r != RECORD_BLOCK) {
		lab_worsen_by(l, WHY_RESULT,
			      complain(BENCH_INVALID,
				       "the guest sent a line that is no block: %s; it is left out",
				       r < 0 ? why : "of another type"));
		json_object_put(o);
		return true;
	}
	fill_block(l, o, bad_log);
	r = write_block(l, o);
	json_object_put(o);
	if (r)
		cannot_write(l, r);
	return !r;
}

/* The boot's end, with which it is over for a run that goes on later. */
void lab_write_boot(struct lab *l, const struct boot *b, int status)
{
	struct record_boot boot = {
		.variant = l->boot.arm, .boot = l->boot.nr, .status = status,
		.complaints = b->klog.nr_found,
	};
	int r = record_write_boot(l->w, &boot);

	if (r)
		cannot_write(l, r);
}

void lab_write_end(struct lab *l)
{
	int r = record_write_end(l->w, l->status);

	if (r)
		cannot_write(l, r);
}
