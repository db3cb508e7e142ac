// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the analysis costs, for `meson test --benchmark`: reading and comparing 200 metrics x 40
 * blocks, and recording one sample. Prints figures and fails nothing: the machine decides them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "analysis/analysis.h"
#include "record/record.h"

#define METRICS	200
#define BOOTS	20
#define SAMPLES	20000000u

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (double)(*state >> 40) / (1 << 24);
}

static int add_block(struct record_writer *w, const char *variant, unsigned int boot,
		     uint64_t *state)
{
	struct record_builder *b = record_builder_new(variant, "perf", boot, 0, false);
	char name[32];
	unsigned int i;

	for (i = 0; i < METRICS; i++) {
		snprintf(name, sizeof(name), "m%u_ns", i);
		record_builder_metric(b, name, 1000 + (i % 5 ? 100 * draw(state) :
							 (double)(int)(8 * draw(state))), "ns",
				      RECORD_LOWER, RECORD_NOISY, true, 1);
	}
	return record_builder_finish(b, w);
}

static int write_file(const char *path)
{
	struct record_run run = { .version = "0", .substrate = "none", .clock = "wall",
				  .profile = "all-zero", .flavour = "host", .seed = 1 };
	struct record_writer *w = NULL;
	uint64_t state = 1;
	unsigned int i;
	int err = record_open_append(path, &w);

	if (!err)
		err = record_write_run(w, &run);
	for (i = 0; !err && i < 2 * BOOTS; i++)
		err = add_block(w, i % 2 ? "other" : "freeze", i / 2, &state);
	if (!err)
		err = record_write_end(w, 0);
	record_close(w);
	return err;
}

static int time_compare(const char *path)
{
	char *argv[] = { (char *)"compare", (char *)path, NULL };
	double best = 1e9;
	int i, status = 0;

	for (i = 0; i < 5 && status < 2; i++) {
		double start = now(), took;

		status = cmd_compare(2, argv);
		took = now() - start;
		best = took < best ? took : best;
	}
	fprintf(stderr, "compare: %d metrics x %d blocks (%d + %d boots), all tested: %.3f s\n",
		METRICS, 2 * BOOTS, BOOTS, BOOTS, best);
	return status < 2 ? 0 : status;
}

static void time_sample(void)
{
	struct hist *h = calloc(1, sizeof(*h));
	static uint64_t values[4096];
	uint64_t state = 7;
	double start;
	unsigned int i;

	for (i = 0; i < 4096; i++)
		values[i] = (uint64_t)(3000 + 9000 * draw(&state) * draw(&state));
	start = now();
	for (i = 0; i < SAMPLES; i++)
		hist_add(h, values[i % 4096]);
	fprintf(stderr, "record: one sample %.2f ns (p50 %llu of %llu); a histogram is %zu bytes\n",
		(now() - start) * 1e9 / SAMPLES, (unsigned long long)hist_median(h),
		(unsigned long long)h->n, sizeof(*h));
	free(h);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[4096];
	struct rusage use;
	int fd, status;

	snprintf(path, sizeof(path), "%s/septbench-perf.XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		return 4;
	close(fd);
	status = write_file(path) ? 3 : time_compare(path);
	unlink(path);
	time_sample();
	getrusage(RUSAGE_SELF, &use);
	fprintf(stderr, "memory: %ld KiB at most\n", use.ru_maxrss);
	return status;
}
