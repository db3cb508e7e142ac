// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "fixture.h"
#include "record/record.h"
#include "tests/record/scratch.h"

#define FAULTS	2048
#define ZAPPED	512

/* One block being made up. */
struct making {
	const struct fixture *f;
	const char *variant;
	unsigned int boot, block, vcpus;
	uint32_t random;
	struct record_builder *b;
};

static uint32_t draw(struct making *m, uint32_t below)
{
	m->random = m->random * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)m->random * below >> 32);
}

static bool counting(const struct making *m)
{
	return !strcmp(m->f->clock, "count");
}

/*
 * Counts repeat from boot to boot and do not know the variant, time does neither. Warm up the
 * generator: its first draws follow the seed closely.
 */
static void seed_random(struct making *m)
{
	m->random = m->block * 977 + m->vcpus * 131 + 1;
	if (!counting(m))
		m->random += m->boot * 7919 + (uint32_t)strlen(m->variant) * 104729;
	draw(m, 1);
	draw(m, 1);
}

static bool is_freeze(const struct making *m)
{
	return !strcmp(m->variant, "freeze") ||
	       (!strcmp(m->variant, "freeze@aa") && !m->f->aa_differs);
}

/* A body, a tail, and now and then a timer tick. */
static uint64_t fault_time(struct making *m, uint32_t base)
{
	uint64_t v = base + draw(m, 200);

	if (!draw(m, 20))
		v += draw(m, 9000);
	if (!draw(m, 400))
		v += 40000;
	return is_freeze(m) ? v : v * (uint64_t)(100 + m->f->slower) / 100;
}

static const char *todays_name(const struct making *m, const char *name)
{
	static const struct { const char *old, *name; } names[] = {
		{ "fault_insn_p50", "fault_p50" }, { "fault_ns_p50", "fault_p50" },
		{ "fault_insn_p99", "fault_p99" }, { "fault_ns_p99", "fault_p99" },
		{ "insn_per_fault", "fault_mean" }, { "zap_insn_per_page", "zap_per_page" },
	};
	size_t i;

	for (i = 0; m->f->today && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].old, name))
			return names[i].name;
	return name;
}

static void metric(struct making *m, const char *name, double v, const char *unit,
		   enum record_better better, bool exact, bool gated, uint64_t n)
{
	record_builder_metric(m->b, todays_name(m, name), v, unit, better,
			      exact ? RECORD_EXACT : RECORD_NOISY, gated, n);
	if (m->f->today && !strncmp(unit, "insn/", 5))
		record_builder_parts(m->b, todays_name(m, name), 1200.5, 3.25);
}

static void add_faults(struct making *m)
{
	struct hist *h = calloc(1, sizeof(*h));
	uint32_t base = 3000 + (counting(m) ? 0 : draw(m, 60)), i;
	bool count = counting(m), odd = m->f->unsteady && m->boot + 1 == m->f->boots;
	const char *unit = count ? "insn" : "ns";

	for (i = 0; i < FAULTS; i++)
		hist_add(h, fault_time(m, base));
	metric(m, count ? "fault_insn_p50" : "fault_ns_p50", (double)(hist_median(h) + odd), unit,
	       RECORD_LOWER, count, !m->f->ungated, FAULTS);
	metric(m, count ? "fault_insn_p99" : "fault_ns_p99", (double)hist_quantile(h, 990000), unit,
	       RECORD_LOWER, count, false, FAULTS);
	if (count)
		metric(m, "insn_per_fault", (double)h->sum / FAULTS, "insn/fault", RECORD_LOWER,
		       true, false, FAULTS);
	metric(m, "retries_cmpxchg_per_fault",
	       !strcmp(m->variant, "seamcall-first") ? 3.0 / FAULTS : 0, "1/fault", RECORD_LOWER,
	       true, true, FAULTS);
	metric(m, "remote_tlb_flush_per_fault", 0, "1/fault", RECORD_LOWER, true, true, FAULTS);
	record_builder_hist(m->b, "fault", unit, h, 24);
	record_builder_counter(m->b, "seamcall.mem_page_aug.ok", FAULTS);
	record_builder_counter(m->b, "seamcall.vp_enter.ok", FAULTS);
	record_builder_counter(m->b, "softtdx.td_exit", FAULTS);
	record_builder_counter(m->b, "softtdx.accept_ok", FAULTS);
	record_builder_counter(m->b, "softtdx.insn", 800 * FAULTS);
	free(h);
}

static void add_zap(struct making *m)
{
	bool batched = !strcmp(m->variant, "freeze-batched");
	uint64_t tracks = batched ? 2 : ZAPPED;
	double per_page = batched ? 7000.5 : 9000 + 100 * m->vcpus;

	metric(m, "tracks_per_page", (double)tracks / ZAPPED, "1/page", RECORD_LOWER, true, true,
	       ZAPPED);
	metric(m, "kicks_per_page", (double)tracks / ZAPPED, "1/page", RECORD_LOWER, true, true,
	       ZAPPED);
	if (counting(m)) {
		metric(m, "zap_insn_per_page", per_page, "insn/page", RECORD_LOWER, true, true,
		       ZAPPED);
		metric(m, "zap_pages_per_minsn", 1e6 / per_page, "page/Minsn", RECORD_HIGHER, true,
		       false, ZAPPED);
	} else if (m->f->today) {
		metric(m, "zap_per_page", (batched ? 13000 : 17000) + draw(m, 200), "ns/page",
		       RECORD_LOWER, false, false, ZAPPED);
	} else {
		metric(m, "zap_pages_per_s", (batched ? 75000 : 60000) + draw(m, 900), "page/s",
		       RECORD_HIGHER, false, false, ZAPPED);
	}
	record_builder_counter(m->b, "seamcall.mem_range_block.ok", ZAPPED);
	record_builder_counter(m->b, "seamcall.mem_track.ok", tracks);
	record_builder_counter(m->b, "seamcall.mem_page_remove.ok", ZAPPED);
	record_builder_counter(m->b, "softtdx.kick", tracks);
}

static void add_block(struct making *m, struct record_writer *w, const char *case_name, bool warmup)
{
	m->b = record_builder_new(m->variant, case_name, m->boot, m->block, warmup);
	record_builder_param_int(m->b, "vcpus", m->vcpus);
	record_builder_param_int(m->b, "pages", 512);
	record_builder_param_str(m->b, "placement", "compact");
	seed_random(m);
	record_builder_oracle_ran(m->b);
	if (m->f->invalid && !warmup && m->block == 1)
		record_builder_oracle_fault(m->b,
					    "gpa 0x1000: mirror says MAPPED, S-EPT says FREE");
	if (!strcmp(case_name, "populate"))
		add_faults(m);
	else
		add_zap(m);
	cr_assert_eq(record_builder_finish(m->b, w), 0);
}

static void add_boot(struct making *m, struct record_writer *w)
{
	static const unsigned int vcpus[] = { 4, 1 };
	size_t i;

	for (i = 0; i < 2; i++) {
		m->vcpus = vcpus[i];
		for (m->block = 0; m->block <= m->f->blocks; m->block++) {
			add_block(m, w, "populate", m->block == 0);
			if (!m->f->no_zap)
				add_block(m, w, "zap", m->block == 0);
		}
	}
}

static struct json_object *make_env(const struct fixture *f)
{
	struct json_object *env =
		json_tokener_parse("{\"kernel\":\"7.3.4\",\"kernel_config\":\"0123abcd\",\"qemu\":"
				   "\"7.2.22\",\"accel\":\"tcg\","
				   "\"cpu\":\"Example(R) CPU @ 2.10GHz\",\"host_cpus\":2}");
	struct json_object *variants = json_object_new_object();
	char hash[16];
	size_t i;

	for (i = 0; f->variants[i]; i++) {
		struct json_object *v = json_object_new_object();

		snprintf(hash, sizeof(hash), "%012zx", (i + 1) * (size_t)0x9e3779b97f);
		json_object_object_add(v, "patch", json_object_new_string(hash));
		json_object_object_add(variants, f->variants[i], v);
	}
	json_object_object_add(env, "variants", variants);
	if (f->governor) {
		struct json_object *conditions = json_object_new_object();

		json_object_object_add(conditions, "governor", json_object_new_string(f->governor));
		json_object_object_add(env, "conditions", conditions);
	}
	if (f->module)
		json_object_object_add(env, "module", json_object_new_string(f->module));
	return env;
}

void fixture_write(const char *path, const struct fixture *f)
{
	struct record_run run = { .version = "0.1",
				  .substrate = f->substrate ? f->substrate : "soft",
				  .clock = f->clock,
				  .profile = f->profile ? f->profile : "tdx-estimate",
				  .flavour = "plain",
				  .seed = 1,
				  .env = make_env(f) };
	struct making m = { .f = f };
	struct record_writer *w;
	size_t i;

	unlink(path);
	cr_assert_eq(record_open_append(path, &w), 0);
	cr_assert_eq(record_write_run(w, &run), 0);
	json_object_put(run.env);
	for (m.boot = 0; m.boot < f->boots; m.boot++)
		for (i = 0; f->variants[i]; i++) {
			m.variant = f->variants[i];
			add_boot(&m, w);
		}
	if (f->changed)
		record_set_changed(w, f->changed);
	cr_assert_eq(record_write_end(w, 0), 0);
	cr_assert_eq(record_close(w), 0);
}

static void redirect(int fd, const char *path, int *saved)
{
	fflush(fd == STDOUT_FILENO ? stdout : stderr);
	*saved = dup(fd);
	cr_assert_not_null(freopen(path, "we", fd == STDOUT_FILENO ? stdout : stderr));
}

static void restore(int fd, int saved)
{
	fflush(fd == STDOUT_FILENO ? stdout : stderr);
	dup2(saved, fd);
	close(saved);
}

struct outcome outcome_of(int (*verb)(int argc, char **argv), ...)
{
	struct outcome o = { 0 };
	char *argv[16];
	int argc = 0, out, err;
	va_list ap;

	argv[argc++] = (char *)"verb";
	va_start(ap, verb);
	do {
		argv[argc] = va_arg(ap, char *);
	} while (argv[argc++]);
	va_end(ap);
	redirect(STDOUT_FILENO, "stdout.txt", &out);
	redirect(STDERR_FILENO, "stderr.txt", &err);
	o.status = verb(argc - 1, argv);
	restore(STDOUT_FILENO, out);
	restore(STDERR_FILENO, err);
	o.out = scratch_read("stdout.txt", NULL);
	o.err = scratch_read("stderr.txt", NULL);
	return o;
}

void outcome_free(struct outcome *o)
{
	free(o->out);
	free(o->err);
}

void golden_check(const char *name, const char *text)
{
	char path[4096];
	char *want;

	snprintf(path, sizeof(path), "%s/golden/%s", TEST_DIR, name);
	if (getenv("SEPTBENCH_UPDATE_GOLDEN"))
		scratch_write(path, text, strlen(text));
	want = scratch_read(path, NULL);
	cr_assert_str_eq(text, want, "differs from golden/%s:\n%s", name, text);
	free(want);
}
