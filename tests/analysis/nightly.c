// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "nightly.h"
#include "record/record.h"

/* splitmix64: any seed is a good one. */
static double uniform(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

double nightly_normal(uint64_t *state)
{
	double u = uniform(state);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * uniform(state));
}

static void add_block(struct record_writer *w, const struct nightly *n, const char *variant,
		      double ratio, unsigned int boot, uint64_t *state)
{
	struct record_builder *b = record_builder_new(variant, "populate", boot, 0, false);
	bool base = strcmp(variant, "rcu-zap");
	bool odd = n->unsteady && boot + 1 == n->boots;
	unsigned int i;
	char name[32];

	record_builder_param_int(b, "vcpus", 2);
	for (i = 0; i < n->metrics; i++) {
		/* Rounded, so that another libm's last digit does not reach golden files. */
		double v = round(3e6 * ratio * exp(n->noise * nightly_normal(state))) / 1000;

		snprintf(name, sizeof(name), i ? "fault_p50_%u" : "fault_p50", i);
		record_builder_metric(b, name, v, "ns", RECORD_LOWER, RECORD_NOISY, !n->ungated,
				      512);
	}
	record_builder_metric(b, "tracks_per_page", base ? 1 : n->tracks + odd, "1/page",
			      RECORD_LOWER, RECORD_EXACT, true, 512);
	record_builder_oracle_ran(b);
	if (n->invalid && !base && !boot)
		record_builder_oracle_fault(b, "planted");
	cr_assert_eq(record_builder_finish(b, w), 0);
}

void nightly_write(const char *path, const struct nightly *given, uint64_t seed)
{
	struct nightly n = *given;
	struct record_run run = { .version = "0.1", .substrate = "soft", .clock = "wall",
				  .profile = "all-zero", .flavour = "plain", .seed = seed,
				  .env = json_tokener_parse(given->env ? given->env :
							    "{\"kernel\":\"7.3.4\"}") };
	struct record_boot first = { .variant = "rcu-zap", .complaints = given->complaints };
	uint64_t state = seed;
	double drift = 1 + 0.2 * uniform(&state);
	struct record_writer *w;
	unsigned int boot;

	drift *= n.host ? n.host : 1;
	n.ratio = n.ratio ? n.ratio : 1;
	n.noise = n.noise ? n.noise : 0.01;
	n.boots = n.boots ? n.boots : 10;
	n.tracks = n.tracks ? n.tracks : 1;
	n.metrics = n.metrics ? n.metrics : 1;
	unlink(path);
	cr_assert_eq(record_open_append(path, &w), 0);
	cr_assert_eq(record_write_run(w, &run), 0);
	json_object_put(run.env);
	for (boot = 0; boot < n.boots; boot++) {
		add_block(w, &n, "freeze", drift, boot, &state);
		add_block(w, &n, "rcu-zap", drift * n.ratio, boot, &state);
		if (n.aa)
			add_block(w, &n, "freeze@aa", drift * n.aa, boot, &state);
	}
	cr_assert_eq(record_write_boot(w, &first), 0);
	cr_assert_eq(record_write_end(w, 0), 0);
	cr_assert_eq(record_close(w), 0);
}
