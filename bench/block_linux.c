// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A block whose guest is Linux: its boot, or a phase of it, as the timed part, and counters by
 * phase.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <util/number.h>

#include "block_internal.h"
#include "fatal.h"
#include "linux/guest.h"
#include "mark.h"
#include "ticks.h"

#define POLL_US		10000
#define MAX_PHASES	10
#define PHASE_LEN	16

/* The guest, and a snapshot of the counters at the begin of each phase. */
struct boot {
	struct linux_guest guest;
	struct block *b;
	struct phase {
		char name[PHASE_LEN];
		uint64_t ticks;
		struct counters at;
	} phase[MAX_PHASES + 1];
	unsigned int nr;
	/* The phase that is timed, where it is not the whole boot. */
	enum { PART_AHEAD, PART_TIMED, PART_OVER } part;
	struct block_reading start, end;
	uint64_t exits, converted;	/* of ->guest when the timed part began, then in it */
	struct counters values;		/* what the guest's init says of itself */
};

static struct boot *boot_of(const struct block *b)
{
	return (struct boot *)b->linux_guest;
}

/* The name comes from the guest: what is no plain word is not taken. */
static bool is_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return n && !s[n] && n < PHASE_LEN;
}

static uint64_t converted(const struct boot *g)
{
	return g->guest.to_shared + g->guest.to_private;
}

static void end_part(struct boot *g)
{
	g->end = block_read_end(g->b);
	mark(MARK_STOP);
	g->exits = g->guest.exits - g->exits;
	g->converted = converted(g) - g->converted;
	block_wait_deferred(g->b);
	block_end(g->b);
	counters_add(&g->values, "guest.", "converted_pages", (int64_t)g->converted);
	g->part = PART_OVER;
	/* Its init has nothing to do for us. */
	if (!g->b->c->linux_work)
		g->guest.ended = true;
}

static void begin_part(struct boot *g)
{
	g->exits = g->guest.exits;
	g->converted = converted(g);
	block_begin_now(g->b);
	mark(MARK_START);
	g->start = block_read_start(g->b);
	g->part = PART_TIMED;
}

/* A guest that says a name again begins no phase: what is recorded of each has its name. */
static bool has_phase(const struct boot *g, const char *name)
{
	for (unsigned int i = 0; i < g->nr; i++)
		if (!strcmp(g->phase[i].name, name))
			return true;
	return false;
}

static void begin_phase(struct boot *g, const char *name)
{
	struct phase *p = &g->phase[g->nr];

	if (!is_word(name) || g->nr > MAX_PHASES || has_phase(g, name))
		return;
	if (g->part == PART_TIMED)
		end_part(g);
	strcpy(p->name, name);
	p->ticks = ticks_now();
	p->at.nr = 0;
	block_add_counters(g->b, &p->at);
	g->nr++;
	if (g->part == PART_AHEAD && g->b->c->linux_part && !strcmp(name, g->b->c->linux_part))
		begin_part(g);
}

/* "NAME N", from the guest: what is none is not taken. */
static void take_value(struct boot *g, const char *text)
{
	char name[32];
	uint64_t v;
	int n = 0;

	if (sscanf(text, "%31[a-z_] %n", name, &n) == 1 && n && number_parse(text + n, &v) &&
	    v <= UINT32_MAX)
		counters_add(&g->values, "guest.", name, (int64_t)v);
}

/* In the thread of a vCPU, one at a time. */
static void marked(void *boot, const char *what)
{
	static const char value[] = "value ";

	if (strncmp(what, value, sizeof(value) - 1))
		begin_phase(boot, what);
	else
		take_value(boot, what + sizeof(value) - 1);
}

void block_linux_create(struct block *b)
{
	const struct bench_options *o = b->s->o;
	struct linux_config c = {
		.kernel = o->guest_kernel, .append = o->guest_append, .mib = b->c->linux_mib,
		.words = b->c->linux_words ? b->c->linux_words : "",
		.eager = b->c->linux_eager, .no_initrd = o->no_initrd, .work = b->c->linux_work,
		.modules = b->c->linux_modules ? o->guest_modules : NULL,
	};
	struct boot *g = calloc(1, sizeof(*g));

	if (!g)
		die("no memory");
	g->b = b;
	b->linux_guest = &g->guest;
	linux_create(&g->guest, &b->vm, &b->crew, &c);
	g->guest.marked = marked;
	g->guest.arg = g;
}

void block_linux_destroy(struct block *b)
{
	struct boot *g = boot_of(b);

	if (!g)
		return;
	linux_destroy(&g->guest);
	b->linux_guest = NULL;
	free(g);
}

/* What a boot is about; the rest is in the counters of the whole. */
static bool in_phases(const char *name)
{
	static const char * const names[] = {
		"seamcall.mem_page_aug.ok", "seamcall.mem_range_block.ok", "seamcall.mem_track.ok",
		"seamcall.mem_page_remove.ok", "softtdx.accept_ok", "softtdx.kick",
		"softtdx.kick_inside", "softtdx.td_exit", "softtdx.tdcall", "softtdx.ve",
		"softtdx.insn", "softtdx.guest_insn", "kvm.mmu_lock_write", "kvm.mmu_lock_read",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void record_phase(struct block *b, const struct phase *from, const struct phase *to)
{
	char name[128];
	const int64_t *v;

	snprintf(name, sizeof(name), "phase.%s.%s", from->name,
		 b->s->o->clock == BENCH_CLOCK_COUNT ? "insn" : "ns");
	record_builder_counter(b->rec, name, block_time(b, to->ticks - from->ticks));
	block_check_readings(b, &from->at);
	block_check_readings(b, &to->at);
	for (size_t i = 0; i < to->at.nr; i++) {
		const struct counter *c = &to->at.c[i];

		v = counters_find(&from->at, c->name);
		if (!in_phases(c->name) || c->v == (v ? *v : 0))
			continue;
		snprintf(name, sizeof(name), "phase.%s.%s", from->name, c->name);
		block_record_counter(b, name, c->v - (v ? *v : 0));
	}
}

static void wait_for_end(struct block *b, struct linux_guest *g)
{
	uint64_t limit = (uint64_t)b->s->o->guest_limit * 1000000 / POLL_US;
	char why[64] = "";

	for (uint64_t i = 0; !g->ended && i < limit; i++) {
		usleep(POLL_US);
		crew_check(&b->crew);
	}
	if (!g->ended)
		snprintf(why, sizeof(why), "not at its end after %u s (--guest-limit)",
			 b->s->o->guest_limit);
	linux_stop(g, &b->crew, why);
	crew_wait(&b->crew);
}

static void report_death(struct block *b, const struct linux_guest *g)
{
	char last[512];

	if (!*g->why)
		return;
	linux_last_words(g, last, sizeof(last));
	record_builder_invalid(b->rec, "the Linux guest: %s; %s%s", g->why,
			       *last ? "it last said: " : "it said nothing", last);
	complain(0, "%s: the Linux guest: %s; %s%s", b->c->name, g->why,
		 *last ? "it last said: " : "it said nothing", last);
}

static void boot_metrics(struct block *b, const struct boot *boot)
{
	uint64_t guest = (uint64_t)block_counter(b, "softtdx.guest_insn");
	struct share s = b->share;

	block_share_metric(b, b->c->linux_part ? "part_time" : "boot_time", &s, 1, 1);
	/* With several vCPUs inside at once a tick would be more than one's. */
	if (b->nr_vcpus == 1 && s.told && guest && guest < share_kernel(&s)) {
		s.ticks -= guest;
		block_share_metric(b, "kvm_time", &s, 1, 1);
	}
	block_metric(b, "converted_pages", (double)boot->converted, 1);
	block_metric(b, "user_exits", (double)boot->exits, 1);
}

static void run_guest(struct block *b, struct boot *boot)
{
	crew_order(&b->crew, linux_run, &boot->guest);
	wait_for_end(b, &boot->guest);
}

/* The whole boot is the timed part. */
static void time_boot(struct block *b, struct boot *boot)
{
	block_begin(b);
	begin_phase(boot, "early");
	mark(MARK_START);
	boot->start = block_read_start(b);
	run_guest(b, boot);
	boot->end = block_read_end(b);
	mark(MARK_STOP);
	begin_phase(boot, "end");
	block_end(b);
	boot->exits = boot->guest.exits;
	boot->converted = converted(boot);
}

/* A phase of it: the vCPU's thread that learns of its begin and its end does the rest. */
static void time_part(struct block *b, struct boot *boot)
{
	block_begin(b);
	begin_phase(boot, "early");
	run_guest(b, boot);
	if (boot->part == PART_AHEAD)
		begin_part(boot);
	if (boot->part == PART_TIMED) {
		end_part(boot);
		if (!*boot->guest.why)
			record_builder_invalid(b->rec, "the Linux guest has no phase \"%s\"",
					       b->c->linux_part);
	}
	begin_phase(boot, "end");
}

void block_boot(struct block *b)
{
	struct boot *boot = boot_of(b);

	if (b->c->linux_part)
		time_part(b, boot);
	else
		time_boot(b, boot);
	for (size_t i = 0; i < boot->values.nr; i++)
		counters_add(b->delta, "", boot->values.c[i].name, boot->values.c[i].v);
	block_host_span(b, &boot->start, &boot->end, 1);
	for (unsigned int i = 0; i + 1 < boot->nr; i++)
		record_phase(b, &boot->phase[i], &boot->phase[i + 1]);
	report_death(b, &boot->guest);
	boot_metrics(b, boot);
}
